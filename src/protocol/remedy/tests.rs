//! Every accident of section 6 with the remedy it gets, step by step until nothing is left to do.

use super::*;
use crate::protocol::commit::Commit;
use crate::protocol::id::Name;
use crate::protocol::verify::Seen;
use crate::sim::{World, joined};

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// What alice's copy with this head sees when her remote shows `shown` and the others show their newest entries.
fn seen(world: &World, local: CommitId, shown: Option<CommitId>) -> Seen {
    let mut seen = Seen { local: Some(local), ..world.see_all() };
    seen.remotes.insert(name("alice"), Remote::Shown(shown));
    seen
}

/// The remedy, and the commits it names.
fn asked(world: &World, seen: &Seen) -> (Option<Remedy>, Vec<CommitId>) {
    asked_by(world, seen, &[])
}

/// The same for somebody who has pushed something.
fn asked_by(world: &World, seen: &Seen, pushed: &[CommitId]) -> (Option<Remedy>, Vec<CommitId>) {
    let mut verification = world.verify(seen).expect("a store in memory");
    let alice = verification.history.index.author(&name("alice")).expect("a researcher");
    let found = remedy(&mut verification, alice, pushed);
    let id = |at: &EntryIx| verification.history.index.entry(*at).id;
    let named = match &found {
        Some(Remedy::Void(entries, to)) => entries.iter().map(id).chain([*to]).collect(),
        Some(Remedy::CatchUp(to)) => vec![id(to)],
        Some(Remedy::Join(branches)) => branches.iter().map(id).collect(),
        Some(Remedy::CutBack(commit) | Remedy::Cover(commit) | Remedy::Foreign(commit)) => vec![*commit],
        Some(Remedy::Convicted | Remedy::Publish) | None => Vec::new(),
    };
    (found, named)
}

fn genesis(world: &World) -> CommitId {
    let verification = world.verify(&Seen::default()).expect("a store in memory");
    verification.history.index.genesis.commit
}

#[test]
fn nothing_ails_a_log_that_its_remote_shows() {
    let world = joined();
    let head = world.head("alice").expect("an entry");
    assert_eq!(asked(&world, &seen(&world, head, Some(head))), (None, vec![]));
}

#[test]
fn what_is_not_published_yet_is_published() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let proposal = world.by("alice").proposes(1, 0, "a text");
    assert_eq!(asked(&world, &seen(&world, proposal, Some(join))).0, Some(Remedy::Publish));
    assert_eq!(asked(&world, &seen(&world, proposal, None)).0, Some(Remedy::Publish));
    let start = genesis(&world);
    assert_eq!(asked(&world, &seen(&world, proposal, Some(start))).0, Some(Remedy::Publish));
    // A log without entries has nothing to publish.
    let empty = World::new(4, 1).expect("a charter");
    assert_eq!(asked(&empty, &seen(&empty, genesis(&empty), None)).0, None);
}

#[test]
fn an_old_copy_catches_up_with_its_remote_or_with_what_others_cite() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let proposal = world.by("alice").proposes(1, 0, "a text");
    assert_eq!(asked(&world, &seen(&world, join, Some(proposal))).1, [proposal]);
    assert!(matches!(asked(&world, &seen(&world, join, Some(proposal))).0, Some(Remedy::CatchUp(_))));
    let start = genesis(&world);
    assert_eq!(asked(&world, &seen(&world, start, Some(proposal))).1, [proposal]);
    // The remote is gone or old, but bob has seen the proposal.
    world.by("bob").citing(&[proposal]).acknowledges();
    for shown in [None, Some(join)] {
        let (found, named) = asked(&world, &seen(&world, join, shown));
        assert!(matches!(found, Some(Remedy::CatchUp(_))));
        assert_eq!(named, [proposal]);
    }
}

#[test]
fn an_entry_that_lost_its_push_is_void() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let bobs = world.by("bob").proposes(1, 0, "bob's text");
    let published = world.by("alice").proposes(1, 0, "a text");
    let lost = world.by("alice").on(join).citing(&[bobs]).acknowledges();
    let (found, named) = asked(&world, &seen(&world, lost, Some(published)));
    assert!(matches!(found, Some(Remedy::Void(..))), "{found:?}");
    assert_eq!(named, [lost, published]);
    // But not one that the remote has taken before: it may be out there.
    let (found, named) = asked_by(&world, &seen(&world, lost, Some(published)), &[lost]);
    assert!(matches!(found, Some(Remedy::Join(_))), "{found:?}");
    assert_eq!(named, [lost, published]);
    // Even one that would convict together with what is published: it was never seen.
    let other = world.by("alice").on(join).proposes(1, 0, "another text");
    let more = world.by("alice").on(other).citing(&[bobs]).acknowledges();
    let (found, named) = asked(&world, &seen(&world, more, Some(published)));
    assert!(matches!(found, Some(Remedy::Void(..))), "{found:?}");
    assert_eq!(named, [other, more, published]);
}

#[test]
fn published_branches_without_a_proof_are_joined() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let bobs = world.head("bob").expect("an entry");
    let one = world.by("alice").proposes(1, 0, "a text");
    let two = world.by("alice").on(join).citing(&[bobs]).acknowledges();
    // Bob has seen one branch, and the remote shows the other.
    world.by("bob").citing(&[one]).acknowledges();
    for (local, other) in [(one, two), (two, one)] {
        let (found, named) = asked(&world, &seen(&world, local, Some(two)));
        assert!(matches!(found, Some(Remedy::Join(_))), "{found:?}");
        assert_eq!(named, [local, other]);
    }
    // What was added here meanwhile goes first.
    let added = world.by("alice").on(one).abandons(1, 0);
    let (found, named) = asked(&world, &seen(&world, added, Some(two)));
    assert!(matches!(found, Some(Remedy::Void(..))), "{found:?}");
    assert_eq!(named, [added, one]);
    let repair = world.by("alice").with_parents(&[one, two]).acknowledges();
    assert_eq!(asked(&world, &seen(&world, repair, Some(two))).0, Some(Remedy::Publish));
}

#[test]
fn branches_that_hold_a_proof_are_never_joined() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let one = world.by("alice").proposes(1, 0, "a text");
    let two = world.by("alice").on(join).proposes(1, 0, "another text");
    world.by("bob").citing(&[one]).acknowledges();
    assert_eq!(asked(&world, &seen(&world, one, Some(two))).0, Some(Remedy::Convicted));
}

#[test]
fn commits_that_are_no_entries_are_gone_back_from() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let Commit { tree, author, .. } = world.commit(join).expect("a commit");
    let junk = world.publish("alice", Commit::unsigned(tree, &[join], &author, &author, "edited\n"), None);
    assert_eq!(asked(&world, &seen(&world, junk, Some(join))), (Some(Remedy::CutBack(join)), vec![join]));
    // An entry of somebody else is none of mine.
    let bobs = world.by("bob").citing(&[join]).acknowledges();
    assert_eq!(asked(&world, &seen(&world, bobs, Some(join))).0, Some(Remedy::CutBack(join)));
    // In the remote the log goes over them.
    assert_eq!(asked(&world, &seen(&world, join, Some(junk))).0, Some(Remedy::Cover(junk)));
    assert_eq!(asked(&world, &seen(&world, join, Some(bobs))).0, Some(Remedy::Cover(bobs)));
    let foreign = world.publish("alice", b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\n".to_vec(), None);
    assert_eq!(asked(&world, &seen(&world, join, Some(foreign))).0, Some(Remedy::Foreign(foreign)));
    let nowhere = CommitId(crate::protocol::id::ObjectId::from_bytes([7; 20]));
    assert_eq!(asked(&world, &seen(&world, join, Some(nowhere))).0, Some(Remedy::Foreign(nowhere)));
}

#[test]
fn without_an_answer_the_remote_is_not_judged() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "a text");
    let mut seen = seen(&world, proposal, None);
    seen.remotes.insert(name("alice"), Remote::Unreachable);
    assert_eq!(asked(&world, &seen), (None, vec![]));
}

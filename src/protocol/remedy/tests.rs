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
    asked_by(world, seen, &[], &[])
}

/// The same for somebody who has pushed or signed something.
fn asked_by(world: &World, seen: &Seen, pushed: &[CommitId], signed: &[CommitId]) -> (Option<Remedy>, Vec<CommitId>) {
    let mut verification = world.verify(seen).expect("a store in memory");
    for commit in pushed.iter().chain(signed) {
        verification.history.extend(world.store(), *commit).expect("a store in memory");
    }
    let alice = verification.history.index.author(&name("alice")).expect("a researcher");
    let found = remedy(&mut verification, alice, pushed, signed);
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
fn an_entry_that_lost_its_push_is_joined() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let bobs = world.by("bob").proposes(1, 0, "bob's text");
    let published = world.by("alice").proposes(1, 0, "a text");
    let lost = world.by("alice").on(join).citing(&[bobs]).acknowledges();
    let abandon = world.by("alice").on(lost).abandons(1, 0);
    let (found, named) = asked(&world, &seen(&world, abandon, Some(published)));
    assert!(matches!(found, Some(Remedy::Join(_))), "{found:?}");
    assert_eq!(named, [abandon, published]);
    let repair = world.by("alice").with_parents(&[abandon, published]).acknowledges();
    assert_eq!(asked(&world, &seen(&world, repair, Some(published))).0, Some(Remedy::Publish));
}

#[test]
fn only_what_would_convict_is_void_and_what_was_before_it_stays() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let bobs = world.by("bob").proposes(1, 0, "bob's text");
    let published = world.by("alice").proposes(1, 0, "a text");
    let harmless = world.by("alice").on(join).citing(&[bobs]).acknowledges();
    let other = world.by("alice").on(harmless).proposes(1, 0, "another text");
    let bobs = world.by("bob").abandons(1, 0);
    let more = world.by("alice").on(other).citing(&[bobs]).acknowledges();
    let (found, named) = asked(&world, &seen(&world, more, Some(published)));
    assert!(matches!(found, Some(Remedy::Void(..))), "{found:?}");
    assert_eq!(named, [other, more, harmless]);
    // Void entries that only the journal has are nobody's business; the others are joined.
    let (found, named) = asked_by(&world, &seen(&world, harmless, Some(published)), &[], &[other, more]);
    assert!(matches!(found, Some(Remedy::Join(_))), "{found:?}");
    assert_eq!(named, [harmless, published]);
    // But my remote may have taken them: then there is no way out.
    let (found, named) = asked_by(&world, &seen(&world, harmless, Some(published)), &[more], &[]);
    assert!(matches!(found, Some(Remedy::CatchUp(_))) && named == [more], "{found:?}");
    let (found, _) = asked_by(&world, &seen(&world, more, Some(published)), &[more], &[]);
    assert_eq!(found, Some(Remedy::Convicted));
}

#[test]
fn a_contradiction_is_void_and_the_same_entry_beside_no_support_is_joined() {
    let mut world = joined();
    let revision = world.brings_a_revision("bob", 1, 0);
    let base = world.head("alice").expect("an entry");
    let echo = world.by("alice").echoes(revision);
    let abandon = world.by("alice").on(base).abandons(1, 0);
    let (found, named) = asked(&world, &seen(&world, abandon, Some(echo)));
    assert!(matches!(found, Some(Remedy::Void(..))), "{found:?}");
    assert_eq!(named, [abandon, base]);
    let (found, _) = asked(&world, &seen(&world, abandon, Some(base)));
    assert_eq!(found, Some(Remedy::Publish), "nobody has seen the echo");
}

#[test]
fn what_the_journal_has_beyond_the_log_is_caught_up_with_or_joined() {
    let mut world = joined();
    let join = world.head("alice").expect("an entry");
    let proposal = world.by("alice").proposes(1, 0, "a text");
    let abandon = world.by("alice").abandons(1, 0);
    let (found, named) = asked_by(&world, &seen(&world, join, Some(join)), &[], &[proposal, abandon]);
    assert!(matches!(found, Some(Remedy::CatchUp(_))), "{found:?}");
    assert_eq!(named, [abandon]);
    let bobs = world.by("bob").proposes(1, 0, "bob's text");
    let beside = world.by("alice").on(join).citing(&[bobs]).acknowledges();
    let (found, named) = asked_by(&world, &seen(&world, beside, Some(join)), &[], &[proposal, abandon]);
    assert!(matches!(found, Some(Remedy::Join(_))), "{found:?}");
    assert_eq!(named, [beside, abandon]);
}

#[test]
fn published_branches_without_a_proof_are_joined_two_by_two() {
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
    // What was added here meanwhile is joined with them.
    let added = world.by("alice").on(one).abandons(1, 0);
    assert_eq!(asked(&world, &seen(&world, added, Some(two))).1, [added, two]);
    let carols = world.head("carol").expect("an entry");
    let three = world.by("alice").on(join).citing(&[carols]).acknowledges();
    world.by("carol").citing(&[three]).acknowledges();
    let (found, named) = asked(&world, &seen(&world, one, Some(two)));
    assert!(matches!(found, Some(Remedy::Join(_))), "{found:?}");
    assert_eq!(named, [one, two], "the one that the remote shows goes first");
    let repair = world.by("alice").with_parents(&[one, two]).acknowledges();
    assert_eq!(asked(&world, &seen(&world, repair, Some(two))).1, [repair, three]);
    let repair = world.by("alice").with_parents(&[repair, three]).acknowledges();
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

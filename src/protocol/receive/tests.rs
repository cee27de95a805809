//! What refuses a push, what does not, and what the person is told.

use super::*;
use crate::protocol::file::{Fields, File};
use crate::protocol::id::At;
use crate::protocol::slot::Slot;
use crate::protocol::tree::Mode;
use crate::sim::{World, joined};

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn head(world: &World, name: &str) -> CommitId {
    world.head(name).expect("an entry")
}

/// What a server holds that is sent `new` for a branch at `old`.
fn held(world: &World, old: Option<CommitId>, new: Option<CommitId>) -> History {
    let mut history = History::new(world.charter().clone());
    for tip in old.into_iter().chain(new) {
        history.extend(world.store(), tip).expect("a store in memory");
    }
    history
}

fn pushed(world: &World, whose: &str, old: Option<CommitId>, new: Option<CommitId>) -> Result<(), Refusal> {
    judge(&mut held(world, old, new), &name(whose), old, new)
}

fn told(world: &World, whose: &str, old: Option<CommitId>, new: CommitId) -> Vec<String> {
    let all = carried(&mut held(world, old, Some(new)), &name(whose), old, new);
    all.iter().map(ToString::to_string).collect()
}

/// Where the refusal's hint leads, which must be where the branch can go.
fn goes_back_to(world: &World, old: Option<CommitId>, new: CommitId) -> CommitId {
    back(&held(world, old, Some(new)), &name("alice"), old, Some(new))
}

#[test]
fn a_log_grows_entry_by_entry_or_at_once() {
    let mut world = joined();
    let mut old = head(&world, "alice");
    let first = old;
    world.agrees("alice", 1);
    let new = head(&world, "alice");
    assert_eq!(pushed(&world, "alice", None, Some(new)), Ok(()));
    assert_eq!(pushed(&world, "alice", Some(first), Some(new)), Ok(()));
    assert_eq!(pushed(&world, "alice", Some(new), Some(new)), Ok(()));
    assert_eq!(pushed(&world, "alice", None, Some(world.genesis())), Ok(()));
    for step in 2..4 {
        world.agrees("alice", step);
        let new = head(&world, "alice");
        assert_eq!(pushed(&world, "alice", Some(old), Some(new)), Ok(()));
        old = new;
    }
}

#[test]
fn nothing_published_is_taken_back() {
    let mut world = joined();
    let join = head(&world, "alice");
    let new = world.by("alice").proposes(1, 0, "A.");
    for (old, to) in [(new, join), (new, world.genesis()), (join, world.genesis())] {
        assert_eq!(pushed(&world, "alice", Some(old), Some(to)), Err(Refusal::Backward(old)));
    }
    let beside = world.by("alice").on(join).abandons(1, 0);
    assert_eq!(pushed(&world, "alice", Some(new), Some(beside)), Err(Refusal::Backward(new)));
    assert_eq!(pushed(&world, "alice", Some(new), None), Err(Refusal::Deletion(name("alice"))));
}

#[test]
fn every_commit_must_be_an_entry_and_the_last_the_researchers() {
    let mut world = joined();
    let join = head(&world, "alice");
    let bobs = head(&world, "bob");
    assert_eq!(pushed(&world, "alice", None, Some(bobs)), Err(Refusal::OthersHead(name("alice"))));
    assert_eq!(pushed(&world, "alice", Some(join), Some(bobs)), Err(Refusal::Backward(join)));
    let bad = world.by("alice").files(&[("README.md", Mode::File, b"x")]);
    let hidden = world.by("alice").abandons(1, 0);
    for new in [bad, hidden] {
        let refused = pushed(&world, "alice", Some(join), Some(new)).expect_err("refused");
        assert!(matches!(&refused, Refusal::NotAnEntry(id, why) if *id == bad && why.contains("2.tree")), "{refused}");
        assert_eq!(goes_back_to(&world, Some(join), new), join);
        assert_eq!(goes_back_to(&world, None, new), join);
    }
    // Bob signs on top of Alice's log.
    let foreign = world.by("bob").with_parents(&[join, bobs]).acknowledges();
    let refused = pushed(&world, "alice", Some(join), Some(foreign)).expect_err("refused");
    assert!(
        matches!(&refused, Refusal::NotAnEntry(id, why) if *id == foreign && why.contains("2.parent")),
        "{refused}"
    );
    // Somebody without a place in the charter.
    let outsider = world.by("mallory").with_parents(&[join]).joins();
    let refused = pushed(&world, "alice", Some(join), Some(outsider)).expect_err("refused");
    assert!(matches!(&refused, Refusal::NotAnEntry(_, why) if why.contains("2.signature")), "{refused}");
}

#[test]
fn what_was_planted_does_not_hold_the_log_up() {
    let mut world = joined();
    let join = head(&world, "alice");
    let carols = head(&world, "carol");
    let planted = world.by("alice").with_parents(&[join, carols]).files(&[("README.md", Mode::File, b"x")]);
    let next = world.by("alice").on(join).proposes(1, 0, "A.");
    let bobs = head(&world, "bob");
    for old in [planted, bobs] {
        assert_eq!(pushed(&world, "alice", Some(old), Some(next)), Ok(()));
    }
    // But what it is built on stays.
    let on_next = world.by("alice").on(next).files(&[("README.md", Mode::File, b"x")]);
    assert_eq!(pushed(&world, "alice", Some(on_next), Some(join)), Err(Refusal::Backward(next)));
    let citing = world.by("bob").citing(&[next]).acknowledges();
    assert_eq!(pushed(&world, "alice", Some(citing), Some(join)), Err(Refusal::Backward(next)));
}

#[test]
fn own_entries_must_count() {
    let mut world = joined();
    let join = head(&world, "alice");
    let early = world.by("alice").abandons(1, 1);
    let refused = pushed(&world, "alice", Some(join), Some(early)).expect_err("refused");
    assert!(matches!(&refused, Refusal::Invalid(id, why) if *id == early && why.contains("3.open")), "{refused}");
    // What is there already is nobody's news.
    let next = world.by("alice").proposes(1, 0, "A.");
    assert_eq!(pushed(&world, "alice", Some(early), Some(next)), Ok(()));
    assert!(pushed(&world, "alice", None, Some(next)).is_err());
}

#[test]
fn a_fork_must_be_joined() {
    let mut world = joined();
    let join = head(&world, "alice");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let other = world.by("alice").on(join).abandons(1, 0);
    let carols = head(&world, "carol");
    let seen = world.by("bob").citing(&[other]).acknowledges();
    let forked = world.by("alice").on(proposal).with_parents(&[proposal, seen]).acknowledges();
    assert_eq!(pushed(&world, "alice", Some(proposal), Some(forked)), Err(Refusal::Fork(name("alice"), 2)));
    let joined = world.by("alice").with_parents(&[proposal, other]).acknowledges();
    assert_eq!(pushed(&world, "alice", Some(proposal), Some(joined)), Ok(()));
    // What is published already holds nothing up any more.
    let next = world.by("alice").with_parents(&[forked, carols]).acknowledges();
    assert_eq!(pushed(&world, "alice", Some(forked), Some(next)), Ok(()));
}

#[test]
fn branches_that_hold_a_proof_are_refused_joined_or_not() {
    let mut world = joined();
    let join = head(&world, "dave");
    let one = world.by("dave").proposes(1, 0, "One.");
    let two = world.by("dave").on(join).proposes(1, 0, "Two.");
    assert_eq!(pushed(&world, "dave", Some(join), Some(two)), Ok(()));
    let seen = world.by("carol").citing(&[two]).acknowledges();
    let both = world.by("dave").with_parents(&[one, seen]).acknowledges();
    assert!(pushed(&world, "dave", Some(one), Some(both)).is_err());
    let mut history = held(&world, Some(one), Some(both));
    let dave = history.index.author(&name("dave")).expect("a member");
    let before = history.reach([one]);
    let proof = Err(Refusal::Proof(name("dave"), "equivocation"));
    assert_eq!(no_proof_is_completed(&history, dave, &before), proof);
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let before = head(&world, "bob");
    let echo = world.by("bob").echoes(revision);
    let left = world.by("bob").on(before).abandons(1, 0);
    let both = world.by("bob").with_parents(&[echo, left]).acknowledges();
    assert_eq!(pushed(&world, "bob", Some(echo), Some(left)), Err(Refusal::Backward(echo)));
    assert_eq!(pushed(&world, "bob", Some(echo), Some(both)), Err(Refusal::Proof(name("bob"), "contradiction")));
}

#[test]
fn others_misbehaviour_is_told_once_and_refuses_nothing() {
    let mut world = joined();
    let bobs = head(&world, "bob");
    let alices = head(&world, "alice");
    let early = world.by("bob").abandons(1, 1);
    let later = world.by("bob").abandons(1, 2);
    let one = world.by("bob").on(bobs).proposes(1, 0, "One.");
    let two = world.by("bob").on(bobs).proposes(1, 0, "Two.");
    let other = world.by("carol").abandons(1, 4);
    let lone = world.by("alice").citing(&[early]).acknowledges();
    assert_eq!(told(&world, "alice", Some(alices), lone), ["bob: 1 entry that does not count"]);
    let [daves, carols] = [("dave", two), ("carol", one)].map(|(name, seen)| world.passes_on(name, seen));
    assert!(world.reaches(carols, other));
    let all = world.by("alice").citing(&[later, daves, carols]).acknowledges();
    assert_eq!(pushed(&world, "alice", Some(lone), Some(all)), Ok(()));
    let bob = "bob: proof of equivocation, 3 branches that nothing joins, 1 entry that does not count";
    assert_eq!(told(&world, "alice", Some(lone), all), [bob, "carol: 1 entry that does not count"]);
    let next = world.by("alice").proposes(1, 0, "A.");
    assert_eq!(told(&world, "alice", Some(all), next), Vec::<String>::new());
    assert_eq!(told(&world, "alice", Some(all), all), Vec::<String>::new());
}

#[test]
fn a_contradiction_of_another_is_told() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let before = head(&world, "bob");
    let echo = world.by("bob").echoes(revision);
    let left = world.by("bob").on(before).abandons(1, 0);
    let carols = world.passes_on("carol", left);
    let new = world.by("alice").citing(&[echo, carols]).acknowledges();
    assert_eq!(pushed(&world, "alice", Some(revision), Some(new)), Ok(()));
    let bob = "bob: proof of contradiction, 2 branches that nothing joins";
    assert_eq!(told(&world, "alice", Some(revision), new), [bob]);
}

#[test]
fn another_researchers_file_at_a_slot_of_mine_is_no_proof_against_me() {
    let mut world = joined();
    let alices = head(&world, "alice");
    let at = Slot::Proposal(At::new(1, 0));
    let file = |title: &str| File { fields: Fields::Proposal { title: title.to_owned() }, text: "x\n".to_owned() };
    let bobs = world.by("bob").file(at.clone(), file("bob"));
    let new = world.by("alice").citing(&[bobs]).file(at, file("alice"));
    assert_eq!(pushed(&world, "alice", Some(alices), Some(new)), Ok(()));
}

#[test]
fn every_refusal_says_what_to_do() {
    let world = joined();
    let (id, alice) = (head(&world, "alice"), name("alice"));
    for refusal in [
        Refusal::Deletion(alice.clone()),
        Refusal::Backward(id),
        Refusal::NotAnEntry(id, String::new()),
        Refusal::OthersHead(alice.clone()),
        Refusal::Invalid(id, String::new()),
        Refusal::Fork(alice.clone(), 2),
        Refusal::Proof(alice.clone(), "equivocation"),
    ] {
        assert!(!refusal.hints(id).is_empty(), "{refusal}");
    }
    assert_eq!(back(&held(&world, None, None), &alice, None, None), world.genesis());
}

//! For each sentence of 2.parent and 2.budget a commit that keeps it, and the same one step further.

use super::*;
use crate::protocol::finding::Code;
use crate::protocol::history::History;
use crate::protocol::id::CommitId;
use crate::sim::{World, joined};

#[track_caller]
fn kept(world: &World, commit: CommitId) {
    match world.judge(commit) {
        Ok(()) => {}
        Err(broken) => assert_eq!(broken.code, Code::Invalid, "{} {}", broken.rule, broken.why),
    }
}

#[track_caller]
fn broken(world: &World, commit: CommitId, code: Code, rule: &str, why: &str) {
    let broken = world.judge(commit).expect_err("a commit that is not an entry");
    assert_eq!((broken.code, broken.rule), (code, rule), "{}", broken.why);
    assert!(broken.why.contains(why), "{}", broken.why);
}

/// What somebody wrote last.
fn head(world: &World, name: &str) -> CommitId {
    world.head(name).expect("an entry")
}

/// Two proposals of mallory's (dave) for one slot, beside each other.
fn two_faces(world: &mut World) -> [CommitId; 2] {
    let join = head(world, "dave");
    ["one", "another"].map(|text| world.by("dave").on(join).proposes(1, 0, text))
}

#[test]
fn two_parents_are_the_authors_and_no_more() {
    let mut world = joined();
    let join = head(&world, "alice");
    let others: Vec<CommitId> = ["bob", "carol", "dave"].iter().map(|name| head(&world, name)).collect();
    let branches: Vec<CommitId> =
        others.iter().map(|o| world.by("alice").on(join).citing(&[*o]).acknowledges()).collect();
    let two = world.by("alice").with_parents(&branches[..2]).acknowledges();
    kept(&world, two);
    let three = world.by("alice").with_parents(&branches).acknowledges();
    broken(&world, three, Code::BadParent, "2.parent", "more than two of its parents are entries of alice");
    let the_third_then = world.by("alice").with_parents(&[two, branches[2]]).acknowledges();
    kept(&world, the_third_then);
}

#[test]
fn one_parent_is_of_each_other() {
    let mut world = joined();
    let [one, another] = two_faces(&mut world);
    let alice = head(&world, "alice");
    let both = world.by("alice").with_parents(&[alice, one, another]).acknowledges();
    broken(&world, both, Code::BadParent, "2.parent", "2 of its parents are entries of dave");
    let either = world.by("alice").with_parents(&[alice, another]).acknowledges();
    kept(&world, either);
}

#[test]
fn citations_move_forward() {
    let mut world = joined();
    let join = head(&world, "dave");
    let [one, another] = two_faces(&mut world);
    let first = world.by("alice").citing(&[one]).acknowledges();
    for back in [join, another] {
        let commit = world.by("alice").with_parents(&[first, back]).abandons(1, 0);
        broken(&world, commit, Code::BadParent, "2.parent", "does not follow every entry of dave");
    }
    // Also when it is the first parent's past that knows, through somebody else.
    let bob = world.by("bob").citing(&[one]).acknowledges();
    let carol = world.by("carol").citing(&[bob]).acknowledges();
    let through = world.by("carol").with_parents(&[carol, another]).abandons(1, 0);
    broken(&world, through, Code::BadParent, "2.parent", "does not follow every entry of dave");
    // What further parents bring is not looked at.
    let aside = world.by("alice").with_parents(&[first, bob]).acknowledges();
    kept(&world, aside);
    // An entry that follows all that is known goes forward.
    let later = world.by("dave").on(one).citing(&[bob]).acknowledges();
    let forward = world.by("alice").with_parents(&[first, later]).acknowledges();
    kept(&world, forward);
}

#[test]
fn an_accusation_shows_two_entries_of_the_accused_wherever_they_stand() {
    let mut world = joined();
    let [one, another] = two_faces(&mut world);
    let later = world.by("dave").on(one).abandons(1, 0);
    let first = world.by("alice").citing(&[later]).acknowledges();
    let both = world.by("alice").with_parents(&[first, one, another]).accuses("dave", one, another);
    kept(&world, both);
    let one_back = world.by("alice").with_parents(&[first, another]).accuses("dave", one, another);
    kept(&world, one_back);
    let [bob, carol] = ["bob", "carol"].map(|name| head(&world, name));
    let three = world.by("bob").with_parents(&[bob, one, another, later]).accuses("dave", one, another);
    broken(&world, three, Code::BadParent, "2.parent", "3 of its parents are entries of dave");
    // The accusation of somebody else frees no citation of dave.
    let of_bob = world.by("carol").with_parents(&[carol, one, another]).accuses("bob", one, another);
    broken(&world, of_bob, Code::BadParent, "2.parent", "2 of its parents are entries of dave");
}

#[test]
fn a_budget_ends_and_an_open_round_adds_to_it() {
    let mut world = joined();
    let most = 2 * (2 * 4 + 32);
    for at in 1..most {
        let bob = world.by("bob").abandons(1, u32::try_from(at).expect("small"));
        assert!(at % 20 != 0 || world.judge(bob).is_err_and(|broken| broken.code == Code::Invalid));
    }
    let last = head(&world, "bob");
    kept(&world, last);
    let over = world.by("bob").abandons(2, 0);
    broken(&world, over, Code::Flood, "2.budget", "bob already has 80 entries");
    // Others' budgets are their own, and (1, 1) opens with a quorum that leaves (1, 0).
    world.abandon(&["alice", "carol", "dave"], 1, 0);
    let heads: Vec<CommitId> = ["alice", "carol", "dave"].iter().map(|name| head(&world, name)).collect();
    let more = world.by("bob").on(last).citing(&heads).abandons(2, 0);
    kept(&world, more);
}

#[test]
fn what_is_open_is_counted_step_by_step() {
    let mut world = joined();
    let pairs = |world: &World| {
        let mut history = History::new(world.charter().clone());
        world.heads().into_iter().for_each(|head| history.extend(world.store(), head).expect("a store"));
        let everything = history.reach(world.heads());
        open_pairs(&history.index, &everything)
    };
    assert_eq!(pairs(&world), 1);
    world.abandon(&["alice", "bob", "carol"], 1, 0);
    assert_eq!(pairs(&world), 2);
    let heads = world.heads();
    let proposal = world.by("alice").citing(&heads).proposes(1, 1, "again");
    for name in world.names() {
        world.by(&name).citing(&heads).citing(&[proposal]).votes(proposal);
    }
    let criticisms: Vec<CommitId> =
        ["bob", "carol"].iter().map(|name| world.by(name).seeing_all().criticises(proposal)).collect();
    let revision = world.by("alice").seeing_all().revises(proposal, "better", &criticisms);
    world.echo(&["alice", "bob", "carol"], 1, 1, revision);
    world.ratify(&["alice", "bob", "carol"], 1, 1, revision);
    assert_eq!(pairs(&world), 3);
}

/// Two branches of alice's, each of which knows of another one of the others.
fn branches(world: &mut World, from: CommitId, one: CommitId, other: CommitId) -> [CommitId; 2] {
    [one, other].map(|cited| world.by("alice").on(from).with_parents(&[from, cited]).acknowledges())
}

#[test]
fn repairs_that_go_sideways_are_few() {
    let mut world = joined();
    let mut last = head(&world, "alice");
    for round in 0..4 {
        let [bob, carol] = ["bob", "carol"].map(|name| world.by(name).abandons(1, round));
        let branches = branches(&mut world, last, bob, carol);
        last = world.by("alice").with_parents(&branches).acknowledges();
        match round {
            0..3 => kept(&world, last),
            _ => broken(&world, last, Code::Flood, "2.budget", "already joined branches sideways 3 times"),
        }
    }
}

#[test]
fn repairs_that_go_forward_are_many() {
    let mut world = joined();
    let mut last = head(&world, "alice");
    for round in 0..6 {
        let bob = world.by("bob").abandons(1, round);
        let carol = world.by("carol").citing(&[bob]).abandons(1, round);
        // The second branch knows all that the first one knows.
        let branches = branches(&mut world, last, bob, carol);
        last = world.by("alice").with_parents(&branches).acknowledges();
        kept(&world, last);
    }
}

use super::*;
use crate::protocol::id::CommitId;
use crate::protocol::verify::{Seen, Verification};
use crate::report::lanes::newest_first;
use crate::sim::{World, joined};

fn verified(world: &World) -> Verification {
    let seen = Seen { pins: world.commits().collect(), ..world.see_all() };
    world.verify(&seen).expect("a store in memory")
}

fn found(index: &Index, what: &str) -> CommitId {
    index.entry(find_entry(index, what).unwrap_or_else(|e| panic!("{what}: {e}"))).id
}

fn listed(index: &Index, what: &str) -> Vec<CommitId> {
    let found = find_in_place(index, what, &newest_first(index)).expect("something is there").expect("a place");
    found.into_iter().map(|at| index.entry(at).id).collect()
}

/// Two rounds of a step, with a proposal of alice in each, and one of bob in a round that was never open.
fn two_rounds() -> (World, [CommitId; 3]) {
    let mut world = joined();
    let old = world.by("alice").seeing_all().proposes(1, 0, "an old text");
    for name in ["alice", "bob", "carol"] {
        world.by(name).seeing_all().abandons(1, 0);
    }
    let new = world.by("alice").seeing_all().proposes(1, 1, "a new text");
    let early = world.by("bob").proposes(1, 7, "too early");
    (world, [old, new, early])
}

#[test]
fn without_a_round_the_newest_is_meant_and_the_others_are_mentioned() {
    let (world, [old, new, early]) = two_rounds();
    let verification = verified(&world);
    let index = &verification.history.index;
    assert_eq!(found(index, "1/alice/proposal"), new);
    assert_eq!((found(index, "1r0/alice/proposal"), found(index, "1r1/alice/proposal")), (old, new));
    let told = other_rounds(index, "1/alice/proposal").expect("there are two");
    assert_eq!(told, "this is of round 1; alice has written one in other rounds, too: bicker show 1/alice");
    for what in ["1r0/alice/proposal", "1/bob/proposal", "1/alice/abandon", "alice/join", "1/alice", "1"] {
        assert_eq!(other_rounds(index, what), None, "{what}");
    }
    // What does not count is nobody's newest word, unless it is the only one.
    assert_eq!(found(index, "1/bob/proposal"), early);
    let mut world = world;
    let late = world.by("alice").seeing_all().proposes(1, 9, "too early, too");
    let verification = verified(&world);
    let index = &verification.history.index;
    assert_eq!((found(index, "1/alice/proposal"), found(index, "1r9/alice/proposal")), (new, late));
}

#[test]
fn every_name_is_read_back() {
    let (mut world, _) = two_rounds();
    let join = world.head("dave").expect("an entry");
    let proposal = world.by("carol").seeing_all().proposes(1, 1, "another text");
    world.by("bob").seeing_all().criticises(proposal);
    world.by("dave").on(join).seeing_all().votes(proposal);
    let verification = verified(&world);
    let index = &verification.history.index;
    let mut names = BTreeSet::new();
    for (at, entry) in index.entries().filter(|(_, entry)| entry.added.is_some()) {
        let name = name_of(index, at);
        assert_eq!(found(index, &name), entry.id, "{name}");
        names.insert(name);
    }
    for name in ["1r0/alice/proposal", "1r1/alice/proposal", "1/alice/abandon", "1r1/bob/criticism/carol", "dave/join"]
    {
        assert!(names.contains(name), "{name}: {names:?}");
    }
}

#[test]
fn a_place_lists_what_is_there() {
    let (world, [old, new, early]) = two_rounds();
    let verification = verified(&world);
    let index = &verification.history.index;
    assert_eq!(listed(index, "1").len(), 6);
    assert_eq!(BTreeSet::from_iter(listed(index, "1r1")), BTreeSet::from([new]));
    assert_eq!(listed(index, "1r7"), [early]);
    let alices = listed(index, "1/alice");
    assert_eq!((alices.first(), alices.last(), alices.len()), (Some(&new), Some(&old), 3));
    assert_eq!(listed(index, "1r0/alice").len(), 2);
    assert_eq!(listed(index, "alice").len(), 4);
    let order = newest_first(index);
    for (what, said) in [
        ("2", "nothing seen is 2"),
        ("1r2/alice", "nothing seen is 1r2/alice"),
        ("1/nobody", "the charter has no researcher nobody"),
    ] {
        let error = find_in_place(index, what, &order).expect_err(what);
        assert_eq!(error.message, said);
        assert!(!error.hints.is_empty(), "{what}");
    }
    for what in ["1/alice/proposal", "nobody", "1/", "/", "", "1r/alice", "1/alice/criticism/bob", "99999999999/alice"]
    {
        assert_eq!(find_in_place(index, what, &order).expect("no error"), None, "{what}");
    }
    // A commit comes before a step of so many digits.
    let digits =
        |id: &CommitId| id.to_string().get(..4).filter(|d| d.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned);
    for (_, entry) in index.entries() {
        if let Some(digits) = digits(&entry.id) {
            assert_eq!(find_in_place(index, &digits, &order).expect("no error"), None);
        }
    }
}

#[test]
fn what_means_nothing_says_so() {
    let (world, _) = two_rounds();
    let verification = verified(&world);
    let index = &verification.history.index;
    for what in
        ["", "/", "1/alice/tea", "1/alice/criticism", "alice/proposal", "0/alice/proposal", "1r9r9/alice/vote", "zz"]
    {
        let error = find_entry(index, what).expect_err(what);
        assert_eq!((error.message, error.hints.len()), (format!("{what} does not name an entry"), 1));
    }
    for what in ["2/alice/proposal", "1/dave/vote", "0000000000000000"] {
        assert_eq!(find_entry(index, what).expect_err(what).message, format!("nothing seen is {what}"));
    }
}

//! What is a proof of misbehaviour and what is not (section 4).

use proptest::prelude::*;

use super::*;
use crate::protocol::file::{Fields, File};
use crate::protocol::history::History;
use crate::protocol::id::{At, Name};
use crate::sim::{World, joined};

/// Everything ever written, judged.
fn all_of(world: &World) -> Index {
    let mut history = History::new(world.charter().clone());
    for commit in world.commits() {
        history.extend(world.store(), commit).expect("a store in memory");
    }
    history.index
}

/// What two entries prove, whichever is named first; it must be the same.
#[track_caller]
fn proof(world: &World, a: CommitId, b: CommitId) -> Option<Proof> {
    let index = all_of(world);
    let [a, b] = [a, b].map(|id| index.find(id).expect("a well-formed entry"));
    assert_eq!(proves(&index, a, b), proves(&index, b, a));
    proves(&index, a, b)
}

/// Who is convicted by everything written.
fn convicts(world: &World) -> Vec<String> {
    let index = all_of(world);
    let convicted = convicted(&equivocations(&index), &contradictions(&index));
    convicted.into_iter().map(|author| index.name(author).to_string()).collect()
}

/// A world in which a quorum has left (1, 0) and (1, 1) and a revision is certified in (1, 0); and that revision.
fn third_round() -> (World, CommitId) {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&["alice", "bob", "carol"], 1, 0, revision);
    for round in 0..2 {
        for name in ["alice", "bob", "carol"] {
            world.by(name).seeing_all().abandons(1, round);
        }
    }
    (world, revision)
}

#[test]
fn two_files_at_one_slot_are_an_equivocation() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let one = world.by("dave").proposes(1, 0, "One.");
    let other = world.by("dave").on(join).proposes(1, 0, "Other.");
    assert_eq!(proof(&world, one, other), Some(Proof::Equivocation));
    assert_eq!(convicts(&world), ["dave"]);
    // Also when one is in the past of the other: a slot is spent once.
    let bobs = world.by("bob").citing(&[one]).acknowledges();
    let branch = world.by("dave").on(join).abandons(1, 0);
    let behind = world.by("dave").on(branch).citing(&[bobs]).proposes(1, 0, "Third.");
    assert_eq!(proof(&world, one, behind), Some(Proof::Equivocation));
}

#[test]
fn invalid_entries_convict_as_well() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let one = world.by("dave").proposes(7, 3, "One.");
    let other = world.by("dave").on(join).proposes(7, 3, "Other.");
    assert!(world.judge(one).is_err() && world.judge(other).is_err());
    assert_eq!(proof(&world, one, other), Some(Proof::Equivocation));
}

#[test]
fn the_same_file_twice_is_no_proof() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let one = world.by("dave").votes(proposal);
    let other = world.by("dave").on(join).votes(proposal);
    assert_ne!(one, other);
    assert_eq!(proof(&world, one, other), None);
    assert_eq!(proof(&world, one, one), None);
    assert!(convicts(&world).is_empty());
}

#[test]
fn two_researchers_at_one_slot_are_no_proof() {
    let mut world = joined();
    let one = world.by("alice").proposes(1, 0, "A.");
    let other = world.by("bob").proposes(1, 0, "B.");
    assert_eq!(proof(&world, one, other), None);
}

#[test]
fn a_fork_alone_is_no_proof() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let vote = world.by("dave").votes(proposal);
    let criticism = world.by("dave").on(join).criticises(proposal);
    let acknowledgement = world.by("dave").on(join).citing(&[proposal]).acknowledges();
    let abandon = world.by("dave").on(join).abandons(1, 0);
    for (a, b) in [(vote, criticism), (vote, acknowledgement), (abandon, vote), (abandon, criticism)] {
        assert_eq!(proof(&world, a, b), None);
    }
    assert!(convicts(&world).is_empty());
    assert!(!all_of(&world).pasts.is_chain(Author(3)));
}

#[test]
fn leaving_a_round_and_supporting_it_beside_that_is_a_contradiction() {
    for ratify in [false, true] {
        let mut world = joined();
        let revision = world.brings_a_revision("alice", 1, 0);
        let before = world.head("dave").expect("dave's criticism");
        let echoes = world.echo(&["alice", "bob", "carol"], 1, 0, revision);
        let support = match ratify {
            true => world.by("dave").on(before).citing(&echoes).ratifies(revision),
            false => world.by("dave").on(before).echoes(revision),
        };
        assert_eq!(world.judge(support), Ok(()));
        let abandon = world.by("dave").on(before).abandons(1, 0);
        assert_eq!(proof(&world, abandon, support), Some(Proof::Contradiction));
        assert_eq!(convicts(&world), ["dave"]);
        let found = contradictions(&all_of(&world));
        let told: Vec<_> = found.iter().map(|c| (c.at, c.abandon, c.other)).collect();
        assert_eq!(told, [(At::new(1, 0), abandon, support)]);
    }
}

#[test]
fn only_support_of_the_round_left_or_an_earlier_one_contradicts() {
    let (mut world, revision) = third_round();
    let daves = world.head("dave").expect("dave's");
    // Dave leaves rounds 0, 1, 2, each on a branch of its own, and beside that echoes in round 1.
    let echo = world.by("dave").on(daves).seeing_all().echoes_in(1, 1, revision);
    assert_eq!(world.judge(echo), Ok(()));
    let left: Vec<CommitId> = (0..3).map(|round| world.by("dave").on(daves).seeing_all().abandons(1, round)).collect();
    assert_eq!(proof(&world, left[0], echo), None, "an earlier round was left");
    assert_eq!(proof(&world, left[1], echo), Some(Proof::Contradiction));
    assert_eq!(proof(&world, left[2], echo), Some(Proof::Contradiction), "a later round was left");
    assert_eq!(convicts(&world), ["dave"]);
}

#[test]
fn another_step_is_no_contradiction() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let before = world.head("dave").expect("dave's criticism");
    let echo = world.by("dave").on(before).echoes(revision);
    let abandon = world.by("dave").on(before).abandons(2, 5);
    assert_eq!(proof(&world, abandon, echo), None);
    assert!(convicts(&world).is_empty());
}

#[test]
fn what_follows_the_other_is_no_contradiction() {
    // In one chain: the second is invalid if it supports what was left, but proves nothing.
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let echo = world.by("bob").echoes(revision);
    let abandon = world.by("bob").abandons(1, 0);
    assert_eq!(proof(&world, abandon, echo), None);
    let abandon = world.by("carol").abandons(1, 0);
    let echo = world.by("carol").echoes(revision);
    assert_eq!(world.judge(echo).expect_err("left before").rule, "3.echo");
    assert_eq!(proof(&world, abandon, echo), None);
    assert!(convicts(&world).is_empty());
}

#[test]
fn an_abandon_that_follows_the_echo_of_another_branch_is_no_contradiction() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let before = world.head("dave").expect("dave's criticism");
    let echo = world.by("dave").on(before).echoes(revision);
    // The echo is in the abandon's past through bob, though it is not on the abandon's own branch.
    let bobs = world.by("bob").citing(&[echo]).acknowledges();
    let branch = world.by("dave").on(before).citing(&[revision]).acknowledges();
    let abandon = world.by("dave").on(branch).citing(&[bobs]).abandons(1, 0);
    assert_eq!(world.judge(abandon), Ok(()));
    assert_eq!(proof(&world, abandon, echo), None);
    assert!(convicts(&world).is_empty());
}

#[test]
fn an_equivocation_is_told_once_for_each_slot_with_the_smallest_commits() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let twice = ["Same.", "Same.", "Other."].map(|why| world.by("dave").on(join).because(why).votes(proposal));
    let last = world.by("dave").on(join).citing(&[proposal]).because("Third.").abandons(1, 0);
    let fourth = world.by("dave").on(join).because("Fourth.").abandons(1, 0);
    let index = all_of(&world);
    let found = equivocations(&index);
    let told: Vec<_> = found.iter().map(|e| (e.slot.path(), e.commits.clone())).collect();
    let sorted = |mut commits: Vec<CommitId>| {
        commits.sort();
        commits
    };
    let expected = [
        ("steps/0001/r0/vote.md".to_owned(), sorted(vec![twice[0].min(twice[1]), twice[2]])),
        ("steps/0001/r0/abandon.md".to_owned(), sorted(vec![last, fourth])),
    ];
    assert_eq!(told, expected);
}

#[test]
fn of_several_contradictions_the_smallest_pair_is_told() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let before = world.head("dave").expect("dave's criticism");
    let echoes = [(); 3].map(|()| world.by("dave").on(before).echoes(revision));
    let abandons = [(); 3].map(|()| world.by("dave").on(before).citing(&[revision]).abandons(1, 0));
    let found = contradictions(&all_of(&world));
    let told: Vec<_> = found.iter().map(|c| (Some(c.abandon), Some(c.other))).collect();
    assert_eq!(told, [(abandons.into_iter().min(), echoes.into_iter().min())]);
}

/// All pairs, by the definition alone, say the same as the search that skips what cannot be.
#[test]
fn the_search_finds_what_the_pairs_prove() {
    let (mut world, revision) = third_round();
    let daves = world.head("dave").expect("dave's");
    for round in 0..3 {
        let left = world.by("dave").on(daves).seeing_all().abandons(1, round);
        world.by("dave").on(left).seeing_all().echoes_in(1, (round + 1) % 3, revision);
        world.by("dave").on(daves).citing(&[left]).ratifies_in(1, round, revision);
    }
    let index = all_of(&world);
    let own = index.entries_of(Author(3));
    let pairs = own.iter().flat_map(|a| own.iter().map(move |b| (*a, *b)));
    let proofs: BTreeSet<_> = pairs
        .filter(|(a, b)| proves(&index, *a, *b) == Some(Proof::Contradiction))
        .filter(|(a, _)| index.entry(*a).kind() == Kind::Abandon)
        .map(|(a, b)| (index.entry(a).id, index.entry(b).id))
        .collect();
    let found = contradictions(&index);
    assert_eq!(found.first().map(|c| (c.abandon, c.other)), proofs.first().copied());
    assert!(proofs.len() > 3);
}

/// What dave writes: a kind (`abandon`, `echo`, `ratify` or a repair), a round, and what it goes on from.
fn dave_writes() -> impl Strategy<Value = Vec<(u8, u32, usize, usize)>> {
    proptest::collection::vec((0..4_u8, 0..3_u32, 0..100_usize, 0..100_usize), 1..14)
}

/// Everything a list of [`dave_writes`] comes to.
fn written_by_dave(writes: &[(u8, u32, usize, usize)]) -> World {
    let mut world = joined();
    let mut own = vec![world.head("dave").expect("a join")];
    let (genesis, alice) = (world.genesis(), world.head("alice").expect("a join"));
    for (kind, round, from, other) in writes {
        let (from, other) = (own[from % own.len()], own[other % own.len()]);
        let apart = !world.reaches(from, other) && !world.reaches(other, from);
        let echo = File { fields: Fields::Echo { value: genesis }, text: String::new() };
        let ratify = File { fields: Fields::Ratify { value: genesis }, text: String::new() };
        let (at, dave) = (At::new(1, *round), world.by("dave").on(from));
        own.push(match kind {
            0 => dave.abandons(1, *round),
            1 => dave.file(Slot::Echo(at), echo),
            2 => dave.file(Slot::Ratify(at), ratify),
            _ if apart => dave.with_parents(&[from, other]).acknowledges(),
            _ => dave.citing(&[alice]).acknowledges(),
        });
    }
    world
}

proptest! {
    /// Against the plain definition: every pair is looked at.
    #[test]
    fn the_least_contradiction_is_found(writes in dave_writes()) {
        let index = all_of(&written_by_dave(&writes));
        let author = index.author(&Name::parse("dave").expect("a name")).expect("a researcher");
        let own = index.entries_of(author);
        let left = own.iter().filter(|at| index.entry(**at).kind() == Kind::Abandon);
        let pairs = left.flat_map(|left| own.iter().map(move |other| (*left, *other)));
        let proofs = pairs.filter(|(left, other)| proves(&index, *left, *other) == Some(Proof::Contradiction));
        let least = proofs.map(|(left, other)| (index.entry(left).id, index.entry(other).id)).min();
        let found = contradictions(&index);
        prop_assert!(found.len() <= 1);
        prop_assert_eq!(found.first().map(|pair| (pair.abandon, pair.other)), least);
    }
}

//! What is counted in a past: selection, certificates, locks, finality (section 3).

use super::*;
use crate::protocol::history::History;
use crate::protocol::id::Name;
use crate::sim::{World, joined};

const SOME: [&str; 3] = ["alice", "bob", "carol"];

/// The index of everything ever written, and its clock.
fn all_of(world: &World) -> (Index, Clock) {
    past_of(world, &world.commits().collect::<Vec<_>>())
}

/// The index of everything ever written, and the clock of these and all their ancestors.
fn past_of(world: &World, heads: &[CommitId]) -> (Index, Clock) {
    let mut history = History::new(world.charter().clone());
    for commit in world.commits() {
        history.extend(world.store(), commit).expect("a store in memory");
    }
    let past = history.reach(heads.iter().copied());
    (history.index, past)
}

fn find(index: &Index, id: CommitId) -> EntryIx {
    index.find(id).expect("a well-formed entry")
}

fn ids(index: &Index, entries: impl IntoIterator<Item = EntryIx>) -> Vec<CommitId> {
    let mut ids: Vec<CommitId> = entries.into_iter().map(|entry| index.entry(entry).id).collect();
    ids.sort();
    ids
}

fn sorted<const N: usize>(mut ids: [CommitId; N]) -> [CommitId; N] {
    ids.sort();
    ids
}

/// The round and revision of a lock.
fn told(lock: Option<Lock>) -> Option<(u32, CommitId)> {
    lock.map(|lock| (lock.round, lock.id))
}

#[test]
fn positions_are_counted_up_to_a_limit_however_many() {
    let mut pasts = Pasts::default();
    let author = Author(0);
    let mut positions = Positions::default();
    let mut past = pasts.nothing();
    for number in 0..100 {
        let (position, reach) = pasts.add(author, &past);
        past = reach;
        if number % 2 == 1 {
            positions.insert(position);
        }
    }
    for (limit, counted) in [(0, 0), (1, 1), (32, 32), (33, 33), (49, 49), (1_000, 50)] {
        assert_eq!(positions.count_in(&pasts, &past, author, limit), counted, "up to {limit}");
    }
    assert!(positions.iter().eq((0..100).filter(|n| n % 2 == 1)));
    assert!(!positions.any_in(&pasts, &pasts.nothing(), author));
}

#[test]
fn the_only_proposal_of_the_first_round_is_selected_until_a_rival_is_seen() {
    let mut world = joined();
    let alices = world.by("alice").proposes(1, 0, "A.");
    let bobs = world.by("bob").proposes(1, 0, "B.");
    let (index, past) = past_of(&world, &[alices]);
    assert!(index.is_selected(&past, find(&index, alices)));
    assert!(!index.is_selected(&past, find(&index, bobs)), "it is not in this past");
    let (index, past) = all_of(&world);
    assert!(![alices, bobs].iter().any(|id| index.is_selected(&past, find(&index, *id))));
    for name in ["alice", "carol"] {
        world.by(name).votes(bobs);
    }
    let (index, past) = all_of(&world);
    assert!(!index.is_selected(&past, find(&index, bobs)), "two of four are no majority");
    world.by("dave").votes(bobs);
    let (index, past) = all_of(&world);
    assert!(index.is_selected(&past, find(&index, bobs)) && !index.is_selected(&past, find(&index, alices)));
}

#[test]
fn a_researcher_counts_once_for_each_value() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let alices = world.by("alice").proposes(1, 0, "A.");
    world.by("bob").proposes(1, 0, "B.");
    world.by("carol").votes(alices);
    world.by("dave").votes(alices);
    world.by("dave").on(join).because("Again, on another branch.").votes(alices);
    let (index, past) = all_of(&world);
    let votes = &index.tallies.round(At::new(1, 0)).expect("a round").votes;
    let voices = votes.voices(find(&index, alices)).expect("votes");
    assert_eq!((voices.authors_in(&index.pasts, &past).len(), voices.entries_in(&index.pasts, &past, 9)), (2, 3));
    assert!(!index.is_selected(&past, find(&index, alices)));
}

#[test]
fn a_certificate_is_a_quorum_of_valid_echoes() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&["alice", "bob"], 1, 0, revision);
    let (index, past) = all_of(&world);
    assert!(index.certificates(&past, At::new(1, 0)).is_empty());
    let last = world.echo(&["carol"], 1, 0, revision);
    let (index, past) = all_of(&world);
    assert_eq!(ids(&index, index.certificates(&past, At::new(1, 0))), [revision]);
    assert!(index.certificates(&past, At::new(1, 1)).is_empty());
    let (index, past) = past_of(&world, &last);
    assert!(index.certificates(&past, At::new(1, 0)).is_empty());
}

#[test]
fn a_lock_is_the_highest_certificate_up_to_the_round_of_the_abandon() {
    let mut world = joined();
    world.brings_a_revision("alice", 1, 0);
    world.abandon(&["alice", "carol", "dave"], 1, 0);
    let revision = world.brings_a_revision("bob", 1, 1);
    world.echo(&["bob", "carol", "dave"], 1, 1, revision);
    let early = world.by("alice").abandons(1, 1);
    let late = world.by("bob").seeing_all().abandons(1, 1);
    let old = world.by("bob").seeing_all().abandons(1, 0);
    let (index, past) = all_of(&world);
    let lock_of = |id| told(index.entry(find(&index, id)).lock);
    assert_eq!(lock_of(early), None, "the certificate is not in its past");
    assert_eq!(lock_of(late), Some((1, revision)));
    assert_eq!(lock_of(old), None, "a certificate of a later round is no lock of this one");
    assert_eq!(told(index.lock(&past, At::new(1, 0))), None);
    assert_eq!(told(index.lock(&past, At::new(1, 7))), Some((1, revision)));
}

#[test]
fn the_lock_carried_is_the_highest_of_all_abandons() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&SOME, 1, 0, revision);
    let knowing = world.by("bob").seeing_all().abandons(1, 0);
    let others = world.abandon(&["carol", "dave"], 1, 0);
    let (index, past) = all_of(&world);
    assert!(index.entry(find(&index, knowing)).is_valid());
    assert_eq!(told(index.carried_lock(&past, At::new(1, 1))), Some((0, revision)));
    assert_eq!(told(index.carried_lock(&past, At::new(1, 0))), None);
    let (index, past) = past_of(&world, &others);
    assert_eq!(told(index.carried_lock(&past, At::new(1, 1))), None, "who knew is not in this past");
}

#[test]
fn a_certificate_after_the_abandons_is_no_lock() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let echoes = world.echo(&SOME, 1, 0, revision);
    let abandons = world.abandon(&SOME, 1, 0);
    let (index, past) = past_of(&world, &[echoes, abandons].concat());
    assert_eq!(ids(&index, index.certificates(&past, At::new(1, 0))), [revision]);
    assert!(index.is_open(&past, At::new(1, 1)));
    assert_eq!(told(index.carried_lock(&past, At::new(1, 1))), None);
}

#[test]
fn a_lock_is_carried_on_from_round_to_round() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&SOME, 1, 0, revision);
    for round in 0..3 {
        for name in ["bob", "carol", "dave"] {
            world.by(name).seeing_all().abandons(1, round);
        }
        let (index, past) = all_of(&world);
        assert_eq!(told(index.carried_lock(&past, At::new(1, round + 1))), Some((0, revision)), "round {round}");
    }
    // A certificate in a later round is the higher lock, of the same revision.
    for name in SOME {
        world.by(name).seeing_all().echoes_in(1, 3, revision);
    }
    world.by("dave").seeing_all().abandons(1, 3);
    let (index, past) = all_of(&world);
    assert_eq!(told(index.carried_lock(&past, At::new(1, 4))), Some((3, revision)));
}

/// Two revisions, each with a certificate in (1, 0), for carol and dave have two faces. Gives the revisions, and of
/// each side the three echoes.
fn divided(world: &mut World) -> [(CommitId, Vec<CommitId>); 2] {
    let [carol, dave] = ["carol", "dave"].map(|name| world.head(name).expect("a join"));
    let left = world.by("alice").proposes(1, 0, "A.");
    let criticisms = [world.by("carol").criticises(left), world.by("dave").criticises(left)];
    let left = world.by("alice").revises(left, "A, better.", &criticisms);
    let left_echoes = world.echo(&["alice", "carol", "dave"], 1, 0, left);
    let right = world.by("bob").proposes(1, 0, "B.");
    let criticisms = [world.by("carol").on(carol).criticises(right), world.by("dave").on(dave).criticises(right)];
    let right = world.by("bob").revises(right, "B, better.", &criticisms);
    let right_echoes = world.echo(&["bob", "carol", "dave"], 1, 0, right);
    [(left, left_echoes), (right, right_echoes)]
}

#[test]
fn among_locks_of_one_round_the_smallest_commit_binds() {
    let mut world = joined();
    let [(left, left_echoes), (right, right_echoes)] = divided(&mut world);
    let (index, past) = all_of(&world);
    assert_eq!(ids(&index, index.certificates(&past, At::new(1, 0))), sorted([left, right]));
    assert_eq!(told(index.certified(&past, At::new(1, 0))), Some((0, left.min(right))));
    let alices = world.by("alice").citing(&left_echoes).abandons(1, 0);
    let bobs = world.by("bob").citing(&right_echoes).abandons(1, 0);
    for (heads, expected) in [(vec![alices], left), (vec![bobs], right), (vec![alices, bobs], left.min(right))] {
        let (index, past) = past_of(&world, &heads);
        assert_eq!(told(index.carried_lock(&past, At::new(1, 1))), Some((0, expected)));
    }
    // One abandon with both certificates in its past.
    let bobs = world.by("bob").on(right_echoes[0]).citing(&right_echoes).acknowledges();
    let both = world.by("alice").on(left_echoes[0]).citing(&left_echoes).citing(&[bobs]).abandons(1, 0);
    let (index, past) = past_of(&world, &[both]);
    assert_eq!(told(index.carried_lock(&past, At::new(1, 1))), Some((0, left.min(right))));
}

#[test]
fn with_two_finals_a_step_is_final_with_none_and_nothing_opens() {
    let mut world = joined();
    let sides = divided(&mut world);
    let people = [["alice", "carol", "dave"], ["bob", "carol", "dave"]];
    let mut ratifies = [Vec::new(), Vec::new()];
    for ((people, (revision, echoes)), ratifies) in people.iter().zip(&sides).zip(&mut ratifies) {
        for (name, echo) in people.iter().zip(echoes) {
            ratifies.push(world.by(name).on(*echo).citing(echoes).ratifies(*revision));
        }
    }
    for (ratifies, (revision, _)) in ratifies.iter().zip(&sides) {
        let (index, past) = past_of(&world, ratifies);
        let told = index.final_value(&past, 1).map(|(value, round)| (index.entry(value).id, round));
        assert_eq!(told, Some((*revision, 0)));
        assert!(index.is_open(&past, At::new(2, 0)));
    }
    let (index, past) = all_of(&world);
    assert_eq!(index.finals(&past, 1).len(), 2);
    assert_eq!(index.final_value(&past, 1), None);
    assert!(!index.is_open(&past, At::new(2, 0)));
    let bobs = world.by("bob").on(ratifies[1][0]).citing(&ratifies[1]).acknowledges();
    let alices = world.by("alice").on(ratifies[0][0]).citing(&ratifies[0]).citing(&[bobs]);
    let stuck = alices.proposes(2, 0, "On which of them?");
    assert_eq!(world.judge(stuck).expect_err("nothing is open").rule, "3.open");
}

#[test]
fn a_step_is_final_when_a_quorum_ratifies_in_one_round() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&SOME, 1, 0, revision);
    let carols = world.head("carol").expect("an echo");
    world.ratify(&["alice", "bob"], 1, 0, revision);
    for name in ["bob", "carol", "dave"] {
        world.by(name).seeing_all().abandons(1, 0);
    }
    for name in ["bob", "carol", "dave"] {
        world.by(name).seeing_all().echoes_in(1, 1, revision);
    }
    world.ratify(&["carol", "dave"], 1, 1, revision);
    let finals = |world: &World| {
        let (index, past) = all_of(world);
        let finals: Vec<_> = index.finals(&past, 1).into_iter().map(|(v, at)| (index.entry(v).id, at)).collect();
        finals
    };
    assert_eq!(finals(&world), [], "four have ratified it, but two in each round");
    world.ratify(&["bob"], 1, 1, revision);
    assert_eq!(finals(&world), [(revision, 1)]);
    // Carol's second face ratifies in round 0 as if she had never left; the lowest round is told.
    let echoes: Vec<CommitId> = ["alice", "bob"].iter().map(|name| echo_by(&world, name)).collect();
    world.by("carol").on(carols).citing(&echoes).ratifies(revision);
    assert_eq!(finals(&world), [(revision, 0)]);
}

/// Somebody's echo in (1, 0).
fn echo_by(world: &World, name: &str) -> CommitId {
    let slot = crate::protocol::slot::Slot::Echo(At::new(1, 0));
    let mut found = world.commits().filter(|id| world.author(*id) == Some(name) && world.slot(*id) == Some(&slot));
    found.next().expect("an echo")
}

#[test]
fn whoever_left_a_round_has_left_the_earlier_ones() {
    let mut world = joined();
    world.abandon(&SOME, 1, 0);
    world.by("dave").seeing_all().abandons(1, 1);
    let (index, past) = all_of(&world);
    let author = |name| index.author(&Name::parse(name).expect("a name")).expect("a researcher");
    let left = |name| [0, 1, 2].map(|round| index.has_left(&past, author(name), At::new(1, round)));
    assert_eq!(left("dave"), [true, true, false]);
    assert_eq!(left("alice"), [true, false, false]);
    assert!(!index.has_left(&past, author("dave"), At::new(2, 0)));
}

#[test]
fn criticisms_are_those_in_the_past_by_commit() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let [one, two, three] = ["bob", "carol", "dave"].map(|name| world.by(name).criticises(proposal));
    let of = |heads: &[CommitId]| {
        let (index, past) = past_of(&world, heads);
        let found = index.criticisms_of(&past, find(&index, proposal));
        found.into_iter().map(|entry| index.entry(entry).id).collect::<Vec<_>>()
    };
    assert_eq!(of(&[one, two]), sorted([one, two]));
    assert_eq!(of(&[three, two, one]), sorted([one, two, three]));
    assert_eq!(of(&[proposal]), []);
}

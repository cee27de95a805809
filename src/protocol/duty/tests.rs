//! Each row of the table of section 6, and what a next entry builds on.

use super::*;
use crate::protocol::verify::Seen;
use crate::sim::{World, joined};

const SOME: [&str; 3] = ["alice", "bob", "carol"];

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn head(world: &World, name: &str) -> CommitId {
    world.head(name).expect("an entry")
}

fn at(step: u32, round: u32) -> At {
    At::new(step, round)
}

/// What somebody sees to whom all remotes show what was written last, and who has their own log.
fn seen_by(world: &World, who: &str) -> Seen {
    Seen { local: world.head(who), ..world.see_all() }
}

fn owes(world: &World, who: &str, seen: Seen) -> (Verification, Standing, Vec<Duty>) {
    let mut verification = world.verify(&seen).expect("a store in memory");
    let me = verification.history.index.author(&name(who)).expect("a researcher");
    let standing = standing(&mut verification, me);
    let duties = duties(&verification, &standing);
    (verification, standing, duties)
}

/// What somebody owes who sees everything.
fn duties_of(world: &World, who: &str) -> Vec<Duty> {
    owes(world, who, seen_by(world, who)).2
}

/// Whose heads somebody would cite, and whose not, with the reason.
fn cites(world: &World, who: &str, seen: Seen) -> (Vec<CommitId>, Vec<(String, String)>) {
    let (verification, standing, _) = owes(world, who, seen);
    let cited = standing.cite.iter().map(|at| verification.history.index.entry(*at).id).collect();
    (cited, standing.not_cited.into_iter().map(|not| (not.name.to_string(), not.why)).collect())
}

#[test]
fn whoever_has_not_joined_joins_first() {
    let mut world = World::new(4, 1).expect("a charter");
    world.by("bob").joins();
    assert_eq!(duties_of(&world, "alice"), [Duty::Join]);
}

#[test]
fn when_nothing_is_proposed_one_may_propose_and_acknowledges() {
    let mut world = joined();
    assert_eq!(duties_of(&world, "alice"), [Duty::Propose(at(1, 0)), Duty::Acknowledge]);
    world.by("alice").seeing_all().acknowledges();
    assert_eq!(duties_of(&world, "alice"), [Duty::Propose(at(1, 0))], "nothing new is seen");
}

#[test]
fn a_selected_proposal_is_criticised() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    assert_eq!(duties_of(&world, "bob"), [Duty::Criticize(at(1, 0), name("alice"))]);
    world.by("bob").criticises(proposal);
    assert_eq!(duties_of(&world, "bob"), [Duty::Acknowledge]);
}

#[test]
fn competing_proposals_are_voted_on() {
    let mut world = joined();
    let alices = world.by("alice").proposes(1, 0, "A.");
    world.by("bob").proposes(1, 0, "B.");
    assert_eq!(duties_of(&world, "carol"), [Duty::Vote(at(1, 0), vec![name("alice"), name("bob")])]);
    world.by("carol").votes(alices);
    assert_eq!(duties_of(&world, "carol"), [Duty::Acknowledge]);
    world.by("dave").votes(alices);
    world.by("alice").votes(alices);
    assert_eq!(duties_of(&world, "carol"), [Duty::Criticize(at(1, 0), name("alice"))]);
}

#[test]
fn ones_own_selected_proposal_with_enough_criticisms_is_revised() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    world.by("bob").criticises(proposal);
    assert_eq!(duties_of(&world, "alice"), [Duty::Acknowledge]);
    world.by("carol").criticises(proposal);
    assert_eq!(duties_of(&world, "alice"), [Duty::Revise(at(1, 0), proposal)]);
}

#[test]
fn a_valid_revision_is_echoed() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    for name in ["alice", "dave"] {
        assert_eq!(duties_of(&world, name), [Duty::Echo(at(1, 0), revision)]);
    }
    world.by("dave").echoes(revision);
    assert_eq!(duties_of(&world, "dave"), [], "nothing is new to dave");
}

#[test]
fn competing_revisions_are_a_persons_choice() {
    let mut world = joined();
    let alices = world.by("alice").proposes(1, 0, "A.");
    let criticisms = ["carol", "dave"].map(|name| world.by(name).criticises(alices));
    let one = world.by("alice").revises(alices, "A, better.", &criticisms);
    // Bob had proposed too; the same people prefer his, and criticise it in turn.
    let bobs = world.by("bob").proposes(1, 0, "B.");
    let votes = ["bob", "carol", "dave"].map(|name| world.by(name).votes(bobs));
    let criticisms = ["carol", "dave"].map(|name| world.by(name).citing(&votes).criticises(bobs));
    let other = world.by("bob").revises(bobs, "B, better.", &criticisms);
    assert_eq!([one, other].map(|revision| world.judge(revision)), [Ok(()), Ok(())]);
    assert_eq!(duties_of(&world, "dave"), [Duty::ChooseEcho(at(1, 0), vec![one, other])]);
}

#[test]
fn the_revision_of_one_who_is_convicted_is_a_persons_choice() {
    let mut world = joined();
    let join = head(&world, "alice");
    let revision = world.brings_a_revision("alice", 1, 0);
    let twice = world.by("alice").on(join).because("Beside that.").proposes(1, 0, "Another.");
    let bobs = world.by("bob").citing(&[revision]).acknowledges();
    let seen = Seen { local: world.head("dave"), ..world.see(&[bobs, twice]) };
    let (_, _, duties) = owes(&world, "dave", seen);
    assert_eq!(duties, [Duty::ChooseEcho(at(1, 0), vec![revision]), Duty::Accuse(name("alice"))]);
}

#[test]
fn a_lock_is_echoed_and_nothing_is_proposed() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&SOME, 1, 0, revision);
    for name in ["bob", "carol", "dave"] {
        world.by(name).seeing_all().abandons(1, 0);
    }
    // Alice alone has not left round 0, and may still ratify there.
    assert_eq!(duties_of(&world, "alice"), [Duty::Ratify(at(1, 0), revision), Duty::Echo(at(1, 1), revision)]);
    for name in ["bob", "carol", "dave"] {
        assert_eq!(duties_of(&world, name), [Duty::Echo(at(1, 1), revision)], "{name}");
    }
}

#[test]
fn a_certificate_is_ratified_at_once_and_before_an_abandon() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&SOME, 1, 0, revision);
    let echo = Duty::Echo(at(1, 0), revision);
    assert_eq!(duties_of(&world, "dave"), [Duty::Ratify(at(1, 0), revision), echo]);
    world.by("dave").echoes(revision);
    world.abandon(&["alice", "bob"], 1, 0);
    assert_eq!(duties_of(&world, "dave"), [Duty::Ratify(at(1, 0), revision), Duty::Abandon(at(1, 0))]);
    world.by("dave").seeing_all().ratifies(revision);
    assert_eq!(duties_of(&world, "dave"), [Duty::Abandon(at(1, 0))]);
    // Who has left does not ratify.
    assert_eq!(duties_of(&world, "alice"), [Duty::Acknowledge]);
}

#[test]
fn a_final_step_is_left_behind() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&SOME, 1, 0, revision);
    world.ratify(&SOME, 1, 0, revision);
    // No echo, ratify or abandon in step 1 any more, not even of one who has done none.
    assert_eq!(duties_of(&world, "dave"), [Duty::Propose(at(2, 0)), Duty::Acknowledge]);
}

#[test]
fn a_round_that_f_plus_1_have_left_may_be_left() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.by("dave").echoes(revision);
    world.abandon(&["alice"], 1, 0);
    assert_eq!(duties_of(&world, "dave"), [Duty::Acknowledge]);
    world.abandon(&["bob"], 1, 0);
    assert_eq!(duties_of(&world, "dave"), [Duty::Abandon(at(1, 0))]);
    world.by("dave").seeing_all().abandons(1, 0);
    assert_eq!(duties_of(&world, "dave"), [Duty::Propose(at(1, 1))]);
}

#[test]
fn a_fork_of_ones_own_is_repaired_first() {
    let mut world = joined();
    let join = head(&world, "alice");
    let one = world.by("alice").proposes(1, 0, "A.");
    let other = world.by("alice").on(join).abandons(1, 0);
    let seen = Seen { pins: [one].into(), ..seen_by(&world, "alice") };
    let (_, standing, duties) = owes(&world, "alice", seen);
    assert_eq!(duties.first(), Some(&Duty::Repair));
    assert_eq!(standing.lost, [one], "the log at hand, with {other}, lacks it");
}

#[test]
fn entries_of_mine_that_only_others_hold_are_lost_here() {
    let mut world = joined();
    let join = head(&world, "alice");
    let entry = world.by("alice").abandons(1, 0);
    world.by("bob").citing(&[entry]).acknowledges();
    let seen = Seen { local: Some(join), ..world.see(&[head(&world, "bob")]) };
    let (_, standing, _) = owes(&world, "alice", seen.clone());
    assert_eq!(standing.lost, [entry]);
    let (_, standing, _) = owes(&world, "alice", Seen { local: Some(entry), ..seen });
    assert_eq!(standing.lost, []);
}

#[test]
fn a_forked_log_is_not_cited_until_it_is_repaired_but_in_others_pasts() {
    let mut world = joined();
    let join = head(&world, "dave");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let one = world.by("dave").votes(proposal);
    let other = world.by("dave").on(join).citing(&[proposal]).criticises(proposal);
    let seen = Seen { local: world.head("bob"), ..world.see(&[one, other]) };
    let (cited, not_cited) = cites(&world, "bob", seen);
    let why = "their log has branches that nothing joins".to_owned();
    assert_eq!((cited, not_cited), (vec![], vec![("dave".to_owned(), why)]));
    let carols = world.by("carol").citing(&[one]).acknowledges();
    let seen = Seen { local: world.head("bob"), ..world.see(&[one, other, carols]) };
    assert_eq!(cites(&world, "bob", seen).0, [carols]);
    let repaired = world.by("dave").with_parents(&[one, other]).acknowledges();
    let seen = Seen { local: world.head("bob"), ..world.see(&[carols, repaired]) };
    assert_eq!(cites(&world, "bob", seen), (vec![carols, repaired], vec![]));
}

#[test]
fn a_branch_that_has_the_other_in_its_past_but_does_not_join_it_is_not_cited() {
    let mut world = joined();
    let join = head(&world, "dave");
    let one = world.by("dave").abandons(1, 0);
    let bobs = world.by("bob").citing(&[one]).acknowledges();
    let branch = world.by("dave").on(join).because("Hello?").proposes(1, 0, "D.");
    let behind = world.by("dave").on(branch).citing(&[bobs]).acknowledges();
    let seen = Seen { local: world.head("carol"), ..world.see(&[bobs, behind]) };
    let (cited, not_cited) = cites(&world, "carol", seen);
    assert_eq!(cited, [bobs]);
    assert_eq!(not_cited[0].1, "their log has branches that nothing joins");
}

#[test]
fn a_head_with_an_invalid_entry_is_not_cited() {
    let mut world = joined();
    let bad = world.by("dave").abandons(4, 0);
    world.by("dave").seeing_all().acknowledges();
    let (_, not_cited) = cites(&world, "bob", seen_by(&world, "bob"));
    let why = format!("their log brings an invalid entry, {}", bad.short());
    assert_eq!(not_cited, [("dave".to_owned(), why)]);
}

#[test]
fn heads_in_the_past_of_others_are_not_cited_twice() {
    let mut world = joined();
    let bobs = head(&world, "bob");
    world.by("carol").citing(&[bobs]).acknowledges();
    let (cited, _) = cites(&world, "alice", seen_by(&world, "alice"));
    assert_eq!(cited, [head(&world, "carol"), head(&world, "dave")]);
    let everything = world.by("alice").seeing_all().acknowledges();
    let (cited, _) = cites(&world, "alice", seen_by(&world, "alice"));
    assert_eq!((cited, world.judge(everything)), (vec![], Ok(())));
}

#[test]
fn acknowledging_is_due_once_for_each_round() {
    let mut world = joined();
    world.by("dave").because("I cannot wait.").abandons(1, 0);
    let proposal = world.by("alice").seeing_all().proposes(1, 0, "A.");
    let waits = |world: &World| duties_of(world, "alice");
    assert_eq!(waits(&world), [], "alice has seen everything");
    world.by("bob").criticises(proposal);
    assert_eq!(waits(&world), [Duty::Acknowledge]);
    world.by("alice").seeing_all().acknowledges();
    world.by("bob").seeing_all().acknowledges();
    assert_eq!(waits(&world), [], "alice has acknowledged in this round");
    // A new round: once more.
    world.abandon(&["bob", "carol"], 1, 0);
    assert_eq!(waits(&world), [Duty::Propose(at(1, 1)), Duty::Acknowledge]);
}

#[test]
fn new_misbehaviour_is_acknowledged_again() {
    let mut world = joined();
    let join = head(&world, "dave");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    world.by("bob").criticises(proposal);
    world.by("alice").seeing_all().acknowledges();
    let one = world.by("dave").on(join).citing(&[proposal]).abandons(1, 0);
    let other = world.by("dave").on(join).votes(proposal);
    let bobs = world.by("bob").citing(&[one]).acknowledges();
    let carols = world.by("carol").citing(&[other]).acknowledges();
    let seen = Seen { local: world.head("alice"), ..world.see(&[bobs, carols]) };
    assert_eq!(owes(&world, "alice", seen).2, [Duty::Acknowledge]);
}

#[test]
fn a_proof_is_pointed_out_by_one_of_us() {
    let mut world = joined();
    let join = head(&world, "dave");
    let one = world.by("dave").proposes(1, 0, "One.");
    let other = world.by("dave").on(join).proposes(1, 0, "Other.");
    let seen = |world: &World| Seen { local: world.head("alice"), ..world.see(&[one, other]) };
    let accuse = Duty::Accuse(name("dave"));
    assert!(owes(&world, "alice", seen(&world)).2.contains(&accuse));
    let accusation = world.by("bob").accuses("dave", one, other);
    let told = Seen { local: world.head("alice"), ..world.see(&[one, other, accusation]) };
    assert!(!owes(&world, "alice", told).2.contains(&accuse), "bob has pointed it out");
    world.by("alice").accuses("dave", one, other);
    assert!(!owes(&world, "alice", seen(&world)).2.contains(&accuse), "alice has");
}

#[test]
fn whom_the_group_waits_for_is_told_from_everything_seen() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&["alice", "bob"], 1, 0, revision);
    let mut verification = world.verify(&world.see_all()).expect("a store in memory");
    for (who, echoes) in [("alice", false), ("bob", false), ("carol", true), ("dave", true)] {
        let author = verification.history.index.author(&name(who)).expect("a researcher");
        let standing = standing_of(&mut verification, author);
        let owed = duties(&verification, &standing).contains(&Duty::Echo(at(1, 0), revision));
        assert_eq!(owed, echoes, "{who}");
    }
}

#[test]
fn what_a_tool_does_unasked_is_little() {
    let commit = World::new(1, 0).expect("a charter").genesis();
    for mechanical in [Duty::Ratify(at(1, 0), commit), Duty::Echo(at(1, 0), commit), Duty::Acknowledge] {
        assert!(mechanical.is_mechanical(), "{mechanical:?}");
    }
    for a_persons in [
        Duty::Repair,
        Duty::Join,
        Duty::ChooseEcho(at(1, 0), vec![commit]),
        Duty::Revise(at(1, 0), commit),
        Duty::Criticize(at(1, 0), name("bob")),
        Duty::Vote(at(1, 0), vec![name("bob")]),
        Duty::Propose(at(1, 0)),
        Duty::Abandon(at(1, 0)),
        Duty::Accuse(name("bob")),
    ] {
        assert!(!a_persons.is_mechanical(), "{a_persons:?}");
    }
}

#[test]
fn ones_own_proposal_is_revised_before_a_rival_is_taken_in() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    for name in ["bob", "carol"] {
        world.by(name).criticises(proposal);
    }
    // Dave had not seen it. Whoever takes in both finds neither selected.
    world.by("dave").proposes(1, 0, "D.");
    let (verification, standing, duties) = owes(&world, "alice", seen_by(&world, "alice"));
    assert_eq!(duties, [Duty::Revise(at(1, 0), proposal)]);
    let index = &verification.history.index;
    assert!(standing.cite.iter().all(|entry| index.name(index.entry(*entry).author) != &name("dave")));
}

#[test]
fn an_invalid_accusation_points_nothing_out() {
    let mut world = joined();
    let join = head(&world, "dave");
    let one = world.by("dave").proposes(1, 0, "One.");
    let other = world.by("dave").on(join).proposes(1, 0, "Other.");
    let carols = world.by("carol").accuses("dave", join, other);
    let seen = Seen { local: world.head("alice"), ..world.see(&[one, other, carols]) };
    assert!(owes(&world, "alice", seen).2.contains(&Duty::Accuse(name("dave"))));
}

#[test]
fn a_fork_long_repaired_is_no_new_misbehaviour() {
    let mut world = joined();
    let join = head(&world, "dave");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let one = world.by("dave").on(join).votes(proposal);
    let other = world.by("dave").on(join).citing(&[proposal]).criticises(proposal);
    let repaired = world.by("dave").with_parents(&[one, other]).acknowledges();
    world.by("alice").citing(&[repaired]).acknowledges();
    world.by("dave").because("Nothing to see.").abandons(1, 0);
    assert_eq!(duties_of(&world, "alice"), []);
}

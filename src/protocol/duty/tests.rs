//! Each row of the table of section 6, and what a next entry builds on.

use super::*;
use crate::protocol::citing::with_evidence;
use crate::protocol::file::{Fields, File};
use crate::protocol::verify::{Remote, Seen};
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
    // No echo or abandon in step 1 any more, not even of one who has done none; but the certificate is attested, for
    // whoever has lost their memory waits for that.
    assert_eq!(duties_of(&world, "dave"), [Duty::Ratify(at(1, 0), revision), Duty::Propose(at(2, 0))]);
    world.by("dave").seeing_all().ratifies(revision);
    assert_eq!(duties_of(&world, "dave"), [Duty::Propose(at(2, 0))]);
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
    let seen = |world: &World| Seen { local: world.head("bob"), ..world.see(&[one, other]) };
    // So that dave learns of the fork, bob cites the branch that dave's remote does not show; once.
    assert_eq!(cites(&world, "bob", seen(&world)), (vec![one], vec![]));
    world.by("bob").citing(&[one]).acknowledges();
    let more = world.by("dave").on(one).abandons(1, 0);
    let why = "their log has branches that nothing joins".to_owned();
    let forked = vec![("dave".to_owned(), why)];
    let seen = Seen { pins: [one, more].into(), ..seen(&world) };
    assert_eq!(cites(&world, "bob", seen.clone()), (vec![], forked.clone()));
    let carols = world.by("carol").citing(&[more]).acknowledges();
    let seen = Seen { pins: [carols].into(), ..seen };
    assert_eq!(cites(&world, "bob", seen), (vec![carols], forked));
    let one = more;
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
    assert_eq!(cites(&world, "carol", seen.clone()), (vec![bobs], vec![]));
    let told = world.by("carol").citing(&[behind]).acknowledges();
    let later = world.by("dave").on(behind).abandons(1, 0);
    let seen = Seen { local: Some(told), pins: [behind, later].into(), ..seen };
    let (cited, not_cited) = cites(&world, "carol", seen);
    assert_eq!(cited, []);
    assert_eq!(not_cited[0].1, "their log has branches that nothing joins");
}

#[test]
fn what_was_seen_once_is_cited_whatever_a_remote_shows() {
    let mut world = joined();
    let join = head(&world, "dave");
    let proposal = world.by("dave").proposes(1, 0, "D.");
    let shows = |world: &World, head| {
        let mut seen = world.see_all();
        seen.local = world.head("alice");
        seen.pins.insert(proposal);
        seen.remotes.insert(name("dave"), Remote::Shown(head));
        seen
    };
    // A remote that was moved back, one that is empty, one out of sight.
    for head in [Some(join), None] {
        assert!(cites(&world, "alice", shows(&world, head)).0.contains(&proposal));
    }
    let mut away = shows(&world, None);
    away.remotes.insert(name("dave"), Remote::Unreachable);
    assert!(cites(&world, "alice", away).0.contains(&proposal));
    // Junk over the log, made without dave's key, whatever its parents are.
    let carols = head(&world, "carol");
    for parents in [vec![proposal, join], vec![join], vec![proposal, carols]] {
        let unsigned = world
            .by("dave")
            .with_parents(&parents)
            .unsigned(&Slot::Abandon(at(1, 0)), &File { fields: Fields::Abandon, text: String::new() });
        let junk = world.publish("dave", unsigned, None);
        assert_eq!(world.judge(junk).expect_err("no signature").code, Code::Unsigned);
        assert!(cites(&world, "alice", shows(&world, Some(junk))).0.contains(&proposal), "{parents:?}");
    }
    // What only somebody else's past holds.
    world.by("carol").citing(&[proposal]).acknowledges();
    let (cited, _) = cites(&world, "alice", Seen { pins: [].into(), ..shows(&world, None) });
    assert!(cited.contains(&head(&world, "carol")));
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
fn a_proof_that_my_past_lacks_is_spread_once() {
    let mut world = joined();
    let join = head(&world, "dave");
    let one = world.by("dave").proposes(1, 0, "One.");
    let other = world.by("dave").on(join).proposes(1, 0, "Other.");
    let seen = |world: &World| Seen { local: world.head("alice"), ..world.see(&[one, other]) };
    let accuse = Duty::Accuse(name("dave"));
    assert!(owes(&world, "alice", seen(&world)).2.contains(&accuse));
    let accusation = world.by("bob").accuses("dave", one, other);
    let told = Seen { local: world.head("alice"), ..world.see(&[one, other, accusation]) };
    assert!(!owes(&world, "alice", told).2.contains(&accuse), "what alice cites next brings it");
    let (verification, standing, _) = owes(&world, "alice", seen(&world));
    let index = &verification.history.index;
    let (_, pair) = evidence::against(index, index.author(&name("dave")).expect("dave")).expect("a proof");
    let cited = with_evidence(index, &standing.own, &standing.cite, &pair);
    let ids: BTreeSet<CommitId> = cited.iter().map(|at| index.entry(*at).id).collect();
    assert!([one, other].iter().all(|half| ids.contains(half)), "both halves are parents: {ids:?}");
    let spread = world.by("alice").accuses("dave", one, other);
    assert_eq!(world.judge(spread), Ok(()));
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
    for mechanical in
        [Duty::Ratify(at(1, 0), commit), Duty::Echo(at(1, 0), commit), Duty::Accuse(name("bob")), Duty::Acknowledge]
    {
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
fn a_proposers_patience_ends_with_the_round() {
    let rival_waits = |world: &World| {
        let (cited, not_cited) = cites(world, "alice", seen_by(world, "alice"));
        !not_cited.is_empty() && !cited.contains(&head(world, "dave"))
    };
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    for name in ["bob", "carol"] {
        world.by(name).criticises(proposal);
    }
    world.by("dave").proposes(1, 0, "D.");
    assert!(rival_waits(&world));
    let mut left = world.clone();
    left.by("alice").abandons(1, 0);
    assert!(!rival_waits(&left), "she has left the round herself");
    world.abandon(&["bob", "carol", "dave"], 1, 0);
    assert!(!rival_waits(&world), "a quorum of others has");
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
fn who_rewinds_again_and_again_costs_one_acknowledgement() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    world.by("bob").criticises(proposal);
    world.by("alice").seeing_all().acknowledges();
    let join = world.commit(head(&world, "dave")).expect("a commit");
    let mut acknowledged = 0;
    for round in 0..3 {
        let lost = world.by("dave").because(&format!("{round}")).abandons(1, round);
        let mut seen = seen_by(&world, "alice");
        seen.remotes.insert(name("dave"), Remote::Shown(Some(join.parents[0])));
        seen.pins.insert(lost);
        if round > 0 {
            // Only the first of these is valid; the others come in through bob.
            let bobs = world.by("bob").citing(&[lost]).acknowledges();
            seen.remotes.insert(name("bob"), Remote::Shown(Some(bobs)));
        }
        if owes(&world, "alice", seen).2.contains(&Duty::Acknowledge) {
            acknowledged += 1;
            world.by("alice").seeing_all().acknowledges();
        }
    }
    assert_eq!(acknowledged, 1);
}

#[test]
fn a_round_that_only_the_silent_can_end_may_be_left_by_all() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&SOME, 1, 0, revision);
    // Alice leaves early; bob and carol ratify; dave is silent, and he alone could make it final.
    world.by("alice").abandons(1, 0);
    world.ratify(&["bob", "carol"], 1, 0, revision);
    for who in ["bob", "carol"] {
        assert_eq!(duties_of(&world, who).first(), Some(&Duty::Abandon(at(1, 0))), "{who}");
    }
    assert_eq!(duties_of(&world, "dave").first(), Some(&Duty::Ratify(at(1, 0), revision)));
}

#[test]
fn nobody_waits_for_what_only_a_convict_could_give() {
    let mut world = joined();
    let join = head(&world, "dave");
    let proposal = world.by("dave").proposes(1, 0, "D.");
    let [bob, carol] = ["bob", "carol"].map(|who| world.by(who).criticises(proposal));
    let one = world.by("dave").revises(proposal, "One.", &[bob, carol]);
    let other = world.by("dave").on(proposal).citing(&[bob, carol]).revises(proposal, "Other.", &[bob, carol]);
    world.by("alice").citing(&[one]).echoes(one);
    world.by("bob").citing(&[one]).echoes(one);
    world.by("carol").citing(&[other]).echoes(other);
    assert_ne!(join, one);
    let (verification, standing, duties) = owes(&world, "alice", seen_by(&world, "alice"));
    let ahead = outlook(&verification.history.index, &standing.view, &verification.convicted);
    assert_eq!((ahead.have, ahead.needed, ahead.open.len()), (2, 3, 0));
    assert!(!ahead.is_possible() && duties.contains(&Duty::Abandon(at(1, 0))), "{duties:?}");
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

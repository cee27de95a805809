//! What a verification says: here of proofs, forks, invalid entries and final steps; in [`remotes`] of what remotes
//! serve and hold back.

mod remotes;

use super::*;
use crate::protocol::file::{Fields, File};
use crate::protocol::id::At;
use crate::protocol::slot::Slot;
use crate::sim::{World, joined};

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn head(world: &World, name: &str) -> CommitId {
    world.head(name).expect("an entry")
}

#[track_caller]
fn verified(world: &World, seen: &Seen) -> Verification {
    world.verify(seen).expect("a store in memory")
}

/// Code, researcher and commits of every finding.
fn told(verification: &Verification) -> Vec<(&'static str, Option<String>, Vec<CommitId>)> {
    let row = |f: &Finding| (f.code.as_str(), f.researcher.as_ref().map(ToString::to_string), f.commits.clone());
    verification.findings.iter().map(row).collect()
}

fn finding(code: &'static str, who: &str, commits: &[CommitId]) -> (&'static str, Option<String>, Vec<CommitId>) {
    let mut commits = commits.to_vec();
    commits.sort();
    (code, Some(who.to_owned()), commits)
}

#[test]
fn an_honest_step_brings_no_finding() {
    let mut world = joined();
    world.agrees("alice", 1);
    let verification = verified(&world, &world.see_all());
    assert_eq!(told(&verification), []);
    assert_eq!((verification.verdict, verification.safety), (Verdict::Verified, Safety::Holds));
    assert!(verification.convicted.is_empty());
}

#[test]
fn an_empty_group_is_verified() {
    let world = World::new(4, 1).expect("a charter");
    let nothing_yet = |name| (name, Remote::Shown(None));
    let remotes = world.names().iter().map(|n| nothing_yet(name(n))).collect();
    let verification = verified(&world, &Seen { remotes, ..Seen::default() });
    assert_eq!((told(&verification), verification.verdict), (vec![], Verdict::Verified));
}

#[test]
fn an_equivocation_convicts() {
    let mut world = joined();
    let join = head(&world, "dave");
    let one = world.by("dave").proposes(1, 0, "One.");
    let other = world.by("dave").on(join).proposes(1, 0, "Other.");
    let verification = verified(&world, &world.see(&[one, other]));
    let expected = [finding("equivocation", "dave", &[one, other]), finding("rewind", "dave", &[one])];
    assert_eq!(told(&verification), expected, "and no fork is told of one who is convicted");
    let slot = verification.findings[0].slot.clone();
    assert_eq!(slot, Some(Slot::Proposal(At::new(1, 0))));
    assert_eq!((verification.findings[0].step, verification.findings[0].round), (Some(1), Some(0)));
    assert_eq!((verification.verdict, verification.safety), (Verdict::Violations, Safety::Holds));
}

#[test]
fn more_than_f_convicted_leave_agreement_unprotected() {
    let mut world = joined();
    let mut shown = Vec::new();
    for name in ["carol", "dave"] {
        let join = head(&world, name);
        shown.push(world.by(name).proposes(1, 0, "One."));
        shown.push(world.by(name).on(join).proposes(1, 0, "Other."));
    }
    assert_eq!(verified(&world, &world.see(&shown)).safety, Safety::Unprotected);
    assert_eq!(verified(&world, &world.see(&shown[..3])).safety, Safety::Holds);
}

#[test]
fn a_contradiction_is_told_with_the_round_that_was_left() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let before = head(&world, "dave");
    let echo = world.by("dave").on(before).echoes(revision);
    let abandon = world.by("dave").on(before).abandons(1, 0);
    let verification = verified(&world, &world.see(&[echo, abandon]));
    let found = &verification.findings[0];
    assert_eq!(told(&verification)[0], finding("contradiction", "dave", &[abandon, echo]));
    assert_eq!((found.rule, found.step, found.round, found.slot.clone()), ("4", Some(1), Some(0), None));
}

#[test]
fn a_fork_is_a_warning_until_it_is_repaired() {
    let mut world = joined();
    let join = head(&world, "dave");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let one = world.by("dave").votes(proposal);
    let other = world.by("dave").on(join).citing(&[proposal]).criticises(proposal);
    let seen = world.see(&[proposal, one, other]);
    let verification = verified(&world, &seen);
    let expected = [finding("fork", "dave", &[one, other]), finding("rewind", "dave", &[one])];
    assert_eq!((told(&verification).as_slice(), verification.verdict), (&expected[..], Verdict::Verified));
    let repaired = world.by("dave").with_parents(&[one, other]).acknowledges();
    assert_eq!(told(&verified(&world, &world.see(&[proposal, one, other, repaired]))), []);
}

#[test]
fn an_invalid_entry_is_told_once_with_its_rule_and_slot() {
    let mut world = joined();
    let bad = world.by("bob").seeing_all().abandons(1, 4);
    let citing = world.by("carol").citing(&[bad]).acknowledges();
    let verification = verified(&world, &world.see(&[bad, citing]));
    assert_eq!(told(&verification), [finding("invalid", "bob", &[bad])]);
    let found = &verification.findings[0];
    assert_eq!((found.rule, found.slot.clone()), ("3.open", Some(Slot::Abandon(At::new(1, 4)))));
    assert_eq!((found.step, found.round), (Some(1), Some(4)));
}

#[test]
fn a_late_criticism_goes_unanswered() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let criticisms = ["bob", "carol"].map(|name| world.by(name).criticises(proposal));
    let revision = world.by("alice").revises(proposal, "B.", &criticisms);
    let late = world.by("dave").criticises(proposal);
    let seen = world.see(&[revision, late]);
    let verification = verified(&world, &seen);
    assert_eq!(told(&verification), [finding("unanswered", "dave", &[late])]);
    assert_eq!(verification.findings[0].rule, "3.revision");
    assert_eq!(verification.verdict, Verdict::Verified, "a note is no violation");
    // Whoever had seen the revision knew what it does not answer.
    let mut knowing = world.clone();
    let join = knowing.commit(late).expect("a commit").parents[0];
    let knew = knowing.by("dave").on(join).citing(&[revision]).criticises(proposal);
    assert_eq!(told(&verified(&knowing, &knowing.see(&[knew]))), []);
    // Of one who is convicted nothing is told but that.
    let join = world.commit(late).expect("a commit").parents[0];
    let again = world.by("dave").on(join).because("Another.").criticises(proposal);
    let codes: Vec<_> =
        told(&verified(&world, &world.see(&[revision, late, again]))).into_iter().map(|f| f.0).collect();
    assert_eq!(codes, ["equivocation", "rewind"]);
}

/// Two revisions final for each of so many steps: carol and dave show one face to alice and another to bob. Gives the
/// revisions of each step.
fn lost(steps: u32) -> (World, Vec<BTreeSet<CommitId>>) {
    let mut world = joined();
    let joins = ["carol", "dave"].map(|name| head(&world, name));
    let mut values = vec![BTreeSet::new(); steps as usize];
    for author in ["alice", "bob"] {
        let people = [author, "carol", "dave"];
        let mut now = [head(&world, author), joins[0], joins[1]];
        for (step, values) in (1..).zip(&mut values) {
            let proposal = world.by(author).on(now[0]).citing(&now).proposes(step, 0, author);
            now[0] = proposal;
            if step > 1 {
                now = [0, 1, 2].map(|at| world.by(people[at]).on(now[at]).votes(proposal));
            }
            let criticisms = [1, 2].map(|at| world.by(people[at]).on(now[at]).citing(&now).criticises(proposal));
            let revision = world.by(author).on(now[0]).revises(proposal, author, &criticisms);
            let echoes = world.echo(&people, step, 0, revision);
            now = people.map(|name| world.by(name).citing(&echoes).ratifies(revision));
            values.insert(revision);
        }
    }
    (world, values)
}

fn conflicts(world: &World) -> (Verification, BTreeMap<Option<u32>, BTreeSet<CommitId>>) {
    let verification = verified(world, &Seen { pins: world.commits().collect(), ..world.see_all() });
    let found = verification.findings.iter().filter(|f| f.code == Code::ConflictingFinals && f.researcher.is_none());
    let found = found.map(|f| (f.step, f.commits.iter().copied().collect())).collect();
    (verification, found)
}

#[test]
fn two_finals_are_agreement_lost() {
    let (world, values) = lost(1);
    let (verification, found) = conflicts(&world);
    assert_eq!(found, BTreeMap::from([(Some(1), values[0].clone())]));
    assert_eq!((verification.safety, verification.verdict), (Safety::Lost, Verdict::Violations));
    let names: Vec<_> = verification.convicted.iter().map(|a| verification.history.index.name(*a).as_str()).collect();
    assert_eq!(names, ["carol", "dave"]);
}

#[test]
fn each_step_with_two_finals_is_told() {
    let (world, values) = lost(2);
    let found = conflicts(&world).1;
    assert_eq!(found, BTreeMap::from([(Some(1), values[0].clone()), (Some(2), values[1].clone())]));
}

#[test]
fn an_entry_of_ones_own_is_taken_in_without_asking_anyone() {
    let mut world = joined();
    let mut verification = verified(&world, &world.see_all());
    let entry = world.by("alice").proposes(1, 0, "A.");
    verification.take_in(world.store(), entry).expect("a store in memory");
    let index = &verification.history.index;
    let at = index.find(entry).expect("an entry");
    assert!(index.holds(&verification.everything, at));
    assert_eq!(verification.seen.local, Some(entry));
}

#[test]
fn findings_come_sorted_as_strings() {
    let mut world = joined();
    let join = head(&world, "dave");
    world.by("carol").abandons(7, 0);
    world.by("bob").abandons(9, 0);
    let one = world.by("dave").proposes(1, 0, "One.");
    let vote = File { fields: Fields::Vote { target: world.genesis() }, text: String::new() };
    let other = world.by("dave").on(join).file(Slot::Vote(At::new(1, 0)), vote);
    let mut seen = world.see(&[head(&world, "carol"), head(&world, "bob"), one, other]);
    seen.remotes.insert(name("alice"), Remote::Unreachable);
    let verification = verified(&world, &seen);
    let rows: Vec<_> = verification
        .findings
        .iter()
        .map(|f| format!("{} {} {}", f.code.severity().as_str(), f.code, f.researcher.as_ref().expect("somebody")))
        .collect();
    let expected = [
        "error invalid bob",
        "error invalid carol",
        "error invalid dave",
        "warning fork dave",
        "warning rewind dave",
        "warning unreachable alice",
    ];
    assert_eq!(rows, expected);
}

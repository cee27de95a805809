//! What is put down to whom, each part by itself; then the score.

use super::*;
use crate::protocol::file::{Answer, Fields, File};
use crate::protocol::id::At;
use crate::sim::{World, joined};

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn all(world: &World) -> Vec<Record> {
    records(&world.verify(&world.see_all()).expect("a store in memory"))
}

fn of(world: &World, who: &str) -> Record {
    all(world).into_iter().find(|record| record.name.as_str() == who).expect("a researcher")
}

/// How many of each part there are, in the order asked for.
fn counts<const N: usize>(world: &World, who: &str, parts: [Part; N]) -> [usize; N] {
    let record = of(world, who);
    parts.map(|part| record.count(part))
}

fn objects(world: &mut World, who: &str, proposal: CommitId, stance: Stance) -> CommitId {
    let whose = Slot::Criticism(At::new(1, 0), name(world.author(proposal).expect("an author")));
    let file = File { fields: Fields::Criticism { of: proposal, stance }, text: "Because.\n".to_owned() };
    world.by(who).seeing_all().file(whose, file)
}

/// The author of a proposal revises it, having seen these criticisms and nothing else.
fn answers(world: &mut World, proposal: CommitId, given: &[(CommitId, Disposition)], text: &str) -> CommitId {
    let author = world.author(proposal).expect("an author").to_owned();
    let mut criticisms: Vec<Answer> = given
        .iter()
        .map(|(commit, disposition)| Answer {
            by: name(world.author(*commit).expect("an author")),
            commit: *commit,
            disposition: *disposition,
            reason: "Why.".to_owned(),
        })
        .collect();
    criticisms.sort_by_key(|answer| answer.commit);
    let cited: Vec<CommitId> = given.iter().map(|(commit, _)| *commit).collect();
    let fields = Fields::Revision { of: proposal, title: "Revised".to_owned(), criticisms };
    let file = File { fields, text: format!("{text}\n") };
    world.by(&author).on(proposal).citing(&cited).file(Slot::Revision(At::new(1, 0)), file)
}

const CRITICISMS: [Part; 3] = [Part::Criticism, Part::Accepted, Part::Rejected];
const VOTES: [Part; 4] = [Part::Vote, Part::WithOutcome, Part::AgainstOutcome, Part::OwnVote];
const PROMPT: [Part; 2] = [Part::Prompt, Part::NotPrompt];

#[test]
fn who_has_said_nothing_has_nothing() {
    let world = joined();
    for record in all(&world) {
        assert_eq!((record.score, record.parts().count()), (0, 0), "{record:?}");
    }
    let names: Vec<Name> = all(&world).into_iter().map(|record| record.name).collect();
    assert_eq!(names, ["alice", "bob", "carol", "dave"].map(name));
}

#[test]
fn of_contradicting_criticisms_one_is_accepted_and_who_asks_for_nothing_gets_nothing() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "Two of four.");
    let more = objects(&mut world, "bob", proposal, Stance::Object);
    let fewer = objects(&mut world, "carol", proposal, Stance::Suggest);
    let fine = objects(&mut world, "dave", proposal, Stance::NoObjection);
    assert_eq!(counts(&world, "bob", CRITICISMS), [1, 0, 0], "nothing is answered yet");
    let given = [(more, Disposition::Accepted), (fewer, Disposition::Rejected), (fine, Disposition::Accepted)];
    let revision = answers(&mut world, proposal, &given, "Three of four.");
    assert_eq!(counts(&world, "bob", CRITICISMS), [1, 1, 0]);
    assert_eq!(counts(&world, "carol", CRITICISMS), [1, 0, 1]);
    assert_eq!(counts(&world, "dave", CRITICISMS), [1, 0, 0]);
    assert_eq!(counts(&world, "alice", [Part::Proposal, Part::Revision, Part::Final]), [1, 1, 0]);
    assert!(of(&world, "bob").commits(Part::Accepted).eq([more]));
    assert!(of(&world, "alice").commits(Part::Revision).eq([revision]));
}

#[test]
fn a_revision_that_does_not_count_accepts_nothing() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "Two of four.");
    let more = objects(&mut world, "bob", proposal, Stance::Object);
    answers(&mut world, proposal, &[(more, Disposition::Accepted)], "Three of four.");
    assert_eq!(counts(&world, "bob", CRITICISMS), [1, 0, 0]);
    assert_eq!(counts(&world, "alice", [Part::Revision, Part::Invalid]), [0, 1]);
}

/// Step 2, in which bob's and carol's proposals compete and bob's wins; alice and dave disagree.
fn voted() -> World {
    let mut world = joined();
    world.agrees("alice", 1);
    let bobs = world.by("bob").seeing_all().proposes(2, 0, "Bob's.");
    let carols = world.by("carol").seeing_all().proposes(2, 0, "Carol's.");
    world.by("alice").seeing_all().votes(bobs);
    world.by("dave").seeing_all().votes(carols);
    world.by("bob").seeing_all().votes(bobs);
    world.by("carol").seeing_all().votes(bobs);
    world
}

#[test]
fn votes_go_with_the_outcome_or_against_it_once_there_is_one() {
    let mut world = voted();
    assert_eq!(counts(&world, "alice", VOTES), [1, 0, 0, 0]);
    let bobs = world.by("bob").seeing_all().acknowledges();
    let proposal = of(&world, "bob").commits(Part::Proposal).next().expect("a proposal");
    assert!(world.reaches(bobs, proposal));
    let criticisms: Vec<CommitId> =
        ["alice", "carol", "dave"].map(|who| world.by(who).seeing_all().criticises(proposal)).to_vec();
    let revision = world.by("bob").seeing_all().revises(proposal, "Bob's, better.", &criticisms);
    world.echo(&["alice", "bob", "carol"], 2, 0, revision);
    world.ratify(&["alice", "bob", "carol"], 2, 0, revision);
    assert_eq!(counts(&world, "alice", VOTES), [1, 1, 0, 0]);
    assert_eq!(counts(&world, "carol", VOTES), [1, 1, 0, 0]);
    assert_eq!(counts(&world, "dave", VOTES), [1, 0, 1, 0]);
    assert_eq!(counts(&world, "bob", VOTES), [0, 0, 0, 1], "a vote for oneself tells nothing");
    assert_eq!(counts(&world, "bob", [Part::Final, Part::Proposal]), [1, 1]);
    assert_eq!(counts(&world, "carol", [Part::Final, Part::Proposal]), [0, 1]);
    assert!(of(&world, "bob").commits(Part::Final).eq([revision]));
}

#[test]
fn who_answers_first_is_prompt_as_the_pasts_show_it() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    world.by("bob").seeing_all().criticises(proposal);
    world.by("carol").seeing_all().criticises(proposal);
    assert_eq!(counts(&world, "bob", PROMPT), [1, 0]);
    world.by("dave").seeing_all().criticises(proposal);
    assert_eq!(counts(&world, "bob", PROMPT), [1, 0]);
    assert_eq!(counts(&world, "carol", PROMPT), [0, 1], "one before, one after");
    assert_eq!(counts(&world, "dave", PROMPT), [0, 1]);
}

#[test]
fn nobody_becomes_prompt_by_looking_away() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    world.by("bob").seeing_all().criticises(proposal);
    world.by("carol").seeing_all().criticises(proposal);
    world.by("dave").criticises(proposal);
    assert_eq!(counts(&world, "bob", PROMPT), [1, 0]);
    assert_eq!(counts(&world, "dave", PROMPT), [0, 1], "nobody is known to have come later");
}

#[test]
fn a_vote_for_oneself_is_neither_prompt_nor_in_anybodys_way() {
    let world = voted();
    // Each has criticised or been criticised in step 1; what is left are the votes of step 2, and echoes that knew nothing
    // of each other.
    let prompt = |who| of(&world, who).commits(Part::Prompt).map(|c| world.slot(c).cloned()).collect::<Vec<_>>();
    assert!(prompt("alice").contains(&Some(Slot::Vote(At::new(2, 0)))));
    assert!(!prompt("bob").contains(&Some(Slot::Vote(At::new(2, 0)))));
    let votes = |who| {
        of(&world, who).commits(Part::NotPrompt).filter(|c| world.slot(*c) == Some(&Slot::Vote(At::new(2, 0)))).count()
    };
    assert_eq!(votes("bob"), 0);
    // Dave's came after alice's and before carol's; bob's, which came between, is for himself.
    assert_eq!(votes("dave"), 1);
}

#[test]
fn echoes_that_did_not_know_each_other_count_for_neither() {
    let mut world = joined();
    world.agrees("alice", 1);
    for who in ["alice", "bob", "carol", "dave"] {
        let record = of(&world, who);
        let echo = |part| record.commits(part).any(|c| world.slot(c) == Some(&Slot::Echo(At::new(1, 0))));
        assert!(!echo(Part::Prompt) && echo(Part::NotPrompt), "{record:?}");
    }
}

#[test]
fn a_convict_has_no_score_and_what_they_did_is_shown() {
    let mut world = joined();
    world.agrees("dave", 1);
    let before = of(&world, "dave");
    assert!(before.score >= 10 && !before.convicted);
    let base = world.head("dave").expect("an entry");
    let one = world.by("dave").on(base).proposes(2, 0, "One.");
    let two = world.by("dave").on(base).proposes(2, 0, "Two.");
    let seen = world.see(&[one, two, world.head("alice").expect("an entry")]);
    let records = records(&world.verify(&seen).expect("a store in memory"));
    let dave = records.iter().find(|record| record.name.as_str() == "dave").expect("dave");
    assert!(dave.convicted);
    assert_eq!(dave.score, 0);
    assert!(dave.sum() > before.score, "the proposal counts as ever");
    assert_eq!((dave.count(Part::Final), dave.count(Part::Proposal), dave.count(Part::Proof)), (1, 2, 1));
    assert!(dave.commits(Part::Proof).eq(BTreeSet::from([one, two])));
    assert_eq!(dave.count(Part::Branch), 0, "a proof says more than a fork");
    assert_eq!(records.last().map(|record| record.name.as_str()), Some("dave"));
}

#[test]
fn of_two_revisions_the_final_one_counts() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "Two of four.");
    let more = objects(&mut world, "bob", proposal, Stance::Object);
    let fewer = objects(&mut world, "carol", proposal, Stance::Suggest);
    let yes = [(more, Disposition::Accepted), (fewer, Disposition::Accepted)];
    let no = [(more, Disposition::Rejected), (fewer, Disposition::Rejected)];
    let one = answers(&mut world, proposal, &yes, "Three of four.");
    let two = answers(&mut world, proposal, &no, "Two of four, I say.");
    let agreed = one.max(two);
    let others = ["bob", "carol", "dave"];
    world.echo(&others, 1, 0, agreed);
    world.ratify(&others, 1, 0, agreed);
    let mut heads = vec![one, two];
    heads.extend(others.map(|who| world.head(who).expect("an entry")));
    let records = records(&world.verify(&world.see(&heads)).expect("a store in memory"));
    let record = |who: &str| records.iter().find(|record| record.name.as_str() == who).expect("a researcher");
    assert!(record("alice").convicted);
    assert!(record("alice").commits(Part::Revision).eq([agreed]));
    let expected = if agreed == one { [1, 0] } else { [0, 1] };
    assert_eq!([Part::Accepted, Part::Rejected].map(|part| record("bob").count(part)), expected);
}

#[test]
fn copies_on_two_branches_are_worth_one_and_branches_cost() {
    let mut world = joined();
    let base = world.head("alice").expect("an entry");
    let bobs = world.head("bob").expect("an entry");
    let one = world.by("alice").on(base).proposes(1, 0, "The same.");
    let two = world.by("alice").on(base).citing(&[bobs]).proposes(1, 0, "The same.");
    let seen = world.see(&[one, two]);
    let records = records(&world.verify(&seen).expect("a store in memory"));
    let alice = records.iter().find(|record| record.name.as_str() == "alice").expect("alice");
    assert!(!alice.convicted);
    assert_eq!(alice.count(Part::Proposal), 1);
    assert!(alice.commits(Part::Proposal).eq([one.min(two)]));
    assert!(alice.commits(Part::Branch).eq(BTreeSet::from([one, two])));
    assert_eq!((alice.sum(), alice.score), (1 - 10, 0), "a score is never below 0");
}

#[test]
fn a_score_is_the_sum_of_its_parts() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "Two of four.");
    let more = objects(&mut world, "bob", proposal, Stance::Object);
    let fewer = objects(&mut world, "carol", proposal, Stance::Suggest);
    let given = [(more, Disposition::Accepted), (fewer, Disposition::Rejected)];
    let revision = answers(&mut world, proposal, &given, "Three of four.");
    let three = ["alice", "bob", "carol"];
    world.echo(&three, 1, 0, revision);
    world.ratify(&three, 1, 0, revision);
    let scores: Vec<(String, i64)> = all(&world).into_iter().map(|r| (r.name.to_string(), r.score)).collect();
    // alice: final 10, revision 2, proposal 1. bob: criticism 1, accepted 3, prompt 1. carol: criticism 1.
    let expected = [("alice", 13), ("bob", 5), ("carol", 1), ("dave", 0)];
    assert_eq!(scores, expected.map(|(name, score)| (name.to_owned(), score)));
    for record in all(&world) {
        let sum: i64 = record.parts().map(|(part, tally)| part.points() * tally.count as i64).sum();
        assert_eq!(record.score, sum);
    }
}

#[test]
fn every_part_has_its_place_and_its_weight() {
    let weights: Vec<i64> = Part::ALL.iter().map(|part| part.points()).collect();
    assert_eq!(weights, [10, 1, 2, 1, 3, 0, 1, 1, 0, 0, 1, 0, -5, -5, 0]);
    assert!(Part::ALL.is_sorted());
}

#[test]
fn whoever_has_seen_the_same_has_the_same_records() {
    let world = voted();
    let everyone = all(&world);
    for who in ["alice", "bob", "carol", "dave"] {
        let mut seen = world.see_all();
        seen.local = world.head(who);
        assert_eq!(records(&world.verify(&seen).expect("a store in memory")), everyone);
    }
    // Everything is in the past of one entry, so whoever sees that alone has seen it all.
    let mut world = world;
    let last = world.by("alice").seeing_all().acknowledges();
    assert_eq!(records(&world.verify(&world.see(&[last])).expect("a store in memory")), everyone);
}

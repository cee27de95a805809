//! The page, the account of a score, and the rows for programs, byte for byte.

use super::*;
use crate::protocol::id::Name;
use crate::protocol::reputation::records;
use crate::sim::World;

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// Alice's step is final; dave then signs two proposals, and carol what is not valid.
fn world() -> Vec<Record> {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    world.agrees("alice", 1);
    let genesis = world.genesis();
    world.by("carol").echoes_in(9, 0, genesis);
    let base = world.head("dave").expect("an entry");
    let one = world.by("dave").on(base).proposes(2, 0, "One.");
    let two = world.by("dave").on(base).proposes(2, 0, "Two.");
    let heads = ["alice", "bob", "carol"].map(|who| world.head(who).expect("an entry"));
    let seen = world.see(&[&heads[..], &[one, two]].concat());
    records(&world.verify(&seen).expect("a store in memory"))
}

fn record(records: &[Record], who: &str) -> Record {
    records.iter().find(|record| record.name.as_str() == who).cloned().expect("a researcher")
}

#[test]
fn a_line_for_each_and_what_deserves_a_word() {
    let records = world();
    let shown = table(&records, &Opinions::new(), false, 80);
    let expected = "\
researcher  score  final  accepted  votes  prompt
alice          13    1/1       0/0    0/0     0/1
bob             5    0/0       1/1    0/0     1/2
carol           0    0/0       1/1    0/0     0/2
dave            0    0/1       1/1    0/0     0/2

- carol: 1 invalid entry
! dave is convicted of misbehaviour: the score is 0, whatever else there is
final     proposals that became final, of all that were made
";
    assert!(shown.starts_with(expected), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert!(shown.ends_with("\nmore      bicker reputation --explain NAME says how a score comes about\n"), "{shown}");
}

#[test]
fn opinions_have_a_column_when_there_are_any() {
    let records = world();
    let opinions = Opinions::from([(name("bob"), Opinion::Like), (name("dave"), Opinion::Dislike)]);
    let shown = table(&records, &opinions, false, 80);
    let lines: Vec<&str> = shown.lines().take(5).collect();
    assert_eq!(
        lines,
        [
            "researcher  score  final  accepted  votes  prompt  you",
            "alice          13    1/1       0/0    0/0     0/1",
            "bob             5    0/0       1/1    0/0     1/2   +1",
            "carol           0    0/0       1/1    0/0     0/2",
            "dave            0    0/1       1/1    0/0     0/2   -1",
        ]
    );
    let others = Opinions::from([(name("zoe"), Opinion::Like)]);
    assert_eq!(table(&records, &others, false, 80), table(&records, &Opinions::new(), false, 80));
}

#[test]
fn the_longest_names_fit_into_80_columns() {
    let mut records = world();
    for (record, letter) in records.iter_mut().zip(["a", "b", "c", "d"]) {
        record.name = name(&letter.repeat(32));
    }
    let opinions = Opinions::from([(name(&"a".repeat(32)), Opinion::Like)]);
    let shown = table(&records, &opinions, false, 80);
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}

#[test]
fn a_score_is_accounted_for() {
    let records = world();
    let bob = record(&records, "bob");
    let ids = |part| bob.commits(part).map(|commit| commit.short()).collect::<Vec<_>>().join(" ");
    let shown = explain(&bob, Some(Opinion::Like), false, 80);
    let expected = format!(
        "\
bob: 5 points
    1  1 criticism (+1 each)
       {}
    3  1 criticism that was accepted (+3 each)
       {}
    1  1 prompt answer (+1 each)
       {}
    0  1 answer that was not prompt (no points)
       {}
    5  in all
You like bob; only this repository knows. It is not part of the score.
",
        ids(Part::Criticism),
        ids(Part::Accepted),
        ids(Part::Prompt),
        ids(Part::NotPrompt)
    );
    assert_eq!(shown, expected);
    let carol = explain(&record(&records, "carol"), None, false, 80);
    assert!(carol.starts_with("carol: 0 points\n"), "{carol}");
    assert!(carol.contains("\n   -5  1 invalid entry (-5 each)\n"), "{carol}");
    assert!(carol.ends_with("\n   -1  in all; a score is never below 0\n"), "{carol}");
    let dave = explain(&record(&records, "dave"), None, false, 80);
    let convicted = "dave: 0 points\nConvicted: a proof of misbehaviour is held, so the score is 0;";
    assert!(dave.starts_with(convicted), "{dave}");
    assert!(dave.contains("\n    0  1 proof of misbehaviour\n"), "{dave}");
    assert!(dave.ends_with("\n    5  if there were no proof\n"), "{dave}");
}

#[test]
fn nothing_is_nothing() {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    let records = records(&world.verify(&world.see_all()).expect("a store in memory"));
    let shown = explain(&record(&records, "bob"), None, false, 80);
    assert_eq!(shown, "bob: 0 points\nThere is nothing yet that counts for or against them.\n");
}

#[test]
fn programs_get_every_part_and_no_opinion() {
    let records = world();
    let shown: serde_json::Value = serde_json::from_str(&json(&records)).expect("JSON");
    assert_eq!(shown["format"], 1);
    let rows = shown["researchers"].as_array().expect("rows");
    assert_eq!(rows.len(), 4);
    for (row, record) in rows.iter().zip(&records) {
        assert_eq!(row["name"], record.name.as_str());
        assert_eq!((&row["score"], &row["convicted"]), (&record.score.into(), &record.convicted.into()));
        let parts = row["parts"].as_array().expect("parts");
        assert_eq!(parts.len(), Part::ALL.len());
        let sum: i64 = parts.iter().map(|part| part["points"].as_i64().expect("points")).sum();
        assert_eq!(sum, record.sum());
        let fields = row.as_object().expect("a row").keys().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(fields, ["convicted", "name", "parts", "score"]);
    }
    let words: BTreeSet<&str> = Part::ALL.into_iter().map(key).collect();
    assert_eq!(words.len(), Part::ALL.len(), "each part has a word of its own");
}

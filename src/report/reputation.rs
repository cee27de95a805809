//! Reputation as people and programs read it.
//!
//! Decides the columns, the words and the field names; what is put down to whom is for
//! [`crate::protocol::reputation`] to say. Opinions are shown to the person who holds them and are never in the JSON:
//! that is the same for everyone.

use std::collections::BTreeSet;

use serde::Serialize;

use super::json::{FORMAT, pretty};
use super::text::page::{Page, Tone};
use crate::protocol::id::CommitId;
use crate::protocol::preference::{Opinion, Opinions};
use crate::protocol::reputation::{Part, Record, Tally};

/// How many entries of a part are named to people; programs get all.
const NAMED: usize = 40;

/// Where the words begin in the account of a score, after the points.
const INDENT: usize = 7;

/// What stands in a row: something that can be counted, out of how many.
fn share(part: usize, whole: usize) -> String {
    format!("{part}/{whole}")
}

/// One line for each researcher, in the order given, and what the columns say.
pub fn table(records: &[Record], opinions: &Opinions, colour: bool, width: usize) -> String {
    let mut page = Page::new(colour, width);
    let is_opinionated = records.iter().any(|record| opinions.contains_key(&record.name));
    let mut heads = vec!["researcher", "score", "final", "accepted", "votes", "prompt"];
    heads.extend(is_opinionated.then_some("you"));
    let rows: Vec<Vec<String>> = records.iter().map(|r| row(r, opinions.get(&r.name), is_opinionated)).collect();
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, head)| rows.iter().filter_map(|row| row.get(at)).map(String::len).max().unwrap_or(0).max(head.len()))
        .collect();
    page.line(0, Tone::Bold, &line(&heads, &widths));
    for (record, row) in records.iter().zip(&rows) {
        let tone = if record.convicted { Tone::Red } else { Tone::Plain };
        page.line(0, tone, &line(row, &widths));
    }
    page.gap();
    for record in records {
        remarks(&mut page, record);
    }
    for (lead, words) in LEGEND {
        page.paragraph(0, 10, (Tone::Plain, lead), words);
    }
    page.finish()
}

const LEGEND: [(&str, &str); 5] = [
    ("final     ", "proposals that became final, of all that were made"),
    ("accepted  ", "criticisms that were accepted, of those that asked for a change and were answered"),
    ("votes     ", "votes that went with the outcome, of those for others' proposals in steps that are final"),
    ("prompt    ", "criticisms, votes and echoes that came before most others', of all"),
    ("more      ", "bicker reputation --explain NAME says how a score comes about"),
];

fn row(record: &Record, opinion: Option<&Opinion>, is_opinionated: bool) -> Vec<String> {
    let count = |part| record.count(part);
    let sum = |a, b| count(a) + count(b);
    let mut row = vec![
        record.name.to_string(),
        record.score.to_string(),
        share(count(Part::Final), count(Part::Proposal)),
        share(count(Part::Accepted), sum(Part::Accepted, Part::Rejected)),
        share(count(Part::WithOutcome), sum(Part::WithOutcome, Part::AgainstOutcome)),
        share(count(Part::Prompt), sum(Part::Prompt, Part::NotPrompt)),
    ];
    row.extend(is_opinionated.then(|| opinion.map_or_else(String::new, |o| format!("{:+}", o.weight()))));
    row
}

/// The first column starts, all others end, where their head does.
fn line(cells: &[impl AsRef<str>], widths: &[usize]) -> String {
    let cells = cells.iter().map(AsRef::as_ref).zip(widths.iter().copied()).enumerate();
    let padded = cells.map(|(at, (cell, width))| match at {
        0 => format!("{cell:width$}"),
        _ => format!("{cell:>width$}"),
    });
    padded.collect::<Vec<_>>().join("  ")
}

/// What deserves a word beside the numbers.
fn remarks(page: &mut Page, record: &Record) {
    let name = &record.name;
    if record.convicted {
        let words = "is convicted of misbehaviour: the score is 0, whatever else there is";
        page.paragraph(0, 2, (Tone::Red, &format!("! {name} ")), words);
    }
    let bad = [(Part::Invalid, "invalid entry", "invalid entries"), (Part::Branch, "loose branch", "loose branches")];
    let said: Vec<String> = bad
        .into_iter()
        .filter_map(|(part, one, many)| match record.count(part) {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        })
        .collect();
    if !said.is_empty() {
        page.paragraph(0, 2, (Tone::Yellow, &format!("- {name}: ")), &said.join(", "));
    }
}

/// How a score comes about: each part with the entries that show it.
pub fn explain(record: &Record, opinion: Option<Opinion>, colour: bool, width: usize) -> String {
    let mut page = Page::new(colour, width);
    let (name, score) = (&record.name, record.score);
    let points = if score == 1 { "point" } else { "points" };
    page.line(0, Tone::Bold, &format!("{name}: {score} {points}"));
    if record.convicted {
        let words = "a proof of misbehaviour is held, so the score is 0; what it would be made of:";
        page.paragraph(0, 0, (Tone::Red, "Convicted: "), words);
    }
    let mut is_silent = true;
    for (part, tally) in record.parts() {
        is_silent = false;
        let lead = format!("{:>5}  {}", record.points(part), say(part, tally.count));
        page.paragraph(0, INDENT, (Tone::Bold, &lead), &worth(part));
        commits(&mut page, tally);
    }
    match is_silent {
        true => page.paragraph(0, 0, (Tone::Plain, ""), "There is nothing yet that counts for or against them."),
        false => total(&mut page, record),
    }
    if let Some(opinion) = opinion {
        let words =
            format!("You {} {name}; only this repository knows. It is not part of the score.", opinion.as_str());
        page.paragraph(0, 0, (Tone::Plain, ""), &words);
    }
    page.finish()
}

fn total(page: &mut Page, record: &Record) {
    let sum = record.sum();
    let why = match () {
        () if record.convicted => "if there were no proof",
        () if sum < 0 => "in all; a score is never below 0",
        () => "in all",
    };
    page.line(0, Tone::Bold, &format!("{sum:>5}  {why}"));
}

fn commits(page: &mut Page, tally: &Tally) {
    let shorts: Vec<String> = tally.commits.iter().take(NAMED).map(CommitId::short).collect();
    let mut words = shorts.join(" ");
    if tally.commits.len() > NAMED {
        words += &format!(" and {} more", tally.commits.len() - NAMED);
    }
    page.paragraph(INDENT, INDENT, (Tone::Plain, ""), &words);
}

/// What each of a part is worth.
fn worth(part: Part) -> String {
    match part.points() {
        0 if part == Part::Proof => String::new(),
        0 => "(no points)".to_owned(),
        points => format!("({points:+} each)"),
    }
}

/// So many of a part, for people.
fn say(part: Part, count: usize) -> String {
    let (one, many) = match part {
        Part::Final => ("proposal that became final", "proposals that became final"),
        Part::Proposal => ("proposal", "proposals"),
        Part::Revision => ("revision", "revisions"),
        Part::Criticism => ("criticism", "criticisms"),
        Part::Accepted => ("criticism that was accepted", "criticisms that were accepted"),
        Part::Rejected => ("criticism that was rejected", "criticisms that were rejected"),
        Part::Vote => ("vote for somebody else's proposal", "votes for others' proposals"),
        Part::WithOutcome => ("vote that went with the outcome", "votes that went with the outcome"),
        Part::AgainstOutcome => ("vote for what did not become final", "votes for what did not become final"),
        Part::OwnVote => ("vote for their own proposal", "votes for their own proposals"),
        Part::Prompt => ("prompt answer", "prompt answers"),
        Part::NotPrompt => ("answer that was not prompt", "answers that were not prompt"),
        Part::Invalid => ("invalid entry", "invalid entries"),
        Part::Branch => ("branch of their log that nothing joins", "branches of their log that nothing joins"),
        Part::Proof => ("proof of misbehaviour", "proofs of misbehaviour"),
    };
    format!("{count} {} ", if count == 1 { one } else { many })
}

/// The word for a part in machine output.
const fn key(part: Part) -> &'static str {
    match part {
        Part::Final => "final",
        Part::Proposal => "proposal",
        Part::Revision => "revision",
        Part::Criticism => "criticism",
        Part::Accepted => "accepted",
        Part::Rejected => "rejected",
        Part::Vote => "vote",
        Part::WithOutcome => "with-outcome",
        Part::AgainstOutcome => "against-outcome",
        Part::OwnVote => "own-vote",
        Part::Prompt => "prompt",
        Part::NotPrompt => "not-prompt",
        Part::Invalid => "invalid",
        Part::Branch => "branch",
        Part::Proof => "proof",
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    researchers: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    score: i64,
    convicted: bool,
    parts: Vec<PartRow>,
}

#[derive(Serialize)]
struct PartRow {
    part: &'static str,
    count: usize,
    each: i64,
    points: i64,
    commits: BTreeSet<String>,
}

/// The records in the order given, each with every part, for programs.
pub fn json(records: &[Record]) -> String {
    pretty(&Whole { format: FORMAT, researchers: records.iter().map(Row::of).collect() })
}

impl<'a> Row<'a> {
    fn of(record: &'a Record) -> Self {
        let parts = Part::ALL.into_iter().map(|part| PartRow {
            part: key(part),
            count: record.count(part),
            each: part.points(),
            points: record.points(part),
            commits: record.commits(part).map(|commit| commit.to_string()).collect(),
        });
        Row { name: record.name.as_str(), score: record.score, convicted: record.convicted, parts: parts.collect() }
    }
}

#[cfg(test)]
mod tests;

//! `criticisms`: who says what about a proposal, and which suggestions agree, touch or contradict each other.

use clap::Args;
use serde::Serialize;

use super::answers::answers_to;
use super::looking::Where;
use super::rows::{Rows, Trouble};
use super::suggested::{Read, read};
use super::target::file_of;
use super::{pager, rows, ui};
use crate::compare::relation::{Change, Relation, groups};
use crate::compare::words::pieces;
use crate::compare::{lines, text_of};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::duty::{current, proposals_in};
use crate::protocol::file::Answer;
use crate::protocol::id::{At, NUMBER_MAX, Name};
use crate::protocol::index::{Body, EntryIx};
use crate::protocol::report::highest_open_round;
use crate::report::Exit;
use crate::report::cells::{cells, cut, without_first};
use crate::report::difference::marked;
use crate::report::json::FORMAT;
use crate::report::json::comparison::{ProposalRow, proposal};
use crate::report::status::plural;
use crate::report::text::page::{Page, Tone};

/// Show who criticised what, and which suggestions agree, touch or contradict each other.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker criticisms\n  bicker criticisms --step 2 --round 1")]
pub struct Criticisms {
    /// The step, if not the current one
    #[arg(long, value_name = "K")]
    step: Option<u32>,
    /// The round, if not the highest open one
    #[arg(long, value_name = "R")]
    round: Option<u32>,
    /// For programs: every criticism and suggestion whole
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `criticisms`
pub fn criticisms(arguments: &Criticisms) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let (index, seen) = (&look.verification.history.index, &look.verification.everything);
    let at = at(arguments, &look)?;
    if arguments.json {
        return machine(&look, at);
    }
    let answered = answers_to(&look, seen, at, None)?;
    let mut page = Page::new(ui::colour(), ui::width());
    let mut is_first = true;
    for proposal in proposals_in(index, seen, at) {
        let criticisms = index.criticisms_of(seen, proposal);
        if criticisms.is_empty() {
            continue;
        }
        if !std::mem::take(&mut is_first) {
            page.gap();
        }
        let (text, read) = all_of(&look, proposal, &criticisms)?;
        heading(&mut page, &look, proposal);
        for read in &read {
            row(&mut page, read);
            let answers = answered.iter().filter(|a| a.answer.commit == read.criticism.commit);
            answers.for_each(|a| page.paragraph(4, 6, (Tone::Plain, ""), &a.in_words()));
        }
        places(&mut page, &text, &read);
    }
    if is_first {
        ui::say(&format!("nobody has criticised a proposal for {at}"));
    }
    pager::show(&page.finish())
}

/// A proposal's text, and the criticisms of it in the order of names.
fn all_of(look: &Look, proposal: EntryIx, criticisms: &[EntryIx]) -> Result<(String, Vec<Read>)> {
    let text = file_of(look, proposal)?.map(|file| file.text).unwrap_or_default();
    let mut read = read(look, &text, criticisms)?;
    read.sort_by(|a, b| (&a.criticism.by, a.criticism.commit).cmp(&(&b.criticism.by, b.criticism.commit)));
    Ok((text, read))
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    step: u32,
    round: u32,
    proposals: Rows<'a, EntryIx, ProposalRow<'a>>,
}

fn machine(look: &Look, at: At) -> Result<Exit> {
    let (index, seen) = (&look.verification.history.index, &look.verification.everything);
    let answered = answers_to(look, seen, at, None)?;
    let answers: Vec<(EntryIx, Answer)> = answered.into_iter().map(|a| (a.revision, a.answer)).collect();
    let row = |at: &EntryIx| {
        let (_, read) = all_of(look, *at, &index.criticisms_of(seen, *at))?;
        Ok(proposal(index, *at, read.into_iter().map(|read| (read.criticism, read.text)).collect(), &answers))
    };
    let (proposals, trouble) = (proposals_in(index, seen, at), Trouble::default());
    let proposals = Rows { items: &proposals, row: &row, trouble: &trouble };
    rows::print(None, &Whole { format: FORMAT, step: at.step, round: at.round, proposals }, &trouble)
}

fn at(arguments: &Criticisms, look: &Look) -> Result<At> {
    let (index, seen) = (&look.verification.history.index, &look.verification.everything);
    let step = arguments.step.unwrap_or_else(|| current(index, seen).step);
    let round = arguments.round.unwrap_or_else(|| highest_open_round(index, seen, step));
    match step > 0 && step.max(round) <= NUMBER_MAX {
        true => Ok(At::new(step, round)),
        false => {
            Err(Error::usage(format!("there is no step {step}, round {round}"))
                .hint("steps count from 1, rounds from 0"))
        }
    }
}

fn heading(page: &mut Page, look: &Look, proposal: EntryIx) {
    let index = &look.verification.history.index;
    let entry = index.entry(proposal);
    let at = entry.at().map_or_else(String::new, |at| format!("{at}: "));
    let title = match &entry.body {
        Body::Proposal { title } => title.as_str(),
        _ => "",
    };
    let by = index.name(entry.author);
    page.paragraph(0, 2, (Tone::Bold, &at), &format!("\"{title}\", the proposal by {by} ({})", entry.id.short()));
}

/// How many faults of one criticism are shown, and how many lines of one suggestion.
const SHOWN: usize = 5;

/// How many places of a proposal are shown.
const PLACES: usize = 200;

/// The widest column of names; a longer name pushes the rest to the right.
const NAME: usize = 12;

/// Who, how they stand, and how their criticism begins; then what does not apply.
fn row(page: &mut Page, read: &Read) {
    let criticism = &read.criticism;
    let lead = format!("{:NAME$}  {:12}  ", criticism.by.as_str(), criticism.stance.as_str());
    let hang = 2 + cells(&lead);
    page.paragraph(2, hang, (Tone::Plain, &lead), &beginning(read));
    let faults = criticism.suggestions.iter().filter_map(|s| Some((s.line, s.change.as_ref().err()?)));
    let count = faults.clone().count();
    for (line, why) in faults.take(SHOWN) {
        let lead = format!("its suggestion in line {line} does not apply: ");
        page.paragraph(4, 6, (Tone::Yellow, &lead), &why.to_string());
    }
    if count > SHOWN {
        page.paragraph(4, 6, (Tone::Yellow, ""), &format!("nor do {} more", count - SHOWN));
    }
}

/// The first line of a criticism's words; if it has none, how much it suggests.
fn beginning(read: &Read) -> String {
    const WORDS: usize = 160;
    let first = lines(&read.text).into_iter().map(str::trim).find(|line| !line.is_empty());
    match (first, read.criticism.suggestions.len()) {
        (Some(line), _) if !line.starts_with("```") && !line.starts_with("~~~") => cut(line, WORDS),
        (_, 0) => String::new(),
        (_, count) => format!("({})", plural(count, "suggestion")),
    }
}

/// The places of the proposal that somebody wants changed.
fn places(page: &mut Page, proposal: &str, read: &[Read]) {
    let proposal = lines(proposal);
    let all = read.iter().flat_map(|read| {
        let criticism = &read.criticism;
        criticism.changes().map(move |change| (change.clone(), &criticism.by))
    });
    let groups = groups(all);
    if !groups.is_empty() {
        page.gap();
    }
    let mut before: Option<&Change> = None;
    for group in groups.iter().take(PLACES) {
        let Some((first, _)) = group.first() else { continue };
        let end = group.iter().map(|(change, _)| change.end).max().unwrap_or(first.end);
        let touches = before.is_some_and(|before| before.relation(first) == Relation::Touches);
        let touching = if touches { ", and touches the suggestion before" } else { "" };
        let verdict = format!("{}{touching}", verdict(group));
        let tone = if group.len() > 1 { Tone::Red } else { Tone::Plain };
        page.paragraph(2, 4, (tone, &format!("{}: ", where_is(first.start, end))), &verdict);
        for (change, critics) in group {
            if group.len() > 1 {
                page.line(4, Tone::Plain, &format!("{}:", names(critics)));
            }
            shown(page, if group.len() > 1 { 6 } else { 4 }, &proposal, change);
        }
        before = group.iter().map(|(change, _)| change).max_by_key(|change| change.end);
    }
    if groups.len() > PLACES {
        page.paragraph(2, 4, (Tone::Plain, ""), &format!("and {}", plural(groups.len() - PLACES, "more place")));
    }
}

fn where_is(start: usize, end: usize) -> String {
    match end - start {
        0 if start == 0 => "before line 1".to_owned(),
        0 => format!("after line {start}"),
        1 => format!("line {end}"),
        _ => format!("lines {} to {end}", start + 1),
    }
}

fn verdict(group: &[(Change, Vec<&Name>)]) -> String {
    match group {
        [(_, critics)] if several(critics) => format!("{} agree", names(critics)),
        [(_, critics)] => names(critics),
        sides => {
            let all: Vec<&Name> = sides.iter().flat_map(|(_, critics)| critics.iter().copied()).collect();
            format!("{} contradict each other", names(&all))
        }
    }
}

fn several(critics: &[&Name]) -> bool {
    critics.iter().any(|critic| critics.first() != Some(critic))
}

/// `bob, carol and dave`, each once.
fn names(critics: &[&Name]) -> String {
    let mut once: Vec<&str> = critics.iter().map(|name| name.as_str()).collect();
    once.sort_unstable();
    once.dedup();
    match once.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The lines of a suggestion with what changes marked, cut to the page.
fn shown(page: &mut Page, indent: usize, proposal: &[&str], change: &Change) {
    let old = text_of(proposal.get(change.lines()).unwrap_or_default().iter().copied());
    let new = text_of(change.text.iter().map(String::as_str));
    let rows = marked(&pieces(&old, &new));
    let width = ui::width().saturating_sub(indent);
    for row in rows.iter().take(SHOWN) {
        page.line(indent, Tone::Plain, &cut(&from_the_change(row, width), width));
    }
    if rows.len() > SHOWN {
        page.line(indent, Tone::Plain, &format!("... and {}", plural(rows.len() - SHOWN, "more line")));
    }
}

/// A long line from shortly before the first words that differ: whole paragraphs are lines of many texts.
fn from_the_change(row: &str, width: usize) -> String {
    const BEFORE: &str = "... ";
    let change = ["[-", "{+"].iter().filter_map(|mark| row.find(mark)).min().unwrap_or(0);
    let until = cells(row.get(..change).unwrap_or_default());
    if cells(row) <= width || until < width / 2 {
        return row.to_owned();
    }
    let shown = without_first(row, until - width / 4);
    let (_, words) = shown.split_once(' ').unwrap_or(("", shown));
    format!("{BEFORE}{words}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::proposed::Criticism;
    use crate::compare::suggestion::suggestions;
    use crate::protocol::file::Stance;
    use crate::protocol::id::CommitId;

    const PROPOSAL: &str = "One.\nTwo.\nThree.\n";

    fn criticism(by: &str, text: &str) -> Read {
        let suggestions = suggestions(PROPOSAL, text);
        let commit = CommitId::parse(&"a".repeat(40)).expect("a commit");
        let criticism = Criticism { by: by.parse().expect("a name"), commit, stance: Stance::Suggest, suggestions };
        Read { criticism, text: text.to_owned() }
    }

    fn page(criticisms: &[Read]) -> String {
        let mut page = Page::new(false, 80);
        criticisms.iter().for_each(|read| row(&mut page, read));
        places(&mut page, PROPOSAL, criticisms);
        page.finish()
    }

    #[test]
    fn agreement_and_touching_are_told() {
        let two = "```diff\n-Two.\n+2.\n```\n";
        let after = "\n\nAfter it:\n```diff\n@@ -2,0 +3 @@\n+More.\n```\n";
        let shown = page(&[criticism("bob", two), criticism("carol", two), criticism("dave", after)]);
        assert_eq!(
            shown,
            "  bob           suggest       (1 suggestion)\n  carol         suggest       (1 suggestion)\n  \
             dave          suggest       After it:\n\n  line 2: bob and carol agree\n    [-Two.-]\n    {+2.+}\n  \
             after line 2: dave, and touches the suggestion before\n    {+More.+}\n"
        );
    }

    #[test]
    fn in_a_paragraph_that_is_one_line_the_words_that_differ_are_shown() {
        let line = format!("{} The quorum is two of four, and {}", "Before it. ".repeat(30), "so on. ".repeat(30));
        let suggests = |by: &str, quorum: &str| {
            let text = format!("```diff\n-{line}\n+{}\n```\n", line.replace("two of", quorum));
            let commit = CommitId::parse(&"a".repeat(40)).expect("a commit");
            let suggestions = suggestions(&format!("{line}\n"), &text);
            let criticism = Criticism { by: by.parse().expect("a name"), commit, stance: Stance::Suggest, suggestions };
            Read { criticism, text }
        };
        let mut page = Page::new(false, 80);
        places(&mut page, &format!("{line}\n"), &[suggests("bob", "one of"), suggests("carol", "three of")]);
        let shown = page.finish();
        for words in ["bob and carol contradict each other", "[-two-]{+one+} of four", "[-two-]{+three+} of four"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
    }

    #[test]
    fn what_differs_is_shown_however_wide_the_words_before_it_are() {
        let row = format!("{}[-two-]{{+one+}} of four", "世界 ".repeat(18));
        assert!(row.chars().count() <= 80);
        let shown = cut(&from_the_change(&row, 80), 80);
        assert!(shown.starts_with("... 世界 ") && shown.ends_with(" [-two-]{+one+} of four"), "{shown}");
        assert!(cells(&shown) <= 80, "{shown}");
    }

    #[test]
    fn what_does_not_apply_is_told_a_few_times() {
        let wrong = "```diff\n-No \u{1b}[2Jline.\n```\n".repeat(7);
        let shown = page(&[criticism("bob", &wrong)]);
        assert_eq!(shown.matches("does not apply:").count(), SHOWN, "{shown}");
        assert!(shown.contains("nor do 2 more") && !shown.contains('\u{1b}'), "{shown}");
        assert!(!shown.contains("line 1:"), "{shown}");
    }

    #[test]
    fn a_long_suggestion_is_cut() {
        let long = format!("```diff\n-Two.\n{}```\n", format!("+{}\n", "x".repeat(500)).repeat(50));
        let shown = page(&[criticism("bob", &long)]);
        assert!(shown.contains("... and 46 more lines"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= ui::width()), "{shown}");
    }

    #[test]
    fn places_are_told_as_people_count_them() {
        let told = [(0, 0), (2, 2), (1, 2), (1, 3)].map(|(start, end)| where_is(start, end));
        assert_eq!(told, ["before line 1", "after line 2", "line 2", "lines 2 to 3"]);
    }
}

//! Suggestions: what a criticism's `diff` blocks change in the proposal (section 2.2).
//!
//! Decides which lines of the proposal a hunk means. Where its head says, if all its lines that stay or go stand there;
//! else the one place where they do. There is no fuzz: a hunk of which one line is not in the proposal as it stands
//! there changes nothing, and says why.

use super::block::{self, Hunk, Sign};
use super::relation::{Change, Together};
use super::{lines, text_of};

/// The most hunks that are read of one criticism.
pub const SUGGESTIONS_MAX: usize = 1000;

/// About how many lines may be looked at to find where the hunks of one criticism stand.
const SEARCH_MAX: usize = 1 << 24;

/// A change that a criticism suggests, or why it is none. A hunk that changes lines in several places makes several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suggestion {
    /// The line of the criticism's Markdown in which its hunk begins, from 1.
    pub line: usize,
    /// The change.
    pub change: Result<Change, DoesNotApply>,
}

/// Why a hunk changes nothing.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DoesNotApply {
    /// A line of it is no line of a diff.
    #[error("line {0} of the criticism begins with neither a space, + nor -")]
    Unsigned(usize),
    /// It has no `-` and no `+`, or they cancel out.
    #[error("it changes nothing")]
    Nothing,
    /// It only adds lines, and does not say where.
    #[error("it says neither where nor next to which lines; begin it with a line @@ -LINE,0 +LINE @@")]
    Nowhere,
    /// It adds lines after the end.
    #[error("the proposal has {lines} lines, and it begins after line {after}")]
    Beyond {
        /// How many lines the proposal has.
        lines: usize,
        /// After which it would begin.
        after: usize,
    },
    /// Its lines are not in the proposal.
    #[error("the proposal has no place with the lines it is about, the first of which is {0:?}")]
    NotThere(String),
    /// Its lines are in the proposal more than once.
    #[error(
        "the lines it is about are in several places, the first of which is {0:?}; begin it with @@ -LINE +LINE @@"
    )]
    Ambiguous(String),
    /// Finding its lines would take too long.
    #[error("it would take too long to find its place; begin it with @@ -LINE +LINE @@")]
    TooMuch,
    /// Another hunk of the same criticism changes the same lines.
    #[error("it changes lines that the same criticism changes in another way")]
    Crossed,
    /// More hunks than are read.
    #[error("only {SUGGESTIONS_MAX} suggestions of one criticism are read, and there are more")]
    TooMany,
}

/// What the criticism (its Markdown) suggests to change in the proposal's text, in the order of the criticism.
pub fn suggestions(proposal: &str, criticism: &str) -> Vec<Suggestion> {
    let proposal = lines(proposal);
    let mut search = Search { proposal: &proposal, left: SEARCH_MAX };
    let mut together = Together::default();
    let mut found = Vec::new();
    for (number, hunk) in block::hunks(criticism, SUGGESTIONS_MAX + 1).into_iter().enumerate() {
        let line = hunk.line;
        if number == SUGGESTIONS_MAX {
            found.push(Suggestion { line, change: Err(DoesNotApply::TooMany) });
            break;
        }
        match search.place(&hunk).and_then(|place| changes(&hunk, place)) {
            Err(why) => found.push(Suggestion { line, change: Err(why) }),
            Ok(changes) => found.extend(changes.into_iter().map(|change| {
                let added = together.add(change.clone(), ()).map_err(|()| DoesNotApply::Crossed);
                Suggestion { line, change: added.map(|()| change) }
            })),
        }
    }
    found
}

/// The text with changes applied; of two that contradict each other the first counts.
pub fn apply(text: &str, changes: &[Change]) -> String {
    let mut together = Together::default();
    for change in changes {
        let _ = together.add(change.clone(), ());
    }
    let text = lines(text);
    text_of(applied(&text, 0..text.len(), together.changes()))
}

/// The lines of a range with changes within it applied, which are in order and do not contradict each other.
pub(super) fn applied<'a>(
    text: &[&'a str],
    range: std::ops::Range<usize>,
    changes: impl Iterator<Item = &'a Change>,
) -> Vec<&'a str> {
    let mut result = Vec::new();
    let mut next = range.start;
    for change in changes {
        result.extend(text.get(next..change.start).unwrap_or_default());
        result.extend(change.text.iter().map(String::as_str));
        next = change.end;
    }
    result.extend(text.get(next..range.end).unwrap_or_default());
    result
}

/// Looks for the places of hunks.
struct Search<'a> {
    proposal: &'a [&'a str],
    left: usize,
}

impl Search<'_> {
    /// The line of the proposal, from 0, at which a hunk begins.
    fn place(&mut self, hunk: &Hunk<'_>) -> Result<usize, DoesNotApply> {
        if let Some(line) = hunk.unsigned {
            return Err(DoesNotApply::Unsigned(line));
        }
        if !hunk.rows.iter().any(|(sign, _)| *sign != Sign::Keep) {
            return Err(DoesNotApply::Nothing);
        }
        let old: Vec<&str> = hunk.rows.iter().filter(|(sign, _)| *sign != Sign::Add).map(|(_, line)| *line).collect();
        let Some(first) = old.first() else {
            let after = hunk.head.ok_or(DoesNotApply::Nowhere)?.start;
            let lines = self.proposal.len();
            return if after <= lines { Ok(after) } else { Err(DoesNotApply::Beyond { lines, after }) };
        };
        let said = hunk.head.and_then(|head| head.start.checked_sub(1));
        if let Some(said) = said.filter(|said| self.proposal.get(*said..).is_some_and(|rest| rest.starts_with(&old))) {
            return Ok(said);
        }
        let cost = self.proposal.len() + old.len();
        self.left = self.left.checked_sub(cost).ok_or(DoesNotApply::TooMuch)?;
        match places(self.proposal, &old).as_slice() {
            [] => Err(DoesNotApply::NotThere(beginning(first))),
            [one] => Ok(*one),
            _ => Err(DoesNotApply::Ambiguous(beginning(first))),
        }
    }
}

/// A line as far as it is shown.
fn beginning(line: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = line.chars().take(SHOWN).collect();
    if shown.len() < line.len() {
        shown.push_str("...");
    }
    shown
}

/// The first two places where `wanted`, which is not empty, stands in `all`. By Knuth, Morris and Pratt, for which
/// lines that repeat without end are like any other.
fn places(all: &[&str], wanted: &[&str]) -> Vec<usize> {
    // For each beginning of what is wanted, the length of the longest shorter beginning with which it ends.
    let mut shorter = vec![0; wanted.len()];
    let mut length = 0;
    let extend = |shorter: &[usize], mut length: usize, line: &str| {
        while length > 0 && wanted.get(length) != Some(&line) {
            length = shorter.get(length - 1).copied().unwrap_or(0);
        }
        length + usize::from(wanted.get(length) == Some(&line))
    };
    for (at, line) in wanted.iter().enumerate().skip(1) {
        length = extend(&shorter, length, line);
        if let Some(place) = shorter.get_mut(at) {
            *place = length;
        }
    }
    let mut found = Vec::new();
    let mut length = 0;
    for (at, line) in all.iter().enumerate() {
        length = extend(&shorter, length, line);
        if length == wanted.len() {
            found.push(at + 1 - length);
            length = shorter.last().copied().unwrap_or(0);
        }
        if found.len() == 2 {
            break;
        }
    }
    found
}

/// The changes of a hunk that begins at a line of the proposal: one for each run of lines that go and come.
fn changes(hunk: &Hunk<'_>, place: usize) -> Result<Vec<Change>, DoesNotApply> {
    let mut found = Vec::new();
    let mut at = place;
    for run in hunk.rows.chunk_by(|a, b| (a.0 == Sign::Keep) == (b.0 == Sign::Keep)) {
        let of = |wanted: Sign| run.iter().filter(move |(sign, _)| *sign == wanted).map(|(_, line)| *line);
        let removed: Vec<&str> = of(Sign::Remove).collect();
        let added: Vec<&str> = of(Sign::Add).collect();
        found.extend(change(at, &removed, &added));
        at += removed.len() + of(Sign::Keep).count();
    }
    if found.is_empty() { Err(DoesNotApply::Nothing) } else { Ok(found) }
}

/// The change that replaces lines by others, without those that are the same at the beginning and the end, so that
/// two who suggest the same with more or less around it are seen to agree.
fn change(at: usize, removed: &[&str], added: &[&str]) -> Option<Change> {
    let head = removed.iter().zip(added).take_while(|(a, b)| a == b).count();
    let (removed, added) = (removed.get(head..)?, added.get(head..)?);
    let tail = removed.iter().rev().zip(added.iter().rev()).take_while(|(a, b)| a == b).count();
    let (removed, added) = (removed.get(..removed.len() - tail)?, added.get(..added.len() - tail)?);
    let start = at + head;
    let text = added.iter().map(|line| (*line).to_owned()).collect();
    let change = Change { start, end: start + removed.len(), text };
    (!removed.is_empty() || !added.is_empty()).then_some(change)
}

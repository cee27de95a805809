//! `diff --json` and `criticisms --json`: texts side by side, for programs.
//!
//! Decides how a place in a text is given: as the number of lines before it (`start`) and the number of lines it
//! covers (`count`), both of which may be 0. No text is cut here, whatever its length.

use serde::Serialize;

use super::FORMAT;
use crate::compare::proposed::Criticism;
use crate::compare::relation::{Change, groups};
use crate::compare::suggestion::Suggestion;
use crate::compare::unified::{self, Hunk};
use crate::compare::words::{Fate, Part, Piece, difference};
use crate::compare::{lines, text_of};
use crate::protocol::file::Answer;
use crate::protocol::id::Name;
use crate::protocol::index::{Body, EntryIx, Index};

/// A text that is compared.
#[derive(Serialize, Debug)]
struct TextRow<'a> {
    commit: String,
    by: &'a str,
    kind: &'static str,
    step: Option<u32>,
    round: Option<u32>,
    title: Option<&'a str>,
}

impl<'a> TextRow<'a> {
    fn of(index: &'a Index, at: EntryIx) -> Self {
        let entry = index.entry(at);
        Self {
            commit: entry.id.to_string(),
            by: index.name(entry.author).as_str(),
            kind: entry.kind().as_str(),
            step: entry.at().map(|at| at.step),
            round: entry.at().map(|at| at.round),
            title: title(&entry.body),
        }
    }
}

fn title(body: &Body) -> Option<&str> {
    match body {
        Body::Proposal { title } | Body::Revision { title, .. } => Some(title),
        _ => None,
    }
}

/// What changed between two texts.
#[derive(Serialize, Debug)]
pub struct Difference<'a> {
    format: u32,
    old: TextRow<'a>,
    new: TextRow<'a>,
    hunks: Vec<HunkRow>,
}

#[derive(Serialize, Debug)]
struct HunkRow {
    old: PlaceRow,
    new: PlaceRow,
    pieces: Vec<PieceRow>,
}

/// Lines of a text.
#[derive(Serialize, Debug)]
struct PlaceRow {
    start: usize,
    count: usize,
}

/// The pieces kept and removed are the old lines, those kept and added the new ones.
#[derive(Serialize, Debug)]
struct PieceRow {
    fate: &'static str,
    text: String,
}

/// Two entries, each with its text, old and new: word by word, or by whole lines.
pub fn difference_of<'a>(
    index: &'a Index,
    old: (EntryIx, &str),
    new: (EntryIx, &str),
    by_lines: bool,
) -> Difference<'a> {
    let hunks = if by_lines { line_hunks(old.1, new.1) } else { word_hunks(old.1, new.1) };
    Difference { format: FORMAT, old: TextRow::of(index, old.0), new: TextRow::of(index, new.0), hunks }
}

fn hunk_row(hunk: &Hunk, pieces: Vec<PieceRow>) -> HunkRow {
    let place = |lines: &std::ops::Range<usize>| PlaceRow { start: lines.start, count: lines.len() };
    HunkRow { old: place(&hunk.old), new: place(&hunk.new), pieces }
}

fn line_hunks(old: &str, new: &str) -> Vec<HunkRow> {
    let (old, new) = (lines(old), lines(new));
    let piece = |(sign, line): (char, &str)| {
        let fate = match sign {
            '-' => "removed",
            '+' => "added",
            _ => "kept",
        };
        PieceRow { fate, text: format!("{line}\n") }
    };
    let row = |hunk: &Hunk| hunk_row(hunk, hunk.rows(&old, &new).into_iter().map(piece).collect());
    unified::hunks(&old, &new).iter().map(row).collect()
}

fn word_hunks(old: &str, new: &str) -> Vec<HunkRow> {
    let row = |(hunk, parts): (Hunk, Vec<Part>)| hunk_row(&hunk, parts.into_iter().flat_map(pieces).collect());
    difference(old, new).into_iter().map(row).collect()
}

fn pieces(part: Part) -> Vec<PieceRow> {
    match part {
        Part::Context(lines) => {
            vec![PieceRow { fate: "kept", text: text_of(lines.iter().map(String::as_str)) }]
        }
        Part::Changed(pieces) => pieces.into_iter().map(piece_row).collect(),
    }
}

fn piece_row(piece: Piece) -> PieceRow {
    let fate = match piece.fate {
        Fate::Kept => "kept",
        Fate::Removed => "removed",
        Fate::Added => "added",
    };
    PieceRow { fate, text: piece.text }
}

/// A proposal with what is said about it.
#[derive(Serialize, Debug)]
pub struct ProposalRow<'a> {
    by: &'a str,
    commit: String,
    title: &'a str,
    criticisms: Vec<CriticismRow>,
    places: Vec<ContestedRow>,
}

#[derive(Serialize, Debug)]
struct CriticismRow {
    by: String,
    commit: String,
    stance: &'static str,
    text: String,
    suggestions: Vec<SuggestionRow>,
    answers: Vec<AnswerRow>,
}

/// What a revision answers.
#[derive(Serialize, Debug)]
struct AnswerRow {
    by: String,
    revision: String,
    disposition: &'static str,
    reason: String,
}

/// A suggestion: a change, or why it is none.
#[derive(Serialize, Debug)]
struct SuggestionRow {
    line: usize,
    change: Option<ChangeRow>,
    why: Option<String>,
}

/// Lines that go, and lines that come.
#[derive(Serialize, Debug)]
struct ChangeRow {
    start: usize,
    count: usize,
    text: String,
}

/// A place that somebody wants changed: more than one change contradict each other.
#[derive(Serialize, Debug)]
struct ContestedRow {
    start: usize,
    count: usize,
    changes: Vec<SideRow>,
}

/// A change with everyone who wants it.
#[derive(Serialize, Debug)]
struct SideRow {
    by: Vec<String>,
    #[serde(flatten)]
    change: ChangeRow,
}

impl ChangeRow {
    fn of(change: &Change) -> Self {
        let text = text_of(change.text.iter().map(String::as_str));
        Self { start: change.start, count: change.end - change.start, text }
    }
}

impl SuggestionRow {
    fn of(suggestion: &Suggestion) -> Self {
        let change = suggestion.change.as_ref();
        Self {
            line: suggestion.line,
            change: change.ok().map(ChangeRow::of),
            why: change.err().map(ToString::to_string),
        }
    }
}

/// A proposal with these criticisms of it, each with its Markdown, and with the answers that revisions give them.
pub fn proposal<'a>(
    index: &'a Index,
    at: EntryIx,
    criticisms: Vec<(Criticism, String)>,
    answers: &[(EntryIx, Answer)],
) -> ProposalRow<'a> {
    let entry = index.entry(at);
    let answer = |(revision, answer): &(EntryIx, Answer)| AnswerRow {
        by: index.name(index.entry(*revision).author).to_string(),
        revision: index.entry(*revision).id.to_string(),
        disposition: answer.disposition.as_str(),
        reason: answer.reason.clone(),
    };
    let places = contested(criticisms.iter().map(|(criticism, _)| criticism));
    let row = |(criticism, text): (Criticism, String)| CriticismRow {
        by: criticism.by.to_string(),
        commit: criticism.commit.to_string(),
        stance: criticism.stance.as_str(),
        text,
        suggestions: criticism.suggestions.iter().map(SuggestionRow::of).collect(),
        answers: answers.iter().filter(|(_, answer)| answer.commit == criticism.commit).map(answer).collect(),
    };
    ProposalRow {
        by: index.name(entry.author).as_str(),
        commit: entry.id.to_string(),
        title: title(&entry.body).unwrap_or_default(),
        criticisms: criticisms.into_iter().map(row).collect(),
        places,
    }
}

fn contested<'a>(criticisms: impl Iterator<Item = &'a Criticism>) -> Vec<ContestedRow> {
    let all = criticisms.flat_map(|criticism| criticism.changes().map(|change| (change.clone(), &criticism.by)));
    groups(all).iter().filter_map(|group| contested_row(group)).collect()
}

fn contested_row(group: &[(Change, Vec<&Name>)]) -> Option<ContestedRow> {
    let start = group.first()?.0.start;
    let end = group.iter().map(|(change, _)| change.end).max()?;
    let side = |(change, by): &(Change, Vec<&Name>)| {
        let mut by: Vec<String> = by.iter().map(ToString::to_string).collect();
        by.sort_unstable();
        by.dedup();
        SideRow { by, change: ChangeRow::of(change) }
    };
    Some(ContestedRow { start, count: end - start, changes: group.iter().map(side).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The old lines are what was kept and removed, the new ones what was kept and added, at the places given.
    #[test]
    fn pieces_put_together_are_both_texts() {
        let old = "A quorum is two of four.\nSame.\n\nLast.\n";
        let new = "A quorum is three of four.\nSame.\n\nBefore the last.\nLast.\n";
        for hunks in [word_hunks(old, new), line_hunks(old, new)] {
            assert!(!hunks.is_empty());
            for hunk in hunks {
                let but = |fate: &str| -> String {
                    hunk.pieces.iter().filter(|piece| piece.fate != fate).map(|piece| piece.text.as_str()).collect()
                };
                let at =
                    |text: &str, place: &PlaceRow| text_of(lines(text).into_iter().skip(place.start).take(place.count));
                assert_eq!(but("added"), at(old, &hunk.old));
                assert_eq!(but("removed"), at(new, &hunk.new));
            }
        }
    }
}

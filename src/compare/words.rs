//! The difference of two texts, word by word, as pieces to be shown.
//!
//! Lines are compared first; within lines that were replaced, words are. A word is a run of letters and digits, a run of
//! blanks, a line's end, or a single other sign; scripts that put no space between words are compared sign by sign.
//! Where two passages share little, marking the rest would only hide that, so they are taken as replaced whole.

use super::edits::{WORDS, edits};
use super::lines;
use super::unified::{Hunk, hunks};

/// What became of a piece of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It stands in both texts.
    Kept,
    /// It stands in the old text only.
    Removed,
    /// It stands in the new text only.
    Added,
}

/// A piece of text: whole words, line ends included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What became of it.
    pub fate: Fate,
    /// The text.
    pub text: String,
}

/// A part of a hunk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Lines that did not change.
    Context(Vec<String>),
    /// Lines that did. The pieces kept and removed are the old lines, those kept and added the new ones; each of both
    /// ends with LF.
    Changed(Vec<Piece>),
}

/// The difference of two texts: the hunks, each with its parts.
pub fn difference(old: &str, new: &str) -> Vec<(Hunk, Vec<Part>)> {
    let (old, new) = (lines(old), lines(new));
    let with_parts = |hunk: Hunk| {
        let parts = parts(&hunk, &old, &new);
        (hunk, parts)
    };
    hunks(&old, &new).into_iter().map(with_parts).collect()
}

fn parts(hunk: &Hunk, old: &[&str], new: &[&str]) -> Vec<Part> {
    let mut parts = Vec::new();
    let rows = hunk.rows(old, new);
    for run in rows.chunk_by(|a, b| (a.0 == ' ') == (b.0 == ' ')) {
        if run.first().is_some_and(|(sign, _)| *sign == ' ') {
            parts.push(Part::Context(run.iter().map(|(_, line)| (*line).to_owned()).collect()));
            continue;
        }
        let of = |wanted| super::text_of(run.iter().filter(|(sign, _)| *sign == wanted).map(|(_, line)| *line));
        parts.push(Part::Changed(pieces(&of('-'), &of('+'))));
    }
    parts
}

/// The difference of two passages.
pub fn pieces(old: &str, new: &str) -> Vec<Piece> {
    let (a, b) = (words(old), words(new));
    let mut found = Pieces::default();
    let (mut next_a, mut kept) = (0, 0);
    let of = |words: &[&str], range: std::ops::Range<usize>| words.get(range).unwrap_or_default().concat();
    for edit in edits(&a, &b, WORDS) {
        let same = of(&a, next_a..edit.old.start);
        kept += weight(&same);
        found.push(Fate::Kept, &same);
        found.push(Fate::Removed, &of(&a, edit.old.clone()));
        found.push(Fate::Added, &of(&b, edit.new));
        next_a = edit.old.end;
    }
    let same = of(&a, next_a..a.len());
    kept += weight(&same);
    found.push(Fate::Kept, &same);
    // A third of the longer passage has to be common, or the marks hide more than they show.
    if kept * 3 < weight(old).max(weight(new)) {
        found = Pieces::default();
        found.push(Fate::Removed, old);
        found.push(Fate::Added, new);
    }
    found.joined()
}

/// How much there is to read.
fn weight(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// The words of a passage, and what stands between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = class(first);
        let length = match class {
            Class::Single => first.len_utf8(),
            _ => rest.find(|c| self::class(c) != class).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        words.push(word);
        rest = after;
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Word,
    Blank,
    Single,
}

fn class(c: char) -> Class {
    match c {
        ' ' | '\t' => Class::Blank,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}' => Class::Single,
        // What is not ASCII and no blank is taken as part of words: letters, and the marks that combine with them.
        c if c.is_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace()) => Class::Word,
        _ => Class::Single,
    }
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn push(&mut self, fate: Fate, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.fate == fate => last.text.push_str(text),
            _ => self.0.push(Piece { fate, text: text.to_owned() }),
        }
    }

    /// Blanks that are all that stands unchanged between two changes become part of them: one long mark reads better
    /// than many short ones.
    fn joined(self) -> Vec<Piece> {
        let is_blank = |piece: &Piece| piece.text.chars().all(|c| matches!(c, ' ' | '\t'));
        let mut removed = String::new();
        let mut added = String::new();
        let mut joined = Self::default();
        let mut pieces = self.0.into_iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece.fate {
                Fate::Removed => removed.push_str(&piece.text),
                Fate::Added => added.push_str(&piece.text),
                Fate::Kept
                    if is_blank(&piece) && !removed.is_empty() && !added.is_empty() && pieces.peek().is_some() =>
                {
                    removed.push_str(&piece.text);
                    added.push_str(&piece.text);
                }
                Fate::Kept => {
                    joined.push(Fate::Removed, &std::mem::take(&mut removed));
                    joined.push(Fate::Added, &std::mem::take(&mut added));
                    joined.push(Fate::Kept, &piece.text);
                }
            }
        }
        joined.push(Fate::Removed, &removed);
        joined.push(Fate::Added, &added);
        joined.0
    }
}

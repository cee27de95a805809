//! The difference of two texts by lines: hunks with lines of context, and the `diff` blocks of a criticism.

use std::ops::Range;

use super::edits::{Edit, LINES, edits};
use super::lines;
use super::suggestion::SUGGESTIONS_MAX;

/// How many unchanged lines are shown around what changed.
pub const CONTEXT: usize = 3;

/// Edits that stand close together, and the lines around them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hunk {
    /// The lines of the old text, from 0.
    pub old: Range<usize>,
    /// The lines of the new text, from 0.
    pub new: Range<usize>,
    /// The edits in them.
    pub edits: Vec<Edit>,
}

/// The hunks of the difference of two texts.
pub fn hunks(old: &[&str], new: &[&str]) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for edit in edits(old, new, LINES) {
        let before = CONTEXT.min(edit.old.start);
        let after = CONTEXT.min(old.len() - edit.old.end);
        // Not below 0 where it is used: lines that an edit removed before this one would make it join that hunk.
        let (first_old, first_new) = (edit.old.start - before, edit.new.start.saturating_sub(before));
        let (last_old, last_new) = (edit.old.end + after, edit.new.end + after);
        match hunks.last_mut() {
            Some(hunk) if first_old <= hunk.old.end => {
                hunk.old.end = last_old;
                hunk.new.end = last_new;
                hunk.edits.push(edit);
            }
            _ => hunks.push(Hunk { old: first_old..last_old, new: first_new..last_new, edits: vec![edit] }),
        }
    }
    hunks
}

impl Hunk {
    /// `@@ -3,2 +3,4 @@`
    pub fn head(&self) -> String {
        format!("@@ -{} +{} @@", numbers(&self.old), numbers(&self.new))
    }

    /// The hunk's lines with their signs, below its head.
    pub fn rows<'a>(&self, old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
        let mut rows = Vec::new();
        let mut add = |sign, all: &[&'a str], range: Range<usize>| {
            rows.extend(all.get(range).unwrap_or_default().iter().map(|line| (sign, *line)));
        };
        let mut next = self.old.start;
        for edit in &self.edits {
            add(' ', old, next..edit.old.start);
            add('-', old, edit.old.clone());
            add('+', new, edit.new.clone());
            next = edit.old.end;
        }
        add(' ', old, next..self.old.end);
        rows
    }
}

/// A range of lines as a hunk's head has it: the first line, from 1, and how many; the line before when there is none.
fn numbers(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => (range.start + 1).to_string(),
        count => format!("{},{count}", range.start + 1),
    }
}

/// What makes `new` of `old`, as `diff` blocks for a criticism: one for each hunk. Reading them back
/// ([`super::suggestion::suggestions`]) gives exactly this change.
pub fn suggest(old: &str, new: &str) -> String {
    let (old, new) = (lines(old), lines(new));
    let mut found = hunks(&old, &new);
    if found.len() > SUGGESTIONS_MAX {
        found = vec![in_one(&found)];
    }
    let blocks: Vec<String> = found.iter().map(|hunk| block(hunk, &old, &new)).collect();
    blocks.join("\n")
}

/// One hunk instead of more than anyone reads.
fn in_one(hunks: &[Hunk]) -> Hunk {
    let all = || hunks.iter().flat_map(|hunk| &hunk.edits);
    let span = |start: Option<usize>, end: Option<usize>| start.unwrap_or(0)..end.unwrap_or(0);
    let old = span(all().next().map(|edit| edit.old.start), all().last().map(|edit| edit.old.end));
    let new = span(all().next().map(|edit| edit.new.start), all().last().map(|edit| edit.new.end));
    Hunk { old: old.clone(), new: new.clone(), edits: vec![Edit { old, new }] }
}

/// A hunk in a fence that none of its lines can close.
fn block(hunk: &Hunk, old: &[&str], new: &[&str]) -> String {
    let rows = hunk.rows(old, new);
    let longest = rows.iter().flat_map(|(_, line)| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut text = format!("{fence}diff\n{}\n", hunk.head());
    for (sign, line) in rows {
        text += &signed(sign, line);
        text.push('\n');
    }
    text + &fence + "\n"
}

/// A line with its sign. A blank line that stays has none, as editors take blanks at the end of a line away, and tools
/// that read diffs know that.
pub fn signed(sign: char, line: &str) -> String {
    if sign == ' ' && line.is_empty() { String::new() } else { format!("{sign}{line}") }
}

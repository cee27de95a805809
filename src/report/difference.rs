//! The difference of two texts for people.
//!
//! Decides how words that changed are marked. In colour the old lines stand above the new ones, as in a unified diff,
//! and what changed in them is in reverse. Without colour there is one text with `[-old-]{+new+}` in it, as `git diff
//! --word-diff` has it; blanks and line ends that only changed places are then shown as they are now. Everything passes
//! through [`terminal_block`] here.

use super::escape::{terminal, terminal_block};
use crate::compare::lines;
use crate::compare::unified;
use crate::compare::words::{Fate, Part, Piece, difference};

const RED: &str = "31";
const GREEN: &str = "32";
const CYAN: &str = "36";
const BOLD: &str = "1";

/// The names of two texts, the old one first.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The old text's.
    pub old: &'a str,
    /// The new text's.
    pub new: &'a str,
}

/// The difference word by word; empty when there is none.
pub fn words(names: Names<'_>, old: &str, new: &str, colour: bool) -> String {
    let hunks = difference(old, new);
    if hunks.is_empty() {
        return String::new();
    }
    let mut page = head(names, colour);
    for (hunk, parts) in hunks {
        let head = hunk.head();
        if colour {
            page.line(CYAN, &head);
            parts.iter().for_each(|part| page.painted(part));
        } else {
            let rows: Vec<String> = parts.iter().flat_map(rows).collect();
            let has_mark = rows.iter().any(|row| row.contains("[-") || row.contains("{+"));
            page.line("", &if has_mark { head } else { format!("{head} only blanks and line ends differ") });
            rows.iter().for_each(|row| page.line("", &unified::signed(' ', row)));
        }
    }
    page.text
}

/// A part as lines without colour.
fn rows(part: &Part) -> Vec<String> {
    match part {
        Part::Context(lines) => lines.clone(),
        Part::Changed(pieces) => marked(pieces),
    }
}

/// The difference line by line, as a unified diff; empty when there is none.
pub fn unified(names: Names<'_>, old: &str, new: &str, colour: bool) -> String {
    let (old, new) = (lines(old), lines(new));
    let hunks = unified::hunks(&old, &new);
    if hunks.is_empty() {
        return String::new();
    }
    let mut page = head(names, colour);
    for hunk in hunks {
        page.line(CYAN, &hunk.head());
        for (sign, line) in hunk.rows(&old, &new) {
            let code = match sign {
                '-' => RED,
                '+' => GREEN,
                _ => "",
            };
            page.line(code, &unified::signed(sign, line));
        }
    }
    page.text
}

fn head(names: Names<'_>, colour: bool) -> Page {
    let mut page = Page { text: String::new(), colour };
    page.line(BOLD, &format!("--- {}", terminal(names.old)));
    page.line(BOLD, &format!("+++ {}", terminal(names.new)));
    page
}

/// Lines with what changed marked as `[-old-]{+new+}`.
pub fn marked(pieces: &[Piece]) -> Vec<String> {
    let mut rows = Rows::default();
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        match pieces.peek() {
            Some(next) if is_blank(piece) && is_blank(next) && next.fate == Fate::Added => {
                rows.add(Fate::Kept, &next.text);
                pieces.next();
            }
            _ => rows.add(piece.fate, &piece.text),
        }
    }
    rows.finish()
}

/// Whether a piece is a change of nothing but blanks and line ends.
fn is_blank(piece: &Piece) -> bool {
    piece.fate != Fate::Kept && piece.text.chars().all(char::is_whitespace)
}

#[derive(Default)]
struct Rows {
    done: Vec<String>,
    row: String,
}

impl Rows {
    fn add(&mut self, fate: Fate, text: &str) {
        for part in text.split_inclusive('\n') {
            let words = part.strip_suffix('\n').unwrap_or(part);
            let is_empty_line = words.is_empty() && self.row.is_empty();
            match fate {
                Fate::Kept => self.row.push_str(words),
                Fate::Removed if is_empty_line || !words.is_empty() => self.row += &format!("[-{words}-]"),
                Fate::Added if is_empty_line || !words.is_empty() => self.row += &format!("{{+{words}+}}"),
                Fate::Removed | Fate::Added => {}
            }
            if words.len() < part.len() {
                self.done.push(std::mem::take(&mut self.row));
            }
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.row.is_empty() {
            self.done.push(self.row);
        }
        self.done
    }
}

struct Page {
    text: String,
    colour: bool,
}

impl Page {
    fn line(&mut self, code: &str, line: &str) {
        self.paint(code, line);
        self.text.push('\n');
    }

    /// A part with its colours.
    fn painted(&mut self, part: &Part) {
        match part {
            Part::Context(lines) => lines.iter().for_each(|line| self.line("", &unified::signed(' ', line))),
            Part::Changed(pieces) => {
                self.side(RED, "-", pieces, Fate::Removed);
                self.side(GREEN, "+", pieces, Fate::Added);
            }
        }
    }

    fn paint(&mut self, code: &str, words: &str) {
        let words = terminal_block(words);
        match self.colour && !code.is_empty() && !words.is_empty() {
            true => self.text += &format!("\u{1b}[{code}m{words}\u{1b}[0m"),
            false => self.text += &words,
        }
    }

    /// The old or the new lines, with what changed in them in reverse if not all of it did.
    fn side(&mut self, code: &str, sign: &str, pieces: &[Piece], fate: Fate) {
        let is_mixed = pieces.iter().any(|piece| piece.fate == Fate::Kept);
        let changed = if is_mixed { format!("{code};7") } else { code.to_owned() };
        let mut starts_line = true;
        for piece in pieces.iter().filter(|piece| piece.fate == Fate::Kept || piece.fate == fate) {
            for part in piece.text.split_inclusive('\n') {
                if starts_line {
                    self.paint(code, sign);
                }
                let words = part.strip_suffix('\n').unwrap_or(part);
                self.paint(if piece.fate == Fate::Kept { code } else { &changed }, words);
                starts_line = words.len() < part.len();
                if starts_line {
                    self.text.push('\n');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::words::pieces;

    const NAMES: Names<'static> = Names { old: "old", new: "new" };

    fn plain(old: &str, new: &str) -> String {
        marked(&pieces(old, new)).join("|")
    }

    #[test]
    fn words_are_marked_as_git_marks_them() {
        assert_eq!(
            plain("A quorum is two of four.\n", "A quorum is three of four.\n"),
            "A quorum is [-two-]{+three+} of four."
        );
        assert_eq!(plain("a b c d\n", "a b x d e\n"), "a b [-c-]{+x+} d{+ e+}");
        assert_eq!(plain("one two three\n", "four\n"), "[-one two three-]|{+four+}");
        assert_eq!(plain("", "new\n\nlines\n"), "{+new+}|{++}|{+lines+}");
        assert_eq!(plain("gone\n\n", ""), "[-gone-]|[--]");
    }

    #[test]
    fn a_paragraph_wrapped_anew_shows_only_the_words_that_changed() {
        let old = "We agree on the order of all\nmessages before anyone acts.\n";
        let new = "We all agree on the order of\nall messages before anyone acts.\n";
        assert_eq!(plain(old, new), "We {+all +}agree on the order of|all messages before anyone acts.");
    }

    #[test]
    fn lines_stand_below_the_names_of_the_texts() {
        let text = words(NAMES, "a\nb c\n", "a\nb d\n", false);
        assert_eq!(text, "--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n b [-c-]{+d+}\n");
        let text = words(NAMES, "a  b\nc\n", "a b\nc\n", false);
        assert_eq!(text, "--- old\n+++ new\n@@ -1,2 +1,2 @@ only blanks and line ends differ\n a b\n c\n");
        let text = unified(NAMES, "a\nb c\n", "a\nb d\n", false);
        assert_eq!(text, "--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-b c\n+b d\n");
        assert_eq!(words(NAMES, "a\n", "a\n", true) + &unified(NAMES, "a\n", "a\n", true), "");
    }

    #[test]
    fn in_colour_old_and_new_lines_are_whole() {
        let text = words(NAMES, "b c\n", "b d\ne\n", true);
        let body = text.split("@@\u{1b}[0m\n").nth(1).expect("a hunk");
        assert_eq!(
            body,
            "\u{1b}[31m-\u{1b}[0m\u{1b}[31mb \u{1b}[0m\u{1b}[31;7mc\u{1b}[0m\n\
             \u{1b}[32m+\u{1b}[0m\u{1b}[32mb \u{1b}[0m\u{1b}[32;7md\u{1b}[0m\n\
             \u{1b}[32m+\u{1b}[0m\u{1b}[32;7me\u{1b}[0m\n"
        );
    }

    #[test]
    fn nothing_in_a_text_is_an_order_to_the_terminal() {
        let hostile = "a\u{1b}[2J \u{202e}b\r\n";
        for colour in [true, false] {
            let shown = words(NAMES, hostile, "a \u{9b}c\n", colour) + &unified(NAMES, hostile, "x\n", colour);
            let controls =
                shown.replace("\u{1b}[", "").chars().filter(|c| crate::protocol::text::is_forbidden(*c)).count();
            assert_eq!(controls, 0, "{shown:?}");
            assert!(!shown.contains("\u{1b}[2J"), "{shown:?}");
        }
    }
}

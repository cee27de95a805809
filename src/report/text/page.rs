//! A page of text for a terminal: paragraphs wrapped to a width, colour on a few words.
//!
//! Everything that goes onto a page passes through [`terminal`] here, so nothing on it can be an order to a terminal
//! or a CI runner. With or without colour the words and line ends are the same, and no line ends in a space.

use crate::report::cells::cells;
use crate::report::escape::terminal;
use crate::report::typed::units;

/// The narrowest page.
const WIDTH_MIN: usize = 40;

/// How a few words stand out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Like the rest.
    Plain,
    /// A heading.
    Bold,
    /// Something is wrong.
    Red,
    /// All is well.
    Green,
    /// Something deserves a look.
    Yellow,
}

impl Tone {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Red => Some("1;31"),
            Self::Green => Some("1;32"),
            Self::Yellow => Some("1;33"),
        }
    }
}

/// The page so far.
#[derive(Debug)]
pub struct Page {
    text: String,
    colour: bool,
    width: usize,
}

impl Page {
    /// An empty page, this many columns wide.
    pub fn new(colour: bool, width: usize) -> Self {
        Self { text: String::new(), colour, width: width.max(WIDTH_MIN) }
    }

    /// An empty line and a title.
    pub fn heading(&mut self, tone: Tone, title: &str) {
        self.gap();
        self.line(0, tone, title);
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// One line that is never wrapped, such as an id.
    pub fn line(&mut self, indent: usize, tone: Tone, words: &str) {
        self.text += &" ".repeat(indent);
        self.paint(tone, terminal(words).trim_end_matches(' '));
        self.text.push('\n');
    }

    /// A wrapped paragraph. It starts with `lead`, painted and kept whole; further lines start at column `hang`.
    /// Words longer than a line stay whole, for ids and addresses are copied, and so does a command to type at the end.
    pub fn paragraph(&mut self, indent: usize, hang: usize, (tone, lead): (Tone, &str), words: &str) {
        let lead = terminal(lead);
        let bare = lead.trim_end_matches(' ');
        self.text += &" ".repeat(indent);
        self.paint(tone, bare);
        let mut column = indent + cells(bare);
        let mut gap = lead.len() - bare.len();
        let mut starts_line = bare.is_empty();
        for word in units(&terminal(words)) {
            let length = cells(word);
            if !starts_line && column + gap + length > self.width {
                self.text.push('\n');
                self.text += &" ".repeat(hang);
                (column, gap) = (hang, 0);
            }
            self.text += &" ".repeat(gap);
            self.text += word;
            column += gap + length;
            (gap, starts_line) = (1, false);
        }
        self.text.push('\n');
    }

    fn paint(&mut self, tone: Tone, words: &str) {
        match tone.code().filter(|_| self.colour && !words.is_empty()) {
            Some(code) => self.text += &format!("\u{1b}[{code}m{words}\u{1b}[0m"),
            None => self.text += words,
        }
    }

    /// The page as text.
    pub fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_wrap_and_hang() {
        let mut page = Page::new(false, 0);
        page.paragraph(2, 8, (Tone::Bold, "vote  "), "one two three four five six seven eight nine");
        page.paragraph(2, 2, (Tone::Plain, ""), "a");
        page.paragraph(2, 2, (Tone::Red, "alone "), "");
        let long = "x".repeat(50);
        page.paragraph(0, 4, (Tone::Plain, "id"), &format!("{long} end"));
        assert_eq!(
            page.finish(),
            format!(
                "  vote  one two three four five six\n        seven eight nine\n  a\n  alone\nid\n    {long}\n    end\n"
            )
        );
    }

    #[test]
    fn paragraphs_wrap_by_the_room_that_words_take() {
        let mut page = Page::new(false, 40);
        page.paragraph(0, 6, (Tone::Plain, "題目  "), &["世界世界世界"; 4].join(" "));
        let marked = "e\u{301}".repeat(19);
        page.paragraph(0, 0, (Tone::Plain, ""), &format!("{marked} {marked} {marked}"));
        assert_eq!(
            page.finish(),
            format!("題目  世界世界世界 世界世界世界\n      世界世界世界 世界世界世界\n{marked} {marked}\n{marked}\n")
        );
    }

    #[test]
    fn colour_is_only_on_the_lead() {
        let mut page = Page::new(true, 80);
        page.paragraph(0, 0, (Tone::Red, "Wrong:"), "2 errors");
        page.line(2, Tone::Plain, "plain");
        assert_eq!(page.finish(), "\u{1b}[1;31mWrong:\u{1b}[0m2 errors\n  plain\n");
    }

    #[test]
    fn no_word_of_others_becomes_an_order_where_a_line_breaks() {
        let mut page = Page::new(false, 40);
        page.paragraph(2, 2, (Tone::Plain, ""), &format!("{} ::stop-commands::x \u{1b}[2J", "w".repeat(36)));
        assert_eq!(page.finish(), format!("  {}\n  \\u{{3a}}:stop-commands::x \\u{{1b}}[2J\n", "w".repeat(36)));
    }
}

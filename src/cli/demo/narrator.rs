//! The narrator: prose, what is typed, and what is printed, so that they can be told apart.
//!
//! Decides layout only. Prose begins at the margin, what is typed comes after a prompt, what is printed is moved in.

use std::cell::Cell;

use super::super::ui;
use crate::error::Result;
use crate::report::cells::cells;

/// How far what is printed is moved in.
const INDENT: usize = 4;

/// The widest that prose is set.
const WIDEST: usize = 80;

/// What stands for lines that are not shown.
const ELLIPSIS: &str = "...";

/// Writes to standard output.
#[derive(Debug)]
pub struct Narrator {
    colour: bool,
    width: usize,
    /// Whether prose was the last thing written: an empty line sets it off from what is typed.
    after_prose: Cell<bool>,
}

impl Narrator {
    /// For the terminal, or whatever standard output is.
    pub fn of_terminal() -> Self {
        Self { colour: ui::colour(), width: ui::width().min(WIDEST), after_prose: Cell::new(false) }
    }

    /// The width that is left for what a command prints.
    pub const fn inner_width(&self) -> usize {
        self.width - INDENT
    }

    /// Begins an act.
    pub fn act(&self, title: &str) -> Result<()> {
        let line = "-".repeat(cells(title));
        ui::print(&format!("\n{}\n{line}\n", self.bold(title)))
    }

    /// A paragraph.
    pub fn say(&self, text: &str) -> Result<()> {
        self.after_prose.set(true);
        ui::print(&format!("\n{}\n", wrapped(text, self.width)))
    }

    /// A command line as it is typed.
    pub fn typed(&self, who: &str, line: &str) -> Result<()> {
        let gap = if self.after_prose.replace(false) { "\n" } else { "" };
        ui::print(&format!("{gap}{} {line}\n", self.bold(&format!("{who}$"))))
    }

    /// What a command printed, or what a file holds.
    pub fn printed(&self, text: &str) -> Result<()> {
        ui::print(&moved_in(text))
    }

    fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Text in lines of at most `width`, broken at spaces only.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, |line| cells(line));
        let fits = line == 0 || line + 1 + cells(word) <= width;
        match lines.last_mut() {
            Some(line) if fits => {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// Text with every line moved in, but for empty ones.
fn moved_in(text: &str) -> String {
    let line = |line: &str| match line.trim_end() {
        "" => "\n".to_owned(),
        line => format!("{:INDENT$}{line}\n", ""),
    };
    text.lines().map(line).collect()
}

/// The lines that are wanted. Three dots stand for lines in between that are not, unless those are empty.
pub fn shortened(text: &str, is_wanted: &dyn Fn(&str) -> bool) -> String {
    let (mut short, mut skipped) = (String::new(), false);
    for line in text.lines() {
        if is_wanted(line) {
            if skipped {
                short += &format!("{ELLIPSIS}\n");
            }
            short += &format!("{line}\n");
            skipped = false;
        } else {
            skipped |= !line.trim().is_empty();
        }
    }
    if skipped { short + ELLIPSIS + "\n" } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_at_spaces_only() {
        assert_eq!(wrapped("one two\n   three", 7), "one two\nthree");
        assert_eq!(wrapped("incomprehensible", 5), "incomprehensible");
        assert_eq!(wrapped("", 5), "");
    }

    #[test]
    fn empty_lines_stay_empty() {
        assert_eq!(moved_in("a\n\n  b"), "    a\n\n      b\n");
    }

    #[test]
    fn what_is_left_out_shows() {
        let wanted = |line: &str| line.starts_with('+');
        assert_eq!(shortened("+a\nb\nc\n+d\n\n+e\nf\n", &wanted), "+a\n...\n+d\n+e\n...\n");
        assert_eq!(shortened("+a\n", &wanted), "+a\n");
        assert_eq!(shortened("\n", &wanted), "");
    }
}

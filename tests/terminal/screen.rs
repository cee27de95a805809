//! What may be on a screen, and how wide it may be.

use bicker::report::cells::cells;

use crate::common::printable;

/// Where a command is run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat {
    /// How many columns there are.
    pub(crate) width: usize,
    /// Whether the outputs are a terminal's; else both are files.
    pub(crate) is_terminal: bool,
    /// Whether colour is not wanted.
    pub(crate) no_color: bool,
}

impl std::fmt::Display for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = if self.is_terminal { "terminal" } else { "file" };
        write!(f, "{place}, {} columns{}", self.width, if self.no_color { ", NO_COLOR" } else { "" })
    }
}

/// The output without colours, or what in it is no text. A colour is exactly `ESC [ digits and semicolons m`.
pub(crate) fn uncoloured(output: &str, may_colour: bool) -> Result<String, String> {
    let mut plain = String::with_capacity(output.len());
    let mut rest = output;
    while let Some((before, after)) = rest.split_once('\u{1b}').filter(|_| may_colour) {
        plain.push_str(before);
        let colour = after.strip_prefix('[').and_then(|inner| {
            let end = inner.find(|c: char| !c.is_ascii_digit() && c != ';')?;
            inner.get(end..)?.strip_prefix('m')
        });
        rest = colour.ok_or_else(|| format!("an escape that is no colour, after {}", tail(&plain)))?;
    }
    plain.push_str(rest);
    printable::read(plain.into_bytes()).map_err(|what| format!("{what}, in {}", tail(output)))
}

/// The end of a text, with everything odd in it escaped.
fn tail(text: &str) -> String {
    let from = text.char_indices().rev().nth(79).map_or(0, |(at, _)| at);
    text.get(from..).unwrap_or_default().escape_debug().to_string()
}

/// The first line that is wider than it should be.
///
/// What may be wider is what would be spoilt by a line end in it: something to copy (an id, a digest, a key, an
/// address, a path, a command to type), and a row of the log, which is one line for `grep`.
pub(crate) fn wider(output: &str, seat: Seat) -> Option<&str> {
    output.lines().find(|line| {
        // Without help from the terminal nothing of ours is wider than 120.
        let width = seat.width.min(120);
        cells(line) > width && !holds_something_to_copy(line) && !is_row_of_the_log(line)
    })
}

/// The first line that a CI runner would obey.
pub(crate) fn order(output: &str) -> Option<&str> {
    output.lines().find(|line| line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso["))
}

fn holds_something_to_copy(line: &str) -> bool {
    let is_long_id = |word: &str| word.len() >= 40 && !word.contains(' ');
    let is_path = |word: &str| word.contains('/') && word.len() > 12;
    let commands = ["bicker ", "git ", "ssh-keygen ", "cd "];
    line.split(' ').any(|word| is_long_id(word) || is_path(word))
        || commands.iter().any(|command| line.contains(command))
}

/// Whether a line begins with an entry's short id, after its number or mark if it has one, and a date.
fn is_row_of_the_log(line: &str) -> bool {
    let mut words = line.split(' ').filter(|word| !word.is_empty()).peekable();
    let is_number = |word: &str| word.len() < 10 && word.bytes().all(|b| b.is_ascii_digit());
    let _mark = words.next_if(|word| *word == "new:" || is_number(word));
    let is_id = |word: &str| word.len() == 10 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let is_date = |word: &str| word.len() == 10 && word.starts_with("20") && word.matches('-').count() == 2;
    words.next().is_some_and(is_id) && words.next().is_some_and(is_date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_and_nothing_else_does() {
        assert_eq!(uncoloured("a\u{1b}[1;31mb\u{1b}[0m\n\tc\u{1b}[m", true), Ok("ab\n\tc".to_owned()));
        for bad in ["\u{1b}", "\u{1b}[2J", "\u{1b}[31", "\u{1b}]0;x\u{7}", "\u{1b}[?1m", "\r", "\u{202e}", "\u{9b}31m"]
        {
            assert!(uncoloured(bad, true).is_err(), "{bad:?}");
        }
        assert!(uncoloured("\u{1b}[1m", false).is_err());
    }

    #[test]
    fn orders_to_runners_are_found() {
        for bad in ["a\n::error::x", "  ::set-output name=a::b", "x ##[error]y", "##vso[task]"] {
            assert!(order(bad).is_some(), "{bad}");
        }
        assert_eq!(order("a ::error:: b\nstd::fmt ## [x]"), None);
    }

    #[test]
    fn only_what_is_copied_may_be_wide() {
        let on = |width, is_terminal| Seat { width, is_terminal, no_color: true };
        let (prose, id) = ("word ".repeat(17), "a".repeat(64));
        assert_eq!(wider(&prose, on(80, true)), Some(prose.as_str()));
        assert_eq!(wider(&prose, on(200, true)), None);
        assert_eq!(wider(&format!("commit      {id}     and more"), on(80, true)), None);
        assert_eq!(wider(&format!("{prose}: bicker status"), on(80, true)), None);
        let wide = "世界 ".repeat(17);
        assert_eq!(wider(&wide, on(80, true)), Some(wide.as_str()));
        for (row, is_row) in [
            ("  7  8329e13644  2026-11-28 14:09  ", true),
            ("8329e13644  2026-11-28  ", true),
            ("new: 8329e13644  2026-11-28 14:09  ", true),
            ("8329e13644  bob  ", false),
            ("7  2026-11-28  ", false),
        ] {
            assert_eq!(wider(&format!("{row}{prose}"), on(80, true)).is_none(), is_row, "{row}");
        }
    }
}

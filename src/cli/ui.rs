//! The terminal: where words for people go, and how wide and colourful it is.

use std::io::{BufRead, IsTerminal, Read as _, Write};
use std::os::fd::AsFd;
use std::sync::OnceLock;

use super::ticker::make_way;
use crate::error::{Error, Result};
use crate::git::preferences;
use crate::report::cells::cells;
use crate::report::escape::terminal;
use crate::report::typed::units;

/// Prints an error: what, why, and what to type next.
pub fn complain(error: &Error) {
    make_way();
    let _ = std::io::stderr().lock().write_all(in_full("error: ", error).as_bytes());
}

/// The same where git shows what it is told, and puts `error: ` before it.
pub fn complain_through_git(error: &Error) {
    let _ = std::io::stderr().lock().write_all(in_full("", error).as_bytes());
}

fn in_full(label: &str, error: &Error) -> String {
    let width = message_width();
    let mut text = message(label, &error.message, width);
    for cause in &error.causes {
        text += &message("  caused by: ", cause, width);
    }
    for hint in &error.hints {
        text += &message("hint: ", hint, width);
    }
    text
}

/// Says something on the way, on stderr.
pub fn say(words: &str) {
    make_way();
    let _ = std::io::stderr().lock().write_all(message("", words, message_width()).as_bytes());
}

/// Shows a page on the way, on stderr.
pub fn show(page: &str) {
    make_way();
    let _ = std::io::stderr().lock().write_all(page.as_bytes());
}

/// How wide messages may be: as the terminal that shows them; `None` where they are no terminal's to show.
fn message_width() -> Option<usize> {
    std::io::stderr().is_terminal().then(message_columns)
}

/// How many columns the terminal has that messages are shown on.
pub fn message_columns() -> usize {
    columns(std::io::stderr())
}

/// A message after its label, wrapped to a width: words stay whole, and so does a command to type, which would not
/// be one any more if it were copied with a line end in it. Without a width it is one line.
fn message(label: &str, words: &str, width: Option<usize>) -> String {
    let words = terminal(words);
    let Some(width) = width else { return format!("{label}{words}\n") };
    let hang = label.len().min(width / 4);
    let mut text = label.trim_end().to_owned();
    let mut column = cells(&text);
    let mut is_first = true;
    for unit in units(&words) {
        let length = cells(unit);
        let gap = if is_first { cells(label) - column } else { 1 };
        if !is_first && column + gap + length > width {
            text += &format!("\n{:hang$}", "");
            column = hang;
        } else {
            text += &" ".repeat(gap);
            column += gap;
        }
        text += unit;
        column += length;
        is_first = false;
    }
    text + "\n"
}

/// Whether somebody sits there who can be asked.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// The longest answer that is read.
const ANSWER_MAX: u64 = 1000;

/// Asks, and gives the line that is typed without its end; `None` at the end of the input.
///
/// # Errors
/// The input cannot be read.
pub fn ask(prompt: &str) -> Result<Option<String>> {
    make_way();
    let _ = std::io::stderr().lock().write_all(prompt.as_bytes());
    let line = answer(&mut std::io::stdin().lock())?;
    if !line.ends_with('\n') {
        // The prompt's line is still open.
        let _ = writeln!(std::io::stderr().lock());
    }
    Ok(Some(line.trim().to_owned()).filter(|_| !line.is_empty()))
}

fn answer(from: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    let read = from.take(ANSWER_MAX).read_until(b'\n', &mut line);
    read.map_err(|e| Error::usage("cannot read what you type").because(&e))?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Prints a command's result. A reader that goes away early is no error.
pub fn print(text: &str) -> Result<()> {
    make_way();
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::trouble("cannot print the result").because(&e))
        }
        _ => Ok(()),
    }
}

/// Whether standard output is where nobody ever looks: a job that runs by itself throws away what it prints.
pub fn is_thrown_away() -> bool {
    let nowhere = rustix::fs::stat("/dev/null").map(|null| null.st_rdev);
    rustix::fs::fstat(std::io::stdout()).is_ok_and(|out| nowhere == Ok(out.st_rdev))
}

/// Whether to print in colour: on a terminal that is not dumb, unless `color.bicker` or `color.ui` tells git not to or
/// `NO_COLOR` is set. What goes into a file or a program never is: it may be shown where it would be an order.
pub fn colour() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    // Started by git with a pager in between, it is no terminal and yet somebody's to look at.
    let shown = || std::io::stdout().is_terminal() || set("GIT_PAGER_IN_USE");
    *ANSWER.get_or_init(|| !set("NO_COLOR") && shown() && !dumb() && preferences::colour())
}

/// The width to wrap at: the terminal's, `COLUMNS`, or 80.
pub fn width() -> usize {
    columns(std::io::stdout())
}

fn columns(terminal: impl AsFd) -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = rustix::termios::tcgetwinsize(terminal).ok().map(|size| usize::from(size.ws_col));
    told.or(seen).filter(|width| *width > 0).unwrap_or(80).clamp(40, 120)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_terminals_stays_on_one_line() {
        let long = "word ".repeat(40);
        assert_eq!(message("hint: ", &long, None), format!("hint: {long}\n"));
    }

    #[test]
    fn words_are_wrapped_after_the_label_and_never_broken() {
        let told = message("error: ", "one two three four five six seven eight nine ten", Some(40));
        assert_eq!(told, "error: one two three four five six seven\n       eight nine ten\n");
        let id = "x".repeat(50);
        assert_eq!(message("", &format!("see {id} there"), Some(40)), format!("see\n{id}\nthere\n"));
        assert_eq!(message("  caused by: ", "short", Some(40)), "  caused by: short\n");
        assert_eq!(message("error: ", "", Some(40)), "error:\n");
    }

    #[test]
    fn a_command_to_type_stays_whole() {
        let hint = "catch up before you sign anything: bicker recover --sure --as alice";
        let told = message("hint: ", hint, Some(40));
        assert_eq!(told, "hint: catch up before you sign anything:\n      bicker recover --sure --as alice\n");
        for typed in ["sed -i '1a one line or another' /a/hook", "printf '%s\\n' 'one line or another' > /a/hook"] {
            assert_eq!(
                message("hint: ", &format!("put it there: {typed}"), Some(40)).lines().next_back(),
                Some(&*format!("      {typed}"))
            );
        }
        assert_eq!(message("hint: ", "note: this is prose, all of it, every word", Some(40)).lines().count(), 2);
    }

    #[test]
    fn other_peoples_text_is_escaped_before_it_is_wrapped() {
        assert_eq!(message("", "a\u{1b}[2J\nb", Some(40)), "a\\u{1b}[2J\\u{a}b\n");
    }
}

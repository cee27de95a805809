//! The terminal: where words for people go, and how wide and colourful it is.

use std::io::{IsTerminal, Write};

use crate::error::{Error, Result};
use crate::report::escape::terminal;

/// Prints an error: what, why, and what to type next.
pub fn complain(error: &Error) {
    let text = format!("error: {}", in_full(error));
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The same where git shows what it is told, and puts `error: ` before it.
pub fn complain_through_git(error: &Error) {
    let _ = std::io::stderr().lock().write_all(in_full(error).as_bytes());
}

fn in_full(error: &Error) -> String {
    let mut text = format!("{}\n", terminal(&error.message));
    for cause in &error.causes {
        text += &format!("  caused by: {}\n", terminal(cause));
    }
    for hint in &error.hints {
        text += &format!("hint: {}\n", terminal(hint));
    }
    text
}

/// Says something on the way, on stderr.
pub fn say(words: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", terminal(words));
}

/// Prints a command's result. A reader that goes away early is no error.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::trouble("cannot print the result").because(&e))
        }
        _ => Ok(()),
    }
}

/// Shows how many remotes have answered, if there is a terminal to show it on.
pub fn progress() -> Option<fn(usize, usize)> {
    std::io::stderr().is_terminal().then_some(|done, all| {
        let mut err = std::io::stderr().lock();
        let _ = match done < all {
            true => write!(err, "\rasked {done} of {all} remotes"),
            // The line is cleared: what follows is the result.
            false => write!(err, "\r{:40}\r", ""),
        };
        let _ = err.flush();
    })
}

/// Whether to print in colour: on a terminal, unless `NO_COLOR` is set or the terminal is dumb.
pub fn colour() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb
}

/// The width to wrap at: the terminal's, `COLUMNS`, or 80.
pub fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let seen = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
    told.or(seen).filter(|width| *width > 0).unwrap_or(80).clamp(40, 120)
}

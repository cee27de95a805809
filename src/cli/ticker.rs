//! One line at a terminal that says what is being done: not before it has taken a second, and gone when it is done.
//!
//! Decides when that line is written and how it is taken away. Where there is no terminal nobody is told anything.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::ui;
use crate::look::{Progress, Tell, UnderWay};
use crate::report::cells::{cells, cut};

/// What takes no longer than this is not worth a word.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line may change.
const PULSE: Duration = Duration::from_millis(200);

/// Who is told what is being done, if there is a terminal to show it on.
pub fn progress() -> Option<Tell> {
    std::io::stderr().is_terminal().then_some(tell)
}

/// Says what is being done for as long as what this returns is there.
pub fn doing(what: &'static str) -> UnderWay {
    let under_way = UnderWay::new(progress());
    under_way.tell(&Progress::Doing(what));
    under_way
}

/// Takes the line away, since something else is about to be shown. It comes back if what it tells goes on.
pub fn make_way() {
    write(ticker().line.erased());
}

static TICKER: Mutex<Ticker> = Mutex::new(Ticker { doing: None, begun: 0, line: Line(0) });

struct Ticker {
    /// What is being done, and since when something has been.
    doing: Option<(String, Instant)>,
    /// How many times something was begun.
    begun: u64,
    line: Line,
}

fn ticker() -> MutexGuard<'static, Ticker> {
    TICKER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell(progress: &Progress<'_>) {
    let mut ticker = ticker();
    match (progress, &mut ticker.doing) {
        (Progress::Done, doing) => {
            *doing = None;
            write(ticker.line.erased());
        }
        (progress, Some((text, _))) => *text = progress.to_string(),
        (progress, doing) => {
            *doing = Some((progress.to_string(), Instant::now()));
            ticker.begun += 1;
            let this = ticker.begun;
            // Without a thread nothing is shown, and nothing is lost.
            let _ = thread::Builder::new().spawn(move || tick(this));
        }
    }
}

/// Writes the line for as long as what was begun then goes on.
fn tick(this: u64) {
    loop {
        thread::sleep(PULSE);
        let mut ticker = ticker();
        let Ticker { doing: Some((text, since)), begun, line } = &mut *ticker else { return };
        if *begun != this {
            return;
        }
        write(line.at(since.elapsed(), text, ui::message_columns()));
    }
}

fn write(text: Option<String>) {
    if let Some(text) = text {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }
}

/// The line: how many columns of it are on the screen.
struct Line(usize);

impl Line {
    /// What has to be written for the line to say `text` in a terminal of so many columns; `None` in the first second.
    fn at(&mut self, elapsed: Duration, text: &str, columns: usize) -> Option<String> {
        if elapsed < PATIENCE {
            return None;
        }
        // A character in the last column would make a terminal go on to the next line.
        let room = columns.saturating_sub(1);
        let text = cut(text, room);
        let (before, now) = (self.0, cells(&text));
        self.0 = now;
        Some(format!("\r{text}{:1$}", "", before.saturating_sub(now)))
    }

    /// What takes the line away; `None` if it is not there.
    fn erased(&mut self) -> Option<String> {
        let shown = std::mem::take(&mut self.0);
        (shown > 0).then(|| format!("\r{:shown$}\r", ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_in_the_first_second_and_nothing_is_left() {
        let mut line = Line(0);
        assert_eq!(line.at(Duration::from_millis(999), "asking", 80), None);
        assert_eq!(line.erased(), None, "nothing is there to be taken away");
        assert_eq!(line.at(Duration::from_secs(1), "asking two", 80).as_deref(), Some("\rasking two"));
        assert_eq!(line.at(Duration::from_secs(2), "asking", 80).as_deref(), Some("\rasking    "), "no letter is left");
        assert_eq!(line.erased().as_deref(), Some("\r      \r"));
        assert_eq!(line.erased(), None);
        assert_eq!(line.at(Duration::from_secs(3), "asking", 80).as_deref(), Some("\rasking"), "it comes back");
    }

    #[test]
    fn it_stays_on_its_line() {
        let mut line = Line(0);
        let written = line.at(PATIENCE, &"x".repeat(200), 40).expect("a line");
        assert_eq!(written, format!("\r{}...", "x".repeat(36)));
        assert_eq!(line.erased(), Some(format!("\r{}\r", " ".repeat(39))));
    }
}

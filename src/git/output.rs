//! What a subprocess prints: read within bounds, and made fit to be shown.
//!
//! Decides how much is kept and what a complaint looks like in one line. It never waits for a pipe that
//! somebody else holds open.

use std::io::Read;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::protocol::text::is_forbidden;

/// The longest line [`one_line`] makes, in characters.
const LINE_MAX: usize = 200;

/// A part of what a pipe brings, read by a thread of its own.
pub(super) struct Kept {
    bytes: Arc<Mutex<Vec<u8>>>,
    done: Receiver<()>,
}

impl Kept {
    /// Keeps the first `max` bytes.
    pub(super) fn first(pipe: impl Read + Send + 'static, max: usize) -> Self {
        Self::spawn(pipe, move |kept, new| {
            let room = max.saturating_sub(kept.len());
            kept.extend(new.iter().take(room));
        })
    }

    /// Keeps the last `max` bytes.
    pub(super) fn last(pipe: impl Read + Send + 'static, max: usize) -> Self {
        Self::spawn(pipe, move |kept, new| {
            kept.extend_from_slice(new);
            kept.drain(..kept.len().saturating_sub(max));
        })
    }

    /// Keeps what `keep` makes of it, which is given what was kept and what is new.
    pub(super) fn spawn(
        mut pipe: impl Read + Send + 'static,
        mut keep: impl FnMut(&mut Vec<u8>, &[u8]) + Send + 'static,
    ) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (finished, done) = mpsc::channel();
        let shared = Arc::clone(&bytes);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(length @ 1..) = pipe.read(&mut buffer) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                keep(&mut kept, buffer.get(..length).unwrap_or_default());
            }
            // Nobody may be waiting any more.
            let _ = finished.send(());
        });
        Self { bytes, done }
    }

    /// What was kept. The pipe need not have ended: a connection that ssh keeps open for later calls holds it.
    pub(super) fn take(self) -> Vec<u8> {
        let _ = self.done.recv_timeout(Duration::from_millis(500));
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Makes one harmless line of what git or the other side complained: no control characters, at most 200
/// characters, without git's general advice.
pub fn one_line(stderr: &str) -> String {
    const ADVICE: [&str; 4] =
        ["hint:", "warning: Permanently", "Please make sure you have the correct", "and the repository exists."];
    let mut line = String::new();
    let mut length = 0;
    let telling = stderr.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    for part in telling.filter(|line| !ADVICE.iter().any(|advice| line.starts_with(advice))) {
        let between = if line.is_empty() { "" } else { "; " };
        for c in between.chars().chain(part.chars()) {
            if length == LINE_MAX - 1 {
                line.push('…');
                return line;
            }
            line.push(if c == '\t' || is_forbidden(c) { '?' } else { c });
            length += 1;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_become_one_harmless_line() {
        assert_eq!(one_line("fatal: a\n\nhint: b\nerror: c\n"), "fatal: a; error: c");
        assert_eq!(one_line("a\u{1b}[2Jb\tc\u{202e}\r\nd"), "a?[2Jb?c?; d");
        assert_eq!(one_line(""), "");
        let long = one_line(&"é".repeat(1000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (200, true));
    }

    #[test]
    fn the_first_or_the_last_bytes_are_kept() {
        assert_eq!(Kept::first(&b"0123456789"[..], 4).take(), b"0123");
        assert_eq!(Kept::last(&b"0123456789"[..], 4).take(), b"6789");
    }
}

//! A copy of somebody's text to be changed in an editor, and the text that comes back.
//!
//! The copy stands between help and an end, both ours: some editors obey settings found in the first and the last lines
//! of a file, so these must not be another's.

use super::{DraftError, SCISSORS};
use crate::protocol::text::is_not_empty;

/// The help above a copy; by its first line a copy is known.
const HELP: &str = include_str!("../../templates/copy.md");

/// What stands below a copy.
const END: &str = "(Here ends the copy.)\n\n\n\n\n\n";

/// The file to open for somebody to change a text.
pub fn copy(text: &str) -> String {
    let line_end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{HELP}\n{SCISSORS}\n{text}{line_end}{SCISSORS}\n{END}")
}

/// The text that a person made of a copy. A file that was not opened by [`copy`] is the text as a whole.
///
/// # Errors
/// A line that separates the copy from what is ours was lost, or the text is empty.
pub fn changed(written: &str) -> Result<String, DraftError> {
    let written = written.strip_prefix('\u{feff}').unwrap_or(written).replace("\r\n", "\n");
    let text = match HELP.lines().next() {
        Some(first) if written.lines().next() == Some(first) => between_scissors(&written)?,
        _ => written,
    };
    if is_not_empty(&text) { Ok(text) } else { Err(DraftError::Empty) }
}

/// What stands between the first and the last scissors line; the text may hold such lines too.
fn between_scissors(written: &str) -> Result<String, DraftError> {
    let lines: Vec<&str> = written.split_inclusive('\n').collect();
    let is_scissors = |line: &&str| line.trim_end_matches('\n') == SCISSORS;
    let ends = (lines.iter().position(is_scissors), lines.iter().rposition(is_scissors));
    let text = match ends {
        (Some(first), Some(last)) if first < last => lines.get(first + 1..last),
        _ => None,
    };
    text.map(<[&str]>::concat).ok_or_else(|| DraftError::Bad {
        line: 1,
        what: format!("a line that stood above or below the copy is lost; write it again: {SCISSORS}"),
    })
}

//! A copy of somebody's text to be changed in an editor, and the text that comes back.
//!
//! The copy stands between help and an end, both ours: some editors obey settings found in the first and the last lines
//! of a file, so these must not be another's.

use super::header::{bad, shown};
use super::own_words::{help_is_gone, lost, tidied};
use super::{DraftError, SCISSORS};
use crate::protocol::text::is_not_empty;

/// The help above a copy.
pub(super) const HELP: &str = include_str!("../../templates/copy.md");

/// What stands below a copy.
pub(super) const END: &str = "(Here ends the copy.)\n\n\n\n\n\n";

/// The file to open for somebody to change a text.
pub fn copy(text: &str) -> String {
    let line_end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{HELP}\n{SCISSORS}\n{text}{line_end}{SCISSORS}\n{END}")
}

/// The text that a person made of a copy: of one that [`copy`] `opened`, or else all of what they bring along.
///
/// # Errors
/// A line that separates the copy from what is ours was lost, something of ours was changed or stands in the text, or
/// the text is empty.
pub fn changed(written: &str, opened: bool) -> Result<String, DraftError> {
    let written = tidied(written);
    let text = if opened { between_scissors(&written)? } else { written };
    help_is_gone(&text)?;
    if is_not_empty(&text) { Ok(text) } else { Err(DraftError::Empty) }
}

/// What stands between the first and the last scissors line; the text may hold such lines too.
fn between_scissors(written: &str) -> Result<String, DraftError> {
    let lines: Vec<&str> = written.split_inclusive('\n').collect();
    let is_scissors = |line: &&str| line.trim_end_matches('\n') == SCISSORS;
    let ends = (lines.iter().position(is_scissors), lines.iter().rposition(is_scissors));
    let (Some(first), Some(last)) = ends else { return no_scissors() };
    let (Some(above), Some(text), Some(below)) =
        (lines.get(..first), lines.get(first + 1..last), lines.get(last + 1..))
    else {
        return no_scissors();
    };
    let text = text.concat();
    let around = [(1, above.concat(), HELP), (last + 2, below.concat(), END)];
    for (start, part, ours) in &around {
        if let Some((line, words)) = lost(part, ours, &text) {
            return bad(
                start + line,
                format!("{} is outside the copy, where only help belongs; delete it", shown(words)),
            );
        }
    }
    Ok(text)
}

fn no_scissors<T>() -> Result<T, DraftError> {
    bad(1, format!("a line that stood above or below the copy is lost; write it again: {SCISSORS}"))
}

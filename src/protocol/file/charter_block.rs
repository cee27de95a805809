//! Charter blocks in Markdown (section 5): where one begins and ends.
//!
//! Decides whether the bounds are right, line by line. Whether the block holds a charter is decided by
//! who reads charters.

use super::FileError;

const OPEN: &str = "```charter\n";
const CLOSE: &str = "```\n";

/// What stands between the lines of the one charter block in `markdown`, which begins at line `first` of
/// its file and ends with LF; `None` when there is no block.
///
/// # Errors
/// A block without end, or a second one.
pub(super) fn find(markdown: &str, first: usize) -> Result<Option<&str>, FileError> {
    let mut found: Option<&str> = None;
    let mut open: Option<(usize, usize)> = None; // the opening line's number, the offset after it
    let mut offset = 0;
    for (number, line) in (first..).zip(markdown.split_inclusive('\n')) {
        match open {
            None if line == OPEN && found.is_some() => {
                return Err(fault(number, "a second charter block", "one charter block at most"));
            }
            None if line == OPEN => open = Some((number, offset + line.len())),
            Some((_, start)) if line == CLOSE => {
                found = markdown.get(start..offset);
                open = None;
            }
            _ => {}
        }
        offset += line.len();
    }
    match open {
        None => Ok(found),
        Some((number, _)) => Err(fault(number, "a charter block without end", "a line ``` after the charter")),
    }
}

fn fault(line: usize, got: &str, expected: &'static str) -> FileError {
    FileError::Line { line, got: got.to_owned(), expected }
}

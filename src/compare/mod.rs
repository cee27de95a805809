//! Texts side by side: what changed, what critics suggest, what agrees and what contradicts.
//!
//! Decides how a `diff` block of a criticism (section 2.2) is read as changes to a proposal's text, which changes can be
//! followed together, what a text becomes that follows them, and which words differ between two texts. It never decides
//! what counts (no rule of the protocol depends on a suggestion), never touches the world, and never guesses: a
//! suggestion that does not fit the proposal says why.
//!
//! Everything read here may have been written to do harm. No reader recurses, and each has a bound: on the suggestions
//! read from one criticism, on how long their place is searched, and on the work of comparing two texts. Past its bound a
//! comparison gets coarser, never wrong.
//!
//! | module | decides |
//! |---|---|
//! | [`edits`] | the difference of two sequences, with a bound on the work |
//! | `block` | which lines of a criticism are `diff` blocks, and their hunks |
//! | [`suggestion`] | which lines of the proposal a hunk changes, or why none |
//! | [`relation`] | which changes agree, touch or contradict |
//! | [`merge`] | a proposal with changes applied, and conflict markers where they contradict |
//! | [`unified`] | the difference of two texts as `diff` blocks |
//! | [`words`] | the difference of two texts, word by word |
//! | [`proposed`] | a first answer to each criticism, for the author to look at |

mod block;
pub mod edits;
pub mod merge;
pub mod proposed;
pub mod relation;
pub mod suggestion;
#[cfg(test)]
mod tests;
pub mod unified;
pub mod words;

/// The lines of a text. A text without LF at its end is taken as if it had one, as every file of the protocol has.
pub fn lines(text: &str) -> Vec<&str> {
    match text.strip_suffix('\n').unwrap_or(text) {
        "" if text.is_empty() => Vec::new(),
        inner => inner.split('\n').collect(),
    }
}

/// The text of some lines, each ended by LF.
pub fn text_of<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

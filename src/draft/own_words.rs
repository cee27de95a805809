//! Our own words in what a person gives back: what of them is cut off, and what of them is left where it must not be.
//!
//! Help is dropped only where it stands as it was opened: whatever else a person has written among it, and nowhere else, is
//! refused and never dropped. And nothing of it may be left in what would be signed, for no signature can be taken back.

use std::collections::BTreeSet;

use super::copy::{END, HELP};
use super::header::bad;
use super::{DraftError, HELP_BEGINS, QUOTE_BEGINS, QUOTE_ENDS, SCISSORS, help};
use crate::protocol::slot::Kind;
use crate::protocol::text::is_not_empty;

/// A line of help with fewer words than this may stand in anyone's text.
const WORDS_MIN: usize = 6;

/// Without a byte order mark, and with lines ended by LF.
pub(super) fn tidied(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// What a person wrote: without the help at its end, if it was written in the template `opened`, and without blank lines
/// at the end. Line numbers stay the draft's. Without `opened` it is all their own.
///
/// # Errors
/// Something of the person's own stands below the scissors, or something of the help above them.
pub(super) fn written(draft: &str, opened: Option<&str>) -> Result<String, DraftError> {
    let draft = tidied(draft);
    let mut text = draft.as_str();
    if let Some(opened) = opened
        && let Some((above, below)) = cut(&draft)
    {
        let help = cut(opened).map_or("", |(_, help)| help);
        let first = above.lines().count() + 2;
        if let Some((line, foreign)) = lost(below, help, above) {
            return bad(
                first + line,
                format!(
                    "{} is below the line with >8, where only help belongs; move it above that line, or delete it",
                    super::header::shown(foreign)
                ),
            );
        }
        text = above;
    }
    help_is_gone(text)?;
    let (mut length, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        offset += line.len();
        if is_not_empty(line) {
            length = offset;
        }
    }
    let kept = text.get(..length).unwrap_or_default();
    Ok(if kept.is_empty() || kept.ends_with('\n') { kept.to_owned() } else { format!("{kept}\n") })
}

/// What stands above the first scissors line, and what below it.
fn cut(draft: &str) -> Option<(&str, &str)> {
    let mut offset = 0;
    for line in draft.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        if line.trim_end_matches('\n') == SCISSORS {
            return Some((draft.get(..start)?, draft.get(offset..)?));
        }
    }
    None
}

/// The first line of `text`, counted from 0, that would be lost if all of it were taken for `ours`. A line that stands in
/// what is `kept` is not lost. Nor is a line of ours with other words in it that stand there, too: whoever replaces a word
/// everywhere has replaced it here.
pub(super) fn lost<'a>(text: &'a str, ours: &'a str, kept: &str) -> Option<(usize, &'a str)> {
    let count = |text: &str| text.lines().filter(|line| is_not_empty(line)).count();
    let is_longer = count(text) > count(ours);
    let known: BTreeSet<&str> = ours.split_whitespace().chain(kept.split_whitespace()).collect();
    let stands_there = |line: &str| kept.lines().any(|other| other.trim_end() == line.trim_end());
    let is_ours = |line: &str| !is_longer && line.split_whitespace().all(|word| known.contains(word));
    foreign(text, ours).find(|(_, line)| !stands_there(line) && !is_ours(line))
}

/// The lines, counted from 0, that are not among `ours` in their order.
fn foreign<'a>(text: &'a str, ours: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let mut ours = ours.lines().map(str::trim_end);
    text.lines().enumerate().filter(move |(_, line)| {
        let mut rest = ours.clone();
        let is_ours = !is_not_empty(line) || rest.any(|known| known == line.trim_end());
        if is_ours && is_not_empty(line) {
            ours = rest;
        }
        !is_ours
    })
}

/// That no line of any help is left in a text, not even when it was wrapped anew.
///
/// # Errors
/// One is, and the line where it begins.
pub(super) fn help_is_gone(text: &str) -> Result<(), DraftError> {
    let words: Vec<(&str, usize)> = (1..)
        .zip(text.lines())
        .flat_map(|(number, line)| line.split_whitespace().map(move |word| (word, number)))
        .collect();
    let helps = Kind::ALL.iter().map(|kind| help(*kind)).chain([HELP]);
    let lines = helps.flat_map(str::lines).filter(|line| line.split_whitespace().count() >= WORDS_MIN);
    let marks = [HELP_BEGINS, QUOTE_BEGINS, QUOTE_ENDS, END.trim_end()];
    let mut found: Option<usize> = None;
    for line in lines.chain(marks) {
        let line: Vec<&str> = line.split_whitespace().collect();
        let is_it = |window: &&[(&str, usize)]| window.iter().map(|(word, _)| *word).eq(line.iter().copied());
        if let Some([(_, number), ..]) = words.windows(line.len()).find(is_it) {
            found = Some(found.map_or(*number, |known| known.min(*number)));
        }
    }
    match found {
        None => Ok(()),
        Some(line) => bad(
            line,
            format!("some of bicker's help is in your text; delete it, or write this line above all of it: {SCISSORS}"),
        ),
    }
}

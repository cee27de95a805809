//! `criticize NAME --edit`: a critic changes a copy of the proposal's text, and the difference is the suggestion.

use super::compose::{Plan, Task, Words, Writing, finish, planned};
use super::editor;
use super::source::Source;
use crate::compare::unified::suggest;
use crate::draft::{DraftError, changed, copy};
use crate::error::{Error, Result};
use crate::protocol::file::{Fields, File, Stance};
use crate::report::Exit;

/// Opens the copy, or reads it from `--file`, and signs the difference as a criticism.
pub fn criticize(
    writing: &Writing,
    words: &Words,
    stance: Stance,
    reason: Option<&str>,
    plan: &Plan<'_>,
) -> Result<Exit> {
    let place = writing.place.place()?;
    let task = planned(writing, &place, plan)?;
    let (source, edited) = match &words.file {
        Some(file) => Source::read(file, place.own()?)?,
        None => {
            let (text, path) = editor::edit_copy(place.own()?, &task.slot, &copy(&task.quoted))?;
            (Source::Copy(path), text)
        }
    };
    let draft = match changed(&edited).map(|text| suggest(&task.quoted, &text)) {
        Ok(blocks) if !blocks.is_empty() => draft(&task, stance, reason, &blocks)?,
        Ok(_) | Err(DraftError::Empty) => {
            source.forget();
            let left = "the text was left as it was or empty, so there is nothing to suggest and nothing was signed";
            return Err(Error::usage(left).hint(
                "criticise in words: --reason TEXT without --edit; or say that it is fine: --stance no-objection",
            ));
        }
        Err(e) => return Err(source.kept(Error::usage("the copy cannot be read").because(&e))),
    };
    finish(writing, &place, &source, &draft, Some(&task), plan)
}

/// The criticism as a draft: the reason, then what was changed.
fn draft(task: &Task, stance: Stance, reason: Option<&str>, blocks: &str) -> Result<String> {
    let of = task.fixed.about.ok_or_else(|| Error::trouble("it is not known which proposal is meant"))?;
    let text = match reason.map(str::trim_end).filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{reason}\n\n{blocks}"),
        None => blocks.to_owned(),
    };
    Ok(File { fields: Fields::Criticism { of, stance }, text }.print())
}

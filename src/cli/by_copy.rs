//! `criticize NAME --edit`: a critic changes a copy of the proposal's text, and the difference is the suggestion.

use super::compose::{Manuscript, Plan, Task, Words, Writing, finish, planned};
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
            let edited = editor::edit(place.own()?, &task.slot, &copy(&task.quoted), true)?;
            (Source::Draft(edited.path), edited.text)
        }
    };
    let draft = match changed(&edited, source.has_help()).map(|text| suggest(&task.quoted, &text)) {
        Ok(blocks) if !blocks.is_empty() => draft(&task, stance, reason, &blocks)?,
        Ok(_) | Err(DraftError::Empty) => {
            source.forget();
            let left = "the text was left unchanged or empty, so there is nothing to suggest and nothing was signed";
            return Err(Error::usage(left).hint(
                "criticise in words: --reason TEXT without --edit; or say that it is fine: --stance no-objection",
            ));
        }
        Err(e) => {
            let unreadable = Error::usage("the copy cannot be signed as it is").because(&e);
            return Err(source.refused(unreadable, None, place.own()?, &edited));
        }
    };
    // What is signed is the difference, which has no help in it; the copy is kept until then.
    let manuscript = Manuscript { source: Source::CommandLine, text: draft, seen: Some(task) };
    let own = place.own()?;
    let done = finish(writing, &place, manuscript, plan);
    done.map_err(|error| source.refused(error, None, own, &edited)).inspect(|_| source.forget())
}

/// The criticism as a draft: the reason, then what was changed.
fn draft(task: &Task, stance: Stance, reason: Option<&str>, blocks: &str) -> Result<String> {
    let of = task.fixed.about.ok_or_else(|| Error::trouble("it is unclear which proposal you mean"))?;
    let text = match reason.map(str::trim_end).filter(|reason| !reason.is_empty()) {
        Some(reason) => format!("{reason}\n\n{blocks}"),
        None => blocks.to_owned(),
    };
    Ok(File { fields: Fields::Criticism { of, stance }, text }.print())
}

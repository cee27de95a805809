//! What critics suggest, read from their files; and a revision that starts from it.

use std::collections::BTreeSet;

use super::compose::Task;
use super::target::file_of;
use crate::compare::merge::{marker_left, merge};
use crate::compare::proposed::{Criticism, answers};
use crate::compare::suggestion::suggestions;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::{Answer, Fields, File};
use crate::protocol::id::{CommitId, Name};
use crate::protocol::index::EntryIx;
use crate::report::status::join_names;

/// A criticism, what it suggests, and its Markdown.
pub struct Read {
    /// The criticism and its suggestions.
    pub criticism: Criticism,
    /// Its Markdown.
    pub text: String,
}

/// Reads criticisms of a proposal with this text.
pub fn read(look: &Look, proposal: &str, criticisms: &[EntryIx]) -> Result<Vec<Read>> {
    let index = &look.verification.history.index;
    let mut found = Vec::new();
    for at in criticisms {
        let Some(File { fields: Fields::Criticism { stance, .. }, text }) = file_of(look, *at)? else { continue };
        let entry = index.entry(*at);
        let suggestions = suggestions(proposal, &text);
        let criticism = Criticism { by: index.name(entry.author).clone(), commit: entry.id, stance, suggestions };
        found.push(Read { criticism, text });
    }
    Ok(found)
}

/// Makes a revision start from the proposal with the suggestions applied that can be accepted together, and proposes
/// an answer to every criticism for which there is one. `given` answers stand.
pub fn prepare(look: &Look, task: &mut Task, given: &[Answer]) -> Result<()> {
    let index = &look.verification.history.index;
    let entries: Vec<EntryIx> = task.criticisms.iter().filter_map(|(_, commit)| index.find(*commit)).collect();
    let criticisms: Vec<Criticism> = read(look, &task.body, &entries)?.into_iter().map(|read| read.criticism).collect();
    let (answers, accepted) = answers(&criticisms, given);
    (task.body, _) = merge(&task.body, &accepted);
    task.given.answers = Some(answers);
    Ok(())
}

/// That every criticism has an answer, for a revision that no one looks at before it is signed.
pub fn all_answered(task: &Task) -> Result<()> {
    let open = open(task, task.given.answers.as_deref().unwrap_or_default());
    let what = match open.as_slice() {
        [] => return Ok(()),
        [one] => {
            format!("the criticism by {one} suggests no change that can be applied, so the answer to it is yours")
        }
        several => format!(
            "the criticisms by {} suggest no change that can be applied, so the answers to them are yours",
            join_names(several)
        ),
    };
    Err(Error::usage(what).hint(format!("{}; or decide in your editor: bicker revise", to_answer(&open))))
}

/// That a revision answers every criticism: one that leaves any out would not count.
pub fn answers_everyone(file: &File, task: &Task) -> Result<()> {
    let Fields::Revision { criticisms, .. } = &file.fields else { return Ok(()) };
    let open = open(task, criticisms);
    let what = match open.as_slice() {
        [] => return Ok(()),
        [one] => format!("{one}'s criticism is not answered, so nothing was signed"),
        several => format!("the criticisms by {} are not answered, so nothing was signed", join_names(several)),
    };
    Err(Error::usage(what).hint(to_answer(&open)))
}

/// Whose criticisms these answers leave out.
fn open(task: &Task, answers: &[Answer]) -> Vec<Name> {
    let is_open = |commit: CommitId| !answers.iter().any(|answer| answer.commit == commit);
    let open: BTreeSet<&Name> = task.criticisms.iter().filter(|(_, at)| is_open(*at)).map(|(by, _)| by).collect();
    open.into_iter().cloned().collect()
}

fn to_answer(open: &[Name]) -> String {
    match open {
        [one] => format!("add --accept {one}, or --reject '{one}=REASON'"),
        _ => "add for each of them --accept NAME, or --reject 'NAME=REASON'".to_owned(),
    }
}

/// That none of our conflict markers is left in a revision. A person may write such lines all the same, moved in by a
/// space.
pub fn settled<'a>(file: &File, critics: impl Iterator<Item = &'a Name> + Clone) -> Result<()> {
    let is_critic = |name: &str| critics.clone().any(|critic| critic.as_str() == name);
    match marker_left(&file.text, &is_critic).filter(|_| matches!(file.fields, Fields::Revision { .. })) {
        None => Ok(()),
        Some((line, marker)) => Err(Error::usage(format!(
            "line {line} of the text is still a conflict marker, {marker}, so nothing was signed"
        ))
        .hint("choose between the two sides, and delete the lines <<<<<<<, ======= and >>>>>>>")),
    }
}

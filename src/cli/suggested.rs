//! What critics suggest, read from their files; and a revision that starts from it.

use super::compose::Task;
use super::target::file_of;
use crate::compare::merge::{marker_left, merge};
use crate::compare::proposed::{Criticism, answers};
use crate::compare::suggestion::suggestions;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::{Answer, Fields, File};
use crate::protocol::id::Name;
use crate::protocol::index::EntryIx;

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
    let answers = task.given.answers.as_deref().unwrap_or_default();
    let open = task.criticisms.iter().find(|(_, commit)| !answers.iter().any(|answer| answer.commit == *commit));
    match open {
        None => Ok(()),
        Some((by, _)) => Err(Error::usage(format!(
            "the criticism by {by} suggests no change that can be applied, so the answer to it is yours"
        ))
        .hint(format!("add --accept {by}, or --reject '{by}=REASON'; or decide in your editor: bicker revise"))),
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

//! What became of criticisms: the answers that revisions give them, for those who gave the criticism to read.

use super::target::{file_of, name_of};
use crate::error::Result;
use crate::look::Look;
use crate::protocol::duty::valid_revisions;
use crate::protocol::file::{Answer, Disposition, Fields, Stance};
use crate::protocol::id::{At, Name};
use crate::protocol::index::{Body, EntryIx};
use crate::protocol::past::Clock;

/// An answer, and where it stands.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// The revision.
    pub revision: EntryIx,
    /// Who revised.
    pub author: Name,
    /// What the critic wanted.
    pub stance: Stance,
}

impl Answered {
    /// In words: `alice accepts it`, `alice rejects it: too long`.
    pub fn in_words(&self) -> String {
        let verb = match self.answer.disposition {
            Disposition::Accepted => "accepts",
            Disposition::Rejected => "rejects",
        };
        match self.answer.reason.as_str() {
            "" => format!("{} {verb} it", self.author),
            reason => format!("{} {verb} it: {reason}", self.author),
        }
    }

    /// Whether it rejects an objection.
    pub fn overrules(&self) -> bool {
        self.stance == Stance::Object && self.answer.disposition == Disposition::Rejected
    }

    /// The command that shows what the revision has changed.
    pub fn to_read(&self, look: &Look) -> String {
        format!("bicker diff {}", name_of(&look.verification.history.index, self.revision))
    }
}

/// The answers that the valid revisions of a round in a past give to criticisms by somebody, or by anyone.
///
/// # Errors
/// A revision cannot be read.
pub fn answers_to(look: &Look, past: &Clock, at: At, critic: Option<&Name>) -> Result<Vec<Answered>> {
    let index = &look.verification.history.index;
    let mut found = Vec::new();
    for revision in valid_revisions(index, past, at) {
        let Some(Fields::Revision { criticisms, .. }) = file_of(look, revision)?.map(|file| file.fields) else {
            continue;
        };
        let author = index.name(index.entry(revision).author);
        for answer in criticisms.into_iter().filter(|answer| critic.is_none_or(|critic| answer.by == *critic)) {
            let body = index.find(answer.commit).map(|criticism| &index.entry(criticism).body);
            let Some(Body::Criticism { stance, .. }) = body else { continue };
            found.push(Answered { answer, revision, author: author.clone(), stance: *stance });
        }
    }
    Ok(found)
}

//! Whether this copy of my log may sign at all, and may use a certain slot (section 6).
//!
//! Everything that keeps a person from equivocating by accident is here: an old copy, another laptop, a
//! restored backup, a lost journal. It never signs; all it writes is that a recovery is over.

use std::collections::BTreeSet;

use super::Pen;
use crate::error::{Error, Result};
use crate::git::recovered::Recovered;
use crate::look::Look;
use crate::protocol::duty::Standing;
use crate::protocol::history::Node;
use crate::protocol::id::{CommitId, Digest, Name};
use crate::protocol::slot::Slot;
use crate::protocol::verify::Remote;

impl Pen<'_> {
    /// Section 6: nothing is signed by a copy that lacks entries of mine, but for those that what is to be signed
    /// `joins`, or while my remote is out of sight.
    ///
    /// # Errors
    /// Something is lacking, or the branch ends with what is no entry of mine.
    pub(super) fn copy_is_current(&self, look: &Look, standing: &Standing, joins: &[CommitId]) -> Result<()> {
        log_is_whole(look, standing, joins)?;
        let why = match look.verification.seen.remotes.get(&self.own.me) {
            _ if self.own_remote_unseen => return Ok(()),
            Some(Remote::Shown(_)) if look.asked => return Ok(()),
            Some(Remote::Unreachable) => look.unreached.get(&self.own.me).map_or("it did not answer", String::as_str),
            Some(Remote::Refused { .. }) => "what it sent was refused",
            Some(Remote::Shown(_)) | None => "it was not asked",
        };
        Err(Error::trouble(format!("your own remote cannot be read: {why}"))
            .hint("nothing is signed before it is known whether another copy of yours has signed something")
            .hint("if you are sure that no other copy of your log exists: add --remote-unseen"))
    }

    /// Whether a file with this digest may be put into a slot of mine: nothing else was ever signed for it here, and
    /// this copy knows what was.
    ///
    /// # Errors
    /// It may not.
    pub(super) fn slot_is_free(&self, look: &mut Look, standing: &Standing, slot: &Slot, file: Digest) -> Result<()> {
        slot_is_unused(look, standing, slot)?;
        let other =
            self.journal.entries().iter().rfind(|said| said.slot.as_ref() == Some(slot) && said.content != Some(file));
        if let Some(kept) = other.and_then(|said| said.content) {
            // It may have left this machine in a push that failed, so it binds like a published one.
            let mut refused = Error::wrong(format!("you have signed another text for {} before", slot.path()));
            refused
                .causes
                .push("two different ones would convict you if both came to light (rule 4.equivocation)".to_owned());
            let path = self.journal.path_of(kept);
            return Err(refused.hint(format!("say the same again: --file {}", path.display())));
        }
        if *slot == Slot::Join { Ok(()) } else { self.knows_what_was_signed(look, standing) }
    }

    /// Section 6: a copy that has lost its journal uses no slot before the others have shown what they know.
    ///
    /// # Errors
    /// They have not.
    pub fn knows_what_was_signed(&self, look: &mut Look, standing: &Standing) -> Result<()> {
        let git_dir = self.own.log.git_dir();
        let unreadable = |e: crate::git::log::LogError| Error::trouble("cannot read what was recovered").because(&e);
        let recovered = Recovered::read(git_dir).map_err(unreadable)?;
        if self.has_lost_its_journal(look, standing, recovered.as_ref()) {
            return Err(Error::wrong("the journal of what you signed in this repository is gone")
                .hint("recover what the others know of your log: bicker recover"));
        }
        let Some(recovered) = recovered.filter(|recovered| !recovered.is_settled) else { return Ok(()) };
        let (have, missing) = acknowledged_since(look, standing, &recovered);
        let charter = &look.verification.history.index.charter;
        let needed = (charter.n() - charter.faults()).min(charter.n() - 1);
        if have >= needed {
            return recovered.settle(git_dir).map_err(unreadable);
        }
        let names: Vec<&str> = missing.iter().map(Name::as_str).collect();
        let mut wrong = Error::wrong("your log was recovered, and what you may have signed before is not certain yet");
        wrong.causes.push(format!(
            "{have} of the {needed} researchers needed have written since, on top of what was recovered; the others are {}",
            names.join(", ")
        ));
        Err(wrong
            .hint("wait until they have, then try again: bicker sync")
            .hint("if you are sure that you have signed nothing that is not shown here: bicker recover --sure"))
    }

    /// Whether my log here holds entries that neither the journal nor a recovery knows.
    pub(super) fn has_lost_its_journal(&self, look: &Look, standing: &Standing, recovered: Option<&Recovered>) -> bool {
        let head = standing.head.map(|at| look.verification.history.index.entry(at).id);
        let is_known = |recovered: &Recovered| !recovered.is_settled || Some(recovered.head) == head;
        head.is_some() && self.journal.entries().is_empty() && !recovered.is_some_and(is_known)
    }
}

/// How many others have written on top of what was recovered since then, and who has not.
fn acknowledged_since(look: &mut Look, standing: &Standing, recovered: &Recovered) -> (usize, BTreeSet<Name>) {
    let before = look.verification.history.reach(recovered.seen.iter().copied());
    let index = &look.verification.history.index;
    let head = index.find(recovered.head);
    let (mut have, mut missing) = (0, BTreeSet::new());
    for (author, name) in index.authors().filter(|(author, _)| *author != standing.me) {
        let wrote = index
            .entries_of(author)
            .iter()
            .any(|at| !index.holds(&before, *at) && head.is_none_or(|head| index.holds(&index.entry(*at).past, head)));
        match wrote {
            true => have += 1,
            false => drop(missing.insert(name.clone())),
        }
    }
    (have, missing)
}

/// Whether the log here has all entries of mine that are known, but for those that what is to be signed `joins`, and
/// ends with one: on a commit made by hand nothing can be built.
///
/// # Errors
/// It has not, or does not.
pub fn log_is_whole(look: &Look, standing: &Standing, joins: &[CommitId]) -> Result<()> {
    ends_with_an_entry(look, standing)?;
    let lost: Vec<String> = standing.lost.iter().filter(|id| !joins.contains(id)).map(CommitId::short).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let what = format!("this copy of your log lacks entries that you have signed: {}", lost.join(", "));
    Err(Error::wrong(what)
        .hint("catch up before you sign anything: bicker recover")
        .hint("if you have signed something here meanwhile: bicker heal"))
}

fn ends_with_an_entry(look: &Look, standing: &Standing) -> Result<()> {
    let history = &look.verification.history;
    let Some(head) = look.verification.seen.local else { return Ok(()) };
    let why = match history.node(head) {
        Some(Node::Genesis) => return Ok(()),
        Some(Node::Entry(at)) => match history.index.entry(*at).author {
            author if author == standing.me => return Ok(()),
            author => format!("it is an entry of {}", history.index.name(author)),
        },
        Some(Node::Faulty(fault, _)) => format!("{} (rule {})", fault.why, fault.rule),
        _ => "what it builds on is no entry".to_owned(),
    };
    let mut wrong = Error::wrong(format!("your branch ends with {}, which is no entry of yours", head.short()));
    wrong.causes.push(why);
    Err(wrong.hint("go back to your newest entry, texts kept: bicker heal"))
}

/// Section 3.slot, before anything is built: a second file in a slot is what convicts.
fn slot_is_unused(look: &Look, standing: &Standing, slot: &Slot) -> Result<()> {
    let index = &look.verification.history.index;
    let mut own = index.entries_of(standing.me).iter().map(|at| index.entry(*at));
    let Some(entry) = own.find(|entry| entry.added.as_ref().is_some_and(|added| added.slot == *slot)) else {
        return Ok(());
    };
    let mut refused = Error::wrong(format!("you have signed {} already, so this was not signed", slot.path()));
    refused.causes.push("two different ones would convict you (rule 3.slot)".to_owned());
    Err(refused.hint(format!("see what you signed: bicker show {}", entry.id.short())))
}

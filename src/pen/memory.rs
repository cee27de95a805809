//! What this copy remembers: its journal is taken into what is known, and a loss is noticed (section 6).
//!
//! Decides whether the journal is older than the log, as in a backup that was restored. When a copy without its memory may
//! use a slot again is decided by [`crate::protocol::memory`].

use std::collections::BTreeSet;

use super::binding::{known_to_contradict, past_of};
use super::{Pen, own_log, unreadable_journal};
use crate::error::{Error, Result};
use crate::git::journal::Intent;
use crate::look::Look;
use crate::protocol::commit::{COMMIT_MAX, Commit, parents_as_git_reads};
use crate::protocol::duty::Standing;
use crate::protocol::id::CommitId;
use crate::protocol::index::EntryIx;
use crate::protocol::memory::{NotYet, may_use};
use crate::protocol::object::{Object, ObjectKind, Objects};
use crate::protocol::past::{Author, Clock};
use crate::protocol::remedy;
use crate::protocol::seal;
use crate::protocol::slot::Slot;
use crate::protocol::verify::Remote;

/// Once so many entries can be condensed, they are.
const CONDENSE_AT: usize = 64;

impl Pen<'_> {
    /// Takes what the journal has into what is known of my log, and notices when the journal is older than the log. To
    /// be asked after each look.
    ///
    /// # Errors
    /// Something cannot be read, or the journal not written.
    pub fn remember(&mut self, look: &mut Look) -> Result<()> {
        let me = self.author(look)?;
        for commit in self.own.log.pushed() {
            take_in(look, commit, |_, _| true)?;
        }
        let signed: BTreeSet<CommitId> = self.signed_here()?.into_iter().collect();
        // What would convict me together with what is known is void, and so is what follows it: nobody sees it again.
        let mut void = BTreeSet::new();
        for intent in self.journal.entries() {
            let Some(commit) = intent.commit.filter(|commit| signed.contains(commit)) else { continue };
            let stands = |look: &mut Look, raw: &[u8]| {
                let past = past_of(look, raw);
                let follows_void = parents_as_git_reads(raw).iter().any(|parent| void.contains(parent));
                let statement = intent.file.as_ref().map(|(slot, file)| (slot, *file));
                let convicts = statement.is_some_and(|s| known_to_contradict(look, me, &past, s).next().is_some());
                !follows_void && !convicts
            };
            if !take_in(look, commit, stands)? {
                void.insert(commit);
            }
        }
        if self.is_older_than_the_log(look)? {
            self.journal.begin_anew().map_err(unreadable_journal)?;
        }
        Ok(())
    }

    /// What the journal says that I have signed, but for what waits to be finished.
    pub(super) fn signed_here(&self) -> Result<Vec<CommitId>> {
        let head = self.own.log.head().map_err(own_log)?;
        let waits = |intent: &&Intent| intent.begun.is_some_and(|begun| begun.first_parent == head);
        let last = self.journal.entries().last().filter(waits).and_then(|intent| intent.commit);
        let signed = self.journal.entries().iter().filter_map(|intent| intent.commit);
        Ok(signed.filter(|id| Some(*id) != last).collect())
    }

    /// The newest entries of mine that stand and that my log here lacks: what anybody has seen, and what was signed here.
    pub(super) fn astray(&self, look: &mut Look, standing: &Standing) -> Result<BTreeSet<CommitId>> {
        let signed = self.signed_here()?;
        let astray = remedy::lost(&mut look.verification, standing.me, &self.own.log.pushed(), &signed);
        Ok(astray.into_iter().chain(standing.lost.iter().copied()).collect())
    }

    /// Whether an entry of mine names this copy and the journal does not have it: then it was signed after the journal.
    fn is_older_than_the_log(&self, look: &Look) -> Result<bool> {
        let index = &look.verification.history.index;
        let known: BTreeSet<CommitId> = self.journal.entries().iter().filter_map(|intent| intent.commit).collect();
        let me = self.author(look)?;
        let foreign = index.entries_of(me).iter().map(|at| index.entry(*at).id).filter(|id| !known.contains(id));
        for id in foreign {
            let raw = match look.store.read(id.0, ObjectKind::Commit, COMMIT_MAX) {
                Ok(Object::Found(raw)) => raw,
                _ => continue,
            };
            let copy = Commit::parse(&raw).ok().and_then(|commit| seal::copy_of(&commit.message));
            if copy == Some(self.journal.copy()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The first entry that this copy signed after it had lost its memory, if it is known.
    fn mark(&self, look: &Look) -> Option<EntryIx> {
        look.verification.history.index.find(self.journal.mark()?)
    }

    /// Whether this copy has lost its memory and has not published anything since that could tell the others.
    pub fn needs_a_mark(&self) -> bool {
        !self.journal.is_whole() && self.journal.mark().is_none()
    }

    /// Whether a slot may be used by an entry with this past: by a copy that knows all that was signed, any may.
    ///
    /// # Errors
    /// It has lost its memory, and may not yet.
    pub fn memory_allows(&self, look: &Look, slot: &Slot, past: &Clock) -> Result<()> {
        if self.journal.is_whole() {
            return Ok(());
        }
        let index = &look.verification.history.index;
        may_use(index, past, self.mark(look), slot).map_err(|why| not_yet(slot, why))
    }

    /// Whether it may be said without asking anybody that nothing was ever signed with my key: nobody has anything of
    /// mine, all remotes answered, and the group has not begun.
    ///
    /// # Errors
    /// The charter does not name me.
    pub fn nothing_was_signed(&self, look: &Look) -> Result<bool> {
        Ok(look.asked
            && look.verification.seen.remotes.values().all(|remote| matches!(remote, Remote::Shown(_)))
            && !look.elsewhere.contains(&self.own.me)
            && !self.is_known(look)?
            && !has_begun(look))
    }

    /// Whether anybody has an entry of mine.
    ///
    /// # Errors
    /// The charter does not name me.
    pub fn is_known(&self, look: &Look) -> Result<bool> {
        let me: Author = self.author(look)?;
        Ok(!look.verification.history.index.entries_of(me).is_empty())
    }

    /// Whether this copy knows all that was signed with its key.
    pub const fn remembers_all(&self) -> bool {
        self.journal.is_whole()
    }

    /// Takes my owner's word, or what can be seen, that all that was ever signed with my key is known.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn trust_memory(&mut self) -> Result<()> {
        self.journal.be_whole().map_err(unreadable_journal)
    }

    /// Notes that it is not known here what was signed before.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn lose_memory(&mut self) -> Result<()> {
        self.journal.begin_anew().map_err(unreadable_journal)
    }

    /// Shortens the journal: what my own remote shows and belongs to a final step needs no bytes any more.
    ///
    /// # Errors
    /// The journal cannot be written anew.
    pub fn condense(&mut self, look: &mut Look) -> Result<()> {
        let shown = look.verification.seen.remotes.get(&self.own.me).and_then(Remote::shown);
        let published = look.verification.history.reach(shown);
        let index = &look.verification.history.index;
        let is_certain = |id: CommitId| {
            let Some(at) = index.find(id).filter(|at| index.holds(&published, *at)) else { return false };
            let step = index.entry(at).at().map(|at| at.step);
            step.is_none_or(|step| index.final_value(&published, step).is_some())
        };
        let begun = self.journal.entries().iter().filter(|intent| intent.begun.is_some());
        if begun.filter_map(|intent| intent.commit).filter(|id| is_certain(*id)).count() >= CONDENSE_AT {
            self.journal.condense(&is_certain).map_err(unreadable_journal)?;
        }
        Ok(())
    }
}

/// Takes an entry that is in my repository into what is known, if it `stands`. Gives whether it is known now or not here.
fn take_in(look: &mut Look, commit: CommitId, stands: impl FnOnce(&mut Look, &[u8]) -> bool) -> Result<bool> {
    if look.verification.history.index.find(commit).is_some() {
        return Ok(true);
    }
    let Ok(Object::Found(raw)) = look.store.read(commit.0, ObjectKind::Commit, COMMIT_MAX) else { return Ok(true) };
    if !stands(look, &raw) {
        return Ok(false);
    }
    let known = look.verification.history.extend(&look.store, commit);
    known.map(|()| true).map_err(|e| Error::trouble("cannot read your own log").because(&e))
}

/// Whether anybody has said more than that they join.
pub fn has_begun(look: &Look) -> bool {
    let index = &look.verification.history.index;
    index.entries().any(|(_, entry)| entry.added.as_ref().is_none_or(|added| added.slot != Slot::Join))
}

fn not_yet(slot: &Slot, why: NotYet) -> Error {
    let mut wrong = Error::wrong("this copy of your log does not know what you may have signed before");
    let step = slot.at().map_or(0, |at| at.step);
    wrong.causes.push(match why {
        NotYet::OutsideSteps => "you may have signed an accusation before, so none is signed".to_owned(),
        NotYet::NoMark => "the others do not know yet that this copy lost its memory; it tells them as soon as there is something new to cite".to_owned(),
        NotYet::Answers { .. } if step < 2 => {
            "you may already have signed something in step 1, so nothing more is signed in it; you take part again from step 2 on"
                .to_owned()
        }
        NotYet::Answers { have, needed } => format!(
            "you may already have signed something in step {step}: {needed} researchers must ratify step {} after you lost your memory, and {have} have so far; otherwise you take part again from step {} on",
            step - 1,
            step + 1
        ),
    });
    let wrong = match why {
        NotYet::OutsideSteps => wrong,
        NotYet::NoMark => wrong.hint("let them know: bicker sync"),
        NotYet::Answers { .. } => wrong.hint("until then, keep looking: bicker sync"),
    };
    wrong.hint("if you are sure that you have signed nothing that is not shown here: bicker recover --sure")
}

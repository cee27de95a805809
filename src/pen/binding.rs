//! What I have signed binds me: before a signature the new entry is held against all of it (section 6).
//!
//! Decides by the very function that finds proofs, so that nothing is signed which together with another entry of mine
//! would convict me: one that anybody has seen, or one that only the journal has. The latter may have left this machine in a
//! push that failed, so it binds like a published one, void or not. Only what was never signed binds nobody.

use super::{Pen, own_log, unreadable_journal};
use crate::error::{Error, Result};
use crate::git::journal::Intent;
use crate::look::Look;
use crate::protocol::commit::{parents_as_git_reads, with_signature};
use crate::protocol::evidence::{Proof, statements_prove};
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::index::Entry;
use crate::protocol::past::{Author, Clock};
use crate::protocol::slot::Slot;

impl Pen<'_> {
    /// Whether nothing that I have signed contradicts a file that an entry with this past would put into a slot; `itself`
    /// are the bytes of that entry, if it was begun before.
    ///
    /// # Errors
    /// Something does.
    pub fn nothing_contradicts(
        &self,
        look: &Look,
        past: &Clock,
        statement: (&Slot, Digest),
        itself: Option<Digest>,
    ) -> Result<()> {
        let me = self.author(look)?;
        let index = &look.verification.history.index;
        let intents = self.journal.entries();
        let is_itself = |intent: &Intent| itself.is_some_and(|unsigned| intent.is_of(unsigned));
        let entry = intents.iter().find(|intent| is_itself(intent)).and_then(|intent| intent.commit);
        if let Some((proof, said)) =
            known_to_contradict(look, me, past, statement).find(|(_, said)| Some(said.id) != entry)
        {
            let slot = said.added.as_ref().map_or(statement.0, |added| &added.slot);
            return Err(contradicted(proof, statement.0, slot, Some(said.id)));
        }
        // What the index has was judged with its place in the past; the rest stands beside everything.
        let is_known = |intent: &Intent| intent.commit.is_some_and(|id| index.find(id).is_some());
        for said in intents.iter().filter(|intent| intent.asked && !is_itself(intent) && !is_known(intent)) {
            let Some((slot, file)) = &said.file else { continue };
            if let Some(proof) = statements_prove(statement, (slot, *file), true) {
                return Err(contradicted(proof, statement.0, slot, said.commit));
            }
        }
        Ok(())
    }

    /// Signs once more, with the same bytes, what was begun on top of another entry than my newest one and never got any
    /// further: then it is known like the rest, and can be joined. What can stand no more is left as it is.
    ///
    /// # Errors
    /// Something cannot be read, signed or written.
    pub fn sign_what_was_left(&mut self, look: &mut Look) -> Result<()> {
        let head = self.own.log.head().map_err(own_log)?;
        let me = self.author(look)?;
        let waiting = self.waiting(head).map(|(_, begun)| begun.unsigned);
        let index = &look.verification.history.index;
        let is_left = |intent: &&Intent| {
            let is_known = intent.commit.is_some_and(|id| index.find(id).is_some());
            intent.asked && !is_known && !waiting.is_some_and(|unsigned| intent.is_of(unsigned))
        };
        let left: Vec<Intent> = self.journal.entries().iter().filter(is_left).cloned().collect();
        for intent in left {
            let Some(begun) = intent.begun else { continue };
            let unsigned = self.journal.unsigned(begun.unsigned).map_err(unreadable_journal)?;
            if !self.make_its_tree(look, me, &intent, &unsigned)? || self.judge(look, me, &unsigned).is_err() {
                continue;
            }
            let signature = self.sign(look, &unsigned)?;
            let commit = self.own.log.write_commit(&with_signature(&unsigned, &signature.armour())).map_err(own_log)?;
            // The next one may build on it.
            let known = look.verification.history.extend(&look.store, commit);
            known.map_err(|e| Error::trouble("cannot read your own log").because(&e))?;
        }
        self.remember(look)
    }

    /// Sees to it that the tree of an intent and what it cites are here; git may have cleared them away. Gives whether all
    /// parents are known.
    fn make_its_tree(&self, look: &Look, me: Author, intent: &Intent, unsigned: &[u8]) -> Result<bool> {
        let index = &look.verification.history.index;
        let (mut trees, mut ids) = (Vec::new(), Vec::new());
        for parent in parents_as_git_reads(unsigned) {
            match index.find(parent) {
                Some(at) => {
                    let entry = index.entry(at);
                    trees.extend((entry.author == me).then_some(entry.tree));
                    ids.push(parent);
                }
                None if parent == index.genesis.commit => trees.push(index.genesis.tree),
                None => return Ok(false),
            }
        }
        self.own.log.copy_from(look.cache.repository(), &ids).map_err(own_log)?;
        let file = match &intent.file {
            Some((slot, content)) => Some((slot, self.journal.unsigned(*content).map_err(unreadable_journal)?)),
            None => None,
        };
        let file = file.as_ref().map(|(slot, bytes)| (*slot, bytes.as_slice()));
        Ok(self.own.log.build_tree(&trees, file).is_ok())
    }
}

/// What is known of mine that proves misbehaviour together with a statement in an entry with this past.
pub(super) fn known_to_contradict<'a>(
    look: &'a Look,
    me: Author,
    past: &'a Clock,
    statement: (&'a Slot, Digest),
) -> impl Iterator<Item = (Proof, &'a Entry)> {
    let index = &look.verification.history.index;
    index.entries_of(me).iter().filter_map(move |at| {
        let entry = index.entry(*at);
        let said = entry.added.as_ref()?;
        let proof = statements_prove(statement, (&said.slot, said.digest), !index.holds(past, *at))?;
        Some((proof, entry))
    })
}

/// The past that a commit with these parents has.
pub(super) fn past_of(look: &mut Look, unsigned: &[u8]) -> Clock {
    let index = &mut look.verification.history.index;
    let parents: Vec<_> = parents_as_git_reads(unsigned).into_iter().filter_map(|id| index.find(id)).collect();
    index.reach_of(parents)
}

fn contradicted(proof: Proof, slot: &Slot, other: &Slot, commit: Option<CommitId>) -> Error {
    let named = commit.map_or_else(String::new, |id| format!(" ({})", id.short()));
    let mut wrong = Error::wrong(match proof {
        Proof::Equivocation => format!("you have already signed a different text for {}{named}", slot.path()),
        Proof::Contradiction => format!("you have already signed {}{named}, which conflicts with this", other.path()),
    });
    wrong.causes.push(format!("the two would convict you if both came to light (rule 4.{})", proof.as_str()));
    wrong
        .hint("to bring that back into your log, if it can still stand: bicker heal")
        .hint("see where things stand: bicker status")
}

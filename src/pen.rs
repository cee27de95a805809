//! The pen: writes one entry of mine, and cannot equivocate by accident.
//!
//! Before every signature (section 6): my own remote is asked and everyone's pasts are searched for entries
//! of mine that this copy lacks; the entry is judged by the same rules as everyone's, and held against all that I ever
//! signed; what is about to be signed is in the journal, on the disk. A crash anywhere leaves an entry that the next command finishes
//! with the same bytes, or one that nobody has seen. One process signs at a time.

mod binding;
mod current;
mod memory;
mod mend;
mod publish;
mod unsealed;

pub use current::log_is_whole;
pub use memory::has_begun;
pub use mend::Mended;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};
use crate::git::journal::{Begun, Intent, Journal, JournalError};
use crate::git::log::LogError;
use crate::git::relocated;
use crate::git::sign::Signer;
use crate::look::Look;
use crate::place::{Own, Place};
use crate::protocol::citing::with_evidence;
use crate::protocol::commit::{self, Commit, Person, parents_as_git_reads};
use crate::protocol::duty::{Standing, standing};
use crate::protocol::file::{FILE_MAX, File};
use crate::protocol::genesis::object_id;
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::index::{Added, EntryIx};
use crate::protocol::object::{Object, ObjectKind, Objects};
use crate::protocol::past::Author;
use crate::protocol::seal;
use crate::protocol::signature::SshSignature;
use crate::protocol::slot::Slot;
use crate::protocol::validity::{self, Invalid};
use crate::protocol::wellformed::{self, Checked, Signer as SignedBy, expected_seal};

/// An entry to be written.
#[derive(Debug)]
pub struct Draft {
    /// The file and its slot; `None` for an acknowledgement.
    pub file: Option<(Slot, File)>,
    /// The first line of the commit's message.
    pub subject: String,
    /// Entries to cite whatever the manners say: the evidence of an accusation.
    pub evidence: Vec<EntryIx>,
}

/// An entry written.
#[derive(Debug)]
pub struct Written {
    /// The new head of my log.
    pub commit: CommitId,
    /// Where files of mine are now that stood in its way in the work tree; or why the work tree does not show it.
    pub shown: Result<Vec<PathBuf>, String>,
}

/// A pen, held by one process at a time.
#[derive(Debug)]
pub struct Pen<'a> {
    place: &'a Place,
    own: &'a Own,
    journal: Journal,
    /// Write even though my own remote cannot be reached: the person was told what is risked.
    pub own_remote_unseen: bool,
}

impl<'a> Pen<'a> {
    /// Takes the pen of a researcher's repository.
    ///
    /// # Errors
    /// This is an observer's place, another process writes, or the journal cannot be read.
    pub fn take(place: &'a Place) -> Result<Self> {
        let own = place.own()?;
        let journal = Journal::open(own.log.git_dir()).map_err(unreadable_journal)?;
        Ok(Self { place, own, journal, own_remote_unseen: false })
    }

    /// Takes the pen after a look, so that nobody waits for it while remotes are asked. What another process of this copy
    /// has signed meanwhile is judged with the rest.
    ///
    /// # Errors
    /// As for [`Pen::take`], or objects cannot be read.
    pub fn take_after(place: &'a Place, look: &mut Look) -> Result<Self> {
        let pen = Self::take(place)?;
        if look.verification.seen.local != Some(pen.own.log.head().map_err(own_log)?) {
            look.judge_again(place)?;
        }
        Ok(pen)
    }

    /// Finishes an entry that an earlier command had begun to sign when it was interrupted. The same bytes
    /// are signed, so it does not matter whether the signature had been made.
    ///
    /// # Errors
    /// As for [`Pen::write`].
    pub fn finish_interrupted(&mut self, look: &mut Look) -> Result<Option<(Option<Slot>, Written)>> {
        let head = self.own.log.head().map_err(own_log)?;
        let Some((intent, begun)) = self.waiting(head) else { return Ok(None) };
        let unsigned = self.journal.unsigned(begun.unsigned).map_err(unreadable_journal)?;
        let standing = self.standing(look)?;
        // A repair that was interrupted brings in what this copy lacks.
        match parents_as_git_reads(&unsigned).iter().skip(1).any(|parent| standing.lost.contains(parent)) {
            true => self.remote_was_asked(look)?,
            false => self.copy_is_current(look, &standing)?,
        }
        self.judge(look, standing.me, &unsigned)?;
        let written = self.sign_and_advance(look, head, &unsigned, "finish what was interrupted")?;
        Ok(Some((intent.file.map(|(slot, _)| slot), written)))
    }

    /// What was begun on top of my newest entry and is not finished.
    fn waiting(&self, head: CommitId) -> Option<(Intent, Begun)> {
        let last = self.journal.entries().last()?;
        let begun = last.begun.filter(|begun| begun.first_parent == head)?;
        Some((last.clone(), begun))
    }

    /// Shows my newest entry in the work tree if a crash came between signing it and showing it.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn show_what_was_finished(&self) -> Result<Option<Result<Vec<PathBuf>, String>>> {
        let head = self.own.log.head().map_err(own_log)?;
        let Some(Intent { file: Some((slot, _)), begun: Some(begun), .. }) = self.journal.entries().last() else {
            return Ok(None);
        };
        let (path, first_parent) = (slot.path(), begun.first_parent);
        if self.own.log.first_parent(head).map_err(own_log)? != Some(first_parent)
            || !self.own.log.holds(head, &path).map_err(own_log)?
            || self.own.log.is_staged(&path).map_err(own_log)?
        {
            return Ok(None);
        }
        Ok(Some(self.own.log.show_in_work_tree(Some(first_parent), head).map_err(|e| e.to_string())))
    }

    /// Where my next entry would stand.
    ///
    /// # Errors
    /// The charter does not name me.
    pub fn standing(&self, look: &mut Look) -> Result<Standing> {
        let me = self.author(look)?;
        Ok(standing(&mut look.verification, me))
    }

    /// Writes an entry: judged, journalled, signed, and only then the head of my log.
    ///
    /// # Errors
    /// This copy of my log is old or forked; the entry would not be well-formed or not valid; or something
    /// cannot be read, signed or written. Then nothing was added to the log.
    pub fn write(&mut self, look: &mut Look, draft: &Draft) -> Result<Written> {
        let standing = self.standing(look)?;
        self.copy_is_current(look, &standing)?;
        if let Some((slot, file)) = &draft.file {
            self.slot_is_free(look, &standing, slot, Digest::of(file.print().as_bytes()))?;
        }
        let head = self.own.log.head().map_err(own_log)?;
        let cited = self.bring_in(look, &standing, &draft.evidence)?;
        let ids: Vec<CommitId> = cited.iter().map(|at| look.verification.history.index.entry(*at).id).collect();

        let bytes = draft.file.as_ref().map(|(slot, file)| (slot, file.print().into_bytes()));
        let index = &look.verification.history.index;
        let tree = standing.head.map_or(index.genesis.tree, |at| index.entry(at).tree);
        let file = bytes.as_ref().map(|(slot, bytes)| (*slot, bytes.as_slice()));
        let tree = self.own.log.build_tree(&[tree], file).map_err(own_log)?;
        let parents: Vec<Option<EntryIx>> =
            std::iter::once(standing.head).chain(cited.iter().copied().map(Some)).collect();
        let digest = file.map(|(slot, bytes)| (slot, Digest::of(bytes)));
        let sealed = expected_seal(index, &parents, digest);
        let person = self.person(now());
        let parent_ids: Vec<CommitId> = std::iter::once(head).chain(ids).collect();
        let message = seal::append(&seal::name_copy(&draft.subject, self.journal.copy()), &sealed);
        let unsigned = Commit::unsigned(tree, &parent_ids, &person, &person, &message);
        self.put(look, standing.me, file, &unsigned, &draft.subject)
    }

    /// Judges, journals and signs a commit, and makes it the head of my log.
    fn put(
        &mut self,
        look: &mut Look,
        me: Author,
        file: Option<(&Slot, &[u8])>,
        unsigned: &[u8],
        subject: &str,
    ) -> Result<Written> {
        let head = self.own.log.head().map_err(own_log)?;
        self.judge(look, me, unsigned)?;
        self.journal.record(head, unsigned, file).map_err(unreadable_journal)?;
        self.sign_and_advance(look, head, unsigned, subject)
    }

    /// Signs a commit that git is about to make: the choke point through which every commit of this repository
    /// goes, however it came about (`--amend`, `rebase`, `--no-verify`). Git writes the commit itself.
    ///
    /// # Errors
    /// It does not follow my newest entry, an earlier entry waits to be finished, or it would not count. Then
    /// nothing is signed.
    pub fn sign_for_git(&mut self, look: &mut Look, unsigned: &[u8]) -> Result<SshSignature> {
        self.remember(look)?;
        let standing = self.standing(look)?;
        self.copy_is_current(look, &standing)?;
        let head = self.own.log.head().map_err(own_log)?;
        let first = parents_as_git_reads(unsigned).first().copied();
        if first != Some(head) {
            return Err(Error::wrong("this commit does not follow your newest entry, so it was not signed")
                .hint("a signed entry cannot be changed, moved or replaced"));
        }
        let digest = Digest::of(unsigned);
        if self.waiting(head).is_some_and(|(_, begun)| begun.unsigned != digest) {
            return Err(Error::wrong("an earlier entry was started and not finished, so nothing else is signed")
                .hint("finish it: bicker sync"));
        }
        let added = self.judge(look, standing.me, unsigned)?;
        let file = match &added {
            None => None,
            Some(added) => {
                self.slot_is_free(look, &standing, &added.slot, added.digest)?;
                Some((&added.slot, read_blob(look, added)?))
            }
        };
        let file = file.as_ref().map(|(slot, bytes)| (*slot, bytes.as_slice()));
        self.journal.record(head, unsigned, file).map_err(unreadable_journal)?;
        self.sign(look, unsigned)
    }

    /// Whether an entry of mine for this slot could count at all, whatever it says.
    ///
    /// # Errors
    /// It could not, or a copy without memory may not use that slot yet.
    pub fn may_count(&self, look: &Look, standing: &Standing, slot: &Slot) -> Result<()> {
        let index = &look.verification.history.index;
        self.memory_allows(look, slot, &standing.view)?;
        validity::possible(index, standing.me, &standing.view, slot).map_err(|invalid| would_not_count(&invalid))
    }

    fn author(&self, look: &Look) -> Result<Author> {
        let index = &look.verification.history.index;
        index.author(&self.own.me).ok_or_else(|| Error::usage(format!("the charter has no researcher {}", self.own.me)))
    }

    /// Judges an unsigned commit of mine by all rules but 2.signature, holds it against all that I have signed and
    /// remember, and tells which file it adds.
    fn judge(&self, look: &mut Look, me: Author, unsigned: &[u8]) -> Result<Option<Added>> {
        let added = self.judge_alone(look, me, unsigned)?;
        if let Some(added) = &added {
            let past = binding::past_of(look, unsigned);
            self.nothing_contradicts(look, &past, (&added.slot, added.digest), Some(Digest::of(unsigned)))?;
            self.memory_allows(look, &added.slot, &past)?;
        }
        Ok(added)
    }

    fn judge_alone(&self, look: &mut Look, me: Author, unsigned: &[u8]) -> Result<Option<Added>> {
        let id = CommitId(object_id("commit", unsigned));
        let index = &mut look.verification.history.index;
        let checked = wellformed::check(index, &look.store, id, unsigned, SignedBy::AboutToSign(me));
        match checked.map_err(|e| Error::trouble("cannot read an object").because(&e))? {
            Checked::Entry(entry) => {
                let added = entry.added().cloned();
                validity::preview(index, *entry).map(|()| added).map_err(|invalid| would_not_count(&invalid))
            }
            Checked::Fault(fault) if fault.rule == "2.seal" => Err(unsealed::told(&self.own.log, unsigned)),
            Checked::Fault(fault) => Err(Error::wrong(format!(
                "not signed: this would not be a valid entry: {} (rule {})",
                fault.why, fault.rule
            ))
            .hint("an entry adds one new file and changes nothing else; see what there is to write: bicker status")),
            Checked::Incomplete => {
                Err(Error::trouble("an object that the entry needs is missing").hint("fetch again: bicker sync"))
            }
        }
    }

    /// Signs what is in the journal, and checks what came of it by the rules that everyone's entries are checked by.
    fn sign(&mut self, look: &mut Look, unsigned: &[u8]) -> Result<SshSignature> {
        let row = self.place.my_row()?;
        let signer = Signer::open(&self.own.key, &row.key).map_err(|e| {
            let moved =
                relocated::key(&self.own.log).map(|_| format!("it was moved; find it again: {}", relocated::MEND));
            let hint = moved.or_else(|| e.hint_where_bicker_key_names_it(&row.key));
            Error::usage(format!("cannot sign with {}", self.own.key.display())).because(&e).maybe_hint(hint)
        })?;
        let digest = Digest::of(unsigned);
        self.journal.ask(digest).map_err(unreadable_journal)?;
        let signature = signer
            .sign(unsigned)
            .map_err(|e| Error::trouble("the entry was not signed").because(&e).maybe_hint(e.hint()))
            .map_err(|e| e.hint("then finish it with the same words: bicker sync"))?;
        let raw = commit::with_signature(unsigned, &signature.armour());
        let index = &mut look.verification.history.index;
        let id = CommitId(object_id("commit", &raw));
        match wellformed::check(index, &look.store, id, &raw, SignedBy::Signature) {
            Ok(Checked::Entry(_)) => {
                self.journal.signed(digest, id).map_err(unreadable_journal)?;
                Ok(signature)
            }
            Ok(Checked::Fault(fault)) => Err(Error::trouble(format!("what was signed is not an entry: {}", fault.why))),
            Ok(Checked::Incomplete) => Err(Error::trouble("an object that the entry needs is missing")),
            Err(e) => Err(Error::trouble("cannot read an object").because(&e)),
        }
    }

    fn sign_and_advance(&mut self, look: &mut Look, head: CommitId, unsigned: &[u8], subject: &str) -> Result<Written> {
        let signature = self.sign(look, unsigned)?;
        let raw = commit::with_signature(unsigned, &signature.armour());
        let commit = self.own.log.write_commit(&raw).map_err(own_log)?;
        self.own.log.advance(head, commit, &format!("bicker: {subject}")).map_err(own_log)?;
        look.verification
            .take_in(&look.store, commit)
            .map_err(|e| Error::trouble("the entry was written, but cannot be read back").because(&e))?;
        // The entry stands, whether or not the work tree can show it.
        let shown = self.own.log.show_in_work_tree(Some(head), commit).map_err(|e| e.in_a_line());
        Ok(Written { commit, shown })
    }

    /// Brings what an entry is to cite into my repository, and tells what that is.
    ///
    /// # Errors
    /// Something cannot be copied.
    pub fn bring_in(&self, look: &Look, standing: &Standing, evidence: &[EntryIx]) -> Result<Vec<EntryIx>> {
        let index = &look.verification.history.index;
        let cited = with_evidence(index, &standing.own, &standing.cite, evidence);
        let ids: Vec<CommitId> = cited.iter().map(|at| index.entry(*at).id).collect();
        self.own.log.copy_from(look.cache.repository(), &ids).map_err(own_log)?;
        self.remember_heads(look, &cited)?;
        Ok(cited)
    }

    fn remember_heads(&self, look: &Look, cited: &[EntryIx]) -> Result<()> {
        let index = &look.verification.history.index;
        for entry in cited.iter().map(|at| index.entry(*at)) {
            self.own.log.cite(index.name(entry.author), entry.id).map_err(own_log)?;
        }
        Ok(())
    }

    fn person(&self, seconds: u64) -> Person {
        let (name, email) = self.own.log.identity(&self.own.me);
        Person { name, email, seconds, offset: "+0000".to_owned() }
    }
}

fn would_not_count(invalid: &Invalid) -> Error {
    Error::wrong(format!("not signed: it would not count, because {} (rule {})", invalid.why, invalid.rule))
        .hint("see where things stand: bicker status")
}

fn read_blob(look: &Look, added: &Added) -> Result<Vec<u8>> {
    match look.store.read(added.blob, ObjectKind::Blob, FILE_MAX) {
        Ok(Object::Found(bytes)) => Ok(bytes),
        _ => Err(Error::trouble(format!("the file {} cannot be read", added.slot.path()))),
    }
}

/// The time for people to read in a commit, in seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn own_log(e: LogError) -> Error {
    Error::trouble("cannot use your own repository").because(&e).maybe_hint(e.hint())
}

fn unreadable_journal(e: JournalError) -> Error {
    Error::trouble("the journal of what you signed cannot be used, so nothing was signed")
        .because(&e)
        .maybe_hint(e.hint())
}

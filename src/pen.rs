//! The pen: writes one entry of mine, and cannot equivocate by accident.
//!
//! Before every signature (section 6): my own remote is asked and everyone's pasts are searched for entries
//! of mine that this copy lacks; the entry is judged by the same rules as everyone's; what is about to be
//! signed is in the journal, on the disk. A crash anywhere leaves an entry that the next command finishes
//! with the same bytes, or one that nobody has seen. One process signs at a time.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result};
use crate::git::journal::{Intent, Journal, JournalError};
use crate::git::log::LogError;
use crate::git::push::{Pushed, push};
use crate::git::sign::Signer;
use crate::look::Look;
use crate::place::{Own, Place};
use crate::protocol::commit::{self, Commit, Person, parents_as_git_reads};
use crate::protocol::duty::{Standing, standing};
use crate::protocol::file::{FILE_MAX, File};
use crate::protocol::genesis::object_id;
use crate::protocol::history::Node;
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::index::{Added, EntryIx};
use crate::protocol::object::{Object, ObjectKind, Objects};
use crate::protocol::past::Author;
use crate::protocol::seal;
use crate::protocol::signature::SshSignature;
use crate::protocol::slot::Slot;
use crate::protocol::validity;
use crate::protocol::verify::Remote;
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

    /// Finishes an entry that an earlier command had begun to sign when it was interrupted. The same bytes
    /// are signed, so it does not matter whether the signature had been made.
    ///
    /// # Errors
    /// As for [`Pen::write`].
    pub fn finish_interrupted(&mut self, look: &mut Look) -> Result<Option<(Option<Slot>, Written)>> {
        let head = self.own.log.head().map_err(own_log)?;
        let Some(intent) = self.journal.entries().last().filter(|intent| intent.first_parent == head).cloned() else {
            return Ok(None);
        };
        let standing = self.standing(look)?;
        self.copy_is_current(look, &standing)?;
        let unsigned = self.journal.unsigned(&intent).map_err(unreadable_journal)?;
        self.judge(look, standing.me, &unsigned)?;
        let written = self.sign_and_advance(look, head, &unsigned, "finish what was interrupted")?;
        Ok(Some((intent.slot, written)))
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
        if let Some((slot, _)) = &draft.file {
            slot_is_free(look, &standing, slot)?;
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
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let person = self.person(seconds);
        let parent_ids: Vec<CommitId> = std::iter::once(head).chain(ids).collect();
        let message = seal::append(&draft.subject, &sealed);
        let unsigned = Commit::unsigned(tree, &parent_ids, &person, &person, &message);

        self.judge(look, standing.me, &unsigned)?;
        let intent = Intent {
            slot: draft.file.as_ref().map(|(slot, _)| slot.clone()),
            content: digest.map(|(_, digest)| digest),
            first_parent: head,
            seal: sealed,
            seconds,
            unsigned: Digest::of(&unsigned),
        };
        self.journal.record(&intent, &unsigned, file.map(|(_, bytes)| bytes)).map_err(unreadable_journal)?;
        self.sign_and_advance(look, head, &unsigned, &draft.subject)
    }

    /// Signs a commit that git is about to make: the choke point through which every commit of this repository
    /// goes, however it came about (`--amend`, `rebase`, `--no-verify`). Git writes the commit itself.
    ///
    /// # Errors
    /// It does not follow my newest entry, an earlier entry waits to be finished, or it would not count. Then
    /// nothing is signed.
    pub fn sign_for_git(&mut self, look: &mut Look, unsigned: &[u8]) -> Result<SshSignature> {
        let standing = self.standing(look)?;
        self.copy_is_current(look, &standing)?;
        let head = self.own.log.head().map_err(own_log)?;
        let first = parents_as_git_reads(unsigned).first().copied();
        if first != Some(head) {
            return Err(Error::wrong("this commit does not follow your newest entry, so it was not signed")
                .hint("an entry that is signed cannot be changed, moved or replaced")
                .hint("if git stopped in the middle of something: git rebase --abort, or git merge --abort"));
        }
        let begun = self.journal.entries().last().filter(|intent| intent.first_parent == head);
        let digest = Digest::of(unsigned);
        if begun.is_some_and(|intent| intent.unsigned != digest) {
            return Err(Error::wrong("an earlier entry was signed and not finished, so nothing else is signed")
                .hint("finish it: bicker sync"));
        }
        let added = self.judge(look, standing.me, unsigned)?;
        let commit = Commit::parse(unsigned).map_err(|e| Error::wrong("this is no commit for a log").because(&e))?;
        let file = added.as_ref().map(|added| read_blob(look, added)).transpose()?;
        let seal = seal::of(&commit.message).ok_or_else(|| Error::wrong("the message has no seal"))?;
        let intent = Intent {
            slot: added.as_ref().map(|added| added.slot.clone()),
            content: added.as_ref().map(|added| added.digest),
            first_parent: head,
            seal,
            seconds: commit.committer.seconds,
            unsigned: digest,
        };
        self.journal.record(&intent, unsigned, file.as_deref()).map_err(unreadable_journal)?;
        self.sign(look, unsigned)
    }

    /// Publishes my log.
    ///
    /// # Errors
    /// The remote could not be reached, refused, or holds something that this copy lacks.
    pub fn publish(&self, look: &mut Look) -> Result<CommitId> {
        let standing = self.standing(look)?;
        self.copy_is_current(look, &standing)?;
        let head = self.own.log.head().map_err(own_log)?;
        let row = self.place.my_row()?;
        let there = look.verification.seen.remotes.get(&self.own.me).and_then(Remote::shown);
        if let Some(there) = there.filter(|there| !self.is_behind(look, *there)) {
            return Err(Error::wrong(format!(
                "your remote shows {}, which your log does not build on, so nothing was pushed",
                there.short()
            ))
            .hint("see what it is: bicker verify")
            .hint("if it is not yours, ask whoever runs the remote; your log is safe here"));
        }
        match push(self.own.log.git_dir(), row.remote.as_str(), head, row.branch.as_str(), there, PUSH_TIMEOUT) {
            Pushed::Pushed | Pushed::UpToDate => Ok(head),
            Pushed::Stale => Err(Error::trouble("your remote holds something that this copy of your log lacks")
                .hint("see what it is: bicker sync")),
            Pushed::Unreachable(why) => {
                Err(Error::trouble(format!("your remote {} could not be reached: {why}", row.remote))
                    .hint("your entry is safe here; publish it later with: bicker sync"))
            }
            Pushed::Rejected(why) => Err(Error::wrong(format!("your remote {} refused the push: {why}", row.remote))
                .hint("your entry is safe here; ask whoever runs the remote, then: bicker sync")),
        }
    }

    /// Whether my log, as it stands here, builds on what my remote shows.
    fn is_behind(&self, look: &Look, there: CommitId) -> bool {
        let index = &look.verification.history.index;
        let local = look.verification.seen.local.and_then(|head| index.find(head)).map(|at| index.entry(at));
        let known = index.find(there);
        there == index.genesis.commit
            || known.zip(local).is_some_and(|(at, local)| local.id == there || index.holds(&local.past, at))
    }

    fn author(&self, look: &Look) -> Result<Author> {
        let index = &look.verification.history.index;
        index.author(&self.own.me).ok_or_else(|| Error::usage(format!("the charter has no researcher {}", self.own.me)))
    }

    /// Section 6: nothing is signed by a copy that lacks entries of mine, or while my remote is out of sight.
    fn copy_is_current(&self, look: &Look, standing: &Standing) -> Result<()> {
        head_is_an_entry(look)?;
        if !standing.lost.is_empty() {
            let list: Vec<String> = standing.lost.iter().map(CommitId::short).collect();
            let what = format!("this copy of your log lacks entries that you have signed: {}", list.join(", "));
            return Err(Error::wrong(what)
                .hint("catch up before you sign anything: git pull --ff-only origin")
                .hint("if you wrote in two places at once, your log is forked: write no more in either and ask the others before you go on"));
        }
        match look.verification.seen.remotes.get(&self.own.me) {
            Some(Remote::Shown(_)) => Ok(()),
            _ if self.own_remote_unseen => Ok(()),
            Some(Remote::Unreachable | Remote::Refused { .. }) => {
                let why = look.unreached.get(&self.own.me).map_or("what it sent was refused", String::as_str);
                Err(Error::trouble(format!("your own remote cannot be read: {why}"))
                    .hint("nothing is signed before it is known whether another copy of yours has signed something")
                    .hint("if you are sure that no other copy of your log exists: add --remote-unseen"))
            }
            None => Err(Error::trouble("your own remote was not asked")),
        }
    }

    /// Judges an unsigned commit of mine by all rules but 2.signature, and tells which file it adds.
    fn judge(&self, look: &mut Look, me: Author, unsigned: &[u8]) -> Result<Option<Added>> {
        let id = CommitId(object_id("commit", unsigned));
        let index = &mut look.verification.history.index;
        let checked = wellformed::check(index, &look.store, id, unsigned, SignedBy::AboutToSign(me));
        match checked.map_err(|e| Error::trouble("cannot read an object").because(&e))? {
            Checked::Entry(entry) => {
                let added = entry.added().cloned();
                validity::preview(index, *entry).map(|()| added).map_err(|invalid| {
                    let why = format!("{} (rule {})", invalid.why, invalid.rule);
                    Error::wrong(format!("this would not count, so it was not signed: {why}"))
                        .hint("see where the step stands: bicker status")
                })
            }
            Checked::Fault(fault) => Err(Error::wrong(format!(
                "this would be no entry, so it was not signed: {} (rule {})",
                fault.why, fault.rule
            ))),
            Checked::Incomplete => {
                Err(Error::trouble("an object that the entry needs is missing").hint("fetch again: bicker sync"))
            }
        }
    }

    /// Signs, and checks what came of it by the rules that everyone's entries are checked by.
    fn sign(&self, look: &mut Look, unsigned: &[u8]) -> Result<SshSignature> {
        let row = self.place.my_row()?;
        let signer = Signer::open(&self.own.key, &row.key).map_err(|e| {
            Error::usage(format!("cannot sign with {}", self.own.key.display())).because(&e).maybe_hint(e.hint())
        })?;
        let signature = signer
            .sign(unsigned)
            .map_err(|e| Error::trouble("the entry was not signed").because(&e).maybe_hint(e.hint()))?;
        let raw = commit::with_signature(unsigned, &signature.armour());
        let index = &mut look.verification.history.index;
        let id = CommitId(object_id("commit", &raw));
        match wellformed::check(index, &look.store, id, &raw, SignedBy::Signature) {
            Ok(Checked::Entry(_)) => Ok(signature),
            Ok(Checked::Fault(fault)) => Err(Error::trouble(format!("what was signed is no entry: {}", fault.why))),
            Ok(Checked::Incomplete) => Err(Error::trouble("an object that the entry needs is missing")),
            Err(e) => Err(Error::trouble("cannot read an object").because(&e)),
        }
    }

    fn sign_and_advance(&self, look: &mut Look, head: CommitId, unsigned: &[u8], subject: &str) -> Result<Written> {
        let signature = self.sign(look, unsigned)?;
        let raw = commit::with_signature(unsigned, &signature.armour());
        let commit = self.own.log.write_commit(&raw).map_err(own_log)?;
        self.own.log.advance(head, commit, &format!("bicker: {subject}")).map_err(own_log)?;
        look.verification
            .take_in(&look.store, commit)
            .map_err(|e| Error::trouble("the entry was written, but cannot be read back").because(&e))?;
        // The entry stands, whether or not the work tree can show it.
        let shown = self.own.log.show_in_work_tree(Some(head), commit).map_err(|e| e.to_string());
        Ok(Written { commit, shown })
    }

    /// Brings what an entry is to cite into my repository, and tells what that is.
    ///
    /// # Errors
    /// Something cannot be copied.
    pub fn bring_in(&self, look: &Look, standing: &Standing, evidence: &[EntryIx]) -> Result<Vec<EntryIx>> {
        let cited = cited(look, standing, evidence);
        let ids: Vec<CommitId> = cited.iter().map(|at| look.verification.history.index.entry(*at).id).collect();
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

fn read_blob(look: &Look, added: &Added) -> Result<Vec<u8>> {
    match look.store.read(added.blob, ObjectKind::Blob, FILE_MAX) {
        Ok(Object::Found(bytes)) => Ok(bytes),
        _ => Err(Error::trouble(format!("the file {} cannot be read", added.slot.path()))),
    }
}

/// Nothing can be built on a branch that ends with a commit that is no entry, say one made by hand.
///
/// # Errors
/// The branch ends so.
pub fn head_is_an_entry(look: &Look) -> Result<()> {
    let history = &look.verification.history;
    let Some(head) = look.verification.seen.local else { return Ok(()) };
    let why = match history.node(head) {
        Some(Node::Entry(_) | Node::Genesis) => return Ok(()),
        Some(Node::Faulty(fault, _)) => format!("{} (rule {})", fault.why, fault.rule),
        _ => "what it builds on is no entry".to_owned(),
    };
    let newest = history.reached(head).entries.into_iter().map(|at| history.index.entry(at).id).next();
    let back = newest.unwrap_or(history.index.genesis.commit);
    let mut wrong = Error::wrong(format!("your branch ends with {}, which is no entry", head.short()));
    wrong.causes.push(why);
    Err(wrong.hint(format!("go back to your newest entry, files kept: git reset --keep {}", back.short())))
}

/// Section 3.slot, before anything is built: a second file in a slot is what convicts.
fn slot_is_free(look: &Look, standing: &Standing, slot: &Slot) -> Result<()> {
    let index = &look.verification.history.index;
    let mut own = index.entries_of(standing.me).iter().map(|at| index.entry(*at));
    let Some(entry) = own.find(|entry| entry.added.as_ref().is_some_and(|added| added.slot == *slot)) else {
        return Ok(());
    };
    let mut refused = Error::wrong(format!("you have signed {} already, so this was not signed", slot.path()));
    refused.causes.push("two different ones would convict you (rule 3.slot)".to_owned());
    Err(refused.hint(format!("see what you signed: bicker show {}", entry.id.short())))
}

const PUSH_TIMEOUT: Duration = Duration::from_secs(120);

/// The citations of an entry: what the manners allow, and evidence in any case; nothing that another of them
/// or my own log has in its past.
fn cited(look: &Look, standing: &Standing, evidence: &[EntryIx]) -> Vec<EntryIx> {
    let index = &look.verification.history.index;
    let new = evidence.iter().filter(|at| !index.holds(&standing.own, **at));
    let mut all: Vec<EntryIx> = standing.cite.iter().chain(new).copied().collect();
    all.sort_by_key(|at| index.entry(*at).id);
    all.dedup();
    let superseded: Vec<EntryIx> =
        all.iter().filter(|a| all.iter().any(|b| index.holds(&index.entry(*b).past, **a))).copied().collect();
    all.retain(|at| !superseded.contains(at));
    all
}

fn own_log(e: LogError) -> Error {
    Error::trouble("cannot use your own repository").because(&e).maybe_hint(e.hint())
}

fn unreadable_journal(e: JournalError) -> Error {
    Error::trouble("the journal of what you signed cannot be used, so nothing was signed")
        .because(&e)
        .maybe_hint(e.hint())
}

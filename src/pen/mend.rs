//! Mending my own log: carrying out what [`crate::protocol::remedy`] prescribes (section 6).
//!
//! Texts are kept before anything hides them. Nothing that was published is ever taken back, and branches that
//! hold a proof are never joined.

use std::path::PathBuf;

use super::{Pen, Written, own_log};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::commit::Commit;
use crate::protocol::history::Node;
use crate::protocol::id::CommitId;
use crate::protocol::index::EntryIx;
use crate::protocol::object::{Object, ObjectKind, Objects};
use crate::protocol::remedy::{Remedy, remedy};
use crate::protocol::seal;

/// What was done for my log.
#[derive(Debug, Default)]
pub struct Mended {
    /// In a word or two for the person: what it was.
    pub what: String,
    /// Texts that went out of sight, and are here now.
    pub kept: Vec<PathBuf>,
    /// Why the work tree does not show it, if it does not.
    pub not_shown: Option<String>,
    /// Other references that still hold void entries.
    pub holders: Vec<String>,
}

impl Pen<'_> {
    /// What ails my log, if anything.
    ///
    /// # Errors
    /// The charter does not name me.
    pub fn diagnose(&self, look: &mut Look) -> Result<Option<Remedy>> {
        let me = self.author(look)?;
        let signed = self.signed_here()?;
        Ok(remedy(&mut look.verification, me, &self.own.log.pushed(), &signed))
    }

    /// Carries out a remedy; look again after it.
    ///
    /// # Errors
    /// It is one that nothing can be done about, or something cannot be read, written, signed or pushed.
    pub fn mend(&mut self, look: &mut Look, remedy: &Remedy) -> Result<Mended> {
        let mended = match remedy {
            Remedy::CutBack(to) => self.cut_back(look, *to)?,
            Remedy::Void(entries, to) => self.drop_void(look, entries, *to)?,
            Remedy::CatchUp(to) => self.catch_up(look, *to)?,
            Remedy::Join(branches) => self.join_branches(look, *branches)?,
            Remedy::Cover(there) => self.cover(look, *there)?,
            Remedy::Publish => {
                self.publish(look)?;
                Mended { what: "published".to_owned(), ..Mended::default() }
            }
            Remedy::Convicted => return Err(convicted()),
            Remedy::Foreign(head) => return Err(foreign(*head)),
        };
        look.judge_again(self.place)?;
        self.remember(look)?;
        Ok(mended)
    }

    /// Goes back from commits that are no entries.
    fn cut_back(&self, look: &Look, to: CommitId) -> Result<Mended> {
        let head = self.own.log.head().map_err(own_log)?;
        let kept = self.own.log.keep_texts_of(self.own.log.repository(), head, to).map_err(own_log)?;
        self.move_branch(look, head, to, "back to the newest entry", &[])?;
        let what = format!("back from {} to your newest entry, {}", head.short(), to.short());
        Ok(self.moved(what, kept, head, to))
    }

    /// Drops entries that can never stand: never joined and never pushed. The journal goes on being bound by them.
    fn drop_void(&self, look: &Look, entries: &[EntryIx], to: CommitId) -> Result<Mended> {
        let index = &look.verification.history.index;
        let mut kept = Vec::new();
        for added in entries.iter().filter_map(|at| index.entry(*at).added.as_ref()) {
            if let Ok(Object::Found(bytes)) = look.store.read(added.blob, ObjectKind::Blob, super::FILE_MAX) {
                kept.push(self.own.log.keep_text(&added.slot, &bytes).map_err(own_log)?);
            }
        }
        let void: Vec<CommitId> = entries.iter().map(|at| index.entry(*at).id).collect();
        let head = self.own.log.head().map_err(own_log)?;
        self.move_branch(look, head, to, "entries that would convict me are void", &[to])?;
        let list: Vec<String> = void.iter().map(CommitId::short).collect();
        let what = format!("void, because what you published first excludes it: {}", list.join(", "));
        let mended = self.moved(what, kept, head, to);
        let holders = self.own.log.let_go(&void).map_err(own_log)?;
        Ok(Mended { holders, ..mended })
    }

    /// Goes forward to what was published from elsewhere.
    fn catch_up(&self, look: &Look, to: EntryIx) -> Result<Mended> {
        let to = look.verification.history.index.entry(to).id;
        let head = self.own.log.head().map_err(own_log)?;
        self.move_branch(look, head, to, "what was published from elsewhere", &[to])?;
        let what = format!("caught up with your log: {} is your newest entry", to.short());
        Ok(self.moved(what, Vec::new(), head, to))
    }

    /// Signs the entry that joins two branches: an acknowledgement with both as its parents. What waits to be finished
    /// comes first.
    fn join_branches(&mut self, look: &mut Look, branches: [EntryIx; 2]) -> Result<Mended> {
        let standing = self.standing(look)?;
        self.remote_was_asked(look)?;
        let head = self.own.log.head().map_err(own_log)?;
        if let Some((_, begun)) = self.waiting(head) {
            let unsigned = self.journal.unsigned(begun.unsigned).map_err(super::unreadable_journal)?;
            // If it cannot stand beside the other branch, it is void.
            if self.judge(look, standing.me, &unsigned).is_ok() {
                let written = self.sign_and_advance(look, head, &unsigned, "finish what was interrupted")?;
                return Ok(signed(format!("finished what was interrupted ({})", written.commit.short()), written));
            }
        }
        let index = &look.verification.history.index;
        let ids = branches.map(|at| index.entry(at).id);
        self.own.log.copy_from(look.cache.repository(), &ids).map_err(own_log)?;
        let index = &look.verification.history.index;
        let trees: Vec<_> = branches.iter().map(|at| index.entry(*at).tree).collect();
        let tree = self.own.log.build_tree(&trees, None).map_err(own_log)?;
        let parents: Vec<Option<EntryIx>> = branches.iter().copied().map(Some).collect();
        let sealed = super::expected_seal(index, &parents, None);
        let person = self.person(super::now());
        let subject = seal::name_copy("repair: the branches of my log", self.journal.copy());
        let message = seal::append(&subject, &sealed);
        let unsigned = Commit::unsigned(tree, &ids, &person, &person, &message);
        let written = self.put(look, standing.me, None, &unsigned, "the branches of my log are one again")?;
        Ok(signed(format!("the branches of your log are joined ({})", written.commit.short()), written))
    }

    /// Publishes my log over commits that are no entries of mine.
    fn cover(&self, look: &mut Look, there: CommitId) -> Result<Mended> {
        let head = self.own.log.head().map_err(own_log)?;
        let showing = look.cache.showing(&self.own.me);
        let showing = showing.map_err(|e| Error::trouble("cannot read what your remote shows").because(&e))?;
        let kept = self.own.log.keep_texts_of(&showing, there, head).map_err(own_log)?;
        self.push_over(look, Some(there))?;
        let what =
            format!("your remote showed {}, which is not an entry of yours; it shows your log again", there.short());
        Ok(Mended { what, kept, ..Mended::default() })
    }

    /// Moves the branch, after everything that the new place needs was brought here.
    fn move_branch(&self, look: &Look, from: CommitId, to: CommitId, why: &str, bring: &[CommitId]) -> Result<()> {
        let is_entry = |id: &&CommitId| matches!(look.verification.history.node(**id), Some(Node::Entry(_)));
        let bring: Vec<CommitId> = bring.iter().filter(is_entry).copied().collect();
        if !bring.is_empty() {
            self.own.log.copy_from(look.cache.repository(), &bring).map_err(own_log)?;
        }
        self.own.log.advance(from, to, &format!("bicker: {why}")).map_err(own_log)
    }

    /// Has the work tree show where the branch was moved to.
    fn moved(&self, what: String, mut kept: Vec<PathBuf>, from: CommitId, to: CommitId) -> Mended {
        let shown = self.own.log.show_in_work_tree(Some(from), to).map_err(|e| e.in_a_line());
        let not_shown = shown.map(|moved| kept.extend(moved)).err();
        Mended { what, kept, not_shown, holders: Vec::new() }
    }
}

fn signed(what: String, written: Written) -> Mended {
    let (kept, not_shown) = match written.shown {
        Ok(moved) => (moved, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    Mended { what, kept, not_shown, holders: Vec::new() }
}

fn convicted() -> Error {
    let mut error = Error::wrong("two entries of yours prove misbehaviour, and both are published");
    error
        .causes
        .push("branches that hold a proof are never joined: one of them would have to be taken back".to_owned());
    error
        .hint("see them: bicker verify")
        .hint("tell the others what happened; only a new key, which they agree on, makes you honest again")
}

/// What my remote holds belongs to another history.
pub(super) fn foreign(head: CommitId) -> Error {
    Error::wrong(format!("your remote shows {}, which belongs to a history other than this group's", head.short()))
        .hint("nothing was overwritten; see what it is: bicker verify")
        .hint("if it is in the wrong place, move it away, or empty the repository, then: bicker sync")
}

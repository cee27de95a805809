//! One entry, as good or as bad as it is told: real trees, a real seal, a real signature.
//!
//! Decides nothing: what is not said is as an honest tool would have it, what is said is done. Each verb ends
//! the sentence and gives the new commit.

use std::collections::BTreeSet;

use crate::protocol::commit::{Commit, Person};
use crate::protocol::file::{Answer, Disposition, Fields, File, Stance};
use crate::protocol::id::{At, CommitId, Digest, Name};
use crate::protocol::object::ObjectKind;
use crate::protocol::seal;
use crate::protocol::slot::Slot;
use crate::protocol::tree::Mode;

use super::world::World;

/// An entry about to be written; see [`World::by`].
#[derive(Debug)]
pub struct Entry<'a> {
    world: &'a mut World,
    author: String,
    first: CommitId,
    cites: Vec<CommitId>,
    parents: Option<Vec<CommitId>>,
    reason: String,
}

impl<'a> Entry<'a> {
    pub(super) fn new(world: &'a mut World, author: &str) -> Self {
        let first = world.head(author).unwrap_or(world.genesis());
        Self { world, author: author.to_owned(), first, cites: Vec::new(), parents: None, reason: "Why.\n".to_owned() }
    }

    /// Goes on from this entry instead of the one written last: so logs are forked.
    #[must_use]
    pub fn on(mut self, first: CommitId) -> Self {
        self.first = first;
        self
    }

    /// Cites these commits, other than those that are cited in any case or are in the log's own past.
    #[must_use]
    pub fn citing(mut self, commits: &[CommitId]) -> Self {
        self.cites.extend(commits);
        self
    }

    /// Cites what everybody wrote last.
    #[must_use]
    pub fn seeing_all(self) -> Self {
        let heads = self.world.heads();
        self.citing(&heads)
    }

    /// Has exactly these parents, whatever else is said.
    #[must_use]
    pub fn with_parents(mut self, parents: &[CommitId]) -> Self {
        self.parents = Some(parents.to_vec());
        self
    }

    /// Has this text where a reason, a criticism or an account stands.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = format!("{reason}\n");
        self
    }

    /// Joins.
    pub fn joins(self) -> CommitId {
        let text = self.reason.clone();
        self.file(Slot::Join, File { fields: Fields::Join, text })
    }

    /// Proposes a text.
    pub fn proposes(self, step: u32, round: u32, text: &str) -> CommitId {
        let fields = Fields::Proposal { title: format!("Step {step}") };
        self.file(Slot::Proposal(At::new(step, round)), File { fields, text: format!("{text}\n") })
    }

    /// Votes for a proposal, in its round.
    pub fn votes(self, proposal: CommitId) -> CommitId {
        let (at, text) = (self.round_of(proposal), self.reason.clone());
        let fields = Fields::Vote { target: proposal };
        self.citing(&[proposal]).file(Slot::Vote(at), File { fields, text })
    }

    /// Criticises a proposal, in its round.
    pub fn criticises(self, proposal: CommitId) -> CommitId {
        let (at, text) = (self.round_of(proposal), self.reason.clone());
        let by = self.world.author(proposal).unwrap_or_default();
        let Some(by) = Name::parse(by) else { return self.acknowledges() };
        let fields = Fields::Criticism { of: proposal, stance: Stance::Suggest };
        self.citing(&[proposal]).file(Slot::Criticism(at, by), File { fields, text })
    }

    /// Revises a proposal, in its round, and accepts these criticisms.
    pub fn revises(self, proposal: CommitId, text: &str, criticisms: &[CommitId]) -> CommitId {
        let at = self.round_of(proposal);
        let listed: BTreeSet<CommitId> = criticisms.iter().copied().collect();
        let answer = |commit: CommitId| {
            let by = Name::parse(self.world.author(commit)?)?;
            Some(Answer { by, commit, disposition: Disposition::Accepted, reason: String::new() })
        };
        let criticisms: Vec<Answer> = listed.iter().copied().filter_map(answer).collect();
        let fields = Fields::Revision { of: proposal, title: format!("Step {}, revised", at.step), criticisms };
        let cited: Vec<CommitId> = listed.into_iter().chain([proposal]).collect();
        self.citing(&cited).file(Slot::Revision(at), File { fields, text: format!("{text}\n") })
    }

    /// Echoes a revision, in its round.
    pub fn echoes(self, revision: CommitId) -> CommitId {
        let at = self.round_of(revision);
        self.echoes_in(at.step, at.round, revision)
    }

    /// Echoes a revision in another round, as a lock demands.
    pub fn echoes_in(self, step: u32, round: u32, revision: CommitId) -> CommitId {
        let file = File { fields: Fields::Echo { value: revision }, text: String::new() };
        self.citing(&[revision]).file(Slot::Echo(At::new(step, round)), file)
    }

    /// Ratifies a revision, in its round.
    pub fn ratifies(self, revision: CommitId) -> CommitId {
        let at = self.round_of(revision);
        self.ratifies_in(at.step, at.round, revision)
    }

    /// Ratifies a revision in another round.
    pub fn ratifies_in(self, step: u32, round: u32, revision: CommitId) -> CommitId {
        let file = File { fields: Fields::Ratify { value: revision }, text: String::new() };
        self.citing(&[revision]).file(Slot::Ratify(At::new(step, round)), file)
    }

    /// Abandons a round.
    pub fn abandons(self, step: u32, round: u32) -> CommitId {
        let text = self.reason.clone();
        self.file(Slot::Abandon(At::new(step, round)), File { fields: Fields::Abandon, text })
    }

    /// Accuses somebody, and shows two entries.
    pub fn accuses(self, name: &str, a: CommitId, b: CommitId) -> CommitId {
        let Some(accused) = Name::parse(name) else { return self.acknowledges() };
        let text = self.reason.clone();
        let fields = Fields::Accusation { accused: accused.clone(), evidence: [a.min(b), a.max(b)] };
        self.citing(&[a, b]).file(Slot::Accusation(accused), File { fields, text })
    }

    /// Adds no file.
    pub fn acknowledges(self) -> CommitId {
        self.write(None, &[])
    }

    /// Adds this file.
    pub fn file(self, slot: Slot, file: File) -> CommitId {
        let bytes = file.print().into_bytes();
        let path = slot.path();
        self.write(Some(slot), &[(&path, Mode::File, &bytes)])
    }

    /// Adds these files, wherever they stand, and seals the first.
    pub fn files(self, files: &[(&str, Mode, &[u8])]) -> CommitId {
        let slot = files.first().and_then(|(path, ..)| Slot::parse(path));
        self.write(slot, files)
    }

    /// The bytes of the commit that adds this file, as they are before they are signed.
    pub fn unsigned(mut self, slot: &Slot, file: &File) -> Vec<u8> {
        let bytes = file.print().into_bytes();
        self.prepare(&[(&slot.path(), Mode::File, &bytes)])
    }

    fn write(mut self, slot: Option<Slot>, files: &[(&str, Mode, &[u8])]) -> CommitId {
        let unsigned = self.prepare(files);
        self.world.sign(&self.author, &unsigned, slot)
    }

    fn prepare(&mut self, added: &[(&str, Mode, &[u8])]) -> Vec<u8> {
        let parents = self.parents.clone().unwrap_or_else(|| self.parents_by_manners());
        let mut files = parents.first().map(|first| self.world.files(*first)).unwrap_or_default();
        let own = |world: &World, parent: CommitId| world.author(parent) == Some(self.author.as_str());
        for further in parents.iter().skip(1).filter(|parent| own(self.world, **parent)) {
            // Where branches hold different files outside of `steps/`, the first one's stand (2.tree).
            for (path, file) in self.world.files(*further) {
                files.entry(path).or_insert(file);
            }
        }
        for (path, mode, bytes) in added {
            let blob = self.world.keep(ObjectKind::Blob, bytes.to_vec());
            files.insert((*path).to_owned(), (*mode, blob));
        }
        let tree = self.world.tree(&files);
        let digests: Vec<Digest> = parents.iter().map(|parent| self.world.digest(*parent)).collect();
        let file = added.first().map(|(path, _, bytes)| (*path, Digest::of(bytes)));
        let message = seal::append(&format!("{} writes", self.author), &seal::seal(&digests, file));
        let person = Person {
            name: self.author.clone(),
            email: format!("{}@example.invalid", self.author),
            seconds: self.world.tick(),
            offset: "+0000".to_owned(),
        };
        Commit::unsigned(tree, &parents, &person, &person, &message)
    }

    /// The log's own newest entry, then what is cited and is not already in the past of another parent. Of one's own
    /// other branches nothing is cited: that would be a repair, and is said with [`Entry::with_parents`].
    fn parents_by_manners(&self) -> Vec<CommitId> {
        let mut parents = vec![self.first];
        let foreign = |commit: &CommitId| self.world.author(*commit) != Some(self.author.as_str());
        let mut cited: Vec<CommitId> = self.cites.iter().copied().filter(foreign).collect();
        cited.dedup();
        for (at, commit) in cited.iter().enumerate() {
            let later = cited.iter().skip(at + 1).any(|other| self.world.reaches(*other, *commit));
            if !later && !parents.iter().any(|parent| self.world.reaches(*parent, *commit)) {
                parents.push(*commit);
            }
        }
        parents
    }

    fn round_of(&self, commit: CommitId) -> At {
        self.world.slot(commit).and_then(Slot::at).unwrap_or(At::new(1, 0))
    }
}

//! All commits that some tips reach, each judged once, ancestors first.
//!
//! Decides which commits are entries and where logs are cut; what a cut says about a remote is decided in
//! [`super::verify`]. The walk reads raw commits only, keeps its own stack, and holds one commit in memory
//! at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::charter::Charter;
use super::commit::{COMMIT_MAX, parents_as_git_reads};
use super::id::CommitId;
use super::index::{EntryIx, Index};
use super::object::{Object, ObjectKind, Objects, Trouble};
use super::past::Clock;
use super::validity;
use super::wellformed::{self, Checked, Fault, Signer};

/// What a commit is found to be.
#[derive(Debug)]
pub enum Node {
    /// The group's root.
    Genesis,
    /// A well-formed entry.
    Entry(EntryIx),
    /// A root other than genesis.
    OtherRoot,
    /// It breaks a rule of section 2, and all its parents are entries or genesis.
    Faulty(Fault, Vec<CommitId>),
    /// Some parent is not an entry; the log was cut before it.
    Cut(Vec<CommitId>),
    /// An object it needs is missing.
    Incomplete(Vec<CommitId>),
    /// The commit itself is missing.
    Missing,
}

/// Everything that was reached, judged.
#[derive(Debug)]
pub struct History {
    /// The well-formed entries.
    pub index: Index,
    nodes: BTreeMap<CommitId, Node>,
}

/// What a head reaches, beside what its entries have in their pasts.
#[derive(Debug, Default)]
pub struct Reached {
    /// The newest entries on every way from the head.
    pub entries: BTreeSet<EntryIx>,
    /// Commits that break a rule and whose parents do not.
    pub faulty: BTreeSet<CommitId>,
    /// Roots other than genesis.
    pub roots: BTreeSet<CommitId>,
    /// Commits that are held but incomplete.
    pub incomplete: BTreeSet<CommitId>,
    /// Whether a commit is missing.
    pub missing: bool,
}

impl Reached {
    /// Whether something that the head needs is missing.
    pub fn lacks_objects(&self) -> bool {
        self.missing || !self.incomplete.is_empty()
    }
}

impl History {
    /// A history that holds nothing but genesis.
    pub fn new(charter: Charter) -> Self {
        let index = Index::new(charter);
        let nodes = BTreeMap::from([(index.genesis.commit, Node::Genesis)]);
        Self { index, nodes }
    }

    /// Judges everything that `tip` reaches and that is not known yet.
    ///
    /// # Errors
    /// Only [`Trouble`] of the store.
    pub fn extend(&mut self, objects: &dyn Objects, tip: CommitId) -> Result<(), Trouble> {
        let mut stack = Vec::new();
        self.enter(objects, tip, &mut stack)?;
        while let Some(frame) = stack.last_mut() {
            match frame.parents.get(frame.next).copied() {
                Some(parent) => {
                    frame.next += 1;
                    self.enter(objects, parent, &mut stack)?;
                }
                None => {
                    let Some(frame) = stack.pop() else { break };
                    let node = self.judge(objects, frame.id, frame.parents)?;
                    self.nodes.insert(frame.id, node);
                }
            }
        }
        Ok(())
    }

    /// What a commit was found to be.
    pub fn node(&self, id: CommitId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// What a head reaches. Only what is not an entry is walked; the rest the index knows.
    pub fn reached(&self, head: CommitId) -> Reached {
        let mut reached = Reached::default();
        let mut todo = vec![head];
        let mut done = BTreeSet::new();
        while let Some(id) = todo.pop() {
            if !done.insert(id) {
                continue;
            }
            match self.nodes.get(&id) {
                Some(Node::Genesis) => {}
                Some(Node::Entry(entry)) => {
                    reached.entries.insert(*entry);
                }
                Some(Node::OtherRoot) => {
                    reached.roots.insert(id);
                }
                Some(Node::Faulty(_, parents)) => {
                    reached.faulty.insert(id);
                    todo.extend(parents);
                }
                Some(Node::Cut(parents)) => todo.extend(parents),
                Some(Node::Incomplete(parents)) => {
                    reached.incomplete.insert(id);
                    todo.extend(parents);
                }
                Some(Node::Missing) | None => reached.missing = true,
            }
        }
        reached
    }

    /// The clock of everything that several heads reach.
    pub fn reach(&mut self, heads: impl IntoIterator<Item = CommitId>) -> Clock {
        let entries: BTreeSet<EntryIx> = heads.into_iter().flat_map(|head| self.reached(head).entries).collect();
        self.index.reach_of(entries)
    }

    fn enter(&mut self, objects: &dyn Objects, id: CommitId, stack: &mut Vec<Frame>) -> Result<(), Trouble> {
        if self.nodes.contains_key(&id) {
            return Ok(());
        }
        // Taken back when the commit is judged; until then it stands for "being visited".
        self.nodes.insert(id, Node::Missing);
        let parents = match objects.read(id.0, ObjectKind::Commit, COMMIT_MAX)? {
            Object::Found(raw) | Object::TooLong(raw) => parents_as_git_reads(&raw),
            Object::OtherKind | Object::Missing => return Ok(()),
        };
        stack.push(Frame { id, parents, next: 0 });
        Ok(())
    }

    fn judge(&mut self, objects: &dyn Objects, id: CommitId, parents: Vec<CommitId>) -> Result<Node, Trouble> {
        if parents.is_empty() {
            return Ok(Node::OtherRoot);
        }
        let are = |wanted: fn(&Node) -> bool| parents.iter().filter_map(|p| self.nodes.get(p)).any(wanted);
        if are(|node| matches!(node, Node::Missing)) {
            return Ok(Node::Incomplete(parents));
        }
        if are(|node| !matches!(node, Node::Genesis | Node::Entry(_))) {
            return Ok(Node::Cut(parents));
        }
        let raw = match objects.read(id.0, ObjectKind::Commit, COMMIT_MAX)? {
            Object::Found(raw) | Object::TooLong(raw) => raw,
            Object::OtherKind | Object::Missing => return Ok(Node::Missing),
        };
        Ok(match wellformed::check(&mut self.index, objects, id, &raw, Signer::Signature)? {
            Checked::Entry(entry) => Node::Entry(validity::admit(&mut self.index, *entry)),
            Checked::Fault(fault) => Node::Faulty(fault, parents),
            Checked::Incomplete => Node::Incomplete(parents),
        })
    }
}

struct Frame {
    id: CommitId,
    parents: Vec<CommitId>,
    next: usize,
}

#[cfg(test)]
mod tests;

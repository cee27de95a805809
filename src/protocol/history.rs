//! All commits that some tips reach, each judged once, ancestors first.
//!
//! Decides which commits are entries and where logs are cut; what a cut says about a remote is decided in
//! [`super::verify`]. The walk reads raw commits only, keeps its own stack, and holds one commit in memory
//! at a time. What it remembers of a commit that is no entry is its parents as numbers: whoever can make such
//! commits needs no key, and few bytes on the wire.

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
    Faulty(Fault, Parents),
    /// Some parent is not an entry; the log was cut before it.
    Cut(Parents),
    /// An object it needs is missing.
    Incomplete(Parents),
    /// The commit itself is missing.
    Missing,
}

/// Those of a commit's parents that are followed, by their numbers in [`History`].
pub type Parents = Box<[u32]>;

/// Everything that was reached, judged.
#[derive(Debug)]
pub struct History {
    /// The well-formed entries.
    pub index: Index,
    numbers: BTreeMap<CommitId, u32>,
    /// By number: each commit, and what it was found to be as soon as that is known.
    nodes: Vec<(CommitId, Option<Node>)>,
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
        let genesis = index.genesis.commit;
        Self { index, numbers: BTreeMap::from([(genesis, 0)]), nodes: vec![(genesis, Some(Node::Genesis))] }
    }

    /// Judges everything that `tip` reaches and that is not known yet.
    ///
    /// # Errors
    /// Only [`Trouble`] of the store.
    pub fn extend(&mut self, objects: &dyn Objects, tip: CommitId) -> Result<(), Trouble> {
        let mut stack = Vec::new();
        let tip = self.number(tip);
        self.enter(objects, tip, &mut stack)?;
        while let Some(frame) = stack.last_mut() {
            match frame.parents.get(frame.next).copied() {
                Some(parent) => {
                    frame.next += 1;
                    self.enter(objects, parent, &mut stack)?;
                }
                None => {
                    let Some(frame) = stack.pop() else { break };
                    let node = self.judge(objects, frame.number, frame.parents)?;
                    self.put(frame.number, node);
                }
            }
        }
        Ok(())
    }

    /// What a commit was found to be.
    pub fn node(&self, id: CommitId) -> Option<&Node> {
        self.at(*self.numbers.get(&id)?)
    }

    fn at(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize)?.1.as_ref()
    }

    fn id(&self, number: u32) -> CommitId {
        self.nodes.get(number as usize).map_or(self.index.genesis.commit, |(id, _)| *id)
    }

    fn put(&mut self, number: u32, node: Node) {
        if let Some((_, known)) = self.nodes.get_mut(number as usize) {
            *known = Some(node);
        }
    }

    /// The number of a commit, which is given to it when it is first named.
    fn number(&mut self, id: CommitId) -> u32 {
        let next = self.nodes.len() as u32;
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.nodes.push((id, None));
        }
        number
    }

    /// What a head reaches. Only what is not an entry is walked; the rest the index knows.
    pub fn reached(&self, head: CommitId) -> Reached {
        let mut reached = Reached::default();
        let mut todo: Vec<u32> = self.numbers.get(&head).copied().into_iter().collect();
        reached.missing = todo.is_empty();
        let mut done = BTreeSet::new();
        while let Some(number) = todo.pop() {
            if !done.insert(number) {
                continue;
            }
            match self.at(number) {
                Some(Node::Genesis) => {}
                Some(Node::Entry(entry)) => {
                    reached.entries.insert(*entry);
                }
                Some(Node::OtherRoot) => {
                    reached.roots.insert(self.id(number));
                }
                Some(Node::Faulty(_, parents)) => {
                    reached.faulty.insert(self.id(number));
                    todo.extend(parents);
                }
                Some(Node::Cut(parents)) => todo.extend(parents),
                Some(Node::Incomplete(parents)) => {
                    reached.incomplete.insert(self.id(number));
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

    fn enter(&mut self, objects: &dyn Objects, number: u32, stack: &mut Vec<Frame>) -> Result<(), Trouble> {
        if self.at(number).is_some() {
            return Ok(());
        }
        // Taken back when the commit is judged; until then it stands for "being visited".
        self.put(number, Node::Missing);
        let parents = match objects.read(self.id(number).0, ObjectKind::Commit, COMMIT_MAX)? {
            Object::Found(raw) | Object::TooLong(raw) => parents_as_git_reads(&raw),
            Object::OtherKind | Object::Missing => return Ok(()),
        };
        let parents = parents.into_iter().map(|parent| self.number(parent)).collect();
        stack.push(Frame { number, parents, next: 0 });
        Ok(())
    }

    fn judge(&mut self, objects: &dyn Objects, number: u32, parents: Parents) -> Result<Node, Trouble> {
        if parents.is_empty() {
            return Ok(Node::OtherRoot);
        }
        let are = |wanted: fn(&Node) -> bool| parents.iter().filter_map(|parent| self.at(*parent)).any(wanted);
        if are(|node| matches!(node, Node::Missing)) {
            return Ok(Node::Incomplete(parents));
        }
        if are(|node| !matches!(node, Node::Genesis | Node::Entry(_))) {
            return Ok(Node::Cut(parents));
        }
        let id = self.id(number);
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
    number: u32,
    parents: Parents,
    next: usize,
}

#[cfg(test)]
mod tests;

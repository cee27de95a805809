//! Entries that have been found well-formed, and what can be looked up about them.
//!
//! The index only keeps and finds. What is well-formed is decided in [`super::wellformed`], what is valid in
//! [`super::validity`]; an entry gets here through the first and its verdict through the second.

use std::collections::BTreeMap;

use super::charter::Charter;
use super::file::{Disposition, Stance};
use super::genesis::Genesis;
use super::id::{At, CommitId, Digest, Name, ObjectId};
use super::parents::Budget;
use super::past::{Author, Clock, Pasts, Position};
use super::slot::{Kind, Slot};
use super::tally::{Lock, Positions, Tallies};
use super::validity::Invalid;

/// An entry, as a number: its place in the order in which entries were added, ancestors first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryIx(pub u32);

/// What an entry says, as far as a rule depends on it; entries it names are ancestors of it. A commit that
/// is named but is genesis is `None`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Body {
    /// Accepts the charter.
    Join,
    /// Puts a step's text forward.
    Proposal {
        /// The step's title.
        title: String,
    },
    /// Prefers a proposal.
    Vote {
        /// The proposal.
        target: Option<EntryIx>,
    },
    /// Criticises a proposal.
    Criticism {
        /// The proposal.
        of: Option<EntryIx>,
        /// What the critic wants.
        stance: Stance,
    },
    /// Answers the criticisms of a proposal.
    Revision {
        /// The proposal.
        of: Option<EntryIx>,
        /// The step's title.
        title: String,
        /// Each criticism listed; in ascending order of commit.
        criticisms: Box<[Answered]>,
    },
    /// Supports a revision.
    Echo {
        /// The revision.
        value: Option<EntryIx>,
    },
    /// Says that a certificate was seen.
    Ratify {
        /// The revision.
        value: Option<EntryIx>,
    },
    /// Leaves a round.
    Abandon,
    /// Points out a proof.
    Accusation {
        /// The accused.
        accused: Name,
        /// The two entries.
        evidence: [Option<EntryIx>; 2],
    },
    /// Cites others' heads, no more.
    Acknowledgement,
}

/// A revision's answer to one criticism, as far as anything depends on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    /// The criticism.
    pub criticism: Option<EntryIx>,
    /// The name it is listed under.
    pub by: Name,
    /// What became of it. No rule depends on it.
    pub disposition: Disposition,
}

/// The one file an entry adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Added {
    /// Where it stands.
    pub slot: Slot,
    /// Its git blob.
    pub blob: ObjectId,
    /// The SHA-256 of its bytes: files differ when these do.
    pub digest: Digest,
}

/// A well-formed entry (section 2).
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its commit.
    pub id: CommitId,
    /// Who signed it.
    pub author: Author,
    /// Which of the author's entries it is.
    pub position: Position,
    /// Its parents but genesis, in order.
    pub parents: Box<[EntryIx]>,
    /// Its tree.
    pub tree: ObjectId,
    /// The SHA-256 of its raw commit object.
    pub digest: Digest,
    /// The file it adds, if any.
    pub added: Option<Added>,
    /// What it says.
    pub body: Body,
    /// The committer's seconds since 1970, for display only.
    pub seconds: u64,
    /// The minutes that the committer's zone is east of UTC, for display only.
    pub offset: i16,
    /// Its ancestors.
    pub past: Clock,
    /// Its ancestors and itself.
    pub reach: Clock,
    /// What it leaves of its author's budget.
    pub budget: Budget,
    /// The condition of section 3 it breaks, if any.
    pub verdict: Result<(), Invalid>,
    /// The lock it carries, if it is a valid `abandon`.
    pub lock: Option<Lock>,
}

impl Entry {
    /// The message's kind.
    pub fn kind(&self) -> Kind {
        self.added.as_ref().map_or(Kind::Acknowledgement, |added| added.slot.kind())
    }

    /// The step and round it belongs to, if any.
    pub fn at(&self) -> Option<At> {
        self.added.as_ref().and_then(|added| added.slot.at())
    }

    /// Whether it keeps the rules of section 3.
    pub fn is_valid(&self) -> bool {
        self.verdict.is_ok()
    }
}

/// How a slot of an author has been used by well-formed entries.
#[derive(Default, Debug)]
pub struct SlotUse {
    /// The entries.
    pub positions: Positions,
    /// For each different file the smallest commit id that adds it.
    pub files: BTreeMap<Digest, CommitId>,
}

/// All well-formed entries seen, with their verdicts and tallies.
#[derive(Debug)]
pub struct Index {
    /// Genesis's charter.
    pub charter: Charter,
    /// The root of all logs.
    pub genesis: Genesis,
    /// Clocks.
    pub pasts: Pasts,
    /// Votes, echoes and the rest.
    pub tallies: Tallies,
    names: Vec<Name>,
    entries: Vec<Entry>,
    by_id: BTreeMap<CommitId, EntryIx>,
    own: Vec<Vec<EntryIx>>,
    sideways: BTreeMap<Author, Positions>,
    slots: BTreeMap<(Author, Slot), SlotUse>,
}

impl Index {
    /// An index that holds nothing but genesis.
    pub fn new(charter: Charter) -> Self {
        let genesis = Genesis::of(&charter);
        let names: Vec<Name> = charter.researchers().iter().map(|r| r.name.clone()).collect();
        let own = vec![Vec::new(); names.len()];
        Self {
            charter,
            genesis,
            names,
            own,
            pasts: Pasts::default(),
            tallies: Tallies::default(),
            entries: Vec::new(),
            sideways: BTreeMap::new(),
            by_id: BTreeMap::new(),
            slots: BTreeMap::new(),
        }
    }

    /// The charter in force for `step` in a past: genesis's, as long as no amendment is known (section 5).
    pub fn charter_for(&self, _step: u32, _past: &Clock) -> &Charter {
        &self.charter
    }

    /// All researchers ever in a charter in force.
    pub fn authors(&self) -> impl Iterator<Item = (Author, &Name)> {
        self.names.iter().enumerate().map(|(at, name)| (Author(at as u16), name))
    }

    /// A researcher's name.
    pub fn name(&self, author: Author) -> &Name {
        &self.names[usize::from(author.0)]
    }

    /// The researcher with a name.
    pub fn author(&self, name: &Name) -> Option<Author> {
        self.authors().find(|(_, known)| *known == name).map(|(author, _)| author)
    }

    /// The researcher whose key this is, in the charter in force in a past.
    pub fn author_by_key(&self, key: &[u8; 32], _past: &Clock) -> Option<Author> {
        let (_, researcher) = self.charter.by_key(key)?;
        self.author(&researcher.name)
    }

    /// An entry by its number.
    pub fn entry(&self, at: EntryIx) -> &Entry {
        &self.entries[at.0 as usize]
    }

    /// An entry by its commit.
    pub fn find(&self, id: CommitId) -> Option<EntryIx> {
        self.by_id.get(&id).copied()
    }

    /// All entries, ancestors first.
    pub fn entries(&self) -> impl Iterator<Item = (EntryIx, &Entry)> {
        self.entries.iter().enumerate().map(|(at, entry)| (EntryIx(at as u32), entry))
    }

    /// An author's entries, ancestors first.
    pub fn entries_of(&self, author: Author) -> &[EntryIx] {
        self.own.get(usize::from(author.0)).map_or(&[], Vec::as_slice)
    }

    /// An author's entry by its position.
    pub fn at_position(&self, author: Author, position: Position) -> EntryIx {
        self.own[usize::from(author.0)][position as usize]
    }

    /// How an author has used a slot.
    pub fn slot_use(&self, author: Author, slot: &Slot) -> Option<&SlotUse> {
        self.slots.get(&(author, slot.clone()))
    }

    /// All slots used, by author and slot.
    pub fn slots_used(&self) -> impl Iterator<Item = (Author, &Slot, &SlotUse)> {
        self.slots.iter().map(|((author, slot), used)| (*author, slot, used))
    }

    /// How many entries of an author in a past join two own branches that go sideways (2.budget).
    pub fn sideways_in(&self, past: &Clock, author: Author) -> usize {
        self.sideways.get(&author).map_or(0, |these| these.count_in(&self.pasts, past, author, usize::MAX))
    }

    /// Whether an entry is in a past.
    pub fn holds(&self, past: &Clock, entry: EntryIx) -> bool {
        let entry = self.entry(entry);
        self.pasts.holds(past, entry.author, entry.position)
    }

    /// The author's entries in a past that no other of theirs there follows.
    pub fn tips(&self, past: &Clock, author: Author) -> Vec<EntryIx> {
        self.pasts.tips(past, author).into_iter().map(|position| self.at_position(author, position)).collect()
    }

    /// The clock of several entries and all their ancestors.
    pub fn reach_of(&mut self, entries: impl IntoIterator<Item = EntryIx>) -> Clock {
        let reaches: Vec<&Clock> = entries.into_iter().map(|at| &self.entries[at.0 as usize].reach).collect();
        self.pasts.union_of(&reaches)
    }

    /// Keeps a well-formed entry. Its position and clocks are given here; [`super::validity::admit`] judges it next.
    pub(super) fn insert(&mut self, new: super::wellformed::WellFormed) -> EntryIx {
        let at = EntryIx(self.entries.len() as u32);
        let (position, reach) = self.pasts.add(new.author, &new.past);
        if let Some(added) = &new.added {
            let used = self.slots.entry((new.author, added.slot.clone())).or_default();
            used.positions.insert(position);
            used.files.entry(added.digest).and_modify(|id| *id = new.id.min(*id)).or_insert(new.id);
        }
        if new.budget.is_sideways {
            self.sideways.entry(new.author).or_default().insert(position);
        }
        self.by_id.insert(new.id, at);
        self.own[usize::from(new.author.0)].push(at);
        self.entries.push(new.into_entry(position, reach));
        at
    }

    /// Records an entry's verdict.
    pub(super) fn set_verdict(&mut self, at: EntryIx, verdict: Result<(), Invalid>, lock: Option<Lock>) {
        if let Some(entry) = self.entries.get_mut(at.0 as usize) {
            entry.verdict = verdict;
            entry.lock = lock;
        }
    }
}

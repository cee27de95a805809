//! One machine of an honest researcher: a copy of their log, the journal of what was signed there, and what it has seen.
//!
//! Does what the real tool does, in memory and by the same functions of the core: it mends its log by
//! [`crate::protocol::remedy`], holds what is about to be signed against all that it has signed or seen
//! ([`crate::protocol::evidence`]), and uses no slot that a lost memory forbids ([`crate::protocol::memory`]). A
//! [`Lapse`] switches one of these manners off, so that a test shows what rests on it.

use std::collections::BTreeSet;

use super::actor::{Actor, Decide};
use super::world::World;
use crate::protocol::duty::{Duty, Standing, duties, standing};
use crate::protocol::evidence::statements_prove;
use crate::protocol::file::File;
use crate::protocol::id::{CommitId, Digest, Name};
use crate::protocol::index::EntryIx;
use crate::protocol::memory::may_use;
use crate::protocol::object::Trouble;
use crate::protocol::past::Clock;
use crate::protocol::remedy::{Remedy, remedy};
use crate::protocol::slot::Slot;
use crate::protocol::verify::Remote;

/// A manner that a machine lacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lapse {
    /// It lacks none.
    None,
    /// It cites what remotes show now, and nothing else that it knows.
    PinsAreNotCited,
    /// It drops what lost its push, and before it signs it looks for another file at the same slot, and no other proof.
    JournalBySlotOnly,
    /// Any entries of enough others that have its recovered log in their past end a loss of memory.
    AnswersOfAnyKind,
    /// It cites nothing that brings more than so many new entries of one author, whoever that is.
    EverybodysEntriesCount(usize),
}

/// Whether a copy knows all that was signed with its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Memory {
    Whole,
    /// It does not, and this entry is its mark, once there is one.
    Lost(Option<CommitId>),
}

/// A machine.
#[derive(Debug)]
pub struct Machine {
    actor: Actor,
    journal: BTreeSet<CommitId>,
    memory: Memory,
    lapse: Lapse,
}

/// What a machine keeps on its disk: what a backup brings back.
#[derive(Clone, Debug)]
pub struct Disk {
    head: Option<CommitId>,
    journal: BTreeSet<CommitId>,
    memory: Memory,
}

impl Machine {
    /// A new machine, which remembers that nothing was ever signed; `None` when the charter has no such name.
    ///
    /// # Errors
    /// As [`Actor::new`].
    pub fn new(world: &World, name: &str, lapse: Lapse) -> Result<Option<Self>, Trouble> {
        let actor = Actor::new(world, name)?;
        Ok(actor.map(|actor| Self { actor, journal: BTreeSet::new(), memory: Memory::Whole, lapse }))
    }

    /// The machine after the loss of its disk: it knows its key and that it may have signed anything.
    ///
    /// # Errors
    /// As [`Actor::new`].
    pub fn without_memory(world: &World, name: &str, lapse: Lapse) -> Result<Option<Self>, Trouble> {
        let new = Self::new(world, name, lapse)?;
        Ok(new.map(|machine| Self { memory: Memory::Lost(None), ..machine }))
    }

    /// What is on its disk now.
    pub fn disk(&self) -> Disk {
        Disk { head: self.actor.head(), journal: self.journal.clone(), memory: self.memory }
    }

    /// The machine with what was on its disk at an earlier time.
    ///
    /// # Errors
    /// As [`Actor::new`].
    pub fn from_backup(world: &World, name: &str, lapse: Lapse, disk: &Disk) -> Result<Option<Self>, Trouble> {
        let Some(mut machine) = Self::new(world, name, lapse)? else { return Ok(None) };
        machine.journal.clone_from(&disk.journal);
        machine.memory = disk.memory;
        machine.actor.verification.seen.local = disk.head;
        if let Some(head) = disk.head {
            machine.actor.pins(world, head)?;
        }
        Ok(Some(machine))
    }

    /// Its researcher.
    pub const fn name(&self) -> &Name {
        self.actor.name()
    }

    /// The newest entry here.
    pub const fn head(&self) -> Option<CommitId> {
        self.actor.head()
    }

    /// What it knows.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Is shown a head by somebody's remote, its own included.
    ///
    /// # Errors
    /// As [`Actor::hears`].
    pub fn hears(&mut self, world: &World, name: &Name, head: CommitId) -> Result<(), Trouble> {
        self.actor.hears(world, name, head)
    }

    /// Notes that what it knows has entries of its own that its journal lacks although no other machine can have made
    /// them: the journal is older than the log.
    pub fn notices_an_old_journal(&mut self) {
        let known = &self.actor.verification;
        let index = &known.history.index;
        let own = index.entries_of(self.actor.me).iter().filter(|at| index.holds(&known.everything, **at));
        let is_older = own.map(|at| index.entry(*at).id).any(|id| !self.journal.contains(&id));
        if is_older && self.memory == Memory::Whole {
            self.memory = Memory::Lost(None);
        }
    }

    /// Mends the log here, then writes up to `most` entries: what is due, or what `decide` chooses. Gives what was
    /// written. The caller has had its own remote asked.
    ///
    /// # Errors
    /// As [`Actor::acts`].
    pub fn acts(&mut self, world: &mut World, most: usize, decide: &mut Decide<'_>) -> Result<Vec<CommitId>, Trouble> {
        for commit in self.journal.clone() {
            self.actor.verification.history.extend(world.store(), commit)?;
        }
        self.counts_what_stands();
        let mut written = self.mends(world)?;
        if self.lacks_something() {
            return Ok(written);
        }
        for _ in 0..most {
            match self.writes_one(world, decide)? {
                Some(commit) => written.push(commit),
                None => break,
            }
        }
        Ok(written)
    }

    /// Carries out remedies until there is none, or one that is not for a machine in memory.
    fn mends(&mut self, world: &mut World) -> Result<Vec<CommitId>, Trouble> {
        let mut written = Vec::new();
        // Each remedy leaves fewer branches; a log has few.
        for _ in 0..16 {
            let forgets = self.lapse == Lapse::JournalBySlotOnly;
            let signed: Vec<CommitId> = self.journal.iter().copied().filter(|_| !forgets).collect();
            let known = &mut self.actor.verification;
            if known.seen.local.is_none()
                && signed.is_empty()
                && known.history.index.entries_of(self.actor.me).is_empty()
            {
                break;
            }
            known.seen.local = known.seen.local.or(Some(known.history.index.genesis.commit));
            let found = remedy(known, self.actor.me, &[], &signed);
            let id = |at: EntryIx| known.history.index.entry(at).id;
            match found {
                Some(Remedy::CatchUp(to)) => known.seen.local = Some(id(to)),
                Some(Remedy::Void(_, to)) => {
                    known.seen.local = Some(to);
                    self.counts_what_stands();
                }
                Some(Remedy::Join([_, published])) if forgets => {
                    known.seen.local = Some(id(published));
                    self.counts_what_stands();
                }
                Some(Remedy::Join([a, b])) => {
                    let parents = [id(a), id(b)];
                    let joined = world.by(self.actor.name.as_str()).with_parents(&parents).acknowledges();
                    self.signed(world, joined)?;
                    written.push(joined);
                }
                _ => break,
            }
        }
        let known = &mut self.actor.verification;
        known.seen.local = known.seen.local.filter(|head| *head != known.history.index.genesis.commit);
        Ok(written)
    }

    /// What is known is what anyone showed and what stands here: nobody sees what is void.
    fn counts_what_stands(&mut self) {
        let known = &mut self.actor.verification;
        let tips: Vec<CommitId> = known.seen.pins.iter().copied().chain(known.seen.local).collect();
        known.everything = known.history.reach(tips);
    }

    fn lacks_something(&mut self) -> bool {
        let known = &mut self.actor.verification;
        !standing(known, self.actor.me).lost.is_empty()
    }

    fn writes_one(&mut self, world: &mut World, decide: &mut Decide<'_>) -> Result<Option<CommitId>, Trouble> {
        let standing = self.standing();
        let due = duties(&self.actor.verification, &standing);
        let due: Vec<Duty> = due.into_iter().filter(|duty| self.may(&standing, duty)).collect();
        let Some(duty) = self.actor.decides(&standing, due, decide).filter(|duty| self.may(&standing, duty)) else {
            return Ok(None);
        };
        let Some(file) = self.actor.file(&standing, &duty, decide) else { return Ok(None) };
        if let Some((slot, file)) = &file
            && self.is_bound(&standing.view, slot, file)
        {
            return Ok(None);
        }
        let commit = self.actor.writes(world, &standing, &duty, file)?;
        self.signed(world, commit)?;
        Ok(Some(commit))
    }

    /// What the next entry builds on; with a lapse, on less.
    pub fn standing(&mut self) -> Standing {
        let known = &mut self.actor.verification;
        let mut standing = standing(known, self.actor.me);
        let (everything, lapse) = (known.seen.remotes.clone(), self.lapse);
        let index = &mut known.history.index;
        let shown: BTreeSet<EntryIx> =
            everything.values().filter_map(Remote::shown).filter_map(|h| index.find(h)).collect();
        let own = standing.own.clone();
        standing.cite.retain(|at| match lapse {
            Lapse::PinsAreNotCited => shown.contains(at),
            Lapse::EverybodysEntriesCount(most) => index.authors().all(|(author, _)| {
                let (reach, known) = (index.pasts.members_of(&index.entry(*at).reach, author), &own);
                reach.iter().filter(|position| !index.pasts.holds(known, author, *position)).count() <= most
            }),
            _ => true,
        });
        let cited = index.reach_of(standing.cite.iter().copied());
        standing.view = own;
        index.pasts.join(&mut standing.view, &cited);
        standing.at = crate::protocol::duty::current(index, &standing.view);
        standing
    }

    /// Whether memory allows what a duty asks for.
    fn may(&self, standing: &Standing, duty: &Duty) -> bool {
        let Memory::Lost(mark) = self.memory else { return true };
        let Some(slot) = duty.slot() else { return true };
        let index = &self.actor.verification.history.index;
        let mark = mark.and_then(|mark| index.find(mark));
        match self.lapse {
            Lapse::AnswersOfAnyKind => {
                let head = self.head().and_then(|head| index.find(head));
                let others = index.authors().filter(|(author, _)| *author != self.actor.me);
                let wrote = |author| {
                    let entries = index.entries_of(author).iter();
                    entries.into_iter().any(|at| head.is_none_or(|head| index.holds(&index.entry(*at).past, head)))
                };
                others.filter(|(author, _)| wrote(*author)).count() >= index.charter.n() - index.charter.faults() - 1
            }
            _ => may_use(index, &standing.view, mark, &slot).is_ok(),
        }
    }

    /// Whether anything that was signed here, or is known, would be a proof together with this.
    fn is_bound(&self, past: &Clock, slot: &Slot, file: &File) -> bool {
        let index = &self.actor.verification.history.index;
        let digest = Digest::of(file.print().as_bytes());
        index.entries_of(self.actor.me).iter().any(|at| {
            let entry = index.entry(*at);
            let Some(added) = &entry.added else { return false };
            let unrelated = !index.holds(past, *at);
            let proof = statements_prove((&added.slot, added.digest), (slot, digest), unrelated);
            match self.lapse {
                Lapse::JournalBySlotOnly => added.slot == *slot && proof.is_some(),
                _ => proof.is_some(),
            }
        })
    }

    fn signed(&mut self, world: &World, commit: CommitId) -> Result<(), Trouble> {
        self.journal.insert(commit);
        if self.memory == Memory::Lost(None) {
            self.memory = Memory::Lost(Some(commit));
        }
        self.actor.verification.take_in(world.store(), commit)
    }
}

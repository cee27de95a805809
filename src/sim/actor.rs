//! A researcher in memory: knows what they were told, and does what section 6 says.
//!
//! Decides nothing by the rules' letter: it asks [`crate::protocol::duty`] what is owed, as the real tool does,
//! and where a person decides, it asks the caller. Two actors of one name that do not know of each other are a
//! researcher who shows two faces.

use crate::protocol::citing::with_evidence;
use crate::protocol::duty::{Duty, Standing, duties, standing};
use crate::protocol::evidence;
use crate::protocol::file::{Answer, Disposition, Fields, File, Stance};
use crate::protocol::id::{At, CommitId, Name};
use crate::protocol::index::{EntryIx, Index};
use crate::protocol::object::Trouble;
use crate::protocol::past::Author;
use crate::protocol::report::selected;
use crate::protocol::slot::Slot;
use crate::protocol::verify::{Remote, Seen, Verification, verify};

use super::world::World;

/// What a person decides: one of so many choices, counted from 0. What is out of range is "none of these".
pub type Decide<'a> = dyn FnMut(usize) -> usize + 'a;

/// A researcher, with a log of their own and what they were told of the others'.
#[derive(Debug)]
pub struct Actor {
    pub(super) name: Name,
    pub(super) me: Author,
    pub(super) verification: Verification,
}

impl Actor {
    /// A researcher who knows nothing but the charter; `None` when the charter has no such name.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn new(world: &World, name: &str) -> Result<Option<Self>, Trouble> {
        let verification = verify(world.charter().clone(), Seen::default(), world.store())?;
        let found = Name::parse(name).and_then(|name| Some((verification.history.index.author(&name)?, name)));
        Ok(found.map(|(me, name)| Self { name, me, verification }))
    }

    /// The name.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The newest entry of the log.
    pub const fn head(&self) -> Option<CommitId> {
        self.verification.seen.local
    }

    /// What this researcher knows.
    pub const fn verification(&self) -> &Verification {
        &self.verification
    }

    /// Is shown `head` by somebody's remote; that somebody's remote showed another before is not forgotten.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn hears(&mut self, world: &World, name: &Name, head: CommitId) -> Result<(), Trouble> {
        let known = &mut self.verification;
        known.seen.remotes.insert(name.clone(), Remote::Shown(Some(head)));
        self.pins(world, head)
    }

    /// Knows of a head from now on, whoever shows it.
    pub(super) fn pins(&mut self, world: &World, head: CommitId) -> Result<(), Trouble> {
        let known = &mut self.verification;
        if !known.seen.pins.insert(head) {
            return Ok(());
        }
        known.history.extend(world.store(), head)?;
        let reach = known.history.reach([head]);
        known.history.index.pasts.join(&mut known.everything, &reach);
        let (one, other) =
            (evidence::equivocations(&known.history.index), evidence::contradictions(&known.history.index));
        known.convicted = evidence::convicted(&one, &other);
        Ok(())
    }

    /// What this researcher owes now, and what the next entry would build on.
    pub fn owes(&mut self) -> (Standing, Vec<Duty>) {
        let standing = standing(&mut self.verification, self.me);
        let duties = duties(&self.verification, &standing);
        (standing, duties)
    }

    /// Writes the entry that is owed first, or one of those a person decides on; `None` when nothing is written.
    /// The choices, in order: each thing owed, and leaving the round.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn acts(&mut self, world: &mut World, decide: &mut Decide<'_>) -> Result<Option<CommitId>, Trouble> {
        let (standing, duties) = self.owes();
        let Some(duty) = self.decides(&standing, duties, decide) else { return Ok(None) };
        let Some(file) = self.file(&standing, &duty, decide) else { return Ok(None) };
        self.writes(world, &standing, &duty, file).map(Some)
    }

    /// Which of the things owed is done: the first if it needs no decision, else what a person decides on.
    pub(super) fn decides(&self, standing: &Standing, mut duties: Vec<Duty>, decide: &mut Decide<'_>) -> Option<Duty> {
        let index = &self.verification.history.index;
        if let Some(owed) = duties.first().filter(|duty| duty.is_mechanical() || matches!(duty, Duty::Join)) {
            return Some(owed.clone());
        }
        let left = index.has_left(&standing.view, self.me, standing.at);
        if !left && index.has_joined(&standing.own, self.me) {
            duties.retain(|duty| !matches!(duty, Duty::Abandon(_)));
            duties.push(Duty::Abandon(standing.at));
        }
        let chosen = decide(duties.len());
        duties.into_iter().nth(chosen)
    }

    /// Writes on what is known, or nothing but a citation when there is no file.
    pub(super) fn writes(
        &mut self,
        world: &mut World,
        standing: &Standing,
        duty: &Duty,
        file: Option<(Slot, File)>,
    ) -> Result<CommitId, Trouble> {
        let index = &self.verification.history.index;
        let evidence = match duty {
            Duty::Accuse(name) => proof(index, name).map(Vec::from).unwrap_or_default(),
            _ => Vec::new(),
        };
        let cited = with_evidence(index, &standing.own, &standing.cite, &evidence);
        let cited = cited.iter().map(|entry| index.entry(*entry).id);
        let first = self.head().unwrap_or(world.genesis());
        let parents: Vec<CommitId> = std::iter::once(first).chain(cited).collect();
        let entry = world.by(self.name.as_str()).with_parents(&parents);
        let id = match file {
            Some((slot, file)) => entry.file(slot, file),
            None => entry.acknowledges(),
        };
        self.verification.take_in(world.store(), id)?;
        Ok(id)
    }

    /// The file that a duty asks for; within, `None` for an acknowledgement. Without: it is not done here.
    pub(super) fn file(
        &self,
        standing: &Standing,
        duty: &Duty,
        decide: &mut Decide<'_>,
    ) -> Option<Option<(Slot, File)>> {
        let index = &self.verification.history.index;
        let short = |fields| File { fields, text: String::new() };
        let long = |fields, text: String| File { fields, text };
        Some(Some(match duty {
            Duty::Acknowledge => return Some(None),
            Duty::Repair => return None,
            Duty::Join => (Slot::Join, short(Fields::Join)),
            Duty::Ratify(at, value) => (Slot::Ratify(*at), short(Fields::Ratify { value: *value })),
            Duty::Echo(at, value) => (Slot::Echo(*at), short(Fields::Echo { value: *value })),
            Duty::ChooseEcho(at, values) => {
                let value = *values.get(decide(values.len()))?;
                (Slot::Echo(*at), short(Fields::Echo { value }))
            }
            Duty::Abandon(at) => (Slot::Abandon(*at), short(Fields::Abandon)),
            Duty::Propose(at) => {
                let fields = Fields::Proposal { title: format!("{at} by {}", self.name) };
                (Slot::Proposal(*at), long(fields, format!("What {} proposes.\n", self.name)))
            }
            Duty::Vote(at, names) => {
                let target = proposal_by(index, standing, *at, names.get(decide(names.len()))?)?;
                (Slot::Vote(*at), short(Fields::Vote { target }))
            }
            Duty::Criticize(at, name) => {
                // Two machines may have proposed the same text: what is selected counts.
                let chosen = selected(index, &standing.view, *at).into_iter().map(|entry| index.entry(entry));
                let of = chosen.into_iter().find(|entry| index.name(entry.author) == name)?.id;
                let fields = Fields::Criticism { of, stance: Stance::NoObjection };
                (Slot::Criticism(*at, name.clone()), short(fields))
            }
            Duty::Revise(at, of) => {
                let fields = revision(index, standing, *at, *of);
                (Slot::Revision(*at), long(fields, format!("What {} revised.\n", self.name)))
            }
            Duty::Accuse(name) => {
                let [a, b] = proof(index, name)?.map(|entry| index.entry(entry).id);
                let fields = Fields::Accusation { accused: name.clone(), evidence: [a.min(b), a.max(b)] };
                (Slot::Accusation(name.clone()), short(fields))
            }
        }))
    }
}

/// A valid proposal by somebody, in what the next entry would build on.
fn proposal_by(index: &Index, standing: &Standing, at: At, name: &Name) -> Option<CommitId> {
    let proposals = crate::protocol::duty::proposals_in(index, &standing.view, at);
    proposals.into_iter().map(|entry| index.entry(entry)).find(|entry| index.name(entry.author) == name).map(|e| e.id)
}

/// A revision of one's own proposal that accepts every criticism seen.
fn revision(index: &Index, standing: &Standing, at: At, of: CommitId) -> Fields {
    let seen = index.find(of).map(|proposal| index.criticisms_of(&standing.view, proposal)).unwrap_or_default();
    let answer = |entry: &EntryIx| {
        let entry = index.entry(*entry);
        let by = index.name(entry.author).clone();
        Answer { by, commit: entry.id, disposition: Disposition::Accepted, reason: String::new() }
    };
    Fields::Revision { of, title: format!("{at}, revised"), criticisms: seen.iter().map(answer).collect() }
}

/// Two entries that convict somebody.
fn proof(index: &Index, name: &Name) -> Option<[EntryIx; 2]> {
    evidence::against(index, index.author(name)?).map(|(_, pair)| pair)
}

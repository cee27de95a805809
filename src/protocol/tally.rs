//! Counting valid entries: selection, certificates, locks, finality.
//!
//! Everything here is a count of researchers who have a *valid* entry of some kind in a given past. Nothing
//! is ever taken back: a proof of misbehaviour changes no count (section 4), for if a convicted
//! researcher's echo stopped counting, a certificate could vanish from one past and not from another.
//!
//! What a past holds is found from the entries that are in it, never from all that anybody ever said, so that
//! copies on other branches cost nothing. What rounds there are is looked through one by one: a round opens by a
//! quorum, each with a file of its own in a tree of at most 64 KiB (2.tree), so a step has some thousands at most.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::id::{At, CommitId};
use super::index::{Body, EntryIx, Index};
use super::past::{Author, Clock, Pasts, Position};

/// Some entries of one author.
#[derive(Default, Debug, Clone)]
pub struct Positions {
    few: Vec<Position>,
    many: Bits,
}

impl Positions {
    /// More than this many are kept as a set, so that a log made of copies is counted as fast as any other.
    const FEW: usize = 32;

    /// Adds an entry; positions come in ascending order.
    pub fn insert(&mut self, position: Position) {
        if self.few.len() < Self::FEW {
            self.few.push(position);
        } else {
            self.many.insert(position);
        }
    }

    /// How many are in a past, counted up to `limit`.
    pub fn count_in(&self, pasts: &Pasts, past: &Clock, author: Author, limit: usize) -> usize {
        let few = self.few.iter().filter(|p| pasts.holds(past, author, **p)).take(limit).count();
        if few < limit && self.few.len() >= Self::FEW {
            return few + self.many.common(&pasts.members_of(past, author)).take(limit - few).count();
        }
        few
    }

    /// Whether any is in a past.
    pub fn any_in(&self, pasts: &Pasts, past: &Clock, author: Author) -> bool {
        self.count_in(pasts, past, author, 1) == 1
    }

    /// Those in a past, ascending.
    pub fn those_in(&self, pasts: &Pasts, past: &Clock, author: Author) -> Vec<Position> {
        let few = self.few.iter().copied().filter(|position| pasts.holds(past, author, *position));
        let mut found: Vec<Position> = few.collect();
        if self.few.len() >= Self::FEW {
            // What one author may have in a past is bounded (2.budget); what they have signed is not.
            found.extend(self.many.common(&pasts.members_of(past, author)));
        }
        found
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Position> + '_ {
        self.few.iter().copied().chain(self.many.iter())
    }
}

/// Valid entries of several authors that say the same.
#[derive(Default, Debug, Clone)]
pub struct Voices(BTreeMap<Author, Positions>);

impl Voices {
    fn insert(&mut self, author: Author, position: Position) {
        self.0.entry(author).or_default().insert(position);
    }

    /// How many researchers have one.
    pub fn authors(&self) -> usize {
        self.0.len()
    }

    /// Who has one in a past.
    pub fn authors_in(&self, pasts: &Pasts, past: &Clock) -> Vec<Author> {
        self.0.iter().filter(|(a, p)| p.any_in(pasts, past, **a)).map(|(a, _)| *a).collect()
    }

    /// Whether `count` researchers have one in a past.
    pub fn reach(&self, pasts: &Pasts, past: &Clock, count: usize) -> bool {
        self.authors() >= count && self.authors_in(pasts, past).len() >= count
    }

    /// How many entries are in a past, counted up to `limit`.
    pub fn entries_in(&self, pasts: &Pasts, past: &Clock, limit: usize) -> usize {
        self.0.iter().fold(0, |count, (author, positions)| {
            count + positions.count_in(pasts, past, *author, limit.saturating_sub(count))
        })
    }

    /// Whether this researcher has one in a past.
    pub fn has(&self, pasts: &Pasts, past: &Clock, author: Author) -> bool {
        self.0.get(&author).is_some_and(|positions| positions.any_in(pasts, past, author))
    }

    /// All entries, by author and position.
    pub fn iter(&self) -> impl Iterator<Item = (Author, Position)> + '_ {
        self.0.iter().flat_map(|(author, positions)| positions.iter().map(|position| (*author, position)))
    }

    /// Those in a past, by author and position.
    pub fn those_in(&self, pasts: &Pasts, past: &Clock) -> Vec<(Author, Position)> {
        let each = self.0.iter().map(|(author, positions)| (*author, positions.those_in(pasts, past, *author)));
        each.flat_map(|(author, found)| found.into_iter().map(move |position| (author, position))).collect()
    }
}

/// Voices for different values.
#[derive(Default, Debug)]
pub struct Ballot {
    by_value: BTreeMap<EntryIx, Voices>,
    /// Every voice, whatever it is for.
    all: Voices,
    /// What each is for.
    values: BTreeMap<(Author, Position), EntryIx>,
    /// By how many researchers the value is supported that most support.
    most: usize,
}

impl Ballot {
    fn insert(&mut self, value: EntryIx, author: Author, position: Position) {
        let voices = self.by_value.entry(value).or_default();
        voices.insert(author, position);
        self.most = self.most.max(voices.authors());
        self.all.insert(author, position);
        self.values.insert((author, position), value);
    }

    /// The voices for a value.
    pub fn voices(&self, value: EntryIx) -> Option<&Voices> {
        self.by_value.get(&value)
    }

    /// Every value with its voices.
    pub fn iter(&self) -> impl Iterator<Item = (EntryIx, &Voices)> {
        self.by_value.iter().map(|(value, voices)| (*value, voices))
    }

    /// The values that `count` researchers support in a past.
    pub fn reached(&self, pasts: &Pasts, past: &Clock, count: usize) -> Vec<EntryIx> {
        if self.most < count.max(1) {
            return Vec::new();
        }
        let mut support: BTreeMap<EntryIx, BTreeSet<Author>> = BTreeMap::new();
        for voice in self.all.those_in(pasts, past) {
            if let Some(value) = self.values.get(&voice) {
                support.entry(*value).or_default().insert(voice.0);
            }
        }
        support.into_iter().filter(|(_, authors)| authors.len() >= count).map(|(value, _)| value).collect()
    }
}

/// A certificate that an `abandon` carries into the next round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lock {
    /// The certificate's round.
    pub round: u32,
    /// Its revision.
    pub value: EntryIx,
    /// The revision's commit: the smaller one wins among locks of the same round.
    pub id: CommitId,
}

impl Lock {
    fn order(&self) -> (Reverse<u32>, CommitId) {
        (Reverse(self.round), self.id)
    }
}

/// The valid entries of one round.
#[derive(Default, Debug)]
pub struct Round {
    /// Proposals.
    pub proposals: Voices,
    /// Votes, by proposal.
    pub votes: Ballot,
    /// Criticisms, by proposal.
    pub criticisms: BTreeMap<EntryIx, Voices>,
    /// Revisions.
    pub revisions: Voices,
    /// Revisions, by proposal.
    pub revisions_of: BTreeMap<EntryIx, Vec<EntryIx>>,
    /// Echoes, by revision.
    pub echoes: Ballot,
    /// Ratifies, by revision.
    pub ratifies: Ballot,
    /// Abandons.
    pub abandons: Voices,
    /// The locks that abandons carry.
    locks: BTreeMap<(Author, Position), Lock>,
}

/// All rounds of all steps that have a valid entry, and who joined.
#[derive(Default, Debug)]
pub struct Tallies {
    steps: BTreeMap<u32, BTreeMap<u32, Round>>,
    joins: Voices,
}

impl Tallies {
    /// The round, if it has a valid entry.
    pub fn round(&self, at: At) -> Option<&Round> {
        self.steps.get(&at.step)?.get(&at.round)
    }

    /// The steps that have valid entries, ascending.
    pub fn steps(&self) -> impl Iterator<Item = u32> + '_ {
        self.steps.keys().copied()
    }

    /// The rounds of a step that have valid entries, ascending.
    pub fn rounds(&self, step: u32) -> impl DoubleEndedIterator<Item = (u32, &Round)> {
        self.steps.get(&step).into_iter().flatten().map(|(round, tally)| (*round, tally))
    }

    /// Counts a valid entry. `join` counts too: it opens its author's log.
    pub(super) fn count(&mut self, author: Author, position: Position, at: Option<At>, said: Said) {
        let Some(at) = at else {
            if matches!(said, Said::Join) {
                self.joins.insert(author, position);
            }
            return;
        };
        let round = self.steps.entry(at.step).or_default().entry(at.round).or_default();
        match said {
            Said::Proposal => round.proposals.insert(author, position),
            Said::Vote(proposal) => round.votes.insert(proposal, author, position),
            Said::Criticism(proposal) => round.criticisms.entry(proposal).or_default().insert(author, position),
            Said::Revision { of, this } => {
                round.revisions.insert(author, position);
                round.revisions_of.entry(of).or_default().push(this);
            }
            Said::Echo(value) => round.echoes.insert(value, author, position),
            Said::Ratify(value) => round.ratifies.insert(value, author, position),
            Said::Abandon(lock) => {
                round.abandons.insert(author, position);
                round.locks.extend(lock.map(|lock| ((author, position), lock)));
            }
            Said::Join | Said::Nothing => {}
        }
    }
}

/// What a valid entry adds to the tallies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    Join,
    Proposal,
    Vote(EntryIx),
    Criticism(EntryIx),
    Revision { of: EntryIx, this: EntryIx },
    Echo(EntryIx),
    Ratify(EntryIx),
    Abandon(Option<Lock>),
    Nothing,
}

/// What the tallies say of a past (section 3).
impl Index {
    /// Whether a researcher's `join` is in a past.
    pub fn has_joined(&self, past: &Clock, author: Author) -> bool {
        self.tallies.joins.has(&self.pasts, past, author)
    }

    /// Whether a round is open: the step before is final, or a quorum has left the round before.
    pub fn is_open(&self, past: &Clock, at: At) -> bool {
        match (at.step, at.round) {
            (1, 0) => true,
            (step, 0) => self.final_value(past, step - 1).is_some(),
            (step, round) => {
                let quorum = self.charter_for(step, past).quorum();
                let left = self.tallies.round(At::new(step, round - 1)).map(|r| &r.abandons);
                left.is_some_and(|abandons| abandons.reach(&self.pasts, past, quorum))
            }
        }
    }

    /// Whether a proposal is selected: a majority votes for it, or it is the only valid proposal of the very
    /// first round, where whoever takes the initiative starts.
    pub fn is_selected(&self, past: &Clock, proposal: EntryIx) -> bool {
        let Some((at, round)) = self.entry(proposal).at().and_then(|at| Some((at, self.tallies.round(at)?))) else {
            return false;
        };
        let majority = self.charter_for(at.step, past).majority();
        let voted = round.votes.voices(proposal).is_some_and(|votes| votes.reach(&self.pasts, past, majority));
        voted || (at == At::new(1, 0) && self.is_only_proposal(past, round, proposal))
    }

    fn is_only_proposal(&self, past: &Clock, round: &Round, proposal: EntryIx) -> bool {
        self.holds(past, proposal) && round.proposals.entries_in(&self.pasts, past, 2) == 1
    }

    /// The revisions that have a certificate in a round: valid echoes by a quorum.
    pub fn certificates(&self, past: &Clock, at: At) -> Vec<EntryIx> {
        let quorum = self.charter_for(at.step, past).quorum();
        self.tallies.round(at).map(|r| r.echoes.reached(&self.pasts, past, quorum)).unwrap_or_default()
    }

    /// The lock that an `abandon` of `at` with this past carries: the certificate with the highest round up
    /// to its own, and of several in that round the one with the smallest commit.
    pub fn lock(&self, past: &Clock, at: At) -> Option<Lock> {
        let rounds = self.tallies.rounds(at.step).rev().map(|(round, _)| round).filter(|round| *round <= at.round);
        rounds.filter_map(|round| self.certified(past, At::new(at.step, round))).next()
    }

    /// The certificate of a round; of several, the one with the smallest commit.
    pub fn certified(&self, past: &Clock, at: At) -> Option<Lock> {
        let locks = self.certificates(past, at).into_iter().map(|value| (self.entry(value).id, value));
        locks.min().map(|(id, value)| Lock { round: at.round, value, id })
    }

    /// The lock carried into a round: the highest one among all valid abandons of the round before.
    ///
    /// Why the highest of *all*, and why it keeps agreement: suppose v became final in round r.
    /// 1. A quorum ratified v, each with the certificate for v in its past.
    /// 2. A quorum must abandon r before r+1 opens. The two share at least f+1 researchers.
    /// 3. None of those abandoned first: after one's own abandon a ratify is invalid; and if neither
    ///    follows the other, that is a contradiction, which convicts.
    /// 4. So, unless f+1 are convicted, some abandon in every past that opens r+1 has the certificate
    ///    for v in its past, and carries a lock of round r or later. By induction its value is v.
    pub fn carried_lock(&self, past: &Clock, at: At) -> Option<Lock> {
        let before = self.tallies.round(At::new(at.step, at.round.checked_sub(1)?))?;
        if before.locks.is_empty() {
            return None;
        }
        let left = before.abandons.those_in(&self.pasts, past);
        left.iter().filter_map(|abandon| before.locks.get(abandon)).min_by_key(|lock| lock.order()).copied()
    }

    /// The revisions of a step that a quorum has ratified in one round, each with its lowest such round.
    pub fn finals(&self, past: &Clock, step: u32) -> BTreeMap<EntryIx, u32> {
        let quorum = self.charter_for(step, past).quorum();
        let mut finals = BTreeMap::new();
        for (round, tally) in self.tallies.rounds(step) {
            for value in tally.ratifies.reached(&self.pasts, past, quorum) {
                finals.entry(value).or_insert(round);
            }
        }
        finals
    }

    /// The revision with which a step is final, and its round. With two such revisions there is none, and
    /// nothing opens on that step.
    pub fn final_value(&self, past: &Clock, step: u32) -> Option<(EntryIx, u32)> {
        let mut finals = self.finals(past, step).into_iter();
        finals.next().filter(|_| finals.next().is_none())
    }

    /// Whether a researcher has a valid `abandon` of a round of `at`'s step, `at`'s or a later one.
    pub fn has_left(&self, past: &Clock, author: Author, at: At) -> bool {
        let mut rounds = self.tallies.rounds(at.step).rev().take_while(|(round, _)| *round >= at.round);
        rounds.any(|(_, tally)| tally.abandons.has(&self.pasts, past, author))
    }

    /// For each researcher who has a valid criticism of a proposal in a past, the one with the smallest commit id; by
    /// commit. These a revision answers (3.revision): it would have no end if it had to answer all that critics sign.
    pub fn criticisms_of(&self, past: &Clock, proposal: EntryIx) -> Vec<EntryIx> {
        let round = self.entry(proposal).at().and_then(|at| self.tallies.round(at));
        let voices = round.and_then(|round| round.criticisms.get(&proposal));
        let critics = voices.into_iter().flat_map(|voices| voices.0.iter());
        let mut found: Vec<EntryIx> = critics
            .filter_map(|(author, positions)| {
                let seen = positions.those_in(&self.pasts, past, *author).into_iter();
                seen.map(|position| self.at_position(*author, position)).min_by_key(|at| self.entry(*at).id)
            })
            .collect();
        found.sort_by_key(|at| self.entry(*at).id);
        found
    }

    /// The entry as a valid proposal of a round, if it is one.
    pub fn valid_proposal(&self, entry: Option<EntryIx>, at: At) -> Option<EntryIx> {
        entry.filter(|e| self.is_valid_at(*e, at) && matches!(self.entry(*e).body, Body::Proposal { .. }))
    }

    /// The entry as a valid revision of a round, if it is one.
    pub fn valid_revision(&self, entry: Option<EntryIx>, at: At) -> Option<EntryIx> {
        entry.filter(|e| self.is_valid_at(*e, at) && matches!(self.entry(*e).body, Body::Revision { .. }))
    }

    fn is_valid_at(&self, entry: EntryIx, at: At) -> bool {
        let entry = self.entry(entry);
        entry.is_valid() && entry.at() == Some(at)
    }
}

#[cfg(test)]
mod tests;

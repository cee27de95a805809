//! Proofs of misbehaviour (section 4): two well-formed entries that no honest researcher signs both.
//!
//! - **equivocation**: one author, one slot of a step, different files.
//! - **contradiction**: by one author, an `abandon` of (k, r) and an `echo` or `ratify` of (k, r') with
//!   r' <= r, neither an ancestor of the other.
//!
//! An honest researcher keeps one chain and uses each slot once, so neither can be made of honest entries.
//! Well-formed is enough, valid is not needed. What anyone could have made without the author's key is no
//! proof and never comes here. A fork without a proof is reported, but convicts nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;
use super::id::{At, CommitId, Digest};
use super::index::{Entry, EntryIx, Index};
use super::past::{Author, Clock, Position};
use super::slot::{Kind, Slot};

/// What two entries prove.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// One slot, different files.
    Equivocation,
    /// A round left, and supported beside that.
    Contradiction,
}

impl Proof {
    /// The word, the same as the finding's code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equivocation => "equivocation",
            Self::Contradiction => "contradiction",
        }
    }
}

/// What two entries prove against their author, if anything.
pub fn proves(index: &Index, a: EntryIx, b: EntryIx) -> Option<Proof> {
    let (x, y) = (index.entry(a), index.entry(b));
    if x.author != y.author {
        return None;
    }
    let unrelated = !index.holds(&x.past, b) && !index.holds(&y.past, a);
    let (one, other) = (x.added.as_ref()?, y.added.as_ref()?);
    statements_prove((&one.slot, one.digest), (&other.slot, other.digest), unrelated)
}

/// What two statements of one author prove, each a file's slot and digest; `unrelated` when the entry of neither is in
/// the past of the other's. So a statement can be held against others before it is signed.
pub fn statements_prove(one: (&Slot, Digest), other: (&Slot, Digest), unrelated: bool) -> Option<Proof> {
    if one.0 == other.0 {
        return (is_counted(one.0) && one.1 != other.1).then_some(Proof::Equivocation);
    }
    let opposed = |left: &Slot, stayed: &Slot| match (left, left.at(), stayed.at()) {
        (Slot::Abandon(_), Some(left), Some(at)) => {
            supports(stayed.kind()) && at.step == left.step && at.round <= left.round
        }
        _ => false,
    };
    (unrelated && (opposed(one.0, other.0) || opposed(other.0, one.0))).then_some(Proof::Contradiction)
}

/// Whether two files in this slot convict: `join.md` and accusations are counted nowhere, and an honest researcher's
/// two machines may each write one.
const fn is_counted(slot: &Slot) -> bool {
    slot.at().is_some()
}

fn supports(kind: Kind) -> bool {
    matches!(kind, Kind::Echo | Kind::Ratify)
}

/// An author's different files at one slot of a step, each by its smallest commit.
#[derive(Debug, Clone)]
pub struct Equivocation {
    /// Who signed them.
    pub author: Author,
    /// The slot.
    pub slot: Slot,
    /// For each different file the smallest commit id that adds it; ascending.
    pub commits: Vec<CommitId>,
}

/// All equivocations, by author and slot.
pub fn equivocations(index: &Index) -> Vec<Equivocation> {
    let conflicting = index.slots_used().filter(|(_, slot, used)| used.files.len() > 1 && is_counted(slot));
    let found = conflicting.map(|(author, slot, used)| {
        let mut commits: Vec<_> = used.files.values().copied().collect();
        commits.sort();
        Equivocation { author, slot: slot.clone(), commits }
    });
    found.collect()
}

/// An `abandon` and an `echo` or `ratify` beside it.
#[derive(Debug, Clone, Copy)]
pub struct Contradiction {
    /// Who signed them.
    pub author: Author,
    /// The round of the `abandon`.
    pub at: At,
    /// The `abandon`.
    pub abandon: CommitId,
    /// The `echo` or `ratify`.
    pub other: CommitId,
}

/// For each author and step that has contradictions, the pair with the smallest `abandon`, then the
/// smallest other entry.
pub fn contradictions(index: &Index) -> Vec<Contradiction> {
    // Entries of a chain all follow one another.
    let forked = index.authors().map(|(author, _)| author).filter(|author| !index.pasts.is_chain(*author));
    forked.flat_map(|author| sides_of(index, author).into_values().filter_map(|sides| sides.least(index))).collect()
}

/// What an author wrote for one step that can be part of a contradiction, by position.
struct Sides {
    author: Author,
    /// Entries of each side by their positions, with their rounds: the `abandon`s, and the `echo`es and `ratify`s.
    left: Side,
    stayed: Side,
}

#[derive(Default)]
struct Side {
    rounds: BTreeMap<Position, u32>,
    positions: Bits,
}

impl Side {
    fn insert(&mut self, position: Position, round: u32) {
        self.rounds.insert(position, round);
        self.positions.insert(position);
    }

    /// Those in the past of an entry of their author, with their rounds.
    fn followed_by(&self, index: &Index, entry: &Entry) -> Vec<(Position, u32)> {
        let past = index.pasts.members_of(&entry.past, entry.author);
        self.positions.common(&past).filter_map(|at| Some((at, *self.rounds.get(&at)?))).collect()
    }
}

/// The steps of an author in which they have both left and stayed.
fn sides_of(index: &Index, author: Author) -> BTreeMap<u32, Sides> {
    let mut steps = BTreeMap::new();
    for entry in index.entries_of(author).iter().map(|at| index.entry(*at)) {
        let Some(at) = entry.at() else { continue };
        let none = || Sides { author, left: Side::default(), stayed: Side::default() };
        let sides: &mut Sides = steps.entry(at.step).or_insert_with(none);
        match entry.kind() {
            Kind::Abandon => sides.left.insert(entry.position, at.round),
            kind if supports(kind) => sides.stayed.insert(entry.position, at.round),
            _ => {}
        }
    }
    steps
}

impl Sides {
    /// The least contradiction. No pair is looked at but those of which one follows the other, and one past holds no
    /// more entries of an author than rule 2.budget allows: an `abandon` is part of a contradiction when fewer of the
    /// entries that oppose it are related to it than there are.
    fn least(&self, index: &Index) -> Option<Contradiction> {
        let entry = |position: Position| index.entry(index.at_position(self.author, position));
        let related = self.related(index);
        let mut rounds: Vec<u32> = self.stayed.rounds.values().copied().collect();
        rounds.sort_unstable();
        let opposed = |left: Position, round: u32| {
            rounds.partition_point(|other| *other <= round) > related.get(&left).copied().unwrap_or(0)
        };
        let contradicts = self.left.rounds.iter().filter(|(left, round)| opposed(**left, **round));
        let (left, round) = contradicts.min_by_key(|(left, _)| entry(**left).id)?;
        let abandon = entry(*left);
        let earlier = self.stayed.rounds.iter().filter(|(_, other)| *other <= round).map(|(at, _)| entry(*at));
        let follows = |a: &Entry, b: &Entry| index.pasts.holds(&a.past, self.author, b.position);
        let beside = earlier.filter(|other| !follows(abandon, other) && !follows(other, abandon));
        let (other, at) = (beside.map(|other| other.id).min()?, abandon.at()?);
        Some(Contradiction { author: self.author, at, abandon: abandon.id, other })
    }

    /// For each `abandon`, how many of the entries that oppose it follow it or are followed by it.
    fn related(&self, index: &Index) -> BTreeMap<Position, usize> {
        let entry = |position: Position| index.entry(index.at_position(self.author, position));
        let mut related: BTreeMap<Position, usize> = BTreeMap::new();
        for (left, round) in &self.left.rounds {
            let before = self.stayed.followed_by(index, entry(*left));
            *related.entry(*left).or_default() += before.iter().filter(|(_, other)| other <= round).count();
        }
        for (at, round) in &self.stayed.rounds {
            let before = self.left.followed_by(index, entry(*at));
            for (left, _) in before.iter().filter(|(_, other)| round <= other) {
                *related.entry(*left).or_default() += 1;
            }
        }
        related
    }
}

/// Two entries that prove misbehaviour of an author, if any are held: of an equivocation those with the
/// smallest commit ids, else a contradiction.
pub fn against(index: &Index, author: Author) -> Option<(Proof, [EntryIx; 2])> {
    let equivocation = equivocations(index).into_iter().find(|e| e.author == author);
    let (proof, a, b) = match equivocation.as_ref().map(|e| e.commits.as_slice()) {
        Some([a, b, ..]) => (Proof::Equivocation, *a, *b),
        _ => {
            let pair = contradictions(index).into_iter().find(|c| c.author == author)?;
            (Proof::Contradiction, pair.abandon.min(pair.other), pair.abandon.max(pair.other))
        }
    };
    Some((proof, [index.find(a)?, index.find(b)?]))
}

/// Whether what a past holds of an author proves misbehaviour. What an author may have in a past is bounded (2.budget).
pub fn is_proven_in(index: &Index, past: &Clock, author: Author) -> bool {
    let entries = index.pasts.members_of(past, author);
    let entries: Vec<EntryIx> = entries.iter().map(|position| index.at_position(author, position)).collect();
    let mut files: BTreeMap<&Slot, Digest> = BTreeMap::new();
    for added in entries.iter().filter_map(|at| index.entry(*at).added.as_ref()).filter(|a| is_counted(&a.slot)) {
        if *files.entry(&added.slot).or_insert(added.digest) != added.digest {
            return true;
        }
    }
    let of_kind = |wanted: fn(Kind) -> bool| {
        entries.iter().copied().filter(move |at| wanted(index.entry(*at).kind())).collect::<Vec<EntryIx>>()
    };
    let supporting = of_kind(supports);
    let abandons = of_kind(|kind| kind == Kind::Abandon);
    !index.pasts.is_chain(author)
        && abandons.iter().any(|left| supporting.iter().any(|stayed| proves(index, *left, *stayed).is_some()))
}

/// Everyone against whom a proof is held.
pub fn convicted(equivocations: &[Equivocation], contradictions: &[Contradiction]) -> BTreeSet<Author> {
    equivocations.iter().map(|e| e.author).chain(contradictions.iter().map(|c| c.author)).collect()
}

#[cfg(test)]
mod tests;

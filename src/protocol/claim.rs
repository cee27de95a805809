//! What a proof that stands alone claims, and whether a history bears it out.
//!
//! A claim is about one group and names commits. It is borne out by the complete pasts of those commits and
//! nothing else: whoever holds them decides the same (section 4). Nothing here reads or writes.

use std::collections::BTreeMap;

use super::evidence::{self, Proof};
use super::history::History;
use super::id::{At, CommitId, Name};
use super::index::{Body, EntryIx, Index};
use super::past::Clock;
use super::slot::{Kind, Slot};

/// Something that can be shown to anyone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// A researcher signed two entries that no honest one signs both.
    Misbehaviour {
        /// What the two prove.
        proof: Proof,
        /// Who signed them.
        researcher: Name,
        /// The step and round: those of the slot, or of the `abandon`; none for a slot outside the steps.
        at: Option<At>,
        /// The slot of both, for an equivocation.
        slot: Option<Slot>,
        /// The two, ascending.
        commits: [CommitId; 2],
    },
    /// A step is final with a revision: a certificate.
    Final {
        /// The step and the round in which a quorum ratified.
        at: At,
        /// The revision.
        value: CommitId,
        /// Ratifies by a quorum, by researcher.
        ratifies: BTreeMap<Name, CommitId>,
    },
}

impl Claim {
    /// The word for the kind of claim.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Misbehaviour { proof, .. } => proof.as_str(),
            Self::Final { .. } => "final",
        }
    }

    /// The commits whose pasts bear the claim out, each under the name it goes by in a proof.
    pub fn heads(&self) -> BTreeMap<Name, CommitId> {
        match self {
            Self::Misbehaviour { commits: [a, b], .. } => {
                let named = [("first", a), ("second", b)].into_iter();
                named.filter_map(|(name, id)| Some((Name::parse(name)?, *id))).collect()
            }
            Self::Final { ratifies, .. } => ratifies.clone(),
        }
    }
}

/// The claim that a researcher misbehaved, if what is seen bears it out.
pub fn against(index: &Index, name: &Name) -> Option<Claim> {
    let (_, pair) = evidence::against(index, index.author(name)?)?;
    misbehaviour(index, pair)
}

fn misbehaviour(index: &Index, [a, b]: [EntryIx; 2]) -> Option<Claim> {
    let proof = evidence::proves(index, a, b)?;
    let slot = index.entry(a).added.as_ref().map(|added| added.slot.clone()).filter(|_| proof == Proof::Equivocation);
    let abandon = [a, b].into_iter().find(|entry| index.entry(*entry).kind() == Kind::Abandon);
    let at = index.entry(abandon.unwrap_or(a)).at();
    let researcher = index.name(index.entry(a).author).clone();
    let mut commits = [index.entry(a).id, index.entry(b).id];
    commits.sort();
    Some(Claim::Misbehaviour { proof, researcher, at, slot, commits })
}

/// The claim that a step is final, if it is in this past: the revision and, of each of the first researchers
/// by name who make up a quorum, the ratify with the smallest commit id.
pub fn finality(index: &Index, past: &Clock, step: u32) -> Option<Claim> {
    let (value, round) = index.final_value(past, step)?;
    let at = At::new(step, round);
    let voices = index.tallies.round(at)?.ratifies.voices(value)?;
    let mut ratifies: BTreeMap<Name, CommitId> = BTreeMap::new();
    for (author, position) in voices.iter().filter(|(a, p)| index.pasts.holds(past, *a, *p)) {
        let id = index.entry(index.at_position(author, position)).id;
        ratifies.entry(index.name(author).clone()).and_modify(|known| *known = id.min(*known)).or_insert(id);
    }
    let quorum = index.charter_for(step, past).quorum();
    let ratifies = ratifies.into_iter().take(quorum).collect();
    Some(Claim::Final { at, value: index.entry(value).id, ratifies })
}

/// What a history of just these heads bears out, by kind of claim: the claim is made anew from the commits
/// and never taken from what somebody wrote.
pub fn borne_out(history: &mut History, kind: &str, heads: &BTreeMap<Name, CommitId>) -> Option<Claim> {
    let entries: Option<Vec<EntryIx>> = heads.values().map(|id| history.index.find(*id)).collect();
    let entries = entries?;
    if kind != "final" {
        let [a, b] = entries.as_slice() else { return None };
        return misbehaviour(&history.index, [*a, *b]).filter(|claim| claim.kind() == kind && claim.heads() == *heads);
    }
    let past = history.index.reach_of(entries.iter().copied());
    let index = &history.index;
    let step = match entries.first().map(|at| index.entry(*at)) {
        Some(entry) if matches!(entry.body, Body::Ratify { .. }) => entry.at()?.step,
        _ => return None,
    };
    finality(index, &past, step).filter(|claim| claim.heads() == *heads)
}

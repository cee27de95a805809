//! Validity (section 3): one predicate for each condition, in the order of the table.
//!
//! Judged on the entry's own past and nothing else, so whoever holds the entry decides the same. The first
//! condition an entry breaks is its verdict; what is invalid counts nowhere, and its descendants are judged
//! on their own.
//!
//! | entry for (k, r) | valid when, in its past |
//! |---|---|
//! | any | its author has joined and (k, r) is open (3.open); the slot is unused (3.slot) |
//! | proposal | no lock is carried |
//! | vote | it is for a valid proposal |
//! | criticism | it is of the valid, selected proposal of the one its slot names, not one's own |
//! | revision | of one's own valid proposal, with enough criticisms, and it lists one of each critic |
//! | echo | of the carried lock's revision, or else a valid one; not after one's own abandon |
//! | ratify | of a certified revision; not after one's own abandon |
//! | abandon | - |
//! | accusation | the evidence proves misbehaviour of the accused |

use std::collections::BTreeSet;

use super::evidence;
use super::id::{At, Name};
use super::index::{Answered, Body, Entry, EntryIx, Index};
use super::past::{Author, Clock};
use super::slot::{Kind, Slot};
use super::tally::Said;
use super::wellformed::WellFormed;

/// The condition of section 3 that an entry breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The condition's tag.
    pub rule: &'static str,
    /// What is wrong, for people.
    pub why: String,
}

fn broken<T>(rule: &'static str, why: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid { rule, why: why.into() })
}

/// Takes a well-formed entry into the index, judges it and counts it.
pub fn admit(index: &mut Index, entry: WellFormed) -> EntryIx {
    let at = index.insert(entry);
    let verdict = judge(index, index.entry(at));
    let entry = index.entry(at);
    let left = entry.at().filter(|_| verdict.is_ok() && entry.kind() == Kind::Abandon);
    let lock = left.and_then(|round| index.lock(&entry.past, round));
    if let Some(said) = verdict.as_ref().ok().and_then(|()| said(index, at, lock)) {
        let (author, position, round) = (entry.author, entry.position, entry.at());
        index.tallies.count(author, position, round, said);
    }
    index.set_verdict(at, verdict, lock);
    at
}

/// Judges a well-formed entry as [`admit`] would, without taking it in.
///
/// # Errors
/// The first condition it would break.
pub fn preview(index: &Index, entry: WellFormed) -> Result<(), Invalid> {
    judge(index, &entry.into_entry(0, index.pasts.nothing()))
}

/// Whether an entry of `author` for a slot, with `past` as its past, could be valid with some content: what of section 3 does
/// not depend on what its file says. So nobody need write what cannot count.
///
/// # Errors
/// The first condition it would break.
pub fn possible(index: &Index, author: Author, past: &Clock, slot: &Slot) -> Result<(), Invalid> {
    author_has_joined(index, author, past, slot.kind())?;
    if let Some(at) = slot.at() {
        round_is_open(index, past, at)?;
    }
    slot_is_unused(index, author, past, slot)?;
    match slot {
        Slot::Proposal(at) => no_lock_is_carried(index, past, *at),
        Slot::Echo(at) => author_has_not_left(index, author, past, *at, "3.echo"),
        Slot::Ratify(at) => author_has_not_left(index, author, past, *at, "3.ratify"),
        _ => Ok(()),
    }
}

/// What a valid entry adds to the tallies.
fn said(index: &Index, at: EntryIx, lock: Option<super::tally::Lock>) -> Option<Said> {
    Some(match &index.entry(at).body {
        Body::Join => Said::Join,
        Body::Proposal { .. } => Said::Proposal,
        Body::Vote { target } => Said::Vote((*target)?),
        Body::Criticism { of, .. } => Said::Criticism((*of)?),
        Body::Revision { of, .. } => Said::Revision { of: (*of)?, this: at },
        Body::Echo { value } => Said::Echo((*value)?),
        Body::Ratify { value } => Said::Ratify((*value)?),
        Body::Abandon => Said::Abandon(lock),
        Body::Accusation { .. } | Body::Acknowledgement => Said::Nothing,
    })
}

/// Judges an entry by its past.
///
/// # Errors
/// The first condition it breaks.
pub fn judge(index: &Index, entry: &Entry) -> Result<(), Invalid> {
    let (author, past) = (entry.author, &entry.past);
    author_has_joined(index, author, past, entry.kind())?;
    if let Some(at) = entry.at() {
        round_is_open(index, past, at)?;
    }
    if let Some(added) = &entry.added {
        slot_is_unused(index, author, past, &added.slot)?;
    }
    match (&entry.body, entry.added.as_ref().map(|added| &added.slot)) {
        (Body::Proposal { .. }, Some(Slot::Proposal(at))) => no_lock_is_carried(index, past, *at),
        (Body::Vote { target }, Some(Slot::Vote(at))) => vote_is_for_a_valid_proposal(index, *target, *at),
        (Body::Criticism { of, .. }, Some(Slot::Criticism(at, name))) => {
            criticism_is_of_a_selected_proposal(index, entry, *of, *at, name)
        }
        (Body::Revision { of, criticisms, .. }, Some(Slot::Revision(at))) => {
            let proposal = revision_is_of_the_authors_proposal(index, entry, *of, *at)?;
            criticisms_are_enough(index, entry, proposal, *at)?;
            one_criticism_of_each_is_listed(index, entry, proposal, criticisms)
        }
        (Body::Echo { value }, Some(Slot::Echo(at))) => {
            echo_is_of_the_bound_value(index, entry, *value, *at)?;
            author_has_not_left(index, author, past, *at, "3.echo")
        }
        (Body::Ratify { value }, Some(Slot::Ratify(at))) => {
            value_is_certified(index, entry, *value, *at)?;
            author_has_not_left(index, author, past, *at, "3.ratify")
        }
        (Body::Accusation { accused, evidence }, _) => evidence_is_a_proof(index, accused, *evidence),
        // 3.abandon: nothing beyond 3.open and 3.slot. A join and an acknowledgement have no rule of their own.
        _ => Ok(()),
    }
}

/// 3.open: its author's `join` is there, or it is the join.
fn author_has_joined(index: &Index, author: Author, past: &Clock, kind: Kind) -> Result<(), Invalid> {
    if kind == Kind::Join || index.has_joined(past, author) {
        return Ok(());
    }
    broken("3.open", "its author has not joined before it")
}

/// 3.open: (k, r) is open.
fn round_is_open(index: &Index, past: &Clock, at: At) -> Result<(), Invalid> {
    if index.is_open(past, at) {
        return Ok(());
    }
    let why = match at.round {
        0 => format!("step {} is not final in its past, so {at} is not open", at.step - 1),
        round => format!("no quorum has left round {} in its past, so {at} is not open", round - 1),
    };
    broken("3.open", why)
}

/// 3.slot: no entry of its author there has its slot.
fn slot_is_unused(index: &Index, author: Author, past: &Clock, slot: &Slot) -> Result<(), Invalid> {
    let used = index.slot_use(author, slot);
    match used.is_some_and(|used| used.positions.any_in(&index.pasts, past, author)) {
        false => Ok(()),
        true => broken("3.slot", "its author has already used this slot"),
    }
}

/// 3.proposal: no lock is carried.
fn no_lock_is_carried(index: &Index, past: &Clock, at: At) -> Result<(), Invalid> {
    match index.carried_lock(past, at) {
        None => Ok(()),
        Some(lock) => broken(
            "3.proposal",
            format!("a lock on revision {} of round {} is carried into {at}", lock.id.short(), lock.round),
        ),
    }
}

/// 3.vote: `for` is a valid proposal of (k, r).
fn vote_is_for_a_valid_proposal(index: &Index, target: Option<EntryIx>, at: At) -> Result<(), Invalid> {
    match index.valid_proposal(target, at) {
        Some(_) => Ok(()),
        None => broken("3.vote", format!("what it votes for is not a valid proposal of {at}")),
    }
}

/// 3.criticism: `of` is a valid proposal of (k, r) by the one its slot names, not the author, and selected.
fn criticism_is_of_a_selected_proposal(
    index: &Index,
    entry: &Entry,
    of: Option<EntryIx>,
    at: At,
    name: &Name,
) -> Result<(), Invalid> {
    let Some(proposal) = index.valid_proposal(of, at) else {
        return broken("3.criticism", format!("what it criticises is not a valid proposal of {at}"));
    };
    let by = index.entry(proposal).author;
    if index.name(by) != name {
        return broken("3.criticism", format!("the proposal is not by {name}, whom its slot names"));
    }
    if by == entry.author {
        return broken("3.criticism", "it criticises its author's own proposal");
    }
    match index.is_selected(&entry.past, proposal) {
        true => Ok(()),
        false => broken("3.criticism", "the proposal is not selected in its past"),
    }
}

/// 3.revision: `of` is the author's own valid proposal of (k, r).
fn revision_is_of_the_authors_proposal(
    index: &Index,
    entry: &Entry,
    of: Option<EntryIx>,
    at: At,
) -> Result<EntryIx, Invalid> {
    match index.valid_proposal(of, at).filter(|proposal| index.entry(*proposal).author == entry.author) {
        Some(proposal) => Ok(proposal),
        None => broken("3.revision", format!("what it revises is not a valid proposal of its author in {at}")),
    }
}

/// 3.revision: valid criticisms by quorum-1 researchers are there; with quorum 1, the proposal is selected.
fn criticisms_are_enough(index: &Index, entry: &Entry, proposal: EntryIx, at: At) -> Result<(), Invalid> {
    let needed = index.charter_for(at.step, &entry.past).quorum() - 1;
    if needed == 0 {
        return match index.is_selected(&entry.past, proposal) {
            true => Ok(()),
            false => broken("3.revision", "the proposal is not selected in its past"),
        };
    }
    let critics = index.tallies.round(at).and_then(|round| round.criticisms.get(&proposal));
    let have = critics.map_or(0, |critics| critics.authors_in(&index.pasts, &entry.past).len());
    if have >= needed {
        return Ok(());
    }
    broken(
        "3.revision",
        format!("valid criticisms by {needed} researchers are needed in its past, and {have} are there"),
    )
}

/// 3.revision: of each researcher who has a valid criticism in its past, `criticisms` lists the one with the smallest
/// commit id, and nothing else, each with its author.
fn one_criticism_of_each_is_listed(
    index: &Index,
    entry: &Entry,
    proposal: EntryIx,
    listed: &[Answered],
) -> Result<(), Invalid> {
    let due = index.criticisms_of(&entry.past, proposal);
    let is_due = |item: &Answered| {
        item.criticism.is_some_and(|c| due.contains(&c) && *index.name(index.entry(c).author) == item.by)
    };
    if let Some(Answered { criticism, by, .. }) = listed.iter().find(|item| !is_due(item)) {
        let id = criticism.map_or_else(|| "genesis".to_owned(), |c| index.entry(c).id.short());
        return broken(
            "3.revision",
            format!("it lists {id} by {by}, which is not the first valid criticism of the proposal by {by}"),
        );
    }
    let in_list: BTreeSet<EntryIx> = listed.iter().filter_map(|item| item.criticism).collect();
    match due.iter().find(|c| !in_list.contains(c)) {
        None => Ok(()),
        Some(left_out) => {
            let left_out = index.entry(*left_out);
            let by = index.name(left_out.author);
            broken("3.revision", format!("it leaves out the criticism {} by {by}", left_out.id.short()))
        }
    }
}

/// 3.echo: `value` is the carried lock's revision if a lock is carried, else a valid revision of (k, r).
fn echo_is_of_the_bound_value(index: &Index, entry: &Entry, value: Option<EntryIx>, at: At) -> Result<(), Invalid> {
    if let Some(lock) = index.carried_lock(&entry.past, at) {
        return match value == Some(lock.value) {
            true => Ok(()),
            false => broken("3.echo", format!("a lock on another revision, {}, is carried into {at}", lock.id.short())),
        };
    }
    match index.valid_revision(value, at) {
        Some(_) => Ok(()),
        None => broken("3.echo", format!("what it echoes is not a valid revision of {at}")),
    }
}

/// 3.echo and 3.ratify: the author has no valid `abandon` of (k, r') with r' >= r.
fn author_has_not_left(index: &Index, author: Author, past: &Clock, at: At, rule: &'static str) -> Result<(), Invalid> {
    match index.has_left(past, author, at) {
        false => Ok(()),
        true => broken(rule, format!("its author has abandoned {at} or a later round before it")),
    }
}

/// 3.ratify: a certificate for `value` in (k, r) is there.
fn value_is_certified(index: &Index, entry: &Entry, value: Option<EntryIx>, at: At) -> Result<(), Invalid> {
    match value.is_some_and(|value| index.certificates(&entry.past, at).contains(&value)) {
        true => Ok(()),
        false => broken("3.ratify", format!("no quorum has echoed what it ratifies in {at} in its past")),
    }
}

/// 3.accusation: the two commits are entries of the accused and prove misbehaviour.
fn evidence_is_a_proof(index: &Index, accused: &Name, evidence: [Option<EntryIx>; 2]) -> Result<(), Invalid> {
    let proof = match evidence {
        [Some(a), Some(b)] => evidence::proves(index, a, b).filter(|_| index.name(index.entry(a).author) == accused),
        _ => None,
    };
    match proof {
        Some(_) => Ok(()),
        None => broken("3.accusation", format!("the two entries do not prove misbehaviour of {accused}")),
    }
}

#[cfg(test)]
mod tests;

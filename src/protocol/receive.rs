//! What a server lets into a researcher's branch.
//!
//! Every commit that a push brings must be well-formed. Beyond that only the researcher's own new entries are
//! judged: one that is not valid, an unrepaired fork, or one that completes a proof against its author refuses
//! the push. Other people's misbehaviour never does: an honest head carries it as evidence, and nobody may block
//! honest pushes by misbehaving.

use super::evidence::{contradictions, equivocations};
use super::history::{History, Node};
use super::id::{CommitId, Name};
use super::index::EntryIx;
use super::past::{Author, Clock};

/// Why a push is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// It would delete the branch.
    #[error("it would delete the log of {0}")]
    Deletion(Name),
    /// It would take back what was there.
    #[error("it would take back {0}, which was there already")]
    Backward(CommitId),
    /// It brings a commit that is no entry.
    #[error("it brings {0}, which is no entry: {1}")]
    NotAnEntry(CommitId, String),
    /// Its head is not an entry of the researcher.
    #[error("its head is not an entry of {0}")]
    OthersHead(Name),
    /// A new entry of the researcher does not count.
    #[error("{0} would not count: {1}")]
    Invalid(CommitId, String),
    /// The researcher's log would have branches that nothing joins.
    #[error("the log of {0} would have {1} branches that nothing joins")]
    Fork(Name, usize),
    /// A new entry would convict its author.
    #[error("it would convict {0} of {1}")]
    Proof(Name, &'static str),
}

/// Judges a push of `new` to the branch of `name`, which was at `old`. Both have been judged by
/// [`History::extend`], and nothing else has.
///
/// # Errors
/// The first reason to refuse it.
pub fn judge(history: &mut History, name: &Name, old: Option<CommitId>, new: Option<CommitId>) -> Result<(), Refusal> {
    let Some(new) = new else { return Err(Refusal::Deletion(name.clone())) };
    all_are_entries(history, new)?;
    let author = history.index.author(name).ok_or_else(|| Refusal::OthersHead(name.clone()))?;
    let before = history.reach(old);
    goes_forward(history, old, new)?;
    if new == history.index.genesis.commit {
        return Ok(());
    }
    let head = history.index.find(new).filter(|at| history.index.entry(*at).author == author);
    let head = head.ok_or_else(|| Refusal::OthersHead(name.clone()))?;
    own_entries_count(history, author, &before, head)?;
    no_proof_is_completed(history, author, &before)
}

fn all_are_entries(history: &History, new: CommitId) -> Result<(), Refusal> {
    let reached = history.reached(new);
    if let Some(id) = reached.faulty.first() {
        let why = match history.node(*id) {
            Some(Node::Faulty(fault, _)) => format!("{} (rule {})", fault.why, fault.rule),
            _ => "it breaks section 2".to_owned(),
        };
        return Err(Refusal::NotAnEntry(*id, why));
    }
    let odd = reached.roots.first().map(|id| (*id, "its root is not this group's genesis"));
    let odd = odd.or_else(|| reached.incomplete.first().map(|id| (*id, "an object it needs is missing")));
    match odd {
        Some((id, why)) => Err(Refusal::NotAnEntry(id, why.to_owned())),
        None if reached.missing => Err(Refusal::NotAnEntry(new, "it is missing".to_owned())),
        None => Ok(()),
    }
}

/// The old head stays, unless it was no entry itself: then back to the newest entry it was built on, and on.
fn goes_forward(history: &History, old: Option<CommitId>, new: CommitId) -> Result<(), Refusal> {
    let Some(old) = old.filter(|old| *old != new && *old != history.index.genesis.commit) else { return Ok(()) };
    let held = |entry: EntryIx| {
        history
            .index
            .find(new)
            .is_some_and(|new| new == entry || history.index.holds(&history.index.entry(new).past, entry))
    };
    match history.reached(old).entries.into_iter().all(held) {
        true => Ok(()),
        false => Err(Refusal::Backward(old)),
    }
}

fn own_entries_count(history: &History, author: Author, before: &Clock, head: EntryIx) -> Result<(), Refusal> {
    let index = &history.index;
    let name = index.name(author);
    let new = index.entries_of(author).iter().filter(|at| !index.holds(before, **at));
    for entry in new.map(|at| index.entry(*at)) {
        if let Err(invalid) = &entry.verdict {
            return Err(Refusal::Invalid(entry.id, format!("{} (rule {})", invalid.why, invalid.rule)));
        }
    }
    match index.tips(&index.entry(head).reach, author).len() {
        0 | 1 => Ok(()),
        branches => Err(Refusal::Fork(name.clone(), branches)),
    }
}

/// A proof that the old head held already is nobody's news; one that a new entry completes refuses the push.
fn no_proof_is_completed(history: &History, author: Author, before: &Clock) -> Result<(), Refusal> {
    let index = &history.index;
    let is_new = |id: &CommitId| index.find(*id).is_some_and(|at| !index.holds(before, at));
    let equivocates = equivocations(index).into_iter().any(|e| e.author == author && e.commits.iter().any(is_new));
    let contradicts =
        contradictions(index).into_iter().any(|c| c.author == author && [c.abandon, c.other].iter().any(is_new));
    match (equivocates, contradicts) {
        (true, _) => Err(Refusal::Proof(index.name(author).clone(), "equivocation")),
        (_, true) => Err(Refusal::Proof(index.name(author).clone(), "contradiction")),
        _ => Ok(()),
    }
}

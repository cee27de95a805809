//! What a server lets into a researcher's branch.
//!
//! Every commit that a push brings must be well-formed. Beyond that only the researcher's own new entries are
//! judged: one that is not valid, an unrepaired fork, or one that completes a proof against its author refuses
//! the push. Other people's misbehaviour never does: an honest head carries it as evidence, and nobody may block
//! honest pushes by misbehaving. It is only told ([`carried`]).
//!
//! The client asks the same before it pushes, so what leaves a repository of bicker's is what servers take.

use std::collections::BTreeSet;
use std::fmt;

use super::citing::branches;
use super::evidence::{Proof, contradictions, equivocations};
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
    #[error("it would take back {}, which is already published", .0.short())]
    Backward(CommitId),
    /// It brings a commit that is no entry.
    #[error("it contains {}, which is not an entry: {}", .0.short(), .1)]
    NotAnEntry(CommitId, String),
    /// Its head is not an entry of the researcher.
    #[error("what it contains does not end with an entry by {0}, whose log this is")]
    OthersHead(Name),
    /// A new entry of the researcher does not count.
    #[error("{} would not count: {}", .0.short(), .1)]
    Invalid(CommitId, String),
    /// The researcher's log would have branches that nothing joins.
    #[error("the log of {0} would have {1} branches that nothing joins")]
    Fork(Name, usize),
    /// A new entry would convict its author.
    #[error("it would convict {0} of {1}")]
    Proof(Name, &'static str),
}

/// What to do with a copy of a log that lacks something published.
pub const BEHIND: &str = "bring this copy up to date with what is published, keeping your texts: bicker heal";

impl Refusal {
    /// What the person who pushed can do, where `back` is what their branch can go back to ([`back`]).
    pub fn hints(&self, back: CommitId) -> Vec<String> {
        let reset = format!("git reset --soft {}", back.short());
        let hints: &[String] = match self {
            Self::Deletion(_) => &["what is published stays published; to leave the group, just stop writing".into()],
            Self::Backward(_) => &[BEHIND.into()],
            Self::NotAnEntry(..) => &[
                "take it back, keeping your texts: bicker heal".into(),
                "write it in the folder that `bicker join` made, where git has it checked and signed".into(),
            ],
            Self::OthersHead(_) => &["see whose log belongs where: bicker charter show".into()],
            Self::Invalid(..) => &[
                format!("it is not published, so you can take it back, keeping your files: {reset}"),
                "see where things stand: bicker status".into(),
            ],
            // Whoever cited a branch through others can no longer make it a parent (2.parent), so nothing joins it.
            Self::Fork(..) => &["nothing is published yet: stop writing, and ask the others before you go on".into()],
            Self::Proof(..) => {
                &[format!("take it back before anyone sees it, and stop writing in that copy of your log: {reset}")]
            }
        };
        hints.to_vec()
    }

    /// The same for whoever pushed from a clone that bicker did not make, where git alone has to do it.
    pub fn in_a_clone(&self, back: CommitId) -> Option<String> {
        match self {
            Self::Backward(_) => Some("in a plain clone of your log, type instead: git pull".to_owned()),
            Self::NotAnEntry(..) => {
                Some(format!("in a plain clone of your log, type instead: git reset --soft {}", back.short()))
            }
            _ => None,
        }
    }
}

/// Where the log of `name` can go back to when a push to it was refused: the newest entry that is there, else the
/// newest that the push builds on.
pub fn back(history: &History, name: &Name, old: Option<CommitId>, new: Option<CommitId>) -> CommitId {
    let own = |at: &EntryIx| history.index.name(history.index.entry(*at).author) == name;
    let newest = |head: CommitId| history.reached(head).entries.into_iter().filter(own).max();
    let found = old.and_then(newest).or_else(|| new.and_then(newest));
    found.map_or(history.index.genesis.commit, |at| history.index.entry(at).id)
}

/// Misbehaviour of one researcher that a push to somebody else's log brings for the first time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// Who misbehaved.
    pub name: Name,
    /// How many of their new entries are not valid.
    pub invalid: usize,
    /// How many branches of their log nothing joins, if a new one is among them.
    pub branches: usize,
    /// What new entries prove against them.
    pub proof: Option<Proof>,
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.proof.map(|proof| format!("proof of {}", proof.as_str())));
        parts.extend((self.branches > 1).then(|| format!("{} branches that nothing joins", self.branches)));
        parts.extend(match self.invalid {
            0 => None,
            1 => Some("1 entry that does not count".to_owned()),
            more => Some(format!("{more} entries that do not count")),
        });
        write!(f, "{}: {}", self.name, parts.join(", "))
    }
}

/// What a push that was let through carries of others' misbehaviour, by name. It is told so that people look;
/// it refuses nothing.
pub fn carried(history: &mut History, name: &Name, old: Option<CommitId>, new: CommitId) -> Vec<Carried> {
    let before = history.reach(old);
    let after = history.reach([new]);
    let index = &history.index;
    let is_new = |at: &EntryIx| !index.holds(&before, *at);
    let is_new_id = |id: &CommitId| index.find(*id).is_some_and(|at| is_new(&at));
    let (equivocations, contradictions) = (equivocations(index), contradictions(index));
    let others = index.authors().filter(|(_, other)| *other != name);
    let found = others.map(|(author, other)| {
        let proven = |proof| match proof {
            Proof::Equivocation => equivocations.iter().any(|e| e.author == author && e.commits.iter().any(is_new_id)),
            Proof::Contradiction => {
                contradictions.iter().any(|c| c.author == author && [c.abandon, c.other].iter().any(is_new_id))
            }
        };
        let ends = branches(index, &after, author);
        Carried {
            name: other.clone(),
            invalid: index.entries_of(author).iter().filter(|at| !index.entry(**at).is_valid() && is_new(at)).count(),
            branches: if ends.len() > 1 && ends.iter().any(is_new) { ends.len() } else { 0 },
            proof: [Proof::Equivocation, Proof::Contradiction].into_iter().find(|proof| proven(*proof)),
        }
    });
    found.filter(|carried| carried.invalid > 0 || carried.branches > 1 || carried.proof.is_some()).collect()
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
    old.map_or(Ok(()), |old| goes_forward(history, author, old, new))?;
    if new == history.index.genesis.commit {
        return Ok(());
    }
    let head = history.index.find(new).filter(|at| history.index.entry(*at).author == author);
    let head = head.ok_or_else(|| Refusal::OthersHead(name.clone()))?;
    own_entries_count(history, author, &before)?;
    no_branch_is_left(history, author, &before, head)?;
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

/// Whether the branch of `author` keeps all their entries when it moves from `old` to `new`. What is no entry of
/// theirs may be left behind: whoever planted it cannot hold the log up with it.
///
/// # Errors
/// It loses one.
pub fn goes_forward(history: &mut History, author: Author, old: CommitId, new: CommitId) -> Result<(), Refusal> {
    let (there, kept) = (history.reach([old]), history.reach([new]));
    let index = &history.index;
    match index.tips(&there, author).into_iter().find(|own| !index.holds(&kept, *own)) {
        None => Ok(()),
        Some(lost) => Err(Refusal::Backward(index.entry(lost).id)),
    }
}

fn own_entries_count(history: &History, author: Author, before: &Clock) -> Result<(), Refusal> {
    let index = &history.index;
    let new = index.entries_of(author).iter().filter(|at| !index.holds(before, **at));
    for entry in new.map(|at| index.entry(*at)) {
        if let Err(invalid) = &entry.verdict {
            return Err(Refusal::Invalid(entry.id, format!("{} (rule {})", invalid.why, invalid.rule)));
        }
    }
    Ok(())
}

/// Whoever goes on from one branch of their log, citing somebody who has seen another, leaves that one behind for ever.
/// One that the published log had left behind already is nobody's news.
fn no_branch_is_left(history: &History, author: Author, before: &Clock, head: EntryIx) -> Result<(), Refusal> {
    let index = &history.index;
    let published = index.tips(before, author);
    let left_before = branches(index, before, author).into_iter().filter(|end| !published.contains(end));
    let left_before: BTreeSet<EntryIx> = left_before.collect();
    let all = branches(index, &index.entry(head).reach, author);
    match all.iter().any(|end| *end != head && !left_before.contains(end)) {
        true => Err(Refusal::Fork(index.name(author).clone(), all.len())),
        false => Ok(()),
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

#[cfg(test)]
mod tests;

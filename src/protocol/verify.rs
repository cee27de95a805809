//! Verifying: a pure function of the charter, the heads shown, the commits held, and what could not be had.
//!
//! The order of fetching, clocks and locale never show in what it returns. It never stops at the first
//! fault: every finding is made, and all are sorted.

mod remotes;

use std::collections::{BTreeMap, BTreeSet};

use self::remotes::of_remotes;
use super::charter::Charter;
use super::evidence::{self, Contradiction, Equivocation};
use super::finding::{Code, Finding, Severity};
use super::history::History;
use super::id::{CommitId, Name};
use super::index::{Body, Entry, EntryIx, Index};
use super::object::{Objects, Trouble};
use super::past::{Author, Clock};

/// What became of asking a researcher's remote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remote {
    /// It answered; this is the branch's head, `None` when it has no such branch.
    Shown(Option<CommitId>),
    /// It could not be reached. Why is not said here: what a transport says of it differs from run to run.
    Unreachable,
    /// Its transfer was refused, or its branch is no commit.
    Refused {
        /// The head it advertised.
        head: Option<CommitId>,
        /// Why.
        why: String,
    },
}

impl Remote {
    /// Whether it answered at all.
    pub const fn answered(&self) -> bool {
        !matches!(self, Self::Unreachable)
    }

    /// The head shown, if the remote answered and what it sent was taken.
    pub const fn shown(&self) -> Option<CommitId> {
        match self {
            Self::Shown(head) => *head,
            Self::Unreachable | Self::Refused { .. } => None,
        }
    }
}

/// What a verifier has to go by.
#[derive(Clone, Default, Debug)]
pub struct Seen {
    /// Each researcher's remote, as it answered.
    pub remotes: BTreeMap<Name, Remote>,
    /// Heads that remotes showed at any time.
    pub pins: BTreeSet<CommitId>,
    /// The head of the local log, if there is one; its newest entries need not be published yet.
    pub local: Option<CommitId>,
}

/// The verdict of a verification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing is wrong.
    Verified,
    /// Something is wrong.
    Violations,
    /// Nothing is wrong in what could be had, but not everything could.
    Incomplete,
}

/// Whether agreement holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Safety {
    /// At most f researchers are convicted.
    Holds,
    /// More than f researchers are convicted; nothing guarantees agreement any more.
    Unprotected,
    /// Two revisions are final for one step.
    Lost,
}

/// Everything a verification found, before it is put in words.
#[derive(Debug)]
pub struct Verification {
    /// The history, judged.
    pub history: History,
    /// What it was judged from.
    pub seen: Seen,
    /// The clock of everything seen.
    pub everything: Clock,
    /// Who is convicted.
    pub convicted: BTreeSet<Author>,
    /// All findings, sorted.
    pub findings: Vec<Finding>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether agreement holds.
    pub safety: Safety,
}

/// Verifies.
///
/// # Errors
/// Only [`Trouble`] of the store.
pub fn verify(charter: Charter, seen: Seen, objects: &dyn Objects) -> Result<Verification, Trouble> {
    let mut history = History::new(charter);
    for tip in tips(&seen) {
        history.extend(objects, tip)?;
    }
    let everything = history.reach(tips(&seen));
    let equivocations = evidence::equivocations(&history.index);
    let contradictions = evidence::contradictions(&history.index);
    let convicted = evidence::convicted(&equivocations, &contradictions);
    let mut findings = Vec::new();
    findings.extend(of_proofs(&history.index, &equivocations, &contradictions));
    findings.extend(of_forks(&history.index, &everything, &convicted));
    findings.extend(of_invalid_entries(&history.index));
    findings.extend(of_unanswered_criticisms(&history.index, &convicted));
    let lost = of_conflicting_finals(&history.index, &everything);
    let is_lost = !lost.is_empty();
    findings.extend(lost);
    findings.extend(of_remotes(&mut history, &seen));
    findings.sort_by_cached_key(Finding::order);
    let faults = history.index.charter.faults();
    let safety = match () {
        () if is_lost => Safety::Lost,
        () if convicted.len() > faults => Safety::Unprotected,
        () => Safety::Holds,
    };
    let verdict = verdict(&findings);
    Ok(Verification { history, seen, everything, convicted, findings, verdict, safety })
}

impl Verification {
    /// Takes in an entry just added to the local log. Nothing else is judged anew: one's own entry, checked
    /// before it was signed, brings no finding.
    ///
    /// # Errors
    /// Only [`Trouble`] of the store.
    pub fn take_in(&mut self, objects: &dyn Objects, head: CommitId) -> Result<(), Trouble> {
        self.history.extend(objects, head)?;
        self.seen.local = Some(head);
        let reach = self.history.reach([head]);
        self.history.index.pasts.join(&mut self.everything, &reach);
        Ok(())
    }
}

/// Every commit to start from, in order of id: where they come from cannot show.
fn tips(seen: &Seen) -> BTreeSet<CommitId> {
    let shown = seen.remotes.values().filter_map(Remote::shown);
    shown.chain(seen.pins.iter().copied()).chain(seen.local).collect()
}

/// The verdict that findings give.
pub fn verdict(findings: &[Finding]) -> Verdict {
    if findings.iter().any(|f| f.code.severity() == Severity::Error) {
        return Verdict::Violations;
    }
    match findings.iter().any(|f| matches!(f.code, Code::Unreachable | Code::MissingObject)) {
        true => Verdict::Incomplete,
        false => Verdict::Verified,
    }
}

fn of_proofs(index: &Index, equivocations: &[Equivocation], contradictions: &[Contradiction]) -> Vec<Finding> {
    let equivocations = equivocations.iter().map(|e| {
        let name = index.name(e.author);
        let message = format!("{name} signed {} different files for {}", e.commits.len(), e.slot.path());
        Finding::new(
            Code::Equivocation,
            "4",
            message,
            format!("show it to anyone: bicker proof export {name} -o proof-of-{name}"),
        )
        .about(name)
        .at_slot(Some(&e.slot))
        .shown_by(e.commits.iter().copied())
    });
    let contradictions = contradictions.iter().map(|c| {
        let name = index.name(c.author);
        let message = format!("{name} left {} but also supported it or an earlier round of the step", c.at);
        Finding::new(
            Code::Contradiction,
            "4",
            message,
            format!("show it to anyone: bicker proof export {name} -o proof-of-{name}"),
        )
        .about(name)
        .in_round(Some(c.at))
        .shown_by([c.abandon, c.other])
    });
    equivocations.chain(contradictions).collect()
}

fn of_forks(index: &Index, everything: &Clock, convicted: &BTreeSet<Author>) -> Vec<Finding> {
    let innocent = index.authors().filter(|(author, _)| !convicted.contains(author));
    let forked = innocent.filter_map(|(author, name)| {
        let tips = index.tips(everything, author);
        (tips.len() > 1).then(|| {
            let message = format!("the log of {name} has {} branches that no entry of {name} joins", tips.len());
            let hint = format!("ask {name} to run: bicker heal");
            Finding::new(Code::Fork, "4", message, hint).about(name).shown_by(tips.iter().map(|t| index.entry(*t).id))
        })
    });
    forked.collect()
}

fn of_invalid_entries(index: &Index) -> Vec<Finding> {
    let invalid = index.entries().filter_map(|(_, entry)| Some((entry, entry.verdict.as_ref().err()?)));
    let findings = invalid.map(|(entry, invalid)| {
        let name = index.name(entry.author);
        let message = format!("{} by {name} does not count: {}", describe(entry.kind().as_str()), invalid.why);
        let hint = format!("bicker show {}", entry.id.short());
        Finding::new(Code::Invalid, invalid.rule, message, hint)
            .about(name)
            .at_slot(entry.added.as_ref().map(|added| &added.slot))
            .shown_by([entry.id])
    });
    findings.collect()
}

fn describe(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// For each critic and proposal the first valid criticism that a valid revision's past lacks, unless the critic had seen
/// a revision by then, or is answered there for another one.
fn of_unanswered_criticisms(index: &Index, convicted: &BTreeSet<Author>) -> Vec<Finding> {
    let answers = answers(index);
    let mut unanswered: BTreeMap<(Author, EntryIx), &Entry> = BTreeMap::new();
    for (_, entry) in index.entries().filter(|(_, entry)| entry.is_valid() && !convicted.contains(&entry.author)) {
        let Body::Criticism { of: Some(proposal), .. } = &entry.body else { continue };
        let Some(round) = entry.at().and_then(|at| index.tallies.round(at)) else { continue };
        let revisions = round.revisions_of.get(proposal).map_or(0, Vec::len);
        let is_of_this = |(author, position)| {
            let seen = &index.entry(index.at_position(author, position)).body;
            matches!(seen, Body::Revision { of, .. } if *of == Some(*proposal))
        };
        let knew = || round.revisions.those_in(&index.pasts, &entry.past).into_iter().any(is_of_this);
        // A valid revision answers every critic who has a criticism in its past; so one that does not answer this critic
        // lacks this criticism.
        let answered = answers.get(&(*proposal, entry.author)).copied().unwrap_or(0);
        if answered < revisions && !knew() {
            let first = unanswered.entry((entry.author, *proposal)).or_insert(entry);
            if entry.id < first.id {
                *first = entry;
            }
        }
    }
    let findings = unanswered.into_values().map(|entry| {
        let name = index.name(entry.author);
        let message = format!("the criticism by {name} came too late for a revision to answer it");
        let hint = "criticise the next step's proposal, or its author's next one";
        Finding::new(Code::Unanswered, "3.revision", message, hint)
            .about(name)
            .at_slot(entry.added.as_ref().map(|added| &added.slot))
            .shown_by([entry.id])
    });
    findings.collect()
}

/// By proposal and critic, how many valid revisions answer them.
fn answers(index: &Index) -> BTreeMap<(EntryIx, Author), usize> {
    let mut answers = BTreeMap::new();
    for (_, entry) in index.entries().filter(|(_, entry)| entry.is_valid()) {
        let Body::Revision { of: Some(proposal), criticisms, .. } = &entry.body else { continue };
        let critics: BTreeSet<Author> =
            criticisms.iter().filter_map(|item| Some(index.entry(item.criticism?).author)).collect();
        for critic in critics {
            *answers.entry((*proposal, critic)).or_default() += 1;
        }
    }
    answers
}

fn of_conflicting_finals(index: &Index, everything: &Clock) -> Vec<Finding> {
    let finals = index.tallies.steps().map(|step| (step, index.finals(everything, step)));
    let conflicts = finals.filter(|(_, values)| values.len() > 1).map(|(step, values)| {
        let message = format!("step {step} is final with {} different revisions: agreement is broken", values.len());
        let hint = "see who is convicted; go on in a new group without them";
        let mut finding = Finding::new(Code::ConflictingFinals, "4", message, hint)
            .shown_by(values.keys().map(|value| index.entry(*value).id));
        finding.step = Some(step);
        finding
    });
    conflicts.collect()
}

#[cfg(test)]
mod tests;

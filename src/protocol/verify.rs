//! Verifying: a pure function of the charter, the heads shown, the commits held, and what could not be had.
//!
//! The order of fetching, clocks and locale never show in what it returns. It never stops at the first
//! fault: every finding is made, and all are sorted.

use std::collections::{BTreeMap, BTreeSet};

use super::charter::Charter;
use super::evidence::{self, Contradiction, Equivocation};
use super::finding::{Code, Finding, Severity};
use super::history::{History, Node, Reached};
use super::id::{CommitId, Name};
use super::index::{EntryIx, Index};
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
        Finding::new(Code::Equivocation, "4", message, format!("show it to anyone: bicker proof export {name} -o DIR"))
            .about(name)
            .at_slot(Some(&e.slot))
            .shown_by(e.commits.iter().copied())
    });
    let contradictions = contradictions.iter().map(|c| {
        let name = index.name(c.author);
        let message = format!("{name} left {} and, beside that, supported it or an earlier round of the step", c.at);
        Finding::new(Code::Contradiction, "4", message, format!("show it to anyone: bicker proof export {name} -o DIR"))
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

/// Valid criticisms that a valid revision's past lacks, unless the critic had seen a revision by then.
fn of_unanswered_criticisms(index: &Index, convicted: &BTreeSet<Author>) -> Vec<Finding> {
    let criticisms = index.entries().filter(|(_, e)| e.is_valid() && !convicted.contains(&e.author));
    let unanswered = criticisms.filter(|(at, entry)| {
        let super::index::Body::Criticism { of: Some(proposal), .. } = &entry.body else { return false };
        let round = entry.at().and_then(|at| index.tallies.round(at));
        let revisions = round.and_then(|r| r.revisions_of.get(proposal)).map_or(&[][..], Vec::as_slice);
        let knew = revisions.iter().any(|revision| index.holds(&entry.past, *revision));
        !knew && revisions.iter().any(|revision| !index.holds(&index.entry(*revision).past, *at))
    });
    let findings = unanswered.map(|(_, entry)| {
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

/// Findings about remotes: what they serve, what they hold back, and what could not be had.
fn of_remotes(history: &mut History, seen: &Seen) -> Vec<Finding> {
    let shown: BTreeMap<&Name, Reached> =
        seen.remotes.iter().filter_map(|(name, remote)| Some((name, history.reached(remote.shown()?)))).collect();
    let mut findings = Vec::new();
    for (name, remote) in &seen.remotes {
        findings.extend(of_answer(&history.index, name, remote, shown.get(name)));
    }
    findings.extend(of_commits(history, &shown));
    findings.extend(of_pins(history, seen, &shown));
    findings.extend(of_rewinds(history, seen, &shown));
    findings
}

fn of_answer(index: &Index, name: &Name, remote: &Remote, reached: Option<&Reached>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match remote {
        Remote::Unreachable => findings.push(
            Finding::new(
                Code::Unreachable,
                "-",
                format!("the remote of {name} could not be reached"),
                "try again later, or name another copy with --remote NAME=URL",
            )
            .about(name),
        ),
        Remote::Refused { head, why } => findings.push(
            Finding::new(
                Code::Refused,
                "limits",
                format!("what the remote of {name} sent was refused: {why}"),
                format!("tell {name}; what was had before still counts"),
            )
            .about(name)
            .shown_by(*head),
        ),
        Remote::Shown(_) => {}
    }
    let Some(reached) = reached else { return findings };
    if reached.lacks_objects() {
        let message = format!("the history of {name}'s remote needs an object that is missing");
        findings.push(
            Finding::new(Code::MissingObject, "-", message, "try again; the object may be had from another remote")
                .about(name)
                .shown_by(reached.incomplete.iter().copied()),
        );
    }
    if !reached.roots.is_empty() {
        let message = format!("the history of {name}'s remote has a root that is not this charter's genesis");
        let hint = format!("compare charters with {name}: bicker charter show");
        findings.push(
            Finding::new(Code::CharterMismatch, "1.2", message, hint)
                .about(name)
                .shown_by(reached.roots.iter().copied()),
        );
    }
    if let Some(entry) = remote.shown().and_then(|head| index.find(head)).map(|at| index.entry(at)) {
        let author = index.name(entry.author);
        if author != name {
            let message = format!("the remote of {name} shows the log of {author}");
            let hint = format!("tell {name}: their branch must end with an entry of their own");
            findings.push(Finding::new(Code::WrongLog, "2.author", message, hint).about(name).shown_by([entry.id]));
        }
    }
    findings
}

/// Commits that are not well-formed, each once, under the first by name whose remote serves it.
fn of_commits(history: &History, shown: &BTreeMap<&Name, Reached>) -> Vec<Finding> {
    let mut served: BTreeMap<CommitId, &Name> = BTreeMap::new();
    for (name, reached) in shown {
        for id in &reached.faulty {
            served.entry(*id).or_insert(name);
        }
    }
    let findings = served.into_iter().filter_map(|(id, name)| {
        let Some(Node::Faulty(fault, _)) = history.node(id) else { return None };
        let message = format!("commit {} in {name}'s remote is no entry: {}", id.short(), shorten(&fault.why));
        let hint = format!("tell {name} or whoever runs the remote; the log is cut before it");
        Some(Finding::new(fault.code, fault.rule, message, hint).about(name).shown_by([id]))
    });
    findings.collect()
}

/// Other people's text in a message is cut at this many characters.
const QUOTED_MAX: usize = 300;

fn shorten(text: &str) -> String {
    match text.char_indices().nth(QUOTED_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
    }
}

/// Objects missing from what only pins reach.
fn of_pins(history: &History, seen: &Seen, shown: &BTreeMap<&Name, Reached>) -> Option<Finding> {
    let by_heads: BTreeSet<CommitId> = shown.values().flat_map(|r| r.incomplete.iter().copied()).collect();
    let heads: BTreeSet<CommitId> = seen.remotes.values().filter_map(Remote::shown).collect();
    let pinned = seen.pins.difference(&heads).map(|pin| history.reached(*pin));
    let mut lacking = false;
    let mut incomplete = BTreeSet::new();
    for reached in pinned {
        lacking |= reached.missing && reached.incomplete.is_empty();
        incomplete.extend(reached.incomplete.difference(&by_heads).copied());
    }
    (lacking || !incomplete.is_empty()).then(|| {
        let message = "the cache lacks an object of what remotes showed before";
        Finding::new(Code::MissingObject, "-", message, "verify with another --cache folder, or fetch again")
            .shown_by(incomplete)
    })
}

/// Reachable remotes whose head lacks entries of their researcher that a head or a pin holds.
fn of_rewinds(history: &mut History, seen: &Seen, shown: &BTreeMap<&Name, Reached>) -> Vec<Finding> {
    let heads = seen.remotes.values().filter_map(Remote::shown).chain(seen.pins.iter().copied());
    let published = history.reach(heads.collect::<Vec<_>>());
    let mut findings = Vec::new();
    for (name, remote) in &seen.remotes {
        let Some(author) = history.index.author(name).filter(|_| matches!(remote, Remote::Shown(_))) else { continue };
        let entries: Vec<EntryIx> = shown.get(name).into_iter().flat_map(|r| r.entries.iter().copied()).collect();
        let held = history.index.reach_of(entries);
        let index = &history.index;
        let newest = index.tips(&published, author).into_iter().filter(|tip| !index.holds(&held, *tip));
        let lacking: Vec<CommitId> = newest.map(|tip| index.entry(tip).id).collect();
        if lacking.is_empty() {
            continue;
        }
        let message = format!("the remote of {name} lacks entries of {name} that were seen before");
        let hint = format!("ask {name} whether they or their host moved the branch back; nothing seen is lost");
        findings.push(Finding::new(Code::Rewind, "4", message, hint).about(name).shown_by(lacking));
    }
    findings
}

#[cfg(test)]
mod tests;

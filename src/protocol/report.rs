//! The report: a verification in rows, as people and programs read it.
//!
//! Only arranges what [`super::verify`] found; every face (text, JSON, CI formats, pages) is made from this.

use std::collections::BTreeMap;

use super::charter::{Charter, Researcher};
use super::finding::Finding;
use super::genesis::Genesis;
use super::id::{At, CommitId, Digest, Name};
use super::index::{Body, EntryIx, Index};
use super::past::Clock;
use super::tally::Voices;
use super::transport;
use super::verify::{Remote, Safety, Verdict, Verification, verdict};

/// A verification, arranged.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether something is wrong, or missing.
    pub verdict: Verdict,
    /// Whether agreement holds.
    pub safety: Safety,
    /// The charter given.
    pub charter: CharterRow,
    /// Everyone, by name.
    pub researchers: Vec<ResearcherRow>,
    /// Every final step, then the first that is not; by number.
    pub steps: Vec<StepRow>,
    /// All findings, sorted.
    pub findings: Vec<Finding>,
}

/// The charter in numbers.
#[derive(Clone, Debug)]
pub struct CharterRow {
    /// The digest that people compare.
    pub digest: Digest,
    /// The root commit.
    pub genesis: CommitId,
    /// The title.
    pub title: String,
    /// n.
    pub researchers: usize,
    /// f.
    pub faults: usize,
    /// How many make something final.
    pub quorum: usize,
    /// How many select.
    pub majority: usize,
}

/// A researcher and their remote.
#[derive(Clone, Debug)]
pub struct ResearcherRow {
    /// The name.
    pub name: Name,
    /// The remote's URL.
    pub remote: transport::Remote,
    /// What the branch points to, as shown or advertised.
    pub head: Option<CommitId>,
    /// Whether the remote answered.
    pub reachable: bool,
    /// How many well-formed entries of theirs are seen.
    pub entries: u32,
    /// Whether a proof against them is held.
    pub convicted: bool,
}

/// How far a step has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// A quorum ratified one revision.
    Final,
    /// Two revisions are final.
    Conflict,
    /// A revision has a certificate.
    Certified,
    /// There is a valid revision, or a lock is carried.
    Revised,
    /// A proposal is selected.
    Selected,
    /// The round is open.
    Open,
}

impl State {
    /// The word in machine output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Conflict => "conflict",
            Self::Certified => "certified",
            Self::Revised => "revised",
            Self::Selected => "selected",
            Self::Open => "open",
        }
    }
}

/// One step, in the round that matters.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// The step and that round: the final one, else the highest that is open.
    pub at: At,
    /// How far it has come.
    pub state: State,
    /// The title of the value, else of the only selected proposal.
    pub title: Option<String>,
    /// The author of the same.
    pub author: Option<Name>,
    /// The final or certified revision.
    pub value: Option<CommitId>,
    /// Valid proposals, each with those who vote for it.
    pub proposals: Vec<(Said, Vec<Name>)>,
    /// Valid criticisms: of which proposal, and with which stance.
    pub criticisms: Vec<(Said, CommitId, &'static str)>,
    /// Valid revisions.
    pub revisions: Vec<Said>,
    /// Valid echoes: of which revision.
    pub echoes: Vec<(Said, CommitId)>,
    /// Valid ratifies: of which revision.
    pub ratifies: Vec<(Said, CommitId)>,
    /// Who abandoned the round.
    pub abandons: Vec<Name>,
}

/// Who said it, and in which entry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Said {
    /// The author.
    pub by: Name,
    /// The entry.
    pub commit: CommitId,
}

/// Arranges a verification.
pub fn report(verification: &Verification) -> Report {
    let index = &verification.history.index;
    let charter = &index.charter;
    Report {
        verdict: verification.verdict,
        safety: verification.safety,
        charter: charter_row(charter, index.genesis.commit),
        researchers: charter.researchers().iter().map(|r| researcher(verification, &r.name, &r.remote)).collect(),
        steps: steps(index, &verification.everything),
        findings: verification.findings.clone(),
    }
}

fn charter_row(charter: &Charter, genesis: CommitId) -> CharterRow {
    CharterRow {
        digest: charter.digest(),
        genesis,
        title: charter.title().to_owned(),
        researchers: charter.n(),
        faults: charter.faults(),
        quorum: charter.quorum(),
        majority: charter.majority(),
    }
}

fn researcher(verification: &Verification, name: &Name, remote: &transport::Remote) -> ResearcherRow {
    let index = &verification.history.index;
    let (head, reachable) = match verification.seen.remotes.get(name) {
        Some(Remote::Shown(head)) => (*head, true),
        Some(Remote::Refused { head, .. }) => (*head, true),
        Some(Remote::Unreachable) | None => (None, false),
    };
    let author = index.author(name);
    ResearcherRow {
        name: name.clone(),
        remote: remote.clone(),
        head,
        reachable,
        entries: author.map_or(0, |author| index.pasts.count(author)),
        convicted: author.is_some_and(|author| verification.convicted.contains(&author)),
    }
}

/// Every final step, then the first that is not.
fn steps(index: &Index, everything: &Clock) -> Vec<StepRow> {
    let mut steps = Vec::new();
    loop {
        let row = step(index, everything, steps.len() as u32 + 1);
        let goes_on = row.state == State::Final;
        steps.push(row);
        if !goes_on {
            return steps;
        }
    }
}

/// The highest open round of a step in a past.
pub fn highest_open_round(index: &Index, past: &Clock, step: u32) -> u32 {
    let mut round = 0;
    while index.is_open(past, At::new(step, round + 1)) {
        round += 1;
    }
    round
}

fn step(index: &Index, past: &Clock, step: u32) -> StepRow {
    let finals = index.finals(past, step);
    let (round, state, value) = match (finals.len(), index.final_value(past, step)) {
        (_, Some((value, round))) => (round, State::Final, Some(value)),
        (0, None) => {
            let round = highest_open_round(index, past, step);
            let (state, value) = state_of(index, past, At::new(step, round));
            (round, state, value)
        }
        _ => (finals.values().copied().min().unwrap_or(0), State::Conflict, None),
    };
    let at = At::new(step, round);
    let told = value.or_else(|| only_selected(index, past, at)).map(|entry| index.entry(entry));
    let mut row = StepRow {
        at,
        state,
        title: told.and_then(|entry| title(&entry.body)),
        author: told.map(|entry| index.name(entry.author).clone()),
        value: value.map(|value| index.entry(value).id),
        proposals: Vec::new(),
        criticisms: Vec::new(),
        revisions: Vec::new(),
        echoes: Vec::new(),
        ratifies: Vec::new(),
        abandons: Vec::new(),
    };
    fill(index, past, &mut row);
    row
}

fn state_of(index: &Index, past: &Clock, at: At) -> (State, Option<EntryIx>) {
    if let Some(lock) = index.certified(past, at) {
        return (State::Certified, Some(lock.value));
    }
    let revised = index.tallies.round(at).is_some_and(|round| round.revisions.authors() > 0);
    match () {
        () if revised || index.carried_lock(past, at).is_some() => (State::Revised, None),
        () if !selected(index, past, at).is_empty() => (State::Selected, None),
        () => (State::Open, None),
    }
}

/// The selected proposals of a round.
pub fn selected(index: &Index, past: &Clock, at: At) -> Vec<EntryIx> {
    let proposals = index.tallies.round(at).map(|round| entries(index, &round.proposals)).unwrap_or_default();
    proposals.into_iter().filter(|proposal| index.is_selected(past, *proposal)).collect()
}

fn only_selected(index: &Index, past: &Clock, at: At) -> Option<EntryIx> {
    let mut selected = selected(index, past, at).into_iter();
    selected.next().filter(|_| selected.next().is_none())
}

fn title(body: &Body) -> Option<String> {
    match body {
        Body::Proposal { title } | Body::Revision { title, .. } => Some(title.clone()),
        _ => None,
    }
}

fn entries(index: &Index, voices: &Voices) -> Vec<EntryIx> {
    voices.iter().map(|(author, position)| index.at_position(author, position)).collect()
}

fn fill(index: &Index, past: &Clock, row: &mut StepRow) {
    let Some(round) = index.tallies.round(row.at) else { return };
    let said = |entry: EntryIx| {
        let entry = index.entry(entry);
        Said { by: index.name(entry.author).clone(), commit: entry.id }
    };
    let names = |voices: Option<&Voices>| -> Vec<Name> {
        let authors = voices.map(|voices| voices.authors_in(&index.pasts, past)).unwrap_or_default();
        authors
            .into_iter()
            .map(|author| index.name(author).clone())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    };
    for proposal in entries(index, &round.proposals) {
        row.proposals.push((said(proposal), names(round.votes.voices(proposal))));
    }
    for (proposal, voices) in &round.criticisms {
        for criticism in entries(index, voices) {
            if let Body::Criticism { stance, .. } = index.entry(criticism).body {
                row.criticisms.push((said(criticism), index.entry(*proposal).id, stance.as_str()));
            }
        }
    }
    row.revisions = entries(index, &round.revisions).into_iter().map(said).collect();
    let of = |ballot: &super::tally::Ballot| -> Vec<(Said, CommitId)> {
        let rows: BTreeMap<Said, CommitId> = ballot
            .iter()
            .flat_map(|(value, voices)| entries(index, voices).into_iter().map(move |entry| (entry, value)))
            .map(|(entry, value)| (said(entry), index.entry(value).id))
            .collect();
        rows.into_iter().collect()
    };
    row.echoes = of(&round.echoes);
    row.ratifies = of(&round.ratifies);
    row.abandons = names(Some(&round.abandons));
    row.proposals.sort();
    row.criticisms.sort();
    row.revisions.sort();
}

/// The report when nothing but the charter was looked at, for the reason that `finding` gives.
pub fn unjudged(charter: &Charter, finding: Finding) -> Report {
    let row = |r: &Researcher| ResearcherRow {
        name: r.name.clone(),
        remote: r.remote.clone(),
        head: None,
        reachable: false,
        entries: 0,
        convicted: false,
    };
    let findings = vec![finding];
    Report {
        verdict: verdict(&findings),
        safety: Safety::Holds,
        charter: charter_row(charter, Genesis::of(charter).commit),
        researchers: charter.researchers().iter().map(row).collect(),
        steps: Vec::new(),
        findings,
    }
}

//! `--format json`: the report for programs, a contract.
//!
//! Decides field names and their order, and nothing else; fields may be added, never changed. The same report
//! gives the same bytes.
//!
//! Below it stand the rows of what other commands print for programs, in the same style: `format` first, ids in full,
//! times in seconds since 1970, `null` where something is not there. `docs/schema` holds a schema for each.

pub mod charter;
pub mod comparison;
pub mod entry;

use serde::{Serialize, Serializer};

use super::escape;
use crate::protocol::finding::Finding;
use crate::protocol::id::Name;
use crate::protocol::report::{CharterRow, Report, ResearcherRow, Said, StepRow};
use crate::protocol::text::is_forbidden;
use crate::protocol::verify::{Safety, Verdict};

/// The version of every format here.
pub const FORMAT: u32 = 1;

/// The report as one JSON object, indented by two spaces, with a line end.
pub fn json(report: &Report) -> String {
    pretty(&Whole {
        format: FORMAT,
        verdict: verdict(report.verdict),
        safety: safety(report.safety),
        charter: Charter::of(&report.charter),
        researchers: report.researchers.iter().map(Researcher::of).collect(),
        steps: Rows(&report.steps, Step::of),
        findings: Rows(&report.findings, FindingRow::of),
    })
}

/// A list whose rows are made one by one as they are written, so that never all of them are in memory.
pub(super) struct Rows<'a, T, Row>(pub(super) &'a [T], pub(super) fn(&'a T) -> Row);

impl<T, Row: Serialize> Serialize for Rows<'_, T, Row> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

/// The word for a verdict in machine output.
pub const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Verified => "verified",
        Verdict::Violations => "violations",
        Verdict::Incomplete => "incomplete",
    }
}

/// The word for whether agreement holds, in machine output.
pub const fn safety(safety: Safety) -> &'static str {
    match safety {
        Safety::Holds => "holds",
        Safety::Unprotected => "unprotected",
        Safety::Lost => "lost",
    }
}

/// JSON indented by two spaces, with a line end, free of characters that text may not hold.
///
/// Serialising plain rows cannot fail. If it ever did, what comes out would be no JSON, and its reader would say so.
pub fn pretty(value: &impl Serialize) -> String {
    let mut serialised = serde_json::to_string_pretty(value).unwrap_or_else(|e| e.to_string());
    if serialised.contains(is_forbidden) {
        serialised = escape::json(&serialised);
    }
    serialised.push('\n');
    serialised
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    verdict: &'static str,
    safety: &'static str,
    charter: Charter<'a>,
    researchers: Vec<Researcher<'a>>,
    steps: Rows<'a, StepRow, Step<'a>>,
    findings: Rows<'a, Finding, FindingRow<'a>>,
}

#[derive(Serialize)]
struct Charter<'a> {
    digest: String,
    genesis: String,
    title: &'a str,
    researchers: usize,
    faults: usize,
    quorum: usize,
    majority: usize,
}

impl<'a> Charter<'a> {
    fn of(row: &'a CharterRow) -> Self {
        Self {
            digest: row.digest.to_string(),
            genesis: row.genesis.to_string(),
            title: &row.title,
            researchers: row.researchers,
            faults: row.faults,
            quorum: row.quorum,
            majority: row.majority,
        }
    }
}

#[derive(Serialize)]
struct Researcher<'a> {
    name: &'a str,
    remote: &'a str,
    head: Option<String>,
    reachable: bool,
    entries: u32,
    convicted: bool,
}

impl<'a> Researcher<'a> {
    fn of(row: &'a ResearcherRow) -> Self {
        Self {
            name: row.name.as_str(),
            remote: row.remote.as_str(),
            head: row.head.map(|head| head.to_string()),
            reachable: row.reachable,
            entries: row.entries,
            convicted: row.convicted,
        }
    }
}

#[derive(Serialize)]
struct Step<'a> {
    step: u32,
    round: u32,
    state: &'static str,
    title: Option<&'a str>,
    author: Option<&'a str>,
    value: Option<String>,
    proposals: Vec<Proposal<'a>>,
    criticisms: Vec<Criticism<'a>>,
    revisions: Vec<Revision<'a>>,
    echoes: Vec<Support<'a>>,
    ratifies: Vec<Support<'a>>,
    abandons: Vec<&'a str>,
}

#[derive(Serialize)]
struct Proposal<'a> {
    by: &'a str,
    commit: String,
    votes: Vec<&'a str>,
}

#[derive(Serialize)]
struct Criticism<'a> {
    by: &'a str,
    commit: String,
    of: String,
    stance: &'static str,
}

#[derive(Serialize)]
struct Revision<'a> {
    by: &'a str,
    commit: String,
}

/// An echo or a ratify.
#[derive(Serialize)]
struct Support<'a> {
    by: &'a str,
    commit: String,
    value: String,
}

impl<'a> Step<'a> {
    fn of(row: &'a StepRow) -> Self {
        let proposal = |(said, votes): &'a (Said, Vec<Name>)| Proposal {
            by: said.by.as_str(),
            commit: said.commit.to_string(),
            votes: votes.iter().map(Name::as_str).collect(),
        };
        let support = |(said, value): &'a (Said, _)| Support {
            by: said.by.as_str(),
            commit: said.commit.to_string(),
            value: ToString::to_string(value),
        };
        let criticism = |(said, of, stance): &'a (Said, _, &'static str)| Criticism {
            by: said.by.as_str(),
            commit: said.commit.to_string(),
            of: ToString::to_string(of),
            stance,
        };
        let revision = |said: &'a Said| Revision { by: said.by.as_str(), commit: said.commit.to_string() };
        Self {
            step: row.at.step,
            round: row.at.round,
            state: row.state.as_str(),
            title: row.title.as_deref(),
            author: row.author.as_ref().map(Name::as_str),
            value: row.value.map(|value| value.to_string()),
            proposals: row.proposals.iter().map(proposal).collect(),
            criticisms: row.criticisms.iter().map(criticism).collect(),
            revisions: row.revisions.iter().map(revision).collect(),
            echoes: row.echoes.iter().map(support).collect(),
            ratifies: row.ratifies.iter().map(support).collect(),
            abandons: row.abandons.iter().map(Name::as_str).collect(),
        }
    }
}

/// A finding as JSON has it.
#[derive(Serialize)]
pub(super) struct FindingRow<'a> {
    code: &'static str,
    rule: &'static str,
    severity: &'static str,
    researcher: Option<&'a str>,
    step: Option<u32>,
    round: Option<u32>,
    slot: Option<String>,
    commits: Vec<String>,
    message: &'a str,
    hint: &'a str,
}

impl<'a> FindingRow<'a> {
    pub(super) fn of(finding: &'a Finding) -> Self {
        Self {
            code: finding.code.as_str(),
            rule: finding.rule,
            severity: finding.code.severity().as_str(),
            researcher: finding.researcher.as_ref().map(Name::as_str),
            step: finding.step,
            round: finding.round,
            slot: finding.slot.as_ref().map(|slot| slot.path()),
            commits: finding.commits.iter().map(ToString::to_string).collect(),
            message: &finding.message,
            hint: &finding.hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{finding, report_of, sample};
    use super::*;
    use crate::protocol::finding::Code;

    #[test]
    fn a_report_has_these_bytes() {
        let mut report = report_of(&[]);
        report.researchers.truncate(1);
        report.findings = vec![finding(Code::Unanswered)];
        assert_eq!(json(&report), include_str!("sample.json"));
    }

    fn rows<'a>(findings: &'a serde_json::Value, code: &str) -> Vec<&'a serde_json::Value> {
        findings.as_array().into_iter().flatten().filter(|finding| finding["code"] == code).collect()
    }

    #[test]
    fn steps_have_all_rows() {
        let read: serde_json::Value = serde_json::from_str(&json(&sample())).expect("JSON");
        let step = &read["steps"][0];
        assert_eq!(step["state"], "final");
        assert_eq!(step["proposals"][0]["votes"], serde_json::json!(["bob", "carol"]));
        assert_eq!(step["criticisms"][0]["stance"], "object");
        assert_eq!(step["criticisms"][0]["of"], step["proposals"][0]["commit"]);
        assert_eq!(step["echoes"][0]["value"], step["revisions"][0]["commit"]);
        assert_eq!(step["ratifies"][2]["by"], "carol");
        assert_eq!(read["steps"][1]["abandons"], serde_json::json!(["mallory"]));
        assert_eq!(read["steps"][1]["value"], serde_json::Value::Null);
        assert_eq!(rows(&read["findings"], "equivocation")[0]["slot"], "steps/0002/r0/vote.md");
    }

    #[test]
    fn other_peoples_text_comes_out_as_it_was_but_harmless() {
        let mut report = sample();
        let hostile = "\u{1b}]0;x\u{7}\u{202e}\u{9b}\r\n`]]>::set-output::";
        report.charter.title = hostile.to_owned();
        let text = json(&report);
        assert!(!text.chars().any(is_forbidden) && text.ends_with("}\n"));
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read["charter"]["title"], hostile);
    }
}

//! What holds for every report, whatever it is about: known codes with their severities, sorted lists, and a verdict that
//! follows from the findings.

use super::report::{Finding, Report, Row, Step};

/// Every code a finding may have, with its severity.
pub(crate) const CODES: [(&str, &str); 22] = [
    ("bad-content", "error"),
    ("bad-parent", "error"),
    ("bad-seal", "error"),
    ("bad-signature", "error"),
    ("bad-tree", "error"),
    ("charter-mismatch", "error"),
    ("conflicting-finals", "error"),
    ("contradiction", "error"),
    ("equivocation", "error"),
    ("flood", "error"),
    ("foreign-key", "error"),
    ("fork", "warning"),
    ("invalid", "error"),
    ("malformed", "error"),
    ("missing-object", "warning"),
    ("refused", "error"),
    ("rewind", "warning"),
    ("rewrite", "error"),
    ("unanswered", "note"),
    ("unreachable", "warning"),
    ("unsigned", "error"),
    ("wrong-log", "error"),
];

/// What does not hold; empty for a sound report.
pub(crate) fn differences(report: &Report) -> Vec<String> {
    let mut bad: Vec<String> = report.findings.iter().flat_map(finding).collect();
    if report.format != 1 {
        bad.push(format!("format {}, expected 1", report.format));
    }
    if !report.findings.iter().map(key).is_sorted() {
        bad.push("findings not sorted".to_owned());
    }
    if !ascend(report.researchers.iter().map(|r| &r.name)) {
        bad.push("researchers not sorted".to_owned());
    }
    if !ascend(report.steps.iter().map(|step| step.step)) {
        bad.push("steps not sorted".to_owned());
    }
    bad.extend(report.steps.iter().flat_map(lists));
    bad.extend(verdict(report));
    bad
}

fn finding(finding: &Finding) -> Vec<String> {
    let mut bad = Vec::new();
    match CODES.iter().find(|(code, _)| *code == finding.code) {
        None => bad.push(format!("unknown code {}", finding.code)),
        Some((code, severity)) if *severity != finding.severity => bad.push(format!("severity of {code}")),
        Some(_) => {}
    }
    if !ascend(&finding.commits) {
        bad.push(format!("commits not sorted: {}", finding.show()));
    }
    bad
}

/// The order of findings: as strings, null before any string.
fn key(finding: &Finding) -> (&str, &str, Option<&str>, &[String]) {
    (&finding.severity, &finding.code, finding.researcher.as_deref(), &finding.commits)
}

/// The lists inside a step are sorted by (by, commit), names by themselves.
fn lists(step: &Step) -> Vec<String> {
    let rows = [
        ("proposals", &step.proposals),
        ("criticisms", &step.criticisms),
        ("revisions", &step.revisions),
        ("echoes", &step.echoes),
        ("ratifies", &step.ratifies),
    ];
    let by = |row: &Row| (row.by.clone(), row.commit.clone());
    let unsorted = rows.iter().filter(|(_, rows)| !ascend(rows.iter().map(by))).map(|(list, _)| *list);
    let votes = step.proposals.iter().filter(|row| !ascend(&row.votes)).map(|_| "votes");
    let abandons = (!ascend(&step.abandons)).then_some("abandons");
    let unsorted = unsorted.chain(votes).chain(abandons);
    unsorted.map(|list| format!("{list} of step {} not sorted", step.step)).collect()
}

/// Errors make violations; else what could not be had makes it incomplete, and so may trouble of the verifier's own.
fn verdict(report: &Report) -> Option<String> {
    let any = |holds: fn(&Finding) -> bool| report.findings.iter().any(holds);
    let follows = if any(|f| f.severity == "error") {
        "violations"
    } else if any(|f| matches!(f.code.as_str(), "unreachable" | "missing-object")) {
        "incomplete"
    } else {
        "verified"
    };
    let own_trouble = follows == "verified" && report.verdict == "incomplete";
    (report.verdict != follows && !own_trouble)
        .then(|| format!("verdict {} but findings say {follows}", report.verdict))
}

/// Whether each is greater than the one before it.
fn ascend<T: PartialOrd>(items: impl IntoIterator<Item = T>) -> bool {
    items.into_iter().is_sorted_by(|a, b| a < b)
}

//! `--format github`: workflow commands that annotate a run, and a summary in Markdown.
//!
//! Decides how much is told: GitHub shows ten annotations of a kind and takes a summary of at most 1 MiB, so both
//! put what counts first and say what they leave out.

use super::escape::{command_message, command_property, cut, markdown, markdown_code};
use super::{Outcome, say};
use crate::protocol::finding::{Finding, Severity};
use crate::protocol::id::CommitId;
use crate::protocol::report::{Report, ResearcherRow, StepRow};

/// How many commits of one finding are listed.
const COMMITS_MAX: usize = 10;

/// How many findings the summary lists.
const FINDINGS_MAX: usize = 100;

/// How many steps the summary lists: the last ones.
const STEPS_MAX: usize = 20;

/// How many characters of one message or title are shown.
const WORDS_MAX: usize = 500;

/// Workflow commands, one a line: the verdict, then each finding. What makes something wrong is an error, what is
/// known or only a note is a notice, the rest are warnings.
pub fn github(report: &Report, outcome: &Outcome) -> String {
    let kind = match (outcome.failing.is_empty(), outcome.lacking.is_empty()) {
        (false, _) => "error",
        (true, false) => "warning",
        (true, true) => "notice",
    };
    let mut out = command(kind, "bicker", &told(report, outcome).join("\n"));
    for (place, finding) in by_weight(report, outcome) {
        let known = if outcome.known.contains(&place) { "known: " } else { "" };
        let title = format!("{known}{} {}", finding.code, say::place(finding));
        let mut lines = vec![cut(&finding.message, WORDS_MAX)];
        lines.extend(commits(finding, |commit| format!("commit {commit}")));
        lines.push(format!("hint: {}", cut(&finding.hint, WORDS_MAX)));
        let lines: Vec<String> = lines.iter().map(|line| line.replace('\n', " ")).collect();
        out += &command(kind_of(outcome, place, finding), title.trim_end(), &lines.join("\n"));
    }
    out
}

fn told(report: &Report, outcome: &Outcome) -> Vec<String> {
    let mut told = vec![say::verdict(report, outcome), format!("{}.", say::agreement(report))];
    told.extend(say::options(report, outcome));
    told
}

/// What counts first, then the rest, each in the report's order.
fn by_weight<'a>(report: &'a Report, outcome: &Outcome) -> Vec<(usize, &'a Finding)> {
    let mut findings: Vec<(usize, &Finding)> = report.findings.iter().enumerate().collect();
    findings.sort_by_key(|(place, _)| match () {
        () if outcome.failing.contains(place) => 0,
        () if outcome.lacking.contains(place) => 1,
        () => 2,
    });
    findings
}

fn kind_of(outcome: &Outcome, place: usize, finding: &Finding) -> &'static str {
    match finding.code.severity() {
        _ if outcome.failing.contains(&place) => "error",
        _ if outcome.known.contains(&place) => "notice",
        Severity::Error | Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn command(kind: &str, title: &str, message: &str) -> String {
    format!("::{kind} title={}::{}\n", command_property(title), command_message(message))
}

/// The first commits of a finding, and how many more there are.
fn commits(finding: &Finding, show: impl Fn(&CommitId) -> String) -> Vec<String> {
    let mut shown: Vec<String> = finding.commits.iter().take(COMMITS_MAX).map(show).collect();
    let more = finding.commits.len() - shown.len();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown
}

/// A Markdown summary of the run: verdict, findings, steps, remotes.
pub fn github_summary(report: &Report, outcome: &Outcome) -> String {
    let mut out = format!("# bicker: {}\n\n", markdown(&report.charter.title));
    for line in told(report, outcome) {
        out += &format!("{}\n\n", markdown(&line));
    }
    if !report.findings.is_empty() {
        out += "## Findings\n\n";
        let findings = by_weight(report, outcome);
        for (place, finding) in findings.iter().take(FINDINGS_MAX) {
            out += &summary_of_finding(finding, outcome.known.contains(place));
        }
        if findings.len() > FINDINGS_MAX {
            out += &format!("- and {} more\n", findings.len() - FINDINGS_MAX);
        }
        out.push('\n');
    }
    out += "## Steps\n\n";
    let left_out = report.steps.len().saturating_sub(STEPS_MAX);
    if left_out > 0 {
        out += &format!("- {} before these\n", say::count(left_out, "final step"));
    }
    for row in report.steps.iter().skip(left_out) {
        out += &summary_of_step(row, report);
    }
    out += "\n## Remotes\n\n| researcher | answered | head | entries | convicted |\n|---|---|---|---:|---|\n";
    for row in &report.researchers {
        out += &summary_of_researcher(row);
    }
    out
}

fn summary_of_finding(finding: &Finding, is_known: bool) -> String {
    let known = if is_known { " (known)" } else { "" };
    let place = say::place(finding);
    let about = if place.is_empty() { place } else { format!(" {}", markdown(&place)) };
    let severity = finding.code.severity().as_str();
    let mut out =
        format!("- {severity}{known} **{}**{about}: {}\n", markdown(finding.code.as_str()), words(&finding.message));
    for commit in commits(finding, |commit| markdown_code(&commit.to_string())) {
        out += &format!("  - {commit}\n");
    }
    out + &format!("  - hint: {}\n", markdown_code(&cut(&finding.hint, WORDS_MAX)))
}

fn summary_of_step(row: &StepRow, report: &Report) -> String {
    let author = row.author.as_ref().map(|name| format!(" by {}", markdown(name.as_str()))).unwrap_or_default();
    let title = row.title.as_ref().map(|title| format!(": {}{author}", words(title))).unwrap_or_default();
    let value = row.value.map(|value| format!(" {}", markdown_code(&value.to_string()))).unwrap_or_default();
    let waiting = markdown(&say::waiting(row, &report.charter));
    format!(
        "- step {}, round {}: **{}**{title}{value} \\({waiting}\\)\n",
        row.at.step,
        row.at.round,
        row.state.as_str()
    )
}

fn summary_of_researcher(row: &ResearcherRow) -> String {
    let head = row.head.map_or_else(|| "none".to_owned(), |head| markdown_code(&head.to_string()));
    let yes = |is: bool| if is { "yes" } else { "no" };
    let name = markdown(row.name.as_str());
    format!("| {name} | {} | {head} | {} | {} |\n", yes(row.reachable), row.entries, yes(row.convicted))
}

fn words(text: &str) -> String {
    markdown(&cut(text, WORDS_MAX))
}

#[cfg(test)]
mod tests {
    use super::super::known::Known;
    use super::super::sample::{commit, finding, report_of, sample, step};
    use super::super::{Judging, judge};
    use super::*;
    use crate::protocol::finding::Code;
    use crate::protocol::report::State;
    use crate::protocol::text::is_forbidden;

    #[test]
    fn every_line_is_a_command_of_ours() {
        let report = sample();
        let text = github(&report, &judge(&report, &Judging::default()));
        assert_eq!(text.lines().count(), report.findings.len() + 1);
        for line in text.lines() {
            let (head, message) = line[2..].split_once("::").expect("a command");
            let (kind, title) = head.split_once(" title=").expect("a title");
            assert!(line.starts_with("::") && matches!(kind, "error" | "warning" | "notice"), "{line}");
            assert!(!title.contains([':', ',']) && !message.is_empty() && !line.chars().any(is_forbidden), "{line}");
        }
        assert!(text.contains(&"52".repeat(20)));
    }

    #[test]
    fn what_counts_comes_first_and_what_is_known_is_a_notice() {
        let report = report_of(&[Code::Invalid, Code::BadSeal, Code::Fork, Code::Unanswered]);
        let known = Known::of(&[finding(Code::Invalid)]);
        let text = github(&report, &judge(&report, &Judging { known, ..Judging::default() }));
        let heads: Vec<&str> =
            text.lines().filter_map(|line| line[2..].split_once("::")).map(|(head, _)| head).collect();
        assert_eq!(
            heads,
            [
                "error title=bicker",
                "error title=bad-seal mallory",
                "notice title=known%3A invalid mallory",
                "warning title=fork mallory",
                "notice title=unanswered mallory"
            ]
        );
        let quiet = report_of(&[]);
        assert!(github(&quiet, &judge(&quiet, &Judging::default())).starts_with("::notice title=bicker::Verified: "));
    }

    #[test]
    fn the_summary_holds_no_markup_of_others() {
        let report = sample();
        let text = github_summary(&report, &judge(&report, &Judging::default()));
        assert!(!text.chars().any(is_forbidden) && !text.contains("\n::"));
        for line in text.lines().filter(|line| line.contains("<b") || line.contains("](")) {
            let is_code = line.starts_with("  - hint: ``") && line.ends_with("``");
            assert!(is_code || line.contains(r"\<b\>"), "{line}");
        }
        assert!(text.contains(&"30".repeat(20)) && text.contains("| mallory | yes |"));
        assert!(text.contains("**bad\\-content** mallory"));
    }

    #[test]
    fn the_summary_fits_whatever_people_write() {
        let mut report = report_of(&[Code::Invalid; 300]);
        for finding in &mut report.findings {
            finding.message = "\u{202e}".repeat(10_000);
            finding.hint = "\u{202e}".repeat(10_000);
            finding.commits = (0..=255).map(commit).collect();
        }
        report.steps = (1..3000).map(|number| step(number, 0, State::Final)).collect();
        for step in &mut report.steps {
            step.title = Some("世".repeat(333));
        }
        report.charter.title = "*".repeat(1000);
        let text = github_summary(&report, &judge(&report, &Judging::default()));
        assert!(text.len() < 1 << 20, "{}", text.len());
        assert!(text.contains("- and 200 more\n") && text.contains("- 2979 final steps before these\n"));
        assert!(text.contains("  - and 246 more\n"));
    }
}

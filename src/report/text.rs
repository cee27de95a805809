//! `--format text`: the report for people.
//!
//! Decides what a researcher reads first: the verdict and what it rests on, then what is wrong, who is convicted, how
//! far the document has come, which remotes answered, and last what only deserves a look. Needs no knowledge of the
//! protocol to be read.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exit, Outcome, say};
use crate::protocol::finding::{Code, Finding, Severity};
use crate::protocol::id::{At, CommitId, Name};
use crate::protocol::report::{CharterRow, Report, ResearcherRow, Said, State, StepRow};

pub mod page;

use page::{Page, Tone};

/// How wide a label under a step is.
const LABEL: usize = 13;

/// The report, in lines of `width` where words allow it.
pub fn text(report: &Report, outcome: &Outcome, colour: bool, width: usize) -> String {
    let mut page = Page::new(colour, width);
    head(&mut page, report, outcome);
    let all: Vec<(usize, &Finding)> = report.findings.iter().enumerate().collect();
    let (known, new): (Vec<_>, Vec<_>) = all.into_iter().partition(|(place, _)| outcome.known.contains(place));
    let of = |severity| move |(_, finding): &&(usize, &Finding)| finding.code.severity() == severity;
    let section = |page: &mut Page, title: &str, severity: Severity| {
        let findings: Vec<&Finding> = new.iter().filter(of(severity)).map(|(_, finding)| *finding).collect();
        section_of_findings(page, title, tone_of(severity), &findings);
    };
    section(&mut page, "Errors", Severity::Error);
    convicted(&mut page, report);
    steps(&mut page, report);
    remotes(&mut page, &report.researchers);
    section(&mut page, "Warnings", Severity::Warning);
    section(&mut page, "Notes", Severity::Note);
    let known: Vec<&Finding> = known.into_iter().map(|(_, finding)| finding).collect();
    section_of_findings(&mut page, "Known before", Tone::Bold, &known);
    page.finish()
}

const fn tone_of(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Red,
        Severity::Warning => Tone::Yellow,
        Severity::Note => Tone::Bold,
    }
}

fn head(page: &mut Page, report: &Report, outcome: &Outcome) {
    let verdict = say::verdict(report, outcome);
    let (lead, rest) = verdict.split_once(": ").unwrap_or(("", &verdict));
    let tone = match outcome.exit {
        Exit::Verified => Tone::Green,
        Exit::Incomplete => Tone::Yellow,
        Exit::Wrong | Exit::Usage => Tone::Red,
    };
    page.paragraph(0, 0, (tone, &format!("{lead}: ")), rest);
    for option in say::options(report, outcome) {
        page.paragraph(0, 0, (Tone::Plain, ""), &option);
    }
    page.gap();
    page.paragraph(0, 9, (Tone::Plain, "title    "), &report.charter.title);
    // With these labels a digest just fits into 80 columns.
    page.paragraph(0, 4, (Tone::Plain, "charter  "), &report.charter.digest.to_string());
    page.paragraph(0, 4, (Tone::Plain, "genesis  "), &report.charter.genesis.to_string());
    page.paragraph(0, 0, (Tone::Plain, ""), &format!("{}.", say::agreement(report)));
}

fn section_of_findings(page: &mut Page, title: &str, tone: Tone, findings: &[&Finding]) {
    if findings.is_empty() {
        return;
    }
    page.heading(Tone::Bold, title);
    for finding in findings {
        finding_of(page, tone, finding);
    }
}

/// Code, whom and where; then what happened, in which commits, and what to do.
fn finding_of(page: &mut Page, tone: Tone, finding: &Finding) {
    let place = say::place(finding);
    let rule = if finding.rule == "-" { String::new() } else { format!(" (rule {})", finding.rule) };
    let colon = if place.is_empty() { "" } else { ": " };
    page.paragraph(2, 4, (tone, &format!("{}{colon}", finding.code)), &format!("{place}{rule}"));
    page.paragraph(4, 4, (Tone::Plain, ""), &finding.message);
    for commit in &finding.commits {
        page.line(6, Tone::Plain, &commit.to_string());
    }
    if !finding.hint.is_empty() {
        page.paragraph(4, 10, (Tone::Plain, "hint: "), &finding.hint);
    }
}

fn convicted(page: &mut Page, report: &Report) {
    let convicts: Vec<&Name> = report.researchers.iter().filter(|row| row.convicted).map(|row| &row.name).collect();
    if convicts.is_empty() {
        return;
    }
    page.heading(Tone::Bold, "Convicted");
    for name in convicts {
        let proofs = proofs(&report.findings, name);
        page.paragraph(
            2,
            4,
            (Tone::Red, &format!("{name}: ")),
            &format!("signed what no honest researcher signs{proofs}"),
        );
    }
    let advice = "What is final stays final. Vote for others, and wait for nobody listed here.";
    page.paragraph(2, 2, (Tone::Plain, ""), advice);
}

/// The proofs against a researcher, counted.
fn proofs(findings: &[Finding], name: &Name) -> String {
    let number = |code: Code| findings.iter().filter(|f| f.code == code && f.researcher.as_ref() == Some(name)).count();
    let proofs = [(number(Code::Equivocation), "equivocation"), (number(Code::Contradiction), "contradiction")];
    let counted: Vec<String> =
        proofs.iter().filter(|(number, _)| *number > 0).map(|(number, noun)| say::count(*number, noun)).collect();
    if counted.is_empty() { String::new() } else { format!(" ({})", counted.join(", ")) }
}

fn steps(page: &mut Page, report: &Report) {
    if report.steps.is_empty() {
        return;
    }
    page.heading(Tone::Bold, "Steps");
    for row in &report.steps {
        step(page, row, &report.charter);
    }
}

fn step(page: &mut Page, row: &StepRow, charter: &CharterRow) {
    let tone = match row.state {
        State::Final => Tone::Green,
        State::Conflict => Tone::Red,
        State::Certified | State::Revised | State::Selected | State::Open => Tone::Yellow,
    };
    let state = row.state.as_str();
    page.paragraph(2, 4, (tone, &format!("{}: {state}; ", row.at)), &format!("{}.", say::waiting(row, charter)));
    if let Some(title) = &row.title {
        let author = row.author.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
        page.paragraph(4, 6, (Tone::Plain, ""), &format!("\"{title}\"{author}"));
    }
    if let Some(value) = row.value {
        mark(page, "commit", &value.to_string());
    }
    proposals(page, row, charter);
    criticisms(page, row, charter);
    for revision in &row.revisions {
        mark(page, "revision", &format!("{} {}", revision.by, revision.commit.short()));
    }
    support(page, "echo", row, &row.echoes, charter);
    support(page, "ratify", row, &row.ratifies, charter);
    if !row.abandons.is_empty() {
        let names: BTreeSet<&Name> = row.abandons.iter().collect();
        mark(page, "abandon", &of_needed(&names, charter.quorum));
    }
}

/// A line under a step.
fn mark(page: &mut Page, word: &str, text: &str) {
    page.paragraph(4, 4 + LABEL, (Tone::Plain, &format!("{word:<LABEL$}")), text);
}

fn proposals(page: &mut Page, row: &StepRow, charter: &CharterRow) {
    let needs_no_vote = row.at == At::new(1, 0) && row.proposals.len() == 1;
    for (proposal, votes) in &row.proposals {
        let votes: BTreeSet<&Name> = votes.iter().collect();
        let told = match needs_no_vote && votes.len() < charter.majority {
            true => "the first and only one, worked on without votes".to_owned(),
            false => format!("votes {}", of_needed(&votes, charter.majority)),
        };
        mark(page, "proposal", &format!("{} {}: {told}", proposal.by, proposal.commit.short()));
    }
}

/// The criticisms of each proposal: how many people of those needed, and what each says to it.
fn criticisms(page: &mut Page, row: &StepRow, charter: &CharterRow) {
    let mut by_proposal: BTreeMap<CommitId, Vec<(&Name, &str)>> = BTreeMap::new();
    for (said, of, stance) in &row.criticisms {
        by_proposal.entry(*of).or_default().push((&said.by, stance));
    }
    let authors: BTreeMap<CommitId, &Name> = row.proposals.iter().map(|(said, _)| (said.commit, &said.by)).collect();
    for (proposal, said) in by_proposal {
        let author = authors.get(&proposal);
        let whose = author.map_or_else(|| proposal.short(), |author| format!("{author}'s proposal"));
        let critics: BTreeSet<&Name> = said.iter().map(|(by, _)| *by).collect();
        let each: Vec<String> = said.iter().map(|(by, stance)| format!("{by} ({stance})")).collect();
        let needed = charter.quorum.saturating_sub(1);
        mark(page, "criticism", &format!("of {whose} {}/{needed}: {}", critics.len(), each.join(", ")));
    }
}

/// Echoes or ratifies, for each revision.
fn support(page: &mut Page, word: &str, row: &StepRow, said: &[(Said, CommitId)], charter: &CharterRow) {
    let mut by_value: BTreeMap<CommitId, BTreeSet<&Name>> = BTreeMap::new();
    for (said, value) in said {
        by_value.entry(*value).or_default().insert(&said.by);
    }
    let only_one = by_value.len() == 1 && (row.value.is_some() || row.revisions.len() == 1);
    for (value, names) in by_value {
        let of = if only_one { String::new() } else { format!("of {} ", value.short()) };
        mark(page, word, &format!("{of}{}", of_needed(&names, charter.quorum)));
    }
}

/// How many of those needed, and who.
fn of_needed(names: &BTreeSet<&Name>, needed: usize) -> String {
    let who: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let colon = if who.is_empty() { "" } else { ": " };
    format!("{}/{needed}{colon}{}", who.len(), who.join(", "))
}

fn remotes(page: &mut Page, researchers: &[ResearcherRow]) {
    let longest = researchers.iter().map(|row| row.name.as_str().len()).chain([4]).max().unwrap_or(4);
    page.heading(Tone::Bold, "Remotes");
    page.line(2, Tone::Plain, &format!("{:<longest$}  answered  head        entries", "name"));
    for row in researchers {
        let answered = if row.reachable { "yes" } else { "no" };
        let head = row.head.map_or_else(|| "none".to_owned(), |head| head.short());
        let tone = if row.reachable { Tone::Plain } else { Tone::Yellow };
        page.line(2, tone, &format!("{:<longest$}  {answered:<8}  {head:<10}  {:>7}", row.name, row.entries));
    }
}

#[cfg(test)]
mod tests {
    use super::super::known::Known;
    use super::super::sample::{finding, report_of, said, sample};
    use super::super::{Judging, judge};
    use super::*;
    use crate::protocol::text::is_forbidden;

    fn plain(report: &Report, width: usize) -> String {
        text(report, &judge(report, &Judging::default()), false, width)
    }

    /// What is left when SGR sequences are taken out.
    fn without_colour(text: &str) -> String {
        let mut pieces = text.split("\u{1b}[");
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |text, piece| text + piece.split_once('m').map_or("", |(_, rest)| rest))
    }

    #[test]
    fn a_quiet_group_reads_like_this() {
        let expected = "\
Verified: nothing is wrong, judged by what 4 of 4 remotes showed, in a group of
4 researchers where 3 make a step final and at most 1 may be dishonest.

title    A protocol for the rest of us
charter  DIGEST
genesis  0101010101010101010101010101010101010101
Agreement holds: nobody is convicted of misbehaviour; the group withstands 1.

Steps
  step 1: open; nobody has proposed a text yet.

Remotes
  name   answered  head        entries
  alice  yes       1010101010        7
  bob    yes       1010101010        7
  carol  yes       1010101010        7
  dave   yes       1010101010        7
";
        let report = report_of(&[]);
        let expected = expected.replace("DIGEST", &report.charter.digest.to_string());
        assert_eq!(plain(&report, 80), expected);
    }

    #[test]
    fn a_final_step_says_who_did_what() {
        let told = plain(&sample(), 100);
        let expected = "
  step 1: final; this text is agreed.
    \"Sampling\" by alice
    commit       3030303030303030303030303030303030303030
    proposal     alice 2020202020: the first and only one, worked on without votes
    criticism    of alice's proposal 2/2: bob (object), carol (no-objection)
    revision     alice 3030303030
    echo         3/3: alice, bob, carol
    ratify       3/3: alice, bob, carol
";
        assert!(told.contains(expected), "{told}");
        assert!(told.contains(
            "\n    proposal     bob 6060606060: votes 3/3: alice, bob, carol\n    abandon      1/3: mallory\n"
        ));
        assert!(
            told.contains("\n  mallory: signed what no honest researcher signs (1 equivocation, 1 contradiction)\n")
        );
    }

    #[test]
    fn rival_revisions_are_told_apart_and_nobody_counts_twice() {
        let mut report = sample();
        let row = &mut report.steps[0];
        row.state = State::Revised;
        row.value = None;
        row.revisions.push(said("bob", 0x3f));
        row.echoes = vec![
            (said("alice", 1), said("alice", 0x30).commit),
            (said("alice", 2), said("alice", 0x30).commit),
            (said("bob", 3), said("bob", 0x3f).commit),
        ];
        let told = plain(&report, 100);
        assert!(
            told.contains("    echo         of 3030303030 1/3: alice\n    echo         of 3f3f3f3f3f 1/3: bob\n"),
            "{told}"
        );
    }

    #[test]
    fn a_finding_says_who_where_what_and_what_to_do() {
        let expected = "
  equivocation: mallory, step 2, round 0, steps/0002/r0/vote.md (rule 4)
    this is what equivocation looks like
      5151515151515151515151515151515151515151
      5252525252525252525252525252525252525252
    hint: bicker status
";
        let told = plain(&sample(), 100);
        assert!(told.contains(expected), "{told}");
        let order = ["\nErrors\n", "\nConvicted\n", "\nSteps\n", "\nRemotes\n", "\nWarnings\n", "\nNotes\n"];
        let places: Vec<usize> = order.iter().map(|title| told.find(title).expect(title)).collect();
        assert!(places.is_sorted(), "{told}");
    }

    #[test]
    fn known_findings_come_last() {
        let report = report_of(&[Code::Invalid, Code::Fork]);
        let known = Known::of(&[finding(Code::Invalid)]);
        let told = text(&report, &judge(&report, &Judging { known, ..Judging::default() }), false, 80);
        assert!(told.starts_with("Wrong: 1 error, known before,") && !told.contains("\nErrors\n"), "{told}");
        let (before, after) = told.split_once("\nKnown before\n").expect("a section");
        assert!(before.contains("  fork: mallory") && after.contains("  invalid: mallory"), "{told}");
    }

    #[test]
    fn when_nothing_was_judged_nothing_is_claimed() {
        let mut report = report_of(&[Code::CharterMismatch]);
        report.steps.clear();
        let told = plain(&report, 80);
        assert!(told.contains("\nAgreement is not judged.\n") && !told.contains("Steps"), "{told}");
    }

    #[test]
    fn at_any_width_lines_fit_are_clean_and_colour_changes_no_word() {
        let mut report = sample();
        report.charter.title = super::super::sample::HOSTILE.to_owned();
        for width in [0, 40, 57, 80, 200] {
            let outcome = judge(&report, &Judging::default());
            let (grey, bright) = (text(&report, &outcome, false, width), text(&report, &outcome, true, width));
            assert_ne!(grey, bright);
            assert_eq!(grey, without_colour(&bright));
            assert!(!grey.chars().any(is_forbidden) && !grey.contains("##["));
            for line in grey.lines() {
                let fits = line.chars().count() <= width.max(40) || line.trim_start().split(' ').count() == 1;
                assert!(fits && !line.ends_with(' ') && !line.trim_start().starts_with("::"), "{line:?}");
            }
        }
    }
}

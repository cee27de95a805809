//! The conformance cases: repositories of every kind, honest and hostile, with the verdict that the protocol gives them.
//!
//! Every folder in `tests/conformance` is one and is run against the program just built; `tests/conformance/README.md`
//! says what is in it. All cases that differ are listed at the end, each with what differs.

#[path = "common/cases/mod.rs"]
mod cases;
mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cases::Case;

/// Verifications at one time.
const WORKERS: usize = 2;

/// Differences of one case that are shown.
const SHOWN: usize = 6;

/// Rules that no case can break or rest on by themselves, each with the reason.
const WITHOUT_A_CASE: [(&str, &str); 1] =
    [("3.abandon", "sets no condition beyond 3.open and 3.slot, so no entry can break it")];

#[test]
fn cases_give_the_verdict_expected() {
    let cases = cases_in("tests/conformance");
    assert!(cases.len() >= 170, "{} cases found", cases.len());
    assert_all_pass(&cases);
}

#[test]
#[ignore = "section 5 (amendments) is not implemented yet; its cases move to tests/conformance when it is"]
fn amendments() {
    let cases = cases_in("tests/conformance-amendments");
    assert!(!cases.is_empty(), "no case found");
    assert_all_pass(&cases);
}

#[test]
fn every_rule_has_a_case() {
    let text = std::fs::read_to_string(root().join("docs/protocol.md")).expect("the protocol");
    let rules = tags(&text);
    assert!(rules.len() >= 20, "the protocol's rules: {rules:?}");
    let cases = cases_in("tests/conformance");
    let covered: BTreeSet<String> = cases.iter().flat_map(rules_of).collect();
    let lacking: Vec<&str> = rules.iter().map(String::as_str).filter(|rule| !covered.contains(*rule)).collect();
    assert_eq!(lacking, WITHOUT_A_CASE.map(|(rule, _reason)| rule), "rules of docs/protocol.md without a case");
}

#[test]
fn every_finding_has_a_case_that_must_give_it() {
    let cases = cases_in("tests/conformance");
    let outcomes = cases.iter().flat_map(|case| &case.expected.phases).flat_map(|phase| &phase.any_of);
    let expected: BTreeSet<&str> =
        outcomes.flat_map(|outcome| &outcome.findings).map(|finding| finding.code.as_str()).collect();
    let codes: BTreeSet<&str> = cases::CODES.iter().map(|(code, _severity)| *code).collect();
    assert_eq!(expected, codes);
}

#[test]
fn tags_are_read_from_the_text() {
    let text =
        "**2.seal** The last line.\n| **3.echo** | echo |\n- **4.equivocation** One\n**bold** 5.x **6.** **7.2 A**";
    assert_eq!(tags(text).into_iter().collect::<Vec<_>>(), ["2.seal", "3.echo", "4.equivocation"]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cases_in(folder: &str) -> Vec<Case> {
    cases::find(&root().join(folder)).unwrap_or_else(|trouble| panic!("{trouble}"))
}

/// Runs all cases, some at a time, and fails with every one that differs.
fn assert_all_pass(cases: &[Case]) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_bicker"));
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differing = cases::check(case, &program);
                    if !differing.is_empty() {
                        failed.lock().expect("the list").push((&case.name, differing));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("the list");
    failed.sort();
    let lines: String = failed.iter().map(|(name, differing)| show(name, differing)).collect();
    assert!(failed.is_empty(), "{} of {} cases differ:\n{lines}", failed.len(), cases.len());
}

fn show(name: &str, differing: &[String]) -> String {
    let mut lines: Vec<&str> = differing.iter().take(SHOWN).map(String::as_str).collect();
    let more = format!("and {} more", differing.len().saturating_sub(SHOWN));
    if differing.len() > SHOWN {
        lines.push(&more);
    }
    format!("  {name}\n      {}\n", lines.join("\n      "))
}

/// The rules a case is about: those it names and those of the findings it must give.
fn rules_of(case: &Case) -> Vec<String> {
    let outcomes = case.expected.phases.iter().flat_map(|phase| &phase.any_of);
    let findings = outcomes.flat_map(|outcome| &outcome.findings);
    // The two proofs of section 4 are told apart by code; both have the rule 4.
    let of_finding = |code: &str, rule: &str| if rule == "4" { format!("4.{code}") } else { rule.to_owned() };
    findings.map(|want| of_finding(&want.code, &want.rule)).chain(case.expected.rules.iter().cloned()).collect()
}

/// The tags in a text, written like **2.seal**.
fn tags(text: &str) -> BTreeSet<String> {
    let is_tag = |bold: &&str| match bold.split_once('.') {
        Some((section, name)) => {
            matches!(section, "2" | "3" | "4") && !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase())
        }
        None => false,
    };
    text.lines().flat_map(|line| line.split("**").skip(1).step_by(2)).filter(is_tag).map(str::to_owned).collect()
}

//! `--format junit`: the report as test results.
//!
//! Decides what passes: each researcher about whom nothing counts, and each finding that does not count. A finding
//! that makes something wrong is a failure, one that makes the check incomplete an error, a known one is skipped.

use std::collections::BTreeSet;

use super::escape::{cut, xml};
use super::{Outcome, json, say};
use crate::protocol::finding::Finding;
use crate::protocol::report::Report;

/// The longest `message` attribute, in characters; the body has it all.
const LINE_MAX: usize = 500;

/// The report as a JUnit XML file. It is never empty, so that nothing takes it for tests that did not run.
pub fn junit(report: &Report, outcome: &Outcome) -> String {
    let findings: Vec<(Part, &Finding)> =
        report.findings.iter().enumerate().map(|(place, finding)| (Part::of(outcome, place), finding)).collect();
    let quiet: Vec<&str> = quiet(report, &findings);
    let number = |part: Part| findings.iter().filter(|(is, _)| *is == part).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        findings.len() + quiet.len(),
        number(Part::Failure),
        number(Part::Error)
    );
    let skipped = number(Part::Skipped);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out += &format!("<testsuites name=\"bicker\" {counts}>\n");
    // The count of the skipped has a place in a suite, and none in the list of suites.
    out += &format!("  <testsuite name=\"bicker verify\" {counts} skipped=\"{skipped}\">\n");
    out += &properties(report);
    for name in quiet {
        out += &format!(
            "    <testcase {}/>\n",
            attributes(&[("classname", &class(Some(name))), ("name", "no finding counts")])
        );
    }
    for (part, finding) in findings {
        out += &case(part, finding);
    }
    out += &format!("    <system-out>{}</system-out>\n", xml(&say::verdict(report, outcome)));
    out + "  </testsuite>\n</testsuites>\n"
}

/// What part a finding plays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Failure,
    Error,
    Skipped,
    Passed,
}

impl Part {
    fn of(outcome: &Outcome, place: usize) -> Self {
        match () {
            () if outcome.failing.contains(&place) => Self::Failure,
            () if outcome.lacking.contains(&place) => Self::Error,
            () if outcome.known.contains(&place) => Self::Skipped,
            () => Self::Passed,
        }
    }
}

/// The researchers whom no finding that counts is about; none when nothing was judged.
fn quiet<'a>(report: &'a Report, findings: &[(Part, &Finding)]) -> Vec<&'a str> {
    if report.steps.is_empty() {
        return Vec::new();
    }
    let counts = |part: &Part| matches!(part, Part::Failure | Part::Error);
    let about: BTreeSet<&str> = findings
        .iter()
        .filter(|(part, _)| counts(part))
        .filter_map(|(_, finding)| finding.researcher.as_ref().map(|name| name.as_str()))
        .collect();
    report.researchers.iter().map(|researcher| researcher.name.as_str()).filter(|name| !about.contains(name)).collect()
}

fn properties(report: &Report) -> String {
    let charter = &report.charter;
    let rows = [
        ("verdict", json::verdict(report.verdict).to_owned()),
        ("safety", json::safety(report.safety).to_owned()),
        ("charter", charter.digest.to_string()),
        ("genesis", charter.genesis.to_string()),
        ("title", charter.title.clone()),
    ];
    let property = |(name, value): &(&str, String)| {
        format!("      <property {}/>\n", attributes(&[("name", name), ("value", value)]))
    };
    format!("    <properties>\n{}    </properties>\n", rows.iter().map(property).collect::<String>())
}

fn case(part: Part, finding: &Finding) -> String {
    let researcher = finding.researcher.as_ref().map(|name| name.as_str());
    let head = attributes(&[("classname", &class(researcher)), ("name", &title(finding))]);
    let message = cut(&finding.message, LINE_MAX);
    let kind = finding.code.as_str();
    let inner = match part {
        Part::Failure => element("failure", &[("type", kind), ("message", &message)], &body(finding)),
        Part::Error => element("error", &[("type", kind), ("message", &message)], &body(finding)),
        Part::Skipped => {
            element("skipped", &[("message", &format!("known: {message}"))], "")
                + &element("system-out", &[], &body(finding))
        }
        Part::Passed => element("system-out", &[], &body(finding)),
    };
    format!("    <testcase {head}>\n{inner}    </testcase>\n")
}

fn class(researcher: Option<&str>) -> String {
    format!("bicker.{}", researcher.unwrap_or("group"))
}

/// A name that tells findings apart: code, place, first commit.
fn title(finding: &Finding) -> String {
    let slot = finding.slot.as_ref().map(|slot| slot.path());
    let step = finding.step.map(|step| format!("step {step}"));
    let first = finding.commits.first().map(|commit| commit.short());
    let parts = [Some(finding.code.to_string()), slot.or(step), first];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn body(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    if finding.rule != "-" {
        lines.push(format!("rule: {}", finding.rule));
    }
    lines.extend(finding.commits.iter().map(|commit| format!("commit: {commit}")));
    lines.push(format!("hint: {}", finding.hint));
    lines.iter().map(|line| xml(line)).collect::<Vec<_>>().join("\n")
}

fn element(tag: &str, pairs: &[(&str, &str)], escaped_body: &str) -> String {
    let space = if pairs.is_empty() { "" } else { " " };
    let head = format!("{tag}{space}{}", attributes(pairs));
    match escaped_body {
        "" => format!("      <{head}/>\n"),
        _ => format!("      <{head}>{escaped_body}</{tag}>\n"),
    }
}

fn attributes(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", xml(value))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::known::Known;
    use super::super::sample::{finding, report_of, sample};
    use super::super::{Judging, judge};
    use super::*;
    use crate::protocol::finding::Code;
    use crate::protocol::text::is_forbidden;

    /// What may stand where, of the elements that are written here: an element, its attributes and what it holds. From
    /// junit-10.xsd, the schema of Jenkins' xunit plugin (src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd).
    const SCHEMA: [(&str, &[&str], &[&str]); 9] = [
        ("testsuites", &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
        (
            "testsuite",
            &["name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id", "package"],
            &["testsuite", "properties", "testcase", "system-out", "system-err"],
        ),
        ("properties", &[], &["property"]),
        ("property", &["name", "value"], &[]),
        ("testcase", &["name", "time", "classname"], &["skipped", "error", "failure", "system-out", "system-err"]),
        ("failure", &["type", "message"], &[]),
        ("error", &["type", "message"], &[]),
        ("skipped", &["type", "message"], &[]),
        ("system-out", &[], &[]),
    ];

    /// Checks that `tag`, as it stands between `<` and `>`, may stand in `outer` with these attributes.
    fn check_place(outer: Option<&String>, name: &str, tag: &str) {
        let of = |name: &str| SCHEMA.iter().find(|(element, ..)| *element == name).expect("an element of the schema");
        assert!(outer.map_or(name == "testsuites", |outer| of(outer).2.contains(&name)), "{name} in {outer:?}");
        let attributes = tag.split('"').step_by(2).filter_map(|part| part.strip_suffix('='));
        let attributes: Vec<&str> = attributes.filter_map(|part| part.split(' ').next_back()).collect();
        assert!(attributes.iter().all(|attribute| of(name).1.contains(attribute)), "{name} with {attributes:?}");
    }

    /// Checks the subset of XML that is written here: balanced tags, quoted attributes, known entities, and each element
    /// where the schema has it.
    fn check(document: &str) -> Vec<String> {
        let body = document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
        let (mut open, mut seen) = (Vec::new(), Vec::new());
        for piece in body.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').expect("a tag ends");
            let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a name");
            for quoted in tag.split('"').skip(1).step_by(2).chain([text]) {
                check_text(quoted);
            }
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if !tag.starts_with('/') {
                check_place(open.last(), name, tag);
            }
            match (tag.starts_with('/'), tag.ends_with('/')) {
                (true, _) => assert_eq!(open.pop(), Some(name.to_owned())),
                (_, true) => seen.push(name.to_owned()),
                _ => {
                    open.push(name.to_owned());
                    seen.push(name.to_owned());
                }
            }
        }
        assert!(open.is_empty());
        seen
    }

    fn check_text(text: &str) {
        assert!(!text.chars().any(is_forbidden) && !text.contains(['"', '>']), "{text}");
        for entity in text.split('&').skip(1) {
            let (name, _) = entity.split_once(';').expect("an entity ends");
            assert!(matches!(name, "amp" | "lt" | "gt" | "quot" | "apos" | "#10" | "#9"), "{name}");
        }
    }

    #[test]
    fn it_is_well_formed_whatever_people_write() {
        let report = sample();
        for known in [Known::default(), Known::of(&report.findings)] {
            let document = junit(&report, &judge(&report, &Judging { known, ..Judging::default() }));
            let seen = check(&document);
            assert_eq!(seen.iter().filter(|tag| *tag == "testcase").count(), document.matches("<testcase ").count());
            assert!(document.contains(&"52".repeat(20)));
        }
    }

    #[test]
    fn findings_fail_are_skipped_or_pass_as_they_count() {
        let report = report_of(&[Code::BadSeal, Code::Invalid, Code::Fork, Code::Unreachable]);
        let known = Known::of(&[finding(Code::Invalid)]);
        let document = junit(&report, &judge(&report, &Judging { known, ..Judging::default() }));
        let counts = "tests=\"8\" failures=\"1\" errors=\"1\"";
        assert_eq!(document.matches(counts).count(), 2, "{document}");
        assert_eq!(document.matches(&format!("{counts} skipped=\"1\">")).count(), 1, "{document}");
        assert!(document.contains("<failure type=\"bad-seal\" message=\"this is what bad-seal looks like\">"));
        assert!(document.contains("<error type=\"unreachable\""));
        assert!(document.contains("<skipped message=\"known: this is what invalid looks like\"/>"));
        assert!(
            document.contains("<testcase classname=\"bicker.mallory\" name=\"fork aaaaaaaaaa\">\n      <system-out>")
        );
    }

    #[test]
    fn when_nothing_is_wrong_every_researcher_passes() {
        let report = report_of(&[]);
        let document = junit(&report, &judge(&report, &Judging::default()));
        assert_eq!(check(&document).iter().filter(|tag| *tag == "testcase").count(), 4);
        assert!(document.contains("failures=\"0\" errors=\"0\" skipped=\"0\""));
    }
}

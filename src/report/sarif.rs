//! `--format sarif`: the report as SARIF 2.1.0, for code scanning.
//!
//! Decides where a finding is shown: at its slot's path, else at the charter. A known finding is a suppressed result.
//! What the kinds of finding mean is not decided here, but in [`super::explain`].

use serde::Serialize;
use serde_json::{Value, json};

use super::explain::{accused, rules_of, to_do};
use super::json::{Rows, pretty, safety, verdict};
use super::known::fingerprint;
use super::{Outcome, say};
use crate::protocol::finding::{Code, Finding};
use crate::protocol::genesis::CHARTER_PATH;
use crate::protocol::id::Name;
use crate::protocol::report::Report;

/// Where to read about bicker and about findings: the manual pages that it comes with. They say what this version
/// does, and no web page is needed for it.
const MANUAL: &str = "man:bicker(1)";
const MANUAL_OF_FINDINGS: &str = "man:bicker-explain(1)";

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

/// The report as a SARIF log with one run.
pub fn sarif(report: &Report, outcome: &Outcome) -> String {
    let charter = &report.charter;
    let results: Vec<(&Finding, bool)> =
        report.findings.iter().enumerate().map(|(place, found)| (found, outcome.known.contains(&place))).collect();
    let run = Run {
        tool: json!({"driver": {
            "name": "bicker",
            "informationUri": MANUAL,
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": Code::ALL.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
        }}),
        invocations: json!([{
            "executionSuccessful": outcome.lacking.is_empty(),
            "exitCode": outcome.exit.code(),
            "exitCodeDescription": say::verdict(report, outcome),
        }]),
        results: Rows(&results, ResultRow::of),
        properties: json!({
            "verdict": verdict(report.verdict),
            "safety": safety(report.safety),
            "charter": charter.digest.to_string(),
            "genesis": charter.genesis.to_string(),
            "title": charter.title,
        }),
    };
    pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
struct Run<'a> {
    tool: Value,
    invocations: Value,
    results: Rows<'a, (&'a Finding, bool), ResultRow<'a>>,
    properties: Value,
}

/// One finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultRow<'a> {
    rule_id: &'static str,
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Value; 1],
    partial_fingerprints: Value,
    suppressions: Value,
    properties: Properties<'a>,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Properties<'a> {
    rule: &'static str,
    researcher: Option<&'a str>,
    step: Option<u32>,
    round: Option<u32>,
    commits: Vec<String>,
    hint: &'a str,
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": {"text": code.meaning()},
        "fullDescription": {"text": format!("{} It accuses {}.", code.meaning(), accused(code).as_str())},
        "help": {"text": help(code, ["", "- ", ": ", ""]), "markdown": help(code, ["**", "- `", "`: ", "`"])},
        "helpUri": MANUAL_OF_FINDINGS,
        "defaultConfiguration": {"level": level(code)},
    })
}

/// What to do about a finding, and the rules it can name. The marks stand around a title, before a rule's tag, after it,
/// and around what is typed.
fn help(code: Code, [title, before, after, typed]: [&str; 4]) -> String {
    let mut lines = vec![format!("{title}What to do{title}"), String::new(), to_do(code).to_owned()];
    let mut rules = rules_of(code).peekable();
    if rules.peek().is_some() {
        lines.extend([String::new(), format!("{title}Rules{title}"), String::new()]);
        lines.extend(rules.map(|rule| format!("{before}{}{after}{}", rule.tag, rule.asks)));
    }
    lines.extend([String::new(), format!("More: {typed}bicker explain {code}{typed}")]);
    lines.join("\n")
}

/// The words of SARIF for a level are those for a severity.
const fn level(code: Code) -> &'static str {
    code.severity().as_str()
}

impl<'a> ResultRow<'a> {
    fn of((finding, is_known): &'a (&'a Finding, bool)) -> Self {
        // SARIF wants suppressions for all results of a run or for none; an empty list is a result that counts.
        let suppressions = match is_known {
            true => json!([{"kind": "external", "status": "accepted", "justification": "listed as known"}]),
            false => json!([]),
        };
        Self {
            rule_id: finding.code.as_str(),
            rule_index: Code::ALL.iter().position(|code| *code == finding.code),
            level: level(finding.code),
            message: Text { text: message(finding) },
            locations: [location(finding)],
            partial_fingerprints: json!({"bickerFinding/v1": fingerprint(finding).hex()}),
            suppressions,
            properties: Properties {
                rule: finding.rule,
                researcher: finding.researcher.as_ref().map(Name::as_str),
                step: finding.step,
                round: finding.round,
                commits: finding.commits.iter().map(ToString::to_string).collect(),
                hint: &finding.hint,
            },
        }
    }
}

/// Message, commits and hint. `[`, `]` and `\` are escaped, for a message may hold links otherwise.
fn message(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.commits.iter().map(|commit| format!("commit {commit}")));
    lines.push(format!("hint: {}", finding.hint));
    lines.join("\n").replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn location(finding: &Finding) -> Value {
    let path = finding.slot.as_ref().map_or_else(|| CHARTER_PATH.to_owned(), |slot| slot.path());
    let owner = finding.researcher.as_ref().map_or("group", |name| name.as_str());
    json!({
        "physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 1}},
        "logicalLocations": [{"fullyQualifiedName": format!("{owner}/{path}")}],
    })
}

#[cfg(test)]
mod tests {
    use super::super::known::Known;
    use super::super::sample::{finding, report_of, sample};
    use super::super::{Judging, judge};
    use super::*;
    use crate::protocol::text::is_forbidden;

    fn read(report: &Report, judging: &Judging) -> Value {
        let text = sarif(report, &judge(report, judging));
        assert!(!text.chars().any(is_forbidden));
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn every_result_has_what_code_scanning_needs() {
        let report = sample();
        let log = read(&report, &Judging::default());
        assert_eq!(log["version"], "2.1.0");
        assert!(log["$schema"].is_string());
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "bicker");
        let results = run["results"].as_array().expect("results");
        assert_eq!(results.len(), report.findings.len());
        for (result, finding) in results.iter().zip(&report.findings) {
            let rule = result["ruleIndex"].as_u64().and_then(|at| usize::try_from(at).ok()).expect("an index");
            assert_eq!(run["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
            assert_eq!(result["ruleId"], finding.code.as_str());
            assert_eq!(result["level"], finding.code.severity().as_str());
            assert!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].is_string());
            assert_eq!(result["partialFingerprints"]["bickerFinding/v1"].as_str().map(str::len), Some(64));
            for commit in &finding.commits {
                assert!(result["message"]["text"].as_str().is_some_and(|text| text.contains(&commit.to_string())));
            }
        }
        assert_eq!(run["invocations"][0]["exitCode"], 1);
    }

    #[test]
    fn every_rule_has_what_code_scanning_needs() {
        let log = read(&report_of(&[]), &Judging::default());
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
        assert_eq!(rules.len(), Code::ALL.len());
        for (rule, code) in rules.iter().zip(Code::ALL) {
            let said = |at: &str| rule.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
            let texts = ["/shortDescription/text", "/fullDescription/text", "/help/text", "/help/markdown"].map(said);
            // GitHub takes up to 1,024 characters of a description.
            assert!(texts[..2].iter().all(|text| text.ends_with('.') && text.len() <= 1024), "{texts:?}");
            assert!(texts[1].contains(accused(*code).as_str()), "{texts:?}");
            assert!(texts[2..].iter().all(|text| text.contains(to_do(*code))), "{texts:?}");
            assert!(texts[2..].iter().all(|text| rules_of(*code).all(|rule| text.contains(rule.asks))), "{texts:?}");
            assert!(texts.iter().all(|text| !text.contains(['[', ']', '<', '\\', '_'])), "{texts:?}");
            assert!(!texts[2].contains(['`', '*']), "{texts:?}");
        }
    }

    #[test]
    fn the_help_of_a_rule_reads_like_this() {
        let expected = "\
**What to do**

Tell the researcher whose remote it is: their branch must end with an entry of their own. They may have pushed somebody \
else's branch.

**Rules**

- `2.author`: The author of an entry is whoever signed it, and a remote shows its own researcher's log.

More: `bicker explain wrong-log`";
        assert_eq!(help(Code::WrongLog, ["**", "- `", "`: ", "`"]), expected);
        assert!(!help(Code::Unreachable, ["", "- ", ": ", ""]).contains("Rules"));
    }

    #[test]
    fn known_findings_are_suppressed_and_only_those() {
        let known = Known::of(&[finding(Code::Invalid)]);
        let log = read(&report_of(&[Code::Invalid, Code::Fork]), &Judging { known, ..Judging::default() });
        let results = &log["runs"][0]["results"];
        assert_eq!(results[0]["suppressions"][0]["kind"], "external");
        assert_eq!(results[1]["suppressions"], json!([]));
        assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], 0);
    }

    #[test]
    fn no_message_holds_a_link() {
        let mut report = report_of(&[Code::Invalid]);
        report.findings[0].message = r"see [here](http://x) \[".to_owned();
        let log = read(&report, &Judging::default());
        let text = log["runs"][0]["results"][0]["message"]["text"].as_str().expect("text");
        assert!(text.starts_with(r"see \[here\](http://x) \\\["), "{text}");
    }
}

//! Compares the verifier's report with what was told.
//!
//! Reads the machine output, as any other program would, and decides nothing but whether it says what the story says.

use serde_json::Value;

/// What the report has to say.
#[derive(Debug)]
pub struct Told<'a> {
    /// Everyone's names, in order.
    pub researchers: &'a [&'a str],
    /// Who is convicted, and nobody else.
    pub liar: &'a str,
    /// The two commits that convict, in any order.
    pub proof: [String; 2],
    /// The slot in which both stand.
    pub slot: &'a str,
    /// The titles of the final steps, in order.
    pub steps: &'a [&'a str],
}

/// Everything in a report of `bicker verify --format json` that is not as told, in words.
pub fn differences(report: &str, told: &Told<'_>) -> Vec<String> {
    let Ok(report) = serde_json::from_str::<Value>(report) else {
        return vec!["the report is not JSON".to_owned()];
    };
    let mut found = Vec::new();
    let mut compare = |what: &str, got: Value, expected: Value| {
        if got != expected {
            found.push(format!("{what}: expected {expected}, got {got}"));
        }
    };
    compare("the verdict", at(&report, "verdict"), "violations".into());
    compare("safety", at(&report, "safety"), "holds".into());
    let everyone: Vec<&str> = told.researchers.to_vec();
    compare("the researchers", column(&report, "researchers", "name"), everyone.into());
    let convicted: Vec<bool> = told.researchers.iter().map(|name| *name == told.liar).collect();
    compare("who is convicted", column(&report, "researchers", "convicted"), convicted.into());

    let errors: Vec<Value> = rows(&report, "findings").filter(|row| row["severity"] == "error").cloned().collect();
    let field = |name: &str| Value::from(errors.iter().map(|row| at(row, name)).collect::<Vec<_>>());
    let mut proof = told.proof.to_vec();
    proof.sort();
    compare("the errors", field("code"), vec!["equivocation"].into());
    compare("whom the errors are about", field("researcher"), vec![told.liar].into());
    compare("where the proof stands", field("slot"), vec![told.slot].into());
    compare("the proof", field("commits"), vec![proof].into());

    let finals: Vec<Value> = rows(&report, "steps").filter(|row| row["state"] == "final").cloned().collect();
    let titles: Vec<Value> = finals.iter().map(|row| at(row, "title")).collect();
    compare("the final steps", titles.into(), told.steps.to_vec().into());
    found
}

fn at(row: &Value, name: &str) -> Value {
    row.get(name).cloned().unwrap_or_default()
}

fn rows<'a>(report: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    report.get(list).and_then(Value::as_array).into_iter().flatten()
}

fn column(report: &Value, list: &str, name: &str) -> Value {
    rows(report, list).map(|row| at(row, name)).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{
        "verdict": "violations", "safety": "holds",
        "researchers": [{"name": "alice", "convicted": false}, {"name": "mallory", "convicted": true}],
        "steps": [{"state": "final", "title": "A"}, {"state": "open", "title": null}],
        "findings": [
            {"code": "equivocation", "severity": "error", "researcher": "mallory", "slot": "s", "commits": ["1", "2"]},
            {"code": "rewind", "severity": "warning", "researcher": "mallory", "slot": null, "commits": ["1"]}
        ]
    }"#;

    fn told() -> Told<'static> {
        Told {
            researchers: &["alice", "mallory"],
            liar: "mallory",
            proof: ["2".to_owned(), "1".to_owned()],
            slot: "s",
            steps: &["A"],
        }
    }

    #[test]
    fn a_report_as_told_has_no_differences() {
        assert_eq!(differences(REPORT, &told()), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_named() {
        for (from, to, expected) in [
            ("holds", "lost", r#"safety: expected "holds", got "lost""#),
            ("violations", "verified", r#"the verdict: expected "violations", got "verified""#),
            (
                "\"convicted\": true",
                "\"convicted\": false",
                "who is convicted: expected [false,true], got [false,false]",
            ),
            ("[\"1\", \"2\"]", "[\"1\", \"3\"]", r#"the proof: expected [["1","2"]], got [["1","3"]]"#),
            (
                "\"equivocation\"",
                "\"contradiction\"",
                r#"the errors: expected ["equivocation"], got ["contradiction"]"#,
            ),
            ("\"final\"", "\"certified\"", r#"the final steps: expected ["A"], got []"#),
            ("\"s\"", "\"t\"", r#"where the proof stands: expected ["s"], got ["t"]"#),
        ] {
            assert_eq!(differences(&REPORT.replacen(from, to, 1), &told()), [expected], "{from}");
        }
        assert_eq!(differences("{", &told()), ["the report is not JSON"]);
        assert!(!differences("[]", &told()).is_empty());
    }
}

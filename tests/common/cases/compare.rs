//! Whether a report is one of the outcomes a case allows, and if not, how it differs from the closest.

use serde_json::Value;

use super::expected::{Exact, Outcome, Want};
use super::report::{Finding, Report};
use super::sound;

/// The charter's fields that are compared.
const CHARTER: [&str; 7] = ["digest", "genesis", "title", "researchers", "faults", "quorum", "majority"];

/// Differences from the closest allowed outcome, and what is unsound in itself; empty when one outcome is met.
pub(crate) fn differences(any_of: &[Outcome], json: Value, exit: Option<i32>) -> Vec<String> {
    let report = match Report::read(json) {
        Ok(report) => report,
        Err(lacks) => return vec![lacks],
    };
    let outcomes = any_of.iter().map(|allowed| outcome(allowed, &report, exit));
    let mut bad = outcomes.min_by_key(Vec::len).unwrap_or_else(|| vec!["no outcome is allowed".to_owned()]);
    bad.extend(sound::differences(&report));
    bad
}

/// The exit status that follows from a verdict.
fn exit_of(verdict: &str) -> Option<i32> {
    match verdict {
        "verified" => Some(0),
        "violations" => Some(1),
        "incomplete" => Some(3),
        _ => None,
    }
}

fn outcome(allowed: &Outcome, report: &Report, exit: Option<i32>) -> Vec<String> {
    let mut bad = Vec::new();
    if !is_or_any(&allowed.verdict, &report.verdict) {
        bad.push(format!("verdict {}, expected {}", report.verdict, allowed.verdict));
    }
    match (allowed.exit.or(exit_of(&allowed.verdict)), exit) {
        (Some(wanted), Some(got)) if wanted == got => {}
        (wanted, got) => bad.push(format!("exit {}, expected {}", number(got), number(wanted))),
    }
    if let Some(wanted) = allowed.safety.as_ref().filter(|wanted| **wanted != report.safety) {
        bad.push(format!("safety {}, expected {wanted}", report.safety));
    }
    bad.extend(findings(allowed, &report.findings));
    bad.extend(convicted(allowed, report));
    bad.extend(allowed.steps.iter().filter_map(|(step, wanted)| step_differs(*step, wanted, report)));
    for (name, wanted) in &allowed.entries {
        let got = report.researchers.iter().find(|r| r.name == *name).map(|r| r.entries);
        if got != Some(*wanted) {
            let got = got.map_or("none".to_owned(), |entries| entries.to_string());
            bad.push(format!("entries of {name}: {got}, expected {wanted}"));
        }
    }
    if let Some(exact) = &allowed.exact {
        bad.extend(exactly(exact, report));
    }
    bad
}

/// The findings as a multiset. What names its finding fully chooses first, so that a `*` takes nothing from it.
fn findings(allowed: &Outcome, got: &[Finding]) -> Vec<String> {
    let mut bad = Vec::new();
    let mut left: Vec<&Finding> = got.iter().collect();
    let mut wanted: Vec<&Want> = allowed.findings.iter().collect();
    wanted.sort_by_key(|want| want.rule == "*" || want.researcher.as_deref() == Some("*"));
    for want in wanted {
        match left.iter().position(|finding| matches(want, finding)) {
            Some(at) => drop(left.remove(at)),
            None => bad.push(format!("finding missing: {}", show(want))),
        }
    }
    left.retain(|finding| !allowed.optional.iter().any(|want| matches(want, finding)));
    bad.extend(left.iter().map(|finding| format!("finding too many: {}", finding.show())));
    bad
}

fn matches(want: &Want, finding: &Finding) -> bool {
    let researcher = match want.researcher.as_deref() {
        Some("*") => true,
        wanted => wanted == finding.researcher.as_deref(),
    };
    want.code == finding.code
        && is_or_any(&want.rule, &finding.rule)
        && researcher
        && want.commits.is_none_or(|n| u64::try_from(finding.commits.len()) == Ok(n))
}

fn convicted(allowed: &Outcome, report: &Report) -> Option<String> {
    let mut wanted = allowed.convicted.clone();
    wanted.sort();
    let mut got: Vec<String> = report.researchers.iter().filter(|r| r.convicted).map(|r| r.name.clone()).collect();
    got.sort();
    (got != wanted).then(|| format!("convicted {got:?}, expected {wanted:?}"))
}

fn step_differs(number: u64, wanted: &[Value; 3], report: &Report) -> Option<String> {
    let Some(step) = report.steps.iter().find(|step| step.step == number) else {
        return Some(format!("step {number} missing"));
    };
    let author = step.author.as_deref().filter(|_| step.value.is_some());
    let got = [Value::from(step.round), Value::from(step.state.as_str()), Value::from(author)];
    let same = wanted.iter().zip(&got).all(|(wanted, got)| wanted == "*" || wanted == got);
    (!same).then(|| format!("step {number} is {}, expected {}", list(&got), list(wanted)))
}

/// Everything said in `wanted` is in the report, field by field.
fn exactly(wanted: &Exact, report: &Report) -> Vec<String> {
    let mut bad = Vec::new();
    for field in CHARTER {
        let (got, wanted) = (&report.charter[field], &wanted.charter[field]);
        if got != wanted {
            bad.push(format!("charter.{field} {got}, expected {wanted}"));
        }
    }
    let none = Vec::new();
    let researchers = report.whole["researchers"].as_array().unwrap_or(&none);
    for wanted in &wanted.researchers {
        let name = wanted["name"].as_str().unwrap_or_default();
        match researchers.iter().find(|got| got["name"] == name) {
            Some(got) => bad.extend(researcher(name, wanted, got)),
            None => bad.push(format!("researcher {name} missing")),
        }
    }
    let steps = report.whole["steps"].as_array().unwrap_or(&none);
    let numbers = |steps: &[Value]| steps.iter().map(|step| step["step"].clone()).collect::<Vec<_>>();
    if numbers(steps) != numbers(&wanted.steps) {
        bad.push(format!("steps {}, expected {}", list(&numbers(steps)), list(&numbers(&wanted.steps))));
    }
    bad.extend(wanted.steps.iter().zip(steps).flat_map(|(wanted, got)| step(wanted, got)));
    bad
}

fn researcher(name: &str, wanted: &Value, got: &Value) -> Vec<String> {
    let fields = ["entries", "convicted", "reachable", "head"].into_iter();
    // What an unreachable remote's branch points to is nobody's knowledge.
    let fields = fields.filter(|field| *field != "head" || wanted["reachable"] == true);
    let differing = fields.filter(|field| wanted.get(field).is_some_and(|wanted| got.get(field) != Some(wanted)));
    differing.map(|field| format!("{name}.{field} {}, expected {}", got[field], wanted[field])).collect()
}

fn step(wanted: &Value, got: &Value) -> Vec<String> {
    let fields = wanted.as_object().into_iter().flatten();
    let differing = fields.filter(|(field, wanted)| !got.get(field).is_some_and(|got| covers(wanted, got)));
    let show = |field: &String, wanted| format!("step {} {field} {}, expected {wanted}", got["step"], got[field]);
    differing.map(|(field, wanted)| show(field, wanted)).collect()
}

/// Equal, but that a row (an object in a list) may have fields that were not asked for.
fn covers(wanted: &Value, got: &Value) -> bool {
    let (Value::Array(wanted_rows), Value::Array(rows)) = (wanted, got) else { return wanted == got };
    let row_covers = |(wanted, got): (&Value, &Value)| match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            wanted.iter().all(|(field, value)| got.get(field) == Some(value))
        }
        _ => wanted == got,
    };
    wanted_rows.len() == rows.len() && wanted_rows.iter().zip(rows).all(row_covers)
}

fn is_or_any(wanted: &str, got: &str) -> bool {
    wanted == "*" || wanted == got
}

fn show(want: &Want) -> String {
    let researcher = want.researcher.as_deref().unwrap_or("null");
    let commits = want.commits.map(|n| format!(" x{n}")).unwrap_or_default();
    format!("{} {} {researcher}{commits}", want.code, want.rule)
}

fn list(values: &[Value]) -> String {
    let values: Vec<String> = values.iter().map(Value::to_string).collect();
    format!("[{}]", values.join(", "))
}

fn number(code: Option<i32>) -> String {
    code.map_or("none".to_owned(), |code| code.to_string())
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;

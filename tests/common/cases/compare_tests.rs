//! The comparison can fail: for each thing it looks at, a report that is wrong there and nowhere else.

use serde_json::{Value, json};

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A report with one of everything that is compared.
fn report() -> Value {
    let finding = |code: &str, rule: &str, severity: &str, researcher: &str, commits: &[&str]| {
        json!({"code": code, "rule": rule, "severity": severity, "researcher": researcher, "step": 1, "round": 0,
            "slot": null, "commits": commits, "message": "words", "hint": "words"})
    };
    json!({
        "format": 1, "verdict": "violations", "safety": "holds",
        "charter": {"digest": "sha256:00", "genesis": A, "title": "T", "researchers": 2, "faults": 0, "quorum": 2,
            "majority": 2},
        "researchers": [
            {"name": "ann", "remote": "/ann", "head": A, "reachable": true, "entries": 2, "convicted": false},
            {"name": "bob", "remote": "/bob", "head": B, "reachable": true, "entries": 3, "convicted": true}],
        "steps": [{"step": 1, "round": 0, "state": "final", "title": "T", "author": "ann", "value": A,
            "proposals": [{"by": "ann", "commit": A, "votes": ["ann", "bob"]}], "criticisms": [], "revisions": [],
            "echoes": [{"by": "ann", "commit": A, "value": A}, {"by": "bob", "commit": B, "value": A}],
            "ratifies": [], "abandons": ["ann", "bob"]}],
        "findings": [
            finding("equivocation", "4", "error", "bob", &[A, B]),
            finding("invalid", "3.echo", "error", "bob", &[A]),
            finding("invalid", "3.echo", "error", "bob", &[B]),
            finding("rewind", "4", "warning", "ann", &[A])],
    })
}

/// The one outcome that allows just that report.
fn allowed() -> Value {
    let report = report();
    json!({
        "verdict": "violations", "safety": "holds", "convicted": ["bob"], "entries": {"ann": 2, "bob": 3},
        "steps": {"1": [0, "final", "ann"]},
        "findings": [["equivocation", "4", "bob", 2], ["invalid", "3.echo", "bob", 1], ["invalid", "3.echo", "bob"],
            ["rewind", "4", "ann"]],
        "exact": {"charter": report["charter"], "researchers": report["researchers"], "steps": report["steps"]},
    })
}

fn outcome_of(value: Value) -> Outcome {
    serde_json::from_value(value).expect("an outcome")
}

/// What differs when `change` has been made to the report (first) or to what is allowed (second).
fn after(change: impl FnOnce(&mut Value, &mut Value)) -> Vec<String> {
    let (mut report, mut allowed) = (report(), allowed());
    change(&mut report, &mut allowed);
    differences(&[outcome_of(allowed)], report, Some(1))
}

/// As [`after`], for a report that is looked at without the field-by-field part.
fn loosely(change: impl FnOnce(&mut Value, &mut Value)) -> Vec<String> {
    after(|report, allowed| {
        allowed["exact"] = Value::Null;
        change(report, allowed);
    })
}

fn array(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().expect("a list")
}

#[test]
fn the_allowed_report_passes() {
    assert_eq!(after(|_, _| ()), [""; 0]);
}

#[test]
fn added_fields_are_fine() {
    let added = after(|report, _| {
        report["more"] = json!(1);
        report["charter"]["more"] = json!(1);
        report["researchers"][0]["more"] = json!(1);
        report["steps"][0]["more"] = json!(1);
        report["steps"][0]["proposals"][0]["more"] = json!(1);
        report["findings"][0]["more"] = json!(1);
    });
    assert_eq!(added, [""; 0]);
}

#[test]
fn verdict_exit_and_safety_are_compared() {
    let wrong = loosely(|report, allowed| {
        allowed["verdict"] = json!("verified");
        report["safety"] = json!("lost");
    });
    let expected = ["verdict violations, expected verified", "exit 1, expected 0", "safety lost, expected holds"];
    assert_eq!(wrong, expected);
    assert_eq!(loosely(|_, allowed| allowed["exit"] = json!(3)), ["exit 1, expected 3"]);
    assert_eq!(differences(&[outcome_of(allowed())], report(), None), ["exit none, expected 1"]);
    assert_eq!(loosely(|_, allowed| allowed["verdict"] = json!("*")), ["exit 1, expected none"]);
}

#[test]
fn the_verdict_must_follow_from_the_findings() {
    let wrong = loosely(|report, allowed| {
        report["verdict"] = json!("incomplete");
        allowed["verdict"] = json!("incomplete");
        allowed["exit"] = json!(1);
    });
    assert_eq!(wrong, ["verdict incomplete but findings say violations"]);
}

#[test]
fn a_finding_missing_or_too_many_is_seen() {
    let missing = loosely(|report, _| drop(array(&mut report["findings"]).remove(1)));
    assert_eq!(missing, ["finding missing: invalid 3.echo bob"]);
    let more = loosely(|_, allowed| drop(array(&mut allowed["findings"]).remove(3)));
    assert_eq!(more, ["finding too many: rewind 4 ann x1"]);
    let twice = loosely(|report, _| {
        let again = report["findings"][3].clone();
        array(&mut report["findings"]).push(again);
    });
    assert_eq!(twice, ["finding too many: rewind 4 ann x1"]);
}

#[test]
fn a_finding_is_its_code_rule_researcher_and_number_of_commits() {
    for (at, other, shown) in [
        (0, json!("contradiction"), "contradiction 4 bob x2"),
        (1, json!("2.seal"), "equivocation 2.seal bob x2"),
        (2, json!("ann"), "equivocation 4 ann x2"),
        (2, json!(null), "equivocation 4 null x2"),
        (3, json!(3), "equivocation 4 bob x3"),
    ] {
        let wrong = loosely(|_, allowed| allowed["findings"][0][at] = other);
        assert_eq!(wrong, [format!("finding missing: {shown}").as_str(), "finding too many: equivocation 4 bob x2"]);
    }
}

#[test]
fn a_star_is_anything_but_takes_nothing_from_the_exact() {
    let any = loosely(|_, allowed| {
        allowed["findings"] = json!([
            ["invalid", "*", "*"],
            ["equivocation", "4", "*"],
            ["rewind", "4", "*"],
            ["invalid", "3.echo", "bob", 1]
        ]);
    });
    assert_eq!(any, [""; 0]);
}

#[test]
fn optional_findings_may_be_there_or_not() {
    let there = loosely(|_, allowed| {
        array(&mut allowed["findings"]).truncate(1);
        allowed["optional"] = json!([["invalid", "3.echo", "*"], ["rewind", "4", "ann"]]);
    });
    assert_eq!(there, [""; 0]);
    assert_eq!(loosely(|_, allowed| allowed["optional"] = json!([["unanswered", "3.revision", "ann"]])), [""; 0]);
}

#[test]
fn convictions_entries_and_steps_are_compared() {
    let wrong = loosely(|report, _| report["researchers"][0]["convicted"] = json!(true));
    assert_eq!(wrong, [r#"convicted ["ann", "bob"], expected ["bob"]"#]);
    let wrong = loosely(|report, _| report["researchers"][0]["entries"] = json!(4));
    assert_eq!(wrong, ["entries of ann: 4, expected 2"]);
    let wrong = loosely(|_, allowed| allowed["steps"] = json!({"1": [1, "*", "*"], "2": ["*", "*", "*"]}));
    assert_eq!(wrong, [r#"step 1 is [0, "final", "ann"], expected [1, "*", "*"]"#, "step 2 missing"]);
    let wrong = loosely(|report, _| report["steps"][0]["value"] = Value::Null);
    assert_eq!(wrong, [r#"step 1 is [0, "final", null], expected [0, "final", "ann"]"#]);
}

#[test]
fn the_rest_is_compared_field_by_field() {
    let wrong = after(|report, _| report["charter"]["quorum"] = json!(3));
    assert_eq!(wrong, ["charter.quorum 3, expected 2"]);
    let wrong = after(|report, _| report["researchers"][0]["head"] = json!(B));
    assert_eq!(wrong, [format!("ann.head \"{B}\", expected \"{A}\"")]);
    let wrong = after(|report, _| report["steps"][0]["title"] = json!(null));
    assert_eq!(wrong, [r#"step 1 title null, expected "T""#]);
    let wrong = after(|report, _| report["steps"][0]["echoes"][0]["value"] = json!(B));
    assert!(matches!(wrong.as_slice(), [line] if line.starts_with("step 1 echoes [")), "{wrong:?}");
    let wrong = after(|report, _| drop(array(&mut report["steps"][0]["echoes"]).pop()));
    assert!(matches!(wrong.as_slice(), [line] if line.starts_with("step 1 echoes [")), "{wrong:?}");
    let wrong = after(|report, allowed| {
        drop(array(&mut report["steps"]).pop());
        allowed["steps"] = json!({});
    });
    assert_eq!(wrong, ["steps [], expected [1]"]);
    let wrong = after(|report, allowed| {
        drop(array(&mut report["researchers"]).remove(0));
        allowed["entries"] = json!({});
    });
    assert_eq!(wrong, ["researcher ann missing"]);
}

#[test]
fn the_head_of_an_unreachable_remote_is_not_compared() {
    let free = after(|report, allowed| {
        report["researchers"][0]["reachable"] = json!(false);
        report["researchers"][0]["head"] = Value::Null;
        allowed["exact"]["researchers"][0]["reachable"] = json!(false);
    });
    assert_eq!(free, [""; 0]);
}

#[test]
fn unsorted_lists_are_seen() {
    fn swap(list: &mut Value) {
        array(list).reverse();
    }
    for (unsorted, seen) in [
        (loosely(|report, _| swap(&mut report["findings"])), "findings not sorted"),
        (loosely(|report, _| swap(&mut report["researchers"])), "researchers not sorted"),
        (loosely(|report, _| swap(&mut report["findings"][0]["commits"])), "commits not sorted: equivocation 4 bob x2"),
        (loosely(|report, _| swap(&mut report["steps"][0]["echoes"])), "echoes of step 1 not sorted"),
        (loosely(|report, _| swap(&mut report["steps"][0]["abandons"])), "abandons of step 1 not sorted"),
        (loosely(|report, _| swap(&mut report["steps"][0]["proposals"][0]["votes"])), "votes of step 1 not sorted"),
    ] {
        assert_eq!(unsorted, [seen]);
    }
    let steps = loosely(|report, _| {
        let again = report["steps"][0].clone();
        array(&mut report["steps"]).push(again);
    });
    assert_eq!(steps, ["steps not sorted"]);
}

#[test]
fn null_comes_before_any_name() {
    let sorted = loosely(|report, allowed| {
        report["findings"][1]["researcher"] = Value::Null;
        allowed["findings"][1][2] = Value::Null;
    });
    assert_eq!(sorted, [""; 0]);
    let unsorted = loosely(|report, allowed| {
        report["findings"][2]["researcher"] = Value::Null;
        allowed["findings"][1][2] = Value::Null;
    });
    assert_eq!(unsorted, ["findings not sorted"]);
}

#[test]
fn unknown_codes_and_wrong_severities_are_seen() {
    let wrong = loosely(|report, allowed| {
        report["findings"][0]["code"] = json!("cheating");
        allowed["findings"][0][0] = json!("cheating");
    });
    assert_eq!(wrong, ["unknown code cheating"]);
    let wrong = loosely(|report, _| report["findings"][3]["severity"] = json!("error"));
    assert_eq!(wrong, ["severity of rewind"]);
    assert_eq!(loosely(|report, _| report["format"] = json!(2)), ["format 2, expected 1"]);
}

#[test]
fn what_is_promised_must_be_there_even_where_it_is_null() {
    for (at, field) in [
        ("/findings/0", "slot"),
        ("/findings/0", "researcher"),
        ("/findings/0", "hint"),
        ("/researchers/0", "head"),
        ("/steps/0", "value"),
        ("/steps/0", "abandons"),
        ("", "safety"),
        ("", "charter"),
    ] {
        let lacking = loosely(|report, _| {
            let place = report.pointer_mut(at).and_then(Value::as_object_mut).expect("an object");
            place.remove(field).expect("a field");
        });
        assert_eq!(lacking, [format!("the JSON is not as promised: missing field `{field}`")]);
    }
}

#[test]
fn one_allowed_outcome_is_enough_and_the_closest_is_shown() {
    let mut far = allowed();
    far["verdict"] = json!("verified");
    far["findings"] = json!([]);
    let mut near = allowed();
    near["safety"] = json!("lost");
    let any_of = [far, near, allowed()].map(outcome_of);
    assert_eq!(differences(&any_of, report(), Some(1)), [""; 0]);
    assert_eq!(differences(&any_of[..2], report(), Some(1)), ["safety holds, expected lost"]);
    assert_eq!(differences(&[], report(), Some(1)), ["no outcome is allowed"]);
}

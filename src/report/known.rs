//! `--known`: findings that the user has seen and accepted, so that CI stays useful after someone once misbehaved.
//!
//! Decides when a finding is one of them: code, rule, researcher, step, round, slot and commits are all the same.
//! The words of a finding are ignored. That agreement is broken can never be known.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::is_lack;
use super::json::{FindingRow, pretty};
use crate::protocol::finding::{Code, Finding, Severity};
use crate::protocol::id::Digest;

/// Why a file of known findings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Neither of the two forms.
    #[error("expected a list of findings, or a report with `findings`")]
    Form,
    /// An item that is no finding.
    #[error("finding {number}: {why}")]
    Finding {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// What makes a finding itself, whatever words it is told in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
struct Identity {
    code: String,
    rule: String,
    // `null` is said, never left out: who leaves a field out has forgotten it.
    #[serde(deserialize_with = "Option::deserialize")]
    researcher: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    step: Option<u32>,
    #[serde(deserialize_with = "Option::deserialize")]
    round: Option<u32>,
    #[serde(deserialize_with = "Option::deserialize")]
    slot: Option<String>,
    commits: BTreeSet<String>,
}

impl Identity {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.as_str().to_owned(),
            rule: finding.rule.to_owned(),
            researcher: finding.researcher.as_ref().map(ToString::to_string),
            step: finding.step,
            round: finding.round,
            slot: finding.slot.as_ref().map(|slot| slot.path()),
            commits: finding.commits.iter().map(ToString::to_string).collect(),
        }
    }

    fn read(number: usize, value: serde_json::Value) -> Result<Self, KnownError> {
        let broken = |why: String| KnownError::Finding { number, why };
        let identity: Self = serde_json::from_value(value).map_err(|e| broken(e.to_string()))?;
        match Code::ALL.iter().any(|code| code.as_str() == identity.code) {
            true => Ok(identity),
            false => Err(broken(format!("there is no code {:?}", identity.code))),
        }
    }
}

/// A digest that stays the same while a finding does, for tools that track findings.
pub fn fingerprint(finding: &Finding) -> Digest {
    Digest::of(pretty(&Identity::of(finding)).as_bytes())
}

/// Known findings.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Known(BTreeSet<Identity>);

impl Known {
    /// These findings.
    pub fn of(findings: &[Finding]) -> Self {
        Self(findings.iter().map(Identity::of).collect())
    }

    /// Reads a JSON list of findings, or a report as `--format json` prints it.
    ///
    /// # Errors
    /// It is not JSON, has another form, or an item lacks a field or has a code that does not exist.
    pub fn read(text: &str) -> Result<Self, KnownError> {
        let list = match serde_json::from_str(text)? {
            serde_json::Value::Array(list) => list,
            serde_json::Value::Object(mut report) => match report.remove("findings") {
                Some(serde_json::Value::Array(list)) => list,
                _ => return Err(KnownError::Form),
            },
            _ => return Err(KnownError::Form),
        };
        list.into_iter()
            .enumerate()
            .map(|(place, value)| Identity::read(place + 1, value))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a finding is known. That agreement is broken never is.
    pub fn holds(&self, finding: &Finding) -> bool {
        may_be_known(finding) && self.0.contains(&Identity::of(finding))
    }
}

/// Broken agreement can never be known away, nor can another charter than the one pinned: nothing would be judged.
fn may_be_known(finding: &Finding) -> bool {
    let pinned = finding.code == Code::CharterMismatch && finding.rule == "1.1";
    finding.code != Code::ConflictingFinals && !pinned
}

/// A file for `--known` (`--write-known`): of the findings those that can make something wrong and can be known,
/// with the words they are told in.
pub fn print_known(findings: &[Finding]) -> String {
    let counts = |finding: &&Finding| match finding.code.severity() {
        Severity::Error => may_be_known(finding),
        Severity::Warning => !is_lack(finding.code),
        Severity::Note => false,
    };
    pretty(&findings.iter().filter(counts).map(FindingRow::of).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{commit, finding, name, sample};
    use super::*;
    use crate::protocol::id::At;
    use crate::protocol::slot::Slot;

    #[test]
    fn what_is_written_is_known_again_whatever_its_words() {
        let report = sample();
        let known = Known::read(&print_known(&report.findings)).expect("a file of known findings");
        let whole = Known::read(&super::super::json::json(&report)).expect("a report");
        for found in &report.findings {
            let mut reworded = found.clone();
            reworded.message = "in other words".to_owned();
            reworded.hint = String::new();
            let can_be_known = found.code != Code::ConflictingFinals;
            assert_eq!(whole.holds(&reworded), can_be_known, "{}", found.code);
            let counts = can_be_known && !is_lack(found.code) && found.code.severity() != Severity::Note;
            assert_eq!(known.holds(&reworded), counts, "{}", found.code);
        }
    }

    #[test]
    fn any_other_difference_makes_another_finding() {
        let slot = Slot::Vote(At::new(2, 0));
        let found =
            finding(Code::Equivocation).about(&name("mallory")).at_slot(Some(&slot)).shown_by([commit(1), commit(2)]);
        let known = Known::of(std::slice::from_ref(&found));
        assert!(known.holds(&found));
        for other in [
            Finding { code: Code::Invalid, ..found.clone() },
            Finding { rule: "3.vote", ..found.clone() },
            Finding { step: Some(3), ..found.clone() },
            Finding { round: None, ..found.clone() },
            Finding { slot: None, ..found.clone() },
            found.clone().about(&name("alice")),
            found.clone().shown_by([commit(1), commit(2), commit(3)]),
        ] {
            assert!(!known.holds(&other), "{other:?}");
            assert_ne!(fingerprint(&other), fingerprint(&found));
        }
    }

    #[test]
    fn broken_agreement_can_be_listed_but_not_known() {
        let lost = finding(Code::ConflictingFinals);
        assert!(!Known::of(std::slice::from_ref(&lost)).holds(&lost));
        assert_eq!(print_known(&[lost]), "[]\n");
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why() {
        let item = r#"{"code":"fork","rule":"4","researcher":null,"step":null,"round":null,"slot":null,"commits":[]}"#;
        assert!(Known::read(&format!("[{item}]")).is_ok());
        for (text, why) in [
            ("", "not JSON"),
            ("{}", "expected a list"),
            ("3", "expected a list"),
            (r#"{"findings":{}}"#, "expected a list"),
            (&format!("[{item},3]"), "finding 2: "),
            (&item.replace("fork", "spoon").replace('{', "[{").replace('}', "}]"), "there is no code \"spoon\""),
            (&format!("[{}]", item.replace(r#""slot":null,"#, "")), "finding 1: missing field `slot`"),
            (&format!("[{}]", item.replace("[]", "\"x\"")), "finding 1: invalid type"),
        ] {
            let error = Known::read(text).expect_err(text).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn another_charter_than_the_pinned_one_can_never_be_known() {
        let other = Finding::new(Code::CharterMismatch, "1.1", "", "");
        assert!(!Known::of(std::slice::from_ref(&other)).holds(&other));
        assert!(!print_known(std::slice::from_ref(&other)).contains("charter-mismatch"));
        let root = Finding::new(Code::CharterMismatch, "1.2", "", "");
        assert!(Known::of(std::slice::from_ref(&root)).holds(&root));
    }
}

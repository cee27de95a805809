//! A program's JSON, as far as it is looked at here. A field that the contract promises and that is missing is an error;
//! fields that a program adds are fine.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A whole report.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    pub(crate) format: Value,
    pub(crate) verdict: String,
    pub(crate) safety: String,
    pub(crate) charter: Value,
    pub(crate) researchers: Vec<Researcher>,
    pub(crate) steps: Vec<Step>,
    pub(crate) findings: Vec<Finding>,
    /// The same once more, for what is compared field by field.
    #[serde(skip)]
    pub(crate) whole: Value,
}

/// One researcher's row.
#[derive(Debug, Deserialize)]
pub(crate) struct Researcher {
    pub(crate) name: String,
    #[serde(deserialize_with = "present")]
    #[expect(dead_code, reason = "that it is there is what counts")]
    pub(crate) head: Option<String>,
    #[expect(dead_code, reason = "that it is there is what counts")]
    pub(crate) reachable: bool,
    pub(crate) entries: u64,
    pub(crate) convicted: bool,
}

/// One step's row.
#[derive(Debug, Deserialize)]
pub(crate) struct Step {
    pub(crate) step: u64,
    pub(crate) round: u64,
    pub(crate) state: String,
    #[serde(deserialize_with = "present")]
    pub(crate) author: Option<String>,
    #[serde(deserialize_with = "present")]
    pub(crate) value: Option<String>,
    pub(crate) proposals: Vec<Row>,
    pub(crate) criticisms: Vec<Row>,
    pub(crate) revisions: Vec<Row>,
    pub(crate) echoes: Vec<Row>,
    pub(crate) ratifies: Vec<Row>,
    pub(crate) abandons: Vec<String>,
}

/// One entry in a step's lists.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) by: String,
    pub(crate) commit: String,
    /// Who voted, in a proposal's row.
    #[serde(default)]
    pub(crate) votes: Vec<String>,
}

/// One finding.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) code: String,
    pub(crate) rule: String,
    pub(crate) severity: String,
    #[serde(deserialize_with = "present")]
    pub(crate) researcher: Option<String>,
    #[serde(deserialize_with = "present")]
    #[expect(dead_code, reason = "that it is there is what counts")]
    pub(crate) step: Option<u64>,
    #[serde(deserialize_with = "present")]
    #[expect(dead_code, reason = "that it is there is what counts")]
    pub(crate) round: Option<u64>,
    #[serde(deserialize_with = "present")]
    #[expect(dead_code, reason = "that it is there is what counts")]
    pub(crate) slot: Option<String>,
    pub(crate) commits: Vec<String>,
    #[expect(dead_code, reason = "that it is there is what counts")]
    pub(crate) message: String,
    #[serde(deserialize_with = "present")]
    #[expect(dead_code, reason = "that it is there is what counts")]
    pub(crate) hint: Option<String>,
}

impl Report {
    /// Reads a report, or says what it lacks.
    pub(crate) fn read(whole: Value) -> Result<Self, String> {
        let report = Self::deserialize(&whole).map_err(|e| format!("the JSON is not as promised: {e}"))?;
        Ok(Self { whole, ..report })
    }
}

impl Finding {
    /// In a line, as expectations are shown too.
    pub(crate) fn show(&self) -> String {
        let researcher = self.researcher.as_deref().unwrap_or("null");
        format!("{} {} {researcher} x{}", self.code, self.rule, self.commits.len())
    }
}

/// A field that may be null but not left out.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(field)
}

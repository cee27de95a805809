//! What `expected.json` may say. A field that is not known here is an error, never overlooked.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A whole `expected.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// The case's name, which is also its folder's.
    pub(crate) case: String,
    /// One verification each, in order, over one cache.
    pub(crate) phases: Vec<Phase>,
    /// Tags of the rules the case is about.
    pub(crate) rules: Vec<String>,
}

/// One verification.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    /// Whose remotes are named; one without a repository in the archive does not exist.
    pub(crate) remotes: Vec<String>,
    /// Further arguments.
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// The outcomes allowed, of which one must be met.
    pub(crate) any_of: Vec<Outcome>,
}

/// One allowed outcome.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcome {
    /// The verdict, `usage` (exit status 2 and nothing else judged) or `*`.
    pub(crate) verdict: String,
    /// The exit status, where it does not follow from the verdict.
    #[serde(default)]
    pub(crate) exit: Option<i32>,
    /// What becomes of safety.
    #[serde(default)]
    pub(crate) safety: Option<String>,
    /// All findings: none may be missing and none more may be there.
    pub(crate) findings: Vec<Want>,
    /// Findings that may be there besides.
    #[serde(default)]
    pub(crate) optional: Vec<Want>,
    /// Everyone who is convicted.
    #[serde(default)]
    pub(crate) convicted: Vec<String>,
    /// For a step its round, state and the author of its value; `*` is anything.
    #[serde(default)]
    pub(crate) steps: BTreeMap<u64, [Value; 3]>,
    /// How many entries a researcher has.
    #[serde(default)]
    pub(crate) entries: BTreeMap<String, u64>,
    /// The rest of the report, field by field.
    #[serde(default)]
    pub(crate) exact: Option<Exact>,
}

/// Parts of a report that must be met field by field; a program may add fields.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exact {
    /// The charter's description.
    pub(crate) charter: Value,
    /// One object each, found by its name.
    pub(crate) researchers: Vec<Value>,
    /// One object each, in order.
    pub(crate) steps: Vec<Value>,
}

/// A finding that is expected: `[code, rule, researcher]` and perhaps the number of commits; `*` is anything.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Vec<Value>")]
pub(crate) struct Want {
    /// The code, always said.
    pub(crate) code: String,
    /// The rule or `*`.
    pub(crate) rule: String,
    /// The researcher's name, `*`, or null.
    pub(crate) researcher: Option<String>,
    /// How many commits, where that is said.
    pub(crate) commits: Option<u64>,
}

impl TryFrom<Vec<Value>> for Want {
    type Error = String;

    fn try_from(row: Vec<Value>) -> Result<Self, String> {
        let wrong = || format!("a finding is [code, rule, researcher, perhaps a number], not {row:?}");
        let (code, rule, researcher, commits) = match row.as_slice() {
            [code, rule, researcher] => (code, rule, researcher, None),
            [code, rule, researcher, number] => (code, rule, researcher, Some(number.as_u64().ok_or_else(wrong)?)),
            _ => return Err(wrong()),
        };
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
        let researcher = if researcher.is_null() { None } else { Some(text(researcher)?) };
        Ok(Self { code: text(code)?, rule: text(rule)?, researcher, commits })
    }
}

//! `doctor --json`: the checks for programs.
//!
//! Decides the fields and the words for the states, which are those that people read.

use serde::Serialize;

use crate::git::doctor::{Check, Section, State};
use crate::report::json::{FORMAT, pretty};

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    sections: Vec<SectionRow<'a>>,
}

#[derive(Serialize)]
struct SectionRow<'a> {
    title: &'a str,
    checks: Vec<CheckRow<'a>>,
}

#[derive(Serialize)]
struct CheckRow<'a> {
    state: &'static str,
    found: &'a str,
    why: Option<&'a str>,
    fix: Option<&'a str>,
}

impl<'a> CheckRow<'a> {
    fn of(check: &'a Check) -> Self {
        let why = Some(check.why.as_str()).filter(|why| !why.is_empty());
        Self { state: word(check.state), found: &check.found, why, fix: check.fix.as_deref() }
    }
}

/// The word for a state.
const fn word(state: State) -> &'static str {
    match state {
        State::Ok => "ok",
        State::Note => "note",
        State::Warning => "warning",
        State::Unknown => "unknown",
        State::Wrong => "wrong",
    }
}

impl<'a> SectionRow<'a> {
    fn of(section: &'a Section) -> Self {
        Self { title: section.title, checks: section.checks.iter().map(CheckRow::of).collect() }
    }
}

/// All checks as one JSON object.
pub fn json(sections: &[Section]) -> String {
    pretty(&Whole { format: FORMAT, sections: sections.iter().map(SectionRow::of).collect() })
}

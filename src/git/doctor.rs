//! What is the matter with a researcher's machine and repository: the probes.
//!
//! Decides, for each thing that bicker and git rely on, whether it is as it should be, why that matters and which command
//! puts it right. It changes nothing and mends nothing; beyond the journal's own lock file it writes only files that it
//! removes again.
//!
//! Nothing that a repository's configuration names is ever executed. Objects, files and the configuration are read. Where
//! only a run can show that git calls bicker ([`signing`], [`hooks`]), git is run as the person runs it, and only after
//! reading has shown that what it would start is bicker itself, byte for byte.

mod hooks;
mod key;
mod kind;
mod remote;
mod rewrites;
mod risks;
mod settings;
mod shim;
mod signing;
mod table;
mod tools;
mod underway;

use std::path::Path;

use self::settings::Settings;
use super::log::Log;
use super::moved;
use super::process::Git;
use super::setup::{self, SetupError};
use crate::protocol::charter::{Charter, Researcher};

/// What a check came to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    /// As it should be.
    Ok,
    /// Nothing to repair, but to know.
    Note,
    /// It works, and may hurt one day.
    Warning,
    /// It could not be found out.
    Unknown,
    /// Something does not work, or is not safe.
    Wrong,
}

/// One check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// What it came to.
    pub state: State,
    /// What was found.
    pub found: String,
    /// Why that matters; empty when all is well.
    pub why: String,
    /// The command that puts it right, if there is one to type.
    pub fix: Option<String>,
}

impl Check {
    /// Something is as it should be.
    pub fn ok(found: impl Into<String>) -> Self {
        Self { state: State::Ok, found: found.into(), why: String::new(), fix: None }
    }

    /// Something is to be known.
    pub fn note(found: impl Into<String>, why: impl Into<String>) -> Self {
        Self { state: State::Note, found: found.into(), why: why.into(), fix: None }
    }

    /// Something may hurt.
    pub fn warning(found: impl Into<String>, why: impl Into<String>) -> Self {
        Self { state: State::Warning, ..Self::note(found, why) }
    }

    /// Something is wrong.
    pub fn wrong(found: impl Into<String>, why: impl Into<String>) -> Self {
        Self { state: State::Wrong, ..Self::note(found, why) }
    }

    /// Something could not be found out.
    pub fn unknown(found: impl Into<String>, why: impl Into<String>) -> Self {
        Self { state: State::Unknown, ..Self::note(found, why) }
    }

    /// Adds the command that puts it right.
    #[must_use]
    pub fn fix(mut self, command: impl Into<String>) -> Self {
        self.fix = Some(command.into());
        self
    }
}

/// Checks that belong together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// The checks.
    pub checks: Vec<Check>,
}

/// Checks git and OpenSSH, which everybody needs who verifies or signs.
pub fn machine() -> Section {
    Section { title: "This machine", checks: tools::checks() }
}

/// Checks a researcher's repository, without asking any remote. `program` is this bicker.
pub fn repository(log: &Log, program: &Path) -> Vec<Section> {
    let (charter, me, mut checks) = group(log);
    let everyone = everyone(log, charter.as_ref(), &mut checks);
    let row = me.as_ref().and_then(|me| everyone.iter().find(|row| row.name == *me));
    let git = match Git::as_typed_in(log.work_dir()) {
        Ok(git) => git,
        Err(e) => {
            checks.push(Check::unknown("what git does here could not be checked", e.to_string()));
            return vec![Section { title: "This repository", checks }];
        }
    };
    let (settings, environment) = (Settings::read(&git, log.work_dir()), settings::environment());
    checks.extend(environment);
    let settings = match settings {
        Ok(settings) => settings,
        Err(check) => {
            checks.push(check);
            return vec![Section { title: "This repository", checks }];
        }
    };
    checks.extend(kind::checks(log, &settings));
    let at = Bench { log, git, settings, program, charter: charter.as_ref(), everyone: &everyone, row };
    vec![
        Section { title: "This repository", checks },
        Section { title: "Your key", checks: key::checks(&at) },
        Section { title: "Signing", checks: signing::checks(&at) },
        Section { title: "Hooks", checks: hooks::checks(&at) },
        Section { title: "git's settings", checks: table::checks(&at) },
        Section { title: "Under way", checks: underway::checks(&at) },
    ]
}

/// What the probes look at.
struct Bench<'a> {
    log: &'a Log,
    /// git as the person has it in the work tree.
    git: Git,
    settings: Settings,
    program: &'a Path,
    charter: Option<&'a Charter>,
    /// Everyone in it, with the address at which their remote is now.
    everyone: &'a [Researcher],
    /// What is known of the person, if both are known.
    row: Option<&'a Researcher>,
}

/// Everyone in the charter, with the address at which their remote is now.
fn everyone(log: &Log, charter: Option<&Charter>, checks: &mut Vec<Check>) -> Vec<Researcher> {
    let Some(charter) = charter else { return Vec::new() };
    moved::researchers(log, charter).unwrap_or_else(|e| {
        let why = "nobody is asked and nothing is signed before that is settled";
        let check = Check::wrong(with_causes(&e), why);
        checks.push(Check { fix: e.hint().map(|hint| command_in(&hint)), ..check });
        charter.researchers().to_vec()
    })
}

/// Whether the charter is there and names whose log it is.
fn group(log: &Log) -> (Option<Charter>, Option<crate::protocol::id::Name>, Vec<Check>) {
    let wrong = |found: &str, e: &SetupError| {
        let fix = match e {
            SetupError::Name(_) => Some("git config bicker.name NAME".to_owned()),
            _ => e.hint().map(|hint| command_in(&hint)),
        };
        Check { fix, ..Check::wrong(found, with_causes(e)) }
    };
    let (charter, me) = (setup::charter_of(log), setup::name_of(log));
    let mut checks = Vec::new();
    match (&charter, &me) {
        (Ok(charter), Ok(me)) if charter.researcher(me).is_some() => {
            checks.push(Check::ok(format!("the log of {me}, of a group whose charter and genesis belong together")));
        }
        (Ok(_), Ok(me)) => checks.push(
            Check::wrong(format!("the charter has no researcher {me}"), "nothing can be signed here for someone else")
                .fix("git config bicker.name NAME"),
        ),
        (Err(e), _) => checks.push(wrong("the charter of this log cannot be used", e)),
        (_, Err(e)) => checks.push(wrong("this repository does not say whose log it is", e)),
    }
    (charter.ok(), me.ok(), checks)
}

pub(crate) use kind::underway;
pub use remote::checks as remote;

/// An error and what lies behind it, in one line.
pub(crate) fn with_causes(e: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(e.source(), |e| e.source());
    causes.fold(e.to_string(), |why, cause| format!("{why}: {cause}"))
}

/// The command of a hint, `words: COMMAND` or with the command between backquotes; else all of it.
pub(crate) fn command_in(hint: &str) -> String {
    let quoted = hint.split('`').nth(1);
    let after = || hint.split_once(": ").map(|(_, command)| command);
    quoted.or_else(after).unwrap_or(hint).to_owned()
}

/// A word as a shell reads it back.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// A path as a word of a shell command.
pub(crate) fn path_word(path: &Path) -> String {
    word(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hints_command_is_found() {
        for (hint, command) in [
            ("bring it back: git show HEAD:x > y", "git show HEAD:x > y"),
            ("name the key: `git config bicker.key PATH`", "git config bicker.key PATH"),
            ("rewrite it with `ssh-keygen -p -f x`, or make a new one: `y`", "ssh-keygen -p -f x"),
            ("git fetch --unshallow", "git fetch --unshallow"),
        ] {
            assert_eq!(command_in(hint), command);
        }
    }

    #[test]
    fn words_are_read_back_as_they_are() {
        for (text, expected) in
            [("/a/b-c.pub", "/a/b-c.pub"), ("", "''"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("~x", "'~x'")]
        {
            assert_eq!(word(text), expected);
        }
        for text in ["a b", "it's", "$(date)", "*", "a;b", "\"", "~"] {
            let ran = std::process::Command::new("/bin/sh").args(["-c", &format!("printf %s {}", word(text))]).output();
            assert_eq!(ran.expect("sh").stdout, text.as_bytes());
        }
    }
}

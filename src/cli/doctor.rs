//! `doctor`: what is the matter with this machine and this repository, and which command puts it right.
//!
//! Decides what is checked where, how it is shown, and the exit code. It mends nothing: whoever reads a command can see
//! what it will do before it is typed.

mod looked;
mod machine;

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use super::looking::Where;
use super::ticker::doing;
use super::ui;
use crate::error::{Error, Result};
use crate::git::doctor::{Check, Section, State, command_in, machine, repository, with_causes};
use crate::git::log::{Log, LogError};
use crate::git::setup;
use crate::report::Exit;
use crate::report::say::count;
use crate::report::text::page::{Page, Tone};

/// Find out what is the matter with this repository, and what to type.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker doctor\n  bicker doctor --offline\n\n\
                        Exit status: 1 something is wrong; else 3 something could not be checked;\n\
                        else 0, also with warnings. Nothing is changed. Outside of a researcher's\n\
                        repository, what an observer needs is checked.")]
pub struct Doctor {
    /// Ask no remote
    #[arg(long)]
    offline: bool,
    /// The longest that one remote may take
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// For programs
    #[arg(long)]
    json: bool,
}

/// Where the text of a check begins.
const COLUMN: usize = 11;

/// `doctor`
pub fn doctor(arguments: &Doctor) -> Result<Exit> {
    let here = std::env::current_dir().map_err(|e| Error::usage("the current folder is gone").because(&e))?;
    let program = std::env::current_exe().map_err(|e| Error::trouble("cannot tell where bicker is").because(&e))?;
    let mut sections = vec![machine()];
    match Log::open(&here) {
        Ok(log) if is_a_log(&log) => {
            {
                let _line = doing("trying what git does in this repository");
                sections.extend(repository(&log, &program));
            }
            sections.extend(remotes(arguments, &log));
        }
        Ok(log) => sections.push(observer(Check::ok(format!(
            "{} is a git repository, but not a researcher's log",
            log.work_dir().display()
        )))),
        Err(LogError::NoRepository(_)) => {
            sections.push(observer(Check::ok("you are not in a git repository, and an observer need not be")));
        }
        Err(e) => sections.push(if is_someone_elses(&e) {
            observer(Check::ok("the git repository here is not a researcher's log"))
        } else {
            unusable(&e)
        }),
    }
    ui::print(&match arguments.json {
        true => machine::json(&sections),
        false => page(&sections, ui::colour(), ui::width()),
    })?;
    Ok(exit(&sections))
}

/// Whether `bicker join` made it: then something of bicker's is there, even if something else is lost.
fn is_a_log(log: &Log) -> bool {
    setup::name_of(log).is_ok() || log.git_dir().join("bicker/charter.yaml").exists()
}

/// Whether a repository in which no log can be kept never was one.
fn is_someone_elses(e: &LogError) -> bool {
    let (LogError::Unsupported { git_dir, .. } | LogError::NoBranch(git_dir)) = e else { return false };
    !git_dir.join("bicker/drafts").exists()
}

/// A repository in which no log can be kept.
fn unusable(e: &LogError) -> Section {
    let check = Check::wrong(with_causes(e), "no log can be kept in it, so nothing else here was checked");
    let fix = e.hint().map(|hint| command_in(&hint));
    Section { title: "This repository", checks: vec![Check { fix, ..check }] }
}

/// What someone needs who only looks: a place to keep what was fetched.
fn observer(found: Check) -> Section {
    let set = |name: &str| std::env::var_os(name).map(std::path::PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let why = "everything ever fetched is kept, so that evidence survives what a remote does later";
    let kept = match state {
        None => Check::warning("there is no home directory to keep what is fetched in", why)
            .fix("bicker verify --charter charter.yaml --cache DIR"),
        Some(state) => match writable(&state) {
            Ok(()) => Check::ok(format!("what you fetch is kept in {}", state.join("bicker").display())),
            Err(e) => Check::warning(format!("nothing can be kept in {}: {e}", state.display()), why)
                .fix("bicker verify --charter charter.yaml --cache DIR"),
        },
    };
    let next = Check::note(
        "an observer needs the group's charter, and nothing else",
        "a researcher makes a log of their own: bicker join --help",
    )
    .fix("bicker verify --charter charter.yaml");
    Section { title: "As an observer", checks: vec![found, kept, next] }
}

/// Whether a folder can be written, or made where its nearest parent is.
fn writable(folder: &Path) -> std::io::Result<()> {
    let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder);
    tempfile::Builder::new().prefix(".bicker-doctor-").tempfile_in(there).map(drop)
}

/// What the remotes show, and what is known here.
fn remotes(arguments: &Doctor, log: &Log) -> Vec<Section> {
    let look_here = Where { offline: arguments.offline, timeout: arguments.timeout, ..Where::default() };
    let looked = look_here.place().and_then(|place| {
        let looking = look_here.looking(&place)?;
        let looked = crate::look::look(&place, &looking)?;
        Ok((place, looked))
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    match looked {
        Ok((place, mut looked)) => looked::sections(&place, &mut looked, log, arguments.offline, now),
        Err(e) => {
            let why = if e.causes.is_empty() { "see above".to_owned() } else { e.causes.join(": ") };
            let check = Check::unknown(format!("the remotes were not asked: {e}"), why);
            let fix = e.hints.first().map(|hint| command_in(hint));
            vec![Section { title: "Your remote", checks: vec![Check { fix, ..check }] }]
        }
    }
}

fn all(sections: &[Section]) -> impl Iterator<Item = &Check> {
    sections.iter().flat_map(|section| &section.checks)
}

fn exit(sections: &[Section]) -> Exit {
    match all(sections).map(|check| check.state).max() {
        Some(State::Wrong) => Exit::Wrong,
        Some(State::Unknown) => Exit::Incomplete,
        _ => Exit::Verified,
    }
}

const fn mark(state: State) -> (Tone, &'static str) {
    match state {
        State::Ok => (Tone::Green, "ok       "),
        State::Note => (Tone::Plain, "note     "),
        State::Warning => (Tone::Yellow, "warning  "),
        State::Unknown => (Tone::Yellow, "unknown  "),
        State::Wrong => (Tone::Red, "wrong    "),
    }
}

fn page(sections: &[Section], colour: bool, width: usize) -> String {
    let mut page = Page::new(colour, width);
    for (number, section) in sections.iter().enumerate() {
        if number > 0 {
            page.gap();
        }
        page.line(0, Tone::Bold, section.title);
        for check in &section.checks {
            page.paragraph(2, COLUMN, mark(check.state), &check.found);
            if !check.why.is_empty() {
                page.paragraph(COLUMN, COLUMN + 5, (Tone::Plain, "why: "), &check.why);
            }
            if let Some(fix) = &check.fix {
                // A command is never broken: it is there to be copied.
                let lead = if check.state == State::Note { "next: " } else { "fix: " };
                page.line(COLUMN, Tone::Plain, &format!("{lead}{fix}"));
            }
        }
    }
    page.gap();
    page.paragraph(0, 0, (Tone::Plain, ""), &summary(sections));
    page.finish()
}

fn summary(sections: &[Section]) -> String {
    let number = |state| all(sections).filter(|check| check.state == state).count();
    let (wrong, warnings, unknown) = (number(State::Wrong), number(State::Warning), number(State::Unknown));
    let mut parts = Vec::new();
    match wrong {
        0 => parts.push("nothing is wrong".to_owned()),
        1 => parts.push("1 thing is wrong".to_owned()),
        more => parts.push(format!("{more} things are wrong")),
    }
    if warnings > 0 {
        parts.push(count(warnings, "warning"));
    }
    if unknown > 0 {
        parts.push(format!("{unknown} could not be checked"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(states: &[State]) -> Vec<Section> {
        let checks = states.iter().map(|state| Check { state: *state, ..Check::note("found", "") }).collect();
        vec![Section { title: "Title", checks }]
    }

    #[test]
    fn what_is_wrong_comes_before_what_is_not_known() {
        use State::{Note, Ok, Unknown, Warning, Wrong};
        for (states, expected, words) in [
            (&[Ok, Note][..], Exit::Verified, "nothing is wrong"),
            (&[Ok, Warning, Warning], Exit::Verified, "nothing is wrong, 2 warnings"),
            (&[Unknown, Warning], Exit::Incomplete, "nothing is wrong, 1 warning, 1 could not be checked"),
            (&[Wrong, Unknown], Exit::Wrong, "1 thing is wrong, 1 could not be checked"),
            (&[Wrong, Ok, Wrong], Exit::Wrong, "2 things are wrong"),
            (&[], Exit::Verified, "nothing is wrong"),
        ] {
            let sections = section(states);
            assert_eq!((exit(&sections), summary(&sections).as_str()), (expected, words));
        }
    }

    #[test]
    fn it_is_readable_at_80_columns_and_commands_stay_whole() {
        let command = format!("bicker {}", "x".repeat(90));
        let check = Check::wrong("found ".repeat(30), "why not ".repeat(30)).fix(command.clone());
        let page = page(&[Section { title: "Title", checks: vec![check, Check::ok("fine \u{1b}[2J")] }], false, 80);
        let (commands, words): (Vec<_>, Vec<_>) = page.lines().partition(|line| line.contains("fix: "));
        assert_eq!(commands, [format!("           fix: {command}")]);
        assert!(words.iter().all(|line| line.chars().count() <= 80), "{page}");
        assert!(words.iter().any(|line| line.starts_with("                why")), "{page}");
        assert!(page.contains("  ok       fine \\u{1b}[2J\n"), "{page}");
        assert!(page.ends_with("\n\n1 thing is wrong\n"), "{page}");
    }
}

//! The client hooks: does git come to call them, will it run them, and do they call this bicker?
//!
//! As with the signing program ([`super::signing`]): first by reading, then by trying one of them, and that only when
//! nothing but bicker would be started. The ways by which git can come to call a hook are those of
//! [`crate::git::hooks`].

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::shim::{NotExecutable, Shim, not_executable, same_bicker};
use super::signing::{noexec, other_bicker};
use super::tools::PATIENCE;
use super::{Bench, Check, path_word};
use crate::git::by_hand::EMPTY_MESSAGE;
use crate::git::hooks::{Hook, Left, Way, inspect};
use crate::git::output::one_line;

/// The command that has git call all hooks, whatever stands in their way.
const INSTALL: &str = "bicker hooks install";

/// What goes amiss without a hook.
fn lost(name: &str) -> &'static str {
    match name {
        "pre-commit" => "git commit stages what cannot be signed as it is",
        "prepare-commit-msg" => "git commit has no first line to suggest",
        "commit-msg" => "git commit seals no message, so nothing is signed",
        "post-commit" => "a draft that is committed is not forgotten",
        "pre-push" => "git push publishes what would not count",
        _ => "git reset and git rebase take entries out of your log",
    }
}

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let folder = match folder(at) {
        Ok(folder) => folder,
        Err(check) => return vec![check],
    };
    let hooks = inspect(at.log.git_dir(), &folder, &|name, part| configured(at, name, part));
    if hooks.iter().all(|hook| hook.way == Way::Nothing) {
        return vec![none(at, &folder)];
    }
    let mut checks: Vec<Check> = hooks.iter().filter_map(|hook| judge(at, hook)).collect();
    // A file system that runs nothing is said once.
    checks.dedup_by(|next, last| next.fix == last.fix && next.why == last.why);
    if !checks.is_empty() {
        return checks;
    }
    let by_line: Vec<&str> = hooks.iter().filter(|hook| hook.way == Way::Line).map(|hook| hook.name).collect();
    checks.push(Check::ok(format!("git looks for hooks in {} and calls all six of bicker's", folder.display())));
    if !by_line.is_empty() {
        checks.push(Check::note(
            format!(
                "{} of them through a hook of your own with a line for bicker: {}",
                by_line.len(),
                by_line.join(", ")
            ),
            "these were read and not run; what stands before that line may end the hook without it",
        ));
    }
    let first = hooks.iter().find(|hook| hook.name == "commit-msg");
    checks.extend(first.map(|hook| tried(at, hook)));
    checks
}

/// Whether git's configuration names a hook of ours (git 2.54 and later; older ones take no notice).
fn configured(at: &Bench<'_>, name: &str, part: &Path) -> bool {
    let value = |key: &str| at.settings.get(&format!("hook.bicker-{name}.{key}")).map(|setting| &setting.value);
    let command = value("command").map(|command| command.trim_matches('\''));
    command.is_some_and(|command| Path::new(command) == part)
        && value("event").is_some_and(|event| event == name)
        && at
            .git
            .call("version")
            .timeout(PATIENCE)
            .run()
            .is_ok_and(|ran| crate::git::hooks::runs_configured(&String::from_utf8_lossy(&ran.stdout)))
}

/// A folder without any of the hooks, said once.
fn none(at: &Bench<'_>, folder: &Path) -> Check {
    let set = at.settings.get("core.hooksPath");
    let says = set.map_or(String::new(), |set| format!(" (core.hooksPath, says {})", set.place()));
    Check::wrong(
        format!("git looks for hooks in {}{says}, and none there calls bicker", folder.display()),
        "plain git then commits what cannot be signed, pushes what would not count, and lets your log lose entries",
    )
    .fix(match set {
        Some(set) if set.scope == "command" => set.unset(),
        _ => INSTALL.to_owned(),
    })
}

/// Where git looks for hooks here, whoever says so.
fn folder(at: &Bench<'_>) -> Result<PathBuf, Check> {
    let unknown = |why: String| Check::unknown("where git looks for hooks could not be found out", why);
    let ran = at.git.call("rev-parse").options(["--git-path", "hooks"]).timeout(PATIENCE).run();
    let ran = ran.map_err(|e| unknown(e.to_string()))?;
    if !ran.status.success() {
        return Err(unknown(one_line(&ran.stderr)));
    }
    let line = ran.stdout.strip_suffix(b"\n").unwrap_or(&ran.stdout);
    Ok(at.log.work_dir().join(OsStr::from_bytes(line)))
}

/// What is amiss with a hook; nothing if it will run and calls this bicker.
fn judge(at: &Bench<'_>, hook: &Hook) -> Option<Check> {
    let (name, why) = (hook.name, lost(hook.name));
    let wrong = |found: String, fix: &str| Some(Check::wrong(found, why).fix(fix));
    match &hook.way {
        Way::Nothing => return wrong(format!("the hook {name} is missing"), INSTALL),
        Way::Broken => {
            return wrong(format!("the hook {name} is not as bicker wrote it: {}", hook.run.display()), INSTALL);
        }
        Way::Unreadable(e) => return wrong(format!("the hook {name} cannot be read: {e}"), INSTALL),
        Way::Theirs(left) => {
            let fix = if matches!(left, Left::Line(_)) { "--append" } else { "--chain" };
            let found = format!("the hook {name} is a program of your own and does not call bicker");
            return wrong(found, &format!("{INSTALL} {fix}"));
        }
        Way::Copy(_) | Way::Line | Way::Chain | Way::Configured => {}
    }
    let file = if let Way::Copy(file) = &hook.way { file } else { &hook.part };
    ours(at, hook, file).or_else(|| match &hook.way {
        Way::Configured => executable(hook, &hook.part),
        _ => executable(hook, &hook.run),
    })
}

/// Whether a file is ours as it is installed and calls this bicker.
fn ours(at: &Bench<'_>, hook: &Hook, file: &Path) -> Option<Check> {
    let (name, why) = (hook.name, lost(hook.name));
    match Shim::read(file, hook.shim, "/bicker/hooks/") {
        Shim::Ours(program) if same_bicker(&program, at.program) => None,
        Shim::Ours(program) => {
            let mut check = other_bicker(&program, at.program);
            check.found = format!("in the hook {name}, {}", check.found);
            Some(check.fix(INSTALL))
        }
        Shim::Missing => {
            Some(Check::wrong(format!("{}, which is to be called, is gone", file.display()), why).fix(INSTALL))
        }
        Shim::Unreadable(e) => Some(Check::wrong(format!("the hook {name} cannot be read: {e}"), why).fix(INSTALL)),
        Shim::OtherVersion | Shim::Calls | Shim::Foreign => {
            let found = format!("the hook {name} is of another version of bicker, or was changed");
            Some(Check::warning(found, why).fix(INSTALL))
        }
    }
}

/// Whether git will run a file.
fn executable(hook: &Hook, file: &Path) -> Option<Check> {
    not_executable(file).map(|why| match why {
        NotExecutable::NoBit => {
            let found = format!("the hook {} is not executable, so git leaves it out", hook.name);
            Check::wrong(found, lost(hook.name)).fix(format!("chmod 755 {}", path_word(file)))
        }
        NotExecutable::Denied => noexec(file),
    })
}

/// Has git run the hook `commit-msg` on an empty message of our own, which bicker must refuse.
///
/// This is the person's own git with their own configuration, on purpose: only so does it show what `git commit` would
/// do. The file that git runs is ours byte for byte by now, or that of bicker's chain, which runs ours first and ends when
/// it refuses. Newer versions of git also run hooks that the configuration names; where there are any, nothing is run.
fn tried(at: &Bench<'_>, hook: &Hook) -> Check {
    let is_alone = match &hook.way {
        Way::Copy(file) => *file == hook.run,
        way => *way == Way::Chain,
    };
    if !is_alone || at.settings.iter().any(|setting| setting.key.starts_with("hook.")) {
        return Check::note(
            "the hooks were read and not run",
            "git would run others along with bicker's, and doctor runs nothing but bicker",
        );
    }
    let unknown = |why: String| Check::unknown("whether git really runs the hooks could not be tried", why);
    let message = match tempfile::Builder::new().prefix("bicker-doctor-").tempfile() {
        Ok(file) => file,
        Err(e) => return unknown(e.to_string()),
    };
    let call = at.git.call("hook").options(["run", "commit-msg"]).operands([message.path()]);
    match call.timeout(PATIENCE).run() {
        Ok(ran) if ran.stderr.contains(EMPTY_MESSAGE) => {
            Check::ok("when tried, git ran the hook commit-msg, and bicker refused an empty message")
        }
        Ok(ran) if ran.stderr.contains("is not a git command") => Check::note(
            "the hooks were read and not run",
            "git can run one alone since version 2.36, and yours is older",
        ),
        Ok(ran) => Check::wrong(
            format!("git ran the hook commit-msg, and bicker did not answer: {}", one_line(&ran.stderr)),
            "git commit seals no message, so nothing is signed",
        )
        .fix(INSTALL),
        Err(e) => unknown(e.to_string()),
    }
}

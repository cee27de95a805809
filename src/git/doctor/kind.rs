//! The kind of repository: one in which the past of an entry is all there, and what it was when it was signed.
//!
//! What makes it impossible to keep a log at all (sha256, shallow, grafts, bare) is found when the log is opened.

use std::fs;
use std::path::Path;

use git2::RepositoryState;

use super::settings::Settings;
use super::{Check, path_word};
use crate::git::log::Log;

/// Extensions of git's repository format that change nothing for a log.
const HARMLESS: [&str; 5] = ["noop", "objectformat", "preciousobjects", "refstorage", "worktreeconfig"];

/// All checks.
pub(super) fn checks(log: &Log, settings: &Settings) -> Vec<Check> {
    let mut checks = partial(settings);
    checks.extend(alternates(log.git_dir()));
    checks.extend(replaced(log));
    if checks.is_empty() {
        checks.push(Check::ok("objects are named by sha1, all are kept here, and the past is shown as it was signed"));
    }
    checks.push(checked_out(log));
    checks.extend(midway(log));
    checks
}

/// A partial clone, and extensions that are not known here.
fn partial(settings: &Settings) -> Vec<Check> {
    let mut checks = Vec::new();
    let promisor = settings.iter().find(|setting| {
        let key = setting.key.as_str();
        key == "extensions.partialclone"
            || (key.starts_with("remote.") && key.ends_with(".promisor") && setting.as_bool() == Some(true))
    });
    if let Some(setting) = promisor {
        checks.push(
            Check::wrong(
                format!("this is a partial clone ({})", setting.key),
                "git fetches objects only when it needs them, and your log is only safe where all of it is",
            )
            .fix(format!("git fetch --refetch --no-filter origin && {}", setting.unset())),
        );
    }
    for setting in settings.iter().filter(|setting| setting.is_of_repository()) {
        let Some(name) = setting.key.strip_prefix("extensions.") else { continue };
        if name != "partialclone" && !HARMLESS.contains(&name) {
            checks.push(
                Check::warning(
                    format!("the repository uses git's extension {name}"),
                    "bicker does not know what that changes",
                )
                .fix("git config --local --get-regexp ^extensions"),
            );
        }
    }
    checks
}

/// Other repositories whose objects are used here.
fn alternates(git_dir: &Path) -> Vec<Check> {
    let objects = git_dir.join("objects");
    let file = objects.join("info/alternates");
    let listed = fs::read_to_string(&file).unwrap_or_default();
    let folders = listed.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let judge = |line: &str| {
        let folder = objects.join(line);
        match folder.is_dir() {
            true => Check::warning(
                format!("objects of your log may be in another repository, {line}"),
                "when that one is moved or tidied up, your log is no longer whole",
            )
            .fix(format!("git repack -a -d && rm {}", path_word(&file))),
            false => Check::wrong(
                format!("objects of your log may be in another repository, {line}, which is gone"),
                "your log is not whole, and what is missing may not be anywhere else",
            )
            .fix("git fsck --connectivity-only   (says what is missing; bring the folder back)"),
        }
    };
    folders.map(judge).collect()
}

/// Objects that git shows others in place of.
fn replaced(log: &Log) -> Option<Check> {
    let replaced = log.repository().references_glob("refs/replace/*").map_or(0, Iterator::count);
    (replaced > 0).then(|| {
        Check::warning(
            format!("git shows other objects in place of {replaced} (refs/replace)"),
            "bicker reads what was signed; git log and git show may show you something else",
        )
        .fix("git replace -d $(git replace -l)")
    })
}

fn checked_out(log: &Log) -> Check {
    let head = log.repository().find_reference("HEAD").ok();
    let target = head.and_then(|head| head.symbolic_target().ok().flatten().map(str::to_owned));
    let log_branch = format!("refs/heads/{}", log.branch());
    match target {
        Some(target) if target == log_branch => {
            Check::ok(format!("{} is checked out, which is your log", log.branch()))
        }
        other => Check::warning(
            format!(
                "{} is checked out, and your log is {}",
                other.as_deref().map_or("no branch", |name| name.strip_prefix("refs/heads/").unwrap_or(name)),
                log.branch()
            ),
            "what you commit by plain git would not go into your log, so it is not signed",
        )
        .fix(format!("git switch {}", super::word(log.branch()))),
    }
}

/// Something that git was told to do and has not ended.
fn midway(log: &Log) -> Option<Check> {
    let (what, leave) = underway(log)?;
    Some(
        Check::warning(format!("git is in the middle of a {what}"), "nothing can be committed to your log meanwhile")
            .fix(leave),
    )
}

/// What git was told to do and has stopped in the middle of, and the command that leaves it.
pub(crate) fn underway(log: &Log) -> Option<(&'static str, &'static str)> {
    Some(match log.repository().state() {
        // A merge is how a draft names what it cites.
        RepositoryState::Clean | RepositoryState::Merge => return None,
        RepositoryState::Revert | RepositoryState::RevertSequence => ("revert", "git revert --abort"),
        RepositoryState::CherryPick | RepositoryState::CherryPickSequence => ("cherry-pick", "git cherry-pick --abort"),
        RepositoryState::Bisect => ("bisect", "git bisect reset"),
        RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
            ("rebase", "git rebase --abort")
        }
        RepositoryState::ApplyMailbox => ("am", "git am --abort"),
        RepositoryState::ApplyMailboxOrRebase => ("am or rebase", "git rebase --abort"),
    })
}

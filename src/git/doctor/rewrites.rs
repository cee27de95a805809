//! Where git goes when it is told a remote: settings that make it another address than bicker's.

use super::remote::may_be_at;
use super::settings::{Setting, without_secrets};
use super::{Bench, Check, word};
use crate::git::moved::git_remote;
use crate::protocol::charter::Researcher;
use crate::protocol::id::Name;
use crate::protocol::transport::Remote;

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> = at.row.map(|row| origin(at, row)).unwrap_or_default();
    checks.extend(others(at));
    for setting in at.settings.iter() {
        checks.extend(rewrite(setting, at.everyone));
    }
    if let Some(row) = at.row.filter(|_| checks.is_empty()) {
        let is_moved = at.charter.and_then(|charter| charter.researcher(&row.name)) != Some(row);
        let place = if is_moved { "where you have noted that your remote is" } else { "where the charter says" };
        checks.push(Check::ok(format!("git push publishes your log {place}")));
    }
    checks
}

/// Whether `git push` publishes to the own remote, and the log alone.
fn origin(at: &Bench<'_>, row: &Researcher) -> Vec<Check> {
    let mut checks = Vec::new();
    let refspec = format!("refs/heads/{}:refs/heads/{}", at.log.branch(), row.branch);
    let all = |key: &str| at.settings.all(key).map(|setting| setting.value.clone()).collect::<Vec<_>>();
    for (key, wanted) in [("remote.origin.url", row.remote.as_str()), ("remote.origin.push", refspec.as_str())] {
        let found = all(key);
        if found != [wanted] {
            let fix = match found.as_slice() {
                [only] if key.ends_with("url") => there_or_back(at, &row.name, only, (key, wanted)),
                _ => at.command_to_set(key, wanted),
            };
            let found: Vec<String> = found.iter().map(|value| without_secrets(value)).collect();
            let found = if found.is_empty() { "not set".to_owned() } else { found.join(" and ") };
            checks.push(
                Check::wrong(
                    format!("{key} is {found}, and should be {wanted}"),
                    "git push publishes something else, or elsewhere, and nobody sees your entries",
                )
                .fix(fix),
            );
        }
    }
    if let Some(other) = at.settings.get("remote.origin.pushurl").filter(|found| found.value != row.remote.as_str()) {
        checks.push(
            Check::wrong(
                format!("remote.origin.pushurl is {}, says {}", without_secrets(&other.value), other.place()),
                "git push publishes there, where nobody looks",
            )
            .fix(other.unset()),
        );
    }
    checks
}

/// Somebody else's remote that git has elsewhere: `git remote set-url` tells bicker nothing.
fn others(at: &Bench<'_>) -> Vec<Check> {
    let Some(me) = at.row.map(|row| &row.name) else { return Vec::new() };
    let judge = |row: &Researcher| {
        let key = format!("remote.{}.url", git_remote(&row.name, me));
        let found = at.settings.get(&key).filter(|found| found.value != row.remote.as_str())?;
        let (value, wanted) = (found.value.as_str(), row.remote.as_str());
        Some(
            Check::warning(
                format!("{key} is {}, and bicker fetches from {wanted}", without_secrets(value)),
                "what git shows you of their log is not what is judged",
            )
            .fix(there_or_back(at, &row.name, value, (&key, wanted))),
        )
    };
    at.everyone.iter().filter(|row| row.name != *me).filter_map(judge).collect()
}

/// The command that notes where a remote has moved to, if it may be there; else the one that sets git's address back.
fn there_or_back(at: &Bench<'_>, name: &Name, found: &str, (key, wanted): (&str, &str)) -> String {
    let back = at.command_to_set(key, wanted);
    match Remote::parse(found).is_ok() && may_be_at(found) {
        true => format!("bicker remote {name} {}   (if it has not moved: {back})", word(found)),
        false => back,
    }
}

/// A rule `url.BASE.insteadOf = PREFIX` that touches somebody's remote.
fn rewrite(setting: &Setting, everyone: &[Researcher]) -> Option<Check> {
    let rest = setting.key.strip_prefix("url.")?;
    let is_push = rest.ends_with(".pushinsteadof");
    let base = rest.strip_suffix(".pushinsteadof").or_else(|| rest.strip_suffix(".insteadof"))?;
    let touched = everyone.iter().filter(|r| r.remote.as_str().starts_with(&setting.value));
    let names: Vec<&str> = touched.map(|r| r.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let found = format!(
        "git {} {} instead of {} (the remote of {}), says {}",
        if is_push { "pushes to" } else { "goes to" },
        without_secrets(base),
        without_secrets(&setting.value),
        names.join(", "),
        setting.place()
    );
    let why = "what you see and publish is not where it is looked for; fine if both are the same place";
    let check = if setting.is_of_repository() { Check::warning(found, why) } else { Check::note(found, why) };
    Some(check.fix(setting.unset()))
}

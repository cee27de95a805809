//! Where git goes when it is told a remote: settings that make it another address than the charter's.

use super::settings::{Setting, without_secrets};
use super::{Bench, Check};
use crate::protocol::charter::Researcher;

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> = at.row.map(|row| origin(at, row)).unwrap_or_default();
    let everyone = at.charter.map_or(&[][..], |charter| charter.researchers());
    for setting in at.settings.iter() {
        checks.extend(rewrite(setting, everyone));
    }
    if checks.is_empty() && at.row.is_some() {
        checks.push(Check::ok("git push publishes your log where the charter says"));
    }
    checks
}

/// Whether `git push` publishes where the charter says.
fn origin(at: &Bench<'_>, row: &Researcher) -> Vec<Check> {
    let mut checks = Vec::new();
    let refspec = format!("refs/heads/{}:refs/heads/{}", at.log.branch(), row.branch);
    let all = |key: &str| at.settings.all(key).map(|setting| setting.value.clone()).collect::<Vec<_>>();
    for (key, wanted) in [("remote.origin.url", row.remote.as_str()), ("remote.origin.push", refspec.as_str())] {
        let found = all(key);
        if found != [wanted] {
            let found: Vec<String> = found.iter().map(|value| without_secrets(value)).collect();
            let found = if found.is_empty() { "not set".to_owned() } else { found.join(" and ") };
            checks.push(
                Check::wrong(
                    format!("{key} is {found}, and the charter says {wanted}"),
                    "git push publishes something else, or elsewhere, and nobody sees your entries",
                )
                .fix(at.command_to_set(key, wanted)),
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
    let why = "what you see and publish is not what the charter names; fine if both are the same place";
    let check = if setting.is_of_repository() { Check::warning(found, why) } else { Check::note(found, why) };
    Some(check.fix(setting.unset()))
}

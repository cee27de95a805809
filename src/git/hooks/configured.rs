//! Hooks in git's configuration, which git runs beside the file in the folder of hooks.
//!
//! Decides whether the git at hand knows them (2.54 and later), and how ours are written there. An older git ignores
//! them without a word, so they are used only where a file of somebody else's is in the way.

use std::path::Path;

use git2::Config;

use super::{HookError, quoted};
use crate::git::process::{Git, GitError};

/// Whether git runs hooks that its configuration names.
///
/// # Errors
/// git cannot be run.
pub(super) fn known(git: &Git) -> Result<bool, GitError> {
    let ran = git.call("version").run()?;
    Ok(knows(&String::from_utf8_lossy(&ran.stdout)))
}

/// The same by the words of `git version`.
pub(in crate::git) fn knows(version: &str) -> bool {
    let numbers = version.strip_prefix("git version ").unwrap_or_default();
    let mut numbers = numbers.split('.').map(|word| word.trim().parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= (2, 54),
        _ => false,
    }
}

/// Has git run `part` as the hook `name`.
///
/// # Errors
/// The configuration cannot be written.
pub(super) fn set(config: &mut Config, name: &str, part: &Path) -> Result<(), HookError> {
    let [command, event] = keys(name);
    config.set_str(&command, &quoted(part)?)?;
    Ok(config.set_str(&event, name)?)
}

/// Takes the hook `name` out of the configuration again: a file of ours is about to stand in the folder.
///
/// # Errors
/// The configuration cannot be written.
pub(super) fn unset(config: &mut Config, name: &str) -> Result<(), HookError> {
    for key in keys(name) {
        match config.remove(&key) {
            Err(e) if e.code() != git2::ErrorCode::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}

/// git takes no name of a hook as the friendly name of one.
fn keys(name: &str) -> [String; 2] {
    ["command", "event"].map(|key| format!("hook.bicker-{name}.{key}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_version_decides() {
        for old in ["git version 2.47.3\n", "git version 2.53.9", "git version 1.99.0", "hg 7.54.0", "git version x.60"]
        {
            assert!(!knows(old), "{old}");
        }
        for new in
            ["git version 2.54.0\n", "git version 2.55.GIT", "git version 2.54.0 (Apple Git-160)", "git version 3.0"]
        {
            assert!(knows(new), "{new}");
        }
    }
}

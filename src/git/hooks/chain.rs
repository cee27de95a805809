//! A folder of hooks of our own, each of which runs bicker's hook and then the one that git would run without it.
//!
//! Decides which hooks are passed on, and where git finds them. What stood there before is left as it is, and is looked
//! up whenever a hook runs, so that what changes there later counts.

use std::fs;
use std::path::{Path, PathBuf};

use git2::Config;

use super::{CLIENT, HookError, LAST, io_error, quoted, write_program};

const CHAIN: &str = include_str!("../../../hooks/chain");

/// Hooks that bicker has no part in. Those that mean something to git by merely being there (`push-to-checkout`,
/// `proc-receive`) are passed on only where there is one.
const OTHERS: [&str; 9] = [
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-merge-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "post-rewrite",
    "pre-auto-gc",
];

/// Where the chain of a repository is.
pub(super) fn folder(git_dir: &Path) -> PathBuf {
    git_dir.join("bicker").join("chain")
}

/// Writes the chain, without having git look there yet. `before` is the folder whose hooks are passed on.
///
/// # Errors
/// A file cannot be read or written.
pub(super) fn write(git_dir: &Path, before: &Path) -> Result<(), HookError> {
    let folder = folder(git_dir);
    fs::create_dir_all(&folder).map_err(io_error(&folder))?;
    for (name, _) in CLIENT {
        let part = git_dir.join("bicker").join("hooks").join(name);
        write_program(&folder.join(name), &calling(&part)?)?;
    }
    let there =
        fs::read_dir(before).into_iter().flatten().flatten().filter_map(|file| file.file_name().into_string().ok());
    let others = there.filter(|name| is_name(name)).chain(OTHERS.map(str::to_owned));
    for name in others.filter(|name| CLIENT.iter().all(|(ours, _)| ours != name)) {
        write_one(&folder, &name, ":")?;
    }
    Ok(())
}

/// Has git look in the chain. `local` is where the repository's own configuration has it look now.
///
/// # Errors
/// The configuration cannot be written.
pub(super) fn use_it(config: &mut Config, git_dir: &Path, local: Option<&Path>) -> Result<(), HookError> {
    let chain = folder(git_dir);
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or_else(|| HookError::OddPath(path.to_owned()));
    if let Some(local) = local.filter(|local| *local != chain) {
        config.set_str("bicker.hooksBefore", &text(local)?)?;
    }
    Ok(config.set_str("core.hooksPath", &text(&chain)?)?)
}

/// A hook of the chain that calls a part of ours first; and last again, where other hooks may change what that has made.
///
/// # Errors
/// The path cannot be written into a shell program.
pub(super) fn calling(part: &Path) -> Result<String, HookError> {
    let call = format!(". {} || exit", quoted(part)?);
    let last = if LAST.iter().any(|name| part.ends_with(name)) { call.as_str() } else { ":" };
    Ok(CHAIN.replace("@PART@", &call).replace("@LAST@", last))
}

fn write_one(folder: &Path, name: &str, part: &str) -> Result<(), HookError> {
    write_program(&folder.join(name), &CHAIN.replace("@PART@", part).replace("@LAST@", ":"))
}

/// A name that git may have for a hook: nothing with a dot, such as a sample.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

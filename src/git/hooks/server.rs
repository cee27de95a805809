//! The server's hook, `pre-receive` of a bare repository.
//!
//! Decides where it stands beside hooks of others, whether git runs it, and what is in the way if not. A file that other
//! repositories may use too, outside of this one or at the end of a link, is never written to.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::beside::{self, Found};
use super::folder::{Folder, is_below};
use super::{HookError, io_error, write_shim};
use crate::git::process::Git;

/// The hook.
const SERVER: &str = include_str!("../../../hooks/pre-receive");
const PRE_RECEIVE: &str = "pre-receive";

/// What became of a server's hook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OnServer {
    /// git runs it, from this file or by way of it.
    Ours(PathBuf),
    /// git runs it, but other hooks here are links to where this file would be. Whatever makes these links puts one to it in
    /// place of ours once it is there, so it had better call ours, too.
    UntilLinked(PathBuf, Obstacle),
    /// git does not run it, for what stands in this file, which was left as it is.
    NotRun(PathBuf, Obstacle),
}

/// Why git does not run the server's hook, and what would have it do so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Obstacle {
    /// The hook lacks this line.
    Line {
        /// The line.
        line: String,
        /// Whether other repositories may have this hook, too; the line does nothing there.
        shared: bool,
        /// Whether the line goes after the file's first one (`#!`) or before it.
        after_first: bool,
    },
    /// Where other repositories' hook would be, too, there is none, or a copy of bicker's, which would refuse everything
    /// there. This line, by itself, is one for all.
    SharedPlace(String),
    /// It is not written in a shell's language.
    NoShell,
    /// git does not run it, as it is not executable.
    NotExecutable,
}

/// Puts the server's hook in place: beside others where what is there runs a folder `pre-receive.d`, as at Gitea and
/// Forgejo; else as the repository's own. Where a hook of somebody's own is there, it is left.
///
/// # Errors
/// git cannot be asked, or the hook cannot be read or written.
pub fn install_pre_receive(git_dir: &Path, program: &Path) -> Result<OnServer, HookError> {
    let parts = git_dir.join("bicker").join("hooks");
    fs::create_dir_all(&parts).map_err(io_error(&parts))?;
    write_shim(&parts.join(PRE_RECEIVE), SERVER, program)?;
    let folder = Folder::of(&Git::at(git_dir)?, git_dir, git_dir)?;
    let path = folder.path.join(PRE_RECEIVE);
    let found = beside::look(&path, PRE_RECEIVE).map_err(io_error(&path))?;
    let beside = folder.path.join("pre-receive.d");
    if let Found::Theirs(bytes) = &found
        && beside.is_dir()
        && is_below(&beside, git_dir)
        && beside::runs_folder(bytes, PRE_RECEIVE)
    {
        let place = beside.join("50-bicker");
        write_shim(&place, SERVER, program)?;
        return Ok(if is_executable(&path) {
            OnServer::Ours(place)
        } else {
            OnServer::NotRun(path, Obstacle::NotExecutable)
        });
    }
    if folder.shared || leads_out(&path, git_dir) {
        // Named by where it really is: whoever edits a link in place may be left with a file there, and no link.
        let named = || Some(path.parent()?.join(fs::read_link(&path).ok()?));
        let real = path.canonicalize().ok().or_else(named).unwrap_or_else(|| path.clone());
        return Ok(in_shared_place(&path, real, &found));
    }
    match found {
        Found::Calls => return Ok(if_executable(path)),
        Found::Theirs(bytes) => {
            let why = obstacle(&path, &bytes, false);
            return Ok(OnServer::NotRun(path, why));
        }
        Found::Free => {}
    }
    fs::create_dir_all(&folder.path).map_err(io_error(&folder.path))?;
    write_shim(&path, SERVER, program)?;
    let Some(shared) = linked_from(&folder.path, git_dir) else { return Ok(OnServer::Ours(path)) };
    let found = beside::look(&shared, PRE_RECEIVE).map_err(io_error(&shared))?;
    Ok(match in_shared_place(&path, shared, &found) {
        OnServer::NotRun(shared, obstacle) => OnServer::UntilLinked(shared, obstacle),
        called => called,
    })
}

/// What stands at `path`, which is `real` and may be others' hook too.
fn in_shared_place(path: &Path, real: PathBuf, found: &Found) -> OnServer {
    let line = beside::shared_line(PRE_RECEIVE);
    match found {
        Found::Calls => if_executable(real),
        Found::Free => OnServer::NotRun(real, Obstacle::SharedPlace(line)),
        Found::Theirs(bytes) if bytes.is_empty() => OnServer::NotRun(real, Obstacle::SharedPlace(line)),
        Found::Theirs(bytes) if is_driver(bytes) && called_by_driver(path) => OnServer::Ours(real),
        Found::Theirs(bytes) => {
            let why = obstacle(&real, bytes, true);
            OnServer::NotRun(real, why)
        }
    }
}

/// A hook that calls ours does so only if git runs it.
fn if_executable(path: PathBuf) -> OnServer {
    match is_executable(&path) {
        true => OnServer::Ours(path),
        false => OnServer::NotRun(path, Obstacle::NotExecutable),
    }
}

/// Why a hook of somebody's does not call ours.
fn obstacle(path: &Path, hook: &[u8], shared: bool) -> Obstacle {
    match () {
        () if !is_executable(path) => Obstacle::NotExecutable,
        () if !beside::is_shell(hook) => Obstacle::NoShell,
        () => {
            let line = if shared { beside::shared_line(PRE_RECEIVE) } else { beside::line(PRE_RECEIVE) };
            Obstacle::Line { line, shared, after_first: hook.starts_with(b"#!") }
        }
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
}

/// Whether a file is a link that leads out of the repository, or nowhere.
fn leads_out(path: &Path, git_dir: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) && !(path.exists() && is_below(path, git_dir))
}

/// Where outside the hook would be if it were a link like other hooks of this repository. gitolite makes such links, and
/// makes them anew when it pleases.
fn linked_from(hooks: &Path, git_dir: &Path) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(hooks).ok()?.filter_map(io::Result::ok).map(|e| e.path()).collect();
    entries.sort();
    let link = entries.into_iter().find(|path| leads_out(path, git_dir))?;
    Some(fs::read_link(link).ok()?.with_file_name(PRE_RECEIVE)).filter(|path| path.is_absolute())
}

/// Whether a hook runs the files whose names begin with its own and a dot, as the driver of gitolite's
/// `repo-specific-hooks` does.
fn is_driver(hook: &[u8]) -> bool {
    String::from_utf8_lossy(hook).contains("in $0.*")
}

/// Whether one of the files that a driver at `path` runs calls ours, or is ours.
fn called_by_driver(path: &Path) -> bool {
    let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
    let is_run = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("pre-receive.") && is_executable(path)
    };
    let calls = |path: &Path| match beside::look(path, PRE_RECEIVE) {
        Ok(found) => path.exists() && !matches!(found, Found::Theirs(_)),
        Err(_) => false,
    };
    entries.filter_map(io::Result::ok).map(|entry| entry.path()).any(|path| is_run(&path) && calls(&path))
}

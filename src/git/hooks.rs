//! The small shell programs by which git calls bicker.
//!
//! Decides where they stand and how git is told of them. What they decide is decided elsewhere: each only finds
//! bicker and hands on what git said. A missing bicker never lets anything through.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use git2::ConfigLevel;

use super::log::LogError;
use super::log::{Log, write_file};

/// The program that git has commits signed by.
const SSH_SIGN: &str = include_str!("../../hooks/ssh-sign");

/// The client hooks, by name.
const CLIENT: [(&str, &str); 6] = [
    ("pre-commit", include_str!("../../hooks/pre-commit")),
    ("prepare-commit-msg", include_str!("../../hooks/prepare-commit-msg")),
    ("commit-msg", include_str!("../../hooks/commit-msg")),
    ("post-commit", include_str!("../../hooks/post-commit")),
    ("pre-push", include_str!("../../hooks/pre-push")),
    ("reference-transaction", include_str!("../../hooks/reference-transaction")),
];

/// What became of a hook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Installed {
    /// It is there now, or was already.
    Ours(PathBuf),
    /// Somebody's own hook is there, and our line was added to it.
    Appended(PathBuf),
    /// Somebody's own hook is there and was left as it is: this line would have it call bicker.
    Theirs(PathBuf, String),
}

/// Why a shim could not be put in place.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The path of the program cannot be written into a shell program.
    #[error("{} holds a quote or a line end, so no shell program can call it", .0.display())]
    OddPath(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The repository cannot be used.
    #[error("the repository cannot be set up")]
    Log(#[from] LogError),
    /// libgit2 could not do it.
    #[error("the repository cannot be set up: {}", .0.message())]
    Git(#[from] git2::Error),
}

/// Has git hand every commit of this repository to `program` before it is signed.
///
/// # Errors
/// The shim or the configuration cannot be written.
pub fn install_signer(log: &Log, program: &Path) -> Result<(), HookError> {
    let path = log.git_dir().join("bicker").join("ssh-sign");
    write_shim(&path, SSH_SIGN, program)?;
    let text = path.to_str().ok_or_else(|| HookError::OddPath(path.clone()))?;
    let mut config = log.repository().config()?.open_level(ConfigLevel::Local)?;
    Ok(config.set_str("gpg.ssh.program", text)?)
}

/// Puts the client hooks where git looks for them. A hook that is there and not ours is left byte for byte, or
/// gets our line appended if `append` says so.
///
/// # Errors
/// A hook cannot be read or written.
pub fn install_client(log: &Log, program: &Path, append: bool) -> Result<Vec<Installed>, HookError> {
    let folder = hooks_folder(log)?;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| HookError::Io { path, source }
    };
    fs::create_dir_all(&folder).map_err(io(&folder))?;
    let mut done = Vec::new();
    for (name, shim) in CLIENT {
        let path = folder.join(name);
        let line = format!("{} hook {name} \"$@\" || exit", quoted(program)?);
        let there = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(io(&path)(e)),
        };
        done.push(match there {
            Some(text) if text.contains(&line) => Installed::Appended(path),
            Some(text) if !text.starts_with("#!/bin/sh\n# bicker: ") => {
                if append {
                    let end = if text.ends_with('\n') { "" } else { "\n" };
                    fs::write(&path, format!("{text}{end}{line}\n")).map_err(io(&path))?;
                    Installed::Appended(path)
                } else {
                    Installed::Theirs(path, line)
                }
            }
            _ => {
                write_shim(&path, shim, program)?;
                Installed::Ours(path)
            }
        });
    }
    Ok(done)
}

/// Puts the server's hook in place. Where a hook of somebody's own is there, it is left, and the line that would
/// have it call bicker is given.
///
/// # Errors
/// The hook cannot be read or written.
pub fn install_pre_receive(git_dir: &Path, program: &Path) -> Result<Option<(PathBuf, String)>, HookError> {
    let path = git_dir.join("hooks").join("pre-receive");
    let theirs = fs::read_to_string(&path).is_ok_and(|text| !text.starts_with("#!/bin/sh\n# bicker: "));
    if theirs {
        return Ok(Some((path, format!("{} hook pre-receive || exit", quoted(program)?))));
    }
    let folder = git_dir.join("hooks");
    fs::create_dir_all(&folder).map_err(|source| HookError::Io { path: folder, source })?;
    write_shim(&path, include_str!("../../hooks/pre-receive"), program)?;
    Ok(None)
}

/// Where git looks for the hooks of this repository: `core.hooksPath`, from the work tree if it is relative.
fn hooks_folder(log: &Log) -> Result<PathBuf, HookError> {
    match log.repository().config()?.get_path("core.hooksPath") {
        Ok(path) => Ok(log.work_dir().join(path)),
        Err(_) => Ok(log.git_dir().join("hooks")),
    }
}

/// A path as one word of a shell program.
fn quoted(program: &Path) -> Result<String, HookError> {
    let text = program.to_str().filter(|text| !text.contains(['\'', '\n']));
    text.map(|text| format!("'{text}'")).ok_or_else(|| HookError::OddPath(program.to_owned()))
}

fn write_shim(path: &Path, shim: &str, program: &Path) -> Result<(), HookError> {
    write_file(path, shim.replace("'@BICKER@'", &quoted(program)?).as_bytes())?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
        .map_err(|source| HookError::Io { path: path.to_owned(), source })
}

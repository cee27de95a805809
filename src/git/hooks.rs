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

fn write_shim(path: &Path, shim: &str, program: &Path) -> Result<(), HookError> {
    let odd = || HookError::OddPath(program.to_owned());
    let text = program.to_str().filter(|text| !text.contains(['\'', '\n'])).ok_or_else(odd)?;
    write_file(path, shim.replace("@BICKER@", text).as_bytes())?;
    fs::set_permissions(path, Permissions::from_mode(0o755))
        .map_err(|source| HookError::Io { path: path.to_owned(), source })
}

//! The small shell programs by which git calls bicker.
//!
//! Decides where they stand and how git is told of them. What they decide is decided elsewhere: each only finds
//! bicker and hands on what git said. A missing bicker never lets anything through, and a hook of somebody else's is
//! never renamed, removed or changed unless its owner asks.
//!
//! Each client hook is a file in `.git/bicker/hooks`, which works in two ways: as a hook by itself, and as the first
//! thing that a person's own hook does. A copy goes where git looks, if that place is free. Else, whatever stands
//! there goes on running: see [`Installed`].

mod beside;
mod chain;
mod configured;
mod folder;
mod inspect;
mod server;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel};

use self::beside::Found;
pub(super) use self::configured::knows as runs_configured;
use self::folder::Folder;
pub(super) use self::inspect::{Hook, Way, inspect};
pub use self::server::{Obstacle, OnServer, install_pre_receive};
use super::log::LogError;
use super::log::{Log, write_beside, write_file};
use super::process::{Git, GitError};

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

/// The hooks that put a file into its form and seal a message: whatever else changes them has to come before.
const LAST: [&str; 2] = ["pre-commit", SEALS];

/// The hook that seals a message.
const SEALS: &str = "commit-msg";

/// What a person wants done where a hook of theirs stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beside {
    /// Leave it, and say what would have it call bicker.
    Leave,
    /// Put our line into it.
    Append,
    /// Leave it, and have git look in a folder of bicker's, from which both are run.
    Chain,
}

/// What became of a hook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Installed {
    /// It is there now, or was already.
    Ours(PathBuf),
    /// Somebody's own hook is there, and calls ours.
    Appended(PathBuf),
    /// git's configuration names it, beside somebody's own hook.
    Configured(&'static str),
    /// It is run from bicker's folder, and after it what stands in this one.
    Chained(PathBuf),
    /// Somebody's own hook is there and was left as it is: ours does not run.
    Theirs(PathBuf, Left),
}

/// Why a hook of somebody's own does not call ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Left {
    /// This line, as its first, would have it do so.
    Line(String),
    /// It is not written in a shell's language.
    NoShell,
    /// git does not run it.
    NotExecutable,
    /// It is a link, and what it leads to may serve other repositories.
    Link,
}

/// Why a shim could not be put in place.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The path of the program cannot be written into a shell program.
    #[error("{} holds a quote or a line end, or is not UTF-8, so no shell program can call it", .0.display())]
    OddPath(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// git could not be asked where it looks for hooks.
    #[error("git cannot tell where it looks for hooks")]
    Ask(#[from] GitError),
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
    log.locking(&configuration_lock(log), || Ok(config.set_str("gpg.ssh.program", text)?))
}

/// Has git call the client hooks, beside whatever else it calls. A folder that other repositories may use too is
/// never written to; a hook that is there and not ours is left byte for byte, or gets our line if `beside` says so.
///
/// # Errors
/// git cannot be asked, or a hook cannot be read or written.
pub fn install_client(log: &Log, program: &Path, beside: Beside) -> Result<Vec<Installed>, HookError> {
    log.locking(&configuration_lock(log), || install(log, program, beside))
}

/// The file by which git's library locks the configuration.
fn configuration_lock(log: &Log) -> PathBuf {
    log.git_dir().join("config.lock")
}

fn install(log: &Log, program: &Path, beside: Beside) -> Result<Vec<Installed>, HookError> {
    let git_dir = log.git_dir();
    let parts = git_dir.join("bicker").join("hooks");
    fs::create_dir_all(&parts).map_err(io_error(&parts))?;
    for (name, shim) in CLIENT {
        write_shim(&parts.join(name), shim, program)?;
    }
    let git = Git::at(git_dir)?;
    let folder = Folder::of(&git, git_dir, log.work_dir())?.found_again(git_dir);
    let mut client = Client {
        program,
        parts,
        config: log.repository().config()?.open_level(ConfigLevel::Local)?,
        configurable: configured::known(&git)?,
        append: beside == Beside::Append,
    };
    let chained = folder.path == chain::folder(git_dir);
    if chained || beside == Beside::Chain || (folder.shared && !client.configurable) {
        let before = before(git_dir, &folder, &client.config);
        chain::write(git_dir, &before)?;
        retire(&before)?;
        chain::use_it(&mut client.config, git_dir, folder.local.as_deref())?;
        for (name, _) in CLIENT {
            configured::unset(&mut client.config, name)?;
        }
        return Ok(vec![Installed::Chained(before)]);
    }
    CLIENT.into_iter().map(|(name, shim)| client.install(&folder, name, shim)).collect()
}

/// The folder whose hooks the chain passes on, as far as that is known when it is made.
fn before(git_dir: &Path, folder: &Folder, config: &Config) -> PathBuf {
    if folder.path != chain::folder(git_dir) {
        return folder.path.clone();
    }
    config.get_path("bicker.hooksBefore").unwrap_or_else(|_| git_dir.join("hooks"))
}

/// Takes hooks of ours out of a folder of this repository that the chain passes on, or they would run twice.
fn retire(before: &Path) -> Result<(), HookError> {
    for (name, _) in CLIENT {
        let path = before.join(name);
        if fs::read(&path).is_ok_and(|bytes| beside::is_ours(&bytes)) {
            fs::remove_file(&path).map_err(io_error(&path))?;
        }
    }
    Ok(())
}

/// Puts the client hooks of one repository in place.
struct Client<'a> {
    program: &'a Path,
    parts: PathBuf,
    config: Config,
    configurable: bool,
    append: bool,
}

impl Client<'_> {
    fn install(&mut self, folder: &Folder, name: &'static str, shim: &str) -> Result<Installed, HookError> {
        if folder.shared {
            return self.configure(name);
        }
        let (path, found) = beside::seat(&folder.path, name).map_err(io_error(&folder.path.join(name)))?;
        match found {
            Found::Free => {
                fs::create_dir_all(&folder.path).map_err(io_error(&folder.path))?;
                write_shim(&path, shim, self.program)?;
                configured::unset(&mut self.config, name)?;
                Ok(Installed::Ours(path))
            }
            Found::Calls => {
                configured::unset(&mut self.config, name)?;
                Ok(Installed::Appended(path))
            }
            Found::Theirs(bytes) => match beside::left(&path, &bytes, name) {
                Left::Line(_) if self.append => {
                    configured::unset(&mut self.config, name)?;
                    append(&path, &bytes, name)
                }
                _ if self.configurable => self.configure(name),
                left => Ok(Installed::Theirs(path, left)),
            },
        }
    }

    fn configure(&mut self, name: &'static str) -> Result<Installed, HookError> {
        configured::set(&mut self.config, name, &self.parts.join(name))?;
        Ok(Installed::Configured(name))
    }
}

/// Hooks of others that git runs on a message, and by which way of installing the seal comes behind whatever they add.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OnMessages {
    /// Their files, as far as they are where git or a framework looks.
    pub files: Vec<PathBuf>,
    /// The way; `None` if bicker's comes last already.
    pub remedy: Option<Beside>,
    /// Whether one of them stands in the place of bicker's and does not call it.
    pub in_the_way: bool,
}

/// Looks who else changes messages here.
///
/// # Errors
/// git cannot be asked, or a hook cannot be read.
pub fn on_messages(log: &Log) -> Result<OnMessages, HookError> {
    let (git, git_dir) = (Git::at(log.git_dir())?, log.git_dir());
    let folder = Folder::of(&git, git_dir, log.work_dir())?;
    let before = before(git_dir, &folder, &log.repository().config()?);
    let mut files = Vec::new();
    for file in [folder.path.join(SEALS), before.join(SEALS)] {
        let is_theirs = fs::read(&file).is_ok_and(|bytes| !beside::is_ours(&bytes));
        if is_theirs && !files.contains(&file) {
            files.push(file);
        }
    }
    let (path, found) = beside::seat(&folder.path, SEALS).map_err(io_error(&folder.path.join(SEALS)))?;
    let remedy = match &found {
        _ if folder.path == chain::folder(git_dir) => None,
        Found::Theirs(bytes) if matches!(beside::left(&path, bytes, SEALS), Left::Line(_)) && !folder.shared => {
            Some(Beside::Append)
        }
        _ => Some(Beside::Chain),
    };
    Ok(OnMessages { files, remedy, in_the_way: matches!(found, Found::Theirs(_)) })
}

/// Puts our line into a hook of somebody's own, whose mode stays.
fn append(path: &Path, bytes: &[u8], name: &str) -> Result<Installed, HookError> {
    let mode = fs::metadata(path).map_err(io_error(path))?.permissions();
    write_file(path, &beside::with_line(bytes, name))?;
    fs::set_permissions(path, mode).map_err(io_error(path))?;
    Ok(Installed::Appended(path.to_owned()))
}

/// A path as one word of a shell program.
fn quoted(program: &Path) -> Result<String, HookError> {
    let text = program.to_str().filter(|text| !text.contains(['\'', '\n']));
    text.map(|text| format!("'{text}'")).ok_or_else(|| HookError::OddPath(program.to_owned()))
}

fn write_shim(path: &Path, shim: &str, program: &Path) -> Result<(), HookError> {
    write_program(path, &shim.replace("'@BICKER@'", &quoted(program)?))
}

fn write_program(path: &Path, text: &str) -> Result<(), HookError> {
    Ok(write_beside(path, text.as_bytes(), 0o777)?)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> HookError + use<> {
    let path = path.to_owned();
    move |source| HookError::Io { path, source }
}

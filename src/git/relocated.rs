//! A log whose folder was moved: git's configuration names files by their whole path, so what `join` and `hooks install`
//! wrote there leads nowhere since.
//!
//! Decides where such a path leads now. It goes by where the signing program of this repository was, and only ever replaces a
//! path that leads nowhere by one that does lead somewhere.

use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, ErrorCode};

use super::log::Log;
use super::setup::{SetupError, as_text};

/// The command that mends every path.
pub const MEND: &str = "bicker hooks install";

/// What paths of this repository, and of what was moved along with it, began with, and what they begin with now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relocated {
    from: PathBuf,
    to: PathBuf,
}

impl Relocated {
    /// Whether the repository was set up elsewhere than it is now.
    pub fn of(log: &Log) -> Option<Self> {
        let config = own_configuration(log).ok()?;
        let was = |key: &str, file: &str| Some(config.get_path(key).ok()?.to_str()?.strip_suffix(file)?.into());
        let was: PathBuf = was("gpg.ssh.program", "/bicker/ssh-sign")
            .or_else(|| was("gpg.ssh.allowedSignersFile", "/bicker/allowed-signers"))?;
        Self::between(&was, log.git_dir())
    }

    /// The longest ends that are the same belong to what was moved.
    fn between(was: &Path, is: &Path) -> Option<Self> {
        let (mut from, mut to) = (was, is);
        while let (Some(a), Some(b)) = (from.file_name(), to.file_name()) {
            if a != b {
                break;
            }
            (from, to) = (from.parent()?, to.parent()?);
        }
        (from != to).then(|| Self { from: from.to_owned(), to: to.to_owned() })
    }

    /// Where a path leads now that leads nowhere any more.
    pub fn now(&self, path: &Path) -> Option<PathBuf> {
        let moved = self.to.join(path.strip_prefix(&self.from).ok()?);
        (!path.exists() && moved.exists()).then_some(moved)
    }
}

/// Where the key of a log is now, if it was moved along with it.
pub fn key(log: &Log) -> Option<PathBuf> {
    Relocated::of(log)?.now(&own_configuration(log).ok()?.get_path("bicker.key").ok()?)
}

/// The program that git is to have commits signed by, if it leads nowhere.
pub fn lost_signer(log: &Log) -> Option<PathBuf> {
    let program = log.repository().config().ok()?.get_path("gpg.ssh.program").ok()?;
    (program.is_absolute() && !program.exists()).then_some(program)
}

/// Has every setting that names a file by a path from before lead to where it is now.
///
/// # Errors
/// The configuration cannot be read or written.
pub fn mend(log: &Log) -> Result<(), SetupError> {
    let mut config = own_configuration(log)?;
    let mut found = Vec::new();
    if let Some(relocated) = Relocated::of(log) {
        for key in ["bicker.key", "user.signingkey", "bicker.hooksBefore"] {
            match config.get_path(key) {
                Ok(path) => found.extend(relocated.now(&path).map(|now| (key, now))),
                Err(e) if e.code() == ErrorCode::NotFound => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
    found.push(("gpg.ssh.allowedSignersFile", log.git_dir().join("bicker/allowed-signers")));
    log.locking(&log.git_dir().join("config.lock"), || {
        found.iter().try_for_each(|(key, path)| Ok(config.set_str(key, as_text(path)?)?))
    })
}

fn own_configuration(log: &Log) -> Result<Config, SetupError> {
    Ok(log.repository().config()?.open_level(ConfigLevel::Local)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_along_is_found() {
        let world = tempfile::tempdir().expect("a folder");
        let at = |path: &str| world.path().join(path);
        for folder in ["new/log/.git", "new/keys"] {
            std::fs::create_dir_all(at(folder)).expect("a folder");
        }
        let between = |was: &str, is: &str| Relocated::between(&at(was), &at(is));
        assert_eq!(between("new/log/.git", "new/log/.git"), None);
        let moved = between("old/log/.git", "new/log/.git").expect("it was moved");
        assert_eq!(moved.now(&at("old/keys")), Some(at("new/keys")));
        assert_eq!(moved.now(&at("old/none")), None, "nothing is there now, either");
        assert_eq!(moved.now(&at("elsewhere/keys")), None);
        std::fs::create_dir_all(at("old/keys")).expect("a folder");
        assert_eq!(moved.now(&at("old/keys")), None, "it still leads somewhere");
        let renamed = between("new/before/.git", "new/log/.git").expect("it was renamed");
        assert_eq!(renamed.now(&at("new/before/.git")), Some(at("new/log/.git")));
        assert_eq!(renamed.now(&at("new/keys")), None, "what stands beside it was not moved");
    }
}

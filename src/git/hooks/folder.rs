//! Where git looks for hooks, as its configuration says.
//!
//! Decides whether that is a folder of this repository alone. What is outside may serve other repositories too, and
//! nothing is ever written there. git itself is asked, scope by scope, so that its own rules about files, includes and
//! environment hold.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use super::chain;
use crate::git::process::{Git, GitError};

/// Where git looks for hooks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// `core.hooksPath` as the repository's own configuration has it.
    pub local: Option<PathBuf>,
    /// Whether it lies outside of this repository.
    pub shared: bool,
}

impl Folder {
    /// Where git looks for the hooks of the repository at `git_dir` (common to all work trees), whose hooks run in
    /// `run_in`.
    ///
    /// # Errors
    /// git cannot be run.
    pub(super) fn of(git: &Git, git_dir: &Path, run_in: &Path) -> Result<Self, GitError> {
        let local = hooks_path(git, "--local")?;
        let chosen = match &local {
            Some(path) => Some(path.clone()),
            None => hooks_path(git, "--global")?.map_or_else(|| hooks_path(git, "--system"), |path| Ok(Some(path)))?,
        };
        let path = chosen.map_or_else(|| git_dir.join("hooks"), |path| run_in.join(path));
        let shared = !is_below(&path, git_dir) && !is_below(&path, run_in);
        Ok(Self { path, local, shared })
    }

    /// The same where the repository was moved since bicker had git look in its chain: that moved along.
    pub(super) fn found_again(self, git_dir: &Path) -> Self {
        let chain = chain::folder(git_dir);
        match self.local.as_ref().is_some_and(|local| local.ends_with("bicker/chain")) {
            true => Self { path: chain.clone(), local: Some(chain), shared: false },
            false => self,
        }
    }
}

/// `core.hooksPath` in one scope; an empty one is none.
fn hooks_path(git: &Git, scope: &str) -> Result<Option<PathBuf>, GitError> {
    let options = [scope, "--includes", "--type=path", "--get", "core.hooksPath"];
    let ran = git.call("config").options(options).run()?;
    let line = ran.stdout.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(Some(PathBuf::from(OsStr::from_bytes(line))).filter(|path| ran.status.success() && !path.as_os_str().is_empty()))
}

/// Whether a file really lies in a folder, links followed.
pub(super) fn is_below(path: &Path, folder: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = real(path);
    path.starts_with(real(folder)) && !path.components().any(|part| part == Component::ParentDir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_is_shared() {
        let world = tempfile::tempdir().expect("a folder");
        let root = world.path();
        for folder in ["log/.git/hooks", "log/.husky/_", "elsewhere"] {
            std::fs::create_dir_all(root.join(folder)).expect("a folder");
        }
        std::os::unix::fs::symlink(root.join("elsewhere"), root.join("log/linked")).expect("a link");
        let log = root.join("log");
        for inside in ["log/.git/hooks", "log/.husky/_", "log/not-there-yet"] {
            assert!(is_below(&root.join(inside), &log), "{inside}");
        }
        for outside in ["elsewhere", "log/linked", "log/../elsewhere", "log/not-there/../../elsewhere"] {
            assert!(!is_below(&root.join(outside), &log), "{outside}");
        }
    }
}

//! A bare repository that takes in logs: its charter, its settings, and the objects of a push under way.
//!
//! Decides how these are kept and found. What is taken in is decided in [`crate::protocol::receive`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::doctor::word;
use super::hooks::{HookError, OnServer, install_pre_receive};
use super::log::write_file;
use super::objects::Store;
use super::process::{Git, GitError};
use crate::protocol::charter::{CHARTER_MAX, Charter, CharterError, Researcher};
use crate::protocol::id::Name;

/// The most that one push may send: 64 MiB. A log entry is at most a few hundred KiB.
const INPUT_MAX: &str = "64m";

/// Why a server repository cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It is no bare repository.
    #[error("{} is not a bare git repository", .0.display())]
    NotBare(PathBuf),
    /// git could not be asked.
    #[error("git cannot tell what it is")]
    Ask(#[from] GitError),
    /// Without a name the branches of the charter do not tell the researchers apart.
    #[error("several researchers of the charter have the branch {0}")]
    SameBranch(String),
    /// The name is not in the charter.
    #[error("the charter has no researcher {0}")]
    NoResearcher(Name),
    /// Its charter cannot be read.
    #[error("the charter in {} cannot be read", .0.display())]
    Charter(PathBuf, #[source] CharterError),
    /// A file cannot be read or written.
    #[error("cannot use {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The hook cannot be put in place.
    #[error("the hook cannot be put in place")]
    Hook(#[from] HookError),
    /// libgit2 could not do it.
    #[error("git: {}", .0.message())]
    Git(#[from] git2::Error),
}

impl ServerError {
    /// What to do next about `repo`, if anything is known that helps.
    pub fn hint(&self, repo: &Path, charter: &Charter) -> Option<String> {
        match self {
            Self::SameBranch(_) => Some("say whose log it is: --as NAME".to_owned()),
            Self::NoResearcher(_) => {
                let names: Vec<&str> = charter.researchers().iter().map(|r| r.name.as_str()).collect();
                Some(format!("say --as and one of its researchers: {}", names.join(", ")))
            }
            Self::NotBare(_) => {
                let beside = |there: PathBuf| format!("{}.git", there.display());
                let new = repo.canonicalize().map_or_else(|_| repo.display().to_string(), beside);
                Some(format!(
                    "a server keeps bare repositories; make one: git init --bare --object-format=sha1 {}",
                    word(&new)
                ))
            }
            _ => None,
        }
    }
}

/// A server repository.
#[derive(Debug)]
pub struct Server {
    /// The group's charter.
    pub charter: Charter,
    /// The one researcher it serves; else the branches tell.
    pub only: Option<Name>,
    git_dir: PathBuf,
}

impl Server {
    /// Sets up a bare repository: the charter, the hook, and settings by which git itself refuses what no log
    /// needs. Says whether git runs the hook, or what is in its way.
    ///
    /// # Errors
    /// It is not bare, the branches do not tell researchers apart, or something cannot be written.
    pub fn install(
        repo: &Path,
        charter: &Charter,
        only: Option<&Name>,
        program: &Path,
    ) -> Result<OnServer, ServerError> {
        let git_dir = bare(repo)?;
        match only {
            Some(name) => drop(charter.researcher(name).ok_or_else(|| ServerError::NoResearcher(name.clone()))?),
            None => {
                let mut seen = std::collections::BTreeSet::new();
                if let Some(twice) = charter.researchers().iter().find(|r| !seen.insert(&r.branch)) {
                    return Err(ServerError::SameBranch(twice.branch.as_str().to_owned()));
                }
            }
        }
        let folder = git_dir.join("bicker");
        fs::create_dir_all(&folder).map_err(io_error(&folder))?;
        write_file(&folder.join("charter.yaml"), charter.print().as_bytes()).map_err(HookError::from)?;
        let mut config = git2::Config::open(&git_dir.join("config"))?;
        for (key, value) in [
            ("receive.denyNonFastForwards", "true"),
            ("receive.denyDeletes", "true"),
            ("receive.fsckObjects", "true"),
            ("receive.maxInputSize", INPUT_MAX),
            ("bicker.serves", only.map_or("everyone", Name::as_str)),
        ] {
            config.set_str(key, value)?;
        }
        Ok(install_pre_receive(&git_dir, program)?)
    }

    /// The server that a hook runs in.
    ///
    /// # Errors
    /// It was not set up, or its charter cannot be read.
    pub fn open(git_dir: &Path) -> Result<Self, ServerError> {
        let path = git_dir.join("bicker/charter.yaml");
        let bytes = fs::read(&path).map_err(io_error(&path))?;
        let bytes = bytes.get(..CHARTER_MAX + 1).unwrap_or(&bytes);
        let charter = Charter::parse(bytes).map_err(|e| ServerError::Charter(path, e))?;
        let config = git2::Config::open(&git_dir.join("config"))?;
        let only = Name::parse(&config.get_string("bicker.serves").unwrap_or_default());
        let only = only.filter(|name| charter.researcher(name).is_some());
        Ok(Self { charter, only, git_dir: git_dir.to_owned() })
    }

    /// The objects of the repository and of the push under way, which git keeps apart (`GIT_OBJECT_DIRECTORY`)
    /// until the hook has let it pass.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn store(&self, incoming: Option<&Path>) -> Result<Store, ServerError> {
        let mut store = Store::new();
        if let Some(incoming) = incoming {
            store.add_directory(incoming)?;
        }
        store.add_directory(&self.git_dir.join("objects"))?;
        Ok(store)
    }

    /// Whose log a reference is.
    pub fn whose(&self, reference: &str) -> Option<&Name> {
        let branch = reference.strip_prefix("refs/heads/")?;
        self.served().find(|r| r.branch.as_str() == branch).map(|r| &r.name)
    }

    /// The logs that are kept here, as branch and name for people.
    pub fn logs(&self) -> Vec<String> {
        self.served().map(|r| format!("{} ({})", r.branch, r.name)).collect()
    }

    fn served(&self) -> impl Iterator<Item = &Researcher> {
        self.charter.researchers().iter().filter(|r| self.only.as_ref().is_none_or(|only| *only == r.name))
    }
}

/// Where a bare repository really is. git is asked, which knows ways of keeping references that the library does not.
fn bare(repo: &Path) -> Result<PathBuf, ServerError> {
    let git_dir = repo.canonicalize().map_err(|_| ServerError::NotBare(repo.to_owned()))?;
    let ran = Git::at(&git_dir)?.call("rev-parse").options(["--is-bare-repository"]).run()?;
    match ran.stdout == b"true\n" {
        true => Ok(git_dir),
        false => Err(ServerError::NotBare(repo.to_owned())),
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ServerError + use<> {
    let path = path.to_owned();
    move |source| ServerError::Io { path, source }
}

//! Making a researcher's repository, and reading back what was set up in it.
//!
//! Decides what a fresh log holds: genesis, the branch, remotes for everyone, git's signing set-up and bicker's own
//! files in `bicker/` of the git directory. All configuration is the repository's own; nothing outside its directory is
//! touched, and what a failure leaves half made is removed, at the latest by the next attempt. It never writes into a
//! directory that holds something else, and never signs: the first entry is written by others.

mod follow;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, ErrorCode, ObjectType, Repository, RepositoryInitOptions};
use walkdir::WalkDir;

use self::follow::set_origin;
pub use self::follow::{follow, name_signers};
use super::doctor::path_word;
use super::log::{Log, LogError, oid, write_file};
use super::sign::{SignError, Signer};
use crate::protocol::charter::{CHARTER_MAX, Charter, CharterError, Researcher};
use crate::protocol::genesis::{ATTRIBUTES_PATH, CHARTER_PATH, Genesis};
use crate::protocol::id::Name;
use crate::protocol::transport::RemoteError;

/// The version of what is set up in a repository, in `bicker.format`.
const FORMAT: &str = "1";

/// Why a repository could not be set up, or is not.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The directory holds something, or is none.
    #[error("{} is not an empty directory", .0.display())]
    NotEmpty(PathBuf),
    /// A path that git's configuration cannot hold.
    #[error("{} is not UTF-8, so git's configuration cannot name it", .0.display())]
    OddPath(PathBuf),
    /// A repository that was not set up by bicker.
    #[error("{} is a git repository, but not a log: {missing} is missing", .git_dir.display())]
    NotALog {
        /// The git directory.
        git_dir: PathBuf,
        /// What is not there.
        missing: &'static str,
    },
    /// A repository that another version of bicker set up.
    #[error("{} was set up by another version of bicker: expected bicker.format {FORMAT}, found {found}", .git_dir.display())]
    Format {
        /// The git directory.
        git_dir: PathBuf,
        /// The version found.
        found: String,
    },
    /// The configuration names no researcher.
    #[error("bicker.name is {0:?}, which is not a researcher's name")]
    Name(String),
    /// What is noted of a remote that moved is no address.
    #[error("{key} is {address:?}, which is not the address of a remote: {why}")]
    Moved {
        /// The setting.
        key: String,
        /// Its value.
        address: String,
        /// What is wrong with it.
        why: RemoteError,
    },
    /// The charter that was set up cannot be read.
    #[error("{} is not a canonical charter", .path.display())]
    Charter {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: CharterError,
    },
    /// The charter that was set up is another group's.
    #[error("{} is not the charter of this log: its genesis {genesis} is not here", .path.display())]
    OtherGroup {
        /// The file.
        path: PathBuf,
        /// The genesis of that charter.
        genesis: String,
    },
    /// A file or directory cannot be read or written.
    #[error("cannot {what} {}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The key is not the one in the charter, or is none.
    #[error(transparent)]
    Key(#[from] SignError),
    /// The repository cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl From<git2::Error> for SetupError {
    fn from(error: git2::Error) -> Self {
        Self::Log(error.into())
    }
}

impl SetupError {
    /// What the person can do about it, if there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotEmpty(dir) => {
                Some(format!("name a directory that does not exist yet, such as {}-log", dir.display()))
            }
            Self::NotALog { .. } => Some("see how a log is made: bicker join --help".to_owned()),
            Self::Format { .. } => Some("update bicker".to_owned()),
            Self::Charter { path, .. } | Self::OtherGroup { path, .. } => {
                Some(format!("bring it back from the log: git show HEAD:charter.yaml > {}", path_word(path)))
            }
            Self::Moved { key, .. } => Some(format!("take it away: git config --unset-all {key}")),
            Self::Key(error) => error.hint(),
            Self::Log(error) => error.hint(),
            Self::Io { path, .. } if path.ends_with("bicker/charter.yaml") => {
                Some(format!("bring it back from the log: git show HEAD:charter.yaml > {}", path_word(path)))
            }
            Self::Name(_) => {
                Some("see who is there, and set bicker.name to your own name: git show HEAD:charter.yaml".to_owned())
            }
            Self::OddPath(_) | Self::Io { .. } => None,
        }
    }
}

/// Makes the repository of `me` in a directory that is absent, empty or [half made](UNFINISHED): genesis, the branch at
/// it, remotes, git's signing set-up. `charter` is the one genesis is made from; `me` may be someone whom an amendment brought in.
///
/// # Errors
/// The directory holds something, `key` is not the key of `me`, or something cannot be written. Then nothing is left of
/// what was made.
pub fn make(dir: &Path, charter: &Charter, me: &Researcher, key: &Path) -> Result<Log, SetupError> {
    Signer::open(key, &me.key)?;
    let key = std::path::absolute(key).map_err(io_error("find", key))?;
    let dir = std::path::absolute(dir).map_err(io_error("find", dir))?;
    let made = Made::plan(&dir)?;
    let log = fill(&dir, charter, me, &key);
    if log.is_err() {
        made.remove();
    }
    log
}

/// A file that stands in a repository for as long as it is half made. Whoever is killed before that leaves it there.
const UNFINISHED: &str = ".git/bicker/unfinished";

/// All that is in a directory in which a repository was just made.
const OF_A_FRESH_LOG: &[&str] = &[".git", ATTRIBUTES_PATH, CHARTER_PATH];

/// What there was before, so that what was made can be removed.
enum Made {
    /// This directory, and all in it.
    Directory(PathBuf),
    /// Only what is in this directory.
    Contents(PathBuf),
}

impl Made {
    fn plan(dir: &Path) -> Result<Self, SetupError> {
        match fs::read_dir(dir).map(Iterator::count) {
            Ok(0) => Ok(Self::Contents(dir.to_owned())),
            Ok(_) if is_half_made(dir) => {
                let made = Self::Contents(dir.to_owned());
                made.remove();
                Ok(made)
            }
            Ok(_) => Err(SetupError::NotEmpty(dir.to_owned())),
            Err(e) if e.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(dir).is_err() => {
                let missing = dir.ancestors().take_while(|dir| fs::symlink_metadata(dir).is_err());
                Ok(Self::Directory(missing.last().unwrap_or(dir).to_owned()))
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(SetupError::NotEmpty(dir.to_owned()))
            }
            Err(e) => Err(io_error("read", dir)(e)),
        }
    }

    /// Removes what was made, as well as it goes: the failure that led here is what the person is told.
    fn remove(&self) {
        match self {
            Self::Directory(dir) => {
                let _ = fs::remove_dir_all(dir);
            }
            Self::Contents(dir) => {
                for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
                    let path = entry.path();
                    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
                }
            }
        }
    }
}

/// Whether a directory holds nothing but a repository that somebody was killed at making: the file that says so, or not
/// even that, and no other file.
fn is_half_made(dir: &Path) -> bool {
    // git's library tries out what the file system can with files that begin so.
    let is_a_trial = |name: &OsStr| name.as_bytes().starts_with(b"_git2_");
    let is_of_a_log = |name: &OsStr| OF_A_FRESH_LOG.iter().any(|known| name == *known) || is_a_trial(name);
    let entries = fs::read_dir(dir).map(|entries| entries.flatten().all(|entry| is_of_a_log(&entry.file_name())));
    let is_empty = || WalkDir::new(dir).into_iter().all(|found| found.is_ok_and(|entry| entry.file_type().is_dir()));
    entries.unwrap_or(false) && (dir.join(UNFINISHED).is_file() || is_empty())
}

fn fill(dir: &Path, charter: &Charter, me: &Researcher, key: &Path) -> Result<Log, SetupError> {
    let unfinished = dir.join(UNFINISHED);
    fs::create_dir_all(unfinished.with_file_name("")).map_err(io_error("make", dir))?;
    fs::write(&unfinished, "").map_err(io_error("write", &unfinished))?;
    let branch = format!("refs/heads/{}", me.branch);
    let mut options = RepositoryInitOptions::new();
    options.no_reinit(true).external_template(false).initial_head(&branch);
    let repo = Repository::init_opts(dir, &options)?;
    let bicker = repo.path().join("bicker");
    fs::create_dir_all(bicker.join("drafts")).map_err(io_error("make", &bicker))?;
    write_file(&bicker.join("charter.yaml"), charter.print().as_bytes())?;
    configure(&repo, me, key)?;
    let log = Log::open(dir)?;
    let genesis = Genesis::of(charter);
    log.write(ObjectType::Blob, &genesis.attributes.bytes)?;
    log.write(ObjectType::Blob, &genesis.charter.bytes)?;
    log.write(ObjectType::Tree, &genesis.tree_bytes)?;
    let commit = log.write_commit(&genesis.commit_bytes)?;
    repo.reference(&branch, oid(commit.0), false, &format!("bicker: genesis {}", genesis.commit))?;
    follow(&log, &[charter])?;
    log.show_in_work_tree(None, commit)?;
    fs::remove_file(&unfinished).map_err(io_error("remove", &unfinished))?;
    Ok(log)
}

/// Writes the repository's own configuration, but for the other researchers.
fn configure(repo: &Repository, me: &Researcher, key: &Path) -> Result<(), SetupError> {
    let name = me.name.as_str();
    let key = as_text(key)?;
    let signers = repo.path().join("bicker/allowed-signers");
    let email = format!("{name}@bicker");
    let mut config = repo.config()?.open_level(ConfigLevel::Local)?;
    let settings = [
        ("gpg.format", "ssh"),
        ("gpg.ssh.allowedSignersFile", as_text(&signers)?),
        ("user.signingkey", key),
        ("commit.gpgsign", "true"),
        ("tag.gpgsign", "true"),
        // Bytes stay as they are, and no commit says an encoding, which section 2.commit does not know.
        ("core.autocrlf", "false"),
        // The message is finished by the commit-msg hook, and nothing may change it after that.
        ("commit.cleanup", "verbatim"),
        ("commit.verbose", "false"),
        ("core.eol", "lf"),
        ("i18n.commitEncoding", "UTF-8"),
        // A log only ever grows.
        ("pull.ff", "only"),
        ("push.default", "simple"),
        ("bicker.format", FORMAT),
        ("bicker.name", name),
        ("bicker.branch", me.branch.as_str()),
        ("bicker.key", key),
    ];
    for (key, value) in settings {
        config.set_str(key, value)?;
    }
    set_origin(&mut config, me.branch.as_str(), me)?;
    // git does not commit without these; a person's own are kept.
    let known = repo.config()?;
    for (key, value) in [("user.name", name), ("user.email", &email)] {
        if known.get_string(key).is_err() {
            config.set_str(key, value)?;
        }
    }
    Ok(())
}

/// The charter that the log's genesis is made from.
///
/// # Errors
/// The repository is no log, or the file is not its charter.
pub fn charter_of(log: &Log) -> Result<Charter, SetupError> {
    local_config(log)?;
    let path = log.git_dir().join("bicker/charter.yaml");
    let limit = u64::try_from(CHARTER_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let read = fs::File::open(&path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(io_error("read", &path))?;
    let charter = Charter::parse(&bytes).map_err(|error| SetupError::Charter { path: path.clone(), error })?;
    let genesis = Genesis::of(&charter).commit;
    if log.repository().odb()?.exists(oid(genesis.0)) {
        Ok(charter)
    } else {
        Err(SetupError::OtherGroup { path, genesis: genesis.to_string() })
    }
}

/// Whose log a repository is a plain clone of, as its charter and the address that it was cloned from tell.
pub fn clone_of(log: &Log) -> Option<Name> {
    let file = fs::File::open(log.work_dir().join(CHARTER_PATH)).ok()?;
    let mut bytes = Vec::new();
    file.take(u64::try_from(CHARTER_MAX).ok()? + 1).read_to_end(&mut bytes).ok()?;
    let charter = Charter::parse(&bytes).ok()?;
    let origin = log.repository().find_remote("origin").ok()?;
    let url = origin.url().ok()?.trim_end_matches('/').to_owned();
    let is_it = |researcher: &&Researcher| researcher.remote.as_str().trim_end_matches('/') == url;
    charter.researchers().iter().find(is_it).map(|researcher| researcher.name.clone())
}

/// Whose log it is.
///
/// # Errors
/// The repository is no log.
pub fn name_of(log: &Log) -> Result<Name, SetupError> {
    let name = required(log, &local_config(log)?, "bicker.name")?;
    Name::parse(&name).ok_or(SetupError::Name(name))
}

/// The key file that signs here, as `bicker.key` names it.
///
/// # Errors
/// The repository is no log.
pub fn key_path_of(log: &Log) -> Result<PathBuf, SetupError> {
    local_config(log)?.get_path("bicker.key").map_err(|e| not_found(log, "bicker.key", e))
}

/// The repository's own configuration, of the version that is read here.
fn local_config(log: &Log) -> Result<Config, SetupError> {
    let config = log.repository().config()?.open_level(ConfigLevel::Local)?;
    let found = required(log, &config, "bicker.format")?;
    if found == FORMAT { Ok(config) } else { Err(SetupError::Format { git_dir: log.git_dir().to_owned(), found }) }
}

fn required(log: &Log, config: &Config, key: &'static str) -> Result<String, SetupError> {
    config.get_string(key).map_err(|e| not_found(log, key, e))
}

fn not_found(log: &Log, missing: &'static str, error: git2::Error) -> SetupError {
    match error.code() {
        ErrorCode::NotFound => SetupError::NotALog { git_dir: log.git_dir().to_owned(), missing },
        _ => error.into(),
    }
}

pub(super) fn as_text(path: &Path) -> Result<&str, SetupError> {
    path.to_str().ok_or_else(|| SetupError::OddPath(path.to_owned()))
}

fn io_error<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> SetupError + 'a {
    move |source| SetupError::Io { what, path: path.to_owned(), source }
}

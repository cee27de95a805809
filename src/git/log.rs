//! A researcher's own repository: reading where it stands, and writing entries into it.
//!
//! Decides how objects, the branch, the index and the work tree are written: objects straight into git's store, children
//! before whatever names them, and never through an index or a filter; the branch only from the very commit it was
//! expected at. It never decides what an entry says, never signs, and never moves the branch back without being told the
//! commit it stands at. A person's own files are moved aside, never overwritten.

mod copy;
mod keep;
mod leftovers;
mod remember;
mod tree;
mod work_tree;

pub(super) use leftovers::{sweep, write_beside, write_file};

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Odb, Oid, Repository};

use super::doctor::path_word;
use crate::protocol::commit::COMMIT_MAX;
use crate::protocol::id::{CommitId, Name, ObjectId};
use crate::protocol::text::is_forbidden;
use crate::protocol::tree::TreeError;

/// The largest file in a log: 256 KiB (sections 1.1 and 2.content).
pub(crate) const FILE_MAX: usize = 256 << 10;

/// The longest name or e-mail address that is taken from git's configuration, in characters.
const IDENTITY_MAX: usize = 200;

/// Why a researcher's repository cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// There is no repository here or above.
    #[error("no git repository in {} or above it", .0.display())]
    NoRepository(PathBuf),
    /// A repository of a kind that no log can be kept in.
    #[error("{} {what}", .git_dir.display())]
    Unsupported {
        /// The git directory.
        git_dir: PathBuf,
        /// What is the matter, as a sentence that begins with the directory.
        what: &'static str,
        /// What the person can do.
        hint: &'static str,
    },
    /// The log's branch is not known: it is not in the configuration and no branch is checked out.
    #[error("{} has no branch checked out, and `bicker.branch` is not set", .0.display())]
    NoBranch(PathBuf),
    /// The log's branch has no commit.
    #[error("the branch {0} has no commit yet")]
    NoHead(String),
    /// The branch is no longer where it was when the work began.
    #[error("the branch {branch} has moved: expected {expected}, found {}", .found.map_or("nothing".to_owned(), |id| id.to_string()))]
    Moved {
        /// The branch.
        branch: String,
        /// Where it was.
        expected: CommitId,
        /// Where it is.
        found: Option<CommitId>,
    },
    /// Another program holds git's lock, or was killed while it did.
    #[error("{} is there: another git command is running, or was killed", .0.display())]
    Locked(PathBuf),
    /// An object is missing.
    #[error("object {0} is missing")]
    Missing(ObjectId),
    /// An object is of another kind than the one that names it says.
    #[error("object {0} is not a {1}")]
    OtherKind(ObjectId, &'static str),
    /// An object is larger than any in a log.
    #[error("object {id} has {size} bytes, more than {limit}")]
    TooLong {
        /// The object.
        id: ObjectId,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A tree is not one that git writes, or would not be.
    #[error("the tree of {path} is not one that git writes into a log")]
    Tree {
        /// The directory, `/` for the root.
        path: String,
        /// What is wrong with it.
        #[source]
        error: TreeError,
    },
    /// The trees hold different files at one path (section 2.tree).
    #[error("the branches hold different files at {0}, so they have no union")]
    NoUnion(String),
    /// There is a file in the slot already (section 3.slot).
    #[error("{0} is there already")]
    Taken(String),
    /// A tree holds a file that no log holds.
    #[error("{0} is not a file of a log")]
    OddPath(String),
    /// Something that is no file stands in the work tree where a file belongs.
    #[error("{} is in the way in the work tree: it is not a plain file or directory, and one belongs there", .0.display())]
    InTheWay(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot {what} {}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It belongs to another user, so git reads nothing of it.
    #[error("{} belongs to another user", .0.display())]
    Owned(PathBuf),
    /// git's library refused.
    #[error("git's library could not do it")]
    Git(#[from] git2::Error),
}

impl LogError {
    /// What happened and, if there is something, what the person can do about it.
    pub fn in_a_line(&self) -> String {
        self.hint().map_or_else(|| self.to_string(), |hint| format!("{self}; {hint}"))
    }

    /// What the person can do about it, if there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unsupported { hint, .. } => Some((*hint).to_owned()),
            Self::NoBranch(_) => Some("git config bicker.branch main".to_owned()),
            Self::Moved { .. } => Some("another command wrote here meanwhile; type yours again".to_owned()),
            Self::Locked(lock) => {
                Some(format!("wait for the other git command to end; only if there is none: rm {}", path_word(lock)))
            }
            Self::InTheWay(path) => Some(format!("{} && git checkout HEAD -- .", move_aside(path))),
            Self::Owned(dir) => Some(format!("if it is yours all the same, make it so: {}", take_over(dir))),
            Self::Git(e) if e.code() == ErrorCode::Locked => {
                Some("another git command is running here; wait for it to end".to_owned())
            }
            _ => None,
        }
    }
}

/// What to do about a file in the way.
pub(crate) fn move_aside(path: &Path) -> String {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".mine");
    format!("move it away: mv {} {}", path_word(path), path_word(Path::new(&aside)))
}

/// The command that makes what belongs to another user one's own.
pub(crate) fn take_over(path: &Path) -> String {
    let as_root = if rustix::process::geteuid().is_root() { "" } else { "sudo " };
    format!("{as_root}chown -R \"$(id -un)\" {}", path_word(path))
}

/// A researcher's repository.
pub struct Log {
    repo: Repository,
    branch: String,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("git_dir", &self.repo.path()).field("branch", &self.branch).finish()
    }
}

impl Log {
    /// Opens the repository that `dir` is in.
    ///
    /// # Errors
    /// There is none, or one of a kind that a log cannot be kept in: without a work tree, shallow, grafted, or in a
    /// format that is not read here.
    pub fn open(dir: &Path) -> Result<Self, LogError> {
        let found = Repository::discover_path(dir, std::iter::empty::<&Path>());
        let git_dir = found.map_err(|e| match e.code() {
            ErrorCode::NotFound => LogError::NoRepository(dir.to_owned()),
            _ => LogError::Git(e),
        })?;
        let repo = Repository::open(&git_dir).map_err(|e| match e.code() {
            ErrorCode::Owner => LogError::Owned(shown_in(&git_dir)),
            _ => unreadable_format(&git_dir, e),
        })?;
        check_kind(&repo)?;
        let branch = branch_of(&repo)?;
        Ok(Self { repo, branch })
    }

    /// The git directory, common to all work trees: where bicker's own files are, in `bicker/`.
    pub fn git_dir(&self) -> &Path {
        self.repo.commondir()
    }

    /// The directory in which the log's files are shown.
    pub fn work_dir(&self) -> &Path {
        self.repo.workdir().unwrap_or_else(|| self.repo.path())
    }

    /// The branch that is the log, without `refs/heads/`.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// git's view of the repository, for reading objects.
    pub const fn repository(&self) -> &Repository {
        &self.repo
    }

    /// The newest commit of the log.
    ///
    /// # Errors
    /// [`LogError::NoHead`] when the branch has none.
    pub fn head(&self) -> Result<CommitId, LogError> {
        self.find_head()?.ok_or_else(|| LogError::NoHead(self.branch.clone()))
    }

    /// The commit that git has just made: on whatever branch is checked out.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn committed(&self) -> Result<CommitId, LogError> {
        let head = self.repo.head()?.peel_to_commit()?.id();
        super::cache::commit_id(head).ok_or_else(|| LogError::NoHead(self.branch.clone()))
    }

    /// The name and e-mail address to write into commits, for display only: those of git's configuration without the
    /// characters that section 2.commit forbids, or `NAME` and `NAME@bicker`.
    pub fn identity(&self, me: &Name) -> (String, String) {
        let config = self.repo.config().ok();
        let value = |key| config.as_ref().and_then(|config| config.get_string(key).ok());
        let name = value("user.name").and_then(|name| displayable(&name));
        let email = value("user.email").and_then(|email| displayable(&email));
        (name.unwrap_or_else(|| me.to_string()), email.unwrap_or_else(|| format!("{me}@bicker")))
    }

    /// Writes a raw commit object. The branch stays where it is.
    ///
    /// # Errors
    /// The commit is longer than any in a log, or cannot be written.
    pub fn write_commit(&self, raw: &[u8]) -> Result<CommitId, LogError> {
        if raw.len() > COMMIT_MAX {
            let id = object_id(Oid::hash_object(ObjectType::Commit, raw)?)?;
            return Err(LogError::TooLong { id, size: raw.len(), limit: COMMIT_MAX });
        }
        self.write(ObjectType::Commit, raw).map(CommitId)
    }

    /// Moves the branch from `expected` to `new`, or not at all.
    ///
    /// # Errors
    /// [`LogError::Moved`] when the branch is not at `expected`.
    pub fn advance(&self, expected: CommitId, new: CommitId, why: &str) -> Result<(), LogError> {
        let name = format!("refs/heads/{}", self.branch);
        self.locking(&self.lock_of(&name), || {
            match self.repo.reference_matching(&name, oid(new.0), true, oid(expected.0), why) {
                Ok(_) => Ok(()),
                Err(e) => match self.find_head()? {
                    Some(found) if found == expected => Err(LogError::Git(e)),
                    found => Err(LogError::Moved { branch: self.branch.clone(), expected, found }),
                },
            }
        })
    }

    fn find_head(&self) -> Result<Option<CommitId>, LogError> {
        match self.repo.refname_to_id(&format!("refs/heads/{}", self.branch)) {
            Ok(id) => Ok(Some(CommitId(object_id(id)?))),
            Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes an object and sees to it that it is on the disk.
    pub(super) fn write(&self, kind: ObjectType, bytes: &[u8]) -> Result<ObjectId, LogError> {
        let id = object_id(self.repo.odb()?.write(kind, bytes)?)?;
        let hex = id.to_string();
        let (directory, name) = hex.split_at(2);
        let directory = self.git_dir().join("objects").join(directory);
        // An object that is in a pack already has no file of its own.
        for path in [directory.join(name), directory] {
            match File::open(&path).and_then(|file| file.sync_all()) {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(LogError::Io { what: "save", path, source }),
            }
        }
        Ok(id)
    }
}

/// Reads an object: its header first, and its content only if kind and size are right.
fn read(odb: &Odb<'_>, id: ObjectId, kind: ObjectType, limit: usize) -> Result<Vec<u8>, LogError> {
    let missing = |e: git2::Error| match e.code() {
        ErrorCode::NotFound => LogError::Missing(id),
        _ => LogError::Git(e),
    };
    let (size, found) = odb.read_header(oid(id)).map_err(missing)?;
    if found != kind {
        return Err(LogError::OtherKind(id, kind.str()));
    }
    if size > limit {
        return Err(LogError::TooLong { id, size, limit });
    }
    odb.read(oid(id)).map(|object| object.data().to_vec()).map_err(missing)
}

/// The id as git's library has it.
pub(super) fn oid(id: ObjectId) -> Oid {
    // 20 bytes always fit; the id of zeros names nothing.
    Oid::from_bytes(id.as_bytes()).unwrap_or(Oid::ZERO_SHA1)
}

/// The id as the protocol has it.
fn object_id(oid: Oid) -> Result<ObjectId, LogError> {
    let bytes = oid.as_bytes().try_into().map_err(|_| git2::Error::from_str("an object id is not 20 bytes long"))?;
    Ok(ObjectId::from_bytes(bytes))
}

/// Says in clear words why git's library could not open a repository.
/// The folder whose log a git directory holds.
fn shown_in(git_dir: &Path) -> PathBuf {
    match git_dir.file_name() {
        Some(name) if name == ".git" => git_dir.parent().unwrap_or(git_dir).to_owned(),
        _ => git_dir.to_owned(),
    }
}

fn unreadable_format(git_dir: &Path, error: git2::Error) -> LogError {
    let said = error.message().to_ascii_lowercase();
    let unsupported = |what, hint| LogError::Unsupported { git_dir: git_dir.to_owned(), what, hint };
    if said.contains("refstorage") {
        unsupported(
            "keeps its refs as a reftable, which is not read here",
            "git refs migrate --ref-format=files (git 2.46 or later)",
        )
    } else if said.contains("objectformat") || said.contains("object format") {
        unsupported(
            "is in the sha256 object format; logs are in git's sha1 format, and SHA-256 is in the seals",
            "make your log with `bicker join`",
        )
    } else {
        LogError::Git(error)
    }
}

fn check_kind(repo: &Repository) -> Result<(), LogError> {
    let refuse = |what, hint| Err(LogError::Unsupported { git_dir: repo.path().to_owned(), what, hint });
    if repo.is_bare() {
        return refuse(
            "is a bare repository; a log is written in one with a work tree",
            "git clone it, and work there",
        );
    }
    if repo.is_shallow() {
        return refuse("is shallow, so the past of its entries cannot be known", "git fetch --unshallow");
    }
    let grafts = std::fs::read(repo.commondir().join("info/grafts")).unwrap_or_default();
    let is_graft = |line: &[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"#");
    if grafts.split(|b| *b == b'\n').any(is_graft) {
        return refuse("has grafts, which show another past than the signed one", "remove its file info/grafts");
    }
    Ok(())
}

/// The branch in the repository's own configuration, else the one that is checked out.
fn branch_of(repo: &Repository) -> Result<String, LogError> {
    let local = repo.config()?.open_level(git2::ConfigLevel::Local);
    if let Ok(branch) = local.and_then(|config| config.get_string("bicker.branch")) {
        return Ok(branch);
    }
    checked_out(repo).ok_or_else(|| LogError::NoBranch(repo.path().to_owned()))
}

/// The branch that `HEAD` stands for, if it stands for one.
fn checked_out(repo: &Repository) -> Option<String> {
    let head = repo.find_reference("HEAD").ok()?;
    let target = head.symbolic_target().ok().flatten()?;
    target.strip_prefix("refs/heads/").map(str::to_owned)
}

/// What is left of a name or an address without the characters that a commit's headers may not hold, and without blanks
/// around it; `None` if nothing is.
fn displayable(text: &str) -> Option<String> {
    let is_allowed = |c: &char| !is_forbidden(*c) && !matches!(c, '<' | '>' | '\n' | '\t');
    let kept: String = text.chars().filter(is_allowed).take(IDENTITY_MAX).collect();
    Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty())
}

#[cfg(test)]
mod tests;

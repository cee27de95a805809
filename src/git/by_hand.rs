//! The plain git way: what is about to be committed.
//!
//! Decides how that is read. What it says and whether it may be signed is decided elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Index, IndexEntry, IndexTime, ObjectType, Oid};

use super::laid_down::head_tree;
use super::log::{Log, LogError, move_aside};
use crate::protocol::commit::parents_as_git_reads;
use crate::protocol::id::{CommitId, Digest};

/// What the hook `commit-msg` says to an empty message. `doctor` gives it one, to see whether git runs the hook.
pub const EMPTY_MESSAGE: &str = "the message is empty, so nothing was committed";

/// Why the plain git way is blocked.
#[derive(Debug, thiserror::Error)]
pub enum ByHandError {
    /// A file cannot be read or written.
    #[error("cannot use {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is a file where the draft would go.
    #[error("{} is there already", .0.display())]
    InTheWay(PathBuf),
    /// The repository cannot be used.
    #[error("the repository cannot be used")]
    Log(#[from] LogError),
    /// libgit2 could not do it.
    #[error("git: {}", .0.message())]
    Git(#[from] git2::Error),
}

impl ByHandError {
    /// What the person can do about it, if there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::InTheWay(path) => Some(move_aside(path)),
            Self::Log(e) => e.hint(),
            Self::Io { .. } | Self::Git(_) => None,
        }
    }
}

type Result<T> = std::result::Result<T, ByHandError>;

/// The further parents that `git commit` would take now.
///
/// # Errors
/// They cannot be read.
pub fn merge_heads(log: &Log) -> Result<Vec<CommitId>> {
    let path = log.repository().path().join("MERGE_HEAD");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.lines().filter_map(CommitId::parse).collect()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(ByHandError::Io { path, source }),
    }
}

/// The file that remembers what git put into the message for the person to read.
fn opened_file(log: &Log) -> PathBuf {
    log.git_dir().join("bicker/opened-message")
}

/// Remembers which lines git has put into the message that an editor is about to be opened on.
///
/// # Errors
/// They cannot be written.
pub fn note_opened(log: &Log, lines: &[String]) -> Result<()> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Ok(log.write_whole(&opened_file(log), text.as_bytes(), 0o666)?)
}

/// The lines that git had put there.
///
/// # Errors
/// They were not noted.
pub fn opened_on(log: &Log) -> Result<Vec<String>> {
    let file = opened_file(log);
    Ok(fs::read_to_string(&file).map_err(io_error(&file))?.lines().map(str::to_owned).collect())
}

/// The SHA-256 of a commit's raw object.
///
/// # Errors
/// It is not in this repository.
pub fn raw_digest(log: &Log, commit: CommitId) -> Result<Digest> {
    let odb = log.repository().odb()?;
    Ok(Digest::of(odb.read(Oid::from_bytes(commit.0.as_bytes())?)?.data()))
}

/// Whether a commit has a signature at all, good or bad.
///
/// # Errors
/// It is not in this repository.
pub fn is_signed(log: &Log, commit: CommitId) -> Result<bool> {
    let odb = log.repository().odb()?;
    let object = odb.read(Oid::from_bytes(commit.0.as_bytes())?)?;
    let mut headers = object.data().split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    Ok(headers.any(|line| line.starts_with(b"gpgsig ")))
}

/// Whether `new` has `old` among its ancestors, or is it.
///
/// # Errors
/// A commit cannot be read.
pub fn follows(log: &Log, new: CommitId, old: CommitId) -> Result<bool> {
    let odb = log.repository().odb()?;
    let mut todo = vec![new];
    let mut seen = BTreeSet::new();
    while let Some(id) = todo.pop() {
        if id == old {
            return Ok(true);
        }
        if seen.insert(id) {
            todo.extend(parents_as_git_reads(odb.read(Oid::from_bytes(id.0.as_bytes())?)?.data()));
        }
    }
    Ok(false)
}

/// Whether the deletion of the log's branch that git is about to make takes away only the file of a reference that git has
/// just packed with this value. To delete the reference itself git holds the lock of the packed ones meanwhile.
pub fn is_only_packed(log: &Log, head: CommitId) -> bool {
    let packed = log.git_dir().join("packed-refs");
    let line = format!("{head} refs/heads/{}", log.branch());
    let holds = fs::read_to_string(&packed).is_ok_and(|text| text.lines().any(|known| known == line));
    holds && !packed.with_file_name("packed-refs.lock").exists()
}

/// What is staged, compared with the head.
#[derive(Debug, Default)]
pub struct Staged {
    /// Paths that are new.
    pub added: Vec<String>,
    /// Paths that are changed or removed.
    pub touched: Vec<String>,
}

/// The index of a commit about to be made.
pub struct StagedIndex<'a> {
    log: &'a Log,
    index: Index,
}

impl<'a> StagedIndex<'a> {
    /// Opens it: the file that git names to its hooks, or the repository's own.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(log: &'a Log, named: Option<PathBuf>) -> Result<Self> {
        let index = match named {
            Some(path) => Index::open(&log.work_dir().join(path))?,
            None => log.repository().index()?,
        };
        Ok(Self { log, index })
    }

    /// What is staged.
    ///
    /// # Errors
    /// The head cannot be read.
    pub fn staged(&self) -> Result<Staged> {
        let head = head_tree(self.log)?;
        let mut staged = Staged::default();
        let mut kept = BTreeSet::new();
        for entry in self.index.iter() {
            let path = String::from_utf8_lossy(&entry.path).into_owned();
            match head.get_path(Path::new(&path)) {
                Ok(old) => {
                    if old.id() != entry.id || old.filemode() != entry.mode as i32 {
                        staged.touched.push(path.clone());
                    }
                    kept.insert(path);
                }
                Err(_) => staged.added.push(path),
            }
        }
        head.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            let path = format!("{folder}{}", String::from_utf8_lossy(entry.name_bytes()));
            if entry.kind() == Some(ObjectType::Blob) && !kept.contains(&path) {
                staged.touched.push(path);
            }
            git2::TreeWalkResult::Ok
        })?;
        Ok(staged)
    }

    /// Whether the log holds a path already.
    pub fn is_in_head(&self, path: &str) -> bool {
        head_tree(self.log).is_ok_and(|head| head.get_path(Path::new(path)).is_ok())
    }

    /// The staged bytes of a path.
    ///
    /// # Errors
    /// It is not staged.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        let entry = self.index.get_path(Path::new(path), 0).ok_or_else(|| git2::Error::from_str("it is not staged"))?;
        Ok(self.log.repository().find_blob(entry.id)?.content().to_vec())
    }

    /// Stages other bytes in a path's place, and has the work tree show them if it showed what was staged.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn replace(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let before = self.read(path)?;
        let id = self.log.repository().blob(bytes)?;
        let zero = IndexTime::new(0, 0);
        let entry = IndexEntry {
            ctime: zero,
            mtime: zero,
            dev: 0,
            ino: 0,
            mode: 0o100_644,
            uid: 0,
            gid: 0,
            file_size: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            id,
            flags: 0,
            flags_extended: 0,
            path: path.as_bytes().to_vec(),
        };
        // Before the index: if a crash comes between, the next attempt still finds something to replace there.
        let shown = self.log.work_dir().join(path);
        if fs::read(&shown).is_ok_and(|there| there == before) {
            self.log.write_whole(&shown, bytes, 0o666)?;
        }
        self.index.add(&entry)?;
        Ok(self.index.write()?)
    }
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ByHandError + use<> {
    let path = path.to_owned();
    move |source| ByHandError::Io { path, source }
}

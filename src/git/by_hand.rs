//! The plain git way: a draft in the work tree, its parents where `git commit` looks for them, and what is
//! about to be committed.
//!
//! Decides how these are laid down and read. What a draft says and whether it may be signed is decided
//! elsewhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Index, IndexEntry, IndexTime, ObjectType, Oid, Tree};

use super::log::{Log, LogError};
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

type Result<T> = std::result::Result<T, ByHandError>;

/// A draft that somebody is writing: where, and on top of what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begun {
    /// The path of its slot.
    pub path: String,
    /// The further parents of its commit.
    pub cites: Vec<CommitId>,
    /// The first line of its message.
    pub subject: String,
}

impl Begun {
    fn file(log: &Log) -> PathBuf {
        log.git_dir().join("bicker").join("draft")
    }

    /// The draft that was begun, if there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(log: &Log) -> Result<Option<Self>> {
        let file = Self::file(log);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ByHandError::Io { path: file, source }),
        };
        let mut lines = text.lines();
        let (path, subject) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        Ok(Some(Self {
            path: path.to_owned(),
            subject: subject.to_owned(),
            cites: lines.filter_map(CommitId::parse).collect(),
        }))
    }

    /// Begins it: the template in the work tree (not staged, because `git merge --abort` would delete it), and
    /// the parents and the message where `git commit` finds them.
    ///
    /// # Errors
    /// There is a file in its place, or something cannot be written.
    pub fn lay_down(&self, log: &Log, template: &str) -> Result<PathBuf> {
        let path = log.work_dir().join(&self.path);
        // The same template is there when this was interrupted, and typed again.
        if path.symlink_metadata().is_ok() && fs::read(&path).ok().as_deref() != Some(template.as_bytes()) {
            return Err(ByHandError::InTheWay(path));
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io_error(folder))?;
        }
        log.write_whole(&path, template.as_bytes(), 0o666)?;
        let cites: String = self.cites.iter().map(|id| format!("{id}\n")).collect();
        let note = format!("{}\n{}\n{cites}", self.path, self.subject);
        log.write_whole(&Self::file(log), note.as_bytes(), 0o666)?;
        self.name_parents(log)?;
        Ok(path)
    }

    /// Names the parents to `git commit`, again if need be. Without `no-ff` git would drop the own head where a
    /// cited one has it in its past.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn name_parents(&self, log: &Log) -> Result<()> {
        let folder = log.repository().path();
        let cites: String = self.cites.iter().map(|id| format!("{id}\n")).collect();
        forget_parents(log)?;
        let mut files = vec![("MERGE_MSG", format!("{}\n", self.subject))];
        if !self.cites.is_empty() {
            files.extend([("MERGE_MODE", "no-ff".to_owned()), ("MERGE_HEAD", cites)]);
        }
        for (name, text) in files {
            let path = folder.join(name);
            fs::write(&path, text).map_err(io_error(&path))?;
        }
        Ok(())
    }

    /// Forgets the draft at hand, and what is named to `git commit` for it, if the log holds its file: git, or bicker in
    /// its place, was then killed before it could tidy up.
    ///
    /// # Errors
    /// Something cannot be read or removed.
    pub fn forget_if_signed(log: &Log) -> Result<()> {
        let Some(begun) = Self::read(log)? else { return Ok(()) };
        if head_tree(log)?.get_path(Path::new(&begun.path)).is_err() {
            return Ok(());
        }
        forget_parents(log)?;
        Self::forget(log)
    }

    /// Forgets it, once it is committed or given up.
    ///
    /// # Errors
    /// The record cannot be removed.
    pub fn forget(log: &Log) -> Result<()> {
        remove(&Self::file(log))
    }
}

/// What the log holds.
fn head_tree(log: &Log) -> Result<Tree<'_>> {
    Ok(log.repository().find_commit(Oid::from_bytes(log.head()?.0.as_bytes())?)?.tree()?)
}

/// Removes a file; that it is gone already is no error.
fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error(file)(e)),
        _ => Ok(()),
    }
}

/// Has git forget the parents and the message that it was told for its next commit.
fn forget_parents(log: &Log) -> Result<()> {
    ["MERGE_HEAD", "MERGE_MODE", "MERGE_MSG"].iter().try_for_each(|name| remove(&log.repository().path().join(name)))
}

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
    let mut seen = std::collections::BTreeSet::new();
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
        let mut kept = 0;
        for entry in self.index.iter() {
            let path = String::from_utf8_lossy(&entry.path).into_owned();
            match head.get_path(Path::new(&path)) {
                Ok(old) if old.id() == entry.id && old.filemode() == entry.mode as i32 => kept += 1,
                Ok(_) => {
                    staged.touched.push(path);
                    kept += 1;
                }
                Err(_) => staged.added.push(path),
            }
        }
        let mut before = 0;
        head.walk(git2::TreeWalkMode::PreOrder, |_, entry| {
            before += usize::from(entry.kind() == Some(ObjectType::Blob));
            git2::TreeWalkResult::Ok
        })?;
        if kept < before {
            staged.touched.push("a file of the log".to_owned());
        }
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

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ByHandError + use<> {
    let path = path.to_owned();
    move |source| ByHandError::Io { path, source }
}

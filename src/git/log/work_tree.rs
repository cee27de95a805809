//! Showing a commit's files in the work tree and the index.
//!
//! The work tree is a view: the log is in the commits. But people write their drafts in it, and nothing they wrote is
//! lost: a file that is neither the old commit's nor the new one's is moved to `bicker/drafts/` in the git directory
//! first. Symbolic links are never followed.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use git2::{Index, IndexEntry, IndexTime, ObjectType, Odb};

use super::tree::{joined, read_tree};
use super::{FILE_MAX, Log, LogError, checked_out, oid, read};
use crate::protocol::commit::{COMMIT_MAX, tree_as_git_reads};
use crate::protocol::genesis::{ATTRIBUTES_PATH, CHARTER_PATH, object_id};
use crate::protocol::id::{CommitId, ObjectId};
use crate::protocol::slot::Slot;
use crate::protocol::tree::{Mode, TreeEntry};

/// A file that two trees do not share.
struct Change {
    path: String,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
}

/// What two directories hold under each name.
type Differences = BTreeMap<Vec<u8>, (Option<TreeEntry>, Option<TreeEntry>)>;

/// What was found at a file's place.
#[derive(PartialEq, Eq)]
enum Place {
    /// Nothing, or the old commit's file: it may be written over.
    Free,
    /// The new commit's file.
    Shows,
    /// A person's own, which is here now.
    Saved(PathBuf),
}

impl Log {
    /// Makes index and work tree show `new`, and gives the paths under which a person's own files were saved.
    ///
    /// Only files in which `old` and `new` differ are looked at; without `old`, all files of `new` are. A file of `old`
    /// that `new` lacks is taken away. Everything else is left alone. When another branch is checked out, nothing is
    /// done.
    ///
    /// # Errors
    /// A file cannot be written, or something that is no plain file is in its way. The branch has moved all the same.
    pub fn show_in_work_tree(&self, old: Option<CommitId>, new: CommitId) -> Result<Vec<PathBuf>, LogError> {
        if checked_out(&self.repo).as_deref() != Some(self.branch()) {
            return Ok(Vec::new());
        }
        let odb = self.repo.odb()?;
        let old = old.map(|old| tree_of(&odb, old)).transpose()?;
        let changes = changes(&odb, old, tree_of(&odb, new)?)?;
        let mut index = self.repo.index()?;
        index.read(true)?;
        let mut saved = Vec::new();
        for change in &changes {
            let path = self.work_dir().join(&change.path);
            let place = self.clear_the_place(change)?;
            match change.new {
                Some(id) => {
                    if place != Place::Shows {
                        self.write_whole(&path, &read(&odb, id, ObjectType::Blob, FILE_MAX)?, 0o666)?;
                    }
                    let metadata = fs::symlink_metadata(&path).map_err(io_error("read", &path))?;
                    index.add(&index_entry(&change.path, id, &metadata))?;
                }
                None => take_away(&mut index, self.work_dir(), &change.path)?,
            }
            if let Place::Saved(draft) = place {
                saved.push(draft);
            }
        }
        self.locking(&self.repo.path().join("index.lock"), || index.write().map_err(LogError::from))?;
        Ok(saved)
    }

    /// Makes directories for the file, and moves a person's own file from its place.
    fn clear_the_place(&self, change: &Change) -> Result<Place, LogError> {
        let mut path = self.work_dir().to_owned();
        let mut parts = change.path.split('/').peekable();
        while let Some(part) = parts.next() {
            path.push(part);
            let is_file = parts.peek().is_none();
            match fs::symlink_metadata(&path) {
                Ok(found) if is_file && !found.is_dir() => return self.clear(&path, &found, change),
                Ok(found) if !is_file && found.is_dir() => {}
                Ok(_) => return Err(LogError::InTheWay(path)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    if is_file || change.new.is_none() {
                        return Ok(Place::Free);
                    }
                    fs::create_dir(&path).map_err(io_error("make", &path))?;
                }
                Err(e) => return Err(io_error("read", &path)(e)),
            }
        }
        Ok(Place::Free)
    }

    /// Moves what stands in a file's place away, unless the old or the new commit holds it.
    fn clear(&self, path: &Path, found: &Metadata, change: &Change) -> Result<Place, LogError> {
        match content_id(path, found)? {
            Some(id) if change.new == Some(id) => Ok(Place::Shows),
            Some(id) if change.old == Some(id) => Ok(Place::Free),
            _ => self.save(path, change).map(Place::Saved),
        }
    }

    /// Moves a file among the drafts, under a name that is free there.
    fn save(&self, path: &Path, change: &Change) -> Result<PathBuf, LogError> {
        let drafts = self.git_dir().join("bicker/drafts");
        fs::create_dir_all(&drafts).map_err(io_error("make", &drafts))?;
        let name = change.path.replace('/', "_");
        let mut draft = drafts.join(&name);
        let mut number = 1;
        while fs::symlink_metadata(&draft).is_ok() {
            draft = drafts.join(format!("{name}.{number}"));
            number += 1;
        }
        if fs::rename(path, &draft).is_err() {
            // The git directory may be on another file system.
            fs::copy(path, &draft).and_then(|_| fs::remove_file(path)).map_err(io_error("save", path))?;
        }
        Ok(draft)
    }
}

fn io_error<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> LogError + 'a {
    move |source| LogError::Io { what, path: path.to_owned(), source }
}

fn tree_of(odb: &Odb<'_>, commit: CommitId) -> Result<ObjectId, LogError> {
    let raw = read(odb, commit.0, ObjectType::Commit, COMMIT_MAX)?;
    tree_as_git_reads(&raw).ok_or(LogError::OtherKind(commit.0, "commit"))
}

/// The files in which two trees differ, by path. What the trees share is not read.
fn changes(odb: &Odb<'_>, old: Option<ObjectId>, new: ObjectId) -> Result<Vec<Change>, LogError> {
    let mut changes = Vec::new();
    let mut stack = vec![(String::new(), old, Some(new))];
    while let Some((path, old, new)) = stack.pop() {
        for (name, (old, new)) in differences(odb, &path, old, new)? {
            let path = joined(&path, &name);
            let of = |mode| {
                let of = |entry: &Option<TreeEntry>| entry.as_ref().filter(|e| e.mode == mode).map(|e| e.id);
                (of(&old), of(&new))
            };
            let (directories, files) = (of(Mode::Directory), of(Mode::File));
            let is_known = |entry: &TreeEntry| matches!(entry.mode, Mode::Directory | Mode::File);
            if !old.iter().chain(&new).all(is_known) || files != (None, None) && !is_of_a_log(&path) {
                return Err(LogError::OddPath(path));
            }
            if files != (None, None) {
                changes.push(Change { path: path.clone(), old: files.0, new: files.1 });
            }
            if directories != (None, None) {
                stack.push((path, directories.0, directories.1));
            }
        }
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

/// The entries in which two directories differ, by name.
fn differences(
    odb: &Odb<'_>,
    path: &str,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Differences, LogError> {
    let mut differences = Differences::new();
    let entries = |tree: Option<ObjectId>| tree.map_or(Ok(Vec::new()), |id| read_tree(odb, id, path));
    for entry in entries(old)? {
        let name = entry.name.clone();
        differences.entry(name).or_default().0 = Some(entry);
    }
    for entry in entries(new)? {
        let name = entry.name.clone();
        differences.entry(name).or_default().1 = Some(entry);
    }
    differences.retain(|_, (old, new)| old != new);
    Ok(differences)
}

/// Whether a file with this path may be in a log: so no path leads out of the work tree or into `.git`.
fn is_of_a_log(path: &str) -> bool {
    path == ATTRIBUTES_PATH || path == CHARTER_PATH || Slot::parse(path).is_some()
}

/// The id that git gives what stands at a path; `None` for what is no file of a log's size.
fn content_id(path: &Path, found: &Metadata) -> Result<Option<ObjectId>, LogError> {
    let limit = u64::try_from(FILE_MAX).unwrap_or(u64::MAX);
    if !found.is_file() || found.len() > limit {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(io_error("read", path))?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io_error("read", path))?;
    Ok(Some(object_id("blob", &bytes)))
}

/// Takes a file out of index and work tree, and with it the directories that it leaves empty.
fn take_away(index: &mut Index, work_dir: &Path, path: &str) -> Result<(), LogError> {
    if index.get_path(Path::new(path), 0).is_some() {
        index.remove(Path::new(path), 0)?;
    }
    let full = work_dir.join(path);
    match fs::remove_file(&full) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(io_error("remove", &full)(e)),
    }
    for above in Path::new(path).ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()) {
        if fs::remove_dir(work_dir.join(above)).is_err() {
            break;
        }
    }
    Ok(())
}

/// What git's index says of a file. Times and sizes are there only to spare git from reading the file again, so the
/// index keeps just their lower bits.
fn index_entry(path: &str, id: ObjectId, metadata: &Metadata) -> IndexEntry {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "git keeps the lower 32 bits")]
    let time = |seconds: i64, nanoseconds: i64| IndexTime::new(seconds as i32, nanoseconds as u32);
    #[expect(clippy::cast_possible_truncation, reason = "git keeps the lower 32 bits")]
    let low = |number: u64| number as u32;
    IndexEntry {
        ctime: time(metadata.ctime(), metadata.ctime_nsec()),
        mtime: time(metadata.mtime(), metadata.mtime_nsec()),
        dev: low(metadata.dev()),
        ino: low(metadata.ino()),
        mode: 0o100_644,
        uid: metadata.uid(),
        gid: metadata.gid(),
        file_size: low(metadata.len()),
        id: oid(id),
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

//! What the cache holds at one time: read under its lock, and held together until it is let go.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{Repository, RepositoryOpenFlags};
use rustix::fs::{FlockOperation, flock};

use super::{Cache, CacheError};
use crate::git::staging::Kept;
use crate::protocol::id::{CommitId, Name};

/// Where it is noted what remotes showed last.
const SHOWN: &str = "bicker-shown";
/// Held shared by everyone who reads objects, and alone by whoever removes packs.
const READING: &str = "bicker.reading";

/// What the cache held when it was asked. As long as this lives, no object that it had then is removed.
#[derive(Debug)]
pub struct Held {
    /// Every entry that is pinned, by name, then commit.
    pub pins: Vec<(Name, CommitId)>,
    /// What remotes showed last.
    pub shown: BTreeMap<Name, CommitId>,
    /// The transfers that were kept of those who showed what is no entry.
    pub kept: BTreeMap<Name, Kept>,
    _reading: File,
}

impl Cache {
    /// What the cache holds now.
    ///
    /// # Errors
    /// When another process holds its lock for longer than `wait`, or something cannot be read.
    pub fn held(&self, wait: Duration) -> Result<Held, CacheError> {
        let _lock = self.lock(wait)?;
        let reading = self.lock_file(READING)?;
        let io = |e: rustix::io::Errno| CacheError::Io { path: self.path().to_owned(), source: e.into() };
        flock(&reading, FlockOperation::LockShared).map_err(io)?;
        let (mut shown, mut kept) = (BTreeMap::new(), BTreeMap::new());
        for (name, (head, folder)) in all_shown(self.path()) {
            shown.insert(name.clone(), head);
            if let Some(there) = folder.and_then(|folder| Kept::open(self.path(), &folder)) {
                kept.insert(name, there);
            }
        }
        Ok(Held { pins: self.pins()?, shown, kept, _reading: reading })
    }

    /// Held by whoever removes packs; `None` while anybody reads.
    pub(super) fn nobody_reads(&self) -> Option<File> {
        let file = self.lock_file(READING).ok()?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).ok().map(|()| file)
    }

    /// A repository with all that a remote showed last.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn showing(&self, name: &Name) -> Result<Repository, CacheError> {
        let kept = shown(self.path(), name).and_then(|(_, folder)| Kept::open(self.path(), &folder?));
        let path = kept.as_ref().map_or(self.path(), Kept::path);
        let flags = RepositoryOpenFlags::BARE | RepositoryOpenFlags::NO_SEARCH;
        Ok(Repository::open_ext(path, flags, std::iter::empty::<&Path>())?)
    }

    /// Notes what a remote shows now and, if that is no entry, in which kept transfer it came. Under the lock.
    pub(super) fn note_shown(&self, name: &Name, head: Option<(CommitId, Option<&str>)>) -> io::Result<()> {
        let (folder, path) = (self.path().join(SHOWN), note_of(self.path(), name));
        match head {
            Some((head, kept)) => {
                fs::create_dir_all(&folder)?;
                let mut note = tempfile::NamedTempFile::new_in(&folder)?;
                io::Write::write_all(&mut note, format!("{head} {}\n", kept.unwrap_or("-")).as_bytes())?;
                note.persist(&path)?;
                Ok(())
            }
            None => match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(()),
            },
        }
    }
}

/// The transfers that are to be kept.
pub(super) fn kept_folders(cache: &Path) -> Vec<String> {
    all_shown(cache).into_iter().filter_map(|(_, (_, folder))| folder).collect()
}

fn all_shown(cache: &Path) -> BTreeMap<Name, (CommitId, Option<String>)> {
    let notes = fs::read_dir(cache.join(SHOWN)).into_iter().flatten().flatten();
    let names = notes.filter_map(|note| Name::parse(note.file_name().to_str()?));
    names.filter_map(|name| shown(cache, &name).map(|shown| (name, shown))).collect()
}

fn shown(cache: &Path, name: &Name) -> Option<(CommitId, Option<String>)> {
    let note = fs::read_to_string(note_of(cache, name)).ok()?;
    let (head, folder) = note.trim_end().split_once(' ')?;
    Some((CommitId::parse(head)?, (folder != "-").then(|| folder.to_owned())))
}

fn note_of(cache: &Path, name: &Name) -> PathBuf {
    cache.join(SHOWN).join(name.as_str())
}

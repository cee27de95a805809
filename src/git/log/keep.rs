//! Keeping texts that would go out of sight, and letting go of commits that are void.
//!
//! A text is kept in `bicker/drafts/` of the git directory before anything hides it. What is let go of is a commit
//! that nobody else has; its text is kept all the same.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use git2::{ObjectType, Odb, Repository};

use super::tree::{joined, read_tree};
use super::{FILE_MAX, Log, LogError, oid, read, write_file};
use crate::protocol::commit::{COMMIT_MAX, tree_as_git_reads};
use crate::protocol::id::{CommitId, ObjectId};
use crate::protocol::slot::Slot;
use crate::protocol::tree::Mode;

/// At most this many texts are kept of a tree that others may have made.
const KEPT_MAX: usize = 100;

impl Log {
    /// Keeps a text among the drafts and gives its path. The same text is kept once.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep_text(&self, slot: &Slot, bytes: &[u8]) -> Result<PathBuf, LogError> {
        let drafts = self.git_dir().join("bicker/drafts");
        fs::create_dir_all(&drafts).map_err(|source| LogError::Io { what: "make", path: drafts.clone(), source })?;
        let name = slot.path().replace('/', "_");
        let mut path = drafts.join(&name);
        let mut number = 1;
        while fs::symlink_metadata(&path).is_ok() {
            if is_same(&path, bytes) {
                return Ok(path);
            }
            number += 1;
            path = drafts.join(format!("{name}.{number}"));
        }
        write_file(&path, bytes)?;
        Ok(path)
    }

    /// Keeps the texts at slots that the tree of `commit` in `from` holds and that of `but` here does not: at most a
    /// hundred, and none larger than any in a log. What cannot be read is passed over: anyone may have made it.
    ///
    /// # Errors
    /// A text cannot be written.
    pub fn keep_texts_of(&self, from: &Repository, commit: CommitId, but: CommitId) -> Result<Vec<PathBuf>, LogError> {
        let there = slots_of(&from.odb()?, commit);
        let here = slots_of(&self.repo.odb()?, but);
        let mut kept = Vec::new();
        for (slot, id) in there.into_iter().filter(|file| !here.contains(file)).take(KEPT_MAX) {
            if let Ok(bytes) = read(&from.odb()?, id, ObjectType::Blob, FILE_MAX) {
                kept.push(self.keep_text(&slot, &bytes)?);
            }
        }
        Ok(kept)
    }

    /// Lets go of commits of mine that are void: the reflogs of the branch and of `HEAD` forget them, and their
    /// objects are removed. Other references that still hold one are named, and then everything stays.
    ///
    /// # Errors
    /// A reference cannot be read or written.
    pub fn let_go(&self, void: &[CommitId]) -> Result<Vec<String>, LogError> {
        let holders = self.references_to(void)?;
        if !holders.is_empty() {
            return Ok(holders);
        }
        for name in ["HEAD".to_owned(), format!("refs/heads/{}", self.branch)] {
            let mut reflog = self.repo.reflog(&name)?;
            for at in (0..reflog.len()).rev() {
                let names_one = reflog
                    .get(at)
                    .is_some_and(|line| void.iter().any(|id| line.id_new() == oid(id.0) || line.id_old() == oid(id.0)));
                if names_one {
                    reflog.remove(at, true)?;
                }
            }
            self.locking(&self.lock_of(&format!("logs/{name}")), || reflog.write().map_err(LogError::from))?;
        }
        for id in void {
            let hex = id.to_string();
            let (directory, name) = hex.split_at(2);
            // One that git has packed already stays until git's own housekeeping: nothing leads to it any more.
            let _ = fs::remove_file(self.git_dir().join("objects").join(directory).join(name));
        }
        Ok(holders)
    }

    /// The references that lead to one of these commits.
    fn references_to(&self, commits: &[CommitId]) -> Result<Vec<String>, LogError> {
        let mut holders = Vec::new();
        for reference in self.repo.references()? {
            let reference = reference?;
            let Ok(tip) = reference.peel_to_commit() else { continue };
            let leads = |id: &CommitId| {
                tip.id() == oid(id.0) || self.repo.graph_descendant_of(tip.id(), oid(id.0)).unwrap_or(false)
            };
            if commits.iter().any(leads) {
                holders.push(String::from_utf8_lossy(reference.name_bytes()).into_owned());
            }
        }
        Ok(holders)
    }
}

fn is_same(path: &Path, bytes: &[u8]) -> bool {
    let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_add(1);
    let mut there = Vec::new();
    let read = |file: fs::File| -> io::Result<usize> { file.take(limit).read_to_end(&mut there) };
    fs::File::open(path).and_then(read).is_ok() && there == bytes
}

/// The files at slots in a commit's tree, as far as it can be read. Slots are a few directories deep, and so is the walk.
fn slots_of(odb: &Odb<'_>, commit: CommitId) -> Vec<(Slot, ObjectId)> {
    let raw = read(odb, commit.0, ObjectType::Commit, COMMIT_MAX).unwrap_or_default();
    let mut found = Vec::new();
    let mut stack: Vec<(String, usize, ObjectId)> =
        tree_as_git_reads(&raw).into_iter().map(|root| (String::new(), 0, root)).collect();
    while let Some((path, depth, id)) = stack.pop() {
        for entry in read_tree(odb, id, &path).unwrap_or_default() {
            let path = joined(&path, &entry.name);
            match entry.mode {
                Mode::Directory if depth < DEPTH_MAX && may_lead_to_a_slot(&path) => {
                    stack.push((path, depth + 1, entry.id))
                }
                Mode::File => found.extend(Slot::parse(&path).map(|slot| (slot, entry.id))),
                _ => {}
            }
        }
    }
    found.sort_by_key(|(slot, _)| slot.path());
    found
}

/// `steps/0001/r0/criticism/` is the deepest directory of a log.
const DEPTH_MAX: usize = 4;

fn may_lead_to_a_slot(path: &str) -> bool {
    path.starts_with("steps") || path == "accusations"
}

//! Copying entries of others into the own repository, so that they can be cited.
//!
//! Everything an object names is written before the object itself: files, then trees, then the commit, and parents
//! before children. Wherever a crash ends this, what is there is complete.

use std::collections::BTreeSet;

use git2::{ObjectType, Odb, OdbLookupFlags, Repository};

use super::tree::read_tree;
use super::{FILE_MAX, Log, LogError, oid, read};
use crate::protocol::commit::{COMMIT_MAX, parents_as_git_reads, tree_as_git_reads};
use crate::protocol::id::{CommitId, ObjectId};
use crate::protocol::tree::{self, Mode};

impl Log {
    /// Copies the commits that `heads` lead to and this repository lacks, with all their trees and files, and says how
    /// many there were. The heads are known to be well-formed entries; sizes are judged all the same.
    ///
    /// # Errors
    /// An object is missing there, is larger than any in a log, or cannot be written here.
    pub fn copy_from(&self, other: &Repository, heads: &[CommitId]) -> Result<usize, LogError> {
        let (from, to) = (other.odb()?, self.repo.odb()?);
        to.refresh()?;
        Copying { from, to, here: BTreeSet::new() }.commits(heads)
    }
}

/// A copy under way.
struct Copying<'a> {
    from: Odb<'a>,
    to: Odb<'a>,
    /// Objects known to be here, with everything they name.
    here: BTreeSet<ObjectId>,
}

impl Copying<'_> {
    fn commits(&mut self, heads: &[CommitId]) -> Result<usize, LogError> {
        let mut copied = 0;
        let mut stack: Vec<(ObjectId, Option<Vec<u8>>)> = heads.iter().rev().map(|head| (head.0, None)).collect();
        while let Some((id, raw)) = stack.pop() {
            if self.is_here(id) {
                continue;
            }
            match raw {
                // Its parents are here by now.
                Some(raw) => {
                    self.commit(id, &raw)?;
                    copied += 1;
                }
                None => {
                    let raw = read(&self.from, id, ObjectType::Commit, COMMIT_MAX)?;
                    let parents = parents_as_git_reads(&raw);
                    stack.push((id, Some(raw)));
                    stack.extend(parents.iter().map(|parent| (parent.0, None)));
                }
            }
        }
        Ok(copied)
    }

    fn commit(&mut self, id: ObjectId, raw: &[u8]) -> Result<(), LogError> {
        let root = tree_as_git_reads(raw).ok_or(LogError::OtherKind(id, "commit"))?;
        self.trees(root)?;
        self.write(id, ObjectType::Commit, raw)
    }

    /// Copies a tree with all that is in it.
    fn trees(&mut self, root: ObjectId) -> Result<(), LogError> {
        let mut stack = vec![(root, false)];
        while let Some((id, is_filled)) = stack.pop() {
            if self.is_here(id) {
                continue;
            }
            let entries = read_tree(&self.from, id, "a commit to be copied")?;
            if is_filled {
                self.write(id, ObjectType::Tree, &tree::print(&entries))?;
                continue;
            }
            stack.push((id, true));
            for entry in entries {
                match entry.mode {
                    Mode::Directory => stack.push((entry.id, false)),
                    Mode::Gitlink => {}
                    Mode::File | Mode::Executable | Mode::Symlink => self.file(entry.id)?,
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, id: ObjectId) -> Result<(), LogError> {
        if self.is_here(id) {
            return Ok(());
        }
        let bytes = read(&self.from, id, ObjectType::Blob, FILE_MAX)?;
        self.write(id, ObjectType::Blob, &bytes)
    }

    fn write(&mut self, id: ObjectId, kind: ObjectType, bytes: &[u8]) -> Result<(), LogError> {
        if self.to.write(kind, bytes)? != oid(id) {
            return Err(LogError::OtherKind(id, kind.str()));
        }
        self.here.insert(id);
        Ok(())
    }

    fn is_here(&mut self, id: ObjectId) -> bool {
        if self.here.contains(&id) {
            return true;
        }
        let found = self.to.exists_ext(oid(id), OdbLookupFlags::NO_REFRESH);
        if found {
            self.here.insert(id);
        }
        found
    }
}

//! What a researcher's repository remembers beside the log: what was cited, and what was pushed.
//!
//! Kept as references under `refs/bicker/`, so that git keeps the commits, too. What follows from it is decided by others.

use std::path::Path;

use git2::ObjectType;

use super::{Log, LogError, object_id, oid, read};
use crate::protocol::commit::{COMMIT_MAX, parents_as_git_reads};
use crate::protocol::id::{CommitId, Name};

/// Where it is remembered what was pushed last.
const PUSHED: &str = "refs/bicker/pushed";

/// Below this, what was pushed before and is not in the past of what was pushed later.
const PUSHED_BESIDE: &str = "refs/bicker/pushed-beside/";

impl Log {
    /// Remembers a commit of another researcher under `refs/bicker/group/NAME`, so that git keeps it and all it leads to
    /// and `git log --all` shows it.
    ///
    /// # Errors
    /// The reference cannot be written.
    pub fn cite(&self, name: &Name, commit: CommitId) -> Result<(), LogError> {
        self.refer(&format!("refs/bicker/group/{name}"), commit, "bicker: seen")
    }

    /// Remembers that my remote has taken a commit, or may have, as soon as a push begins.
    ///
    /// # Errors
    /// The reference cannot be written.
    pub fn note_pushed(&self, commit: CommitId) -> Result<(), LogError> {
        if let Ok(before) = self.repo.refname_to_id(PUSHED)
            && before != oid(commit.0)
            && !self.repo.graph_descendant_of(oid(commit.0), before)?
        {
            self.refer(&format!("{PUSHED_BESIDE}{before}"), CommitId(object_id(before)?), "bicker: pushed")?;
        }
        self.refer(PUSHED, commit, "bicker: pushed")
    }

    /// Remembers where git does what my remote's branch shows now, so that `git status` tells the same.
    ///
    /// # Errors
    /// The reference cannot be written.
    pub fn note_shown(&self, branch: &str, commit: CommitId) -> Result<(), LogError> {
        self.refer(&format!("refs/remotes/origin/{branch}"), commit, "bicker: pushed")
    }

    /// What my remote has taken, as far as is remembered here: by bicker, and by git.
    pub fn pushed(&self) -> Vec<CommitId> {
        let mut names = vec![PUSHED.to_owned(), format!("refs/remotes/origin/{}", self.branch)];
        for reference in self.repo.references_glob(&format!("{PUSHED_BESIDE}*")).into_iter().flatten().flatten() {
            names.push(String::from_utf8_lossy(reference.name_bytes()).into_owned());
        }
        let found = names.iter().filter_map(|name| self.repo.refname_to_id(name).ok());
        found.filter_map(|id| object_id(id).ok()).map(CommitId).collect()
    }

    /// The first parent of a commit here.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub fn first_parent(&self, commit: CommitId) -> Result<Option<CommitId>, LogError> {
        let raw = read(&self.repo.odb()?, commit.0, ObjectType::Commit, COMMIT_MAX)?;
        Ok(parents_as_git_reads(&raw).first().copied())
    }

    /// Whether a commit here holds a file at `path`.
    ///
    /// # Errors
    /// The commit cannot be read.
    pub fn holds(&self, commit: CommitId, path: &str) -> Result<bool, LogError> {
        Ok(self.repo.find_commit(oid(commit.0))?.tree()?.get_path(Path::new(path)).is_ok())
    }

    /// Whether the index holds a file at `path`.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn is_staged(&self, path: &str) -> Result<bool, LogError> {
        let mut index = self.repo.index()?;
        index.read(true)?;
        Ok(index.get_path(Path::new(path), 0).is_some())
    }

    fn refer(&self, reference: &str, commit: CommitId, why: &str) -> Result<(), LogError> {
        self.locking(&self.lock_of(reference), || {
            self.repo.reference(reference, oid(commit.0), true, why)?;
            Ok(())
        })
    }
}

//! What a log was recovered to when this copy of it had lost its journal, and what the others had written by
//! then (section 6).
//!
//! Decides how that is kept, in `bicker/recovered` of the git directory: `1 waiting COMMIT` or
//! `1 settled COMMIT`, then the newest entries of the others, one in a line. When the wait is over is decided
//! by the pen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::log::{LogError, write_file};
use crate::protocol::id::CommitId;

/// A log that was recovered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recovered {
    /// The newest entry that was found, or genesis.
    pub head: CommitId,
    /// The newest entries of the others at that time.
    pub seen: Vec<CommitId>,
    /// Whether slots may be used again.
    pub is_settled: bool,
}

impl Recovered {
    /// What is kept; `None` where nothing was ever recovered.
    ///
    /// # Errors
    /// The file cannot be read, or was not written here.
    pub fn read(git_dir: &Path) -> Result<Option<Self>, LogError> {
        let path = path(git_dir);
        let failed = |source| LogError::Io { what: "read", path: path.clone(), source };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed(e)),
        };
        let damaged = || failed(io::Error::new(io::ErrorKind::InvalidData, "it is damaged"));
        let mut lines = text.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let is_settled = match (words.next(), words.next()) {
            (Some("1"), Some("waiting")) => false,
            (Some("1"), Some("settled")) => true,
            _ => return Err(damaged()),
        };
        let head = words.next().and_then(CommitId::parse).ok_or_else(damaged)?;
        let seen = lines.map(|line| CommitId::parse(line).ok_or_else(damaged)).collect::<Result<_, _>>()?;
        Ok(Some(Self { head, seen, is_settled }))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, git_dir: &Path) -> Result<(), LogError> {
        let state = if self.is_settled { "settled" } else { "waiting" };
        let seen: String = self.seen.iter().map(|id| format!("{id}\n")).collect();
        write_file(&path(git_dir), format!("1 {state} {}\n{seen}", self.head).as_bytes())
    }

    /// The wait is over.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn settle(&self, git_dir: &Path) -> Result<(), LogError> {
        Self { is_settled: true, ..self.clone() }.write(git_dir)
    }
}

fn path(git_dir: &Path) -> PathBuf {
    git_dir.join("bicker/recovered")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::ObjectId;

    fn id(byte: u8) -> CommitId {
        CommitId(ObjectId::from_bytes([byte; 20]))
    }

    #[test]
    fn what_is_kept_reads_back() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("bicker")).expect("a directory");
        assert_eq!(Recovered::read(dir.path()).expect("nothing"), None);
        let kept = Recovered { head: id(1), seen: vec![id(2), id(3)], is_settled: false };
        kept.write(dir.path()).expect("written");
        assert_eq!(Recovered::read(dir.path()).expect("read"), Some(kept.clone()));
        kept.settle(dir.path()).expect("written");
        assert_eq!(Recovered::read(dir.path()).expect("read"), Some(Recovered { is_settled: true, ..kept }));
    }

    #[test]
    fn a_damaged_file_is_not_taken_for_none() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("bicker")).expect("a directory");
        for text in ["", "1 waiting\n", "2 waiting 0101010101010101010101010101010101010101\n", "1 waiting x\n"] {
            fs::write(path(dir.path()), text).expect("written");
            assert!(Recovered::read(dir.path()).is_err(), "{text:?}");
        }
    }
}

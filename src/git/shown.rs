//! Which entries a researcher has been shown, so that news stays news until then.
//!
//! Decides how that is kept, in `bicker/shown` of the git directory: the newest entries that were shown, a commit id in
//! each line. The file is for its owner alone. No rule depends on it, so a line that is no commit id counts for nothing
//! and a file that cannot be read for none at all: what it said is shown once more. What is news is decided in
//! [`crate::report::news`].

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::protocol::id::CommitId;

/// The most that is read of the file, in bytes: what is damaged may be of any size.
const FILE_MAX: u64 = 16 << 20;

/// The newest entries that were shown.
pub fn read(git_dir: &Path) -> BTreeSet<CommitId> {
    let mut bytes = Vec::new();
    let whole = File::open(path(git_dir)).and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes));
    if whole.is_err() {
        return BTreeSet::new();
    }
    String::from_utf8_lossy(&bytes).lines().filter_map(CommitId::parse).collect()
}

/// Keeps these instead of those that are there.
///
/// # Errors
/// The file cannot be written.
pub fn write(git_dir: &Path, newest: &BTreeSet<CommitId>) -> io::Result<()> {
    let path = path(git_dir);
    let folder = path.parent().unwrap_or(git_dir);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(newest.iter().map(|id| format!("{id}\n")).collect::<String>().as_bytes())?;
    file.persist(&path)?;
    Ok(())
}

/// Where that is kept.
pub fn path(git_dir: &Path) -> PathBuf {
    git_dir.join("bicker/shown")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> CommitId {
        CommitId::parse(&digit.to_string().repeat(40)).expect("an id")
    }

    #[test]
    fn what_is_kept_reads_back() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(read(dir.path()), BTreeSet::new());
        let kept = BTreeSet::from([id('a'), id('1')]);
        write(dir.path(), &kept).expect("written");
        assert_eq!(read(dir.path()), kept);
        write(dir.path(), &BTreeSet::new()).expect("written");
        assert_eq!(read(dir.path()), BTreeSet::new());
    }

    #[test]
    fn what_is_damaged_counts_for_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("bicker")).expect("a directory");
        let text = format!("{}\nrefs/heads/main\n\n{}0\n{}", id('a'), id('b'), id('c'));
        fs::write(path(dir.path()), [text.as_bytes(), b"\n\xff\0\n"].concat()).expect("written");
        assert_eq!(read(dir.path()), BTreeSet::from([id('a'), id('c')]));
        fs::remove_file(path(dir.path())).expect("removed");
        fs::create_dir(path(dir.path())).expect("a directory in its place");
        assert_eq!(read(dir.path()), BTreeSet::new());
        assert!(write(dir.path(), &BTreeSet::from([id('a')])).is_err());
    }
}

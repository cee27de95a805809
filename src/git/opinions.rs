//! What a researcher thinks of the others, and tells nobody.
//!
//! Decides how that is kept, in `bicker/opinions` of the git directory: `like NAME` or `dislike NAME`, one in a line. The
//! file is no object and no ref of git, so no push and no fetch carries it; only its owner may read it. What an opinion
//! is good for is decided in [`crate::protocol::preference`].

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::protocol::id::Name;
use crate::protocol::preference::{Opinion, Opinions};

/// The opinions cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum OpinionsError {
    /// The file system does not let us.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What failed.
        what: &'static str,
        /// Of which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is no opinion.
    #[error("line {line} of {} is not `like NAME` or `dislike NAME`", path.display())]
    Line {
        /// The line, from 1.
        line: usize,
        /// Of which file.
        path: PathBuf,
    },
}

/// The opinions kept in a git directory; none where there is no file.
///
/// # Errors
/// The file cannot be read, or a line of it is no opinion.
pub fn read(git_dir: &Path) -> Result<Opinions, OpinionsError> {
    let path = path(git_dir);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Opinions::new()),
        Err(source) => return Err(OpinionsError::Io { what: "read", path, source }),
    };
    let opinion = |line: &str| {
        let (word, name) = line.split_once(' ')?;
        Some((Name::parse(name)?, Opinion::parse(word)?))
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
    lines.map(|(at, line)| opinion(line).ok_or(OpinionsError::Line { line: at + 1, path: path.clone() })).collect()
}

/// Keeps opinions in a git directory, instead of those that are there.
///
/// # Errors
/// The file cannot be written.
pub fn write(git_dir: &Path, opinions: &Opinions) -> Result<(), OpinionsError> {
    let path = path(git_dir);
    let text: String = opinions.iter().map(|(name, opinion)| format!("{} {name}\n", opinion.as_str())).collect();
    let folder = path.parent().unwrap_or(git_dir);
    let keep = || {
        fs::create_dir_all(folder)?;
        // Such a file can be read by its owner alone.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&path)?;
        Ok(())
    };
    keep().map_err(|source| OpinionsError::Io { what: "write", path: path.clone(), source })
}

fn path(git_dir: &Path) -> PathBuf {
    git_dir.join("bicker/opinions")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).expect("a name")
    }

    #[test]
    fn what_is_kept_reads_back_and_nobody_else_may_read_it() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(read(dir.path()).expect("nothing"), Opinions::new());
        let kept = Opinions::from([(name("alice"), Opinion::Dislike), (name("bob"), Opinion::Like)]);
        write(dir.path(), &kept).expect("written");
        assert_eq!(read(dir.path()).expect("read"), kept);
        assert_eq!(fs::read_to_string(path(dir.path())).expect("read"), "dislike alice\nlike bob\n");
        let mode = fs::metadata(path(dir.path())).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
        write(dir.path(), &Opinions::new()).expect("written");
        assert_eq!(read(dir.path()).expect("read"), Opinions::new());
    }

    #[test]
    fn a_line_that_is_no_opinion_is_named() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join("bicker")).expect("a directory");
        for text in ["like bob\nloathe alice\n", "\nlike\n", "like bob\nlike Alice\n", "like bob\nlike  alice\n"] {
            fs::write(path(dir.path()), text).expect("written");
            let error = read(dir.path()).expect_err(text);
            assert!(error.to_string().starts_with("line 2 of "), "{text:?}: {error}");
        }
        fs::write(path(dir.path()), b"like \xff\n").expect("written");
        assert!(matches!(read(dir.path()), Err(OpinionsError::Io { what: "read", .. })));
    }
}

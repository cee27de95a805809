//! What a command that was killed leaves behind, and how the next one clears it away.
//!
//! git's locks are files, and whoever is killed while holding one leaves it there for good: every later command meets a
//! lock that nobody holds. So a note says which lock is about to be taken, for as long as it is. One process writes in a
//! log at a time; whoever meets a note of another one has outlived it. A lock without a note is another program's, and is
//! never touched.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Log, LogError};

/// The note: the path of a lock, in `bicker/` of the git directory.
const NOTE: &str = "locking";

/// What files are called until they are whole.
const UNFINISHED: &str = ".unfinished-";

impl Log {
    /// Writes a file, complete or not at all, by way of `bicker/` of the git directory: half of it never stands where it
    /// belongs, and what is left there is swept away. `mode` is what new files get, less what the person's mask takes.
    pub(in crate::git) fn write_whole(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), LogError> {
        let beside = self.git_dir().join("bicker");
        let written = fs::create_dir_all(&beside).and_then(|()| write_by_way_of(&beside, path, bytes, mode));
        match written {
            // The git directory may be on another file system.
            Err(e) if e.kind() == io::ErrorKind::CrossesDevices => write_beside(path, bytes, mode),
            done => done.map_err(|source| LogError::Io { what: "write", path: path.to_owned(), source }),
        }
    }

    /// The file by which git locks a reference.
    pub(super) fn lock_of(&self, reference: &str) -> PathBuf {
        self.git_dir().join(format!("{reference}.lock"))
    }

    /// Does something for which git's library takes `lock`.
    ///
    /// # Errors
    /// [`LogError::Locked`] when it is taken; then nothing was done.
    pub(in crate::git) fn locking<T, E: From<LogError>>(
        &self,
        lock: &Path,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if lock.symlink_metadata().is_ok() {
            return Err(LogError::Locked(lock.to_owned()).into());
        }
        let dir = self.git_dir().join("bicker");
        let note = dir.join(NOTE);
        let noted = fs::create_dir_all(&dir).and_then(|()| fs::write(&note, lock.as_os_str().as_bytes()));
        noted.map_err(|source| LogError::Io { what: "write", path: note.clone(), source })?;
        let done = work();
        // If it stays, the next command finds a note of a lock that is not there.
        let _ = fs::remove_file(&note);
        done
    }
}

/// Writes a file, complete or not at all, with the permissions that new files get.
pub(in crate::git) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    write_beside(path, bytes, 0o666)
}

/// Writes a file, complete or not at all, by way of the directory that it belongs in.
pub(in crate::git) fn write_beside(path: &Path, bytes: &[u8], mode: u32) -> Result<(), LogError> {
    let written = write_by_way_of(path.parent().unwrap_or(path), path, bytes, mode);
    written.map_err(|source| LogError::Io { what: "write", path: path.to_owned(), source })
}

fn write_by_way_of(dir: &Path, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    let mut file = builder.prefix(UNFINISHED).permissions(Permissions::from_mode(mode)).tempfile_in(dir)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// Removes what a killed process has left in a log: the lock it had noted, and half-written files. To be called by the
/// one process that may write there. What cannot be removed will be met, and named, by whoever stumbles over it.
pub(in crate::git) fn sweep(git_dir: &Path) {
    let dir = git_dir.join("bicker");
    let note = dir.join(NOTE);
    if let Ok(noted) = fs::read(&note) {
        let lock = PathBuf::from(OsString::from_vec(noted));
        if lock.is_absolute() && lock.extension().is_some_and(|end| end == "lock") {
            let _ = fs::remove_file(lock);
        }
        let _ = fs::remove_file(note);
    }
    let texts = [dir.clone(), dir.join("hooks"), dir.join("chain"), git_dir.join("hooks")].map(|dir| (dir, UNFINISHED));
    for (dir, start) in texts.into_iter().chain([(dir.join("intents"), ".tmp")]) {
        let entries = fs::read_dir(dir).into_iter().flatten().flatten();
        let left = |entry: &fs::DirEntry| entry.file_name().as_bytes().starts_with(start.as_bytes());
        for entry in entries.filter(left) {
            let _: io::Result<()> = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_lock_is_removed_and_no_other() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("bicker/intents")).expect("made");
        let files = ["ours.lock", "theirs.lock", "bicker/intents/.tmpx", "bicker/intents/ab", "bicker/.unfinished-x"];
        files.iter().for_each(|file| fs::write(at(file), "").expect("written"));
        fs::write(at("bicker/locking"), at("ours.lock").as_os_str().as_bytes()).expect("written");
        sweep(dir.path());
        let left: Vec<&str> = files.into_iter().filter(|file| at(file).exists()).collect();
        assert_eq!(left, ["theirs.lock", "bicker/intents/ab"]);
        assert!(!at("bicker/locking").exists());
        // A note that was cut short names nothing.
        for noted in ["", "relative.lock", "/etc/hostname"] {
            fs::write(at("bicker/locking"), noted).expect("written");
            sweep(dir.path());
            assert!(!at("bicker/locking").exists() && at("theirs.lock").exists());
        }
    }
}

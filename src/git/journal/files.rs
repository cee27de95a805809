//! The files of the journal: how they are made, locked, read and saved.
//!
//! Decides nothing but how much is read and how long is waited.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;

use super::JournalError;

pub(super) fn io_error<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> JournalError + 'a {
    move |source| JournalError::Io { what, path: path.to_owned(), source }
}

pub(super) fn make_dir(dir: &Path) -> Result<(), JournalError> {
    match fs::create_dir(dir) {
        Ok(()) => dir.parent().map_or(Ok(()), sync_dir),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(io_error("make", dir)(e)),
    }
}

pub(super) fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error("save", dir))
}

pub(super) fn open_append(path: &Path) -> Result<File, JournalError> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(io_error("open", path))
}

/// Takes the lock, asking again every 50 ms until patience ends.
pub(super) fn locked(path: &Path, patience: Duration) -> Result<File, JournalError> {
    let file = open_append(path)?;
    let begin = Instant::now();
    loop {
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(file),
            Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) if begin.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(JournalError::Busy { lock: path.to_owned(), waited: patience });
            }
            Err(e) => return Err(io_error("lock", path)(e.into())),
        }
    }
}

pub(super) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, JournalError> {
    let file = File::open(path).map_err(io_error("read", path))?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io_error("read", path))?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > limit {
        return Err(JournalError::TooLong { path: path.to_owned(), size, limit });
    }
    Ok(bytes)
}

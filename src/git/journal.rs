//! The journal: what this copy was about to sign, written down before it is signed (section 6).
//!
//! Decides nothing about the protocol: it is an exact record that survives a crash, and the one lock that keeps two
//! processes from signing side by side. When [`Journal::record`] has returned, the intent and all bytes that the commit
//! depends on are on the disk, so that a retry can sign the same bytes again, and nothing else. It never forgets an
//! intent and never judges one: whether an intent still binds or is void is decided by who reads it.
//!
//! `bicker/journal` holds one line for each intent, `bicker/intents/` the unsigned commits and the files, each under the
//! hex SHA-256 of its bytes. A line is
//!
//! ```text
//! 1 <slot or -> <hex of the file or -> <first parent> <hex of the seal> <seconds> <hex of the unsigned commit> <check>
//! ```
//!
//! where `<check>` is the hex SHA-256 of the line before it, with its last space.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;

use super::log::sweep;
use crate::protocol::id::{CommitId, Digest, decimal};
use crate::protocol::slot::Slot;

/// The longest journal that is read: 64 MiB, some 150,000 signatures.
const JOURNAL_MAX: u64 = 64 << 20;

/// The longest unsigned commit or file that is kept: 256 KiB (section 2.content).
const BYTES_MAX: u64 = 256 << 10;

/// How long [`Journal::open`] waits for another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stands for an absent slot or file in a line.
const NONE: &str = "-";

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A file of the journal cannot be read or written.
    #[error("cannot {what} {}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process holds the lock.
    #[error("another bicker is at work in this repository: {} was still locked after {} s", .lock.display(), .waited.as_secs())]
    Busy {
        /// The lock.
        lock: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// A line that was written completely is not one that was written here.
    #[error("line {line} of {} is damaged: {why}", .path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file of the journal is longer than any that was written here.
    #[error("{} has {size} bytes, more than {limit}", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The bytes that belong to an intent are not in the journal, or are others.
    #[error("{} does not hold the bytes that the journal names", .0.display())]
    OtherBytes(PathBuf),
    /// An intent was to be recorded with bytes that it does not name.
    #[error("the {0} is not the one that the intent names")]
    NotTheIntent(&'static str),
}

impl JournalError {
    /// What the person can do about it, if there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Busy { .. } => Some("wait until the other command has ended, then type yours again"),
            Self::Damaged { .. } | Self::TooLong { .. } | Self::OtherBytes(_) => Some(
                "the journal keeps you from signing two things for one place: bring it back from a backup; or, only if \
                 everything you ever signed has reached your own remote, move it away and run `bicker recover`",
            ),
            Self::Io { .. } | Self::NotTheIntent(_) => None,
        }
    }
}

/// What is about to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The slot of the file that the entry adds; `None` for an acknowledgement.
    pub slot: Option<Slot>,
    /// The digest of that file.
    pub content: Option<Digest>,
    /// The entry's first parent: the head when it was made.
    pub first_parent: CommitId,
    /// The entry's seal (section 2.seal).
    pub seal: Digest,
    /// The committer's time.
    pub seconds: u64,
    /// The digest of the commit without its signature. A retry signs exactly these bytes.
    pub unsigned: Digest,
}

impl Intent {
    /// The line, with its check and its line feed.
    fn line(&self) -> String {
        let slot = self.slot.as_ref().map_or_else(|| NONE.to_owned(), Slot::path);
        let content = self.content.map_or_else(|| NONE.to_owned(), |digest| digest.hex());
        let (parent, seal) = (self.first_parent, self.seal.hex());
        let body = format!("1 {slot} {content} {parent} {seal} {} {} ", self.seconds, self.unsigned.hex());
        let check = Digest::of(body.as_bytes()).hex();
        body + &check + "\n"
    }

    /// Reads a line without its line feed.
    fn parse(line: &[u8]) -> Result<Self, &'static str> {
        let line = std::str::from_utf8(line).map_err(|_| "it is not text")?;
        let (body, check) = line.rsplit_once(' ').ok_or("it has no check")?;
        if Digest::of(format!("{body} ").as_bytes()).hex() != check {
            return Err("its check does not fit");
        }
        let mut words = body.split(' ');
        if words.next() != Some("1") {
            return Err("it is in the form of another version of bicker");
        }
        let mut word = || words.next().ok_or("a field is missing");
        let slot = match word()? {
            NONE => None,
            path => Some(Slot::parse(path).ok_or("its slot is none")?),
        };
        let content = match word()? {
            NONE => None,
            hex => Some(digest(hex)?),
        };
        Ok(Self {
            slot,
            content,
            first_parent: CommitId::parse(word()?).ok_or("its first parent is no commit id")?,
            seal: digest(word()?)?,
            seconds: decimal(word()?, 11).ok_or("its time is no decimal")?,
            unsigned: digest(word()?)?,
        })
    }
}

fn digest(hex: &str) -> Result<Digest, &'static str> {
    Digest::parse(&format!("sha256:{hex}")).ok_or("a digest is not 64 hex digits")
}

/// The journal, open and locked: while it lives, no other process signs in this repository.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: File,
    /// The length of all complete lines.
    length: u64,
    entries: Vec<Intent>,
    /// Holds the lock; the system lets it go when this is closed, also after a crash.
    _lock: File,
}

impl Journal {
    /// Opens the journal in a git directory and makes it if there is none. Waits up to ten seconds for another process, and
    /// clears away what one that was killed has left.
    ///
    /// A last line that was cut short by a crash is dropped: its signature was never made, because recording it had not
    /// ended.
    ///
    /// # Errors
    /// [`JournalError::Busy`], [`JournalError::Damaged`], or a file that cannot be read or written.
    pub fn open(git_dir: &Path) -> Result<Self, JournalError> {
        Self::open_within(git_dir, PATIENCE)
    }

    /// As [`Journal::open`], but waits only as long as said.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_within(git_dir: &Path, patience: Duration) -> Result<Self, JournalError> {
        let dir = git_dir.join("bicker");
        make_dir(&dir)?;
        make_dir(&dir.join("intents"))?;
        let lock = locked(&dir.join("lock"), patience)?;
        sweep(git_dir);
        let path = dir.join("journal");
        let file = open_append(&path)?;
        sync_dir(&dir)?;
        let bytes = read_bounded(&path, JOURNAL_MAX)?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let length = u64::try_from(whole).unwrap_or(u64::MAX);
        if whole < bytes.len() {
            file.set_len(length).and_then(|()| file.sync_all()).map_err(io_error("repair", &path))?;
        }
        let mut entries = Vec::new();
        let lines = bytes.get(..whole).unwrap_or_default().split_inclusive(|b| *b == b'\n');
        for (at, line) in lines.enumerate() {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let damaged = |why| JournalError::Damaged { path: path.clone(), line: at + 1, why };
            entries.push(Intent::parse(line).map_err(damaged)?);
        }
        Ok(Self { dir, file, length, entries, _lock: lock })
    }

    /// All intents ever recorded, oldest first.
    pub fn entries(&self) -> &[Intent] {
        &self.entries
    }

    /// The newest intent for a slot; for `None`, the newest acknowledgement.
    pub fn last_for(&self, slot: Option<&Slot>) -> Option<&Intent> {
        self.entries.iter().rfind(|intent| intent.slot.as_ref() == slot)
    }

    /// Records an intent, with the unsigned commit and the file it names. When this returns, all of it is on the disk;
    /// only then may the commit be signed.
    ///
    /// # Errors
    /// The bytes are not those that the intent names, or cannot be written. Then nothing must be signed.
    pub fn record(&mut self, intent: &Intent, unsigned: &[u8], file: Option<&[u8]>) -> Result<(), JournalError> {
        if Digest::of(unsigned) != intent.unsigned {
            return Err(JournalError::NotTheIntent("commit"));
        }
        if file.map(Digest::of) != intent.content || intent.content.is_some() != intent.slot.is_some() {
            return Err(JournalError::NotTheIntent("file"));
        }
        self.keep(unsigned)?;
        file.map_or(Ok(()), |file| self.keep(file))?;
        let line = intent.line();
        if let Err(e) = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_all()) {
            // What may have been written of the line must not stand before the next one.
            let _ = self.file.set_len(self.length);
            return Err(io_error("write", &self.dir.join("journal"))(e));
        }
        self.length += u64::try_from(line.len()).unwrap_or_default();
        self.entries.push(intent.clone());
        Ok(())
    }

    /// The unsigned commit of an intent.
    ///
    /// # Errors
    /// It is not there, or has other bytes than were recorded.
    pub fn unsigned(&self, intent: &Intent) -> Result<Vec<u8>, JournalError> {
        self.kept(intent.unsigned)
    }

    /// The file of an intent; `None` for an acknowledgement.
    ///
    /// # Errors
    /// It is not there, or has other bytes than were recorded.
    pub fn file(&self, intent: &Intent) -> Result<Option<Vec<u8>>, JournalError> {
        intent.content.map(|content| self.kept(content)).transpose()
    }

    /// Where the bytes with this digest are kept.
    pub fn path_of(&self, digest: Digest) -> PathBuf {
        self.intents().join(digest.hex())
    }

    fn kept(&self, digest: Digest) -> Result<Vec<u8>, JournalError> {
        let path = self.path_of(digest);
        let bytes = read_bounded(&path, BYTES_MAX)?;
        if Digest::of(&bytes) == digest { Ok(bytes) } else { Err(JournalError::OtherBytes(path)) }
    }

    /// Writes bytes under their digest, complete or not at all.
    fn keep(&self, bytes: &[u8]) -> Result<(), JournalError> {
        let dir = self.intents();
        let path = dir.join(Digest::of(bytes).hex());
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > BYTES_MAX {
            return Err(JournalError::TooLong { path, size, limit: BYTES_MAX });
        }
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(&dir)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(io_error("write", &path))?;
        sync_dir(&dir)
    }

    fn intents(&self) -> PathBuf {
        self.dir.join("intents")
    }
}

fn io_error<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> JournalError + 'a {
    move |source| JournalError::Io { what, path: path.to_owned(), source }
}

fn make_dir(dir: &Path) -> Result<(), JournalError> {
    match fs::create_dir(dir) {
        Ok(()) => dir.parent().map_or(Ok(()), sync_dir),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(io_error("make", dir)(e)),
    }
}

fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(io_error("save", dir))
}

fn open_append(path: &Path) -> Result<File, JournalError> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(io_error("open", path))
}

/// Takes the lock, asking again every 50 ms until patience ends.
fn locked(path: &Path, patience: Duration) -> Result<File, JournalError> {
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

fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, JournalError> {
    let file = File::open(path).map_err(io_error("read", path))?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io_error("read", path))?;
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > limit {
        return Err(JournalError::TooLong { path: path.to_owned(), size, limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;

//! The journal: what this copy was about to sign, written down before it is signed (section 6).
//!
//! Decides nothing about the protocol: it is an exact record that survives a crash, and the one lock that keeps two
//! processes from signing side by side. When [`Journal::record`] has returned, the intent and all bytes that the commit
//! depends on are on the disk, so that a retry can sign the same bytes again, and nothing else. Before a signature is asked
//! for that is noted ([`Journal::ask`]), and after it which commit it made ([`Journal::signed`]). It never forgets what may
//! have been signed and never judges it: whether that still binds or is void is decided by who reads it.
//!
//! A journal has a *copy id*, random, which stands in the entries that are signed with it. So an entry that shows this
//! journal's id and is not in it tells that the journal is older than the log. A new id begins when that has happened, and
//! with it all is forgotten that was not `whole`: whether everything that the key ever signed is known here.
//!
//! `bicker/journal` holds the lines ([`line`]), `bicker/intents/` the unsigned commits and the files, each under the hex
//! SHA-256 of its bytes.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::files::{io_error, locked, make_dir, open_append, read_bounded, sync_dir};
use self::line::Line;
use super::log::sweep;
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::seal::CopyId;
use crate::protocol::slot::Slot;

mod condense;
mod files;
mod line;

/// The longest unsigned commit or file that is kept: 256 KiB (section 2.content).
const BYTES_MAX: u64 = 256 << 10;

/// The longest line, in bytes. None that is written here comes near it.
const LINE_MAX: u64 = 4 << 10;

/// How long [`Journal::open`] waits for another process.
const PATIENCE: Duration = Duration::from_secs(10);

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
    #[error("another bicker is running in this repository: {} was still locked after {} s", .lock.display(), .waited.as_secs())]
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
    /// The system gives no random numbers.
    #[error("no copy id could be drawn")]
    NoChance(#[source] io::Error),
}

impl JournalError {
    /// What the person can do about it, if there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Busy { .. } => Some("wait for the other command to end, then type yours again"),
            Self::Damaged { .. } | Self::TooLong { .. } | Self::OtherBytes(_) => Some(
                "the journal keeps you from signing two things for one place: bring it back from a backup; or, only if \
                 everything you ever signed has reached your own remote, move it away and run `bicker recover`",
            ),
            Self::Io { .. } | Self::NoChance(_) => None,
        }
    }
}

/// What was about to be signed, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The file that the entry adds and its slot; `None` for an acknowledgement.
    pub file: Option<(Slot, Digest)>,
    /// The bytes to sign; `None` once nothing but what is left here can matter.
    pub begun: Option<Begun>,
    /// Whether the signature was asked for. If not, there is none, and the intent binds nobody.
    pub asked: bool,
    /// The commit that the signature made, once it is known.
    pub commit: Option<CommitId>,
}

/// The bytes of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// The entry's first parent: the head when it was made.
    pub first_parent: CommitId,
    /// The digest of the commit without its signature. A retry signs exactly these bytes.
    pub unsigned: Digest,
}

impl Intent {
    /// Whether these are the bytes that it is about.
    pub fn is_of(&self, unsigned: Digest) -> bool {
        self.begun.is_some_and(|begun| begun.unsigned == unsigned)
    }
}

/// The copy id of the journal in a git directory, read without taking it; `None` when there is none yet.
pub fn copy_in(git_dir: &Path) -> Option<CopyId> {
    let lines = BufReader::new(File::open(git_dir.join("bicker/journal")).ok()?).split(b'\n').map_while(io::Result::ok);
    let copies = lines.filter_map(|line| match Line::parse(&line) {
        Ok(Line::Copy(copy)) => Some(copy),
        _ => None,
    });
    copies.last()
}

/// The journal, open and locked: while it lives, no other process signs in this repository.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    file: File,
    /// The length of all complete lines.
    length: u64,
    entries: Vec<Intent>,
    copy: CopyId,
    /// How many intents there were when this copy began.
    before: usize,
    is_whole: bool,
    /// Holds the lock; the system lets it go when this is closed, also after a crash.
    _lock: File,
}

impl Journal {
    /// Opens the journal in a git directory and makes it if there is none. Waits up to ten seconds for another process, and
    /// clears away what one that was killed has left.
    ///
    /// A last line that was cut short by a crash is dropped: what it announced was not done yet, because writing it had
    /// not ended.
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
        let copy = CopyId::NONE;
        let mut journal =
            Self { dir, file, length: 0, entries: Vec::new(), copy, before: 0, is_whole: false, _lock: lock };
        journal.read(&path)?;
        if journal.copy == CopyId::NONE {
            journal.begin_anew()?;
        }
        Ok(journal)
    }

    /// Reads all lines, one at a time: a long life makes a long journal.
    fn read(&mut self, path: &Path) -> Result<(), JournalError> {
        let mut reader = BufReader::new(File::open(path).map_err(io_error("read", path))?);
        let mut bytes = Vec::new();
        for number in 1.. {
            bytes.clear();
            let mut limited = (&mut reader).take(LINE_MAX);
            let size = limited.read_until(b'\n', &mut bytes).map_err(io_error("read", path))?;
            let damaged = |why| JournalError::Damaged { path: path.to_owned(), line: number, why };
            match bytes.strip_suffix(b"\n") {
                Some(line) => self.take_in(Line::parse(line).map_err(damaged)?).map_err(damaged)?,
                None if size as u64 == LINE_MAX => return Err(damaged("it is too long")),
                None if size == 0 => return Ok(()),
                // What was cut short must not stand before the next line.
                None => {
                    let cut = self.file.set_len(self.length).and_then(|()| self.file.sync_all());
                    return cut.map_err(io_error("repair", path));
                }
            }
            self.length += size as u64;
        }
        Ok(())
    }

    /// What a line changes.
    fn take_in(&mut self, line: Line) -> Result<(), &'static str> {
        match line {
            Line::Copy(copy) => (self.copy, self.before, self.is_whole) = (copy, self.entries.len(), false),
            Line::Whole => self.is_whole = true,
            Line::Begun(file, begun) => {
                self.entries.push(Intent { file, begun: Some(begun), asked: false, commit: None });
            }
            Line::Asked(unsigned) => self.begun(unsigned)?.asked = true,
            Line::Signed(unsigned, commit) => self.begun(unsigned)?.commit = Some(commit),
            Line::Kept(file, commit) => {
                self.entries.push(Intent { file, begun: None, asked: true, commit: Some(commit) });
            }
        }
        Ok(())
    }

    fn begun(&mut self, unsigned: Digest) -> Result<&mut Intent, &'static str> {
        self.entries.iter_mut().rfind(|intent| intent.is_of(unsigned)).ok_or("what it is about was not begun before")
    }

    /// All intents ever recorded, oldest first.
    pub fn entries(&self) -> &[Intent] {
        &self.entries
    }

    /// The copy id of what is signed with this journal.
    pub const fn copy(&self) -> CopyId {
        self.copy
    }

    /// Whether all that the key ever signed is in here, or known by its owner's word.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The first entry that was signed by this copy: from it on, all is known.
    pub fn mark(&self) -> Option<CommitId> {
        self.entries.iter().skip(self.before).find_map(|intent| intent.commit)
    }

    /// Begins a new copy, which does not know what was signed before.
    ///
    /// # Errors
    /// No random numbers, or it cannot be written.
    pub fn begin_anew(&mut self) -> Result<(), JournalError> {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).map_err(|e| JournalError::NoChance(io::Error::other(e.to_string())))?;
        self.append(Line::Copy(CopyId::of(bytes)))
    }

    /// Notes that all that the key ever signed is known.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn be_whole(&mut self) -> Result<(), JournalError> {
        if self.is_whole { Ok(()) } else { self.append(Line::Whole) }
    }

    /// Records what is about to be signed on top of `first_parent`. When this returns, all of it is on the disk. The same
    /// bytes are recorded once.
    ///
    /// # Errors
    /// Something cannot be written. Then nothing must be signed.
    pub fn record(
        &mut self,
        first_parent: CommitId,
        unsigned: &[u8],
        file: Option<(&Slot, &[u8])>,
    ) -> Result<(), JournalError> {
        let begun = Begun { first_parent, unsigned: Digest::of(unsigned) };
        if self.entries.iter().any(|intent| intent.is_of(begun.unsigned)) {
            return Ok(());
        }
        self.keep(unsigned)?;
        file.map_or(Ok(()), |(_, bytes)| self.keep(bytes))?;
        self.append(Line::Begun(file.map(|(slot, bytes)| (slot.clone(), Digest::of(bytes))), begun))
    }

    /// Notes that the signature of what was recorded is about to be asked for. Only when this has returned may it be.
    ///
    /// # Errors
    /// It was not recorded, or cannot be written. Then nothing must be signed.
    pub fn ask(&mut self, unsigned: Digest) -> Result<(), JournalError> {
        if self.entries.iter().any(|intent| intent.is_of(unsigned) && intent.asked) {
            return Ok(());
        }
        self.append(Line::Asked(unsigned))
    }

    /// Notes which commit the signature made. Only when this has returned may anybody see it.
    ///
    /// # Errors
    /// It was not recorded, or cannot be written.
    pub fn signed(&mut self, unsigned: Digest, commit: CommitId) -> Result<(), JournalError> {
        if self.entries.iter().any(|intent| intent.is_of(unsigned) && intent.commit == Some(commit)) {
            return Ok(());
        }
        self.append(Line::Signed(unsigned, commit))
    }

    /// Writes a line to the disk, and only then goes by it.
    fn append(&mut self, line: Line) -> Result<(), JournalError> {
        let text = line.print();
        if let Err(e) = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all()) {
            // What may have been written of the line must not stand before the next one.
            let _ = self.file.set_len(self.length);
            return Err(io_error("write", &self.path())(e));
        }
        self.length += text.len() as u64;
        self.take_in(line).map_err(|why| JournalError::Damaged { path: self.path(), line: 0, why })
    }

    /// The unsigned commit with this digest.
    ///
    /// # Errors
    /// It is not there, or has other bytes than were recorded.
    pub fn unsigned(&self, unsigned: Digest) -> Result<Vec<u8>, JournalError> {
        let path = self.path_of(unsigned);
        let bytes = read_bounded(&path, BYTES_MAX)?;
        if Digest::of(&bytes) == unsigned { Ok(bytes) } else { Err(JournalError::OtherBytes(path)) }
    }

    /// Where the bytes with this digest are kept.
    pub fn path_of(&self, digest: Digest) -> PathBuf {
        self.intents().join(digest.hex())
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

    fn path(&self) -> PathBuf {
        self.dir.join("journal")
    }
}

#[cfg(test)]
mod tests;

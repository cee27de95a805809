//! Condensing: of an entry that is certain a short line stays, and its bytes go.
//!
//! Decides how that survives a crash: the journal is the old one or the new one, whole, and bytes go only after it is the
//! new one. Which entries are certain is decided by the pen. What stays is all that a proof could ever need of them: the
//! slot, the file's digest and the commit.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};

use super::files::{io_error, open_append, sync_dir};
use super::line::Line;
use super::{Intent, Journal, JournalError};
use crate::protocol::id::{CommitId, Digest};

impl Journal {
    /// Condenses what was signed and is certain. Gives how many entries that were.
    ///
    /// # Errors
    /// The journal cannot be written anew; then it is as it was.
    pub fn condense(&mut self, is_certain: &dyn Fn(CommitId) -> bool) -> Result<usize, JournalError> {
        let certain = |intent: &Intent| intent.begun.is_some() && intent.commit.is_some_and(is_certain);
        let done = self.entries.iter().filter(|intent| certain(intent)).count();
        if done == 0 {
            return Ok(0);
        }
        let shorter: Vec<Intent> = self
            .entries
            .iter()
            .map(|intent| Intent { begun: intent.begun.filter(|_| !certain(intent)), ..intent.clone() })
            .collect();
        let path = self.path();
        let text = self.text_of(&shorter);
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(self.intents())?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok::<(), io::Error>(())
        };
        write().map_err(io_error("write", &path))?;
        sync_dir(&self.dir)?;
        self.file = open_append(&path)?;
        self.length = text.len() as u64;
        self.entries = shorter;
        self.drop_bytes();
        Ok(done)
    }

    /// All lines that make the journal what it is, with these intents.
    fn text_of(&self, intents: &[Intent]) -> String {
        let mut text = String::new();
        for (at, intent) in intents.iter().enumerate() {
            if at == self.before {
                text += &self.copy_lines();
            }
            match (intent.begun, intent.commit) {
                (None, Some(commit)) => text += &Line::Kept(intent.file.clone(), commit).print(),
                (None, None) => {}
                (Some(begun), commit) => {
                    text += &Line::Begun(intent.file.clone(), begun).print();
                    if intent.asked {
                        text += &Line::Asked(begun.unsigned).print();
                    }
                    text += &commit.map(|commit| Line::Signed(begun.unsigned, commit).print()).unwrap_or_default();
                }
            }
        }
        if self.before >= intents.len() {
            text += &self.copy_lines();
        }
        text
    }

    fn copy_lines(&self) -> String {
        let whole = if self.is_whole { Line::Whole.print() } else { String::new() };
        Line::Copy(self.copy).print() + &whole
    }

    /// Removes bytes that no intent needs any more. What cannot be removed does no harm.
    fn drop_bytes(&self) {
        let begun = self.entries.iter().filter(|intent| intent.begun.is_some());
        let needed: BTreeSet<String> = begun
            .flat_map(|intent| [intent.begun.map(|begun| begun.unsigned), intent.file.as_ref().map(|(_, file)| *file)])
            .flatten()
            .map(|digest: Digest| digest.hex())
            .collect();
        for file in fs::read_dir(self.intents()).into_iter().flatten().flatten() {
            if file.file_name().to_str().is_none_or(|name| !needed.contains(name)) {
                let _ = fs::remove_file(file.path());
            }
        }
    }
}

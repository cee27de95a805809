//! When each remote answered last, for people to read; and who kept silent when asked last, and is asked shortly.
//!
//! Both are empty files in the cache: the date of one counts, and whether the other is there.

use std::fs;

use super::Cache;
use crate::protocol::id::Name;

/// Where the files are.
const ANSWERED: &str = "bicker-answered";
const SILENT: &str = "bicker-silent";

impl Cache {
    /// Notes that a remote has answered just now.
    pub fn note_answer(&self, name: &Name) {
        self.note(ANSWERED, name);
        let _ = fs::remove_file(self.path().join(SILENT).join(name.as_str()));
    }

    /// Notes that a remote has said nothing for as long as it was asked.
    pub fn note_silence(&self, name: &Name) {
        self.note(SILENT, name);
    }

    /// Whether a remote said nothing when it was asked last.
    pub fn was_silent(&self, name: &Name) -> bool {
        self.path().join(SILENT).join(name.as_str()).exists()
    }

    /// When a remote answered last, in seconds since 1970.
    pub fn answered(&self, name: &Name) -> Option<u64> {
        let noted = fs::metadata(self.path().join(ANSWERED).join(name.as_str())).ok()?.modified().ok()?;
        noted.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
    }

    /// If it cannot be written, nothing is lost but that.
    fn note(&self, folder: &str, name: &Name) {
        let folder = self.path().join(folder);
        let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(name.as_str()), b""));
    }
}

//! When each remote answered last: the date of an empty file in the cache, for people to read and for nothing else.

use std::fs;

use super::Cache;
use crate::protocol::id::Name;

/// Where the files are.
const ANSWERED: &str = "bicker-answered";

impl Cache {
    /// Notes that a remote has answered just now.
    pub fn note_answer(&self, name: &Name) {
        // For display only: if it cannot be written, nothing is lost but that.
        let folder = self.path().join(ANSWERED);
        let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(name.as_str()), b""));
    }

    /// When a remote answered last, in seconds since 1970.
    pub fn answered(&self, name: &Name) -> Option<u64> {
        let noted = fs::metadata(self.path().join(ANSWERED).join(name.as_str())).ok()?.modified().ok()?;
        noted.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
    }
}

//! Keeps the cache's directory in order: what dead processes left is swept away, many packs become one.
//!
//! It decides nothing about what the cache says: whatever goes wrong here, every object and reference stays.

use std::fs;
use std::path::Path;
use std::time::Duration;

use walkdir::WalkDir;

use super::{Cache, INCOMING};
use crate::git::process::Git;

/// How many packs are left alone, and how long putting them together may take.
const PACKS_MAX: usize = 50;
const TIDY_MAX: Duration = Duration::from_secs(120);

impl Cache {
    /// Puts the packs of many fetches together when there are more than fifty, for every reading looks
    /// through all of them. Nothing is lost by it, reachable or not. To be called under the lock and before objects
    /// are read; when git cannot do it, all stays as it is.
    pub fn tidy(&self) {
        let packs = fs::read_dir(self.path().join("objects/pack")).into_iter().flatten().flatten();
        let many = packs.filter(|file| file.path().extension().is_some_and(|end| end == "pack")).count() > PACKS_MAX;
        if let (true, Ok(git)) = (many, Git::at(self.path())) {
            let call = git.call("repack").settings(&["repack.writeBitmaps=false"]);
            let _ = call.options(["-a", "-d", "--keep-unreachable", "--quiet"]).timeout(TIDY_MAX).run();
        }
    }
}

/// Removes locks and half-written files. Whoever made them held the lock that we hold now, and is gone; what
/// cannot be removed will be met, and named, by whoever stumbles over it.
pub(super) fn sweep(cache: &Path) {
    let _ = fs::remove_dir_all(cache.join(INCOMING));
    let _ = fs::remove_file(cache.join("packed-refs.lock"));
    let left = |name: &[u8]| name.ends_with(b".lock") || name.starts_with(b"tmp_");
    for part in ["refs/bicker", "objects/pack"] {
        for entry in WalkDir::new(cache.join(part)).into_iter().flatten() {
            if entry.file_type().is_file() && left(entry.file_name().as_encoded_bytes()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

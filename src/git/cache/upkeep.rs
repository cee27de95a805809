//! Keeps the cache's directory in order: what dead processes left is swept away, many packs become one.
//!
//! It decides nothing about what the cache says: whatever goes wrong here, every pin and all that it reaches stays.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use walkdir::WalkDir;

use super::held::kept_folders;
use super::{Cache, PIN};
use crate::git::process::Git;
use crate::git::staging::{self, Staging};

/// How many packs more than twice those that the last attempt left are left alone, and how long putting them together may
/// take.
const PACKS_MAX: usize = 50;
const TIDY_MAX: Duration = Duration::from_secs(120);
/// How long another process may move objects and references meanwhile.
const PATIENCE: Duration = Duration::from_secs(5);

/// Held by whoever puts packs together.
const TIDYING: &str = "bicker.tidying";
/// How many packs the last attempt left.
const TIDIED: &str = "bicker-tidied";

impl Cache {
    /// Puts the packs of many fetches together, for every reading looks through all of them. Nothing that pins
    /// reach is lost by it. The cache is locked, and objects are removed, only at the end, and only if nobody reads it then;
    /// when that cannot be, or git cannot do it, all stays as it is, and nobody tries again before there are twice as
    /// many packs.
    pub fn tidy(&self) {
        let note = self.path().join(TIDIED);
        let count = || staging::packs(&self.path().join("objects")).count();
        let left = fs::read_to_string(&note).ok().and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(0);
        if count() <= left.saturating_mul(2).saturating_add(PACKS_MAX) {
            return;
        }
        let Ok(tidying) = self.lock_file(TIDYING) else { return };
        if flock(&tidying, FlockOperation::NonBlockingLockExclusive).is_err() || self.nobody_reads().is_none() {
            return;
        }
        self.put_together();
        let _ = fs::write(note, count().to_string());
    }

    /// `None` when it did not come to pass.
    fn put_together(&self) -> Option<()> {
        let lock = self.lock(PATIENCE).ok()?;
        let before = self.pins().ok()?;
        let old: Vec<PathBuf> = staging::packs(&self.path().join("objects")).collect();
        drop(lock);
        let together = Staging::new(self.path()).ok()?;
        together.refer(PIN, &before).ok()?;
        let git = Git::at(together.path()).ok()?;
        let call = git.call("repack").settings(&["repack.writeBitmaps=false"]);
        let ran = call.options(["-a", "--quiet"]).timeout(TIDY_MAX).run().ok()?;
        if !ran.status.success() || !together.has_brought() {
            return None;
        }
        let new: BTreeSet<_> =
            staging::packs(&together.objects()).filter_map(|path| Some(path.file_stem()?.to_owned())).collect();
        let _lock = self.lock(PATIENCE).ok()?;
        let _alone = self.nobody_reads()?;
        if self.pins().ok()? != before {
            return None;
        }
        together.adopt(self).ok()?;
        for path in old.iter().filter(|path| path.file_stem().is_some_and(|stem| !new.contains(stem))) {
            // First the index: without it nobody looks for the pack.
            for end in ["idx", "rev", "keep", "bitmap", "pack"] {
                let _ = fs::remove_file(path.with_extension(end));
            }
        }
        Some(())
    }
}

/// Removes locks and half-written files, and transfers that nobody works with and nothing names. Who made the former
/// held the lock that we hold now, and is gone; what cannot be removed will be met, and named, by whoever stumbles over it.
pub(super) fn sweep(cache: &Path) {
    staging::sweep(cache, &kept_folders(cache));
    let _ = fs::remove_file(cache.join("packed-refs.lock"));
    let left = |name: &[u8]| name.ends_with(b".lock") || name.starts_with(b"tmp_") || name.starts_with(b".tmp");
    for part in ["refs/bicker", "objects/pack", "bicker-shown"] {
        for entry in WalkDir::new(cache.join(part)).into_iter().flatten() {
            if entry.file_type().is_file() && left(entry.file_name().as_encoded_bytes()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

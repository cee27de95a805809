//! Keeping what a look has taken in: all of it at once, under the lock, when everything is judged.
//!
//! Decides which objects come into the cache: those that pins reach, and no others, so that nobody can fill it with
//! anything but entries. What is no entry stays in the transfer it came in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use git2::Oid;

use super::{Cache, CacheError, PIN};
use crate::git::fetch::{OPTIONS, SETTINGS};
use crate::git::process::Git;
use crate::git::staging::{Kept, Staging};
use crate::protocol::id::{CommitId, Name};

/// How long it may take to sort out which objects entries need.
const SORTING_MAX: Duration = Duration::from_secs(600);

/// What a look took in.
#[derive(Debug, Default)]
pub struct Taken {
    /// What each remote showed that answered, and whether that is more than pins reach.
    pub shown: BTreeMap<Name, Option<(CommitId, bool)>>,
    /// Entries to be pinned.
    pub pins: BTreeSet<(Name, CommitId)>,
    /// Pins that others make redundant.
    pub redundant: BTreeSet<(Name, CommitId)>,
}

impl Cache {
    /// Keeps what was taken in, from the transfers in which it came. Transfers with more than pins reach are kept with
    /// what they brought; these are taken out of `came`, and told.
    ///
    /// # Errors
    /// When something cannot be written. Then everything that was pinned is pinned still.
    pub fn keep(
        &self,
        taken: &Taken,
        came: &mut BTreeMap<Name, Staging>,
        earlier: &[Staging],
        wait: Duration,
    ) -> Result<BTreeMap<Name, Kept>, CacheError> {
        let io = |source| CacheError::Io { path: self.path().to_owned(), source };
        let clean = self.sorted_out(taken, || came.values().chain(earlier))?;
        let _lock = self.lock(wait)?;
        if let Some(clean) = clean {
            clean.adopt(self).map_err(io)?;
        }
        for (name, commit) in &taken.pins {
            let oid = Oid::from_bytes(commit.0.as_bytes())?;
            self.repository.reference(&format!("{PIN}/{name}/{commit}"), oid, true, "")?;
        }
        let mut kept = BTreeMap::new();
        for (name, head) in &taken.shown {
            let folder = match head {
                // Without a transfer it is what it was the last time, and kept already.
                Some((_, true)) => match came.remove(name) {
                    Some(staging) => {
                        let (folder, there) = staging.keep().map_err(io)?;
                        kept.insert(name.clone(), there);
                        Some(folder)
                    }
                    None => continue,
                },
                _ => None,
            };
            self.note_shown(name, head.map(|(head, _)| (head, folder.as_deref()))).map_err(io)?;
        }
        taken.redundant.iter().try_for_each(|(name, commit)| self.remove(&format!("{PIN}/{name}/{commit}")))?;
        Ok(kept)
    }

    /// The objects that new pins need and the cache lacks, in a transfer of their own; `None` when there are none.
    fn sorted_out<'a, C: Iterator<Item = &'a Staging>>(
        &self,
        taken: &Taken,
        came: impl FnOnce() -> C,
    ) -> Result<Option<Staging>, CacheError> {
        let io = |source| CacheError::Io { path: self.path().to_owned(), source };
        let not_kept = |why: String| CacheError::NotKept(why);
        let odb = self.repository.odb()?;
        let lacks = |commit: CommitId| Oid::from_bytes(commit.0.as_bytes()).is_ok_and(|oid| !odb.exists(oid));
        let lacking: Vec<_> = taken.pins.iter().filter(|(_, commit)| lacks(*commit)).collect();
        if lacking.is_empty() {
            return Ok(None);
        }
        let mut all = Staging::new(self.path()).map_err(io)?;
        all.borrow_from(came()).map_err(io)?;
        all.refer(PIN, lacking).map_err(io)?;
        let clean = Staging::new(self.path()).map_err(io)?;
        let git = Git::at(clean.path()).map_err(|e| not_kept(e.to_string()))?;
        let from = all.path().display().to_string();
        let call = git.call("fetch").settings(SETTINGS).options(OPTIONS.iter().copied());
        let ran = call.operands([from, format!("+{PIN}/*:{PIN}/*")]).timeout(SORTING_MAX).run();
        match ran {
            Ok(ran) if ran.status.success() => Ok(Some(clean)),
            Ok(ran) => Err(not_kept(crate::git::output::one_line(&ran.stderr))),
            Err(e) => Err(not_kept(e.to_string())),
        }
    }
}

//! What is taken into the cache of all that remotes have sent.
//!
//! Decides whether a head brings too many entries. Only what no remote in the cache has shown counts, so an honest
//! log that cites another one at length is not blamed for it, as long as the other one's own remote stays within the limit.

use std::collections::{BTreeMap, BTreeSet};

use super::{Limits, Outcome, Source};
use crate::git::cache::Cache;
use crate::git::output::one_line;
use crate::git::process::Git;
use crate::git::staging::Staging;
use crate::protocol::id::{CommitId, Name};

/// Where answers come together.
pub(super) struct Intake<'a> {
    cache: &'a Cache,
    git: &'a Git,
    limits: &'a Limits,
    /// The heads that were pinned before anyone was asked.
    known: BTreeSet<CommitId>,
    progress: &'a (dyn Fn(&Name, &Outcome) + Sync),
    outcomes: BTreeMap<Name, Outcome>,
    waiting: Vec<Arrived<'a>>,
}

/// A head that has come, with its objects, and may be too much.
struct Arrived<'a> {
    source: &'a Source,
    head: CommitId,
    staging: Staging,
}

impl<'a> Intake<'a> {
    /// Nothing has come yet.
    pub(super) fn new(
        cache: &'a Cache,
        git: &'a Git,
        limits: &'a Limits,
        pins: Vec<(Name, CommitId)>,
        progress: &'a (dyn Fn(&Name, &Outcome) + Sync),
    ) -> Self {
        let known = pins.into_iter().map(|(_, commit)| commit).collect();
        Self { cache, git, limits, known, progress, outcomes: BTreeMap::new(), waiting: Vec::new() }
    }

    /// One remote has answered.
    pub(super) fn take(&mut self, source: &'a Source, outcome: Outcome, staging: Option<Staging>) {
        match (outcome, staging) {
            (Outcome::Shown(Some(head)), Some(staging)) => self.settle(Arrived { source, head, staging }),
            (Outcome::Shown(head), _) => {
                let outcome = self.recorded(source, head);
                self.tell(source, outcome);
            }
            (outcome, _) => self.tell(source, outcome),
        }
    }

    /// Every remote has answered: what became of each.
    ///
    /// What was too much counts for less once others have been taken in, and never for more, so what is refused in the
    /// end does not depend on who answered first.
    pub(super) fn finish(mut self) -> BTreeMap<Name, Outcome> {
        let mut before = usize::MAX;
        while self.waiting.len() < before {
            before = self.waiting.len();
            std::mem::take(&mut self.waiting).into_iter().for_each(|arrived| self.settle(arrived));
        }
        for Arrived { source, head, .. } in std::mem::take(&mut self.waiting) {
            let why = format!("more than {} new entries (--max-entries)", self.limits.max_entries);
            self.tell(source, Outcome::Refused { head: Some(head), why });
        }
        self.outcomes
    }

    fn tell(&mut self, source: &Source, outcome: Outcome) {
        (self.progress)(&source.name, &outcome);
        self.outcomes.insert(source.name.clone(), outcome);
    }

    /// Takes a head in, or lets it wait when it is too much as things stand.
    fn settle(&mut self, arrived: Arrived<'a>) {
        let source = arrived.source;
        let outcome = match self.within_limits(&arrived) {
            Ok(false) => return self.waiting.push(arrived),
            Ok(true) => match arrived.staging.adopt(self.cache) {
                Ok(()) => self.recorded(source, Some(arrived.head)),
                Err(e) => cannot_write(&e.to_string()),
            },
            Err(why) => Outcome::Unreachable(format!("cannot count its entries: {why}")),
        };
        self.tell(source, outcome);
    }

    fn recorded(&self, source: &Source, head: Option<CommitId>) -> Outcome {
        match self.cache.record(&source.name, head) {
            Ok(()) => Outcome::Shown(head),
            Err(e) => cannot_write(&e.to_string()),
        }
    }

    /// Whether a head brings no more commits than allowed. git counts what no pin reaches; a head that some
    /// remote has shown before brings none.
    fn within_limits(&self, arrived: &Arrived<'_>) -> Result<bool, String> {
        if self.known.contains(&arrived.head) {
            return Ok(true);
        }
        let most = self.limits.max_entries;
        let bound = format!("--max-count={}", most.saturating_add(1).min(i32::MAX as u64));
        let options = ["--count", &bound, &arrived.head.to_string(), "--not", "--alternate-refs"].map(str::to_owned);
        let git = self.git.within(arrived.staging.path());
        let ran =
            git.call("rev-list").options(options).timeout(self.limits.timeout).run().map_err(|e| e.to_string())?;
        let count = String::from_utf8_lossy(&ran.stdout).trim().parse::<u64>();
        count.map(|count| count <= most).map_err(|_| one_line(&ran.stderr))
    }
}

/// A cache that cannot be written is our own trouble.
pub(super) fn cannot_write(why: &str) -> Outcome {
    Outcome::Unreachable(format!("cannot write to the cache: {why}"))
}

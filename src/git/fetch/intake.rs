//! What is taken in of all that remotes have sent.
//!
//! Decides whether a head brings too much. Only what nothing in the cache reaches counts, and nothing of what another
//! remote shows within the limits; so an honest log that cites another one at length is not blamed for it, as long as the
//! other one's own remote stays within them. Everyone is measured against what was known before anyone was asked; then who
//! is over a limit is measured again, and asked again if that was in bytes, with all that the others brought, until nothing
//! more comes of it. What is refused in the end does not depend on who answered first.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Answer, Limits, Outcome, Source};
use crate::git::output::one_line;
use crate::git::process::Git;
use crate::git::staging::Staging;
use crate::protocol::id::{CommitId, Name};

/// Where answers come together.
pub(super) struct Intake<'a> {
    git: &'a Git,
    limits: &'a Limits,
    /// What came before these were asked.
    earlier: &'a [Staging],
    pub(super) outcomes: BTreeMap<Name, Outcome>,
    pub(super) came: BTreeMap<Name, Staging>,
    /// Heads that bring too many entries as things stand.
    waiting: BTreeMap<Name, (CommitId, Staging)>,
    /// Who sends too many bytes as things stand, and how long they may still take.
    over: BTreeMap<Name, (&'a Source, Duration)>,
    /// Whether something was taken in since anyone was asked.
    is_news: bool,
}

impl<'a> Intake<'a> {
    /// Nothing has come yet.
    pub(super) fn new(git: &'a Git, limits: &'a Limits, earlier: &'a [Staging]) -> Self {
        let (outcomes, came, waiting, over) = Default::default();
        Self { git, limits, earlier, outcomes, came, waiting, over, is_news: false }
    }

    /// One remote has answered.
    pub(super) fn take(&mut self, source: &'a Source, answer: Answer) {
        let name = source.name.clone();
        if answer.is_over {
            self.over.insert(name.clone(), (source, answer.left));
        }
        match (&answer.outcome, answer.staging) {
            (Outcome::Shown(Some(head)), Some(staging)) => drop(self.waiting.insert(name, (*head, staging))),
            _ => drop(self.outcomes.insert(name, answer.outcome)),
        }
    }

    /// Takes in what is within the limits; tells who has to be asked again, and how long each may take.
    pub(super) fn settle(&mut self) -> Vec<(&'a Source, Duration)> {
        self.is_news = false;
        let mut before = usize::MAX;
        while self.waiting.len() < before {
            before = self.waiting.len();
            for (name, (head, staging)) in std::mem::take(&mut self.waiting) {
                self.measure(name, head, staging);
            }
        }
        if !self.is_news {
            self.over.clear();
        }
        std::mem::take(&mut self.over).into_values().filter(|(_, left)| !left.is_zero()).collect()
    }

    /// What was brought so far, for who borrows from it.
    pub(super) fn brought(&self) -> impl Iterator<Item = &Staging> {
        self.earlier.iter().chain(self.came.values())
    }

    /// Nobody has to be asked any more.
    pub(super) fn finish(mut self) -> (BTreeMap<Name, Outcome>, BTreeMap<Name, Staging>) {
        for (name, (head, _)) in self.waiting {
            let why = format!("more than {} new entries (--max-entries)", self.limits.max_entries);
            self.outcomes.insert(name, Outcome::Refused { head: Some(head), why });
        }
        (self.outcomes, self.came)
    }

    /// Takes a head in, or lets it wait when it is too much as things stand.
    fn measure(&mut self, name: Name, head: CommitId, mut staging: Staging) {
        let outcome = match self.within_limits(head, &mut staging) {
            Ok(false) => return drop(self.waiting.insert(name, (head, staging))),
            Ok(true) => {
                self.is_news |= staging.has_brought();
                self.came.insert(name.clone(), staging);
                Outcome::Shown(Some(head))
            }
            Err(why) => Outcome::Unreachable(format!("cannot count its entries: {why}")),
        };
        self.outcomes.insert(name, outcome);
    }

    /// Whether a head brings no more commits than allowed: as it came, or beside what others brought.
    fn within_limits(&self, head: CommitId, staging: &mut Staging) -> Result<bool, String> {
        if !staging.has_brought() || self.count(head, staging)? {
            return Ok(true);
        }
        if self.brought().all(|other| !other.has_brought()) {
            return Ok(false);
        }
        staging.borrow_from(self.brought()).map_err(|e| e.to_string())?;
        self.count(head, staging)
    }

    /// git counts what nothing reaches in the repositories that this one borrows from.
    fn count(&self, head: CommitId, staging: &Staging) -> Result<bool, String> {
        let most = self.limits.max_entries;
        let bound = format!("--max-count={}", most.saturating_add(1).min(i32::MAX as u64));
        let options = ["--count", &bound, &head.to_string(), "--not", "--alternate-refs"].map(str::to_owned);
        let git = self.git.within(staging.path());
        let ran =
            git.call("rev-list").options(options).timeout(self.limits.timeout).run().map_err(|e| e.to_string())?;
        let count = String::from_utf8_lossy(&ran.stdout).trim().parse::<u64>();
        count.map(|count| count <= most).map_err(|_| one_line(&ran.stderr))
    }
}

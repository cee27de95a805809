//! Publishing my log: forward only, and over nothing but what the caller has judged.

use std::time::Duration;

use super::mend::foreign;
use super::{Pen, own_log};
use crate::error::{Error, Result};
use crate::git::moved;
use crate::git::push::{Pushed, push};
use crate::look::{Look, Progress, UnderWay};
use crate::place::{Own, Place};
use crate::protocol::id::CommitId;
use crate::protocol::remedy::Remedy;
use crate::protocol::verify::Remote;

const PUSH_TIMEOUT: Duration = Duration::from_secs(120);

impl Pen<'_> {
    /// Publishes my log.
    ///
    /// # Errors
    /// The remote could not be reached, refused, or holds something that this copy lacks.
    pub fn publish(&self, look: &mut Look) -> Result<CommitId> {
        let there = self.may_publish(look)?;
        self.push_over(look, there)
    }

    /// Publishes my log as the last thing that is done with the pen: nobody waits for it while the remote is asked. What may
    /// be out there is written down before, and pushed over nothing but what was seen.
    ///
    /// # Errors
    /// As for [`Pen::publish`].
    pub fn publish_and_let_go(self, look: &mut Look) -> Result<CommitId> {
        let there = self.may_publish(look)?;
        let head = self.own.log.head().map_err(own_log)?;
        let (place, own) = (self.place, self.own);
        own.log.note_pushed(head).map_err(own_log)?;
        drop(self);
        let pushed = push_head(place, own, head, there, look)?;
        // Whoever writes references holds the pen. That it is pushed stands written already, should another one have it.
        match Self::take(place) {
            Ok(pen) => pen.told(look, head, pushed),
            Err(_) if pushed == Pushed::Pushed || pushed == Pushed::UpToDate => {
                look.verification.seen.remotes.insert(own.me.clone(), Remote::Shown(Some(head)));
                Ok(head)
            }
            Err(busy) => Err(busy),
        }
    }

    /// What the remote shows, if my log may be published over it.
    fn may_publish(&self, look: &mut Look) -> Result<Option<CommitId>> {
        let standing = self.standing(look)?;
        self.copy_is_current(look, &standing)?;
        let there = look.verification.seen.remotes.get(&self.own.me).and_then(Remote::shown);
        if let Some(there) = there.filter(|there| !self.is_behind(look, *there)) {
            if matches!(self.diagnose(look)?, Some(Remedy::Foreign(_))) {
                return Err(foreign(there));
            }
            return Err(Error::wrong(format!(
                "your remote shows {}, which your log does not build on, so nothing was pushed",
                there.short()
            ))
            .hint("see what it is: bicker verify")
            .hint("if whoever runs the remote made it, put your log over it: bicker heal"));
        }
        Ok(there)
    }

    /// Publishes my log over what the remote shows, `there`, whatever that is, and over nothing else. What was pushed
    /// is what the remote shows from then on.
    ///
    /// # Errors
    /// The remote could not be reached, refused, or shows something else by now.
    pub(super) fn push_over(&self, look: &mut Look, there: Option<CommitId>) -> Result<CommitId> {
        let head = self.own.log.head().map_err(own_log)?;
        // From here on it may be out there, whatever the remote says.
        self.own.log.note_pushed(head).map_err(own_log)?;
        let pushed = push_head(self.place, self.own, head, there, look)?;
        self.told(look, head, pushed)
    }

    /// Writes down what came of a push, and what the remote shows now.
    fn told(&self, look: &mut Look, head: CommitId, pushed: Pushed) -> Result<CommitId> {
        let row = self.place.my_row()?;
        match pushed {
            Pushed::Pushed | Pushed::UpToDate => {
                self.own.log.note_shown(row.branch.as_str(), head).map_err(own_log)?;
                look.verification.seen.remotes.insert(self.own.me.clone(), Remote::Shown(Some(head)));
                Ok(head)
            }
            Pushed::Stale => Err(Error::trouble("your remote holds something that this copy of your log lacks")
                .hint("see what it is: bicker sync")),
            Pushed::Unreachable(why) => {
                let moved = moved::way_out(&row.name, &why);
                Err(Error::trouble(format!("your remote {} could not be reached: {why}", row.remote))
                    .maybe_hint(moved)
                    .hint("your entry is safe here; publish it later with: bicker sync"))
            }
            Pushed::Rejected(why) => Err(Error::wrong(format!("your remote {} refused the push: {why}", row.remote))
                .hint("your entry is safe here; ask whoever runs the remote, and then: bicker sync")),
        }
    }

    /// Whether my log, as it stands here, builds on what my remote shows.
    fn is_behind(&self, look: &Look, there: CommitId) -> bool {
        let index = &look.verification.history.index;
        let local = look.verification.seen.local.and_then(|head| index.find(head)).map(|at| index.entry(at));
        let known = index.find(there);
        there == index.genesis.commit
            || known.zip(local).is_some_and(|(at, local)| local.id == there || index.holds(&local.past, at))
    }
}

/// Asks my remote to take my log.
fn push_head(place: &Place, own: &Own, head: CommitId, there: Option<CommitId>, look: &Look) -> Result<Pushed> {
    let row = place.my_row()?;
    let under_way = UnderWay::new(look.progress);
    under_way.tell(&Progress::Doing("publishing your log"));
    Ok(push(own.log.git_dir(), row.remote.as_str(), head, row.branch.as_str(), there, PUSH_TIMEOUT))
}

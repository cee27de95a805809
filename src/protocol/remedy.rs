//! What is wrong with my own log, and the next thing that mends it (section 6).
//!
//! Decides which of my entries stand, which are void, and whether branches may be joined. It never signs,
//! moves a branch or pushes: a remedy is a value that others carry out, and after each the question is asked
//! anew. No remedy ever leads to a second entry where one has been published.

use std::collections::BTreeSet;

use super::id::CommitId;
use super::index::{EntryIx, Index};
use super::past::{Author, Clock};
use super::verify::{Remote, Verification};

/// The next thing to do for my own log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remedy {
    /// The branch here ends with commits that are no entries of mine: back to this commit, the newest that is,
    /// or genesis.
    CutBack(CommitId),
    /// Entries here lost their push to others of mine, so they are void (section 6): they go, and the log
    /// continues at the commit.
    Void(Vec<EntryIx>, CommitId),
    /// Entries of mine are published that this copy lacks: forward to this one.
    CatchUp(EntryIx),
    /// My published log has branches, and they hold a proof: they must never be joined.
    Convicted,
    /// My published log has branches that hold no proof: an entry on top of all of these repairs it. The
    /// first is the head here.
    Join(Vec<EntryIx>),
    /// My remote ends with commits that are no entries of mine, such as a forge's own: my log goes over them.
    Cover(CommitId),
    /// My remote holds a history that is not this group's, or one that could not be read whole.
    Foreign(CommitId),
    /// My remote lacks my newest entries.
    Publish,
}

/// The next remedy; `None` when nothing ails my log. What my remote holds is judged only if it was shown; `pushed` is
/// what it has taken before, or may have, as far as I remember.
pub fn remedy(verification: &mut Verification, me: Author, pushed: &[CommitId]) -> Option<Remedy> {
    let local = verification.seen.local?;
    let published = published(verification, pushed);
    let here = verification.history.reach([local]);
    let index = &verification.history.index;
    let is_mine = |head: CommitId| index.find(head).is_some_and(|at| index.entry(at).author == me);
    if !is_mine(local) && local != index.genesis.commit {
        return Some(Remedy::CutBack(newest(index, &published, &here, me)));
    }
    let lost: Vec<EntryIx> = index.tips(&published, me).into_iter().filter(|tip| !index.holds(&here, *tip)).collect();
    let own = index.entries_of(me).iter().copied();
    let ahead: Vec<EntryIx> = own.filter(|at| index.holds(&here, *at) && !index.holds(&published, *at)).collect();
    match (lost.as_slice(), ahead.as_slice()) {
        ([], _) => of_the_remote(verification, me, local, &here),
        (lost, []) => Some(of_the_lost(verification, me, lost)),
        (lost, _) => {
            let base = newest_published(index, &published, &here, me);
            let onward = lost.iter().find(|tip| base.is_none_or(|base| index.holds(&index.entry(**tip).past, base)));
            let to = onward.copied().or(base).map_or(index.genesis.commit, |at| index.entry(at).id);
            Some(Remedy::Void(ahead, to))
        }
    }
}

/// Everything that remotes show or ever showed, and what was pushed: the rest of the local log is not among it.
fn published(verification: &mut Verification, pushed: &[CommitId]) -> Clock {
    let shown = verification.seen.remotes.values().filter_map(Remote::shown);
    let heads: BTreeSet<CommitId> = shown.chain(verification.seen.pins.iter().chain(pushed).copied()).collect();
    verification.history.reach(heads)
}

/// Where a branch goes back to: the newest entry of mine on it. Of several, one that is not published, so that it
/// is dealt with and not forgotten.
fn newest(index: &Index, published: &Clock, here: &Clock, me: Author) -> CommitId {
    let tips = index.tips(here, me);
    let unpublished = tips.iter().find(|tip| !index.holds(published, **tip));
    unpublished.or(tips.first()).map_or(index.genesis.commit, |at| index.entry(*at).id)
}

/// The newest published entry of mine on the branch here.
fn newest_published(index: &Index, published: &Clock, here: &Clock, me: Author) -> Option<EntryIx> {
    // Ancestors come first in the index.
    let both = |at: &EntryIx| index.holds(here, *at) && index.holds(published, *at);
    index.entries_of(me).iter().copied().rfind(both)
}

/// This copy lacks entries of mine, and has none that it alone has.
fn of_the_lost(verification: &Verification, me: Author, lost: &[EntryIx]) -> Remedy {
    let index = &verification.history.index;
    let head = verification.seen.local.and_then(|head| index.find(head));
    let follows = |tip: &&EntryIx| head.is_none_or(|head| index.holds(&index.entry(**tip).past, head));
    let shown = verification.seen.remotes.get(index.name(me)).and_then(Remote::shown);
    let onward: Vec<&EntryIx> = lost.iter().filter(follows).collect();
    let preferred = onward.iter().find(|tip| shown == Some(index.entry(***tip).id)).or(onward.first());
    match (preferred, head) {
        (Some(to), _) => Remedy::CatchUp(**to),
        _ if verification.convicted.contains(&me) => Remedy::Convicted,
        (None, head) => {
            let rest = lost.iter().copied().filter(|tip| head != Some(*tip));
            Remedy::Join(head.into_iter().chain(rest).collect())
        }
    }
}

/// This copy has all of my log. Does my remote?
fn of_the_remote(verification: &Verification, me: Author, local: CommitId, here: &Clock) -> Option<Remedy> {
    let history = &verification.history;
    let index = &history.index;
    let Some(Remote::Shown(shown)) = verification.seen.remotes.get(index.name(me)) else { return None };
    let Some(head) = *shown else { return (local != index.genesis.commit).then_some(Remedy::Publish) };
    if head == local {
        return None;
    }
    let reached = history.reached(head);
    if reached.lacks_objects() || !reached.roots.is_empty() {
        return Some(Remedy::Foreign(head));
    }
    let is_behind = head == index.genesis.commit
        || index.find(head).is_some_and(|at| index.entry(at).author == me && index.holds(here, at));
    Some(if is_behind { Remedy::Publish } else { Remedy::Cover(head) })
}

#[cfg(test)]
mod tests;

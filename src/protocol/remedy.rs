//! What is wrong with my own log, and the next thing that mends it (section 6).
//!
//! Decides which of my entries stand, which are void, and which branches are joined. It never signs,
//! moves a branch or pushes: a remedy is a value that others carry out, and after each the question is asked
//! anew. Nothing that I signed is void if it can be joined: void is only what proves misbehaviour together with what
//! stands, and what nobody can have seen.

use std::collections::BTreeSet;

use super::evidence::proves;
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
    /// Entries here prove misbehaviour together with others of mine that were published first, so they are void
    /// (section 6): they go, and the log continues at the commit.
    Void(Vec<EntryIx>, CommitId),
    /// Entries of mine are known that this copy lacks, on top of it: forward to this one.
    CatchUp(EntryIx),
    /// My published log has branches, and they hold a proof: they must never be joined.
    Convicted,
    /// My log has branches that hold no proof: an entry on top of both of these joins them. The first is the head here.
    Join([EntryIx; 2]),
    /// My remote ends with commits that are no entries of mine, such as a forge's own: my log goes over them.
    Cover(CommitId),
    /// My remote holds a history that is not this group's, or one that could not be read whole.
    Foreign(CommitId),
    /// My remote lacks my newest entries.
    Publish,
}

/// The next remedy; `None` when nothing ails my log. What my remote holds is judged only if it was shown. As far as I
/// remember, my remote has taken `pushed`, or may have, and I have signed `signed`.
pub fn remedy(verification: &mut Verification, me: Author, pushed: &[CommitId], signed: &[CommitId]) -> Option<Remedy> {
    let local = verification.seen.local?;
    let here = verification.history.reach([local]);
    let mine = Mine::of(verification, me, pushed, signed);
    let index = &verification.history.index;
    let is_mine = |head: CommitId| index.find(head).is_some_and(|at| index.entry(at).author == me);
    if !is_mine(local) && local != index.genesis.commit {
        return Some(Remedy::CutBack(newest(index, &mine.published, &here, me)));
    }
    let dropped: Vec<EntryIx> = mine.void.iter().copied().filter(|at| index.holds(&here, *at)).collect();
    if !dropped.is_empty() {
        // Ancestors come first in the index.
        let last = index.entries_of(me).iter().rfind(|at| index.holds(&here, **at) && mine.stands.contains(at));
        return Some(Remedy::Void(dropped, last.map_or(index.genesis.commit, |at| index.entry(*at).id)));
    }
    match mine.lost(index, &here).as_slice() {
        [] => of_the_remote(verification, me, local, &here),
        lost => Some(of_the_lost(verification, me, &here, lost)),
    }
}

/// The newest entries of mine that stand and that my log here lacks.
pub fn lost(verification: &mut Verification, me: Author, pushed: &[CommitId], signed: &[CommitId]) -> Vec<CommitId> {
    let here = verification.history.reach(verification.seen.local);
    let mine = Mine::of(verification, me, pushed, signed);
    let index = &verification.history.index;
    mine.lost(index, &here).into_iter().map(|at| index.entry(at).id).collect()
}

/// All that I have signed, as far as it is known.
struct Mine {
    /// Everything that remotes show or ever showed, and what was pushed: the rest of the local log is not among it.
    published: Clock,
    /// What stands.
    stands: BTreeSet<EntryIx>,
    /// What does not, because it proves misbehaviour together with what stands, or follows such an entry.
    void: BTreeSet<EntryIx>,
}

impl Mine {
    fn of(verification: &mut Verification, me: Author, pushed: &[CommitId], signed: &[CommitId]) -> Self {
        let shown = verification.seen.remotes.values().filter_map(Remote::shown);
        let heads: BTreeSet<CommitId> = shown.chain(verification.seen.pins.iter().chain(pushed).copied()).collect();
        let published = verification.history.reach(heads);
        let here = verification.history.reach(verification.seen.local);
        let signed = verification.history.reach(signed.iter().copied());
        let index = &verification.history.index;
        let own = || index.entries_of(me).iter().copied();
        let mut mine = Self { published, stands: BTreeSet::new(), void: BTreeSet::new() };
        mine.stands.extend(own().filter(|at| index.holds(&mine.published, *at)));
        // What is in the log here goes before what only the journal has.
        for past in [&here, &signed] {
            let new: Vec<EntryIx> = own().filter(|at| index.holds(past, *at) && !mine.stands.contains(at)).collect();
            for at in new {
                let follows_void = mine.void.iter().any(|void| index.holds(&index.entry(at).past, *void));
                let convicts = mine.stands.iter().any(|other| proves(index, at, *other).is_some());
                if follows_void || convicts {
                    mine.void.insert(at)
                } else {
                    mine.stands.insert(at)
                };
            }
        }
        mine
    }

    /// What stands, is not here, and is followed by nothing else that stands.
    fn lost(&self, index: &Index, here: &Clock) -> Vec<EntryIx> {
        let away: Vec<EntryIx> = self.stands.iter().copied().filter(|at| !index.holds(here, *at)).collect();
        let is_followed = |at: EntryIx| away.iter().any(|other| index.holds(&index.entry(*other).past, at));
        away.iter().copied().filter(|at| !is_followed(*at)).collect()
    }
}

/// Where a branch goes back to: the newest entry of mine on it. Of several, one that is not published, so that it
/// is dealt with and not forgotten.
fn newest(index: &Index, published: &Clock, here: &Clock, me: Author) -> CommitId {
    let tips = index.tips(here, me);
    let unpublished = tips.iter().find(|tip| !index.holds(published, **tip));
    unpublished.or(tips.first()).map_or(index.genesis.commit, |at| index.entry(*at).id)
}

/// This copy lacks entries of mine: what they follow goes forward to them, what is beside them is joined with one after
/// the other. The one that my remote shows goes first.
fn of_the_lost(verification: &Verification, me: Author, here: &Clock, lost: &[EntryIx]) -> Remedy {
    let index = &verification.history.index;
    let head = verification.seen.local.and_then(|head| index.find(head));
    let follows = |tip: &&EntryIx| head.is_none_or(|head| index.holds(&index.entry(**tip).past, head));
    let shown = verification.seen.remotes.get(index.name(me)).and_then(Remote::shown);
    let is_shown = |tip: &&EntryIx| shown == Some(index.entry(**tip).id);
    let onward: Vec<&EntryIx> = lost.iter().filter(follows).collect();
    match (onward.iter().copied().find(is_shown).or(onward.first().copied()), head) {
        (Some(to), _) => Remedy::CatchUp(*to),
        (None, Some(head)) => {
            let rest = lost.iter().find(is_shown).or(lost.first());
            match rest.filter(|tip| !is_proven(index, me, here, **tip)) {
                Some(tip) => Remedy::Join([head, *tip]),
                None => Remedy::Convicted,
            }
        }
        (None, None) => Remedy::Convicted,
    }
}

/// Whether my log here and the branch that ends with `tip` hold a proof against me between them.
fn is_proven(index: &Index, me: Author, here: &Clock, tip: EntryIx) -> bool {
    let there = &index.entry(tip).reach;
    let only = |past: &Clock, other: &Clock| -> Vec<EntryIx> {
        let own = index.entries_of(me).iter().copied();
        own.filter(|at| index.holds(past, *at) && !index.holds(other, *at)).collect()
    };
    let (ours, theirs) = (only(here, there), only(there, here));
    ours.iter().any(|a| theirs.iter().any(|b| proves(index, *a, *b).is_some()))
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

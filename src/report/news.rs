//! What a researcher has not been shown yet.
//!
//! Decides which entries are news, and in which order they are told. What was shown already is known by its newest
//! entries: whatever lies in their past was shown, too. Where that is kept is for [`crate::git::shown`]. Pure.

use std::collections::BTreeSet;

use serde::Serialize;

use super::json::entry::EntryRow;
use super::json::{FORMAT, pretty};
use crate::protocol::id::CommitId;
use crate::protocol::index::{EntryIx, Index};
use crate::protocol::past::{Author, Clock};

/// The entries of others that are not among those shown: what others build on first, then by name. For whoever has no
/// log of their own, everybody is another.
pub fn unread(index: &Index, shown: &Clock, me: Option<Author>) -> Vec<EntryIx> {
    // Commit ids would order entries that do not know of each other differently in each group.
    let mut depths: Vec<usize> = Vec::new();
    let mut new = Vec::new();
    for (at, entry) in index.entries() {
        let below = entry.parents.iter().filter_map(|parent| depths.get(parent.0 as usize)).max();
        let depth = below.map_or(0, |below| below + 1);
        depths.push(depth);
        if me != Some(entry.author) && !index.holds(shown, at) {
            new.push((depth, entry.author, entry.position, at));
        }
    }
    new.sort_unstable();
    new.into_iter().map(|(.., at)| at).collect()
}

/// The newest entries: those that no other entry has as a parent.
pub fn newest(index: &Index) -> BTreeSet<CommitId> {
    let followed: BTreeSet<EntryIx> = index.entries().flat_map(|(_, entry)| entry.parents.iter().copied()).collect();
    index.entries().filter(|(at, _)| !followed.contains(at)).map(|(_, entry)| entry.id).collect()
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    entries: Vec<EntryRow<'a>>,
}

/// News for programs, in the order in which people are told.
pub fn json(index: &Index, unread: &[EntryIx]) -> String {
    pretty(&Whole { format: FORMAT, entries: unread.iter().map(|at| EntryRow::of(index, *at)).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::verify::{Seen, Verification};
    use crate::sim::{World, joined};

    fn all_of(world: &World) -> Verification {
        let seen = Seen { pins: world.commits().collect(), ..world.see_all() };
        world.verify(&seen).expect("a store in memory")
    }

    /// What is news to somebody who was shown these and all that lies before them.
    fn told(world: &World, me: &str, shown: &[CommitId]) -> Vec<CommitId> {
        let mut verification = all_of(world);
        let shown = verification.history.reach(shown.iter().copied());
        let index = &verification.history.index;
        let author = index.authors().find(|(_, name)| name.as_str() == me).map(|(author, _)| author);
        unread(index, &shown, author).into_iter().map(|at| index.entry(at).id).collect()
    }

    #[test]
    fn news_is_what_others_wrote_since_and_what_they_build_on_comes_first() {
        let mut world = joined();
        let shown: Vec<CommitId> = newest(&all_of(&world).history.index).into_iter().collect();
        assert_eq!(told(&world, "bob", &shown), []);
        let proposal = world.by("dave").seeing_all().proposes(1, 0, "a text");
        let mine = world.by("bob").citing(&[proposal]).criticises(proposal);
        let carols = world.by("carol").citing(&[proposal]).criticises(proposal);
        let last = world.by("alice").citing(&[mine, carols]).acknowledges();
        assert_eq!(told(&world, "bob", &shown), [proposal, carols, last]);
        assert_eq!(told(&world, "nobody", &shown), [proposal, mine, carols, last]);
        assert_eq!(told(&world, "bob", &[carols]), [last]);
    }

    #[test]
    fn to_whom_nothing_was_shown_everything_is_news() {
        let world = joined();
        assert_eq!(told(&world, "bob", &[]).len(), 3);
        // An id that nobody knows shows nothing.
        let unknown = CommitId::parse("00112233445566778899aabbccddeeff00112233").expect("an id");
        assert_eq!(told(&world, "bob", &[unknown]).len(), 3);
    }

    #[test]
    fn both_branches_of_a_log_are_news() {
        let mut world = joined();
        let join = world.head("dave").expect("an entry");
        let one = world.by("dave").proposes(1, 0, "a text");
        let two = world.by("dave").on(join).proposes(1, 0, "another text");
        let shown: Vec<CommitId> = newest(&all_of(&world).history.index).into_iter().filter(|id| *id != two).collect();
        assert!(shown.contains(&one));
        assert_eq!(told(&world, "bob", &shown), [two]);
    }
}

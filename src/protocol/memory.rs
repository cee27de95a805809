//! Lost memory (section 6): when a copy of a log that does not know what was signed before may use a slot.
//!
//! Whoever lost the journal cannot know what they signed, and nobody else can be relied on to tell: some hide it, some
//! have never seen it. What can be known is that a step was not open before a certain time, for then nothing can have been
//! signed in it. The copy first publishes a *mark*, an entry like any other. When so many researchers have ratified step
//! k-1 only after the mark that no quorum can have done it before, then step k was not open to anyone before the mark.
//!
//! Decides that alone, from a past. What a mark is, and whether memory was lost, is found out elsewhere.

use std::collections::BTreeMap;

use super::index::{EntryIx, Index};
use super::past::{Author, Clock};
use super::slot::Slot;

/// Why a slot may not be used by a copy that has lost its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotYet {
    /// No step tells when it may have been used before, so it never is.
    OutsideSteps,
    /// The mark is not written yet.
    NoMark,
    /// Too few have ratified the step before only after the mark. In step 1 nobody ever can.
    Answers {
        /// How many have.
        have: usize,
        /// How many have to.
        needed: usize,
    },
}

/// Whether a copy with this mark may put an entry with this past into a slot. `join.md` may always be used: it is the
/// mark of whoever has no other.
///
/// # Errors
/// Why not.
pub fn may_use(index: &Index, past: &Clock, mark: Option<EntryIx>, slot: &Slot) -> Result<(), NotYet> {
    if *slot == Slot::Join {
        return Ok(());
    }
    let Some(at) = slot.at() else { return Err(NotYet::OutsideSteps) };
    let mark = mark.ok_or(NotYet::NoMark)?;
    let before = at.step.saturating_sub(1);
    let charter = index.charter_for(before, past);
    let needed = charter.n() + charter.faults() + 1 - charter.quorum();
    let have = answers(index, past, mark, before);
    if have >= needed { Ok(()) } else { Err(NotYet::Answers { have, needed }) }
}

/// How many researchers have a valid ratify of a step in a past, and none there that lacks the mark in its own past.
fn answers(index: &Index, past: &Clock, mark: EntryIx, step: u32) -> usize {
    let mut all_after: BTreeMap<Author, bool> = BTreeMap::new();
    for (_, round) in index.tallies.rounds(step) {
        for (author, position) in round.ratifies.iter().flat_map(|(_, voices)| voices.iter()) {
            let ratify = index.at_position(author, position);
            if index.holds(past, ratify) {
                let after = index.holds(&index.entry(ratify).past, mark);
                all_after.entry(author).and_modify(|all| *all &= after).or_insert(after);
            }
        }
    }
    all_after.into_values().filter(|all| *all).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::history::History;
    use crate::protocol::id::{At, CommitId, Name};
    use crate::sim::{World, joined};

    /// What dave's copy may do now, having seen everything, with this mark.
    fn asked(world: &World, mark: Option<CommitId>, slot: &Slot) -> Result<(), NotYet> {
        let mut history = History::new(world.charter().clone());
        for commit in world.commits() {
            history.extend(world.store(), commit).expect("a store in memory");
        }
        let past = history.reach(world.heads());
        let mark = mark.map(|mark| history.index.find(mark).expect("an entry"));
        may_use(&history.index, &past, mark, slot)
    }

    fn vote(step: u32) -> Slot {
        Slot::Vote(At::new(step, 0))
    }

    const fn answers(have: usize) -> Result<(), NotYet> {
        // n + f - quorum + 1 of four researchers, one of whom may be Byzantine.
        Err(NotYet::Answers { have, needed: 3 })
    }

    /// Step 1 is certified; nobody has ratified it.
    fn certified() -> (World, CommitId) {
        let mut world = joined();
        let revision = world.brings_a_revision("alice", 1, 0);
        world.echo(&["alice", "bob", "carol"], 1, 0, revision);
        (world, revision)
    }

    #[test]
    fn a_step_that_opened_after_the_mark_may_be_used_and_no_older_one() {
        let (mut world, revision) = certified();
        let mark = world.by("dave").seeing_all().acknowledges();
        for (count, name) in ["alice", "bob", "carol"].into_iter().enumerate() {
            assert_eq!(asked(&world, Some(mark), &vote(2)), answers(count));
            world.ratify(&[name], 1, 0, revision);
        }
        assert_eq!(asked(&world, Some(mark), &vote(2)), Ok(()));
        assert_eq!(asked(&world, Some(mark), &vote(1)), answers(0), "step 1 was open before the mark");
        // Its rounds are no new steps: an abandon there could contradict a forgotten echo.
        for slot in [Slot::Abandon(At::new(1, 0)), Slot::Echo(At::new(1, 1)), Slot::Ratify(At::new(1, 0))] {
            assert_eq!(asked(&world, Some(mark), &slot), answers(0), "{slot:?}");
        }
    }

    #[test]
    fn who_ratified_before_the_mark_is_no_answer_whatever_they_write_after_it() {
        let (mut world, revision) = certified();
        world.ratify(&["alice"], 1, 0, revision);
        let mark = world.by("dave").seeing_all().acknowledges();
        world.ratify(&["bob", "carol"], 1, 0, revision);
        world.by("alice").seeing_all().acknowledges();
        assert_eq!(asked(&world, Some(mark), &vote(2)), answers(2));
        // A second ratify after the mark does not take the first one back.
        world.by("alice").ratifies_in(1, 0, revision);
        assert_eq!(asked(&world, Some(mark), &vote(2)), answers(2));
    }

    #[test]
    fn an_answer_has_the_mark_in_its_past_and_counts_only_if_it_is_valid() {
        let (mut world, revision) = certified();
        let certificate: Vec<CommitId> = ["alice", "bob", "carol"].iter().filter_map(|name| world.head(name)).collect();
        let mark = world.by("dave").seeing_all().acknowledges();
        world.ratify(&["alice", "bob"], 1, 0, revision);
        // Carol ratifies after the mark, but has not seen it.
        let unseen = world.by("carol").citing(&certificate).ratifies_in(1, 0, revision);
        assert!(!world.reaches(unseen, mark));
        assert_eq!(asked(&world, Some(mark), &vote(2)), answers(2));
        // Dave's own valid one would count, an invalid one of a revision without a certificate does not.
        world.by("dave").seeing_all().ratifies_in(1, 1, revision);
        assert_eq!(asked(&world, Some(mark), &vote(2)), answers(2));
    }

    #[test]
    fn an_answer_counts_only_in_the_past_of_what_is_signed() {
        let (mut world, revision) = certified();
        let mark = world.by("dave").seeing_all().acknowledges();
        world.ratify(&["alice", "bob", "carol"], 1, 0, revision);
        let mut history = History::new(world.charter().clone());
        for commit in world.commits() {
            history.extend(world.store(), commit).expect("a store in memory");
        }
        let mark_ix = history.index.find(mark);
        let past = history.reach([mark]);
        assert_eq!(may_use(&history.index, &past, mark_ix, &vote(2)), answers(0));
    }

    #[test]
    fn without_a_mark_no_slot_of_a_step_is_used_and_none_outside_steps_ever() {
        let (mut world, revision) = certified();
        world.ratify(&["alice", "bob", "carol"], 1, 0, revision);
        assert_eq!(asked(&world, None, &vote(2)), Err(NotYet::NoMark));
        assert_eq!(asked(&world, None, &Slot::Join), Ok(()));
        let accusation = Slot::Accusation(Name::parse("bob").expect("a name"));
        let mark = world.head("dave");
        assert_eq!(asked(&world, mark, &accusation), Err(NotYet::OutsideSteps));
    }

    #[test]
    fn never_more_answers_are_asked_for_than_there_are_honest_others() {
        for (n, faults) in [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 1), (7, 2), (10, 3), (10, 1), (100, 33)] {
            let world = World::new(n, faults).expect("a charter");
            let Err(NotYet::Answers { needed, .. }) = asked_at_start(&world) else { panic!("no answers yet") };
            let charter = world.charter();
            // Of the f that may be faulty, one is the copy without memory itself.
            let honest_others = n - faults.max(1);
            assert!(needed <= honest_others.max(1), "{n} {faults}: {needed}");
            // A quorum that ratified before, all but the faulty ones honest, leaves fewer than that.
            assert!(charter.n() - (charter.quorum() - faults) < needed, "{n} {faults}: {needed}");
        }
    }

    fn asked_at_start(world: &World) -> Result<(), NotYet> {
        let mut world = world.clone();
        let first = world.names().first().cloned().expect("a name");
        let mark = world.by(&first).joins();
        asked(&world, Some(mark), &vote(2))
    }
}

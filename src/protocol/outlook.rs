//! What would decide the current round: how many voices are there, how many are needed, and whether they can still come.
//!
//! Counts what is seen, for people to look ahead by. Decides nothing that binds: a round is left by `abandon`, and only
//! when people think so.

use std::collections::BTreeSet;

use super::duty::current;
use super::id::{At, CommitId};
use super::index::{EntryIx, Index};
use super::past::{Author, Clock};
use super::report::selected;
use super::slot::Slot;
use super::tally::{Round, Voices};

/// What a round waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Awaited {
    /// Votes that select a proposal.
    Votes,
    /// Criticisms of the selected proposal, before it may be revised.
    Criticisms,
    /// The revision of the selected proposal: its author has all they need.
    Revision,
    /// Echoes that give a revision a certificate.
    Echoes,
    /// Ratifies that make it final.
    Ratifies,
    /// A proposal by anyone.
    Proposal,
}

/// How far what is nearest to its goal has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outlook {
    /// The step and round.
    pub at: At,
    /// What is awaited.
    pub awaited: Awaited,
    /// The proposal or revision it is awaited for.
    pub of: Option<CommitId>,
    /// How many researchers have given it.
    pub have: usize,
    /// How many it takes.
    pub needed: usize,
    /// Who still can give it in this round: nobody who is convicted, or bound by what they signed.
    pub open: BTreeSet<Author>,
    /// How many of those who are not convicted may be at fault all the same.
    pub faults: usize,
    /// How many have left the round, and how many open the next one.
    pub left: (usize, usize),
}

impl Outlook {
    /// Whether this round can still get there. If not, all that is left is to leave it.
    pub fn is_possible(&self) -> bool {
        self.have + self.open.len() >= self.needed
    }

    /// Whether nobody need be left who helps: everyone who still can may be at fault, and `me` is none of them. Then
    /// leaving the round is what an honest researcher can do, however long the others are silent. That one author alone
    /// can revise their proposal is so in every round; it says nothing until somebody has left.
    pub fn is_for_few(&self, me: Option<Author>) -> bool {
        let is_usual = self.awaited == Awaited::Revision && self.left.0 == 0;
        let is_mine = me.is_some_and(|me| self.open.contains(&me));
        self.have < self.needed && self.open.len() <= self.faults && !is_usual && !is_mine
    }
}

/// What would decide the first step that is not final, in its highest open round.
pub fn outlook(index: &Index, past: &Clock, convicted: &BTreeSet<Author>) -> Outlook {
    let at = current(index, past);
    let charter = index.charter_for(at.step, past);
    let nothing = Round::default();
    let round = index.tallies.round(at).unwrap_or(&nothing);
    let view = View { index, past, at, round, convicted };
    let left = (round.abandons.authors_in(&index.pasts, past).len(), charter.quorum());
    let (awaited, of, have, needed, open) = view.awaited(charter.quorum(), charter.majority());
    let faults = charter.faults().saturating_sub(convicted.len());
    Outlook { at, awaited, of: of.map(|of| index.entry(of).id), have, needed, open, faults, left }
}

type Count = (Awaited, Option<EntryIx>, usize, usize, BTreeSet<Author>);

struct View<'a> {
    index: &'a Index,
    past: &'a Clock,
    at: At,
    round: &'a Round,
    convicted: &'a BTreeSet<Author>,
}

impl View<'_> {
    fn awaited(&self, quorum: usize, majority: usize) -> Count {
        let (index, past, at) = (self.index, self.past, self.at);
        if let Some(lock) = index.certified(past, at) {
            let have = self.givers(self.round.ratifies.voices(lock.value));
            let open = self.who_still_can(&Slot::Ratify(at), true);
            return (Awaited::Ratifies, Some(lock.value), have, quorum, open);
        }
        let carried = index.carried_lock(past, at).map(|lock| lock.value);
        let values: Vec<EntryIx> = match carried {
            Some(value) => vec![value],
            None => self.held(&self.round.revisions),
        };
        let echoes = |value: &EntryIx| self.givers(self.round.echoes.voices(*value));
        if let Some(value) =
            values.iter().copied().max_by_key(|value| (echoes(value), std::cmp::Reverse(index.entry(*value).id)))
        {
            let open = self.who_still_can(&Slot::Echo(at), true);
            return (Awaited::Echoes, Some(value), echoes(&value), quorum, open);
        }
        let critics = |proposal: &EntryIx| self.givers(self.round.criticisms.get(proposal));
        if let Some(proposal) = selected(index, past, at).into_iter().max_by_key(critics) {
            return self.criticisms(proposal, critics(&proposal), quorum);
        }
        let votes = |proposal: &EntryIx| self.givers(self.round.votes.voices(*proposal));
        match self.held(&self.round.proposals).into_iter().max_by_key(votes) {
            Some(proposal) => {
                let open = self.who_still_can(&Slot::Vote(at), false);
                (Awaited::Votes, Some(proposal), votes(&proposal), majority, open)
            }
            None => (Awaited::Proposal, None, 0, 1, self.who_still_can(&Slot::Proposal(at), false)),
        }
    }

    /// The author of a proposal is the missing one of a quorum.
    fn criticisms(&self, proposal: EntryIx, have: usize, quorum: usize) -> Count {
        let author = self.index.entry(proposal).author;
        let needed = quorum.saturating_sub(1);
        if have >= needed {
            let can = self.can(author, &Slot::Revision(self.at), false);
            return (Awaited::Revision, Some(proposal), 0, 1, BTreeSet::from_iter(can.then_some(author)));
        }
        let slot = Slot::Criticism(self.at, self.index.name(author).clone());
        let others = self.index.authors().map(|(who, _)| who).filter(|who| *who != author);
        let open = others.filter(|who| self.can(*who, &slot, false)).collect();
        (Awaited::Criticisms, Some(proposal), have, needed, open)
    }

    fn givers(&self, voices: Option<&Voices>) -> usize {
        let authors: BTreeSet<Author> =
            voices.map(|voices| voices.authors_in(&self.index.pasts, self.past)).into_iter().flatten().collect();
        authors.len()
    }

    fn held(&self, voices: &Voices) -> Vec<EntryIx> {
        let seen = voices.iter().filter(|(author, position)| self.index.pasts.holds(self.past, *author, *position));
        seen.map(|(author, position)| self.index.at_position(author, position)).collect()
    }

    fn who_still_can(&self, slot: &Slot, unless_left: bool) -> BTreeSet<Author> {
        self.index.authors().map(|(author, _)| author).filter(|author| self.can(*author, slot, unless_left)).collect()
    }

    /// Whether somebody's slot is free, they are not convicted, and have not left the round where that matters.
    fn can(&self, author: Author, slot: &Slot, unless_left: bool) -> bool {
        let used = self.index.slot_use(author, slot);
        let is_used = used.is_some_and(|used| used.positions.any_in(&self.index.pasts, self.past, author));
        !(is_used || self.convicted.contains(&author) || unless_left && self.index.has_left(self.past, author, self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{World, joined};

    fn seen(world: &World) -> Outlook {
        let verification = world.verify(&world.see_all()).expect("a store in memory");
        outlook(&verification.history.index, &verification.everything, &verification.convicted)
    }

    fn counts(world: &World) -> (Awaited, usize, usize, usize) {
        let outlook = seen(world);
        (outlook.awaited, outlook.have, outlook.needed, outlook.open.len())
    }

    #[test]
    fn a_step_is_followed_to_its_end() {
        let mut world = joined();
        assert_eq!(counts(&world), (Awaited::Proposal, 0, 1, 4));
        let proposal = world.by("alice").proposes(1, 0, "a text");
        assert_eq!(counts(&world), (Awaited::Criticisms, 0, 2, 3));
        let bobs = world.by("bob").citing(&[proposal]).criticises(proposal);
        assert_eq!(counts(&world), (Awaited::Criticisms, 1, 2, 2));
        let carols = world.by("carol").citing(&[proposal]).criticises(proposal);
        assert_eq!(counts(&world), (Awaited::Revision, 0, 1, 1));
        let revision = world.by("alice").citing(&[bobs, carols]).revises(proposal, "better", &[bobs, carols]);
        assert_eq!(counts(&world), (Awaited::Echoes, 0, 3, 4));
        world.echo(&["alice", "bob"], 1, 0, revision);
        assert_eq!(counts(&world), (Awaited::Echoes, 2, 3, 2));
        world.echo(&["carol"], 1, 0, revision);
        assert_eq!(counts(&world), (Awaited::Ratifies, 0, 3, 4));
        world.ratify(&["alice", "bob", "carol"], 1, 0, revision);
        let next = seen(&world);
        assert_eq!((next.at, next.awaited), (At::new(2, 0), Awaited::Proposal));
    }

    #[test]
    fn votes_that_are_split_select_nothing_any_more() {
        let mut world = joined();
        let alices = world.by("alice").proposes(1, 0, "a text");
        let bobs = world.by("bob").proposes(1, 0, "another text");
        assert_eq!(counts(&world), (Awaited::Votes, 0, 3, 4));
        for (name, proposal) in [("alice", alices), ("bob", bobs), ("carol", alices), ("dave", bobs)] {
            world.by(name).citing(&[alices, bobs]).votes(proposal);
        }
        let outlook = seen(&world);
        assert_eq!((outlook.awaited, outlook.have, outlook.open.len()), (Awaited::Votes, 2, 0));
        assert!(!outlook.is_possible());
        assert_eq!(outlook.left, (0, 3));
        world.abandon(&["alice", "bob"], 1, 0);
        assert_eq!(seen(&world).left, (2, 3));
        world.abandon(&["carol"], 1, 0);
        assert_eq!(seen(&world).at, At::new(1, 1));
    }

    #[test]
    fn whoever_has_left_a_round_echoes_in_it_no_more() {
        let mut world = joined();
        let revision = world.brings_a_revision("alice", 1, 0);
        world.echo(&["alice"], 1, 0, revision);
        world.abandon(&["bob", "carol"], 1, 0);
        let outlook = seen(&world);
        assert_eq!((outlook.awaited, outlook.have, outlook.open.len()), (Awaited::Echoes, 1, 1));
        assert!(!outlook.is_possible());
    }
}

//! A first answer to each criticism, for the author of the proposal to look at and change.
//!
//! Never an answer to words: a criticism that suggests nothing which could be applied is left open, unless it is
//! `no-objection`. Of criticisms that contradict each other the one with the smallest commit id is accepted, because
//! some order has to be, and everyone who works it out gets the same.

use super::merge::Accepted;
use super::relation::{Change, Together};
use super::suggestion::Suggestion;
use crate::protocol::file::{Answer, Disposition, Stance};
use crate::protocol::id::{CommitId, Name};

/// A criticism with what it suggests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Criticism {
    /// The critic.
    pub by: Name,
    /// The criticism.
    pub commit: CommitId,
    /// What the critic wants.
    pub stance: Stance,
    /// What it suggests to change.
    pub suggestions: Vec<Suggestion>,
}

impl Criticism {
    /// The changes that apply.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.suggestions.iter().filter_map(|suggestion| suggestion.change.as_ref().ok())
    }

    /// Whether there are changes, and all of them apply.
    fn applies(&self) -> bool {
        !self.suggestions.is_empty() && self.suggestions.iter().all(|suggestion| suggestion.change.is_ok())
    }

    fn accepted(&self) -> Accepted {
        Accepted { by: self.by.clone(), changes: self.changes().cloned().collect() }
    }
}

/// Answers to the criticisms of a proposal, in ascending order of commit, and what to apply. Those `given` stand; a
/// criticism without an answer here is the author's to answer.
pub fn answers(criticisms: &[Criticism], given: &[Answer]) -> (Vec<Answer>, Vec<Accepted>) {
    let mut ordered: Vec<&Criticism> = criticisms.iter().collect();
    ordered.sort_by_key(|criticism| criticism.commit);
    let given_to = |criticism: &Criticism| given.iter().find(|answer| answer.commit == criticism.commit);
    let is_accepted =
        |criticism: &Criticism| given_to(criticism).is_some_and(|answer| answer.disposition == Disposition::Accepted);
    let mut together: Together<&Name> = Together::default();
    for criticism in ordered.iter().filter(|criticism| is_accepted(criticism)) {
        follow(&mut together, criticism);
    }
    let (mut answers, mut accepted) = (Vec::new(), Vec::new());
    for criticism in ordered {
        let answer = given_to(criticism).cloned().or_else(|| proposed(&mut together, criticism));
        if answer.as_ref().is_some_and(|answer| answer.disposition == Disposition::Accepted) {
            accepted.push(criticism.accepted());
        }
        answers.extend(answer);
    }
    (answers, accepted)
}

/// The answer to propose to a criticism, given what is followed already; if it is accepted, it is followed too.
fn proposed<'a>(together: &mut Together<&'a Name>, criticism: &'a Criticism) -> Option<Answer> {
    let answer =
        |disposition, reason| Some(Answer { by: criticism.by.clone(), commit: criticism.commit, disposition, reason });
    let rival = criticism.changes().find_map(|change| together.contradicted(change).copied());
    match rival {
        Some(rival) => answer(Disposition::Rejected, format!("contradicts {rival}")),
        None if criticism.stance == Stance::NoObjection || criticism.applies() => {
            follow(together, criticism);
            answer(Disposition::Accepted, String::new())
        }
        None => None,
    }
}

/// Takes up a criticism's changes, as far as nothing taken up before contradicts them.
fn follow<'a>(together: &mut Together<&'a Name>, criticism: &'a Criticism) {
    for change in criticism.changes() {
        let _ = together.add(change.clone(), &criticism.by);
    }
}

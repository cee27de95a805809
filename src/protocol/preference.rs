//! Preference: in which order one researcher would vote for the proposals of a round.
//!
//! Decides the order: my own opinion of the author first, then the author's public score ([`super::reputation`]), then the
//! smaller commit id, so that two people with the same opinions arrive at the same proposal. The proposals of those who are
//! convicted are never in it, nor is one's own: an opinion of oneself tells nothing. (The protocol lets everyone vote for
//! their own proposal; that is said by name.) It never votes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::duty::{Standing, proposals_in};
use super::id::{At, CommitId, Name};
use super::index::Body;
use super::past::Author;
use super::reputation::{Record, records};
use super::verify::Verification;

/// What one researcher thinks of another, and tells nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Opinion {
    /// Their proposals come first.
    Like,
    /// Their proposals come last.
    Dislike,
}

impl Opinion {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Like => "like",
            Self::Dislike => "dislike",
        }
    }

    /// The opinion a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Like, Self::Dislike].into_iter().find(|opinion| opinion.as_str() == word)
    }

    /// +1 or -1.
    pub const fn weight(self) -> i8 {
        match self {
            Self::Like => 1,
            Self::Dislike => -1,
        }
    }
}

/// What one researcher thinks of the others.
pub type Opinions = BTreeMap<Name, Opinion>;

/// A proposal that may be voted for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    /// Its author.
    pub by: Name,
    /// The proposal.
    pub commit: CommitId,
    /// Its title.
    pub title: String,
    /// What I think of its author.
    pub opinion: Option<Opinion>,
    /// The author's public score.
    pub score: i64,
}

/// Why a proposal is not in the order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LeftOut {
    /// It is mine.
    Own,
    /// Its author is convicted.
    Convicted,
    /// Its author has several proposals in the round.
    OneOfSeveral,
}

/// The proposals of a round in the order in which one would vote for them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Preference {
    /// The most preferred one first.
    pub order: Vec<Candidate>,
    /// Whose proposals are left out, and why.
    pub left_out: BTreeMap<Name, LeftOut>,
}

/// Puts the valid proposals of a round in order.
pub fn preference(verification: &Verification, standing: &Standing, at: At, opinions: &Opinions) -> Preference {
    let index = &verification.history.index;
    let records: BTreeMap<Name, Record> = records(verification).into_iter().map(|r| (r.name.clone(), r)).collect();
    let mut by_author: BTreeMap<Author, Vec<Candidate>> = BTreeMap::new();
    for entry in proposals_in(index, &standing.view, at).into_iter().map(|proposal| index.entry(proposal)) {
        let by = index.name(entry.author).clone();
        let Body::Proposal { title } = &entry.body else { continue };
        by_author.entry(entry.author).or_default().push(Candidate {
            commit: entry.id,
            title: title.clone(),
            opinion: opinions.get(&by).copied(),
            score: records.get(&by).map_or(0, |record| record.score),
            by,
        });
    }
    let mut preference = Preference::default();
    for (author, proposals) in by_author {
        let why = match proposals.len() {
            _ if author == standing.me => LeftOut::Own,
            _ if verification.convicted.contains(&author) => LeftOut::Convicted,
            1 => {
                preference.order.extend(proposals);
                continue;
            }
            _ => LeftOut::OneOfSeveral,
        };
        preference.left_out.insert(index.name(author).clone(), why);
    }
    preference.order.sort_by_key(|c| {
        let weight = c.opinion.map_or(0, Opinion::weight);
        (Reverse(weight), Reverse(c.score), c.commit)
    });
    preference
}

#[cfg(test)]
mod tests;

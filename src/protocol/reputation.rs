//! Reputation: the public record of each researcher, and the score that it adds up to.
//!
//! Decides what is put down to whom and how much it weighs. The same entries give everyone the same record: no clock, no
//! order of fetching and no opinion is in it. It never decides what counts, and no rule of sections 2 to 4 looks at it:
//! a score is there to help people choose whom to vote for, and binds nobody. It is no proof of merit either: two who
//! accept each other's criticisms gather points, and what was said is there to be read.
//!
//! | each | points | why |
//! |---|---|---|
//! | proposal that became final | 10 | it is what the group is there for |
//! | criticism that was accepted | 3 | it made a text better |
//! | revision | 2 | every criticism was answered |
//! | proposal, criticism, vote for somebody else's proposal | 1 | no step ends without them |
//! | vote for what became final | 1 more | it helped the group to meet |
//! | prompt answer | 1 more | nobody had to wait |
//! | invalid entry | -5 | an honest tool signs none |
//! | branch of a log that nothing joins | -5 | others have to wonder which one is meant |
//!
//! A score is never below 0, and whoever is convicted has 0, whatever else there is. What is 0 points is shown all the same:
//! criticisms that were rejected (of two that contradict each other one must be), votes for what did not become final, and
//! votes for one's own proposal, which tell nothing and enter no other number.
//!
//! *Accepted* and *rejected* are the answers of valid revisions to criticisms that ask for a change; who has no objection
//! asks for nothing. *Prompt* is an answer (a criticism, a vote or an echo) when more researchers gave theirs, for the same
//! slot, after it than before it. Before and after are pasts, not times: an entry that has mine in its past came later,
//! so nobody becomes prompt by looking away. Two that did not know each other count for neither.
//!
//! Of several valid entries of one author for one slot, one counts: that which became final, else that with the smallest
//! commit. So copies on two branches of a log are worth as much as one.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{Disposition, Stance};
use super::finding::Code;
use super::id::{CommitId, Name};
use super::index::{Body, EntryIx, Index};
use super::past::Author;
use super::slot::Slot;
use super::verify::Verification;

/// Something that is put down to a researcher.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// A proposal whose revision became final.
    Final,
    /// A proposal.
    Proposal,
    /// A revision.
    Revision,
    /// A criticism.
    Criticism,
    /// A criticism that a revision accepts.
    Accepted,
    /// A criticism that a revision rejects.
    Rejected,
    /// A vote for somebody else's proposal.
    Vote,
    /// Such a vote for what became final.
    WithOutcome,
    /// Such a vote for something else than what became final.
    AgainstOutcome,
    /// A vote for one's own proposal.
    OwnVote,
    /// A criticism, vote or echo that more researchers followed than preceded.
    Prompt,
    /// Any other one.
    NotPrompt,
    /// An entry that is not valid.
    Invalid,
    /// A branch of the log that nothing joins.
    Branch,
    /// A proof of misbehaviour.
    Proof,
}

impl Part {
    /// Every part, in the order in which it is told.
    pub const ALL: [Self; 15] = [
        Self::Final,
        Self::Proposal,
        Self::Revision,
        Self::Criticism,
        Self::Accepted,
        Self::Rejected,
        Self::Vote,
        Self::WithOutcome,
        Self::AgainstOutcome,
        Self::OwnVote,
        Self::Prompt,
        Self::NotPrompt,
        Self::Invalid,
        Self::Branch,
        Self::Proof,
    ];

    /// What each is worth. A proof is worth nothing here: it makes the whole score 0.
    pub const fn points(self) -> i64 {
        match self {
            Self::Final => 10,
            Self::Accepted => 3,
            Self::Revision => 2,
            Self::Proposal | Self::Criticism | Self::Vote | Self::WithOutcome | Self::Prompt => 1,
            Self::Rejected | Self::AgainstOutcome | Self::OwnVote | Self::NotPrompt | Self::Proof => 0,
            Self::Invalid | Self::Branch => -5,
        }
    }
}

/// How many there are of a part, and the entries that show it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// How many.
    pub count: usize,
    /// The entries, by commit.
    pub commits: BTreeSet<CommitId>,
}

/// The public record of a researcher.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Whose.
    pub name: Name,
    /// Whether a proof against them is held; then the score is 0.
    pub convicted: bool,
    /// What the parts add up to, from 0.
    pub score: i64,
    parts: BTreeMap<Part, Tally>,
}

impl Record {
    fn new(name: Name, convicted: bool, parts: BTreeMap<Part, Tally>) -> Self {
        let mut record = Self { name, convicted, score: 0, parts };
        if !convicted {
            record.score = record.sum().max(0);
        }
        record
    }

    /// How many there are of a part.
    pub fn count(&self, part: Part) -> usize {
        self.parts.get(&part).map_or(0, |tally| tally.count)
    }

    /// The entries that show a part, by commit.
    pub fn commits(&self, part: Part) -> impl Iterator<Item = CommitId> + '_ {
        self.parts.get(&part).into_iter().flat_map(|tally| tally.commits.iter().copied())
    }

    /// The points that a part brings, if nobody is convicted.
    pub fn points(&self, part: Part) -> i64 {
        part.points().saturating_mul(i64::try_from(self.count(part)).unwrap_or(i64::MAX))
    }

    /// What all parts add up to, below 0 and conviction aside.
    pub fn sum(&self) -> i64 {
        self.parts.keys().fold(0_i64, |sum, part| sum.saturating_add(self.points(*part)))
    }

    /// Every part there is, in order.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &Tally)> {
        self.parts.iter().map(|(part, tally)| (*part, tally))
    }
}

/// The records of all researchers, the highest score first, then by name.
pub fn records(verification: &Verification) -> Vec<Record> {
    let index = &verification.history.index;
    let said = Said::of(verification);
    let mut book = Book { index, parts: BTreeMap::new() };
    book.finals(&said);
    book.entries(&said);
    book.answers_to_criticisms(&said);
    book.promptness(&said);
    book.findings(verification);
    let mut records: Vec<Record> = index
        .authors()
        .map(|(author, name)| {
            let parts = book.parts.remove(&author).unwrap_or_default();
            Record::new(name.clone(), verification.convicted.contains(&author), parts)
        })
        .collect();
    records.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.name.cmp(&b.name)));
    records
}

/// What everybody has said, once for each slot, and what came of it.
struct Said {
    /// The one valid entry that counts for each author and slot.
    entries: BTreeMap<(Author, Slot), EntryIx>,
    /// For each final step its revision, and the proposal that it revises.
    finals: BTreeMap<u32, (EntryIx, Option<EntryIx>)>,
}

impl Said {
    fn of(verification: &Verification) -> Self {
        let index = &verification.history.index;
        let mut finals = BTreeMap::new();
        let mut step = 1;
        while let Some((revision, _)) = index.final_value(&verification.everything, step) {
            let proposal = match &index.entry(revision).body {
                Body::Revision { of, .. } => *of,
                _ => None,
            };
            finals.insert(step, (revision, proposal));
            step += 1;
        }
        let agreed: BTreeSet<EntryIx> = finals.values().flat_map(|(v, p)| [Some(*v), *p]).flatten().collect();
        let rank = |at: EntryIx| (!agreed.contains(&at), index.entry(at).id);
        let mut entries: BTreeMap<(Author, Slot), EntryIx> = BTreeMap::new();
        for (at, entry) in index.entries().filter(|(_, entry)| entry.is_valid()) {
            let Some(added) = &entry.added else { continue };
            let kept = entries.entry((entry.author, added.slot.clone())).or_insert(at);
            if rank(at) < rank(*kept) {
                *kept = at;
            }
        }
        Self { entries, finals }
    }
}

/// What is put down to each researcher so far.
struct Book<'a> {
    index: &'a Index,
    parts: BTreeMap<Author, BTreeMap<Part, Tally>>,
}

impl Book<'_> {
    fn put(&mut self, author: Author, part: Part, commits: impl IntoIterator<Item = CommitId>) {
        let tally = self.parts.entry(author).or_default().entry(part).or_default();
        tally.count += 1;
        tally.commits.extend(commits);
    }

    fn put_entry(&mut self, author: Author, part: Part, at: EntryIx) {
        self.put(author, part, [self.index.entry(at).id]);
    }

    fn finals(&mut self, said: &Said) {
        for (revision, _) in said.finals.values() {
            self.put_entry(self.index.entry(*revision).author, Part::Final, *revision);
        }
    }

    fn entries(&mut self, said: &Said) {
        for ((author, slot), at) in &said.entries {
            match slot {
                Slot::Proposal(_) => self.put_entry(*author, Part::Proposal, *at),
                Slot::Revision(_) => self.put_entry(*author, Part::Revision, *at),
                Slot::Criticism(..) => self.put_entry(*author, Part::Criticism, *at),
                Slot::Vote(_) => self.vote(said, *author, *at),
                Slot::Join | Slot::Echo(_) | Slot::Ratify(_) | Slot::Abandon(_) | Slot::Accusation(_) => {}
            }
        }
    }

    fn vote(&mut self, said: &Said, author: Author, at: EntryIx) {
        if is_for_own_proposal(self.index, at) {
            return self.put_entry(author, Part::OwnVote, at);
        }
        self.put_entry(author, Part::Vote, at);
        let entry = self.index.entry(at);
        let Body::Vote { target } = entry.body else { return };
        if let Some((_, proposal)) = entry.at().and_then(|round| said.finals.get(&round.step)) {
            let part = if target == *proposal { Part::WithOutcome } else { Part::AgainstOutcome };
            self.put_entry(author, part, at);
        }
    }

    /// Where an author's copies of one criticism are answered differently, the better answer counts.
    fn answers_to_criticisms(&mut self, said: &Said) {
        let index = self.index;
        let mut accepted: BTreeMap<(Author, &Slot), bool> = BTreeMap::new();
        for at in said.entries.values() {
            let Body::Revision { criticisms, .. } = &index.entry(*at).body else { continue };
            for answer in criticisms {
                let Some(criticism) = answer.criticism.map(|c| index.entry(c)) else { continue };
                let Some(added) = &criticism.added else { continue };
                if matches!(criticism.body, Body::Criticism { stance: Stance::Object | Stance::Suggest, .. }) {
                    let is_accepted = accepted.entry((criticism.author, &added.slot)).or_default();
                    *is_accepted |= answer.disposition == Disposition::Accepted;
                }
            }
        }
        for ((author, slot), is_accepted) in accepted {
            let part = if is_accepted { Part::Accepted } else { Part::Rejected };
            if let Some(at) = said.entries.get(&(author, slot.clone())) {
                self.put_entry(author, part, *at);
            }
        }
    }

    fn promptness(&mut self, said: &Said) {
        let mut by_slot: BTreeMap<&Slot, Vec<EntryIx>> = BTreeMap::new();
        for ((_, slot), at) in &said.entries {
            let is_answer = match slot {
                Slot::Criticism(..) | Slot::Echo(_) => true,
                Slot::Vote(_) => !is_for_own_proposal(self.index, *at),
                _ => false,
            };
            if is_answer {
                by_slot.entry(slot).or_default().push(*at);
            }
        }
        for answers in by_slot.into_values() {
            for mine in &answers {
                let entry = self.index.entry(*mine);
                let before = answers.iter().filter(|other| self.index.holds(&entry.past, **other)).count();
                let after = answers.iter().filter(|o| self.index.holds(&self.index.entry(**o).past, *mine)).count();
                let part = if after > before { Part::Prompt } else { Part::NotPrompt };
                self.put(entry.author, part, [entry.id]);
            }
        }
    }

    fn findings(&mut self, verification: &Verification) {
        for finding in &verification.findings {
            let part = match finding.code {
                Code::Invalid => Part::Invalid,
                Code::Fork => Part::Branch,
                Code::Equivocation | Code::Contradiction => Part::Proof,
                _ => continue,
            };
            let Some(author) = finding.researcher.as_ref().and_then(|name| self.index.author(name)) else { continue };
            if part == Part::Branch {
                finding.commits.iter().for_each(|tip| self.put(author, part, [*tip]));
            } else {
                self.put(author, part, finding.commits.iter().copied());
            }
        }
    }
}

fn is_for_own_proposal(index: &Index, vote: EntryIx) -> bool {
    let entry = index.entry(vote);
    matches!(entry.body, Body::Vote { target: Some(proposal) } if index.entry(proposal).author == entry.author)
}

#[cfg(test)]
mod tests;

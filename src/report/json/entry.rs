//! `log --json` and `show --json`: entries for programs.
//!
//! Decides which facts of an entry are fields, and what they are called: where the file's own header has a word for
//! one (section 2.2), that is the field's name. What an entry does not have is `null`, never left out.

use serde::Serialize;

use super::FORMAT;
use crate::protocol::file::{Answer, Fields, File};
use crate::protocol::index::{Body, Entry, EntryIx, Index};

/// One entry.
#[derive(Serialize, Debug)]
pub struct EntryRow<'a> {
    commit: String,
    by: &'a str,
    kind: &'static str,
    step: Option<u32>,
    round: Option<u32>,
    slot: Option<String>,
    seconds: u64,
    parents: Vec<String>,
    valid: bool,
    rule: Option<&'static str>,
    why: Option<&'a str>,
    title: Option<&'a str>,
    r#for: Option<String>,
    of: Option<String>,
    stance: Option<&'static str>,
    value: Option<String>,
    accused: Option<&'a str>,
    evidence: Option<[String; 2]>,
}

impl<'a> EntryRow<'a> {
    /// An entry of the index.
    pub fn of(index: &'a Index, at: EntryIx) -> Self {
        let entry = index.entry(at);
        let invalid = entry.verdict.as_ref().err();
        let mut row = Self {
            commit: entry.id.to_string(),
            by: index.name(entry.author).as_str(),
            kind: entry.kind().as_str(),
            step: entry.at().map(|at| at.step),
            round: entry.at().map(|at| at.round),
            slot: entry.added.as_ref().map(|added| added.slot.path()),
            seconds: entry.seconds,
            parents: parents(index, entry),
            valid: entry.is_valid(),
            rule: invalid.map(|invalid| invalid.rule),
            why: invalid.map(|invalid| invalid.why.as_str()),
            title: None,
            r#for: None,
            of: None,
            stance: None,
            value: None,
            accused: None,
            evidence: None,
        };
        row.say(index, &entry.body);
        row
    }

    fn say(&mut self, index: &'a Index, body: &'a Body) {
        let id = |named: &Option<EntryIx>| named_id(index, *named);
        match body {
            Body::Proposal { title } => self.title = Some(title),
            Body::Vote { target } => self.r#for = Some(id(target)),
            Body::Criticism { of, stance } => {
                self.of = Some(id(of));
                self.stance = Some(stance.as_str());
            }
            Body::Revision { of, title, .. } => {
                self.of = Some(id(of));
                self.title = Some(title);
            }
            Body::Echo { value } | Body::Ratify { value } => self.value = Some(id(value)),
            Body::Accusation { accused, evidence: [first, second] } => {
                self.accused = Some(accused.as_str());
                self.evidence = Some([id(first), id(second)]);
            }
            Body::Join | Body::Abandon | Body::Acknowledgement => {}
        }
    }
}

/// A commit that an entry names; the index knows all but genesis by a number.
fn named_id(index: &Index, named: Option<EntryIx>) -> String {
    named.map_or(index.genesis.commit, |at| index.entry(at).id).to_string()
}

/// The commit's parents as git has them. Genesis can only be the first (2.parent), where no own entry is.
fn parents(index: &Index, entry: &Entry) -> Vec<String> {
    let first = entry.parents.first().map(|first| index.entry(*first).author);
    let genesis = (first != Some(entry.author)).then_some(None);
    genesis.into_iter().chain(entry.parents.iter().copied().map(Some)).map(|at| named_id(index, at)).collect()
}

/// One entry with its file.
#[derive(Serialize, Debug)]
pub struct Shown<'a> {
    format: u32,
    entry: EntryRow<'a>,
    criticisms: Option<Vec<AnswerRow<'a>>>,
    text: Option<&'a str>,
}

/// What a revision says about one criticism.
#[derive(Serialize, Debug)]
struct AnswerRow<'a> {
    by: &'a str,
    commit: String,
    disposition: &'static str,
    reason: &'a str,
}

impl<'a> AnswerRow<'a> {
    fn of(answer: &'a Answer) -> Self {
        Self {
            by: answer.by.as_str(),
            commit: answer.commit.to_string(),
            disposition: answer.disposition.as_str(),
            reason: &answer.reason,
        }
    }
}

/// One entry with the file it adds, if it adds one.
pub fn shown<'a>(index: &'a Index, at: EntryIx, file: Option<&'a File>) -> Shown<'a> {
    let criticisms = match file.map(|file| &file.fields) {
        Some(Fields::Revision { criticisms, .. }) => Some(criticisms.iter().map(AnswerRow::of).collect()),
        _ => None,
    };
    Shown { format: FORMAT, entry: EntryRow::of(index, at), criticisms, text: file.map(|file| file.text.as_str()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::World;

    #[test]
    fn what_does_not_count_says_why() {
        let mut world = World::new(4, 1).expect("a charter");
        world.joins_all();
        let early = world.by("bob").seeing_all().proposes(2, 0, "Too early.");
        let verification = world.verify(&world.see_all()).expect("a verdict");
        let index = &verification.history.index;
        let row = EntryRow::of(index, index.find(early).expect("an entry"));
        assert_eq!((row.valid, row.rule), (false, Some("3.open")));
        assert!(row.why.is_some_and(|why| !why.is_empty()), "{row:?}");
    }

    #[test]
    fn parents_are_those_of_the_commit() {
        let mut world = World::new(4, 1).expect("a charter");
        world.joins_all();
        world.by("alice").seeing_all().proposes(1, 0, "Let us begin.");
        let verification = world.verify(&world.see_all()).expect("a verdict");
        let index = &verification.history.index;
        let genesis = index.genesis.commit.to_string();
        let mut kinds = Vec::new();
        for (at, entry) in index.entries() {
            let row = EntryRow::of(index, at);
            assert_eq!(row.parents.first() == Some(&genesis), row.kind == "join", "{row:?}");
            let expected = entry.parents.len() + usize::from(row.kind == "join");
            assert_eq!(row.parents.len(), expected, "{row:?}");
            kinds.push(row.kind);
        }
        assert!(kinds.contains(&"join") && kinds.contains(&"proposal"), "{kinds:?}");
    }
}

//! Changes to one text, and how two of them relate.
//!
//! A change replaces some lines of the text by others. Two changes *contradict* each other when no text follows both:
//! they replace a line that both replace, one inserts amidst what the other replaces, or both insert at the same place.
//! They *touch* when one begins where the other ends: both can be followed, but the result deserves a look.

use std::collections::BTreeMap;
use std::ops::Range;

/// A change to a text: lines that go, and lines that come.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// The first line that is replaced, from 0; the lines that come are put before it when none is.
    pub start: usize,
    /// The line after the last that is replaced.
    pub end: usize,
    /// The lines that stand there instead.
    pub text: Vec<String>,
}

/// How two changes relate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// The same lines, the same words.
    Same,
    /// No text follows both.
    Contradicts,
    /// One begins where the other ends.
    Touches,
    /// They have nothing to do with each other.
    Independent,
}

impl Change {
    /// The lines of the text that it replaces, from 0.
    pub const fn lines(&self) -> Range<usize> {
        self.start..self.end
    }

    /// How it relates to another change of the same text.
    pub fn relation(&self, other: &Self) -> Relation {
        if self == other {
            return Relation::Same;
        }
        let (first, last) = if self.lines_key() <= other.lines_key() { (self, other) } else { (other, self) };
        let both_insert = first.start == first.end && last.start == last.end;
        match first.end.cmp(&last.start) {
            std::cmp::Ordering::Less => Relation::Independent,
            std::cmp::Ordering::Equal if both_insert => Relation::Contradicts,
            std::cmp::Ordering::Equal => Relation::Touches,
            std::cmp::Ordering::Greater => Relation::Contradicts,
        }
    }

    const fn lines_key(&self) -> (usize, usize) {
        (self.start, self.end)
    }
}

/// Changes of which none contradicts another, each with whose it is.
#[derive(Clone, Debug)]
pub struct Together<T>(BTreeMap<(usize, usize), (Change, T)>);

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Together<T> {
    /// Whose change contradicts this one.
    ///
    /// Looking at the neighbours is enough: as the changes are ordered and share no line, whatever lies further away
    /// has a neighbour between.
    pub fn contradicted(&self, change: &Change) -> Option<&T> {
        let key = change.lines_key();
        let before = self.0.range(..=key).next_back();
        let after = self.0.range(key..).next();
        let neighbours = before.into_iter().chain(after).map(|(_, neighbour)| neighbour);
        let mut rivals = neighbours.filter(|(other, _)| other.relation(change) == Relation::Contradicts);
        rivals.next().map(|(_, whose)| whose)
    }

    /// Adds a change that nothing here contradicts; one that is here already stays whose it was.
    ///
    /// # Errors
    /// Whose change contradicts it.
    pub fn add(&mut self, change: Change, whose: T) -> Result<(), &T> {
        if self.contradicted(&change).is_some() {
            return self.contradicted(&change).map_or(Ok(()), Err);
        }
        self.0.entry(change.lines_key()).or_insert((change, whose));
        Ok(())
    }

    /// The changes, in the order of the text.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.0.values().map(|(change, _)| change)
    }
}

/// Divides changes into groups: two that contradict each other are in one, directly or through others. Groups and the
/// changes in them are in the order of the text, each change once, with all whose it is in the order given.
pub fn groups<T: Clone>(changes: impl IntoIterator<Item = (Change, T)>) -> Vec<Vec<(Change, Vec<T>)>> {
    let mut distinct: BTreeMap<Change, Vec<T>> = BTreeMap::new();
    for (change, whose) in changes {
        distinct.entry(change).or_default().push(whose);
    }
    let mut groups: Vec<Vec<(Change, Vec<T>)>> = Vec::new();
    let mut end = 0;
    for (change, whose) in distinct {
        let last = groups.last().and_then(|group| group.last()).map(|(last, _)| last);
        let joins = last.is_some_and(|last| change.start < end || last.relation(&change) == Relation::Contradicts);
        end = if joins { end.max(change.end) } else { change.end };
        match groups.last_mut() {
            Some(group) if joins => group.push((change, whose)),
            _ => groups.push(vec![(change, whose)]),
        }
    }
    groups
}

//! Who said what after whom, in lanes: one column for each researcher, one line for each entry.
//!
//! Decides the order of entries for reading and how the columns are drawn. The dates in that order are the authors' own
//! and for display only, as everywhere; no entry ever stands on the wrong side of one in its past. Pure.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::cells::{cells, cut};
use crate::protocol::index::{Entry, EntryIx, Index};
use crate::protocol::past::Author;

/// All entries, newest first: an entry before everything in its past, and otherwise by date.
///
/// An entry's date counts as no older than its parents', so nobody can hide what they cite behind an old date.
pub fn newest_first(index: &Index) -> Vec<EntryIx> {
    // For each entry its date, how long the longest way to genesis is, and how many entries have it as a parent.
    let mut ages: Vec<(u64, u32)> = Vec::new();
    let mut followers: Vec<usize> = Vec::new();
    for (_, entry) in index.entries() {
        let parents = || entry.parents.iter().filter_map(|parent| ages.get(parent.0 as usize));
        let date = parents().map(|age| age.0).max().unwrap_or(0).max(entry.seconds);
        let depth = parents().map(|age| age.1 + 1).max().unwrap_or(0);
        for parent in &entry.parents {
            if let Some(followers) = followers.get_mut(parent.0 as usize) {
                *followers += 1;
            }
        }
        ages.push((date, depth));
        followers.push(0);
    }
    let rank = |at: EntryIx, entry: &Entry| {
        let (date, depth) = ages.get(at.0 as usize).copied().unwrap_or_default();
        (date, depth, std::cmp::Reverse(entry.author), entry.position, at)
    };
    let is_newest = |at: EntryIx, followers: &[usize]| followers.get(at.0 as usize) == Some(&0);
    let newest = index.entries().filter(|(at, _)| is_newest(*at, &followers));
    let mut ready: BinaryHeap<_> = newest.map(|(at, entry)| rank(at, entry)).collect();
    let mut order = Vec::with_capacity(ages.len());
    while let Some((.., at)) = ready.pop() {
        order.push(at);
        for parent in &index.entry(at).parents {
            if let Some(followers) = followers.get_mut(parent.0 as usize) {
                *followers -= 1;
            }
            if is_newest(*parent, &followers) {
                ready.push(rank(*parent, index.entry(*parent)));
            }
        }
    }
    order
}

/// The entries that do not go on from their author's next older one in an order of all entries, but from another, or
/// from several: where logs have branches, and where branches are joined.
pub fn off_the_chain(index: &Index, order: &[EntryIx]) -> BTreeSet<EntryIx> {
    let mut newest: BTreeMap<Author, EntryIx> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for at in order.iter().rev() {
        let entry = index.entry(*at);
        let own = entry.parents.iter().filter(|parent| index.entry(**parent).author == entry.author);
        if !own.eq(newest.insert(entry.author, *at).iter()) {
            found.insert(*at);
        }
    }
    found
}

/// One line.
#[derive(Clone, Debug)]
pub struct Row {
    /// The entry.
    pub at: EntryIx,
    /// What stands beside the columns, harmless already. It is cut if it is too long.
    pub words: String,
    /// What stands after that and is never cut.
    pub note: String,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// How many columns of the screen there are.
    pub width: usize,
    /// Whether each lane has a colour.
    pub colour: bool,
}

/// What stands in an entry's line in a lane.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// Its author's: it counts, or not.
    Entry(bool),
    /// Something of that lane is cited: the nearest older line there, or not.
    Cited(bool),
    /// That lane has lines above and below.
    Passing,
    Nothing,
}

/// The picture: who has which lane, and a line for each row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lanes {
    /// Lines with everybody's name on top of their lane.
    pub heading: Vec<String>,
    /// A line for each row.
    pub lines: Vec<String>,
}

/// Draws the rows, which are in the order of [`newest_first`] but need not be all; `None` when there are more
/// researchers than fit beside words that can still be read.
///
/// `*` is an entry, `x` one that does not count. In the same line `o` stands where it cites the nearest older entry
/// shown in that column, and `.` where it cites another one of that researcher.
pub fn lanes(index: &Index, rows: &[Row], drawing: Drawing) -> Option<Lanes> {
    let named = named(index, rows);
    let columns = named.len() * 2;
    if columns * 3 > drawing.width {
        return None;
    }
    let heading = named.iter().enumerate().map(|(lane, author)| {
        let left: String = (0..lane).map(|lane| drawing.paint(lane, "|") + " ").collect();
        left + &drawing.paint(lane, index.name(*author).as_str())
    });
    let mut first: BTreeMap<Author, usize> = BTreeMap::new();
    for (line, row) in rows.iter().enumerate() {
        first.entry(index.entry(row.at).author).or_insert(line);
    }
    // From the oldest up: what was met last in a lane is the nearest older there.
    let mut nearest: BTreeMap<Author, EntryIx> = BTreeMap::new();
    let mut lines = Vec::with_capacity(rows.len());
    for (line, row) in rows.iter().enumerate().rev() {
        let entry = index.entry(row.at);
        let mark = |author: &Author| {
            let below = nearest.get(author).copied();
            let above = first.get(author).is_some_and(|first| *first < line);
            mark(index, entry, *author, below, above)
        };
        let marks: Vec<Mark> = named.iter().map(mark).collect();
        let room = drawing.width.saturating_sub(columns + 1 + cells(&row.note));
        lines.push(format!("{} {}{}", drawing.lanes(&marks), cut(&row.words, room), row.note));
        nearest.insert(entry.author, row.at);
    }
    lines.reverse();
    Some(Lanes { heading: heading.collect(), lines })
}

/// Whose lanes there are: everyone's who says something in these rows or is cited there.
fn named(index: &Index, rows: &[Row]) -> Vec<Author> {
    let parents = rows.iter().flat_map(|row| index.entry(row.at).parents.iter().copied());
    let entries = rows.iter().map(|row| row.at).chain(parents);
    entries.map(|at| index.entry(at).author).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What an entry's line has in an author's lane, whose nearest line `below` and whether there is one above is known.
fn mark(index: &Index, entry: &Entry, author: Author, below: Option<EntryIx>, above: bool) -> Mark {
    if entry.author == author {
        return Mark::Entry(entry.is_valid());
    }
    let mut cited = entry.parents.iter().filter(|parent| index.entry(**parent).author == author).peekable();
    match cited.peek() {
        Some(_) => Mark::Cited(cited.any(|parent| Some(*parent) == below)),
        None if above && below.is_some() => Mark::Passing,
        None => Mark::Nothing,
    }
}

impl Drawing {
    /// Paints something in its lane's colour. Red says that something is wrong, so no lane has it.
    fn paint(self, lane: usize, text: &str) -> String {
        if self.colour { format!("\u{1b}[{}m{text}\u{1b}[0m", 32 + lane % 5) } else { text.to_owned() }
    }

    /// The columns of a line, with a rule from the entry to everything it cites.
    fn lanes(self, marks: &[Mark]) -> String {
        let is_end = |mark: &Mark| matches!(mark, Mark::Entry(_) | Mark::Cited(_));
        let from = marks.iter().position(is_end).unwrap_or(0);
        let to = marks.iter().rposition(is_end).unwrap_or(0);
        let mut text = String::new();
        for (lane, mark) in marks.iter().enumerate() {
            let on_rule = from < lane && lane < to;
            text += &match mark {
                Mark::Entry(true) => self.paint(lane, "*"),
                Mark::Entry(false) if self.colour => "\u{1b}[1;31mx\u{1b}[0m".to_owned(),
                Mark::Entry(false) => "x".to_owned(),
                Mark::Cited(true) => self.paint(lane, "o"),
                Mark::Cited(false) => self.paint(lane, "."),
                Mark::Passing if on_rule => "+".to_owned(),
                Mark::Passing => self.paint(lane, "|"),
                Mark::Nothing if on_rule => "-".to_owned(),
                Mark::Nothing => " ".to_owned(),
            };
            text.push(if from <= lane && lane < to { '-' } else { ' ' });
        }
        text
    }
}

#[cfg(test)]
mod tests;

//! Rules 2.parent and 2.budget: on which entries another may stand, and how many an author may have below it.
//!
//! Both bound what one log can bring into another: a log goes on from its own end, cites the newest entry of each
//! other researcher and never an older one, and stays within a budget that only a quorum can raise. They read nothing
//! but pasts, and in one case the tree for its slot; what an entry says is never asked.

use std::collections::BTreeMap;

use super::commit::Commit;
use super::id::ObjectId;
use super::index::{EntryIx, Index};
use super::object::{Objects, Trouble};
use super::past::{Author, Clock};
use super::report::highest_open_round;
use super::slot::Slot;
use super::union::{Added, slot_added};

/// A commit's parents, as the index knows them.
pub(super) struct Parents {
    /// In order; genesis is `None`.
    pub(super) all: Vec<Option<EntryIx>>,
    /// In order, without genesis.
    pub(super) entries: Box<[EntryIx]>,
    /// Them and all their ancestors.
    pub(super) past: Clock,
}

/// What 2.parent says of a commit.
pub(super) enum Parentage {
    /// It keeps the rule.
    Kept,
    /// It breaks it, for this reason.
    Broken(String),
    /// A tree is missing that was needed to tell.
    Missing,
}

/// What 2.budget says of a commit.
pub(super) enum Spent {
    /// It is within the budget; what it costs others to know.
    Within(Budget),
    /// It is over it, for this reason.
    Over(String),
}

/// What the index keeps of an entry so that the budget of those after it is quickly told.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Budget {
    /// At least so many pairs of step and round are open in its past.
    pub open: usize,
    /// Whether it has two own parents that go sideways.
    pub is_sideways: bool,
}

impl Parents {
    /// The parents of a commit; `None` when the index lacks one.
    pub(super) fn of(index: &mut Index, commit: &Commit) -> Option<Self> {
        let mut all = Vec::with_capacity(commit.parents.len());
        for id in &commit.parents {
            match index.find(*id) {
                None if *id != index.genesis.commit => return None,
                known => all.push(known),
            }
        }
        let entries: Box<[EntryIx]> = all.iter().flatten().copied().collect();
        let past = index.reach_of(entries.iter().copied());
        Some(Self { all, entries, past })
    }

    /// The first parent; `None` when it is genesis.
    pub(super) fn first(&self) -> Option<EntryIx> {
        self.all.first().copied().flatten()
    }

    /// The trees of the author's own parents, the first parent's first.
    pub(super) fn own_trees(&self, index: &Index, author: Author) -> Vec<ObjectId> {
        let first = self.first().map_or(index.genesis.tree, |first| index.entry(first).tree);
        std::iter::once(first).chain(self.further_by(index, author).map(|entry| index.entry(entry).tree)).collect()
    }

    /// The further parents by an author.
    fn further_by<'a>(&'a self, index: &'a Index, author: Author) -> impl Iterator<Item = EntryIx> + 'a {
        self.all.iter().skip(1).flatten().copied().filter(move |entry| index.entry(*entry).author == author)
    }
}

/// 2.parent. With O the author's entries in the past that no other of theirs there follows: the first parent is one
/// of O, or genesis when O is empty; at most one further parent is the author's, one of O too; of every other
/// researcher at most one parent is an entry, and it follows all that the first parent knows of them. An accusation
/// of NAME may have two parents by NAME, standing anywhere.
///
/// # Errors
/// Only [`Trouble`] of the store.
pub(super) fn stand(
    index: &Index,
    objects: &dyn Objects,
    author: Author,
    commit: &Commit,
    parents: &Parents,
) -> Result<Parentage, Trouble> {
    if let Some(why) = own_parents(index, author, commit, parents) {
        return Ok(Parentage::Broken(why));
    }
    let mut backward = backward(index, author, parents);
    let Some((other, cited, why)) = backward.pop() else { return Ok(Parentage::Kept) };
    // An accusation is of one researcher, and shows two entries.
    if !backward.is_empty() || cited > 2 {
        return Ok(Parentage::Broken(why));
    }
    Ok(match slot_added(objects, commit.tree, &parents.own_trees(index, author))? {
        Added::One(Slot::Accusation(name)) if name == *index.name(other) => Parentage::Kept,
        Added::One(_) | Added::NoneOrSeveral => Parentage::Broken(why),
        Added::Missing => Parentage::Missing,
    })
}

/// Why the author's own parents are not as they must be, if they are not.
fn own_parents(index: &Index, author: Author, commit: &Commit, parents: &Parents) -> Option<String> {
    let is_newest = |entry: EntryIx| {
        let entry = index.entry(entry);
        entry.author == author && index.pasts.is_tip(&parents.past, author, entry.position)
    };
    let name = index.name(author);
    let mut further = 0;
    for (at, (id, parent)) in commit.parents.iter().zip(&parents.all).enumerate() {
        match (at, parent) {
            (0, None) if index.pasts.is_silent(&parents.past, author) => {}
            (0, None) => return Some(format!("its first parent is genesis, but {name} has entries in its past")),
            (0, Some(first)) if is_newest(*first) => {}
            (0, Some(_)) => {
                return Some(format!("its first parent {} is not {name}'s newest entry in its past", id.short()));
            }
            (_, None) => return Some("genesis is one of its further parents".to_owned()),
            (_, Some(other)) if index.entry(*other).author != author => {}
            (_, Some(other)) if is_newest(*other) => further += 1,
            (_, Some(_)) => {
                return Some(format!("its parent {} is an entry of {name} that another one there follows", id.short()));
            }
        }
    }
    (further > 1).then(|| format!("more than two of its parents are entries of {name}"))
}

/// The other researchers of whom there are several parents, or one that leaves behind what the first parent knows of
/// them: how many parents, and what is wrong with that.
fn backward(index: &Index, author: Author, parents: &Parents) -> Vec<(Author, usize, String)> {
    let mut cited: BTreeMap<Author, Vec<EntryIx>> = BTreeMap::new();
    for entry in parents.entries.iter().copied().filter(|entry| index.entry(*entry).author != author) {
        cited.entry(index.entry(entry).author).or_default().push(entry);
    }
    let nothing = index.pasts.nothing();
    let known = parents.first().map_or(&nothing, |first| &index.entry(first).reach);
    let told = cited.into_iter().filter_map(|(other, entries)| {
        let name = index.name(other);
        let why = match entries.as_slice() {
            [one] if index.pasts.covers(&index.entry(*one).reach, known, other) => return None,
            [one] => format!(
                "its parent {} does not follow every entry of {name} that its first parent knows",
                index.entry(*one).id.short()
            ),
            several => format!("{} of its parents are entries of {name}", several.len()),
        };
        Some((other, entries.len(), why))
    });
    told.collect()
}

/// 2.budget. An author has at most (2n + 32) * (1 + o) entries in a past and may write no more on top of them; and of
/// entries whose two own parents go sideways at most 2 + o. Here n is the size of the group, and o how many pairs of
/// step and round are open in that past.
pub(super) fn spend(index: &Index, author: Author, parents: &Parents) -> Spent {
    let past = &parents.past;
    // What is open in the past of a parent is open here, too.
    let known = parents.entries.iter().map(|entry| index.entry(*entry).budget.open).max().unwrap_or(0).max(1);
    let count = index.pasts.count_in(past, author);
    let sideways = goes_sideways(index, author, parents);
    let repairs = if sideways { index.sideways_in(past, author) } else { 0 };
    let within = |open: usize| count < entries_max(index, open) && (!sideways || repairs < repairs_max(open));
    let mut open = known;
    if !within(open) {
        open = open_pairs(index, past);
    }
    if within(open) {
        return Spent::Within(Budget { open, is_sideways: sideways });
    }
    let name = index.name(author);
    Spent::Over(match count < entries_max(index, open) {
        true => format!("{name} has already joined branches sideways {repairs} times in its past"),
        false => format!("{name} already has {count} entries in its past, and no more fit into what is open there"),
    })
}

/// The most entries of one author in a past where so many pairs are open: about four times what an honest researcher
/// writes in as many rounds. As long as no amendment is known (section 5), the largest group is genesis's.
pub fn entries_max(index: &Index, open: usize) -> usize {
    (2 * index.charter.n() + 32) * (1 + open)
}

/// The most repairs of one author that go sideways.
const fn repairs_max(open: usize) -> usize {
    2 + open
}

/// How many pairs of step and round are open in a past; for this alone a step with two finals counts as final.
pub fn open_pairs(index: &Index, past: &Clock) -> usize {
    let mut open = 0;
    let mut step = 1;
    loop {
        open += 1 + highest_open_round(index, past, step) as usize;
        if index.finals(past, step).is_empty() {
            return open;
        }
        step += 1;
    }
}

/// Whether there are two own parents of which each holds, itself included, entries of some other researcher that the
/// other does not hold.
fn goes_sideways(index: &Index, author: Author, parents: &Parents) -> bool {
    let (Some(first), Some(second)) = (parents.first(), parents.further_by(index, author).next()) else {
        return false;
    };
    let (first, second) = (&index.entry(first).reach, &index.entry(second).reach);
    let brings = |one: &Clock, other: &Clock| {
        index.authors().any(|(who, _)| who != author && !index.pasts.covers(other, one, who))
    };
    brings(first, second) && brings(second, first)
}

#[cfg(test)]
mod tests;

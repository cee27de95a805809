//! The past as an index: who is in the past of whom, answered without walking history.
//!
//! Every entry gets a clock: for each author, which of that author's entries are among its ancestors. An
//! honest author's log is a chain, so "which" is just "how many", a vector clock. When a log forks, the
//! clock holds the set of ancestors instead ([`super::bits`]), and with it the set of those that another
//! entry of the author there follows; both are closed under union, so a clock is always the union of the
//! parents' clocks. Cost per entry is in proportion to the number of authors, whatever the length of the
//! logs, and for a forked log to how many of its entries the past holds, which rule 2.budget bounds. This
//! module knows nothing of slots or validity.

use std::collections::{BTreeMap, BTreeSet};

use super::bits::Bits;

/// A researcher, as a number: the place in the list of all who were ever in a charter of this group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Author(pub u16);

/// One of an author's entries: entries of an author are numbered as they are added, ancestors first.
pub type Position = u32;

/// For each author the entries in some past. Small: one word for each author.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Clock(Box<[u32]>);

/// A clock's word at or above this is an index into [`Pasts::sets`]; below, the number of entries of a chain.
const SET: u32 = 1 << 31;

/// Some of the entries of an author whose log forks.
#[derive(Clone, Default, Debug)]
struct Members {
    /// The entries.
    all: Bits,
    /// Those that another of the entries follows.
    followed: Bits,
}

/// The clocks of all authors, as far as they need each other.
#[derive(Default, Debug)]
pub struct Pasts {
    sets: Vec<Members>,
    /// The union of two words, where it is a set of its own: all who join the same two branches share it.
    unions: BTreeMap<(u32, u32), u32>,
    authors: Vec<Log>,
}

/// What is known of one author's log as a whole.
#[derive(Default, Debug)]
struct Log {
    /// How many entries there are.
    count: u32,
    /// How many of the first entries form a chain, each following the one before.
    chain: u32,
    /// Entries that are followed by one outside that chain.
    followed: Bits,
}

impl Pasts {
    /// Starts a clock that holds nothing.
    pub fn nothing(&self) -> Clock {
        Clock::default()
    }

    /// The clock that holds every entry added so far.
    pub fn everything(&mut self) -> Clock {
        let words = (0..self.authors.len()).map(|at| self.whole_log(at)).collect();
        Clock(words)
    }

    /// Adds everything that `other` holds to `clock`.
    pub fn join(&mut self, clock: &mut Clock, other: &Clock) {
        *clock = self.union_of(&[clock, other]);
    }

    /// The clock of everything that these hold. However many they are, no more is kept than what it comes to.
    pub fn union_of(&mut self, clocks: &[&Clock]) -> Clock {
        let length = clocks.iter().map(|clock| clock.0.len()).max().unwrap_or(0);
        let words = (0..length).map(|at| {
            let chain = clocks.iter().map(|clock| clock.word(at)).filter(|word| *word < SET).max().unwrap_or(0);
            let sets: BTreeSet<u32> = clocks.iter().map(|clock| clock.word(at)).filter(|word| *word >= SET).collect();
            if sets.is_empty() { chain } else { self.union(chain, &sets) }
        });
        Clock(words.collect())
    }

    /// Numbers a new entry of `author` whose ancestors are `past`, and gives its position and the clock of
    /// those ancestors and itself.
    pub fn add(&mut self, author: Author, past: &Clock) -> (Position, Clock) {
        let at = usize::from(author.0);
        if self.authors.len() <= at {
            self.authors.resize_with(at + 1, Log::default);
        }
        let before = past.word(at);
        let Some(log) = self.authors.get_mut(at) else { return (0, past.clone()) };
        let position = log.count;
        log.count += 1;
        let word = if before == position && log.chain == position {
            log.chain += 1;
            log.chain
        } else {
            let followed = self.members(before).all;
            let mut all = followed.clone();
            all.insert(position);
            if let Some(log) = self.authors.get_mut(at) {
                log.followed.extend(&followed);
            }
            self.keep(Members { all, followed })
        };
        let mut words = past.0.to_vec();
        words.resize(words.len().max(at + 1), 0);
        if let Some(slot) = words.get_mut(at) {
            *slot = word;
        }
        (position, Clock(words.into()))
    }

    /// Whether the entry `position` of `author` is in a past.
    pub fn holds(&self, past: &Clock, author: Author, position: Position) -> bool {
        match past.word(usize::from(author.0)) {
            word if word < SET => position < word,
            word => self.set(word).is_some_and(|set| set.all.contains(position)),
        }
    }

    /// The author's entries in a past that no other entry of the author there follows, ascending.
    pub fn tips(&self, past: &Clock, author: Author) -> Vec<Position> {
        match past.word(usize::from(author.0)) {
            0 => Vec::new(),
            word if word < SET => vec![word - 1],
            word => self.set(word).map(|set| set.all.difference(&set.followed).collect()).unwrap_or_default(),
        }
    }

    /// Whether `position` is one of the [`Pasts::tips`].
    pub fn is_tip(&self, past: &Clock, author: Author, position: Position) -> bool {
        match past.word(usize::from(author.0)) {
            word if word < SET => position + 1 == word,
            word => self.set(word).is_some_and(|set| set.all.contains(position) && !set.followed.contains(position)),
        }
    }

    /// Whether the author has no entry in a past.
    pub fn is_silent(&self, past: &Clock, author: Author) -> bool {
        past.word(usize::from(author.0)) == 0
    }

    /// Whether the author's log is a single chain.
    pub fn is_chain(&self, author: Author) -> bool {
        self.authors.get(usize::from(author.0)).is_none_or(|log| log.chain == log.count)
    }

    /// How many entries the author has.
    pub fn count(&self, author: Author) -> u32 {
        self.authors.get(usize::from(author.0)).map_or(0, |log| log.count)
    }

    /// How many entries of the author are in a past.
    pub fn count_in(&self, past: &Clock, author: Author) -> usize {
        match past.word(usize::from(author.0)) {
            word if word < SET => word as usize,
            word => self.set(word).map_or(0, |set| set.all.len()),
        }
    }

    /// Whether `past` holds every entry of the author that `other` holds.
    pub fn covers(&self, past: &Clock, other: &Clock, author: Author) -> bool {
        match (other.word(usize::from(author.0)), past.word(usize::from(author.0))) {
            (theirs, ours) if theirs == ours || theirs == 0 => true,
            (theirs, ours) if theirs < SET && ours < SET => theirs < ours,
            (theirs, ours) => self.members(theirs).all.is_subset(&self.members(ours).all),
        }
    }

    /// The author's entries in a past, as a set.
    pub fn members_of(&self, past: &Clock, author: Author) -> Bits {
        self.members(past.word(usize::from(author.0))).all
    }

    fn whole_log(&mut self, at: usize) -> u32 {
        let Some(log) = self.authors.get(at) else { return 0 };
        if log.count == log.chain {
            return log.count;
        }
        let mut followed = Bits::below(log.chain.saturating_sub(1));
        followed.extend(&log.followed);
        let all = Bits::below(log.count);
        self.keep(Members { all, followed })
    }

    /// The word for a chain and some sets: one of theirs, if it holds all the others.
    fn union(&mut self, chain: u32, sets: &BTreeSet<u32>) -> u32 {
        let words: Vec<u32> = Some(chain).filter(|chain| *chain > 0).into_iter().chain(sets.iter().copied()).collect();
        let pair = if let [a, b] = words[..] { Some((a, b)) } else { None };
        if let Some(known) = pair.and_then(|pair| self.unions.get(&pair)) {
            return *known;
        }
        let (mut all, mut is_word) = (Members::default(), None);
        for word in words {
            let members = self.members(word);
            if all.all.is_subset(&members.all) {
                (all, is_word) = (members, Some(word));
            } else if !members.all.is_subset(&all.all) {
                all.all.extend(&members.all);
                all.followed.extend(&members.followed);
                is_word = None;
            }
        }
        is_word.unwrap_or_else(|| {
            let union = self.keep(all);
            self.unions.extend(pair.map(|pair| (pair, union)));
            union
        })
    }

    fn members(&self, word: u32) -> Members {
        if word < SET {
            return Members { all: Bits::below(word), followed: Bits::below(word.saturating_sub(1)) };
        }
        self.set(word).cloned().unwrap_or_default()
    }

    fn set(&self, word: u32) -> Option<&Members> {
        self.sets.get((word - SET) as usize)
    }

    fn keep(&mut self, members: Members) -> u32 {
        self.sets.push(members);
        SET + (self.sets.len() - 1) as u32
    }
}

impl Clock {
    fn word(&self, at: usize) -> u32 {
        self.0.get(at).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// A history: each entry has an author and cites some earlier entries.
    fn histories() -> impl Strategy<Value = Vec<(u16, Vec<usize>)>> {
        proptest::collection::vec((0..3_u16, proptest::collection::vec(0..1_000_usize, 0..3)), 1..40)
    }

    proptest! {
        /// Against the plain definition: walk the graph for every question.
        #[test]
        fn answers_as_a_walk_would(history in histories()) {
            let mut pasts = Pasts::default();
            let mut entries: Vec<(Author, Position, Clock, BTreeSet<usize>)> = Vec::new();
            for (number, (author, cites)) in history.iter().enumerate() {
                let author = Author(*author);
                let mut past = pasts.nothing();
                let mut ancestors = BTreeSet::new();
                for cited in cites.iter().filter(|_| number > 0).map(|c| c % number.max(1)) {
                    let (_, _, clock, theirs) = &entries[cited];
                    pasts.join(&mut past, clock);
                    ancestors.extend(theirs);
                    ancestors.insert(cited);
                }
                for (other, (who, position, ..)) in entries.iter().enumerate() {
                    prop_assert_eq!(pasts.holds(&past, *who, *position), ancestors.contains(&other));
                    let followed = ancestors.iter().any(|a| entries[*a].0 == *who && entries[*a].3.contains(&other));
                    let tip = ancestors.contains(&other) && !followed;
                    prop_assert_eq!(pasts.is_tip(&past, *who, *position), tip);
                    prop_assert_eq!(pasts.tips(&past, *who).contains(position), tip);
                }
                let of = |set: &BTreeSet<usize>, who: Author| -> BTreeSet<usize> {
                    set.iter().copied().filter(|other| entries[*other].0 == who).collect()
                };
                for who in (0..3).map(Author) {
                    prop_assert_eq!(pasts.count_in(&past, who), of(&ancestors, who).len());
                    for (_, _, clock, theirs) in &entries {
                        let mut reach = theirs.clone();
                        reach.extend(entries.iter().position(|e| std::ptr::eq(&e.2, clock)));
                        let covered = of(&reach, who).is_subset(&of(&ancestors, who));
                        prop_assert_eq!(pasts.covers(&past, clock, who), covered);
                    }
                }
                let (position, clock) = pasts.add(author, &past);
                entries.push((author, position, clock, ancestors));
            }
            let all = pasts.everything();
            for (number, (who, position, ..)) in entries.iter().enumerate() {
                let followed = entries.iter().any(|e| e.0 == *who && e.3.contains(&number));
                prop_assert!(pasts.holds(&all, *who, *position));
                prop_assert_eq!(pasts.is_tip(&all, *who, *position), !followed);
            }
            for who in (0..3).map(Author) {
                let own: Vec<usize> = (0..entries.len()).filter(|e| entries[*e].0 == who).collect();
                let chain = own.windows(2).all(|w| entries[w[1]].3.contains(&w[0]));
                prop_assert_eq!(pasts.is_chain(who), chain);
            }
        }
    }

    /// Counted, not timed: what is kept grows by one set for each entry, however they are joined and asked about.
    #[test]
    fn a_union_is_kept_once_and_nothing_on_the_way_to_it() {
        let mut pasts = Pasts::default();
        let liar = Author(0);
        let (_, join) = pasts.add(liar, &Clock::default());
        let ends: Vec<Clock> = (0..100).map(|_| pasts.add(liar, &join).1).collect();
        let kept = pasts.sets.len();
        pasts.union_of(&ends.iter().collect::<Vec<_>>());
        assert_eq!(pasts.sets.len(), kept + 1);
        let joined: BTreeSet<u32> = (0..10).map(|_| pasts.union_of(&[&ends[3], &ends[5]]).word(0)).collect();
        assert_eq!((joined.len(), pasts.sets.len()), (1, kept + 2));
        assert_eq!(pasts.union_of(&[&ends[3], &join]), ends[3]);
        assert_eq!(pasts.sets.len(), kept + 2);
    }
}

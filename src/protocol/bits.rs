//! A growing set of small numbers whose size follows how many there are, not how large they are, and that shares what
//! it has in common with its copies.
//!
//! Pasts of forked logs are kept in these ([`super::past`]), one for each entry of such a log: so a log made to fork
//! without end costs a verifier memory in proportion to its length and to how many entries one past can hold (rule
//! 2.budget), wherever in the log those stand.

use std::sync::Arc;

const WORDS: usize = 64;
const LEAF_BITS: u32 = 64 * WORDS as u32;

/// Up to this many numbers of a leaf are listed; more are kept as bits, which then takes no more room.
const FEW: usize = 256;

/// A set of `u32`, in leaves of 4,096 numbers that copies share.
#[derive(Clone, Default, Debug)]
pub struct Bits {
    /// The leaves that hold something, by their place.
    leaves: Arc<Vec<(u32, Leaf)>>,
}

/// Some of 4,096 numbers, at least one.
#[derive(Clone, Debug)]
enum Leaf {
    /// Ascending.
    Few(Arc<[u16]>),
    /// As bits.
    Many(Arc<[u64; WORDS]>),
}

impl Bits {
    /// The numbers below `end`.
    pub fn below(end: u32) -> Self {
        let full = Leaf::Many(Arc::new([u64::MAX; WORDS]));
        let mut leaves: Vec<_> = (0..end / LEAF_BITS).map(|at| (at, full.clone())).collect();
        let (at, rest) = place(end);
        if usize::from(rest) > FEW {
            let word = |start: u16| match rest.saturating_sub(start) {
                here @ 0..64 => (1 << here) - 1,
                _ => u64::MAX,
            };
            leaves.push((at, Leaf::Many(Arc::new(std::array::from_fn(|index| word(64 * index as u16))))));
        } else if rest > 0 {
            leaves.push((at, Leaf::Few((0..rest).collect())));
        }
        Self { leaves: Arc::new(leaves) }
    }

    /// Adds a number.
    pub fn insert(&mut self, number: u32) {
        let (at, low) = place(number);
        let leaves = Arc::make_mut(&mut self.leaves);
        match leaves.binary_search_by_key(&at, |(at, _)| *at) {
            Err(before) => leaves.insert(before, (at, Leaf::of(&[low]))),
            Ok(found) => {
                if let Some((_, leaf)) = leaves.get_mut(found).filter(|(_, leaf)| !leaf.contains(low)) {
                    *leaf = leaf.union(&Leaf::of(&[low]));
                }
            }
        }
    }

    /// Whether a number is in the set.
    pub fn contains(&self, number: u32) -> bool {
        let (at, low) = place(number);
        self.leaf(at).is_some_and(|leaf| leaf.contains(low))
    }

    /// Adds all numbers of `other`.
    pub fn extend(&mut self, other: &Self) {
        if Arc::ptr_eq(&self.leaves, &other.leaves) || other.leaves.is_empty() {
            return;
        }
        if self.leaves.is_empty() {
            *self = other.clone();
            return;
        }
        let leaves = Arc::make_mut(&mut self.leaves);
        for (at, theirs) in other.leaves.iter() {
            match leaves.binary_search_by_key(at, |(at, _)| *at) {
                Err(before) => leaves.insert(before, (*at, theirs.clone())),
                Ok(found) => {
                    if let Some((_, ours)) = leaves.get_mut(found).filter(|(_, ours)| !theirs.is_subset(ours)) {
                        *ours = if ours.is_subset(theirs) { theirs.clone() } else { ours.union(theirs) };
                    }
                }
            }
        }
    }

    /// Whether every number of the set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.leaves, &other.leaves)
            || self.leaves.iter().all(|(at, ours)| other.leaf(*at).is_some_and(|theirs| ours.is_subset(theirs)))
    }

    /// How many numbers are in the set.
    pub fn len(&self) -> usize {
        self.leaves.iter().map(|(_, leaf)| leaf.len()).sum()
    }

    /// Whether no number is in the set.
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// The numbers that are in both sets, ascending. Costs no more than to walk the smaller set, a leaf at a time.
    pub fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        let (short, long) = if self.leaves.len() <= other.leaves.len() { (self, other) } else { (other, self) };
        let leaves = short.leaves.iter().filter_map(|(at, leaf)| Some((*at, leaf.common(long.leaf(*at)?))));
        leaves.flat_map(|(at, common)| common.into_iter().map(move |low| number(at, low)))
    }

    /// The numbers that are here and not in `other`, ascending.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        self.leaves.iter().flat_map(move |(at, ours)| {
            let theirs = other.leaf(*at);
            let ours = Some(ours).filter(|ours| !theirs.is_some_and(|theirs| ours.is_same(theirs)));
            let left = ours.into_iter().flat_map(|ours| ours.numbers());
            left.filter(move |low| !theirs.is_some_and(|theirs| theirs.contains(*low))).map(|low| number(*at, low))
        })
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.leaves.iter().flat_map(|(at, leaf)| leaf.numbers().into_iter().map(|low| number(*at, low)))
    }

    fn leaf(&self, at: u32) -> Option<&Leaf> {
        let found = self.leaves.binary_search_by_key(&at, |(at, _)| *at).ok()?;
        self.leaves.get(found).map(|(_, leaf)| leaf)
    }
}

impl Leaf {
    /// These, which are ascending.
    fn of(numbers: &[u16]) -> Self {
        if numbers.len() <= FEW {
            return Self::Few(numbers.into());
        }
        let mut words = [0; WORDS];
        numbers.iter().for_each(|low| set(&mut words, *low));
        Self::Many(Arc::new(words))
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(few) => few.len(),
            Self::Many(words) => words.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    fn contains(&self, low: u16) -> bool {
        match self {
            Self::Few(few) => few.binary_search(&low).is_ok(),
            Self::Many(words) => words.get(usize::from(low / 64)).is_some_and(|word| word >> (low % 64) & 1 == 1),
        }
    }

    /// Whether it is the very same memory.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Few(a), Self::Few(b)) => Arc::ptr_eq(a, b),
            (Self::Many(a), Self::Many(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    fn is_subset(&self, other: &Self) -> bool {
        match (self, other) {
            _ if self.is_same(other) => true,
            (Self::Few(few), _) => few.iter().all(|low| other.contains(*low)),
            // There are always more of many than of few.
            (Self::Many(_), Self::Few(_)) => false,
            (Self::Many(a), Self::Many(b)) => a.iter().zip(b.iter()).all(|(a, b)| a & !b == 0),
        }
    }

    fn union(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Few(a), Self::Few(b)) => {
                let mut both = [&a[..], &b[..]].concat();
                both.sort_unstable();
                both.dedup();
                Self::of(&both)
            }
            (Self::Many(many), Self::Few(few)) | (Self::Few(few), Self::Many(many)) => {
                let mut words = **many;
                few.iter().for_each(|low| set(&mut words, *low));
                Self::Many(Arc::new(words))
            }
            (Self::Many(a), Self::Many(b)) => {
                let mut words = **a;
                words.iter_mut().zip(b.iter()).for_each(|(a, b)| *a |= b);
                Self::Many(Arc::new(words))
            }
        }
    }

    fn common(&self, other: &Self) -> Vec<u16> {
        match (self, other) {
            (Self::Few(few), other) | (other, Self::Few(few)) => {
                few.iter().copied().filter(|low| other.contains(*low)).collect()
            }
            (Self::Many(a), Self::Many(b)) => ones(a.iter().zip(b.iter()).map(|(a, b)| a & b)),
        }
    }

    fn numbers(&self) -> Vec<u16> {
        match self {
            Self::Few(few) => few.to_vec(),
            Self::Many(words) => ones(words.iter().copied()),
        }
    }
}

/// Which leaf a number is in, and where.
const fn place(number: u32) -> (u32, u16) {
    (number / LEAF_BITS, (number % LEAF_BITS) as u16)
}

const fn number(at: u32, low: u16) -> u32 {
    at * LEAF_BITS + low as u32
}

fn set(words: &mut [u64; WORDS], low: u16) {
    if let Some(word) = words.get_mut(usize::from(low / 64)) {
        *word |= 1 << (low % 64);
    }
}

/// The places of all ones, ascending.
fn ones(words: impl Iterator<Item = u64>) -> Vec<u16> {
    let mut numbers = Vec::new();
    for (start, mut word) in (0..).step_by(64).zip(words) {
        while word != 0 {
            numbers.push(start + word.trailing_zeros() as u16);
            word &= word - 1;
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn bits(numbers: &BTreeSet<u32>) -> Bits {
        let mut bits = Bits::default();
        numbers.iter().for_each(|n| bits.insert(*n));
        bits
    }

    /// Some numbers here and there, and sometimes so many together that they are kept as bits.
    fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
        let here = prop_oneof![0..200_u32, 4_000..4_200_u32, 12_280..12_300_u32];
        let some = proptest::collection::btree_set(here, 0..60);
        (some, proptest::option::of((3_700..4_096_u32, 200..500_u32))).prop_map(|(mut some, run)| {
            some.extend(run.into_iter().flat_map(|(start, length)| start..start + length));
            some
        })
    }

    proptest! {
        #[test]
        fn behaves_as_a_set(a in numbers(), b in numbers(), end in 0..9_000_u32) {
            let (x, y) = (bits(&a), bits(&b));
            let mut union = x.clone();
            union.extend(&y);
            prop_assert!(union.iter().eq(a.union(&b).copied()));
            prop_assert!(x.iter().eq(a.iter().copied()));
            prop_assert!(x.difference(&y).eq(a.difference(&b).copied()));
            prop_assert!(union.difference(&y).eq(a.difference(&b).copied()));
            prop_assert!(x.common(&y).eq(a.intersection(&b).copied()));
            prop_assert_eq!(x.is_subset(&y), a.is_subset(&b));
            prop_assert_eq!((x.len(), x.is_empty()), (a.len(), a.is_empty()));
            prop_assert!(x.is_subset(&union) && y.is_subset(&union));
            prop_assert!(Bits::below(end).iter().eq(0..end));
            prop_assert_eq!(Bits::below(end).contains(end), false);
            prop_assert!(a.iter().all(|n| x.contains(*n)));
        }
    }

    /// Whatever the numbers are, 80 of them take no more than 80 leaves of one number each.
    #[test]
    fn its_size_follows_how_many_there_are() {
        let far_apart = bits(&(0..80).map(|n| n * 100_000).collect());
        assert_eq!(far_apart.leaves.len(), 80);
        assert!(far_apart.leaves.iter().all(|(_, leaf)| matches!(leaf, Leaf::Few(few) if few.len() == 1)));
        let close = bits(&(0..80).map(|n| n * 3).collect());
        assert!(matches!(&close.leaves[..], [(0, Leaf::Few(few))] if few.len() == 80));
        assert!(matches!(&Bits::below(4_096).leaves[..], [(0, Leaf::Many(_))]));
    }
}

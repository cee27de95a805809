//! A growing set of small numbers that shares what it has in common with its copies.
//!
//! Pasts of forked logs are kept in these ([`super::past`]). A copy costs a few hundred bytes however
//! large the set is, so that a log made to fork without end costs a verifier memory in proportion to its
//! length and no more.

use std::sync::Arc;

const WORDS: usize = 64;
const LEAF_BITS: u32 = 64 * WORDS as u32;

type Leaf = [u64; WORDS];

/// A set of `u32`, in leaves of 4,096 numbers that copies share.
#[derive(Clone, Default, Debug)]
pub struct Bits {
    leaves: Arc<Vec<Option<Arc<Leaf>>>>,
}

impl Bits {
    /// The numbers below `end`.
    pub fn below(end: u32) -> Self {
        let full = Arc::new([u64::MAX; WORDS]);
        let mut leaves: Vec<_> = (0..end / LEAF_BITS).map(|_| Some(full.clone())).collect();
        let rest = end % LEAF_BITS;
        if rest > 0 {
            let mut leaf = [0; WORDS];
            for (word, start) in leaf.iter_mut().zip((0..).step_by(64)) {
                let here = rest.saturating_sub(start).min(64);
                *word = if here == 64 { u64::MAX } else { (1 << here) - 1 };
            }
            leaves.push(Some(Arc::new(leaf)));
        }
        Self { leaves: Arc::new(leaves) }
    }

    /// Adds a number.
    pub fn insert(&mut self, number: u32) {
        let (leaf, word, mask) = place(number);
        let leaves = Arc::make_mut(&mut self.leaves);
        if leaves.len() <= leaf {
            leaves.resize(leaf + 1, None);
        }
        if let Some(slot) = leaves.get_mut(leaf) {
            let words = Arc::make_mut(slot.get_or_insert_with(|| Arc::new([0; WORDS])));
            if let Some(w) = words.get_mut(word) {
                *w |= mask;
            }
        }
    }

    /// Whether a number is in the set.
    pub fn contains(&self, number: u32) -> bool {
        let (leaf, word, mask) = place(number);
        self.leaf(leaf).and_then(|words| words.get(word)).is_some_and(|w| w & mask != 0)
    }

    /// Adds all numbers of `other`.
    pub fn extend(&mut self, other: &Self) {
        if Arc::ptr_eq(&self.leaves, &other.leaves) {
            return;
        }
        if self.leaves.is_empty() {
            *self = other.clone();
            return;
        }
        for (at, theirs) in other.leaves.iter().enumerate() {
            let Some(theirs) = theirs else { continue };
            match self.leaf(at) {
                Some(ours) if Arc::ptr_eq(ours, theirs) || is_subset(theirs, ours) => {}
                Some(ours) if !is_subset(ours, theirs) => {
                    let mut union = **ours;
                    union.iter_mut().zip(theirs.iter()).for_each(|(a, b)| *a |= b);
                    self.set_leaf(at, Arc::new(union));
                }
                _ => self.set_leaf(at, theirs.clone()),
            }
        }
    }

    /// Whether every number of the set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.leaves, &other.leaves)
            || self.leaves.iter().enumerate().all(|(at, ours)| match (ours, other.leaf(at)) {
                (None, _) => true,
                (Some(ours), Some(theirs)) => Arc::ptr_eq(ours, theirs) || is_subset(ours, theirs),
                (Some(ours), None) => ours.iter().all(|w| *w == 0),
            })
    }

    /// How many numbers are in the set.
    pub fn len(&self) -> usize {
        let leaves = self.leaves.iter().flatten();
        leaves.map(|leaf| leaf.iter().map(|word| word.count_ones() as usize).sum::<usize>()).sum()
    }

    /// Whether no number is in the set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many numbers are in both sets, counted up to `limit`.
    pub fn count_common(&self, other: &Self, limit: usize) -> usize {
        let mut count = 0;
        for (at, ours) in self.leaves.iter().enumerate() {
            let (Some(ours), Some(theirs)) = (ours, other.leaf(at)) else { continue };
            for (a, b) in ours.iter().zip(theirs.iter()) {
                count += (a & b).count_ones() as usize;
                if count >= limit {
                    return limit;
                }
            }
        }
        count
    }

    /// The numbers that are here and not in `other`, ascending.
    pub fn difference<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u32> + 'a {
        self.leaves.iter().enumerate().flat_map(move |(at, ours)| {
            let theirs = other.leaf(at);
            let ours = ours.as_ref().filter(|ours| !theirs.is_some_and(|t| Arc::ptr_eq(t, ours)));
            ours.into_iter().flat_map(move |ours| {
                ours.iter().enumerate().flat_map(move |(word, bits)| {
                    let hidden = theirs.and_then(|t| t.get(word)).copied().unwrap_or(0);
                    ones(bits & !hidden).map(move |bit| at as u32 * LEAF_BITS + word as u32 * 64 + bit)
                })
            })
        })
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.leaves.iter().enumerate().flat_map(|(at, leaf)| {
            leaf.iter().flat_map(move |words| {
                words.iter().enumerate().flat_map(move |(word, bits)| {
                    ones(*bits).map(move |bit| at as u32 * LEAF_BITS + word as u32 * 64 + bit)
                })
            })
        })
    }

    fn leaf(&self, at: usize) -> Option<&Arc<Leaf>> {
        self.leaves.get(at).and_then(Option::as_ref)
    }

    fn set_leaf(&mut self, at: usize, leaf: Arc<Leaf>) {
        let leaves = Arc::make_mut(&mut self.leaves);
        if leaves.len() <= at {
            leaves.resize(at + 1, None);
        }
        if let Some(slot) = leaves.get_mut(at) {
            *slot = Some(leaf);
        }
    }
}

fn place(number: u32) -> (usize, usize, u64) {
    ((number / LEAF_BITS) as usize, (number % LEAF_BITS / 64) as usize, 1 << (number % 64))
}

fn is_subset(a: &Leaf, b: &Leaf) -> bool {
    a.iter().zip(b.iter()).all(|(a, b)| a & !b == 0)
}

fn ones(mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        (bits != 0).then(|| {
            let bit = bits.trailing_zeros();
            bits &= bits - 1;
            bit
        })
    })
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

    fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
        proptest::collection::btree_set(prop_oneof![0..200_u32, 4_000..4_200_u32, 12_280..12_300_u32], 0..60)
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
            prop_assert_eq!(x.count_common(&y, 5), a.intersection(&b).count().min(5));
            prop_assert_eq!(x.is_subset(&y), a.is_subset(&b));
            prop_assert_eq!((x.len(), x.is_empty()), (a.len(), a.is_empty()));
            prop_assert!(x.is_subset(&union));
            prop_assert!(Bits::below(end).iter().eq(0..end));
            prop_assert_eq!(Bits::below(end).contains(end), false);
            prop_assert!(a.iter().all(|n| x.contains(*n)));
        }
    }
}

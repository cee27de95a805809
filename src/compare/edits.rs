//! The difference of two sequences, with a bound on the work.
//!
//! Myers' algorithm finds a shortest difference, but takes a time that grows with the square of what differs. So long
//! sequences are first divided at items that occur once on each side (the idea of the patience difference), and a part
//! that is still too long for what is left of the work is one edit as a whole. No clock is asked: the same sequences have
//! the same difference everywhere.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The work for the lines of two texts.
pub const LINES: usize = 1 << 27;

/// The work for the words of two passages, of which a text has many.
pub const WORDS: usize = 1 << 22;

/// A run of items that is replaced by another; either may be empty, not both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is replaced.
    pub old: Range<usize>,
    /// What stands there instead.
    pub new: Range<usize>,
}

/// The edits that make `new` of `old`: ascending, with something unchanged between any two; found in about `work` steps
/// at most.
pub fn edits<T: Ord + Hash>(old: &[T], new: &[T], mut work: usize) -> Vec<Edit> {
    let whole = trimmed(old, new, Edit { old: 0..old.len(), new: 0..new.len() });
    let parts = if square(&whole) <= work { vec![whole] } else { divided(old, new, whole) };
    let mut found = Vec::new();
    for part in parts {
        let part = trimmed(old, new, part);
        if part.old.is_empty() || part.new.is_empty() || square(&part) > work {
            push(&mut found, part);
        } else {
            work -= square(&part);
            shortest(old, new, &part, &mut found);
        }
    }
    found
}

/// The steps that the algorithm takes at worst.
const fn square(part: &Edit) -> usize {
    let length = (part.old.end - part.old.start) + (part.new.end - part.new.start);
    length.saturating_mul(length)
}

/// A part without what is the same at its beginning and end.
fn trimmed<T: Eq>(old: &[T], new: &[T], mut part: Edit) -> Edit {
    let items = |part: &Edit| {
        let old = old.get(part.old.clone()).unwrap_or_default();
        (old, new.get(part.new.clone()).unwrap_or_default())
    };
    let (a, b) = items(&part);
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    part.old.start += head;
    part.new.start += head;
    let (a, b) = items(&part);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    part.old.end -= tail;
    part.new.end -= tail;
    part
}

/// The parts between items that occur once on each side and stand in the same order on both.
fn divided<T: Ord>(old: &[T], new: &[T], whole: Edit) -> Vec<Edit> {
    let mut parts = Vec::new();
    let (mut a, mut b) = (whole.old.start, whole.new.start);
    for (next_a, next_b) in longest_rising(&shared_once(old, new, &whole)) {
        parts.push(Edit { old: a..next_a, new: b..next_b });
        (a, b) = (next_a + 1, next_b + 1);
    }
    parts.push(Edit { old: a..whole.old.end, new: b..whole.new.end });
    parts
}

/// The places of the items that occur once on each side, in the order of the old.
fn shared_once<T: Ord>(old: &[T], new: &[T], part: &Edit) -> Vec<(usize, usize)> {
    let (a, b) = (once(old, &part.old), once(new, &part.new));
    let mut shared: Vec<(usize, usize)> = a.iter().filter_map(|(item, at)| Some((*at, *b.get(item)?))).collect();
    shared.sort_unstable();
    shared
}

/// The items that occur once in a range, with their places.
fn once<'a, T: Ord>(items: &'a [T], range: &Range<usize>) -> BTreeMap<&'a T, usize> {
    let mut seen: BTreeMap<&T, Option<usize>> = BTreeMap::new();
    for (at, item) in range.clone().zip(items.get(range.clone()).unwrap_or_default()) {
        seen.entry(item).and_modify(|place| *place = None).or_insert(Some(at));
    }
    seen.into_iter().filter_map(|(item, at)| Some((item, at?))).collect()
}

/// A longest selection of pairs whose second number rises too; the first rises already.
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length, the pair that ends a rising selection of that length with the smallest second number.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |at: usize| pairs.get(at).map_or(0, |pair| pair.1);
    for at in 0..pairs.len() {
        let length = ends.partition_point(|end| second(*end) < second(at));
        before.push(length.checked_sub(1).and_then(|shorter| ends.get(shorter).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut chosen = Vec::with_capacity(ends.len());
    let mut next = ends.last().copied();
    while let Some(at) = next {
        chosen.extend(pairs.get(at).copied());
        next = before.get(at).copied().flatten();
    }
    chosen.reverse();
    chosen
}

/// The edits of a shortest difference. `similar` recurses here, to a depth of the logarithm of the part's length.
fn shortest<T: Ord + Hash>(old: &[T], new: &[T], part: &Edit, found: &mut Vec<Edit>) {
    let a = old.get(part.old.clone()).unwrap_or_default();
    let b = new.get(part.new.clone()).unwrap_or_default();
    let (mut next_a, mut next_b) = (part.old.start, part.new.start);
    for op in capture_diff_slices(Algorithm::Myers, a, b) {
        // Only the lengths are used: the places in an operation are not always right once `similar` has moved it.
        let edit = Edit { old: next_a..next_a + op.old_range().len(), new: next_b..next_b + op.new_range().len() };
        (next_a, next_b) = (edit.old.end, edit.new.end);
        if !matches!(op, DiffOp::Equal { .. }) {
            push(found, edit);
        }
    }
}

/// Adds an edit; one that begins where the last ends makes it longer.
fn push(found: &mut Vec<Edit>, edit: Edit) {
    if edit.old.is_empty() && edit.new.is_empty() {
        return;
    }
    match found.last_mut() {
        Some(last) if last.old.end == edit.old.start && last.new.end == edit.new.start => {
            last.old.end = edit.old.end;
            last.new.end = edit.new.end;
        }
        _ => found.push(edit),
    }
}

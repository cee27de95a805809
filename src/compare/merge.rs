//! A proposal with suggestions applied, and conflict markers where they contradict each other.
//!
//! The marked form is git's, with a side for each criticism that takes part:
//!
//! ```text
//! <<<<<<< bob
//! A quorum is three of four.
//! =======
//! A quorum is one of four.
//! >>>>>>> carol
//! ```
//!
//! With three sides or more, each divider but the last names whose text follows it: `======= carol`. Critics who want
//! the same there share a side: `<<<<<<< bob, erin`.

use std::ops::Range;

use super::relation::{Change, Together, groups};
use super::suggestion::applied;
use super::{lines, text_of};
use crate::protocol::id::Name;

/// A criticism whose suggestions are to be followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Accepted {
    /// Whose criticism.
    pub by: Name,
    /// What it changes.
    pub changes: Vec<Change>,
}

/// Lines of the proposal on which accepted criticisms contradict each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// The lines of the proposal, from 0.
    pub lines: Range<usize>,
    /// Who takes part, in the order of the sides.
    pub by: Vec<Name>,
    /// The line of the merged text where the markers begin, from 1.
    pub marked: usize,
}

const BEGIN: &str = "<<<<<<<";
const DIVIDER: &str = "=======";
const END: &str = ">>>>>>>";

/// The proposal with all accepted suggestions applied; what contradicts each other is marked, for the author to settle.
pub fn merge(proposal: &str, accepted: &[Accepted]) -> (String, Vec<Conflict>) {
    let proposal = lines(proposal);
    let all = accepted.iter().enumerate().flat_map(|(number, one)| {
        let mut own = Together::default();
        for change in &one.changes {
            let _ = own.add(change.clone(), ());
        }
        own.changes().map(|change| (change.clone(), number)).collect::<Vec<_>>()
    });
    let groups = groups(all);
    let mut merged = Merged::default();
    let mut next = 0;
    for group in &groups {
        let end = group.iter().map(|(change, _)| change.end).max().unwrap_or(next);
        let start = group.first().map_or(next, |(change, _)| change.start);
        merged.take(proposal.get(next..start).unwrap_or_default());
        match group.as_slice() {
            [(change, _)] => merged.take(&change.text),
            several => match sides(&proposal, start..end, several).as_slice() {
                [(text, _)] => merged.take(text), // other changes, the same result
                sides => merged.mark(accepted, start..end, sides),
            },
        }
        next = end;
    }
    merged.take(proposal.get(next..).unwrap_or_default());
    (text_of(merged.lines.iter().map(String::as_str)), merged.conflicts)
}

/// A text for the lines of a conflict, and the numbers of the criticisms that want it.
type Side<'a> = (Vec<&'a str>, Vec<usize>);

/// What each criticism of a group makes of its lines; in the order of the criticisms.
fn sides<'a>(proposal: &[&'a str], range: Range<usize>, group: &'a [(Change, Vec<usize>)]) -> Vec<Side<'a>> {
    let mut numbers: Vec<usize> = group.iter().flat_map(|(_, numbers)| numbers.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut sides: Vec<Side<'a>> = Vec::new();
    for number in numbers {
        let own = group.iter().filter(|(_, numbers)| numbers.contains(&number)).map(|(change, _)| change);
        let text = applied(proposal, range.clone(), own);
        match sides.iter_mut().find(|(other, _)| *other == text) {
            Some((_, numbers)) => numbers.push(number),
            None => sides.push((text, vec![number])),
        }
    }
    sides
}

#[derive(Default)]
struct Merged {
    lines: Vec<String>,
    conflicts: Vec<Conflict>,
}

impl Merged {
    fn take(&mut self, lines: &[impl AsRef<str>]) {
        self.lines.extend(lines.iter().map(|line| line.as_ref().to_owned()));
    }

    fn mark(&mut self, accepted: &[Accepted], lines: Range<usize>, sides: &[Side<'_>]) {
        let names = |numbers: &[usize]| -> Vec<Name> {
            let mut names: Vec<Name> = numbers.iter().filter_map(|n| Some(accepted.get(*n)?.by.clone())).collect();
            names.dedup();
            names
        };
        let marked = self.lines.len() + 1;
        let mut by = Vec::new();
        for (place, (text, numbers)) in sides.iter().enumerate() {
            let names = names(numbers);
            let label = label(&names);
            let is_last = place + 1 == sides.len();
            self.lines.push(match place {
                0 => format!("{BEGIN} {label}"),
                _ if is_last => DIVIDER.to_owned(),
                _ => format!("{DIVIDER} {label}"),
            });
            self.take(text);
            if is_last {
                self.lines.push(format!("{END} {label}"));
            }
            by.extend(names);
        }
        self.conflicts.push(Conflict { lines, by, marked });
    }
}

fn label(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

/// The first line of a text that is a conflict marker of ours, from 1, and the line itself: one that names only people
/// for whom `is_critic` holds. A plain `=======` is a Markdown heading's and says nothing by itself.
pub fn marker_left<'a>(text: &'a str, is_critic: &dyn Fn(&str) -> bool) -> Option<(usize, &'a str)> {
    let is_marker = |line: &str| {
        let names = [BEGIN, DIVIDER, END].iter().find_map(|mark| line.strip_prefix(mark)?.strip_prefix(' '));
        names.is_some_and(|names| names.split(", ").all(is_critic))
    };
    (1..).zip(lines(text)).find(|(_, line)| is_marker(line))
}

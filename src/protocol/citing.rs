//! Whom my next entry cites (section 6): everything that is known and my log lacks, but for what its owner spoilt.
//!
//! What a remote shows now decides nothing. What anybody has seen once, in heads, pins or anyone's past, is cited, so
//! that whoever can write to a remote but has no key can silence nobody, and a rewind becomes evidence. Nothing here is
//! a condition of sections 2 or 3, but what is chosen keeps 2.parent.

use std::collections::BTreeSet;

use super::duty::current;
use super::id::Name;
use super::index::{EntryIx, Index};
use super::past::{Author, Clock};
use super::verify::{Remote, Verification};

/// Somebody whose new entries are not cited, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotCited {
    /// Whose.
    pub name: Name,
    /// Why not, for people.
    pub why: String,
}

/// Why a log is not cited that forks.
const FORKED: &str = "their log has branches that nothing joins";

/// The newest entries of others that `own`, the past of my log and its newest entry, lacks, and that may be cited; and
/// whose are not cited.
pub(super) fn citations(verification: &Verification, me: Author, own: &Clock) -> (Vec<EntryIx>, Vec<NotCited>) {
    let index = &verification.history.index;
    let mut cite = Vec::new();
    let mut not_cited = Vec::new();
    for (author, name) in index.authors().filter(|(author, _)| *author != me) {
        match newest(verification, me, author, own) {
            Ok(found) => cite.extend(found),
            Err(why) => not_cited.push(NotCited { name: name.clone(), why }),
        }
    }
    (without_superseded(index, cite), not_cited)
}

/// What of somebody to cite, if anything is new; or why that is not cited.
fn newest(verification: &Verification, me: Author, author: Author, own: &Clock) -> Result<Option<EntryIx>, String> {
    let index = &verification.history.index;
    let ends = branches(index, &verification.everything, author);
    if ends.iter().all(|end| index.holds(own, *end)) {
        return Ok(None);
    }
    let found = match ends.as_slice() {
        [one] => *one,
        _ => one_branch(verification, me, author, own, &ends).ok_or(FORKED)?,
    };
    match first_invalid(index, author, found, own) {
        None => Ok(Some(found)),
        Some(bad) => Err(format!("their log brings an invalid entry, {}", index.entry(bad).id.short())),
    }
}

/// Of a fork that is not in my past one branch is cited all the same, once in each step, so that its owner learns of it:
/// one that follows all of theirs in my past, rather one that their remote does not show.
fn one_branch(
    verification: &Verification,
    me: Author,
    author: Author,
    own: &Clock,
    ends: &[EntryIx],
) -> Option<EntryIx> {
    let index = &verification.history.index;
    if branches(index, own, author).len() > 1 || has_told(index, me, own, ends) {
        return None;
    }
    let is_new = |end: &EntryIx| {
        let reach = &index.entry(*end).reach;
        !index.holds(own, *end) && index.pasts.covers(reach, own, author)
    };
    let shown = verification.seen.remotes.get(index.name(author)).and_then(Remote::shown);
    let shown = shown.map(|head| verification.history.reached(head).entries).unwrap_or_default();
    let good = ends.iter().copied().filter(is_new).filter(|end| first_invalid(index, author, *end, own).is_none());
    good.min_by_key(|end| (shown.contains(end), index.entry(*end).id))
}

/// Whether an entry of mine in the current step cites a part of the log that one of these branches lacks.
fn has_told(index: &Index, me: Author, own: &Clock, ends: &[EntryIx]) -> bool {
    let author = ends.first().map(|end| index.entry(*end).author);
    let beside = |parent: &EntryIx| {
        Some(index.entry(*parent).author) == author
            && ends.iter().any(|end| end != parent && !index.holds(&index.entry(*end).past, *parent))
    };
    let step = current(index, own).step;
    let mine = index.entries_of(me).iter().rev().map(|at| index.entry(*at));
    let of_this_step = mine.take_while(|entry| current(index, &entry.reach).step >= step);
    of_this_step.into_iter().any(|entry| entry.parents.iter().any(beside))
}

/// The first invalid entry of an author that citing `entry` would bring.
fn first_invalid(index: &Index, author: Author, entry: EntryIx, own: &Clock) -> Option<EntryIx> {
    let theirs = index.pasts.members_of(&index.entry(entry).reach, author);
    let known = index.pasts.members_of(own, author);
    let new = theirs.difference(&known).map(|position| index.at_position(author, position));
    new.into_iter().find(|at| !index.entry(*at).is_valid())
}

/// The entries of an author that are parents of no other of theirs. It is not enough that another one has them in its
/// past, through somebody who had seen them: who forks could else show a new branch before every echo, each with all the
/// others behind it, and would never be seen as one who forks.
pub(super) fn branches(index: &Index, past: &Clock, author: Author) -> Vec<EntryIx> {
    if index.pasts.is_chain(author) {
        return index.tips(past, author);
    }
    let members = index.pasts.members_of(past, author);
    let own: Vec<EntryIx> = members.iter().map(|position| index.at_position(author, position)).collect();
    let joined: BTreeSet<EntryIx> = own.iter().flat_map(|entry| index.entry(*entry).parents.iter().copied()).collect();
    own.into_iter().filter(|entry| !joined.contains(entry)).collect()
}

/// What an entry cites that shows `evidence`: the two pieces, as far as nothing else brings them, in place of what else
/// would be cited of the same researcher (2.parent).
pub fn with_evidence(index: &Index, own: &Clock, cite: &[EntryIx], evidence: &[EntryIx]) -> Vec<EntryIx> {
    let accused: BTreeSet<Author> = evidence.iter().map(|at| index.entry(*at).author).collect();
    let mut all: Vec<EntryIx> = cite.iter().copied().filter(|at| !accused.contains(&index.entry(*at).author)).collect();
    let brought = |at: &EntryIx| index.holds(own, *at) || all.iter().any(|by| index.holds(&index.entry(*by).past, *at));
    let lacking: Vec<EntryIx> = evidence.iter().copied().filter(|at| !brought(at)).collect();
    all.extend(lacking);
    let mut cited = without_superseded(index, all);
    cited.sort_by_key(|at| index.entry(*at).id);
    cited.dedup();
    cited
}

/// Without those that another one has in its past.
fn without_superseded(index: &Index, cite: Vec<EntryIx>) -> Vec<EntryIx> {
    let is_brought = |at: &EntryIx| cite.iter().any(|by| index.holds(&index.entry(*by).past, *at));
    cite.iter().copied().filter(|at| !is_brought(at)).collect()
}

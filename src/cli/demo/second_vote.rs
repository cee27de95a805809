//! What `bicker` refuses to do: a second vote by one researcher in one round.
//!
//! Here a Byzantine researcher writes a program of her own around the library. It signs without looking at what she
//! signed before, without a journal, and on a parent that her log has left behind. Only the demo calls it. It decides
//! nothing, and no command can reach it.

use std::path::Path;

use git2::Oid;

use crate::error::{Error, Result};
use crate::git::log::Log;
use crate::git::sign::Signer;
use crate::look::{Look, Looking, look};
use crate::place::Place;
use crate::protocol::commit::{Commit, Person, with_signature};
use crate::protocol::file::{Fields, File};
use crate::protocol::id::{At, CommitId, Digest, Name};
use crate::protocol::index::{Entry, Index};
use crate::protocol::seal;
use crate::protocol::slot::Slot;
use crate::protocol::wellformed::expected_seal;

/// The two votes, the honest-looking one and the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Votes {
    /// The one in her log.
    pub first: CommitId,
    /// The one on a branch of its own.
    pub second: CommitId,
}

/// Signs a second vote of the researcher whose log is in `dir`, for the proposal of `favourite` in a round in which she
/// has voted already, on the very parents of her first vote, and puts it on `branch`.
///
/// # Errors
/// She has not voted there, there is no such proposal, or something cannot be read or written.
pub fn sign_second_vote(dir: &Path, at: At, favourite: &str, reason: &str, branch: &str) -> Result<Votes> {
    let place = Place::of_researcher(dir, None)?;
    let own = place.own()?;
    let seen = look(&place, &Looking { offline: true, ..Looking::default() })?;
    let index = &seen.verification.history.index;
    let slot = Slot::Vote(at);
    let first = entry_at(index, &own.me, &slot).ok_or_else(|| missing("first vote"))?;
    let favourite = Name::parse(favourite).ok_or_else(|| missing("favourite"))?;
    let target = entry_at(index, &favourite, &Slot::Proposal(at)).ok_or_else(|| missing("proposal"))?.id;

    let file = File { fields: Fields::Vote { target }, text: format!("{reason}\n") };
    let subject = format!("vote for {favourite}'s proposal in {at}");
    let unsigned = unsigned_beside(&seen, &own.log, &own.me, first, (&slot, &file, &subject))?;
    let signer = Signer::open(&own.key, &place.my_row()?.key).map_err(|e| cannot("open her key", &e))?;
    let signature = signer.sign(&unsigned).map_err(|e| cannot("sign", &e))?;
    let raw = with_signature(&unsigned, &signature.armour());
    let second = own.log.write_commit(&raw).map_err(|e| cannot("write the commit", &e))?;
    put_on_branch(&own.log, branch, second).map_err(|e| cannot("make the branch", &e))?;
    Ok(Votes { first: first.id, second })
}

/// The unsigned commit with the parents of `first`, but with another file in its slot.
fn unsigned_beside(
    seen: &Look,
    log: &Log,
    me: &Name,
    first: &Entry,
    (slot, file, subject): (&Slot, &File, &str),
) -> Result<Vec<u8>> {
    let index = &seen.verification.history.index;
    let bytes = file.print().into_bytes();
    let before = first.parents.first().ok_or_else(|| missing("entry before the vote"))?;
    let tree = log.build_tree(&[index.entry(*before).tree], Some((slot, &bytes))).map_err(|e| cannot("write", &e))?;
    let parents: Vec<_> = first.parents.iter().copied().map(Some).collect();
    let sealed = expected_seal(index, &parents, Some((slot, Digest::of(&bytes))));
    let ids: Vec<CommitId> = first.parents.iter().map(|parent| index.entry(*parent).id).collect();
    let (name, email) = log.identity(me);
    let person = Person { name, email, seconds: first.seconds, offset: "+0000".to_owned() };
    Ok(Commit::unsigned(tree, &ids, &person, &person, &seal::append(subject, &sealed)))
}

/// The first entry of a researcher in a slot.
fn entry_at<'a>(index: &'a Index, name: &Name, slot: &Slot) -> Option<&'a Entry> {
    let author = index.author(name)?;
    let mut entries = index.entries_of(author).iter().map(|at| index.entry(*at));
    entries.find(|entry| entry.added.as_ref().is_some_and(|added| added.slot == *slot))
}

fn put_on_branch(log: &Log, branch: &str, commit: CommitId) -> Result<(), git2::Error> {
    let id = Oid::from_bytes(commit.0.as_bytes())?;
    log.repository().reference(&format!("refs/heads/{branch}"), id, false, "a second vote").map(|_| ())
}

fn missing(what: &str) -> Error {
    Error::wrong(format!("this did not go as told: the second vote cannot be forged, the {what} is missing"))
}

fn cannot(what: &str, cause: &dyn std::error::Error) -> Error {
    Error::trouble(format!("the second vote cannot be forged: cannot {what}")).because(cause)
}

//! `echo`, `ratify`, `ack`: entries that say nothing but that something was seen.

use clap::Args;

use super::compose::Writing;
use super::desk::Desk;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::duty::{Standing, valid_revisions};
use crate::protocol::evidence;
use crate::protocol::file::{Fields, File};
use crate::protocol::id::{At, CommitId, Name};
use crate::protocol::index::EntryIx;
use crate::protocol::slot::Slot;
use crate::report::Exit;

/// Support a revision: say that you have seen it, and no other by its author.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker echo alice --push")]
pub struct Echo {
    /// Whose revision, if there are several
    name: Option<Name>,
    #[command(flatten)]
    writing: Writing,
}

/// Say that a quorum has echoed a revision. When a quorum says so, it is final.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker ratify --push")]
pub struct Ratify {
    #[command(flatten)]
    writing: Writing,
}

/// Acknowledge what the others have written, and nothing more.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker ack --push")]
pub struct Ack {
    #[command(flatten)]
    writing: Writing,
}

/// `echo`
pub fn echo(arguments: &Echo) -> Result<Exit> {
    let place = arguments.writing.place.place()?;
    let mut desk = Desk::open(&arguments.writing, &place)?;
    let standing = desk.pen.standing(&mut desk.look)?;
    let at = arguments.writing.at(&standing)?;
    let value = value_to_echo(&desk.look, &standing, at, arguments.name.as_ref())?;
    let (file, subject) = echo_of(at, value);
    desk.put(&arguments.writing, Some(file), subject, Vec::new())
}

/// `ratify`
pub fn ratify(arguments: &Ratify) -> Result<Exit> {
    let place = arguments.writing.place.place()?;
    let mut desk = Desk::open(&arguments.writing, &place)?;
    let standing = desk.pen.standing(&mut desk.look)?;
    let at = arguments.writing.at(&standing)?;
    let certified = desk.look.verification.history.index.certified(&standing.view, at);
    let lock = certified.ok_or_else(|| {
        Error::wrong(format!("no quorum has echoed a revision in {at}")).hint("see who is missing: bicker status")
    })?;
    let (file, subject) = ratify_of(at, lock.id);
    desk.put(&arguments.writing, Some(file), subject, Vec::new())
}

/// `ack`
pub fn ack(arguments: &Ack) -> Result<Exit> {
    let place = arguments.writing.place.place()?;
    let mut desk = Desk::open(&arguments.writing, &place)?;
    let standing = desk.pen.standing(&mut desk.look)?;
    if standing.cite.is_empty() {
        let nothing = Error::wrong("there is nothing new to acknowledge");
        let reasons = standing.not_cited.iter().map(|n| format!("{} is not cited: {}", n.name, n.why));
        return Err(reasons.fold(nothing, Error::hint));
    }
    let subject = acknowledgement_of(&desk.look, &standing);
    desk.put(&arguments.writing, None, subject, Vec::new())
}

/// The subject of an acknowledgement: whose heads it cites.
pub fn acknowledgement_of(look: &Look, standing: &Standing) -> String {
    let index = &look.verification.history.index;
    let names: Vec<&str> = standing.cite.iter().map(|at| index.name(index.entry(*at).author).as_str()).collect();
    format!("acknowledgement of {}", names.join(", "))
}

/// The file of an echo, and its subject.
pub fn echo_of(at: At, value: CommitId) -> ((Slot, File), String) {
    let file = File { fields: Fields::Echo { value }, text: String::new() };
    ((Slot::Echo(at), file), format!("echo in {at}"))
}

/// The file of a ratify, and its subject.
pub fn ratify_of(at: At, value: CommitId) -> ((Slot, File), String) {
    let file = File { fields: Fields::Ratify { value }, text: String::new() };
    ((Slot::Ratify(at), file), format!("ratify in {at}"))
}

/// Two entries that prove misbehaviour of somebody, if any are known.
pub fn proof_against(look: &Look, name: &Name) -> Option<[EntryIx; 2]> {
    let index = &look.verification.history.index;
    evidence::against(index, index.author(name)?).map(|(_, pair)| pair)
}

/// The file of an accusation that shows a proof against somebody, and its subject; no words are needed.
pub fn accusation_of(look: &Look, name: &Name, pair: [EntryIx; 2]) -> ((Slot, File), String) {
    let index = &look.verification.history.index;
    let [a, b] = pair.map(|at| index.entry(at).id);
    let fields = Fields::Accusation { accused: name.clone(), evidence: [a.min(b), a.max(b)] };
    let file = File { fields, text: String::new() };
    ((Slot::Accusation(name.clone()), file), format!("accusation of {name}"))
}

fn value_to_echo(look: &Look, standing: &Standing, at: At, name: Option<&Name>) -> Result<CommitId> {
    let index = &look.verification.history.index;
    if let Some(lock) = index.carried_lock(&standing.view, at) {
        return Ok(lock.id);
    }
    let mut revisions = valid_revisions(index, &standing.view, at);
    revisions.retain(|r| name.is_none_or(|name| index.name(index.entry(*r).author) == name));
    match revisions.as_slice() {
        [one] => Ok(index.entry(*one).id),
        [] => Err(Error::wrong(format!("there is no valid revision to echo in {at}"))
            .hint("see where things stand: bicker status")),
        several => {
            let by: Vec<&str> = several.iter().map(|r| index.name(index.entry(*r).author).as_str()).collect();
            Err(Error::usage(format!("there are revisions by {}; you may support one of them", by.join(", ")))
                .hint(format!("read them, and name the one that you support: bicker echo {}", by[0])))
        }
    }
}

//! What a person means by a word: a commit by its first digits, or an entry by its place.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::{FILE_MAX, File};
use crate::protocol::id::{At, Name};
use crate::protocol::index::{EntryIx, Index};
use crate::protocol::object::{Object, ObjectKind, Objects};
use crate::protocol::past::Author;
use crate::protocol::slot::Slot;

/// Finds the entry that `what` means: a commit id or at least four of its first digits, or
/// `STEP/NAME/KIND` such as `1/alice/proposal`, `2r1/bob/vote`, `1/bob/criticism/alice`, `alice/join`. Where no round is
/// said, it is the newest in which there is such an entry.
///
/// # Errors
/// Nothing is meant, or more than one entry.
pub fn find_entry(index: &Index, what: &str) -> Result<EntryIx> {
    let found = match Place::parse(what).and_then(|place| place.slot_of(index)) {
        Some((author, slot)) => in_slot(index, author, &slot),
        None => by_digits(index, what)?,
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(nothing(what)),
        several => {
            let many = Error::usage(format!("{what} can mean {} entries", several.len()));
            let hints = several.iter().map(|at| format!("name one by its commit: {}", index.entry(*at).id));
            Err(hints.fold(many, Error::hint))
        }
    }
}

fn nothing(what: &str) -> Error {
    Error::usage(format!("nothing seen is {what}")).hint("see what is there: bicker log")
}

/// What is in a place that holds several entries: `1` or `2r1`, of a researcher `1/alice`, or all of theirs, `alice`.
/// `None` if `what` is no such place, or names a commit.
///
/// # Errors
/// The charter has no such researcher, or nothing is there.
pub fn find_in_place(index: &Index, what: &str, order: &[EntryIx]) -> Result<Option<Vec<EntryIx>>> {
    let place = Place::parse(what).filter(|place| place.kind.is_none());
    let Some(place) = place else { return Ok(None) };
    if place.name.is_none() && !by_digits(index, what).unwrap_or_default().is_empty() {
        return Ok(None);
    }
    let author = match place.name {
        None => None,
        Some(name) => match index.author(&name) {
            Some(author) => Some(author),
            None if place.step.is_none() => return Ok(None),
            None => return Err(no_researcher(&name)),
        },
    };
    let is_there = |at: &EntryIx| {
        let entry = index.entry(*at);
        let of_step = place.step.is_none_or(|step| entry.at().is_some_and(|at| at.step == step));
        let of_round = place.round.is_none_or(|round| entry.at().is_some_and(|at| at.round == round));
        of_step && of_round && author.is_none_or(|author| entry.author == author)
    };
    let found: Vec<EntryIx> = order.iter().copied().filter(is_there).collect();
    if found.is_empty() { Err(nothing(what)) } else { Ok(Some(found)) }
}

fn no_researcher(name: &Name) -> Error {
    Error::usage(format!("the charter has no researcher {name}")).hint("see who is there: bicker charter show")
}

/// Says that somebody has written such an entry in other rounds, too, if `what` does not say in which.
pub fn other_rounds(index: &Index, what: &str) -> Option<String> {
    let place = Place::parse(what).filter(|place| place.round.is_none())?;
    let (author, slot) = place.slot_of(index)?;
    let (name, at) = (index.name(author), slot.at()?);
    (place.rounds(index, author).len() > 1).then(|| {
        let round = at.round;
        format!("this is of round {round}; {name} has written one in other rounds, too: bicker show {}/{name}", at.step)
    })
}

fn by_digits(index: &Index, digits: &str) -> Result<Vec<EntryIx>> {
    let hex = digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return Err(Error::usage(format!("{digits} does not name an entry"))
            .hint("an entry is named by a commit id, at least four of its digits, or as in 1/alice/proposal"));
    }
    let wanted = digits.to_ascii_lowercase();
    Ok(index.entries().filter(|(_, e)| e.id.to_string().starts_with(&wanted)).map(|(at, _)| at).collect())
}

fn in_slot(index: &Index, author: Author, slot: &Slot) -> Vec<EntryIx> {
    let used = index.slot_use(author, slot);
    used.map(|used| used.positions.iter().map(|p| index.at_position(author, p)).collect()).unwrap_or_default()
}

/// A place as a person names it, and what of it they leave open.
struct Place {
    step: Option<u32>,
    round: Option<u32>,
    name: Option<Name>,
    /// The kind, and whom it is about.
    kind: Option<(String, Option<Name>)>,
}

impl Place {
    fn parse(what: &str) -> Option<Self> {
        let parts: Vec<&str> = what.split('/').collect();
        // `2` is step 2, `2r1` its round 1.
        let first = parts.first()?;
        let (step, round) = first.split_once('r').map_or((*first, None), |(step, round)| (step, Some(round)));
        let step = step.parse().ok().filter(|step| *step > 0);
        let round = match round.filter(|_| step.is_some()) {
            Some(round) => Some(round.parse().ok()?),
            None => None,
        };
        let rest = if step.is_some() { parts.get(1..)? } else { &parts };
        let name = match rest.first() {
            Some(name) => Some(Name::parse(name)?),
            None => None,
        };
        let kind = match rest.get(1..).unwrap_or_default() {
            [] => None,
            [kind] => Some(((*kind).to_owned(), None)),
            [kind, whom] => Some(((*kind).to_owned(), Some(Name::parse(whom)?))),
            _ => return None,
        };
        Some(Self { step, round, name, kind })
    }

    /// Whose slot it is, and which: in the newest round that has an entry which counts, if no round is said.
    fn slot_of(&self, index: &Index) -> Option<(Author, Slot)> {
        let author = index.author(self.name.as_ref()?)?;
        let Some(step) = self.step else { return self.slot(At::new(1, 0)).map(|slot| (author, slot)) };
        let counts = |slot: &Slot| in_slot(index, author, slot).iter().any(|at| index.entry(*at).is_valid());
        let round = self.round.or_else(|| {
            let rounds = self.rounds(index, author);
            let valid = |round: &&u32| self.slot(At::new(step, **round)).is_some_and(|slot| counts(&slot));
            rounds.iter().rev().find(valid).or_else(|| rounds.last()).copied()
        });
        self.slot(At::new(step, round.unwrap_or(0))).map(|slot| (author, slot))
    }

    /// The rounds in which somebody has written such an entry, ascending.
    fn rounds(&self, index: &Index, author: Author) -> BTreeSet<u32> {
        let used = index.slots_used().filter(|(by, ..)| *by == author).filter_map(|(_, slot, _)| {
            let at = slot.at().filter(|at| Some(at.step) == self.step)?;
            (self.slot(at).as_ref() == Some(slot)).then_some(at.round)
        });
        used.collect()
    }

    fn slot(&self, at: At) -> Option<Slot> {
        let (kind, whom) = self.kind.as_ref()?;
        Some(match (self.step, kind.as_str(), whom) {
            (None, "join", None) => Slot::Join,
            (None, "accusation", Some(whom)) => Slot::Accusation(whom.clone()),
            (Some(_), "criticism", Some(whom)) => Slot::Criticism(at, whom.clone()),
            (Some(_), "proposal", None) => Slot::Proposal(at),
            (Some(_), "vote", None) => Slot::Vote(at),
            (Some(_), "revision", None) => Slot::Revision(at),
            (Some(_), "echo", None) => Slot::Echo(at),
            (Some(_), "ratify", None) => Slot::Ratify(at),
            (Some(_), "abandon", None) => Slot::Abandon(at),
            _ => return None,
        })
    }
}

/// What an entry is called: the form that [`find_entry`] reads, or only its kind and author if it adds no file. The first
/// round is left out where nothing else can be meant.
pub fn name_of(index: &Index, at: EntryIx) -> String {
    let entry = index.entry(at);
    let name = index.name(entry.author);
    let Some(slot) = entry.added.as_ref().map(|added| &added.slot) else { return format!("acknowledgement by {name}") };
    let what = match slot {
        Slot::Criticism(_, whom) | Slot::Accusation(whom) => format!("{name}/{}/{whom}", slot.kind()),
        slot => format!("{name}/{}", slot.kind()),
    };
    let Some(At { step, round }) = slot.at() else { return what };
    let short = format!("{step}/{what}");
    let meant = Place::parse(&short).and_then(|place| place.slot_of(index));
    match round == 0 && meant.is_some_and(|(_, meant)| meant == *slot) {
        true => short,
        false => format!("{step}r{round}/{what}"),
    }
}

/// The file an entry adds, read again from the store; `None` for an acknowledgement.
pub fn file_of(look: &Look, entry: EntryIx) -> Result<Option<File>> {
    let entry = look.verification.history.index.entry(entry);
    let Some(added) = &entry.added else { return Ok(None) };
    let lost =
        || Error::trouble(format!("the file of entry {} cannot be read", entry.id)).hint("fetch again: bicker sync");
    match look.store.read(added.blob, ObjectKind::Blob, FILE_MAX).map_err(|e| lost().because(&e))? {
        Object::Found(bytes) => File::parse(&added.slot, &bytes).map(Some).map_err(|e| lost().because(&e)),
        _ => Err(lost()),
    }
}

#[cfg(test)]
mod tests;

//! What a person means by a word: a commit by its first digits, or an entry by its place.

use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::{FILE_MAX, File};
use crate::protocol::id::{At, Name};
use crate::protocol::index::{EntryIx, Index};
use crate::protocol::object::{Object, ObjectKind, Objects};
use crate::protocol::slot::Slot;

/// Finds the entry that `what` means: a commit id or at least four of its first digits, or
/// `STEP/NAME/KIND` such as `1/alice/proposal`, `2r1/bob/vote`, `1/bob/criticism/alice`, `alice/join`.
pub fn find_entry(index: &Index, what: &str) -> Result<EntryIx> {
    let found = match by_place(index, what) {
        Some(found) => found,
        None => by_digits(index, what)?,
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Error::usage(format!("nothing seen is {what}")).hint("see what is there: bicker log")),
        several => {
            let many = Error::usage(format!("{what} can mean {} entries", several.len()));
            let hints = several.iter().map(|at| format!("name one by its commit: {}", index.entry(*at).id));
            Err(hints.fold(many, Error::hint))
        }
    }
}

fn by_digits(index: &Index, digits: &str) -> Result<Vec<EntryIx>> {
    let hex = digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        return Err(Error::usage(format!("{digits} is no entry's name"))
            .hint("an entry is named by a commit id, at least four of its digits, or as in 1/alice/proposal"));
    }
    let wanted = digits.to_ascii_lowercase();
    Ok(index.entries().filter(|(_, e)| e.id.to_string().starts_with(&wanted)).map(|(at, _)| at).collect())
}

fn by_place(index: &Index, what: &str) -> Option<Vec<EntryIx>> {
    let parts: Vec<&str> = what.split('/').collect();
    let (name, slot) = match parts.as_slice() {
        [name, "join"] => (name, Slot::Join),
        [name, "accusation", whom] => (name, Slot::Accusation(Name::parse(whom)?)),
        [at, name, "criticism", whom] => (name, Slot::Criticism(place(at)?, Name::parse(whom)?)),
        [at, name, kind] => (name, slot(place(at)?, kind)?),
        _ => return None,
    };
    let author = index.author(&Name::parse(name)?)?;
    let used = index.slot_use(author, &slot);
    Some(used.map(|used| used.positions.iter().map(|p| index.at_position(author, p)).collect()).unwrap_or_default())
}

/// What an entry is called: the form that [`find_entry`] reads, or only its kind and author if it adds no file.
pub fn name_of(index: &Index, at: EntryIx) -> String {
    let entry = index.entry(at);
    let name = index.name(entry.author);
    let place = entry.at().map_or_else(String::new, |at| match at.round {
        0 => format!("{}/", at.step),
        round => format!("{}r{round}/", at.step),
    });
    match entry.added.as_ref().map(|added| &added.slot) {
        Some(Slot::Criticism(_, whom)) => format!("{place}{name}/criticism/{whom}"),
        Some(Slot::Accusation(whom)) => format!("{name}/accusation/{whom}"),
        Some(slot) => format!("{place}{name}/{}", slot.kind()),
        None => format!("acknowledgement by {name}"),
    }
}

/// `2` is step 2, round 0; `2r1` is step 2, round 1.
fn place(text: &str) -> Option<At> {
    let (step, round) = text.split_once('r').unwrap_or((text, "0"));
    let at = At::new(step.parse().ok()?, round.parse().ok()?);
    (at.step > 0).then_some(at)
}

fn slot(at: At, kind: &str) -> Option<Slot> {
    Some(match kind {
        "proposal" => Slot::Proposal(at),
        "vote" => Slot::Vote(at),
        "revision" => Slot::Revision(at),
        "echo" => Slot::Echo(at),
        "ratify" => Slot::Ratify(at),
        "abandon" => Slot::Abandon(at),
        _ => return None,
    })
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

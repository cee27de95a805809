//! `log`: what everyone has said, newest first.

use clap::Args;

use super::looking::Where;
use super::ui;
use crate::error::Result;
use crate::protocol::id::Name;
use crate::protocol::index::{Body, Entry, EntryIx, Index};
use crate::protocol::slot::{Kind, Slot};
use crate::report::Exit;
use crate::report::escape::terminal;
use crate::report::status::plural;

/// List everyone's entries, newest first.
#[derive(Args, Debug)]
pub struct Log {
    /// Only this step's
    #[arg(long, value_name = "K")]
    step: Option<u32>,
    /// Only this researcher's
    #[arg(long, value_name = "NAME")]
    by: Option<Name>,
    /// Only entries of this kind, such as proposal or vote
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<Kind>,
    /// At most this many
    #[arg(short = 'n', long, value_name = "N")]
    number: Option<usize>,
    #[command(flatten)]
    place: Where,
}

fn kind(word: &str) -> Result<Kind, String> {
    let known = || Kind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
    Kind::ALL.iter().copied().find(|kind| kind.as_str() == word).ok_or_else(|| format!("say one of {}", known()))
}

/// `log`
pub fn log(arguments: &Log) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let index = &look.verification.history.index;
    let wanted = |entry: &Entry| {
        arguments.step.is_none_or(|step| entry.at().is_some_and(|at| at.step == step))
            && arguments.by.as_ref().is_none_or(|by| index.name(entry.author) == by)
            && arguments.kind.is_none_or(|kind| entry.kind() == kind)
    };
    let mut newest: Vec<EntryIx> = index.entries().filter(|(_, entry)| wanted(entry)).map(|(at, _)| at).collect();
    newest.reverse();
    newest.truncate(arguments.number.unwrap_or(usize::MAX));
    let lines: String = newest.into_iter().map(|at| line(index, at) + "\n").collect();
    ui::print(&lines)?;
    Ok(Exit::Verified)
}

/// An entry in a line: its id, its author, what it says, and whether it counts.
pub fn line(index: &Index, at: EntryIx) -> String {
    let entry = index.entry(at);
    let counts = match &entry.verdict {
        Ok(()) => String::new(),
        Err(invalid) => format!("  [does not count: {}]", invalid.rule),
    };
    format!("{}  {:8} {}{counts}", entry.id.short(), index.name(entry.author), what(index, entry))
}

/// What an entry says, in a few words.
fn what(index: &Index, entry: &Entry) -> String {
    let place = entry.at().map_or_else(String::new, |at| match at.round {
        0 => format!("step {}: ", at.step),
        round => format!("step {}r{round}: ", at.step),
    });
    let whose = |named: &Option<EntryIx>| {
        named.map_or_else(|| "genesis".to_owned(), |at| index.name(index.entry(at).author).to_string())
    };
    let words = match &entry.body {
        Body::Join => "join".to_owned(),
        Body::Proposal { title } => format!("proposal \"{}\"", terminal(title)),
        Body::Vote { target } => format!("vote for {}", whose(target)),
        Body::Criticism { stance, .. } => match entry.added.as_ref().map(|added| &added.slot) {
            Some(Slot::Criticism(_, name)) => format!("criticism of {name} ({stance})"),
            _ => "criticism".to_owned(),
        },
        Body::Revision { title, criticisms, .. } => {
            format!("revision \"{}\", {} criticisms answered", terminal(title), criticisms.len())
        }
        Body::Echo { value } => format!("echo of {}'s revision", whose(value)),
        Body::Ratify { value } => format!("ratify of {}'s revision", whose(value)),
        Body::Abandon => "abandon".to_owned(),
        Body::Accusation { accused, .. } => format!("accusation of {accused}"),
        Body::Acknowledgement => {
            format!("acknowledgement of {}", plural(entry.parents.len().saturating_sub(1), "head"))
        }
    };
    place + &words
}

//! `log`: what everyone has said, newest first.
//!
//! Decides which entries are listed and whether in lanes; how lanes are drawn is for [`crate::report::lanes`].

use std::io::IsTerminal as _;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::looking::Where;
use super::rows::{Rows, Trouble};
use super::{pager, rows, ui};
use crate::error::{Error, Result};
use crate::protocol::id::Name;
use crate::protocol::index::{Body, Entry, EntryIx, Index};
use crate::protocol::slot::{Kind, Slot};
use crate::report::Exit;
use crate::report::date;
use crate::report::escape::terminal;
use crate::report::json::FORMAT;
use crate::report::json::entry::EntryRow;
use crate::report::lanes::{Drawing, Row, lanes, newest_first, off_the_chain};
use crate::report::status::plural;

/// List everyone's entries, newest first.
///
/// On a terminal each researcher has a column: * is an entry, x one that does not count. In the same line, o
/// means that it cites the nearest older entry shown in that column, and . another one of that researcher. Long
/// lines are cut there; --no-graph lists each entry whole, as a program gets it. Dates are what their authors'
/// clocks said, in the time zone that they gave; bicker gives UTC. Order is by these dates, but nothing ever stands
/// below what it builds on. -5 is short for -n 5.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker log -n 20\n  bicker log --step 2 --round 1 --graph\n  bicker log --by alice --kind criticism --reverse"
)]
pub struct Log {
    /// Only this step's
    #[arg(long, value_name = "K")]
    step: Option<u32>,
    /// Only this round's, of every step or of the one given; the first is 0
    #[arg(long, value_name = "R")]
    round: Option<u32>,
    /// Only this researcher's
    #[arg(long, value_name = "NAME")]
    by: Option<Name>,
    /// Only entries of this kind
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.as_str())))]
    kind: Option<String>,
    /// At most this many, the newest
    #[arg(short = 'n', long, value_name = "N")]
    number: Option<usize>,
    /// The oldest first
    #[arg(long)]
    reverse: bool,
    /// One line for each entry, which is what it does anyway
    #[arg(long)]
    oneline: bool,
    /// In columns, although nobody watches
    #[arg(long, overrides_with = "no_graph")]
    graph: bool,
    /// Without columns
    #[arg(long, overrides_with = "graph")]
    no_graph: bool,
    /// For programs
    #[arg(long, conflicts_with = "graph")]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `log`
pub fn log(arguments: &Log) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let index = &look.verification.history.index;
    if let Some(by) = arguments.by.as_ref().filter(|by| index.author(by).is_none()) {
        return Err(
            Error::usage(format!("the charter has no researcher {by}")).hint("see who is there: bicker charter show")
        );
    }
    let all = newest_first(index);
    let wanted = all.iter().copied().filter(|at| arguments.wants(index, index.entry(*at)));
    let entries: Vec<EntryIx> = wanted.take(arguments.number.unwrap_or(usize::MAX)).collect();
    if arguments.json {
        return machine(index, &arguments.ordered(entries));
    }
    let in_lanes = arguments.graph || (!arguments.no_graph && std::io::stdout().is_terminal());
    let drawn = if in_lanes { arguments.in_lanes(index, &all, &entries) } else { None };
    let lines = drawn.unwrap_or_else(|| arguments.ordered(entries.iter().map(|at| line(index, *at)).collect()));
    pager::show(&lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect::<String>())
}

impl Log {
    fn wants(&self, index: &Index, entry: &Entry) -> bool {
        self.step.is_none_or(|step| entry.at().is_some_and(|at| at.step == step))
            && self.round.is_none_or(|round| entry.at().is_some_and(|at| at.round == round))
            && self.by.as_ref().is_none_or(|by| index.name(entry.author) == by)
            && self.kind.as_ref().is_none_or(|kind| entry.kind().as_str() == kind)
    }

    fn ordered<T>(&self, mut rows: Vec<T>) -> Vec<T> {
        if self.reverse {
            rows.reverse();
        }
        rows
    }

    /// The entries in lanes. If there are too many researchers for that, nothing is drawn, and that is said.
    fn in_lanes(&self, index: &Index, all: &[EntryIx], entries: &[EntryIx]) -> Option<Vec<String>> {
        let apart = off_the_chain(index, all);
        let rows: Vec<Row> = entries.iter().map(|at| row(index, *at, apart.contains(at))).collect();
        let drawing = Drawing { width: ui::width(), colour: ui::colour() };
        let Some(picture) = lanes(index, &rows, drawing) else {
            ui::say("there are more researchers here than this terminal has room for columns");
            return None;
        };
        let mut lines = if rows.is_empty() { Vec::new() } else { picture.heading };
        lines.extend(self.ordered(picture.lines));
        Some(lines)
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    entries: Rows<'a, EntryIx, EntryRow<'a>>,
}

/// Entries for programs.
pub fn machine(index: &Index, entries: &[EntryIx]) -> Result<Exit> {
    let trouble = Trouble::default();
    let row = |at: &EntryIx| Ok(EntryRow::of(index, *at));
    let entries = Rows { items: entries, row: &row, trouble: &trouble };
    rows::print(None, &Whole { format: FORMAT, entries }, &trouble)
}

/// An entry beside its lanes. Where it does not go on from its author's next older entry, its line says from which.
fn row(index: &Index, at: EntryIx, apart: bool) -> Row {
    let entry = index.entry(at);
    let own = entry.parents.iter().map(|parent| index.entry(*parent)).filter(|parent| parent.author == entry.author);
    let after: String = own.filter(|_| apart).map(|parent| format!("  [after {}]", parent.id.short())).collect();
    // Beside the columns there is no room for the time of day.
    let date = date::day(entry.seconds, entry.offset);
    Row { at, words: head(index, entry, &date), note: counts(entry) + &after }
}

/// An entry in a line: its id, its date by its author's clock, its author, what it says, and whether it counts.
pub fn line(index: &Index, at: EntryIx) -> String {
    let entry = index.entry(at);
    head(index, entry, &date::minute(entry.seconds, entry.offset)) + &counts(entry)
}

fn head(index: &Index, entry: &Entry, date: &str) -> String {
    format!("{}  {date}  {:8} {}", entry.id.short(), index.name(entry.author), what(index, entry))
}

fn counts(entry: &Entry) -> String {
    match &entry.verdict {
        Ok(()) => String::new(),
        Err(invalid) => format!("  [does not count: {}]", invalid.rule),
    }
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
            format!("revision \"{}\", {} answered", terminal(title), plural(criticisms.len(), "criticism"))
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

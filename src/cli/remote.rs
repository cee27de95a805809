//! `remote`: where everyone's remote is, and where one has moved to.
//!
//! Decides what is asked before one's own address changes: a last look at the old one, so that what only that one shows is
//! kept; and that the new one can take a log at all.

use clap::Args;
use serde::Serialize;

use super::card::address;
use super::join::can_take_a_log;
use super::looking::Where;
use super::ui;
use crate::error::{Error, Result};
use crate::git::doctor::word;
use crate::git::moved;
use crate::git::setup::SetupError;
use crate::pen::Pen;
use crate::place::Place;
use crate::protocol::charter::Researcher;
use crate::protocol::id::Name;
use crate::protocol::transport::Remote;
use crate::report::Exit;
use crate::report::json::{FORMAT, pretty};
use crate::report::text::page::{Page, Tone};

/// See where everyone's remote is, and note where one has moved to.
///
/// What you note holds in this repository, for fetching and for publishing, until the group amends its charter. A wrong
/// address can hide what a researcher writes, but never put words into their mouth: signatures decide.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker remote\n  bicker remote alice https://git.example.org/alice/log.git\n  bicker remote alice --forget"
)]
pub struct RemoteCommand {
    /// Whose remote
    name: Option<Name>,
    /// Where it is now
    #[arg(requires = "name")]
    url: Option<String>,
    /// Go back to the charter's address
    #[arg(long, requires = "name", conflicts_with = "url")]
    forget: bool,
    /// For programs
    #[arg(long, conflicts_with_all = ["url", "forget"])]
    json: bool,
}

/// `remote`
pub fn remote(arguments: &RemoteCommand) -> Result<Exit> {
    let place = Where::default().place()?;
    place.own()?;
    let Some(name) = &arguments.name else {
        let rows: Vec<&Researcher> = place.researchers.iter().collect();
        return list(&place, &rows, arguments.json);
    };
    let row = place.charter.researcher(name).ok_or_else(|| {
        Error::usage(format!("the charter has no researcher {name}")).hint("see who is there: bicker charter show")
    })?;
    match &arguments.url {
        None if arguments.forget => note(&place, row, None),
        None => list(&place, place.row(name).as_slice(), arguments.json),
        Some(url) => {
            let to = address(url)?;
            note(&place, row, Some(to).filter(|to| *to != row.remote))
        }
    }
}

/// Notes where a remote is: elsewhere, or (`None`) where the charter says.
fn note(place: &Place, row: &Researcher, to: Option<Remote>) -> Result<Exit> {
    let own = place.own()?;
    let address = to.as_ref().unwrap_or(&row.remote);
    let before = place.row(&row.name).map_or(&row.remote, |row| &row.remote);
    if own.me == row.name && before != address {
        my_remote_may_be_at(place, row, before, address)?;
    }
    let pen = Pen::take(place)?;
    moved::note(&own.log, &own.me, row, to.as_ref()).map_err(|e| unwritten(&e))?;
    drop(pen);
    let whose = if own.me == row.name { "your remote".to_owned() } else { format!("the remote of {}", row.name) };
    ui::print(&match &to {
        Some(to) => format!("noted: {whose} is at {to}\n"),
        None => format!("{whose} is where the charter says: {}\n", row.remote),
    })?;
    if own.me == row.name && to.is_some() {
        ui::say("publish there with: bicker sync");
        ui::say(&format!(
            "everyone else has to note it, too, with bicker remote {} {}",
            row.name,
            word(address.as_str())
        ));
    }
    Ok(Exit::Verified)
}

/// Looks once more at where my remote was, so that what another copy of mine has published there is known; and whether a log
/// can be kept at the new address.
fn my_remote_may_be_at(place: &Place, row: &Researcher, before: &Remote, now: &Remote) -> Result<()> {
    can_take_a_log(place, row, now)?;
    let looked = Where::default().look_at(place)?;
    if looked.verification.seen.remotes.get(&row.name).is_some_and(|remote| remote.answered()) {
        ui::say(&format!(
            "your remote still answers at {before}; make sure that no other copy of your log publishes there"
        ));
    }
    Ok(())
}

fn unwritten(e: &SetupError) -> Error {
    Error::trouble("cannot note where the remote is").because(e).maybe_hint(e.hint())
}

fn list(place: &Place, rows: &[&Researcher], json: bool) -> Result<Exit> {
    let own = place.own()?;
    let apart = moved::apart(&own.log, &own.me, &place.researchers)
        .map_err(|e| Error::trouble("cannot read where git has remotes").because(&e).maybe_hint(e.hint()))?;
    let charters =
        |row: &Researcher| place.charter.researcher(&row.name).map_or(&row.remote, |row| &row.remote).clone();
    if json {
        let rows = rows.iter().map(|row| Row {
            name: row.name.as_str(),
            remote: row.remote.as_str(),
            charter: charters(row).as_str().to_owned(),
        });
        ui::print(&pretty(&Whole { format: FORMAT, remotes: rows.collect() }))?;
        return Ok(Exit::Verified);
    }
    let mut page = Page::new(ui::colour(), ui::width());
    // Who asks for one of them has perhaps been told to, and where it is now only they know.
    let is_alone = rows.len() == 1 && place.researchers.len() > 1;
    let widest = rows.iter().map(|row| row.name.as_str().len()).max().unwrap_or(0) + 2;
    for row in rows {
        let (name, remote) = (row.name.as_str(), row.remote.as_str());
        let mine = if row.name == own.me { "   (yours)" } else { "" };
        page.line(0, Tone::Plain, &format!("{name:widest$}{remote}{mine}"));
        let charter = charters(row);
        if charter != row.remote {
            let found = format!("it has moved there; the charter says {charter}");
            page.paragraph(widest, widest, (Tone::Plain, ""), &found);
            page.line(widest, Tone::Plain, &format!("take that back: bicker remote {name} --forget"));
        }
        if is_alone {
            page.line(widest, Tone::Plain, &format!("bicker remote {name} URL notes where it is now"));
        }
        for apart in apart.iter().filter(|apart| apart.name == row.name) {
            let found = format!("git's {} is {}; if it has moved there:", apart.called, apart.git);
            page.paragraph(widest, widest, (Tone::Plain, ""), &found);
            page.line(widest, Tone::Plain, &format!("bicker remote {name} {}", word(apart.git.as_str())));
        }
    }
    ui::print(&page.finish())?;
    Ok(Exit::Verified)
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    remotes: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    /// Where it is.
    remote: &'a str,
    /// Where the charter says that it is.
    charter: String,
}

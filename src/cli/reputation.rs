//! `reputation`: who has done what, the same for everyone.

use clap::Args;

use super::looking::Where;
use super::opinion::held;
use super::ui;
use crate::error::{Error, Result};
use crate::protocol::id::Name;
use crate::protocol::preference::Opinions;
use crate::protocol::reputation::{Record, records};
use crate::report::Exit;
use crate::report::reputation::{explain, json, table};

/// Show the public record of each researcher, and the score that it adds up to.
///
/// Made from signed entries alone, so it is the same for everyone who has seen the same. It binds nobody; `bicker vote`
/// without a name follows it, after your own opinions (`bicker like`, `bicker dislike`).
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker reputation\n  bicker reputation --explain bob")]
pub struct Reputation {
    /// Only this researcher's
    name: Option<Name>,
    /// How this researcher's score comes about, with the entries behind it
    #[arg(long, value_name = "NAME", conflicts_with = "name")]
    explain: Option<Name>,
    /// Everything, for programs; your own opinions are not in it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `reputation`
pub fn reputation(arguments: &Reputation) -> Result<Exit> {
    let (place, look) = arguments.place.look()?;
    let mut records = records(&look.verification);
    if let Some(name) = arguments.explain.as_ref().or(arguments.name.as_ref()) {
        records.retain(|record| record.name == *name);
        if records.is_empty() {
            return Err(Error::usage(format!("the charter has no researcher {name}"))
                .hint("see who is there: bicker reputation"));
        }
    }
    let text = match arguments.json {
        true => json(&records),
        false => words(&records, &place.own.as_ref().map(held).transpose()?.unwrap_or_default(), arguments),
    };
    ui::print(&text)?;
    Ok(Exit::Verified)
}

fn words(records: &[Record], opinions: &Opinions, arguments: &Reputation) -> String {
    let (colour, width) = (ui::colour(), ui::width());
    match (&arguments.explain, records) {
        (Some(_), [record]) => explain(record, opinions.get(&record.name).copied(), colour, width),
        _ => table(records, opinions, colour, width),
    }
}

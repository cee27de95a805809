//! `status`: where each step stands, what I owe, and whom we wait for.

use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use super::looking::Where;
use super::ui;
use crate::error::Result;
use crate::look::Look;
use crate::place::Place;
use crate::protocol::remedy::{Remedy, remedy};
use crate::report::Exit;
use crate::report::status::{Around, Status as Page};

/// Show where each step stands, what you owe, and whom the group waits for.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker status\n  bicker status --short --offline    # for a prompt")]
pub struct Status {
    /// One short line
    #[arg(long, conflicts_with = "json")]
    short: bool,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `status`
pub fn status(arguments: &Status) -> Result<Exit> {
    let (place, mut look) = arguments.place.look()?;
    let page = page(&place, &mut look);
    ui::print(&match () {
        () if arguments.json => page.json(),
        () if arguments.short => page.short(),
        () => page.text(ui::colour(), ui::width()),
    })?;
    Ok(Exit::Verified)
}

/// The status of what was seen.
pub fn page(place: &Place, look: &mut Look) -> Page {
    let me = place.own.as_ref().map(|own| own.me.clone());
    let names = place.charter.researchers().iter().map(|researcher| researcher.name.clone());
    let answered = names.map(|name| (look.cache.answered(&name), name)).map(|(at, name)| (name, at)).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let ails = ails(place, look);
    let unpublished = ails == Some(Remedy::Publish);
    let heal = ails.is_some_and(|ails| {
        !matches!(ails, Remedy::Publish | Remedy::CatchUp(_) | Remedy::Foreign(_) | Remedy::Convicted)
    });
    let around = Around { heal, unpublished, me, asked: look.asked, answered, now };
    Page::of(&mut look.verification, around)
}

/// What ails my own log.
fn ails(place: &Place, look: &mut Look) -> Option<Remedy> {
    let own = place.own.as_ref()?;
    let me = look.verification.history.index.author(&own.me)?;
    remedy(&mut look.verification, me, &own.log.pushed(), &[])
}

//! `heal`: mends my own log, step by step, and says what it did.

use clap::Args;

use super::compose::Writing;
use super::desk::{Desk, tell};
use super::looking::Where;
use super::ui;
use crate::error::{Error, Result};
use crate::protocol::verify::Remote;
use crate::report::Exit;

/// Mend your own log after an accident.
///
/// It goes back from commits that are no entries (made by a web editor or an 'Update branch' button, here or in
/// your remote), catches up with what you signed elsewhere, and joins the branches of your log, those included whose
/// push lost to another one. What would convict you together with what you published is dropped if nobody can have seen
/// it; what you wrote is kept as drafts. Branches that hold a proof against you are never joined.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker heal")]
pub struct Heal {
    #[command(flatten)]
    place: Where,
}

/// More remedies than any log needs one after the other.
const STEPS_MAX: usize = 100;

/// `heal`
pub fn heal(arguments: Heal) -> Result<Exit> {
    let place = arguments.place.place()?;
    let me = place.own()?.me.clone();
    let writing = Writing { place: arguments.place, ..Writing::default() };
    let mut desk = Desk::begin(&writing, &place)?;
    let shown = matches!(desk.look.verification.seen.remotes.get(&me), Some(Remote::Shown(_)));
    if !shown || !desk.look.asked || desk.look.elsewhere.contains(&me) {
        let why = desk.look.unreached.get(&me).map_or("it was not asked, or what it sent was refused", String::as_str);
        return Err(Error::trouble(format!("your own remote cannot be read: {why}")).hint(
            "only your remote knows which of your entries are published; try again when it answers: bicker heal",
        ));
    }
    desk.pen.sign_what_was_left(&mut desk.look)?;
    let mut done = 0;
    while let Some(remedy) = desk.pen.diagnose(&mut desk.look)? {
        tell(&desk.pen.mend(&mut desk.look, &remedy)?);
        done += 1;
        if done == STEPS_MAX {
            return Err(Error::trouble("your log is still not whole").hint("see where things stand: bicker status"));
        }
    }
    desk.finish()?;
    ui::print(if done == 0 { "nothing ails your log\n" } else { "your log is whole\n" })?;
    Ok(Exit::Verified)
}

//! `recover`: brings a log back from what remotes show of it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::compose::{Desk, Writing, my_author, tell};
use super::join::{make_repository, place_in_charter};
use super::looking::Where;
use super::ui;
use crate::error::{Error, Result};
use crate::place::Place;
use crate::protocol::id::Name;
use crate::protocol::remedy::Remedy;
use crate::report::Exit;
use crate::report::status::plural;

/// Catch up with your own log, from your remote or from what the others have of it.
///
/// In your repository it brings in what you signed elsewhere. With --charter, --as, --key and a folder it makes your
/// repository anew, say after the loss of a disk. A copy that does not know what was signed before uses no slot
/// until enough others have written on top of what was recovered, or until you say that you are --sure.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bicker recover --charter charter.yaml --as alice --key ~/.ssh/id_ed25519 again")]
pub struct Recover {
    /// Your name in the charter, to make your repository anew
    #[arg(long = "as", value_name = "NAME", requires_all = ["charter", "key", "dir"])]
    name: Option<Name>,
    /// Your SSH key
    #[arg(long, value_name = "FILE", requires_all = ["charter", "name", "dir"])]
    key: Option<PathBuf>,
    /// You are sure that you have signed nothing that is not shown here
    #[arg(long)]
    sure: bool,
    /// The folder to make
    #[arg(requires_all = ["charter", "name", "key"])]
    dir: Option<PathBuf>,
    #[command(flatten)]
    place: Where,
}

/// `recover`
pub fn recover(arguments: Recover) -> Result<Exit> {
    let Recover { name, key, sure, dir, place: mut where_to_look } = arguments;
    let anew = name.zip(key).zip(dir.as_ref());
    let place = match (anew, where_to_look.charter.take()) {
        (Some(((name, key), dir)), Some(charter)) => {
            let (charter, me) = place_in_charter(&charter, &name, &key)?;
            make_repository(&charter, &me, &key, dir)?
        }
        (None, None) => where_to_look.place()?,
        _ => return Err(Error::usage("--charter goes with --as, --key and a folder")),
    };
    let writing = Writing { place: where_to_look, ..Writing::default() };
    let mut desk = Desk::begin(&writing, &place)?;
    let remedy = desk.pen.diagnose(&mut desk.look)?;
    match &remedy {
        Some(remedy @ Remedy::CatchUp(_)) => tell(&desk.pen.mend(&mut desk.look, remedy)?),
        Some(Remedy::Publish) | None => ui::say("this copy has all of your log that is known"),
        Some(_) => {
            return Err(Error::wrong("your log needs more than catching up").hint("mend it: bicker heal"));
        }
    }
    if dir.is_some() || sure || desk.pen.needs_recovery(&mut desk.look)? {
        desk.pen.note_recovery(&mut desk.look, sure)?;
    }
    finish(&mut desk, &place, dir.as_deref())
}

fn finish(desk: &mut Desk<'_>, place: &Place, made: Option<&Path>) -> Result<Exit> {
    let own = place.own()?;
    let me = my_author(&desk.look, place)?;
    let index = &desk.look.verification.history.index;
    let mine = index.tips(&desk.look.verification.everything, me);
    let count = index.pasts.members_of(&desk.look.verification.everything, me).iter().count();
    match mine.len() {
        0 => {
            ui::say(&format!("no remote that answered holds an entry of {}", own.me));
            ui::say("if you have never joined, do: bicker sync");
        }
        1 => {}
        _ => ui::say("your log has branches; join them: bicker heal"),
    }
    ui::print(&format!("your log has {}\n", plural(count, "entry")))?;
    let standing = desk.pen.standing(&mut desk.look)?;
    if let Err(not_yet) = desk.pen.knows_what_was_signed(&mut desk.look, &standing) {
        ui::complain(&not_yet);
    }
    if let Some(dir) = made {
        ui::say(&format!("go on in your repository: cd {}, then: bicker status", dir.display()));
    }
    match desk.look.unreached.is_empty() {
        true => Ok(Exit::Verified),
        false => Ok(Exit::Incomplete),
    }
}

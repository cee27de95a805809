//! `recover`: brings a log back from what remotes show of it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::compose::Writing;
use super::desk::{Desk, my_author, tell};
use super::join::{make_repository, place_in_charter};
use super::looking::Where;
use super::ui;
use crate::error::{Error, Result};
use crate::git::doctor::{path_word, word};
use crate::place::Place;
use crate::protocol::id::Name;
use crate::protocol::remedy::Remedy;
use crate::protocol::slot::Slot;
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
    let exit = go_on(&mut desk, &place, sure, dir.as_deref())?;
    let me = &place.own()?.me;
    if let (Some(dir), Some(url)) = (dir, writing.place.looking(&place)?.elsewhere.get(me)) {
        let dir = path_word(&dir);
        ui::say(&format!("if your remote is there for good, note it: cd {dir} && bicker remote {me} {}", word(url)));
    }
    Ok(exit)
}

/// Catches up, takes the person's word if they are sure, and says where that leads.
pub fn go_on(desk: &mut Desk<'_>, place: &Place, sure: bool, made: Option<&Path>) -> Result<Exit> {
    let remedy = desk.pen.diagnose(&mut desk.look)?;
    match &remedy {
        Some(remedy @ Remedy::CatchUp(_)) => tell(&desk.pen.mend(&mut desk.look, remedy)?),
        Some(Remedy::Publish) | None => ui::say("this copy has everything of your log that is known"),
        Some(_) => {
            return Err(Error::wrong("your log needs more than catching up").hint("repair it: bicker heal"));
        }
    }
    if sure && !desk.pen.remembers_all() {
        tell_the_risk(desk, place)?;
        desk.pen.trust_memory()?;
    }
    finish(desk, place, made)
}

/// What somebody takes upon themselves who is sure, and whom that rests on.
fn tell_the_risk(desk: &Desk<'_>, place: &Place) -> Result<()> {
    let me = &place.own()?.me;
    ui::say(
        "you declare that nothing but what is shown here was ever signed with your key; if anything was, you may be",
    );
    ui::say("convicted as soon as it comes to light, and nobody can help you then");
    let others = desk.look.verification.seen.remotes.iter().filter(|(name, _)| *name != me);
    let (answered, silent): (Vec<_>, Vec<_>) = others.partition(|(_, remote)| remote.answered() && desk.look.asked);
    let names = |list: Vec<(&Name, _)>| list.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    if !answered.is_empty() {
        ui::say(&format!("asked just now for what they have of yours: {}", names(answered)));
    }
    if !silent.is_empty() {
        ui::say(&format!("not asked, or no answer: {}", names(silent)));
    }
    Ok(())
}

fn finish(desk: &mut Desk<'_>, place: &Place, made: Option<&Path>) -> Result<Exit> {
    let own = place.own()?;
    let me = my_author(&desk.look, place)?;
    let index = &desk.look.verification.history.index;
    let mine = index.tips(&desk.look.verification.everything, me);
    let count = index.pasts.members_of(&desk.look.verification.everything, me).iter().count();
    let there =
        |command: &str| made.map_or_else(|| command.to_owned(), |dir| format!("cd {} && {command}", path_word(dir)));
    match mine.len() {
        0 => {
            ui::say(&format!("no remote that answered holds an entry of {}", own.me));
            ui::say(&format!("if you have never joined, sign your joining: {}", there("bicker sync")));
        }
        1 => {}
        _ => ui::say(&format!("your log has branches; mend it: {}", there("bicker heal"))),
    }
    ui::print(&format!("your log has {}\n", plural(count, "entry")))?;
    let standing = desk.pen.standing(&mut desk.look)?;
    let next = Slot::Echo(standing.at);
    if let Err(mut not_yet) = desk.pen.memory_allows(&desk.look, &next, &standing.view) {
        for hint in &mut not_yet.hints {
            if let Some((words, command)) = hint.rsplit_once(": ").filter(|(_, command)| command.starts_with("bicker"))
            {
                *hint = format!("{words}: {}", there(command));
            }
        }
        ui::complain(&not_yet);
    }
    if made.is_some() {
        ui::say(&format!("continue in your repository: {}", there("bicker status")));
    }
    match desk.look.unreached.is_empty() {
        true => Ok(Exit::Verified),
        false => Ok(Exit::Incomplete),
    }
}

//! `join`: makes a researcher's repository and signs the first entry of their log.
//!
//! Decides the order: charter, name, key and what was compared are all settled before anything is made; and, before
//! anything is signed, whether the key may have signed before.

use std::path::{Path, PathBuf};

use clap::Args;

use super::comparing::Comparing;
use super::compose::Writing;
use super::desk::Desk;
use super::hook::set_up;
use super::looking::Where;
use super::ticker::doing;
use super::ui;
use crate::error::{Error, Result};
use crate::git::doctor::path_word;
use crate::git::fetch::Limits;
use crate::git::hooks::Beside;
use crate::git::push::is_of_another_hash;
use crate::git::setup;
use crate::git::sign::Signer;
use crate::pen::has_begun;
use crate::place::{Place, read_charter};
use crate::protocol::charter::{Charter, Researcher};
use crate::protocol::file::{Fields, File};
use crate::protocol::id::Name;
use crate::protocol::slot::Slot;
use crate::protocol::transport::Remote;
use crate::report::Exit;

/// Accept a charter: make your repository and sign the first entry of your log.
///
/// On a terminal it asks for two of the charter's words, as your group read them aloud; and, if the group has begun,
/// whether you have ever joined before. Where an entry of yours is known, it recovers your log.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bicker join --charter charter.yaml --as alice --key ~/.ssh/id_ed25519 log")]
pub struct Join {
    /// The charter, as everyone has it
    #[arg(long, value_name = "FILE")]
    charter: PathBuf,
    /// Your name in the charter
    #[arg(long = "as", value_name = "NAME")]
    name: Name,
    /// Your SSH key: the private key, or the public one if an agent holds the other half
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    comparing: Comparing,
    /// This key has never signed anything in this group, on any machine: for scripts that join when it has begun
    #[arg(long)]
    first: bool,
    /// Publish at once
    #[arg(long)]
    push: bool,
    /// Sign although your remote cannot be reached: only if no other copy of your log exists
    #[arg(long)]
    remote_unseen: bool,
    /// The folder to make
    dir: PathBuf,
}

/// `join`
pub fn join(arguments: &Join) -> Result<Exit> {
    let (charter, me) = place_in_charter(&arguments.charter, &arguments.name, &arguments.key)?;
    arguments.comparing.compare(&charter, &me.name)?;
    let place = make_repository(&charter, &me, &arguments.key, &arguments.dir)?;
    let writing = Writing {
        push: arguments.push,
        remote_unseen: arguments.remote_unseen,
        place: Where::default(),
        ..Writing::default()
    };
    let signed = sign_join(&writing, &place, arguments);
    let later =
        format!("the repository is made; when that is settled: cd {} && bicker sync", path_word(&arguments.dir));
    signed.map_err(|error| error.hint(later))
}

/// Reads a charter and what it says of a researcher, whose key this must be: before anything is made.
pub fn place_in_charter(path: &Path, name: &Name, key: &Path) -> Result<(Charter, Researcher)> {
    let charter = read_charter(path)?;
    let me = charter.researcher(name).cloned().ok_or_else(|| {
        Error::usage(format!("the charter has no researcher {name}"))
            .hint(format!("see who is there: bicker charter show {}", path_word(path)))
    })?;
    Signer::open(key, &me.key).map_err(|e| {
        Error::usage(format!("{} is not the key of {}", key.display(), me.name)).because(&e).maybe_hint(e.hint())
    })?;
    Ok((charter, me))
}

/// Makes a researcher's repository, whose log holds nothing but genesis.
pub fn make_repository(charter: &Charter, me: &Researcher, key: &Path, dir: &Path) -> Result<Place> {
    let place = match setup::make(dir, charter, me, key) {
        Ok(_) => Place::of_researcher(dir, None)?,
        Err(e) => made_before(dir, charter, &me.name).ok_or_else(|| {
            Error::usage(format!("cannot make a repository in {}", dir.display())).because(&e).maybe_hint(e.hint())
        })?,
    };
    set_up(&place, Beside::Leave)?;
    Ok(place)
}

/// The repository that an earlier `join` of the same researcher made there: it was interrupted, or is typed once more.
fn made_before(dir: &Path, charter: &Charter, me: &Name) -> Option<Place> {
    let place = Place::of_researcher(dir, None).ok()?;
    let own = place.own.as_ref()?;
    let is_there = own.log.work_dir().canonicalize().ok()? == dir.canonicalize().ok()?;
    (is_there && own.me == *me && place.charter == *charter).then_some(place)
}

fn sign_join(writing: &Writing, place: &Place, arguments: &Join) -> Result<Exit> {
    let mut desk = Desk::begin(writing, place)?;
    let standing = desk.pen.standing(&mut desk.look)?;
    if desk.pen.is_known(&desk.look)? && standing.head.is_none() {
        let me = &place.own()?.me;
        ui::say(&format!("entries by {me} are already known, so nothing new is signed; your log is being recovered"));
        return super::recover::go_on(&mut desk, place, false, Some(&arguments.dir));
    }
    let row = place.my_row()?;
    can_take_a_log(place, row, &row.remote)?;
    settle_memory(&mut desk, arguments.first)?;
    let desk = desk.finish()?;
    let (file, subject) = join_entry();
    let done = desk.put(writing, Some(file), subject, Vec::new())?;
    ui::say(&format!("continue in your repository: cd {} && bicker status", path_word(&arguments.dir)));
    Ok(done)
}

/// Whether a remote of mine can take my log. Nothing is signed for one that never can.
pub fn can_take_a_log(place: &Place, row: &Researcher, remote: &Remote) -> Result<()> {
    let own = place.own()?;
    let head =
        own.log.head().map_err(|e| Error::trouble("cannot read your own log").because(&e).maybe_hint(e.hint()))?;
    let (url, branch) = (remote.as_str(), row.branch.as_str());
    let _line = doing("asking your remote whether it can take your log");
    match is_of_another_hash(own.log.git_dir(), url, head, branch, Limits::default().timeout) {
        false => Ok(()),
        true => Err(Error::usage(format!("your remote {url} names objects by SHA-256, and a log is named by SHA-1"))
            .hint("make it anew, empty, with git init --bare --object-format=sha1")),
    }
}

/// Settles whether the key may have signed before: nobody knows of anything, but that proves little once the group has
/// begun, or when somebody could not be asked. Whoever does not say no may have.
fn settle_memory(desk: &mut Desk<'_>, first: bool) -> Result<()> {
    if desk.pen.remembers_all() {
        return Ok(());
    }
    if first || desk.pen.nothing_was_signed(&desk.look)? || says_never(desk)? {
        return desk.pen.trust_memory();
    }
    ui::say(
        "this key may have signed something before that nobody shows now, so nothing but this join is signed in the",
    );
    ui::say("steps that are open; if it never has, say so: bicker recover --sure");
    Ok(())
}

/// Asks a person at a terminal, if there is one. Whatever is not no is yes.
fn says_never(desk: &Desk<'_>) -> Result<bool> {
    if !has_begun(&desk.look) {
        let away: Vec<&str> = desk.look.unreached.keys().map(Name::as_str).collect();
        ui::say(&format!("whether the group has begun is not known: no answer from {}", away.join(", ")));
    }
    if !ui::can_ask() {
        return Ok(false);
    }
    let prompt = "did this key ever sign anything in this group before, here or on another machine? [yes/no] ";
    Ok(ui::ask(prompt)?.is_some_and(|answer| is_no(&answer)))
}

fn is_no(answer: &str) -> bool {
    answer.eq_ignore_ascii_case("n") || answer.eq_ignore_ascii_case("no")
}

/// The file of a `join`, and its subject.
pub fn join_entry() -> ((Slot, File), String) {
    ((Slot::Join, File { fields: Fields::Join, text: String::new() }), "join".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_no_is_no() {
        assert!(["no", "N", "No", "n"].into_iter().all(is_no));
        assert!(!["", "yes", "nobody", "\u{fffd}"].into_iter().any(is_no));
    }
}

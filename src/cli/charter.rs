//! `charter new`, `show` and `diff`: the agreed list of researchers.
//!
//! Decides which files a charter is made from or read from, and which of them to name when they do not fit together.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::picture::Picture;
use super::ui;
use crate::error::{Error, Result};
use crate::place::{Place, read_bounded, read_charter};
use crate::protocol::charter::{CHARTER_MAX, Charter, CharterError, Researcher, allowed_signers};
use crate::protocol::loose::read_cards;
use crate::report::Exit;
use crate::report::charter::{changes, describe};
use crate::report::json;
use crate::report::sheet::sheet;

/// Make, show or compare charters: who takes part, with which keys and remotes.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker charter new --title 'Quorums at sea' *.card -o charter.yaml\n  bicker charter show"
)]
pub struct CharterCommand {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand, Debug)]
enum Sub {
    New(New),
    Show(Show),
    Diff(Diff),
}

/// Put cards together into a charter.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker charter new --title 'Quorums at sea' *.card -o charter.yaml")]
struct New {
    /// What the group is going to write
    #[arg(long)]
    title: String,
    /// How many researchers may be Byzantine; the most that n allows if not given
    #[arg(long, value_name = "F")]
    faults: Option<u32>,
    /// The cards
    #[arg(required = true, value_name = "CARD")]
    cards: Vec<PathBuf>,
    /// Where to write the charter; standard output if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Show a charter: researchers, keys, thresholds, and its digest to compare in person.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker charter show --sheet charter.yaml > sheet.txt\n  bicker charter show --allowed-signers charter.yaml > signers\n  git -c gpg.ssh.allowedSignersFile=signers log --show-signature"
)]
struct Show {
    /// The charter; that of the repository here if not given
    charter: Option<PathBuf>,
    #[command(flatten)]
    picture: Picture,
    /// Write a sheet to print and take to the meeting, with a box to tick for each word and person
    #[arg(long, conflicts_with = "qr")]
    sheet: bool,
    /// Write the keys as git log --show-signature and ssh-keygen -Y verify read them
    #[arg(long, conflicts_with_all = ["qr", "sheet"])]
    allowed_signers: bool,
    /// For programs
    #[arg(long, conflicts_with_all = ["qr", "sheet", "allowed_signers"])]
    json: bool,
}

/// Show what is different in another charter. Ends with 1 if anything is.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker charter diff mine/charter.yaml theirs/charter.yaml")]
struct Diff {
    /// One charter
    old: PathBuf,
    /// Another
    new: PathBuf,
}

/// `charter`
pub fn charter(arguments: &CharterCommand) -> Result<Exit> {
    match &arguments.command {
        Sub::New(new) => make(new),
        Sub::Show(show) => display(show),
        Sub::Diff(diff) => compare(diff),
    }
}

fn display(show: &Show) -> Result<Exit> {
    let charter = match &show.charter {
        Some(path) => read_charter(path)?,
        None => {
            let here = std::env::current_dir().map_err(|e| Error::usage("the current folder is gone").because(&e))?;
            Place::of_researcher(&here, None)?.charter
        }
    };
    let text = match () {
        () if show.json => json::charter::charter(&charter),
        () if show.sheet => sheet(&charter),
        () if show.allowed_signers => allowed_signers(charter.researchers()),
        () => describe(&charter) + &show.picture.of(&charter.digest().to_string(), "")?,
    };
    ui::print(&text)?;
    Ok(Exit::Verified)
}

fn compare(diff: &Diff) -> Result<Exit> {
    let (old, new) = (read_charter(&diff.old)?, read_charter(&diff.new)?);
    match changes(&old, &new) {
        None => ui::print(&format!("the same charter: {}\n", old.digest())).map(|()| Exit::Verified),
        Some(changes) => ui::print(&changes).map(|()| Exit::Wrong),
    }
}

fn make(new: &New) -> Result<Exit> {
    let cards = read_all(&new.cards)?;
    let researchers = cards.iter().map(|(_, card)| card.clone()).collect();
    let charter = Charter::new(&new.title, new.faults, researchers).map_err(|e| no_charter(&e, &cards))?;
    match &new.output {
        None => ui::print(&charter.print())?,
        Some(path) => {
            write_new(path, &charter.print())?;
            ui::print(&describe(&charter))?;
            let path = path.display();
            ui::say(&format!("next: give {path} to everyone and compare it; then each joins:"));
            ui::say(&format!("  bicker join --charter {path} --as NAME --key KEY --push DIR"));
        }
    }
    Ok(Exit::Verified)
}

/// Why the cards make no charter. Where two of them clash, it says in which files these are.
fn no_charter(error: &CharterError, cards: &[(&Path, Researcher)]) -> Error {
    let (names, hint) = match error {
        CharterError::SameName(name) => {
            ([name, name], "leave one out, or one of them makes a card with another name: bicker card --help")
        }
        CharterError::SameKey(one, other) => {
            ([one, other], "everyone signs with a key of their own: ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519_bicker")
        }
        CharterError::SamePlace(one, other) => {
            ([one, other], "one of them makes a card with a remote of their own: bicker card --help")
        }
        _ => return Error::usage("these cards do not make a charter").because(error),
    };
    let clashing = cards.iter().filter(|(_, card)| names.contains(&&card.name));
    let files: Vec<String> = clashing.map(|(path, _)| path.display().to_string()).collect();
    let message = match files.as_slice() {
        [one, rest @ ..] if rest.iter().all(|other| other == one) => format!("{one} does not make a charter"),
        files => format!("{} do not go together", files.join(" and ")),
    };
    Error::usage(message).because(error).hint(hint)
}

/// The cards of each file. A file that is named twice is likelier a slip than two people.
fn read_all(paths: &[PathBuf]) -> Result<Vec<(&Path, Researcher)>> {
    let mut cards: Vec<(&Path, Researcher)> = Vec::new();
    for path in paths {
        if cards.iter().any(|(other, _)| other == path) {
            return Err(Error::usage(format!("{} is given twice", path.display())).hint("name each card once"));
        }
        let bytes = read_bounded(path, CHARTER_MAX as u64)?;
        let read = read_cards(&bytes).map_err(|e| {
            Error::usage(format!("{} is not a card", path.display()))
                .because(&e)
                .hint("see how a card is made: bicker card --help")
        })?;
        cards.extend(read.into_iter().map(|card| (path.as_path(), card)));
    }
    Ok(cards)
}

/// Writes a file that must not be there yet: a charter is never written over.
pub fn write_new(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| {
        Error::usage(format!("cannot write {}", path.display())).because(&e).hint("name another file with -o")
    })
}

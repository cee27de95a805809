//! `charter new` and `charter show`: the agreed list of researchers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::ui;
use crate::error::{Error, Result};
use crate::place::{Place, read_bounded, read_charter};
use crate::protocol::charter::{CHARTER_MAX, Charter};
use crate::protocol::genesis::Genesis;
use crate::protocol::loose::read_cards;
use crate::protocol::words::{digits, words};
use crate::report::Exit;
use crate::report::escape::terminal;

/// Make or show a charter: who takes part, with which keys and remotes.
#[derive(Args, Debug)]
pub struct CharterCommand {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand, Debug)]
enum Sub {
    New(New),
    Show(Show),
}

/// Put cards together into a charter.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker charter new --title 'A protocol for the rest of us' *.card -o charter.yaml")]
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
struct Show {
    /// The charter; that of the repository here if not given
    charter: Option<PathBuf>,
}

/// `charter`
pub fn charter(arguments: &CharterCommand) -> Result<Exit> {
    match &arguments.command {
        Sub::New(new) => make(new),
        Sub::Show(show) => {
            let charter = match &show.charter {
                Some(path) => read_charter(path)?,
                None => {
                    let here =
                        std::env::current_dir().map_err(|e| Error::usage("there is no current folder").because(&e))?;
                    Place::of_researcher(&here, None)?.charter
                }
            };
            ui::print(&describe(&charter))?;
            Ok(Exit::Verified)
        }
    }
}

fn make(new: &New) -> Result<Exit> {
    let mut researchers = Vec::new();
    for path in &new.cards {
        let bytes = read_bounded(path, CHARTER_MAX as u64)?;
        let cards = read_cards(&bytes).map_err(|e| {
            Error::usage(format!("{} is no card", path.display()))
                .because(&e)
                .hint("a card is made by: bicker card --name NAME --key FILE --remote URL")
        })?;
        researchers.extend(cards);
    }
    let charter = Charter::new(&new.title, new.faults, researchers)
        .map_err(|e| Error::usage("these cards make no charter").because(&e))?;
    match &new.output {
        None => ui::print(&charter.print())?,
        Some(path) => {
            write_new(path, &charter.print())?;
            ui::print(&describe(&charter))?;
        }
    }
    Ok(Exit::Verified)
}

/// Writes a file that must not be there yet: a charter is never written over.
fn write_new(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| {
        Error::usage(format!("cannot write {}", path.display())).because(&e).hint("name another file with -o")
    })
}

/// A charter in words: what people check before they join.
pub fn describe(charter: &Charter) -> String {
    let mut text = format!("{}\n\n", terminal(charter.title()));
    let widest = charter.researchers().iter().map(|r| r.name.as_str().len()).max().unwrap_or(0);
    for r in charter.researchers() {
        let _ = writeln!(text, "  {:widest$}  {}", r.name, r.key.fingerprint());
        let _ = writeln!(text, "  {:widest$}  {} {}", "", terminal(r.remote.as_str()), r.branch);
    }
    let (n, f) = (charter.n(), charter.faults());
    let _ = writeln!(text, "\n{n} researchers, of whom {f} may be Byzantine.");
    let _ = writeln!(text, "{} select a proposal, {} make a revision final.\n", charter.majority(), charter.quorum());
    let digest = charter.digest();
    let _ = writeln!(text, "Compare this with the others, in person:\n");
    for row in words(&digest).chunks(4) {
        let _ = writeln!(text, "  {}", row.join(" "));
    }
    let _ = writeln!(text, "\n  {}\n  {digest}", digits(&digest));
    let _ = writeln!(text, "  group {}", Genesis::of(charter).commit);
    text
}

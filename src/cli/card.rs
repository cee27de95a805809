//! `card`: what a researcher brings to the meeting.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::charter::write_new;
use super::picture::Picture;
use super::ui;
use crate::error::{Error, Result};
use crate::git::sign::read_public_key;
use crate::protocol::charter::{Branch, Researcher};
use crate::protocol::id::Name;
use crate::protocol::transport::Remote;
use crate::report::Exit;

/// Print your card: your name, key and remote, as they will stand in the charter.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bicker card --name alice --key ~/.ssh/id_ed25519.pub \\\n    --remote https://git.example.org/alice/bft.git > alice.card"
)]
pub struct Card {
    /// Your name: a lower-case letter, then lower-case letters, digits or -
    #[arg(long)]
    name: Name,
    /// Your SSH key, of type ed25519
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Your git remote: an empty repository that only you push to and everyone can read
    #[arg(long, value_name = "URL")]
    remote: String,
    /// The branch that is your log
    #[arg(long, default_value = "main")]
    branch: String,
    /// Where to write the card; standard output if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    picture: Picture,
}

/// The address of a remote that a person gives.
///
/// # Errors
/// It is none.
pub fn address(text: &str) -> Result<Remote> {
    Remote::parse(text).map_err(|e| {
        Error::usage(format!("{text} is not the address of a remote"))
            .because(&e)
            .hint("addresses look like https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or /PATH")
    })
}

/// `card`
pub fn card(arguments: &Card) -> Result<Exit> {
    let key = read_public_key(&arguments.key).map_err(|e| {
        Error::usage(format!("{} cannot be your key", arguments.key.display())).because(&e).maybe_hint(e.hint())
    })?;
    let remote = address(&arguments.remote)?;
    let branch = Branch::parse(&arguments.branch).ok_or_else(|| {
        Error::usage(format!("{} is not a branch name for a log", arguments.branch)).hint("leave it at main")
    })?;
    let card = Researcher { name: arguments.name.clone(), key, remote, branch }.card();
    // In a file the picture is a comment, so that the file is a card all the same.
    let margin = if arguments.output.is_none() && std::io::stdout().is_terminal() { "" } else { "# " };
    let text = arguments.picture.of(&card, margin)? + &card;
    match &arguments.output {
        None => ui::print(&text)?,
        Some(file) => write_new(file, &text)?,
    }
    Ok(Exit::Verified)
}

//! `like`, `dislike`: opinions that stay in one's own repository.

use clap::Args;

use super::looking::Where;
use super::ui;
use crate::error::{Error, Result};
use crate::git::doctor::path_word;
use crate::git::opinions::{self, OpinionsError};
use crate::place::{Own, Place};
use crate::protocol::id::Name;
use crate::protocol::preference::{Opinion, Opinions};
use crate::report::Exit;

/// Let a researcher's proposals come first when you vote by reputation. Nobody else learns of it.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker like bob")]
pub struct Like {
    #[command(flatten)]
    whom: Whom,
}

/// Let a researcher's proposals come last when you vote by reputation. Nobody else learns of it.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker dislike bob")]
pub struct Dislike {
    #[command(flatten)]
    whom: Whom,
}

#[derive(Args, Debug)]
struct Whom {
    /// Whom
    name: Name,
    /// Have no opinion of them any more
    #[arg(long)]
    forget: bool,
}

/// `like`
pub fn like(arguments: &Like) -> Result<Exit> {
    form(Opinion::Like, &arguments.whom)
}

/// `dislike`
pub fn dislike(arguments: &Dislike) -> Result<Exit> {
    form(Opinion::Dislike, &arguments.whom)
}

/// The opinions held in one's own repository.
pub fn held(own: &Own) -> Result<Opinions> {
    opinions::read(own.log.git_dir()).map_err(|e| unusable(&e))
}

fn form(opinion: Opinion, whom: &Whom) -> Result<Exit> {
    let place = Where::default().place()?;
    let own = place.own()?;
    let name = &whom.name;
    if *name == own.me {
        return Err(not_of_oneself(opinion, name));
    }
    is_a_researcher(&place, name)?;
    let mut held = held(own)?;
    let words = match whom.forget {
        true => held.remove(name).map_or_else(
            || format!("you had no opinion of {name}"),
            |before| format!("forgotten that you {} {name}", before.as_str()),
        ),
        false => {
            held.insert(name.clone(), opinion);
            let place = if opinion == Opinion::Like { "first" } else { "last" };
            let word = opinion.as_str();
            format!("you {word} {name}: their proposals come {place} in bicker vote; this stays in your repository")
        }
    };
    opinions::write(own.log.git_dir(), &held).map_err(|e| unusable(&e))?;
    ui::print(&format!("{words}\n"))?;
    Ok(Exit::Verified)
}

fn unusable(e: &OpinionsError) -> Error {
    let error = Error::trouble("your opinions cannot be used").because(e);
    match e {
        OpinionsError::Line { path, .. } => {
            error.hint(format!("correct that line, or start anew: rm {}", path_word(path)))
        }
        OpinionsError::Io { .. } => error,
    }
}

fn not_of_oneself(opinion: Opinion, me: &Name) -> Error {
    let kindly = match opinion {
        Opinion::Like => "everybody likes themselves a little, so that is no news",
        Opinion::Dislike => "be kinder to yourself",
    };
    Error::usage(format!("{kindly}: your own proposals are never ranked, and an opinion of yourself changes nothing"))
        .hint(format!("vote for your own proposal by name: bicker vote {me}"))
}

/// Whether the charter has them; only if not, whether what was fetched before brings them into the group.
fn is_a_researcher(place: &Place, name: &Name) -> Result<()> {
    if place.charter.researcher(name).is_some() {
        return Ok(());
    }
    let known = Where { offline: true, ..Where::default() }.look_at(place)?;
    match known.verification.history.index.author(name) {
        Some(_) => Ok(()),
        None => {
            Err(Error::usage(format!("the charter has no researcher {name}"))
                .hint("see who is there: bicker charter show"))
        }
    }
}

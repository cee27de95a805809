//! `news`: what others have written since one was last told.
//!
//! Decides when an entry counts as shown: when it was printed here or by `sync`, never because it was fetched. What is
//! news is decided in [`crate::report::news`].

use clap::Args;

use super::log::line;
use super::looking::Where;
use super::{pager, ui};
use crate::error::{Error, Result};
use crate::git::doctor::word;
use crate::git::log::move_aside;
use crate::git::shown;
use crate::look::Look;
use crate::place::{Own, Place};
use crate::protocol::index::EntryIx;
use crate::report::Exit;
use crate::report::news::{json, newest, unread};
use crate::report::status::plural;

/// Show what others have written since you were last told, oldest first.
///
/// What is shown here, or by `bicker sync`, is news no longer. It does not matter when it was fetched, or by which
/// command. To read one whole: bicker show and its id.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker news\n  bicker news --offline --json    # for programs: it stays news")]
pub struct News {
    /// For programs; it stays news
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `news`
pub fn news(arguments: &News) -> Result<Exit> {
    let place = arguments.place.place()?;
    let Some(own) = &place.own else { return Err(only_for_members(&arguments.place)) };
    let mut look = arguments.place.look_at(&place)?;
    let entries = unread_by(own, &mut look);
    let index = &look.verification.history.index;
    if arguments.json {
        return ui::print(&json(index, &entries)).map(|()| Exit::Verified);
    }
    if entries.is_empty() {
        return ui::print("nothing is new since you were last told\n").map(|()| Exit::Verified);
    }
    let digits = entries.len().to_string().len();
    let numbered = (1..).zip(&entries).map(|(number, at)| format!("{number:>digits$}  {}\n", line(index, *at)));
    pager::show_and_then(&numbered.collect::<String>(), || mark_shown(own, &look))
}

fn only_for_members(looking: &Where) -> Error {
    let charter = looking.charter.as_ref().map_or_else(String::new, |charter| charter.display().to_string());
    Error::usage("what you have been told is kept in your own repository, and an observer has none")
        .hint(format!("see what everyone has written: bicker log --charter {}", word(&charter)))
}

/// The entries of others that I have not been shown.
pub fn unread_by(own: &Own, look: &mut Look) -> Vec<EntryIx> {
    let history = &mut look.verification.history;
    let shown = history.reach(shown::read(own.log.git_dir()));
    unread(&history.index, &shown, history.index.author(&own.me))
}

/// Notes that I have been shown everything that was seen.
pub fn mark_shown(own: &Own, look: &Look) -> Result<()> {
    let git_dir = own.log.git_dir();
    let index = &look.verification.history.index;
    // What this look has not met, because it used another cache, was shown all the same.
    let elsewhere = shown::read(git_dir).into_iter().filter(|id| index.find(*id).is_none());
    shown::write(git_dir, &elsewhere.chain(newest(index)).collect()).map_err(|e| {
        let path = shown::path(git_dir);
        let not = format!("cannot note in {} that you have been shown this, so it stays new", path.display());
        Error::trouble(not).because(&e).maybe_hint(path.is_dir().then(|| move_aside(&path)))
    })
}

/// At most this many new entries are listed by `sync`, those that build on the others.
const NEWS_MAX: usize = 100;

/// Says on the way what is new: to a researcher what they have not been shown, to an observer what came just now. Nothing
/// counts as shown while `sync` watches, since its researcher may be away, nor when what it prints is thrown away.
pub fn tell(place: &Place, look: &mut Look, watches: bool) -> Result<()> {
    let own = place.own.as_ref().filter(|_| !watches);
    let entries = match own {
        Some(own) => unread_by(own, look),
        None => {
            let index = &look.verification.history.index;
            unread(index, &look.before, place.own.as_ref().and_then(|own| index.author(&own.me)))
        }
    };
    let index = &look.verification.history.index;
    let command = if place.own.is_some() { "bicker news" } else { "bicker log" };
    ui::print(&listed(entries.iter().map(|at| line(index, *at)).collect(), command))?;
    match own {
        Some(own) if (1..=NEWS_MAX).contains(&entries.len()) && !ui::is_thrown_away() => {
            // What is due is done all the same.
            mark_shown(own, look).unwrap_or_else(|trouble| ui::complain(&trouble));
        }
        _ => {}
    }
    Ok(())
}

/// New entries in lines, as many as somebody may read, and the command that lists all.
fn listed(lines: Vec<String>, command: &str) -> String {
    let left_out = lines.len().saturating_sub(NEWS_MAX);
    let head = match left_out {
        0 => String::new(),
        _ => format!("new: {}, and these; list all with: {command}\n", plural(left_out, "entry")),
    };
    head + &lines.iter().skip(left_out).map(|line| format!("new: {line}\n")).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_new_entries_are_listed_and_the_rest_counted() {
        let lines = |count: usize| (0..count).map(|number| format!("no. {number}")).collect::<Vec<_>>();
        assert_eq!(listed(lines(0), "bicker news"), "");
        assert_eq!(listed(lines(100), "bicker news").lines().count(), 100);
        let told = listed(lines(20_000), "bicker news");
        assert!(
            told.starts_with("new: 19900 entries, and these; list all with: bicker news\nnew: no. 19900\n"),
            "{told}"
        );
        assert_eq!(told.lines().count(), 101);
    }
}

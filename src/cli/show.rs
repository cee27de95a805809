//! `show`: one entry, whole; or what is there in a place that holds several.

use std::fmt::Write as _;

use clap::Args;

use super::log;
use super::looking::Where;
use super::target::{file_of, find_entry, find_in_place, other_rounds};
use super::{pager, ui};
use crate::error::Result;
use crate::protocol::index::{EntryIx, Index};
use crate::report::Exit;
use crate::report::date;
use crate::report::escape::terminal_block;
use crate::report::json::entry::shown;
use crate::report::json::pretty;
use crate::report::lanes::newest_first;

/// Show one entry: who signed it, whether it counts, and its file; or what is there in a step.
///
/// Where no round is said, it is the newest in which NAME has written a KIND. A step, a researcher or both, as in 1,
/// alice or 1/alice, list what is there, the newest first.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker show 4f1c9a20\n  bicker show 1/alice/proposal\n  bicker show 2r1/bob/vote\n  bicker show 1/bob/criticism/alice\n  bicker show 1\n  bicker show 1/alice"
)]
pub struct Show {
    /// A commit id or its first digits, or STEP/NAME/KIND; 2r1/... is step 2, round 1
    what: String,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `show`
pub fn show(arguments: &Show) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let index = &look.verification.history.index;
    if let Some(there) = find_in_place(index, &arguments.what, &newest_first(index))? {
        return list(index, &there, arguments.json);
    }
    let at = find_entry(index, &arguments.what)?;
    other_rounds(index, &arguments.what).iter().for_each(|note| ui::say(note));
    if arguments.json {
        let file = file_of(&look, at)?;
        return ui::print(&pretty(&shown(index, at, file.as_ref()))).map(|()| Exit::Verified);
    }
    let entry = index.entry(at);
    let mut text = format!("{} by {}", entry.kind(), index.name(entry.author));
    if let Some(at) = entry.at() {
        let _ = write!(text, " in {at}");
    }
    let _ = writeln!(text, "\ncommit {}", entry.id);
    let date = date::second(entry.seconds, entry.offset);
    let _ = writeln!(text, "dated {date}, by the author's own clock");
    for parent in &entry.parents {
        let parent = index.entry(*parent);
        let _ = writeln!(text, "follows {} ({} by {})", parent.id, parent.kind(), index.name(parent.author));
    }
    match &entry.verdict {
        Ok(()) => text.push_str("counts\n"),
        Err(invalid) => {
            let _ = writeln!(text, "does not count: {} (rule {})", invalid.why, invalid.rule);
        }
    }
    if let (Some(added), Some(file)) = (&entry.added, file_of(&look, at)?) {
        let _ = writeln!(text, "\n{}\n\n{}", added.slot.path(), terminal_block(&file.print()));
    }
    pager::show(&text)
}

/// Several entries, as `log` has them.
fn list(index: &Index, entries: &[EntryIx], json: bool) -> Result<Exit> {
    if json {
        return log::machine(index, entries);
    }
    pager::show(&entries.iter().map(|at| log::line(index, *at) + "\n").collect::<String>())
}

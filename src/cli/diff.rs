//! `diff`: what changed between two texts.

use clap::Args;

use super::looking::Where;
use super::target::{file_of, find_entry, name_of, other_rounds};
use super::{pager, ui};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::{Fields, File};
use crate::protocol::index::{Body, EntryIx};
use crate::report::Exit;
use crate::report::difference::{Names, unified, words};
use crate::report::json::comparison::difference_of;
use crate::report::json::pretty;

/// Show what changed between two texts, word by word.
///
/// With one text, a revision, the other is the proposal that it revises.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker diff 1/alice/revision\n  bicker diff 1/alice/proposal 1/bob/proposal\n  bicker diff 2r1/alice/proposal 4f1c9a20 --lines\n\nWords that changed are coloured on a terminal, and marked [-old-]{+new+}\nelsewhere or when NO_COLOR is set."
)]
pub struct Diff {
    /// A revision; or, with B, the old text: a commit id or its first digits, or STEP/NAME/KIND; 2r1/... is step 2,
    /// round 1
    a: String,
    /// The new text
    b: Option<String>,
    /// Mark the words that changed (this is the default)
    #[arg(long, overrides_with = "lines")]
    words: bool,
    /// Show whole lines, as a unified diff that can stand in a criticism's diff block
    #[arg(long)]
    lines: bool,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `diff`
pub fn diff(arguments: &Diff) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let index = &look.verification.history.index;
    let first = find_entry(index, &arguments.a)?;
    let (old, new) = match &arguments.b {
        Some(b) => (first, find_entry(index, b)?),
        None => (revised(&look, first, &arguments.a)?, first),
    };
    for called in std::iter::once(&arguments.a).chain(&arguments.b) {
        other_rounds(index, called).iter().for_each(|note| ui::say(note));
    }
    let (old_at, new_at) = (old, new);
    let ((old_name, old), (new_name, new)) = (text(&look, old_at)?, text(&look, new_at)?);
    if arguments.json {
        let difference = difference_of(index, (old_at, &old), (new_at, &new), arguments.lines);
        return ui::print(&pretty(&difference)).map(|()| Exit::Verified);
    }
    let names = Names { old: &old_name, new: &new_name };
    let show = if arguments.lines { unified } else { words };
    let shown = show(names, &old, &new, ui::colour());
    if shown.is_empty() {
        ui::say(&format!("{old_name} and {new_name} have the same text"));
    }
    pager::show(&shown)
}

/// The proposal that an entry revises.
fn revised(look: &Look, entry: EntryIx, called: &str) -> Result<EntryIx> {
    match &look.verification.history.index.entry(entry).body {
        Body::Revision { of: Some(of), .. } => Ok(*of),
        _ => Err(Error::usage(format!(
            "{called} is not a revision of a proposal, so there is nothing to compare it with"
        ))
        .hint("name two texts; see what there is: bicker log")),
    }
}

/// The name and the Markdown of an entry.
fn text(look: &Look, at: EntryIx) -> Result<(String, String)> {
    let index = &look.verification.history.index;
    let name = format!("{} {}", name_of(index, at), index.entry(at).id.short());
    match file_of(look, at)? {
        Some(File { fields: Fields::Proposal { title } | Fields::Revision { title, .. }, text }) => {
            Ok((format!("{name} \"{title}\""), text))
        }
        Some(File { text, .. }) => Ok((name, text)),
        None => Err(Error::usage(format!("{name} has no text")).hint("see what is there: bicker log")),
    }
}

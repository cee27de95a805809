//! `draft` and `fmt`: for people who prefer their own editor, `git commit` and `git push`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::compose::{Writing, opened};
use super::suggested::prepare;
use super::tasks::{Subject, task};
use super::ui;
use crate::error::{Error, Result};
use crate::git::by_hand::{Begun, ByHandError};
use crate::hook::canonical;
use crate::pen::{Pen, log_is_whole};
use crate::place::{read_bounded, write_whole};
use crate::protocol::file::FILE_MAX;
use crate::protocol::id::Name;
use crate::protocol::slot::Slot;
use crate::report::Exit;

/// Lay a draft into your folder, to be edited by hand and committed with plain git.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  bicker draft criticism alice\n  $EDITOR steps/0001/r0/criticism/alice.md\n  git add steps && git commit && git push"
)]
pub struct DraftCommand {
    /// What to write
    #[arg(value_enum, required_unless_present = "resume")]
    kind: Option<DraftKind>,
    /// About whom: for a criticism, a vote or an accusation
    name: Option<Name>,
    /// Name again to git what the draft at hand builds on
    #[arg(long, conflicts_with_all = ["kind", "name"])]
    resume: bool,
    #[command(flatten)]
    writing: Writing,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum DraftKind {
    Proposal,
    Criticism,
    Revision,
    Vote,
    Abandon,
    Accusation,
}

/// Put a file into the one form that is signed.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker fmt steps/0001/r0/proposal.md")]
pub struct Fmt {
    /// The file, at its place in your folder
    file: PathBuf,
}

fn by_hand(e: ByHandError) -> Error {
    Error::usage("the draft cannot be laid down").because(&e)
}

/// `draft`
pub fn draft(arguments: &DraftCommand) -> Result<Exit> {
    let place = arguments.writing.place.place()?;
    let own = place.own()?;
    if arguments.resume {
        let begun = Begun::read(&own.log).map_err(by_hand)?;
        let begun =
            begun.ok_or_else(|| Error::usage("there is no draft at hand").hint("begin one: bicker draft KIND"))?;
        begun.name_parents(&own.log).map_err(by_hand)?;
        ui::print(&format!("go on with {}, then: git add {} && git commit\n", begun.path, begun.path))?;
        return Ok(Exit::Verified);
    }
    let subject = subject(arguments)?;
    let mut look = arguments.writing.place.look_at(&place)?;
    let pen = Pen::take_after(&place, &mut look)?;
    let standing = pen.standing(&mut look)?;
    log_is_whole(&look, &standing)?;
    let mut task = task(&subject, arguments.writing.at(&standing)?, &place, &look, &standing)?;
    if subject == Subject::Revision {
        prepare(&look, &mut task, &[])?;
    }
    let cites = pen.bring_in(&look, &standing, &task.evidence)?;
    let begun = Begun {
        path: task.slot.path(),
        cites: cites.into_iter().map(|at| look.verification.history.index.entry(at).id).collect(),
        subject: task.subject.clone(),
    };
    begun.lay_down(&own.log, &opened(&task)).map_err(by_hand)?;
    ui::print(&format!("edit {0}, then: git add {0} && git commit && git push\n", begun.path))?;
    Ok(Exit::Verified)
}

fn subject(arguments: &DraftCommand) -> Result<Subject> {
    let name = || {
        arguments
            .name
            .clone()
            .ok_or_else(|| Error::usage("say about whom").hint("for example: bicker draft vote alice"))
    };
    Ok(match arguments.kind {
        Some(DraftKind::Criticism) => Subject::Criticism(name()?),
        Some(DraftKind::Vote) => Subject::Vote(name()?),
        Some(DraftKind::Accusation) => Subject::Accusation(name()?),
        Some(DraftKind::Revision) => Subject::Revision,
        Some(DraftKind::Abandon) => Subject::Abandon,
        Some(DraftKind::Proposal) | None => Subject::Proposal,
    })
}

/// `fmt`
pub fn fmt(arguments: &Fmt) -> Result<Exit> {
    let here = std::env::current_dir().map_err(|e| Error::usage("there is no current folder").because(&e))?;
    let place = crate::place::Place::of_researcher(&here, None)?;
    let file = here.join(&arguments.file);
    let file = file.canonicalize().map_err(|e| Error::usage(format!("cannot read {}", file.display())).because(&e))?;
    let root =
        place.own()?.log.work_dir().canonicalize().map_err(|e| Error::usage("cannot find your folder").because(&e))?;
    let slot = file.strip_prefix(&root).ok().and_then(|path| Slot::parse(path.to_str()?));
    let slot = slot.ok_or_else(|| {
        Error::usage(format!("{} is no place for an entry", arguments.file.display()))
            .hint("a draft is laid down by: bicker draft KIND")
    })?;
    let bytes = read_bounded(&file, 4 * FILE_MAX as u64)?;
    let text = canonical(&slot, &bytes)?;
    if text != bytes {
        write_whole(&file, &text).map_err(|e| Error::usage(format!("cannot write {}", file.display())).because(&e))?;
    }
    Ok(Exit::Verified)
}

//! `draft` and `fmt`: for people who prefer their own editor, `git commit` and `git push`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::compose::{Task, Writing, opened};
use super::mechanical::proof_against;
use super::suggested::prepare;
use super::tasks::{Subject, task};
use super::ui;
use crate::error::{Error, Result};
use crate::git::by_hand::ByHandError;
use crate::git::laid_down::{BroughtBack, LaidDown};
use crate::hook::canonical;
use crate::look::Look;
use crate::pen::{Pen, log_is_whole};
use crate::place::{Own, Place, read_bounded, write_whole};
use crate::protocol::duty::Standing;
use crate::protocol::file::FILE_MAX;
use crate::protocol::id::Name;
use crate::protocol::index::EntryIx;
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
    /// Go on with a draft that is laid down: bring its file back if it is gone, and name again to git what it builds on
    #[arg(long, value_name = "DRAFT", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["kind", "name"])]
    resume: Option<String>,
    /// Criticise a proposal although it is revised already, and nobody will answer
    #[arg(long)]
    late: bool,
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
    Error::usage("the draft cannot be put in place").because(&e).maybe_hint(e.hint())
}

/// `draft`
pub fn draft(arguments: &DraftCommand) -> Result<Exit> {
    let place = arguments.writing.place.place()?;
    let own = place.own()?;
    let resumed = arguments.resume.as_deref().map(|which| chosen(own, which)).transpose()?;
    let mut look = arguments.writing.place.look_at(&place)?;
    let pen = Pen::take_after(&place, &mut look)?;
    let standing = pen.standing(&mut look)?;
    log_is_whole(&look, &standing)?;
    let task = match &resumed {
        Some(_) => None,
        None => Some(begun(arguments, own, &pen, &look, &standing, &place)?),
    };
    let evidence = match (&task, &resumed) {
        (Some(task), _) => task.evidence.clone(),
        (None, Some(draft)) => evidence_of(draft, &look),
        (None, None) => Vec::new(),
    };
    let cites = pen.bring_in(&look, &standing, &evidence)?;
    let cites = cites.into_iter().map(|at| look.verification.history.index.entry(at).id).collect();
    match (task, resumed) {
        (Some(task), _) => {
            let (path, template) = (task.slot.path(), opened(&task));
            let draft = LaidDown { path: path.clone(), cites, subject: task.subject, template };
            draft.lay_down(&own.log).map_err(by_hand)?;
            ui::print(&format!("edit {path}, then publish it: git add {path} && git commit && git push\n"))?;
        }
        (None, Some(draft)) => go_on(&LaidDown { cites, ..draft }, own)?,
        (None, None) => return Err(Error::usage("say what to write").hint("see what there is to write: bicker status")),
    }
    Ok(Exit::Verified)
}

/// The task of a new draft.
fn begun(
    arguments: &DraftCommand,
    own: &Own,
    pen: &Pen<'_>,
    look: &Look,
    standing: &Standing,
    place: &Place,
) -> Result<Task> {
    let subject = subject(arguments)?;
    let mut task = task(&subject, arguments.writing.at(standing)?, place, look, standing)?;
    pen.may_count(look, standing, &task.slot)?;
    let there = LaidDown::at(&own.log, &task.slot.path()).map_err(by_hand)?;
    if let Some(draft) = there.filter(|draft| draft.file(&own.log).exists() && !is_untouched(draft, own)) {
        return Err(Error::usage(format!("you are writing {} already", draft.path))
            .hint(format!("continue with it: bicker draft --resume {}", draft.path)));
    }
    if subject == Subject::Revision {
        prepare(look, &mut task, &[])?;
    }
    Ok(task)
}

fn is_untouched(draft: &LaidDown, own: &Own) -> bool {
    std::fs::read(draft.file(&own.log)).is_ok_and(|there| there == draft.template.as_bytes())
}

/// The draft that is meant, by its path or a part of it.
fn chosen(own: &Own, which: &str) -> Result<LaidDown> {
    let mut drafts = LaidDown::all(&own.log).map_err(by_hand)?;
    let list = |drafts: &[LaidDown]| drafts.iter().map(|draft| draft.path.clone()).collect::<Vec<_>>().join(", ");
    if drafts.is_empty() {
        return Err(Error::usage("there is no draft to go on with").hint("see what there is to write: bicker status"));
    }
    let all = list(&drafts);
    if let Some(exact) = drafts.iter().position(|draft| draft.path == which) {
        return Ok(drafts.swap_remove(exact));
    }
    drafts.retain(|draft| draft.path.contains(which));
    match (drafts.len(), drafts.pop()) {
        (1, Some(draft)) => Ok(draft),
        (0, _) | (_, None) => {
            let one = all.split(", ").next().unwrap_or_default();
            Err(Error::usage(format!("there is no draft {which}; there are {all}"))
                .hint(format!("for example: bicker draft --resume {one}")))
        }
        (_, Some(draft)) => Err(Error::usage(format!("there are several drafts: {all}"))
            .hint(format!("say which: bicker draft --resume {}", draft.path))),
    }
}

/// The entries that an accusation has to cite.
fn evidence_of(draft: &LaidDown, look: &Look) -> Vec<EntryIx> {
    match Slot::parse(&draft.path) {
        Some(Slot::Accusation(name)) => proof_against(look, &name).map(Vec::from).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Brings a draft's file back, if it is gone, and names its parents.
fn go_on(draft: &LaidDown, own: &Own) -> Result<()> {
    match draft.bring_back(&own.log).map_err(by_hand)? {
        BroughtBack::WasThere => {}
        BroughtBack::FromStaged => ui::say(&format!("{} was missing; it is back as you staged it", draft.path)),
        BroughtBack::Anew => {
            ui::say(&format!(
                "{} was missing, and you had staged nothing of it; bicker has written it again",
                draft.path
            ));
        }
    }
    draft.name_parents(&own.log).map_err(by_hand)?;
    ui::print(&format!("continue with {0}, then publish it: git add {0} && git commit && git push\n", draft.path))
}

fn subject(arguments: &DraftCommand) -> Result<Subject> {
    let name = || {
        arguments
            .name
            .clone()
            .ok_or_else(|| Error::usage("say about whom").hint("see who is there: bicker charter show"))
    };
    Ok(match arguments.kind {
        Some(DraftKind::Criticism) => Subject::Criticism { of: name()?, late: arguments.late },
        Some(DraftKind::Vote) => Subject::Vote(name()?),
        Some(DraftKind::Accusation) => Subject::Accusation(name()?),
        Some(DraftKind::Revision) => Subject::Revision,
        Some(DraftKind::Abandon) => Subject::Abandon,
        Some(DraftKind::Proposal) | None => Subject::Proposal,
    })
}

/// `fmt`
pub fn fmt(arguments: &Fmt) -> Result<Exit> {
    let here = std::env::current_dir().map_err(|e| Error::usage("the current folder is gone").because(&e))?;
    let place = crate::place::Place::of_researcher(&here, None)?;
    let file = here.join(&arguments.file);
    let file = file.canonicalize().map_err(|e| Error::usage(format!("cannot read {}", file.display())).because(&e))?;
    let root =
        place.own()?.log.work_dir().canonicalize().map_err(|e| Error::usage("cannot find your folder").because(&e))?;
    let slot = file.strip_prefix(&root).ok().and_then(|path| Slot::parse(path.to_str()?));
    let slot = slot.ok_or_else(|| {
        Error::usage(format!("{} is not where an entry goes", arguments.file.display()))
            .hint("see what there is to write: bicker status")
    })?;
    let bytes = read_bounded(&file, 4 * FILE_MAX as u64)?;
    let draft = LaidDown::at(&place.own()?.log, &slot.path()).map_err(by_hand)?;
    let text = canonical(&slot, &bytes, draft.as_ref().map(|draft| draft.template.as_str()))?;
    if text != bytes {
        write_whole(&file, &text).map_err(|e| Error::usage(format!("cannot write {}", file.display())).because(&e))?;
    }
    Ok(Exit::Verified)
}

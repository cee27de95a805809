//! Writing an entry with words in it: template, editor or file, checks, signature, push.

use std::path::PathBuf;

use clap::Args;

use super::confirm::{Decision, confirm};
use super::desk::Desk;
use super::editor::{self, Edited};
use super::looking::Where;
use super::source::{Source, again};
use super::suggested::{all_answered, answers_everyone, settled};
use super::ui;
use crate::draft::{Given, Prefill, SCISSORS, gave_up, header_and_text, is_unchanged, read_draft, template};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::pen::{Pen, log_is_whole};
use crate::place::{Own, Place};
use crate::protocol::duty::Standing;
use crate::protocol::file::{Answer, FILE_MAX, Fields, File};
use crate::protocol::id::{At, CommitId, Name};
use crate::protocol::index::EntryIx;
use crate::protocol::slot::Slot;
use crate::report::Exit;

/// Options of every command that writes an entry.
#[derive(Args, Clone, Debug, Default)]
pub struct Writing {
    /// The step, if not the current one
    #[arg(long, value_name = "K")]
    pub step: Option<u32>,
    /// The round, if not the highest open one
    #[arg(long, value_name = "R")]
    pub round: Option<u32>,
    /// Publish at once
    #[arg(long)]
    pub push: bool,
    /// Sign although your own remote cannot be reached: only if no other copy of your log exists
    #[arg(long)]
    pub remote_unseen: bool,
    /// At a terminal, sign without asking
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub place: Where,
}

/// Where the words come from.
#[derive(Args, Debug, Default)]
pub struct Words {
    /// Read the text from a file instead of opening the editor; - is standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// What a command is about to write, once it is known where the group stands.
pub struct Task {
    /// The slot.
    pub slot: Slot,
    /// Fields known from the command line: they win.
    pub given: Given,
    /// Fields the person may not change in the editor.
    pub fixed: Given,
    /// The text to start from.
    pub body: String,
    /// The text under discussion.
    pub quoted: String,
    /// Answers that the person gives on the command line.
    pub told: Vec<Answer>,
    /// Criticisms to answer.
    pub criticisms: Vec<(Name, CommitId)>,
    /// The first line of the commit's message.
    pub subject: String,
    /// Entries to cite in any case.
    pub evidence: Vec<EntryIx>,
}

impl Task {
    /// A task with nothing but its slot and subject.
    pub fn new(slot: Slot, subject: String) -> Self {
        Self {
            slot,
            subject,
            given: Given::default(),
            fixed: Given::default(),
            body: String::new(),
            quoted: String::new(),
            told: Vec::new(),
            criticisms: Vec::new(),
            evidence: Vec::new(),
        }
    }
}

impl Writing {
    /// The step and round meant.
    pub fn at(&self, standing: &Standing) -> Result<At> {
        let step = self.step.unwrap_or(standing.at.step);
        let usual = if step == standing.at.step { standing.at.round } else { 0 };
        let at = At::new(step, self.round.unwrap_or(usual));
        let fits = at.step > 0 && at.step.max(at.round) <= crate::protocol::id::NUMBER_MAX;
        if fits {
            Ok(at)
        } else {
            Err(Error::usage(format!("{at} does not exist")).hint("steps count from 1, rounds from 0"))
        }
    }
}

/// How a command works out its task from what is seen.
pub type Plan<'a> = dyn Fn(&Place, &Look, &Standing) -> Result<Task> + 'a;

/// Words on their way to a signature.
pub struct Manuscript {
    /// Where they are from.
    pub source: Source,
    /// The draft.
    pub text: String,
    /// The task that the person saw while writing: what they wrote was about that.
    pub seen: Option<Task>,
}

/// Writes an entry with words: from `--file`, from `text`, or from the editor.
pub fn write(writing: &Writing, words: &Words, text: Option<&str>, plan: &Plan<'_>) -> Result<Exit> {
    let place = writing.place.place()?;
    let own = place.own()?;
    let manuscript = match (&words.file, text) {
        (Some(file), _) => {
            let (source, text) = Source::read(file, own)?;
            Manuscript { source, text, seen: None }
        }
        (None, Some(text)) => Manuscript { source: Source::CommandLine, text: text.to_owned(), seen: None },
        (None, None) => {
            let task = planned(writing, &place, plan)?;
            editor::replace_kept(own, &task.slot, |kept| brought_up_to_date(&task, kept))?;
            let edited = editor::edit(own, &task.slot, &opened(&task), false)?;
            if gave_up(&edited.text) || is_unchanged(&edited.text, &edited.opened) {
                return Err(left_as_it_was(&task, &edited, own));
            }
            Manuscript { source: Source::Draft(edited.path), text: edited.text, seen: Some(task) }
        }
    };
    finish(writing, &place, manuscript, plan)
}

/// A revision that was kept, with the criticisms that have come since, and with what the person says now on the command
/// line: `None` when there is nothing new.
fn brought_up_to_date(task: &Task, kept: &str) -> Option<String> {
    let file = read_draft(&task.slot, kept, &task.fixed, Some(&opened(task))).ok()?;
    let Fields::Revision { title, criticisms, .. } = file.fields else { return None };
    let mut answers = criticisms.clone();
    answers.retain(|answer| task.told.iter().all(|told| told.commit != answer.commit));
    answers.extend(task.told.iter().cloned());
    answers.sort_by_key(|answer| answer.commit);
    let is_answered = |(_, commit): &(Name, CommitId)| answers.iter().any(|answer| answer.commit == *commit);
    let retitled = task.given.title.clone().filter(|told| *told != title);
    if answers == criticisms && retitled.is_none() && task.criticisms.iter().all(is_answered) {
        return None;
    }
    let given = Given { title: retitled.or(Some(title)), answers: Some(answers), ..task.fixed.clone() };
    let prefill = Prefill { body: &file.text, criticisms: &task.criticisms, quoted: &task.quoted };
    Some(template(&task.slot, &given, &prefill))
}

/// An editor that was left without a change, or with nothing, has said no.
fn left_as_it_was(task: &Task, edited: &Edited, own: &Own) -> Error {
    let left = Error::usage("the draft was left unchanged or empty, so nothing was signed");
    if edited.is_continued && !gave_up(&edited.text) {
        return left.hint(format!("to sign what is kept unchanged: {}", again(Some(&edited.path))));
    }
    let _ = std::fs::remove_file(&edited.path);
    let left = left.maybe_hint(editor::returns_at_once(own));
    let unchanged = format!("{} --no-edit", again(None));
    if let (Slot::Revision(_), Err(open)) = (&task.slot, all_answered(task)) {
        return open.hints.into_iter().fold(left, Error::hint);
    }
    left.hint(match task.slot {
        Slot::Abandon(_) | Slot::Accusation(_) => format!("to sign it without a reason: {unchanged}"),
        Slot::Vote(_) => format!("to vote without a reason: {}", again(None).replace(" --edit", "")),
        Slot::Revision(_) => format!("to sign it unchanged: {unchanged}"),
        Slot::Proposal(_) if !task.body.is_empty() => format!("to sign it unchanged: {unchanged}"),
        _ => "write without an editor: --file FILE".to_owned(),
    })
}

/// Writes an entry as its template proposes it, without an editor. `ready` says whether that can be.
pub fn write_as_proposed(writing: &Writing, plan: &Plan<'_>, ready: fn(&Task) -> Result<()>) -> Result<Exit> {
    let place = writing.place.place()?;
    let task = planned(writing, &place, plan)?;
    ready(&task)?;
    let given = Given { title_before: task.fixed.title_before.clone(), ..together(&task) };
    let text = header_and_text(&task.slot, &given, &task.body, &task.criticisms);
    finish(writing, &place, Manuscript { source: Source::CommandLine, text, seen: Some(task) }, plan)
}

/// What there is to write. What cannot count whatever a person writes is said now, and the pen is let go of: they may take
/// their time.
pub fn planned(writing: &Writing, place: &Place, plan: &Plan<'_>) -> Result<Task> {
    let mut seen = writing.place.look_at(place)?;
    let pen = Pen::take_after(place, &mut seen)?;
    let standing = pen.standing(&mut seen)?;
    log_is_whole(&seen, &standing)?;
    let task = plan(place, &seen, &standing)?;
    pen.may_count(&seen, &standing, &task.slot)?;
    Ok(task)
}

/// The template of a task.
pub fn opened(task: &Task) -> String {
    let given = Given { title_before: task.fixed.title_before.clone(), ..together(task) };
    let prefill = Prefill { body: &task.body, criticisms: &task.criticisms, quoted: &task.quoted };
    template(&task.slot, &given, &prefill)
}

/// Signs a draft, and keeps it if it is refused. A person at a terminal sees first what it says.
pub fn finish(writing: &Writing, place: &Place, manuscript: Manuscript, plan: &Plan<'_>) -> Result<Exit> {
    let own = place.own()?;
    let mut manuscript = manuscript;
    let done = shown_and_signed(writing, place, &mut manuscript, plan);
    let Manuscript { source, text, .. } = &manuscript;
    done.map_err(|Refused { error, slot }| source.refused(error, slot.as_ref(), own, text)).inspect(|_| source.forget())
}

fn shown_and_signed(
    writing: &Writing,
    place: &Place,
    manuscript: &mut Manuscript,
    plan: &Plan<'_>,
) -> Result<Exit, Refused> {
    let own = place.own()?;
    while !writing.yes && ui::can_ask() {
        if manuscript.seen.is_none() {
            manuscript.seen = Some(planned(writing, place, plan)?);
        }
        let Some(task) = &manuscript.seen else { break };
        let refused = |error: Error| Refused { error, slot: Some(task.slot.clone()) };
        let file = read(manuscript, task, &together(task)).map_err(refused)?;
        answers_everyone(&file, task).map_err(refused)?;
        match confirm(&task.subject, &file).map_err(refused)? {
            Decision::Sign => break,
            Decision::Leave => return Err(refused(Error::usage("you did not say yes, so nothing was signed"))),
            Decision::Edit => {}
        }
        if !matches!(manuscript.source, Source::Draft(_)) {
            let path = editor::keep(own, Some(&task.slot), &template_of(task, &file)).map_err(refused)?;
            manuscript.source.forget();
            manuscript.source = Source::Draft(path);
        }
        if let Source::Draft(path) = &manuscript.source {
            manuscript.text = editor::reopen(own, path, "").map_err(refused)?;
        }
    }
    sign(writing, place, manuscript, plan)
}

/// What a draft says for a task.
fn read(manuscript: &Manuscript, task: &Task, given: &Given) -> Result<File> {
    let help = manuscript.source.has_help().then(|| opened(task));
    read_draft(&task.slot, &manuscript.text, given, help.as_deref())
        .map_err(|e| Error::usage("the draft cannot be signed as it is").because(&e))
}

/// The template of a task with what a file says in place of what the template proposes.
fn template_of(task: &Task, file: &File) -> String {
    let printed = file.print();
    let opened = opened(task);
    let help = opened.find(SCISSORS).and_then(|at| opened.get(at..)).unwrap_or_default();
    format!("{printed}\n{help}")
}

/// An error and, if it got so far, the slot the draft was for.
struct Refused {
    error: Error,
    slot: Option<Slot>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, slot: None }
    }
}

/// Signs a draft.
fn sign(writing: &Writing, place: &Place, manuscript: &Manuscript, plan: &Plan<'_>) -> Result<Exit, Refused> {
    let mut desk = Desk::open(writing, place)?;
    let standing = desk.pen.standing(&mut desk.look)?;
    let task = plan(place, &desk.look, &standing)?;
    let slot = task.slot.clone();
    let refused = |error: Error| Refused { error, slot: Some(slot.clone()) };
    let given = match &manuscript.seen {
        None => together(&task),
        Some(seen) if seen.slot == task.slot && seen.fixed.about == task.fixed.about => match manuscript.source {
            // What was opened on the person's screen has the rest.
            Source::Draft(_) => task.fixed.clone(),
            _ => together(seen),
        },
        Some(seen) => {
            let moved_on = Error::wrong("the group moved on while you were writing, so nothing was signed");
            return Err(Refused {
                error: moved_on.hint("see where things stand: bicker status"),
                slot: Some(seen.slot.clone()),
            });
        }
    };
    let help_of = manuscript.seen.as_ref().unwrap_or(&task);
    let file = read(manuscript, help_of, &given).map_err(refused)?;
    if let Some(words) = nearly_full(file.print().len()) {
        ui::say(&words);
    }
    let same =
        |text: &str| read_draft(&task.slot, text, &given, Some(&opened(help_of))).is_ok_and(|other| other == file);
    let printed = (task.slot.clone(), file.clone());
    if desk.signed_already(writing, Some(&printed)).map_err(refused)?.is_none() {
        answers_everyone(&file, &task).map_err(refused)?;
        settled(&file, task.criticisms.iter().map(|(by, _)| by)).map_err(refused)?;
    }
    let done = desk.put(writing, Some(printed), task.subject.clone(), task.evidence.clone()).map_err(refused)?;
    editor::forget_signed(place.own()?, &task.slot, same);
    Ok(done)
}

/// What to say of a file of so many bytes when there is little room left for what a revision takes in.
fn nearly_full(bytes: usize) -> Option<String> {
    (bytes > FILE_MAX / 4 * 3).then(|| {
        format!(
            "this text has {} KiB, and at most {} KiB fit: leave room for the criticisms that a revision takes in, or make \
             several steps of it",
            bytes.div_ceil(1024),
            FILE_MAX / 1024
        )
    })
}

/// All that is given, from the command line and from what the task is about.
fn together(task: &Task) -> Given {
    let (given, fixed) = (&task.given, &task.fixed);
    Given {
        title: given.title.clone(),
        title_before: fixed.title_before.clone(),
        about: fixed.about.or(given.about),
        stance: given.stance,
        answers: given.answers.clone(),
        evidence: fixed.evidence.or(given.evidence),
    }
}

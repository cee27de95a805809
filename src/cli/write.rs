//! `propose`, `criticize`, `revise`, `vote`, `abandon`, `accuse`: entries with words in them.

use clap::Args;

use super::by_copy;
use super::compose::{Task, Words, Writing, write, write_as_proposed};
use super::suggested::{all_answered, prepare};
use super::tasks::{Subject, task};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::place::Place;
use crate::protocol::duty::Standing;
use crate::protocol::file::{Answer, Disposition, Stance};
use crate::protocol::id::Name;
use crate::report::Exit;

/// Propose the text of the current step.
///
/// Without --file your editor opens. The title is the first "# Heading" of the text unless --title gives one. A text has
/// at most 256 KiB.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker propose --title 'Messages are signed' --file step1.md --push")]
pub struct Propose {
    /// The step's title
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// Sign what the editor would open on, without opening it
    #[arg(long, conflicts_with = "file")]
    no_edit: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Criticise the proposal of another researcher.
///
/// With --edit, change a copy of the proposal's text in your editor: the difference is what you suggest.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker criticize alice --stance object --reason 'Two is no quorum.' --push\n  bicker criticize alice --edit --reason 'Three, as in step 1.' --push"
)]
pub struct Criticize {
    /// Whose proposal
    name: Name,
    /// What you want: object, suggest or no-objection
    #[arg(long, value_name = "STANCE", value_parser = stance)]
    stance: Option<Stance>,
    /// The criticism, if it is short; with --edit its first paragraph
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Sign it although the proposal is revised already, and nobody will answer it
    #[arg(long)]
    late: bool,
    /// Suggest other words by changing a copy of the text; --file names such a copy instead of opening the editor
    #[arg(long)]
    edit: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Revise your proposal: answer every criticism and give the whole text again.
///
/// Without --file your editor opens on the proposal with what critics suggest, as far as it can be accepted together, and
/// with an answer to each criticism that is only proposed: you decide.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker revise --file step1.md --accept bob --reject 'carol=too long'")]
pub struct Revise {
    /// The title, if it changes
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    /// Accept a researcher's criticism, for a reason if you like
    #[arg(long, value_name = "NAME[=REASON]")]
    accept: Vec<String>,
    /// Reject a researcher's criticism, and say why
    #[arg(long, value_name = "NAME=REASON")]
    reject: Vec<String>,
    /// Sign what the editor would open on, without opening it
    #[arg(long, conflicts_with = "file")]
    no_edit: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Vote for the proposal of a researcher.
///
/// Without a name, the proposal is suggested whose author you like most or, among equals, has the best public record
/// (`bicker reputation`); you are asked before it is signed. Your own is never suggested, nor one by someone convicted.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker vote alice --reason 'The shorter one.' --push\n  bicker vote --by-reputation --push"
)]
pub struct Vote {
    /// Whose proposal
    name: Option<Name>,
    /// Vote without being asked for the proposal that would be suggested
    #[arg(long, conflicts_with = "name")]
    by_reputation: bool,
    /// Your reason
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["file", "edit"])]
    reason: Option<String>,
    /// Write a reason in your editor
    #[arg(long, conflicts_with = "file")]
    edit: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Leave a round that cannot end. When enough researchers have left it, the next one opens.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker abandon --reason 'alice has been silent for a week' --push")]
pub struct Abandon {
    /// Your reason
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    reason: Option<String>,
    /// Sign what the editor would open on, without opening it
    #[arg(long, conflicts_with_all = ["file", "reason"])]
    no_edit: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Point out that a researcher has signed two things that no honest one signs both.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker accuse mallory --reason 'Two votes in step 2.' --push")]
pub struct Accuse {
    /// Whom
    name: Name,
    /// What happened
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    reason: Option<String>,
    /// Sign what the editor would open on, without opening it
    #[arg(long, conflicts_with_all = ["file", "reason"])]
    no_edit: bool,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

fn stance(word: &str) -> Result<Stance, String> {
    Stance::parse(word).ok_or_else(|| "say object, suggest or no-objection".to_owned())
}

/// `propose`
pub fn propose(arguments: &Propose) -> Result<Exit> {
    let plan = |place: &Place, look: &Look, standing: &Standing| {
        let mut task = task(&Subject::Proposal, arguments.writing.at(standing)?, place, look, standing)?;
        task.given.title = arguments.title.clone();
        Ok(task)
    };
    let is_offered = |task: &Task| match task.body.is_empty() {
        false => Ok(()),
        true => Err(Error::usage("you have no earlier text to propose again").hint("write one: bicker propose")),
    };
    match arguments.no_edit {
        true => write_as_proposed(&arguments.writing, &plan, is_offered),
        false => write(&arguments.writing, &arguments.words, None, &plan),
    }
}

/// `criticize`
pub fn criticize(arguments: &Criticize) -> Result<Exit> {
    let plan = |place: &Place, look: &Look, standing: &Standing| {
        let subject = Subject::Criticism { of: arguments.name.clone(), late: arguments.late };
        let mut task = task(&subject, arguments.writing.at(standing)?, place, look, standing)?;
        task.given.stance = arguments.stance;
        Ok(task)
    };
    if arguments.edit {
        let stance = arguments.stance.unwrap_or(Stance::Suggest);
        return by_copy::criticize(&arguments.writing, &arguments.words, stance, arguments.reason.as_deref(), &plan);
    }
    if arguments.reason.is_some() && arguments.words.file.is_some() {
        return Err(Error::usage("--reason and --file both give the criticism").hint(
            "put all of it into the file; or is the file a changed copy of the proposal's text? then add --edit",
        ));
    }
    if arguments.reason.is_some() && arguments.stance.is_none() {
        return Err(Error::usage("a criticism needs a stance").hint("add --stance object, suggest or no-objection"));
    }
    let silent = arguments.stance == Some(Stance::NoObjection) && arguments.words.file.is_none();
    let text = arguments.reason.as_deref().or(silent.then_some(""));
    write(&arguments.writing, &arguments.words, text, &plan)
}

/// `vote`
pub fn vote(arguments: &Vote) -> Result<Exit> {
    let (writing, words) = (&arguments.writing, &arguments.words);
    // A reason is optional, so nobody has to see an editor who does not ask for one.
    let reason = arguments.reason.as_deref().or((!arguments.edit).then_some(""));
    match &arguments.name {
        Some(name) => write(writing, words, reason, &|place, look, standing| {
            task(&Subject::Vote(name.clone()), writing.at(standing)?, place, look, standing)
        }),
        None if arguments.by_reputation => super::preferred::vote(writing, words, reason),
        None => super::preferred::ask_and_vote(writing, words, reason),
    }
}

/// `abandon`
pub fn abandon(arguments: &Abandon) -> Result<Exit> {
    let plan = |place: &Place, look: &Look, standing: &Standing| {
        task(&Subject::Abandon, arguments.writing.at(standing)?, place, look, standing)
    };
    let text = arguments.reason.as_deref().or(arguments.no_edit.then_some(""));
    write(&arguments.writing, &arguments.words, text, &plan)
}

/// `revise`
pub fn revise(arguments: &Revise) -> Result<Exit> {
    let plan = |place: &Place, look: &Look, standing: &Standing| {
        let mut task = task(&Subject::Revision, arguments.writing.at(standing)?, place, look, standing)?;
        task.given.title = arguments.title.clone();
        let given = answers(arguments, &task)?;
        task.told.clone_from(&given);
        match arguments.words.file {
            // Whoever brings the whole text answers for it: nothing is proposed.
            Some(_) => task.given.answers = Some(given),
            None => prepare(look, &mut task, &given)?,
        }
        Ok(task)
    };
    match arguments.no_edit {
        true => write_as_proposed(&arguments.writing, &plan, all_answered),
        false => write(&arguments.writing, &arguments.words, None, &plan),
    }
}

/// `accuse`
pub fn accuse(arguments: &Accuse) -> Result<Exit> {
    let plan = |place: &Place, look: &Look, standing: &Standing| {
        task(&Subject::Accusation(arguments.name.clone()), arguments.writing.at(standing)?, place, look, standing)
    };
    let text = arguments.reason.as_deref().or(arguments.no_edit.then_some(""));
    write(&arguments.writing, &arguments.words, text, &plan)
}

/// The answers given on the command line, for every criticism by the researchers named.
fn answers(arguments: &Revise, task: &Task) -> Result<Vec<Answer>> {
    let accepted = arguments.accept.iter().map(|item| (item, Disposition::Accepted));
    let rejected = arguments.reject.iter().map(|item| (item, Disposition::Rejected));
    let mut answers = Vec::new();
    for (item, disposition) in accepted.chain(rejected) {
        let (name, reason) = item.split_once('=').unwrap_or((item, ""));
        if disposition == Disposition::Rejected && reason.trim().is_empty() {
            return Err(Error::usage(format!("--reject {item} gives no reason"))
                .hint("write it as --reject 'carol=contradicts what bob asks'"));
        }
        let by: Vec<_> = task.criticisms.iter().filter(|(by, _)| by.as_str() == name).collect();
        if by.is_empty() {
            return Err(Error::usage(format!("there is no valid criticism by {name}"))
                .hint("see who criticised: bicker status"));
        }
        for (by, commit) in by {
            if answers.iter().any(|answer: &Answer| answer.commit == *commit) {
                return Err(Error::usage(format!("{by} is answered twice")));
            }
            answers.push(Answer { by: by.clone(), commit: *commit, disposition, reason: reason.to_owned() });
        }
    }
    Ok(answers)
}

//! `propose`, `criticize`, `revise`, `vote`, `abandon`, `accuse`: entries with words in them.

use clap::Args;

use super::compose::{Task, Words, Writing, write};
use super::target::file_of;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::duty::{Standing, proposals_in};
use crate::protocol::evidence;
use crate::protocol::file::{Answer, Disposition, Stance};
use crate::protocol::id::{At, Name};
use crate::protocol::index::{Body, EntryIx};
use crate::protocol::slot::Slot;
use crate::report::Exit;

/// Propose the text of the current step.
///
/// Without --file your editor opens. The title is the first "# Heading" of the text unless --title gives one.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker propose --title 'Messages are signed' --file step1.md --push")]
pub struct Propose {
    /// The step's title
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Criticise the proposal of another researcher.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker criticize alice --stance object --reason 'Two of four is no quorum.' --push")]
pub struct Criticize {
    /// Whose proposal
    name: Name,
    /// What you want: object, suggest or no-objection
    #[arg(long, value_name = "STANCE", value_parser = stance)]
    stance: Option<Stance>,
    /// The criticism, if it is short
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    reason: Option<String>,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Revise your proposal: answer every criticism and give the whole text again.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: bicker revise --file step1.md --accept bob --reject 'carol=contradicts bob' --accept dave --push"
)]
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
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    writing: Writing,
}

/// Vote for the proposal of a researcher.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker vote alice --reason 'The shorter one.' --push")]
pub struct Vote {
    /// Whose proposal
    name: Name,
    /// Your reason
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    reason: Option<String>,
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
    write(&arguments.writing, &arguments.words, None, &|_, _, standing| {
        let at = arguments.writing.at(standing)?;
        let mut task = Task::new(Slot::Proposal(at), format!("proposal for {at}"));
        task.given.title = arguments.title.clone();
        Ok(task)
    })
}

/// `criticize`
pub fn criticize(arguments: &Criticize) -> Result<Exit> {
    let silent = arguments.stance == Some(Stance::NoObjection) && arguments.words.file.is_none();
    let text = arguments.reason.as_deref().or(silent.then_some(""));
    write(&arguments.writing, &arguments.words, text, &|_, look, standing| {
        let at = arguments.writing.at(standing)?;
        let proposal = proposal_of(look, standing, at, &arguments.name)?;
        let subject = format!("criticism of {}'s proposal for {at}", arguments.name);
        let mut task = Task::new(Slot::Criticism(at, arguments.name.clone()), subject);
        task.given.stance = arguments.stance;
        about(look, &mut task, proposal)?;
        Ok(task)
    })
}

/// `vote`
pub fn vote(arguments: &Vote) -> Result<Exit> {
    write(&arguments.writing, &arguments.words, arguments.reason.as_deref(), &|_, look, standing| {
        let at = arguments.writing.at(standing)?;
        let proposal = proposal_of(look, standing, at, &arguments.name)?;
        let mut task = Task::new(Slot::Vote(at), format!("vote for {}'s proposal in {at}", arguments.name));
        about(look, &mut task, proposal)?;
        Ok(task)
    })
}

/// `abandon`
pub fn abandon(arguments: &Abandon) -> Result<Exit> {
    write(&arguments.writing, &arguments.words, arguments.reason.as_deref(), &|_, _, standing| {
        let at = arguments.writing.at(standing)?;
        Ok(Task::new(Slot::Abandon(at), format!("abandon of {at}")))
    })
}

/// `revise`
pub fn revise(arguments: &Revise) -> Result<Exit> {
    write(&arguments.writing, &arguments.words, None, &|place, look, standing| {
        let at = arguments.writing.at(standing)?;
        let proposal = proposal_of(look, standing, at, &place.own()?.me)?;
        let index = &look.verification.history.index;
        let mut task = Task::new(Slot::Revision(at), format!("revision of the proposal for {at}"));
        about(look, &mut task, proposal)?;
        task.body = std::mem::take(&mut task.quoted);
        task.given.title = arguments.title.clone();
        if let Body::Proposal { title } = &index.entry(proposal).body {
            task.fixed.title_before = Some(title.clone());
        }
        let criticisms = index.criticisms_of(&standing.view, proposal);
        task.quoted = quote_criticisms(look, &criticisms)?;
        let named = |at: &EntryIx| (index.name(index.entry(*at).author).clone(), index.entry(*at).id);
        task.criticisms = criticisms.iter().map(named).collect();
        task.given.answers = Some(answers(arguments, &task)?);
        Ok(task)
    })
}

/// `accuse`
pub fn accuse(arguments: &Accuse) -> Result<Exit> {
    write(&arguments.writing, &arguments.words, arguments.reason.as_deref(), &|_, look, _| {
        let index = &look.verification.history.index;
        let name = &arguments.name;
        let found = index.author(name).and_then(|author| evidence::against(index, author));
        let (_, pair) = found.ok_or_else(|| {
            Error::wrong(format!("nothing that was seen proves misbehaviour of {name}"))
                .hint("see what was found: bicker verify")
        })?;
        let mut task = Task::new(Slot::Accusation(name.clone()), format!("accusation of {name}"));
        task.fixed.evidence = Some(pair.map(|at| index.entry(at).id));
        task.evidence = pair.to_vec();
        Ok(task)
    })
}

/// The valid proposal of a researcher in a round.
fn proposal_of(look: &Look, standing: &Standing, at: At, name: &Name) -> Result<EntryIx> {
    let index = &look.verification.history.index;
    let proposals = proposals_in(index, &standing.view, at);
    let by: Vec<EntryIx> = proposals.iter().copied().filter(|p| index.name(index.entry(*p).author) == name).collect();
    match by.as_slice() {
        [one] => Ok(*one),
        [] => {
            let others: Vec<&str> = proposals.iter().map(|p| index.name(index.entry(*p).author).as_str()).collect();
            let there = if others.is_empty() {
                "nobody has proposed anything there".to_owned()
            } else {
                format!("there are proposals by {}", others.join(", "))
            };
            Err(Error::wrong(format!("there is no valid proposal by {name} for {at}; {there}"))
                .hint("see where it stands: bicker status"))
        }
        _ => Err(Error::wrong(format!(
            "{name} has signed several proposals for {at}, so none of them should be supported"
        ))
        .hint(format!("point it out: bicker accuse {name}"))),
    }
}

/// Makes a task be about a proposal, with its text to read.
fn about(look: &Look, task: &mut Task, proposal: EntryIx) -> Result<()> {
    task.fixed.about = Some(look.verification.history.index.entry(proposal).id);
    task.quoted = file_of(look, proposal)?.map(|file| file.text).unwrap_or_default();
    Ok(())
}

fn quote_criticisms(look: &Look, criticisms: &[EntryIx]) -> Result<String> {
    let index = &look.verification.history.index;
    let mut quoted = String::new();
    for at in criticisms {
        let entry = index.entry(*at);
        let Body::Criticism { stance, .. } = entry.body else { continue };
        let text = file_of(look, *at)?.map(|file| file.text).unwrap_or_default();
        quoted += &format!("{} ({stance}, {}):\n\n{}\n", index.name(entry.author), entry.id.short(), text);
    }
    Ok(quoted)
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
    if arguments.words.file.is_some()
        && let Some((by, _)) = task.criticisms.iter().find(|(_, commit)| !answers.iter().any(|a| a.commit == *commit))
        && !answers.is_empty()
    {
        return Err(Error::usage(format!("the criticism by {by} is not answered"))
            .hint(format!("add --accept {by}, or --reject '{by}=REASON'")));
    }
    Ok(answers)
}

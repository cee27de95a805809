//! `status`: alarms, what I owe, whom we wait for, and where each step stands.

use std::fmt::Write as _;

use clap::Args;

use super::log::plural;
use super::looking::Where;
use super::ui;
use crate::error::Result;
use crate::look::Look;
use crate::place::Place;
use crate::protocol::duty::{Duty, Standing, duties, standing, standing_of};
use crate::protocol::finding::Severity;
use crate::protocol::id::{At, CommitId, Name};
use crate::protocol::index::Index;
use crate::protocol::report::{Report, State, StepRow, report};
use crate::report::Exit;
use crate::report::escape::terminal;
use crate::report::text::page::{Page, Tone};

/// Show where each step stands, what you owe, and whom the group waits for.
#[derive(Args, Debug)]
pub struct Status {
    #[command(flatten)]
    place: Where,
}

/// `status`
pub fn status(arguments: &Status) -> Result<Exit> {
    let (place, mut look) = arguments.place.look()?;
    print(&place, &mut look)
}

/// Prints the status of what was seen.
pub fn print(place: &Place, look: &mut Look) -> Result<Exit> {
    let report = report(&look.verification);
    let mut text = heading(&report);
    text += &alarms(&report);
    let mine = place.own.as_ref().and_then(|own| look.verification.history.index.author(&own.me));
    let mut next = None;
    if let Some(me) = mine {
        let standing = standing(&mut look.verification, me);
        let due = duties(&look.verification, &standing);
        text += &owed(&look.verification.history.index, &standing, &due);
        next = due.first().map(command);
    }
    text += &waiting(look, mine.map(|me| look.verification.history.index.name(me).clone()).as_ref());
    text.push('\n');
    for step in &report.steps {
        text += &step_lines(&report, step);
    }
    match next {
        Some(next) => {
            let _ = writeln!(text, "\nnext: {next}");
        }
        None if mine.is_some() => text.push_str("\nnext: nothing to do but wait; look again with bicker sync\n"),
        None => {}
    }
    ui::print(&text)?;
    Ok(Exit::Verified)
}

fn heading(report: &Report) -> String {
    let charter = &report.charter;
    let answered = report.researchers.iter().filter(|r| r.reachable).count();
    format!(
        "{}\n{} researchers, at most {} Byzantine; {} of {} remotes answered\n",
        terminal(&charter.title),
        charter.researchers,
        charter.faults,
        answered,
        charter.researchers
    )
}

fn alarms(report: &Report) -> String {
    let mut page = Page::new(ui::colour(), ui::width());
    let mut findings = report.findings.iter().filter(|finding| finding.code.severity() != Severity::Note).peekable();
    if findings.peek().is_none() {
        return String::new();
    }
    page.gap();
    for finding in findings {
        let (mark, tone) =
            if finding.code.severity() == Severity::Error { ('!', Tone::Red) } else { ('-', Tone::Yellow) };
        page.paragraph(0, 2, (tone, &format!("{mark} {}: ", finding.code)), &finding.message);
    }
    page.line(2, Tone::Plain, "more: bicker verify");
    page.finish()
}

fn owed(index: &Index, standing: &Standing, due: &[Duty]) -> String {
    let mut text = format!("\nyou ({})", index.name(standing.me));
    if due.is_empty() {
        text.push_str(" owe nothing\n");
    } else {
        text.push_str(" owe\n");
        let rows: Vec<(String, String)> = due.iter().map(|duty| (describe(index, duty), command(duty))).collect();
        let widest = rows.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
        for (what, command) in rows {
            let _ = writeln!(text, "  {what:widest$}   {command}");
        }
    }
    for head in &standing.not_cited {
        let _ = writeln!(text, "  the newest entries of {} are not cited: {}", head.name, head.why);
    }
    text
}

fn describe(index: &Index, duty: &Duty) -> String {
    let author = |commit: &CommitId| index.find(*commit).map_or("", |at| index.name(index.entry(at).author).as_str());
    match duty {
        Duty::Repair => "join the branches of your log".to_owned(),
        Duty::Join => "join the group".to_owned(),
        Duty::Ratify(at, value) => format!("ratify {}'s revision in {at}", author(value)),
        Duty::Echo(at, value) => format!("echo {}'s revision in {at}", author(value)),
        Duty::ChooseEcho(at, values) => format!("decide which of {} to echo in {at}", plural(values.len(), "revision")),
        Duty::Revise(at, _) => format!("revise your proposal for {at}"),
        Duty::Criticize(at, name) => format!("criticise {name}'s proposal for {at}"),
        Duty::Vote(at, names) => format!("vote in {at}: {}", join_names(names)),
        Duty::Propose(at) => format!("propose {at}, if you have an idea"),
        Duty::Abandon(at) => format!("leave {at}, if you think it is stuck"),
        Duty::Accuse(name) => format!("point out the proof against {name}"),
        Duty::Acknowledge => "acknowledge what the others wrote".to_owned(),
    }
}

/// The command to type for a duty.
pub fn command(duty: &Duty) -> String {
    match duty {
        Duty::Repair => "bicker heal".to_owned(),
        Duty::Join | Duty::Ratify(..) | Duty::Echo(..) | Duty::Acknowledge => "bicker sync".to_owned(),
        Duty::ChooseEcho(..) => "bicker echo NAME".to_owned(),
        Duty::Revise(..) => "bicker revise".to_owned(),
        Duty::Criticize(_, name) => format!("bicker criticize {name}"),
        Duty::Vote(_, names) => match names.as_slice() {
            [one] => format!("bicker vote {one}"),
            _ => "bicker vote NAME".to_owned(),
        },
        Duty::Propose(_) => "bicker propose".to_owned(),
        Duty::Abandon(_) => "bicker abandon".to_owned(),
        Duty::Accuse(name) => format!("bicker accuse {name}"),
    }
}

fn join_names(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

/// Whom the group waits for, and for what. Nobody waits for someone who is convicted.
fn waiting(look: &mut Look, me: Option<&Name>) -> String {
    let authors: Vec<_> =
        look.verification.history.index.authors().map(|(author, name)| (author, name.clone())).collect();
    let mut text = String::new();
    for (author, name) in authors {
        if me == Some(&name) || look.verification.convicted.contains(&author) {
            continue;
        }
        let standing = standing_of(&mut look.verification, author);
        let due = duties(&look.verification, &standing);
        let what: Vec<&str> = due.iter().filter_map(waited_for).collect();
        if !what.is_empty() {
            let _ = writeln!(text, "  {name:12} {}", what.join(", "));
        }
    }
    if text.is_empty() { text } else { format!("\nthe group waits for\n{text}") }
}

const fn waited_for(duty: &Duty) -> Option<&'static str> {
    match duty {
        Duty::Join => Some("join"),
        Duty::Ratify(..) => Some("ratify"),
        Duty::Echo(..) | Duty::ChooseEcho(..) => Some("echo"),
        Duty::Revise(..) => Some("revision"),
        Duty::Criticize(..) => Some("criticism"),
        Duty::Vote(..) => Some("vote"),
        Duty::Repair => Some("repair of their log"),
        Duty::Propose(_) | Duty::Abandon(_) | Duty::Accuse(_) | Duty::Acknowledge => None,
    }
}

fn step_lines(report: &Report, step: &StepRow) -> String {
    let (majority, quorum) = (report.charter.majority, report.charter.quorum);
    let mut text = format!("{}: {}", step.at, step.state.as_str());
    if let (Some(title), Some(author)) = (&step.title, &step.author) {
        let _ = write!(text, ", \"{}\" by {author}", terminal(title));
    }
    text.push('\n');
    if step.state == State::Final {
        return text;
    }
    for (proposal, votes) in &step.proposals {
        let votes = match votes.len() {
            0 if step.at == At::new(1, 0) && step.proposals.len() == 1 => {
                "the first and only one: it needs no votes".to_owned()
            }
            0 => "no votes".to_owned(),
            1 => format!("1 vote, {majority} needed: {}", join_names(votes)),
            n => format!("{n} votes, {majority} needed: {}", join_names(votes)),
        };
        let _ = writeln!(text, "  proposal by {} ({votes})", proposal.by);
        for (criticism, _, stance) in step.criticisms.iter().filter(|(_, of, _)| *of == proposal.commit) {
            let _ = writeln!(text, "    criticised by {} ({stance})", criticism.by);
        }
    }
    for revision in &step.revisions {
        let echoes = step.echoes.iter().filter(|(_, value)| *value == revision.commit).count();
        let ratifies = step.ratifies.iter().filter(|(_, value)| *value == revision.commit).count();
        let _ = writeln!(
            text,
            "  revision by {}: {echoes} of {quorum} echoes, {ratifies} of {quorum} ratifies",
            revision.by
        );
    }
    if !step.abandons.is_empty() {
        let _ =
            writeln!(text, "  left by {} of the {quorum} needed: {}", step.abandons.len(), join_names(&step.abandons));
    }
    text
}

//! What there is to write in each kind of entry: its slot, what it is about, and the text to have before one's eyes.

use std::collections::BTreeSet;

use super::compose::Task;
use super::mechanical::proof_against;
use super::source::with_option;
use super::target::file_of;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::place::Place;
use crate::protocol::duty::{Standing, proposals_in, valid_revisions};
use crate::protocol::evidence;
use crate::protocol::id::{At, Name};
use crate::protocol::index::{Body, EntryIx, Index};
use crate::protocol::past::Clock;
use crate::protocol::slot::{Kind, Slot};

/// What a person wants to write, and about whom.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A proposal.
    Proposal,
    /// A criticism of a researcher's proposal.
    Criticism {
        /// Whose proposal.
        of: Name,
        /// Even if it is revised already, so that nobody will answer.
        late: bool,
    },
    /// A revision of one's own proposal.
    Revision,
    /// A vote for this researcher's proposal.
    Vote(Name),
    /// An abandon of the round.
    Abandon,
    /// An accusation of this researcher.
    Accusation(Name),
}

/// Works out what there is to write in a round.
pub fn task(subject: &Subject, at: At, place: &Place, look: &Look, standing: &Standing) -> Result<Task> {
    match subject {
        Subject::Proposal => proposal(at, look, standing),
        Subject::Abandon => Ok(Task::new(Slot::Abandon(at), format!("abandon of {at}"))),
        Subject::Criticism { of, late } => {
            let task = Task::new(Slot::Criticism(at, of.clone()), format!("criticism of {of}'s proposal for {at}"));
            let proposal = proposal_of(look, standing, at, of)?;
            can_be_criticised(look, standing, at, proposal, *late)?;
            about(look, task, proposal)
        }
        Subject::Vote(name) => {
            let task = Task::new(Slot::Vote(at), format!("vote for {name}'s proposal in {at}"));
            about(look, task, proposal_of(look, standing, at, name)?)
        }
        Subject::Revision => revision(at, place, look, standing),
        Subject::Accusation(name) => accusation(name, look),
    }
}

/// A proposal, which begins as my last one where that came to nothing: its round was left, or another was selected.
fn proposal(at: At, look: &Look, standing: &Standing) -> Result<Task> {
    let mut task = Task::new(Slot::Proposal(at), format!("proposal for {at}"));
    let index = &look.verification.history.index;
    let is_mine =
        |entry: &&EntryIx| index.entry(**entry).kind() == Kind::Proposal && index.holds(&standing.own, **entry);
    let Some(last) = index.entries_of(standing.me).iter().rev().find(is_mine) else { return Ok(task) };
    let became_final = index.entry(*last).at().and_then(|at| index.final_value(&standing.view, at.step));
    let is_agreed_on = became_final.is_some_and(|(value, _)| index.entry(value).author == standing.me);
    if let (Body::Proposal { title }, false) = (&index.entry(*last).body, is_agreed_on) {
        task.fixed.title_before = Some(title.clone());
        task.body = file_of(look, *last)?.map(|file| file.text).unwrap_or_default();
    }
    Ok(task)
}

/// Whether a criticism of a proposal would be heard: it is selected, and not revised yet.
fn can_be_criticised(look: &Look, standing: &Standing, at: At, proposal: EntryIx, late: bool) -> Result<()> {
    let index = &look.verification.history.index;
    let by = index.name(index.entry(proposal).author);
    if !index.is_selected(&standing.view, proposal) {
        let voted = index.slot_use(standing.me, &Slot::Vote(at)).is_some();
        let not_yet = format!("{by}'s proposal is not selected, so a criticism of it would not count");
        return Err(Error::wrong(not_yet).hint(match voted {
            false => format!("the group votes first: bicker vote {by}"),
            true => "see what the group waits for: bicker status".to_owned(),
        }));
    }
    let revisions = valid_revisions(index, &standing.view, at);
    let of =
        |revision: &EntryIx| matches!(index.entry(*revision).body, Body::Revision { of, .. } if of == Some(proposal));
    match revisions.into_iter().find(of).map(|revision| index.entry(revision).id.short()) {
        Some(revision) if !late => Err(Error::wrong(format!(
            "{by} has revised the proposal already, so nobody would answer a criticism of it"
        ))
        .hint(format!("see what has changed: bicker diff {} {revision}", index.entry(proposal).id.short()))
        .hint("if the revision should not become final, leave the round: bicker abandon")
        .hint(format!("to say it anyway: {}", with_option("--late")))),
        _ => Ok(()),
    }
}

fn revision(at: At, place: &Place, look: &Look, standing: &Standing) -> Result<Task> {
    let proposal = proposal_of(look, standing, at, &place.own()?.me)?;
    let index = &look.verification.history.index;
    let task = Task::new(Slot::Revision(at), format!("revision of the proposal for {at}"));
    let mut task = about(look, task, proposal)?;
    task.body = std::mem::take(&mut task.quoted);
    if let Body::Proposal { title } = &index.entry(proposal).body {
        task.fixed.title_before = Some(title.clone());
    }
    let criticisms = index.criticisms_of(&standing.view, proposal);
    task.quoted = quote_criticisms(look, &criticisms)?;
    let named = |at: &EntryIx| (index.name(index.entry(*at).author).clone(), index.entry(*at).id);
    task.criticisms = criticisms.iter().map(named).collect();
    Ok(task)
}

fn accusation(name: &Name, look: &Look) -> Result<Task> {
    let index = &look.verification.history.index;
    let pair = proof_against(look, name).ok_or_else(|| {
        Error::wrong(format!("nothing that was seen proves misbehaviour by {name}"))
            .hint("see what was found: bicker verify")
    })?;
    let mut task = Task::new(Slot::Accusation(name.clone()), format!("accusation of {name}"));
    task.fixed.evidence = Some(pair.map(|at| index.entry(at).id));
    task.evidence = pair.to_vec();
    Ok(task)
}

/// The valid proposal of a researcher in a round, as a vote for it or a criticism of it names it.
fn proposal_of(look: &Look, standing: &Standing, at: At, name: &Name) -> Result<EntryIx> {
    let index = &look.verification.history.index;
    let proposals = proposals_in(index, &standing.view, at);
    let by: Vec<EntryIx> = proposals.iter().copied().filter(|p| index.name(index.entry(*p).author) == name).collect();
    let Some(chosen) = one_of(index, &standing.view, &by) else {
        let others: BTreeSet<&str> = proposals.iter().map(|p| index.name(index.entry(*p).author).as_str()).collect();
        let there = if others.is_empty() {
            "nobody has proposed anything there".to_owned()
        } else {
            format!("there are proposals by {}", others.into_iter().collect::<Vec<_>>().join(", "))
        };
        return Err(Error::wrong(format!("there is no valid proposal by {name} for {at}; {there}"))
            .hint("see where things stand: bicker status"));
    };
    if by.iter().any(|other| evidence::proves(index, chosen, *other).is_some()) {
        return Err(Error::wrong(format!(
            "{name} has signed different proposals for {at}, so none of them should be supported"
        ))
        .hint("see both: bicker verify"));
    }
    Ok(chosen)
}

/// Which of an author's proposals of one round counts: two machines of theirs may have signed the same text. The one
/// that is selected, else the one with the smallest commit id, as whoever knows the same would choose.
fn one_of(index: &Index, past: &Clock, by: &[EntryIx]) -> Option<EntryIx> {
    let selected = by.iter().copied().find(|proposal| index.is_selected(past, *proposal));
    selected.or_else(|| by.iter().copied().min_by_key(|proposal| index.entry(*proposal).id))
}

/// Makes a task be about a proposal, with its text to read.
fn about(look: &Look, mut task: Task, proposal: EntryIx) -> Result<Task> {
    task.fixed.about = Some(look.verification.history.index.entry(proposal).id);
    task.quoted = file_of(look, proposal)?.map(|file| file.text).unwrap_or_default();
    Ok(task)
}

fn quote_criticisms(look: &Look, criticisms: &[EntryIx]) -> Result<String> {
    let index = &look.verification.history.index;
    let mut quoted = String::new();
    for at in criticisms {
        let entry = index.entry(*at);
        let Body::Criticism { stance, .. } = entry.body else { continue };
        let text = file_of(look, *at)?.map(|file| file.text).unwrap_or_default();
        let (by, commit) = (index.name(entry.author), entry.id.short());
        quoted += &match text.is_empty() {
            true => format!("{by} ({stance}, {commit})\n\n"),
            false => format!("{by} ({stance}, {commit}):\n\n{text}\n"),
        };
    }
    Ok(quoted)
}

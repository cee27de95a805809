//! `vote` without a name: for the proposal that one's own opinions and the public record put first.
//!
//! Decides how the choice is shown and who confirms it: a person at a terminal, or whoever wrote `--by-reputation` into a
//! script. The order itself is for [`crate::protocol::preference`] to say.

use super::compose::{Task, Words, Writing, write};
use super::desk::my_author;
use super::opinion::held;
use super::tasks::{Subject, task};
use super::ui;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::pen::log_is_whole;
use crate::place::Place;
use crate::protocol::duty::{Standing, standing};
use crate::protocol::id::{At, Name};
use crate::protocol::preference::{Candidate, LeftOut, Preference, preference};
use crate::protocol::slot::Slot;
use crate::report::Exit;
use crate::report::escape::terminal;
use crate::report::text::page::{Page, Tone};

/// Votes for the first proposal of the order, without asking.
pub fn vote(writing: &Writing, words: &Words, reason: Option<&str>) -> Result<Exit> {
    write(writing, words, Some(reason.unwrap_or_default()), &|place, look, standing| {
        let (at, first) = choose(writing, place, look, standing)?;
        task(&Subject::Vote(first.by), at, place, look, standing)
    })
}

/// Shows the order, asks, and votes for the first proposal of it if that is what the person wants.
pub fn ask_and_vote(writing: &Writing, words: &Words, reason: Option<&str>) -> Result<Exit> {
    if !ui::can_ask() {
        return Err(Error::usage("no researcher is named, and there is no terminal to ask on; nothing was signed")
            .hint("see who has proposed, and vote by name: bicker status")
            .hint("to vote by reputation, without being asked: bicker vote --by-reputation"));
    }
    let place = writing.place.place()?;
    let mut look = writing.place.look_at(&place)?;
    let me = my_author(&look, &place)?;
    let standing = standing(&mut look.verification, me);
    log_is_whole(&look, &standing)?;
    let (at, first) = choose(writing, &place, &look, &standing)?;
    ui::say(&format!("the whole text: bicker show {}", first.commit.short()));
    let question = format!("vote for {}'s proposal \"{}\"? [y/N] ", first.by, terminal(&first.title));
    if !ui::ask(&question)?.is_some_and(|answer| is_yes(&answer)) {
        return Err(Error::usage("you did not say yes, so nothing was signed")
            .hint("see who has proposed, and vote by name: bicker status"));
    }
    let asked = Writing { yes: true, ..writing.clone() };
    write(&asked, words, Some(reason.unwrap_or_default()), &|place, look, standing| {
        let task = task(&Subject::Vote(first.by.clone()), writing.at(standing)?, place, look, standing)?;
        is_what_was_shown(&task, at, &first)?;
        Ok(task)
    })
}

/// Nothing but what the person said yes to is signed, whatever was seen since.
fn is_what_was_shown(task: &Task, at: At, shown: &Candidate) -> Result<()> {
    match task.slot == Slot::Vote(at) && task.fixed.about == Some(shown.commit) {
        true => Ok(()),
        false => Err(Error::wrong("the group moved on while you were deciding, so nothing was signed")
            .hint("see where things stand: bicker status")),
    }
}

/// The round, and the proposal that comes first in it; the order is shown.
fn choose(writing: &Writing, place: &Place, look: &Look, standing: &Standing) -> Result<(At, Candidate)> {
    let own = place.own()?;
    let at = writing.at(standing)?;
    if look.verification.history.index.slot_use(standing.me, &Slot::Vote(at)).is_some() {
        return Err(Error::wrong(format!("you have voted in {at}, and a second vote would convict you"))
            .hint("see where things stand: bicker status"));
    }
    let preference = preference(&look.verification, standing, at, &held(own)?);
    let first = preference.order.first().cloned().ok_or_else(|| nobody(&preference, at, &own.me))?;
    ui::print(&shown(&preference, at))?;
    Ok((at, first))
}

fn nobody(preference: &Preference, at: At, me: &Name) -> Error {
    if preference.left_out.is_empty() {
        return Error::wrong(format!("nobody has proposed anything for {at}"))
            .hint("see where things stand: bicker status");
    }
    let error =
        Error::wrong(format!("reputation puts no proposal for {at} first; there is only {}", left_out(preference)));
    match preference.left_out.contains_key(me) {
        true => error.hint(format!("vote for your own by name: bicker vote {me}")),
        false => error.hint("see what was found: bicker verify"),
    }
}

fn left_out(preference: &Preference) -> String {
    let why = |why: &LeftOut| match why {
        LeftOut::Own => "your own",
        LeftOut::Convicted => "convicted",
        LeftOut::OneOfSeveral => "several proposals",
    };
    let each = preference.left_out.iter().map(|(name, reason)| format!("{name} ({})", why(reason)));
    each.collect::<Vec<_>>().join(", ")
}

/// The order with its reasons.
fn shown(preference: &Preference, at: At) -> String {
    let mut page = Page::new(ui::colour(), ui::width());
    page.line(0, Tone::Bold, &format!("Proposals for {at}, by your opinion, then by public score:"));
    for (place, candidate) in preference.order.iter().enumerate() {
        let Candidate { by, commit, title, opinion, score } = candidate;
        let opinion = opinion.map_or_else(String::new, |opinion| format!("you {}, ", opinion.as_str()));
        let words = format!("\"{title}\" ({opinion}score {score}, {})", commit.short());
        page.paragraph(2, 5, (Tone::Plain, &format!("{}. {by}: ", place + 1)), &words);
    }
    if !preference.left_out.is_empty() {
        page.paragraph(2, 5, (Tone::Plain, ""), &format!("not among them: {}", left_out(preference)));
    }
    page.finish()
}

/// Whatever is not yes is no.
fn is_yes(answer: &str) -> bool {
    answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::{CommitId, ObjectId};

    fn candidate() -> Candidate {
        Candidate {
            by: Name::parse("bob").expect("a name"),
            commit: CommitId(ObjectId::from_bytes([7; 20])),
            title: "A\u{1b}[2J".to_owned(),
            opinion: None,
            score: 3,
        }
    }

    #[test]
    fn only_yes_is_yes() {
        assert!(["y", "Y", "yes", "YES"].into_iter().all(is_yes));
        assert!(!["", "n", "yeah", "ye", "\u{fffd}"].into_iter().any(is_yes));
    }

    #[test]
    fn only_what_was_shown_is_signed() {
        let at = At::new(2, 0);
        let mut task = Task::new(Slot::Vote(at), String::new());
        task.fixed.about = Some(candidate().commit);
        assert!(is_what_was_shown(&task, at, &candidate()).is_ok());
        assert!(is_what_was_shown(&task, At::new(2, 1), &candidate()).is_err());
        task.fixed.about = Some(CommitId(ObjectId::from_bytes([8; 20])));
        let error = is_what_was_shown(&task, at, &candidate()).expect_err("another proposal");
        assert_eq!(error.exit, Exit::Wrong);
    }
}

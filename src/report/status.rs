//! The state of a group in one glance: alarms, what I owe, whom the group waits for and why, what would decide the
//! round, and one next command.
//!
//! Decides what is shown and in which order; what is owed is decided in [`crate::protocol::duty`]. The same for
//! everyone who sees the same, but for what is mine.

mod text;
mod words;

use serde::Serialize;

use super::json::{FORMAT, pretty};
use crate::protocol::citing::NotCited;
use crate::protocol::duty::{Duty, Standing, current, duties, standing, standing_of};
use crate::protocol::finding::{Finding, Severity};
use crate::protocol::id::{CommitId, Name};
use crate::protocol::index::{EntryIx, Index};
use crate::protocol::memory::may_use;
use crate::protocol::outlook::{Outlook, outlook};
use crate::protocol::past::Author;
use crate::protocol::report::{Report, report};
use crate::protocol::slot::Slot;
use crate::protocol::verify::Verification;

pub use words::{join_names, plural};

/// What is known of the world beside the verification.
#[derive(Debug, Default)]
pub struct Around {
    /// Who I am, if I am one of the researchers.
    pub me: Option<Name>,
    /// Whether the remotes were asked just now.
    pub asked: bool,
    /// When each remote answered last, in seconds since 1970; `None` if it never did.
    pub answered: Vec<(Name, Option<u64>)>,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// Whether something ails my own log that has to be mended first.
    pub heal: bool,
    /// Whether my remote lacks what I have signed.
    pub unpublished: bool,
    /// How many entries of others I have not been shown; `None` for an observer.
    pub unread: Option<usize>,
    /// What I am writing and have not signed.
    pub drafts: Vec<Draft>,
    /// What my copy of my log remembers.
    pub memory: Memory,
    /// What became of my criticism in this round.
    pub answers: Vec<AnswerToMe>,
    /// Whether I have supported a revision in this round already.
    pub has_echoed: bool,
    /// Remotes that are elsewhere than the charter says, or for git.
    pub remotes: Vec<Elsewhere>,
}

/// A remote that has moved, or that git has elsewhere than bicker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Elsewhere {
    /// What is so.
    pub what: String,
    /// The command that shows more, or notes it.
    pub command: String,
}

/// What a revision answers to my criticism.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnswerToMe {
    /// In words.
    pub what: String,
    /// The command that shows what has changed.
    pub command: String,
}

/// Whether a copy of a log knows all that was signed with its key (section 6, lost memory).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Memory {
    /// It does, or it was not asked.
    #[default]
    Whole,
    /// It does not, and this entry is its mark, once there is one.
    Lost(Option<CommitId>),
}

/// A draft of mine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// What it is, and where.
    pub what: String,
    /// The command that goes on with it.
    pub command: String,
}

/// Something I owe.
#[derive(Debug, PartialEq, Eq)]
pub struct Owed {
    /// In a few words.
    pub what: String,
    /// The command that does it.
    pub command: String,
    /// When what it answers was written, by its author's clock.
    pub since: Option<u64>,
    /// Whose proposals are to be read for it.
    pub read: Vec<Name>,
}

/// Why somebody has not done what the group waits for, as far as can be known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Their remote does not answer.
    Unreachable,
    /// Nothing of theirs shows that they have seen what it is about.
    Unseen,
    /// They have seen it.
    Silent,
}

/// Somebody whom the group waits for.
#[derive(Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who.
    pub name: Name,
    /// What for.
    pub what: Vec<&'static str>,
    /// Why.
    pub why: Why,
    /// The date of their newest entry, by their own clock.
    pub last: Option<u64>,
}

/// The state of a group.
#[derive(Debug)]
pub struct Status {
    report: Report,
    around: Around,
    owed: Vec<Owed>,
    not_cited: Vec<NotCited>,
    waiting: Vec<Waiting>,
    outlook: Outlook,
    /// Who alone can still decide the round, when all of them may be at fault.
    only: Option<String>,
    /// The step in which my copy may not sign what I owe, because it has lost its memory.
    on_hold: Option<u32>,
    next: Option<String>,
}

impl Status {
    /// Works it out.
    pub fn of(verification: &mut Verification, around: Around) -> Self {
        let me = around.me.as_ref().and_then(|me| verification.history.index.author(me));
        let (mut owed, mut not_cited, mut next, mut on_hold) = (Vec::new(), Vec::new(), None, None);
        if let Some(me) = me {
            let standing = standing(verification, me);
            let mut due = duties(verification, &standing);
            let index = &verification.history.index;
            if let Memory::Lost(mark) = around.memory {
                let mark = mark.and_then(|mark| index.find(mark));
                let may = |slot: &Slot| may_use(index, &standing.view, mark, slot).is_ok();
                due.retain(|duty| duty.slot().is_none_or(|slot| may(&slot)));
                on_hold = (!may(&Slot::Echo(standing.at))).then_some(standing.at.step);
            }
            let row = |duty: &Duty| Owed {
                what: words::describe(index, duty),
                command: words::command(duty),
                since: since(index, &standing, duty),
                read: words::to_read(duty).to_vec(),
            };
            owed = around.unpublished.then(words::publish).into_iter().chain(due.iter().map(row)).collect();
            next = owed.first().map(|owed| owed.command.clone());
            not_cited = standing.not_cited;
        }
        if around.heal {
            // What is owed is worked out from my log as it stands here, which is not as it should be.
            let command = "bicker heal".to_owned();
            next = Some(command.clone());
            owed = vec![Owed { what: "mend your log".to_owned(), command, since: None, read: Vec::new() }];
        }
        let waiting = waiting(verification, me);
        let outlook = outlook(&verification.history.index, &verification.everything, &verification.convicted);
        let only = only(&verification.history.index, &outlook, me);
        Self { report: report(verification), around, owed, not_cited, waiting, outlook, only, on_hold, next }
    }

    /// The findings that somebody should look at.
    fn alarms(&self) -> impl Iterator<Item = &Finding> {
        self.report.findings.iter().filter(|finding| finding.code.severity() != Severity::Note)
    }

    /// As text for a terminal, this many columns wide.
    pub fn text(&self, colour: bool, width: usize) -> String {
        text::text(self, colour, width, self.around.now)
    }

    /// The same without how long ago anything was: it differs when something has happened.
    pub fn timeless(&self) -> String {
        text::text(self, false, 0, 0)
    }

    /// One short line, for a shell's prompt.
    pub fn short(&self) -> String {
        let state = self.report.steps.last().map_or("", |step| step.state.as_str());
        let mut line = format!("{} {state}", self.outlook.at);
        match self.owed.len() {
            0 => {}
            n => line += &format!(", you owe {n}"),
        }
        match self.alarms().count() {
            0 => {}
            n => line += &format!(", {}", plural(n, "alarm")),
        }
        match self.around.unread {
            None | Some(0) => {}
            Some(n) => line += &format!(", {n} new"),
        }
        line + "\n"
    }

    /// As JSON: one object, to which later versions may add.
    pub fn json(&self) -> String {
        let outlook = &self.outlook;
        pretty(&Whole {
            format: FORMAT,
            title: &self.report.charter.title,
            me: self.around.me.as_ref().map(Name::as_str),
            asked: self.around.asked,
            unread: self.around.unread,
            step: outlook.at.step,
            round: outlook.at.round,
            state: self.report.steps.last().map_or("", |step| step.state.as_str()),
            outlook: OutlookRow {
                awaited: words::of_awaited(outlook.awaited),
                of: outlook.of.map(|of| of.to_string()),
                have: outlook.have,
                needed: outlook.needed,
                open: outlook.open.len(),
                possible: outlook.is_possible(),
                left: outlook.left.0,
            },
            alarms: self.alarms().map(|finding| finding.code.as_str()).collect(),
            on_hold: self.on_hold,
            owed: self.owed.iter().map(|o| OwedRow { what: &o.what, command: &o.command, since: o.since }).collect(),
            answers: self.around.answers.iter().map(|a| DraftRow { what: &a.what, command: &a.command }).collect(),
            remotes: self.around.remotes.iter().map(|r| DraftRow { what: &r.what, command: &r.command }).collect(),
            drafts: self.around.drafts.iter().map(|d| DraftRow { what: &d.what, command: &d.command }).collect(),
            waiting: self.waiting.iter().map(WaitingRow::of).collect(),
            answered: self
                .around
                .answered
                .iter()
                .map(|(name, at)| AnsweredRow { name: name.as_str(), at: *at })
                .collect(),
            next: self.next.as_deref(),
        })
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    title: &'a str,
    me: Option<&'a str>,
    asked: bool,
    unread: Option<usize>,
    step: u32,
    round: u32,
    state: &'static str,
    outlook: OutlookRow,
    alarms: Vec<&'static str>,
    on_hold: Option<u32>,
    owed: Vec<OwedRow<'a>>,
    remotes: Vec<DraftRow<'a>>,
    drafts: Vec<DraftRow<'a>>,
    answers: Vec<DraftRow<'a>>,
    waiting: Vec<WaitingRow<'a>>,
    answered: Vec<AnsweredRow<'a>>,
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct OutlookRow {
    awaited: &'static str,
    of: Option<String>,
    have: usize,
    needed: usize,
    open: usize,
    possible: bool,
    left: usize,
}

#[derive(Serialize)]
struct OwedRow<'a> {
    what: &'a str,
    command: &'a str,
    since: Option<u64>,
}

#[derive(Serialize)]
struct DraftRow<'a> {
    what: &'a str,
    command: &'a str,
}

#[derive(Serialize)]
struct WaitingRow<'a> {
    name: &'a str,
    r#for: &'a [&'static str],
    why: &'static str,
    last: Option<u64>,
}

impl<'a> WaitingRow<'a> {
    fn of(waiting: &'a Waiting) -> Self {
        let why = match waiting.why {
            Why::Unreachable => "unreachable",
            Why::Unseen => "unseen",
            Why::Silent => "silent",
        };
        Self { name: waiting.name.as_str(), r#for: &waiting.what, why, last: waiting.last }
    }
}

#[derive(Serialize)]
struct AnsweredRow<'a> {
    name: &'a str,
    at: Option<u64>,
}

/// When what a duty answers was written.
fn since(index: &Index, standing: &Standing, duty: &Duty) -> Option<u64> {
    let at = |commit: &CommitId| index.find(*commit).map(|at| index.entry(at).seconds);
    let by = |name: &Name| {
        let round = index.tallies.round(standing.at)?;
        let mut entries = round.proposals.iter().filter(|(author, _)| index.name(*author) == name);
        entries.next().map(|(author, position)| index.entry(index.at_position(author, position)).seconds)
    };
    match duty {
        Duty::Ratify(_, value) | Duty::Echo(_, value) => at(value),
        Duty::ChooseEcho(_, values) => values.iter().filter_map(at).max(),
        Duty::Revise(_, proposal) => {
            let criticisms = index.criticisms_of(&standing.view, index.find(*proposal)?);
            criticisms.iter().map(|criticism| index.entry(*criticism).seconds).max()
        }
        Duty::Criticize(_, name) => by(name),
        Duty::Vote(_, names) => names.iter().filter_map(by).min(),
        Duty::Repair | Duty::Join | Duty::Propose(_) | Duty::Abandon(_) | Duty::Accuse(_) | Duty::Acknowledge => None,
    }
}

/// The names of those who alone can still decide the round, when they are so few that all may be at fault.
fn only(index: &Index, outlook: &Outlook, me: Option<Author>) -> Option<String> {
    let few = outlook.is_possible() && outlook.is_for_few(me);
    let names: Vec<Name> = outlook.open.iter().map(|author| index.name(*author).clone()).collect();
    few.then(|| words::join_names(&names))
}

/// Whom the group waits for. Nobody waits for someone who is convicted, and I know what I owe.
fn waiting(verification: &mut Verification, me: Option<Author>) -> Vec<Waiting> {
    let authors: Vec<(Author, Name)> =
        verification.history.index.authors().map(|(author, name)| (author, name.clone())).collect();
    let mut rows = Vec::new();
    for (author, name) in authors {
        if me == Some(author) || verification.convicted.contains(&author) {
            continue;
        }
        let all = standing_of(verification, author);
        let due = duties(verification, &all);
        // What is final needs nobody's ratify.
        let is_over = |duty: &Duty| matches!(duty, Duty::Ratify(at, _) if at.step < all.at.step);
        let due: Vec<Duty> = due.into_iter().filter(|duty| !is_over(duty)).collect();
        let what: Vec<&'static str> = due.iter().filter_map(words::awaited).collect();
        if what.is_empty() {
            continue;
        }
        let index = &verification.history.index;
        let own = Standing { view: all.own.clone(), at: current(index, &all.own), ..all };
        let seen = duties(verification, &own);
        let index = &verification.history.index;
        let is_reachable = verification.seen.remotes.get(&name).is_some_and(|remote| remote.answered());
        let why = match due.iter().filter(|duty| words::awaited(duty).is_some()).all(|duty| seen.contains(duty)) {
            _ if !is_reachable => Why::Unreachable,
            // Whoever has written nothing at all has shown nothing.
            true if all.head.is_some() => Why::Silent,
            _ => Why::Unseen,
        };
        let newest = |tip: &EntryIx| index.entry(*tip).seconds;
        let last = index.tips(&verification.everything, author).iter().map(newest).max();
        rows.push(Waiting { name, what, why, last });
    }
    rows
}

#[cfg(test)]
mod tests;

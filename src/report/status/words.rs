//! Duties in words: what I owe, the command that does it, and what the others are waited for.

use super::Owed;
use crate::protocol::duty::Duty;
use crate::protocol::id::{CommitId, Name};
use crate::protocol::index::Index;
use crate::protocol::outlook::Awaited;

/// What somebody owes, in a few words.
pub fn describe(index: &Index, duty: &Duty) -> String {
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
        Duty::Accuse(name) => format!("spread the proof against {name}"),
        Duty::Acknowledge => "acknowledge what the others wrote".to_owned(),
    }
}

/// The command to type for a duty.
pub fn command(duty: &Duty) -> String {
    match duty {
        Duty::Repair => "bicker heal".to_owned(),
        Duty::Join | Duty::Ratify(..) | Duty::Echo(..) | Duty::Accuse(_) | Duty::Acknowledge => {
            "bicker sync".to_owned()
        }
        Duty::ChooseEcho(..) => "bicker echo NAME".to_owned(),
        Duty::Revise(..) => "bicker revise".to_owned(),
        Duty::Criticize(_, name) => format!("bicker criticize {name}"),
        Duty::Vote(_, names) => match names.as_slice() {
            [one] => format!("bicker vote {one}"),
            _ => "bicker vote".to_owned(),
        },
        Duty::Propose(_) => "bicker propose".to_owned(),
        Duty::Abandon(_) => "bicker abandon".to_owned(),
    }
}

/// Nobody sees what stays here.
pub fn publish() -> Owed {
    let (what, command) = ("publish what you have signed".to_owned(), "bicker sync".to_owned());
    Owed { what, command, since: None, read: Vec::new() }
}

/// Whose proposals one reads before one does it.
pub fn to_read(duty: &Duty) -> &[Name] {
    match duty {
        Duty::Criticize(_, name) => std::slice::from_ref(name),
        Duty::Vote(_, names) => names,
        _ => &[],
    }
}

/// What the group waits for when somebody owes this; `None` for what nobody waits for.
pub const fn awaited(duty: &Duty) -> Option<&'static str> {
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

/// `1 entry`, `2 entries`.
pub fn plural(count: usize, noun: &str) -> String {
    match (count, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) if noun.ends_with('o') => format!("{count} {noun}es"),
        (_, None) => format!("{count} {noun}s"),
    }
}

/// Names with commas between.
pub fn join_names(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

/// How long ago something was, roughly; `None` if it is in the future: dates are what people's clocks said.
pub fn ago(now: u64, then: u64) -> Option<String> {
    let seconds = now.checked_sub(then)?;
    let count = |unit: u64| usize::try_from(seconds / unit).unwrap_or(usize::MAX);
    Some(match seconds {
        0..60 => "less than a minute".to_owned(),
        60..3_600 => plural(count(60), "minute"),
        3_600..86_400 => plural(count(3_600), "hour"),
        // Not "day": its plural is no "daies".
        86_400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", count(86_400)),
    })
}

/// When something was, roughly; `None` if it is in the future.
pub fn when(now: u64, then: u64) -> Option<String> {
    Some(match now.checked_sub(then)? {
        0..60 => "just now".to_owned(),
        _ => format!("{} ago", ago(now, then)?),
    })
}

/// The word for what is awaited, in machine output.
pub(super) const fn of_awaited(awaited: Awaited) -> &'static str {
    match awaited {
        Awaited::Votes => "votes",
        Awaited::Criticisms => "criticisms",
        Awaited::Revision => "revision",
        Awaited::Echoes => "echoes",
        Awaited::Ratifies => "ratifies",
        Awaited::Proposal => "proposal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_roughly() {
        let said = |seconds: u64| ago(1_000_000, 1_000_000 - seconds).expect("the past");
        assert_eq!(when(1_000_059, 1_000_000).as_deref(), Some("just now"));
        assert_eq!(when(1_000_060, 1_000_000).as_deref(), Some("1 minute ago"));
        assert_eq!(when(5, 6), None);
        assert_eq!(said(0), "less than a minute");
        assert_eq!(said(60), "1 minute");
        assert_eq!(said(3_599), "59 minutes");
        assert_eq!(said(7_200), "2 hours");
        assert_eq!(said(86_400), "1 day");
        assert_eq!(said(200_000), "2 days");
        assert_eq!(ago(5, 6), None);
    }

    #[test]
    fn nouns_have_their_plurals() {
        assert_eq!(plural(1, "entry"), "1 entry");
        assert_eq!(plural(2, "entry"), "2 entries");
        assert_eq!(plural(0, "vote"), "0 votes");
        assert_eq!(plural(3, "echo"), "3 echoes");
    }
}

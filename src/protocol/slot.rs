//! Slots: the one path at which a given message may stand (section 2.1).
//!
//! Decides which paths are slots and which slot a path is; a bijection. It says nothing about who may
//! write there or when.

use std::fmt;

use super::id::{At, NUMBER_MAX, Name, decimal};

/// What an entry says: the message's kind, or none for an acknowledgement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// The author accepts the charter.
    Join,
    /// A step's text is put forward.
    Proposal,
    /// A proposal is preferred; selection only.
    Vote,
    /// A proposal is criticised.
    Criticism,
    /// A proposal's author answers the criticism.
    Revision,
    /// A revision is supported.
    Echo,
    /// A certificate was seen.
    Ratify,
    /// A round is left.
    Abandon,
    /// A proof of misbehaviour is pointed out.
    Accusation,
    /// No file: others' heads are cited.
    Acknowledgement,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Join,
        Self::Proposal,
        Self::Vote,
        Self::Criticism,
        Self::Revision,
        Self::Echo,
        Self::Ratify,
        Self::Abandon,
        Self::Accusation,
        Self::Acknowledgement,
    ];

    /// The kind's word, as in the rules' tags (`3.proposal`) and in slots.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Proposal => "proposal",
            Self::Vote => "vote",
            Self::Criticism => "criticism",
            Self::Revision => "revision",
            Self::Echo => "echo",
            Self::Ratify => "ratify",
            Self::Abandon => "abandon",
            Self::Accusation => "accusation",
            Self::Acknowledgement => "acknowledgement",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A slot. Its path is [`Slot::path`], and [`Slot::parse`] reads exactly those paths.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Slot {
    /// `join.md`
    Join,
    /// `steps/0002/r0/proposal.md`
    Proposal(At),
    /// `steps/0002/r0/vote.md`
    Vote(At),
    /// `steps/0002/r0/criticism/alice.md`, on alice's proposal
    Criticism(At, Name),
    /// `steps/0002/r0/revision.md`
    Revision(At),
    /// `steps/0002/r0/echo.md`
    Echo(At),
    /// `steps/0002/r0/ratify.md`
    Ratify(At),
    /// `steps/0002/r0/abandon.md`
    Abandon(At),
    /// `accusations/mallory.md`
    Accusation(Name),
}

impl Slot {
    /// Reads a path; `None` when it is no slot. No other spelling of a number is accepted.
    pub fn parse(path: &str) -> Option<Self> {
        let stem = path.strip_suffix(".md")?;
        if stem == "join" {
            return Some(Self::Join);
        }
        if let Some(name) = stem.strip_prefix("accusations/") {
            return Name::parse(name).map(Self::Accusation);
        }
        let mut parts = stem.strip_prefix("steps/")?.split('/');
        let at = At::new(step_number(parts.next()?)?, round_number(parts.next()?)?);
        let slot = match (parts.next()?, parts.next()) {
            ("proposal", None) => Self::Proposal(at),
            ("vote", None) => Self::Vote(at),
            ("revision", None) => Self::Revision(at),
            ("echo", None) => Self::Echo(at),
            ("ratify", None) => Self::Ratify(at),
            ("abandon", None) => Self::Abandon(at),
            ("criticism", Some(name)) => Self::Criticism(at, Name::parse(name)?),
            _ => return None,
        };
        parts.next().is_none().then_some(slot)
    }

    /// Whether a slot's path may begin with this directory.
    pub fn may_be_below(directory: &str) -> bool {
        let mut parts = directory.split('/');
        if directory == "accusations" {
            return true;
        }
        parts.next() == Some("steps")
            && parts.next().is_none_or(|step| step_number(step).is_some())
            && parts.next().is_none_or(|round| round_number(round).is_some())
            && parts.next().is_none_or(|deepest| deepest == "criticism")
            && parts.next().is_none()
    }

    /// The slot's path in a log's tree.
    pub fn path(&self) -> String {
        match self {
            Self::Join => "join.md".to_owned(),
            Self::Accusation(name) => format!("accusations/{name}.md"),
            Self::Criticism(at, name) => format!("steps/{:04}/r{}/criticism/{name}.md", at.step, at.round),
            Self::Proposal(at)
            | Self::Vote(at)
            | Self::Revision(at)
            | Self::Echo(at)
            | Self::Ratify(at)
            | Self::Abandon(at) => {
                format!("steps/{:04}/r{}/{}.md", at.step, at.round, self.kind())
            }
        }
    }

    /// The kind of message that stands here.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Join => Kind::Join,
            Self::Proposal(_) => Kind::Proposal,
            Self::Vote(_) => Kind::Vote,
            Self::Criticism(..) => Kind::Criticism,
            Self::Revision(_) => Kind::Revision,
            Self::Echo(_) => Kind::Echo,
            Self::Ratify(_) => Kind::Ratify,
            Self::Abandon(_) => Kind::Abandon,
            Self::Accusation(_) => Kind::Accusation,
        }
    }

    /// The step and round it belongs to, if any.
    pub const fn at(&self) -> Option<At> {
        match self {
            Self::Join | Self::Accusation(_) => None,
            Self::Proposal(at)
            | Self::Vote(at)
            | Self::Criticism(at, _)
            | Self::Revision(at)
            | Self::Echo(at)
            | Self::Ratify(at)
            | Self::Abandon(at) => Some(*at),
        }
    }
}

/// A step in a path: from 1, four digits or more, nine at most, no needless zeros.
fn step_number(text: &str) -> Option<u32> {
    let digits = if text.len() == 4 { text.trim_start_matches('0') } else { text };
    let step = decimal(digits, 9)?;
    let fits = text.len() >= 4 && step >= 1;
    u32::try_from(step).ok().filter(|step| fits && *step <= NUMBER_MAX)
}

/// A round in a path: `r` and a decimal from 0.
fn round_number(text: &str) -> Option<u32> {
    u32::try_from(decimal(text.strip_prefix('r')?, 9)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_and_paths_are_a_bijection() {
        let alice = Name::parse("alice").expect("a name");
        let at = At::new(2, 0);
        for slot in [
            Slot::Join,
            Slot::Proposal(at),
            Slot::Vote(At::new(12_345, 10)),
            Slot::Criticism(at, alice.clone()),
            Slot::Revision(At::new(NUMBER_MAX, NUMBER_MAX)),
            Slot::Echo(at),
            Slot::Ratify(at),
            Slot::Abandon(at),
            Slot::Accusation(alice),
        ] {
            assert_eq!(Slot::parse(&slot.path()), Some(slot.clone()), "{slot:?}");
            let path = slot.path();
            for (end, _) in path.match_indices('/') {
                assert!(Slot::may_be_below(&path[..end]), "{path}");
            }
        }
        assert_eq!(Slot::Criticism(at, Name::parse("bob").expect("a name")).path(), "steps/0002/r0/criticism/bob.md");
    }

    #[test]
    fn no_other_spelling_is_a_slot() {
        for bad in [
            "README.md",
            "join",
            "join.md/",
            "/join.md",
            "Join.md",
            "steps/0000/r0/vote.md",
            "steps/002/r0/vote.md",
            "steps/00002/r0/vote.md",
            "steps/1000000000/r0/vote.md",
            "steps/0002/r00/vote.md",
            "steps/0002/r1000000000/vote.md",
            "steps/0002/0/vote.md",
            "steps/0002/r0/vote",
            "steps/0002/r0/vote.md.md",
            "steps/0002/r0/criticism.md",
            "steps/0002/r0/criticism/.md",
            "steps/0002/r0/criticism/Alice.md",
            "steps/0002/r0/criticism/alice/x.md",
            "steps/0002/r0/poem.md",
            "steps/0002/r0/vote/alice.md",
            "steps/+002/r0/vote.md",
            "accusations/a/b.md",
            "accusations/.md",
            "steps/0002/r-0/vote.md",
        ] {
            assert_eq!(Slot::parse(bad), None, "{bad}");
        }
        for bad in ["", "step", "steps/", "steps/1", "steps/0001/0", "steps/0001/r0/votes", "accusations/alice"] {
            assert!(!Slot::may_be_below(bad), "{bad}");
        }
    }
}

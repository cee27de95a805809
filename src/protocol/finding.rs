//! Findings: what a verifier says is wrong, in words and codes that never change.

use std::fmt;

use super::id::{At, CommitId, Name};
use super::slot::Slot;

/// How bad a finding is. Errors decide the verdict; warnings and notes are for people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// Something is wrong.
    Error,
    /// Something deserves a look.
    Warning,
    /// Something may be useful to know.
    Note,
}

impl Severity {
    /// The word in machine output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $word:literal $severity:ident $doc:literal,)*) => {
        /// What kind of finding it is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Code { $(#[doc = $doc] $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code in machine output.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The severity of every finding with this code.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

codes! {
    Equivocation "equivocation" Error "One researcher signed different files for one slot: a proof of misbehaviour.",
    Contradiction "contradiction" Error "One researcher left a round and supported it beside that: a proof of misbehaviour.",
    ConflictingFinals "conflicting-finals" Error "Two revisions are final for one step: agreement is broken.",
    Invalid "invalid" Error "An entry breaks a condition of section 3 and does not count.",
    Malformed "malformed" Error "A commit is not of the form that entries have.",
    Unsigned "unsigned" Error "A commit has no signature.",
    BadSignature "bad-signature" Error "A commit's signature is not canonical or does not verify.",
    ForeignKey "foreign-key" Error "A commit is signed by a key that belongs to no researcher.",
    BadParent "bad-parent" Error "A commit's parents are not those an entry may have.",
    Flood "flood" Error "A commit is one more than its author may have written by then.",
    BadTree "bad-tree" Error "A commit adds something that is not one file at a slot.",
    Rewrite "rewrite" Error "A commit changes or removes something that its log held.",
    BadContent "bad-content" Error "A file does not have its slot's form.",
    BadSeal "bad-seal" Error "A commit's seal is missing or does not match.",
    WrongLog "wrong-log" Error "A remote shows another researcher's log.",
    CharterMismatch "charter-mismatch" Error "A remote's history, or the charter itself, belongs to another group.",
    Refused "refused" Error "What a remote sent was refused, or its branch is not a commit.",
    Fork "fork" Warning "A researcher's log has branches that none of their entries joins; it may be an accident.",
    Rewind "rewind" Warning "A remote shows less of its researcher's log than was seen before.",
    Unreachable "unreachable" Warning "A remote could not be reached.",
    MissingObject "missing-object" Warning "An object that a history needs is missing.",
    Unanswered "unanswered" Note "A criticism came too late for a revision to answer it.",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What kind it is.
    pub code: Code,
    /// The tag of the rule it is about, `-` or `limits` where there is none.
    pub rule: &'static str,
    /// Whom it is about: the author, or for a commit that is not well-formed whose remote served it.
    pub researcher: Option<Name>,
    /// The step and round it is about.
    pub step: Option<u32>,
    /// The round.
    pub round: Option<u32>,
    /// The slot.
    pub slot: Option<Slot>,
    /// The commits that show it, ascending.
    pub commits: Vec<CommitId>,
    /// What happened, in a sentence for a person.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

impl Finding {
    /// A finding about nobody and nothing yet.
    pub fn new(code: Code, rule: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            rule,
            researcher: None,
            step: None,
            round: None,
            slot: None,
            commits: Vec::new(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// About this researcher.
    #[must_use]
    pub fn about(mut self, name: &Name) -> Self {
        self.researcher = Some(name.clone());
        self
    }

    /// Shown by these commits, which are put in order.
    #[must_use]
    pub fn shown_by(mut self, commits: impl IntoIterator<Item = CommitId>) -> Self {
        self.commits = commits.into_iter().collect();
        self.commits.sort();
        self.commits.dedup();
        self
    }

    /// In this step and round.
    #[must_use]
    pub fn in_round(mut self, at: Option<At>) -> Self {
        self.step = at.map(|at| at.step);
        self.round = at.map(|at| at.round);
        self
    }

    /// At this slot, and so in its step and round.
    #[must_use]
    pub fn at_slot(self, slot: Option<&Slot>) -> Self {
        let mut found = self.in_round(slot.and_then(Slot::at));
        found.slot = slot.cloned();
        found
    }

    /// The order of findings in every output: severity, code, researcher, commits, as strings. Commits as bytes are in
    /// the same order as in hex.
    pub fn order(&self) -> impl Ord + use<> {
        let commits = self.commits.clone();
        let place = (self.step, self.round, self.slot.as_ref().map(Slot::path));
        let researcher = self.researcher.as_ref().map(|name| name.as_str().to_owned());
        (self.code.severity().as_str(), self.code.as_str(), researcher, commits, place, self.message.clone())
    }
}

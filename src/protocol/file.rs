//! The files that entries add: a short header in its one spelling, then Markdown (section 2.2).
//!
//! Decides whether some bytes are the canonical file of a slot, and what they say. That is rule 2.content
//! but for the two conditions that need more than the file: that every commit named is an ancestor of the
//! entry, and that a charter block holds a charter by 1.1 (here only its bounds are found). It never
//! repairs and never guesses: looser spellings are read where people write drafts, not here.

mod charter_block;
mod reader;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

use super::id::{CommitId, Name};
use super::slot::{Kind, Slot};
use super::text::{TextError, is_not_empty, quote, text};

/// The longest file, in bytes (section 2.content).
pub const FILE_MAX: usize = 262_144;

/// What an entry's file says: the header's fields, and the Markdown after the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The fields of the header, and with them the kind.
    pub fields: Fields,
    /// Everything after the header's second `---` line; empty, or ended by LF.
    pub text: String,
}

/// The fields of a header, for each kind of file (section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// The author accepts the charter.
    Join,
    /// A step's text is put forward.
    Proposal {
        /// `title`
        title: String,
    },
    /// A proposal is preferred.
    Vote {
        /// `for`: the proposal.
        target: CommitId,
    },
    /// A proposal is criticised.
    Criticism {
        /// `of`: the proposal.
        of: CommitId,
        /// `stance`
        stance: Stance,
    },
    /// A proposal's author answers the criticism.
    Revision {
        /// `of`: the author's proposal.
        of: CommitId,
        /// `title`
        title: String,
        /// `criticisms`, in ascending order of commit.
        criticisms: Vec<Answer>,
    },
    /// A revision is supported.
    Echo {
        /// `value`: the revision.
        value: CommitId,
    },
    /// A certificate for a revision was seen.
    Ratify {
        /// `value`: the revision.
        value: CommitId,
    },
    /// A round is left.
    Abandon,
    /// A proof of misbehaviour is pointed out.
    Accusation {
        /// `accused`, the name in the slot.
        accused: Name,
        /// `evidence`, in ascending order.
        evidence: [CommitId; 2],
    },
}

/// How a critic stands to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stance {
    /// It should not become final like this.
    Object,
    /// It could be better.
    Suggest,
    /// It may become final like this.
    NoObjection,
}

/// What became of a criticism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// The revision follows it.
    Accepted,
    /// The revision does not follow it.
    Rejected,
}

/// A revision's answer to one criticism.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The critic.
    pub by: Name,
    /// The criticism.
    pub commit: CommitId,
    /// What became of it.
    pub disposition: Disposition,
    /// Why; one line, may be empty.
    pub reason: String,
}

/// Why some bytes are not the canonical file of a slot (section 2.content).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// More bytes than a file may have.
    #[error("the file has {got} bytes, expected at most {FILE_MAX}; shorten it, or make several steps of it")]
    TooLong {
        /// How many bytes there are.
        got: usize,
    },
    /// Not text by section 1.4.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A line is not what has to stand there.
    #[error("line {line}: got {got}, expected {expected}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What stands there, in quotes and cut when long, or what is the matter with it.
        got: String,
        /// What has to stand there.
        expected: &'static str,
    },
}

impl File {
    /// Reads the canonical file of `slot` (section 2.content, 2.2).
    ///
    /// # Errors
    /// The first fault, in this order: length, text, the lines from first to last.
    pub fn parse(slot: &Slot, bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() > FILE_MAX {
            return Err(FileError::TooLong { got: bytes.len() });
        }
        let whole = text(bytes)?;
        let (fields, markdown, line) = reader::read(slot, whole)?;
        let file = Self { fields, text: markdown.to_owned() };
        file.text_suits_the_kind(line)?;
        if matches!(file.kind(), Kind::Proposal | Kind::Revision) {
            charter_block::find(&file.text, line)?;
        }
        reader::is_printed_as(whole, &file.print())?;
        Ok(file)
    }

    /// The file's canonical bytes: [`File::parse`] reads them back to an equal value when the fields keep
    /// their rules (strings that fit, ascending orders).
    pub fn print(&self) -> String {
        let mut out = String::with_capacity(self.text.len() + 256);
        out.push_str("---\n");
        self.fields.print(&mut out);
        out.push_str("---\n");
        out.push_str(&self.text);
        out
    }

    /// The kind of file.
    pub const fn kind(&self) -> Kind {
        self.fields.kind()
    }

    /// What stands between the lines of the charter block of a proposal or a revision, if there is one
    /// (section 5). The caller decides whether it is a charter by 1.1; in a file that was parsed the block
    /// has an end and is the only one.
    pub fn charter_block(&self) -> Option<&str> {
        match self.kind() {
            Kind::Proposal | Kind::Revision => charter_block::find(&self.text, 1).ok().flatten(),
            _ => None,
        }
    }

    /// The table's last column: which texts may not, and which must, be empty (section 2.2). The text
    /// begins at `line`.
    fn text_suits_the_kind(&self, line: usize) -> Result<(), FileError> {
        let fault = |got: &str, expected| Err(FileError::Line { line, got: got.to_owned(), expected });
        match self.kind() {
            Kind::Proposal | Kind::Revision if !is_not_empty(&self.text) => {
                fault("no text", "the step's text after the header")
            }
            Kind::Echo | Kind::Ratify if !self.text.is_empty() => {
                fault("more lines", "the end of the file after the header")
            }
            _ => Ok(()),
        }
    }
}

impl Fields {
    /// The kind of file that has these fields.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Join => Kind::Join,
            Self::Proposal { .. } => Kind::Proposal,
            Self::Vote { .. } => Kind::Vote,
            Self::Criticism { .. } => Kind::Criticism,
            Self::Revision { .. } => Kind::Revision,
            Self::Echo { .. } => Kind::Echo,
            Self::Ratify { .. } => Kind::Ratify,
            Self::Abandon => Kind::Abandon,
            Self::Accusation { .. } => Kind::Accusation,
        }
    }

    /// All commits named, in the order in which they stand in the file. Each has to be an ancestor of the
    /// entry (section 2.content).
    pub fn commits(&self) -> Vec<CommitId> {
        match self {
            Self::Join | Self::Proposal { .. } | Self::Abandon => Vec::new(),
            Self::Vote { target: commit }
            | Self::Criticism { of: commit, .. }
            | Self::Echo { value: commit }
            | Self::Ratify { value: commit } => vec![*commit],
            Self::Revision { of, criticisms, .. } => {
                std::iter::once(*of).chain(criticisms.iter().map(|answer| answer.commit)).collect()
            }
            Self::Accusation { evidence, .. } => evidence.to_vec(),
        }
    }

    /// Writes the lines between the two `---`.
    fn print(&self, out: &mut String) {
        let written = match self {
            Self::Join | Self::Abandon => Ok(()),
            Self::Proposal { title } => writeln!(out, "title: {}", quote(title)),
            Self::Vote { target } => writeln!(out, "for: {target}"),
            Self::Criticism { of, stance } => writeln!(out, "of: {of}\nstance: {stance}"),
            Self::Revision { of, title, criticisms } => {
                let none = if criticisms.is_empty() { " []" } else { "" };
                writeln!(out, "of: {of}\ntitle: {}\ncriticisms:{none}", quote(title))
                    .and_then(|()| criticisms.iter().try_for_each(|answer| write!(out, "{answer}")))
            }
            Self::Echo { value } | Self::Ratify { value } => writeln!(out, "value: {value}"),
            Self::Accusation { accused, evidence: [a, b] } => {
                writeln!(out, "accused: {accused}\nevidence:\n  - {a}\n  - {b}")
            }
        };
        debug_assert!(written.is_ok(), "writing to a String does not fail");
    }
}

/// The answer's four lines, as they stand in a revision's header.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, commit, disposition, reason } = self;
        writeln!(f, "  - by: {by}\n    commit: {commit}")?;
        writeln!(f, "    disposition: {disposition}\n    reason: {}", quote(reason))
    }
}

impl Stance {
    /// All stances.
    pub const ALL: [Self; 3] = [Self::Object, Self::Suggest, Self::NoObjection];

    /// The word in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Suggest => "suggest",
            Self::NoObjection => "no-objection",
        }
    }

    /// Reads exactly such a word; anything else is `None`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stance| stance.as_str() == word)
    }
}

impl fmt::Display for Stance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Disposition {
    /// All dispositions.
    pub const ALL: [Self; 2] = [Self::Accepted, Self::Rejected];

    /// The word in the header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// Reads exactly such a word; anything else is `None`.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|disposition| disposition.as_str() == word)
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

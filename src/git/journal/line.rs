//! The lines of the journal: what each says, and how it is read and written.
//!
//! Decides the form alone. A line that does not read back is damage, never a guess.

use super::Begun;
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::seal::CopyId;
use crate::protocol::slot::Slot;

/// What stands for an absent slot or file in a line.
const NONE: &str = "-";

/// The version of the form.
const VERSION: &str = "1";

/// The hex digits of a line's check: enough to tell a damaged line, which is all that it is for.
const CHECK: usize = 16;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// From here on it is this copy, and what was signed before it is not known to be all.
    Copy(CopyId),
    /// All that was ever signed with this key stands above, or is known by its owner's word.
    Whole,
    /// Something is about to be signed.
    Begun(Option<(Slot, Digest)>, Begun),
    /// Its signature is about to be asked for, so it may exist from here on.
    Asked(Digest),
    /// Its signature was made: this commit.
    Signed(Digest, CommitId),
    /// What is left of an entry of which nothing but this can matter any more.
    Kept(Option<(Slot, Digest)>, CommitId),
}

impl Line {
    /// The line, with its check and its line feed.
    pub(super) fn print(&self) -> String {
        let body = match self {
            Self::Copy(copy) => format!("copy {copy}"),
            Self::Whole => "whole".to_owned(),
            Self::Begun(file, begun) => {
                format!("begun {} {} {}", file_words(file.as_ref()), begun.first_parent, begun.unsigned.hex())
            }
            Self::Asked(unsigned) => format!("asked {}", unsigned.hex()),
            Self::Signed(unsigned, commit) => format!("signed {} {commit}", unsigned.hex()),
            Self::Kept(file, commit) => format!("kept {} {commit}", file_words(file.as_ref())),
        };
        let body = format!("{VERSION} {body} ");
        let check = check(&body);
        body + &check + "\n"
    }

    /// Reads a line without its line feed.
    pub(super) fn parse(line: &[u8]) -> Result<Self, &'static str> {
        let line = std::str::from_utf8(line).map_err(|_| "it is not text")?;
        let (body, given) = line.rsplit_once(' ').ok_or("it has no check")?;
        if check(&format!("{body} ")) != given {
            return Err("its checksum does not match");
        }
        let mut words = body.split(' ');
        if words.next() != Some(VERSION) {
            return Err("it is in the form of another version of bicker");
        }
        let kind = words.next();
        let mut word = || words.next().ok_or("a field is missing");
        Ok(match kind {
            Some("copy") => Self::Copy(CopyId::parse(word()?).ok_or("its copy id is malformed")?),
            Some("whole") => Self::Whole,
            Some("begun") => {
                let file = file(word()?, word()?)?;
                Self::Begun(file, Begun { first_parent: commit(word()?)?, unsigned: digest(word()?)? })
            }
            Some("asked") => Self::Asked(digest(word()?)?),
            Some("signed") => Self::Signed(digest(word()?)?, commit(word()?)?),
            Some("kept") => Self::Kept(file(word()?, word()?)?, commit(word()?)?),
            _ => return Err("it is of an unknown kind"),
        })
    }
}

fn check(body: &str) -> String {
    let mut hex = Digest::of(body.as_bytes()).hex();
    hex.truncate(CHECK);
    hex
}

fn file_words(file: Option<&(Slot, Digest)>) -> String {
    file.map_or_else(|| format!("{NONE} {NONE}"), |(slot, content)| format!("{} {}", slot.path(), content.hex()))
}

fn file(slot: &str, content: &str) -> Result<Option<(Slot, Digest)>, &'static str> {
    match (slot, content) {
        (NONE, NONE) => Ok(None),
        (slot, content) => Ok(Some((Slot::parse(slot).ok_or("its slot is malformed")?, digest(content)?))),
    }
}

fn commit(hex: &str) -> Result<CommitId, &'static str> {
    CommitId::parse(hex).ok_or("a commit id is malformed")
}

fn digest(hex: &str) -> Result<Digest, &'static str> {
    Digest::parse(&format!("sha256:{hex}")).ok_or("a digest is not 64 hex digits")
}

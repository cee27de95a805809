//! Raw commits: which bytes are a commit of the form that entries have, and how such bytes are made (section 2.commit).
//!
//! Decides the headers, their order and spelling, and that the message is text. It never looks into the `gpgsig`
//! header (section 2.signature), never asks who the author is, and never opens what the ids name. Two functions at the
//! end read commits that break the rule, but no more of them than git itself does: the tree and the parents.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use super::id::{CommitId, ObjectId, decimal};
use super::text::{TextError, text};

/// The longest commit, in bytes (section 2.commit).
pub const COMMIT_MAX: usize = 65_536;

/// The most parents a commit has (section 2.commit).
pub const PARENTS_MAX: usize = 128;

/// The most digits of a time (section 2.commit).
const SECONDS_DIGITS: usize = 11;

/// Why some bytes are not a commit of the form that entries have (section 2.commit).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The commit is over [`COMMIT_MAX`].
    #[error("the commit is longer than {COMMIT_MAX} bytes")]
    TooLong,
    /// Another line stands where this header belongs.
    #[error("expected {expected}, found {found}")]
    Header {
        /// What belongs there.
        expected: &'static str,
        /// What stands there, escaped and cut short.
        found: String,
    },
    /// There are more than [`PARENTS_MAX`] parents.
    #[error("more than {PARENTS_MAX} parents")]
    TooManyParents,
    /// One parent is named twice.
    #[error("the parent {0} is named twice")]
    ParentTwice(CommitId),
    /// The author or committer line is not as said.
    #[error("the {header} line: {fault}")]
    Person {
        /// `author` or `committer`.
        header: &'static str,
        /// What is wrong with it.
        fault: PersonError,
    },
    /// There is no message.
    #[error("the message is empty")]
    MessageEmpty,
    /// The message is not text.
    #[error("the message: {0}")]
    MessageText(TextError),
    /// The message's last line has no end.
    #[error("the message does not end with a line feed")]
    MessageEnd,
}

/// Why a line does not name a person and a time (section 2.commit).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// The line is not text.
    #[error("{0}")]
    Text(TextError),
    /// The line has not the parts it should have.
    #[error("expected NAME <EMAIL> SECONDS +HHMM, found {0}")]
    Form(String),
    /// The time is not decimal, has a leading zero or too many digits.
    #[error("expected seconds as a decimal without leading zeros of at most {SECONDS_DIGITS} digits, found {0}")]
    Seconds(String),
    /// The offset is not a sign and four digits.
    #[error("expected an offset as + or - and four digits, found {0}")]
    Offset(String),
}

/// Who and when, as the author and committer lines say it. For display only (section 2.author).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name; may be empty.
    pub name: String,
    /// The e-mail address; may be empty.
    pub email: String,
    /// Seconds since 1970.
    pub seconds: u64,
    /// The offset from UTC: `+HHMM` or `-HHMM`, any four digits.
    pub offset: String,
}

impl Person {
    /// Reads `NAME <EMAIL> SECONDS +HHMM`, the line without its header's name.
    ///
    /// # Errors
    /// The first fault.
    pub fn parse(line: &[u8]) -> Result<Self, PersonError> {
        let line = text(line).map_err(PersonError::Text)?;
        let (name, email, seconds, offset) = parts(line).ok_or_else(|| PersonError::Form(excerpt(line.as_bytes())))?;
        let digits = offset.strip_prefix(['+', '-']).unwrap_or_default();
        if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PersonError::Offset(excerpt(offset.as_bytes())));
        }
        Ok(Self {
            name: name.to_owned(),
            email: email.to_owned(),
            seconds: decimal(seconds, SECONDS_DIGITS)
                .ok_or_else(|| PersonError::Seconds(excerpt(seconds.as_bytes())))?,
            offset: offset.to_owned(),
        })
    }

    /// The offset in minutes, those east of UTC above zero; 0 for what is no offset.
    pub fn minutes_east(&self) -> i16 {
        let read = || {
            let (sign, hours) = (self.offset.get(..1)?, self.offset.get(1..3)?.parse::<i16>().ok()?);
            let minutes = hours * 60 + self.offset.get(3..)?.parse::<i16>().ok().filter(|minutes| *minutes < 100)?;
            Some(if sign == "-" { -minutes } else { minutes })
        };
        read().unwrap_or(0)
    }
}

/// Prints the line that [`Person::parse`] reads.
impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}> {} {}", self.name, self.email, self.seconds, self.offset)
    }
}

/// A commit of the form that entries have (section 2.commit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The tree.
    pub tree: ObjectId,
    /// The parents in order: one or more, none twice, at most [`PARENTS_MAX`].
    pub parents: Vec<CommitId>,
    /// The author line.
    pub author: Person,
    /// The committer line.
    pub committer: Person,
    /// The value of the `gpgsig` header if there is one, unfolded: lines joined by LF, without the space that
    /// continues them. Any bytes; section 2.signature judges them.
    pub gpgsig: Option<Vec<u8>>,
    /// The message: text that ends with LF.
    pub message: String,
}

impl Commit {
    /// Reads a raw commit object, without git's object header.
    ///
    /// # Errors
    /// The first fault, from the beginning.
    pub fn parse(raw: &[u8]) -> Result<Self, CommitError> {
        if raw.len() > COMMIT_MAX {
            return Err(CommitError::TooLong);
        }
        let mut headers = Headers { rest: raw };
        let tree = headers.tree()?;
        let parents = headers.parents()?;
        let author = headers.person("author ")?;
        let committer = headers.person("committer ")?;
        let gpgsig = headers.gpgsig();
        headers.end(gpgsig.is_some())?;
        Ok(Self { tree, parents, author, committer, gpgsig, message: message(headers.rest)? })
    }

    /// Writes a commit without a signature. What it is given must keep section 2.commit; nothing is checked here.
    pub fn unsigned(
        tree: ObjectId,
        parents: &[CommitId],
        author: &Person,
        committer: &Person,
        message: &str,
    ) -> Vec<u8> {
        let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
        format!("tree {tree}\n{parents}author {author}\ncommitter {committer}\n\n{message}").into_bytes()
    }
}

/// Puts a signature into an unsigned commit, as git does: a `gpgsig` header after the last header, folded.
///
/// `armour` is what the signing program printed; the line feed after its last line may be missing.
pub fn with_signature(unsigned: &[u8], armour: &str) -> Vec<u8> {
    let end = unsigned.windows(2).position(|pair| pair == b"\n\n").map_or(unsigned.len(), |at| at + 1);
    let (headers, rest) = unsigned.split_at(end);
    let value = armour.strip_suffix('\n').unwrap_or(armour).replace('\n', "\n ");
    [headers, b"gpgsig ", value.as_bytes(), b"\n", rest].concat()
}

/// The bytes that the signature is over: the commit without its `gpgsig` header (section 2.signature).
///
/// Says what it should for commits that [`Commit::parse`] accepts, which have one such header at most.
pub fn payload(raw: &[u8]) -> Vec<u8> {
    let signature = gpgsig_header(raw).unwrap_or_default();
    let before = raw.get(..signature.start).unwrap_or_default();
    let after = raw.get(signature.end..).unwrap_or_default();
    [before, after].concat()
}

/// Where the first `gpgsig` header stands, with the lines that continue it.
fn gpgsig_header(raw: &[u8]) -> Option<Range<usize>> {
    let mut start = None;
    let mut at = 0;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        match start {
            None if line == b"\n" => return None,
            None if line.starts_with(b"gpgsig ") => start = Some(at),
            Some(start) if !line.starts_with(b" ") => return Some(start..at),
            _ => {}
        }
        at += line.len();
    }
    start.map(|start| start..at)
}

/// The headers of a commit, read from the front.
struct Headers<'a> {
    rest: &'a [u8],
}

impl<'a> Headers<'a> {
    /// The next line, without its LF; `None` when no complete line is left.
    fn peek(&self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|b| *b == b'\n')?;
        self.rest.get(..end)
    }

    /// Takes the next line if it begins with `prefix`, and gives what follows that.
    fn take(&mut self, prefix: &[u8]) -> Option<&'a [u8]> {
        let line = self.peek()?;
        let value = line.strip_prefix(prefix)?;
        self.rest = self.rest.get(line.len() + 1..).unwrap_or_default();
        Some(value)
    }

    fn fault(&self, expected: &'static str) -> CommitError {
        let found = self.rest.split(|b| *b == b'\n').next().unwrap_or_default();
        let found = if self.rest.is_empty() { "the end".to_owned() } else { excerpt(found) };
        CommitError::Header { expected, found }
    }

    /// Takes a line of `prefix` and an object id; leaves any other.
    fn id(&mut self, prefix: &[u8]) -> Option<ObjectId> {
        let id = self.peek()?.strip_prefix(prefix)?;
        let id = ObjectId::parse(std::str::from_utf8(id).ok()?)?;
        self.take(prefix).map(|_| id)
    }

    fn tree(&mut self) -> Result<ObjectId, CommitError> {
        self.id(b"tree ").ok_or_else(|| self.fault("`tree` and 40 lower-case hex digits"))
    }

    fn parents(&mut self) -> Result<Vec<CommitId>, CommitError> {
        let mut parents = Vec::new();
        let mut seen = BTreeSet::new();
        while let Some(parent) = self.id(b"parent ").map(CommitId) {
            if parents.len() == PARENTS_MAX {
                return Err(CommitError::TooManyParents);
            }
            if !seen.insert(parent) {
                return Err(CommitError::ParentTwice(parent));
            }
            parents.push(parent);
        }
        let another = self.peek().is_some_and(|line| line.starts_with(b"parent"));
        if parents.is_empty() || another {
            return Err(self.fault("`parent` and 40 lower-case hex digits"));
        }
        Ok(parents)
    }

    /// The line of `author ` or `committer `.
    fn person(&mut self, prefix: &'static str) -> Result<Person, CommitError> {
        let header = prefix.trim_end();
        let Some(line) = self.take(prefix.as_bytes()) else {
            return Err(self.fault(if header == "author" { "the `author` line" } else { "the `committer` line" }));
        };
        Person::parse(line).map_err(|fault| CommitError::Person { header, fault })
    }

    fn gpgsig(&mut self) -> Option<Vec<u8>> {
        let mut value = self.take(b"gpgsig ")?.to_vec();
        while let Some(line) = self.take(b" ") {
            value.push(b'\n');
            value.extend_from_slice(line);
        }
        Some(value)
    }

    /// Takes the empty line that ends the headers.
    fn end(&mut self, signed: bool) -> Result<(), CommitError> {
        if self.peek() != Some(b"") {
            return Err(self.fault(if signed {
                "an empty line after the `gpgsig` header"
            } else {
                "the `gpgsig` header or an empty line after the `committer` line"
            }));
        }
        self.take(b"");
        Ok(())
    }
}

/// Splits a person's line into name, e-mail, seconds and offset. Neither name nor e-mail holds `<` or `>`.
fn parts(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (name, rest) = line.split_once('<')?;
    let name = name.strip_suffix(' ').filter(|name| !name.contains('>'))?;
    let (email, rest) = rest.split_once('>').filter(|(email, _)| !email.contains('<'))?;
    let (seconds, offset) = rest.strip_prefix(' ')?.split_once(' ')?;
    Some((name, email, seconds, offset))
}

fn message(bytes: &[u8]) -> Result<String, CommitError> {
    if bytes.is_empty() {
        return Err(CommitError::MessageEmpty);
    }
    let message = text(bytes).map_err(CommitError::MessageText)?;
    if !message.ends_with('\n') {
        return Err(CommitError::MessageEnd);
    }
    Ok(message.to_owned())
}

/// Other people's bytes for an error message: in printable ASCII, quoted, cut after 60 bytes.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    match bytes.get(..60) {
        Some(start) if bytes.len() > 60 => format!("`{}`...", start.escape_ascii()),
        _ => format!("`{}`", bytes.escape_ascii()),
    }
}

/// The tree of a commit as git reads it, also of a commit that breaks section 2.commit: the first line is `tree` and 40
/// hex digits in either case. The beginning of a commit that is too long will do.
pub fn tree_as_git_reads(raw: &[u8]) -> Option<ObjectId> {
    id_as_git_reads(raw, b"tree ").map(|(id, _)| id)
}

/// The parents of a commit that are followed (section 4, walking what is not well-formed), as git reads them, also of a
/// commit that breaks section 2.commit: the `parent` lines that follow the tree at once, with 40 hex digits in either
/// case; the first other line ends them. Of these the first [`PARENTS_MAX`] different ones whose lines end within the
/// first [`COMMIT_MAX`] bytes. The beginning of a commit that is too long will do.
pub fn parents_as_git_reads(raw: &[u8]) -> Vec<CommitId> {
    let mut parents = Vec::new();
    let mut seen = BTreeSet::new();
    let raw = raw.get(..COMMIT_MAX).unwrap_or(raw);
    let Some((_, mut rest)) = id_as_git_reads(raw, b"tree ") else {
        return parents;
    };
    while let Some((parent, after)) = id_as_git_reads(rest, b"parent ").filter(|_| parents.len() < PARENTS_MAX) {
        if seen.insert(parent) {
            parents.push(CommitId(parent));
        }
        rest = after;
    }
    parents
}

/// Reads `prefix`, 40 hex digits of either case and LF; gives the id and what follows.
fn id_as_git_reads<'a>(raw: &'a [u8], prefix: &[u8]) -> Option<(ObjectId, &'a [u8])> {
    let (hex, rest) = raw.strip_prefix(prefix)?.split_at_checked(40)?;
    let id = ObjectId::parse(&std::str::from_utf8(hex).ok()?.to_ascii_lowercase())?;
    Some((id, rest.strip_prefix(b"\n")?))
}

#[cfg(test)]
mod tests;

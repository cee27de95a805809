//! The canonical form of a charter and of cards, line by line (section 1.1).
//!
//! Decides which lines are due and what stands in each. What concerns several of them is decided in
//! [`super`], which also prints the form and compares.

use super::{CHARTER_MAX, CharterError, FieldError, PublicKey, RESEARCHERS_MAX, Researcher};
use crate::protocol::id::{Name, decimal};
use crate::protocol::text;
use crate::protocol::transport::{Branch, Remote};

/// At most 256 KiB of text.
pub(in crate::protocol) fn checked_text(bytes: &[u8]) -> Result<&str, CharterError> {
    if bytes.len() > CHARTER_MAX {
        return Err(CharterError::TooLarge { got: bytes.len() });
    }
    match saved_as(bytes) {
        Some(how) => Err(CharterError::SavedAs(how)),
        None => Ok(text::text(bytes)?),
    }
}

/// How a file was saved when it was not as plain text is: copies that went through somebody's editor or shell.
fn saved_as(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16, as PowerShell's > does"),
        [0xef, 0xbb, 0xbf, ..] => Some("UTF-8 with a byte order mark"),
        _ if bytes.windows(2).any(|pair| pair == b"\r\n") => Some("text with Windows line ends"),
        _ => None,
    }
}

/// Each line two spaces further in, as a card stands in a charter.
pub(super) fn indent(card: &str) -> String {
    card.split_inclusive('\n').flat_map(|line| ["  ", line]).collect()
}

/// Reads a file of cards as [`Researcher::card`] prints them, in any order.
pub(in crate::protocol) fn read_cards(text: &str) -> Result<Vec<Researcher>, CharterError> {
    let indented = indent(text);
    let mut lines = Lines::of(&indented)?;
    let mut researchers = Vec::new();
    while !lines.at_end() {
        if researchers.len() == RESEARCHERS_MAX {
            return Err(CharterError::TooManyResearchers);
        }
        researchers.push(read_item(&mut lines)?.1);
    }
    Ok(researchers)
}

/// What a charter says, before what concerns several of its parts is checked.
pub(super) struct Parts {
    /// The title.
    pub(super) title: String,
    /// f, as given.
    pub(super) faults: u64,
    /// The researchers, ascending by name.
    pub(super) researchers: Vec<Researcher>,
}

/// Reads the canonical form, line by line.
pub(super) fn read(text: &str) -> Result<Parts, CharterError> {
    let mut lines = Lines::of(text)?;
    lines.next("`bicker: 1`", |line| (line == "bicker: 1").then_some(()))?;
    let title = lines
        .next("`title: ` and a string in double quotes", |line| line.strip_prefix("title: ").and_then(text::unquote))?;
    let faults = lines
        .next("`faults: ` and a decimal without leading zeros", |line| decimal(line.strip_prefix("faults: ")?, 9))?;
    lines.next("`researchers:`", |line| (line == "researchers:").then_some(()))?;
    let mut researchers: Vec<Researcher> = Vec::new();
    while !lines.at_end() {
        if researchers.len() == RESEARCHERS_MAX {
            return Err(CharterError::TooManyResearchers);
        }
        let (line, researcher) = read_item(&mut lines)?;
        if let Some(previous) = researchers.last().filter(|previous| previous.name > researcher.name) {
            let (name, previous) = (researcher.name, previous.name.clone());
            return Err(CharterError::Order { line, name, previous });
        }
        researchers.push(researcher);
    }
    Ok(Parts { title, faults, researchers })
}

/// One item of `researchers`, with the line its name stands in.
fn read_item(lines: &mut Lines<'_>) -> Result<(usize, Researcher), CharterError> {
    let name = lines.next("`  - name: ` and a name", |line| line.strip_prefix("  - name: "))?;
    let at = lines.number;
    let name = parse_name(name).map_err(lines.here())?;
    let key = lines.next("`    key: ` and an ssh-ed25519 key", |line| line.strip_prefix("    key: "))?;
    let key = PublicKey::parse_openssh(key).map_err(lines.here())?;
    let remote = lines.next("`    remote: ` and a string in double quotes", |line| {
        line.strip_prefix("    remote: ").and_then(text::unquote)
    })?;
    let remote = Remote::parse(&remote).map_err(lines.here())?;
    let branch = lines.next("`    branch: ` and a branch", |line| line.strip_prefix("    branch: "))?;
    let branch = parse_branch(branch).map_err(lines.here())?;
    Ok((at, Researcher { name, key, remote, branch }))
}

/// A name, or what is wrong with it.
pub(in crate::protocol) fn parse_name(text: &str) -> Result<Name, FieldError> {
    Name::parse(text).ok_or_else(|| FieldError::Name(excerpt(text, 64)))
}

/// A branch, or what is wrong with it.
pub(in crate::protocol) fn parse_branch(text: &str) -> Result<Branch, FieldError> {
    Branch::parse(text).ok_or_else(|| FieldError::Branch(excerpt(text, 64)))
}

/// The first `most` characters of what was read, for an error message; what is not text is replaced.
pub(in crate::protocol) fn excerpt(text: &str, most: usize) -> String {
    let shown = |c| if text::is_forbidden(c) { '\u{fffd}' } else { c };
    let mut excerpt: String = text.chars().take(most).map(shown).collect();
    if text.chars().nth(most).is_some() {
        excerpt.push('…');
    }
    excerpt
}

/// The lines of a text that ends with LF, each read once, with the number of the one read last.
struct Lines<'a> {
    rest: &'a str,
    number: usize,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Result<Self, CharterError> {
        if text.ends_with('\n') {
            return Ok(Self { rest: text, number: 0 });
        }
        let line = text.split('\n').count();
        let last = text.rsplit('\n').next().unwrap_or_default();
        Err(CharterError::Form { line, expected: "a line end at the end", got: excerpt(last, 64) })
    }

    fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next line, as `read` takes it.
    fn next<T>(&mut self, expected: &'static str, read: impl FnOnce(&'a str) -> Option<T>) -> Result<T, CharterError> {
        self.number += 1;
        let (line, rest) = self.rest.split_once('\n').unwrap_or_default();
        self.rest = rest;
        read(line).ok_or_else(|| CharterError::Form { line: self.number, expected, got: excerpt(line, 64) })
    }

    /// Says of an error in a field that it stands in the line read last.
    fn here<E: Into<FieldError>>(&self) -> impl FnOnce(E) -> CharterError + use<E> {
        let line = self.number;
        move |error| CharterError::Field { line, error: error.into() }
    }
}

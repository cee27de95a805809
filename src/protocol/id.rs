//! The small values everything else is written in: object ids, digests, names, steps and rounds.
//!
//! Each has exactly one spelling. A value is accepted only in that spelling, and printing it gives it back.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// The id of a git object: 20 bytes, written as 40 lower-case hex digits (section 2.commit).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; 20]);

impl ObjectId {
    /// The id with these bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The id's 20 bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Reads 40 lower-case hex digits; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        hex_lower(text.as_bytes()).map(Self)
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// The id of a commit, and so the name of an entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub ObjectId);

impl CommitId {
    /// Reads 40 lower-case hex digits; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        ObjectId::parse(text).map(Self)
    }

    /// The first ten hex digits, for people to read.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(10);
        text
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A SHA-256 digest, written as `sha256:` and 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest's 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hex digits alone, as the seal's preimage has them (section 2.seal).
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Reads `sha256:` and 64 lower-case hex digits; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        hex_lower(text.strip_prefix("sha256:")?.as_bytes()).map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A researcher's name: `[a-z][a-z0-9-]{0,31}` (section 1.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Reads a name; anything outside the grammar is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, rest) = text.as_bytes().split_first()?;
        let fits = first.is_ascii_lowercase()
            && rest.len() <= 31
            && rest.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text)
            .ok_or_else(|| "a name is a lower-case letter, then up to 31 lower-case letters, digits or -".to_owned())
    }
}

/// Nine digits at most in a step or a round (section 2.1).
pub const NUMBER_MAX: u32 = 999_999_999;

/// A place in the protocol: step (from 1) and round (from 0), each of at most nine digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct At {
    /// The step, from 1.
    pub step: u32,
    /// The round of that step, from 0.
    pub round: u32,
}

impl At {
    /// Step `step`, round `round`.
    pub const fn new(step: u32, round: u32) -> Self {
        Self { step, round }
    }
}

/// For people: most steps need no more than their first round, so it is not named.
impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.round {
            0 => write!(f, "step {}", self.step),
            round => write!(f, "step {}, round {round}", self.step),
        }
    }
}

/// Reads a decimal without leading zeros of at most `digits` digits that fits `u64`.
pub(crate) fn decimal(text: &str, digits: usize) -> Option<u64> {
    let bytes = text.as_bytes();
    let fits = !bytes.is_empty()
        && bytes.len() <= digits
        && bytes.iter().all(u8::is_ascii_digit)
        && (bytes.len() == 1 || !text.starts_with('0'));
    fits.then(|| text.parse().ok()).flatten()
}

fn hex_lower<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    f.pad(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        let hex = "60ef078924172a4c8f9c1f1540a6e918594c68f9";
        assert_eq!(ObjectId::parse(hex).map(|id| id.to_string()).as_deref(), Some(hex));
        assert_eq!(ObjectId::parse(&hex.to_uppercase()), None);
        assert_eq!(ObjectId::parse(&hex[1..]), None);
        assert_eq!(Digest::parse(&Digest::of(b"x").to_string()), Some(Digest::of(b"x")));
        assert_eq!(Digest::parse(&Digest::of(b"x").hex()), None);
    }

    #[test]
    fn names_follow_the_grammar() {
        for good in ["a", "alice", "r2-d2", "a-", &"a".repeat(32)] {
            assert!(Name::parse(good).is_some(), "{good}");
        }
        for bad in ["", "Alice", "2a", "-a", "a_b", "a b", "é", "a\n", &"a".repeat(33)] {
            assert_eq!(Name::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn decimals_have_one_spelling() {
        assert_eq!(decimal("0", 9), Some(0));
        assert_eq!(decimal("999999999", 9), Some(999_999_999));
        for bad in ["", "00", "01", "+1", "1 ", "1000000000", "1e3"] {
            assert_eq!(decimal(bad, 9), None, "{bad}");
        }
    }
}

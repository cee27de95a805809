//! The charter: who the researchers are, and the thresholds that follow (sections 1 and 1.1).
//!
//! Decides which bytes are a charter. There is one spelling only: reading it and printing it gives the same
//! bytes, so that its digest means the same to everyone. Looser YAML, for people who write a card by hand, is
//! read in [`super::loose`] and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use super::id::{Digest, Name};
use super::text;

mod error;
pub(super) mod form;

pub use self::error::{CharterError, FieldError};
pub use super::key::{KeyError, PublicKey};
pub use super::transport::{Branch, Remote, RemoteError};

/// The largest charter, in bytes.
pub const CHARTER_MAX: usize = 256 * 1024;

/// The most researchers a charter may name.
pub const RESEARCHERS_MAX: usize = 100;

/// A member of the group, with one key and one remote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Researcher {
    /// What the others call them.
    pub name: Name,
    /// The key that signs their entries.
    pub key: PublicKey,
    /// Where their log is published.
    pub remote: Remote,
    /// The branch there.
    pub branch: Branch,
}

impl Researcher {
    /// The researcher's card: one item of `researchers`, not indented, as a YAML file of its own.
    pub fn card(&self) -> String {
        let Self { name, key, remote, branch } = self;
        let remote = text::quote(remote.as_str());
        format!("- name: {name}\n  key: {key}\n  remote: {remote}\n  branch: {branch}\n")
    }
}

/// The file by which `git verify-commit` and `ssh-keygen -Y verify` know researchers' keys; see ssh-keygen(1).
/// It is for people and their tools: nothing here reads it.
pub fn allowed_signers<'a>(researchers: impl IntoIterator<Item = &'a Researcher>) -> String {
    let line = |r: &Researcher| format!("{} namespaces=\"git\" {}\n", r.name, r.key.to_openssh());
    let lines: BTreeSet<String> = researchers.into_iter().map(line).collect();
    let head = "# generated from charter.yaml by bicker; do not edit\n".to_owned();
    lines.into_iter().fold(head, |text, line| text + &line)
}

/// The agreed list of researchers, with the thresholds that follow from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Charter {
    title: String,
    faults: usize,
    researchers: Vec<Researcher>,
    by_key: BTreeMap<[u8; 32], usize>,
    digest: Digest,
}

impl Charter {
    /// Reads a charter in its canonical form, in time linear in its size.
    ///
    /// # Errors
    /// The first fault found: size, text, form and fields from the top, then what concerns several.
    pub fn parse(bytes: &[u8]) -> Result<Self, CharterError> {
        let form::Parts { title, faults, researchers } = form::read(form::checked_text(bytes)?)?;
        let charter = Self::assemble(title, Some(faults), researchers)?;
        if charter.print().as_bytes() == bytes { Ok(charter) } else { Err(CharterError::NotCanonical) }
    }

    /// Makes a charter; the researchers may come in any order. Without `faults` it is floor((n-1)/3).
    ///
    /// # Errors
    /// The first rule of section 1.1 that the parts break.
    pub fn new(title: &str, faults: Option<u32>, mut researchers: Vec<Researcher>) -> Result<Self, CharterError> {
        researchers.sort_by(|a, b| a.name.cmp(&b.name));
        Self::assemble(title.to_owned(), faults.map(u64::from), researchers)
    }

    /// Checks what concerns the charter as a whole. The researchers ascend by name.
    fn assemble(title: String, faults: Option<u64>, researchers: Vec<Researcher>) -> Result<Self, CharterError> {
        if !text::fits_string(&title) {
            return Err(CharterError::Title);
        }
        match researchers.len() {
            0 => return Err(CharterError::NoResearchers),
            1..=RESEARCHERS_MAX => {}
            _ => return Err(CharterError::TooManyResearchers),
        }
        let by_key = check_unique(&researchers)?;
        let faults = check_faults(researchers.len(), faults)?;
        let mut charter = Self { title, faults, researchers, by_key, digest: Digest::of(b"") };
        charter.digest = Digest::of(charter.print().as_bytes());
        Ok(charter)
    }

    /// The canonical form.
    pub fn print(&self) -> String {
        let title = text::quote(&self.title);
        let mut printed = format!("bicker: 1\ntitle: {title}\nfaults: {}\nresearchers:\n", self.faults);
        for researcher in &self.researchers {
            printed.push_str(&form::indent(&researcher.card()));
        }
        printed
    }

    /// The charter digest: the SHA-256 of the canonical form.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// What the group writes.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Everyone, ascending by name.
    pub fn researchers(&self) -> &[Researcher] {
        &self.researchers
    }

    /// `n`: how many researchers there are, 1 to 100.
    pub fn n(&self) -> usize {
        self.researchers.len()
    }

    /// `f`: how many of them may be Byzantine; `n >= 3f+1`.
    pub const fn faults(&self) -> usize {
        self.faults
    }

    /// floor((n+f)/2)+1 researchers: two quorums share at least f+1, so an honest one.
    pub fn quorum(&self) -> usize {
        (self.n() + self.faults) / 2 + 1
    }

    /// floor(n/2)+1 researchers: enough to select what is worked on, never to make anything final.
    pub fn majority(&self) -> usize {
        self.n() / 2 + 1
    }

    /// The place of a name in [`Charter::researchers`].
    pub fn position(&self, name: &Name) -> Option<usize> {
        self.researchers.binary_search_by(|r| r.name.cmp(name)).ok()
    }

    /// The researcher of that name.
    pub fn researcher(&self, name: &Name) -> Option<&Researcher> {
        self.researchers.get(self.position(name)?)
    }

    /// The researcher whose key has these 32 bytes, with their place in [`Charter::researchers`].
    pub fn by_key(&self, key: &[u8; 32]) -> Option<(usize, &Researcher)> {
        let at = *self.by_key.get(key)?;
        Some((at, self.researchers.get(at)?))
    }
}

/// Names, keys, and (remote, branch) pairs are unique. Returns where each key stands.
fn check_unique(researchers: &[Researcher]) -> Result<BTreeMap<[u8; 32], usize>, CharterError> {
    let mut names = BTreeMap::new();
    let mut keys: BTreeMap<[u8; 32], (usize, &Name)> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for (at, Researcher { name, key, remote, branch }) in researchers.iter().enumerate() {
        if names.insert(name, ()).is_some() {
            return Err(CharterError::SameName(name.clone()));
        }
        if let Some((_, other)) = keys.insert(*key.as_bytes(), (at, name)) {
            return Err(CharterError::SameKey(other.clone(), name.clone()));
        }
        if let Some(other) = places.insert((remote, branch), name) {
            return Err(CharterError::SamePlace(Name::clone(other), name.clone()));
        }
    }
    Ok(keys.into_iter().map(|(key, (at, _))| (key, at)).collect())
}

/// `n >= 3f+1`, so f is at most floor((n-1)/3), which is what it is if nothing is said.
fn check_faults(n: usize, faults: Option<u64>) -> Result<usize, CharterError> {
    let most = n.saturating_sub(1) / 3;
    match faults {
        None => Ok(most),
        Some(got) => {
            usize::try_from(got).ok().filter(|f| *f <= most).ok_or(CharterError::Faults { researchers: n, most, got })
        }
    }
}

#[cfg(test)]
pub(super) mod tests;

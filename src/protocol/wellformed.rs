//! Well-formed entries (section 2): from raw commit to entry, rule by rule in the order of the text.
//!
//! A commit gets here when all its parents are well-formed entries or genesis. The first rule it breaks is
//! its fault. What is not well-formed never counts and is never cited; whose fault it is cannot be told
//! when no key was needed to make it, so a fault here accuses nobody but the remote that serves it.

use super::charter::Charter;
use super::commit::{self, Commit};
use super::file::{FILE_MAX, Fields, File};
use super::finding::Code;
use super::id::{CommitId, Digest, ObjectId};
use super::index::{Added, Answered, Body, Entry, EntryIx, Index};
use super::object::{Object, ObjectKind, Objects, Trouble};
use super::parents::{self, Budget, Parentage, Parents, Spent};
use super::past::{Author, Clock, Position};
use super::seal;
use super::signature::SshSignature;
use super::slot::Slot;
use super::union::{self, Change, TreeFault};

/// A commit that keeps every rule of section 2. Only [`check`] makes one.
#[derive(Debug)]
pub struct WellFormed {
    pub(super) id: CommitId,
    pub(super) author: Author,
    pub(super) parents: Box<[EntryIx]>,
    pub(super) tree: ObjectId,
    pub(super) digest: Digest,
    pub(super) added: Option<Added>,
    pub(super) body: Body,
    pub(super) seconds: u64,
    pub(super) offset: i16,
    pub(super) past: Clock,
    pub(super) budget: Budget,
}

impl WellFormed {
    /// The file it adds, if any.
    pub const fn added(&self) -> Option<&Added> {
        self.added.as_ref()
    }

    /// The entry it becomes at a position among its author's entries.
    pub(super) fn into_entry(self, position: Position, reach: Clock) -> Entry {
        Entry {
            id: self.id,
            author: self.author,
            position,
            parents: self.parents,
            tree: self.tree,
            digest: self.digest,
            added: self.added,
            body: self.body,
            seconds: self.seconds,
            offset: self.offset,
            past: self.past,
            reach,
            budget: self.budget,
            verdict: Ok(()),
            lock: None,
        }
    }
}

/// The first rule of section 2 that a commit breaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What kind of finding it is.
    pub code: Code,
    /// The rule's tag.
    pub rule: &'static str,
    /// What is wrong, for people; it may hold other people's text.
    pub why: String,
    /// With whose key it is signed, when it breaks a rule that comes after 2.signature. That accuses nobody.
    pub signer: Option<Author>,
}

/// What becomes of a commit.
#[derive(Debug)]
pub enum Checked {
    /// It is a well-formed entry.
    Entry(Box<WellFormed>),
    /// It breaks a rule.
    Fault(Fault),
    /// An object it needs is missing: neither an entry nor a fault.
    Incomplete,
}

/// Who is taken to have signed a commit.
#[derive(Clone, Copy, Debug)]
pub enum Signer {
    /// Whose key the commit's own signature shows (2.signature).
    Signature,
    /// This researcher, about to sign: everything but 2.signature is judged.
    AboutToSign(Author),
}

/// Why judging stops.
enum Stop {
    Fault(Fault),
    Incomplete,
    Trouble(Trouble),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

fn fault<T>(code: Code, rule: &'static str, why: impl ToString) -> Result<T, Stop> {
    Err(Stop::Fault(Fault { code, rule, why: why.to_string(), signer: None }))
}

/// Judges a commit whose parents are all known to the index (or genesis).
///
/// # Errors
/// Only [`Trouble`] of the store; faults are results.
pub fn check(
    index: &mut Index,
    objects: &dyn Objects,
    id: CommitId,
    raw: &[u8],
    signer: Signer,
) -> Result<Checked, Trouble> {
    match judge(index, objects, id, raw, signer) {
        Ok(entry) => Ok(Checked::Entry(Box::new(entry))),
        Err(Stop::Fault(fault)) => Ok(Checked::Fault(fault)),
        Err(Stop::Incomplete) => Ok(Checked::Incomplete),
        Err(Stop::Trouble(trouble)) => Err(trouble),
    }
}

fn judge(
    index: &mut Index,
    objects: &dyn Objects,
    id: CommitId,
    raw: &[u8],
    signer: Signer,
) -> Result<WellFormed, Stop> {
    let commit = form(raw)?;
    let parents = Parents::of(index, &commit).ok_or(Stop::Incomplete)?;
    let author = match signer {
        Signer::Signature => signed_by(index, &commit, raw, &parents.past)?,
        Signer::AboutToSign(author) => author,
    };
    signed(index, objects, id, raw, author, commit, parents).map_err(|stop| match stop {
        Stop::Fault(fault) => Stop::Fault(Fault { signer: Some(author), ..fault }),
        other => other,
    })
}

/// The rules that come after 2.signature.
fn signed(
    index: &Index,
    objects: &dyn Objects,
    id: CommitId,
    raw: &[u8],
    author: Author,
    commit: Commit,
    parents: Parents,
) -> Result<WellFormed, Stop> {
    parents_continue_the_log(index, objects, author, &commit, &parents)?;
    let budget = budget_is_kept(index, author, &parents)?;
    let file = added_file(index, objects, author, &commit, &parents)?;
    acknowledges_something(index, &commit, &parents, file.is_some())?;
    let (added, body) = match file {
        None => (None, Body::Acknowledgement),
        Some((slot, blob)) => {
            let bytes = read_file(objects, blob)?;
            let body = content(index, &slot, &bytes, &parents)?;
            (Some(Added { slot, blob, digest: Digest::of(&bytes) }), body)
        }
    };
    seal_matches(index, &commit, &parents, added.as_ref())?;
    Ok(WellFormed {
        id,
        author,
        parents: parents.entries,
        tree: commit.tree,
        digest: Digest::of(raw),
        added,
        body,
        seconds: commit.committer.seconds,
        offset: commit.committer.minutes_east(),
        past: parents.past,
        budget,
    })
}

/// 2.commit: at most 64 KiB, exactly these headers, a message that is text.
fn form(raw: &[u8]) -> Result<Commit, Stop> {
    Commit::parse(raw).or_else(|e| fault(Code::Malformed, "2.commit", e))
}

/// 2.signature: no signature, not canonical, no researcher's key, does not verify; told apart in this order.
fn signed_by(index: &Index, commit: &Commit, raw: &[u8], past: &Clock) -> Result<Author, Stop> {
    let rule = "2.signature";
    let Some(armour) = &commit.gpgsig else { return fault(Code::Unsigned, rule, "it has no signature") };
    let signature = SshSignature::parse(armour).or_else(|e| fault(Code::BadSignature, rule, e))?;
    let Some(author) = index.author_by_key(&signature.key, past) else {
        return fault(Code::ForeignKey, rule, "the key that signed it belongs to no researcher");
    };
    match signature.verify(&commit::payload(raw)) {
        true => Ok(author),
        false => fault(Code::BadSignature, rule, "the signature does not verify"),
    }
}

/// 2.parent: it goes on from its author's newest entry, and cites the newest entry of each other.
fn parents_continue_the_log(
    index: &Index,
    objects: &dyn Objects,
    author: Author,
    commit: &Commit,
    parents: &Parents,
) -> Result<(), Stop> {
    match parents::stand(index, objects, author, commit, parents)? {
        Parentage::Kept => Ok(()),
        Parentage::Broken(why) => fault(Code::BadParent, "2.parent", why),
        Parentage::Missing => Err(Stop::Incomplete),
    }
}

/// 2.budget: its author has not spent, in its past, what the rounds open there allow.
fn budget_is_kept(index: &Index, author: Author, parents: &Parents) -> Result<Budget, Stop> {
    match parents::spend(index, author, parents) {
        Spent::Within(budget) => Ok(budget),
        Spent::Over(why) => fault(Code::Flood, "2.budget", why),
    }
}

/// 2.tree: the own parents' trees plus at most one new file of mode 100644 at a slot.
fn added_file(
    index: &Index,
    objects: &dyn Objects,
    author: Author,
    commit: &Commit,
    parents: &Parents,
) -> Result<Option<(Slot, ObjectId)>, Stop> {
    match union::change(objects, commit.tree, &parents.own_trees(index, author))? {
        Change::Nothing => Ok(None),
        Change::File(slot, blob) => Ok(Some((slot, blob))),
        Change::Missing => Err(Stop::Incomplete),
        Change::Broken(broken @ TreeFault::Rewrite { .. }) => fault(Code::Rewrite, "2.tree", broken),
        Change::Broken(broken) => fault(Code::BadTree, "2.tree", broken),
    }
}

/// 2.acknowledgement: an entry without a file cites something that its first parent's past lacks.
fn acknowledges_something(index: &Index, commit: &Commit, parents: &Parents, has_file: bool) -> Result<(), Stop> {
    let mut further = parents.all.iter().skip(1).flatten();
    let news = match parents.all.first() {
        Some(Some(first)) => further.any(|entry| !index.holds(&index.entry(*first).past, *entry)),
        _ => further.next().is_some(),
    };
    if has_file || news {
        return Ok(());
    }
    let why = match commit.parents.len() {
        1 => "it adds no file and cites nobody",
        _ => "it adds no file and cites nothing that its log had not seen",
    };
    fault(Code::BadParent, "2.acknowledgement", why)
}

fn read_file(objects: &dyn Objects, blob: ObjectId) -> Result<Vec<u8>, Stop> {
    match objects.read(blob, ObjectKind::Blob, FILE_MAX)? {
        Object::Found(bytes) => Ok(bytes),
        Object::TooLong(_) => fault(Code::BadContent, "2.content", format!("the file is longer than {FILE_MAX} bytes")),
        Object::OtherKind => fault(Code::BadContent, "2.content", "the file is not a blob"),
        Object::Missing => Err(Stop::Incomplete),
    }
}

/// 2.content: the file has its slot's form, and every commit it names is an ancestor.
fn content(index: &Index, slot: &Slot, bytes: &[u8], parents: &Parents) -> Result<Body, Stop> {
    let file = File::parse(slot, bytes).or_else(|e| fault(Code::BadContent, "2.content", e))?;
    if let Some(block) = file.charter_block() {
        Charter::parse(block.as_bytes())
            .or_else(|e| fault(Code::BadContent, "2.content", format!("its charter block: {e}")))?;
    }
    let ancestor = |id: CommitId| match index.find(id) {
        Some(entry) if index.holds(&parents.past, entry) => Ok(Some(entry)),
        None if id == index.genesis.commit => Ok(None),
        _ => fault(Code::BadContent, "2.content", format!("it names {id}, which is not among its ancestors")),
    };
    Ok(match file.fields {
        Fields::Join => Body::Join,
        Fields::Proposal { title } => Body::Proposal { title },
        Fields::Vote { target } => Body::Vote { target: ancestor(target)? },
        Fields::Criticism { of, stance } => Body::Criticism { of: ancestor(of)?, stance },
        Fields::Revision { of, title, criticisms } => {
            let listed = criticisms.into_iter().map(|answer| {
                let criticism = ancestor(answer.commit)?;
                Ok(Answered { criticism, by: answer.by, disposition: answer.disposition })
            });
            Body::Revision { of: ancestor(of)?, title, criticisms: listed.collect::<Result<_, Stop>>()? }
        }
        Fields::Echo { value } => Body::Echo { value: ancestor(value)? },
        Fields::Ratify { value } => Body::Ratify { value: ancestor(value)? },
        Fields::Abandon => Body::Abandon,
        Fields::Accusation { accused, evidence: [a, b] } => {
            Body::Accusation { accused, evidence: [ancestor(a)?, ancestor(b)?] }
        }
    })
}

/// 2.seal: the message ends with the digest of the parents' raw commits and the file.
fn seal_matches(index: &Index, commit: &Commit, parents: &Parents, added: Option<&Added>) -> Result<(), Stop> {
    let expected = expected_seal(index, &parents.all, added.map(|added| (&added.slot, added.digest)));
    seal::check(&commit.message, &expected).or_else(|e| fault(Code::BadSeal, "2.seal", e))
}

/// The seal of an entry with these parents (genesis is `None`) and this file.
pub fn expected_seal(index: &Index, parents: &[Option<EntryIx>], file: Option<(&Slot, Digest)>) -> Digest {
    let digest = |parent: &Option<EntryIx>| parent.map_or(index.genesis.digest, |entry| index.entry(entry).digest);
    let parents: Vec<Digest> = parents.iter().map(digest).collect();
    let path = file.map(|(slot, digest)| (slot.path(), digest));
    seal::seal(&parents, path.as_ref().map(|(path, digest)| (path.as_str(), *digest)))
}

#[cfg(test)]
mod tests;

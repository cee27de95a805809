//! What each client hook decides.
//!
//! Hooks are a courtesy to the person at the keyboard: they say early what would not count, and put right what
//! can be put right. The guard is the pen, which git must ask for every signature, and the rule is what everyone
//! else verifies.

use std::path::Path;

use crate::compare::merge::marker_left;
use crate::draft::{Given, SCISSORS, read_draft};
use crate::error::{Error, Result};
use crate::git::by_hand::{Begun, ByHandError, EMPTY_MESSAGE, StagedIndex, follows, merge_heads, raw_digest};
use crate::git::setup;
use crate::place::{Own, Place};
use crate::protocol::history::Node;
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::seal;
use crate::protocol::slot::{Kind, Slot};
use crate::protocol::verify::Verification;

fn by_hand(e: ByHandError) -> Error {
    Error::trouble("the commit cannot be prepared").because(&e)
}

/// The one file that is about to be committed, if any; everything else about to be committed is refused.
fn staged_slot(index: &StagedIndex<'_>) -> Result<Option<Slot>> {
    let staged = index.staged().map_err(by_hand)?;
    if let Some(path) = staged.touched.first() {
        return Err(Error::wrong(format!("{path} is signed, and what is signed can be neither changed nor removed"))
            .hint("bring everything back as it was: git restore --staged --worktree ."));
    }
    match staged.added.as_slice() {
        [] => Ok(None),
        [one] => Slot::parse(one).map(Some).ok_or_else(|| {
            Error::wrong(format!("{one} is no place for an entry"))
                .hint(format!("take it out: git restore --staged {one}"))
        }),
        [one, other, ..] => Err(Error::wrong(format!("an entry adds one file, and {one} and {other} are staged"))
            .hint(format!("take one out: git restore --staged {other}"))),
    }
}

/// `pre-commit`: one new file at a slot, put into its canonical form; the draft's parents still named.
///
/// # Errors
/// Something else is staged, the text cannot be signed as it is, or git has lost the parents.
pub fn pre_commit(own: &Own, index_file: Option<std::path::PathBuf>) -> Result<()> {
    let mut index = StagedIndex::open(&own.log, index_file).map_err(by_hand)?;
    let slot = staged_slot(&index)?;
    let begun = Begun::read(&own.log).map_err(by_hand)?;
    let named = merge_heads(&own.log).map_err(by_hand)?;
    let Some(slot) = slot else {
        return match named.is_empty() {
            false => Ok(()),
            true => Err(Error::wrong("nothing is staged").hint("stage your draft first: git add steps")),
        };
    };
    let path = slot.path();
    if begun.is_some_and(|begun| begun.path == path && begun.cites != named) {
        return Err(Error::wrong("git has lost what your draft builds on (git stash and git merge --abort do that)")
            .hint("name it again, then commit: bicker draft --resume"));
    }
    let bytes = index.read(&path).map_err(by_hand)?;
    let canonical = canonical(&slot, &bytes)?;
    no_marker_left(own, &slot, &canonical)?;
    if canonical != bytes {
        index.replace(&path, &canonical).map_err(by_hand)?;
    }
    Ok(())
}

/// A revision that was laid down with conflict markers has to be settled before it is signed.
fn no_marker_left(own: &Own, slot: &Slot, text: &[u8]) -> Result<()> {
    if slot.kind() != Kind::Revision {
        return Ok(());
    }
    let unreadable = |e: setup::SetupError| {
        Error::trouble("your repository's charter cannot be read").because(&e).maybe_hint(e.hint())
    };
    let charter = setup::charter_of(&own.log).map_err(unreadable)?;
    let is_researcher = |name: &str| charter.researchers().iter().any(|known| known.name.as_str() == name);
    match marker_left(std::str::from_utf8(text).unwrap_or_default(), &is_researcher) {
        None => Ok(()),
        Some((line, marker)) => {
            Err(Error::usage(format!("line {line} of {} is still a conflict marker, {marker}", slot.path()))
                .hint("choose between the sides, delete the lines <<<<<<<, ======= and >>>>>>>, and stage it again"))
        }
    }
}

/// A draft's file in the one form that is signed.
///
/// # Errors
/// It cannot be signed as it is.
pub fn canonical(slot: &Slot, bytes: &[u8]) -> Result<Vec<u8>> {
    let text =
        std::str::from_utf8(bytes).map_err(|e| Error::usage(format!("{} is not UTF-8", slot.path())).because(&e))?;
    let file = read_draft(slot, text, &Given::default())
        .map_err(|e| Error::usage(format!("{} cannot be signed as it is", slot.path())).because(&e))?;
    Ok(file.print().into_bytes())
}

/// `prepare-commit-msg`: a first line, if there is none.
///
/// # Errors
/// The index cannot be read.
pub fn suggested_message(own: &Own, message: &str, index_file: Option<std::path::PathBuf>) -> Result<Option<String>> {
    if !words(message).is_empty() {
        return Ok(None);
    }
    let index = StagedIndex::open(&own.log, index_file).map_err(by_hand)?;
    let subject = match staged_slot(&index) {
        Ok(Some(slot)) => slot.at().map_or_else(|| slot.kind().to_string(), |at| format!("{} in {at}", slot.kind())),
        Ok(None) => "acknowledgement".to_owned(),
        Err(_) => return Ok(None),
    };
    Ok(Some(format!("{subject}\n{message}")))
}

/// `commit-msg`: the message without comments, with the seal at its end.
///
/// # Errors
/// The message is empty, or what the seal is over cannot be read.
pub fn sealed_message(own: &Own, message: &str, index_file: Option<std::path::PathBuf>) -> Result<String> {
    let kept = words(message);
    if kept.is_empty() {
        return Err(Error::usage(EMPTY_MESSAGE));
    }
    let index = StagedIndex::open(&own.log, index_file).map_err(by_hand)?;
    let file = match staged_slot(&index)? {
        None => None,
        Some(slot) => Some((slot.path(), Digest::of(&index.read(&slot.path()).map_err(by_hand)?))),
    };
    let head = own.log.head().map_err(|e| Error::trouble("cannot read your own log").because(&e))?;
    let mut parents = vec![raw_digest(&own.log, head).map_err(by_hand)?];
    for cited in merge_heads(&own.log).map_err(by_hand)? {
        parents.push(raw_digest(&own.log, cited).map_err(by_hand)?);
    }
    let seal = seal::seal(&parents, file.as_ref().map(|(path, digest)| (path.as_str(), *digest)));
    Ok(seal::append(&kept, &seal))
}

/// What a person wrote: nothing from the scissors on, no comment lines, no blank lines around.
fn words(message: &str) -> String {
    let written = message.lines().take_while(|line| *line != SCISSORS);
    let kept: Vec<&str> = written.filter(|line| !line.starts_with('#')).collect();
    kept.join("\n").trim_matches(['\n', ' ']).to_owned()
}

/// One line of what git tells `pre-push`.
#[derive(Debug)]
pub struct Push {
    /// What is pushed; `None` for a deletion.
    pub commit: Option<CommitId>,
    /// The reference there.
    pub reference: String,
    /// What it points to there; `None` if it does not exist.
    pub there: Option<CommitId>,
}

impl Push {
    /// Reads `<local ref> <local id> <remote ref> <remote id>`.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (_, local, reference, there) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let id = |text: &str| CommitId::parse(text).filter(|_| !text.bytes().all(|b| b == b'0'));
        Some(Self { commit: id(local), reference: reference.to_owned(), there: id(there) })
    }
}

/// `pre-push` to my own remote: my log, forward, and nothing in it that would not count.
///
/// # Errors
/// Anything else.
pub fn pre_push(place: &Place, verification: &Verification, push: &Push) -> Result<()> {
    let row = place.my_row()?;
    let log = format!("refs/heads/{}", row.branch);
    if push.reference != log {
        return Err(Error::wrong(format!(
            "{} is not your log, and nothing else belongs in your remote",
            push.reference
        ))
        .hint(format!("push your log alone: git push origin {}", row.branch)));
    }
    let Some(commit) = push.commit else {
        return Err(
            Error::wrong("this would delete your log from your remote").hint("what is published stays published")
        );
    };
    let history = &verification.history;
    let Some(Node::Entry(at)) = history.node(commit) else {
        let why = match history.node(commit) {
            Some(Node::Faulty(fault, _)) => format!("{} (rule {})", fault.why, fault.rule),
            _ => "it is no entry, or builds on something that is none".to_owned(),
        };
        let mut wrong = Error::wrong(format!("{} would not count, so it was not pushed", commit.short()));
        wrong.causes.push(why);
        return Err(wrong.hint("go back to your newest entry, texts kept: bicker heal"));
    };
    let index = &history.index;
    let entry = index.entry(*at);
    if index.name(entry.author) != &row.name {
        return Err(Error::wrong(format!("{} is an entry of {}, not yours", commit.short(), index.name(entry.author))));
    }
    let forward = push.there.is_none_or(|there| {
        there == commit
            || there == index.genesis.commit
            || index.find(there).is_some_and(|old| index.holds(&entry.past, old))
    });
    match forward {
        true => Ok(()),
        false => {
            Err(Error::wrong("this would take back what your remote shows").hint("see what is there: bicker sync"))
        }
    }
}

/// `reference-transaction`: whether the log's branch may move from where it is to `new` (`None`: be deleted).
/// Forward always; back only over what is no entry.
///
/// # Errors
/// It would lose an entry, or a commit cannot be read.
pub fn branch_moves(own: &Own, new: Option<CommitId>, judged: &dyn Fn() -> Result<Verification>) -> Result<()> {
    let Ok(head) = own.log.head() else { return Ok(()) };
    if let Some(new) = new
        && (follows(&own.log, new, head).map_err(by_hand)? || only_junk_between(&judged()?, head, new))
    {
        return Ok(());
    }
    Err(Error::wrong(format!("this would take entries out of your log, which ends with {}", head.short())).hint(
        "what is signed stays; if git stopped in the middle of something: git rebase --abort, or git merge --abort",
    ))
}

/// Whether the newest entry that `head` reaches is `new`.
fn only_junk_between(verification: &Verification, head: CommitId, new: CommitId) -> bool {
    let history = &verification.history;
    let mut newest = history.reached(head).entries.into_iter().map(|at| history.index.entry(at).id);
    let first = newest.next().unwrap_or(history.index.genesis.commit);
    first == new && newest.next().is_none()
}

/// Reads a message file.
///
/// # Errors
/// It cannot be read.
pub fn read_message(path: &Path) -> Result<String> {
    let bytes = crate::place::read_bounded(path, 1 << 20)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

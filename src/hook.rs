//! What each client hook decides.
//!
//! Hooks are a courtesy to the person at the keyboard: they say early what would not count, and put right what
//! can be put right. The guard is the pen, which git must ask for every signature, and the rule is what everyone
//! else verifies.

use std::path::Path;

use crate::compare::merge::marker_left;
use crate::draft::{Given, read_draft};
use crate::error::{Error, Result};
use crate::git::by_hand::{
    ByHandError, EMPTY_MESSAGE, StagedIndex, follows, is_only_packed, is_signed, merge_heads, note_opened, opened_on,
    raw_digest,
};
use crate::git::doctor::{underway, word as shell_word};
use crate::git::journal::copy_in;
use crate::git::laid_down::LaidDown;
use crate::git::objects::Store;
use crate::git::preferences;
use crate::git::setup;
use crate::place::{Own, Place};
use crate::protocol::history::{History, Node};
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::receive::{BEHIND, Carried, back, carried, goes_forward, judge};
use crate::protocol::seal;
use crate::protocol::slot::{Kind, Slot};

fn by_hand(e: ByHandError) -> Error {
    Error::trouble("the commit cannot be prepared").because(&e).maybe_hint(e.hint())
}

/// The one file that is about to be committed, if any; everything else about to be committed is refused.
fn staged_slot(index: &StagedIndex<'_>) -> Result<Option<Slot>> {
    let staged = index.staged().map_err(by_hand)?;
    if let Some(path) = staged.touched.first() {
        return Err(Error::wrong(format!("{path} is signed, so it can be neither changed nor removed"))
            .hint(format!("bring it back as it was: {RESTORE}")));
    }
    match staged.added.as_slice() {
        [] => Ok(None),
        [one] => Slot::parse(one).map(Some).ok_or_else(|| {
            Error::wrong(format!("{one} is not the path of an entry"))
                .hint(format!("unstage it; the file stays: git reset -q -- {}", shell_word(one)))
        }),
        [one, other, ..] => Err(Error::wrong(format!("an entry adds one file, and {one} and {other} are staged"))
            .hint(format!("unstage one of them; the file stays: git reset -q -- {}", shell_word(other)))),
    }
}

/// Brings every file of the log back as it was, and leaves drafts alone, staged or not.
const RESTORE: &str = "git checkout HEAD -- .";

/// `pre-commit`: one new file at a slot, put into its canonical form; the draft's parents still named.
///
/// # Errors
/// Something else is staged, a draft is not staged, the text cannot be signed as it is or was left as it was laid down, or
/// git has lost the parents.
pub fn pre_commit(own: &Own, index_file: Option<std::path::PathBuf>) -> Result<()> {
    let mut index = StagedIndex::open(&own.log, index_file).map_err(by_hand)?;
    let slot = staged_slot(&index)?;
    let drafts = LaidDown::all(&own.log).map_err(by_hand)?;
    let named = merge_heads(&own.log).map_err(by_hand)?;
    let Some(slot) = slot else { return nothing_is_meant(own, &index, &drafts, &named) };
    let path = slot.path();
    let draft = drafts.iter().find(|draft| draft.path == path);
    if let Some(draft) = draft
        && !draft.builds_on(&own.log, &named).map_err(by_hand)?
    {
        return Err(Error::wrong(
            "git has lost what your draft builds on (git stash, git reset and git merge --abort do that), or your log has \
             moved on since",
        )
        .hint(format!(
            "restore it, then commit: bicker draft --resume{}",
            if drafts.len() > 1 { format!(" {path}") } else { String::new() }
        )));
    }
    let bytes = index.read(&path).map_err(by_hand)?;
    if draft.is_some_and(|draft| draft.template.as_bytes() == bytes) {
        let can_be_signed = canonical(&slot, &bytes, draft.map(|draft| draft.template.as_str())).is_ok();
        return Err(left_as_it_was(slot.kind(), &path, can_be_signed));
    }
    let canonical = canonical(&slot, &bytes, draft.map(|draft| draft.template.as_str()))
        .map_err(|e| e.hint(format!("correct it, then: git add {path}")))?;
    no_marker_left(own, &slot, &canonical)?;
    if canonical != bytes {
        index.replace(&path, &canonical).map_err(by_hand)?;
    }
    Ok(())
}

/// Nothing is staged: an acknowledgement, if that is what is meant.
fn nothing_is_meant(own: &Own, index: &StagedIndex<'_>, drafts: &[LaidDown], named: &[CommitId]) -> Result<()> {
    if drafts.iter().any(|draft| index.is_in_head(&draft.path)) {
        return Err(Error::wrong("your draft is signed already, and git was interrupted before it could tidy up")
            .hint("tidy up and publish: bicker sync"));
    }
    if let Some(draft) = drafts.iter().find(|draft| draft.file(&own.log).exists()) {
        return Err(Error::wrong(format!(
            "your draft {} is not staged, so it would not be in what is signed",
            draft.path
        ))
        .hint(format!("stage it, then commit: git add {}", draft.path))
        .hint("to acknowledge what is new, and leave the draft for later: bicker ack"));
    }
    match named.is_empty() {
        false => Ok(()),
        true => Err(Error::wrong("nothing new is staged, so there is nothing to sign")
            .hint("see what there is to write: bicker status")
            .hint("what is committed is signed, and git commit --amend cannot change it")),
    }
}

/// A draft without a change is nobody's word.
fn left_as_it_was(kind: Kind, path: &str, can_be_signed: bool) -> Error {
    let left = Error::usage(format!("{path} is unchanged, so nothing was signed"));
    match kind {
        Kind::Vote | Kind::Abandon | Kind::Accusation => {
            left.hint(format!("to sign it without a reason, say so: bicker fmt {path} && git add {path}"))
        }
        Kind::Revision if can_be_signed => {
            left.hint(format!("to sign it unchanged, say so: bicker fmt {path} && git add {path}"))
        }
        _ => left.hint(format!("write it, then: git add {path}")),
    }
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

/// A draft's file in the one form that is signed; `laid_down` is the template it was written in, if any.
///
/// # Errors
/// It cannot be signed as it is.
pub fn canonical(slot: &Slot, bytes: &[u8], laid_down: Option<&str>) -> Result<Vec<u8>> {
    let text =
        std::str::from_utf8(bytes).map_err(|e| Error::usage(format!("{} is not UTF-8", slot.path())).because(&e))?;
    let file = read_draft(slot, text, &Given::default(), laid_down)
        .map_err(|e| Error::usage(format!("{} cannot be signed as it is", slot.path())).because(&e))?;
    Ok(file.print().into_bytes())
}

/// `prepare-commit-msg`: a first line that says what is staged, where the person has given none. `None` when they have.
///
/// # Errors
/// The index cannot be read.
pub fn suggested_message(own: &Own, message: &str, index_file: Option<std::path::PathBuf>) -> Result<Option<String>> {
    note_opened(&own.log, &comments(own, message)).map_err(by_hand)?;
    let written = words(own, message);
    let drafts = LaidDown::all(&own.log).map_err(by_hand)?;
    // The first line that came with a draft is right for that draft alone.
    if !written.is_empty() && !drafts.iter().any(|draft| draft.subject == written) {
        return Ok(None);
    }
    let index = StagedIndex::open(&own.log, index_file).map_err(by_hand)?;
    let subject = match staged_slot(&index) {
        Ok(Some(slot)) => match drafts.into_iter().find(|draft| draft.path == slot.path()) {
            Some(draft) => draft.subject,
            None => slot.at().map_or_else(|| slot.kind().to_string(), |at| format!("{} in {at}", slot.kind())),
        },
        Ok(None) => "acknowledgement".to_owned(),
        Err(_) => return Ok(None),
    };
    let rest = message.strip_prefix(&written).unwrap_or(message);
    Ok((subject != written).then(|| format!("{subject}\n{}", rest.strip_prefix('\n').unwrap_or(rest))))
}

/// `commit-msg`: the message without comments, with the copy that it is signed in and the seal at its end.
///
/// # Errors
/// The message is empty, or what the seal is over cannot be read.
pub fn sealed_message(own: &Own, message: &str, index_file: Option<std::path::PathBuf>) -> Result<String> {
    let kept = seal::unsealed(&words(own, message));
    if kept.is_empty() {
        return Err(Error::usage(EMPTY_MESSAGE));
    }
    let index = StagedIndex::open(&own.log, index_file).map_err(by_hand)?;
    let file = match staged_slot(&index)? {
        None => None,
        Some(slot) => Some((slot.path(), Digest::of(&index.read(&slot.path()).map_err(by_hand)?))),
    };
    let head =
        own.log.head().map_err(|e| Error::trouble("cannot read your own log").because(&e).maybe_hint(e.hint()))?;
    let mut parents = vec![raw_digest(&own.log, head).map_err(by_hand)?];
    for cited in merge_heads(&own.log).map_err(by_hand)? {
        parents.push(raw_digest(&own.log, cited).map_err(by_hand)?);
    }
    let seal = seal::seal(&parents, file.as_ref().map(|(path, digest)| (path.as_str(), *digest)));
    let kept = match copy_in(own.log.git_dir()) {
        Some(copy) => seal::name_copy(&kept, copy),
        None => kept,
    };
    Ok(seal::append(&kept, &seal))
}

/// `post-commit`: forgets the draft once it is signed, and says what publishes the entry. A commit that git was told not to
/// sign is no entry, and the draft goes on from where it was.
///
/// # Errors
/// The commit has no signature, or the draft cannot be forgotten.
pub fn post_commit(own: &Own) -> Result<String> {
    let head =
        own.log.committed().map_err(|e| Error::trouble("cannot read your own log").because(&e).maybe_hint(e.hint()))?;
    if !is_signed(&own.log, head).map_err(by_hand)? {
        let unsigned = Error::wrong(format!("{} has no signature, so it is not an entry", head.short()));
        return Err(match way_out(own) {
            Some(leave) => unsigned.hint(leave),
            None => unsigned
                .hint("take it back, keeping your files: git reset --soft HEAD~1")
                .hint("let git sign the next one: git config commit.gpgsign true"),
        });
    }
    LaidDown::forget_signed(&own.log, head).map_err(by_hand)?;
    let branch = own.log.branch();
    Ok(match own.log.head().ok() == Some(head) {
        true => "signed; publish with: git push".to_owned(),
        false => format!(
            "signed, but not in your log, which is the branch {branch}; take it in and publish it: git switch {branch} && \
             git merge --ff-only {} && git push",
            head.short()
        ),
    })
}

/// What a person wrote, without blank lines around. Where an editor was opened on it, what git had put there for them to
/// read is taken out; every other line is theirs.
fn words(own: &Own, message: &str) -> String {
    let git_wrote = match preferences::no_editor_was_opened() {
        true => Vec::new(),
        false => opened_on(&own.log).map_err(by_hand).unwrap_or_else(|_| comments(own, message)),
    };
    let is_gits = |line: &str| git_wrote.iter().any(|known| known == line);
    let written = message.lines().take_while(|line| !(line.ends_with(SCISSORS_LINE) && is_gits(line)));
    let mut kept: Vec<&str> = written.filter(|line| !is_gits(line)).collect();
    if !git_wrote.is_empty() {
        // Where git's lines stood there would be a gap.
        kept.dedup_by(|a, b| a.trim().is_empty() && b.trim().is_empty());
    }
    kept.join("\n").trim_matches(['\n', '\r', ' ']).to_owned()
}

/// The comments in what git has an editor opened on.
fn comments(own: &Own, opened: &str) -> Vec<String> {
    let comment = preferences::comment(own.log.work_dir(), opened);
    opened.lines().filter(|line| line.starts_with(&comment)).map(str::to_owned).collect()
}

/// Git's scissors line without the comment that it is.
const SCISSORS_LINE: &str = " ------------------------ >8 ------------------------";

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

/// `pre-push` to my own remote: my log alone, and judged as a server would judge it. Gives what it carries of
/// others' misbehaviour.
///
/// # Errors
/// It would publish something else, or what would not count; or an object cannot be read.
pub fn pre_push(place: &Place, push: &Push) -> Result<Vec<Carried>> {
    let row = place.my_row()?;
    if push.reference != format!("refs/heads/{}", row.branch) {
        return Err(stopped(format!("{} is not your log, and nothing else belongs in your remote", push.reference))
            .hint(format!("push your log alone: git push origin HEAD:{}", row.branch)));
    }
    let mut history = judged(place, push.there.into_iter().chain(push.commit))?;
    if let Some(there) = push.there.filter(|there| matches!(history.node(*there), None | Some(Node::Missing))) {
        return Err(
            stopped(format!("your remote shows {}, which this copy of your log lacks", there.short())).hint(BEHIND)
        );
    }
    if let Err(refusal) = judge(&mut history, &row.name, push.there, push.commit) {
        let mut error = stopped(refusal.to_string());
        error.hints = refusal.hints(back(&history, &row.name, push.there, push.commit));
        return Err(error);
    }
    Ok(push.commit.map_or_else(Vec::new, |new| carried(&mut history, &row.name, push.there, new)))
}

fn stopped(why: String) -> Error {
    let mut error = Error::wrong("nothing was pushed");
    error.causes.push(why);
    error
}

/// What these commits reach in my repository, and nothing else.
fn judged(place: &Place, tips: impl Iterator<Item = CommitId>) -> Result<History> {
    let unreadable = |e: &dyn std::error::Error| Error::trouble("cannot read your own log").because(e);
    let mut store = Store::new();
    store.add(place.own()?.log.repository()).map_err(|e| unreadable(&e))?;
    let mut history = History::new(place.charter.clone());
    for tip in tips {
        history.extend(&store, tip).map_err(|e| unreadable(&e))?;
    }
    Ok(history)
}

/// `reference-transaction`: whether the log's branch may move from where it is to `new` (`None`: be deleted).
/// Forward always; back only over what is no entry. Git's upkeep may move it from a file of its own to where git packs
/// references.
///
/// # Errors
/// It would lose an entry, or a commit cannot be read.
pub fn branch_moves(place: &Place, new: Option<CommitId>) -> Result<()> {
    let own = place.own()?;
    let Ok(head) = own.log.head() else { return Ok(()) };
    if new.is_none() && is_only_packed(&own.log, head) {
        return Ok(());
    }
    if let Some(new) = new {
        if follows(&own.log, new, head).map_err(by_hand)? {
            return Ok(());
        }
        let mut history = judged(place, [head, new].into_iter())?;
        let me = history.index.author(&own.me);
        if me.is_some_and(|me| goes_forward(&mut history, me, head, new).is_ok()) {
            return Ok(());
        }
    }
    Err(Error::wrong(format!("this would take entries out of your log, which ends with {}", head.short()))
        .hint(format!("what is signed stays; if git has taken files out of your folder, get them back: {RESTORE}")))
}

/// What else helps when something is refused: to leave what git has stopped in the middle of, on account of it or before.
pub fn way_out(own: &Own) -> Option<String> {
    underway(&own.log).map(|(what, leave)| format!("a {what} has stopped halfway; leave it: {leave}"))
}

/// Reads a message file.
///
/// # Errors
/// It cannot be read.
pub fn read_message(path: &Path) -> Result<String> {
    let bytes = crate::place::read_bounded(path, 1 << 20)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

//! Whether this copy of my log may sign at all, and may use a certain slot (section 6).
//!
//! Much of what keeps a person from equivocating by accident is here: an old copy, another laptop, a remote out of
//! sight. It never signs and writes nothing.

use super::Pen;
use crate::error::{Error, Result};
use crate::git::moved;
use crate::look::Look;
use crate::protocol::duty::Standing;
use crate::protocol::history::Node;
use crate::protocol::id::{CommitId, Digest};
use crate::protocol::slot::Slot;
use crate::protocol::verify::Remote;

impl Pen<'_> {
    /// Section 6: nothing is signed by a copy that lacks entries of mine, or while my remote is out of sight.
    ///
    /// # Errors
    /// Something is lacking, or the branch ends with what is no entry of mine.
    pub(super) fn copy_is_current(&self, look: &mut Look, standing: &Standing) -> Result<()> {
        log_is_whole(look, standing)?;
        lacks_nothing(self.astray(look, standing)?)?;
        self.remote_was_asked(look)
    }

    /// Section 6: my own remote was asked. A copy of it elsewhere may be old.
    ///
    /// # Errors
    /// It was not, or did not answer, and its owner has not said to go on.
    pub(super) fn remote_was_asked(&self, look: &Look) -> Result<()> {
        let why = match look.verification.seen.remotes.get(&self.own.me) {
            _ if self.own_remote_unseen => return Ok(()),
            Some(_) if look.elsewhere.contains(&self.own.me) => "what answered for it may be an old copy",
            Some(Remote::Shown(_)) if look.asked => return Ok(()),
            Some(Remote::Unreachable) => look.unreached.get(&self.own.me).map_or("it did not answer", String::as_str),
            Some(Remote::Refused { .. }) => "what it sent was refused",
            Some(Remote::Shown(_)) | None => "it was not asked",
        };
        Err(Error::trouble(format!("your own remote cannot be read: {why}"))
            .maybe_hint(moved::way_out(&self.own.me, why))
            .hint("nothing is signed until it is known whether another copy of your log has signed something")
            .hint("if you are sure that no other copy of your log exists: add --remote-unseen"))
    }

    /// Whether a file with this digest may be put into a slot of mine: nothing else was ever signed for it here, and
    /// this copy knows what was. Said before anything is built, in the words that help most.
    ///
    /// # Errors
    /// It may not.
    pub(super) fn slot_is_free(&self, look: &mut Look, standing: &Standing, slot: &Slot, file: Digest) -> Result<()> {
        slot_is_unused(look, standing, slot)?;
        let others = self.journal.entries().iter().filter(|said| said.asked);
        let other = others.filter_map(|said| said.file.as_ref()).rfind(|(at, content)| at == slot && *content != file);
        if let Some((_, kept)) = other.filter(|_| slot.at().is_some()) {
            // It may have left this machine in a push that failed, so it binds like a published one.
            let mut refused = Error::wrong(format!("you have already signed a different text for {}", slot.path()));
            refused
                .causes
                .push("two different ones would convict you if both came to light (rule 4.equivocation)".to_owned());
            let path = self.journal.path_of(*kept);
            return Err(refused.hint(format!("say the same again: --file {}", path.display())));
        }
        self.memory_allows(look, slot, &standing.view)
    }
}

/// Whether the log here has all entries of mine that anybody has seen, and ends with one: on a commit made by hand nothing
/// can be built.
///
/// # Errors
/// It has not, or does not.
pub fn log_is_whole(look: &Look, standing: &Standing) -> Result<()> {
    ends_with_an_entry(look, standing)?;
    lacks_nothing(standing.lost.iter().copied())
}

fn lacks_nothing(lost: impl IntoIterator<Item = CommitId>) -> Result<()> {
    let lost: Vec<String> = lost.into_iter().map(|id| id.short()).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let what = format!("this copy of your log lacks entries that you have signed: {}", lost.join(", "));
    Err(Error::wrong(what)
        .hint("catch up before you sign anything: bicker recover")
        .hint("if you have signed something here in the meantime: bicker heal"))
}

fn ends_with_an_entry(look: &Look, standing: &Standing) -> Result<()> {
    let history = &look.verification.history;
    let Some(head) = look.verification.seen.local else { return Ok(()) };
    let why = match history.node(head) {
        Some(Node::Genesis) => return Ok(()),
        Some(Node::Entry(at)) => match history.index.entry(*at).author {
            author if author == standing.me => return Ok(()),
            author => format!("it is an entry of {}", history.index.name(author)),
        },
        Some(Node::Faulty(fault, _)) => format!("{} (rule {})", fault.why, fault.rule),
        _ => "what it builds on is not an entry".to_owned(),
    };
    let mut wrong = Error::wrong(format!("your branch ends with {}, which is not an entry of yours", head.short()));
    wrong.causes.push(why);
    Err(wrong.hint("go back to your newest entry, keeping your texts: bicker heal"))
}

/// Section 3.slot, before anything is built: a second file in a slot is what convicts.
fn slot_is_unused(look: &Look, standing: &Standing, slot: &Slot) -> Result<()> {
    let index = &look.verification.history.index;
    let mut own = index.entries_of(standing.me).iter().map(|at| index.entry(*at));
    let Some(entry) = own.find(|entry| entry.added.as_ref().is_some_and(|added| added.slot == *slot)) else {
        return Ok(());
    };
    let mut refused = Error::wrong(format!("you have already signed {}, so this was not signed", slot.path()));
    refused.causes.push("two different ones would convict you (rule 3.slot)".to_owned());
    Err(refused.hint(format!("see what you signed: bicker show {}", entry.id.short())))
}

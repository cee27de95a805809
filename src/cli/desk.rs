//! The desk at which every entry is written: what was seen, and the pen.

use std::path::PathBuf;

use super::compose::Writing;
use super::ui;
use crate::error::{Error, Result};
use crate::git::by_hand::ByHandError;
use crate::git::doctor::word;
use crate::git::laid_down::LaidDown;
use crate::look::Look;
use crate::pen::{Draft, Mended, Pen, log_is_whole};
use crate::place::Place;
use crate::protocol::file::File;
use crate::protocol::id::Digest;
use crate::protocol::index::EntryIx;
use crate::protocol::past::Author;
use crate::protocol::remedy::Remedy;
use crate::protocol::slot::Slot;
use crate::protocol::verify::Remote;
use crate::report::Exit;

/// The pen, and what was seen just before it was taken.
pub struct Desk<'a> {
    /// The pen.
    pub pen: Pen<'a>,
    /// What was seen.
    pub look: Look,
    place: &'a Place,
}

impl<'a> Desk<'a> {
    /// Looks, takes the pen, and finishes what an earlier command was interrupted in.
    pub fn open(writing: &Writing, place: &'a Place) -> Result<Self> {
        publishes_where_it_looks(writing, place)?;
        Self::begin(writing, place)?.finish()
    }

    /// As [`Desk::open`], but first catches up with what another copy of my log has published.
    pub fn open_caught_up(writing: &Writing, place: &'a Place) -> Result<Self> {
        publishes_where_it_looks(writing, place)?;
        let mut desk = Self::begin(writing, place)?;
        if let Some(remedy @ Remedy::CatchUp(_)) = desk.pen.diagnose(&mut desk.look)? {
            tell(&desk.pen.mend(&mut desk.look, &remedy)?);
        }
        desk.finish()
    }

    /// Looks, and then takes the pen.
    pub fn begin(writing: &Writing, place: &'a Place) -> Result<Self> {
        place.own()?;
        let mut look = writing.place.look_at(place)?;
        let mut pen = Pen::take_after(place, &mut look)?;
        pen.own_remote_unseen = writing.remote_unseen;
        pen.remember(&mut look)?;
        Ok(Self { pen, look, place })
    }

    /// Finishes what an earlier command was interrupted in.
    pub fn finish(mut self) -> Result<Self> {
        if let Some((slot, written)) = self.pen.finish_interrupted(&mut self.look)? {
            let what = slot.map_or_else(|| "an acknowledgement".to_owned(), |slot| slot.path());
            ui::say(&format!("finished what was interrupted: {what} ({})", written.commit.short()));
            tell_shown(&written.shown);
        } else if let Some(shown) = self.pen.show_what_was_finished()? {
            tell_shown(&shown);
        }
        // Git, or bicker in its place, may have been killed before it could tidy up after the draft.
        let log = &self.place.own()?.log;
        let tidied = log.head().map_err(ByHandError::from).and_then(|head| LaidDown::forget_signed(log, head));
        tidied.map_err(|e| Error::trouble("cannot tidy up").because(&e).maybe_hint(e.hint()))?;
        let standing = self.pen.standing(&mut self.look)?;
        log_is_whole(&self.look, &standing)?;
        Ok(self)
    }

    /// Writes an entry, tells, and publishes if asked. What is signed already is not signed again: whoever types a
    /// command once more, because it was interrupted, gets to where it would have led.
    pub fn put(
        mut self,
        writing: &Writing,
        file: Option<(Slot, File)>,
        subject: String,
        evidence: Vec<EntryIx>,
    ) -> Result<Exit> {
        let mut is_published = false;
        if let Some(at) = self.signed_already(writing, file.as_ref())? {
            let index = &self.look.verification.history.index;
            let entry = index.entry(at);
            let shown = self.look.verification.seen.remotes.get(&self.place.own()?.me).and_then(Remote::shown);
            is_published =
                shown.and_then(|head| index.find(head)).is_some_and(|head| index.holds(&index.entry(head).reach, at));
            let slot = entry.added.as_ref().map_or_else(String::new, |added| added.slot.path());
            ui::print(&format!("signed already: {slot} ({})\n", entry.id.short()))?;
            let meant = file.map(|(meant, _)| meant).filter(|meant| meant.path() != slot);
            if let Some(at) = meant.and_then(|meant| meant.at()) {
                ui::say(&format!("to say the same in {at}, too, add: --round {}", at.round));
            }
        } else {
            let told = subject.clone();
            let written = self.pen.write(&mut self.look, &Draft { file, subject, evidence })?;
            ui::print(&format!("signed: {told} ({})\n", written.commit.short()))?;
            tell_shown(&written.shown);
        }
        if is_published {
            ui::print("published\n")?;
        } else if writing.push {
            self.pen.publish_and_let_go(&mut self.look)?;
            ui::print("published\n")?;
        } else {
            ui::say("not published yet; publish with: bicker sync");
        }
        Ok(Exit::Verified)
    }

    /// The entry of mine that says just this already: the one in the same slot; or, unless the person has named another
    /// round, my newest one. That is an abandon which has opened the next round: the same words typed once more mean
    /// the old round still.
    ///
    /// # Errors
    /// The charter does not name me.
    pub fn signed_already(&mut self, writing: &Writing, file: Option<&(Slot, File)>) -> Result<Option<EntryIx>> {
        let Some((slot, file)) = file else { return Ok(None) };
        let digest = Digest::of(file.print().as_bytes());
        let standing = self.pen.standing(&mut self.look)?;
        let index = &self.look.verification.history.index;
        let in_slot = index.slot_use(standing.me, slot).map(|used| &used.files);
        if let Some(files) = in_slot {
            let same = files.get(&digest).and_then(|commit| index.find(*commit));
            return Ok(same.filter(|at| files.len() == 1 && index.holds(&standing.own, *at)));
        }
        let names_none = writing.step.is_none() && writing.round.is_none();
        let is_same = |at: &EntryIx| {
            let added = index.entry(*at).added.as_ref();
            added.is_some_and(|added| added.slot.kind() == slot.kind() && added.digest == digest)
        };
        Ok(standing.head.filter(|head| names_none && is_same(head)))
    }
}

/// Nothing is signed by what one address of my remote shows, to be published at another.
fn publishes_where_it_looks(writing: &Writing, place: &Place) -> Result<()> {
    let (me, mut elsewhere) = (&place.own()?.me, writing.place.looking(place)?.elsewhere);
    let Some(url) = elsewhere.remove(me) else { return Ok(()) };
    Err(Error::usage(
        "--remote names another address for your own remote, and what you sign would not be published there",
    )
    .hint(format!("if your remote has moved there, note it first: bicker remote {me} {}", word(&url)))
    .hint(format!("else leave out: --remote {me}={}", word(&url))))
}

/// Says where files of the person's own are now, or why the folder does not show an entry.
fn tell_shown(shown: &Result<Vec<PathBuf>, String>) {
    match shown {
        Ok(moved) => moved.iter().for_each(|path| {
            ui::say(&format!("a file of yours stood in its place and is now {}", path.display()));
        }),
        Err(why) => ui::say(&format!("the entry is signed, but your folder does not show it: {why}")),
    }
}

/// Says what was mended.
pub fn tell(mended: &Mended) {
    ui::say(&mended.what);
    for path in &mended.kept {
        ui::say(&format!("a text that is no longer in your log is kept in {}", path.display()));
    }
    for name in &mended.holders {
        ui::say(&format!("{name} still holds it, and must never be pushed: git update-ref -d {name}"));
    }
    if let Some(why) = &mended.not_shown {
        ui::say(&format!("your folder does not show it: {why}"));
    }
}

/// Who I am in the index.
pub fn my_author(look: &Look, place: &Place) -> Result<Author> {
    let me = &place.own()?.me;
    let author = look.verification.history.index.author(me);
    author.ok_or_else(|| Error::usage(format!("the charter has no researcher {me}")))
}

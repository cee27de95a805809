//! `status`: where each step stands, what I owe, and whom we wait for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::answers::answers_to;
use super::editor;
use super::looking::Where;
use super::news::unread_by;
use super::ui;
use crate::error::Result;
use crate::git::doctor::word as shell_word;
use crate::git::journal::Journal;
use crate::git::laid_down::LaidDown;
use crate::git::moved;
use crate::look::Look;
use crate::place::{Own, Place};
use crate::protocol::duty::current;
use crate::protocol::file::Stance;
use crate::protocol::id::At;
use crate::protocol::remedy::{Remedy, remedy};
use crate::protocol::slot::Slot;
use crate::report::Exit;
use crate::report::status::{AnswerToMe, Around, Draft, Elsewhere, Memory, Status as Page};

/// Show where each step stands, what you owe, and whom the group waits for.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker status\n  bicker status --short --offline    # for a prompt")]
pub struct Status {
    /// One short line
    #[arg(long, conflicts_with = "json")]
    short: bool,
    /// For programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `status`
pub fn status(arguments: &Status) -> Result<Exit> {
    let (place, mut look) = arguments.place.look()?;
    let page = page(&place, &mut look);
    ui::print(&match () {
        () if arguments.json => page.json(),
        () if arguments.short => page.short(),
        () => page.text(ui::colour(), ui::width()),
    })?;
    Ok(Exit::Verified)
}

/// The status of what was seen.
pub fn page(place: &Place, look: &mut Look) -> Page {
    let me = place.own.as_ref().map(|own| own.me.clone());
    let names = place.charter.researchers().iter().map(|researcher| researcher.name.clone());
    let answered = names.map(|name| (look.cache.answered(&name), name)).map(|(at, name)| (name, at)).collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let ails = ails(place, look);
    let unpublished = ails == Some(Remedy::Publish);
    let heal = ails.is_some_and(|ails| {
        !matches!(ails, Remedy::Publish | Remedy::CatchUp(_) | Remedy::Foreign(_) | Remedy::Convicted)
    });
    let at = current(&look.verification.history.index, &look.verification.everything);
    let answers = answers_to_me(place, look, at);
    let index = &look.verification.history.index;
    let author = place.own.as_ref().and_then(|own| index.author(&own.me));
    let has_echoed = author.is_some_and(|me| index.slot_use(me, &Slot::Echo(at)).is_some());
    let drafts = place.own.as_ref().map(|own| drafts(own, at)).unwrap_or_default();
    let unread = place.own.as_ref().map(|own| unread_by(own, look).len());
    let around = Around {
        unread,
        heal,
        unpublished,
        me,
        asked: look.asked,
        answered,
        now,
        drafts,
        memory: memory(place),
        answers,
        has_echoed,
        remotes: elsewhere(place),
    };
    Page::of(&mut look.verification, around)
}

/// What became of my criticism in a round, as far as it can be read.
fn answers_to_me(place: &Place, look: &Look, at: At) -> Vec<AnswerToMe> {
    let Some(own) = &place.own else { return Vec::new() };
    let answered = answers_to(look, &look.verification.everything, at, Some(&own.me)).unwrap_or_default();
    // Whoever had no objection has asked for nothing.
    let asked = answered.iter().filter(|a| a.stance != Stance::NoObjection);
    asked.map(|a| AnswerToMe { what: a.in_words(), command: a.to_read(look) }).collect()
}

/// What my copy remembers, if that can be asked at once.
fn memory(place: &Place) -> Memory {
    let git_dir = place.own.as_ref().map(|own| own.log.git_dir());
    match git_dir.and_then(|git_dir| Journal::open_within(git_dir, Duration::ZERO).ok()) {
        Some(journal) if !journal.is_whole() => Memory::Lost(journal.mark()),
        _ => Memory::Whole,
    }
}

/// What I am writing: for plain git in my folder, or for bicker among what is kept.
fn drafts(own: &Own, at: At) -> Vec<Draft> {
    let laid_down = LaidDown::all(&own.log).unwrap_or_default();
    let several = laid_down.len() > 1;
    let in_folder = laid_down.into_iter().map(|draft| Draft {
        command: match several {
            true => format!("bicker draft --resume {}", draft.path),
            false => "bicker draft --resume".to_owned(),
        },
        what: match draft.file(&own.log).exists() {
            true => draft.path,
            false => format!("{}, which is missing", draft.path),
        },
    });
    let kept = editor::all_kept(own).into_iter().map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let command = goes_on(&name, at).unwrap_or_else(|| format!("less {}", shell_word(&path.display().to_string())));
        Draft { what: format!("{name}, which is kept"), command }
    });
    in_folder.chain(kept).collect()
}

/// The command that goes on with a draft that is kept under this name, if it is for the round that the group is in.
fn goes_on(name: &str, at: At) -> Option<String> {
    let (slot, edit) = match name.strip_suffix(".copy.md") {
        Some(stem) => (format!("{stem}.md"), " --edit"),
        None => (name.to_owned(), ""),
    };
    let slot = Slot::parse(&slot.replace('_', "/")).filter(|slot| slot.at().is_none_or(|of| of == at))?;
    Some(match slot {
        Slot::Proposal(_) => "bicker propose".to_owned(),
        Slot::Criticism(_, of) => format!("bicker criticize {of}{edit}"),
        Slot::Revision(_) => "bicker revise".to_owned(),
        Slot::Abandon(_) => "bicker abandon".to_owned(),
        Slot::Accusation(of) => format!("bicker accuse {of}"),
        _ => return None,
    })
}

/// Remotes that have moved, and those that git alone was told of.
fn elsewhere(place: &Place) -> Vec<Elsewhere> {
    let noted = place.moved().map(|(row, _)| Elsewhere {
        what: format!("that of {} is at {}, as you have noted", row.name, row.remote),
        command: "bicker remote".to_owned(),
    });
    let apart = place.own.as_ref().map(|own| moved::apart(&own.log, &own.me, &place.researchers).unwrap_or_default());
    let for_git = apart.into_iter().flatten().map(|apart| Elsewhere {
        what: format!(
            "git's {} is {}, and bicker's is {}; if it has moved, note it",
            apart.called, apart.git, apart.bicker
        ),
        command: format!("bicker remote {} {}", apart.name, shell_word(apart.git.as_str())),
    });
    noted.chain(for_git).collect()
}

/// What ails my own log.
fn ails(place: &Place, look: &mut Look) -> Option<Remedy> {
    let own = place.own.as_ref()?;
    let me = look.verification.history.index.author(&own.me)?;
    remedy(&mut look.verification, me, &own.log.pushed(), &[])
}

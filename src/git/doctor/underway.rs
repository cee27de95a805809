//! What was begun and not ended: the journal, an entry that was interrupted, drafts, and room on the disk.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use rustix::fs::statvfs;

use super::{Bench, Check, command_in, path_word, with_causes};
use crate::git::journal::{Intent, Journal, JournalError};
use crate::git::laid_down::LaidDown;
use crate::protocol::genesis::Genesis;

/// How long another bicker may go on signing before the journal is left alone.
const PATIENCE: Duration = Duration::from_secs(2);

/// The free space below which it is said: a hundred of the largest entries.
const ROOM: u64 = 64 << 20;

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let mut checks = vec![journal(at), room(at)];
    checks.extend(drafts(at));
    checks.extend(moved_aside(at));
    checks
}

fn journal(at: &Bench<'_>) -> Check {
    let file = at.log.git_dir().join("bicker/journal");
    let is_begun = match (at.log.head(), at.charter) {
        (Ok(head), Some(charter)) => head != Genesis::of(charter).commit,
        (Ok(_), None) => true,
        (Err(e), _) => {
            let fix = e.hint().map(|hint| command_in(&hint));
            return Check { fix, ..Check::wrong("your log cannot be read", with_causes(&e)) };
        }
    };
    // Opening it would make it anew.
    if !file.exists() {
        return match is_begun {
            false => Check::ok("there is no journal yet: nothing was signed here"),
            true => lost(&file),
        };
    }
    let journal = match Journal::open_within(at.log.git_dir(), PATIENCE) {
        Ok(journal) => journal,
        Err(e) => return unusable(&file, &e),
    };
    if !journal.is_whole() && is_begun {
        return Check::note(
            "this copy of your log does not know what you may have signed before",
            "nothing is signed in the steps that were open when its memory was lost; from a new step on you take part",
        )
        .fix("bicker sync");
    }
    let waits_on = |intent: &&Intent| intent.begun.is_some_and(|b| at.log.head().is_ok_and(|h| h == b.first_parent));
    let waiting = journal.entries().last().filter(waits_on);
    match waiting {
        None => Check::ok(format!("the journal is readable, with {} recorded", entries(journal.entries().len()))),
        Some(intent) => Check::warning(
            format!(
                "an entry was started and not finished: {}",
                intent.file.as_ref().map_or("an acknowledgement".to_owned(), |(slot, _)| slot.path())
            ),
            "it may be signed already, so nothing else is signed before it is finished with the same bytes",
        )
        .fix("bicker sync"),
    }
}

/// A journal that cannot be read, or not now.
fn unusable(file: &Path, e: &JournalError) -> Check {
    let path = path_word(file);
    let why = e.hint().unwrap_or("nothing is signed without it");
    let check = Check::wrong(format!("the journal cannot be used: {}", with_causes(e)), why);
    match e {
        JournalError::Busy { .. } => {
            Check::unknown(e.to_string(), "it may be about to sign something").fix("bicker doctor")
        }
        JournalError::Damaged { .. } | JournalError::TooLong { .. } => {
            check.fix(format!("mv {path} {path}.damaged && bicker recover   (only if all is published)"))
        }
        _ => check.fix(format!("ls -l {path}")),
    }
}

/// A log with entries and a journal without.
fn lost(file: &Path) -> Check {
    Check::wrong(
        format!("the journal {} is gone, and your log is not", file.display()),
        "without it nobody knows whether you signed something that never reached your remote, so nothing is signed in the \
         steps that are open now",
    )
    .fix("bicker recover")
}

fn entries(number: usize) -> String {
    if number == 1 { "1 entry".to_owned() } else { format!("{number} entries") }
}

/// Whether an entry could be written down now.
fn room(at: &Bench<'_>) -> Check {
    let folder = at.log.git_dir().join("bicker");
    let written = tempfile::NamedTempFile::new_in(&folder).and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.as_file().sync_all()
    });
    if let Err(e) = written {
        return Check::wrong(
            format!("nothing can be written to {}: {e}", folder.display()),
            "an entry is written down before it is signed, so nothing is signed",
        )
        .fix(format!("df -h {0}; ls -ld {0}", path_word(&folder)));
    }
    let free = statvfs(&folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    match free.filter(|free| *free < ROOM) {
        Some(free) => Check::warning(
            format!("the disk has {} MiB left", free >> 20),
            "an entry that cannot be written down is not signed, and nothing more can be fetched",
        )
        .fix(format!("df -h {}", path_word(&folder))),
        None => Check::ok("the journal can be written, and the disk has room"),
    }
}

/// The drafts for plain git.
fn drafts(at: &Bench<'_>) -> Vec<Check> {
    let merging = at.log.repository().path().join("MERGE_HEAD").exists();
    match LaidDown::all(at.log) {
        Ok(drafts) if drafts.is_empty() && merging => {
            vec![
                Check::warning(
                    "git is in the middle of a merge",
                    "git commit would make it, and it may not be an entry",
                )
                .fix("git merge --abort"),
            ]
        }
        Ok(drafts) => drafts.iter().map(|draft| of_draft(draft, at)).collect(),
        Err(e) => vec![Check::unknown("whether a draft is begun could not be read", e.to_string())],
    }
}

fn of_draft(draft: &LaidDown, at: &Bench<'_>) -> Check {
    let why = match draft.file(at.log).exists() {
        true => "to go on, edit, stage and commit it",
        false => "its file is gone, and can be brought back",
    };
    Check::note(format!("a draft is started and not committed: {}", draft.path), why)
        .fix(format!("bicker draft --resume {}", draft.path))
}

/// What was written and not signed, or stood in an entry's way.
fn moved_aside(at: &Bench<'_>) -> Option<Check> {
    let folder = at.log.git_dir().join("bicker/drafts");
    let number = fs::read_dir(&folder).map_or(0, |files| files.flatten().count());
    (number > 0).then(|| {
        Check::note(
            format!(
                "{} kept in {}",
                if number == 1 { "1 draft is".to_owned() } else { format!("{number} drafts are") },
                folder.display()
            ),
            "what you wrote and did not sign, or what stood in an entry's way; delete what you no longer need",
        )
        .fix(format!("ls -l {}", path_word(&folder)))
    })
}

//! What a look at the remotes tells of one's own log: is it published, does anything in it not count, and whom can one not
//! reach?

use crate::git::doctor::{Check, Section, remote, word};
use crate::git::log::Log;
use crate::git::moved::way_out;
use crate::look::Look;
use crate::place::Place;
use crate::protocol::charter::Researcher;
use crate::protocol::finding::{Code, Finding, Severity};
use crate::protocol::id::{CommitId, Name};
use crate::protocol::index::EntryIx;
use crate::protocol::past::Author;
use crate::protocol::remedy::{Remedy, remedy};
use crate::protocol::transport::Remote;
use crate::protocol::verify::Remote as Shows;
use crate::report::say::count;

/// How far a clock may be wrong before it is said.
const CLOCK: u64 = 60 * 60;

/// The sections on remotes and on the clock.
pub fn sections(place: &Place, look: &mut Look, log: &Log, offline: bool, now: u64) -> Vec<Section> {
    let row = match place.my_row() {
        Ok(row) => row,
        Err(e) => {
            let check = Check::unknown("your remote was not checked", e.to_string());
            return vec![Section { title: "Your remote", checks: vec![check] }];
        }
    };
    let url = row.remote.as_str();
    let Some(me) = look.verification.history.index.author(&row.name) else {
        let check = Check::unknown("your remote was not checked", "the charter does not name you");
        return vec![Section { title: "Your remote", checks: vec![check] }];
    };
    let mut mine = Vec::new();
    if offline {
        let why = "what it shows, and whether another copy of yours has signed something, is not known";
        mine.push(Check::unknown("your remote was not asked (--offline)", why).fix("bicker doctor"));
        // What is here can be judged all the same.
        let ailment = remedy(&mut look.verification, me, &log.pushed(), &[]);
        mine.extend(ailment.filter(|ailment| matches!(ailment, Remedy::CutBack(_))).map(|found| ailing(look, &found)));
    } else {
        mine.extend(shown(look, log, &row.name, me, url));
    }
    mine.extend(moved(place).filter(|(name, _)| **name == row.name).map(|(_, check)| check));
    mine.extend(findings(look, &row.name));
    mine.extend(remote(log, row));
    let mut sections = vec![Section { title: "Your remote", checks: mine }];
    if !offline {
        let mut theirs = others(place, look, &row.name);
        theirs.extend(moved(place).filter(|(name, _)| **name != row.name).map(|(_, check)| check));
        sections.push(Section { title: "The others", checks: theirs });
    }
    sections.push(Section { title: "The clock", checks: vec![clock(look, me, now)] });
    sections
}

/// Whose remote is noted to be elsewhere than the charter says.
fn moved(place: &Place) -> impl Iterator<Item = (&Name, Check)> {
    let check = |(row, charter): (_, &Remote)| {
        let row: &Researcher = row;
        let found = format!("the remote of {} has moved to {}, as you have noted", row.name, row.remote);
        let why = format!("the charter says {charter}; this holds here until it names another address");
        (&row.name, Check::note(found, why).fix("bicker remote"))
    };
    place.moved().map(check)
}

/// What the own remote shows, beside what is here.
fn shown(look: &mut Look, log: &Log, name: &Name, me: Author, url: &str) -> Vec<Check> {
    let there = match look.verification.seen.remotes.get(name) {
        Some(Shows::Shown(head)) => *head,
        Some(Shows::Refused { head, why }) => {
            let head = head.map_or(String::new(), |head| format!(" (it shows {})", head.short()));
            let found = format!("what your remote sent was refused{head}");
            return vec![Check::wrong(found, why.clone()).fix(list(url))];
        }
        Some(Shows::Unreachable) | None => {
            let why = look.unreached.get(name).map_or("it was not asked", String::as_str);
            let check = Check::unknown(format!("your remote {url} could not be reached"), why.to_owned());
            return vec![check.fix(list(url))];
        }
    };
    let state = match there {
        None => format!("your remote {url} answers and has no branch yet"),
        Some(head) => format!("your remote {url} answers and shows {}", head.short()),
    };
    match remedy(&mut look.verification, me, &log.pushed(), &[]) {
        None => vec![Check::ok(format!("{state}; all that is in your log here is published"))],
        Some(Remedy::Publish) => vec![unpublished(look, me, there, &state)],
        Some(ailment) => vec![Check::ok(state), ailing(look, &ailment)],
    }
}

fn list(url: &str) -> String {
    format!("git ls-remote {}", word(url))
}

/// How far the remote is behind what is here.
fn unpublished(look: &Look, me: Author, there: Option<CommitId>, state: &str) -> Check {
    let index = &look.verification.history.index;
    let within = |head: Option<CommitId>, at| {
        let head = head.and_then(|head| index.find(head));
        head.is_some_and(|head| head == at || index.holds(&index.entry(head).past, at))
    };
    let local = look.verification.seen.local;
    let number = index.entries_of(me).iter().filter(|at| within(local, **at) && !within(there, **at)).count();
    let what = if number == 1 { "1 entry here is".to_owned() } else { format!("{number} entries here are") };
    Check::warning(format!("{state}; {what} not published"), "nobody sees what is not published").fix("bicker sync")
}

/// What is wrong with the own log, as far as what is here and what was shown tell.
fn ailing(look: &Look, ailment: &Remedy) -> Check {
    let index = &look.verification.history.index;
    let id = |at: &EntryIx| index.entry(*at).id.short();
    let all = |entries: &[EntryIx]| entries.iter().map(id).collect::<Vec<_>>().join(", ");
    let (found, why, fix) = match ailment {
        Remedy::CutBack(newest) => (
            format!(
                "your branch ends with what is not an entry of yours; the newest that is one is {}",
                newest.short()
            ),
            "nothing can be built on it",
            "bicker heal",
        ),
        Remedy::Void(entries, _) => (
            format!("entries here lost their push to others of yours: {}", all(entries)),
            "published, they would fork your log; what you wrote is kept when they are dropped",
            "bicker heal",
        ),
        Remedy::CatchUp(newest) => (
            format!("this copy of your log lacks entries that you have signed, up to {}", id(newest)),
            "what you sign here now would fork your log, and may convict you",
            "bicker recover",
        ),
        Remedy::Convicted => (
            "your published log has branches, and they hold a proof against you".to_owned(),
            "nothing mends that; they must never be joined",
            "bicker verify",
        ),
        Remedy::Join(branches) => (
            format!("your published log has branches: {}", all(branches)),
            "others cite you no further before an entry joins them",
            "bicker heal",
        ),
        Remedy::Cover(head) => (
            format!("your remote ends with {}, which is not an entry of yours", head.short()),
            "a forge makes such commits by itself; the log has to go on over them",
            "bicker heal",
        ),
        Remedy::Foreign(head) => (
            format!("your remote shows {}, a history that is not this group's or not whole", head.short()),
            "nobody can read your log there",
            "bicker verify",
        ),
        Remedy::Publish => ("your remote lacks your newest entries".to_owned(), "nobody sees them", "bicker sync"),
    };
    Check::wrong(found, why).fix(fix)
}

/// What the verifier finds about the own log and remote.
fn findings(look: &Look, me: &Name) -> Vec<Check> {
    let all = &look.verification.findings;
    // These two are told in other words.
    let told = |finding: &&Finding| matches!(finding.code, Code::Unreachable | Code::Refused);
    let about_me = all.iter().filter(|finding| finding.researcher.as_ref() == Some(me) && !told(finding));
    let mut checks: Vec<Check> = about_me.filter_map(check_of).collect();
    if checks.is_empty() {
        checks.push(Check::ok("everything that is seen of your log counts"));
    }
    checks
}

fn check_of(finding: &Finding) -> Option<Check> {
    let found = format!("{}: {}", finding.code, finding.message);
    let check = match finding.code.severity() {
        Severity::Error => Check::wrong(found, finding.hint.clone()),
        Severity::Warning => Check::warning(found, finding.hint.clone()),
        Severity::Note => return None,
    };
    Some(check.fix("bicker verify"))
}

/// The remotes of the others, and what is to be known of them.
fn others(place: &Place, look: &Look, me: &Name) -> Vec<Check> {
    let why = "you cannot see what they say, nor cite it; one at a time that is nothing unusual";
    let mut checks: Vec<Check> = Vec::new();
    for row in place.researchers.iter().filter(|row| row.name != *me) {
        if let Some(reason) = look.unreached.get(&row.name) {
            let moved = way_out(&row.name, reason).map_or_else(String::new, |way_out| format!("; {way_out}"));
            let why = format!("{why}{moved}");
            let found = format!("the remote of {} could not be reached: {reason}", row.name);
            checks.push(Check::warning(found, why).fix(list(row.remote.as_str())));
        }
    }
    if checks.is_empty() {
        checks.push(Check::ok("all their remotes answer"));
    }
    let is_theirs =
        |finding: &&Finding| finding.code.severity() == Severity::Error && finding.researcher.as_ref() != Some(me);
    let wrong = look.verification.findings.iter().filter(is_theirs).count();
    if wrong > 0 {
        let found = format!("{} about others, or about the group", count(wrong, "finding"));
        checks.push(Check::note(found, "nothing that can be mended here").fix("bicker verify"));
    }
    checks
}

/// Whether this machine's clock is behind the entries. Anyone can write any time into a commit, so it takes one's own
/// newest entry, or those of more researchers than may be Byzantine.
fn clock(look: &Look, me: Author, now: u64) -> Check {
    let index = &look.verification.history.index;
    let ahead = |author| {
        let newest = index.entries_of(author).last().map(|at| index.entry(*at).seconds);
        newest.is_some_and(|seconds| seconds > now.saturating_add(CLOCK))
    };
    let number = index.authors().filter(|(author, _)| ahead(*author)).count();
    match ahead(me) || number > index.charter.faults() {
        false => Check::ok("no newest entry is dated in the future"),
        true => Check::warning(
            "newest entries are dated in the future, so this machine's clock seems to be behind",
            "no rule uses the time, but certificates of servers do, and people read it",
        )
        .fix("date   (look whether it is right)"),
    }
}

//! `sync`: fetch, verify, do what is mechanical, publish, and say what is new.

use std::time::Duration;

use clap::Args;

use super::answers::answers_to;
use super::compose::Writing;
use super::desk::{Desk, my_author};
use super::join::join_entry;
use super::looking::Where;
use super::mechanical::{accusation_of, acknowledgement_of, echo_of, proof_against, ratify_of};
use super::{news, status, ui};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::pen::{Draft, Pen};
use crate::place::Place;
use crate::protocol::duty::{Duty, Standing, duties, standing};
use crate::protocol::id::{At, CommitId, Digest};
use crate::protocol::slot::Slot;
use crate::protocol::verify::Remote;
use crate::report::Exit;
use crate::report::status::Status;

/// Fetch everyone, verify, write the entries that need no decision, and publish.
///
/// Echoes, ratifies, acknowledgements and accusations that are due are written; everything else is left to you. It is safe
/// to stop it anywhere and to run it again.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker sync\n  bicker sync --no-write")]
pub struct Sync {
    /// Only look: write and publish nothing
    #[arg(long)]
    no_write: bool,
    /// Publish, which it does anyway
    #[arg(long, conflicts_with = "no_write")]
    push: bool,
    /// Sign although your own remote cannot be reached: only if no other copy of your log exists
    #[arg(long)]
    remote_unseen: bool,
    /// Do it again at an interval until interrupted; a minute, if no seconds are given
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60")]
    watch: Option<u64>,
    #[command(flatten)]
    place: Where,
}

/// The shortest time between two rounds of `--watch`, in seconds: remotes are other people's machines.
const WATCH_MIN: u64 = 5;

/// `sync`
pub fn sync(arguments: Sync) -> Result<Exit> {
    let place = arguments.place.place()?;
    let looks_only = arguments.no_write || place.own.is_none();
    let watch = arguments.watch.map(|seconds| Duration::from_secs(seconds.max(WATCH_MIN)));
    let writing = Writing { remote_unseen: arguments.remote_unseen, place: arguments.place, ..Writing::default() };
    let watches = watch.is_some();
    let once = || if looks_only { look_once(&writing, &place, watches) } else { sync_once(&writing, &place, watches) };
    let mut shown = once()?;
    print(&shown)?;
    let Some(interval) = watch else { return Ok(Exit::Verified) };
    loop {
        std::thread::sleep(interval);
        match once() {
            // What is the same as before is not said again.
            Ok(status) if status.timeless() == shown.timeless() => {}
            Ok(status) => {
                print(&status)?;
                shown = status;
            }
            // A remote that is away for a while is no reason to stop watching.
            Err(error) if error.exit == Exit::Incomplete => ui::complain(&error),
            Err(error) => return Err(error),
        }
    }
}

fn print(status: &Status) -> Result<()> {
    ui::print(&status.text(ui::colour(), ui::width()))
}

/// Looks, and says what is new; gives the status.
fn look_once(writing: &Writing, place: &Place, watches: bool) -> Result<Status> {
    let mut seen = writing.place.look_at(place)?;
    news::tell(place, &mut seen, watches)?;
    Ok(status::page(place, &mut seen))
}

/// The whole of it, once; gives the status.
fn sync_once(writing: &Writing, place: &Place, watches: bool) -> Result<Status> {
    let mut desk = Desk::open_caught_up(writing, place)?;
    news::tell(place, &mut desk.look, watches)?;
    if desk.pen.nothing_was_signed(&desk.look)? {
        desk.pen.trust_memory()?;
    }
    // Nobody is asked who may be away.
    let asks = !watches && ui::can_ask();
    let mut held = Held { asks, bound: None, unsettled: None };
    while let Some(draft) = next(&desk.pen, &mut desk.look, place, &mut held)? {
        let written = desk.pen.write(&mut desk.look, &draft)?;
        ui::print(&format!("signed: {} ({})\n", draft.subject, written.commit.short()))?;
    }
    held.bound.iter().chain(&held.unsettled).for_each(ui::complain);
    let standing = desk.pen.standing(&mut desk.look)?;
    if let Err(not_yet) = desk.pen.memory_allows(&desk.look, &Slot::Echo(standing.at), &standing.view) {
        ui::complain(&not_yet);
    }
    desk.pen.condense(&mut desk.look)?;
    let Desk { pen, mut look, .. } = desk;
    if unpublished(&look, place)? {
        pen.publish_and_let_go(&mut look)?;
        ui::print("published\n")?;
    } else {
        // The status asks what the journal knows.
        drop(pen);
    }
    Ok(status::page(place, &mut look))
}

/// Why something that is due is not written.
struct Held {
    /// Whether a person sits there who can be asked.
    asks: bool,
    /// An entry of mine excludes it.
    bound: Option<Error>,
    /// It would support a revision that rejects my objection, and I have not said that I want that.
    unsettled: Option<Error>,
}

/// The next mechanical entry that is due, but for what is held back. A copy that has lost its
/// memory uses only slots that it may use already, and lets the others know as soon as there is something to say it with.
fn next(pen: &Pen<'_>, look: &mut Look, place: &Place, held: &mut Held) -> Result<Option<Draft>> {
    let me = my_author(look, place)?;
    let standing = standing(&mut look.verification, me);
    let due = duties(&look.verification, &standing);
    if due.contains(&Duty::Repair) {
        return Ok(None);
    }
    for duty in due {
        let ((file, subject), evidence) = match duty {
            Duty::Join => (join_entry(), Vec::new()),
            Duty::Ratify(at, value) => (ratify_of(at, value), Vec::new()),
            Duty::Echo(at, value) => {
                if held.unsettled.is_none() {
                    held.unsettled = unsettled(look, place, &standing, at, value, held.asks)?;
                }
                if held.unsettled.is_some() {
                    continue;
                }
                (echo_of(at, value), Vec::new())
            }
            Duty::Accuse(name) => match proof_against(look, &name) {
                Some(pair) => (accusation_of(look, &name, pair), pair.to_vec()),
                None => continue,
            },
            Duty::Acknowledge => return Ok(Some(acknowledgement(look, &standing))),
            _ => continue,
        };
        let statement = (&file.0, Digest::of(file.1.print().as_bytes()));
        if pen.memory_allows(look, &file.0, &standing.view).is_err() {
            continue;
        }
        match pen.nothing_contradicts(look, &standing.view, statement, None) {
            Ok(()) => return Ok(Some(Draft { file: Some(file), subject, evidence })),
            Err(why) => held.bound = Some(why),
        }
    }
    let marks = pen.needs_a_mark() && standing.head.is_some() && !standing.cite.is_empty();
    Ok(marks.then(|| acknowledgement(look, &standing)))
}

/// Why an echo is not given: at a terminal nobody supports a revision that rejects their own objection before they were
/// shown that. Where nobody sits, and where a lock binds, it is given.
fn unsettled(
    look: &Look,
    place: &Place,
    standing: &Standing,
    at: At,
    value: CommitId,
    asks: bool,
) -> Result<Option<Error>> {
    let index = &look.verification.history.index;
    if !ui::can_ask() || index.carried_lock(&standing.view, at).is_some() {
        return Ok(None);
    }
    let answers = answers_to(look, &standing.view, at, Some(&place.own()?.me))?;
    let Some(answer) = answers.iter().find(|a| a.overrules() && index.entry(a.revision).id == value) else {
        return Ok(None);
    };
    ui::say(&format!("your objection to {}'s proposal: {}", answer.author, answer.in_words()));
    ui::say(&format!("see what has changed: {}", answer.to_read(look)));
    if asks && matches!(ui::ask("echo the revision all the same? [y/N] ")?.as_deref(), Some("y" | "Y" | "yes")) {
        return Ok(None);
    }
    let not = Error::usage(format!("{}'s revision is not echoed", answer.author));
    Ok(Some(
        not.hint("to support no revision in this round: bicker abandon")
            .hint(format!("to echo it anyway: bicker echo {}", answer.author)),
    ))
}

fn acknowledgement(look: &Look, standing: &Standing) -> Draft {
    Draft { file: None, subject: acknowledgement_of(look, standing), evidence: Vec::new() }
}

fn unpublished(look: &Look, place: &Place) -> Result<bool> {
    let own = place.own()?;
    let there = look.verification.seen.remotes.get(&own.me).and_then(Remote::shown);
    Ok(there != look.verification.seen.local)
}

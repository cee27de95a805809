//! The status as a page of text.

use super::words::{ago, join_names, plural, when};
use super::{Owed, Status, Waiting, Why};
use crate::protocol::finding::Severity;
use crate::protocol::id::{At, Name};
use crate::protocol::outlook::{Awaited, Outlook};
use crate::protocol::report::{State, StepRow};
use crate::report::cells::{cells, padded};
use crate::report::text::page::{Page, Tone};

/// At most this many lines of a kind are shown; `bicker verify` shows all.
const LINES_MAX: usize = 20;

/// What is owed for less than this is not late.
const HOUR: u64 = 3_600;

/// The page.
pub(super) fn text(status: &Status, colour: bool, width: usize, now: u64) -> String {
    let mut page = Page::new(colour, width);
    heading(&mut page, status, now);
    alarms(&mut page, status);
    if status.around.me.is_some() {
        owed(&mut page, status, now);
    }
    answers(&mut page, status);
    drafts(&mut page, status);
    remotes(&mut page, status);
    waiting(&mut page, status, now);
    page.gap();
    let earlier = status.report.steps.len().saturating_sub(LINES_MAX);
    if earlier > 0 {
        page.line(0, Tone::Plain, &format!("{} before these: bicker verify", plural(earlier, "final step")));
    }
    for step in status.report.steps.iter().skip(earlier) {
        step_lines(&mut page, status, step);
    }
    if status.report.steps.iter().any(|step| step.state == State::Final) {
        page.gap();
        page.line(0, Tone::Plain, "what is agreed: bicker document");
    }
    match (&status.next, &status.around.me) {
        (Some(next), _) => {
            page.gap();
            page.line(0, Tone::Plain, &format!("next: {next}"));
        }
        (None, Some(_)) => {
            page.gap();
            page.line(0, Tone::Plain, "next: nothing to do but wait; look again with bicker sync");
        }
        (None, None) => {}
    }
    page.finish()
}

fn heading(page: &mut Page, status: &Status, now: u64) {
    let charter = &status.report.charter;
    page.line(0, Tone::Bold, &charter.title);
    let all = status.report.researchers.len();
    let answered = status.report.researchers.iter().filter(|r| r.reachable).count();
    let remotes = if status.around.asked {
        format!("{answered} of {all} remotes answered")
    } else {
        "no remote was asked".to_owned()
    };
    let people = format!("{} researchers, at most {} Byzantine; {remotes}", charter.researchers, charter.faults);
    page.paragraph(0, 2, (Tone::Plain, ""), &people);
    for (name, at) in &status.around.answered {
        let is_fresh = status.around.asked && status.report.researchers.iter().any(|r| r.name == *name && r.reachable);
        if !is_fresh {
            let when = at.and_then(|at| when(now, at)).unwrap_or_else(|| "never".to_owned());
            page.line(2, Tone::Plain, &format!("{name} last answered {when}"));
        }
    }
    if let Some(unread) = status.around.unread.filter(|unread| *unread > 0) {
        page.line(0, Tone::Yellow, &format!("new to you: {}; see them: bicker news", plural(unread, "entry")));
    }
}

fn alarms(page: &mut Page, status: &Status) {
    let count = status.alarms().count();
    if count == 0 {
        return;
    }
    page.gap();
    for finding in status.alarms().take(LINES_MAX) {
        let (mark, tone) =
            if finding.code.severity() == Severity::Error { ('!', Tone::Red) } else { ('-', Tone::Yellow) };
        page.paragraph(0, 2, (tone, &format!("{mark} {}: ", finding.code)), &finding.message);
    }
    match count.saturating_sub(LINES_MAX) {
        0 => page.line(2, Tone::Plain, "more: bicker verify"),
        left_out => page.line(2, Tone::Plain, &format!("and {}: bicker verify", plural(left_out, "more alarm"))),
    }
}

fn owed(page: &mut Page, status: &Status, now: u64) {
    let me = status.around.me.as_ref().map_or("", Name::as_str);
    page.gap();
    if let Some(step) = status.on_hold {
        let hold = format!(
            "what was signed with your key in step {step} may have been forgotten here, so this copy of your log signs \
             nothing in it that could contradict it; from step {} on you take part. If you are sure that nothing is \
             missing: bicker recover --sure",
            step + 1
        );
        page.paragraph(0, 2, (Tone::Yellow, &format!("you ({me}) are on hold: ")), &hold);
    }
    if status.owed.is_empty() && status.on_hold.is_none() {
        page.line(0, Tone::Plain, &format!("you ({me}) owe nothing"));
    } else if !status.owed.is_empty() {
        page.line(0, Tone::Plain, &format!("you ({me}) owe"));
        let widest = status.owed.iter().map(|owed| cells(&owed.what)).max().unwrap_or(0);
        for Owed { what, command, since, .. } in &status.owed {
            let what = padded(what, widest);
            let since = since.filter(|since| since.saturating_add(HOUR) <= now);
            let since = since.and_then(|since| ago(now, since));
            let since = since.map_or(String::new(), |ago| format!("   for {ago}"));
            page.line(2, Tone::Plain, &format!("{what}   {command}{since}"));
        }
    }
    for head in &status.not_cited {
        page.paragraph(
            2,
            4,
            (Tone::Plain, ""),
            &format!("the newest entries of {} are not cited: {}", head.name, head.why),
        );
    }
}

/// What became of my criticism: whoever objects wants to know before they support what came of it.
fn answers(page: &mut Page, status: &Status) {
    let answers = &status.around.answers;
    if answers.is_empty() {
        return;
    }
    page.gap();
    page.line(0, Tone::Plain, "what became of your criticism");
    for answer in answers.iter().take(LINES_MAX) {
        page.paragraph(2, 4, (Tone::Plain, ""), &answer.what);
        page.line(4, Tone::Plain, &format!("see what has changed: {}", answer.command));
    }
    if !status.around.has_echoed {
        page.line(2, Tone::Plain, "to support no revision, leave the round: bicker abandon");
    }
}

/// What is being written and not signed: what was begun is easily forgotten.
fn drafts(page: &mut Page, status: &Status) {
    let drafts = &status.around.drafts;
    if drafts.is_empty() {
        return;
    }
    page.gap();
    page.line(0, Tone::Plain, "your drafts");
    let widest = drafts.iter().map(|draft| cells(&draft.what)).max().unwrap_or(0);
    for draft in drafts.iter().take(LINES_MAX) {
        page.line(2, Tone::Plain, &format!("{}   {}", padded(&draft.what, widest), draft.command));
    }
}

/// Where remotes are, if not where everybody takes them to be.
fn remotes(page: &mut Page, status: &Status) {
    if status.around.remotes.is_empty() {
        return;
    }
    page.gap();
    page.line(0, Tone::Plain, "remotes elsewhere than in the charter");
    for remote in status.around.remotes.iter().take(LINES_MAX) {
        page.paragraph(2, 4, (Tone::Plain, ""), &remote.what);
        page.line(4, Tone::Plain, &remote.command);
    }
}

fn waiting(page: &mut Page, status: &Status, now: u64) {
    if status.waiting.is_empty() {
        return;
    }
    page.gap();
    page.line(0, Tone::Plain, "the group waits for");
    let widest = status.waiting.iter().map(|row| row.name.as_str().len()).max().unwrap_or(0);
    for Waiting { name, what, why, last } in status.waiting.iter().take(LINES_MAX) {
        let pad = " ".repeat(widest - name.as_str().len());
        let why = match why {
            Why::Unreachable => "their remote cannot be reached",
            Why::Unseen => "they may not have seen it",
            Why::Silent => "they have seen it",
        };
        let last = last.and_then(|last| when(now, last)).map_or(String::new(), |when| format!("; last wrote {when}"));
        page.paragraph(
            2,
            widest + 4,
            (Tone::Plain, &format!("{name}{pad}  ")),
            &format!("{} ({why}{last})", what.join(", ")),
        );
    }
    let others: Vec<Name> = status.waiting.iter().skip(LINES_MAX).map(|row| row.name.clone()).collect();
    if !others.is_empty() {
        page.paragraph(2, 4, (Tone::Plain, "and for "), &join_names(&others));
    }
}

fn step_lines(page: &mut Page, status: &Status, step: &StepRow) {
    let quorum = status.report.charter.quorum;
    let title = match (&step.title, &step.author) {
        (Some(title), Some(author)) => format!(", \"{title}\" by {author}"),
        _ => String::new(),
    };
    page.line(0, Tone::Plain, &format!("{}: {}{title}", step.at, step.state.as_str()));
    if step.state == State::Final {
        return;
    }
    proposals(page, status, step);
    for revision in step.revisions.iter().take(LINES_MAX) {
        let echoes = step.echoes.iter().filter(|(_, value)| *value == revision.commit).count();
        let ratifies = step.ratifies.iter().filter(|(_, value)| *value == revision.commit).count();
        let counts = format!("{}, {}", plural(echoes, "echo"), plural(ratifies, "ratify"));
        page.line(2, Tone::Plain, &format!("revision by {} ({counts}; {quorum} of each needed)", revision.by));
    }
    left_out(page, 2, step.revisions.len(), "revision");
    if !step.abandons.is_empty() {
        let names = join_names(&step.abandons);
        page.line(2, Tone::Plain, &format!("left by {} of the {quorum} needed: {names}", step.abandons.len()));
    }
    if step.at == status.outlook.at {
        page.paragraph(2, 4, (Tone::Plain, ""), &ahead(&status.outlook));
        if let Some(names) = &status.only {
            let few = format!("only {names} can still give that; if they stay silent, leave the round: bicker abandon");
            page.paragraph(2, 4, (Tone::Plain, ""), &few);
        }
    }
}

fn proposals(page: &mut Page, status: &Status, step: &StepRow) {
    let majority = status.report.charter.majority;
    for (proposal, votes) in step.proposals.iter().take(LINES_MAX) {
        let votes = match votes.len() {
            0 if step.at == At::new(1, 0) && step.proposals.len() == 1 => {
                "the first and only one: it needs no votes".to_owned()
            }
            0 => "no votes".to_owned(),
            n => format!("{}, {majority} needed: {}", plural(n, "vote"), join_names(votes)),
        };
        page.line(2, Tone::Plain, &format!("proposal by {} ({votes})", proposal.by));
        if step.at == status.outlook.at && status.owed.iter().any(|owed| owed.read.contains(&proposal.by)) {
            let at = match step.at.round {
                0 => step.at.step.to_string(),
                round => format!("{}r{round}", step.at.step),
            };
            page.line(4, Tone::Plain, &format!("read it: bicker show {at}/{}/proposal", proposal.by));
        }
        let criticisms = || step.criticisms.iter().filter(|(_, of, _)| *of == proposal.commit);
        for (criticism, _, stance) in criticisms().take(LINES_MAX) {
            page.line(4, Tone::Plain, &format!("criticised by {} ({stance})", criticism.by));
        }
        left_out(page, 4, criticisms().count(), "criticism");
    }
    left_out(page, 2, step.proposals.len(), "proposal");
}

/// Says how many of so many lines are not shown.
fn left_out(page: &mut Page, indent: usize, count: usize, noun: &str) {
    let more = count.saturating_sub(LINES_MAX);
    if more > 0 {
        page.line(indent, Tone::Plain, &format!("and {}: bicker verify", plural(more, &format!("more {noun}"))));
    }
}

/// What would decide the round.
fn ahead(outlook: &Outlook) -> String {
    let missing = outlook.needed.saturating_sub(outlook.have);
    let more = |noun: &str| plural(missing, &format!("more {noun}"));
    if !outlook.is_possible() {
        return format!(
            "this round ({}, round {}) cannot be decided any more; everything starts again in the next one. Leave it: bicker abandon",
            At::new(outlook.at.step, 0),
            outlook.at.round
        );
    }
    match outlook.awaited {
        Awaited::Proposal => "anyone may propose".to_owned(),
        Awaited::Votes => {
            let verb = if missing == 1 { "selects" } else { "select" };
            format!("{} for one proposal {verb} it", more("vote"))
        }
        Awaited::Criticisms => format!("{} and the proposal may be revised", more("criticism")),
        Awaited::Revision => "the proposal may be revised now".to_owned(),
        Awaited::Echoes if missing == 1 => "1 more echo makes a certificate".to_owned(),
        Awaited::Echoes => format!("{missing} more echoes make a certificate"),
        Awaited::Ratifies if missing == 1 => "1 more ratify makes this final".to_owned(),
        Awaited::Ratifies => format!("{missing} more ratifies make this final"),
    }
}

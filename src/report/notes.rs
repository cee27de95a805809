//! Where an agreed text comes from, as a note in Markdown: who proposed it, who criticised that and what became of
//! it, and who made it final.
//!
//! Decides what a note says and how. What others wrote is escaped, so a note is always one quoted block with nothing in
//! it but text. (The agreed text itself stands as it was agreed: one that leaves a code block open swallows what
//! follows, a note as much as the next step.)

use super::escape::{markdown, markdown_code};
use crate::protocol::file::{Answer, Disposition, Stance};
use crate::protocol::id::At;
use crate::protocol::index::{Body, EntryIx, Index};
use crate::protocol::past::{Author, Clock};
use crate::protocol::tally::Voices;

/// The note on a step that is final with the revision `value` in the round `made_final`, in a past.
///
/// `answers` are what the revision's file says about criticisms; it is final, so they are of valid ones.
pub fn note(index: &Index, past: &Clock, value: EntryIx, made_final: At, answers: &[Answer]) -> String {
    let entry = index.entry(value);
    let Body::Revision { title, of: Some(proposal), .. } = &entry.body else { return String::new() };
    let name = index.name(entry.author);
    let (by, of) = (id(index, value), id(index, *proposal));
    let mut paragraph = format!("Proposed by {name} ({of}){}.", votes(index, past, *proposal));
    paragraph += &format!(" Revised by {name} ({by}).");
    let round = index.tallies.round(made_final);
    let who = |voices: Option<&Voices>| {
        names(index, voices.map(|voices| voices.authors_in(&index.pasts, past)).unwrap_or_default())
    };
    let echoed = who(round.and_then(|round| round.echoes.voices(value)));
    let ratified = who(round.and_then(|round| round.ratifies.voices(value)));
    let carried = if entry.at() == Some(made_final) { String::new() } else { format!(" in {made_final}") };
    paragraph += &format!(" Echoed by {echoed} and ratified by {ratified}{carried}.");
    let mut lines = vec![format!("**Step {}: {}**", made_final.step, markdown(title)), String::new(), paragraph];
    let criticisms = criticisms(index, past, *proposal, answers);
    if !criticisms.is_empty() {
        lines.push(String::new());
        lines.extend(criticisms);
    }
    lines.iter().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect()
}

/// A commit, as a word that `bicker show` understands.
fn id(index: &Index, at: EntryIx) -> String {
    markdown_code(&index.entry(at).id.short())
}

fn votes(index: &Index, past: &Clock, proposal: EntryIx) -> String {
    let round = index.entry(proposal).at().and_then(|at| index.tallies.round(at));
    let voices = round.and_then(|round| round.votes.voices(proposal));
    let voters = voices.map(|voices| voices.authors_in(&index.pasts, past)).unwrap_or_default();
    if voters.is_empty() { String::new() } else { format!(", with votes of {}", names(index, voters)) }
}

/// Each criticism, what it wanted, and what became of it; those that no answer is for came after the revision.
fn criticisms(index: &Index, past: &Clock, proposal: EntryIx, answers: &[Answer]) -> Vec<String> {
    let mut all = index.criticisms_of(past, proposal);
    all.sort_by_key(|at| index.entry(*at).author);
    let told = all.into_iter().filter_map(|at| {
        let entry = index.entry(at);
        let Body::Criticism { stance, .. } = &entry.body else { return None };
        let wanted = match stance {
            Stance::Object => "objects",
            Stance::Suggest => "suggests a change",
            Stance::NoObjection => "has no objection",
        };
        let answer = answers.iter().find(|answer| answer.commit == entry.id);
        let became = match answer {
            Some(answer) => format!("{}{}", disposition(answer.disposition), reason(&answer.reason)),
            None => "not answered, for it was not seen before the revision".to_owned(),
        };
        Some(format!("- {} ({}) {wanted}: {became}", index.name(entry.author), id(index, at)))
    });
    told.collect()
}

const fn disposition(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::Accepted => "accepted",
        Disposition::Rejected => "rejected",
    }
}

fn reason(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(". {}", markdown(reason)) }
}

fn names(index: &Index, authors: Vec<Author>) -> String {
    authors.into_iter().map(|author| index.name(author).as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::file::{Fields, File};
    use crate::protocol::id::{CommitId, Name};
    use crate::protocol::slot::Slot;
    use crate::protocol::text::is_forbidden;
    use crate::protocol::verify::Verification;
    use crate::sim::World;

    /// Step 1 by alice, with these criticisms answered so, and what a verifier finds.
    fn agreed(title: &str, reasons: [(Disposition, &str); 2]) -> (Verification, Vec<Answer>) {
        let mut world = World::new(4, 1).expect("a charter");
        world.joins_all();
        let proposal = world.by("alice").seeing_all().proposes(1, 0, "Let us begin.");
        let critics = ["bob", "carol"];
        let criticisms = critics.map(|name| world.by(name).criticises(proposal));
        let mut answers: Vec<Answer> = (criticisms.iter().zip(critics).zip(reasons))
            .map(|((commit, by), (disposition, reason))| Answer {
                by: Name::parse(by).expect("a name"),
                commit: *commit,
                disposition,
                reason: reason.to_owned(),
            })
            .collect();
        answers.sort_by_key(|answer| answer.commit);
        let fields = Fields::Revision { of: proposal, title: title.to_owned(), criticisms: answers.clone() };
        let file = File { fields, text: "Let us begin, slowly.\n".to_owned() };
        let revision = world.by("alice").citing(&criticisms).file(Slot::Revision(At::new(1, 0)), file);
        world.by("dave").criticises(proposal);
        world.echo(&["alice", "bob", "carol"], 1, 0, revision);
        world.ratify(&["alice", "bob", "carol"], 1, 0, revision);
        (world.verify(&world.see_all()).expect("a store in memory"), answers)
    }

    fn told(verification: &Verification, answers: &[Answer]) -> String {
        let index = &verification.history.index;
        let (value, round) = index.final_value(&verification.everything, 1).expect("final");
        note(index, &verification.everything, value, At::new(1, round), answers)
    }

    /// With every commit id by its author and kind.
    fn without_ids(verification: &Verification, text: &str) -> String {
        let index = &verification.history.index;
        let short = |id: CommitId| id.short();
        index.entries().fold(text.to_owned(), |text, (_, entry)| {
            text.replace(&short(entry.id), &format!("{} of {}", entry.kind(), index.name(entry.author)))
        })
    }

    #[test]
    fn a_note_says_who_did_what_and_what_became_of_it() {
        let (verification, answers) =
            agreed("Slowly", [(Disposition::Accepted, "Agreed"), (Disposition::Rejected, "")]);
        let text = without_ids(&verification, &told(&verification, &answers));
        let (head, list) = text.split_once("\n>\n> - ").expect("a list");
        assert_eq!(
            head,
            "> **Step 1: Slowly**\n>\n> Proposed by alice (`proposal of alice`). Revised by alice (`revision of alice`). \
             Echoed by alice, bob, carol and ratified by alice, bob, carol."
        );
        let lines: Vec<&str> = list.trim_end().split("\n> - ").collect();
        assert_eq!(
            lines,
            [
                "bob (`criticism of bob`) suggests a change: accepted. Agreed",
                "carol (`criticism of carol`) suggests a change: rejected",
                "dave (`criticism of dave`) suggests a change: not answered, for it was not seen before the revision",
            ]
        );
    }

    #[test]
    fn nothing_that_others_wrote_leaves_the_note() {
        let hostile = "</b> `x` [y](z) # **";
        let (verification, answers) =
            agreed(hostile, [(Disposition::Accepted, hostile), (Disposition::Rejected, hostile)]);
        let text = told(&verification, &answers);
        assert!(text.lines().all(|line| line.starts_with('>')), "{text}");
        assert!(
            !text.contains("</b>") && !text.contains("](z)") && !text.chars().any(|c| c != '\n' && is_forbidden(c))
        );
        assert!(text.contains(r"\<\/b\> \`x\` \[y\]\(z\) \# \*\*"), "{text}");
    }
}

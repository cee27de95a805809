//! Drafts: what a person edits, and how it becomes a file (section 2.2).
//!
//! A draft is the header of its kind and the Markdown, then a help text for the person. People write
//! looser than files are: [`read_draft`] accepts any order of fields, values with or without quotes, CRLF,
//! or no header at all when everything in it is known from elsewhere, and gives a file in canonical form.
//! Nothing here reads, writes or asks anything, and nothing is decided about validity.
//!
//! The help begins at git's scissors line ([`SCISSORS`]). Comment lines that start with `#` would eat Markdown's
//! headings; HTML comments could not be told from the author's own; and people know this line from
//! `git commit --verbose`. The help is dropped only from a draft that was opened with it, and only as it was opened; a
//! text that a person brings along is taken whole or refused. Nobody signs help, and no word of a person's is dropped.

mod copy;
mod header;
mod own_words;
mod read;
#[cfg(test)]
mod tests;

use crate::protocol::file::{Answer, Disposition, Stance};
use crate::protocol::id::{CommitId, Name};
use crate::protocol::slot::{Kind, Slot};
use crate::protocol::text::quote;

pub use copy::{changed, copy};
pub use read::{gave_up, is_unchanged, read_draft};

/// The line from which on a draft is help.
pub const SCISSORS: &str = "# ------------------------ >8 ------------------------";

/// The line below the scissors; in a text it tells that the scissors line was lost.
const HELP_BEGINS: &str = "All below the line with >8 is help, and is dropped. Leave that line as it is.";

/// Around the text under discussion.
const QUOTE_BEGINS: &str = "The text under discussion, for you to read:";
const QUOTE_ENDS: &str = "(Here ends the text under discussion.)";

/// Fields known from outside the draft: the command line, or what the group is working on.
///
/// A field that is given wins over the header's; a field that is not given is the header's. So after a
/// person has edited a template, give [`read_draft`] only what the person was not to change (the commits),
/// or their edits would be lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The title of a proposal or a revision.
    pub title: Option<String>,
    /// The title of the proposal that a revision revises: used when neither option, header nor first heading
    /// gives one.
    pub title_before: Option<String>,
    /// The one commit a file is about: `for`, `of` or `value`.
    pub about: Option<CommitId>,
    /// The stance of a criticism.
    pub stance: Option<Stance>,
    /// Answers to criticisms; each wins over the header's answer to the same criticism. `Some` of an empty
    /// list says that there are none to answer beyond the header's.
    pub answers: Option<Vec<Answer>>,
    /// The evidence of an accusation, in any order.
    pub evidence: Option<[CommitId; 2]>,
}

/// What a template shows besides the given fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Prefill<'a> {
    /// The text to start from, for a revision the proposal's.
    pub body: &'a str,
    /// The criticisms to answer; those without a given answer get a line to fill in.
    pub criticisms: &'a [(Name, CommitId)],
    /// The text under discussion, shown below the help as it is.
    pub quoted: &'a str,
}

/// Why a draft is not a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// The person wrote no text, and the kind needs one: they gave up.
    #[error("the text is empty, so nothing was made")]
    Empty,
    /// Something in the draft has to be written otherwise.
    #[error("line {line}: {what}")]
    Bad {
        /// The line of the draft, from 1.
        line: usize,
        /// What is wrong, and what to write.
        what: String,
    },
    /// Something given from outside the draft does not fit.
    #[error("{option}: {what}")]
    Given {
        /// What was given: `the title`, `the reason for alice`.
        option: String,
        /// What is wrong with it.
        what: String,
    },
}

/// The draft to open for `slot`: the header with the given fields, the text to start from, the scissors
/// line, the help and the text under discussion.
///
/// What is not given is left to fill in, in words that [`read_draft`] refuses. A line of the body that is
/// itself the scissors line is moved in by one space, so that nothing below it is lost.
pub fn template(slot: &Slot, given: &Given, prefill: &Prefill<'_>) -> String {
    let mut draft = header(slot, given, prefill.criticisms);
    for line in prefill.body.lines() {
        if line == SCISSORS {
            draft.push(' ');
        }
        draft.push_str(line);
        draft.push('\n');
    }
    draft.push('\n');
    draft.push_str(SCISSORS);
    draft.push('\n');
    draft.push_str(HELP_BEGINS);
    draft.push_str("\n\n");
    draft.push_str(help(slot.kind()));
    if !prefill.quoted.is_empty() {
        draft.push_str(&format!("\n{QUOTE_BEGINS}\n\n"));
        draft.push_str(prefill.quoted);
        // Some editors obey settings found in a file's last lines: these must be ours, not another's.
        draft.push_str(&format!("\n\n{QUOTE_ENDS}\n\n\n\n\n\n"));
    }
    draft
}

/// The draft for `slot` without help: what a person signs who opens no editor.
pub fn header_and_text(slot: &Slot, given: &Given, text: &str, criticisms: &[(Name, CommitId)]) -> String {
    header(slot, given, criticisms) + text
}

/// The header with what is given, and in words to fill in what is not.
fn header(slot: &Slot, given: &Given, criticisms: &[(Name, CommitId)]) -> String {
    format!("---\n{}---\n", header_lines(slot, given, criticisms))
}

/// The help of a kind. The mechanical kinds have no text to write.
const fn help(kind: Kind) -> &'static str {
    match kind {
        Kind::Join => include_str!("../templates/join.md"),
        Kind::Proposal => include_str!("../templates/proposal.md"),
        Kind::Vote => include_str!("../templates/vote.md"),
        Kind::Criticism => include_str!("../templates/criticism.md"),
        Kind::Revision => include_str!("../templates/revision.md"),
        Kind::Abandon => include_str!("../templates/abandon.md"),
        Kind::Accusation => include_str!("../templates/accusation.md"),
        Kind::Echo | Kind::Ratify | Kind::Acknowledgement => "This entry has no text: leave it as it is.\n",
    }
}

/// The lines between the two `---` of a template.
fn header_lines(slot: &Slot, given: &Given, criticisms: &[(Name, CommitId)]) -> String {
    let about = given.about.map_or_else(|| "COMMIT".to_owned(), |commit| commit.to_string());
    let title = given.title.as_ref().or(given.title_before.as_ref()).map_or_else(|| quote(""), |title| quote(title));
    match slot {
        Slot::Join | Slot::Abandon(_) => String::new(),
        Slot::Proposal(_) => format!("title: {title}\n"),
        Slot::Vote(_) => format!("for: {about}\n"),
        Slot::Criticism(..) => {
            let stance = given.stance.map_or("object|suggest|no-objection", Stance::as_str);
            format!("of: {about}\nstance: {stance}\n")
        }
        Slot::Revision(_) => format!("of: {about}\ntitle: {title}\n{}", criticism_lines(given, criticisms)),
        Slot::Echo(_) | Slot::Ratify(_) => format!("value: {about}\n"),
        Slot::Accusation(name) => {
            let items = given.evidence.map_or_else(
                || "  - COMMIT\n  - COMMIT\n".to_owned(),
                |[a, b]| format!("  - {}\n  - {}\n", a.min(b), a.max(b)),
            );
            format!("accused: {name}\nevidence:\n{items}")
        }
    }
}

/// The given answers and the criticisms still to be answered, in the order of the file.
fn criticism_lines(given: &Given, criticisms: &[(Name, CommitId)]) -> String {
    let answers = given.answers.as_deref().unwrap_or_default();
    let answered: std::collections::BTreeSet<CommitId> = answers.iter().map(|answer| answer.commit).collect();
    let mut items: Vec<(CommitId, String)> = answers.iter().map(|answer| (answer.commit, answer.to_string())).collect();
    for (by, commit) in criticisms.iter().filter(|(_, commit)| !answered.contains(commit)) {
        let [yes, no] = Disposition::ALL.map(Disposition::as_str);
        let open = format!("  - by: {by}\n    commit: {commit}\n    disposition: {yes}|{no}\n    reason: \"\"\n");
        items.push((*commit, open));
    }
    items.sort_by_key(|(commit, _)| *commit);
    let lines: String = items.into_iter().map(|(_, item)| item).collect();
    if lines.is_empty() { "criticisms: []\n".to_owned() } else { format!("criticisms:\n{lines}") }
}

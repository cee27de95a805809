//! `document`: the text that was agreed, and on request where it comes from.

use std::path::{Path, PathBuf};

use clap::Args;

use serde::Serialize;

use super::looking::Where;
use super::rows::{Rows, Trouble};
use super::target::file_of;
use super::{pager, rows, ui};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::{Answer, Fields, File};
use crate::protocol::id::At;
use crate::protocol::index::EntryIx;
use crate::report::Exit;
use crate::report::escape::{markdown, terminal_block};
use crate::report::json::FORMAT;
use crate::report::notes::note;

/// Print the agreed document: the text of the final steps, in order.
///
/// It is Markdown. Without options it is nothing but what was agreed, byte for byte.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker document -o protocol.md\n  bicker document --titles --notes\n  bicker document --step 2"
)]
pub struct Document {
    /// Where to write it; standard output if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// As it was agreed by this step
    #[arg(long, value_name = "K")]
    step: Option<u32>,
    /// Put each step's title before its text, as a heading
    #[arg(long)]
    titles: bool,
    /// After each step's text, say who proposed, criticised and agreed to it
    #[arg(long)]
    notes: bool,
    /// For programs: each step's text with where it comes from
    #[arg(long, conflicts_with_all = ["titles", "notes"])]
    json: bool,
    #[command(flatten)]
    place: Where,
}

/// `document`
pub fn document(arguments: &Document) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let finals = finals_up_to(&look, arguments.step)?;
    if arguments.json {
        return machine(&look, &finals, arguments.output.as_deref());
    }
    let text = agreed(&look, &finals, arguments.titles, arguments.notes)?;
    if text.is_empty() {
        ui::say("no step is final yet, so the document is empty");
    }
    match &arguments.output {
        None => pager::show(&terminal_block(&text)),
        Some(path) => {
            std::fs::write(path, text)
                .map_err(|e| Error::usage(format!("cannot write {}", path.display())).because(&e))?;
            Ok(Exit::Verified)
        }
    }
}

/// The final revisions up to a step, which must be final if it is given.
fn finals_up_to(look: &Look, last: Option<u32>) -> Result<Vec<(At, EntryIx)>> {
    let mut finals = finals(look);
    if let Some(last) = last {
        if !finals.iter().any(|(at, _)| at.step == last) {
            return Err(Error::usage(format!("step {last} is not final, so no text is agreed there"))
                .hint("see where things stand: bicker status"));
        }
        finals.retain(|(at, _)| at.step <= last);
    }
    Ok(finals)
}

/// Where each final revision became final, in the order of the steps.
fn finals(look: &Look) -> Vec<(At, EntryIx)> {
    let verification = &look.verification;
    let value = |step| {
        let (value, round) = verification.history.index.final_value(&verification.everything, step)?;
        Some((At::new(step, round), value))
    };
    (1..).map_while(value).collect()
}

/// The title of a final revision, its answers and its text.
fn parts(file: File) -> Option<(String, Vec<Answer>, String)> {
    match file.fields {
        Fields::Revision { title, criticisms, .. } => Some((title, criticisms, file.text)),
        _ => None,
    }
}

/// The text of the final revisions in order, an empty line between them.
fn agreed(look: &Look, finals: &[(At, EntryIx)], titles: bool, notes: bool) -> Result<String> {
    let verification = &look.verification;
    let mut steps = Vec::new();
    for &(at, value) in finals {
        let Some((title, answers, text)) = file_of(look, value)?.and_then(parts) else { break };
        let mut step = String::new();
        if titles {
            step += &format!("# {}\n\n", markdown(&title));
        }
        step += &text;
        if notes {
            let note = note(&verification.history.index, &verification.everything, value, at, &answers);
            step += &format!("\n{note}");
        }
        steps.push(step);
    }
    Ok(steps.join("\n"))
}

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    steps: Rows<'a, (At, EntryIx), StepRow>,
}

/// A step that is final. `round` is the one that it became final in.
#[derive(Serialize)]
struct StepRow {
    step: u32,
    round: u32,
    by: String,
    commit: String,
    title: String,
    text: String,
}

fn machine(look: &Look, finals: &[(At, EntryIx)], output: Option<&Path>) -> Result<Exit> {
    let index = &look.verification.history.index;
    let row = |(at, value): &(At, EntryIx)| {
        let entry = index.entry(*value);
        let none = || Error::trouble(format!("{} is final with {}, which has no text", at, entry.id));
        let (title, _, text) = file_of(look, *value)?.and_then(parts).ok_or_else(none)?;
        let by = index.name(entry.author).to_string();
        Ok(StepRow { step: at.step, round: at.round, by, commit: entry.id.to_string(), title, text })
    };
    let trouble = Trouble::default();
    let steps = Rows { items: finals, row: &row, trouble: &trouble };
    rows::print(output, &Whole { format: FORMAT, steps }, &trouble)
}

//! `document`: the text that was agreed, and on request where it comes from.

use std::path::PathBuf;

use clap::Args;

use super::looking::Where;
use super::target::file_of;
use super::{pager, ui};
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::Fields;
use crate::protocol::id::At;
use crate::report::Exit;
use crate::report::escape::{markdown, terminal_block};
use crate::report::notes::note;

/// Print the agreed document: the text of the final steps, in order.
///
/// It is Markdown. Without options it is nothing but what was agreed, byte for byte.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker document -o protocol.md\n  bicker document --titles --notes")]
pub struct Document {
    /// Where to write it; standard output if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Put each step's title before its text, as a heading
    #[arg(long)]
    titles: bool,
    /// After each step's text, say who proposed, criticised and agreed to it
    #[arg(long)]
    notes: bool,
    #[command(flatten)]
    place: Where,
}

/// `document`
pub fn document(arguments: &Document) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let text = agreed(&look, arguments.titles, arguments.notes)?;
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

/// The text of the final revisions in order, an empty line between them.
fn agreed(look: &Look, titles: bool, notes: bool) -> Result<String> {
    let verification = &look.verification;
    let index = &verification.history.index;
    let mut steps = Vec::new();
    while let Some((value, round)) = index.final_value(&verification.everything, steps.len() as u32 + 1) {
        let at = At::new(steps.len() as u32 + 1, round);
        let Some(file) = file_of(look, value)? else { break };
        let Fields::Revision { title, criticisms, .. } = &file.fields else { break };
        let mut step = String::new();
        if titles {
            step += &format!("# {}\n\n", markdown(title));
        }
        step += &file.text;
        if notes {
            step += &format!("\n{}", note(index, &verification.everything, value, at, criticisms));
        }
        steps.push(step);
    }
    Ok(steps.join("\n"))
}

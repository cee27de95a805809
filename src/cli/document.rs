//! `document`: the text that was agreed.

use std::path::PathBuf;

use clap::Args;

use super::looking::Where;
use super::target::file_of;
use super::ui;
use crate::error::{Error, Result};
use crate::look::Look;
use crate::protocol::file::Fields;
use crate::report::Exit;
use crate::report::escape::terminal_block;

/// Print the agreed document: the text of the final steps, in order.
#[derive(Args, Debug)]
pub struct Document {
    /// Where to write it; standard output if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Put each step's title before its text, as a heading
    #[arg(long)]
    titles: bool,
    #[command(flatten)]
    place: Where,
}

/// `document`
pub fn document(arguments: &Document) -> Result<Exit> {
    let (_, look) = arguments.place.look()?;
    let text = agreed(&look, arguments.titles)?;
    if text.is_empty() {
        ui::say("no step is final yet, so the document is empty");
    }
    match &arguments.output {
        None => ui::print(&terminal_block(&text))?,
        Some(path) => std::fs::write(path, text)
            .map_err(|e| Error::usage(format!("cannot write {}", path.display())).because(&e))?,
    }
    Ok(Exit::Verified)
}

/// The text of the final revisions in order, an empty line between them.
pub fn agreed(look: &Look, titles: bool) -> Result<String> {
    let verification = &look.verification;
    let index = &verification.history.index;
    let mut steps = Vec::new();
    while let Some((value, _)) = index.final_value(&verification.everything, steps.len() as u32 + 1) {
        let Some(file) = file_of(look, value)? else { break };
        let title = match &file.fields {
            Fields::Revision { title, .. } if titles => format!("# {title}\n\n"),
            _ => String::new(),
        };
        steps.push(title + &file.text);
    }
    Ok(steps.join("\n"))
}

//! What critics suggest, read from their files.

use super::target::file_of;
use crate::compare::proposed::Criticism;
use crate::compare::suggestion::suggestions;
use crate::error::Result;
use crate::look::Look;
use crate::protocol::file::{Fields, File};
use crate::protocol::index::EntryIx;

/// A criticism, what it suggests, and its Markdown.
pub struct Read {
    /// The criticism and its suggestions.
    pub criticism: Criticism,
    /// Its Markdown.
    pub text: String,
}

/// Reads criticisms of a proposal with this text.
pub fn read(look: &Look, proposal: &str, criticisms: &[EntryIx]) -> Result<Vec<Read>> {
    let index = &look.verification.history.index;
    let mut found = Vec::new();
    for at in criticisms {
        let Some(File { fields: Fields::Criticism { stance, .. }, text }) = file_of(look, *at)? else { continue };
        let entry = index.entry(*at);
        let suggestions = suggestions(proposal, &text);
        let criticism = Criticism { by: index.name(entry.author).clone(), commit: entry.id, stance, suggestions };
        found.push(Read { criticism, text });
    }
    Ok(found)
}

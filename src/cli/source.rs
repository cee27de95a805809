//! Where a draft came from, and how it is kept until it is signed: no word is lost by an error or a crash.

use std::path::{Path, PathBuf};

use super::editor;
use crate::error::{Error, Result};
use crate::place::Own;
use crate::protocol::slot::Slot;

/// Where a draft came from.
pub enum Source {
    /// The person's own file, which stays where it is; or nothing at all.
    File,
    /// Standard input, which will not come again and is kept in this file.
    Input(PathBuf),
    /// An option.
    CommandLine,
    /// The editor, with the draft in this file.
    Editor(PathBuf),
    /// The editor, with a copy of the text under discussion in this file.
    Copy(PathBuf),
}

impl Source {
    /// Reads what `--file` names.
    ///
    /// # Errors
    /// It cannot be read, or not be kept.
    pub fn read(file: &Path, own: &Own) -> Result<(Self, String)> {
        let text = editor::read_input(file)?;
        let source = match file == Path::new("-") && !text.is_empty() {
            true => Self::Input(editor::keep(own, None, &text)?),
            false => Self::File,
        };
        Ok((source, text))
    }

    /// Tells of a copy that is kept.
    pub fn kept(&self, error: Error) -> Error {
        match self {
            Self::Copy(path) => {
                error.hint(format!("your copy is kept in {0}; go on with: --edit --file {0}", path.display()))
            }
            _ => error,
        }
    }

    /// Tells where a draft is that was refused; if it is known for which slot it was, under the name of that.
    pub fn refused(&self, error: Error, slot: Option<&Slot>, own: &Own, draft: &str) -> Error {
        let again = |path: &Path| format!("what you wrote is kept in {0}; go on with: --file {0}", path.display());
        match self {
            Self::Editor(path) => error.hint(again(path)),
            Self::Copy(_) => self.kept(error),
            Self::Input(unsent) => match slot.map(|slot| editor::keep(own, Some(slot), draft)) {
                Some(Ok(path)) => {
                    self.forget();
                    error.hint(again(&path))
                }
                _ => error.hint(again(unsent)),
            },
            Self::File | Self::CommandLine => error,
        }
    }

    /// Removes what was kept while a person was writing.
    pub fn forget(&self) {
        if let Self::Editor(path) | Self::Copy(path) | Self::Input(path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

//! Where a draft came from, and how it is kept until it is signed: no word is lost by an error or a crash, and what was
//! kept is gone on with.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::editor;
use crate::error::{Error, Result};
use crate::git::doctor::word as shell_word;
use crate::place::Own;
use crate::protocol::slot::Slot;

/// Where a draft came from.
pub enum Source {
    /// The person's own file, which stays where it is.
    File,
    /// Standard input, which will not come again and is kept in this file.
    Input(PathBuf),
    /// Options.
    CommandLine,
    /// The editor, or a draft that was kept, in this file.
    Draft(PathBuf),
}

impl Source {
    /// Reads what `--file` names.
    ///
    /// # Errors
    /// It cannot be read, or not be kept.
    pub fn read(file: &Path, own: &Own) -> Result<(Self, String)> {
        let text = editor::read_input(file)?;
        let source = match file == Path::new("-") {
            true if text.is_empty() => Self::CommandLine,
            true => Self::Input(editor::keep(own, None, &text)?),
            false if editor::is_kept(own, file) => Self::Draft(file.to_owned()),
            false => Self::File,
        };
        Ok((source, text))
    }

    /// Whether it was written in a template of ours.
    pub const fn has_help(&self) -> bool {
        matches!(self, Self::Draft(_))
    }

    /// Tells how to go on with a draft that was refused; if it is known for which slot it was, it is kept under the name of
    /// that.
    pub fn refused(&self, error: Error, slot: Option<&Slot>, own: &Own, draft: &str) -> Error {
        let kept =
            |path: &Path| format!("what you wrote is kept in {}; to continue with it: {}", path.display(), on(path));
        match self {
            Self::Draft(path) => error.hint(kept(path)),
            Self::Input(unsent) => match slot.map(|slot| editor::keep(own, Some(slot), draft)) {
                Some(Ok(path)) => {
                    self.forget();
                    error.hint(kept(&path))
                }
                _ => error.hint(kept(unsent)),
            },
            Self::File | Self::CommandLine => error,
        }
    }

    /// Removes what was kept while a person was writing.
    pub fn forget(&self) {
        if let Self::Draft(path) | Self::Input(path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The command that goes on with a draft that is kept in this file: the one that was typed, which finds it, or where that
/// read a file, with this one.
pub fn on(path: &Path) -> String {
    let reads_a_file = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .any(|word| word == "--file" || word.starts_with("--file="));
    again(reads_a_file.then_some(path))
}

/// The command that was typed, once more, with a file to read from if one is given.
pub fn again(file: Option<&Path>) -> String {
    let typed = std::env::args_os().skip(1);
    let rest = file.map(|file| vec!["--file".into(), file.as_os_str().to_owned()]).unwrap_or_default();
    bicker(without_file(typed).into_iter().chain(rest))
}

/// The command that was typed, once more, with another option.
pub fn with_option(option: &str) -> String {
    bicker(std::env::args_os().skip(1).chain([option.into()]))
}

fn bicker(words: impl Iterator<Item = OsString>) -> String {
    let words: Vec<String> = words.map(|word| shell_word(&word.to_string_lossy())).collect();
    format!("bicker {}", words.join(" "))
}

/// Arguments without `--file` and its value.
fn without_file(typed: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let (mut kept, mut is_value) = (Vec::new(), false);
    for word in typed {
        if std::mem::take(&mut is_value) || word.to_string_lossy().starts_with("--file=") {
            continue;
        }
        match word == "--file" {
            true => is_value = true,
            false => kept.push(word),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_typed_again_without_its_file() {
        let typed = ["propose", "--file", "-", "--title", "It's", "--file=x", "--push"].map(OsString::from);
        assert_eq!(without_file(typed.into_iter()), ["propose", "--title", "It's", "--push"]);
        assert_eq!(shell_word("It's"), r"'It'\''s'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("--accept=bob"), "--accept=bob");
    }
}

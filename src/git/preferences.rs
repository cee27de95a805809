//! What the person prefers, as they have told git: which editor, which pager, and whether in colour.
//!
//! Preferences only: how something is shown, never what is shown, and least of all what is valid. git itself is asked,
//! not its files read, so that `git -c`, includes and the environment count as they do for git. Where git cannot be
//! asked, there is no preference.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::process::{absolute_only, find_program};

/// The pager that git would use (`GIT_PAGER`, `core.pager`, `PAGER`, else its own choice): shell words. `None` when
/// there is to be none.
pub fn pager() -> Option<String> {
    answer(&["var", "GIT_PAGER"].map(OsStr::new)).filter(|pager| pager != "cat")
}

/// The editor that git would use for a repository (`GIT_EDITOR`, `core.editor`, `VISUAL`, `EDITOR`, else its own choice):
/// shell words. `None` when there is none.
pub fn editor(folder: &Path) -> Option<String> {
    answer(&["-C".as_ref(), folder.as_os_str(), "var".as_ref(), "GIT_EDITOR".as_ref()])
}

/// Whether a terminal that can show colours is to have them: `color.bicker`, else `color.ui`.
pub fn colour() -> bool {
    answer(&["config", "--get-colorbool", "color.bicker", "true"].map(OsStr::new)).as_deref() != Some("false")
}

/// The line that git prints. It says so by exit status 1 that something is not in colour, so that is no failure.
/// git is looked for as everywhere: never in the folder one happens to be in.
fn answer(question: &[&OsStr]) -> Option<String> {
    let path = std::env::var_os("PATH");
    let mut git = Command::new(find_program("git", path.as_deref())?);
    git.args(question).env("PATH", absolute_only(path.as_deref())).stdin(Stdio::null()).stderr(Stdio::null());
    let line = String::from_utf8(git.output().ok()?.stdout).ok()?;
    line.strip_suffix('\n').filter(|line| !line.is_empty()).map(str::to_owned)
}

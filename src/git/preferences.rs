//! What the person prefers, as they have told git: which pager, and whether in colour.
//!
//! Preferences only: how something is shown, never what is shown, and least of all what is valid. git itself is asked,
//! not its files read, so that `git -c`, includes and the environment count as they do for git. Where git cannot be
//! asked, there is no preference.

use std::process::{Command, Stdio};

/// The pager that git would use (`GIT_PAGER`, `core.pager`, `PAGER`, else its own choice): shell words. `None` when
/// there is to be none.
pub fn pager() -> Option<String> {
    answer(&["var", "GIT_PAGER"]).filter(|pager| !pager.is_empty() && pager != "cat")
}

/// Whether to print in colour: `color.bicker`, else `color.ui`, where `auto` means if `fit` (a terminal that can).
pub fn colour(fit: bool) -> bool {
    let fits = if fit { "true" } else { "false" };
    match answer(&["config", "--get-colorbool", "color.bicker", fits]).as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => fit,
    }
}

/// The line that git prints. It says so by exit status 1 that something is not in colour, so that is no failure.
fn answer(question: &[&str]) -> Option<String> {
    let asked = Command::new("git").args(question).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let line = String::from_utf8(asked.stdout).ok()?;
    line.strip_suffix('\n').map(str::to_owned)
}

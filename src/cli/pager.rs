//! The pager: long results are read as those of git are.
//!
//! Decides whether a result goes through a pager (standard output is a terminal, and nobody said `--no-pager`) and
//! starts the one that git would. Never decides what is shown: text comes here as it would be printed, other people's
//! already escaped, for `less -R` passes on what orders a terminal about.

use std::fs::File;
use std::io::{IsTerminal, Seek as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::ui;
use crate::error::Result;
use crate::git::preferences;
use crate::report::Exit;

/// Whether somebody said `--no-pager`. Said once, before any command runs.
static OFF: AtomicBool = AtomicBool::new(false);

/// No pager for this run.
pub fn switch_off() {
    OFF.store(true, Ordering::Relaxed);
}

/// The shell words around the pager. An interrupt is the pager's to handle, so the shell outlives one; and where the
/// pager is not there, nothing of the text has been read, and it is printed.
const SCRIPT: &str = r#"trap : INT; eval "$1"; [ $? -ne 127 ] || cat; exit 0"#;

/// What git tells `less` and `lv` unless the person has told them something: leave at once what fits on the screen,
/// let colours through, and do not clear the screen.
const USUAL: [(&str, &str); 2] = [("LESS", "FRX"), ("LV", "-c")];

/// Shows a command's result and ends the command.
///
/// On a terminal bicker *becomes* the pager, and this does not return: nothing is left that an interrupt could end
/// while the pager still has the terminal. So whatever else a command does, it does before.
///
/// # Errors
/// The result cannot be printed. A reader that goes away early is no error.
pub fn show(text: &str) -> Result<Exit> {
    show_and_then(text, || Ok(()))
}

/// The same, and something to do once it is shown. Where bicker becomes the pager, that is done just before.
///
/// # Errors
/// The result cannot be printed, and then nothing was done; or that cannot be done.
pub fn show_and_then(text: &str, then: impl FnOnce() -> Result<()>) -> Result<Exit> {
    if let Some((pager, input)) = chosen().filter(|_| !text.is_empty()).zip(as_input(text)) {
        then()?;
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT, "sh", &pager]).stdin(input);
        for (name, value) in USUAL.iter().filter(|(name, _)| std::env::var_os(name).is_none()) {
            shell.env(name, value);
        }
        // It comes back only when there is no shell.
        let _no_shell = shell.exec();
        return ui::print(text).map(|()| Exit::Verified);
    }
    ui::print(text)?;
    then().map(|()| Exit::Verified)
}

fn chosen() -> Option<String> {
    let wanted = std::io::stdout().is_terminal() && !OFF.load(Ordering::Relaxed);
    wanted.then(preferences::pager).flatten()
}

/// The text as a file to read from. In a pipe it would wait for somebody to write it, and nobody is left.
fn as_input(text: &str) -> Option<File> {
    let mut file = tempfile::tempfile().ok()?;
    file.write_all(text.as_bytes()).ok()?;
    file.rewind().ok()?;
    Some(file)
}

//! Stories: Markdown that is read by people and run by tests.
//!
//! Between its prose a story has fenced code blocks, which start at the left margin. The first line of a fence says who
//! acts:
//!
//! - `sh alice`: what alice types, and what she sees. A line `$ command` is run by `sh` (when it ends in `\`, the next
//!   line belongs to it); the lines that follow, up to the next `$`, are what it must print, on both outputs together.
//!   In them `[..]` stands for anything within the line, and a line that is only `...` for any number of lines. A
//!   command without such lines may print what it likes.
//! - `sh alice (exit 3)`: the block's last command must end with this status; every other must end with 0.
//! - `sh alice (silent)`: commands without expected lines must print nothing. `(exit 3, silent)` says both.
//! - `file alice notes.md`: alice's file `notes.md`, in the folder she is in, then holds the block's text, in which
//!   `$REMOTES` is replaced.
//! - In a block `sh`, `$ hint` types what its reader was last told to type: the first command that stands last in a line, after
//!   `: `. `$ hint 2` types the second. So is typed what differs from run to run.
//!
//! Every person has a HOME, in which they begin, a key `~/.ssh/id_ed25519` and an empty bare remote; the folder with all
//! remotes is `$REMOTES`. As in a terminal, a `cd` lasts. In what is printed the paths of HOME and of the remotes are
//! shown as `$HOME` and `$REMOTES`. A block whose fence says anything else, even `sh` without a name, is prose.

mod differ;
mod hints;
mod parse;
mod run;

use std::collections::BTreeSet;
use std::path::Path;

pub(crate) use hints::{Template, templates};
pub(crate) use parse::parse;
pub(crate) use run::run;

/// Reads and runs the story in `file`; gives the number of commands run, or `FILE:LINE: what went wrong`.
pub(crate) fn run_story(file: &Path) -> Result<BTreeSet<String>, String> {
    let shown = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(file).display();
    let text = std::fs::read_to_string(file).map_err(|e| format!("{shown}: {e}"))?;
    let story = parse(&text).map_err(|wrong| format!("{shown}:{wrong}"))?;
    let commands: usize = story.iter().map(parse::Block::commands).sum();
    if commands == 0 {
        return Err(format!("{shown}: nothing to run: no fence says `sh NAME`"));
    }
    run(&story).map_err(|wrong| format!("{shown}:{wrong}"))
}

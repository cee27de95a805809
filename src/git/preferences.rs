//! What the person prefers, as they have told git: which editor, which pager, whether in colour, what a comment is.
//!
//! Preferences only: how something is shown, never what is shown, and least of all what is valid. git itself is asked,
//! not its files read, so that `git -c`, includes and the environment count as they do for git. Where git cannot be
//! asked, there is no preference.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use super::output::one_line;
use super::process::{Git, absolute_only, find_program};

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

/// What to type to have an editor that is there, where the one that git would use is not.
pub fn other_editor() -> Option<String> {
    // It comes before all settings.
    if std::env::var_os("GIT_EDITOR").is_some() {
        return Some("unset GIT_EDITOR".to_owned());
    }
    let path = std::env::var_os("PATH");
    let at_hand =
        ["nano", "vim", "vi", "emacs", "micro"].into_iter().find(|name| find_program(name, path.as_deref()).is_some());
    at_hand.map(|name| format!("git config core.editor {name}"))
}

/// What git complains of when it cannot read the person's settings; `None` when it can. `git_dir` is a repository of ours,
/// with no settings of anyone else's.
pub fn complaint_of_settings(git_dir: &Path) -> Option<String> {
    let ran = Git::at(git_dir).and_then(|git| git.call("config").options(["--list", "--name-only"]).run());
    match ran {
        Ok(ran) if ran.status.success() => None,
        Ok(ran) => Some(one_line(&ran.stderr)),
        Err(e) => Some(e.to_string()),
    }
}

/// Whether git, which calls us as a hook, has told that it opens no editor on the message.
pub fn no_editor_was_opened() -> bool {
    std::env::var_os("GIT_EDITOR").is_some_and(|editor| editor == ":")
}

/// The characters that git chooses from when it is to choose what a comment begins with, in its order.
const COMMENTS: &str = "#;@!$%^&|:";

/// What a comment begins with in the message that git has an editor open on (`core.commentChar`, `core.commentString`).
/// Where git is to choose the character itself, the last line of what it has `opened` tells which.
pub fn comment(folder: &Path, opened: &str) -> String {
    let question = ["config", "--get-regexp", "^core\\.comment(char|string)$"].map(OsStr::new);
    let mut told = lines(&[&[OsStr::new("-C"), folder.as_os_str()], &question[..]].concat());
    if told.iter().any(|line| line.starts_with("core.commentstring")) && !knows_comment_strings() {
        told.retain(|line| line.starts_with("core.commentchar"));
    }
    match told.last().and_then(|line| line.split_once(' ')) {
        Some((_, auto)) if auto.eq_ignore_ascii_case("auto") => {
            let last = opened.lines().rev().find_map(|line| line.chars().next());
            last.filter(|first| COMMENTS.contains(*first)).unwrap_or('#').to_string()
        }
        Some((_, comment)) => comment.to_owned(),
        None => "#".to_owned(),
    }
}

/// git knows `core.commentString` since version 2.45, and passes over it before.
fn knows_comment_strings() -> bool {
    let version = answer(&["version"].map(OsStr::new)).unwrap_or_default();
    let mut numbers = version.trim_start_matches("git version ").split('.').map_while(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(2), Some(45))
}

/// Whether a terminal that can show colours is to have them: `color.bicker`, else `color.ui`.
pub fn colour() -> bool {
    answer(&["config", "--get-colorbool", "color.bicker", "true"].map(OsStr::new)).as_deref() != Some("false")
}

/// The one line that git prints.
fn answer(question: &[&OsStr]) -> Option<String> {
    let [line] = <[String; 1]>::try_from(lines(question)).ok()?;
    Some(line).filter(|line| !line.is_empty())
}

/// What git prints, by line. It says so by exit status 1 that something is not in colour or not set, so that is no failure.
/// git is looked for as everywhere: never in the folder one happens to be in.
fn lines(question: &[&OsStr]) -> Vec<String> {
    let path = std::env::var_os("PATH");
    let Some(program) = find_program("git", path.as_deref()) else { return Vec::new() };
    let mut git = Command::new(program);
    git.args(question).env("PATH", absolute_only(path.as_deref())).stdin(Stdio::null()).stderr(Stdio::null());
    let said = git.output().ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    said.lines().map(str::to_owned).collect()
}

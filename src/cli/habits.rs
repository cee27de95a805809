//! What hands type that are used to git.
//!
//! Decides which of git's ways are understood, and which of its commands are answered with the one that does it here.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::Error;

/// A command line with `log -5` spelt `log -n5`.
pub fn as_bicker_has_it(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    let is_word = |argument: &OsString| !argument.to_string_lossy().starts_with('-');
    let command = arguments.iter().skip(1).position(is_word).map(|at| at + 1);
    if let Some(command) = command.filter(|at| arguments.get(*at).is_some_and(|word| word == "log")) {
        for argument in arguments.iter_mut().skip(command + 1) {
            let digits = argument.to_str().and_then(|argument| argument.strip_prefix('-'));
            let digits = digits.filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
            if let Some(digits) = digits {
                *argument = format!("-n{digits}").into();
            }
        }
    }
    arguments
}

/// What somebody meant who typed a command of git.
pub fn meant(error: &clap::Error) -> Option<Error> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    (error.kind() == ErrorKind::InvalidSubcommand).then(|| instead_of(word)).flatten()
}

fn instead_of(word: &str) -> Option<Error> {
    let hints: &[&str] = match word {
        "push" | "publish" => &["publish what you have signed: bicker sync"],
        "pull" | "fetch" | "update" | "merge" => &["fetch everyone, and cite what they wrote: bicker sync"],
        "commit" | "add" => &[
            "an entry is signed by the command for its kind; see what you owe: bicker status",
            "to commit with git, begin a draft first: bicker draft --help",
        ],
        "init" => &["a group begins with a card from everyone: bicker card --help"],
        "clone" => {
            &["take part in a group: bicker join --help", "get another copy of your own log: bicker recover --help"]
        }
        _ => return None,
    };
    let none = Error::usage(format!("there is no bicker {word}"));
    Some(hints.iter().fold(none, |error, hint| error.hint(*hint)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_line;

    fn spelt(line: &str) -> String {
        let words = as_bicker_has_it(line.split(' ').map(OsString::from));
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn so_many_entries_may_be_asked_for_as_of_git() {
        assert_eq!(spelt("bicker log -5"), "bicker log -n5");
        assert_eq!(
            spelt("bicker --no-pager log --oneline -12 --graph"),
            "bicker --no-pager log --oneline -n12 --graph"
        );
        for line in ["bicker", "bicker log", "bicker log - -n 5 -x5 --5 -5x", "bicker show -5", "bicker help log"] {
            assert_eq!(spelt(line), line);
        }
    }

    #[test]
    fn commands_of_git_are_answered_with_what_does_it_here() {
        for word in ["push", "publish", "pull", "fetch", "update", "merge", "commit", "add", "init", "clone"] {
            let error = command_line().try_get_matches_from(["bicker", word]).expect_err(word);
            let meant = meant(&error).unwrap_or_else(|| panic!("nothing said of {word}"));
            assert_eq!(meant.message, format!("there is no bicker {word}"));
            for hint in &meant.hints {
                let (_, command) = hint.rsplit_once(": bicker ").expect("a command");
                let mut words = vec!["bicker"];
                words.extend(command.split(' '));
                let understood = command_line().try_get_matches_from(words);
                assert!(understood.map_or_else(|e| e.kind() == ErrorKind::DisplayHelp, |_| true), "{hint}");
            }
        }
        for line in [&["bicker", "tea"][..], &["bicker", "log", "push"], &["bicker"]] {
            let error = command_line().try_get_matches_from(line).expect_err("no such command");
            assert!(meant(&error).is_none(), "{line:?}");
        }
    }
}

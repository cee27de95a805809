//! A commit of git's without the seal that bicker's hook puts at the end of its message: what became of it.
//!
//! Decides only what a person is told. That there is no entry without the seal is the rule's to say (2.seal).

use crate::error::Error;
use crate::git::doctor::{path_word, underway};
use crate::git::hooks::{Beside, OnMessages, on_messages};
use crate::git::log::Log;
use crate::protocol::seal::behind;

/// Why git's commit is not signed, and what to type.
pub(super) fn told(log: &Log, unsigned: &[u8]) -> Error {
    let text = String::from_utf8_lossy(unsigned);
    let (_, message) = text.split_once("\n\n").unwrap_or_default();
    let others = match on_messages(log) {
        Ok(others) => others,
        Err(e) => return Error::trouble("not signed: the message does not end with the seal").because(&e),
    };
    match behind(message) {
        None => not_sealed(&others),
        Some(added) => match added.iter().find(|line| !line.trim().is_empty()) {
            Some(line) => came_behind(log, &others, line),
            None => {
                Error::wrong("not signed: the message was sealed for another file or other parents than the commit has")
                    // Where git takes over a commit that is there, such as another's, sealing it anew makes it no better.
                    .maybe_hint(underway(log).is_none().then_some("have git seal it again: git commit"))
            }
        },
    }
}

/// Nothing sealed the message.
fn not_sealed(others: &OnMessages) -> Error {
    let error = Error::wrong("not signed: the message has no seal, because git did not run bicker's hook commit-msg");
    match others.in_the_way {
        true => caused(error, "a hook of your own stands in its place", others)
            .maybe_hint(install(others, "have that call bicker's"))
            .hint("then commit again: git commit"),
        false => error
            .hint("let git run it, without --no-verify or -n: git commit")
            .hint("if git does not run it all the same: bicker doctor"),
    }
}

/// Something has changed the message after it was sealed.
fn came_behind(log: &Log, others: &OnMessages, line: &str) -> Error {
    let error =
        Error::wrong(format!("not signed: the seal has to be the message's last line, and \"{line}\" came behind it"));
    let message = log.repository().path().join("COMMIT_EDITMSG");
    caused(error, "a hook that git runs after bicker's has changed the message", others)
        .maybe_hint(install(others, "have bicker's come last"))
        .hint(format!("commit again with the words that are there: git commit -F {}", path_word(&message)))
}

fn caused(mut error: Error, why: &str, others: &OnMessages) -> Error {
    let files: Vec<String> = others.files.iter().map(|file| file.display().to_string()).collect();
    error.causes.push(match files.is_empty() {
        true => why.to_owned(),
        false => format!("{why}: {}", files.join(", ")),
    });
    error
}

fn install(others: &OnMessages, what: &str) -> Option<String> {
    let how = match others.remedy? {
        Beside::Append => "--append",
        _ => "--chain",
    };
    Some(format!("{what}: bicker hooks install {how}"))
}

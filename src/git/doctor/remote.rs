//! Whether a remote keeps what it was given: what can be known of that from here.
//!
//! git's protocol does not say whether a remote takes forced pushes. Of one on this machine the configuration can be
//! read. Nothing is tried: a forced push that goes through would do what it asks.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::shim::{Shim, not_executable};
use super::{Check, path_word};
use crate::git::log::Log;
use crate::protocol::charter::Researcher;

/// The server's hook, as it is installed.
const PRE_RECEIVE: &str = include_str!("../../../hooks/pre-receive");

/// What a hook of the keeper's own says when it calls ours.
const CALL: &str = "/bicker/hooks/pre-receive";

/// Checks the remote of `row`, as far as its machine is this one.
pub fn checks(log: &Log, row: &Researcher) -> Vec<Check> {
    let url = row.remote.as_str();
    let Some(path) = local_path(url) else {
        return vec![elsewhere(url)];
    };
    let Some(git_dir) = git_dir(&path) else {
        return vec![missing(log, row, &path)];
    };
    match git2::Config::open(&git_dir.join("config")) {
        Ok(config) => vec![format_of(&config, &git_dir, row), keeping(log, &config, &git_dir, row)],
        Err(e) => vec![Check::unknown(
            format!("the configuration of {} cannot be read", git_dir.display()),
            e.message().to_owned(),
        )],
    }
}

/// There is no repository. Where something was published before, a new one would stand empty beside the old.
fn missing(log: &Log, row: &Researcher, path: &Path) -> Check {
    let make = format!("git init --bare --object-format=sha1 --initial-branch={} {}", row.branch, path_word(path));
    let fix = match log.pushed().is_empty() {
        true => make,
        false => format!(
            "bicker remote {} URL   (where it is now; if it is lost for good, make a new one: {make})",
            row.name
        ),
    };
    Check::wrong(format!("{} is not a git repository", path.display()), "nobody can fetch your log").fix(fix)
}

/// Whether there may be a repository at an address, as far as that can be seen from here.
pub(super) fn may_be_at(url: &str) -> bool {
    local_path(url).is_none_or(|path| git_dir(&path).is_some())
}

fn elsewhere(url: &str) -> Check {
    Check::note(
        "whether your remote refuses forced pushes and deletions cannot be seen from here",
        format!(
            "others would see it and say that your remote shows less than before ({url}). At a forge, protect the branch. \
             On a server of your own: bicker hooks install --server"
        ),
    )
}

/// The folder that an address names, if it is on this machine.
fn local_path(url: &str) -> Option<PathBuf> {
    let path = match url.strip_prefix("file://") {
        Some(path) => decoded(path),
        None => PathBuf::from(url),
    };
    path.is_absolute().then_some(path)
}

/// A path as git reads it after a scheme: `%20` is a space.
fn decoded(path: &str) -> PathBuf {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

/// Where git would find the repository of a path, in the order in which it looks.
fn git_dir(path: &Path) -> Option<PathBuf> {
    let with_end = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let candidates = [path.join(".git"), path.to_owned(), with_end(".git/.git"), with_end(".git")];
    candidates.into_iter().find(|dir| dir.join("objects").is_dir() && dir.join("HEAD").exists())
}

fn format_of(config: &git2::Config, git_dir: &Path, row: &Researcher) -> Check {
    match config.get_string("extensions.objectformat") {
        Ok(format) if format != "sha1" => Check::wrong(
            format!("{} keeps its objects as {format}", git_dir.display()),
            "a log is in git's sha1 format (SHA-256 is in its seals), so nothing can be pushed there",
        )
        .fix(format!("git init --bare --object-format=sha1 --initial-branch={} NEW-FOLDER", row.branch)),
        _ => Check::ok(format!("{} is a repository in git's sha1 format", git_dir.display())),
    }
}

/// Whether it takes back what was published.
fn keeping(log: &Log, config: &git2::Config, git_dir: &Path, row: &Researcher) -> Check {
    let hook = git_dir.join("hooks/pre-receive");
    // Gitea and Forgejo run a folder of hooks.
    let beside = git_dir.join("hooks/pre-receive.d/50-bicker");
    let calls = |file: &Path| matches!(Shim::read(file, PRE_RECEIVE, CALL), Shim::Ours(_) | Shim::Calls);
    let is_ours = (calls(&hook) || (hook.exists() && calls(&beside) && not_executable(&beside).is_none()))
        && not_executable(&hook).is_none();
    let denies = |key: &str| config.get_bool(key).unwrap_or(false);
    let denied = denies("receive.denyNonFastForwards") && denies("receive.denyDeletes");
    if is_ours {
        return Check::ok("it refuses what would not count, forced pushes and deletions (its hook pre-receive)");
    }
    let install = format!(
        "bicker hooks install --server --charter {} --as {} {}",
        path_word(&log.git_dir().join("bicker/charter.yaml")),
        row.name,
        path_word(git_dir)
    );
    match denied {
        true => Check::ok("it refuses forced pushes and deletions"),
        false => Check::warning(
            "it accepts forced pushes or deletions",
            "a slip could take back what you published; others would see it and report your remote",
        )
        .fix(install),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_are_on_this_machine() {
        assert_eq!(local_path("/srv/alice.git"), Some(PathBuf::from("/srv/alice.git")));
        assert_eq!(local_path("file:///srv/alice.git"), Some(PathBuf::from("/srv/alice.git")));
        assert_eq!(local_path("file:///my%20disk/%C3%A4.git"), Some(PathBuf::from("/my disk/ä.git")));
        assert_eq!(local_path("file:///100%/a%zz"), Some(PathBuf::from("/100%/a%zz")));
        assert_eq!(local_path("/my%20disk"), Some(PathBuf::from("/my%20disk")));
        for url in ["https://host/alice.git", "git@host:/srv/alice.git", "ssh://host/srv/alice.git", "git://host/x"] {
            assert_eq!(local_path(url), None, "{url}");
        }
    }

    #[test]
    fn a_repository_is_found_where_git_finds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = |path: &str| {
            std::fs::create_dir_all(folder.path().join(path).join("objects")).expect("made");
            std::fs::write(folder.path().join(path).join("HEAD"), "ref: refs/heads/main\n").expect("written");
        };
        make("bare");
        make("short.git");
        make("tree/.git");
        let find = |path: &str| git_dir(&folder.path().join(path));
        assert_eq!(find("bare"), Some(folder.path().join("bare")));
        assert_eq!(find("short"), Some(folder.path().join("short.git")));
        assert_eq!(find("tree"), Some(folder.path().join("tree/.git")));
        assert_eq!(find("none"), None);
    }
}

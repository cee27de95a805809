//! By which way git comes to call each client hook, found by reading alone.
//!
//! Decides nothing about whether that is good: it is what installing does, read backwards.

use std::path::{Path, PathBuf};

use super::beside::{self, Found};
use super::{CLIENT, Left, chain};

/// How git calls a hook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::git) enum Way {
    /// It runs a file of ours: this one, itself or by a framework that runs it beside its own.
    Copy(PathBuf),
    /// A hook of somebody's own calls ours.
    Line,
    /// It looks in bicker's chain, where ours comes first and then whatever was there before.
    Chain,
    /// Its configuration names ours.
    Configured,
    /// Not at all: nothing is there.
    Nothing,
    /// Not at all: bicker's chain is not as bicker writes it.
    Broken,
    /// Not at all: a hook of somebody's own is there.
    Theirs(Left),
    /// What is there cannot be read.
    Unreadable(String),
}

/// One client hook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::git) struct Hook {
    /// Its name.
    pub name: &'static str,
    /// What is installed for it, before the path of bicker is put in.
    pub shim: &'static str,
    /// The file of ours that the line, the chain and the configuration call.
    pub part: PathBuf,
    /// The file that git runs, but where the configuration names another one.
    pub run: PathBuf,
    /// How ours is called.
    pub way: Way,
}

/// Looks how each hook is called when git looks in `folder`. `configured` says whether git's configuration names a hook
/// and a program for it, and git heeds that.
pub(in crate::git) fn inspect(
    git_dir: &Path,
    folder: &Path,
    configured: &dyn Fn(&'static str, &Path) -> bool,
) -> Vec<Hook> {
    let one = |(name, shim): (&'static str, &'static str)| {
        let (part, run) = (git_dir.join("bicker/hooks").join(name), folder.join(name));
        let way = if configured(name, &part) {
            Way::Configured
        } else if folder == chain::folder(git_dir) {
            chained(&run, &part)
        } else {
            seated(folder, name)
        };
        Hook { name, shim, part, run, way }
    };
    CLIENT.into_iter().map(one).collect()
}

fn chained(run: &Path, part: &Path) -> Way {
    match (std::fs::read(run), chain::calling(part)) {
        (Ok(found), Ok(expected)) if found == expected.as_bytes() => Way::Chain,
        (Err(e), _) if e.kind() == std::io::ErrorKind::NotFound => Way::Nothing,
        (Err(e), _) => Way::Unreadable(e.to_string()),
        _ => Way::Broken,
    }
}

fn seated(folder: &Path, name: &str) -> Way {
    match beside::seat(folder, name) {
        Ok((path, Found::Free)) if path.exists() => Way::Copy(path),
        Ok((_, Found::Free)) => Way::Nothing,
        Ok((_, Found::Calls)) => Way::Line,
        Ok((path, Found::Theirs(bytes))) => Way::Theirs(beside::left(&path, &bytes, name)),
        Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => Way::Nothing,
        Err(e) => Way::Unreadable(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_recognised() {
        let world = tempfile::tempdir().expect("a folder");
        let (git_dir, folder) = (world.path(), world.path().join("hooks"));
        let put = |path: &Path, text: &str| {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        put(&folder.join("pre-commit"), "#!/bin/sh\n# bicker: ours\n");
        put(&folder.join("commit-msg"), "#!/usr/bin/env python3\n");
        put(&folder.join("pre-push"), "#!/bin/sh\n. .git/bicker/hooks/pre-push || exit\n");
        let named =
            |name: &'static str, part: &Path| name == "post-commit" && part == git_dir.join("bicker/hooks/post-commit");
        let ways: Vec<Way> = inspect(git_dir, &folder, &named).into_iter().map(|hook| hook.way).collect();
        let copy = Way::Copy(folder.join("pre-commit"));
        let theirs = Way::Theirs(Left::NoShell);
        assert_eq!(ways, [copy, Way::Nothing, theirs, Way::Configured, Way::Line, Way::Nothing]);

        let chain = chain::folder(git_dir);
        let part = git_dir.join("bicker/hooks/pre-push");
        put(&chain.join("pre-push"), &chain::calling(&part).expect("a plain path"));
        put(&chain.join("commit-msg"), "#!/bin/sh\n");
        let hooks = inspect(git_dir, &chain, &|_, _| false);
        let way = |name: &str| hooks.iter().find(|hook| hook.name == name).map(|hook| hook.way.clone());
        assert_eq!(way("pre-push"), Some(Way::Chain));
        assert_eq!(way("commit-msg"), Some(Way::Broken));
        assert_eq!(way("post-commit"), Some(Way::Nothing));
    }
}

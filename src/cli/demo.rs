//! `demo`: four researchers, one of them Byzantine, agree on two steps on this machine.
//!
//! Decides where the play takes place and what becomes of the place afterwards. Every act is this very program, typed
//! as a person would type it, in real repositories; only the Byzantine researcher's second vote is made by hand,
//! because the program refuses it. Nothing is taken on trust: each command's exit code and the verifier's report are
//! compared with what was told.

mod narrator;
mod second_vote;
mod story;
mod verdict;
mod world;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;

use super::ui;
use crate::error::{Error, Result};
use crate::protocol::transport::Remote;
use crate::report::Exit;
use narrator::Narrator;
use world::World;

/// Watch four researchers, one of them a liar, agree on two steps of a protocol.
///
/// Everything happens on this machine, with real keys and real git repositories in a temporary folder, and takes less
/// than a minute. It ends with the verifier's report and the agreed document.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker demo --keep /tmp/generals, then read /tmp/generals/README.txt")]
pub struct Demo {
    /// Leave keys and repositories in this folder, which must be empty or not be there yet
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// `demo`
pub fn demo(arguments: &Demo) -> Result<Exit> {
    let stage = Stage::prepare(arguments.keep.as_deref())?;
    let world = World::at(stage.dir(), Narrator::of_terminal())?;
    let told = story::tell(&world);
    match &stage {
        Stage::Kept(dir) => {
            told.map_err(|error| error.hint(format!("look at what is there: {}", dir.display())))?;
            leave_directions(&world)?;
            ui::say(&format!("everything is kept in {}; begin with its README.txt", dir.display()));
        }
        Stage::Temporary(_) => {
            told.map_err(|error| error.hint("keep everything for a look: bicker demo --keep /tmp/bicker-demo"))?;
            ui::say("the folder is removed; keep it for a look: bicker demo --keep /tmp/bicker-demo");
        }
    }
    Ok(Exit::Verified)
}

/// The folder in which everything happens.
enum Stage {
    /// Goes away when the demo ends.
    Temporary(tempfile::TempDir),
    /// Stays.
    Kept(PathBuf),
}

impl Stage {
    fn prepare(keep: Option<&Path>) -> Result<Self> {
        let stage = match keep {
            None => Self::Temporary(
                tempfile::Builder::new()
                    .prefix("bicker-demo-")
                    .tempdir()
                    .map_err(|e| Error::trouble("cannot make a temporary folder").because(&e))?,
            ),
            Some(dir) => Self::Kept(empty_folder(dir)?),
        };
        stage.can_hold_remotes().inspect_err(|_| {
            // Whatever was in the way, an empty folder of ours is not left behind; one with something in it stays.
            let _ = fs::remove_dir(stage.dir());
        })?;
        Ok(stage)
    }

    /// Whether a charter can name what is in this folder (section 1.3).
    fn can_hold_remotes(&self) -> Result<()> {
        let remote = self.dir().join("alice/log.git");
        let is_address = remote.to_str().is_some_and(|remote| Remote::parse(remote).is_ok());
        if is_address {
            Ok(())
        } else {
            let what = format!("{} cannot be the address of a git remote", remote.display());
            Err(Error::usage(what)
                .hint("choose a path of plain letters without spaces: bicker demo --keep /tmp/bicker-demo"))
        }
    }

    fn dir(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }
}

/// Makes the folder, or takes it when it is empty.
fn empty_folder(dir: &Path) -> Result<PathBuf> {
    let cannot = |e: std::io::Error| Error::usage(format!("cannot use {}", dir.display())).because(&e);
    match fs::read_dir(dir).map(Iterator::count) {
        Ok(0) => {}
        Ok(_) => {
            return Err(Error::usage(format!("{} is not empty", dir.display()))
                .hint("name a folder that does not exist yet, or let there be none: bicker demo"));
        }
        Err(e) if e.kind() == ErrorKind::NotFound => fs::create_dir_all(dir).map_err(cannot)?,
        Err(e) => return Err(cannot(e)),
    }
    dir.canonicalize().map_err(cannot)
}

/// Writes what is where, and what to try.
fn leave_directions(world: &World) -> Result<()> {
    let root = world.root().display().to_string();
    let program = world.program().display().to_string();
    let text = include_str!("../../templates/demo/README.txt").replace("@DIR@", &root).replace("@BICKER@", &program);
    world.write("README.txt", &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_in_it_is_not_used() {
        let dir = tempfile::tempdir().expect("a folder");
        let stage = Stage::prepare(Some(&dir.path().join("new/one"))).expect("made");
        assert!(stage.dir().is_dir());
        let refused = Stage::prepare(Some(dir.path())).map(|_| ()).expect_err("not empty");
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.message.ends_with("is not empty"), "{refused}");
    }

    #[test]
    fn a_path_that_no_charter_can_name_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let odd = dir.path().join("my demo");
        let refused = Stage::prepare(Some(&odd)).map(|_| ()).expect_err("a space");
        assert!(!odd.exists());
        assert_eq!(refused.exit, Exit::Usage);
        assert!(refused.message.contains("cannot be the address of a git remote"), "{refused}");
    }

    #[test]
    fn a_temporary_folder_goes_away() {
        let stage = Stage::prepare(None).expect("made");
        let dir = stage.dir().to_owned();
        assert!(dir.is_dir());
        drop(stage);
        assert!(!dir.exists());
    }
}

//! git's own upkeep goes on in a log that lives for years: packing takes nothing out of it, and what would is refused as
//! before, packed or not.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Output, Person, World};

fn alone() -> (World, Person, PathBuf) {
    let world = World::new();
    let alice = world.group("Upkeep", &["alice"]).remove(0);
    let log = world.join(&alice);
    (world, alice, log)
}

fn git(world: &World, alice: &Person, log: &Path, arguments: &[&str]) -> Output {
    world.run_in(alice, log, &[&["git"], arguments].concat())
}

fn propose(world: &World, alice: &Person, log: &Path) {
    fs::write(alice.home.join("text.md"), "# A title\n\nA text.\n").expect("a text");
    world.run_in(alice, log, &["bicker", "propose", "--file", "../text.md", "--push"]).success();
}

#[test]
fn a_log_is_packed_like_any_repository() {
    let (world, alice, log) = alone();
    let upkeep: [&[&str]; 6] = [
        &["pack-refs", "--all"],
        &["gc", "--quiet"],
        &["gc", "--quiet", "--prune=now"],
        &["maintenance", "run", "--quiet", "--task=gc"],
        &["maintenance", "run", "--quiet", "--task=pack-refs"],
        &["pack-refs", "--all", "--prune"],
    ];
    propose(&world, &alice, &log);
    let head = git(&world, &alice, &log, &["rev-parse", "main"]).success().stdout().to_owned();
    for arguments in upkeep {
        let ran = git(&world, &alice, &log, arguments);
        assert_eq!(ran.success().stderr(), "", "{arguments:?}");
        assert!(!log.join(".git/refs/heads/main").exists(), "{arguments:?} packs the branch");
        assert_eq!(git(&world, &alice, &log, &["rev-parse", "main"]).success().stdout(), head);
        fs::write(log.join(".git/refs/heads/main"), &head).expect("a loose reference again");
    }
    world.run_in(&alice, &log, &["bicker", "vote", "alice", "--push"]).success();
    world.run_in(&alice, &log, &["bicker", "verify"]).success();
    git(&world, &alice, &log, &["fsck", "--strict", "--no-dangling"]).success();
}

#[test]
fn what_takes_entries_out_is_refused_packed_or_not() {
    let (world, alice, log) = alone();
    propose(&world, &alice, &log);
    let takes_out: [&[&str]; 4] = [
        &["update-ref", "-d", "refs/heads/main"],
        &["branch", "-f", "main", "main~1"],
        &["reset", "--soft", "HEAD~1"],
        &["update-ref", "refs/heads/main", "main~1"],
    ];
    for packed in [false, true] {
        if packed {
            git(&world, &alice, &log, &["pack-refs", "--all"]).success();
            // Beside the packed one, too, as after an upkeep that was interrupted.
            let head = git(&world, &alice, &log, &["rev-parse", "main"]).success().stdout().to_owned();
            fs::write(log.join(".git/refs/heads/main"), head).expect("a loose reference");
        }
        for arguments in takes_out {
            let ran = git(&world, &alice, &log, arguments);
            assert!(ran.code() != Some(0), "{arguments:?}, packed: {packed}");
            let told = ran.stderr();
            assert!(told.contains("entries out of your log") || told.contains("used by worktree"), "{told}");
        }
    }
    git(&world, &alice, &log, &["pack-refs", "--all"]).success();
    let ran = git(&world, &alice, &log, &["update-ref", "-d", "refs/heads/main"]);
    assert!(ran.failure(128).stderr().contains("entries out of your log"), "{}", ran.stderr());
    world.run_in(&alice, &log, &["bicker", "verify"]).success();
}

/// A remote is packed as well, whichever way it keeps its references, and takes the next entry after that. Where git knows
/// no reftable, there are no such remotes.
#[test]
fn a_remote_is_packed_like_any_repository() {
    for format in ["files", "reftable"] {
        let (world, alice, log) = alone();
        let remote = world.remote(&alice);
        fs::remove_dir_all(&remote).expect("the remote's folder");
        let made =
            git(&world, &alice, &log, &["init", "-q", "--bare", &format!("--ref-format={format}"), &shown(&remote)]);
        if format == "reftable" && made.code() != Some(0) {
            assert!(made.stderr().contains("ref"), "{}", made.stderr());
            continue;
        }
        git(&world, &alice, &log, &["-C", &shown(&remote), "symbolic-ref", "HEAD", "refs/heads/main"]).success();
        let charter = shown(&log.join("charter.yaml"));
        let install =
            ["bicker", "hooks", "install", "--server", "--charter", &charter, "--as", "alice", &shown(&remote)];
        world.run_in(&alice, &log, &install).success();
        world.run_in(&alice, &log, &["bicker", "sync"]).success();
        propose(&world, &alice, &log);
        for arguments in
            [&["gc", "--quiet", "--prune=now"][..], &["pack-refs", "--all"], &["maintenance", "run", "--quiet"]]
        {
            let ran = git(&world, &alice, &log, &[&["-C", &shown(&remote)], arguments].concat());
            assert_eq!(ran.success().stderr(), "", "{format}: {arguments:?}");
        }
        world.run_in(&alice, &log, &["bicker", "vote", "alice", "--push"]).success();
        world.run_in(&alice, &log, &["bicker", "verify"]).success();
        let there =
            git(&world, &alice, &log, &["-C", &shown(&remote), "rev-parse", "main"]).success().stdout().to_owned();
        assert_eq!(git(&world, &alice, &log, &["rev-parse", "main"]).success().stdout(), there, "{format}");
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

//! Pushing, and the git program itself: whose environment and settings it heeds, and that it never outlives us.

mod git_world;

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use bicker::git::fetch::{Limits, Outcome, Source};
use bicker::git::process::Git;
use bicker::git::push::{Pushed, push};
use bicker::protocol::id::CommitId;
use git_world::{World, comes_true, fetch_one, script, somebody_runs};

fn publish(world: &World, commit: CommitId, expected: Option<CommitId>) -> Pushed {
    let to = world.source("hub").url;
    push(&world.remote("alice"), &to, commit, "main", expected, Duration::from_secs(60))
}

#[test]
fn a_push_replaces_only_what_was_expected() {
    let world = World::new();
    world.init("hub");
    let first = world.remote_with_one("alice");
    let second = world.commit("alice", Some(first), b"second");
    let other = world.commit("alice", Some(first), b"other");
    assert_eq!(publish(&world, first, None), Pushed::Pushed);
    assert_eq!(publish(&world, first, None), Pushed::UpToDate);
    assert_eq!(publish(&world, second, None), Pushed::Stale, "it exists already");
    assert_eq!(publish(&world, second, Some(first)), Pushed::Pushed);
    assert_eq!(publish(&world, second, Some(first)), Pushed::UpToDate);
    assert_eq!(publish(&world, other, Some(first)), Pushed::Stale, "another one was faster");
    assert_eq!(world.git("hub", &["rev-parse", "main"], b""), second.to_string());
}

#[test]
fn a_push_says_why_it_failed() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    assert!(matches!(publish(&world, first, None), Pushed::Unreachable(why) if why.contains("does not appear")));
    world.init("hub");
    let hook = world.remote("hub").join("hooks/pre-receive");
    fs::create_dir_all(world.remote("hub").join("hooks")).expect("made");
    script(&hook, "#!/bin/sh\necho 'not today' >&2\nexit 1\n");
    let outcome = publish(&world, first, None);
    assert!(
        matches!(&outcome, Pushed::Rejected(why) if why.contains("not today") && why.contains("hook")),
        "{outcome:?}"
    );
}

#[test]
fn a_push_overtaken_on_its_way_is_stale() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    let second = world.commit("alice", Some(first), b"second");
    world.init("hub");
    assert_eq!(publish(&world, first, None), Pushed::Pushed);
    // The hook plays the other machine: it moves the branch after git has looked, and before it writes.
    let other = world.commit("hub", Some(first), b"other");
    let hook = world.remote("hub").join("hooks/pre-receive");
    fs::create_dir_all(world.remote("hub").join("hooks")).expect("made");
    let aside = "env -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES";
    script(&hook, &format!("#!/bin/sh\n{aside} git update-ref refs/heads/main {other}\n"));
    assert_eq!(publish(&world, second, Some(first)), Pushed::Stale);
}

/// Set for the tests that only others start, so that they do nothing when somebody runs all ignored tests.
const APART: &str = "BICKER_TEST_APART";

/// This program once more, to run one ignored test in an environment of its own.
fn apart(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--ignored"]).env(APART, "1").stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

#[test]
#[ignore = "started by another test"]
fn apart_in_a_hostile_environment() {
    if std::env::var_os(APART).is_none() {
        return;
    }
    let world = World::new();
    let head = world.remote_with_one("alice");
    assert_eq!(world.fetch("alice"), Outcome::Shown(Some(head)));
    assert!(world.holds(head));
    world.init("hub");
    assert_eq!(publish(&world, head, None), Pushed::Pushed);
}

#[test]
fn the_environment_does_not_lead_git_astray() {
    let dir = tempfile::tempdir().expect("a directory");
    script(&dir.path().join("git"), "#!/bin/sh\ntouch ran\nexit 1\n");
    let path = std::env::var("PATH").expect("a path");
    let mut command = apart("apart_in_a_hostile_environment");
    command.current_dir(dir.path()).env_remove("HOME").env("PATH", format!(".::{path}"));
    for (name, value) in [
        ("GIT_DIR", "/nonexistent"),
        ("GIT_OBJECT_DIRECTORY", "/nonexistent"),
        ("GIT_INDEX_FILE", "/nonexistent"),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.sshCommand"),
        ("GIT_CONFIG_VALUE_0", "touch ran"),
        ("GIT_ALLOW_PROTOCOL", "none"),
        ("GIT_TRACE", "1"),
    ] {
        command.env(name, value);
    }
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert!(!dir.path().join("ran").exists());
}

#[test]
#[ignore = "started by another test"]
fn apart_over_ssh() {
    if std::env::var_os(APART).is_none() {
        return;
    }
    let world = World::new();
    let head = world.remote_with_one("alice");
    let over_ssh = |who: &str| format!("git@host.example:{}", world.remote(who).display());
    let source = Source { url: over_ssh("alice"), ..world.source("alice") };
    assert_eq!(fetch_one(&world.cache, source, &Limits::default()), Outcome::Shown(Some(head)));
    world.init("hub");
    let pushed = push(&world.remote("alice"), &over_ssh("hub"), head, "main", None, Duration::from_secs(60));
    assert_eq!(pushed, Pushed::Pushed);
}

#[test]
fn the_users_own_ssh_command_is_used_and_cannot_ask() {
    let dir = tempfile::tempdir().expect("a directory");
    let (ssh, log) = (dir.path().join("ssh"), dir.path().join("log"));
    let there = "while [ $# -gt 1 ]; do shift; done\nexec sh -c \"$1\"";
    script(&ssh, &format!("#!/bin/sh\necho \"$*\" >>{}\n{there}\n", log.display()));
    let settings = dir.path().join("gitconfig");
    fs::write(&settings, format!("[core]\n\tsshCommand = {} -v\n", ssh.display())).expect("written");
    for (name, value) in [("GIT_SSH_COMMAND", ssh), ("GIT_CONFIG_GLOBAL", settings)] {
        let output = apart("apart_over_ssh").env_remove("GIT_SSH_COMMAND").env(name, value).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    let log = fs::read_to_string(log).expect("read");
    assert_eq!(log.lines().count(), 4);
    assert!(log.lines().all(|line| line.contains("-oBatchMode=yes") && line.contains("git@host.example")), "{log}");
}

#[test]
#[ignore = "started by another test"]
fn apart_waiting_for_a_remote() {
    if std::env::var_os(APART).is_none() {
        return;
    }
    let world = World::new();
    let port = std::env::var("PORT_THAT_NEVER_ANSWERS").expect("a port");
    let source = Source { url: format!("git://127.0.0.1:{port}/x.git"), ..world.source("alice") };
    fetch_one(&world.cache, source, &Limits::default());
}

#[test]
#[cfg(target_os = "linux")]
fn git_does_not_outlive_a_bicker_that_is_killed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let place = tempfile::tempdir().expect("a directory");
    let mut command = apart("apart_waiting_for_a_remote");
    command.env("PORT_THAT_NEVER_ANSWERS", &port).env("TMPDIR", place.path());
    let mut child = command.spawn().expect("it runs");
    let git = format!("git://127.0.0.1:{port}/");
    assert!(comes_true(|| somebody_runs(&git)));
    child.kill().and_then(|()| child.wait()).expect("killed");
    assert!(comes_true(|| !somebody_runs(&git)));
}

#[test]
fn git_may_not_take_all_memory() {
    let world = World::new();
    let git = Git::at(&world.remote("alice")).expect("git");
    let ran = git.call("limit").settings(&["alias.limit=!ulimit -d"]).run().expect("runs");
    assert_eq!(String::from_utf8_lossy(&ran.stdout).trim(), "1048576", "{ran:?}");
}

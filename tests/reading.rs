//! Reading at a real terminal: columns, the pager that git would use, messages that wrap, and colour.

mod common;
#[path = "ceremony/terminal.rs"]
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use common::{Person, World};
use terminal::{Session, sit_at};

/// One researcher alone, with a step that is agreed, in `log`.
fn alone() -> (World, Person) {
    let world = World::new();
    let alice = world.person("alice");
    let remote = world.remote(&alice).display().to_string();
    let script = format!(
        "set -e\n\
         bicker card --name alice --key ~/.ssh/id_ed25519.pub --remote {remote} > alice.card\n\
         bicker charter new --title Alone alice.card -o charter.yaml\n\
         bicker join --charter charter.yaml --as alice --key ~/.ssh/id_ed25519 --not-compared --push log\n\
         cd log\n\
         printf 'Alone is easy.\\n' | bicker propose --title One --file - --push\n\
         printf 'Alone is easy.\\n' | bicker revise --file - --push\n\
         bicker sync\n"
    );
    world.run(&alice, &["sh", "-c", &script]).success();
    (world, alice)
}

/// bicker at a terminal, in the log.
fn at_a_terminal(world: &World, alice: &Person, arguments: &[&str], environment: &[(&str, &str)]) -> Session {
    let mut command: Command = world.command(alice, "bicker");
    command.args(arguments).current_dir(alice.home.join("log")).env("TERM", "xterm").env("COLUMNS", "80");
    command.envs(environment.iter().copied());
    sit_at(&mut command, |_| None)
}

/// A pager that says what it was told and how much there was to read.
fn pager(alice: &Person) -> String {
    let path = alice.home.join("pager");
    fs::write(&path, "#!/bin/sh\necho \"pager $# LESS=$LESS lines=$(wc -l)\"\n").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    path.display().to_string()
}

#[test]
fn long_results_go_through_gits_pager_and_nothing_else_does() {
    let (world, alice) = alone();
    let pager = pager(&alice);
    let chosen = [("GIT_PAGER", pager.as_str())];
    for line in ["log --graph", "document", "show 1/alice/proposal", "explain fork", "help log"] {
        let words: Vec<&str> = line.split(' ').collect();
        let piped = world.run_in(
            &alice,
            &alice.home.join("log"),
            &[&["env", "COLUMNS=80", "bicker"], words.as_slice()].concat(),
        );
        let lines = piped.success().stdout().lines().count();
        let session = at_a_terminal(&world, &alice, &words, &chosen);
        assert_eq!(session.code, Some(0), "{line}: {}", session.screen);
        let shown = format!("pager 0 LESS=FRX lines={lines}\n");
        assert!(lines > 0 && session.screen.ends_with(&shown), "{line}, {lines} lines: {}", session.screen);
    }
    let told = at_a_terminal(&world, &alice, &["log"], &[chosen[0], ("LESS", "S")]);
    assert!(told.screen.contains("LESS=S lines="), "{}", told.screen);
    for words in [&["--no-pager", "document"][..], &["document", "--no-pager"], &["status"]] {
        let session = at_a_terminal(&world, &alice, words, &chosen);
        assert!(!session.screen.contains("pager"), "{words:?}: {}", session.screen);
        assert!(session.screen.contains("Alone"), "{words:?}: {}", session.screen);
    }
    // What is for programs is for them at a terminal, too.
    let log = alice.home.join("log");
    for line in
        ["log", "show 1/alice/proposal", "diff 1/alice/revision", "criticisms", "document", "reputation", "status"]
    {
        let words: Vec<&str> = line.split(' ').chain(["--json", "--offline"]).collect();
        let session = at_a_terminal(&world, &alice, &words, &chosen);
        let piped = world.run_in(&alice, &log, &[&["bicker"], words.as_slice()].concat());
        assert_eq!(session.screen, piped.success().stdout(), "{line}");
        assert!(session.screen.starts_with("{\n  \"format\": 1,\n"), "{line}: {}", session.screen);
    }
    // Where nobody watches there is nothing to page, whatever is set.
    let piped =
        world.run_in(&alice, &alice.home.join("log"), &["sh", "-c", &format!("GIT_PAGER={pager} bicker document")]);
    assert_eq!(piped.success().stdout(), "Alone is easy.\n");
}

#[test]
fn the_pager_is_chosen_as_git_chooses_and_a_missing_one_hides_nothing() {
    let (world, alice) = alone();
    let pager = pager(&alice);
    world
        .run_in(&alice, &alice.home.join("log"), &["git", "config", "core.pager", &format!("{pager} one two")])
        .success();
    let by_config = at_a_terminal(&world, &alice, &["document"], &[("PAGER", "false")]);
    assert!(by_config.screen.contains("pager 2 LESS=FRX lines=1"), "{}", by_config.screen);
    for none in ["cat", "", "no-such-pager", "no-such-pager --quietly"] {
        let session = at_a_terminal(&world, &alice, &["document"], &[("GIT_PAGER", none)]);
        assert_eq!(session.code, Some(0), "{none}: {}", session.screen);
        assert!(session.screen.contains("Alone is easy.\n"), "{none}: {}", session.screen);
    }
    // Somebody who has read enough goes away in the middle: that is no error.
    let session = at_a_terminal(&world, &alice, &["log"], &[("GIT_PAGER", "true")]);
    assert_eq!((session.code, session.screen.contains("error")), (Some(0), false), "{}", session.screen);
    let broken = world.run_in(&alice, &alice.home.join("log"), &["bash", "-c", "set -o pipefail; bicker log | true"]);
    assert_eq!((broken.success().stdout(), broken.stderr()), ("", ""));
}

#[test]
fn a_terminal_gets_columns_and_a_pipe_plain_lines() {
    let (world, alice) = alone();
    let shown = at_a_terminal(&world, &alice, &["--no-pager", "log", "--step", "1", "--kind", "proposal"], &[]);
    assert!(shown.screen.contains("alice\n*  "), "{}", shown.screen);
    let plain = at_a_terminal(&world, &alice, &["--no-pager", "log", "--no-graph", "--kind", "proposal"], &[]);
    assert!(!plain.screen.contains("*  "), "{}", plain.screen);
    let log = alice.home.join("log");
    let piped = world.run_in(&alice, &log, &["bicker", "log", "--kind", "proposal"]);
    assert!(piped.success().stdout().ends_with("  alice    step 1: proposal \"One\"\n"), "{}", piped.stdout());
    assert_eq!(piped.stdout().lines().count(), 1);
    let nobody = world.run_in(&alice, &log, &["bicker", "log", "--by", "bob"]);
    assert!(nobody.failure(2).stderr().starts_with("error: the charter has no researcher bob\n"));
}

#[test]
fn news_is_over_when_it_was_printed_and_not_before() {
    let world = World::new();
    let [alice, bob] = <[Person; 2]>::try_from(world.group("Watched", &["alice", "bob"])).expect("two people");
    world.join(&alice);
    world.join(&bob);
    let log = alice.home.join("log");
    let unread = || {
        let status = world.run_in(&alice, &log, &["bicker", "status", "--offline"]).success().stdout().to_owned();
        status.lines().find(|line| line.starts_with("new to you: ")).map(str::to_owned)
    };
    world.run_in(&alice, &log, &["bicker", "verify"]).success();
    let one = Some("new to you: 1 entry; see them: bicker news".to_owned());
    assert_eq!(unread(), one);
    // A full disk shows nothing, and what is for programs or watches while she is away is not shown to her.
    let full = world.run_in(&alice, &log, &["sh", "-c", "bicker news >/dev/full"]);
    assert!(full.failure(3).stderr().starts_with("error: cannot print the result\n"), "{}", full.stderr());
    assert_eq!(unread(), one);
    let told = world.run_in(&alice, &log, &["bicker", "news", "--json"]);
    assert!(told.success().stdout().contains("\"by\": \"bob\""), "{}", told.stdout());
    assert_eq!(unread(), one);
    world.run_in(&alice, &log, &["sh", "-c", "bicker sync >/dev/null"]).success();
    assert_eq!(unread(), one);
    // In the pager it was shown; without one, too.
    let pager = pager(&alice);
    let session = at_a_terminal(&world, &alice, &["news"], &[("GIT_PAGER", &pager)]);
    assert!(session.code == Some(0) && session.screen.ends_with("lines=1\n"), "{}", session.screen);
    assert_eq!(unread(), None);
    std::fs::remove_file(log.join(".git/bicker/shown")).expect("it was there");
    assert_eq!(unread(), one);
    let plain = at_a_terminal(&world, &alice, &["news", "--no-pager"], &[]);
    assert!(plain.screen.contains("  bob      join\n"), "{}", plain.screen);
    assert_eq!(unread(), None);
    std::fs::remove_file(log.join(".git/bicker/shown")).expect("it was there");
    let synced = world.run_in(&alice, &log, &["bicker", "sync"]);
    assert!(synced.success().stdout().starts_with("new: "), "{}", synced.stdout());
    assert_eq!(unread(), None);
}

#[test]
fn messages_wrap_where_they_are_read_and_only_there() {
    let (world, alice) = alone();
    let words = ["log", "--remote", "alice"];
    let shown = at_a_terminal(&world, &alice, &words, &[("COLUMNS", "40")]);
    assert_eq!(shown.code, Some(2));
    let expected = "error: --remote alice is not NAME=URL\n\
                    hint: write it as --remote\n      alice=https://git.example.org/alice.git\n";
    assert!(shown.screen.ends_with(expected), "{}", shown.screen);
    let log = alice.home.join("log");
    let piped = world.run_in(&alice, &log, &["env", "COLUMNS=40", "bicker", "log", "--remote", "alice"]);
    let whole = "error: --remote alice is not NAME=URL\n\
                 hint: write it as --remote alice=https://git.example.org/alice.git\n";
    assert_eq!(piped.failure(2).stderr(), whole);
}

#[test]
fn colour_is_gits_to_say() {
    let (world, alice) = alone();
    let log = alice.home.join("log");
    let coloured = |setting: &str, environment: &[(&str, &str)]| {
        let (key, value) = setting.split_once('=').expect("a setting");
        world.run_in(&alice, &log, &["git", "config", key, value]).success();
        let mut command = world.command(&alice, "bicker");
        command.args(["explain", "fork"]).current_dir(&log).env_remove("NO_COLOR").envs(environment.iter().copied());
        let piped = command.output().expect("it runs").stdout.contains(&0x1b);
        command.arg("--no-pager").env("TERM", "xterm");
        let screen = sit_at(&mut command, |_| None).screen;
        (screen.contains('\u{1b}'), piped)
    };
    assert_eq!(coloured("color.ui=auto", &[]), (true, false));
    assert_eq!(coloured("color.ui=never", &[]), (false, false));
    assert_eq!(coloured("color.bicker=always", &[]), (true, false));
    assert_eq!(coloured("color.bicker=always", &[("NO_COLOR", "1")]), (false, false));
    assert_eq!(coloured("color.bicker=auto", &[("NO_COLOR", "")]), (true, false));
    // A card with its picture stays a card, whatever colour is wanted.
    world.run_in(&alice, &log, &["git", "config", "color.bicker", "always"]).success();
    let card = "bicker card --name alice --key ~/.ssh/id_ed25519.pub --remote /nowhere/alice.git --qr > card && ! grep -q $'\\033' card";
    let run = world.run_in(&alice, &log, &["bash", "-c", &format!("unset NO_COLOR; {card}")]);
    run.success();
}

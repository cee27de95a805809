//! Our own trouble is told once, as ours: nobody's remote is blamed for it, and no hint out of it weakens safety.

mod common;

use std::fs;
use std::path::PathBuf;

use common::{Output, Person, World};

struct Stage {
    world: World,
    alice: Person,
    log: PathBuf,
}

fn stage() -> Stage {
    let world = World::new();
    let people = world.group("Trouble", &["alice", "bob"]);
    let log = world.join(&people[0]);
    world.join(&people[1]);
    Stage { alice: people[0].clone(), world, log }
}

impl Stage {
    fn types(&self, script: &str) -> Output {
        self.world.run_in(&self.alice, &self.log, &["sh", "-c", script])
    }
}

/// Nobody else is named, and nothing unsafe is suggested.
#[track_caller]
fn is_told_as_ours(ran: &Output, words: &str) {
    let told = ran.stderr();
    assert!(told.contains(words) && told.matches("error: ").count() == 1, "{told}");
    for wrong in ["could not be reached", "--remote-unseen", "--cache DIR", "bob"] {
        assert!(!told.contains(wrong), "{wrong}: {told}");
    }
}

#[test]
fn settings_that_git_cannot_read() {
    let stage = stage();
    fs::write(stage.alice.home.join("broken"), "[user\n").expect("written");
    for command in ["bicker status", "bicker sync", "bicker vote bob", "bicker verify"] {
        let ran = stage.types(&format!("export GIT_CONFIG_GLOBAL=$HOME/broken; {command}"));
        is_told_as_ours(ran.failure(2), "error: git cannot read your settings, so nobody could be asked\n");
        assert!(ran.stderr().contains("bad config line 1 in file"), "{}", ran.stderr());
    }
    fs::write(stage.alice.home.join("broken"), "[user]\n").expect("mended");
    stage.types("export GIT_CONFIG_GLOBAL=$HOME/broken; bicker sync").success();
}

#[test]
fn a_full_disk() {
    let stage = stage();
    let script = "set -e
        mkdir ../small
        mount -t tmpfs -o size=2m tmpfs ../small
        cp -r ../log ../small/log
        cd ../small/log
        dd if=/dev/zero of=../fill bs=4k 2> /dev/null || true
        ended=0
        bicker sync 2> ../../told || ended=$?
        cat ../../told >&2
        eval \"$(sed -n 's/^hint: see whether the disk has room: //p' ../../told)\"
        exit $ended";
    for command in ["sync", "status", "propose --title T --file /etc/hostname"] {
        let script = script.replace("bicker sync", &format!("bicker {command}"));
        let ran = stage.world.run_in(&stage.alice, &stage.log, &["unshare", "-Urm", "sh", "-c", &script]);
        is_told_as_ours(ran.failure(3), "No space left on device");
        assert!(ran.stdout().contains("100% "), "the hint was typed: {}", ran.stdout());
        fs::remove_dir_all(stage.alice.home.join("small")).expect("what the mount stood on");
    }
}

/// What is published already is not called unpublished.
#[test]
fn what_is_published_is_said_to_be() {
    let stage = stage();
    let propose = "bicker propose --title T --file ../text.md";
    stage.types("printf 'A text.\\n' > ../text.md").success();
    assert!(stage.types(propose).success().stderr().contains("not published yet"));
    let again = stage.types(propose);
    assert!(again.success().stdout().starts_with("signed already: ") && again.stderr().contains("not published yet"));
    stage.types("bicker sync").success();
    for more in ["", " --push"] {
        let again = stage.types(&format!("{propose}{more}"));
        let told = again.success().stdout();
        assert!(told.starts_with("signed already: ") && told.ends_with("published\n"), "{told}");
        assert!(!again.stderr().contains("not published"), "{}", again.stderr());
    }
}

/// A command that looks twice says once who could not be reached.
#[test]
fn a_network_that_is_gone() {
    let stage = stage();
    let writes = "mv $REMOTES ../gone; EDITOR=\"sed -i '3s/^$/Enough./'\" bicker abandon --remote-unseen";
    let ran = stage.types(&writes.replace("$REMOTES", &stage.world.remotes().display().to_string()));
    let told = ran.success().stderr();
    for name in ["alice", "bob"] {
        assert_eq!(told.matches(&format!("the remote of {name} could not be reached")).count(), 1, "{told}");
    }
}

#[test]
fn an_editor_that_is_not_there_or_does_not_wait() {
    let stage = stage();
    let ran = stage.types("EDITOR=no-such-editor bicker abandon");
    assert!(
        ran.failure(2).stderr().contains("error: the editor \"no-such-editor\" is not there\n"),
        "{}",
        ran.stderr()
    );
    assert!(ran.stderr().contains("hint: choose one that is: git config core.editor "), "{}", ran.stderr());
    stage.types("mkdir ../bin; printf '#!/bin/sh\\n' > ../bin/code; chmod +x ../bin/code").success();
    let with_it = "export PATH=$HOME/bin:$PATH; ";
    let ran = stage.types(&format!("{with_it} EDITOR=code bicker abandon"));
    let hint = "hint: code does not wait for you unless it is told to: git config core.editor 'code --wait'\n";
    assert!(ran.failure(2).stderr().contains(hint), "{}", ran.stderr());
    let ran = stage.types(&format!("{with_it} git config core.editor 'code --wait'; unset EDITOR; bicker abandon"));
    assert!(!ran.failure(2).stderr().contains("does not wait"), "{}", ran.stderr());
}

/// What belongs to somebody else is told so, and the way out is typed as it stands.
#[test]
fn a_log_and_a_cache_of_another_user() {
    let stage = stage();
    let as_root = if stage.types("id -u").success().stdout() == "0\n" { "" } else { "sudo -n " };
    let give_away = |what: &str| {
        stage.types(&format!("{as_root}chown -R 65534 {what}")).success();
    };
    give_away("../log/.git/bicker/cache");
    let ran = stage.types("bicker status");
    is_told_as_ours(ran.failure(2), ".git/bicker/cache belongs to another user\n");
    stage.types(&hint(&ran, "what is in it is evidence, so keep it, and make it yours: ")).success();
    stage.types("bicker status").success();
    give_away("../log");
    let ran = stage.types("mkdir -p steps; cd steps; bicker status");
    let told = ran.failure(2).stderr();
    assert!(told.contains("/log belongs to another user\n"), "{told}");
    stage.types(&hint(&ran, "if it is yours all the same, make it so: ")).success();
    stage.types("bicker status").success();
}

/// The command of the hint with these words.
fn hint(ran: &Output, words: &str) -> String {
    let hints = ran.stderr().lines().filter_map(|line| line.strip_prefix("hint: ")?.strip_prefix(words));
    hints.map(str::to_owned).next().unwrap_or_else(|| panic!("no hint {words}: {}", ran.stderr()))
}

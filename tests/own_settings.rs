//! A remote that is reached only by a setting of the repository's own, as plain git has it: what is not used says so, and the
//! command that is printed has it used, there alone.

mod common;

use common::{Output, Person, World};

/// Alice's remote is reached by a program of hers in ssh's place, which notes down whom it was asked for.
struct Reached {
    world: World,
    alice: Person,
}

impl Reached {
    fn new() -> Self {
        let world = World::new();
        let alice = world.person("alice");
        let reached = Self { world, alice };
        let set_up = "printf '#!/bin/sh\\n[ \"$1\" != -G ] || exit 1\\necho \"$1\" >> ~/asked\\nshift\\nexec sh -c \"$*\"\\n' > by-hand
            chmod +x by-hand
            bicker card --name alice --key .ssh/id_ed25519.pub --remote \"ssh://git@forge.invalid$REMOTE\" > alice.card
            bicker charter new --title Reached alice.card -o charter.yaml
            GIT_SSH_COMMAND=~/by-hand bicker join --charter charter.yaml --as alice --key .ssh/id_ed25519 --not-compared --push log
            git -C log config core.sshCommand ~/by-hand
            rm asked";
        reached.types(".", set_up).success();
        reached
    }

    fn types(&self, folder: &str, script: &str) -> Output {
        let script = format!("REMOTE='{}'\n{script}", self.world.remote(&self.alice).display());
        self.world.run_in(&self.alice, &self.alice.home.join(folder), &["sh", "-ec", &script])
    }
}

#[test]
fn a_setting_that_only_plain_git_obeys_is_named_and_can_be_had() {
    let reached = Reached::new();
    let synced = reached.types("log", "bicker sync");
    let told = synced.failure(3).stderr();
    assert!(told.contains("this repository's own setting core.sshcommand is not used to fetch"), "{told}");
    reached.types("log", "test ! -e ~/asked && bicker doctor > ../page || true; test ! -e ~/asked").success();
    // The same command is printed by both.
    let command = told.lines().find_map(|line| line.split_once("it is needed: ")).expect("a command").1;
    reached.types(".", &format!("grep -qxF '           fix: {command}' page")).success();
    reached.types("log", "git push -q && rm ~/asked").success();
    reached.types("log", command).success();
    let write = "echo Text. > ../text.md && bicker propose --title T --file ../text.md && bicker sync";
    let synced = reached.types("log", write);
    assert!(synced.success().stdout().contains("published"), "{}", synced.stdout());
    reached.types("log", "test \"$(sort -u ~/asked)\" = git@forge.invalid && bicker verify && bicker doctor").success();
    // It holds for this repository's fetching, and plain git reads nothing twice.
    let once = reached.types("log", "git config --get-all core.sshCommand; git config --get-all remote.origin.url");
    assert_eq!(once.success().stdout().lines().count(), 2, "{}", once.stdout());
    reached.types(".", "git init -q other && ! git -C other config core.sshCommand").success();
}

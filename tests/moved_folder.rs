//! A folder that was moved: git's configuration names files by their whole path, and one command finds all of them again.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::{Output, Person, World};

/// The one command.
const MEND: &str = "bicker hooks install";

struct Moved {
    world: World,
    alice: Person,
}

impl Moved {
    /// Alice's log is `place/log` below her home, and her key `place/key`.
    fn new() -> Self {
        let world = World::new();
        let alice = world.group("Moved", &["alice"]).remove(0);
        let join = "mkdir place && cp .ssh/id_ed25519 place/key && cp .ssh/id_ed25519.pub place/key.pub
            bicker join --not-compared --charter ../charter.yaml --as alice --key place/key --push place/log
            git -C ../../remotes/alice.git config receive.denyNonFastForwards true
            git -C ../../remotes/alice.git config receive.denyDeletes true";
        let moved = Self { world, alice };
        moved.types(&moved.alice.home.clone(), join).success();
        moved
    }

    fn types(&self, folder: &Path, script: &str) -> Output {
        self.world.run_in(&self.alice, folder, &["sh", "-ec", script])
    }

    /// Moves something below the home, and gives where the log is then.
    fn moves(&self, from: &str, to: &str, log: &str) -> PathBuf {
        self.types(&self.alice.home.clone(), &format!("mv {from} {to}")).success();
        self.alice.home.join(log)
    }

    /// What doctor says to type, each command once.
    fn fixes(&self, log: &Path) -> BTreeSet<String> {
        let page = self.types(log, "bicker doctor || true").success().stdout().to_owned();
        page.lines().filter_map(|line| line.trim_start().strip_prefix("fix: ")).map(str::to_owned).collect()
    }

    /// Mends, by the one command, and then all goes on.
    fn mends(&self, log: &Path) {
        assert_eq!(self.fixes(log), BTreeSet::from([MEND.to_owned()]));
        self.types(log, MEND).success();
        assert_eq!(self.fixes(log), BTreeSet::new());
        self.types(log, "bicker doctor").success();
        let commit = "bicker draft proposal
            printf -- '---\\ntitle: \"Moved\"\\n---\\nWe move.\\n' > steps/0001/r0/proposal.md
            git add steps && git commit -q -m Moved && git push -q && bicker sync && bicker verify
            git verify-commit HEAD";
        self.types(log, commit).success();
    }
}

#[test]
fn a_renamed_folder_is_mended_by_one_command() {
    let moved = Moved::new();
    let log = moved.moves("place/log", "place/renamed", "place/renamed");
    let refused = moved.types(&log, "git commit --allow-empty -m x");
    assert!(refused.failure(1).stderr().contains("was this folder moved?"), "{}", refused.stderr());
    assert!(refused.stderr().contains(&format!("hint: have git find it again: {MEND}\n")), "{}", refused.stderr());
    moved.mends(&log);
}

/// What was moved along with it is found, too: here the key.
#[test]
fn a_key_that_was_moved_along_is_found() {
    let moved = Moved::new();
    let log = moved.moves("place", "other", "other/log");
    let refused = moved.types(&log, "echo Text. > ../text; bicker propose --title T --file ../text");
    assert!(refused.failure(2).stderr().contains(&format!("hint: it was moved; find it again: {MEND}\n")));
    assert_eq!(moved.fixes(&log), BTreeSet::from([MEND, "bicker sync"].map(str::to_owned)));
    moved.types(&log, &format!("{MEND} && bicker sync && bicker doctor && bicker verify")).success();
    assert_eq!(moved.fixes(&log), BTreeSet::new());
}

/// Hooks of one's own go on running, also where git finds bicker's in its chain.
#[test]
fn the_chain_of_hooks_moves_along() {
    let moved = Moved::new();
    let own =
        "mkdir own && printf '#!/bin/sh\\necho ran >> ~/own-hook\\n' > own/post-commit && chmod +x own/post-commit
        git config core.hooksPath \"$PWD/own\" && bicker hooks install --chain && mv own .git/own
        git config bicker.hooksBefore \"$PWD/.git/own\"";
    moved.types(&moved.alice.home.join("place/log"), own).success();
    let log = moved.moves("place/log", "renamed", "renamed");
    moved.mends(&log);
    moved.types(&log, "test \"$(wc -l < ~/own-hook)\" = 1").success();
}

/// A bicker that was moved is found on the PATH; the one command names the one that is there now.
#[test]
fn a_bicker_that_was_moved_is_named_anew() {
    let moved = Moved::new();
    let log = moved.alice.home.join("place/log");
    let install =
        "mkdir ../opt && cp \"$(readlink -f \"$(command -v bicker)\")\" ../opt/bicker && ../opt/bicker hooks install";
    moved.types(&log, install).success();
    moved.types(&log, "mv ../opt ../tools").success();
    moved.mends(&log);
    moved.types(&log, "! grep -r /opt/bicker .git/hooks .git/bicker").success();
}

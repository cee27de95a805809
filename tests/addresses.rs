//! Addresses of remotes that are odd on this disk: what may stand in one, and what is said of what may not.

mod common;

use common::{Output, Person, World};

#[test]
fn a_folder_with_a_space_in_its_name_is_written_with_percent_signs() {
    let world = World::new();
    let alice = world.person("alice");
    let script = "set -e
        mkdir -p 'my disk/ä'
        git init -q --bare --initial-branch=main --object-format=sha1 'my disk/ä/log.git'
        card='bicker card --name alice --key .ssh/id_ed25519.pub --remote'
        ! $card \"$PWD/my disk/log.git\" 2> refused
        $card \"file://$PWD/my%20disk/%C3%A4/log.git\" > alice.card
        bicker charter new --title Odd alice.card -o charter.yaml
        bicker join --charter charter.yaml --as alice --key .ssh/id_ed25519 --not-compared --push log
        cd log
        echo Text. > ../text.md
        bicker propose --title T --file ../text.md
        git push -q
        bicker sync
        bicker verify
        bicker doctor";
    let ran = world.run(&alice, &["sh", "-c", script]);
    ran.success();
    let refused = std::fs::read_to_string(alice.home.join("refused")).expect("what was said");
    assert!(refused.contains("' ' is not allowed in it") && refused.contains("a space as %20"), "{refused}");
    let there = ["git", "-C", "my disk/ä/log.git", "log", "--format=%s", "main"];
    assert!(world.run(&alice, &there).success().stdout().starts_with("proposal for step 1\n"));
}

/// Nothing is signed for a remote that can never take it.
#[test]
fn a_remote_of_another_hash_is_noticed_before_anything_is_signed() {
    let world = World::new();
    let alice = world.group("Hashes", &["alice"]).remove(0);
    let remote = world.remote(&alice).display().to_string();
    let sha256 = ["git", "init", "-q", "--bare", "--initial-branch=main", "--object-format=sha256", &remote];
    std::fs::remove_dir_all(world.remote(&alice)).expect("the remote");
    world.run(&alice, &sha256).success();
    let join = ["bicker", "join", "--not-compared", "--charter", "../charter.yaml", "--as", "alice"];
    let join = [&join[..], &["--key", ".ssh/id_ed25519", "--push", "log"]].concat();
    let ran = world.run(&alice, &join);
    assert!(
        ran.failure(2).stderr().contains("names objects by SHA-256") && ran.stdout().is_empty(),
        "{}",
        ran.stderr()
    );
    let hint = "git init --bare --object-format=sha1";
    assert!(ran.stderr().contains(hint), "{}", ran.stderr());
    std::fs::remove_dir_all(world.remote(&alice)).expect("the remote");
    world.run(&alice, &["sh", "-c", &format!("{hint} -q '{remote}'")]).success();
    world.run(&alice, &join).success();
}

/// Alice and bob have joined, and alice has proposed; what is typed is typed in alice's log.
struct Moving {
    world: World,
    alice: Person,
}

impl Moving {
    fn new() -> Self {
        let world = World::new();
        let alice = world.group("Moving", &["alice", "bob"]).remove(0);
        let bob = world.person("bob");
        world.join(&bob);
        world.join(&alice);
        let moving = Self { world, alice };
        moving.types("echo Text. > ../text.md && bicker propose --title T --file ../text.md --push").success();
        moving
    }

    fn types(&self, script: &str) -> Output {
        let remotes = self.world.remotes();
        let script = format!("R='{}'\n{script}", remotes.display());
        self.world.run_in(&self.alice, &self.alice.home.join("log"), &["sh", "-c", &script])
    }
}

#[test]
fn an_address_is_noted_only_if_a_log_can_be_kept_there() {
    let moving = Moving::new();
    let refused = moving.types("bicker remote alice 'no where'");
    assert!(refused.failure(2).stderr().contains("no where is not the address of a remote"), "{}", refused.stderr());
    let refused = moving.types("bicker remote carol /srv/carol.git");
    assert!(refused.failure(2).stderr().contains("the charter has no researcher carol"), "{}", refused.stderr());
    let sha256 =
        "git init -q --bare --initial-branch=main --object-format=sha256 $R/new.git; bicker remote alice $R/new.git";
    let refused = moving.types(sha256);
    assert!(refused.failure(2).stderr().contains("names objects by SHA-256"), "{}", refused.stderr());
    let listed = moving.types("bicker remote alice; git config remote.origin.url; ! git config bicker.alice.movedTo");
    let old = moving.world.remote(&moving.alice).display().to_string();
    assert_eq!(
        listed.success().stdout(),
        format!("alice  {old}   (yours)\n       bicker remote alice URL notes where it is now\n{old}\n")
    );
}

/// A note stands in for one address of the charter, and for no other; one that is no address is told, with its cure.
#[test]
fn a_note_ends_with_the_address_that_it_stands_in_for() {
    let moving = Moving::new();
    moving.types("mv $R/bob.git $R/new.git; bicker remote bob $R/new.git && bicker sync").success();
    let now = |script: &str| moving.types(&format!("{script}; bicker remote bob --json")).success().stdout().to_owned();
    assert!(now(":").contains("/new.git\""));
    assert!(!now("git config bicker.bob.movedFrom /srv/of-another-charter.git").contains("/new.git\""));
    moving.types("bicker remote bob $R/new.git && git config bicker.bob.movedTo '--upload-pack=x'").success();
    let told = moving.types("bicker status");
    assert!(told.failure(2).stderr().contains("which is not the address of a remote"), "{}", told.stderr());
    let fix = told.stderr().lines().find_map(|line| line.strip_prefix("hint: take it away: ")).expect("a hint");
    moving.types("bicker doctor --offline | grep -q 'git config --unset-all bicker.bob.movedTo'").success();
    moving.types(fix).success();
    moving.types("bicker status").success();
}

/// What is published goes to the new address, by bicker and by git, and the old one is left as it is. What the old one showed
/// last is known before: a remote that shows less at its new address is rewound, like any other.
#[test]
fn publishing_moves_along_and_nothing_shown_is_forgotten() {
    let moving = Moving::new();
    let head =
        |remote: &str| moving.types(&format!("git -C $R/{remote} rev-parse -q --verify main")).stdout().to_owned();
    // The new one is a copy from before; another copy of hers has published since.
    moving.types("cp -a $R/alice.git $R/new.git; cp -a ../log ../other; cd ../other; bicker like bob >&2").success();
    moving.types("cd ../other; bicker abandon --reason 'Enough.' --push").success();
    let newest = head("alice.git");
    let noted = moving.types("bicker remote alice $R/new.git");
    assert!(noted.success().stderr().contains("your remote still answers at"), "{}", noted.stderr());
    let refused = moving.types("bicker propose --title Other --file ../text.md --round 1");
    assert!(refused.failure(1).stderr().contains("this copy of your log lacks entries"), "{}", refused.stderr());
    let synced = moving.types("bicker sync");
    assert!(synced.success().stdout().contains("published"), "{}", synced.stdout());
    assert_eq!(head("new.git"), newest);
    // From now on both take what is published to the new one alone.
    let bob = moving.world.person("bob");
    moving
        .world
        .run_in(&bob, &bob.home.join("log"), &["bicker", "abandon", "--reason", "So be it.", "--push"])
        .success();
    moving.types("bicker ack && git push -q").success();
    assert_ne!(head("new.git"), newest);
    assert_eq!(head("alice.git"), newest);
}

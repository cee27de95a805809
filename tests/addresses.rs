//! Addresses of remotes that are odd on this disk: what may stand in one, and what is said of what may not.

mod common;

use common::World;

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
    assert!(refused.contains("' ' may not stand in it") && refused.contains("a space as %20"), "{refused}");
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
    let hint = "git init --bare --object-format=sha1 --initial-branch=main";
    assert!(ran.stderr().contains(hint), "{}", ran.stderr());
    std::fs::remove_dir_all(world.remote(&alice)).expect("the remote");
    world.run(&alice, &["sh", "-c", &format!("{hint} -q '{remote}'")]).success();
    world.run(&alice, &join).success();
}

//! Making a researcher's repository and writing into it, with git as the judge.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bicker::git::log::{Log, LogError};
use bicker::git::setup::{self, SetupError};
use bicker::git::sign::{SignError, read_public_key};
use bicker::protocol::charter::{Charter, PublicKey};
use bicker::protocol::commit::{Commit, payload};
use bicker::protocol::genesis::Genesis;
use bicker::protocol::id::At;
use bicker::protocol::signature::SshSignature;
use bicker::protocol::slot::Slot;
use bicker::protocol::transport::Branch;

use super::world::{World, entry, name};

#[test]
fn another_key_than_the_charters_is_refused_before_anything_is_made() {
    let world = World::new();
    let charter = world.charter();
    let alice = charter.researcher(&name("alice")).expect("a member");
    let dir = world.path("a/new/log");
    let refused = setup::make(&dir, &charter, alice, &world.key("bob"));
    assert!(matches!(refused, Err(SetupError::Key(SignError::WrongKey { .. }))), "{refused:?}");
    assert!(!world.path("a").exists());
}

#[test]
fn a_repository_is_made_only_where_nothing_is_and_nothing_is_left_of_a_failure() {
    let world = World::new();
    let charter = world.charter();
    let alice = charter.researcher(&name("alice")).expect("a member");
    let make = |dir: &Path| setup::make(dir, &charter, alice, &world.key("alice"));
    let full = world.path("full");
    fs::create_dir_all(&full).and_then(|()| fs::write(full.join("mine"), "mine")).expect("made");
    for dir in [full.clone(), full.join("mine"), full.join("mine/log")] {
        let refused = make(&dir).expect_err("refused");
        assert!(matches!(refused, SetupError::NotEmpty(_)) && refused.hint().is_some(), "{refused:?}");
    }
    assert_eq!(fs::read_dir(&full).expect("there").count(), 1);
    // A name that git's configuration cannot hold is noticed when half is made.
    let odd = std::ffi::OsStr::from_bytes(b"odd\xff");
    assert!(matches!(make(&world.path("deep/er").join(odd)), Err(SetupError::OddPath(_))));
    assert!(!world.path("deep").exists());
    let empty = world.path("").join(odd);
    fs::create_dir(&empty).expect("made");
    assert!(matches!(make(&empty), Err(SetupError::OddPath(_))));
    assert_eq!(fs::read_dir(&empty).expect("still there").count(), 0);
    let empty = world.path("empty");
    fs::create_dir(&empty).expect("made");
    assert!(make(&empty).is_ok());
}

#[test]
fn what_was_set_up_is_read_back() {
    let world = World::new();
    let (charter, log) = world.log_of("alice");
    let log = Log::open(log.work_dir()).expect("a log");
    assert_eq!(setup::charter_of(&log).expect("a charter"), charter);
    assert_eq!(setup::name_of(&log).expect("a name"), name("alice"));
    assert_eq!(setup::key_path_of(&log).expect("a path"), world.key("alice"));
    assert_eq!((log.branch(), log.head().expect("a head")), ("main", Genesis::of(&charter).commit));
    let signers = fs::read_to_string(log.git_dir().join("bicker/allowed-signers")).expect("there");
    assert_eq!(signers, bicker::protocol::charter::allowed_signers(charter.researchers()));
    assert!(
        signers
            .starts_with("# generated from charter.yaml by bicker; do not edit\nalice namespaces=\"git\" ssh-ed25519 ")
    );
    let file = log.git_dir().join("bicker/charter.yaml");
    let kept = fs::read(&file).expect("there");
    fs::write(&file, "bicker: 2\n").expect("written");
    assert!(matches!(setup::charter_of(&log), Err(SetupError::Charter { .. })));
    fs::write(&file, Charter::new("Another", None, charter.researchers().to_vec()).expect("a charter").print())
        .expect("written");
    assert!(matches!(setup::charter_of(&log), Err(SetupError::OtherGroup { .. })));
    fs::write(&file, kept).expect("written");
    world.git(&log, &["config", "bicker.format", "2"]);
    assert!(matches!(setup::charter_of(&log), Err(SetupError::Format { found, .. }) if found == "2"));
    let plain = world.path("plain");
    git2::Repository::init(&plain).expect("a repository");
    let refused = setup::name_of(&Log::open(&plain).expect("a repository")).expect_err("no log");
    assert!(matches!(&refused, SetupError::NotALog { .. }) && refused.hint().is_some(), "{refused:?}");
}

#[test]
fn plain_git_commits_and_pushes_as_it_should() {
    let world = World::new();
    let (_, log) = world.log_of("alice");
    let origin = world.remote("alice");
    git2::Repository::init_bare(&origin).expect("a repository");
    // A person's own configuration that would lead elsewhere.
    world.write_global("[user]\n\tname = A\n\temail = a@example.org\n[remote]\n\tpushDefault = bob\n[core]\n\tautocrlf = true\n[i18n]\n\tcommitEncoding = latin1\n");
    fs::write(log.work_dir().join("join.md"), "---\n---\nhello\r\n").expect("written");
    world.git(&log, &["add", "join.md"]);
    world.git(&log, &["commit", "-q", "-m", "Join"]);
    world.git(&log, &["push", "-q"]);
    let head = log.head().expect("a head");
    world.git_accepts(&log, &head.to_string(), "alice");
    let there = git2::Repository::open(&origin).expect("a repository");
    assert_eq!(there.refname_to_id("refs/heads/main").expect("pushed").to_string(), head.to_string());
    assert_eq!(there.references().expect("refs").count(), 1);
    let raw =
        log.repository().odb().and_then(|odb| Ok(odb.read(oid(&head.to_string()))?.data().to_vec())).expect("read");
    let commit = Commit::parse(&raw).expect("section 2.commit");
    let signature = SshSignature::parse(&commit.gpgsig.expect("signed")).expect("canonical");
    assert!(signature.verify(&payload(&raw)));
    assert_eq!(
        PublicKey::from_bytes(signature.key).expect("a key"),
        read_public_key(&world.key("alice")).expect("a key")
    );
    assert_eq!(world.git(&log, &["cat-file", "blob", "HEAD:join.md"]), "---\n---\nhello\r\n");
}

#[test]
fn remotes_follow_the_charter_and_old_keys_stay_known() {
    let world = World::new();
    let (charter, log) = world.log_of("alice");
    let signed = entry(&world, &log, "alice", &Slot::Join, "---\n---\n").to_string();
    let mut researchers = charter.researchers().to_vec();
    world.make_key(&world.path("new"), "ed25519", "");
    researchers[0].key = read_public_key(&world.path("new")).expect("a key");
    researchers[0].branch = Branch::parse("log/alice").expect("a branch");
    researchers[1].name = name("origin");
    let amended = Charter::new("Amended", None, researchers).expect("a charter");
    setup::follow(&log, &[&charter, &amended]).expect("followed");
    setup::follow(&log, &[&charter, &amended]).expect("followed again");
    world.git_accepts(&log, &signed, "alice");
    let get = |key: &str| world.git(&log, &["config", key]).trim().to_owned();
    assert_eq!(get("remote.origin.url"), world.remote("alice").to_string_lossy());
    assert_eq!(get("remote.origin.push"), "refs/heads/main:refs/heads/log/alice");
    assert_eq!(get("branch.main.merge"), "refs/heads/log/alice");
    assert_eq!(get("remote.origin_.url"), world.remote("bob").to_string_lossy());
    assert_eq!(get("remote.carol.fetch"), "+refs/heads/main:refs/remotes/carol/main");
    let signers = fs::read_to_string(log.git_dir().join("bicker/allowed-signers")).expect("there");
    assert_eq!(signers.lines().filter(|line| line.starts_with("alice ")).count(), 2);
}

fn oid(hex: &str) -> git2::Oid {
    git2::Oid::from_str(hex).expect("an id")
}

#[test]
fn a_persons_own_files_are_moved_aside_never_lost() {
    let world = World::new();
    let (charter, log) = world.log_of("alice");
    let genesis = Genesis::of(&charter).commit;
    let vote = Slot::Vote(At::new(1, 0));
    let at = |path: &str| log.work_dir().join(path);
    fs::create_dir_all(at("steps/0001/r0")).expect("made");
    fs::write(at(&vote.path()), "my draft").expect("written");
    fs::write(at("notes.txt"), "my notes").expect("written");
    fs::write(at("charter.yaml"), "my changes").expect("written");
    std::os::unix::fs::symlink("/dev/null", at("join.md")).expect("linked");
    let signer = world.signer("alice");
    let head = world.unshown_entry(&log, &signer, genesis, &Slot::Join, "joined");
    let head = world.unshown_entry(&log, &signer, head, &vote, "voted");
    let saved = log.show_in_work_tree(Some(genesis), head).expect("shown");
    let names = |saved: &[PathBuf]| -> Vec<String> {
        saved.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names(&saved), ["join.md", "steps_0001_r0_vote.md"]);
    assert_eq!(fs::read_to_string(&saved[1]).expect("kept"), "my draft");
    assert!(fs::symlink_metadata(&saved[0]).expect("kept").is_symlink());
    assert_eq!(fs::read_to_string(at(&vote.path())).expect("shown"), "voted");
    // What the two commits share is left alone, and so is what no commit holds.
    assert_eq!(world.git(&log, &["status", "--porcelain"]), " M charter.yaml\n?? notes.txt\n");
    assert_eq!(fs::read_to_string(at("notes.txt")).expect("kept"), "my notes");
    // Without an old commit everything is put right.
    fs::write(at(&vote.path()), "another draft").expect("written");
    fs::remove_file(log.git_dir().join("index")).expect("removed");
    let saved = log.show_in_work_tree(None, head).expect("shown");
    assert_eq!(names(&saved), ["charter.yaml", "steps_0001_r0_vote.md.1"]);
    assert_eq!(world.git(&log, &["status", "--porcelain"]), "?? notes.txt\n");
    assert_eq!(log.show_in_work_tree(None, head).expect("shown"), Vec::<PathBuf>::new());
}

#[test]
fn an_entry_that_is_void_leaves_the_work_tree_but_no_draft_of_it_does() {
    let world = World::new();
    let (charter, log) = world.log_of("alice");
    let genesis = Genesis::of(&charter).commit;
    let (vote, at) = (Slot::Vote(At::new(1, 0)), |path: &str| log.work_dir().join(path));
    let head = entry(&world, &log, "alice", &vote, "voted");
    log.advance(head, genesis, "bicker: void").expect("moved back");
    log.show_in_work_tree(Some(head), genesis).expect("shown");
    assert!(!at("steps").exists());
    assert_eq!(world.git(&log, &["status", "--porcelain"]), "");
    log.advance(genesis, head, "bicker: again").expect("moved");
    log.show_in_work_tree(Some(genesis), head).expect("shown");
    fs::write(at(&vote.path()), "edited").expect("written");
    let saved = log.show_in_work_tree(Some(head), genesis).expect("shown");
    assert_eq!(saved.iter().map(|path| fs::read_to_string(path).expect("kept")).collect::<Vec<_>>(), ["edited"]);
    assert!(!at("steps").exists());
}

#[test]
fn nothing_is_written_through_a_link_or_over_a_directory() {
    let world = World::new();
    let (charter, log) = world.log_of("alice");
    let genesis = Genesis::of(&charter).commit;
    let elsewhere = world.path("elsewhere");
    fs::create_dir_all(elsewhere.join("0001/r0")).expect("made");
    fs::write(elsewhere.join("0001/r0/vote.md"), "not mine").expect("written");
    let steps = log.work_dir().join("steps");
    std::os::unix::fs::symlink(&elsewhere, &steps).expect("linked");
    let signer = world.signer("alice");
    let head = world.unshown_entry(&log, &signer, genesis, &Slot::Vote(At::new(1, 0)), "voted");
    for (old, new) in [(genesis, head), (head, genesis)] {
        let refused = log.show_in_work_tree(Some(old), new);
        assert!(matches!(&refused, Err(LogError::InTheWay(path)) if *path == steps), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(elsewhere.join("0001/r0/vote.md")).expect("kept"), "not mine");
    fs::remove_file(&steps).and_then(|()| fs::create_dir_all(steps.join("0001/r0/vote.md"))).expect("made");
    assert!(matches!(log.show_in_work_tree(Some(genesis), head), Err(LogError::InTheWay(_))));
    world.git(&log, &["checkout", "-q", "-b", "mine"]);
    assert_eq!(log.show_in_work_tree(None, head).expect("left alone"), Vec::<PathBuf>::new());
}

#[test]
fn others_entries_are_copied_whole() {
    let world = World::new();
    let (_, alice) = world.log_of("alice");
    let (_, bob) = world.log_of("bob");
    for slot in [Slot::Join, Slot::Vote(At::new(1, 0)), Slot::Echo(At::new(1, 0))] {
        entry(&world, &bob, "bob", &slot, &slot.path());
    }
    let head = bob.head().expect("a head");
    assert_eq!(alice.copy_from(bob.repository(), &[head, head]).expect("copied"), 3);
    assert_eq!(alice.copy_from(bob.repository(), &[head]).expect("nothing to do"), 0);
    alice.cite(&name("bob"), head).expect("cited");
    assert_eq!(world.git(&alice, &["rev-parse", "refs/bicker/group/bob"]).trim(), head.to_string());
    world.git(&alice, &["fsck", "--strict", "--full"]);
    world.git(&alice, &["-c", "gc.pruneExpire=now", "gc", "-q"]);
    world.git_accepts(&alice, &head.to_string(), "bob");
    assert!(world.git(&alice, &["log", "--all", "--format=%s"]).lines().count() == 4);
}

#[test]
fn a_copy_that_breaks_off_leaves_nothing_half_there() {
    let world = World::new();
    let (_, alice) = world.log_of("alice");
    let (_, bob) = world.log_of("bob");
    let first = entry(&world, &bob, "bob", &Slot::Join, "joined");
    let second = entry(&world, &bob, "bob", &Slot::Vote(At::new(1, 0)), "voted");
    let blob = git2::Oid::hash_object(git2::ObjectType::Blob, b"voted").expect("an id").to_string();
    fs::remove_file(bob.git_dir().join("objects").join(&blob[..2]).join(&blob[2..])).expect("removed");
    let refused = alice.copy_from(bob.repository(), &[second]);
    assert!(matches!(&refused, Err(LogError::Missing(id)) if id.to_string() == blob), "{refused:?}");
    let odb = alice.repository().odb().expect("objects");
    assert!(odb.exists(oid(&first.to_string())) && !odb.exists(oid(&second.to_string())));
    world.git(&alice, &["fsck", "--strict", "--full"]);
    // Too large a file is refused by its header, before it is read.
    let odb = bob.repository().odb().expect("objects");
    let huge = odb.write(git2::ObjectType::Blob, &vec![b'x'; (256 << 10) + 1]).expect("written");
    let mut tree = bob.repository().treebuilder(None).expect("a tree");
    tree.insert("join.md", huge, 0o100_644).expect("inserted");
    let tree = tree.write().expect("written");
    let raw = format!("tree {tree}\nparent {first}\nauthor b <> 0 +0000\ncommitter b <> 0 +0000\n\nx\n");
    let commit = bob.write_commit(raw.as_bytes()).expect("written");
    let refused = alice.copy_from(bob.repository(), &[commit]);
    assert!(matches!(&refused, Err(LogError::TooLong { size, .. }) if *size == (256 << 10) + 1), "{refused:?}");
}

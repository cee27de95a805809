//! Signing and writing with the real things: ssh-keygen, ssh-agent, a passphrase asked for by a program, and git itself
//! as the judge of every commit that is made.

#[path = "common/agent.rs"]
mod agent;
mod signing {
    mod repository;
    pub(crate) mod world;
}

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use bicker::git::journal::{Journal, JournalError};
use bicker::git::log::Log;
use bicker::git::setup;
use bicker::git::sign::{MAKE_A_KEY, SignError, Signer, read_public_key};
use bicker::protocol::genesis::Genesis;
use bicker::protocol::slot::Slot;

use agent::Agent;
use signing::world::{Askpass, World, add_key, entry, entry_with, output_of};

/// What the tests below run again as a process of its own, whose environment they choose: an agent, a passphrase.
#[test]
fn child() {
    let Some(task) = std::env::var_os("SIGNING_TASK") else { return };
    let path = |key| PathBuf::from(std::env::var_os(key).expect("set by the parent"));
    let said = match task.as_bytes() {
        b"sign" => {
            let log = Log::open(&path("SIGNING_LOG")).expect("a log");
            let me = setup::name_of(&log).expect("a name");
            let charter = setup::charter_of(&log).expect("a charter");
            let expected = charter.researcher(&me).expect("a member").key;
            let signed = Signer::open(&path("SIGNING_KEY"), &expected)
                .and_then(|signer| entry_with(&log, &signer, &Slot::Join, "---\n---\n"));
            match signed {
                Ok(commit) => format!("signed {commit}"),
                Err(error) => format!("{error} | {error:?} | {}", error.hint().unwrap_or_default()),
            }
        }
        b"lock" => match Journal::open_within(&path("SIGNING_LOG"), Duration::from_millis(100)) {
            Ok(journal) => format!("open {}", journal.entries().len()),
            Err(error) => format!("{error} | {}", error.hint().unwrap_or_default()),
        },
        // Dies as a crash would have it, with the lock held.
        b"die" => {
            let journal = Journal::open(&path("SIGNING_LOG")).expect("a journal");
            std::mem::forget(journal);
            fs::write(path("SIGNING_SAID"), "died").expect("written");
            std::process::abort();
        }
        other => panic!("no such task: {other:?}"),
    };
    fs::write(path("SIGNING_SAID"), said).expect("written");
}

/// Runs [`child`] with a task and gives what it said.
fn child_says(world: &World, task: &str, environment: &[(&str, &Path)]) -> String {
    let said = world.path("said");
    let _ = fs::remove_file(&said);
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "child", "--nocapture"]).env("SIGNING_TASK", task).env("SIGNING_SAID", &said);
    command
        .env_remove("SSH_AUTH_SOCK")
        .env_remove("SSH_ASKPASS")
        .env_remove("SSH_ASKPASS_REQUIRE")
        .env_remove("DISPLAY");
    let output = command.envs(environment.iter().copied()).output().expect("run");
    fs::read_to_string(&said).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The commit that a child says it signed, once git has accepted it.
fn accepted(world: &World, log: &Log, said: &str) -> String {
    let commit = said.strip_prefix("signed ").unwrap_or_else(|| panic!("{said}"));
    world.git_accepts(log, commit, "alice");
    commit.to_owned()
}

#[test]
fn a_key_without_a_passphrase_signs_and_git_accepts() {
    let world = World::new();
    let (charter, log) = world.log_of("alice");
    let commit = entry(&world, &log, "alice", &Slot::Join, "---\n---\n");
    world.git_accepts(&log, &commit.to_string(), "alice");
    assert_eq!(log.head().expect("a head"), commit);
    assert_eq!(world.git(&log, &["status", "--porcelain"]), "");
    assert_eq!(fs::read_to_string(log.work_dir().join("join.md")).expect("shown"), "---\n---\n");
    assert_eq!(
        world.git(&log, &["rev-list", "--max-parents=0", "HEAD"]).trim(),
        Genesis::of(&charter).commit.to_string()
    );
    world.git(&log, &["fsck", "--strict"]);
}

#[test]
fn a_passphrase_is_asked_for_by_ssh_not_by_us() {
    let world = World::with_passphrase("correct horse");
    let (_, log) = world.log_of("alice");
    let key = world.key("alice");
    assert!(!Signer::open(&key, &read_public_key(&key).expect("a key")).expect("a signer").is_in_process());
    let sign = |askpass: &Askpass, key: &Path| {
        let environment = [
            ("SIGNING_LOG", log.work_dir()),
            ("SIGNING_KEY", key),
            ("SSH_ASKPASS", askpass.program()),
            ("SSH_ASKPASS_REQUIRE", Path::new("force")),
        ];
        child_says(&world, "sign", &environment)
    };
    let wrong = Askpass::new(&world, "wrong");
    let said = sign(&wrong, &key);
    assert!(said.contains("ssh-keygen did not sign") && said.contains("ssh-add"), "{said}");
    assert!(wrong.was_asked());
    let right = Askpass::new(&world, "correct horse");
    let first = accepted(&world, &log, &sign(&right, &key));
    assert!(right.was_asked());
    // Ed25519 is deterministic: the same bytes signed again are the same commit.
    world.git(&log, &["update-ref", "refs/heads/main", &format!("{first}~1")]);
    assert_eq!(accepted(&world, &log, &sign(&right, &key.with_extension("pub"))), first);
}

#[test]
fn an_agent_signs_for_a_public_key_file() {
    let world = World::with_passphrase("battery staple");
    let (_, log) = world.log_of("alice");
    let agent = Agent::start(&mut Command::new("ssh-agent"), world.path("agent"));
    let public = world.path("only-the-public-half.pub");
    fs::copy(world.key("alice").with_extension("pub"), &public).expect("copied");
    let sign = |key: &Path| {
        let environment = [("SIGNING_LOG", log.work_dir()), ("SIGNING_KEY", key), ("SSH_AUTH_SOCK", agent.socket())];
        child_says(&world, "sign", &environment)
    };
    let said = sign(&public);
    assert!(said.contains("ssh-keygen did not sign"), "an agent without keys: {said}");
    add_key(&agent, &world, "bob");
    let said = sign(&public);
    assert!(said.contains("ssh-keygen did not sign"), "an agent with another key: {said}");
    add_key(&agent, &world, "alice");
    let first = accepted(&world, &log, &sign(&public));
    world.git(&log, &["update-ref", "refs/heads/main", &format!("{first}~1")]);
    // Nobody is asked for the passphrase of a key file that the agent holds.
    assert_eq!(accepted(&world, &log, &sign(&world.key("alice"))), first);
}

#[test]
fn what_comes_back_from_a_program_is_not_believed() {
    let world = World::with_passphrase("unused");
    let (_, log) = world.log_of("alice");
    let real = output_of("sh", &["-c", "command -v ssh-keygen"]);
    let other = world.path("other");
    world.make_key(&other, "ed25519", "");
    let run = |script: &str| {
        let bin = world.path("bin");
        fs::create_dir_all(&bin).expect("made");
        world.script(&bin.join("ssh-keygen"), script);
        let key = world.key("alice");
        let environment = [("SIGNING_LOG", log.work_dir()), ("SIGNING_KEY", &key), ("PATH", &bin)];
        child_says(&world, "sign", &environment)
    };
    let real = real.trim();
    // The file to be signed is the seventh argument, and the answer is expected beside it.
    for (script, expected) in [
        (format!("{real} -q -Y sign -n git -f {} \"$7\"", other.display()), "DoesNotVerify"),
        ("printf '%s' '-----BEGIN PGP SIGNATURE-----' > \"$7.sig\"".to_owned(), "NotCanonical(Begin"),
        (format!("{real} -q -Y sign -n file -f {} \"$7\"", other.display()), "NotCanonical(Field"),
        ("printf x > \"$7\"; exit 0".to_owned(), "cannot read the signature"),
        ("echo 'no such card' >&2; exit 1".to_owned(), "no such card"),
    ] {
        let said = run(&script);
        assert!(said.contains(expected), "{script}: {said}");
    }
    assert_eq!(log.head().expect("a head"), Genesis::of(&setup::charter_of(&log).expect("a charter")).commit);
}

#[test]
fn keys_of_other_types_are_refused_with_the_line_that_makes_one() {
    let world = World::new();
    let expected = read_public_key(&world.key("alice")).expect("a key");
    for kind in ["rsa", "ecdsa"] {
        for passphrase in ["", "secret"] {
            let key = world.path(&format!("{kind}{passphrase}"));
            world.make_key(&key, kind, passphrase);
            for file in [key.clone(), key.with_extension("pub")] {
                let refused = Signer::open(&file, &expected).expect_err("refused");
                assert!(matches!(&refused, SignError::OtherType { got, .. } if got.contains(kind)), "{refused:?}");
                assert!(refused.hint().is_some_and(|hint| hint.contains(MAKE_A_KEY)));
                assert!(matches!(read_public_key(&file), Err(SignError::OtherType { .. })));
            }
        }
    }
    let old = world.path("old");
    output_of("ssh-keygen", &["-q", "-t", "rsa", "-m", "PEM", "-N", "", "-f", &old.to_string_lossy()]);
    assert!(matches!(read_public_key(&old), Err(SignError::NotAKey { why, .. }) if why.contains("RSA PRIVATE KEY")));
}

#[test]
fn a_certificate_is_no_key() {
    let world = World::new();
    let (ca, key) = (world.path("ca"), world.key("alice"));
    world.make_key(&ca, "ed25519", "");
    output_of(
        "ssh-keygen",
        &["-q", "-s", &ca.to_string_lossy(), "-I", "x", &key.with_extension("pub").to_string_lossy()],
    );
    let certificate = key.with_file_name("alice-cert.pub");
    let refused = read_public_key(&certificate).expect_err("refused");
    assert!(matches!(&refused, SignError::OtherType { got, .. } if got == "ssh-ed25519-cert-v01@openssh.com"));
}

#[test]
fn two_processes_do_not_sign_side_by_side_and_a_crash_frees_the_lock() {
    let world = World::new();
    let (_, log) = world.log_of("alice");
    let git_dir = [("SIGNING_LOG", log.git_dir())];
    let mut journal = Journal::open(log.git_dir()).expect("a journal");
    let busy = child_says(&world, "lock", &git_dir);
    assert!(busy.contains("another bicker is running") && busy.contains("bicker/lock"), "{busy}");
    let again = Journal::open_within(log.git_dir(), Duration::ZERO);
    assert!(matches!(again, Err(JournalError::Busy { .. })));
    let head = log.head().expect("a head");
    journal.record(head, b"commit", Some((&Slot::Join, b"file"))).expect("recorded");
    let recorded = journal.entries().to_vec();
    drop(journal);
    assert_eq!(child_says(&world, "lock", &git_dir), "open 1");
    assert_eq!(child_says(&world, "die", &git_dir), "died");
    assert_eq!(child_says(&world, "lock", &git_dir), "open 1");
    // A crash in the middle of the next line.
    let file = log.git_dir().join("bicker/journal");
    let line = fs::read(&file).expect("there");
    let last = line[..line.len() - 1].iter().rposition(|b| *b == b'\n').expect("a line before") + 1;
    fs::write(&file, [line.as_slice(), &line[last..line.len() - 9]].concat()).expect("written");
    let journal = Journal::open(log.git_dir()).expect("the journal");
    assert_eq!(journal.entries(), recorded);
    assert_eq!(fs::read(&file).expect("repaired"), line);
}

//! A hermetic place for the tests: keys made by ssh-keygen, an agent, a program that knows the passphrase, and git
//! without anybody's configuration.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bicker::git::log::Log;
use bicker::git::setup;
use bicker::git::sign::{SignError, Signer, read_public_key};
use bicker::protocol::charter::{Charter, Remote, Researcher};
use bicker::protocol::commit::{Commit, Person, with_signature};
use bicker::protocol::id::{CommitId, Name, ObjectId};
use bicker::protocol::slot::Slot;
use bicker::protocol::transport::Branch;

use crate::agent::Agent;

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

pub(crate) struct World {
    dir: tempfile::TempDir,
    passphrase: String,
}

impl World {
    /// Four researchers; alice's key has no passphrase.
    pub(crate) fn new() -> Self {
        Self::with_passphrase("")
    }

    /// Four researchers; alice's key has this passphrase.
    pub(crate) fn with_passphrase(passphrase: &str) -> Self {
        let world = Self { dir: tempfile::tempdir().expect("a directory"), passphrase: passphrase.to_owned() };
        fs::create_dir(world.path("home")).expect("made");
        for name in NAMES {
            let passphrase = if name == "alice" { passphrase } else { "" };
            world.make_key(&world.key(name), "ed25519", passphrase);
        }
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn key(&self, name: &str) -> PathBuf {
        self.path(name)
    }

    pub(crate) fn remote(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.git"))
    }

    pub(crate) fn make_key(&self, path: &Path, kind: &str, passphrase: &str) {
        output_of("ssh-keygen", &["-q", "-t", kind, "-N", passphrase, "-C", "x", "-f", &path.to_string_lossy()]);
    }

    pub(crate) fn charter(&self) -> Charter {
        let researcher = |name: &&str| Researcher {
            name: self::name(name),
            key: read_public_key(&self.key(name).with_extension("pub")).expect("a key"),
            remote: Remote::parse(&self.remote(name).to_string_lossy()).expect("a remote"),
            branch: Branch::main(),
        };
        Charter::new("A test", None, NAMES.iter().map(researcher).collect()).expect("a charter")
    }

    /// Makes the log of a researcher.
    pub(crate) fn log_of(&self, name: &str) -> (Charter, Log) {
        let charter = self.charter();
        let me = charter.researcher(&self::name(name)).expect("a member");
        let log = setup::make(&self.path(&format!("{name}-log")), &charter, me, &self.key(name)).expect("a log");
        (charter, log)
    }

    pub(crate) fn signer(&self, name: &str) -> Signer {
        let key = self.key(name);
        Signer::open(&key, &read_public_key(&key).expect("a key")).expect("a signer")
    }

    /// Writes an entry on `parent` and moves the branch there, but shows nothing.
    pub(crate) fn unshown_entry(
        &self,
        log: &Log,
        signer: &Signer,
        parent: CommitId,
        slot: &Slot,
        text: &str,
    ) -> CommitId {
        signed_entry(log, signer, parent, slot, text).expect("signed")
    }

    pub(crate) fn write_global(&self, config: &str) {
        fs::write(self.path("home/.gitconfig"), config).expect("written");
    }

    /// Runs git in a log and gives what it printed.
    pub(crate) fn git(&self, log: &Log, arguments: &[&str]) -> String {
        let output = self.git_command(log, arguments).output().expect("run");
        let printed = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "git {arguments:?}: {printed}{}", String::from_utf8_lossy(&output.stderr));
        printed
    }

    /// `git verify-commit` finds a good signature by that researcher.
    pub(crate) fn git_accepts(&self, log: &Log, commit: &str, name: &str) {
        let output = self.git_command(log, &["verify-commit", "-v", commit]).output().expect("run");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains(&format!("Good \"git\" signature for {name} ")), "{said}");
    }

    fn git_command(&self, log: &Log, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(log.work_dir());
        command.env("HOME", self.path("home")).env("GIT_CONFIG_NOSYSTEM", "1").env_remove("XDG_CONFIG_HOME");
        command.env_remove("GIT_DIR").env_remove("SSH_AUTH_SOCK").stdin(Stdio::null());
        command
    }

    pub(crate) fn script(&self, path: &Path, body: &str) {
        fs::write(path, format!("#!/bin/sh\n{body}\n")).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("executable");
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// Runs a program and gives what it printed.
pub(crate) fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().expect("run");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Signs an entry with the researcher's key file, and shows it.
pub(crate) fn entry(world: &World, log: &Log, name: &str, slot: &Slot, text: &str) -> CommitId {
    entry_with(log, &world.signer(name), slot, text).expect("signed")
}

/// Signs an entry on the head, and shows it.
pub(crate) fn entry_with(log: &Log, signer: &Signer, slot: &Slot, text: &str) -> Result<CommitId, SignError> {
    let head = log.head().expect("a head");
    let commit = signed_entry(log, signer, head, slot, text)?;
    log.show_in_work_tree(Some(head), commit).expect("shown");
    Ok(commit)
}

fn signed_entry(log: &Log, signer: &Signer, parent: CommitId, slot: &Slot, text: &str) -> Result<CommitId, SignError> {
    let tree = log.repository().find_commit(git2::Oid::from_bytes(parent.0.as_bytes()).expect("an id"));
    let tree = ObjectId::parse(&tree.expect("a commit").tree_id().to_string()).expect("an id");
    let tree = log.build_tree(&[tree], Some((slot, text.as_bytes()))).expect("a tree");
    let me = setup::name_of(log).expect("a name");
    let (name, email) = log.identity(&me);
    let person = Person { name, email, seconds: 1_800_000_000, offset: "+0000".to_owned() };
    let unsigned = Commit::unsigned(tree, &[parent], &person, &person, &format!("{}\n", slot.path()));
    let signature = signer.sign(&unsigned)?;
    let commit = log.write_commit(&with_signature(&unsigned, &signature.armour())).expect("written");
    log.advance(parent, commit, &format!("bicker: {}", slot.kind())).expect("moved");
    Ok(commit)
}

/// A program that ssh asks for the passphrase.
pub(crate) struct Askpass {
    program: PathBuf,
    asked: PathBuf,
}

impl Askpass {
    pub(crate) fn new(world: &World, answer: &str) -> Self {
        let program = world.path(&format!("askpass-{}", answer.replace(' ', "-")));
        let asked = program.with_extension("asked");
        world.script(&program, &format!("touch '{}'\necho '{answer}'", asked.display()));
        Self { program, asked }
    }

    pub(crate) fn program(&self) -> &Path {
        &self.program
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.asked.exists()
    }
}

/// Gives an agent a researcher's key.
pub(crate) fn add_key(agent: &Agent, world: &World, name: &str) {
    let askpass = Askpass::new(world, &world.passphrase);
    let output = Command::new("ssh-add")
        .arg(world.key(name))
        .env("SSH_AUTH_SOCK", agent.socket())
        .env("SSH_ASKPASS", askpass.program())
        .env("SSH_ASKPASS_REQUIRE", "force")
        .stdin(Stdio::null())
        .output()
        .expect("run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

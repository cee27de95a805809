//! A group that is played in memory, and alice's real repository and server, to which what was played is brought.
//!
//! The charter, the keys and the entries are those of `bicker::sim`, so thousands of entries cost no process. What
//! happens between alice's repository and her server is all real: git, and bicker's hooks on both sides.

#![allow(dead_code, reason = "each program uses its own part of this")]

use std::fs;
use std::path::PathBuf;

use bicker::git::setup;
use bicker::protocol::charter::{Charter, PublicKey, Remote, Researcher};
use bicker::protocol::id::{CommitId, Name};
use bicker::protocol::object::ObjectKind;
use bicker::protocol::transport::Branch;
use bicker::sim;
use bicker::sim::world::key_of;
use ssh_key::private::{Ed25519Keypair, KeypairData, PrivateKey};

use crate::common::{Output, Person, World};

pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) alice: Person,
    pub(crate) charter: Charter,
}

impl Served {
    /// A group of these people, alice among them: her log is empty, and hooks guard her repository and her server.
    pub(crate) fn new(names: &[&str]) -> Self {
        let world = World::new();
        let alice = world.person("alice");
        let researcher = |name: &&str| Researcher {
            name: Name::parse(name).expect("a name"),
            key: PublicKey::from_bytes(key_of(name).verifying_key().to_bytes()).expect("a key"),
            remote: Remote::parse(&world.remotes().join(format!("{name}.git")).to_string_lossy()).expect("a remote"),
            branch: Branch::main(),
        };
        let charter = Charter::new("Served", None, names.iter().map(researcher).collect()).expect("a charter");
        let key = alice.home.join("key");
        let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&key_of("alice").to_bytes()));
        let private = PrivateKey::new(pair, "alice").and_then(|key| key.to_openssh(ssh_key::LineEnding::LF));
        fs::write(&key, private.expect("a key").as_bytes()).expect("written");
        let me = charter.researcher(&Name::parse("alice").expect("a name")).expect("a member");
        setup::make(&alice.home.join("log"), &charter, me, &key).expect("a log");
        fs::write(alice.home.join("charter.yaml"), charter.print()).expect("written");
        let served = Self { world, alice, charter };
        served.sh("bicker hooks install").success();
        let server = served.world.remote(&served.alice);
        let install =
            format!("bicker hooks install --server --charter ../charter.yaml --as alice {}", server.display());
        served.sh(&install).success();
        served
    }

    /// Alice's repository.
    pub(crate) fn log(&self) -> PathBuf {
        self.alice.home.join("log")
    }

    /// Has alice type something in her repository.
    pub(crate) fn sh(&self, typed: &str) -> Output {
        self.world.run_in(&self.alice, &self.log(), &["sh", "-c", typed])
    }

    /// Brings all that was played into alice's repository, with her log at `head`.
    pub(crate) fn brings(&self, played: &sim::World, head: CommitId) {
        let repository = git2::Repository::open(self.log()).expect("alice's repository");
        let odb = repository.odb().expect("objects");
        for (id, kind, bytes) in played.store().iter() {
            if !odb.exists(git2::Oid::from_bytes(id.as_bytes()).expect("an id")) {
                let kind = match kind {
                    ObjectKind::Commit => git2::ObjectType::Commit,
                    ObjectKind::Tree => git2::ObjectType::Tree,
                    ObjectKind::Blob => git2::ObjectType::Blob,
                };
                odb.write(kind, bytes).expect("written");
            }
        }
        self.sh(&format!("git update-ref refs/heads/main {head}")).success();
    }

    /// What alice's server shows.
    pub(crate) fn shown(&self) -> String {
        self.sh("git ls-remote origin refs/heads/main | cut -f1").success().stdout().trim().to_owned()
    }
}

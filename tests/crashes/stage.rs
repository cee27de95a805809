//! A group on its way through step 1, which can be put back to where it was as often as need be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::common::agent::Agent;
use crate::common::{Output, Person, World};

/// The researchers: enough for a quorum, and for someone to be cited. It is bob whose commands are killed.
pub(crate) const NAMES: [&str; 2] = ["alice", "bob"];

/// All that bob's commands write to.
const BOBS: [&str; 2] = ["home/bob", "remotes/bob.git"];

pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) bob: Person,
}

impl Stage {
    /// Everybody has a card in the charter; nobody but alice has joined.
    pub(crate) fn at_the_meeting() -> Self {
        let world = World::new();
        let bob = world.person("bob");
        let stage = Self { world, bob };
        let mut cards = Vec::new();
        for name in NAMES {
            let person = stage.world.person(name);
            let remote = stage.world.remote(&person).display().to_string();
            let card = ["bicker", "card", "--name", name, "--key", ".ssh/id_ed25519.pub", "--remote", &remote];
            let card = stage.world.run(&person, &card).success().stdout().to_owned();
            let file = stage.shared(&format!("{name}.card"));
            fs::write(&file, card).expect("a card");
            cards.push(file.display().to_string());
        }
        let charter = stage.charter();
        let new = ["bicker", "charter", "new", "--title", "A group", "-o", &charter];
        stage
            .world
            .run(&stage.bob, &[new.as_slice(), &cards.iter().map(String::as_str).collect::<Vec<_>>()].concat())
            .success();
        stage.join("alice");
        stage
    }

    /// Both have joined, and alice has proposed.
    pub(crate) fn with_a_proposal() -> Self {
        let stage = Self::at_the_meeting();
        stage.join("bob");
        fs::write(stage.shared("alice.md"), "# Messages\n\nEvery message is signed.\n").expect("a text");
        stage.types("alice", "bicker propose --file ../../../alice.md --push").success();
        stage
    }

    /// Alice has revised and echoed.
    pub(crate) fn with_a_revision() -> Self {
        let stage = Self::with_a_proposal();
        stage.types("bob", "bicker criticize alice --stance suggest --reason 'Say who.' --push").success();
        stage.types("alice", "bicker revise --file ../../../alice.md --accept bob --push").success();
        stage.types("alice", "bicker sync").success();
        stage
    }

    fn join(&self, name: &str) {
        let person = self.world.person(name);
        self.world.join_by(&person, &self.charter());
    }

    /// Types a command, in the person's log.
    pub(crate) fn types(&self, name: &str, line: &str) -> Output {
        let person = self.world.person(name);
        let log = person.home.join("log");
        self.world.run_in(&person, &log, &["sh", "-c", line])
    }

    /// Bob's log, where he types his commands.
    pub(crate) fn log(&self) -> PathBuf {
        self.bob.home.join("log")
    }

    /// The drafts that bicker keeps for bob.
    pub(crate) fn drafts(&self) -> Vec<String> {
        let drafts = fs::read_dir(self.log().join(".git/bicker/drafts")).expect("a folder for drafts");
        drafts.flatten().map(|draft| fs::read_to_string(draft.path()).expect("a draft")).collect()
    }

    /// A file that lies where everybody can read it.
    pub(crate) fn shared(&self, name: &str) -> PathBuf {
        self.world.remotes().with_file_name(name)
    }

    pub(crate) fn charter(&self) -> String {
        self.shared("charter.yaml").display().to_string()
    }

    /// Keeps what is bob's as it is now.
    pub(crate) fn save(&self) {
        remove(&self.shared("saved"));
        for folder in ["saved/home", "saved/remotes"] {
            fs::create_dir_all(self.shared(folder)).expect("a folder");
        }
        self.copy("", "saved/");
    }

    /// Puts what is bob's back.
    pub(crate) fn restore(&self) {
        for part in BOBS {
            remove(&self.shared(part));
        }
        self.copy("saved/", "");
    }

    fn copy(&self, from: &str, to: &str) {
        for part in BOBS {
            let (from, to) = (self.shared(&format!("{from}{part}")), self.shared(&format!("{to}{part}")));
            let status = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("cp runs");
            assert!(status.success(), "cp -a");
        }
    }
}

/// An agent that holds bob's key, which is nowhere else any more.
pub(crate) fn agent_with_bobs_key(stage: &Stage) -> Agent {
    let agent = Agent::start(&mut stage.world.command(&stage.bob, "ssh-agent"), stage.shared("agent"));
    let add = format!("SSH_AUTH_SOCK={} ssh-add -q ~/.ssh/id_ed25519", agent.socket().display());
    stage.types("bob", &add).success();
    stage.types("bob", "rm ~/.ssh/id_ed25519 && git config bicker.key ~/.ssh/id_ed25519.pub").success();
    agent
}

/// Removes a folder. A program that outlived the one that was killed may still be writing into it: then again.
fn remove(folder: &Path) {
    for _ in 0..200 {
        match fs::remove_dir_all(folder) {
            Ok(()) => return,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return,
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    panic!("{} cannot be removed", folder.display());
}

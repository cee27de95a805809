//! Each kind of key signs through `bicker` and through plain `git commit`: a file without a passphrase, one with a
//! passphrase that a program is asked for, and an agent. One that cannot sign says so, signs nothing and loses nothing.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use common::agent::Agent;
use common::{Output, Person, World};

/// Where alice's key is, and what her shell needs to sign with it.
struct Kind {
    key: &'static str,
    environment: String,
}

/// Alice, a group of her own, and bob, whose key is another one.
struct Keys {
    world: World,
    alice: Person,
    bob: Person,
}

/// Where a draft is kept, as a refusal says.
fn kept_in(told: &str) -> String {
    let (_, rest) = told.split_once("what you wrote is kept in ").expect("a path");
    rest.split_once("; to continue with it: bicker ").expect("a command").0.to_owned()
}

impl Keys {
    fn new() -> Self {
        let world = World::new();
        let (alice, bob) = (world.person("alice"), world.person("bob"));
        Self { world, alice, bob }
    }

    /// Alice's key file as it is.
    fn open(&self) -> Kind {
        Kind { key: "../.ssh/id_ed25519", environment: String::new() }
    }

    /// Puts a passphrase on alice's key, and has a program answer with `answer` when it is asked for.
    fn locked(&self, answer: &str) -> Kind {
        let unlocked =
            self.sh(&self.alice, "ssh-keygen -y -P '' -f ~/.ssh/id_ed25519 > /dev/null 2>&1").code() == Some(0);
        if unlocked {
            self.sh(&self.alice, "ssh-keygen -q -p -P '' -N 'correct horse' -f ~/.ssh/id_ed25519").success();
        }
        let program = self.alice.home.join(format!("askpass-{}", answer.replace(' ', "-")));
        fs::write(&program, format!("#!/bin/sh\necho '{answer}'\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
        let environment = format!("export SSH_ASKPASS_REQUIRE=force SSH_ASKPASS={};", program.display());
        Kind { key: "../.ssh/id_ed25519", environment }
    }

    /// Alice has only the public half at hand; a new agent holds the keys of these people.
    fn in_agent(&self, people: &[&Person]) -> (Agent, Kind) {
        let of: String = people.iter().map(|person| person.name.as_str()).collect();
        let agent = Agent::start(&mut Command::new("ssh-agent"), self.alice.home.join(format!("agent-{of}")));
        let environment = format!("export SSH_AUTH_SOCK={};", agent.socket().display());
        self.sh(&self.alice, "cp ~/.ssh/id_ed25519.pub ~/public.pub").success();
        for person in people {
            self.sh(person, &format!("{environment} ssh-add -q ~/.ssh/id_ed25519")).success();
        }
        (agent, Kind { key: "../public.pub", environment })
    }

    fn sh(&self, person: &Person, typed: &str) -> Output {
        self.world.run(person, &["sh", "-c", typed])
    }

    /// Has alice type something in her repository.
    fn types(&self, kind: &Kind, typed: &str) -> Output {
        let typed = format!("{} {typed}", kind.environment);
        self.world.run_in(&self.alice, &self.alice.home.join("log"), &["sh", "-c", &typed])
    }

    fn founds_a_group(&self) {
        let remote = self.world.remote(&self.alice);
        let card = format!("bicker card --name alice --key ~/.ssh/id_ed25519.pub --remote {} > card", remote.display());
        self.sh(&self.alice, &card).success();
        self.sh(&self.alice, "bicker charter new --title Alone card -o charter.yaml").success();
    }

    fn joins(&self, kind: &Kind) {
        self.founds_a_group();
        let join = format!(
            "mkdir log && cd log && {} bicker join --not-compared --charter ../charter.yaml --as alice",
            kind.environment
        );
        self.sh(&self.alice, &format!("{join} --key {} --push .", kind.key)).success();
    }

    fn head(&self) -> String {
        self.types(&self.open(), "git rev-parse HEAD").success().stdout().to_owned()
    }

    /// A step from proposal to ratify: in words by bicker, and one entry by plain git.
    fn signs(&self, kind: &Kind) {
        self.joins(kind);
        self.types(kind, "printf 'One.\\n' | bicker propose --title One --file - --push").success();
        self.types(kind, "bicker draft revision").success();
        // As it was laid down, and so it has to be said.
        let says_so = "bicker fmt steps/0001/r0/revision.md && git add steps";
        self.types(kind, &format!("{says_so} && git commit -q -m 'my revision' && git push -q")).success();
        self.types(kind, "bicker sync").success();
        let status = self.types(kind, "bicker status");
        assert!(status.success().stdout().contains("step 1: final, \"One\" by alice"), "{}", status.stdout());
        let commits = self.types(kind, "git rev-list --no-merges --min-parents=1 HEAD");
        assert_eq!(commits.success().stdout().lines().count(), 5);
        for commit in commits.stdout().lines() {
            let said = self.types(kind, &format!("git verify-commit {commit}"));
            assert!(said.success().stderr().starts_with("Good \"git\" signature for alice "), "{}", said.stderr());
        }
        self.types(kind, "bicker verify").success();
    }

    /// `bad` cannot sign, neither through bicker nor through git, and says why; `good` then goes on with the same words.
    fn fails_and_goes_on(&self, bad: &Kind, good: &Kind, why: &str) {
        let head = self.head();
        let propose = "printf 'One.\\n' | bicker propose --title One --file - --push";
        let refused = self.types(bad, propose);
        assert_tells(refused.failure(3), why);
        let kept = kept_in(refused.stderr());
        assert_eq!(fs::read_to_string(kept).expect("the draft"), "One.\n");
        assert_eq!(self.head(), head);
        // Something else is not signed instead, and not lost either: that one comes first.
        let other = self.types(bad, "printf 'Two.\\n' | bicker propose --title Two --file - --push");
        let kept = kept_in(other.failure(3).stderr());
        assert_eq!(fs::read_to_string(kept).expect("the draft"), "Two.\n");
        let done = self.types(good, propose);
        assert!(done.success().stderr().starts_with("finished what was interrupted: "), "{}", done.stderr());
        let said = done.stdout();
        assert!(
            said.starts_with("signed already: steps/0001/r0/proposal.md (") && said.ends_with(")\npublished\n"),
            "{said}"
        );

        let head = self.head();
        self.types(bad, "bicker draft revision && sed -i 's/^One/Three/' steps/0001/r0/revision.md && git add steps")
            .success();
        let refused = self.types(bad, "git commit -q -m 'my revision'");
        assert_tells(refused.failure(128), why);
        assert_eq!(self.head(), head);
        assert_eq!(self.types(bad, "git status --short").success().stdout(), "A  steps/0001/r0/revision.md\n");
        // A second later git would have other bytes signed.
        let later = "export GIT_COMMITTER_DATE='1700000009 +0000'; git commit -q -m 'my revision'";
        let later = self.types(good, later);
        let begun = "error: an earlier entry was started and not finished, so nothing else is signed\nhint: finish it: bicker sync\n";
        assert!(later.failure(128).stderr().starts_with(begun), "{}", later.stderr());
        self.types(good, "bicker sync").success();
        let folder = self.types(good, "git status --short; git log -1 --format=%s HEAD~2; cat .git/MERGE_MSG");
        assert_eq!(folder.failure(1).stdout(), "my revision\n");
        self.types(good, "bicker verify").success();
    }
}

/// What happened, why, and what to type next.
fn assert_tells(refused: &Output, why: &str) {
    let said = refused.stderr();
    assert!(said.starts_with("error: the entry was not signed\n  caused by: ssh-keygen did not sign with "), "{said}");
    assert!(said.contains(why), "{said}");
    assert!(said.contains("\nhint: then finish it with the same words: bicker sync\n"), "{said}");
}

#[test]
fn a_key_without_a_passphrase_signs() {
    let keys = Keys::new();
    keys.signs(&keys.open());
}

#[test]
fn a_key_with_a_passphrase_signs() {
    let keys = Keys::new();
    keys.signs(&keys.locked("correct horse"));
}

#[test]
fn an_agent_signs() {
    let keys = Keys::new();
    let (_agent, kind) = keys.in_agent(&[&keys.bob, &keys.alice]);
    fs::remove_file(keys.alice.key()).expect("removed");
    keys.signs(&kind);
}

#[test]
fn a_wrong_passphrase_signs_nothing_and_loses_nothing() {
    let keys = Keys::new();
    let good = keys.locked("correct horse");
    keys.joins(&good);
    keys.fails_and_goes_on(
        &keys.locked("battery staple"),
        &good,
        "incorrect passphrase supplied to decrypt private key\nhint: start an agent and unlock the key once: eval \"$(ssh-agent)\" && ssh-add ",
    );
}

#[test]
fn an_agent_with_another_key_signs_nothing_and_loses_nothing() {
    let keys = Keys::new();
    let (_agent, good) = keys.in_agent(&[&keys.alice]);
    keys.joins(&good);
    let (_other, bad) = keys.in_agent(&[&keys.bob]);
    keys.fails_and_goes_on(&bad, &good, "\nhint: its private half is in a file: git config bicker.key ");
}

/// Only the public half of the key is at hand. An agent that ssh's configuration names (`IdentityAgent`) is one that
/// `ssh-keygen` knows nothing of: the command that is printed has it asked, by bicker and by plain git.
#[test]
fn an_agent_that_only_sshs_configuration_names_is_found() {
    let keys = Keys::new();
    let (agent, good) = keys.in_agent(&[&keys.alice]);
    keys.joins(&good);
    // ssh goes by the real home directory, so it is told where this one is.
    let configured = format!(
        "mv .ssh/id_ed25519 away && mkdir bin && printf 'Host *\\n IdentityAgent %s\\n' {} > .ssh/config
         printf '#!/bin/sh\\nexec %s -F ~/.ssh/config \"$@\"\\n' \"$(command -v ssh)\" > bin/ssh && chmod +x bin/ssh",
        agent.socket().display()
    );
    keys.sh(&keys.alice, &configured).success();
    let bad = Kind { key: good.key, environment: "PATH=$HOME/bin:$PATH;".to_owned() };
    let way_out = format!(
        "the agent that your ssh configuration names (IdentityAgent) has it: export SSH_AUTH_SOCK={}",
        agent.socket().display()
    );
    let page = keys.types(&bad, "bicker doctor");
    let command = way_out.split_once(": ").expect("a command").1;
    assert!(page.failure(1).stdout().contains(&format!("fix: {command}\n")), "{}", page.stdout());
    keys.types(&bad, &format!("{command}; bicker doctor")).success();
    keys.fails_and_goes_on(
        &bad,
        &Kind { key: good.key, environment: format!("{command};") },
        &format!("\nhint: {way_out}\n"),
    );
}

/// Where nobody is known to have the key, the agent is named that was asked, and no private key that is not there.
#[test]
fn a_key_that_nobody_holds_is_told_with_the_agent_that_was_asked() {
    let keys = Keys::new();
    let (_agent, good) = keys.in_agent(&[&keys.alice]);
    keys.joins(&good);
    keys.sh(&keys.alice, "mv .ssh/id_ed25519 away").success();
    let (_other, lacks) = keys.in_agent(&[&keys.bob]);
    let dead = Kind { key: good.key, environment: String::new() };
    for (kind, why) in [
        (&lacks, "\nhint: your ssh agent (SSH_AUTH_SOCK) does not offer this key; "),
        (
            &dead,
            "\nhint: there is no ssh agent (SSH_AUTH_SOCK is not set); if a program holds your key, name its agent: ",
        ),
    ] {
        let refused = keys.types(kind, "printf 'One.\\n' | bicker propose --title One --file -");
        assert_tells(refused.failure(3), why);
        assert!(!refused.stderr().contains("ssh-add"), "{}", refused.stderr());
        let page = keys.types(kind, "bicker doctor");
        assert!(page.failure(1).stdout().contains("fix: export SSH_AUTH_SOCK=SOCKET   ("), "{}", page.stdout());
    }
}

//! Hooks of bicker's beside hooks of others: whatever else a person has git do, all of them run.
//!
//! Each other hook leaves a mark, with its name and what git told it. That bicker's run is seen by what they do: a draft
//! in its one form, a sealed message, and a deletion of the log that is refused. The frameworks come twice: as stand-ins
//! (`tests/hooks_beside`), so that this file runs anywhere, and for real in the tests that `./test` asks for.

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use common::{Output, Person, World};

/// A git without hooks in its configuration, and the first with them.
const OLD: &str = "2.47.3";
const NEW: &str = "2.54.0";

const REFUSAL: &str = "it would delete the log of alice";

/// A hook of a person's own, in sh, that marks what git says.
const OWN_PRE_PUSH: &str = "#!/bin/sh\nwhile read -r local rest; do mark \"own-pre-push $1 $local\"; done\nexit 0\n";
const OWN_PRE_COMMIT: &str = "#!/bin/sh\nexec mark own-pre-commit\n";

/// Alice, alone in a group, with programs of her own.
struct Alice {
    world: World,
    alice: Person,
    version: &'static str,
    global: PathBuf,
}

impl Alice {
    /// Before she joins.
    fn new() -> Self {
        let world = World::new();
        let alice = world.person("alice");
        let bin = alice.home.join("bin");
        fs::create_dir(&bin).expect("a folder of programs");
        put(&bin.join("mark"), "#!/bin/sh\necho \"$1\" >>\"$HOME/marks\"\n");
        put(&bin.join("git"), &imitation("git"));
        let global = alice.home.join("gitconfig");
        fs::write(&global, "").expect("a configuration");
        Self { world, alice, version: OLD, global }
    }

    fn joined() -> Self {
        let alice = Self::new();
        alice.join();
        alice
    }

    fn join(&self) {
        let remote = self.world.remote(&self.alice).display().to_string();
        self.types_in(
            &self.alice.home,
            &format!(
                "bicker card --name alice --key .ssh/id_ed25519.pub --remote '{remote}' >card &&
                bicker charter new --title Alone card -o charter.yaml &&
                bicker join --not-compared --charter charter.yaml --as alice --key .ssh/id_ed25519 --push log"
            ),
        )
        .success();
    }

    /// Puts stand-ins of frameworks into her programs.
    fn with(self, programs: &[&str]) -> Self {
        for program in programs {
            put(&self.alice.home.join("bin").join(program), &imitation(program));
        }
        self
    }

    fn log(&self) -> PathBuf {
        self.alice.home.join("log")
    }

    fn hook(&self, name: &str) -> PathBuf {
        self.log().join(".git/hooks").join(name)
    }

    fn types(&self, typed: &str) -> Output {
        self.types_in(&self.log(), typed)
    }

    fn types_in(&self, folder: &Path, typed: &str) -> Output {
        let [version, global] = [self.version, &self.global.display().to_string()];
        let script = format!(
            "export REAL_GIT=$(command -v git) CLAIMED_VERSION='{version}' GIT_CONFIG_GLOBAL='{global}' PATH=\"$HOME/bin:$PATH\"\n{typed}\n"
        );
        self.world.run_in(&self.alice, folder, &["sh", "-c", &script])
    }

    /// What the other hooks left, in order; forgotten then.
    fn marks(&self) -> Vec<String> {
        let file = self.alice.home.join("marks");
        let marks = fs::read_to_string(&file).unwrap_or_default().lines().map(str::to_owned).collect();
        let _ = fs::remove_file(file);
        marks
    }

    /// Commits an entry with plain git and pushes it; gives the marks of that.
    fn writes(&self) -> Vec<String> {
        self.marks();
        self.commits();
        // Frameworks colour what they print.
        self.types("git push -q >out 2>&1; code=$?; tr -d '\\033' <out >&2; rm out; exit $code").success();
        let published = self.types("git rev-parse HEAD && git ls-remote -q origin main");
        let ids: Vec<&str> = published.success().stdout().split_whitespace().take(2).collect();
        assert_eq!(ids[0], ids[1], "nothing was pushed");
        self.marks()
    }

    fn commits(&self) {
        self.types(
            "bicker draft proposal >/dev/null && f=$(ls -d steps/*/r0/proposal.md | tail -n 1) &&
            printf -- '---\\r\\ntitle: Plain\\r\\n---\\r\\nText.\\r\\n' >$f && git add steps &&
            { git commit -q -m mine >out 2>&1; code=$?; tr -d '\\033' <out >&2; rm out; exit $code; }",
        )
        .success();
        let entry = self.types("cat steps/0001/r0/proposal.md && git log -1 --format=%B");
        let entry = entry.success().stdout();
        assert!(entry.starts_with("---\ntitle: \"Plain\"\n---\nText.\nmine\n\nBicker-Copy: "), "{entry}");
        assert!(entry.contains("\nBicker-Seal: "), "{entry}");
    }

    /// Whether git does as its configuration says: the stand-in only claims to be new, and git may be.
    fn knows_configured_hooks(&self) -> bool {
        let git = self.types("CLAIMED_VERSION= git version");
        common::version(git.success().stdout()).expect("git's version") >= (2, 54)
    }

    /// bicker's pre-push and reference-transaction are asked, and refuse.
    fn is_guarded(&self) {
        let deletion =
            self.types("git push -q origin :main >out 2>&1; code=$?; tr -d '\\033' <out >&2; rm out; exit $code");
        assert!(deletion.failure(1).stderr().contains(REFUSAL), "{}", deletion.stderr());
        let back = self.types("git update-ref refs/heads/main HEAD~1");
        assert!(back.failure(128).stderr().contains("this would take entries out of your log"), "{}", back.stderr());
    }
}

fn imitation(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hooks_beside").join(name);
    fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a program");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("an executable");
}

fn holds(path: &Path, text: &str) -> bool {
    fs::read_to_string(path).unwrap_or_default() == text
}

#[test]
fn a_hook_of_ones_own_is_left_and_the_line_that_is_printed_works() {
    let alice = Alice::joined();
    put(&alice.hook("pre-push"), OWN_PRE_PUSH);
    put(&alice.hook("pre-commit"), OWN_PRE_COMMIT);
    let said = alice.types("bicker hooks install");
    assert_eq!(said.failure(1).stdout(), "git calls bicker before it signs; 2 of 6 hooks do not call it yet\n");
    assert!(holds(&alice.hook("pre-push"), OWN_PRE_PUSH) && holds(&alice.hook("pre-commit"), OWN_PRE_COMMIT));
    let lines = said.stderr().lines().filter_map(|line| line.strip_prefix("bicker hooks install --append:  "));
    let lines: Vec<&str> = lines.collect();
    assert_eq!(lines.len(), 2, "{}", said.stderr());
    for (name, line) in ["pre-commit", "pre-push"].iter().zip(lines) {
        let own = fs::read_to_string(alice.hook(name)).expect("the hook");
        put(&alice.hook(name), &own.replacen('\n', &format!("\n{line}\n"), 1));
    }
    assert_eq!(alice.writes(), ["own-pre-commit", "own-pre-push origin refs/heads/main"]);
    alice.is_guarded();
    let again = alice.types("bicker hooks install");
    assert_eq!(again.success().stdout(), "git calls bicker before it signs, commits and pushes here\n");
}

#[test]
fn append_puts_the_line_where_it_is_reached() {
    let alice = Alice::joined();
    put(&alice.hook("pre-push"), OWN_PRE_PUSH);
    put(&alice.hook("pre-commit"), OWN_PRE_COMMIT);
    for _ in 0..2 {
        let said = alice.types("bicker hooks install --append");
        assert_eq!(said.success().stdout(), "git calls bicker before it signs, commits and pushes here\n");
        let own = fs::read_to_string(alice.hook("pre-push")).expect("the hook");
        assert_eq!(own.matches("/bicker/hooks/pre-push").count(), 1, "{own}");
    }
    let nothing = "own-pre-push origin";
    assert_eq!(alice.writes(), ["own-pre-commit", &format!("{nothing} refs/heads/main")]);
    // Nothing to push: git says nothing, and so it stays.
    alice.types("git push -q").success();
    assert_eq!(alice.marks(), [""; 0]);
    alice.is_guarded();
}

#[test]
fn a_chain_runs_hooks_that_no_line_can_be_put_into() {
    let alice = Alice::joined();
    let python = "#!/usr/bin/awk -f\nBEGIN { system(\"mark awk-pre-push\") }\n";
    put(&alice.hook("pre-push"), python);
    let shared = alice.alice.home.join("shared-pre-commit");
    put(&shared, OWN_PRE_COMMIT);
    fs::remove_file(alice.hook("pre-commit")).expect("ours");
    symlink(&shared, alice.hook("pre-commit")).expect("a link");
    put(&alice.hook("commit-msg"), "#!/bin/sh\nmark never\n");
    fs::set_permissions(alice.hook("commit-msg"), fs::Permissions::from_mode(0o644)).expect("a mode");
    put(&alice.hook("post-checkout"), "#!/bin/sh\nmark own-post-checkout\n");
    let said = alice.types("bicker hooks install --append");
    assert_eq!(said.failure(1).stdout(), "git calls bicker before it signs; 3 of 6 hooks do not call it yet\n");
    assert!(holds(&shared, OWN_PRE_COMMIT), "what a link leads to is never touched");
    assert_eq!(said.stderr().matches("bicker hooks install --chain").count(), 3, "{}", said.stderr());

    for _ in 0..2 {
        let said = alice.types("bicker hooks install --chain");
        assert_eq!(said.success().stdout(), "git calls bicker before it signs, commits and pushes here\n");
    }
    assert!(holds(&alice.hook("pre-push"), python) && holds(&shared, OWN_PRE_COMMIT));
    assert_eq!(alice.writes(), ["own-pre-commit", "awk-pre-push"]);
    alice.is_guarded();
    alice.marks();
    alice.types("git checkout -q --detach").success();
    assert_eq!(alice.marks(), ["own-post-checkout"]);
}

#[test]
fn a_global_folder_of_hooks_goes_on_being_used_and_is_not_touched() {
    let alice = Alice::new();
    let shared = alice.alice.home.join("my hooks");
    put(&shared.join("pre-push"), OWN_PRE_PUSH);
    put(&shared.join("pre-commit"), OWN_PRE_COMMIT);
    put(&shared.join("post-merge"), "#!/bin/sh\nmark own-post-merge\n");
    fs::write(&alice.global, "[core]\n\thooksPath = ~/my hooks\n").expect("a configuration");
    alice.join();
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(&shared).expect("hooks").map(|file| file.expect("a hook").file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["post-merge", "pre-commit", "pre-push"]);
    assert!(holds(&shared.join("pre-push"), OWN_PRE_PUSH));
    assert_eq!(alice.writes(), ["own-pre-commit", "own-pre-push origin refs/heads/main"]);
    alice.is_guarded();
    // What changes there later counts: another hook, and another folder.
    put(&shared.join("post-commit"), "#!/bin/sh\nmark own-post-commit\n");
    alice.types("git hook run post-commit && git hook run post-merge -- 0").success();
    assert_eq!(alice.marks(), ["own-post-commit", "own-post-merge"]);
    fs::write(&alice.global, "").expect("a configuration");
    put(&alice.hook("post-merge"), "#!/bin/sh\nmark here\n");
    alice.types("git hook run post-commit && git hook run post-merge -- 0").success();
    assert_eq!(alice.marks(), ["here"]);
}

#[test]
fn a_folder_outside_that_the_repository_itself_names_is_chained_too() {
    let alice = Alice::joined();
    let shared = alice.alice.home.join("shared");
    put(&shared.join("pre-push"), OWN_PRE_PUSH);
    alice.types("git config core.hooksPath ../shared && bicker hooks install").success();
    assert_eq!(fs::read_dir(&shared).expect("hooks").count(), 1);
    assert_eq!(alice.writes(), ["own-pre-push origin refs/heads/main"]);
    alice.is_guarded();
}

#[test]
fn a_git_that_knows_hooks_in_its_configuration_is_told_there() {
    let mut alice = Alice::joined();
    alice.version = NEW;
    put(&alice.hook("pre-push"), OWN_PRE_PUSH);
    let said = alice.types("bicker hooks install");
    assert_eq!(said.success().stdout(), "git calls bicker before it signs, commits and pushes here\n");
    assert!(holds(&alice.hook("pre-push"), OWN_PRE_PUSH));
    let config = alice.types("git config --local --get-regexp '^hook\\.'");
    let part = alice.log().canonicalize().expect("the log").join(".git/bicker/hooks/pre-push");
    let expected = format!("hook.bicker-pre-push.command '{}'\nhook.bicker-pre-push.event pre-push\n", part.display());
    assert_eq!(config.success().stdout(), expected);
    if alice.knows_configured_hooks() {
        assert_eq!(alice.writes(), ["own-pre-push origin refs/heads/main"]);
        alice.is_guarded();
    }
    // Once the place is free, a file is enough, and the hook does not run twice.
    fs::remove_file(alice.hook("pre-push")).expect("the hook");
    alice.types("bicker hooks install").success();
    alice.types("git config --local --get-regexp '^hook\\.'").failure(1);
    alice.is_guarded();
}

#[test]
fn a_git_that_knows_hooks_in_its_configuration_needs_no_chain() {
    let mut alice = Alice::new();
    alice.version = NEW;
    put(&alice.alice.home.join("shared/pre-push"), OWN_PRE_PUSH);
    fs::write(&alice.global, "[core]\n\thooksPath = ~/shared\n").expect("a configuration");
    alice.join();
    alice.types("git config --local core.hooksPath").failure(1);
    let events = alice.types("git config --local --get-regexp '^hook\\..*\\.event$' | cut -d' ' -f2 | sort");
    let expected = "commit-msg\npost-commit\npre-commit\npre-push\nprepare-commit-msg\nreference-transaction\n";
    assert_eq!(events.success().stdout(), expected);
    assert_eq!(fs::read_dir(alice.alice.home.join("shared")).expect("hooks").count(), 1);
    if alice.knows_configured_hooks() {
        assert_eq!(alice.writes(), ["own-pre-push origin refs/heads/main"]);
        alice.is_guarded();
    }
}

/// Has every hook in a folder look for bicker where it is not.
fn lose_bicker(folder: &Path) {
    for file in fs::read_dir(folder).expect("hooks") {
        let path = file.expect("a hook").path();
        let text = fs::read_to_string(&path).expect("a hook");
        let lost = text.lines().map(|line| match line.starts_with("bicker='") {
            true => "bicker='/nowhere/bicker'\n".to_owned(),
            false => format!("{line}\n"),
        });
        put(&path, &lost.collect::<String>());
    }
}

#[test]
fn without_bicker_what_guards_is_closed_and_what_helps_is_open() {
    let alice = Alice::joined();
    // A path on which bicker is not either.
    alice.types("mkdir ../few && ln -s \"$REAL_GIT\" ../few/git && ln -s \"$(command -v cat)\" ../few/cat").success();
    let said = "bicker is not installed, and without it this repository takes no commit and no push\n\
        hint: install bicker again, or put it on your PATH\n";
    for how in ["", "--chain"] {
        alice.types(&format!("bicker hooks install {how}")).success();
        let hooks = alice.log().join(if how.is_empty() { ".git/hooks" } else { ".git/bicker/chain" });
        lose_bicker(&hooks);
        lose_bicker(&alice.log().join(".git/bicker/hooks"));
        for name in ["pre-commit", "commit-msg", "pre-push", "reference-transaction"] {
            let ran = alice.types(&format!("PATH=$HOME/few '{}' /dev/null </dev/null", hooks.join(name).display()));
            assert_eq!(ran.failure(1).stderr(), said, "{name}");
        }
        for name in ["prepare-commit-msg", "post-commit"] {
            let ran = alice.types(&format!("PATH=$HOME/few '{}' /dev/null </dev/null", hooks.join(name).display()));
            assert_eq!(ran.success().stderr(), "", "{name}");
        }
        let push = alice.types("PATH=$HOME/few git push -q origin HEAD:main HEAD:other");
        assert!(push.failure(1).stderr().starts_with(said), "{}", push.stderr());
    }
    serve(&alice).success();
    lose_bicker(&alice.world.remote(&alice.alice).join("hooks"));
    let push = alice.types("PATH=$HOME/few git -c core.hooksPath=/dev/null push -q origin HEAD:other");
    assert!(push.failure(1).stderr().contains("bicker is not installed on this server"), "{}", push.stderr());
}

#[test]
fn pushing_needs_no_network_no_cache_and_says_nothing_about_other_remotes() {
    let alice = Alice::joined();
    alice.commits();
    fs::remove_dir_all(alice.log().join(".git/bicker/cache")).expect("the cache");
    alice.types("git init -q --bare ../backup.git").success();
    let elsewhere = alice.types("git push -q ../backup.git main && git push -q ../backup.git :main main:notes");
    assert_eq!(elsewhere.success().stderr(), "");
    assert!(!alice.log().join(".git/bicker/cache").exists(), "a push to elsewhere looks at nothing");
    // The remote's address is not the charter's any more, as with insteadOf; it is the same remote.
    let (remote, moved) = (alice.world.remote(&alice.alice), alice.world.remotes().join("moved.git"));
    fs::rename(&remote, &moved).expect("the remote moves");
    let rewrite = format!("[url \"{}\"]\n\tinsteadOf = {}\n", moved.display(), remote.display());
    fs::write(&alice.global, rewrite).expect("a configuration");
    alice.types("git push -q").success();
    alice.is_guarded();
}

/// Hooks of the framework pre-commit, beside ours, installed before and after them.
fn beside_pre_commit(alice: Alice) {
    let config = "repos:\n- repo: local\n  hooks:\n  - id: mark\n    name: mark\n    language: system\n    entry: mark framework\n    \
        always_run: true\n    pass_filenames: false\n";
    fs::write(alice.log().join(".pre-commit-config.yaml"), config).expect("a configuration");
    put(&alice.hook("pre-push"), OWN_PRE_PUSH);
    alice.types("bicker hooks install --append && pre-commit install -t pre-commit -t pre-push >&2").success();
    assert!(alice.hook("pre-commit.legacy").exists() && alice.hook("pre-push.legacy").exists());
    let expected = ["framework", "own-pre-push origin refs/heads/main", "framework"];
    assert_eq!(alice.writes(), expected, "the framework came after ours");
    alice.is_guarded();
    let said = alice.types("bicker hooks install");
    assert_eq!(said.success().stdout(), "git calls bicker before it signs, commits and pushes here\n");

    // Now the framework is there first.
    fs::remove_file(alice.hook("pre-commit.legacy")).expect("ours");
    fs::remove_file(alice.hook("pre-push.legacy")).expect("ours");
    let theirs = fs::read_to_string(alice.hook("pre-push")).expect("its hook");
    let said = alice.types("bicker hooks install");
    assert_eq!(said.success().stdout(), "git calls bicker before it signs, commits and pushes here\n");
    assert!(holds(&alice.hook("pre-push"), &theirs));
    alice.marks();
    let deletion = alice.types("git push -q origin :main");
    assert!(deletion.failure(1).stderr().contains(REFUSAL), "{}", deletion.stderr());
    alice.types("git push -q --force-with-lease origin main").success();
    let nothing = alice.types("git commit -q --allow-empty -m x");
    assert!(nothing.failure(1).stderr().contains("nothing new is staged"), "{}", nothing.stderr());
    assert!(alice.marks().iter().all(|mark| mark == "framework"));
}

/// husky, whose folder git is told to look in, installed before and after ours.
fn beside_husky(alice: Alice) {
    alice.types("echo '{}' >package.json && husky >&2").success();
    put(&alice.log().join(".husky/pre-push"), "mark \"husky-pre-push $1\"\n");
    fs::set_permissions(alice.log().join(".husky/pre-push"), fs::Permissions::from_mode(0o644)).expect("a mode");
    let said = alice.types("bicker hooks install");
    assert_eq!(said.failure(1).stdout(), "git calls bicker before it signs; 1 of 6 hooks do not call it yet\n");
    alice.types("bicker hooks install --append").success();
    assert_eq!(alice.writes(), ["husky-pre-push origin"]);
    alice.is_guarded();
    // husky writes its own files anew whenever it likes.
    alice.types("husky >&2").success();
    alice.is_guarded();
}

/// What installs lefthook's hooks. Its colours are left out of what is seen.
const LEFTHOOK_INSTALL: &str = "lefthook install >out 2>&1; code=$?; tr -d '\\033' <out >&2; rm out; exit $code";

/// lefthook with a job for two hooks.
fn install_lefthook(alice: &Alice) {
    let config = "pre-commit:\n  jobs:\n    - name: mark\n      run: mark lefthook-pre-commit\n\
        pre-push:\n  jobs:\n    - name: mark\n      run: mark lefthook-pre-push\n";
    fs::write(alice.log().join("lefthook.yml"), config).expect("a configuration");
    alice.types(LEFTHOOK_INSTALL).success();
}

/// lefthook, which renames the hooks that it finds.
fn beside_lefthook(alice: Alice) {
    install_lefthook(&alice);
    assert!(alice.hook("pre-push.old").exists());
    let said = alice.types("bicker hooks install");
    assert_eq!(said.failure(1).stdout(), "git calls bicker before it signs; 2 of 6 hooks do not call it yet\n");
    alice.types("bicker hooks install --append").success();
    assert_eq!(alice.writes(), ["lefthook-pre-commit", "lefthook-pre-push"]);
    alice.is_guarded();
}

/// The chain leaves lefthook's files alone, and lefthook refuses to install over it.
fn chained_with_lefthook(alice: Alice) {
    install_lefthook(&alice);
    let theirs = fs::read_to_string(alice.hook("pre-push")).expect("its hook");
    alice.types("bicker hooks install --chain").success();
    assert_eq!(alice.writes(), ["lefthook-pre-commit", "lefthook-pre-push"]);
    assert!(holds(&alice.hook("pre-push"), &theirs));
    alice.is_guarded();
    alice.types(LEFTHOOK_INSTALL).failure(1);
    alice.is_guarded();
}

#[test]
fn the_framework_pre_commit_as_a_stand_in() {
    beside_pre_commit(Alice::joined().with(&["pre-commit"]));
}

#[test]
fn husky_as_a_stand_in() {
    beside_husky(Alice::joined().with(&["husky"]));
}

#[test]
fn lefthook_as_a_stand_in() {
    beside_lefthook(Alice::joined().with(&["lefthook"]));
    chained_with_lefthook(Alice::joined().with(&["lefthook"]));
}

#[test]
#[ignore = "needs pre-commit on the path; ./test installs it and asks for this"]
fn the_framework_pre_commit_itself() {
    beside_pre_commit(Alice::joined());
}

#[test]
#[ignore = "needs husky on the path; ./test installs it and asks for this"]
fn husky_itself() {
    beside_husky(Alice::joined());
}

#[test]
#[ignore = "needs lefthook on the path; ./test installs it and asks for this"]
fn lefthook_itself() {
    beside_lefthook(Alice::joined());
    chained_with_lefthook(Alice::joined());
}

const SERVES: &str = "the repository accepts nothing that would not count\n";

/// Sets Alice's remote up as a server's keeper does.
fn serve(alice: &Alice) -> Output {
    let bare = alice.world.remote(&alice.alice);
    let bare = bare.display();
    alice.types(&format!("bicker hooks install --server --charter ../charter.yaml --as alice '{bare}'"))
}

fn takes_only_what_counts(alice: &Alice, marks: &[&str]) {
    alice.marks();
    let push = alice.types("git -c core.hooksPath=/dev/null push -q origin main:notes");
    assert!(push.failure(1).stderr().contains("refs/heads/notes is nobody's log here"), "{}", push.stderr());
    alice.marks();
    alice.commits();
    alice.types("git push -q").success();
    assert_eq!(alice.marks(), marks);
}

#[test]
fn a_server_that_runs_a_folder_of_hooks() {
    let alice = Alice::joined();
    let bare = alice.world.remote(&alice.alice);
    put(&bare.join("hooks/pre-receive"), &imitation("gitea-pre-receive"));
    put(&bare.join("hooks/pre-receive.d/gitea"), "#!/bin/sh\nread -r old new name; mark \"gitea $name\"\n");
    assert_eq!(serve(&alice).success().stdout(), SERVES);
    assert!(holds(&bare.join("hooks/pre-receive"), &imitation("gitea-pre-receive")));
    assert!(bare.join("hooks/pre-receive.d/50-bicker").exists());
    takes_only_what_counts(&alice, &["gitea refs/heads/main"]);

    // The same where all repositories have that hook by a link, and each a folder of its own.
    let shared = alice.alice.home.join("shared");
    fs::rename(bare.join("hooks/pre-receive"), &shared).expect("moved");
    fs::remove_file(bare.join("hooks/pre-receive.d/50-bicker")).expect("removed");
    symlink(&shared, bare.join("hooks/pre-receive")).expect("a link");
    assert_eq!(serve(&alice).success().stdout(), SERVES);
    assert!(bare.join("hooks/pre-receive.d/50-bicker").exists());
    alice.types("chmod -x ~/shared").success();
    alice.types(&told(&serve(&alice))).success();
    assert_eq!(serve(&alice).success().stdout(), SERVES);
}

/// What the server's keeper is told to type when git does not call bicker yet.
fn told(said: &Output) -> String {
    let hint = said.failure(1).stderr().lines().find(|line| line.starts_with("hint: ")).expect("a hint");
    let command = ["sed ", "printf ", "chmod "].iter().find_map(|program| hint.find(&format!(": {program}")));
    hint[command.unwrap_or_else(|| panic!("{hint}")) + 2..].to_owned()
}

#[test]
fn what_is_no_servers_repository_is_told_what_helps() {
    let alice = Alice::joined();
    let install = |name: &str, repo: &str| {
        alice.types(&format!("bicker hooks install --server --charter ../charter.yaml --as {name} {repo}"))
    };
    let beside = format!("{}.git", alice.log().display());
    for (repo, made) in [("../none.git", "../none.git"), (".", &beside)] {
        let said = install("alice", repo);
        let make =
            format!("hint: a server keeps bare repositories; make one: git init --bare --object-format=sha1 {made}\n");
        assert!(said.failure(2).stderr().ends_with(&make), "{}", said.stderr());
        alice.types(make.rsplit_once(": ").expect("a command").1).success();
        assert_eq!(install("alice", made).success().stdout(), SERVES);
    }
    let said = install("bob", "../none.git");
    let hint = "the charter has no researcher bob\nhint: say --as and one of its researchers: alice\n";
    assert!(said.failure(2).stderr().ends_with(hint), "{}", said.stderr());
}

#[test]
fn a_server_with_a_hook_of_its_own() {
    let first = "read -r old new name; mark \"own $name\"\n";
    for begins in ["", "#!/bin/sh\n", "#!/usr/bin/env bash\n# . x/bicker/hooks/pre-receive || exit\n"] {
        let alice = Alice::joined();
        let bare = alice.world.remote(&alice.alice);
        let own = format!("{begins}{first}");
        put(&bare.join("hooks/pre-receive"), &own);
        // A folder that nothing runs does not help.
        fs::create_dir(bare.join("hooks/pre-receive.d")).expect("a folder");
        let said = serve(&alice);
        assert_eq!(said.failure(1).stdout(), "");
        assert!(said.stderr().contains("pre-receive is a hook that does not call bicker's, and was left as it is"));
        assert!(holds(&bare.join("hooks/pre-receive"), &own));
        // git does not run what is not executable.
        alice.types(&format!("chmod -x '{}/hooks/pre-receive'", bare.display())).success();
        alice.types(&told(&serve(&alice))).success();
        alice.types(&told(&serve(&alice))).success();
        assert_eq!(serve(&alice).success().stdout(), SERVES);
        takes_only_what_counts(&alice, &["own refs/heads/main"]);
    }
}

#[test]
fn a_server_with_a_hook_that_no_shell_runs() {
    let alice = Alice::joined();
    let hook = alice.world.remote(&alice.alice).join("hooks/pre-receive");
    let own = "#!/usr/bin/env python3\nimport os, subprocess, sys\nsaid = sys.stdin.read()\n";
    put(&hook, own);
    let said = serve(&alice);
    assert!(said.failure(1).stderr().contains("have it first run bicker/hooks/pre-receive"), "{}", said.stderr());
    let calls = "part = os.path.join(os.environ['GIT_DIR'], './bicker/hooks/pre-receive')\nran = subprocess.run(part, input=said, text=True)\n";
    let marks = "subprocess.run(['mark', 'python'])\nsys.exit(ran.returncode)\n";
    put(&hook, &format!("{own}{calls}{marks}"));
    assert_eq!(serve(&alice).success().stdout(), SERVES);
    takes_only_what_counts(&alice, &["python"]);
}

#[test]
fn a_server_whose_hook_is_a_link_elsewhere() {
    let before = ["", "#!/bin/sh\nread -r old new name; mark \"shared $name\"\n"];
    for (shared_hook, marks) in before.into_iter().zip([&[][..], &["shared refs/heads/main"]]) {
        let alice = Alice::joined();
        let hook = alice.world.remote(&alice.alice).join("hooks/pre-receive");
        let shared = alice.alice.home.join("shared/pre-receive");
        fs::create_dir(alice.alice.home.join("shared")).expect("a folder");
        if !shared_hook.is_empty() {
            put(&shared, shared_hook);
        }
        // As gitolite and other hosts link their repositories' hooks; a link may lead to where nothing is yet.
        symlink("../../../home/alice/shared/pre-receive", &hook).expect("a link");
        let said = serve(&alice);
        assert!(said.failure(1).stderr().contains("other repositories, too"), "{}", said.stderr());
        assert!(fs::symlink_metadata(&hook).expect("there").is_symlink() && shared.exists() != shared_hook.is_empty());
        alice.types(&told(&said)).success();
        assert_eq!(serve(&alice).success().stdout(), SERVES);
        assert!(fs::symlink_metadata(&hook).expect("there").is_symlink(), "still a link");
        takes_only_what_counts(&alice, marks);
        // Other repositories with that hook do not notice.
        let other = "git init -q --bare ../other.git && ln -s ~/shared/pre-receive ../other.git/hooks/ && git push -q ../other.git main:notes";
        alice.types(other).success();
    }
}

#[test]
fn a_server_that_shares_bickers_own_hook_among_repositories() {
    let alice = Alice::joined();
    let hook = alice.world.remote(&alice.alice).join("hooks/pre-receive");
    serve(&alice).success();
    let shared = alice.alice.home.join("shared");
    fs::create_dir(&shared).expect("a folder");
    fs::rename(&hook, shared.join("pre-receive")).expect("moved");
    symlink(shared.join("pre-receive"), &hook).expect("a link");
    // As it is, it would refuse every push to a repository that bicker knows nothing of.
    alice.types(&told(&serve(&alice))).success();
    serve(&alice).success();
    takes_only_what_counts(&alice, &[]);
    let other = "git init -q --bare ../other.git && ln -s ~/shared/pre-receive ../other.git/hooks/ && git push -q ../other.git main:notes";
    alice.types(other).success();
}

#[test]
fn a_server_that_keeps_references_in_another_way() {
    let alice = Alice::joined();
    let knows = alice.types("git init -q --bare --ref-format=reftable ../other.git").code() == Some(0);
    if !knows {
        // Nor does git know such a repository then.
        alice.types("git init -q --bare ../other.git && git -C ../other.git config extensions.refStorage reftable && git -C ../other.git config core.repositoryFormatVersion 1").success();
    }
    let install = "bicker hooks install --server --charter ../charter.yaml --as alice ../other.git";
    match knows {
        true => assert_eq!(alice.types(install).success().stdout(), SERVES),
        false => assert!(alice.types(install).failure(2).stderr().contains("is not a bare git repository")),
    }
    let push = alice.types("git -c core.hooksPath=/dev/null push -q ../other.git main:notes").code();
    assert_ne!(push, Some(0));
    if knows {
        alice.types("git -c core.hooksPath=/dev/null push -q ../other.git main").success();
    }
}

#[test]
fn a_server_whose_repositories_share_their_hooks() {
    let shared_hook = "#!/bin/sh\nread -r old new name; mark \"shared $name\"\n";
    for own in [None, Some(shared_hook)] {
        let alice = Alice::joined();
        let bare = alice.world.remote(&alice.alice);
        let shared = alice.alice.home.join("shared/pre-receive");
        fs::create_dir(alice.alice.home.join("shared")).expect("a folder");
        if let Some(own) = own {
            put(&shared, own);
        }
        fs::write(&alice.global, "[core]\n\thooksPath = ~/shared\n").expect("a configuration");
        let said = serve(&alice);
        assert!(!bare.join("hooks/pre-receive").exists(), "git would not look there");
        alice.types(&told(&said)).success();
        assert_eq!(serve(&alice).success().stdout(), SERVES);
        // Her own log has come under that configuration too.
        alice.types("bicker hooks install").success();
        takes_only_what_counts(&alice, own.map_or(&[], |_| &["shared refs/heads/main"]));
        // Other repositories do not notice.
        alice.types("git init -q --bare ../other.git && git push -q ../other.git main:notes").success();
        assert_eq!(alice.marks(), own.map_or(&[][..], |_| &["shared refs/heads/notes"]));
    }
}

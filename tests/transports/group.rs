//! Four researchers and an observer, each with git settings of their own, and what an observer is told.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::common::{Output, Person, World};

/// The researchers.
pub(crate) const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// A group in a world of its own.
pub(crate) struct Group {
    pub(crate) world: World,
    /// The ssh command that everyone uses.
    pub(crate) ssh: Option<String>,
}

impl Group {
    /// Four people who have empty remotes, and no charter yet.
    pub(crate) fn new() -> Self {
        let world = World::new();
        for name in NAMES {
            world.person(name);
        }
        let group = Self { world, ssh: None };
        let script = format!("#!/bin/sh\n: > {}\n", group.asked().display());
        fs::write(group.asks(), script).expect("a script");
        fs::set_permissions(group.asks(), fs::Permissions::from_mode(0o755)).expect("a script that runs");
        group
    }

    /// A group whose remotes are folders, in which everyone has joined: dave first, then carol, bob, and alice, each
    /// after having seen those before.
    pub(crate) fn joined() -> Self {
        Self::joined_and(|_, _| {})
    }

    /// The same, and each has proposed a text of 200 KB, which takes half of that on any wire.
    pub(crate) fn with_long_proposals() -> Self {
        Self::joined_and(|group, name| {
            fs::write(group.home(name).join("text"), noise(name, 12_000)).expect("a text");
            group.run_in_log(name, "bicker propose --title Long --file ../text --push").success();
        })
    }

    fn joined_and(then: impl Fn(&Self, &str)) -> Self {
        let group = Self::new();
        group.charter(|group, name| group.remote(name).display().to_string());
        for name in NAMES.into_iter().rev() {
            group.join(name);
            then(&group, name);
        }
        group
    }

    /// Makes the charter, with each one's remote at the address that `remote` names.
    pub(crate) fn charter(&self, remote: impl Fn(&Self, &str) -> String) {
        let mut cards = String::new();
        for name in NAMES {
            let card = format!("bicker card --name {name} --key .ssh/id_ed25519.pub --remote {}", remote(self, name));
            let card = self.run(name, &self.home(name), &card);
            let file = self.home("alice").join(format!("{name}.card"));
            fs::write(&file, card.success().stdout()).expect("a card");
            let _ = write!(cards, " {name}.card");
        }
        let made = format!("bicker charter new --title Wires{cards} -o {}", self.charter_file().display());
        self.run("alice", &self.home("alice"), &made).success();
    }

    pub(crate) fn join(&self, name: &str) {
        self.try_to_join(name, "").success();
    }

    /// Joins and publishes, with these further options.
    pub(crate) fn try_to_join(&self, name: &str, options: &str) -> Output {
        let charter = self.charter_file();
        let charter = charter.display();
        let line = format!(
            "bicker join --not-compared --charter {charter} --as {name} --key .ssh/id_ed25519 --first --push{options} log"
        );
        self.run(name, &self.home(name), &line)
    }

    /// Adds to someone's own `~/.gitconfig`.
    pub(crate) fn configure(&self, name: &str, settings: &str) {
        let file = self.home(name).join(".gitconfig");
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, before + settings).expect("git's settings");
    }

    /// Runs one command, whose words have no spaces, as `name` and with the git settings of their home.
    pub(crate) fn run(&self, name: &str, folder: &Path, line: &str) -> Output {
        let person = self.world.person(name);
        let ssh = self.ssh.as_ref().map(|ssh| format!("GIT_SSH_COMMAND={ssh}"));
        let asks = format!("SSH_ASKPASS={}", self.asks().display());
        let mut argv = vec!["env", "-u", "GIT_CONFIG_GLOBAL", &asks];
        argv.extend(ssh.as_deref());
        argv.extend(line.split(' '));
        let output = self.world.run_in(&person, folder, &argv);
        assert!(leaves_nobody(&person), "a process outlives {line}");
        output
    }

    /// The same in their log.
    pub(crate) fn run_in_log(&self, name: &str, line: &str) -> Output {
        self.run(name, &self.home(name).join("log"), line)
    }

    /// What an observer is told who runs `bicker verify` with these further options.
    pub(crate) fn verify(&self, options: &str) -> Verdict {
        let (charter, cache) = (self.charter_file(), self.cache());
        let line = format!(
            "bicker verify --charter {} --cache {} --format json -o report.json{}{options}",
            charter.display(),
            cache.display(),
            if options.is_empty() { "" } else { " " }
        );
        let home = self.home("olga");
        let output = self.run("olga", &home, &line);
        let report = fs::read(home.join("report.json"));
        let report = report.ok().and_then(|json| serde_json::from_slice(&json).ok());
        let report = report.unwrap_or_else(|| panic!("no report: {output:?}"));
        assert_eq!(leftovers(&cache), Vec::<PathBuf>::new(), "{output:?}");
        Verdict { output, report }
    }

    /// The observer's cache.
    pub(crate) fn cache(&self) -> PathBuf {
        self.home("olga").join("cache")
    }

    /// Forgets what the observer has seen.
    pub(crate) fn forget(&self) {
        fs::remove_dir_all(self.cache()).expect("the cache is removed");
    }

    pub(crate) fn home(&self, name: &str) -> PathBuf {
        self.world.person(name).home
    }

    pub(crate) fn remote(&self, name: &str) -> PathBuf {
        self.world.remote(&self.world.person(name))
    }

    /// The head of a bare repository's branch.
    pub(crate) fn head(&self, repository: &Path) -> String {
        let output = self.run("olga", repository, "git rev-parse refs/heads/main");
        output.success().stdout().trim().to_owned()
    }

    fn charter_file(&self) -> PathBuf {
        self.world.remotes().join("charter.yaml")
    }

    /// The program that everyone's desktop has for asking for passwords.
    fn asks(&self) -> PathBuf {
        self.world.remotes().join("ask")
    }

    /// A file that exists once it has been used.
    pub(crate) fn asked(&self) -> PathBuf {
        self.world.remotes().join("asked")
    }
}

/// What an observer was told.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) output: Output,
    pub(crate) report: Value,
}

impl Verdict {
    /// Asserts exit code and findings, each as `CODE of NAME`, and gives back what was said on the way.
    pub(crate) fn is(&self, code: i32, findings: &[&str]) -> &str {
        self.output.failure(code);
        let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("nobody").to_owned();
        let all = self.report["findings"].as_array().expect("findings");
        let found: Vec<String> =
            all.iter().map(|finding| format!("{} of {}", word(finding, "code"), word(finding, "researcher"))).collect();
        assert_eq!(found, findings, "{:#}\n{}", self.report, self.output.stderr());
        self.output.stderr()
    }

    /// The head that a researcher's remote shows.
    pub(crate) fn head(&self, name: &str) -> Option<&str> {
        let all = self.report["researchers"].as_array().expect("researchers");
        all.iter().find(|row| row["name"] == name).and_then(|row| row["head"].as_str())
    }
}

/// So many lines of text that hardly pack, other ones for each name.
fn noise(name: &str, lines: usize) -> String {
    let mut state = name.bytes().fold(1_u64, |state, byte| (state << 8) | u64::from(byte));
    let mut text = String::new();
    for _ in 0..lines {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let _ = writeln!(text, "{state:016x}");
    }
    text
}

/// What a transfer that came to nothing may not leave in a cache.
fn leftovers(cache: &Path) -> Vec<PathBuf> {
    let all = walkdir::WalkDir::new(cache).into_iter().map(|entry| entry.expect("a readable cache"));
    let left = all.filter(|entry| {
        let name = entry.file_name().to_string_lossy();
        let inside = entry.path().parent().is_some_and(|parent| parent.ends_with("incoming"));
        inside || name.starts_with("tmp_") || name.ends_with(".lock") && name != "bicker.lock"
    });
    left.map(walkdir::DirEntry::into_path).collect()
}

/// Whether, after a while, nothing runs any more that was started in this person's home; where that can be told.
fn leaves_nobody(person: &Person) -> bool {
    let home = format!("HOME={}", person.home.display());
    let runs = || {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let mut environments = processes.filter_map(|process| fs::read(process.path().join("environ")).ok());
        environments.any(|all| all.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes()))
    };
    let start = Instant::now();
    while runs() {
        if start.elapsed() > Duration::from_secs(20) {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

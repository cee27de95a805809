//! The stage that tests stand on: a hermetic place with people, keys and remotes, in which programs are run.
//!
//! A [`World`] is one temporary folder. Nothing of this machine's settings, keys or clock reaches what runs in it: the
//! environment is empty but for `PATH` and what is set here, and every person has a HOME of their own. Keys are made from
//! the person's name, dates are fixed, so fingerprints and commits are the same everywhere.

#![allow(dead_code, reason = "each test program uses its own part of the stage")]

pub(crate) mod agent;
pub(crate) mod printable;
pub(crate) mod process;

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use ssh_key::private::{Ed25519Keypair, KeypairData, PrivateKey};
use tempfile::TempDir;

/// How long one command may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// The date on everything that asks git for one.
const DATE: &str = "1700000000 +0000";

/// A hermetic place: homes, bare remotes, and the programs under test first on `PATH`.
pub(crate) struct World {
    _folder: TempDir,
    root: PathBuf,
}

impl World {
    /// An empty world in which `bicker` and `git-bicker` are the ones just built.
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("bicker-world-").tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("the folder's own path");
        for part in ["bin", "home", "remotes", "tmp"] {
            fs::create_dir(root.join(part)).expect("a folder of the world");
        }
        for (name, built) in
            [("bicker", env!("CARGO_BIN_EXE_bicker")), ("git-bicker", env!("CARGO_BIN_EXE_git-bicker"))]
        {
            symlink(built, root.join("bin").join(name)).expect("a link to the program under test");
        }
        Self { _folder: folder, root }
    }

    /// The person called `name`: on first mention they get a HOME, a key in `~/.ssh/id_ed25519` and an empty bare
    /// remote.
    pub(crate) fn person(&self, name: &str) -> Person {
        let person = Person { name: name.to_owned(), home: self.root.join("home").join(name) };
        if !person.home.exists() {
            write_key(&person);
            self.init_bare(&person);
        }
        person
    }

    /// People who have exchanged keys: their charter is `../charter.yaml` for each, and nobody has joined yet.
    pub(crate) fn group(&self, title: &str, names: &[&str]) -> Vec<Person> {
        let people: Vec<Person> = names.iter().map(|name| self.person(name)).collect();
        let mut new: Vec<String> = ["bicker", "charter", "new", "--title", title].map(str::to_owned).to_vec();
        for person in &people {
            let (name, remote) = (&person.name, self.remote(person).display().to_string());
            let card =
                format!("bicker card --name {name} --key .ssh/id_ed25519.pub --remote '{remote}' > ../{name}.card");
            self.run(person, &["sh", "-c", &card]).success();
            new.push(format!("../{name}.card"));
        }
        new.extend(["-o".to_owned(), "../charter.yaml".to_owned()]);
        self.run(&people[0], &new.iter().map(String::as_str).collect::<Vec<_>>()).success();
        people
    }

    /// Someone of a [`World::group`] joins it; gives their repository.
    pub(crate) fn join(&self, person: &Person) -> PathBuf {
        self.join_by(person, "../charter.yaml")
    }

    /// Someone joins by the charter in this file; gives their repository.
    pub(crate) fn join_by(&self, person: &Person, charter: &str) -> PathBuf {
        self.run(person, &join_by(&person.name, charter)).success();
        person.home.join("log")
    }

    /// The folder with everyone's bare remote, each named like `alice.git`.
    pub(crate) fn remotes(&self) -> PathBuf {
        self.root.join("remotes")
    }

    /// Where the bare remote of `person` is.
    pub(crate) fn remote(&self, person: &Person) -> PathBuf {
        self.remotes().join(format!("{}.git", person.name))
    }

    /// Runs a program as `person`, in their home.
    pub(crate) fn run(&self, person: &Person, argv: &[&str]) -> Output {
        self.run_in(person, &person.home, argv)
    }

    /// Runs a program as `person`, in `folder`, to its end.
    ///
    /// Whatever the exit status, nothing it printed may be able to fool a terminal (section 1.4).
    pub(crate) fn run_in(&self, person: &Person, folder: &Path, argv: &[&str]) -> Output {
        let (program, arguments) = argv.split_first().expect("a program to run");
        let mut command = self.command(person, program);
        command.args(arguments).current_dir(folder);
        let what = format!("{} in {}: {}", person.name, folder.display(), argv.join(" "));
        let ended = process::run(&mut command, PATIENCE).unwrap_or_else(|trouble| panic!("{what}: {trouble}"));
        let [stdout, stderr] = [ended.stdout, ended.stderr].map(|bytes| match printable::read(bytes) {
            Ok(text) => text,
            Err(trouble) => panic!("{what}: {trouble}"),
        });
        Output { what, code: ended.code, stdout, stderr }
    }

    /// A command that sees nothing but this world; not yet started, and without a folder to run in.
    pub(crate) fn command(&self, person: &Person, program: &str) -> Command {
        let mut path = std::ffi::OsString::from(self.root.join("bin"));
        if let Some(rest) = std::env::var_os("PATH") {
            path.push(":");
            path.push(rest);
        }
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", &person.home)
            .env("TMPDIR", self.root.join("tmp"))
            .env("XDG_CONFIG_HOME", person.home.join(".config"))
            .env("XDG_CACHE_HOME", person.home.join(".cache"))
            .env("XDG_DATA_HOME", person.home.join(".local/share"))
            .env("XDG_STATE_HOME", person.home.join(".local/state"))
            .env("XDG_RUNTIME_DIR", person.home.join(".run"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", person.home.join(".gitconfig"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_DATE", DATE)
            .env("GIT_COMMITTER_DATE", DATE)
            .env("EDITOR", "false")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("NO_COLOR", "1");
        command
    }

    fn init_bare(&self, person: &Person) {
        let remote = self.remote(person);
        let remote = remote.to_str().expect("a path in UTF-8");
        let mut argv = vec!["git", "init", "--quiet", "--bare", "--initial-branch=main", "--object-format=sha1"];
        if git_knows_ref_formats() {
            argv.push("--ref-format=files");
        }
        argv.push(remote);
        self.run(person, &argv).success();
    }
}

/// What somebody types to join by the charter in this file.
pub(crate) fn join_by<'a>(name: &'a str, charter: &'a str) -> [&'a str; 11] {
    let key = ".ssh/id_ed25519";
    ["bicker", "join", "--not-compared", "--charter", charter, "--as", name, "--key", key, "--push", "log"]
}

/// Someone in a [`World`].
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Their name.
    pub(crate) name: String,
    /// Their HOME, which is also the folder they begin in.
    pub(crate) home: PathBuf,
}

impl Person {
    /// Their private key's file; the public one stands beside it.
    pub(crate) fn key(&self) -> PathBuf {
        self.home.join(".ssh/id_ed25519")
    }
}

/// What a program did. It says something about the program only once someone asks.
#[must_use = "ask for success() or failure(code), or the run says nothing"]
#[derive(Debug)]
pub(crate) struct Output {
    what: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Output {
    /// It must have ended with 0.
    pub(crate) fn success(&self) -> &Self {
        self.failure(0)
    }

    /// It must have ended with exactly `code`.
    pub(crate) fn failure(&self, code: i32) -> &Self {
        let Self { what, stdout, stderr, .. } = self;
        assert_eq!(self.code, Some(code), "exit status of {what}\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        self
    }

    /// What it ended with; `None` when a signal ended it.
    pub(crate) fn code(&self) -> Option<i32> {
        self.code
    }

    /// What it wrote to its standard output.
    pub(crate) fn stdout(&self) -> &str {
        &self.stdout
    }

    /// What it wrote to its standard error.
    pub(crate) fn stderr(&self) -> &str {
        &self.stderr
    }
}

/// An unencrypted OpenSSH key pair made from the person's name, as ssh-keygen would lay it down.
fn write_key(person: &Person) {
    let seed: [u8; 32] = Sha256::digest(format!("a key for tests: {}", person.name)).into();
    let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
    let key = PrivateKey::new(pair, person.name.as_str()).expect("a key");
    let private = key.to_openssh(ssh_key::LineEnding::LF).expect("the private key's file");
    let public = key.public_key().to_openssh().expect("the public key's file");
    let file = person.key();
    let folder = file.parent().expect("a folder for keys");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).expect("a folder for keys");
    write_with_mode(&file, private.as_bytes(), 0o600);
    write_with_mode(&file.with_extension("pub"), format!("{public}\n").as_bytes(), 0o644);
}

fn write_with_mode(file: &Path, bytes: &[u8], mode: u32) {
    let mut open = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(file).expect("a new file");
    std::io::Write::write_all(&mut open, bytes).expect("all bytes written");
}

/// Whether this git has `init --ref-format` (from 2.45 on).
fn git_knows_ref_formats() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let output = Command::new("git").arg("version").output().expect("git is installed");
        version(&String::from_utf8_lossy(&output.stdout)).expect("git's version") >= (2, 45)
    })
}

/// Major and minor number in `git version 2.47.3 (more)`.
pub(crate) fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("git version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.trim().parse().ok()?))
}

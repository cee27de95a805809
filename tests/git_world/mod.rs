//! Remotes and a cache in a temporary directory, for the tests that need real git repositories.

#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test program uses its own part of this")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bicker::git::cache::{Cache, Taken};
use bicker::git::fetch::{Limits, Outcome, Source, fetch_all};
use bicker::git::objects::Store;
use bicker::protocol::genesis::object_id;
use bicker::protocol::id::{CommitId, Name};
use bicker::protocol::object::{Object, ObjectKind, Objects as _};

const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A directory with a cache and as many remotes as a test makes.
pub struct World {
    pub dir: tempfile::TempDir,
    pub cache: Cache,
}

pub fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub fn id(text: &str) -> CommitId {
    CommitId::parse(text.trim()).expect("an id")
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        // Any root will do: nothing here is judged.
        let person = "x <x@y> 0 +0000";
        let root = format!("tree {EMPTY_TREE}\nauthor {person}\ncommitter {person}\n\nroot\n").into_bytes();
        let genesis = CommitId(object_id("commit", &root));
        let cache = Cache::open(&dir.path().join("cache"), genesis).expect("a cache");
        cache.insert_genesis(&[(ObjectKind::Tree, Vec::new()), (ObjectKind::Commit, root)]).expect("its root");
        Self { dir, cache }
    }

    pub fn remote(&self, who: &str) -> PathBuf {
        self.dir.path().join(format!("{who}.git"))
    }

    /// Runs git in a remote, away from everybody's settings, and tells what it printed.
    pub fn git(&self, who: &str, args: &[&str], input: &[u8]) -> String {
        let mut command = Command::new("/usr/bin/env");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let absolute = std::env::split_paths(&path).filter(|dir| dir.is_absolute());
        command.env_clear().env("PATH", std::env::join_paths(absolute).expect("a path"));
        command.env("HOME", self.dir.path()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), who).env(format!("GIT_{role}_EMAIL"), "x@y");
            command.env(format!("GIT_{role}_DATE"), "1700000000 +0000");
        }
        command.args(["git", "--git-dir"]).arg(self.remote(who)).args(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git starts");
        child.stdin.take().expect("a pipe").write_all(input).expect("written");
        let output = child.wait_with_output().expect("git ends");
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    pub fn init(&self, who: &str) {
        self.git(who, &["init", "-q", "--bare", "-b", "main"], b"");
    }

    /// A commit that holds one file, with this parent, not yet on any branch.
    pub fn commit(&self, who: &str, parent: Option<CommitId>, text: &[u8]) -> CommitId {
        let blob = self.git(who, &["hash-object", "-w", "--stdin"], text);
        let tree = self.git(who, &["mktree"], format!("100644 blob {blob}\tfile\n").as_bytes());
        let parent = parent.map(|parent| parent.to_string());
        let parents = parent.iter().flat_map(|parent| ["-p", parent]);
        let args: Vec<&str> = ["commit-tree", &tree, "-m", "x"].into_iter().chain(parents).collect();
        id(&self.git(who, &args, b""))
    }

    pub fn point(&self, who: &str, to: CommitId) {
        self.git(who, &["update-ref", "refs/heads/main", &to.to_string()], b"");
    }

    /// A remote with one commit on main.
    pub fn remote_with_one(&self, who: &str) -> CommitId {
        self.init(who);
        let head = self.commit(who, None, who.as_bytes());
        self.point(who, head);
        head
    }

    pub fn source(&self, who: &str) -> Source {
        let url = self.remote(who).to_str().expect("a path").to_owned();
        Source { name: name(who), url, branch: "main".to_owned() }
    }

    pub fn fetch(&self, who: &str) -> Outcome {
        self.fetch_within(who, &Limits::default())
    }

    pub fn fetch_within(&self, who: &str, limits: &Limits) -> Outcome {
        fetch_one(&self.cache, self.source(who), limits)
    }

    pub fn pins(&self, who: &str) -> Vec<CommitId> {
        let pins = self.cache.pins().expect("listed");
        pins.into_iter().filter(|(name, _)| name.as_str() == who).map(|(_, commit)| commit).collect()
    }

    pub fn shown(&self, who: &str) -> Option<CommitId> {
        self.cache.held(PATIENCE).expect("free").shown.get(&name(who)).copied()
    }

    pub fn holds(&self, commit: CommitId) -> bool {
        let mut store = Store::new();
        store.add(self.cache.repository()).expect("opened");
        matches!(store.read(commit.0, ObjectKind::Commit, 1 << 16), Ok(Object::Found(_)))
    }

    pub fn packs(&self) -> usize {
        fs::read_dir(self.cache.path().join("objects/pack")).expect("listed").count()
    }
}

/// Asks one remote, and keeps what it shows.
pub fn fetch_one(cache: &Cache, source: Source, limits: &Limits) -> Outcome {
    take_in(cache, std::slice::from_ref(&source), limits, true).remove(&source.name).expect("an outcome")
}

/// Asks remotes, and keeps what they show: as entries, or as what is none.
pub fn take_in(cache: &Cache, sources: &[Source], limits: &Limits, entries: bool) -> BTreeMap<Name, Outcome> {
    let held = cache.held(PATIENCE).expect("free");
    let mut fetched = fetch_all(cache, &held, &[], sources, limits, &|_| {});
    let mut taken = Taken::default();
    for (name, outcome) in &fetched.outcomes {
        let Outcome::Shown(head) = outcome else { continue };
        taken.shown.insert(name.clone(), head.map(|head| (head, !entries)));
        taken.pins.extend(head.filter(|_| entries).map(|head| (name.clone(), head)));
    }
    let kept = cache.keep(&taken, &mut fetched.came, &[], PATIENCE).expect("kept");
    fetched.silent.iter().for_each(|name| cache.note_silence(name));
    drop(fetched.came);
    let incoming = fs::read_dir(cache.path().join("incoming")).expect("listed");
    assert!(incoming.count() <= kept.len() + held.kept.len(), "staging is cleared away");
    fetched.outcomes
}

/// How long to wait for whoever else uses the cache.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a process runs whose command line names `text`, where that can be told.
pub fn somebody_runs(text: &str) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(text))
}

pub fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("made executable");
}

/// Looks again and again, for ten seconds at most.
pub fn comes_true(is_true: impl Fn() -> bool) -> bool {
    (0..500).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        is_true()
    })
}

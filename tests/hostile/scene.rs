//! The group at peace, and the place in which one mutation of it is set.
//!
//! Alice, bob and carol have agreed on step 1; mallory has joined, and nobody has cited her. Keys are made from names
//! and times are counted, so every commit is the same in every run.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use bicker::protocol::charter::Charter;
use bicker::protocol::commit::payload;
use bicker::protocol::id::{CommitId, ObjectId};
use bicker::protocol::key::PublicKey;
use bicker::protocol::object::{Object, ObjectKind, Objects as _};
use bicker::protocol::tree::Mode;
use bicker::sim::World;
use bicker::sim::world::key_of;
use tempfile::TempDir;

use super::repository::{BRANCH, Bare, tree_entry};
use crate::service::Service;

/// Everyone, by name.
pub(crate) const NAMES: [&str; 4] = ["alice", "bob", "carol", "mallory"];

/// Where mallory proposes something for step 2.
pub(crate) const PROPOSAL: &str = "steps/0002/r0/proposal.md";

/// The group at peace.
pub(crate) struct Base {
    folder: TempDir,
    world: World,
    mallory: Bare,
}

impl Base {
    /// Builds it, with everyone's bare repository.
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("bicker-hostile-").tempdir().expect("a temporary folder");
        let world = group();
        for name in NAMES {
            let bare = Bare::new(&folder.path().join(format!("{name}.git")));
            let head = world.head(name).expect("a head");
            bare.take_from(&world, head);
            bare.point(head);
        }
        // Mallory's holds all that an entry of hers may cite.
        let mut mallory = Bare::at(&folder.path().join("mallory.git"));
        for name in ["alice", "bob", "carol"] {
            mallory.take_from(&world, world.head(name).expect("a head"));
        }
        mallory.pack_all_but(&Bare::reached(&world, world.head("mallory").expect("a join")));
        Self { folder, world, mallory }
    }

    /// The folder of everyone's repositories.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn remote(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.git"))
    }
}

fn group() -> World {
    let mut text = "bicker: 1\ntitle: \"At peace\"\nfaults: 1\nresearchers:\n".to_owned();
    for name in NAMES {
        let key = PublicKey::from_bytes(key_of(name).verifying_key().to_bytes()).expect("a key").to_openssh();
        let remote = format!("https://{name}.invalid/log.git");
        text += &format!("  - name: {name}\n    key: {key}\n    remote: \"{remote}\"\n    branch: main\n");
    }
    let mut world = World::of(Charter::parse(text.as_bytes()).expect("a charter"));
    world.joins_all();
    let proposal = world.by("alice").proposes(1, 0, "We meet on Tuesdays.");
    let one = world.by("bob").criticises(proposal);
    let other = world.by("carol").criticises(proposal);
    let revision = world.by("alice").revises(proposal, "We meet on Tuesdays at six.", &[one, other]);
    let honest = ["alice", "bob", "carol"];
    let echoes = honest.map(|name| world.by(name).echoes(revision));
    let mut seen = honest.map(|name| world.by(name).citing(&echoes).ratifies(revision)).to_vec();
    for name in honest {
        // Each has seen what the ones before did, so what alice and bob wrote outlives their remotes.
        let entry = world.by(name).citing(&seen).acknowledges();
        seen.push(entry);
    }
    world
}

/// The place in which one mutation is set: who shows what, and how the verifier is called.
pub(crate) struct Scene {
    top: TempDir,
    /// The group; what is written into it reaches nobody until [`Scene::publish`].
    pub(crate) world: World,
    /// Mallory's repository.
    pub(crate) mallory: Bare,
    /// Mallory's join.
    pub(crate) join: CommitId,
    /// Where each is fetched from.
    pub(crate) remotes: Vec<(&'static str, String)>,
    /// The charter's bytes.
    pub(crate) charter: Vec<u8>,
    /// Further arguments.
    pub(crate) arguments: Vec<OsString>,
    /// Further environment variables.
    pub(crate) environment: Vec<(OsString, OsString)>,
    /// Whether the second look asks nobody, and goes by what the first has kept.
    pub(crate) second_look_is_offline: bool,
    /// Servers that listen as long as the scene lasts.
    pub(crate) services: Vec<Service>,
}

impl Scene {
    /// The group at peace, in a place of its own.
    pub(crate) fn new(base: &Base) -> Self {
        let top = tempfile::Builder::new().prefix("bicker-mutation-").tempdir().expect("a temporary folder");
        for folder in ["home", "work", "tmp"] {
            fs::create_dir(top.path().join(folder)).expect("a folder");
        }
        let mallory = base.mallory.copy_to(&top.path().join("mallory.git"));
        let remote = |name: &'static str| match name {
            "mallory" => (name, mallory.path().display().to_string()),
            _ => (name, base.remote(name).display().to_string()),
        };
        let world = base.world.clone();
        Self {
            remotes: NAMES.map(remote).to_vec(),
            charter: world.charter().print().into_bytes(),
            join: world.head("mallory").expect("a join"),
            world,
            mallory,
            top,
            arguments: Vec::new(),
            environment: Vec::new(),
            second_look_is_offline: false,
            services: Vec::new(),
        }
    }

    /// The scene's own folder.
    pub(crate) fn top(&self) -> &Path {
        self.top.path()
    }

    /// A file that exists once something was executed that never should be.
    pub(crate) fn canary(&self) -> PathBuf {
        self.top.path().join("canary")
    }

    /// A program that leaves the canary behind, and fails.
    pub(crate) fn trap(&self) -> PathBuf {
        self.trap_at(&self.top.path().join("trap"))
    }

    /// The same, at a place of one's choice.
    pub(crate) fn trap_at(&self, file: &Path) -> PathBuf {
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, format!("#!/bin/sh\n: > '{}'\nexit 1\n", self.canary().display())).expect("a program");
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("a program that runs");
        file.to_owned()
    }

    /// The folder in which the verifier is called.
    pub(crate) fn work(&self) -> PathBuf {
        self.top.path().join("work")
    }

    /// The verifier's HOME.
    pub(crate) fn home(&self) -> PathBuf {
        self.top.path().join("home")
    }

    /// Sets an environment variable for the verifier.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.push((name.into(), value.into()));
    }

    /// Fetches someone from elsewhere.
    pub(crate) fn fetch(&mut self, name: &'static str, from: impl std::fmt::Display) {
        self.remotes.retain(|(other, _)| *other != name);
        self.remotes.push((name, from.to_string()));
    }

    /// A copy of an honest researcher's repository, from which they are fetched.
    pub(crate) fn copy_of(&mut self, name: &'static str) -> Bare {
        let (_, from) = self.remotes.iter().find(|(other, _)| *other == name).expect("a remote");
        let copy = Bare::at(Path::new(from)).copy_to(&self.top.path().join(format!("{name}.git")));
        self.fetch(name, copy.path().display());
        copy
    }

    /// The newest entries of the honest three.
    pub(crate) fn honest(&self) -> [CommitId; 3] {
        ["alice", "bob", "carol"].map(|name| self.world.head(name).expect("a head"))
    }

    /// Mallory's branch is this commit of the world, which comes with everything it reaches.
    pub(crate) fn publish(&self, commit: CommitId) -> CommitId {
        self.mallory.take_from(&self.world, commit);
        self.mallory.point(commit);
        commit
    }

    /// The raw bytes of a commit.
    pub(crate) fn raw(&self, commit: CommitId) -> Vec<u8> {
        match self.world.store().read(commit.0, ObjectKind::Commit, usize::MAX) {
            Ok(Object::Found(raw)) => raw,
            other => panic!("{commit} is no commit here: {other:?}"),
        }
    }

    /// A faultless acknowledgement by mallory, who has seen everyone, on her join.
    pub(crate) fn entry(&mut self) -> CommitId {
        let (join, honest) = (self.join, self.honest());
        self.world.by("mallory").on(join).citing(&honest).acknowledges()
    }

    /// Publishes that entry, changed before it was signed.
    pub(crate) fn signed(&mut self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> CommitId {
        let entry = self.entry();
        let unsigned = change(payload(&self.raw(entry)));
        let tip = self.world.sign("mallory", &unsigned, None);
        self.publish(tip)
    }

    /// Publishes that entry, with some text in it changed before it was signed.
    pub(crate) fn replaced(&mut self, from: &str, to: &[u8]) -> CommitId {
        self.signed(|raw| replace(&raw, from.as_bytes(), to))
    }

    /// Publishes that entry, changed after it was signed.
    pub(crate) fn forged(&mut self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> CommitId {
        let entry = self.entry();
        let raw = change(self.raw(entry));
        let tip = self.world.publish("mallory", raw, None);
        self.publish(tip)
    }

    /// Publishes an entry that adds this file and is faultless beside it.
    pub(crate) fn adds(&mut self, path: &str, content: &[u8]) -> CommitId {
        self.adds_all(&[(path, Mode::File, content)])
    }

    /// Publishes an entry that adds these files and is faultless beside them.
    pub(crate) fn adds_all(&mut self, files: &[(&str, Mode, &[u8])]) -> CommitId {
        let (join, honest) = (self.join, self.honest());
        let tip = self.world.by("mallory").on(join).citing(&honest).files(files);
        self.publish(tip)
    }

    /// Publishes a proposal for step 2 with this Markdown.
    pub(crate) fn proposes(&mut self, markdown: &str) -> CommitId {
        self.adds(PROPOSAL, format!("---\ntitle: \"Words\"\n---\n{markdown}\n").as_bytes())
    }

    /// Publishes an entry whose tree is this object.
    pub(crate) fn has_tree(&mut self, tree: ObjectId) -> CommitId {
        self.signed(|raw| {
            let end = raw.iter().position(|byte| *byte == b'\n').expect("a first line");
            [format!("tree {tree}").as_bytes(), &raw[end..]].concat()
        })
    }

    /// Publishes an entry whose tree is that of her join and these more: mode, name and object, sorted as git sorts.
    pub(crate) fn adds_raw(&mut self, more: &[(&str, &[u8], ObjectId)]) -> CommitId {
        let files = self.world.files(self.join);
        let mut entries: Vec<(&str, &[u8], ObjectId)> = files
            .iter()
            .map(|(path, (mode, id))| (mode.as_str(), path.as_bytes(), *id))
            .chain(more.iter().copied())
            .collect();
        let slash = |mode: &str| if mode.ends_with("40000") { &b"/"[..] } else { b"" };
        entries.sort_by_key(|(mode, name, _)| [*name, slash(mode)].concat());
        let bytes: Vec<u8> = entries.iter().flat_map(|(mode, name, id)| tree_entry(mode, name, *id)).collect();
        let tree = self.mallory.write("tree", &bytes);
        self.has_tree(tree)
    }

    /// The bytes of the tree of mallory's join.
    pub(crate) fn tree_of_join(&self) -> Vec<u8> {
        let files = self.world.files(self.join);
        files.iter().flat_map(|(path, (mode, id))| tree_entry(mode.as_str(), path.as_bytes(), *id)).collect()
    }

    /// Writes a blob into mallory's repository.
    pub(crate) fn blob(&self, content: &[u8]) -> ObjectId {
        self.mallory.write("blob", content)
    }

    /// Mallory's branch is this object, whatever it is.
    pub(crate) fn point(&self, id: impl std::fmt::Display) -> String {
        self.mallory.point(&id);
        id.to_string()
    }

    /// Mallory's branch file holds these bytes.
    pub(crate) fn branch_file(&self, bytes: &[u8]) {
        self.mallory.file(BRANCH, bytes);
    }
}

/// `bytes` with the first `from` replaced, which must be there.
pub(crate) fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|part| part == from);
    let at = at.unwrap_or_else(|| panic!("{:?} is not there", String::from_utf8_lossy(from)));
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

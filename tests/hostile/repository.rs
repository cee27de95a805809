//! Bare repositories laid down byte by byte, so that they may hold what git would never write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use bicker::protocol::genesis::object_id;
use bicker::protocol::id::{CommitId, ObjectId};
use bicker::protocol::object::{Object, ObjectKind, Objects as _};
use bicker::sim::World;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// The branch of every log here.
pub(crate) const BRANCH: &str = "refs/heads/main";

/// A bare repository.
#[derive(Clone, Debug)]
pub(crate) struct Bare {
    path: PathBuf,
    /// What is in its pack, by id: kind and content.
    packed: Arc<BTreeMap<ObjectId, (String, Vec<u8>)>>,
}

impl Bare {
    /// An empty one.
    pub(crate) fn new(path: &Path) -> Self {
        for folder in ["refs/heads", "refs/tags", "objects/info", "objects/pack", "info"] {
            fs::create_dir_all(path.join(folder)).expect("a folder of the repository");
        }
        let bare = Self::at(path);
        bare.file("HEAD", b"ref: refs/heads/main\n");
        bare.file("config", b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n");
        bare
    }

    /// The one that is there, whose objects are all loose.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), packed: Arc::default() }
    }

    /// A copy of this one, elsewhere.
    pub(crate) fn copy_to(&self, path: &Path) -> Self {
        for entry in walkdir::WalkDir::new(&self.path) {
            let entry = entry.expect("a readable repository");
            let to = path.join(entry.path().strip_prefix(&self.path).expect("below the repository"));
            match entry.file_type().is_dir() {
                true => fs::create_dir_all(to).expect("a folder of the copy"),
                false => drop(fs::copy(entry.path(), to).expect("a file of the copy")),
            }
        }
        Self { path: path.to_owned(), packed: Arc::clone(&self.packed) }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes any file inside it, over whatever is there.
    pub(crate) fn file(&self, name: &str, content: &[u8]) {
        let file = self.path.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder of the repository");
        fs::write(file, content).expect("a file of the repository");
    }

    /// Adds to its configuration.
    pub(crate) fn configure(&self, settings: &str) {
        let before = fs::read_to_string(self.path.join("config")).expect("the configuration");
        self.file("config", (before + settings).as_bytes());
    }

    /// Has the branch name this object, whatever it is.
    pub(crate) fn point(&self, id: impl std::fmt::Display) {
        self.file(BRANCH, format!("{id}\n").as_bytes());
    }

    /// The file of a loose object.
    pub(crate) fn loose(&self, id: ObjectId) -> PathBuf {
        let hex = id.to_string();
        let (folder, file) = hex.split_at(2);
        self.path.join("objects").join(folder).join(file)
    }

    /// Writes an object under its own id; nothing asks whether git would.
    pub(crate) fn write(&self, kind: &str, content: &[u8]) -> ObjectId {
        let id = object_id(kind, content);
        self.write_as(id, &[format!("{kind} {}\0", content.len()).as_bytes(), content].concat());
        id
    }

    /// Writes these bytes, deflated, as the loose object of that id.
    pub(crate) fn write_as(&self, id: ObjectId, bytes: &[u8]) {
        self.write_raw(id, &deflated(bytes));
    }

    /// Writes these bytes as they are as the file of the loose object of that id.
    pub(crate) fn write_raw(&self, id: ObjectId, bytes: &[u8]) {
        let file = self.loose(id);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder of objects");
        fs::write(file, bytes).expect("a loose object");
    }

    /// Everything it holds, by id: kind and content.
    pub(crate) fn objects(&self) -> BTreeMap<ObjectId, (String, Vec<u8>)> {
        let mut objects = BTreeMap::clone(&self.packed);
        for folder in fs::read_dir(self.path.join("objects")).expect("a folder of objects") {
            let folder = folder.expect("a folder").path();
            let start = folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            for file in fs::read_dir(&folder).expect("a folder of objects") {
                let path = file.expect("a file").path();
                let end = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let Some(id) = ObjectId::parse(&(start.clone() + end)) else { continue };
                objects.insert(id, inflated(&path));
            }
        }
        objects
    }

    /// Puts into a pack all that `keep` does not name, so that copies are made of few files.
    pub(crate) fn pack_all_but(&mut self, keep: &BTreeSet<ObjectId>) {
        let objects: BTreeMap<_, _> = self.objects().into_iter().filter(|(id, _)| !keep.contains(id)).collect();
        let ids: String = objects.keys().map(|id| format!("{id}\n")).collect();
        let pack = self.path.join("objects/pack/pack");
        self.git(&["pack-objects", "-q", &pack.display().to_string()], ids.as_bytes());
        for id in objects.keys() {
            let file = self.loose(*id);
            fs::remove_file(&file).expect("the loose object goes");
            // The folder may hold others.
            let _kept = fs::remove_dir(file.parent().expect("a folder"));
        }
        self.packed = Arc::new(objects);
    }

    /// The ids of all that a commit reaches in a world in memory.
    pub(crate) fn reached(world: &World, commit: CommitId) -> BTreeSet<ObjectId> {
        let mut ids = BTreeSet::new();
        let mut todo = vec![commit.0];
        while let Some(id) = todo.pop() {
            let new = ids.insert(id);
            todo.extend(read(world, id).filter(|_| new).into_iter().flat_map(|(kind, content)| named(kind, &content)));
        }
        ids
    }

    /// Writes all that a commit reaches in a world in memory and that is not here yet. What is broken or missing
    /// there is copied as far as it can be read.
    pub(crate) fn take_from(&self, world: &World, commit: CommitId) {
        let mut todo = vec![commit.0];
        while let Some(id) = todo.pop() {
            if self.loose(id).exists() || self.packed.contains_key(&id) {
                continue;
            }
            let Some((kind, content)) = read(world, id) else { continue };
            self.write(kind.as_str(), &content);
            todo.extend(named(kind, &content));
        }
    }

    /// Runs git in it, away from everybody's settings.
    pub(crate) fn git(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(&self.path).args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", &self.path);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("git starts");
        child.stdin.take().expect("its input").write_all(input).expect("all input taken");
        let output = child.wait_with_output().expect("git ends");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Puts all its loose objects into one pack, and tells the pack's path.
    pub(crate) fn pack(&self) -> PathBuf {
        self.git(&["repack", "-a", "-d", "-q"], b"");
        let packs = fs::read_dir(self.path.join("objects/pack")).expect("a folder of packs");
        let mut files = packs.map(|entry| entry.expect("a file").path());
        let pack = files.find(|file| file.extension().is_some_and(|end| end == "pack")).expect("a pack");
        for file in [pack.clone(), pack.with_extension("idx")] {
            let mut permissions = fs::metadata(&file).expect("a file").permissions();
            #[expect(clippy::permissions_set_readonly_false, reason = "a temporary file")]
            permissions.set_readonly(false);
            fs::set_permissions(file, permissions).expect("a file to write to");
        }
        pack
    }
}

/// Bytes as zlib has them.
pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("deflated");
    encoder.finish().expect("deflated")
}

/// Kind and content of a loose object.
fn inflated(file: &Path) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let file = fs::File::open(file).expect("a loose object");
    ZlibDecoder::new(file).read_to_end(&mut bytes).expect("inflated");
    let end = bytes.iter().position(|byte| *byte == 0).expect("a header");
    let content = bytes.split_off(end + 1);
    let kind = bytes.split(|byte| *byte == b' ').next().unwrap_or_default();
    (String::from_utf8_lossy(kind).into_owned(), content)
}

fn read(world: &World, id: ObjectId) -> Option<(ObjectKind, Vec<u8>)> {
    let kinds = [ObjectKind::Commit, ObjectKind::Tree, ObjectKind::Blob];
    kinds.into_iter().find_map(|kind| match world.store().read(id, kind, usize::MAX) {
        Ok(Object::Found(content)) => Some((kind, content)),
        _ => None,
    })
}

/// Every object that this one names, as far as it can be read.
fn named(kind: ObjectKind, content: &[u8]) -> Vec<ObjectId> {
    match kind {
        ObjectKind::Blob => Vec::new(),
        ObjectKind::Commit => {
            let tree = bicker::protocol::commit::tree_as_git_reads(content);
            let parents = bicker::protocol::commit::parents_as_git_reads(content);
            tree.into_iter().chain(parents.into_iter().map(|parent| parent.0)).collect()
        }
        ObjectKind::Tree => {
            let mut ids = Vec::new();
            let mut rest = content;
            while let Some((_, id, after)) = first_of_tree(rest) {
                ids.push(id);
                rest = after;
            }
            ids
        }
    }
}

/// What stands before the first id of a tree, the id, and what follows it.
fn first_of_tree(bytes: &[u8]) -> Option<(&[u8], ObjectId, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let (id, rest) = bytes.get(end + 1..)?.split_first_chunk::<20>()?;
    Some((bytes.get(..end)?, ObjectId::from_bytes(*id), rest))
}

/// One entry of a tree object, of any mode, name and id.
pub(crate) fn tree_entry(mode: &str, name: &[u8], id: ObjectId) -> Vec<u8> {
    [mode.as_bytes(), b" ", name, b"\0", id.as_bytes()].concat()
}

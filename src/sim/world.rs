//! A group in memory: its charter, all objects ever written, and everyone's newest entry.
//!
//! Decides names, keys and times, so that the same calls give the same commits. What entries are worth is asked
//! of the verifier.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;

use crate::protocol::charter::{Charter, CharterError, PublicKey};
use crate::protocol::commit::{COMMIT_MAX, Commit, with_signature};
use crate::protocol::finding::Code;
use crate::protocol::genesis::Genesis;
use crate::protocol::history::{History, Node};
use crate::protocol::id::{CommitId, Digest, Name, ObjectId};
use crate::protocol::object::{Memory, Object, ObjectKind, Objects, Trouble};
use crate::protocol::signature::SshSignature;
use crate::protocol::slot::Slot;
use crate::protocol::tree::{self, Mode, TREE_MAX, TreeEntry};
use crate::protocol::verify::{Remote, Seen, Verification, verify};

use super::entry::Entry;

/// The names in a small group, in order.
const NAMES: [&str; 10] = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];

/// The path, mode and blob of every file in a tree.
pub type Files = BTreeMap<String, (Mode, ObjectId)>;

/// What the world remembers of a commit beside its bytes.
#[derive(Clone, Debug)]
struct Kept {
    author: String,
    parents: Vec<CommitId>,
    slot: Option<Slot>,
}

/// A group in memory. A name that the charter lacks is an outsider, who has a key like everyone.
#[derive(Clone, Debug)]
pub struct World {
    charter: Charter,
    genesis: Genesis,
    store: Memory,
    kept: BTreeMap<CommitId, Kept>,
    heads: BTreeMap<String, CommitId>,
    clock: u64,
}

/// Why a commit does not count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// What kind of finding it is.
    pub code: Code,
    /// The tag of the rule it breaks; `-` when its history is cut or incomplete.
    pub rule: &'static str,
    /// What is wrong, for people.
    pub why: String,
}

impl World {
    /// A group of `n` of whom `faults` may be Byzantine: alice, bob, carol and so on, or r01, r02 in large ones.
    ///
    /// # Errors
    /// There is no such charter (section 1.1).
    pub fn new(n: usize, faults: usize) -> Result<Self, CharterError> {
        let width = n.to_string().len().max(2);
        let name = |at: usize| match NAMES.get(at).filter(|_| n <= NAMES.len()) {
            Some(name) => (*name).to_owned(),
            None => format!("r{:0width$}", at + 1),
        };
        let researchers: String = (0..n).map(|at| card(&name(at))).collect();
        let text = format!("bicker: 1\ntitle: \"A world in memory\"\nfaults: {faults}\nresearchers:\n{researchers}");
        Ok(Self::of(Charter::parse(text.as_bytes())?))
    }

    /// The group of a charter. Those in it whose key is not [`key_of`] their name cannot write here.
    pub fn of(charter: Charter) -> Self {
        let genesis = Genesis::of(&charter);
        let mut store = Memory::default();
        for (kind, bytes) in genesis.objects() {
            store.insert(kind, bytes);
        }
        Self { charter, genesis, store, kept: BTreeMap::new(), heads: BTreeMap::new(), clock: 1_700_000_000 }
    }

    /// The charter.
    pub const fn charter(&self) -> &Charter {
        &self.charter
    }

    /// The root of all logs.
    pub const fn genesis(&self) -> CommitId {
        self.genesis.commit
    }

    /// All objects.
    pub const fn store(&self) -> &Memory {
        &self.store
    }

    /// Everyone in the charter, by name.
    pub fn names(&self) -> Vec<String> {
        self.charter.researchers().iter().map(|r| r.name.as_str().to_owned()).collect()
    }

    /// The entry that somebody wrote last.
    pub fn head(&self, name: &str) -> Option<CommitId> {
        self.heads.get(name).copied()
    }

    /// The entry that everybody wrote last, by name.
    pub fn heads(&self) -> Vec<CommitId> {
        self.heads.values().copied().collect()
    }

    /// Every commit written, by id.
    pub fn commits(&self) -> impl Iterator<Item = CommitId> + '_ {
        self.kept.keys().copied()
    }

    /// Who wrote a commit.
    pub fn author(&self, commit: CommitId) -> Option<&str> {
        self.kept.get(&commit).map(|kept| kept.author.as_str())
    }

    /// The slot of the file that a commit adds.
    pub fn slot(&self, commit: CommitId) -> Option<&Slot> {
        self.kept.get(&commit)?.slot.as_ref()
    }

    /// Whether `ancestor` is `commit` or in its past.
    pub fn reaches(&self, commit: CommitId, ancestor: CommitId) -> bool {
        self.reach([commit]).contains(&ancestor)
    }

    /// These commits and everything in their pasts that was made here.
    pub fn reach(&self, tips: impl IntoIterator<Item = CommitId>) -> BTreeSet<CommitId> {
        let mut todo: Vec<CommitId> = tips.into_iter().collect();
        let mut done = BTreeSet::new();
        while let Some(id) = todo.pop() {
            if done.insert(id) {
                todo.extend(self.kept.get(&id).into_iter().flat_map(|kept| &kept.parents));
            }
        }
        done
    }

    /// A new entry by somebody, who goes on from what they wrote last and cites nobody until told otherwise.
    pub fn by(&mut self, name: &str) -> Entry<'_> {
        Entry::new(self, name)
    }

    /// Everybody joins, without having seen the others.
    pub fn joins_all(&mut self) {
        for name in self.names() {
            self.by(&name).joins();
        }
    }

    /// What a verifier sees who is shown these heads: of those by one researcher the last is what their remote shows
    /// now, the others what it showed before. Whoever has none here is not asked.
    pub fn see(&self, heads: &[CommitId]) -> Seen {
        let mut seen = Seen::default();
        for head in heads {
            let name = self.author(*head).and_then(Name::parse);
            let before = name.and_then(|name| seen.remotes.insert(name, Remote::Shown(Some(*head))));
            seen.pins.extend(before.and_then(|remote| remote.shown()));
        }
        seen
    }

    /// What a verifier sees who is shown what everybody wrote last.
    pub fn see_all(&self) -> Seen {
        self.see(&self.heads())
    }

    /// Verifies what is seen.
    ///
    /// # Errors
    /// As [`verify`]; a store in memory gives no cause.
    pub fn verify(&self, seen: &Seen) -> Result<Verification, Trouble> {
        verify(self.charter.clone(), seen.clone(), &self.store)
    }

    /// What a commit is worth by itself: judged by a verifier who has seen nothing else.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn judge(&self, commit: CommitId) -> Result<(), Broken> {
        let mut history = History::new(self.charter.clone());
        let lost = |why: String| Err(Broken { code: Code::MissingObject, rule: "-", why });
        if let Err(trouble) = history.extend(&self.store, commit) {
            return lost(trouble.to_string());
        }
        match history.node(commit) {
            Some(Node::Genesis) => Ok(()),
            Some(Node::Entry(at)) => history.index.entry(*at).verdict.clone().map_err(|invalid| Broken {
                code: Code::Invalid,
                rule: invalid.rule,
                why: invalid.why,
            }),
            Some(Node::Faulty(fault, _)) => Err(Broken { code: fault.code, rule: fault.rule, why: fault.why.clone() }),
            Some(Node::OtherRoot) => {
                Err(Broken { code: Code::CharterMismatch, rule: "1.2", why: "it is a root other than genesis".into() })
            }
            Some(Node::Cut(_)) => lost("its log was cut before it".to_owned()),
            Some(Node::Incomplete(_) | Node::Missing) | None => lost("an object is missing".to_owned()),
        }
    }

    /// The next second: no two entries are of the same time.
    pub(super) const fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Keeps any object.
    pub fn keep(&mut self, kind: ObjectKind, bytes: Vec<u8>) -> ObjectId {
        self.store.insert(kind, bytes)
    }

    /// Signs bytes as somebody's commit and keeps it, whatever it says; it is now what they wrote last.
    pub fn sign(&mut self, name: &str, unsigned: &[u8], slot: Option<Slot>) -> CommitId {
        let signature = SshSignature::sign(&key_of(name), unsigned);
        self.publish(name, with_signature(unsigned, &signature.armour()), slot)
    }

    /// Keeps the bytes of a commit as what somebody wrote last, whatever they are.
    pub fn publish(&mut self, name: &str, raw: Vec<u8>, slot: Option<Slot>) -> CommitId {
        let parents = crate::protocol::commit::parents_as_git_reads(&raw);
        let id = CommitId(self.store.insert(ObjectKind::Commit, raw));
        self.kept.insert(id, Kept { author: name.to_owned(), parents, slot });
        self.heads.insert(name.to_owned(), id);
        id
    }

    /// The SHA-256 of a commit's bytes, as seals have it; of nothing when there is no such commit.
    pub fn digest(&self, commit: CommitId) -> Digest {
        Digest::of(&self.read(commit.0, ObjectKind::Commit, COMMIT_MAX))
    }

    /// A commit, if it is one by section 2.commit.
    pub fn commit(&self, commit: CommitId) -> Option<Commit> {
        Commit::parse(&self.read(commit.0, ObjectKind::Commit, COMMIT_MAX)).ok()
    }

    /// Every file in a commit's tree.
    pub fn files(&self, commit: CommitId) -> Files {
        let mut files = Files::new();
        let mut todo: Vec<(String, ObjectId)> =
            self.commit(commit).into_iter().map(|commit| (String::new(), commit.tree)).collect();
        todo.extend((commit == self.genesis.commit).then(|| (String::new(), self.genesis.tree)));
        while let Some((prefix, id)) = todo.pop() {
            for entry in tree::parse(&self.read(id, ObjectKind::Tree, TREE_MAX)).unwrap_or_default() {
                let path = format!("{prefix}{}", String::from_utf8_lossy(&entry.name));
                match entry.mode {
                    Mode::Directory => todo.push((path + "/", entry.id)),
                    mode => drop(files.insert(path, (mode, entry.id))),
                }
            }
        }
        files
    }

    /// Keeps the tree of these files, as git writes it.
    pub fn tree(&mut self, files: &Files) -> ObjectId {
        // Directories by path, deepest last; each is written after those in it.
        let mut directories: BTreeMap<String, Vec<TreeEntry>> = BTreeMap::from([(String::new(), Vec::new())]);
        for (path, (mode, id)) in files {
            let mut parent = "";
            for (at, _) in path.match_indices('/') {
                parent = path.get(..at).unwrap_or_default();
                directories.entry(parent.to_owned()).or_default();
            }
            let name = path.strip_prefix(parent).unwrap_or(path).trim_start_matches('/');
            let entry = TreeEntry { mode: *mode, name: name.as_bytes().to_vec(), id: *id };
            directories.entry(parent.to_owned()).or_default().push(entry);
        }
        loop {
            let Some((path, entries)) = directories.pop_last() else { return self.genesis.tree };
            let id = self.store.insert(ObjectKind::Tree, tree::print(&entries));
            if path.is_empty() {
                return id;
            }
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let entry = TreeEntry { mode: Mode::Directory, name: name.as_bytes().to_vec(), id };
            directories.entry(parent.to_owned()).or_default().push(entry);
        }
    }

    fn read(&self, id: ObjectId, kind: ObjectKind, limit: usize) -> Vec<u8> {
        match self.store.read(id, kind, limit) {
            Ok(Object::Found(bytes) | Object::TooLong(bytes)) => bytes,
            Ok(Object::OtherKind | Object::Missing) | Err(_) => Vec::new(),
        }
    }
}

/// The key of a name: anybody can make it, so it protects nothing outside a world in memory.
pub fn key_of(name: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("bicker world in memory: {name}").as_bytes()).as_bytes())
}

/// A researcher's item in the charter.
fn card(name: &str) -> String {
    let key = PublicKey::from_bytes(key_of(name).verifying_key().to_bytes()).map(|key| key.to_openssh());
    let key = key.unwrap_or_default();
    format!("  - name: {name}\n    key: {key}\n    remote: \"https://{name}.invalid/log.git\"\n    branch: main\n")
}

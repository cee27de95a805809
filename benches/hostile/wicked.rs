//! A group in memory in which anything can be signed without a tool's manners: entries with exactly these parents and
//! files, and commits that nobody signed.

use std::collections::BTreeMap;

use bicker::protocol::commit::{Commit, Person};
use bicker::protocol::file::{Fields, File};
use bicker::protocol::id::{At, CommitId, Digest, ObjectId};
use bicker::protocol::object::ObjectKind;
use bicker::protocol::seal;
use bicker::protocol::slot::Slot;
use bicker::protocol::tree::Mode;
use bicker::sim::World;
use bicker::sim::world::Files;

/// At most this many parents are followed, and an entry may have no more.
pub(crate) const PARENTS: usize = 128;

/// The group, and the trees made so far.
pub(crate) struct Wicked {
    pub(crate) world: World,
    trees: BTreeMap<Vec<CommitId>, BTreeMap<String, ObjectId>>,
    digests: BTreeMap<CommitId, Digest>,
    seconds: u64,
}

impl Wicked {
    /// So many people, of whom as many may be Byzantine as can be.
    pub(crate) fn new(people: usize) -> Self {
        let world = World::new(people, (people - 1) / 3).expect("a charter");
        Self { world, trees: BTreeMap::new(), digests: BTreeMap::new(), seconds: 1_700_000_000 }
    }

    /// Everyone has joined; gives their entries, by name.
    pub(crate) fn joined(&mut self) -> Vec<CommitId> {
        self.world.joins_all();
        self.world.names().iter().map(|name| self.world.head(name).expect("a join")).collect()
    }

    /// An entry with these parents, the first `own` of them by its author, that adds this file.
    pub(crate) fn adds(&mut self, by: &str, parents: &[CommitId], own: usize, slot: &Slot, file: &File) -> CommitId {
        let bytes = file.print().into_bytes();
        let digest = Digest::of(&bytes);
        let blob = self.world.keep(ObjectKind::Blob, bytes);
        let tree = self.tree(&parents[..own], Some((slot.path(), blob)));
        self.entry(by, parents, tree, Some((slot, digest)))
    }

    /// An entry with these parents, the first `own` of them by its author, that adds nothing.
    pub(crate) fn adds_nothing(&mut self, by: &str, parents: &[CommitId], own: usize) -> CommitId {
        let tree = self.tree(&parents[..own], None);
        self.entry(by, parents, tree, None)
    }

    /// An `abandon` of a round of step 1.
    pub(crate) fn abandons(&mut self, by: &str, parents: &[CommitId], round: u32) -> CommitId {
        let file = File { fields: Fields::Abandon, text: String::new() };
        self.adds(by, parents, 1, &Slot::Abandon(At::new(1, round)), &file)
    }

    /// An echo of anything in a round of step 1.
    pub(crate) fn echoes(&mut self, by: &str, parents: &[CommitId], round: u32, value: CommitId) -> CommitId {
        let file = File { fields: Fields::Echo { value }, text: String::new() };
        self.adds(by, parents, 1, &Slot::Echo(At::new(1, round)), &file)
    }

    /// What somebody's remote shows: a commit that nobody signed and that reaches all of these, in this order.
    pub(crate) fn shows(&mut self, by: &str, commits: &[CommitId]) {
        let mut level = commits.to_vec();
        while level.len() > 1 {
            level = level.chunks(PARENTS).map(|parents| self.junk(by, parents)).collect();
        }
        let head = level.pop().expect("a commit");
        self.junk(by, &[head]);
    }

    /// A commit that nobody signed.
    pub(crate) fn junk(&mut self, by: &str, parents: &[CommitId]) -> CommitId {
        let tree = self.world.commit(parents[0]).map_or(ObjectId::from_bytes([7; 20]), |commit| commit.tree);
        let person = self.person(by);
        self.world.publish(by, Commit::unsigned(tree, parents, &person, &person, "junk\n"), None)
    }

    fn entry(&mut self, by: &str, parents: &[CommitId], tree: ObjectId, file: Option<(&Slot, Digest)>) -> CommitId {
        let digests: Vec<Digest> = parents.iter().map(|parent| self.digest(*parent)).collect();
        let path = file.map(|(slot, digest)| (slot.path(), digest));
        let sealed = seal::seal(&digests, path.as_ref().map(|(path, digest)| (path.as_str(), *digest)));
        let message = seal::append("an entry", &sealed);
        let person = self.person(by);
        let unsigned = Commit::unsigned(tree, parents, &person, &person, &message);
        self.world.sign(by, &unsigned, file.map(|(slot, _)| slot.clone()))
    }

    fn person(&mut self, name: &str) -> Person {
        self.seconds += 1;
        let email = format!("{name}@example.invalid");
        Person { name: name.to_owned(), email, seconds: self.seconds, offset: "+0000".to_owned() }
    }

    fn digest(&mut self, commit: CommitId) -> Digest {
        let world = &self.world;
        *self.digests.entry(commit).or_insert_with(|| world.digest(commit))
    }

    /// The union of these commits' trees and this file. The same for all siblings, so it is made once.
    fn tree(&mut self, own: &[CommitId], added: Option<(String, ObjectId)>) -> ObjectId {
        let path = added.as_ref().map(|(path, blob)| format!("{path} {blob}")).unwrap_or_default();
        let made = self.trees.get(own).and_then(|made| made.get(&path));
        made.copied().unwrap_or_else(|| {
            let mut files = Files::new();
            own.iter().for_each(|parent| files.extend(self.world.files(*parent)));
            files.extend(added.map(|(path, blob)| (path, (Mode::File, blob))));
            let tree = self.world.tree(&files);
            self.trees.entry(own.to_vec()).or_default().insert(path, tree);
            tree
        })
    }
}

//! Which commits are entries, where logs are cut, and what a head reaches.

use super::*;
use crate::protocol::commit::{Commit, Person};
use crate::protocol::id::ObjectId;
use crate::protocol::object::Memory;
use crate::protocol::tree::Mode;
use crate::sim::{World, joined};

fn history_of(world: &World, objects: &dyn Objects, heads: &[CommitId]) -> History {
    let mut history = History::new(world.charter().clone());
    for head in heads {
        history.extend(objects, *head).expect("a store in memory");
    }
    history
}

/// A store that lacks some objects.
struct Without<'a>(&'a Memory, &'a [ObjectId]);

impl Objects for Without<'_> {
    fn read(&self, id: ObjectId, kind: ObjectKind, limit: usize) -> Result<Object, Trouble> {
        if self.1.contains(&id) { Ok(Object::Missing) } else { self.0.read(id, kind, limit) }
    }
}

#[test]
fn entries_are_judged_once_ancestors_first() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    let history = history_of(&world, world.store(), &[revision, revision]);
    assert_eq!(history.index.entries().count(), 4 + 1 + 3 + 1);
    for (at, entry) in history.index.entries() {
        assert!(entry.parents.iter().all(|parent| parent < &at));
    }
    let reached = history.reached(revision);
    let newest: Vec<CommitId> = reached.entries.iter().map(|at| history.index.entry(*at).id).collect();
    assert_eq!(newest, [revision]);
    assert!(reached.faulty.is_empty() && reached.roots.is_empty() && !reached.lacks_objects());
}

#[test]
fn a_log_is_cut_before_a_fault_and_goes_on_behind_nothing() {
    let mut world = joined();
    let join = world.head("alice").expect("a join");
    let bad = world.by("alice").files(&[("README.md", Mode::File, b"x")]);
    let after = world.by("alice").abandons(1, 0);
    let bobs = world.head("bob").expect("a join");
    let citing = world.by("bob").citing(&[after]).acknowledges();
    let history = history_of(&world, world.store(), &[citing]);
    assert!(matches!(history.node(bad), Some(Node::Faulty(fault, _)) if fault.rule == "2.tree"));
    assert!(matches!(history.node(after), Some(Node::Cut(_))));
    assert!(matches!(history.node(citing), Some(Node::Cut(_))));
    let reached = history.reached(citing);
    assert_eq!(reached.faulty.into_iter().collect::<Vec<_>>(), [bad]);
    let newest: BTreeSet<CommitId> = reached.entries.iter().map(|at| history.index.entry(*at).id).collect();
    assert_eq!(newest, BTreeSet::from([join, bobs]));
}

#[test]
fn a_fault_behind_a_fault_is_not_told() {
    let mut world = joined();
    let bad = world.by("alice").files(&[("README.md", Mode::File, b"x")]);
    let worse = world.by("alice").files(&[("LICENSE", Mode::File, b"y")]);
    let history = history_of(&world, world.store(), &[worse]);
    assert_eq!(history.reached(worse).faulty.into_iter().collect::<Vec<_>>(), [bad]);
}

#[test]
fn another_root_is_no_fault_of_a_commit() {
    let mut world = joined();
    let mut other = World::new(7, 2).expect("a charter");
    let foreign = other.by("alice").joins();
    let root = other.genesis();
    // The other group's objects come along.
    let mut store = world.store().clone();
    for id in [root, foreign] {
        if let Object::Found(raw) = other.store().read(id.0, ObjectKind::Commit, COMMIT_MAX).expect("a store") {
            assert_eq!(store.insert(ObjectKind::Commit, raw), id.0);
        }
    }
    let history = history_of(&world, &store, &[foreign]);
    assert!(matches!(history.node(root), Some(Node::OtherRoot)));
    assert!(matches!(history.node(foreign), Some(Node::Cut(_))));
    assert_eq!(history.reached(foreign).roots.into_iter().collect::<Vec<_>>(), [root]);
    // Deep in the history of an entry that would else be good.
    let bobs = world_head(&world, "bob");
    let citing = world.by("bob").with_parents(&[bobs, foreign]).acknowledges();
    let mut store = store.clone();
    if let Object::Found(raw) = world.store().read(citing.0, ObjectKind::Commit, COMMIT_MAX).expect("a store") {
        store.insert(ObjectKind::Commit, raw);
    }
    let history = history_of(&world, &store, &[citing]);
    assert!(matches!(history.node(citing), Some(Node::Cut(_))));
    assert_eq!(history.reached(citing).roots.into_iter().collect::<Vec<_>>(), [root]);
}

fn world_head(world: &World, name: &str) -> CommitId {
    world.head(name).expect("an entry")
}

#[test]
fn a_missing_object_makes_incomplete_and_cuts_what_follows() {
    let mut world = joined();
    let join = world_head(&world, "alice");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let after = world.by("alice").abandons(1, 0);
    let file = world.files(proposal)["steps/0001/r0/proposal.md"].1;
    let tree = world.commit(proposal).expect("a commit").tree;
    for lacking in [file, tree] {
        let history = history_of(&world, &Without(world.store(), &[lacking]), &[after]);
        assert!(matches!(history.node(proposal), Some(Node::Incomplete(_))));
        assert!(matches!(history.node(after), Some(Node::Cut(_))));
        let reached = history.reached(after);
        assert!(reached.lacks_objects() && !reached.missing);
        assert_eq!(reached.incomplete.into_iter().collect::<Vec<_>>(), [proposal]);
        let newest: Vec<CommitId> = reached.entries.iter().map(|at| history.index.entry(*at).id).collect();
        assert_eq!(newest, [join]);
    }
    let history = history_of(&world, &Without(world.store(), &[proposal.0]), &[after]);
    assert!(matches!(history.node(proposal), Some(Node::Missing)));
    assert!(matches!(history.node(after), Some(Node::Incomplete(_))));
    let reached = history.reached(after);
    assert!(reached.missing);
    assert_eq!(reached.incomplete.into_iter().collect::<Vec<_>>(), [after]);
}

#[test]
fn a_head_that_is_no_commit_is_missing() {
    let world = joined();
    let blob = *world.files(world.genesis()).values().next().map(|(_, id)| id).expect("a file");
    let history = history_of(&world, world.store(), &[CommitId(blob)]);
    assert!(history.reached(CommitId(blob)).missing);
    assert!(history.reached(CommitId(ObjectId::from_bytes([3; 20]))).missing);
    assert!(history.reached(world.genesis()).entries.is_empty());
}

#[test]
fn a_long_log_is_walked_without_recursion() {
    let world = joined();
    let person = Person { name: String::new(), email: String::new(), seconds: 0, offset: "+0000".to_owned() };
    let mut store = world.store().clone();
    let mut head = world.genesis();
    let tree = ObjectId::from_bytes([4; 20]);
    let mut first = None;
    for number in 0..20_000 {
        let raw = Commit::unsigned(tree, &[head], &person, &person, &format!("{number}\n"));
        head = CommitId(store.insert(ObjectKind::Commit, raw));
        first = first.or(Some(head));
    }
    let history = history_of(&world, &store, &[head]);
    assert_eq!(history.reached(head).faulty.into_iter().next(), first);
}

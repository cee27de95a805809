//! Rule 2.tree: a log is append-only. Compares a new tree with the trees of the author's parents.
//!
//! The tree must be the union of the own parents' trees plus at most one new file of mode 100644. Only what
//! differs is read, so the cost is that of the change, not of the log. What is new is followed only as far
//! as it can still be a single file at a slot, so no tree made to be endless is walked.

use std::collections::{BTreeMap, BTreeSet};

use super::id::ObjectId;
use super::object::{Object, ObjectKind, Objects, Trouble};
use super::slot::Slot;
use super::tree::{self, Mode, TREE_MAX, TreeEntry};

/// What a tree adds to those of its own parents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// One file at a slot.
    File(Slot, ObjectId),
    /// It breaks 2.tree.
    Broken(TreeFault),
    /// An object is missing, so nothing can be said.
    Missing,
}

/// How 2.tree is broken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TreeFault {
    /// A tree object is not one git writes.
    #[error("the tree at {path:?} is not one git writes: {why}")]
    NotGits {
        /// Where.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something that an own parent holds is changed or removed, or own parents hold different things.
    #[error("{path:?}, which the log held, is changed or removed")]
    Rewrite {
        /// Where.
        path: String,
    },
    /// What is added is no single file at a slot.
    #[error("{what}")]
    NoSlot {
        /// What is added instead.
        what: String,
    },
}

/// What a tree adds at the paths of section 2.1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Added {
    /// One file.
    One(Slot),
    /// None, or several.
    NoneOrSeveral,
    /// An object is missing, so nothing can be said.
    Missing,
}

/// The slot of the one file at a path of section 2.1 that `tree` adds to the trees of the author's parents, whatever
/// else is wrong with it (section 5). A tree object that git does not write adds nothing.
///
/// # Errors
/// Only [`Trouble`] of the store.
pub fn slot_added(objects: &dyn Objects, tree: ObjectId, own: &[ObjectId]) -> Result<Added, Trouble> {
    let mut search = Search { objects, slots: Vec::new(), barren: BTreeSet::new(), missing: false };
    search.directory("", tree, own)?;
    Ok(match search.slots.pop() {
        _ if search.missing => Added::Missing,
        Some(slot) if search.slots.is_empty() => Added::One(slot),
        _ => Added::NoneOrSeveral,
    })
}

/// A search for added slots; it ends when there are two.
struct Search<'a> {
    objects: &'a dyn Objects,
    slots: Vec<Slot>,
    /// New directories, by depth, below which there is no slot: one tree may stand in a thousand places.
    barren: BTreeSet<(usize, ObjectId)>,
    missing: bool,
}

impl Search<'_> {
    /// Goes only where slots may be, so no deeper than the deepest of them.
    fn directory(&mut self, path: &str, new: ObjectId, held: &[ObjectId]) -> Result<(), Trouble> {
        let place = (path.matches('/').count(), new);
        let is_new = !path.is_empty() && held.is_empty();
        if is_new && self.barren.contains(&place) {
            return Ok(());
        }
        let before = self.slots.len();
        let entries = match self.objects.read(new, ObjectKind::Tree, TREE_MAX)? {
            Object::Found(bytes) => tree::parse(&bytes).unwrap_or_default(),
            Object::TooLong(_) | Object::OtherKind => Vec::new(),
            Object::Missing => {
                self.missing = true;
                return Ok(());
            }
        };
        let trees = trees_of(self.objects, held)?;
        self.missing |= trees.is_none();
        let trees = trees.unwrap_or_default();
        let known = by_name(&trees);
        for entry in entries {
            if self.missing || self.slots.len() > 1 {
                return Ok(());
            }
            let at = join(path, &entry.name);
            let held: Vec<ObjectId> =
                known.get(entry.name.as_slice()).into_iter().flatten().map(|held| held.id).collect();
            if entry.mode == Mode::Directory {
                if Slot::may_be_below(&at) && !held.contains(&entry.id) {
                    self.directory(&at, entry.id, &held)?;
                }
            } else if held.is_empty() {
                self.slots.extend(Slot::parse(&at));
            }
        }
        // At depth 0 `steps` and `accusations` may be one tree, which holds slots in one place and none in the other.
        if is_new && place.0 > 0 && self.slots.len() == before {
            self.barren.insert(place);
        }
        Ok(())
    }
}

/// Directories on the way to the deepest slot, `steps/0001/r0/criticism`.
const DEPTH_MAX: usize = 4;

/// Compares `tree` with the trees of the author's parents, the first parent's first.
///
/// # Errors
/// Only [`Trouble`] of the store.
pub fn change(objects: &dyn Objects, tree: ObjectId, own: &[ObjectId]) -> Result<Change, Trouble> {
    let mut walk = Walk { objects, files: Vec::new(), rewrite: None, excess: None };
    let mut todo = vec![(String::new(), tree, own.to_vec())];
    while let Some((path, new, held)) = todo.pop() {
        if held.iter().all(|id| *id == new) && !held.is_empty() {
            continue;
        }
        match walk.directory(&path, new, &held, &mut todo)? {
            Step::On => {}
            Step::Missing => return Ok(Change::Missing),
            Step::NotGits(why) => return Ok(Change::Broken(TreeFault::NotGits { path, why })),
        }
    }
    Ok(walk.conclude())
}

type Todo = Vec<(String, ObjectId, Vec<ObjectId>)>;

enum Step {
    On,
    Missing,
    NotGits(String),
}

struct Walk<'a> {
    objects: &'a dyn Objects,
    files: Vec<(String, Mode, ObjectId)>,
    rewrite: Option<String>,
    excess: Option<String>,
}

impl Walk<'_> {
    /// Compares one directory, and puts those below that differ on the list.
    fn directory(&mut self, path: &str, new: ObjectId, held: &[ObjectId], todo: &mut Todo) -> Result<Step, Trouble> {
        let entries = match self.objects.read(new, ObjectKind::Tree, TREE_MAX)? {
            Object::Found(bytes) => match tree::parse(&bytes) {
                Ok(entries) => entries,
                Err(e) => return Ok(Step::NotGits(e.to_string())),
            },
            Object::TooLong(_) => return Ok(Step::NotGits(format!("longer than {TREE_MAX} bytes"))),
            Object::OtherKind => return Ok(Step::NotGits("not a tree".to_owned())),
            Object::Missing => return Ok(Step::Missing),
        };
        let Some(trees) = trees_of(self.objects, held)? else { return Ok(Step::Missing) };
        let mut union = by_name(&trees);
        for entry in &entries {
            let held = union.remove(entry.name.as_slice());
            // Nearly all are as they were, and nothing more is done about those.
            if held.as_ref().is_some_and(|held| held.iter().all(|held| is_same(held, entry))) {
                continue;
            }
            let at = join(path, &entry.name);
            match held {
                None => self.added(at, entry, todo),
                Some(held) if entry.mode == Mode::Directory && held.iter().all(|h| h.mode == Mode::Directory) => {
                    todo.push((at, entry.id, held.iter().map(|h| h.id).collect()));
                }
                Some(held) if is_their_union(&at, &held, entry) => {}
                Some(_) => self.rewritten(at),
            }
        }
        if let Some(name) = union.into_keys().next() {
            self.rewritten(join(path, name));
        }
        Ok(Step::On)
    }

    fn rewritten(&mut self, path: String) {
        let least = self.rewrite.take().map_or(path.clone(), |known| known.min(path));
        self.rewrite = Some(least);
    }

    /// Follows something new, as long as a single file at a slot can come of it.
    fn added(&mut self, path: String, entry: &TreeEntry, todo: &mut Todo) {
        if self.excess.is_some() {
            return;
        }
        if entry.mode == Mode::Directory {
            if path.matches('/').count() >= DEPTH_MAX {
                self.excess = Some(format!("it adds {path:?}, which is not a slot"));
            } else {
                todo.push((path, entry.id, Vec::new()));
            }
            return;
        }
        self.files.push((path, entry.mode, entry.id));
        if self.files.len() > 1 {
            self.excess = Some("it adds more than one file".to_owned());
            todo.retain(|(_, _, held)| !held.is_empty());
        }
    }

    fn conclude(self) -> Change {
        if let Some(path) = self.rewrite {
            return Change::Broken(TreeFault::Rewrite { path });
        }
        if let Some(what) = self.excess {
            return Change::Broken(TreeFault::NoSlot { what });
        }
        let Some((path, mode, id)) = self.files.into_iter().next() else { return Change::Nothing };
        match Slot::parse(&path) {
            Some(slot) if mode == Mode::File => Change::File(slot, id),
            Some(_) => no_slot(format!("it adds {path:?} with another mode than 100644")),
            None => no_slot(format!("it adds {path:?}, which is not a slot")),
        }
    }
}

/// The trees of an author's parents, or directories in them; `None` when one is missing.
fn trees_of(objects: &dyn Objects, held: &[ObjectId]) -> Result<Option<Vec<Vec<TreeEntry>>>, Trouble> {
    let mut trees = Vec::with_capacity(held.len());
    for id in held {
        // Trees of well-formed parents; they have been read before.
        match objects.read(*id, ObjectKind::Tree, TREE_MAX)? {
            Object::Found(bytes) => trees.push(tree::parse(&bytes).unwrap_or_default()),
            _ => return Ok(None),
        }
    }
    Ok(Some(trees))
}

/// What these trees hold, by name, the first tree's first.
fn by_name(trees: &[Vec<TreeEntry>]) -> BTreeMap<&[u8], Vec<&TreeEntry>> {
    let mut names: BTreeMap<&[u8], Vec<&TreeEntry>> = BTreeMap::new();
    trees.iter().flatten().for_each(|entry| names.entry(&entry.name).or_default().push(entry));
    names
}

fn is_same(one: &TreeEntry, other: &TreeEntry) -> bool {
    one.mode == other.mode && one.id == other.id
}

/// Whether this file is what the own parents hold there. Below `steps/` they must all hold the same, for two files in
/// one slot convict; elsewhere the file of the first that has one stands.
fn is_their_union(path: &str, held: &[&TreeEntry], entry: &TreeEntry) -> bool {
    !path.starts_with("steps/") && held.first().is_some_and(|held| is_same(held, entry))
}

fn no_slot(what: String) -> Change {
    Change::Broken(TreeFault::NoSlot { what })
}

fn join(path: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") }
}

#[cfg(test)]
mod tests;

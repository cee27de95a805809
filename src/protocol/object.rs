//! What the core asks of an object store: sizes first, then content within a limit.
//!
//! The core never knows where objects come from. Reading is a function of the id: the same id gives the
//! same answer as long as a verification runs.

use super::id::ObjectId;

/// The kinds of git object the protocol knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectKind {
    /// A commit.
    Commit,
    /// A tree.
    Tree,
    /// A blob.
    Blob,
}

/// What a store says of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Object {
    /// Its content, within the limit asked for.
    Found(Vec<u8>),
    /// It is longer than the limit; the first bytes of a commit (at most [`COMMIT_PREFIX`]), nothing of
    /// anything else.
    TooLong(Vec<u8>),
    /// It is there, but of another kind.
    OtherKind,
    /// It is not there.
    Missing,
}

/// How much of a commit over the limit is read, to learn its parents, in bytes: the 64 KiB in which parents count
/// (section 4, walking what is not well-formed), and one more that shows that there is more.
pub const COMMIT_PREFIX: usize = super::commit::COMMIT_MAX + 1;

/// The store could not be read: our own trouble, not something anyone is blamed for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read object {id}: {why}")]
pub struct Trouble {
    /// The object.
    pub id: ObjectId,
    /// What the store said.
    pub why: String,
}

/// A store of objects: a git repository, or memory in tests and simulations.
pub trait Objects {
    /// Reads an object's content if it is of `kind` and at most `limit` bytes long, judging kind and size
    /// before content.
    ///
    /// # Errors
    /// Only when the store itself cannot be read or holds bytes that are not the object's.
    fn read(&self, id: ObjectId, kind: ObjectKind, limit: usize) -> Result<Object, Trouble>;
}

/// Objects in memory, for tests and simulations.
#[derive(Default, Clone, Debug)]
pub struct Memory(std::collections::BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>);

impl Memory {
    /// Keeps an object and tells its id.
    pub fn insert(&mut self, kind: ObjectKind, content: Vec<u8>) -> ObjectId {
        let id = super::genesis::object_id(kind.as_str(), &content);
        self.0.insert(id, (kind, content));
        id
    }

    /// Every object, by id.
    pub fn iter(&self) -> impl Iterator<Item = (ObjectId, ObjectKind, &[u8])> {
        self.0.iter().map(|(id, (kind, content))| (*id, *kind, content.as_slice()))
    }
}

impl ObjectKind {
    /// git's word for the kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
        }
    }
}

impl Objects for Memory {
    fn read(&self, id: ObjectId, kind: ObjectKind, limit: usize) -> Result<Object, Trouble> {
        Ok(match self.0.get(&id) {
            None => Object::Missing,
            Some((other, _)) if *other != kind => Object::OtherKind,
            Some((_, content)) if content.len() <= limit => Object::Found(content.clone()),
            Some((_, content)) if kind == ObjectKind::Commit => {
                Object::TooLong(content.iter().copied().take(COMMIT_PREFIX).collect())
            }
            Some(_) => Object::TooLong(Vec::new()),
        })
    }
}

//! Genesis: the root commit that everyone derives from the charter alone (section 1.2).
//!
//! Decides its exact bytes and ids. It writes nothing: whoever needs the objects in a repository takes the
//! bytes from here.

use sha1::{Digest as _, Sha1};

use super::charter::Charter;
use super::id::{CommitId, Digest, ObjectId};
use super::object::ObjectKind;

/// Where the attributes stand in every log's tree.
pub const ATTRIBUTES_PATH: &str = ".gitattributes";

/// The attributes: no file of a log is ever converted.
pub const ATTRIBUTES: &str = "* -text\n";

/// Where the charter stands in every log's tree.
pub const CHARTER_PATH: &str = "charter.yaml";

/// Author and committer of genesis, with its time.
const NOBODY: &str = "bicker <bicker@invalid> 0 +0000";

/// A file's bytes, with the id git gives them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blob {
    /// Its object id.
    pub id: ObjectId,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Blob {
    fn of(bytes: &[u8]) -> Self {
        Self { id: object_id("blob", bytes), bytes: bytes.to_vec() }
    }
}

/// The root commit of a charter's logs, with everything it consists of. Its id names the group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Genesis {
    /// The commit's id.
    pub commit: CommitId,
    /// The raw commit object, without git's object header.
    pub commit_bytes: Vec<u8>,
    /// The SHA-256 of the raw commit object, as the seals of its children have it (section 2.seal).
    pub digest: Digest,
    /// The tree's id.
    pub tree: ObjectId,
    /// The raw tree object, without git's object header.
    pub tree_bytes: Vec<u8>,
    /// The file at [`ATTRIBUTES_PATH`].
    pub attributes: Blob,
    /// The file at [`CHARTER_PATH`].
    pub charter: Blob,
}

impl Genesis {
    /// The genesis of `charter`.
    pub fn of(charter: &Charter) -> Self {
        let attributes = Blob::of(ATTRIBUTES.as_bytes());
        let blob = Blob::of(charter.print().as_bytes());
        let tree_bytes = [tree_entry(ATTRIBUTES_PATH, attributes.id), tree_entry(CHARTER_PATH, blob.id)].concat();
        let tree = object_id("tree", &tree_bytes);
        let message = format!("charter {}\n", charter.digest());
        let commit_bytes = format!("tree {tree}\nauthor {NOBODY}\ncommitter {NOBODY}\n\n{message}").into_bytes();
        Self {
            commit: CommitId(object_id("commit", &commit_bytes)),
            digest: Digest::of(&commit_bytes),
            commit_bytes,
            tree,
            tree_bytes,
            attributes,
            charter: blob,
        }
    }

    /// The four objects, those that others name first.
    pub fn objects(&self) -> [(ObjectKind, Vec<u8>); 4] {
        [
            (ObjectKind::Blob, self.attributes.bytes.clone()),
            (ObjectKind::Blob, self.charter.bytes.clone()),
            (ObjectKind::Tree, self.tree_bytes.clone()),
            (ObjectKind::Commit, self.commit_bytes.clone()),
        ]
    }
}

/// The id git gives an object in its sha1 format: the SHA-1 of `kind`, a space, the content's length in
/// decimal, a zero byte, and the content.
pub fn object_id(kind: &str, content: &[u8]) -> ObjectId {
    let mut hasher = Sha1::new();
    hasher.update(format!("{kind} {}\0", content.len()));
    hasher.update(content);
    ObjectId::from_bytes(hasher.finalize().into())
}

/// A file of mode 100644 as a tree object lists it.
fn tree_entry(name: &str, id: ObjectId) -> Vec<u8> {
    [b"100644 ", name.as_bytes(), b"\0", id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHARTER: &str = r#"bicker: 1
title: "A protocol for the rest of us"
faults: 1
researchers:
  - name: alice
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDqaWeObdeQg8t+GEfCIa2VFR3Bd/QVeZUy1/wM7xKPh
    remote: "https://git.example.org/alice/bft.git"
    branch: main
  - name: bob
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuGMwhNWIHChiZqdOlZtBa7yQaa59wrFIzFQ3siW47F
    remote: "https://git.example.org/bob/bft.git"
    branch: main
  - name: carol
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGp/t2GpL4KmX77ZJO8IFyhG1a8VAK0/P70JP8g20rD7
    remote: "https://git.example.org/carol/bft.git"
    branch: main
  - name: dave
    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHBEXLF2RCRxmTyXd2dSiFFbM60ANCJm5rri3N/Fvk48
    remote: "https://git.example.org/dave/bft.git"
    branch: main
"#;

    #[test]
    fn ids_are_those_of_git() {
        assert_eq!(object_id("blob", b"").to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(object_id("tree", b"").to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(object_id("blob", ATTRIBUTES.as_bytes()).to_string(), "fa1385d99a319b43c06f5309d1aae9fdd3adea46");
    }

    #[test]
    fn genesis_follows_from_the_charter_alone() {
        let charter = Charter::parse(CHARTER.as_bytes()).expect("a charter");
        let genesis = Genesis::of(&charter);
        let digest = "sha256:b9c0bf425bf2c78753df6af97b5fd2852a34d63babafb8b4871f4049d41d2eee";
        assert_eq!(charter.digest().to_string(), digest);
        assert_eq!(genesis.commit.to_string(), "60ef078924172a4c8f9c1f1540a6e918594c68f9");
        assert_eq!(genesis.digest, Digest::of(&genesis.commit_bytes));
        assert_eq!(genesis.charter.bytes, CHARTER.as_bytes());
        let text = format!(
            "tree {}\nauthor bicker <bicker@invalid> 0 +0000\ncommitter bicker <bicker@invalid> 0 +0000\n\n\
             charter {digest}\n",
            genesis.tree
        );
        assert_eq!(genesis.commit_bytes, text.as_bytes());
        assert_eq!(object_id("tree", &genesis.tree_bytes), genesis.tree);
        let fields = |blob: &Blob| object_id("blob", &blob.bytes) == blob.id;
        assert!(fields(&genesis.attributes) && fields(&genesis.charter));
    }

    #[test]
    fn another_charter_is_another_group() {
        let retitled = CHARTER.replace("the rest of us", "others");
        let of = |text: &str| Genesis::of(&Charter::parse(text.as_bytes()).expect("a charter"));
        assert_ne!(of(CHARTER).commit, of(&retitled).commit);
        assert_eq!(of(CHARTER), of(CHARTER));
    }
}

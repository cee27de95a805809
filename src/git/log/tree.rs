//! Building an entry's tree: the union of the trees of its author's own parents and one new file (section 2.tree).

use std::collections::{BTreeMap, VecDeque};

use git2::{ObjectType, Odb};

use super::{FILE_MAX, Log, LogError, read};
use crate::protocol::genesis::object_id;
use crate::protocol::id::ObjectId;
use crate::protocol::slot::Slot;
use crate::protocol::tree::{self, Mode, TREE_MAX, TreeEntry};

/// The directory in which no two branches may hold different files.
const STEPS: &str = "steps";

/// What a directory holds, by name.
type Entries = BTreeMap<Vec<u8>, TreeEntry>;

/// A directory that is to be built.
struct Plan {
    /// Where it goes: the place of the directory above among those built, and its name there.
    above: Option<(usize, Vec<u8>)>,
    /// Its path, empty for the root.
    path: String,
    /// The trees it is the union of.
    sources: Vec<ObjectId>,
    /// What is left of the new file's path from here on, if it goes in here.
    new: Option<String>,
}

/// A directory whose entries are known, but for the directories in it that are still to be written.
struct Built {
    above: Option<(usize, Vec<u8>)>,
    path: String,
    entries: Entries,
}

impl Log {
    /// Writes the tree of an entry: the union of `parents`, the trees of its author's own parents (genesis's if there is
    /// none), and one new file, which is written byte for byte. Outside steps the first of several different files stands.
    ///
    /// # Errors
    /// The trees have no union, the slot is taken, or a tree object would be larger than any may be.
    pub fn build_tree(&self, parents: &[ObjectId], file: Option<(&Slot, &[u8])>) -> Result<ObjectId, LogError> {
        let blob = match file {
            Some((_, content)) if content.len() > FILE_MAX => {
                let id = object_id("blob", content);
                return Err(LogError::TooLong { id, size: content.len(), limit: FILE_MAX });
            }
            Some((_, content)) => Some(self.write(ObjectType::Blob, content)?),
            None => None,
        };
        let new = file.map(|(slot, _)| slot.path());
        let odb = self.repo.odb()?;
        let root = Plan { above: None, path: String::new(), sources: parents.to_vec(), new };
        let mut plans = VecDeque::from([root]);
        let mut built = Vec::new();
        while let Some(plan) = plans.pop_front() {
            let (entries, below) = merge(&odb, &plan, blob, built.len())?;
            plans.extend(below);
            built.push(Built { above: plan.above, path: plan.path, entries });
        }
        self.write_trees(built)
    }

    /// Writes directories, the last first: each stands behind the one above it.
    fn write_trees(&self, mut built: Vec<Built>) -> Result<ObjectId, LogError> {
        let mut root = None;
        while let Some(Built { above, path, entries }) = built.pop() {
            let entries: Vec<_> = entries.into_values().collect();
            let bytes = tree::print(&entries);
            tree::parse(&bytes).map_err(|error| LogError::Tree { path: shown(&path), error })?;
            let id = self.write(ObjectType::Tree, &bytes)?;
            match above.and_then(|(at, name)| Some((built.get_mut(at)?, name))) {
                Some((above, name)) => {
                    above.entries.insert(name.clone(), TreeEntry { mode: Mode::Directory, name, id });
                }
                None => root = Some(id),
            }
        }
        root.ok_or_else(|| LogError::OddPath("/".to_owned()))
    }
}

/// The union of a directory's sources with the new file, and the directories in it that have to be built themselves.
fn merge(odb: &Odb<'_>, plan: &Plan, blob: Option<ObjectId>, at: usize) -> Result<(Entries, Vec<Plan>), LogError> {
    let mut versions: BTreeMap<Vec<u8>, Vec<TreeEntry>> = BTreeMap::new();
    for source in &plan.sources {
        for entry in read_tree(odb, *source, &plan.path)? {
            let known = versions.entry(entry.name.clone()).or_default();
            if !known.contains(&entry) {
                known.push(entry);
            }
        }
    }
    let (mut entries, mut below) = (Entries::new(), Vec::new());
    let mut new = plan.new.as_deref();
    if let Some((directory, rest)) = new.and_then(|new| new.split_once('/')) {
        let known = versions.remove(directory.as_bytes()).unwrap_or_default();
        below.push(directory_in(plan, at, directory.as_bytes(), &known, Some(rest))?);
        new = None;
    }
    for (name, known) in versions {
        match known.as_slice() {
            [only] => {
                entries.insert(name, only.clone());
            }
            // Outside steps what the first has stands: it is counted nowhere, and two machines may each have written one.
            [first, ..] if !plan.path.starts_with(STEPS) && known.iter().all(|one| one.mode == Mode::File) => {
                entries.insert(name, first.clone());
            }
            several => below.push(directory_in(plan, at, &name, several, None)?),
        }
    }
    if let (Some(name), Some(id)) = (new, blob) {
        let name = name.as_bytes().to_vec();
        let entry = TreeEntry { mode: Mode::File, name: name.clone(), id };
        if entries.insert(name.clone(), entry).is_some() || below.iter().any(|plan| plan.is_named(&name)) {
            return Err(LogError::Taken(joined(&plan.path, &name)));
        }
    }
    Ok((entries, below))
}

/// Plans a directory within another: the union of what the sources have there, all of which must be directories.
fn directory_in(plan: &Plan, at: usize, name: &[u8], known: &[TreeEntry], new: Option<&str>) -> Result<Plan, LogError> {
    let path = joined(&plan.path, name);
    if known.iter().any(|entry| entry.mode != Mode::Directory) {
        return Err(LogError::NoUnion(path));
    }
    let sources = known.iter().map(|entry| entry.id).collect();
    Ok(Plan { above: Some((at, name.to_vec())), path, sources, new: new.map(str::to_owned) })
}

impl Plan {
    fn is_named(&self, name: &[u8]) -> bool {
        self.above.as_ref().is_some_and(|(_, own)| own == name)
    }
}

/// Reads a tree object; `path` is for the error's sake.
pub(super) fn read_tree(odb: &Odb<'_>, id: ObjectId, path: &str) -> Result<Vec<TreeEntry>, LogError> {
    let bytes = read(odb, id, ObjectType::Tree, TREE_MAX)?;
    tree::parse(&bytes).map_err(|error| LogError::Tree { path: shown(path), error })
}

/// A path and a name in it. A name that is not text is shown escaped, and so is no path of a log.
pub(super) fn joined(path: &str, name: &[u8]) -> String {
    let name = std::str::from_utf8(name).map_or_else(|_| name.escape_ascii().to_string(), str::to_owned);
    if path.is_empty() { name } else { format!("{path}/{name}") }
}

fn shown(path: &str) -> String {
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::{At, Name};
    use crate::protocol::tree::TreeError;

    fn log() -> (tempfile::TempDir, Log) {
        let dir = tempfile::tempdir().expect("a directory");
        let mut options = git2::RepositoryInitOptions::new();
        git2::Repository::init_opts(dir.path(), options.initial_head("main")).expect("a repository");
        let log = Log::open(dir.path()).expect("a log");
        (dir, log)
    }

    /// Every file of a tree, as git's library lists it.
    fn files(log: &Log, tree: ObjectId) -> Vec<String> {
        let tree = log.repo.find_tree(super::super::oid(tree)).expect("a tree");
        let mut files = Vec::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |directory, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                assert_eq!(entry.filemode(), 0o100_644);
                files.push(format!("{directory}{}", entry.name().expect("text")));
            }
            git2::TreeWalkResult::Ok
        })
        .expect("walked");
        files
    }

    const ALICE: &str = "steps/0001/r0/criticism/alice.md";

    #[test]
    fn files_are_added_one_by_one_and_nothing_is_lost() {
        let (_dir, log) = log();
        let at = At::new(1, 0);
        let alice = Name::parse("alice").expect("a name");
        let mut parents = Vec::new();
        for slot in [Slot::Join, Slot::Vote(at), Slot::Criticism(at, alice), Slot::Echo(at), Slot::Vote(At::new(2, 0))]
        {
            parents = vec![log.build_tree(&parents, Some((&slot, b"x\r\n"))).expect("a tree")];
        }
        let expected = ["join.md", ALICE, "steps/0001/r0/echo.md", "steps/0001/r0/vote.md", "steps/0002/r0/vote.md"];
        assert_eq!(files(&log, parents[0]), expected);
        assert_eq!(log.build_tree(&parents, None).expect("a tree"), parents[0]);
        let blob = log.repo.find_blob(git2::Oid::hash_object(ObjectType::Blob, b"x\r\n").expect("an id"));
        assert_eq!(blob.expect("kept as it was").content(), b"x\r\n");
        let taken = log.build_tree(&parents, Some((&Slot::Echo(at), b"x")));
        assert!(matches!(taken, Err(LogError::Taken(path)) if path == "steps/0001/r0/echo.md"));
    }

    #[test]
    fn branches_are_joined_if_they_hold_the_same_where_both_hold_something() {
        let (_dir, log) = log();
        let at = At::new(1, 0);
        let tree = |parents: &[ObjectId], slot: &Slot, text: &str| {
            log.build_tree(parents, Some((slot, text.as_bytes()))).expect("a tree")
        };
        let base = tree(&[], &Slot::Join, "join");
        let one = tree(&[tree(&[base], &Slot::Vote(at), "v")], &Slot::Echo(at), "e");
        let two = tree(&[tree(&[base], &Slot::Vote(at), "v")], &Slot::Vote(At::new(1, 1)), "w");
        let both = log.build_tree(&[one, two], Some((&Slot::Ratify(at), b"r"))).expect("a union");
        let expected = ["echo.md", "ratify.md", "vote.md"].map(|name| format!("steps/0001/r0/{name}"));
        assert_eq!(files(&log, both)[1..4], expected);
        assert_eq!(files(&log, both)[4..], ["steps/0001/r1/vote.md"]);
        let accusation = |text: &str| tree(&[one], &Slot::Accusation(Name::parse("bob").expect("a name")), text);
        let rejoined = tree(&[], &Slot::Join, "joined again");
        let (first, further) = (accusation("mine"), tree(&[rejoined], &Slot::Vote(at), "v"));
        assert_eq!(log.build_tree(&[first, further, accusation("later")], None).expect("a union"), first);
        let other = tree(&[base], &Slot::Vote(at), "another");
        let refused = log.build_tree(&[one, other], None);
        assert!(matches!(refused, Err(LogError::NoUnion(path)) if path == "steps/0001/r0/vote.md"));
        let taken = log.build_tree(&[one, two], Some((&Slot::Vote(at), b"v")));
        assert!(matches!(taken, Err(LogError::Taken(path)) if path == "steps/0001/r0/vote.md"));
    }

    #[test]
    fn limits_hold() {
        let (_dir, log) = log();
        let full = vec![b'x'; FILE_MAX];
        assert!(log.build_tree(&[], Some((&Slot::Join, &full))).is_ok());
        let over = log.build_tree(&[], Some((&Slot::Join, &[full.as_slice(), b"x"].concat())));
        assert!(matches!(over, Err(LogError::TooLong { size, .. }) if size == FILE_MAX + 1));
        let empty = log.build_tree(&[], None);
        assert!(matches!(empty, Err(LogError::Tree { error: TreeError::Empty, .. })));
        let id = ObjectId::from_bytes([9; 20]);
        assert!(matches!(log.build_tree(&[id], None), Err(LogError::Missing(missing)) if missing == id));
        let blob = log.write(ObjectType::Blob, b"x").expect("written");
        assert!(matches!(log.build_tree(&[blob], None), Err(LogError::OtherKind(id, "tree")) if id == blob));
        let entry = |at: u32| TreeEntry { mode: Mode::File, name: format!("{at:05}").into_bytes(), id: blob };
        // 33 bytes an entry: 1,985 fit, and one more file does not.
        let full: Vec<_> = (0..1985).map(entry).collect();
        let full = log.write(ObjectType::Tree, &tree::print(&full)).expect("written");
        assert_eq!(log.build_tree(&[full], None).expect("the same"), full);
        let over = log.build_tree(&[full], Some((&Slot::Join, b"x")));
        assert!(matches!(over, Err(LogError::Tree { error: TreeError::TooLong { .. }, .. })), "{over:?}");
    }
}

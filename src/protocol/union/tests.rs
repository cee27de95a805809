//! Rule 2.tree: what a tree may add to those of its author's parents, and what it may not.

use super::*;
use crate::protocol::genesis::object_id;
use crate::protocol::object::Memory;

/// Trees and blobs made from paths: `steps/0001/r0/vote.md=text` is a file, `+` before `=` makes it executable.
#[derive(Default)]
struct Shelf(Memory);

impl Shelf {
    fn blob(&mut self, text: &str) -> ObjectId {
        self.0.insert(ObjectKind::Blob, text.as_bytes().to_vec())
    }

    /// The tree of these files.
    fn tree(&mut self, files: &[&str]) -> ObjectId {
        let mut entries: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let mut listed = Vec::new();
        for file in files {
            let (path, text) = file.split_once('=').expect("path=text");
            match path.split_once('/') {
                Some((directory, rest)) => {
                    entries.entry(directory.to_owned()).or_default().push((rest.to_owned(), text.to_owned()));
                }
                None => {
                    let (name, mode) = path.strip_suffix('+').map_or((path, Mode::File), |n| (n, Mode::Executable));
                    listed.push(TreeEntry { mode, name: name.into(), id: self.blob(text) });
                }
            }
        }
        for (directory, files) in entries {
            let files: Vec<String> = files.into_iter().map(|(path, text)| format!("{path}={text}")).collect();
            let id = self.tree(&files.iter().map(String::as_str).collect::<Vec<_>>());
            listed.push(TreeEntry { mode: Mode::Directory, name: directory.into_bytes(), id });
        }
        self.0.insert(ObjectKind::Tree, tree::print(&listed))
    }

    /// What the tree of `new` changes in those of `own`.
    fn change(&mut self, own: &[&[&str]], new: &[&str]) -> Change {
        let own: Vec<ObjectId> = own.iter().map(|files| self.tree(files)).collect();
        let new = self.tree(new);
        change(&self.0, new, &own).expect("a store in memory")
    }
}

const BASE: &[&str] = &[".gitattributes=*", "charter.yaml=c", "join.md=j"];
const VOTED: &[&str] = &[".gitattributes=*", "charter.yaml=c", "join.md=j", "steps/0001/r0/vote.md=v"];
const LEFT: &[&str] = &[".gitattributes=*", "charter.yaml=c", "join.md=j", "steps/0001/r0/abandon.md=a"];

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [base, more].concat()
}

#[track_caller]
fn rewrites(own: &[&[&str]], new: &[&str], path: &str) {
    let expected = Change::Broken(TreeFault::Rewrite { path: path.to_owned() });
    assert_eq!(Shelf::default().change(own, new), expected);
}

#[track_caller]
fn no_slot(own: &[&[&str]], new: &[&str], what: &str) {
    match Shelf::default().change(own, new) {
        Change::Broken(TreeFault::NoSlot { what: got }) => assert_eq!(got, what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_or_one_file_at_a_slot_may_be_added() {
    let mut shelf = Shelf::default();
    assert_eq!(shelf.change(&[BASE], BASE), Change::Nothing);
    let vote = Slot::parse("steps/0001/r0/vote.md").expect("a slot");
    assert_eq!(shelf.change(&[BASE], VOTED), Change::File(vote, object_id("blob", b"v")));
    let accusation = Slot::parse("accusations/bob.md").expect("a slot");
    let accused = with(VOTED, &["accusations/bob.md=b"]);
    assert_eq!(shelf.change(&[VOTED], &accused), Change::File(accusation, object_id("blob", b"b")));
}

#[test]
fn the_repair_of_a_fork_is_the_union_and_one_file() {
    let mut shelf = Shelf::default();
    let union = with(VOTED, &["steps/0001/r0/abandon.md=a"]);
    assert_eq!(shelf.change(&[VOTED, LEFT], &union), Change::Nothing);
    assert_eq!(shelf.change(&[LEFT, VOTED], &union), Change::Nothing);
    assert_eq!(shelf.change(&[VOTED, VOTED], VOTED), Change::Nothing);
    let more = with(&union, &["steps/0002/r0/vote.md=w"]);
    let vote = Slot::parse("steps/0002/r0/vote.md").expect("a slot");
    assert_eq!(shelf.change(&[VOTED, LEFT], &more), Change::File(vote, object_id("blob", b"w")));
    rewrites(&[VOTED, LEFT], VOTED, "steps/0001/r0/abandon.md");
    rewrites(&[VOTED, LEFT], LEFT, "steps/0001/r0/vote.md");
}

#[test]
fn branches_with_different_files_at_one_path_have_no_union() {
    let other = &with(BASE, &["steps/0001/r0/vote.md=w"]);
    rewrites(&[VOTED, other], VOTED, "steps/0001/r0/vote.md");
    rewrites(&[VOTED, other], other, "steps/0001/r0/vote.md");
    rewrites(&[VOTED, other], BASE, "steps");
}

#[test]
fn nothing_held_may_change_or_go() {
    rewrites(&[VOTED], &with(BASE, &["steps/0001/r0/vote.md=w"]), "steps/0001/r0/vote.md");
    rewrites(&[VOTED], BASE, "steps");
    rewrites(&[VOTED], &with(BASE, &["steps/0001/r0/vote.md+=v"]), "steps/0001/r0/vote.md");
    rewrites(&[VOTED], &with(BASE, &["steps=v"]), "steps");
    rewrites(&[BASE], &with(&BASE[..2], &["join.md/x=j"]), "join.md");
    rewrites(&[BASE], &[".gitattributes=*", "join.md=j"], "charter.yaml");
    // A rewrite is told before what is added beside it, the smallest path first.
    let both = &["a.md=x", "charter.yaml=d", "join.md=k", "z.md=y"];
    rewrites(&[BASE], both, ".gitattributes");
}

#[test]
fn nothing_else_may_be_added() {
    no_slot(&[BASE], &with(BASE, &["README.md=r"]), "it adds \"README.md\", which is not a slot");
    no_slot(&[BASE], &with(VOTED, &["steps/0001/r0/echo.md=e"]), "it adds more than one file");
    no_slot(&[BASE], &with(BASE, &["a/b/c/d/e/f/g.md=x"]), "it adds \"a/b/c/d/e\", which is not a slot");
    let executable = &with(BASE, &["steps/0001/r0/vote.md+=v"]);
    let what = "it adds \"steps/0001/r0/vote.md\" with another mode than 100644";
    no_slot(&[BASE], executable, what);
}

#[test]
fn trees_are_those_git_writes() {
    let mut shelf = Shelf::default();
    let base = shelf.tree(BASE);
    let blob = shelf.blob("v");
    let entry = |mode: &str, name: &str| [mode.as_bytes(), b" ", name.as_bytes(), b"\0", blob.as_bytes()].concat();
    let held = match shelf.0.read(base, ObjectKind::Tree, TREE_MAX).expect("a store") {
        Object::Found(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    let long = (0..1_500).map(|n| entry("100644", &format!("zz-{n:05}-{}", "x".repeat(10)))).collect::<Vec<_>>();
    let bad = [
        [held.clone(), entry("100644", "a")].concat(),
        [held.clone(), entry("100664", "z")].concat(),
        [held.clone(), entry("100644", "z"), entry("100644", "z")].concat(),
        [held.clone(), b"100644 z".to_vec()].concat(),
        [vec![held.clone()], long].concat().concat(),
        Vec::new(),
    ];
    for bytes in bad {
        let tree = shelf.0.insert(ObjectKind::Tree, bytes);
        let found = change(&shelf.0, tree, &[base]).expect("a store in memory");
        assert!(matches!(&found, Change::Broken(TreeFault::NotGits { path, .. }) if path.is_empty()), "{found:?}");
    }
    // An empty directory, deep down.
    let empty = shelf.0.insert(ObjectKind::Tree, Vec::new());
    let mut entries = tree::parse(&held).expect("a tree");
    entries.push(TreeEntry { mode: Mode::Directory, name: b"steps".to_vec(), id: empty });
    let tree = shelf.0.insert(ObjectKind::Tree, tree::print(&entries));
    let found = change(&shelf.0, tree, &[base]).expect("a store in memory");
    assert!(matches!(&found, Change::Broken(TreeFault::NotGits { path, .. }) if path == "steps"), "{found:?}");
    // What stands for a directory is a blob.
    entries.retain(|entry| entry.name != b"steps");
    entries.push(TreeEntry { mode: Mode::Directory, name: b"steps".to_vec(), id: blob });
    let tree = shelf.0.insert(ObjectKind::Tree, tree::print(&entries));
    let why = "not a tree".to_owned();
    let expected = Change::Broken(TreeFault::NotGits { path: "steps".to_owned(), why });
    assert_eq!(change(&shelf.0, tree, &[base]).expect("a store in memory"), expected);
}

#[test]
fn without_an_object_nothing_is_said() {
    let mut shelf = Shelf::default();
    let base = shelf.tree(BASE);
    let missing = ObjectId::from_bytes([7; 20]);
    assert_eq!(change(&shelf.0, missing, &[base]).expect("a store in memory"), Change::Missing);
    let Object::Found(bytes) = shelf.0.read(base, ObjectKind::Tree, TREE_MAX).expect("a store") else {
        panic!("a tree");
    };
    let mut entries = tree::parse(&bytes).expect("a tree");
    entries.push(TreeEntry { mode: Mode::Directory, name: b"steps".to_vec(), id: missing });
    let tree = shelf.0.insert(ObjectKind::Tree, tree::print(&entries));
    assert_eq!(change(&shelf.0, tree, &[base]).expect("a store in memory"), Change::Missing);
    // A blob is not opened here: whether it is there is asked when the file is read.
    entries.pop();
    entries.push(TreeEntry { mode: Mode::File, name: b"accusations.md".to_vec(), id: missing });
    let tree = shelf.0.insert(ObjectKind::Tree, tree::print(&entries));
    let found = change(&shelf.0, tree, &[base]).expect("a store in memory");
    assert!(matches!(found, Change::Broken(TreeFault::NoSlot { .. })), "{found:?}");
}

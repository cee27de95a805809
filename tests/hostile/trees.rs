//! Trees that no entry may have (section 2.tree and 2.1): names, modes, orders, bombs, and files that change or go.

use std::iter;

use bicker::protocol::id::{CommitId, ObjectId};
use bicker::protocol::tree::Mode;

use super::expect::Expect;
use super::judge::Mutation;
use super::repository::tree_entry;
use super::scene::{PROPOSAL, Scene};

const GROUP: &str = "tree";
const FILE: &str = "100644";
const FOLDER: &str = "40000";

/// A proposal without fault.
const GOOD: &[u8] = b"---\ntitle: \"Words\"\n---\nText.\n";

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [names(), paths(), modes(), shapes(), objects(), rewrites(), bombs()].into_iter().flatten().collect()
}

fn bad(name: impl std::fmt::Display, make: impl Fn(&mut Scene) -> CommitId + Send + Sync + 'static) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| Expect::tip("bad-tree", "2.tree", make(scene)))
}

/// Something at the root that git or some file system takes for something else.
fn names() -> Vec<Mutation> {
    let long = "x".repeat(5000);
    let names: [(&str, &str); 22] = [
        ("git-folder", ".git"),
        ("git-folder-in-capitals", ".GIT"),
        ("git-folder-with-a-joiner", ".g\u{200c}it"),
        ("git-folder-of-dos", "git~1"),
        ("git-folder-as-a-stream", ".git::$INDEX_ALLOCATION"),
        ("hooks-by-backslash", ".git\\hooks\\post-checkout"),
        ("gitmodules", ".gitmodules"),
        ("mailmap", ".mailmap"),
        ("one-dot", "."),
        ("two-dots", ".."),
        ("option", "-rf"),
        ("pathspec", ":(top)x"),
        ("device", "CON"),
        ("line-end-in-a-name", "a\nb"),
        ("escape-in-a-name", "\x1b[2Jx"),
        ("right-to-left-in-a-name", "\u{202e}dm.nioj"),
        ("join-in-capitals", "JOIN.md"),
        ("join-with-a-space", "join.md "),
        ("decomposed-name", "e\u{301}.md"),
        ("workflow-command", "::error::x"),
        ("command-in-a-name", "$(touch canary).md"),
        ("name-of-5000-bytes", &long),
    ];
    let one = |(name, path): &(&str, &str)| {
        let path = path.to_string().into_bytes();
        bad(name, move |scene| {
            let blob = scene.blob(GOOD);
            scene.adds_raw(&[(FILE, &path, blob)])
        })
    };
    let not_utf_8 = bad("name-that-is-not-utf-8", |scene| {
        let blob = scene.blob(GOOD);
        scene.adds_raw(&[(FILE, b"\xff\xfe.md", blob)])
    });
    names.iter().map(one).chain([not_utf_8]).collect()
}

/// Paths that are nearly slots.
fn paths() -> Vec<Mutation> {
    let paths = [
        ("step-0", "steps/0000/r0/proposal.md"),
        ("step-of-three-digits", "steps/002/r0/proposal.md"),
        ("step-of-ten-digits", "steps/1000000000/r0/proposal.md"),
        ("step-in-other-digits", "steps/\u{660}\u{660}\u{660}\u{662}/r0/proposal.md"),
        ("step-with-a-sign", "steps/+002/r0/proposal.md"),
        ("round-with-a-sign", "steps/0002/r-1/proposal.md"),
        ("round-in-hexadecimal", "steps/0002/r0x1/proposal.md"),
        ("round-in-capitals", "steps/0002/R0/proposal.md"),
        ("critic-in-capitals", "steps/0002/r0/criticism/Alice.md"),
        ("critic-of-33-letters", "steps/0002/r0/criticism/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.md"),
        ("critic-who-looks-like-alice", "steps/0002/r0/criticism/\u{430}lice.md"),
        ("ending-in-capitals", "steps/0002/r0/proposal.MD"),
        ("backslashes", "steps\\0002\\r0\\proposal.md"),
        ("one-folder-too-deep", "steps/0002/r0/criticism/alice/alice.md"),
    ];
    let one = |(name, path): &(&'static str, &'static str)| {
        let path = *path;
        bad(name, move |scene| scene.adds_all(&[(path, Mode::File, GOOD)]))
    };
    paths.iter().map(one).collect()
}

/// A faultless path, and a mode that is not 100644.
fn modes() -> Vec<Mutation> {
    let spelled = ["100664", "0100644", "100777", "777777", "0", "100644 ", "1006440"];
    let odd = spelled.map(|mode| {
        bad(format!("mode-{}", mode.replace(' ', "-and-a-space")), move |scene: &mut Scene| {
            let blob = scene.blob(GOOD);
            in_folders(scene, (mode, b"proposal.md", blob))
        })
    });
    let gits = [Mode::Executable, Mode::Symlink, Mode::Gitlink].map(|mode| {
        bad(format!("mode-{}", mode.as_str()), move |scene: &mut Scene| {
            let content = if mode == Mode::Symlink { &b"../../../../../etc/passwd"[..] } else { GOOD };
            scene.adds_all(&[(PROPOSAL, mode, content)])
        })
    });
    let folder = bad("folder-with-a-zero-in-front", |scene| {
        let blob = scene.blob(GOOD);
        let tree = scene.mallory.write("tree", &tree_entry(FILE, b"bob.md", blob));
        scene.adds_raw(&[("040000", b"accusations", tree)])
    });
    odd.into_iter().chain(gits).chain([folder]).collect()
}

/// Publishes an entry whose tree has this in `steps/0002/r0`.
fn in_folders(scene: &mut Scene, (mode, name, id): (&str, &[u8], ObjectId)) -> CommitId {
    let mut tree = scene.mallory.write("tree", &tree_entry(mode, name, id));
    for folder in ["r0", "0002"] {
        tree = scene.mallory.write("tree", &tree_entry(FOLDER, folder.as_bytes(), tree));
    }
    scene.adds_raw(&[(FOLDER, b"steps", tree)])
}

/// Tree objects that git does not write.
fn shapes() -> Vec<Mutation> {
    let raw = |name: &str, make: fn(&Scene, ObjectId) -> Vec<u8>| {
        bad(name, move |scene: &mut Scene| {
            let blob = scene.blob(GOOD);
            let tree = scene.mallory.write("tree", &make(scene, blob));
            scene.has_tree(tree)
        })
    };
    vec![
        raw("out-of-order", |scene, blob| [tree_entry(FILE, b"z.md", blob), scene.tree_of_join()].concat()),
        raw("name-twice", |scene, blob| [scene.tree_of_join(), tree_entry(FILE, b"join.md", blob)].concat()),
        raw("slash-in-a-name", |scene, blob| {
            [scene.tree_of_join(), tree_entry(FILE, PROPOSAL.as_bytes(), blob)].concat()
        }),
        raw("two-files", |scene, blob| {
            let two = [tree_entry(FILE, b"x.md", blob), tree_entry(FILE, b"y.md", blob)].concat();
            [scene.tree_of_join(), two].concat()
        }),
        bad("empty-folder", |scene| {
            let tree = scene.mallory.write("tree", b"");
            scene.adds_raw(&[(FOLDER, b"steps", tree)])
        }),
        bad("two-slots-at-once", |scene| {
            scene.adds_all(&[(PROPOSAL, Mode::File, GOOD), ("steps/0002/r1/proposal.md", Mode::File, GOOD)])
        }),
        bad("folder-where-a-file-belongs", |scene| {
            let blob = scene.blob(GOOD);
            let tree = scene.mallory.write("tree", &tree_entry(FILE, b"x.md", blob));
            in_folders(scene, (FOLDER, b"proposal.md", tree))
        }),
    ]
}

/// Entries that name what is no file and no folder. git finds that out before anything is sent or taken in.
fn objects() -> Vec<Mutation> {
    let unserved = |name: &str, make: fn(&mut Scene)| {
        Mutation::new(GROUP, name, move |scene: &mut Scene| {
            make(scene);
            Expect::unreachable()
        })
    };
    vec![
        unserved("id-of-zeros", |scene| {
            scene.adds_raw(&[(FILE, b"x.md", ObjectId::from_bytes([0; 20]))]);
        }),
        unserved("name-of-nothing", |scene| {
            let blob = scene.blob(GOOD);
            scene.adds_raw(&[(FILE, b"", blob)]);
        }),
        unserved("folder-that-is-a-file", |scene| {
            let blob = scene.blob(GOOD);
            scene.adds_raw(&[(FOLDER, b"steps", blob)]);
        }),
        Mutation::new(GROUP, "file-that-is-a-folder", |scene| {
            // git sends this one. The tree is as git writes trees; it is the file that is no text.
            let blob = scene.blob(GOOD);
            let tree = scene.mallory.write("tree", &tree_entry(FILE, b"x.md", blob));
            Expect::tip("bad-content", "2.content", in_folders(scene, (FILE, b"proposal.md", tree)))
        }),
        unserved("tree-that-is-a-file", |scene| {
            let blob = scene.blob(GOOD);
            scene.has_tree(blob);
        }),
        unserved("tree-that-is-a-commit", |scene| {
            let join = scene.join;
            scene.has_tree(join.0);
        }),
        unserved("tree-cut-short", |scene| {
            let bytes = scene.tree_of_join();
            let tree = scene.mallory.write("tree", &bytes[..bytes.len() - 1]);
            scene.has_tree(tree);
        }),
        unserved("tree-that-nobody-has", |scene| {
            scene.has_tree(ObjectId::from_bytes([7; 20]));
        }),
    ]
}

/// What the log holds changes or goes.
fn rewrites() -> Vec<Mutation> {
    let rewrite = |name: &str, make: fn(&mut Scene) -> CommitId| {
        Mutation::new(GROUP, name, move |scene: &mut Scene| Expect::tip("rewrite", "2.tree", make(scene)))
    };
    vec![
        rewrite("attributes-with-a-filter", |scene| {
            scene.adds_all(&[(".gitattributes", Mode::File, b"* filter=evil\n")])
        }),
        rewrite("another-charter", |scene| {
            let charter = String::from_utf8(scene.charter.clone()).expect("text").replace("faults: 1", "faults: 0");
            scene.adds_all(&[("charter.yaml", Mode::File, charter.as_bytes())])
        }),
        rewrite("join-made-executable", |scene| {
            let files = scene.world.files(scene.join);
            let (_, join) = files["join.md"];
            let tree = scene.tree_of_join();
            let at = tree.len() - tree_entry(FILE, b"join.md", join).len();
            let tree = [&tree[..at], &tree_entry("100755", b"join.md", join)].concat();
            let tree = scene.mallory.write("tree", &tree);
            scene.has_tree(tree)
        }),
        rewrite("join-as-a-link", |scene| scene.adds_all(&[("join.md", Mode::Symlink, b"charter.yaml")])),
        rewrite("join-of-another-text", |scene| scene.adds_all(&[("join.md", Mode::File, b"---\n---\nNo.\n")])),
        rewrite("everything-gone-but-one-file", |scene| {
            let blob = scene.blob(GOOD);
            let tree = scene.mallory.write("tree", &tree_entry(FILE, b"x.md", blob));
            scene.has_tree(tree)
        }),
    ]
}

/// Few objects that are very much.
fn bombs() -> Vec<Mutation> {
    vec![
        bad("bomb-of-a-thousand-million-paths", |scene| {
            let blob = scene.blob(GOOD);
            let names = || (0..10_u8).map(|digit| [b'0' + digit]);
            let leaf: Vec<u8> = names().flat_map(|name| tree_entry(FILE, &name, blob)).collect();
            let folders = |id| names().flat_map(|name| tree_entry(FOLDER, &name, id)).collect::<Vec<u8>>();
            let first = scene.mallory.write("tree", &leaf);
            let tops = iter::successors(Some(first), |id| Some(scene.mallory.write("tree", &folders(*id))));
            let top = tops.take(9).last().expect("a tree");
            scene.adds_raw(&[(FOLDER, b"steps", top)])
        }),
        Mutation::new(GROUP, "3000-folders-deep", |scene| {
            // git on the other side gives up first.
            nested(scene, 3000);
            Expect::unreachable()
        }),
        bad("2000-folders-deep", |scene| {
            let tip = nested(scene, 2000);
            CommitId::parse(&tip).expect("an id")
        }),
    ]
}

/// Publishes an entry with this many folders in one another.
fn nested(scene: &mut Scene, depth: usize) -> String {
    let blob = scene.blob(GOOD);
    let first = scene.mallory.write("tree", &tree_entry(FILE, b"x.md", blob));
    let all = iter::successors(Some(first), |id| Some(scene.mallory.write("tree", &tree_entry(FOLDER, b"a", *id))));
    let top = all.take(depth).last().expect("a tree");
    scene.adds_raw(&[(FOLDER, b"steps", top)]).to_string()
}

//! Repositories that are not what they should be: objects that are damaged or missing, references that are odd, and
//! everything by which a repository reads from somewhere else, or less than there is.
//!
//! What git on the other side does not serve cannot be had, which accuses nobody (`unreachable`). What it serves in
//! part, and what is not a commit, is `refused`.

use std::fs;
use std::os::unix::fs::symlink;

use bicker::protocol::commit::{parents_as_git_reads, tree_as_git_reads};
use bicker::protocol::id::{CommitId, ObjectId};

use super::expect::Expect;
use super::judge::Mutation;
use super::repository::{BRANCH, Bare, deflated};
use super::scene::{Scene, replace};

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [objects(), missing(), packs(), references(), other_references(), elsewhere(), impostors(), configured(), others()]
        .into_iter()
        .flatten()
        .collect()
}

/// A damaged loose object where mallory's join should be.
fn objects() -> Vec<Mutation> {
    let damaged = |name: &str, refused: bool, make: fn(&[u8]) -> Vec<u8>| {
        Mutation::new("object", name, move |scene: &mut Scene| {
            let raw = scene.raw(scene.join);
            fs::remove_file(scene.mallory.loose(scene.join.0)).expect("the good object goes");
            scene.mallory.write_raw(scene.join.0, &make(&raw));
            if refused { Expect::refused(Some(scene.join.to_string())) } else { Expect::unreachable() }
        })
    };
    vec![
        // git sends it, under the id that it has.
        damaged("under-a-wrong-name", true, |raw| {
            let other = replace(raw, b"mallory writes", b"mallory wrote.");
            loose("commit", other.len(), &other)
        }),
        // git on the other side would need 100 GB for it.
        damaged("of-a-false-size", false, |raw| loose("commit", 99_999_999_999, raw)),
        damaged("of-no-bytes", false, |_| Vec::new()),
        damaged("of-garbage", false, |_| vec![0xa5; 4096]),
        damaged("cut-short", false, |raw| {
            let mut bytes = loose("commit", raw.len(), raw);
            bytes.truncate(bytes.len() / 2);
            bytes
        }),
        damaged("of-an-unknown-kind", false, |raw| loose("poem", raw.len(), raw)),
        damaged("of-a-kind-with-an-escape", false, |raw| loose("\x1b[2J", raw.len(), raw)),
        Mutation::new("object", "as-a-link-to-itself-elsewhere-is-allowed", |scene| {
            let file = scene.mallory.loose(scene.join.0);
            let away = scene.top().join("away");
            fs::rename(&file, &away).and_then(|()| symlink(&away, &file)).expect("a link");
            Expect::same()
        }),
    ]
}

/// The bytes of a loose object's file, with any kind and size in front.
fn loose(kind: &str, size: usize, content: &[u8]) -> Vec<u8> {
    deflated(&[format!("{kind} {size}\0").as_bytes(), content].concat())
}

/// Objects that nobody has.
fn missing() -> Vec<Mutation> {
    let lost = |name: &str, which: fn(&mut Scene) -> ObjectId| {
        Mutation::new("object", name, move |scene: &mut Scene| {
            let id = which(scene);
            fs::remove_file(scene.mallory.loose(id)).expect("the object goes");
            Expect::unreachable()
        })
    };
    vec![
        lost("head-missing", |scene| scene.join.0),
        lost("tree-missing", |scene| tree_as_git_reads(&scene.raw(scene.join)).expect("a tree")),
        lost("file-missing", |scene| scene.world.files(scene.join)["join.md"].1),
        lost("genesis-missing", |scene| scene.world.genesis().0),
    ]
}

/// Packs that are damaged.
fn packs() -> Vec<Mutation> {
    let damaged = |name: &str, change: fn(&mut Vec<u8>)| {
        Mutation::new("object", name, move |scene: &mut Scene| {
            let pack = scene.mallory.pack();
            let mut bytes = fs::read(&pack).expect("a pack");
            change(&mut bytes);
            fs::write(pack, bytes).expect("a pack");
            Expect::unreachable()
        })
    };
    let index = |name: &str, change: fn(&mut Vec<u8>)| {
        Mutation::new("object", name, move |scene: &mut Scene| {
            let index = scene.mallory.pack().with_extension("idx");
            let mut bytes = fs::read(&index).expect("an index");
            change(&mut bytes);
            fs::write(index, bytes).expect("an index");
            Expect::unreachable()
        })
    };
    vec![
        damaged("pack-of-garbage-inside", |bytes| {
            let end = bytes.len() - 20;
            bytes[12..end].fill(0xa5);
        }),
        damaged("pack-cut-short", |bytes| bytes.truncate(bytes.len() / 2)),
        damaged("pack-of-nothing", Vec::clear),
        damaged("pack-of-another-version", |bytes| bytes[7] = 9),
        index("index-of-garbage", |bytes| bytes.fill(0xa5)),
        index("index-of-nothing", Vec::clear),
        Mutation::new("object", "pack-without-an-index", |scene| {
            let pack = scene.mallory.pack();
            fs::remove_file(pack.with_extension("idx")).expect("the index goes");
            Expect::unreachable()
        }),
    ]
}

/// A branch that is not a commit, or is none at all.
fn references() -> Vec<Mutation> {
    let branch = |name: &str, expect: fn() -> Expect, bytes: &'static [u8]| {
        Mutation::new("reference", name, move |scene: &mut Scene| {
            scene.branch_file(bytes);
            expect()
        })
    };
    // Of what it cannot read git shows an id of zeros, and then has no such object.
    let broken = |name, bytes| branch(name, Expect::unreachable, bytes);
    let nowhere = |name, bytes| branch(name, Expect::no_branch, bytes);
    vec![
        Mutation::new("reference", "branch-is-a-file", |scene| {
            let blob = scene.blob(b"x");
            Expect::refused(Some(scene.point(blob)))
        }),
        Mutation::new("reference", "branch-is-a-folder", |scene| {
            let raw = scene.raw(scene.join);
            let tree = tree_as_git_reads(&raw).expect("a tree");
            Expect::refused(Some(scene.point(tree)))
        }),
        Mutation::new("reference", "branch-is-a-tag-of-a-tag-of-a-tag", |scene| {
            let mut id = scene.join.0;
            for depth in 0..100 {
                let kind = if depth == 0 { "commit" } else { "tag" };
                let tag = format!("object {id}\ntype {kind}\ntag t{depth}\ntagger m <m> 1 +0000\n\nt\n");
                id = scene.mallory.write("tag", tag.as_bytes());
            }
            Expect::refused(Some(scene.point(id)))
        }),
        broken("branch-of-garbage", b"\x1b[2J\xff\0garbage\n"),
        broken("branch-of-nothing", b""),
        broken("branch-of-39-digits", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"),
        broken("branch-of-zeros", b"0000000000000000000000000000000000000000\n"),
        nowhere("branch-that-names-itself", b"ref: refs/heads/main\n"),
        nowhere("branch-that-names-nothing", b"ref: refs/heads/none\n"),
        nowhere("branch-that-names-a-way-out", b"ref: ../../alice.git/refs/heads/main\n"),
        Mutation::new("reference", "branch-is-a-folder-of-branches", |scene| {
            fs::remove_file(scene.mallory.path().join(BRANCH)).expect("the branch goes");
            scene.mallory.file("refs/heads/main/refs/heads/main", format!("{}\n", scene.join).as_bytes());
            Expect::no_branch()
        }),
        Mutation::new("reference", "branch-is-only-a-tag", |scene| {
            fs::rename(scene.mallory.path().join(BRANCH), scene.mallory.path().join("refs/tags/main")).expect("moved");
            Expect::no_branch()
        }),
        Mutation::new("reference", "branch-in-capitals", |scene| {
            let heads = scene.mallory.path().join("refs/heads");
            fs::rename(heads.join("main"), heads.join("MAIN")).expect("moved");
            Expect::no_branch()
        }),
    ]
}

/// References that are odd and change nothing, and lists of them that are broken.
fn other_references() -> Vec<Mutation> {
    let odd = |name: &str, make: fn(&mut Scene)| {
        Mutation::new("reference", name, move |scene: &mut Scene| {
            make(scene);
            Expect::same()
        })
    };
    vec![
        odd("branch-through-another-is-allowed", |scene| {
            scene.mallory.file("refs/heads/other", format!("{}\n", scene.join).as_bytes());
            scene.branch_file(b"ref: refs/heads/other\n");
        }),
        odd("head-detached-is-allowed", |scene| scene.mallory.file("HEAD", format!("{}\n", scene.join).as_bytes())),
        odd("head-to-nowhere-is-allowed", |scene| scene.mallory.file("HEAD", b"ref: refs/heads/none\n")),
        odd("tag-of-the-same-name-is-allowed", |scene| {
            let [alice, ..] = scene.honest();
            scene.mallory.file("refs/tags/main", format!("{alice}\n").as_bytes());
        }),
        odd("names-that-are-options-are-allowed", |scene| {
            let line = format!("{}\n", scene.join);
            for name in ["-oops", "--upload-pack=x", "\u{202e}niam", "a$(touch canary)"] {
                scene.mallory.file(&format!("refs/heads/{name}"), line.as_bytes());
            }
        }),
        odd("replacement-has-no-effect", |scene| {
            let [alice, ..] = scene.honest();
            scene.mallory.file(&format!("refs/replace/{}", scene.join), format!("{alice}\n").as_bytes());
        }),
        odd("packed-reference-under-a-loose-one", |scene| {
            let [alice, ..] = scene.honest();
            let lines = format!("# pack-refs with: peeled fully-peeled sorted \n{alice} {BRANCH}\n");
            scene.mallory.file("packed-refs", lines.as_bytes());
        }),
        Mutation::new("reference", "packed-references-of-garbage", |scene| {
            scene.mallory.file("packed-refs", b"\x1b[2J garbage\n");
            Expect::unreachable()
        }),
        Mutation::new("reference", "packed-reference-with-a-false-peel", |scene| {
            fs::remove_file(scene.mallory.path().join(BRANCH)).expect("the branch goes");
            let [alice, ..] = scene.honest();
            let head = "# pack-refs with: peeled fully-peeled sorted \n";
            scene.mallory.file("packed-refs", format!("{head}{} {BRANCH}\n^{alice}\n", scene.join).as_bytes());
            Expect::same()
        }),
    ]
}

/// A repository that reads from somewhere else, or less than there is.
fn elsewhere() -> Vec<Mutation> {
    vec![
        Mutation::new("transport", "alternates-are-allowed", |scene| {
            let away = scene.top().join("away");
            fs::rename(scene.mallory.path().join("objects"), &away).expect("moved");
            scene.mallory.file("objects/info/alternates", format!("{}\n", away.display()).as_bytes());
            fs::create_dir_all(scene.mallory.path().join("objects/pack")).expect("a folder");
            Expect::same()
        }),
        Mutation::new("transport", "alternates-in-a-circle-are-allowed", |scene| {
            scene.mallory.file("objects/info/alternates", b"../objects\n/nowhere\n\xff\n");
            Expect::same()
        }),
        Mutation::new("transport", "shallow", |scene| {
            scene.mallory.file("shallow", format!("{}\n", scene.join).as_bytes());
            Expect::refused(Some(scene.join.to_string()))
        }),
        Mutation::new("transport", "shallow-of-garbage", |scene| {
            scene.mallory.file("shallow", b"garbage\n");
            Expect::unreachable()
        }),
        Mutation::new("transport", "graft-that-hides-a-parent", |scene| {
            let tip = scene.entry();
            scene.publish(tip);
            scene.mallory.file("info/grafts", format!("{tip}\n").as_bytes());
            // Its own parent, mallory's join, is not sent; those of the others are had from their remotes or not.
            Expect::refused(Some(tip.to_string()))
        }),
        Mutation::new("transport", "commit-graph-of-garbage-is-allowed", |scene| {
            scene.mallory.file("objects/info/commit-graph", &[0xa5; 4096]);
            Expect::same()
        }),
        Mutation::new("transport", "multi-pack-index-of-garbage", |scene| {
            scene.mallory.file("objects/pack/multi-pack-index", &[0xa5; 4096]);
            Expect::unreachable()
        }),
        Mutation::new("transport", "partial-clone-with-a-promise-that-runs", |scene| {
            let trap = scene.trap();
            let blob = scene.world.files(scene.join)["join.md"].1;
            fs::remove_file(scene.mallory.loose(blob)).expect("the object goes");
            let config = scene.mallory.path().join("config");
            let before = fs::read_to_string(&config).expect("a configuration");
            let before = before.replace("formatversion = 0", "formatversion = 1");
            fs::write(config, before).expect("a configuration");
            let trap = trap.display();
            scene.mallory.configure(&format!(
                "[extensions]\n\tpartialClone = evil\n[remote \"evil\"]\n\turl = ext::{trap}\n\tpromisor = true\n\
                 \tuploadpack = {trap}\n[protocol \"ext\"]\n\tallow = always\n"
            ));
            Expect::unreachable()
        }),
    ]
}

/// What is no repository, and what is somebody else's.
fn impostors() -> Vec<Mutation> {
    let instead = |name: &str, make: fn(&Scene, &std::path::Path)| {
        Mutation::new("transport", name, move |scene: &mut Scene| {
            let place = scene.top().join("instead");
            make(scene, &place);
            scene.fetch("mallory", place.display());
            Expect::unreachable()
        })
    };
    vec![
        instead("nothing-there", |_, _| {}),
        instead("an-empty-file", |_, place| fs::write(place, "").expect("a file")),
        instead("an-empty-folder", |_, place| fs::create_dir(place).expect("a folder")),
        instead("a-file-of-garbage", |_, place| fs::write(place, [0xa5; 4096]).expect("a file")),
        instead("a-link-to-itself", |_, place| symlink(place, place).expect("a link")),
        instead("a-device", |_, place| symlink("/dev/zero", place).expect("a link")),
        instead("a-repository-without-head", |scene, place| {
            let copy = scene.mallory.copy_to(place);
            fs::remove_file(copy.path().join("HEAD")).expect("HEAD goes");
        }),
        instead("a-configuration-of-garbage", |scene, place| {
            scene.mallory.copy_to(place).file("config", b"[core\n\x1b[2J");
        }),
        instead("a-format-nobody-knows", |scene, place| {
            scene.mallory.copy_to(place).file("config", b"[core]\n\trepositoryformatversion = 99\n\tbare = true\n");
        }),
        Mutation::new("transport", "a-bundle", |scene| {
            let place = scene.top().join("mallory.bundle");
            scene.mallory.git(&["bundle", "create", "-q", &place.display().to_string(), "main"], b"");
            scene.fetch("mallory", place.display());
            // git takes a bundle for a remote like any other.
            Expect::same()
        }),
        Mutation::new("transport", "a-bundle-of-garbage", |scene| {
            let place = scene.top().join("mallory.bundle");
            fs::write(&place, "# v2 git bundle\n\x1b[2J\n\nPACK").expect("a file");
            scene.fetch("mallory", place.display());
            Expect::unreachable()
        }),
        Mutation::new("transport", "a-file-that-leads-to-alice", |scene| {
            let alice = scene.copy_of("alice");
            let place = scene.top().join("instead");
            fs::write(&place, format!("gitdir: {}\n", alice.path().display())).expect("a file");
            scene.fetch("mallory", place.display());
            let [head, ..] = scene.honest();
            Expect::mallorys("wrong-log", "2.author", &[head], Some(head), 0)
        }),
        Mutation::new("transport", "a-sha256-repository", |scene| {
            let place = Bare::at(&scene.top().join("sha256.git"));
            place.git(&["init", "-q", "--bare", "-b", "main", "--object-format=sha256"], b"");
            let tree = place.git(&["mktree"], b"");
            let who = ["-c", "user.name=m", "-c", "user.email=m", "commit-tree", &tree, "-m", "x"];
            let head = place.git(&who, b"");
            place.git(&["update-ref", BRANCH, &head], b"");
            scene.fetch("mallory", place.path().display());
            Expect::refused(None)
        }),
    ]
}

/// Settings in mallory's own repository by which hers would run something here.
fn configured() -> Vec<Mutation> {
    let setting = |name: &'static str, line: fn(&str) -> String| {
        Mutation::new("transport", format!("{name}-in-the-remote-is-not-run"), move |scene: &mut Scene| {
            let trap = scene.trap().display().to_string();
            scene.mallory.configure(&line(&trap));
            Expect::same()
        })
    };
    vec![
        setting("pack-objects-hook", |trap| format!("[uploadpack]\n\tpackObjectsHook = {trap}\n")),
        setting("fsmonitor", |trap| format!("[core]\n\tfsmonitor = {trap}\n")),
        setting("pager-and-editor", |trap| {
            format!("[core]\n\tpager = {trap}\n\teditor = {trap}\n\taskPass = {trap}\n")
        }),
        setting("alternate-refs-command", |trap| format!("[core]\n\talternateRefsCommand = {trap}\n")),
        setting("alias", |trap| format!("[alias]\n\tupload-pack = !{trap}\n\tpack-objects = !{trap}\n")),
        setting("gpg-program", |trap| format!("[gpg]\n\tprogram = {trap}\n[gpg \"ssh\"]\n\tprogram = {trap}\n")),
        setting("uploadpack-of-a-remote", |trap| format!("[remote \"origin\"]\n\turl = .\n\tuploadpack = {trap}\n")),
        Mutation::new("transport", "hooks-in-the-remote-are-not-run", |scene| {
            for hook in ["post-checkout", "reference-transaction", "pre-receive", "post-update", "pre-auto-gc"] {
                scene.trap_at(&scene.mallory.path().join("hooks").join(hook));
            }
            Expect::same()
        }),
    ]
}

/// What happens to an honest researcher's remote does not touch what they wrote.
fn others() -> Vec<Mutation> {
    vec![
        Mutation::new("transport", "bobs-remote-goes-back-to-his-join", |scene| {
            let [_, head, _] = scene.honest();
            let bob = scene.copy_of("bob");
            let join = first_entry(scene, head);
            bob.point(join);
            Expect::about("bob", "rewind", "4", Some(head), Some(join), true, 5)
        }),
        Mutation::new("transport", "bobs-branch-is-gone", |scene| {
            let [_, head, _] = scene.honest();
            let bob = scene.copy_of("bob");
            fs::remove_file(bob.path().join(BRANCH)).expect("the branch goes");
            Expect::about("bob", "rewind", "4", Some(head), None, true, 5)
        }),
        Mutation::new("transport", "bobs-remote-is-gone", |scene| {
            scene.fetch("bob", "/nowhere");
            Expect::about("bob", "unreachable", "-", None, None, false, 5)
        }),
    ]
}

/// The first entry of a log.
fn first_entry(scene: &Scene, head: CommitId) -> CommitId {
    let parents = |id| parents_as_git_reads(&scene.raw(id));
    let log = std::iter::successors(Some(head), |id| {
        parents(*id).first().copied().filter(|first| *first != scene.world.genesis())
    });
    log.last().expect("an entry")
}

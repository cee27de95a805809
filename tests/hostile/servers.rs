//! Servers that speak git's protocol and are not git: they say what git would not say, and send packs of what git would
//! not pack. The bulk among them is in `bulk`.

use bicker::protocol::commit::payload;
use bicker::protocol::id::{CommitId, ObjectId};

use super::expect::Expect;
use super::judge::Mutation;
use super::repository::tree_entry;
use super::scene::{PROPOSAL, Scene, replace};
use super::wire::{Script, delta, instructions, pack, pack_claiming, packet, whole};
use crate::service::Service;

const GROUP: &str = "server";

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [words(), lists(), packs(), commits(), trees()].into_iter().flatten().collect()
}

/// Has mallory fetched from a server that follows this script.
pub(crate) fn serve(scene: &mut Scene, script: Script) {
    let (service, url) = script.serve();
    scene.services.push(service);
    scene.fetch("mallory", url);
}

/// Every object that mallory's repository holds, packed.
pub(crate) fn everything(scene: &Scene) -> Vec<Vec<u8>> {
    scene.mallory.objects().values().map(|(kind, content)| whole(kind, content)).collect()
}

/// Who says this to everyone, and hangs up.
fn says(name: &str, words: &'static [u8]) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| {
        let service = Service::that_says(words);
        scene.fetch("mallory", format!("git://{}/mallory.git", service.address()));
        scene.services.push(service);
        Expect::unreachable()
    })
}

fn words() -> Vec<Mutation> {
    let band = |number: u8, words: &[u8]| packet(&[&[number], words].concat());
    let banded = |scene: &Scene| format!("{} refs/heads/main\0side-band-64k ofs-delta\n", scene.join).into_bytes();
    vec![
        says("nothing", b""),
        says("a-page", b"HTTP/1.1 200 OK\r\n\r\n<script>alert(1)</script>\x1b[2J"),
        says("an-error-with-escapes", b"001eERR \x1b[2J\x1b]0;x\x07go away"),
        says("a-packet-of-no-length", b"0001\xff\xff\xff\xff"),
        says("a-packet-longer-than-it-is", b"fff0short"),
        Mutation::new(GROUP, "progress-with-escapes-is-allowed", move |scene: &mut Scene| {
            let progress = band(2, b"\x1b[2J\x1b]52;c;cm0=\x07\xff 100%\r\n");
            let sent = pack(&everything(scene));
            let sent: Vec<u8> = sent.chunks(60_000).flat_map(|part| band(1, part)).collect();
            let answer = [progress, sent, b"0000".to_vec()].concat();
            serve(scene, Script { references: vec![banded(scene)], answer });
            Expect::same()
        }),
        Mutation::new(GROUP, "fatal-error-with-escapes", move |scene: &mut Scene| {
            serve(scene, Script { references: vec![banded(scene)], answer: band(3, b"\x1b[2Joops\xe2\x80\xae\n") });
            Expect::unreachable()
        }),
        // Whatever words the other side chooses, git's own on this side decide.
        Mutation::new(GROUP, "progress-that-says-timed-out", move |scene: &mut Scene| {
            let said = band(2, b"early EOF\nRPC failed; Connection reset, timed out\rNo space left\n");
            let mut object = whole("blob", b"some text");
            object[1..].fill(0xa5);
            let answer = [said, band(1, &pack(&[object])), b"0000".to_vec()].concat();
            serve(scene, Script { references: vec![banded(scene)], answer });
            Expect::refused(Some(scene.join.to_string()))
        }),
        Mutation::new(GROUP, "fatal-error-that-says-refused", move |scene: &mut Scene| {
            let said = band(3, b"no\nfatal: pack is corrupted (SHA1 mismatch)\nerror: inflate returned -3\n");
            serve(scene, Script { references: vec![banded(scene)], answer: said });
            Expect::unreachable()
        }),
        Mutation::new(GROUP, "band-that-does-not-exist", move |scene: &mut Scene| {
            serve(scene, Script { references: vec![banded(scene)], answer: band(9, b"x") });
            Expect::unreachable()
        }),
    ]
}

/// Lists of references.
fn lists() -> Vec<Mutation> {
    let listed = |name: &str, expect: fn() -> Expect, lines: fn(&CommitId) -> Vec<String>| {
        Mutation::new(GROUP, name, move |scene: &mut Scene| {
            let answer = pack(&everything(scene));
            let references = lines(&scene.join).into_iter().map(String::into_bytes).collect();
            serve(scene, Script { references, answer });
            expect()
        })
    };
    vec![
        listed("names-with-escapes-are-allowed", Expect::same, |join| {
            vec![format!("{join} refs/heads/main\0\n"), format!("{join} refs/heads/\u{1b}[2J\u{202e}\n")]
        }),
        listed("capabilities-without-end-are-allowed", Expect::same, |join| {
            vec![format!("{join} refs/heads/main\0{} agent=\u{1b}[2J\n", "x".repeat(60_000))]
        }),
        listed("only-other-branches", Expect::no_branch, |join| {
            vec![format!("{join} refs/heads/x/refs/heads/main\0\n"), format!("{join} refs/tags/main\n")]
        }),
        listed("no-reference-at-all", Expect::no_branch, |_| {
            vec![format!("{} capabilities^{{}}\0ofs-delta\n", "0".repeat(40))]
        }),
        listed("an-id-that-is-none", Expect::unreachable, |_| vec!["xyz refs/heads/main\0\n".to_owned()]),
        listed("another-object-format", Expect::unreachable, |_| {
            vec![format!("{} refs/heads/main\0object-format=sha256\n", "1".repeat(64))]
        }),
    ]
}

/// Packs that are not what they say.
fn packs() -> Vec<Mutation> {
    let sends = |name: &str, refused: bool, make: fn(&Scene) -> Vec<u8>| {
        Mutation::new(GROUP, name, move |scene: &mut Scene| {
            let (join, answer) = (scene.join, make(scene));
            serve(scene, Script::of(join, answer));
            if refused { Expect::refused(Some(join.to_string())) } else { Expect::unreachable() }
        })
    };
    vec![
        sends("pack-of-nothing", true, |_| pack(&[])),
        sends("pack-of-garbage", false, |_| vec![0xa5; 4096]),
        sends("pack-that-breaks-off", false, |scene| {
            let mut sent = pack(&everything(scene));
            sent.truncate(sent.len() / 2);
            sent
        }),
        sends("pack-with-a-false-checksum", true, |scene| {
            let mut sent = pack(&everything(scene));
            let end = sent.len() - 20;
            sent[end..].fill(0);
            sent
        }),
        sends("pack-with-a-damaged-object", true, |_| {
            let mut object = whole("blob", b"some text");
            object[1..].fill(0xa5);
            pack(&[object])
        }),
        sends("pack-that-claims-4000-million-objects", false, |scene| pack_claiming(u32::MAX, &everything(scene))),
        sends("pack-that-claims-a-million-objects", false, |scene| pack_claiming(1_000_000, &everything(scene))),
        sends("delta-of-nothing", false, |_| pack(&[delta(ObjectId::from_bytes([7; 20]), &instructions(9, 1, b"x"))])),
        sends("delta-that-reads-too-far", false, |_| {
            let base = whole("blob", b"123456789");
            let id = bicker::protocol::genesis::object_id("blob", b"123456789");
            pack(&[base, delta(id, &[9, 99, 0b1001_0000, 99])])
        }),
        sends("object-of-kind-5", false, |_| pack(&[vec![0x50]])),
        Mutation::new(GROUP, "objects-that-nobody-needs-are-allowed", |scene| {
            let mut all = everything(scene);
            all.extend((0..1000_u32).map(|n| whole("blob", &n.to_be_bytes())));
            let join = scene.join;
            serve(scene, Script::of(join, pack(&all)));
            Expect::same()
        }),
    ]
}

/// Commits that git on the other side would not have served.
fn commits() -> Vec<Mutation> {
    let changed = |name: &str, change: fn(Vec<u8>) -> Vec<u8>| {
        Mutation::new(GROUP, name, move |scene: &mut Scene| {
            let entry = scene.entry();
            let unsigned = change(payload(&scene.raw(entry)));
            let tip = scene.world.sign("mallory", &unsigned, None);
            let mut all = everything(scene);
            all.push(whole("commit", &scene.raw(tip)));
            serve(scene, Script::of(tip, pack(&all)));
            // git here does not read it either, so it never comes before our own judge.
            Expect::refused(Some(tip.to_string()))
        })
    };
    vec![
        changed("commit-that-begins-with-a-space", |raw| [b" ", &raw[..]].concat()),
        changed("commit-with-a-tree-of-39-digits", |raw| [b"tree ", &raw[6..]].concat()),
        changed("commit-with-half-a-parent", |raw| replace(&raw, b"\nauthor", b"\nparent 1\nauthor")),
        Mutation::new(GROUP, "commit-of-a-single-line", |scene| {
            let entry = scene.entry();
            let line = scene.raw(entry)[..46].to_vec();
            let tip = scene.world.publish("mallory", line, None);
            let mut all = everything(scene);
            all.push(whole("commit", &scene.raw(tip)));
            serve(scene, Script::of(tip, pack(&all)));
            Expect::refused(Some(tip.to_string()))
        }),
    ]
}

/// Trees that git on the other side would not have served.
fn trees() -> Vec<Mutation> {
    let sends = |name: &str, make: fn(&mut Scene, ObjectId) -> CommitId| {
        Mutation::new(GROUP, name, move |scene: &mut Scene| {
            let blob = scene.blob(b"---\ntitle: \"a\"\n---\nText.\n");
            let tip = make(scene, blob);
            let all = everything(scene);
            serve(scene, Script::of(tip, pack(&all)));
            Expect::refused(Some(tip.to_string()))
        })
    };
    vec![
        sends("tree-with-an-id-of-zeros", |scene, _| {
            scene.adds_raw(&[("100644", b"x.md", ObjectId::from_bytes([0; 20]))])
        }),
        sends("tree-with-a-folder-that-is-a-file", |scene, blob| scene.adds_raw(&[("40000", b"steps", blob)])),
        sends("tree-that-is-a-file", |scene, blob| scene.has_tree(blob)),
        sends("tree-with-a-name-of-nothing", |scene, blob| scene.adds_raw(&[("100644", b"", blob)])),
        sends("tree-3000-folders-deep", |scene, blob| {
            let mut tree = scene.mallory.write("tree", &tree_entry("100644", b"x.md", blob));
            for _ in 0..3000 {
                tree = scene.mallory.write("tree", &tree_entry("40000", b"a", tree));
            }
            scene.adds_raw(&[("40000", b"steps", tree)])
        }),
        sends("tree-without-its-file", |scene, blob| {
            let tip = scene.adds(PROPOSAL, b"---\ntitle: \"lost\"\n---\nText.\n");
            let lost = scene.world.files(tip)[PROPOSAL].1;
            assert_ne!(lost, blob);
            std::fs::remove_file(scene.mallory.loose(lost)).expect("the object goes");
            tip
        }),
    ]
}

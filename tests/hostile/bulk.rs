//! Very much of something, in few bytes on the wire. Each ends in a finding, or in none when nothing is wrong, and
//! within the memory that every mutation may take.

use bicker::protocol::commit::{payload, with_signature};
use bicker::protocol::genesis::object_id;
use bicker::protocol::id::{CommitId, ObjectId};
use bicker::protocol::signature::SshSignature;
use bicker::sim::world::key_of;
use flate2::{Compress, Compression, FlushCompress};
use sha1::{Digest as _, Sha1};

use super::expect::{Expect, Row, Want};
use super::judge::Mutation;
use super::repository::tree_entry;
use super::scene::{PROPOSAL, Scene};
use super::servers::{everything, serve};
use super::wire::{Script, delta, instructions, object, pack, sliding, whole};

const GROUP: &str = "bulk";

/// The mutations, the longest first.
pub(crate) fn mutations() -> Vec<Mutation> {
    [bombs(), deltas(), many()].into_iter().flatten().collect()
}

fn bulk(name: &str, make: impl Fn(&mut Scene) -> Expect + Send + Sync + 'static) -> Mutation {
    Mutation::new(GROUP, name, make)
}

/// Objects that are large when they are unpacked.
fn bombs() -> Vec<Mutation> {
    vec![
        bulk("file-of-1-gib", |scene| {
            let size = 1 << 30;
            let id = id_of_zeros(size);
            let zeros = run(b"", 0, size, b"");
            let tip = with_file(scene, id);
            let mut all = everything(scene);
            all.push(object("blob", size, zeros));
            serve(scene, Script::of(tip, pack(&all)));
            Expect::tip("bad-content", "2.content", tip)
        }),
        bulk("commit-of-100-mb", |scene| {
            let entry = scene.entry();
            let text = String::from_utf8(payload(&scene.raw(entry))).expect("text");
            let (before, after) = text.split_once("mallory <").expect("an author");
            let length = 100_000_000;
            let rest = format!(" <{after}");
            let long = |rest: &[u8]| [before.as_bytes(), &vec![b'x'; length], rest].concat();
            let signature = SshSignature::sign(&key_of("mallory"), &long(rest.as_bytes()));
            let rest = with_signature(rest.as_bytes(), &signature.armour());
            let raw = long(&rest);
            let tip = CommitId(object_id("commit", &raw));
            let packed = run(before.as_bytes(), b'x', length, &rest);
            let mut all = everything(scene);
            all.push(object("commit", raw.len(), packed));
            serve(scene, Script::of(tip, pack(&all)));
            // Each git of a later look would read it again, one for each remote asked at a time: docs/threat-model.md.
            scene.second_look_is_offline = true;
            Expect::tip("malformed", "2.commit", tip)
        }),
        bulk("tree-of-100000-entries", |scene| {
            let blob = scene.blob(b"x");
            let entries = (0..100_000).flat_map(|n| tree_entry("100644", format!("x{n:05}.md").as_bytes(), blob));
            let tree = [scene.tree_of_join(), entries.collect()].concat();
            let tree = scene.mallory.write("tree", &tree);
            Expect::tip("bad-tree", "2.tree", scene.has_tree(tree))
        }),
        bulk("file-of-262145-bytes", |scene| {
            let text = "x".repeat(262_145 - 24);
            let file = format!("---\ntitle: \"a\"\n---\n{text}\n\n\n\n\n");
            assert_eq!(file.len(), 262_145);
            Expect::tip("bad-content", "2.content", scene.adds(PROPOSAL, file.as_bytes()))
        }),
    ]
}

/// Publishes an entry that adds this object as its proposal. Its seal is false, which is judged after the file.
fn with_file(scene: &mut Scene, file: ObjectId) -> CommitId {
    let mut tree = scene.mallory.write("tree", &tree_entry("100644", b"proposal.md", file));
    for folder in ["r0", "0002"] {
        tree = scene.mallory.write("tree", &tree_entry("40000", folder.as_bytes(), tree));
    }
    scene.adds_raw(&[("40000", b"steps", tree)])
}

/// Objects said by how they differ from others.
fn deltas() -> Vec<Mutation> {
    vec![
        bulk("file-at-the-end-of-10000-deltas", |scene| {
            // Each is the last numbers so far: one more at the end, one less at the beginning.
            let mut content = b"00000".to_vec();
            let mut objects = vec![whole("blob", &content)];
            for number in 1..=10_000 {
                let base = object_id("blob", &content);
                let more = format!("{number:05}").into_bytes();
                let skip = if content.len() >= 50 { more.len() } else { 0 };
                objects.push(delta(base, &sliding(content.len(), skip, &more)));
                content = [&content[skip..], &more].concat();
            }
            let tip = with_file(scene, object_id("blob", &content));
            objects.extend(everything(scene));
            serve(scene, Script::of(tip, pack(&objects)));
            Expect::tip("bad-content", "2.content", tip)
        }),
        bulk("file-of-200-mb-by-a-delta", |scene| {
            let (base, copies) = (vec![0; 1 << 20], 200);
            let id = id_of_zeros(base.len() * copies);
            let tip = with_file(scene, id);
            let mut all = everything(scene);
            all.push(whole("blob", &base));
            all.push(delta(object_id("blob", &base), &instructions(base.len(), copies, b"")));
            serve(scene, Script::of(tip, pack(&all)));
            Expect::tip("bad-content", "2.content", tip)
        }),
        bulk("file-of-1-gib-by-a-delta", |scene| {
            let (base, copies) = (vec![0; 1 << 20], 1024);
            // It never comes so far that somebody asks for its id.
            let tip = with_file(scene, ObjectId::from_bytes([7; 20]));
            let mut all = everything(scene);
            all.push(whole("blob", &base));
            all.push(delta(object_id("blob", &base), &instructions(base.len(), copies, b"")));
            serve(scene, Script::of(tip, pack(&all)));
            Expect::refused(Some(tip.to_string()))
        }),
    ]
}

/// Very many of something.
fn many() -> Vec<Mutation> {
    vec![
        bulk("100000-branches-beside-an-unsigned-head", |scene| {
            let tip = scene.forged(|raw| payload(&raw));
            let lines: String = (0..100_000).map(|n| format!("{tip} refs/heads/x{n:06}\n")).collect();
            let head = "# pack-refs with: peeled fully-peeled sorted \n";
            scene.mallory.file("packed-refs", (head.to_owned() + &lines).as_bytes());
            Expect::tip("unsigned", "2.signature", tip)
        }),
        bulk("100000-branches-listed-by-an-old-server", |scene| {
            let tip = scene.forged(|raw| payload(&raw));
            let mut script = Script::of(tip, pack(&everything(scene)));
            script.references.extend((0..100_000).map(|n| format!("{tip} refs/heads/x{n:06}\n").into_bytes()));
            serve(scene, script);
            Expect::tip("unsigned", "2.signature", tip)
        }),
        bulk("5000-unsigned-commits", |scene| {
            let (first, last) = chain(scene, 5000, 1);
            Expect::mallorys("unsigned", "2.signature", &[first], Some(last), 1)
        }),
        bulk("2-to-the-1000-ways-through-history", |scene| {
            let (first, last) = chain(scene, 1000, 2);
            Expect::mallorys("unsigned", "2.signature", &[first], Some(last), 1)
        }),
        bulk("5000-joins-of-100-branches", joins),
        bulk("500-commits-of-20000-parents", parents),
        bulk("other-junk-at-each-connection", junk),
        bulk("more-entries-than-allowed", |scene| {
            let (_, last) = chain(scene, 500, 1);
            scene.arguments.extend(["--max-entries".into(), "400".into()]);
            Expect::refused(Some(last.to_string()))
        }),
        bulk("more-bytes-than-allowed", |scene| {
            let noise: Vec<u8> = (0..50_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
            let tip = scene.adds(PROPOSAL, &noise);
            scene.arguments.extend(["--max-bytes".into(), "100000".into()]);
            Expect::refused(Some(tip.to_string()))
        }),
    ]
}

/// Unsigned commits in a chain, each of which names the one before 20,000 times: half a gigabyte to read, of little that
/// is sent.
fn parents(scene: &mut Scene) -> Expect {
    let (join, mut objects) = (scene.join, Vec::new());
    let mut commits = vec![join];
    for _ in 0..500 {
        let before = commits[commits.len() - 1];
        let (commit, object) = unsigned(scene, &vec![before; 20_000]);
        commits.push(commit);
        objects.push(object);
    }
    let head = commits[commits.len() - 1];
    objects.extend(everything(scene));
    serve(scene, Script::of(head, pack(&objects)));
    Expect::mallorys("malformed", "2.commit", &[commits[1]], Some(head), 1)
}

/// Ten megabytes on mallory's join that nobody signed, and others for whoever asks again.
fn junk(scene: &mut Scene) -> Expect {
    let (join, tree) = (scene.join, scene.tree_of_join());
    let scripts: Vec<(CommitId, Script)> = (0..8_u32)
        .map(|turn| {
            let noise = (0..2_500_000_u32).flat_map(|n| (n ^ turn << 24).wrapping_mul(2_654_435_761).to_le_bytes());
            let noise: Vec<u8> = noise.collect();
            let tree = [tree.clone(), tree_entry("100644", b"noise", object_id("blob", &noise))].concat();
            let who = "mallory <mallory@example.invalid> 1700000000 +0000";
            let top = object_id("tree", &tree);
            let raw = format!("tree {top}\nparent {join}\nauthor {who}\ncommitter {who}\n\nthis\n");
            let tip = CommitId(object_id("commit", raw.as_bytes()));
            let mut objects = vec![whole("commit", raw.as_bytes()), whole("tree", &tree), whole("blob", &noise)];
            objects.extend(everything(scene));
            (tip, Script::of(tip, pack(&objects)))
        })
        .collect();
    let first = scripts[0].0;
    let (service, url) = Script::serve_in_turn(scripts.into_iter().map(|(_, script)| script).collect());
    scene.services.push(service);
    scene.fetch("mallory", url);
    Expect::mallorys("unsigned", "2.signature", &[first], Some(first), 1)
}

/// A commit by nobody on these, with the tree of mallory's join; and the object that a pack has for it.
fn unsigned(scene: &Scene, parents: &[CommitId]) -> (CommitId, Vec<u8>) {
    let tree = scene.world.commit(scene.join).expect("an entry").tree;
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let who = "mallory <mallory@example.invalid> 1700000000 +0000";
    let raw = format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nthese\n").into_bytes();
    (CommitId(object_id("commit", &raw)), whole("commit", &raw))
}

/// An unsigned commit on mallory's join, and on it this many levels of unsigned commits, each of which has all of the
/// level before as its parents. Gives the first and the last.
fn chain(scene: &mut Scene, levels: usize, width: usize) -> (CommitId, CommitId) {
    let entry = scene.entry();
    let plain = payload(&scene.raw(entry));
    let mut objects = vec![whole("commit", &plain)];
    let first = CommitId(object_id("commit", &plain));
    let text = String::from_utf8(plain).expect("text");
    let tree = text.lines().next().expect("a tree").to_owned();
    let (_, author) = text.split_once("\nauthor ").expect("an author");
    let mut level = vec![first];
    for depth in 0..levels {
        let parents: String = level.iter().map(|parent| format!("parent {parent}\n")).collect();
        let width = if depth + 1 == levels { 1 } else { width };
        let above = (0..width).map(|at| format!("{tree}\n{parents}author {author}{at}\n").into_bytes());
        let above: Vec<Vec<u8>> = above.collect();
        level = above.iter().map(|raw| CommitId(object_id("commit", raw))).collect();
        objects.extend(above.iter().map(|raw| whole("commit", raw)));
    }
    let last = level[0];
    objects.extend(everything(scene));
    serve(scene, Script::of(last, pack(&objects)));
    (first, last)
}

/// 100 entries by mallory beside each other, and 5,000 that join two of them each: every past is another one. Commits
/// that nobody signed reach all of them, 128 at a time.
fn joins(scene: &mut Scene) -> Expect {
    let (join, honest) = (scene.join, scene.honest());
    let branches: Vec<CommitId> =
        (0..100).map(|_| scene.world.by("mallory").on(join).citing(&honest).acknowledges()).collect();
    let pairs = branches.iter().enumerate().flat_map(|(at, a)| branches[..at].iter().map(move |b| [*b, *a]));
    let pairs: Vec<[CommitId; 2]> = pairs.collect();
    let joined: Vec<CommitId> = pairs
        .iter()
        .chain(&pairs[..50])
        .map(|pair| scene.world.by("mallory").with_parents(pair).acknowledges())
        .collect();
    let mut objects: Vec<Vec<u8>> =
        branches.iter().chain(&joined).map(|entry| whole("commit", &scene.raw(*entry))).collect();
    let reach = |parents: &[CommitId], objects: &mut Vec<Vec<u8>>| {
        let (commit, object) = unsigned(scene, parents);
        objects.push(object);
        commit
    };
    let mut fans: Vec<CommitId> = joined.chunks(128).map(|parents| reach(parents, &mut objects)).collect();
    let head = reach(&fans, &mut objects);
    fans.sort();
    objects.extend(everything(scene));
    serve(scene, Script::of(head, pack(&objects)));
    let want = |code, rule, commits: &[CommitId]| {
        let mut commits: Vec<String> = commits.iter().map(ToString::to_string).collect();
        commits.sort();
        Want { code, rule, researcher: "mallory", commits }
    };
    let mut findings: Vec<Want> = fans.iter().map(|fan| want("unsigned", "2.signature", &[*fan])).collect();
    findings.push(want("fork", "4", &joined));
    let row = Row { name: "mallory", head: Some(head.to_string()), reachable: true, entries: 5_101 };
    Expect::Report { findings, rows: vec![row], proposal: None }
}

/// The id of a file of zeros.
fn id_of_zeros(size: usize) -> ObjectId {
    let mut hash = Sha1::new();
    hash.update(format!("blob {size}\0"));
    let part = vec![0; 1 << 20];
    (0..size / part.len()).for_each(|_| hash.update(&part));
    ObjectId::from_bytes(hash.finalize().into())
}

/// `before`, then `count` times `byte`, then `after`, as zlib has them, without deflating all of it: once a compressor
/// has seen nothing but one byte for long, it writes the same for each further part.
fn run(before: &[u8], byte: u8, count: usize, after: &[u8]) -> Vec<u8> {
    const PART: usize = 1 << 18;
    let part = vec![byte; PART];
    let mut compress = Compress::new(Compression::fast(), false);
    let mut deflate = |bytes: &[u8], flush| {
        let mut out = Vec::with_capacity(bytes.len() + 1024);
        compress.compress_vec(bytes, &mut out, flush).expect("deflated");
        out
    };
    let rest = count % PART;
    let begun = [deflate(before, FlushCompress::Sync), deflate(&part[..rest], FlushCompress::Sync)].concat();
    let first = deflate(&part, FlushCompress::Sync);
    let each = deflate(&part, FlushCompress::Sync);
    let end = deflate(after, FlushCompress::Finish);
    let sum = adler(adler_of_run(adler((1, 0), before), byte, count), after);
    let checksum =
        [u8::try_from(sum.1 >> 8), u8::try_from(sum.1 & 0xff), u8::try_from(sum.0 >> 8), u8::try_from(sum.0 & 0xff)];
    let checksum = checksum.map(|byte| byte.expect("a byte"));
    [vec![0x78, 0x01], begun, first, each.repeat(count / PART - 1), end, checksum.to_vec()].concat()
}

/// The largest prime below 65,536, by which zlib's checksum is taken.
const PRIME: u64 = 65_521;

/// zlib's checksum, continued over these bytes.
fn adler(sum: (u64, u64), bytes: &[u8]) -> (u64, u64) {
    bytes.iter().fold(sum, |(a, b), byte| {
        let a = (a + u64::from(*byte)) % PRIME;
        (a, (b + a) % PRIME)
    })
}

/// The same over so many times one byte.
fn adler_of_run((a, b): (u64, u64), byte: u8, count: usize) -> (u64, u64) {
    let (count, byte) = (u128::try_from(count).expect("a count"), u128::from(byte));
    let (a, b) = (u128::from(a), u128::from(b));
    let end = |number: u128| u64::try_from(number % u128::from(PRIME)).expect("below the prime");
    (end(a + count * byte), end(b + count * a + byte * (count * (count + 1) / 2)))
}

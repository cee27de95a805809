//! For each rule of section 2 a good commit is an entry, and each bad one has exactly that rule as its fault.

use super::*;
use crate::protocol::charter::Charter;
use crate::protocol::commit::with_signature;
use crate::protocol::file::Stance;
use crate::protocol::history::{History, Node};
use crate::protocol::id::{At, Name};
use crate::protocol::tree::Mode;
use crate::sim::world::key_of;
use crate::sim::{World, joined};

/// What somebody wrote last.
fn world_head(world: &World, name: &str) -> CommitId {
    world.head(name).expect("an entry")
}

#[track_caller]
fn well_formed(world: &World, commit: CommitId) {
    match world.judge(commit) {
        Ok(()) => {}
        Err(broken) => assert_eq!(broken.code, Code::Invalid, "{} {}", broken.rule, broken.why),
    }
}

/// The commit breaks this rule, is told with this code, and for this reason.
#[track_caller]
fn faulty(world: &World, commit: CommitId, code: Code, rule: &str, why: &str) {
    let broken = world.judge(commit).expect_err("a commit that is not an entry");
    assert_eq!((broken.code, broken.rule), (code, rule), "{}", broken.why);
    assert!(broken.why.contains(why), "{}", broken.why);
}

/// alice's abandon of (1, 0), unsigned, as text in which a test changes something.
fn abandon(world: &mut World) -> String {
    let (slot, file) = abandon_file();
    String::from_utf8(world.by("alice").unsigned(&slot, &file)).expect("text")
}

fn abandon_file() -> (Slot, File) {
    (Slot::Abandon(At::new(1, 0)), File { fields: Fields::Abandon, text: "Why.\n".to_owned() })
}

/// alice signs the text after `from` was replaced, once, by `to`.
fn signed_with(from: &str, to: &str) -> (World, CommitId) {
    let mut world = joined();
    let unsigned = abandon(&mut world);
    assert!(unsigned.contains(from), "{from:?} in {unsigned:?}");
    let changed = unsigned.replacen(from, to, 1);
    let commit = world.sign("alice", changed.as_bytes(), None);
    (world, commit)
}

#[test]
fn a_good_commit_is_an_entry() {
    let mut world = joined();
    let unsigned = abandon(&mut world);
    let commit = world.sign("alice", unsigned.as_bytes(), None);
    assert_eq!(world.judge(commit), Ok(()));
}

#[test]
fn commit_has_its_form() {
    for (from, to, why) in [
        ("author alice", "author  <alice", "expected NAME <EMAIL>"),
        ("\ncommitter", "\nencoding utf-8\ncommitter", "expected the `committer` line"),
        (" +0000\ncommitter", " +000\ncommitter", "an offset"),
        ("\n\nalice", "\n\nalice\u{7}", "U+0007"),
    ] {
        let (world, commit) = signed_with(from, to);
        faulty(&world, commit, Code::Malformed, "2.commit", why);
    }
    let mut world = joined();
    let long = abandon(&mut world).replacen("alice writes", &"x".repeat(70_000), 1);
    let commit = world.sign("alice", long.as_bytes(), None);
    faulty(&world, commit, Code::Malformed, "2.commit", "longer than 65536");
    let mut world = joined();
    let twice = abandon(&mut world);
    let parent = twice.lines().nth(1).expect("a parent").to_owned();
    let commit = world.sign("alice", twice.replacen("author", &format!("{parent}\nauthor"), 1).as_bytes(), None);
    faulty(&world, commit, Code::Malformed, "2.commit", "is named twice");
}

#[test]
fn commit_has_128_parents_at_most() {
    let mut world = World::new(100, 33).expect("a charter");
    world.joins_all();
    let mut cites = world.heads();
    let more: Vec<CommitId> = cites[1..30].to_vec();
    for (at, join) in more.iter().enumerate() {
        let name = format!("r{:03}", at + 2);
        cites.push(world.by(&name).on(*join).abandons(1, 0));
    }
    let everyone = world.by("r001").with_parents(&cites[..100]).acknowledges();
    assert_eq!(world.judge(everyone), Ok(()));
    // 100 joins, of which the first is the author's own, and 28 abandons: 128 parents, but of some there are two.
    let all = world.by("r001").with_parents(&cites[..128]).acknowledges();
    faulty(&world, all, Code::BadParent, "2.parent", "2 of its parents are entries of r029");
    let one_more = world.by("r001").with_parents(&cites[..129]).acknowledges();
    faulty(&world, one_more, Code::Malformed, "2.commit", "more than 128 parents");
}

#[test]
fn signature_faults_are_told_apart_in_order() {
    let mut world = joined();
    let unsigned = abandon(&mut world).into_bytes();
    let signature = SshSignature::sign(&key_of("alice"), &unsigned);
    let commit = world.publish("alice", unsigned.clone(), None);
    faulty(&world, commit, Code::Unsigned, "2.signature", "no signature");
    let armour = signature.armour();
    let odd = armour.replacen("SSH", "PGP", 1);
    let commit = world.publish("alice", with_signature(&unsigned, &odd), None);
    faulty(&world, commit, Code::BadSignature, "2.signature", "the signature begins with");
    let padded = armour.replacen("-----END", "\n-----END", 1);
    let commit = world.publish("alice", with_signature(&unsigned, &padded), None);
    faulty(&world, commit, Code::BadSignature, "2.signature", "canonical");
    let outsider = SshSignature::sign(&key_of("mallory"), &unsigned);
    let commit = world.publish("alice", with_signature(&unsigned, &outsider.armour()), None);
    faulty(&world, commit, Code::ForeignKey, "2.signature", "belongs to no researcher");
    // A foreign key is told before a signature that does not verify.
    let forged = SshSignature { key: outsider.key, ..signature };
    let commit = world.publish("alice", with_signature(&unsigned, &forged.armour()), None);
    faulty(&world, commit, Code::ForeignKey, "2.signature", "belongs to no researcher");
    let borrowed = SshSignature::sign(&key_of("bob"), &unsigned);
    let forged = SshSignature { key: signature.key, ..borrowed };
    let commit = world.publish("alice", with_signature(&unsigned, &forged.armour()), None);
    faulty(&world, commit, Code::BadSignature, "2.signature", "does not verify");
    let moved = SshSignature::sign(&key_of("alice"), b"something else");
    let commit = world.publish("alice", with_signature(&unsigned, &moved.armour()), None);
    faulty(&world, commit, Code::BadSignature, "2.signature", "does not verify");
}

#[test]
fn author_is_whose_key_signed() {
    // Whatever the author line says.
    let mut world = joined();
    let unsigned = abandon(&mut world);
    let renamed = unsigned.replace("alice <alice@example.invalid>", "Bob <bob@example.invalid>");
    let commit = world.sign("alice", renamed.as_bytes(), None);
    assert_eq!(world.judge(commit), Ok(()));
    // What bob signs is bob's, and alice's join is then not his newest entry.
    let commit = world.sign("bob", unsigned.as_bytes(), None);
    faulty(&world, commit, Code::BadParent, "2.parent", "is not bob's newest entry");
}

#[test]
fn parent_is_the_logs_newest_entry_or_genesis() {
    let mut world = joined();
    let genesis = world.genesis();
    let [alice, bob] = ["alice", "bob"].map(|name| world.head(name).expect("a join"));
    let second = world.by("alice").proposes(1, 0, "A.");
    let fork = world.by("alice").on(alice).abandons(1, 0);
    well_formed(&world, fork);
    let again = world.by("alice").with_parents(&[genesis]).abandons(1, 0);
    well_formed(&world, again);
    let rooted = world.by("alice").with_parents(&[genesis, bob]).abandons(1, 0);
    well_formed(&world, rooted);
    let seen = world.by("bob").citing(&[second]).acknowledges();
    let back = world.by("alice").with_parents(&[genesis, seen]).abandons(1, 0);
    faulty(&world, back, Code::BadParent, "2.parent", "first parent is genesis, but alice has entries in its past");
    let old = world.by("alice").with_parents(&[alice, seen]).abandons(1, 0);
    faulty(&world, old, Code::BadParent, "2.parent", "is not alice's newest entry in its past");
    let foreign = world.by("alice").with_parents(&[bob, second]).abandons(1, 0);
    faulty(&world, foreign, Code::BadParent, "2.parent", "is not alice's newest entry in its past");
    let followed = world.by("alice").with_parents(&[second, alice]).abandons(1, 0);
    faulty(&world, followed, Code::BadParent, "2.parent", "that another one there follows");
    let root = world.by("alice").with_parents(&[second, genesis]).abandons(1, 0);
    faulty(&world, root, Code::BadParent, "2.parent", "genesis is one of its further parents");
    let repair = world.by("alice").with_parents(&[second, fork]).abandons(1, 1);
    well_formed(&world, repair);
}

#[test]
fn tree_adds_one_file_at_a_slot() {
    let mut world = joined();
    let vote: &[u8] = b"---\nfor: 0123456789012345678901234567890123456789\n---\n";
    for (files, code, why) in [
        (vec![("README.md", Mode::File, vote)], Code::BadTree, "not a slot"),
        (vec![("steps/0001/r0/abandon.md", Mode::Executable, vote)], Code::BadTree, "another mode than 100644"),
        (
            vec![("steps/0001/r0/abandon.md", Mode::File, vote), ("steps/0001/r0/vote.md", Mode::File, vote)],
            Code::BadTree,
            "more than one file",
        ),
        (vec![("join.md", Mode::File, vote)], Code::Rewrite, "\"join.md\", which the log held"),
        (vec![("charter.yaml", Mode::File, vote)], Code::Rewrite, "\"charter.yaml\", which the log held"),
    ] {
        let mut world = world.clone();
        let commit = world.by("alice").files(&files);
        faulty(&world, commit, code, "2.tree", why);
    }
    // Genesis's tree again: the join is gone.
    let unsigned = abandon(&mut world);
    let empty = world.tree(&world.files(world.genesis()));
    let commit = world.sign("alice", unsigned.replacen(&unsigned[5..45], &empty.to_string(), 1).as_bytes(), None);
    faulty(&world, commit, Code::Rewrite, "2.tree", "\"join.md\", which the log held");
}

#[test]
fn tree_of_a_repair_is_the_union_of_the_branches() {
    let mut world = joined();
    let join = world.head("alice").expect("a join");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let left = world.by("alice").on(join).abandons(1, 0);
    let repaired = world.by("alice").with_parents(&[proposal, left]).acknowledges();
    assert_eq!(world.judge(repaired), Ok(()));
    let tree_of_one = world.commit(proposal).expect("a commit").tree;
    let unsigned = world.by("alice").with_parents(&[proposal, left]).unsigned(&abandon_file().0, &abandon_file().1);
    let text = String::from_utf8(unsigned).expect("text");
    let commit = world.sign("alice", text.replacen(&text[5..45], &tree_of_one.to_string(), 1).as_bytes(), None);
    faulty(&world, commit, Code::Rewrite, "2.tree", "\"steps/0001/r0/abandon.md\", which the log held");
    let other = world.by("alice").on(join).proposes(1, 0, "Another.");
    let no_union = world.by("alice").with_parents(&[proposal, other]).acknowledges();
    faulty(&world, no_union, Code::Rewrite, "2.tree", "\"steps/0001/r0/proposal.md\", which the log held");
}

#[test]
fn acknowledgement_cites_something_new() {
    let mut world = joined();
    let [join, bob] = ["alice", "bob"].map(|name| world_head(&world, name));
    let alone = world.by("alice").acknowledges();
    faulty(&world, alone, Code::BadParent, "2.acknowledgement", "adds no file and cites nobody");
    let good = world.by("alice").on(join).citing(&[bob]).acknowledges();
    assert_eq!(world.judge(good), Ok(()));
    let again = world.by("alice").with_parents(&[good, bob]).acknowledges();
    faulty(&world, again, Code::BadParent, "2.acknowledgement", "cites nothing that its log had not seen");
    let carol = world.head("carol").expect("an entry");
    let mixed = world.by("alice").with_parents(&[good, bob, carol]).acknowledges();
    assert_eq!(world.judge(mixed), Ok(()));
}

#[test]
fn content_has_its_slots_form_and_names_ancestors() {
    let mut world = joined();
    let proposal = world.by("bob").proposes(1, 0, "B.");
    let path = "steps/0001/r0/vote.md";
    let vote = |target: CommitId| format!("---\nfor: {target}\n---\n").into_bytes();
    for (bytes, why) in [
        (b"no header\n".to_vec(), "line 1"),
        (vote(proposal), "which is not among its ancestors"),
        (vote(CommitId(ObjectId::from_bytes([9; 20]))), "which is not among its ancestors"),
        (vec![b'x'; FILE_MAX + 1], "the file is longer than 262144 bytes"),
        (b"---\nfor: \xff\n---\n".to_vec(), "not UTF-8"),
    ] {
        let mut world = world.clone();
        let commit = world.by("alice").files(&[(path, Mode::File, &bytes)]);
        faulty(&world, commit, Code::BadContent, "2.content", why);
    }
    let genesis = vote(world.genesis());
    let commit = world.by("carol").files(&[(path, Mode::File, &genesis)]);
    well_formed(&world, commit);
    let seen = vote(proposal);
    let commit = world.by("dave").citing(&[proposal]).files(&[(path, Mode::File, &seen)]);
    assert_eq!(world.judge(commit), Ok(()));
}

#[test]
fn content_of_a_charter_block_is_a_charter() {
    let mut world = joined();
    let good = format!("Join us.\n\n```charter\n{}```", world.charter().print());
    let commit = world.by("alice").proposes(1, 0, &good);
    assert_eq!(world.judge(commit), Ok(()));
    let bad = good.replacen("bicker: 1", "bicker: 2", 1);
    let commit = world.by("bob").proposes(1, 0, &bad);
    faulty(&world, commit, Code::BadContent, "2.content", "its charter block");
    let open = good.trim_end_matches("```").to_owned();
    let commit = world.by("carol").proposes(1, 0, &open);
    assert_eq!(world.judge(commit).expect_err("a block without end").rule, "2.content");
}

#[test]
fn seal_binds_parents_and_file() {
    let digest = Digest::of(b"another").hex();
    let (world, commit) = signed_with("Bicker-Seal: ", "Bicker-Sea1: ");
    faulty(&world, commit, Code::BadSeal, "2.seal", "the last line of the message is not");
    let mut world = joined();
    let unsigned = abandon(&mut world);
    let at = unsigned.rfind("sha256:").expect("a seal") + "sha256:".len();
    let commit = world.sign("alice", format!("{}{digest}\n", &unsigned[..at]).as_bytes(), None);
    faulty(&world, commit, Code::BadSeal, "2.seal", "the seal is sha256:");
    // The right seal for the parents in another order.
    let [bob, carol] = ["bob", "carol"].map(|name| world.head(name).expect("a join"));
    let (slot, file) = abandon_file();
    let own = world_head(&world, "dave");
    let one = world.by("dave").with_parents(&[own, bob, carol]).unsigned(&slot, &file);
    let text = String::from_utf8(one).expect("text");
    let swapped = text.replacen(&format!("parent {bob}\nparent {carol}"), &format!("parent {carol}\nparent {bob}"), 1);
    assert_ne!(text, swapped);
    let commit = world.sign("dave", swapped.as_bytes(), None);
    faulty(&world, commit, Code::BadSeal, "2.seal", "the seal is sha256:");
}

#[test]
fn faults_are_told_in_the_order_of_the_rules() {
    // Signature before parent before tree before content before seal: each bad commit has all later faults too.
    let mut world = joined();
    let bob = world_head(&world, "bob");
    let alice = world_head(&world, "alice");
    let mut rules = Vec::new();
    for (parents, path, bytes) in [
        (vec![bob], "README.md", "no header"),
        (vec![alice], "README.md", "no header"),
        (vec![alice], "steps/0001/r0/vote.md", "no header"),
        (vec![alice], "steps/0001/r0/abandon.md", "---\n---\n"),
    ] {
        let commit = world.by("alice").with_parents(&parents).files(&[(path, Mode::File, bytes.as_bytes())]);
        let raw = Commit::parse(&raw_of(&world, commit)).expect("a commit");
        let unsigned = Commit::unsigned(raw.tree, &raw.parents, &raw.author, &raw.committer, "Without a seal\n");
        let commit = world.sign("alice", &unsigned, None);
        rules.push(world.judge(commit).expect_err("a fault").rule);
    }
    assert_eq!(rules, ["2.parent", "2.tree", "2.content", "2.seal"]);
}

fn raw_of(world: &World, commit: CommitId) -> Vec<u8> {
    match world.store().read(commit.0, ObjectKind::Commit, 1 << 20).expect("a store in memory") {
        Object::Found(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_about_to_be_signed_is_judged_without_a_signature() {
    let mut world = joined();
    let unsigned = abandon(&mut world);
    let mut history = History::new(Charter::clone(world.charter()));
    for commit in world.commits() {
        history.extend(world.store(), commit).expect("a store in memory");
    }
    let index = &mut history.index;
    let alice = index.author(&Name::parse("alice").expect("a name")).expect("a researcher");
    let id = CommitId(ObjectId::from_bytes([1; 20]));
    let mut judged = |signer| check(index, world.store(), id, unsigned.as_bytes(), signer).expect("a store in memory");
    assert!(matches!(judged(Signer::AboutToSign(alice)), Checked::Entry(entry) if entry.author == alice));
    let unsigned_fault = |fault: &Fault| fault.code == Code::Unsigned;
    assert!(matches!(judged(Signer::Signature), Checked::Fault(fault) if unsigned_fault(&fault)));
}

#[test]
fn without_an_object_a_commit_is_neither_entry_nor_fault() {
    let mut world = joined();
    let unsigned = abandon(&mut world);
    let nowhere = ObjectId::from_bytes([5; 20]).to_string();
    let commit = world.sign("alice", unsigned.replacen(&unsigned[5..45], &nowhere, 1).as_bytes(), None);
    let mut history = History::new(world.charter().clone());
    history.extend(world.store(), commit).expect("a store in memory");
    assert!(matches!(history.node(commit), Some(Node::Incomplete(_))));
}

#[test]
fn an_entrys_body_says_what_its_file_says() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let criticism = world.by("bob").criticises(proposal);
    let mut history = History::new(world.charter().clone());
    history.extend(world.store(), criticism).expect("a store in memory");
    let of = history.index.find(proposal);
    let found = history.index.find(criticism).map(|at| history.index.entry(at).body.clone());
    assert_eq!(found, Some(Body::Criticism { of, stance: Stance::Suggest }));
}

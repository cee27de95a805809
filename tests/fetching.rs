//! Fetching from real git repositories: what each kind of remote comes to, and that nothing lingers.

mod git_world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use bicker::git::cache::Taken;
use bicker::git::fetch::{Limits, Outcome, Source, fetch_all};
use bicker::git::staging::Staging;
use bicker::protocol::id::{CommitId, Name};
use git_world::{World, comes_true, fetch_one, id, name, somebody_runs, take_in};

fn is_refused(outcome: &Outcome, at: Option<CommitId>, word: &str) -> bool {
    matches!(outcome, Outcome::Refused { head, why } if *head == at && why.contains(word))
}

#[test]
fn a_head_is_shown_recorded_and_pinned_as_the_log_grows() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    assert_eq!(world.fetch("alice"), Outcome::Shown(Some(first)));
    let second = world.commit("alice", Some(first), b"more");
    world.point("alice", second);
    assert_eq!(world.fetch("alice"), Outcome::Shown(Some(second)));
    assert_eq!(world.fetch("alice"), Outcome::Shown(Some(second)));
    assert_eq!(world.shown("alice"), Some(second));
    let mut both = vec![first, second];
    both.sort();
    assert_eq!(world.pins("alice"), both);
    assert!(world.holds(first) && world.holds(second));
}

#[test]
fn only_what_is_new_is_transferred() {
    let world = World::new();
    let noise: Vec<u8> = (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    world.init("alice");
    let first = world.commit("alice", None, &noise);
    world.point("alice", first);
    assert_eq!(world.fetch("alice"), Outcome::Shown(Some(first)));
    let second = world.commit("alice", Some(first), b"small");
    world.point("alice", second);
    let limits = Limits { max_bytes: 4096, ..Limits::default() };
    assert_eq!(world.fetch_within("alice", &limits), Outcome::Shown(Some(second)));
}

#[test]
fn many_packs_become_one_and_nothing_is_lost() {
    let world = World::new();
    let mut heads = vec![world.remote_with_one("alice")];
    for n in 0..52_u8 {
        world.fetch("alice");
        heads.push(world.commit("alice", heads.last().copied(), &[n]));
        world.point("alice", heads[heads.len() - 1]);
    }
    assert!(world.packs() > 100);
    world.cache.tidy();
    assert!(world.packs() < 5, "{}", world.packs());
    heads.pop();
    assert!(heads.into_iter().all(|head| world.holds(head)));
}

#[test]
fn packs_are_put_together_only_when_nobody_reads_and_not_again_and_again() {
    let world = World::new();
    let head = world.remote_with_one("alice");
    world.fetch("alice");
    // Copies of one pack under other names are packs like any other.
    let folder = world.cache.path().join("objects/pack");
    let files: Vec<_> = fs::read_dir(&folder).expect("listed").map(|file| file.expect("a file").path()).collect();
    for n in 0..60 {
        for file in &files {
            let end = file.extension().and_then(|end| end.to_str()).expect("an end");
            fs::copy(file, folder.join(format!("pack-{n:040}.{end}"))).expect("copied");
        }
    }
    let many = world.packs();
    let held = world.cache.held(Duration::ZERO).expect("free");
    world.cache.tidy();
    assert_eq!(world.packs(), many, "somebody reads");
    drop(held);
    // A pin whose commit nobody has: git cannot put the packs together.
    let lost = world.cache.path().join("refs/bicker/pin/alice").join("1".repeat(40));
    fs::write(&lost, format!("{}\n", "1".repeat(40))).expect("written");
    world.cache.tidy();
    assert_eq!(world.packs(), many, "git could not");
    fs::remove_file(lost).expect("removed");
    world.cache.tidy();
    assert_eq!(world.packs(), many, "there are not twice as many by now");
    fs::remove_file(world.cache.path().join("bicker-tidied")).expect("removed");
    world.cache.tidy();
    assert!(world.packs() < 5 && world.holds(head), "{}", world.packs());
}

#[test]
fn a_file_url_is_a_transport_like_any_other() {
    let world = World::new();
    let head = world.remote_with_one("alice");
    let source = Source { url: format!("file://{}", world.remote("alice").display()), ..world.source("alice") };
    assert_eq!(fetch_one(&world.cache, source, &Limits::default()), Outcome::Shown(Some(head)));
    assert!(world.packs() > 0);
}

#[test]
fn a_remote_without_the_branch_shows_none() {
    let world = World::new();
    world.init("alice");
    assert_eq!(world.fetch("alice"), Outcome::Shown(None));
    let head = world.commit("alice", None, b"x");
    world.git("alice", &["update-ref", "refs/heads/x/refs/heads/main", &head.to_string()], b"");
    assert_eq!(world.fetch("alice"), Outcome::Shown(None));
}

#[test]
fn a_deleted_branch_leaves_its_evidence() {
    let world = World::new();
    let head = world.remote_with_one("alice");
    world.fetch("alice");
    world.git("alice", &["update-ref", "-d", "refs/heads/main"], b"");
    assert_eq!(world.fetch("alice"), Outcome::Shown(None));
    assert_eq!(world.shown("alice"), None);
    assert_eq!(world.pins("alice"), [head]);
}

#[test]
fn a_branch_forced_back_shows_the_new_head_and_keeps_both() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    let second = world.commit("alice", Some(first), b"second");
    let other = world.commit("alice", Some(first), b"other");
    let mut all = vec![first, second, other];
    all.sort();
    for head in [second, first, other] {
        world.point("alice", head);
        assert_eq!(world.fetch("alice"), Outcome::Shown(Some(head)));
    }
    assert_eq!(world.pins("alice"), all);
    assert_eq!(world.shown("alice"), Some(other));
}

#[test]
fn a_remote_that_is_not_there_is_unreachable_and_changes_nothing() {
    let world = World::new();
    let head = world.remote_with_one("alice");
    world.fetch("alice");
    fs::remove_dir_all(world.remote("alice")).expect("removed");
    assert!(matches!(world.fetch("alice"), Outcome::Unreachable(why) if why.contains("does not appear")));
    assert_eq!(world.shown("alice"), Some(head));
}

#[test]
fn a_branch_that_is_no_commit_is_refused() {
    let world = World::new();
    let head = world.remote_with_one("alice");
    let tag = format!("object {head}\ntype commit\ntag t\ntagger a <x@y> 1 +0000\n\nt\n");
    let tag = world.git("alice", &["hash-object", "-w", "-t", "tag", "--stdin"], tag.as_bytes());
    let tree = world.git("alice", &["rev-parse", "main^{tree}"], b"");
    for (object, word) in [(tag, "is a tag"), (tree, "is a tree")] {
        fs::write(world.remote("alice").join("refs/heads/main"), format!("{object}\n")).expect("written");
        let outcome = world.fetch("alice");
        assert!(is_refused(&outcome, Some(id(&object)), word), "{outcome:?}");
    }
    assert!(world.pins("alice").is_empty());
}

#[test]
fn a_shallow_remote_is_refused() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    let second = world.commit("alice", Some(first), b"second");
    world.point("alice", second);
    fs::write(world.remote("alice").join("shallow"), format!("{second}\n")).expect("written");
    let outcome = world.fetch("alice");
    assert!(is_refused(&outcome, Some(second), "shallow"), "{outcome:?}");
}

#[test]
fn a_remote_that_holds_back_objects_is_refused() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    let second = world.commit("alice", Some(first), b"second");
    world.point("alice", second);
    // With a graft the remote believes that the second commit has no parent, and does not send it.
    fs::create_dir_all(world.remote("alice").join("info")).expect("made");
    fs::write(world.remote("alice").join("info/grafts"), format!("{second}\n")).expect("written");
    let outcome = world.fetch("alice");
    assert!(is_refused(&outcome, Some(second), "did not send"), "{outcome:?}");
    assert!(!world.holds(second), "what was refused is not kept");
}

#[test]
fn a_remote_whose_disk_is_damaged_is_unreachable() {
    let world = World::new();
    world.remote_with_one("alice");
    let blob = world.git("alice", &["rev-parse", "main:file"], b"");
    fs::remove_file(world.remote("alice").join("objects").join(&blob[..2]).join(&blob[2..])).expect("removed");
    assert!(matches!(world.fetch("alice"), Outcome::Unreachable(_)));
}

#[test]
fn a_remote_in_another_object_format_is_refused() {
    let world = World::new();
    world.git("alice", &["init", "-q", "--bare", "-b", "main", "--object-format=sha256"], b"");
    let tree = world.git("alice", &["mktree"], b"");
    let head = world.git("alice", &["commit-tree", &tree, "-m", "x"], b"");
    world.git("alice", &["update-ref", "refs/heads/main", &head], b"");
    let outcome = world.fetch("alice");
    assert!(is_refused(&outcome, None, "sha1"), "{outcome:?}");
}

#[test]
fn limits_refuse_a_transfer_and_say_so() {
    let world = World::new();
    let noise: Vec<u8> = (0..50_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    world.init("alice");
    let mut head = world.commit("alice", None, &noise);
    for text in ["a", "b", "c"] {
        head = world.commit("alice", Some(head), text.as_bytes());
    }
    world.point("alice", head);
    let outcome = world.fetch_within("alice", &Limits { max_bytes: 20_000, ..Limits::default() });
    assert!(is_refused(&outcome, Some(head), "--max-bytes"), "{outcome:?}");
    let outcome = world.fetch_within("alice", &Limits { max_entries: 3, ..Limits::default() });
    assert!(is_refused(&outcome, Some(head), "--max-entries"), "{outcome:?}");
    assert_eq!(world.packs(), 0);
    let four = Limits { max_entries: 4, ..Limits::default() };
    assert_eq!(world.fetch_within("alice", &four), Outcome::Shown(Some(head)));
    let next = world.commit("alice", Some(head), b"d");
    world.point("alice", next);
    let one = Limits { max_entries: 1, ..Limits::default() };
    assert_eq!(world.fetch_within("alice", &one), Outcome::Shown(Some(next)), "what is pinned is not new");
}

#[test]
fn an_honest_remote_is_not_blamed_for_the_bulk_of_another() {
    let world = World::new();
    let zoe = world.remote("zoe");
    let longer = |head: Option<CommitId>| {
        let head = (0..20).fold(head, |head, n| Some(world.commit("zoe", head, &[n])));
        world.point("zoe", head.expect("a head"));
    };
    let cite = |who: &str| {
        world.git(who, &["fetch", "-q", zoe.to_str().expect("a path"), "+main:zoe"], b"");
        let zoe = id(&world.git(who, &["rev-parse", "zoe"], b""));
        let head = world.commit(who, Some(zoe), who.as_bytes());
        world.point(who, head);
    };
    world.init("zoe");
    longer(None);
    // All of them cite all of it, and there are more of them than are asked at once: some have answered before zoe is
    // asked at all.
    let honest: Vec<String> = (0..10).map(|n| format!("r{n}")).collect();
    honest.iter().for_each(|who| world.init(who));
    honest.iter().for_each(|who| cite(who));
    let sources: Vec<Source> = honest.iter().map(String::as_str).chain(["zoe"]).map(|who| world.source(who)).collect();
    let fetch = |sources: &[Source], max_entries| {
        let limits = Limits { max_entries, ..Limits::default() };
        take_in(&world.cache, sources, &limits, true).into_values().collect::<Vec<_>>()
    };
    let over = |outcome: &Outcome| matches!(outcome, Outcome::Refused { head: Some(_), why } if why.contains("19 new"));
    let outcomes = fetch(&sources, 19);
    assert!(outcomes.iter().all(over), "{outcomes:?}");
    let shown = |outcome: &Outcome| matches!(outcome, Outcome::Shown(Some(_)));
    let outcomes = fetch(&sources, 20);
    assert!(outcomes.iter().all(shown), "{outcomes:?}");

    // What zoe has shown some other day counts for nothing either.
    longer(world.shown("zoe"));
    assert!(fetch(&[world.source("zoe")], 20).iter().all(shown));
    cite("r0");
    assert!(fetch(&[world.source("r0")], 1).iter().all(shown));
}

#[test]
fn nobody_is_blamed_for_the_bytes_of_another_whoever_answers_first() {
    let world = World::new();
    let noise = |seed: u32| -> Vec<u8> {
        (0..50_000_u32).flat_map(|n| (n + seed).wrapping_mul(2_654_435_761).to_le_bytes()).collect()
    };
    let zoe = world.remote("zoe");
    world.init("zoe");
    let theirs = world.commit("zoe", None, &noise(0));
    world.point("zoe", theirs);
    world.init("alice");
    world.git("alice", &["fetch", "-q", zoe.to_str().expect("a path"), "main"], b"");
    let head = world.commit("alice", Some(theirs), &noise(1_000_000));
    world.point("alice", head);
    // Each has 200 KB of their own, and alice those of zoe, too.
    let limits = Limits { max_bytes: 300_000, ..Limits::default() };
    assert!(is_refused(&world.fetch_within("alice", &limits), Some(head), "--max-bytes"));
    for order in [["alice", "zoe"], ["zoe", "alice"]] {
        let cache = World::new();
        let outcomes = take_in(&cache.cache, &order.map(|who| world.source(who)), &limits, true);
        assert!(outcomes.values().all(|outcome| matches!(outcome, Outcome::Shown(Some(_)))), "{outcomes:?}");
    }
}

#[test]
fn what_is_no_entry_stays_until_the_next_answer_and_fills_no_gap() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    let show = || take_in(&world.cache, &[world.source("alice")], &Limits::default(), false).remove(&name("alice"));
    let kept = || world.cache.held(Duration::ZERO).expect("free").kept.len();
    for _ in 0..2 {
        assert_eq!(show(), Some(Outcome::Shown(Some(first))));
        assert_eq!((world.shown("alice"), kept(), world.holds(first)), (Some(first), 1, false));
        let showing = world.cache.showing(&name("alice")).expect("opened");
        assert!(showing.find_commit(first.to_string().parse().expect("an id")).is_ok());
    }
    // The next head builds on it, but the remote does not send it any more.
    let second = world.commit("alice", Some(first), b"second");
    world.point("alice", second);
    fs::create_dir_all(world.remote("alice").join("info")).expect("made");
    fs::write(world.remote("alice").join("info/grafts"), format!("{second}\n")).expect("written");
    let outcome = show().expect("an outcome");
    assert!(is_refused(&outcome, Some(second), "did not send"), "{outcome:?}");
    fs::remove_file(world.remote("alice").join("info/grafts")).expect("removed");
    world.git("alice", &["update-ref", "-d", "refs/heads/main"], b"");
    assert_eq!(show(), Some(Outcome::Shown(None)));
    assert_eq!((world.shown("alice"), kept()), (None, 0));
    drop(world.cache.lock(Duration::ZERO).expect("free"));
    assert_eq!(fs::read_dir(world.cache.path().join("incoming")).expect("listed").count(), 0);
}

#[test]
fn only_what_entries_need_comes_into_the_cache() {
    let world = World::new();
    let head = world.remote_with_one("alice");
    let junk = world.commit("alice", Some(head), b"junk");
    world.point("alice", junk);
    let held = world.cache.held(Duration::ZERO).expect("free");
    let mut fetched = fetch_all(&world.cache, &held, &[], &[world.source("alice")], &Limits::default(), &|_| {});
    let taken = Taken {
        shown: BTreeMap::from([(name("alice"), Some((junk, true)))]),
        pins: BTreeSet::from([(name("alice"), head)]),
        redundant: BTreeSet::new(),
    };
    world.cache.keep(&taken, &mut fetched.came, &[], Duration::ZERO).expect("kept");
    assert!(world.holds(head) && !world.holds(junk));
    assert_eq!(world.pins("alice"), [head]);
}

#[test]
fn a_transfer_is_cleared_away_only_when_nobody_works_with_it() {
    let world = World::new();
    let mine = Staging::new(world.cache.path()).expect("made");
    let dead = world.cache.path().join("incoming/from-dead");
    fs::create_dir_all(dead.join("objects")).expect("made");
    drop(world.cache.lock(Duration::ZERO).expect("free"));
    assert!(mine.path().exists() && !dead.exists());
}

#[test]
fn odd_objects_do_not_stop_a_transfer() {
    let world = World::new();
    let first = world.remote_with_one("alice");
    let tree = world.git("alice", &["rev-parse", "main^{tree}"], b"");
    let odd = format!("tree {tree}\nparent {first}\nhello world\n\nno author at all\n");
    let odd = world.git("alice", &["hash-object", "-w", "-t", "commit", "--literally", "--stdin"], odd.as_bytes());
    fs::write(world.remote("alice").join("refs/heads/main"), format!("{odd}\n")).expect("written");
    assert_eq!(world.fetch("alice"), Outcome::Shown(Some(id(&odd))));
    assert!(world.holds(first) && world.holds(id(&odd)));
}

#[test]
fn replacements_are_not_fetched_and_not_believed() {
    let world = World::new();
    let head = world.remote_with_one("alice");
    let other = world.commit("alice", None, b"other");
    world.git("alice", &["replace", &head.to_string(), &other.to_string()], b"");
    assert_eq!(world.fetch("alice"), Outcome::Shown(Some(head)));
    assert!(world.holds(head) && !world.holds(other));
    let references = world.cache.repository().references_glob("refs/replace/*").expect("listed");
    assert_eq!(references.count(), 0);
}

#[test]
fn ten_remotes_are_fetched_side_by_side() {
    let world = World::new();
    let names: Vec<String> = (0..10).map(|n| format!("r{n}")).collect();
    let mut expected: BTreeMap<Name, Outcome> =
        names.iter().map(|who| (name(who), Outcome::Shown(Some(world.remote_with_one(who))))).collect();
    let mut sources: Vec<Source> = names.iter().map(|who| world.source(who)).collect();
    sources.push(world.source("gone"));
    let heard = Mutex::new(BTreeSet::new());
    let held = world.cache.held(Duration::ZERO).expect("free");
    let fetched = fetch_all(&world.cache, &held, &[], &sources, &Limits::default(), &|name| {
        heard.lock().expect("not poisoned").insert(name.clone());
    });
    let outcomes = fetched.outcomes;
    expected.insert(name("gone"), outcomes[&name("gone")].clone());
    assert!(matches!(outcomes[&name("gone")], Outcome::Unreachable(_)));
    assert_eq!(outcomes, expected);
    assert_eq!(heard.into_inner().expect("not poisoned"), expected.into_keys().collect());
    assert_eq!(fetched.came.len(), 10);
    assert_eq!(world.packs(), 0, "nothing is in the cache before it is judged");
    assert!(fetch_all(&world.cache, &held, &[], &[], &Limits::default(), &|_| {}).outcomes.is_empty());
}

#[test]
fn a_remote_that_never_answers_is_given_up_and_leaves_no_process() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let limits = Limits { timeout: Duration::from_secs(1), ..Limits::default() };
    for url in [format!("git://127.0.0.1:{port}/x.git"), format!("ssh://nobody@127.0.0.1:{port}/x.git")] {
        let outcome = fetch_one(&world.cache, Source { url, ..world.source("alice") }, &limits);
        assert!(matches!(outcome, Outcome::Unreachable(_)), "{outcome:?}");
        // What was killed is gone a moment later.
        let runs = || somebody_runs(&format!("127.0.0.1:{port}/")) || somebody_runs(&format!("-p\0{port}\0"));
        assert!(comes_true(|| !runs()), "{outcome:?}");
    }
}

#[test]
fn who_said_nothing_is_asked_shortly_until_they_answer() {
    let world = World::new();
    world.remote_with_one("alice");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("git://{}/x.git", listener.local_addr().expect("an address"));
    let silent = Source { url, ..world.source("alice") };
    let second = Duration::from_secs(1);
    let why = |limits: &Limits| match fetch_one(&world.cache, silent.clone(), limits) {
        Outcome::Unreachable(why) => why,
        outcome => panic!("{outcome:?}"),
    };
    let told = why(&Limits { timeout: second, ..Limits::default() });
    assert_eq!(told, "not done within 1 seconds");
    assert!(world.cache.was_silent(&name("alice")));
    let told = why(&Limits { silence: second, ..Limits::default() });
    assert!(told.contains("said nothing the last time") && told.contains("--timeout SECONDS"), "{told}");
    world.cache.note_answer(&name("alice"));
    assert!(!world.cache.was_silent(&name("alice")));
}

#[test]
fn a_connection_that_breaks_off_is_unreachable() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    let source = Source { url: format!("git://127.0.0.1:{port}/x.git"), ..world.source("alice") };
    assert!(matches!(fetch_one(&world.cache, source, &Limits::default()), Outcome::Unreachable(_)));
}

#[test]
fn a_transport_outside_the_list_never_runs() {
    let world = World::new();
    let proof = world.dir.path().join("ran");
    for url in [format!("ext::touch {}", proof.display()), "http://127.0.0.1:1/x".to_owned()] {
        let outcome = fetch_one(&world.cache, Source { url, ..world.source("alice") }, &Limits::default());
        assert!(matches!(&outcome, Outcome::Unreachable(why) if why.contains("not allowed")), "{outcome:?}");
    }
    assert!(!proof.exists());
}

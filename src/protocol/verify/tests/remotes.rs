//! What a verification says of remotes: what they serve, what they hold back, and what could not be had.

use super::*;
use crate::protocol::id::ObjectId;
use crate::protocol::object::{Memory, Object, ObjectKind};
use crate::protocol::tree::Mode;

/// A store that lacks some objects.
struct Without<'a>(&'a Memory, &'a [ObjectId]);

impl Objects for Without<'_> {
    fn read(&self, id: ObjectId, kind: ObjectKind, limit: usize) -> Result<Object, Trouble> {
        if self.1.contains(&id) { Ok(Object::Missing) } else { self.0.read(id, kind, limit) }
    }
}

fn verified_without(world: &World, seen: &Seen, lacking: &[ObjectId]) -> Verification {
    let store = Without(world.store(), lacking);
    verify(world.charter().clone(), seen.clone(), &store).expect("a store in memory")
}

#[test]
fn remotes_that_cannot_be_had_leave_it_incomplete() {
    let mut world = joined();
    let mut seen = world.see_all();
    seen.remotes.insert(name("dave"), Remote::Unreachable);
    let verification = verified(&world, &seen);
    assert_eq!(told(&verification), [finding("unreachable", "dave", &[])]);
    assert_eq!(verification.verdict, Verdict::Incomplete);
    // Nothing that cannot be had turns a violation into something else.
    let bad = world.by("bob").abandons(5, 0);
    seen.remotes.insert(name("bob"), Remote::Shown(Some(bad)));
    assert_eq!(verified(&world, &seen).verdict, Verdict::Violations);
}

#[test]
fn a_refused_transfer_is_an_error_with_the_head_advertised() {
    let world = joined();
    let daves = head(&world, "dave");
    let mut seen = world.see_all();
    seen.remotes.insert(name("dave"), Remote::Refused { head: Some(daves), why: "too much".to_owned() });
    let verification = verified(&world, &seen);
    assert_eq!(told(&verification), [finding("refused", "dave", &[daves])]);
    assert_eq!(verification.verdict, Verdict::Violations);
    // What was had before still counts, and is no rewind.
    seen.pins.insert(daves);
    let verification = verified(&world, &seen);
    assert_eq!(told(&verification), [finding("refused", "dave", &[daves])]);
    assert_eq!(verification.history.index.entries().count(), 4);
}

#[test]
fn a_remote_may_show_another_researchers_log() {
    let world = joined();
    let alices = head(&world, "alice");
    let mut seen = world.see_all();
    seen.remotes.insert(name("dave"), Remote::Shown(Some(alices)));
    assert_eq!(told(&verified(&world, &seen)), [finding("wrong-log", "dave", &[alices])]);
    seen.pins.insert(head(&world, "dave"));
    let expected = [finding("wrong-log", "dave", &[alices]), finding("rewind", "dave", &[head(&world, "dave")])];
    assert_eq!(told(&verified(&world, &seen)), expected);
}

#[test]
fn a_remote_may_belong_to_another_group() {
    let mut world = joined();
    let stranger = World::new(7, 2).expect("a charter");
    let genesis = stranger.genesis();
    let Object::Found(raw) = stranger.store().read(genesis.0, ObjectKind::Commit, 1_000).expect("a store") else {
        panic!("a genesis");
    };
    world.keep(ObjectKind::Commit, raw);
    let join = head(&world, "dave");
    let mixed = world.by("dave").with_parents(&[join, genesis]).acknowledges();
    let mut seen = world.see_all();
    for shown in [genesis, mixed] {
        seen.remotes.insert(name("dave"), Remote::Shown(Some(shown)));
        assert_eq!(told(&verified(&world, &seen)), [finding("charter-mismatch", "dave", &[genesis])]);
    }
}

#[test]
fn a_remote_that_shows_less_than_was_seen_is_rewound() {
    let mut world = joined();
    let join = head(&world, "dave");
    let first = world.by("dave").abandons(1, 0);
    let second = world.by("dave").seeing_all().acknowledges();
    let mut seen = world.see_all();
    let shows = |seen: &mut Seen, head: Option<CommitId>| seen.remotes.insert(name("dave"), Remote::Shown(head));
    // Nobody has seen the newer entries: that is not known to be a rewind.
    shows(&mut seen, Some(join));
    assert_eq!(told(&verified(&world, &seen)), []);
    // A pin shows them.
    seen.pins.insert(second);
    assert_eq!(told(&verified(&world, &seen)), [finding("rewind", "dave", &[second])]);
    shows(&mut seen, Some(first));
    assert_eq!(told(&verified(&world, &seen)), [finding("rewind", "dave", &[second])]);
    shows(&mut seen, None);
    assert_eq!(told(&verified(&world, &seen)), [finding("rewind", "dave", &[second])]);
    shows(&mut seen, Some(second));
    assert_eq!(told(&verified(&world, &seen)), []);
    seen.remotes.insert(name("dave"), Remote::Unreachable);
    assert_eq!(told(&verified(&world, &seen)), [finding("unreachable", "dave", &[])]);
    // Another's past shows them.
    seen.pins.clear();
    let alices = world.by("alice").citing(&[second]).acknowledges();
    seen.remotes.insert(name("alice"), Remote::Shown(Some(alices)));
    shows(&mut seen, Some(join));
    assert_eq!(told(&verified(&world, &seen)), [finding("rewind", "dave", &[second])]);
}

#[test]
fn what_is_not_yet_published_is_no_rewind() {
    let mut world = joined();
    let seen = world.see_all();
    let local = world.by("dave").abandons(1, 0);
    let seen = Seen { local: Some(local), ..seen };
    let verification = verified(&world, &seen);
    assert_eq!(told(&verification), []);
    assert_eq!(verification.history.index.entries().count(), 5);
}

#[test]
fn a_commit_that_is_no_entry_is_told_of_the_first_remote_that_serves_it() {
    let mut world = joined();
    let join = head(&world, "dave");
    let bad = world.by("dave").files(&[("README.md", Mode::File, b"x")]);
    let seen = world.see_all();
    assert_eq!(told(&verified(&world, &seen)), [finding("bad-tree", "dave", &[bad])]);
    let carols = world.by("carol").citing(&[bad]).acknowledges();
    let mut seen = world.see_all();
    assert_eq!(told(&verified(&world, &seen)), [finding("bad-tree", "carol", &[bad])]);
    // Behind a remote that shows it no longer, it is not told: anyone could have made it.
    seen.remotes.insert(name("dave"), Remote::Shown(Some(join)));
    seen.remotes.insert(name("carol"), Remote::Shown(world.commit(carols).map(|commit| commit.parents[0])));
    seen.pins.extend([bad, carols]);
    assert_eq!(told(&verified(&world, &seen)), []);
}

#[test]
fn a_missing_object_is_told_of_the_remote_that_needs_it() {
    let mut world = joined();
    let join = head(&world, "dave");
    let entry = world.by("dave").because("I leave.").abandons(1, 0);
    let file = world.files(entry)["steps/0001/r0/abandon.md"].1;
    let seen = world.see_all();
    let verification = verified_without(&world, &seen, &[file]);
    assert_eq!(told(&verification), [finding("missing-object", "dave", &[entry])]);
    assert_eq!(verification.verdict, Verdict::Incomplete);
    let verification = verified_without(&world, &seen, &[join.0]);
    assert_eq!(told(&verification), [finding("missing-object", "dave", &[entry])]);
    let verification = verified_without(&world, &seen, &[entry.0]);
    assert_eq!(told(&verification), [finding("missing-object", "dave", &[])]);
}

#[test]
fn a_missing_object_that_only_a_pin_reaches_is_nobodys() {
    let mut world = joined();
    let mut seen = world.see_all();
    let entry = world.by("dave").because("I leave.").abandons(1, 0);
    let file = world.files(entry)["steps/0001/r0/abandon.md"].1;
    seen.pins.insert(entry);
    for (lacking, commits) in [(file, vec![entry]), (entry.0, vec![])] {
        let verification = verified_without(&world, &seen, &[lacking]);
        assert_eq!(told(&verification), [("missing-object", None, commits)]);
        assert_eq!(verification.verdict, Verdict::Incomplete);
    }
    // What a head reaches too is told of its remote alone.
    seen.remotes.insert(name("dave"), Remote::Shown(Some(entry)));
    let verification = verified_without(&world, &seen, &[file]);
    assert_eq!(told(&verification), [finding("missing-object", "dave", &[entry])]);
}

#[test]
fn pins_of_what_heads_hold_add_nothing() {
    let mut world = joined();
    world.agrees("alice", 1);
    let without = verified(&world, &world.see_all());
    let with = verified(&world, &Seen { pins: world.commits().collect(), ..world.see_all() });
    assert_eq!(told(&with), told(&without));
    assert_eq!(with.history.index.entries().count(), without.history.index.entries().count());
}

#[test]
fn a_missing_head_is_not_told_again_for_its_pin() {
    let mut world = joined();
    let entry = world.by("dave").because("I leave.").abandons(1, 0);
    let mut seen = world.see_all();
    seen.pins.insert(entry);
    let verification = verified_without(&world, &seen, &[entry.0]);
    assert_eq!(told(&verification), [finding("missing-object", "dave", &[])]);
}

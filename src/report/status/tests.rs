//! One page for every situation a researcher comes back to.

use super::*;
use crate::protocol::verify::{Remote, Seen};
use crate::sim::{World, joined};

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// What somebody sees a day after the last entry, when all remotes answer but these.
fn status(world: &World, me: Option<&str>, unreachable: &[&str]) -> Status {
    let mut seen = Seen { local: me.and_then(|me| world.head(me)), ..world.see_all() };
    for gone in unreachable {
        seen.remotes.insert(name(gone), Remote::Unreachable);
        seen.pins.extend(world.head(gone));
    }
    let mut verification = world.verify(&seen).expect("a store in memory");
    let newest = verification.history.index.entries().map(|(_, entry)| entry.seconds).max().expect("an entry");
    let around = Around { me: me.map(name), asked: true, now: newest + 86_400, ..Around::default() };
    Status::of(&mut verification, around)
}

#[test]
fn what_i_owe_comes_with_its_command_and_since_when() {
    let mut world = joined();
    world.by("alice").proposes(1, 0, "a text");
    let text = status(&world, Some("bob"), &[]).text(false, 80);
    let expected = "\nyou (bob) owe\n  criticise alice's proposal for step 1   bicker criticize alice   for 1 day\n";
    assert!(text.contains(expected), "{text}");
    assert!(text.ends_with("\nnext: bicker criticize alice\n"), "{text}");
    assert!(text.contains("  2 more criticisms and the proposal may be revised\n"), "{text}");
    assert!(text.contains("needs no votes)\n    read it: bicker show 1/alice/proposal\n"), "{text}");
    assert_eq!(status(&world, Some("bob"), &[]).short(), "step 1 selected, you owe 1\n");
    assert!(!status(&world, Some("alice"), &[]).text(false, 80).contains("read it"));
}

#[test]
fn what_was_not_shown_is_counted_until_it_is() {
    let world = joined();
    let told = |unread| {
        let mut verification = world.verify(&world.see_all()).expect("a store in memory");
        let status = Status::of(&mut verification, Around { me: Some(name("bob")), unread, ..Around::default() });
        (status.text(false, 80), status.short())
    };
    let (text, short) = told(Some(3));
    assert!(text.contains("\nnew to you: 3 entries; see them: bicker news\n"), "{text}");
    assert!(short.ends_with(", 3 new\n"), "{short}");
    for nothing in [Some(0), None] {
        let (text, short) = told(nothing);
        assert!(!text.contains("new to you") && !short.contains("new"), "{text}{short}");
    }
}

#[test]
fn what_stays_here_is_published_first() {
    let world = joined();
    let seen = Seen { local: world.head("alice"), ..world.see_all() };
    let mut verification = world.verify(&seen).expect("a store in memory");
    let around = Around { me: Some(name("alice")), unpublished: true, ..Around::default() };
    let text = Status::of(&mut verification, around).text(false, 80);
    assert!(text.contains("you (alice) owe\n  publish what you have signed          bicker sync\n"), "{text}");
    assert!(text.ends_with("\nnext: bicker sync\n"), "{text}");
}

#[test]
fn in_a_large_group_the_list_of_those_waited_for_stays_a_list() {
    let mut world = World::new(30, 9).expect("a charter");
    world.joins_all();
    let names = world.names();
    world.by(&names[0]).proposes(1, 0, "a text");
    let text = status(&world, Some(&names[0]), &[]).text(false, 80);
    assert_eq!(text.matches(" criticism (they may not have seen it").count(), 20, "{text}");
    let last = text.split("\n  and for ").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("the others");
    assert_eq!(last.split(',').map(str::trim).collect::<Vec<_>>(), names[21..], "{text}");
}

#[test]
fn whom_the_group_waits_for_and_why() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "a text");
    // Carol has seen it and says nothing of it; dave shows nothing; bob is away.
    world.by("carol").citing(&[proposal]).acknowledges();
    let status = status(&world, Some("alice"), &["bob"]);
    let why: Vec<(&str, &[&str], Why)> =
        status.waiting.iter().map(|row| (row.name.as_str(), row.what.as_slice(), row.why)).collect();
    let criticism = &["criticism"][..];
    let expected = [("bob", Why::Unreachable), ("carol", Why::Silent), ("dave", Why::Unseen)];
    assert_eq!(why, expected.map(|(name, why)| (name, criticism, why)));
    let text = status.text(false, 80);
    assert!(text.contains("  carol  criticism (they have seen it; last wrote 1 day ago)\n"), "{text}");
    assert!(text.contains("  dave   criticism (they may not have seen it; last wrote 1 day ago)\n"), "{text}");
    assert!(text.contains("3 of 4 remotes answered"), "{text}");
}

#[test]
fn who_never_joined_may_not_know_of_it() {
    let mut world = World::new(4, 1).expect("a charter");
    for name in ["alice", "bob", "carol"] {
        world.by(name).joins();
    }
    let mut seen = world.see_all();
    seen.remotes.insert(name("dave"), Remote::Shown(None));
    let mut verification = world.verify(&seen).expect("a store in memory");
    let text = Status::of(&mut verification, Around::default()).text(false, 80);
    assert!(text.contains("  dave  join (they may not have seen it)\n"), "{text}");
}

#[test]
fn votes_are_counted_in_words() {
    let mut world = joined();
    world.by("alice").proposes(1, 0, "a text");
    let other = world.by("bob").proposes(1, 0, "another text");
    let text = status(&world, None, &[]).text(false, 80);
    assert!(text.contains("  3 more votes for one proposal select it\n"), "{text}");
    world.by("carol").votes(other);
    world.by("dave").votes(other);
    let text = status(&world, None, &[]).text(false, 80);
    assert!(text.contains("  1 more vote for one proposal selects it\n"), "{text}");
}

#[test]
fn somebody_who_is_convicted_is_an_alarm_and_not_waited_for() {
    let mut world = joined();
    let join = world.head("dave").expect("an entry");
    let one = world.by("dave").proposes(1, 0, "a text");
    let two = world.by("dave").on(join).proposes(1, 0, "another text");
    let carols = world.passes_on("carol", two);
    world.by("bob").citing(&[one, carols]).acknowledges();
    let status = status(&world, Some("alice"), &[]);
    assert!(status.waiting.iter().all(|row| row.name.as_str() != "dave"));
    let alarms: Vec<&str> = status.alarms().map(|finding| finding.code.as_str()).collect();
    assert_eq!(alarms, ["equivocation", "rewind"]);
    assert!(status.text(false, 80).contains("\n! equivocation: "));
    assert!(status.short().ends_with(", 2 alarms\n"), "{}", status.short());
}

#[test]
fn a_round_that_cannot_be_decided_is_to_be_left() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&["alice"], 1, 0, revision);
    world.abandon(&["bob", "carol"], 1, 0);
    let text = status(&world, Some("dave"), &[]).text(false, 80);
    assert!(text.contains("  this round (step 1, round 0) cannot be decided any more"), "{text}");
    assert!(text.ends_with("\nnext: bicker abandon\n"), "{text}");
}

#[test]
fn after_a_tie_the_round_is_to_be_left() {
    let mut world = joined();
    let one = world.by("alice").proposes(1, 0, "a text");
    let other = world.by("bob").proposes(1, 0, "another text");
    world.by("alice").citing(&[other]).votes(one);
    world.by("carol").citing(&[one, other]).votes(one);
    world.by("bob").citing(&[one]).votes(other);
    let open = status(&world, Some("dave"), &[]).text(false, 80);
    assert!(open.contains("next: bicker vote\n"), "{open}");
    world.by("dave").citing(&[one, other]).votes(other);
    for name in ["alice", "dave"] {
        let text = status(&world, Some(name), &[]).text(false, 80);
        assert!(text.contains("  this round (step 1, round 0) cannot be decided any more"), "{text}");
        assert!(text.ends_with("\nnext: bicker abandon\n"), "{text}");
    }
}

#[test]
fn a_copy_without_memory_is_on_hold_and_owes_only_what_it_may_sign() {
    let mut world = joined();
    world.brings_a_revision("alice", 1, 0);
    let seen = Seen { local: world.head("dave"), ..world.see_all() };
    let mut all = world.verify(&seen).expect("a store in memory");
    let page = |memory: Memory, all: &mut Verification| {
        let around = Around { me: Some(name("dave")), memory, ..Around::default() };
        Status::of(all, around).text(false, 80)
    };
    assert!(page(Memory::Whole, &mut all).contains("  echo alice's revision in step 1"), "it owes an echo");
    for mark in [None, world.head("dave")] {
        let held = page(Memory::Lost(mark), &mut all);
        assert!(held.contains("you (dave) are on hold: what was signed with your key in step 1"), "{held}");
        assert!(!held.contains("echo alice's") && !held.contains("owe nothing"), "{held}");
    }
}

#[test]
fn one_more_makes_it_final() {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    world.echo(&["alice", "bob"], 1, 0, revision);
    let text = status(&world, None, &[]).text(false, 80);
    assert!(text.contains("  1 more echo makes a certificate\n"), "{text}");
    assert!(!text.contains("you ("), "{text}");
    world.echo(&["carol"], 1, 0, revision);
    world.ratify(&["alice", "bob"], 1, 0, revision);
    let text = status(&world, None, &[]).text(false, 80);
    assert!(text.contains("  1 more ratify makes this final\n"), "{text}");
    assert!(text.contains("  revision by alice (3 echoes, 2 ratifies; 3 of each needed)\n"), "{text}");
    assert!(!text.contains("bicker document"), "{text}");
    world.ratify(&["carol"], 1, 0, revision);
    let text = status(&world, None, &[]).text(false, 80);
    assert!(text.ends_with("\n\nwhat is agreed: bicker document\n"), "{text}");
}

#[test]
fn what_ails_my_own_log_comes_first() {
    let world = joined();
    let mut verification = world.verify(&world.see_all()).expect("a store in memory");
    let around = Around { me: Some(name("alice")), heal: true, ..Around::default() };
    let status = Status::of(&mut verification, around);
    let text = status.text(false, 80);
    assert!(text.contains("\nyou (alice) owe\n  mend your log   bicker heal\n\n"), "{text}");
    assert!(text.ends_with("\nnext: bicker heal\n"), "{text}");
}

#[test]
fn remotes_that_were_not_asked_are_told_with_their_age() {
    let world = joined();
    let mut verification = world.verify(&world.see_all()).expect("a store in memory");
    let answered = vec![(name("alice"), Some(1_000)), (name("bob"), None)];
    let around = Around { answered, now: 8_200, ..Around::default() };
    let text = Status::of(&mut verification, around).text(false, 80);
    assert!(
        text.contains("no remote was asked\n  alice last answered 2 hours ago\n  bob last answered never\n"),
        "{text}"
    );
}

#[test]
fn programs_read_the_same() {
    let mut world = joined();
    world.by("alice").proposes(1, 0, "a text");
    let json = status(&world, Some("bob"), &["dave"]).json();
    let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(read["state"], "selected");
    assert_eq!(read["outlook"]["needed"], 2);
    assert_eq!(read["owed"][0]["command"], "bicker criticize alice");
    assert_eq!(read["waiting"][1]["why"], "unreachable");
    assert_eq!(read["alarms"][0], "unreachable");
    assert_eq!(read["next"], "bicker criticize alice");
}

#[test]
fn however_much_there_is_a_page_stays_a_page() {
    let mut world = joined();
    let join = world.head("dave").expect("an entry");
    let carols = world.by("carol").proposes(1, 0, "a text");
    for number in 0..25 {
        world.by("dave").on(join).proposes(1, 0, &format!("no. {number}"));
        world.by("dave").on(join).because(&format!("no. {number}")).criticises(carols);
        world.by("dave").on(join).echoes(carols);
    }
    let dave: Vec<CommitId> = world.commits().filter(|commit| world.author(*commit) == Some("dave")).collect();
    let seen = Seen { pins: dave.into_iter().collect(), ..world.see_all() };
    let mut verification = world.verify(&seen).expect("a store in memory");
    let status = Status::of(&mut verification, Around::default());
    let text = status.text(false, 80);
    let alarms = status.alarms().count();
    assert!(alarms > 25, "{text}");
    assert!(text.contains(&format!("\n  and {} more alarms: bicker verify\n", alarms - 20)), "{text}");
    assert!(text.contains("\n    and 5 more criticisms: bicker verify\n"), "{text}");
    assert!(text.contains("\n  and 6 more proposals: bicker verify\n"), "{text}");
    assert!(text.lines().count() < 120, "{text}");
    let json: serde_json::Value = serde_json::from_str(&status.json()).expect("JSON");
    assert_eq!(json["alarms"].as_array().map(Vec::len), Some(alarms), "programs get all");
}

#[test]
fn of_a_long_document_the_last_steps_are_shown() {
    let mut world = joined();
    for step in 1..=21 {
        world.agrees("alice", step);
    }
    let text = status(&world, None, &[]).text(false, 80);
    assert!(text.contains("\n\n2 final steps before these: bicker verify\nstep 3: final"), "{text}");
    assert!(text.contains("\nstep 22: open\n"), "{text}");
}

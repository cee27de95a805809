use super::*;
use crate::protocol::id::At;
use crate::protocol::id::CommitId;
use crate::protocol::slot::Kind;
use crate::protocol::verify::{Seen, Verification};
use crate::sim::World;

const PLAIN: Drawing = Drawing { width: 80, colour: false };

fn four() -> World {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    world
}

fn verified(world: &World) -> Verification {
    let seen = Seen { pins: world.commits().collect(), ..world.see_all() };
    world.verify(&seen).expect("a store in memory")
}

/// Rows of these entries, each with its kind as words.
fn rows(index: &Index, order: &[EntryIx]) -> Vec<Row> {
    let row = |at: &EntryIx| Row { at: *at, words: index.entry(*at).kind().to_string(), note: String::new() };
    order.iter().map(row).collect()
}

fn drawn(world: &World, keep: impl Fn(&Entry) -> bool, drawing: Drawing) -> String {
    let verification = verified(world);
    let index = &verification.history.index;
    let order: Vec<EntryIx> = newest_first(index).into_iter().filter(|at| keep(index.entry(*at))).collect();
    let picture = lanes(index, &rows(index, &order), drawing).expect("few enough");
    picture.heading.into_iter().chain(picture.lines).map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn ids(world: &World) -> Vec<CommitId> {
    let verification = verified(world);
    let index = &verification.history.index;
    newest_first(index).into_iter().map(|at| index.entry(at).id).collect()
}

#[test]
fn a_step_in_lanes() {
    let mut world = four();
    let proposal = world.by("alice").seeing_all().proposes(1, 0, "Let us begin.");
    let criticisms = ["bob", "carol"].map(|name| world.by(name).criticises(proposal));
    let revision = world.by("alice").revises(proposal, "Let us begin, slowly.", &criticisms);
    world.by("dave").criticises(proposal);
    world.by("carol").echoes(revision);
    world.by("dave").citing(&[revision]).acknowledges();
    // dave's criticism came after the revision, which alice signed without it: the proposal he cites is not the
    // nearest older entry of hers.
    let told = drawn(&world, |entry| entry.kind() != Kind::Join, PLAIN);
    assert_eq!(
        told,
        "alice\n| bob\n| | carol\n| | | dave\n\
         o-----*  acknowledgement\n\
         o---* |  echo\n\
         .---+-*  criticism\n\
         *-o-o    revision\n\
         o---*    criticism\n\
         o-*      criticism\n\
         *-.-.-.  proposal\n"
    );
}

#[test]
fn whatever_the_dates_say_nothing_stands_below_its_past() {
    let mut world = four();
    let proposal = world.by("alice").seeing_all().proposes(1, 0, "Let us begin.");
    world.by("bob").criticises(proposal);
    let order = ids(&world);
    assert_eq!(order.len(), 6);
    let verification = verified(&world);
    let index = &verification.history.index;
    for (place, newer) in order.iter().enumerate() {
        for older in order.iter().skip(place + 1) {
            let (newer, older) = (index.find(*newer).expect("seen"), index.find(*older).expect("seen"));
            assert!(!index.holds(&index.entry(older).past, newer));
        }
    }
    // The world's clock ticks with each entry, and none of these disagrees with it.
    let dates: Vec<u64> = order.iter().map(|id| index.entry(index.find(*id).expect("seen")).seconds).collect();
    assert!(dates.is_sorted_by(|a, b| a > b), "{dates:?}");
}

#[test]
fn an_entry_that_does_not_count_is_crossed() {
    let mut world = four();
    world.by("bob").seeing_all().abandons(1, 1);
    let told = drawn(&world, |entry| entry.kind() == Kind::Abandon, PLAIN);
    assert_eq!(told, "alice\n| bob\n| | carol\n| | | dave\n.-x-.-.  abandon\n");
}

#[test]
fn words_are_cut_and_notes_are_not() {
    let world = four();
    let verification = verified(&world);
    let index = &verification.history.index;
    let rows: Vec<Row> = newest_first(index)
        .into_iter()
        .map(|at| Row { at, words: "w".repeat(100), note: "  [note]".to_owned() })
        .collect();
    let picture = lanes(index, &rows, PLAIN).expect("few enough");
    for line in &picture.lines {
        assert_eq!(line.chars().count(), 80, "{line}");
        assert!(line.ends_with("w...  [note]"), "{line}");
    }
    assert_eq!(lanes(index, &rows, Drawing { width: 23, ..PLAIN }), None);
}

#[test]
fn words_are_cut_by_the_room_that_they_take() {
    let world = four();
    let verification = verified(&world);
    let index = &verification.history.index;
    let row = |at| Row { at, words: "世界".repeat(30), note: "  [不算]".to_owned() };
    let rows: Vec<Row> = newest_first(index).into_iter().map(row).collect();
    for line in &lanes(index, &rows, PLAIN).expect("few enough").lines {
        // A wide character does not fit into the last cell.
        assert!((79..=80).contains(&cells(line)) && line.ends_with("...  [不算]"), "{line}");
    }
}

#[test]
fn colour_changes_nothing_else() {
    let mut world = four();
    let proposal = world.by("alice").seeing_all().proposes(1, 0, "Let us begin.");
    world.by("bob").criticises(proposal);
    world.by("bob").abandons(1, 1);
    let plain = drawn(&world, |_| true, PLAIN);
    let coloured = drawn(&world, |_| true, Drawing { colour: true, ..PLAIN });
    let mut pieces = coloured.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    let stripped = pieces.fold(first, |text, piece| text + piece.split_once('m').expect("a colour").1);
    assert_eq!(stripped.lines().map(str::trim_end).collect::<Vec<_>>(), plain.lines().collect::<Vec<_>>());
    assert!(coloured.contains("\u{1b}[1;31mx"), "{coloured}");
}

#[test]
fn branches_of_a_log_are_told() {
    let mut world = four();
    let [alice, join, carol] = ["alice", "bob", "carol"].map(|name| world.head(name).expect("an entry"));
    let one = world.by("bob").citing(&[alice]).acknowledges();
    let two = world.by("bob").on(join).citing(&[carol]).acknowledges();
    let joined = world.by("bob").with_parents(&[two, one]).acknowledges();
    let after = world.by("bob").abandons(1, 0);
    let verification = verified(&world);
    let index = &verification.history.index;
    let order = newest_first(index);
    let apart: Vec<CommitId> = off_the_chain(index, &order).into_iter().map(|at| index.entry(at).id).collect();
    assert!(apart.contains(&two) && apart.contains(&joined), "{apart:?}");
    assert!(!apart.contains(&join) && !apart.contains(&one) && !apart.contains(&after), "{apart:?}");
    assert_eq!(index.entry(index.find(after).expect("seen")).at(), Some(At::new(1, 0)));
}

#[test]
fn an_old_date_hides_nobody() {
    // Bob cites carol's newest with a date of long ago: it still stands among the newest.
    let mut world = four();
    let [alice, head] = ["alice", "bob"].map(|name| world.head(name).expect("an entry"));
    let cited = world.by("carol").citing(&[alice]).acknowledges();
    world.by("alice").citing(&[head]).acknowledges();
    let old = crate::protocol::commit::Person {
        name: String::new(),
        email: String::new(),
        seconds: 1,
        offset: "+0000".to_owned(),
    };
    let parents = [head, cited];
    let digests: Vec<_> = parents.iter().map(|parent| world.digest(*parent)).collect();
    let message = crate::protocol::seal::append("bob writes", &crate::protocol::seal::seal(&digests, None));
    let tree = world.commit(head).expect("a commit").tree;
    let unsigned = crate::protocol::commit::Commit::unsigned(tree, &parents, &old, &old, &message);
    let hiding = world.sign("bob", &unsigned, None);
    assert_eq!(ids(&world).iter().position(|id| *id == hiding), Some(1));
    assert_eq!(ids(&world).iter().position(|id| *id == cited), Some(2));
}

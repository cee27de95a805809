//! Laws over random worlds in which an adversary does what keys, hosts and bad luck allow.
//!
//! Byzantine researchers fork freely, join their own branches, flood, and show and hide branches at will. Hosts move back,
//! reject and keep, lose. Honest people have two machines, lose disk and remote, go on from a backup. Each law is shown to
//! fail when a machine lacks the manner that the law rests on.
//!
//! `cargo test` plays a few worlds of each sort. `BICKER_WORLDS=5000 cargo test --release --test worlds` plays so
//! many.

#[path = "worlds/play.rs"]
mod play;

use std::collections::BTreeSet;

use bicker::protocol::id::Name;
use bicker::protocol::index::Entry;
use bicker::protocol::parents::{entries_max, open_pairs};
use bicker::protocol::past::Author;
use bicker::protocol::slot::Slot;
use bicker::protocol::verify::Seen;
use bicker::sim::{Lapse, Machine, World};
use play::{Kind, Play};

/// Groups, and who is special in them: never more than f at fault.
const GROUPS: &[((usize, usize), &[Kind])] = &[
    ((4, 1), &[Kind::Byzantine]),
    ((4, 1), &[Kind::TwoMachines, Kind::Byzantine]),
    ((4, 1), &[Kind::Forgetful]),
    ((4, 1), &[Kind::TwoMachines, Kind::Forgetful]),
    ((4, 1), &[Kind::Restored]),
    ((7, 2), &[Kind::TwoMachines, Kind::Forgetful, Kind::Byzantine]),
    ((7, 2), &[Kind::Restored, Kind::Byzantine]),
    ((5, 1), &[Kind::TwoMachines, Kind::TwoMachines, Kind::Byzantine]),
];

/// How many worlds are played, by default and when somebody says so.
fn worlds(usual: u64) -> u64 {
    std::env::var("BICKER_WORLDS").ok().and_then(|worlds| worlds.parse().ok()).unwrap_or(usual)
}

/// The world of a number, when everything that happens has happened.
fn played(number: u64, lapse: Lapse) -> Play {
    let (size, kinds) = GROUPS[usize::try_from(number).expect("small") % GROUPS.len()];
    let mut play = Play::new(number, size, kinds, lapse);
    play.happens(30 + usize::try_from(number % 31).expect("small"));
    play
}

/// Which law a world breaks, if any.
fn broken_law(number: u64, lapse: Lapse) -> Option<String> {
    let mut play = played(number, lapse);
    let byzantine = play.of_kind(Kind::Byzantine);
    let convicted = |play: &Play| -> BTreeSet<String> {
        let all = play.all();
        all.convicted.iter().map(|author| all.history.index.name(*author).to_string()).collect()
    };
    if !convicted(&play).is_subset(&byzantine) {
        return Some(format!("honest people are convicted: {:?}", convicted(&play)));
    }
    if !play.shows_everything(60) {
        return Some("the step does not become final although everything is shown".to_owned());
    }
    if !convicted(&play).is_subset(&byzantine) {
        return Some(format!("honest people are convicted in the end: {:?}", convicted(&play)));
    }
    not_cited(&mut play).or_else(|| over_budget(&play))
}

/// Somebody honest whose newest entry is not in what another honest one would build on.
fn not_cited(play: &mut Play) -> Option<String> {
    let heads: Vec<_> = play.people.iter().map(|person| (person.kind, person.machines[0].head())).collect();
    for person in play.people.iter_mut().filter(|person| person.kind != Kind::Byzantine) {
        let standing = person.machines[0].standing();
        let index = &person.machines[0].actor().verification().history.index;
        for (kind, head) in heads.iter().filter(|(kind, _)| *kind != Kind::Byzantine) {
            let entry = head.and_then(|head| index.find(head));
            if entry.is_some_and(|entry| !index.holds(&standing.view, entry)) {
                return Some(format!(
                    "{} does not cite somebody who is {kind:?}: {:?}",
                    person.name, standing.not_cited
                ));
            }
        }
    }
    None
}

/// An entry with more of one author below it than 2.budget and 2.parent allow together (section 2.budget).
fn over_budget(play: &Play) -> Option<String> {
    let all = play.all();
    let index = &all.history.index;
    let authors: Vec<Author> = index.authors().map(|(author, _)| author).collect();
    let over = index.entries().find(|(_, entry)| {
        let (n, faults) = (index.charter.n(), index.charter.faults());
        let brought = (n - faults) * 3 * 6_usize.pow(u32::try_from(faults).expect("small") - 1);
        let most = brought * entries_max(index, open_pairs(index, &entry.past));
        authors.iter().any(|author| index.pasts.count_in(&entry.past, *author) > most)
    });
    over.map(|(_, entry)| format!("{} has too much below it", entry.id))
}

#[test]
fn no_honest_one_is_convicted_stopped_or_passed_over() {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            scope.spawn(move || {
                for number in (0..worlds(64)).skip(worker).step_by(workers) {
                    assert_eq!(broken_law(number, Lapse::None), None, "world {number}");
                }
            });
        }
    });
}

/// A manner that a law rests on: without it some world of these groups breaks that law.
#[track_caller]
fn rests_on(lapse: Lapse, law: &str, groups: &[u64], worlds: u64) {
    let numbers = (0..worlds).flat_map(|world| groups.iter().map(move |group| world * GROUPS.len() as u64 + group));
    let broken = numbers.filter_map(|number| broken_law(number, lapse));
    assert!(broken.into_iter().any(|why| why.contains(law)), "no world shows what rests on {lapse:?}");
}

#[test]
fn without_citing_what_was_seen_once_a_group_is_stopped() {
    rests_on(Lapse::PinsAreNotCited, "does not become final", &[0, 1, 7], 100);
}

#[test]
fn with_answers_of_any_kind_honest_people_are_convicted() {
    rests_on(Lapse::AnswersOfAnyKind, "convicted", &[2, 3, 5], 400);
}

#[test]
fn by_counting_everybodys_entries_a_group_is_stopped() {
    rests_on(Lapse::EverybodysEntriesCount(6), "does not become final", &[0, 1, 5], 100);
}

/// Alice echoes on one machine; the host keeps the push and says that it did not. On the other machine she acknowledges,
/// and that arrives. Then, on the first, she leaves the round. Who is convicted when the host shows what it kept?
fn after_a_half_taken_push(lapse: Lapse) -> usize {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    let join = world.head("alice").expect("an entry");
    let bobs = world.head("bob").expect("an entry");
    let mut machine = Machine::new(&world, "alice", lapse).expect("a store in memory").expect("a researcher");
    let proposal = world.by("bob").proposes(1, 0, "B.");
    let criticisms = ["carol", "dave"].map(|name| world.by(name).criticises(proposal));
    let revision = world.by("bob").revises(proposal, "Better.", &criticisms);
    let hears = |machine: &mut Machine, world: &World, name: &str, head| {
        machine.hears(world, &Name::parse(name).expect("a name"), head).expect("a store in memory");
    };
    hears(&mut machine, &world, "alice", join);
    hears(&mut machine, &world, "bob", revision);
    let mut first = |_: usize| 0;
    machine.acts(&mut world, 1, &mut first).expect("a store in memory");
    let echo = machine.head().expect("an echo");
    assert!(matches!(world.slot(echo), Some(Slot::Echo(_))), "{:?}", world.slot(echo));
    let elsewhere = world.by("alice").on(join).citing(&[bobs]).acknowledges();
    hears(&mut machine, &world, "alice", elsewhere);
    // Leaving the round is the last of the choices.
    let mut last = |choices: usize| choices.saturating_sub(1);
    machine.acts(&mut world, 4, &mut last).expect("a store in memory");
    let everything = Seen { pins: world.commits().collect(), ..Seen::default() };
    world.verify(&everything).expect("a store in memory").convicted.len()
}

#[test]
fn with_a_journal_that_knows_slots_alone_an_honest_one_is_convicted() {
    assert_eq!(after_a_half_taken_push(Lapse::None), 0);
    assert_eq!(after_a_half_taken_push(Lapse::JournalBySlotOnly), 1);
}

/// What the budget cuts would else be below the entries of whoever cites it.
#[test]
fn floods_are_tried_and_cut() {
    let tried = (0..40).map(|number| played(number, Lapse::None)).find(|play| play.longest_flood > 0);
    let play = tried.expect("a flood");
    let all = play.all();
    let index = &all.history.index;
    assert!(play.longest_flood > entries_max(index, 1), "more was signed than a first round allows");
    let below = |entry: &Entry| index.authors().map(|(author, _)| index.pasts.count_in(&entry.past, author)).max();
    let longest = index.entries().filter_map(|(_, entry)| below(entry)).max();
    assert!(longest.is_some_and(|longest| longest < play.longest_flood), "{longest:?} of {}", play.longest_flood);
}

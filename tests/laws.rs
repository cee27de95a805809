//! What holds in every history: random groups, of whom some are Byzantine, play; then the laws are checked.
//!
//! Honest researchers know what they were told and do what their tool says they owe. Byzantine ones have two faces
//! that do not know of each other, and beside that write wild entries: any file, on any entry of theirs, citing
//! anything. Who hears whom, and what people decide, is random.

#[path = "laws/play.rs"]
mod play;
#[path = "laws/written.rs"]
mod written;

use std::collections::{BTreeMap, BTreeSet};

use bicker::protocol::history::History;
use bicker::protocol::id::CommitId;
use bicker::protocol::report::report;
use bicker::protocol::verify::{Safety, Seen, Verification};
use bicker::sim::World;
use proptest::prelude::*;

use play::{Group, Play, plays};

/// Everything that was ever written, as a verifier sees it who missed nothing.
fn all_of(world: &World) -> Verification {
    let seen = Seen { pins: world.commits().collect(), ..world.see_all() };
    world.verify(&seen).expect("a store in memory")
}

fn names_of_convicted(verification: &Verification) -> BTreeSet<String> {
    let index = &verification.history.index;
    verification.convicted.iter().map(|author| index.name(*author).to_string()).collect()
}

/// The verdict on every well-formed entry.
fn verdicts(history: &History) -> BTreeMap<CommitId, Result<(), String>> {
    let tell = |verdict: &Result<(), bicker::protocol::validity::Invalid>| {
        verdict.as_ref().copied().map_err(|invalid| format!("{} {}", invalid.rule, invalid.why))
    };
    history.index.entries().map(|(_, entry)| (entry.id, tell(&entry.verdict))).collect()
}

/// What a report says, in full.
fn told(verification: &Verification) -> String {
    format!("{:#?}", report(verification))
}

/// Groups that keep to the bound.
const SAFE: &[Group] = &[Group::new(4, 1, 1), Group::new(5, 1, 1)];

/// Groups that break it.
const UNSAFE: &[Group] = &[Group::new(4, 1, 2), Group::new(4, 1, 3), Group::new(3, 0, 1), Group::new(2, 0, 1)];

/// Groups of either sort.
const BOTH: &[Group] = &[Group::new(4, 1, 2), Group::new(4, 1, 1)];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(24))]

    /// With at most f Byzantine researchers no two revisions are final for one step, no honest one is convicted, and
    /// whatever an honest one's tool says is owed is valid when written.
    #[test]
    fn agreement_holds_and_the_honest_are_never_convicted(play in plays(SAFE)) {
        let world = play.run();
        let verification = all_of(&world);
        prop_assert_ne!(verification.safety, Safety::Lost);
        prop_assert!(names_of_convicted(&verification).is_subset(&play.byzantine()));
        for (_, entry) in verification.history.index.entries() {
            let author = verification.history.index.name(entry.author).to_string();
            prop_assert!(play.byzantine().contains(&author) || entry.is_valid(), "{}: {:?}", author, entry.verdict);
        }
    }

    /// With any number of Byzantine researchers, two final revisions of one step convict at least f+1, and still no
    /// honest one.
    #[test]
    fn whoever_breaks_agreement_is_convicted(play in plays(UNSAFE)) {
        let world = play.run();
        let verification = all_of(&world);
        let convicted = names_of_convicted(&verification);
        prop_assert!(convicted.is_subset(&play.byzantine()));
        let faults = world.charter().faults();
        prop_assert!(verification.safety != Safety::Lost || convicted.len() > faults, "{:?}", convicted);
    }
}

proptest! {
    #![proptest_config(config(16))]

    /// The order in which commits come never shows: neither in the verdicts nor in the report.
    #[test]
    fn the_order_of_arrival_never_shows(play in plays(BOTH)) {
        let world = play.run();
        let verification = all_of(&world);
        // As they were written; heads alone; and everything named, which starts from the smallest commit id.
        let mut written = History::new(world.charter().clone());
        let mut backwards = History::new(world.charter().clone());
        for commit in play.order(&world) {
            written.extend(world.store(), commit).expect("a store in memory");
        }
        for commit in play.order(&world).into_iter().rev() {
            backwards.extend(world.store(), commit).expect("a store in memory");
        }
        prop_assert_eq!(verdicts(&written), verdicts(&verification.history));
        prop_assert_eq!(verdicts(&backwards), verdicts(&verification.history));

        let heads = tips(&world);
        let some = Seen { pins: heads, ..world.see_all() };
        let from_tips = world.verify(&some).expect("a store in memory");
        prop_assert_eq!(told(&from_tips), told(&verification));
        // Histories that numbered the entries in another order.
        for history in [written, backwards] {
            let mut again = world.verify(&Seen::default()).expect("a store in memory");
            again.history = history;
            let other = bicker::protocol::report::Report { findings: Vec::new(), ..report_of(again, &verification) };
            let one = bicker::protocol::report::Report { findings: Vec::new(), ..report(&verification) };
            prop_assert_eq!(format!("{:#?}", other), format!("{:#?}", one));
        }
    }

    /// An entry is judged by its own past: alone or among all others, the verdict is the same.
    #[test]
    fn an_entry_is_judged_by_its_own_past(
        play in plays(BOTH),
        picks in proptest::collection::vec(any::<proptest::sample::Index>(), 6),
    ) {
        let world = play.run();
        let together = verdicts(&all_of(&world).history);
        let commits: Vec<CommitId> = world.commits().collect();
        for pick in picks {
            let commit = *pick.get(&commits);
            let mut alone = History::new(world.charter().clone());
            alone.extend(world.store(), commit).expect("a store in memory");
            for (id, verdict) in verdicts(&alone) {
                prop_assert_eq!(Some(&verdict), together.get(&id));
            }
            let known = verdicts(&alone).contains_key(&commit);
            prop_assert_eq!(known, together.contains_key(&commit));
        }
    }

    /// What is final stays final, whatever is added, unless a second revision becomes final for the same step.
    #[test]
    fn more_entries_never_undo_a_final_step(play in plays(BOTH)) {
        let world = play.run();
        let mut history = History::new(world.charter().clone());
        let mut finals: BTreeMap<u32, BTreeSet<CommitId>> = BTreeMap::new();
        let mut seen = Vec::new();
        for commit in play.order(&world) {
            history.extend(world.store(), commit).expect("a store in memory");
            seen.push(commit);
            let everything = history.reach(seen.iter().copied());
            for step in 1..4 {
                let now: BTreeSet<CommitId> =
                    history.index.finals(&everything, step).into_keys().map(|v| history.index.entry(v).id).collect();
                let before = finals.insert(step, now.clone()).unwrap_or_default();
                prop_assert!(before.is_subset(&now));
                prop_assert_eq!(history.index.final_value(&everything, step).is_some(), now.len() == 1);
            }
        }
    }
}

/// Commits that no other follows.
fn tips(world: &World) -> BTreeSet<CommitId> {
    let parents: BTreeSet<CommitId> =
        world.commits().filter_map(|id| world.commit(id)).flat_map(|commit| commit.parents).collect();
    world.commits().filter(|id| !parents.contains(id)).collect()
}

/// The report of another history of the same commits.
fn report_of(mut other: Verification, of: &Verification) -> bicker::protocol::report::Report {
    other.everything = other.history.reach(of.seen.pins.iter().copied());
    other.seen = of.seen.clone();
    other.convicted = of.convicted.clone();
    other.verdict = of.verdict;
    other.safety = of.safety;
    report(&other)
}

/// The laws above would hold of histories in which nothing happens: these plays do reach what the laws speak of.
#[test]
fn the_plays_are_worth_playing() {
    let split = Play::split(Group::new(4, 1, 2));
    let lost = all_of(&split.run());
    assert_eq!(lost.safety, Safety::Lost);
    assert_eq!(names_of_convicted(&lost), split.byzantine());
    let held = all_of(&Play::split(Group::new(4, 1, 1)).run());
    assert_ne!(held.safety, Safety::Lost);
}

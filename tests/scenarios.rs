//! Stories of a group, each with a timeline: time runs to the right, one line for each researcher.
//!
//! `P` proposal, `c` criticism, `R` revision, `e` echo, `F` ratify, `a` abandon, `v` vote, `k` acknowledgement; a digit
//! after it is the round. `*` marks what a Byzantine researcher does.

use std::collections::BTreeSet;

use bicker::protocol::finding::Code;
use bicker::protocol::id::{At, CommitId, Name};
use bicker::protocol::report::{State, StepRow, report};
use bicker::protocol::slot::Slot;
use bicker::protocol::verify::{Remote, Safety, Seen, Verdict, Verification};
use bicker::sim::{Actor, World};

const ABC: [&str; 3] = ["alice", "bob", "carol"];

fn four() -> World {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    world
}

fn head(world: &World, name: &str) -> CommitId {
    world.head(name).expect("an entry")
}

/// What one sees who misses nothing: every commit, and everybody's newest as their remote's head.
fn all_of(world: &World) -> Verification {
    let seen = Seen { pins: world.commits().collect(), ..world.see_all() };
    world.verify(&seen).expect("a store in memory")
}

fn convicted(verification: &Verification) -> Vec<String> {
    let index = &verification.history.index;
    verification.convicted.iter().map(|author| index.name(*author).to_string()).collect()
}

fn codes(verification: &Verification) -> BTreeSet<&'static str> {
    verification.findings.iter().map(|finding| finding.code.as_str()).collect()
}

/// The rows of the steps: number, round, state and value.
fn steps(verification: &Verification) -> Vec<(u32, u32, State, Option<CommitId>)> {
    let row = |row: &StepRow| (row.at.step, row.at.round, row.state, row.value);
    report(verification).steps.iter().map(row).collect()
}

#[track_caller]
fn all_valid(verification: &Verification) {
    for (_, entry) in verification.history.index.entries() {
        assert!(entry.is_valid(), "{:?}: {:?}", entry.added, entry.verdict);
    }
}

// alice  P.......R.e....F..
// bob    ...c.......e...F..
// carol  ...c.......e...F..
// dave   ...c............k.
#[test]
fn a_happy_step() {
    let mut world = four();
    let proposal = world.by("alice").seeing_all().proposes(1, 0, "Let us begin.");
    let criticisms = ["bob", "carol", "dave"].map(|name| world.by(name).criticises(proposal));
    let revision = world.by("alice").revises(proposal, "Let us begin, slowly.", &criticisms);
    world.echo(&ABC, 1, 0, revision);
    world.ratify(&ABC, 1, 0, revision);
    world.by("dave").seeing_all().acknowledges();
    let verification = all_of(&world);
    assert_eq!((verification.verdict, verification.findings.len()), (Verdict::Verified, 0));
    assert_eq!(steps(&verification), [(1, 0, State::Final, Some(revision)), (2, 0, State::Open, None)]);
    // Step 2 is agreed in the same way, by another author.
    let next = world.agrees("dave", 2);
    let finals = [(1, 0, State::Final, Some(revision)), (2, 0, State::Final, Some(next)), (3, 0, State::Open, None)];
    assert_eq!(steps(&all_of(&world)), finals);
}

// alice  P..R.e.........e1..F1.     Everyone but dave echoes; dave is asleep and the ratifies get lost. Bob sees
// bob    ..c..e...a0....e1..F1.     the certificate before he leaves: his lock binds round 1, and what might have
// carol  ..c...e..a0....e1..F1.     become final in round 0 becomes final in round 1.
// dave   .........a0..........
#[test]
fn a_stuck_round_hands_its_lock_on() {
    let mut world = four();
    let revision = world.brings_a_revision("alice", 1, 0);
    let echoes = world.echo(&ABC, 1, 0, revision);
    world.by("bob").citing(&echoes).abandons(1, 0);
    world.abandon(&["carol", "dave"], 1, 0);
    let mut stubborn = world.clone();
    let proposal = stubborn.by("dave").seeing_all().proposes(1, 1, "Something else!");
    assert_eq!(stubborn.judge(proposal).expect_err("a lock is carried").rule, "3.proposal");
    for name in ABC {
        world.by(name).seeing_all().echoes_in(1, 1, revision);
    }
    assert_eq!(steps(&all_of(&world)), [(1, 1, State::Certified, Some(revision))]);
    world.ratify(&ABC, 1, 1, revision);
    let verification = all_of(&world);
    all_valid(&verification);
    assert_eq!(steps(&verification), [(1, 1, State::Final, Some(revision)), (2, 0, State::Open, None)]);
}

// alice  P..R.e.................F0    Alice was cut off. When she comes back, round 1 is open and the lock is being
// bob    ..c..e...F0..a0..e1......    echoed there; her ratify of round 0 is the third, and the step is final in
// carol  ..c..........a0..........    round 0 after all. Nobody who has acted in round 1 did anything in vain: it is
// dave   .....e...F0..a0..e1......    the same revision.
#[test]
fn a_late_ratify_makes_an_old_round_final() {
    let mut world = four();
    let revision = world.brings_a_revision("alice", 1, 0);
    let echoes = world.echo(&["alice", "bob", "dave"], 1, 0, revision);
    for name in ["bob", "dave"] {
        world.by(name).citing(&echoes).ratifies(revision);
    }
    let abandons = world.abandon(&["bob", "carol", "dave"], 1, 0);
    for name in ["bob", "dave"] {
        world.by(name).citing(&abandons).echoes_in(1, 1, revision);
    }
    assert_eq!(steps(&all_of(&world)), [(1, 1, State::Revised, None)]);
    world.by("alice").citing(&echoes).ratifies(revision);
    let verification = all_of(&world);
    all_valid(&verification);
    assert_eq!(steps(&verification)[0], (1, 0, State::Final, Some(revision)));
}

// alice  ......c........e..F.     Dave shows one proposal to alice and another to bob and carol. Whoever has seen both
// bob    ......c........e..F.     holds the proof; the step goes on with the proposal that a majority votes for.
// carol  .P..v....R.....e..F.
// dave   *P.P*...............
#[test]
fn an_equivocating_proposer() {
    let mut world = four();
    let join = head(&world, "dave");
    let one = world.by("dave").proposes(1, 0, "For alice.");
    let other = world.by("dave").on(join).proposes(1, 0, "For the others.");
    let carols = world.by("carol").proposes(1, 0, "An honest one.");
    let votes = [
        world.by("alice").citing(&[one]).votes(carols),
        world.by("bob").citing(&[other]).votes(carols),
        world.by("carol").votes(carols),
    ];
    let criticisms = ["alice", "bob"].map(|name| world.by(name).citing(&votes).criticises(carols));
    let accusation = world.by("alice").accuses("dave", one, other);
    let revision = world.by("carol").citing(&votes).revises(carols, "An honest one, better.", &criticisms);
    world.echo(&ABC, 1, 0, revision);
    world.ratify(&ABC, 1, 0, revision);
    assert_eq!(world.judge(accusation), Ok(()));
    let verification = all_of(&world);
    all_valid(&verification);
    assert_eq!(convicted(&verification), ["dave"]);
    assert_eq!((verification.verdict, verification.safety), (Verdict::Violations, Safety::Holds));
    assert_eq!(steps(&verification)[0], (1, 0, State::Final, Some(revision)));
}

// alice  P..R.e......a0.........      Dave's echo completes a certificate that only carol is shown: she ratifies. The
// bob    ..c..e......a0.P1..R1..      others see two echoes, leave, and open round 1 without a lock: dave left on a
// carol  ..c......F0.......c1...      branch that hides his echo. Round 1 may agree on something else, because with
// dave   *.c.e0*|*...a0*........      alice and bob gone round 0 can never have three ratifies. Dave has contradicted
//                                     himself, and is convicted when both branches are seen.
#[test]
fn a_hidden_certificate() {
    let mut world = four();
    let revision = world.brings_a_revision("alice", 1, 0);
    let before = head(&world, "dave");
    let echoes = world.echo(&["alice", "bob", "dave"], 1, 0, revision);
    let early = world.by("carol").citing(&echoes).ratifies(revision);
    assert_eq!(world.judge(early), Ok(()));
    let mut left = world.abandon(&["alice", "bob"], 1, 0);
    left.push(world.by("dave").on(before).abandons(1, 0));
    let proposal = world.by("bob").citing(&left).proposes(1, 1, "Another way.");
    let votes: Vec<CommitId> = ABC.iter().map(|name| world.by(name).citing(&left).votes(proposal)).collect();
    let criticisms = ["alice", "carol"].map(|name| world.by(name).citing(&votes).criticises(proposal));
    let other = world.by("bob").citing(&votes).revises(proposal, "Another way, better.", &criticisms);
    let echoes = world.echo(&ABC, 1, 1, other);
    for name in ABC {
        world.by(name).citing(&echoes).ratifies(other);
    }
    let verification = all_of(&world);
    all_valid(&verification);
    assert_eq!(steps(&verification)[0], (1, 1, State::Final, Some(other)));
    assert_eq!((convicted(&verification), verification.safety), (vec!["dave".to_owned()], Safety::Holds));
    assert!(codes(&verification).contains("contradiction"));
}

// alice, bob, carol   ...e..F..    Frank and grace show one face to three and another to two. Five are a quorum: the
// dave, erin          ...e.....    side of three agrees with their help, the side of two never can. Both are
// frank, grace        *..e..F.*    convicted, and that is as many as seven can bear.
//                     *..e....*
#[test]
fn seven_with_two_byzantine() {
    let mut world = World::new(7, 2).expect("a charter");
    world.joins_all();
    assert_eq!(world.charter().quorum(), 5);
    let faces = ["frank", "grace"].map(|name| head(&world, name));
    let mut values = Vec::new();
    for (author, side) in [("alice", &["alice", "bob", "carol"][..]), ("dave", &["dave", "erin"])] {
        let proposal = world.by(author).proposes(1, 0, author);
        let two_faced = ["frank", "grace"].into_iter().zip(faces);
        let mut criticisms: Vec<CommitId> =
            two_faced.map(|(name, join)| world.by(name).on(join).criticises(proposal)).collect();
        // The side of two wants for critics; the others are glad to help with a proposal they were the first to see.
        criticisms.extend(side.iter().skip(1).map(|name| world.by(name).criticises(proposal)));
        let revision = world.by(author).revises(proposal, author, &criticisms);
        let people: Vec<&str> = side.iter().copied().chain(["frank", "grace"]).collect();
        let echoes: Vec<CommitId> = people.iter().map(|name| world.by(name).echoes(revision)).collect();
        for name in people {
            world.by(name).citing(&echoes).ratifies(revision);
        }
        values.push(revision);
    }
    let verification = all_of(&world);
    assert_eq!(steps(&verification)[0], (1, 0, State::Final, Some(values[0])));
    assert_eq!(convicted(&verification), ["frank", "grace"]);
    assert_eq!(verification.safety, Safety::Holds);
}

// alice  P..R.e...F.    Dave's machine is restored from a backup of before his echo, and he, who remembers nothing,
// bob    ..c..e...F.    leaves the round. Each entry is valid; both together are a contradiction. Before every
// carol  ..c..e...F.    signature a tool asks for the own remote just because of this.
// dave   ..c..e.|.a0
#[test]
fn amnesia_is_a_contradiction() {
    let mut world = four();
    let revision = world.brings_a_revision("alice", 1, 0);
    let backup = head(&world, "dave");
    let echo = world.by("dave").echoes(revision);
    let abandon = world.by("dave").on(backup).abandons(1, 0);
    let verification = all_of(&world);
    all_valid(&verification);
    let proof = verification.findings.iter().find(|f| f.code == Code::Contradiction).expect("a proof");
    assert_eq!(proof.commits, [echo.min(abandon), echo.max(abandon)]);
    assert_eq!(convicted(&verification), ["dave"]);
    // The others go on, and dave's echo counts as it did.
    let certificate = [world.echo(&["alice", "bob"], 1, 0, revision), vec![echo]].concat();
    for name in ABC {
        world.by(name).citing(&certificate).ratifies(revision);
    }
    assert_eq!(steps(&all_of(&world))[0], (1, 0, State::Final, Some(revision)));
}

// dave   ..c.v.|.     Two machines, one log: a vote here, a criticism there, and a third entry that joins them. A
//        ....c..k     warning while it lasts, then nothing.
#[test]
fn a_fork_by_accident_is_repaired() {
    let mut world = four();
    let join = head(&world, "dave");
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let vote = world.by("dave").votes(proposal);
    let criticism = world.by("dave").on(join).criticises(proposal);
    let verification = all_of(&world);
    assert_eq!(codes(&verification), BTreeSet::from(["fork", "rewind"]));
    assert_eq!((convicted(&verification), verification.verdict), (vec![], Verdict::Verified));
    let repair = world.by("dave").with_parents(&[vote, criticism]).acknowledges();
    assert_eq!(world.judge(repair), Ok(()));
    assert!(all_of(&world).findings.is_empty());
    assert_eq!(world.files(repair).len(), 2 + 3, "genesis's two files, and all three of dave's");
}

// dave   ..c..e...|    Dave's host moves his branch back. Alice cited the newer entry: everyone still has it.
#[test]
fn a_rewound_remote_hides_nothing_that_was_cited() {
    let mut world = four();
    let join = head(&world, "dave");
    let vanished = world.by("dave").seeing_all().acknowledges();
    world.by("alice").citing(&[vanished]).acknowledges();
    let mut seen = world.see(&[head(&world, "alice"), head(&world, "bob"), head(&world, "carol")]);
    seen.remotes.insert(Name::parse("dave").expect("a name"), Remote::Shown(Some(join)));
    let verification = world.verify(&seen).expect("a store in memory");
    assert_eq!(codes(&verification), BTreeSet::from(["rewind"]));
    assert_eq!(verification.findings[0].commits, [vanished]);
    assert!(verification.history.index.find(vanished).is_some());
    assert_eq!(verification.verdict, Verdict::Verified);
}

// alice  P.R.e.F.P.v.R.e.F    Alone there is a quorum of one, and nobody to criticise.
#[test]
fn a_single_researcher() {
    let mut world = World::new(1, 0).expect("a charter");
    let mut alice = Actor::new(&world, "alice").expect("a store in memory").expect("a researcher");
    let mut kinds = Vec::new();
    for _ in 0..10 {
        let written = alice.acts(&mut world, &mut |_| 0).expect("a store in memory").expect("something to do");
        assert_eq!(world.judge(written), Ok(()));
        kinds.push(world.slot(written).map_or("-".to_owned(), Slot::path));
    }
    let step = |step: u32, files: &[&str]| -> Vec<String> {
        files.iter().map(|file| format!("steps/{step:04}/r0/{file}.md")).collect()
    };
    let mut expected = vec!["join.md".to_owned()];
    expected.extend(step(1, &["proposal", "revision", "echo", "ratify"]));
    expected.extend(step(2, &["proposal", "vote", "revision", "echo", "ratify"]));
    assert_eq!(kinds, expected);
    let states: Vec<State> = steps(&all_of(&world)).iter().map(|row| row.2).collect();
    assert_eq!(states, [State::Final, State::Final, State::Open]);
}

// alice          e..a0 |........e1=v.....a1 |..e2=v........      The schedule of section 6. Dave has two branches. On one
// bob    R...    e..a0 |P1 R1...e1=w.....a1 |..e2=w <- y...      he left round 0 knowing a certificate for v; he shows it
// carol          e..a0 |........e1=w.....a1 |..e2=v........      to one person just before the echo of round 1, who then
// dave x *.......a0(v)-|-> alice.........................e2 a2*  must echo v while the others echo w. On the other branch
// dave y *.............|.........e1=w a1(w)*-> bob............   he completes the certificate for w and keeps it for the
//                                                                 next round; and so on, in turn. No two of his entries
// are a proof: each abandon has the echo of the other branch in its past by then. Nothing becomes final, and nothing
// becomes wrong: when the others stop citing one whose branches no entry joins, all carry the same lock, and the step
// is final at once.
#[test]
fn a_forker_can_delay_but_not_break_agreement() {
    let mut world = four();
    let join = head(&world, "dave");
    let proposal = world.by("alice").proposes(1, 0, "V.");
    let criticisms = ["bob", "carol"].map(|name| world.by(name).criticises(proposal));
    let v = world.by("alice").revises(proposal, "V, better.", &criticisms);
    let echoes = world.echo(&ABC, 1, 0, v);
    let left = world.abandon(&ABC, 1, 0);
    let mut hidden = world.by("dave").on(join).citing(&echoes).abandons(1, 0);

    let proposal = world.by("bob").citing(&left).proposes(1, 1, "W.");
    let votes: Vec<CommitId> = ABC.iter().map(|name| world.by(name).citing(&left).votes(proposal)).collect();
    let criticisms = ["alice", "carol"].map(|name| world.by(name).citing(&votes).criticises(proposal));
    let w = world.by("bob").citing(&votes).revises(proposal, "W, better.", &criticisms);

    let (mut extended, mut common, mut values) = (join, vec![w], [w, v]);
    for round in 1..=6 {
        let [usual, locked] = values;
        let victim = ABC[(round as usize - 1) % 3];
        let echoes = ABC.map(|name| match name == victim {
            true => world.by(name).citing(&common).citing(&[hidden]).echoes_in(1, round, locked),
            false => world.by(name).citing(&common).echoes_in(1, round, usual),
        });
        let secret = world.by("dave").on(extended).citing(&common).echoes_in(1, round, usual);
        let next = world.by("dave").on(secret).citing(&echoes).abandons(1, round);
        common = ABC.iter().map(|name| world.by(name).citing(&echoes).abandons(1, round)).collect();
        (extended, hidden, values) = (hidden, next, [locked, usual]);

        let verification = all_of(&world);
        all_valid(&verification);
        assert_eq!(steps(&verification)[0].2, State::Revised, "round {round} ended with nothing");
        assert_eq!(steps(&verification)[0].1, round + 1);
        assert_eq!((convicted(&verification), verification.safety), (vec![], Safety::Holds));
        // Not even a fork is told: each of dave's abandons has all his other entries in its past.
        assert_eq!(codes(&verification), BTreeSet::new());
    }
    let [usual, _] = values;
    let echoes = ABC.map(|name| world.by(name).citing(&common).echoes_in(1, 7, usual));
    for name in ABC {
        world.by(name).citing(&echoes).ratifies_in(1, 7, usual);
    }
    let verification = all_of(&world);
    assert_eq!(steps(&verification)[0], (1, 7, State::Final, Some(usual)));
    assert!(verification.convicted.is_empty());
    assert!(verification.history.index.lock(&verification.everything, At::new(1, 6)).is_some());
}

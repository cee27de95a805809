//! For each condition of section 3 a good entry is valid, and each bad one breaks exactly that condition.

use crate::protocol::file::{Answer, Disposition, Fields, File};
use crate::protocol::id::{At, CommitId, Name};
use crate::protocol::slot::Slot;
use crate::sim::{World, joined};

const SOME: [&str; 3] = ["alice", "bob", "carol"];
const OTHERS: [&str; 3] = ["bob", "carol", "dave"];

/// Four, and alice's revision in (1, 0).
fn revised() -> (World, CommitId) {
    let mut world = joined();
    let revision = world.brings_a_revision("alice", 1, 0);
    (world, revision)
}

/// The first parent of a commit: what its author wrote before.
fn before(world: &World, commit: CommitId) -> CommitId {
    world.commit(commit).and_then(|commit| commit.parents.first().copied()).expect("a commit with a parent")
}

/// Four of whom a quorum has left (1, 0), in which a revision was certified if `locked`.
fn second_round(locked: bool) -> (World, CommitId) {
    let (mut world, revision) = revised();
    if locked {
        world.echo(&SOME, 1, 0, revision);
    }
    for name in OTHERS {
        world.by(name).seeing_all().abandons(1, 0);
    }
    (world, revision)
}

#[track_caller]
fn valid(world: &World, entry: CommitId) {
    assert_eq!(world.judge(entry), Ok(()));
}

/// The entry breaks this condition, for this reason.
#[track_caller]
fn invalid(world: &World, entry: CommitId, rule: &str, why: &str) {
    let broken = world.judge(entry).expect_err("an entry that is not valid");
    assert_eq!((broken.rule, broken.code.as_str()), (rule, "invalid"), "{}", broken.why);
    assert!(broken.why.contains(why), "{}", broken.why);
}

fn vote(at: At, target: CommitId) -> (Slot, File) {
    (Slot::Vote(at), File { fields: Fields::Vote { target }, text: String::new() })
}

#[test]
fn open_needs_a_join() {
    let mut world = World::new(4, 1).expect("a charter");
    let early = world.by("alice").proposes(1, 0, "Too early.");
    invalid(&world, early, "3.open", "has not joined");
    let bobs = world.by("bob").joins();
    valid(&world, bobs);
    let acknowledgement = world.by("carol").citing(&[bobs]).acknowledges();
    invalid(&world, acknowledgement, "3.open", "has not joined");
    let accusation = world.by("dave").accuses("alice", early, bobs);
    invalid(&world, accusation, "3.open", "has not joined");
    // A log that began wrongly may still join.
    let late = world.by("alice").joins();
    valid(&world, late);
    let proposal = world.by("alice").proposes(1, 1, "Now in a round that is not open.");
    invalid(&world, proposal, "3.open", "no quorum has left round 0");
}

#[test]
fn open_needs_a_quorum_that_left_the_round_before() {
    let mut world = joined();
    world.abandon(&["alice", "bob"], 1, 0);
    let early = world.by("dave").seeing_all().proposes(1, 1, "Two have left.");
    invalid(&world, early, "3.open", "no quorum has left round 0");
    world.abandon(&["carol"], 1, 0);
    let good = world.by("alice").seeing_all().proposes(1, 1, "Three have left.");
    valid(&world, good);
    let skipping = world.by("bob").seeing_all().abandons(1, 2);
    invalid(&world, skipping, "3.open", "no quorum has left round 1");
}

#[test]
fn open_counts_researchers_not_entries() {
    let mut world = joined();
    let join = world.head("carol").expect("carol's join");
    world.abandon(&["bob", "carol"], 1, 0);
    let one = world.head("carol").expect("carol's abandon");
    let other = world.by("carol").on(join).because("Once more.").abandons(1, 0);
    let bobs = world.passes_on("bob", one);
    let early = world.by("dave").citing(&[bobs, other]).proposes(1, 1, "Three entries, two people.");
    invalid(&world, early, "3.open", "no quorum has left round 0");
}

#[test]
fn open_does_not_count_what_is_invalid() {
    let mut world = World::new(4, 1).expect("a charter");
    for name in SOME {
        world.by(name).joins();
    }
    world.abandon(&["alice", "bob", "dave"], 1, 0);
    let early = world.by("carol").seeing_all().proposes(1, 1, "Dave never joined.");
    invalid(&world, early, "3.open", "no quorum has left round 0");
}

#[test]
fn open_needs_the_step_before_to_be_final() {
    let (mut world, revision) = revised();
    world.echo(&SOME, 1, 0, revision);
    world.ratify(&["alice", "bob"], 1, 0, revision);
    let early = world.by("dave").seeing_all().proposes(2, 0, "Two have ratified.");
    invalid(&world, early, "3.open", "step 1 is not final in its past");
    world.ratify(&["carol"], 1, 0, revision);
    let good = world.by("alice").seeing_all().proposes(2, 0, "Three have ratified.");
    valid(&world, good);
    let far = world.by("bob").seeing_all().proposes(3, 0, "Step 2 is not even begun.");
    invalid(&world, far, "3.open", "step 2 is not final");
    // What the author has not seen is not there.
    let earlier = before(&world, good);
    let unseen = world.by("alice").on(earlier).proposes(2, 0, "Alone.");
    invalid(&world, unseen, "3.open", "step 1 is not final");
}

#[test]
fn slot_is_used_once_in_a_past() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let left = world.by("dave").abandons(1, 0);
    valid(&world, left);
    // Beside it, on another branch, dave's abandon is not in the past; behind bob, who cites it, it is.
    let beside = world.by("dave").on(join).because("Again.").abandons(1, 0);
    valid(&world, beside);
    let bobs = world.by("bob").citing(&[left]).acknowledges();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let branch = world.by("dave").on(join).votes(proposal);
    let behind = world.by("dave").on(branch).citing(&[bobs]).because("Again.").abandons(1, 0);
    invalid(&world, behind, "3.slot", "already used this slot");
}

#[test]
fn proposal_is_made_when_no_lock_is_carried() {
    let (mut world, _) = second_round(false);
    let good = world.by("dave").seeing_all().proposes(1, 1, "Another try.");
    valid(&world, good);
    let (mut world, _) = second_round(true);
    let bad = world.by("dave").seeing_all().proposes(1, 1, "Against the lock.");
    invalid(&world, bad, "3.proposal", "of round 0 is carried into step 1, round 1");
}

#[test]
fn vote_is_for_a_valid_proposal_of_its_round() {
    let (mut world, _) = second_round(false);
    let proposal = world.by("alice").seeing_all().proposes(1, 1, "One of round 1.");
    let good = world.by("carol").votes(proposal);
    valid(&world, good);
}

#[test]
fn vote_is_not_for_anything_else() {
    let wrong = |target: fn(&mut World) -> CommitId| {
        let (mut world, _) = second_round(false);
        let target = target(&mut world);
        let (slot, file) = vote(At::new(1, 1), target);
        let entry = world.by("carol").seeing_all().file(slot, file);
        invalid(&world, entry, "3.vote", "is not a valid proposal of step 1, round 1");
    };
    wrong(|world| world.by("dave").seeing_all().proposes(1, 0, "Of the round before."));
    wrong(|world| world.head("bob").expect("an abandon"));
    wrong(|world| world.genesis());
    wrong(|world| world.by("dave").seeing_all().proposes(1, 2, "An invalid one."));
}

#[test]
fn criticism_is_of_a_selected_proposal_by_the_one_its_slot_names() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let good = world.by("bob").criticises(proposal);
    valid(&world, good);
    let own = world.by("alice").criticises(proposal);
    invalid(&world, own, "3.criticism", "its author's own proposal");
    let fields = Fields::Criticism { of: proposal, stance: crate::protocol::file::Stance::Object };
    let (at, dave) = (At::new(1, 0), Name::parse("dave").expect("a name"));
    let file = File { fields, text: String::new() };
    let misplaced = world.by("carol").citing(&[proposal]).file(Slot::Criticism(at, dave.clone()), file.clone());
    invalid(&world, misplaced, "3.criticism", "not by dave");
    let rival = world.by("dave").proposes(1, 0, "D.");
    let unselected = world.by("carol").citing(&[rival]).criticises(proposal);
    invalid(&world, unselected, "3.criticism", "not selected in its past");
    let other_round = world.by("bob").citing(&[rival]).file(Slot::Criticism(At::new(1, 0), dave), file);
    invalid(&world, other_round, "3.criticism", "not by dave");
}

#[test]
fn criticism_of_a_voted_proposal_needs_a_majority() {
    let (mut world, _) = second_round(false);
    let proposal = world.by("alice").seeing_all().proposes(1, 1, "A.");
    let join = world.by("dave").seeing_all().criticises(proposal);
    invalid(&world, join, "3.criticism", "not selected");
    for name in ["alice", "bob"] {
        world.by(name).votes(proposal);
    }
    let two = world.by("carol").seeing_all().criticises(proposal);
    invalid(&world, two, "3.criticism", "not selected");
    world.by("dave").votes(proposal);
    let three = world.by("bob").seeing_all().criticises(proposal);
    valid(&world, three);
}

#[test]
fn revision_is_of_the_authors_own_proposal() {
    let (mut world, revision) = revised();
    valid(&world, revision);
    let proposal = before(&world, revision);
    let of_another = world.by("bob").citing(&[revision]).revises(proposal, "Mine now.", &[]);
    invalid(&world, of_another, "3.revision", "not a valid proposal of its author");
    let mut world = joined();
    let join = world.head("alice").expect("alice's join");
    let of_a_join = world.by("alice").revises(join, "Of a join.", &[]);
    invalid(&world, of_a_join, "3.revision", "not a valid proposal of its author");
}

#[test]
fn revision_has_enough_criticisms() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let one = world.by("bob").criticises(proposal);
    let early = world.by("alice").revises(proposal, "B.", &[one]);
    invalid(&world, early, "3.revision", "criticisms by 2 researchers are needed in its past, and 1 are there");
    let other = world.by("carol").criticises(proposal);
    let good = world.by("alice").on(proposal).revises(proposal, "B.", &[one, other]);
    valid(&world, good);
}

#[test]
fn revision_of_a_quorum_of_one_needs_selection() {
    let mut world = World::new(1, 0).expect("a charter");
    world.joins_all();
    let proposal = world.by("alice").proposes(1, 0, "Alone.");
    let good = world.by("alice").revises(proposal, "Still alone.", &[]);
    valid(&world, good);
    world.by("alice").abandons(1, 0);
    let proposal = world.by("alice").proposes(1, 1, "Again.");
    let early = world.by("alice").revises(proposal, "Not even my own vote.", &[]);
    invalid(&world, early, "3.revision", "the proposal is not selected");
    world.by("alice").on(proposal).votes(proposal);
    let good = world.by("alice").revises(proposal, "I voted.", &[]);
    valid(&world, good);
}

#[test]
fn revision_lists_one_valid_criticism_of_each() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let criticisms = OTHERS.map(|name| world.by(name).criticises(proposal));
    let [one, two, three] = criticisms;
    let short = world.by("alice").citing(&criticisms).revises(proposal, "B.", &[one, two]);
    invalid(&world, short, "3.revision", "it leaves out the criticism");
    invalid(&world, short, "3.revision", "by dave");
    let unseen = world.by("alice").on(proposal).revises(proposal, "B.", &[one, two]);
    valid(&world, unseen);
    let padded = world.by("alice").on(proposal).revises(proposal, "B.", &[one, two, three, proposal]);
    invalid(&world, padded, "3.revision", "which is not the first valid criticism of the proposal by alice");
    let mut answers: Vec<Answer> = criticisms
        .iter()
        .map(|commit| Answer {
            by: Name::parse("bob").expect("a name"),
            commit: *commit,
            disposition: Disposition::Rejected,
            reason: "No.".to_owned(),
        })
        .collect();
    answers.sort_by_key(|answer| answer.commit);
    let fields = Fields::Revision { of: proposal, title: "B".to_owned(), criticisms: answers };
    let file = File { fields, text: "B.\n".to_owned() };
    let misnamed = world.by("alice").on(proposal).citing(&criticisms).file(Slot::Revision(At::new(1, 0)), file);
    invalid(&world, misnamed, "3.revision", "by bob, which is not the first valid criticism of the proposal by bob");
}

#[test]
fn of_many_criticisms_by_one_critic_the_smallest_is_answered() {
    let mut world = joined();
    let proposal = world.by("alice").proposes(1, 0, "A.");
    let join = world.head("dave").expect("dave's join");
    // Copies of one criticism: they convict nobody, and dave may sign as many as he likes.
    let copies = [0; 3].map(|_| world.by("dave").on(join).criticises(proposal));
    let [bob, carol] = [("bob", copies[0]), ("carol", copies[1])].map(|(name, seen)| {
        world.passes_on(name, seen);
        world.by(name).criticises(proposal)
    });
    let seen = [bob, carol, copies[2]];
    let [least, _, most] = {
        let mut sorted = copies;
        sorted.sort();
        sorted
    };
    let all = world.by("alice").citing(&seen).revises(proposal, "B.", &[bob, carol, least, most]);
    invalid(&world, all, "3.revision", "which is not the first valid criticism of the proposal by dave");
    let another = world.by("alice").on(proposal).citing(&seen).revises(proposal, "B.", &[bob, carol, most]);
    invalid(&world, another, "3.revision", "which is not the first valid criticism of the proposal by dave");
    let good = world.by("alice").on(proposal).citing(&seen).revises(proposal, "B.", &[bob, carol, least]);
    valid(&world, good);
}

#[test]
fn echo_is_of_a_valid_revision_of_its_round() {
    let (mut world, revision) = revised();
    let good = world.by("bob").echoes(revision);
    valid(&world, good);
    let proposal = before(&world, revision);
    let of_a_proposal = world.by("carol").echoes(proposal);
    invalid(&world, of_a_proposal, "3.echo", "is not a valid revision of step 1");
    let bad = world.by("alice").on(proposal).revises(proposal, "Unanswered.", &[]);
    let of_an_invalid_one = world.by("dave").echoes(bad);
    invalid(&world, of_an_invalid_one, "3.echo", "is not a valid revision of step 1");
    let (mut world, revision) = second_round(false);
    let of_another_round = world.by("alice").seeing_all().echoes_in(1, 1, revision);
    invalid(&world, of_another_round, "3.echo", "is not a valid revision of step 1, round 1");
}

#[test]
fn echo_is_of_the_locked_revision() {
    let (mut world, revision) = second_round(true);
    let good = world.by("alice").seeing_all().echoes_in(1, 1, revision);
    valid(&world, good);
    let abandon = world.head("dave").expect("an abandon");
    let other = world.by("dave").seeing_all().echoes_in(1, 1, abandon);
    invalid(&world, other, "3.echo", "a lock on another revision");
}

#[test]
fn echo_and_ratify_do_not_follow_ones_own_abandon() {
    let (mut world, revision) = revised();
    world.by("dave").abandons(1, 0);
    let echo = world.by("dave").echoes(revision);
    invalid(&world, echo, "3.echo", "abandoned step 1 or a later round");
    let (mut world, revision) = second_round(true);
    let ratify = world.by("bob").ratifies_in(1, 0, revision);
    invalid(&world, ratify, "3.ratify", "abandoned step 1 or a later round");
    // An earlier round that was left does not bind a later one; a later one that was left does an earlier.
    let echo = world.by("bob").seeing_all().echoes_in(1, 1, revision);
    valid(&world, echo);
    let staying = world.by("alice").seeing_all().abandons(1, 1);
    valid(&world, staying);
    let ratify = world.by("alice").ratifies_in(1, 0, revision);
    invalid(&world, ratify, "3.ratify", "abandoned step 1 or a later round");
}

#[test]
fn ratify_needs_a_certificate_of_its_round() {
    let (mut world, revision) = revised();
    world.echo(&["alice", "bob"], 1, 0, revision);
    let early = world.by("carol").seeing_all().ratifies(revision);
    invalid(&world, early, "3.ratify", "no quorum has echoed");
    world.echo(&["carol"], 1, 0, revision);
    let unseen = world.by("dave").ratifies(revision);
    invalid(&world, unseen, "3.ratify", "no quorum has echoed");
    let good = world.by("alice").seeing_all().ratifies(revision);
    valid(&world, good);
    let proposal = before(&world, revision);
    let other_value = world.by("bob").seeing_all().ratifies(proposal);
    invalid(&world, other_value, "3.ratify", "no quorum has echoed");
    let (mut world, revision) = second_round(true);
    let other_round = world.by("alice").seeing_all().ratifies_in(1, 1, revision);
    invalid(&world, other_round, "3.ratify", "no quorum has echoed what it ratifies in step 1, round 1");
}

#[test]
fn ratify_does_not_count_an_invalid_echo() {
    let (mut world, revision) = revised();
    world.by("carol").abandons(1, 0);
    world.echo(&SOME, 1, 0, revision);
    let early = world.by("dave").seeing_all().ratifies(revision);
    invalid(&world, early, "3.ratify", "no quorum has echoed");
}

#[test]
fn abandon_needs_no_more_than_an_open_round() {
    let (mut world, revision) = revised();
    world.by("bob").echoes(revision);
    let entry = world.by("bob").abandons(1, 0);
    valid(&world, entry);
}

#[test]
fn accusation_shows_a_proof_against_the_one_it_names() {
    let mut world = joined();
    let join = world.head("dave").expect("dave's join");
    let one = world.by("dave").proposes(1, 0, "One.");
    let other = world.by("dave").on(join).proposes(1, 0, "Other.");
    let good = world.by("alice").accuses("dave", one, other);
    valid(&world, good);
    let no_proof = world.by("bob").accuses("dave", join, other);
    invalid(&world, no_proof, "3.accusation", "do not prove misbehaviour of dave");
    let someone_else = world.by("carol").citing(&[good]).accuses("alice", one, other);
    invalid(&world, someone_else, "3.accusation", "do not prove misbehaviour of alice");
    let genesis = world.genesis();
    let with_genesis = world.by("bob").accuses("alice", genesis, other);
    invalid(&world, with_genesis, "3.accusation", "do not prove misbehaviour of alice");
    let joined_again = world.by("dave").on(genesis).because("With other words.").joins();
    let of_joins = world.by("carol").accuses("dave", join, joined_again);
    invalid(&world, of_joins, "3.accusation", "do not prove misbehaviour of dave");
    let confession = world.by("dave").accuses("dave", one, other);
    assert!(world.judge(confession).is_err(), "one's own other branch is not in one's past");
}

#[test]
fn an_invalid_ancestor_invalidates_nothing() {
    let mut world = joined();
    let bad = world.by("alice").abandons(3, 0);
    invalid(&world, bad, "3.open", "step 2 is not final");
    let good = world.by("alice").proposes(1, 0, "On top of something invalid.");
    valid(&world, good);
}

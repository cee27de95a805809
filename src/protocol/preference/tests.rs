//! The order, one reason after the other.

use super::*;
use crate::protocol::duty::standing;
use crate::protocol::verify::Seen;
use crate::sim::World;

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// After a first step by `first`, everybody has proposed something for step 2.
fn competing(first: &str) -> World {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    world.agrees(first, 1);
    for who in world.names() {
        world.by(&who).seeing_all().proposes(2, 0, &format!("What {who} says."));
    }
    world
}

fn preferred(world: &World, me: &str, seen: Seen, opinions: &[(&str, Opinion)]) -> Preference {
    let mut verification = world.verify(&Seen { local: world.head(me), ..seen }).expect("a store in memory");
    let me = verification.history.index.author(&name(me)).expect("a researcher");
    let standing = standing(&mut verification, me);
    let opinions = opinions.iter().map(|(who, opinion)| (name(who), *opinion)).collect();
    preference(&verification, &standing, At::new(2, 0), &opinions)
}

fn order(preference: &Preference) -> Vec<&str> {
    preference.order.iter().map(|candidate| candidate.by.as_str()).collect()
}

#[test]
fn the_best_record_comes_first_and_ones_own_proposal_is_not_ranked() {
    let world = competing("carol");
    let preference = preferred(&world, "alice", world.see_all(), &[]);
    assert_eq!(order(&preference).first(), Some(&"carol"));
    assert_eq!(preference.left_out, [(name("alice"), LeftOut::Own)].into());
    let scores: Vec<i64> = preference.order.iter().map(|candidate| candidate.score).collect();
    assert_eq!(scores.len(), 3);
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let preference = preferred(&world, "carol", world.see_all(), &[]);
    assert!(!order(&preference).contains(&"carol"));
}

#[test]
fn an_opinion_weighs_more_than_any_record() {
    let world = competing("carol");
    let opinions = [("dave", Opinion::Like), ("carol", Opinion::Dislike)];
    let preference = preferred(&world, "alice", world.see_all(), &opinions);
    assert_eq!(order(&preference), ["dave", "bob", "carol"]);
    let said: Vec<_> = preference.order.iter().map(|candidate| candidate.opinion).collect();
    assert_eq!(said, [Some(Opinion::Like), None, Some(Opinion::Dislike)]);
}

#[test]
fn among_equals_the_smaller_commit_comes_first() {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    let proposals = ["bob", "carol", "dave"].map(|who| world.by(who).proposes(1, 0, who));
    let mut verification = world.verify(&Seen { local: world.head("alice"), ..world.see_all() }).expect("a store");
    let me = verification.history.index.author(&name("alice")).expect("a researcher");
    let standing = standing(&mut verification, me);
    let preference = preference(&verification, &standing, At::new(1, 0), &Opinions::new());
    let mut sorted = proposals.to_vec();
    sorted.sort();
    let order: Vec<CommitId> = preference.order.iter().map(|candidate| candidate.commit).collect();
    assert_eq!(order, sorted);
}

#[test]
fn nobody_votes_for_a_convict_however_much_they_like_them() {
    let mut world = competing("bob");
    let base = world.head("bob").expect("an entry");
    world.by("bob").on(base).echoes_in(2, 0, base);
    let one = world.head("bob").expect("an entry");
    let two = world.by("bob").on(base).abandons(2, 0);
    let mut seen = world.see_all();
    seen.pins.extend([one, two]);
    let preference = preferred(&world, "alice", seen, &[("bob", Opinion::Like)]);
    assert_eq!(preference.left_out, [(name("alice"), LeftOut::Own), (name("bob"), LeftOut::Convicted)].into());
    assert!(!order(&preference).contains(&"bob"));
}

#[test]
fn a_proposal_that_stands_on_two_branches_is_none_to_vote_for() {
    let mut world = competing("carol");
    let proposal = world.head("dave").expect("an entry");
    let base = world.commit(proposal).expect("a commit").parents[0];
    let cited = world.head("bob").expect("an entry");
    let copy = world.by("dave").on(base).citing(&[cited]).proposes(2, 0, "What dave says.");
    // Bob has taken in both, so both are in what alice would build on.
    let carols = world.passes_on("carol", copy);
    let bobs = world.by("bob").citing(&[proposal, carols]).acknowledges();
    assert!(world.reaches(bobs, copy) && world.reaches(bobs, proposal));
    let preference = preferred(&world, "alice", world.see_all(), &[("dave", Opinion::Like)]);
    assert_eq!(preference.left_out.get(&name("dave")), Some(&LeftOut::OneOfSeveral));
    assert_eq!(order(&preference), ["carol", "bob"]);
}

//! The histories: each is what one kind of excess looks like, n of it.

use bicker::protocol::file::{Answer, Disposition, Fields, File, Stance};
use bicker::protocol::id::{At, CommitId, Name};
use bicker::protocol::slot::Slot;

use super::wicked::{PARENTS, Wicked};

/// One history.
pub(crate) struct Case {
    /// Its name.
    pub(crate) name: &'static str,
    /// How large the group is.
    pub(crate) people: usize,
    /// The smallest n.
    pub(crate) size: usize,
    /// Builds it with so many of whatever it is made of.
    pub(crate) make: fn(&mut Wicked, usize),
}

/// All of them. Dave is who misbehaves in a group of four, alice in a group of one.
pub(crate) const CASES: [Case; 12] = [
    Case { name: "honest-entries", people: 4, size: 500, make: honest },
    Case { name: "long-lists-of-parents", people: 4, size: 50, make: long_lists },
    Case { name: "unsigned-fans", people: 4, size: 2_000, make: unsigned_fans },
    Case { name: "joins-of-wide-trees", people: 1, size: 500, make: wide_trees },
    Case { name: "contradictions", people: 4, size: 2_000, make: contradictions },
    Case { name: "no-contradictions", people: 4, size: 2_000, make: no_contradictions },
    Case { name: "joins-of-two-branches", people: 4, size: 5_000, make: two_branches },
    Case { name: "rounds", people: 1, size: 400, make: rounds },
    Case { name: "values", people: 1, size: 500, make: values },
    Case { name: "criticisms-and-revisions", people: 4, size: 1_000, make: criticisms },
    Case { name: "proposals", people: 4, size: 4_000, make: proposals },
    Case { name: "invalid-entries", people: 4, size: 4_000, make: invalid },
];

const LIAR: &str = "dave";

/// Steps that four honest people agree on, 17 entries each.
fn honest(wicked: &mut Wicked, n: usize) {
    wicked.joined();
    for step in 1.. {
        wicked.world.agrees(["alice", "bob", "carol", "dave"][step as usize % 4], step);
        if wicked.world.commits().count() >= n {
            return;
        }
    }
}

/// Commits of a MiB, nearly all of it the same parent line.
fn long_lists(wicked: &mut Wicked, n: usize) {
    let mut last = wicked.joined()[3];
    for _ in 0..n {
        last = wicked.junk(LIAR, &vec![last; 21_800]);
    }
}

/// Unsigned commits, each with as many others as can be followed for parents.
fn unsigned_fans(wicked: &mut Wicked, n: usize) {
    let mut all = vec![wicked.joined()[3]];
    for _ in 0..n {
        let parents: Vec<CommitId> = all.iter().rev().take(PARENTS).copied().collect();
        all.push(wicked.junk(LIAR, &parents));
    }
}

/// Somebody who leaves 1,000 rounds alone, and joins all pairs of entries that follow upon that.
fn wide_trees(wicked: &mut Wicked, n: usize) {
    let mut base = wicked.joined()[0];
    for round in 0..1_000 {
        base = wicked.abandons("alice", &[base], round);
    }
    let side = n.isqrt() + 1;
    let genesis = wicked.world.genesis();
    let ends = |wicked: &mut Wicked, first: u32| -> Vec<CommitId> {
        (0..side as u32).map(|at| wicked.echoes("alice", &[base], first + at, genesis)).collect()
    };
    let (left, right) = (ends(wicked, 2_000), ends(wicked, 3_000));
    let pairs = left.iter().flat_map(|left| right.iter().map(|right| [*left, *right]));
    let joined: Vec<CommitId> = pairs.take(n).map(|pair| wicked.adds_nothing("alice", &pair, 2)).collect();
    wicked.shows("alice", &joined);
}

/// So many abandons and so many echoes of one round, none of which follows another.
fn contradictions(wicked: &mut Wicked, n: usize) {
    abandons_and_echoes(wicked, n, 0);
}

/// The same with echoes of a later round, so that nothing contradicts anything.
fn no_contradictions(wicked: &mut Wicked, n: usize) {
    abandons_and_echoes(wicked, n, 1);
}

fn abandons_and_echoes(wicked: &mut Wicked, n: usize, round: u32) {
    let join = wicked.joined()[3];
    let genesis = wicked.world.genesis();
    let mut all: Vec<CommitId> = (0..n).map(|_| wicked.abandons(LIAR, &[join], 0)).collect();
    all.extend((0..n).map(|_| wicked.echoes(LIAR, &[join], round, genesis)));
    wicked.shows(LIAR, &all);
}

/// Two branches of 30 entries, and n entries each of which joins some entry of one and some entry of the other. The
/// branches' entries are met far from each other.
fn two_branches(wicked: &mut Wicked, n: usize) {
    let join = wicked.joined()[3];
    let genesis = wicked.world.genesis();
    let mut branches = [vec![join], vec![join]];
    for round in 0..30 {
        for (side, branch) in branches.iter_mut().enumerate() {
            let last = *branch.last().expect("a join");
            branch.push(wicked.echoes(LIAR, &[last], 100 * side as u32 + round, genesis));
        }
    }
    let [left, right] = branches;
    let mut order = Vec::new();
    let each = n / 30;
    for (i, (a, b)) in left.iter().zip(&right).enumerate().skip(1) {
        order.extend([*a, *b]);
        for at in 0..each {
            // Far apart on both sides, and never the same pair until all were had.
            let pair = [left[1 + at % i], right[1 + at / i % i]];
            order.push(wicked.adds_nothing(LIAR, &pair, 2));
        }
    }
    wicked.shows(LIAR, &order);
}

/// Somebody alone who leaves n rounds, echoes beside that, and says more in the last.
fn rounds(wicked: &mut Wicked, n: usize) {
    let mut last = wicked.joined()[0];
    let genesis = wicked.world.genesis();
    let mut all = Vec::new();
    for round in 0..n as u32 {
        all.push(wicked.echoes("alice", &[last], round, genesis));
        last = wicked.abandons("alice", &[last], round);
        all.push(last);
    }
    all.extend((0..n).map(|_| wicked.abandons("alice", &[last], n as u32)));
    wicked.shows("alice", &all);
}

/// Somebody alone who agrees on n different texts for step 1, each on a branch of its own, and goes on from each.
fn values(wicked: &mut Wicked, n: usize) {
    let join = wicked.joined()[0];
    let mut ends = Vec::new();
    for number in 0..n {
        let world = &mut wicked.world;
        let proposal = world.by("alice").on(join).proposes(1, 0, &format!("text {number}"));
        let revision = world.by("alice").revises(proposal, "a text", &[]);
        world.by("alice").echoes(revision);
        let ratify = world.by("alice").ratifies(revision);
        ends.push(world.by("alice").proposes(2, 0, "a text"));
        world.by("alice").on(ratify).abandons(1, 0);
        ends.push(world.by("alice").echoes_in(1, 1, revision));
    }
    wicked.shows("alice", &ends);
}

/// One proposal; so many criticisms of it by one who misbehaves, and so many revisions by another.
fn criticisms(wicked: &mut Wicked, n: usize) {
    let [alice, _, carol, dave] = wicked.joined()[..] else { return };
    let proposal = wicked.world.by("carol").on(carol).proposes(1, 0, "a text");
    let honest = wicked.world.by("alice").on(alice).criticises(proposal);
    let at = At::new(1, 0);
    let name = Name::parse("carol").expect("a name");
    let slot = Slot::Criticism(at, name);
    let mut all = Vec::new();
    for number in 0..n {
        let fields = Fields::Criticism { of: proposal, stance: Stance::Object };
        let file = File { fields, text: format!("no. {number}\n") };
        let criticism = wicked.adds("dave", &[dave, proposal], 1, &slot, &file);
        let mut listed = vec![("alice", honest), (LIAR, criticism)];
        listed.sort_by_key(|(_, commit)| *commit);
        let answer = |(by, commit): (&str, CommitId)| Answer {
            by: Name::parse(by).expect("a name"),
            commit,
            disposition: Disposition::Accepted,
            reason: String::new(),
        };
        let criticisms = listed.into_iter().map(answer).collect();
        let fields = Fields::Revision { of: proposal, title: "a title".into(), criticisms };
        let file = File { fields, text: "better\n".into() };
        all.push(wicked.adds("carol", &[proposal, honest, criticism], 1, &Slot::Revision(at), &file));
    }
    wicked.shows("carol", &all);
}

/// So many different proposals for one slot.
fn proposals(wicked: &mut Wicked, n: usize) {
    let join = wicked.joined()[3];
    let each = |number: usize, wicked: &mut Wicked| {
        let fields = Fields::Proposal { title: format!("title {number}") };
        let file = File { fields, text: "a text\n".into() };
        wicked.adds(LIAR, &[join], 1, &Slot::Proposal(At::new(1, 0)), &file)
    };
    let all: Vec<CommitId> = (0..n).map(|number| each(number, wicked)).collect();
    wicked.shows(LIAR, &all);
}

/// So many entries that are not valid, each of which is a finding.
fn invalid(wicked: &mut Wicked, n: usize) {
    let join = wicked.joined()[3];
    let genesis = wicked.world.genesis();
    let all: Vec<CommitId> = (0..n).map(|_| wicked.echoes(LIAR, &[join], 0, genesis)).collect();
    wicked.shows(LIAR, &all);
}

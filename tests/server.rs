//! A server and a client whose log carries hundreds of entries of people who break every rule: what they did is told,
//! and never stands in the way of an honest push.

mod common;
mod served;

use bicker::protocol::file::{Fields, File};
use bicker::protocol::id::{At, CommitId};
use bicker::protocol::slot::Slot;
use bicker::sim;

use common::Output;
use served::Served;

/// How many of each kind of misbehaviour are played.
const MANY: u32 = 60;

/// What both sides say before they name who misbehaved.
const TOLD: &str = "this push carries what others did wrong, as evidence; that is no fault of yours:";

/// The lines in which both sides tell of somebody: the client's, then the server's.
fn told_of(output: &Output, name: &str) -> [Vec<String>; 2] {
    let named = format!("  {name}: ");
    let lines = |of_server: bool| {
        let lines =
            output.stderr().lines().map(|line| (line.starts_with("remote: "), line.trim_start_matches("remote: ")));
        let lines = lines.filter(|(server, line)| *server == of_server && line.starts_with(&named));
        lines.map(|(_, line)| line.trim().to_owned()).collect()
    };
    [lines(false), lines(true)]
}

/// Plays with one log after another of `who`, each beside the others: every entry is on `from`.
fn forked(
    played: &mut sim::World,
    who: &str,
    from: CommitId,
    each: impl Fn(sim::Entry<'_>, u32) -> CommitId,
) -> Vec<CommitId> {
    (0..MANY).map(|n| each(played.by(who).on(from), n)).collect()
}

fn head(played: &sim::World, name: &str) -> CommitId {
    played.head(name).expect("an entry")
}

#[test]
fn hundreds_of_bad_entries_of_others_refuse_no_honest_push() {
    let served = Served::new(&["alice", "bob", "mallory", "oscar"]);
    let mut played = sim::World::of(served.charter.clone());
    played.joins_all();
    let join = head(&played, "mallory");
    let alices = head(&played, "alice");
    let push = |played: &sim::World, says: &[(&str, &str)]| {
        let new = head(played, "alice");
        served.brings(played, new);
        let output = served.sh("git push -q origin main");
        output.success();
        assert_eq!(served.shown(), new.to_string());
        for (name, says) in says {
            let line = format!("{name}: {says}");
            assert_eq!(told_of(&output, name), [vec![line.clone()], vec![line]], "{}", output.stderr());
        }
        let told = if says.is_empty() { 0 } else { 2 };
        assert_eq!(output.stderr().matches(TOLD).count(), told, "{}", output.stderr());
    };
    push(&played, &[]);

    let revision = played.brings_a_revision("bob", 1, 0);
    let (alices_too, oscars) = (head(&played, "alice"), head(&played, "oscar"));
    played.by("alice").citing(&[revision]).acknowledges();
    push(&played, &[]);

    // A chain of entries in rounds that are not open.
    let mut chain = join;
    for n in 1..=MANY {
        chain = played.by("mallory").on(chain).abandons(1, n);
    }
    played.by("alice").citing(&[chain]).acknowledges();
    let said = format!("2 branches that nothing joins, {MANY} entries that do not count");
    push(&played, &[("mallory", &said)]);

    // As many proposals for one place, votes for what is no proposal, and rounds left beside what supports them. Bob sees
    // some of it first.
    let proposals = forked(&mut played, "mallory", join, |entry, n| entry.proposes(1, 0, &format!("Text {n}.")));
    played.by("alice").citing(&proposals).acknowledges();
    let said = format!("proof of equivocation, {} branches that nothing joins", MANY + 2);
    push(&played, &[("mallory", &said)]);

    let vote = |target| File { fields: Fields::Vote { target }, text: String::new() };
    let votes = forked(&mut played, "mallory", join, |entry, n| {
        let target = if n % 2 == 0 { alices } else { alices_too };
        entry.citing(&[target]).because("x").file(Slot::Vote(At::new(1, n % 3)), vote(target))
    });
    played.by("bob").citing(&votes).acknowledges();
    played.by("alice").seeing_all().acknowledges();
    let mallory = "proof of equivocation";
    served.brings(&played, head(&played, "alice"));
    let output = served.sh("git push -q origin main");
    output.success();
    let [client, server] = told_of(&output, "mallory");
    assert_eq!(client, server);
    assert!(client.first().is_some_and(|line| line.contains(mallory)), "{}", output.stderr());

    let echoes = forked(&mut played, "oscar", oscars, |entry, n| match n % 2 {
        0 => entry.echoes_in(1, n, revision),
        _ => entry.abandons(1, n),
    });
    played.by("alice").citing(&echoes).acknowledges();
    let said =
        format!("proof of contradiction, {MANY} branches that nothing joins, {} entries that do not count", MANY - 1);
    push(&played, &[("oscar", &said)]);

    // Alice points it out, and the group goes on.
    played.by("alice").seeing_all().accuses("mallory", proposals[0], proposals[1]);
    push(&played, &[]);
    played.by("alice").echoes(revision);
    push(&played, &[]);

    // Only what she does wrong herself refuses.
    let last = head(&played, "alice");
    let own = played.by("alice").abandons(1, 7);
    served.brings(&played, own);
    let output = served.sh("git push -q origin main");
    let why = format!("{} would not count: ", own.short());
    assert!(output.failure(1).stderr().contains(&why), "{}", output.stderr());
    let output = served.sh("git push -q --no-verify origin main");
    assert!(output.failure(1).stderr().contains(&format!("refs/heads/main: {why}")), "{}", output.stderr());
    assert_eq!(served.shown(), last.to_string());
}

//! A server and a client whose log carries hundreds of entries of people who break every rule: what they did is told,
//! and never stands in the way of an honest push.

mod common;
mod served;

use bicker::protocol::id::CommitId;
use bicker::sim;

use common::Output;
use served::Served;

/// How many entries are played that do not count: about as many as one log may have (2.budget).
const MANY: u32 = 60;

/// What both sides say before they name who misbehaved.
const TOLD: &str = "this push carries, as evidence, what others did wrong; that is not your fault:";

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

fn head(played: &sim::World, name: &str) -> CommitId {
    played.head(name).expect("an entry")
}

#[test]
fn hundreds_of_bad_entries_of_others_refuse_no_honest_push() {
    let served = Served::new(&["alice", "bob", "mallory", "oscar"]);
    let mut played = sim::World::of(served.charter.clone());
    played.joins_all();
    let join = head(&played, "mallory");
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
    let oscars = head(&played, "oscar");
    played.by("alice").citing(&[revision]).acknowledges();
    push(&played, &[]);

    // A chain of entries in rounds that are not open, about as many as a log may have.
    for n in 1..=MANY {
        played.by("mallory").abandons(1, n);
    }
    let chain = head(&played, "mallory");
    played.by("alice").citing(&[chain]).acknowledges();
    push(&played, &[("mallory", &format!("{MANY} entries that do not count"))]);

    // Rounds left beside what supports them; bob has seen one side, alice the other.
    let echo = played.by("oscar").on(oscars).echoes_in(1, 0, revision);
    let left = played.by("oscar").on(oscars).abandons(1, 0);
    let bobs = played.passes_on("bob", left);
    played.by("alice").citing(&[echo, bobs]).acknowledges();
    push(&played, &[("oscar", "proof of contradiction, 2 branches that nothing joins")]);

    // Two proposals for one place. Alice points them out, and the group goes on.
    let proposals = ["One.", "Another."].map(|text| played.by("mallory").on(join).proposes(1, 0, text));
    let alices = head(&played, "alice");
    let accusation = played.by("alice").with_parents(&[alices, proposals[0], proposals[1]]);
    accusation.accuses("mallory", proposals[0], proposals[1]);
    push(&played, &[("mallory", "proof of equivocation, 3 branches that nothing joins")]);
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

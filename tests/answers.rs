//! What became of a criticism is told to whoever gave it, and nobody at a terminal supports a revision that rejects their
//! objection before they have seen that.

mod common;
#[path = "ceremony/terminal.rs"]
mod terminal;

use std::path::PathBuf;

use common::{Person, World};
use terminal::{Session, sit_at};

/// Bob has objected to alice's proposal, carol has made a suggestion, and alice has rejected the one and accepted the other.
fn answered() -> (World, Person, PathBuf) {
    let world = World::new();
    let people = world.group("Answers", &["alice", "bob", "carol", "dave"]);
    let logs: Vec<PathBuf> = people.iter().map(|person| world.join(person)).collect();
    let types = |who: usize, script: &str| {
        world.run_in(&people[who], &logs[who], &["sh", "-c", script]).success();
    };
    types(0, "printf '# Clocks\\n\\nWe trust clocks.\\n' | bicker propose --file - --push");
    types(1, "bicker criticize alice --stance object --reason 'Nobody should.' --push");
    types(2, "bicker criticize alice --stance suggest --reason 'Say which.' --push");
    types(
        0,
        "printf '# Clocks\\n\\nWe trust two clocks.\\n' | \\
              bicker revise --file - --reject 'bob=Somebody has to.' --accept carol --push",
    );
    (world, people[1].clone(), logs[1].clone())
}

#[test]
fn a_critic_is_told_what_became_of_their_criticism() {
    let (world, bob, log) = answered();
    let status = world.run_in(&bob, &log, &["bicker", "status"]);
    let told = "\nwhat became of your criticism\n  alice rejects it: Somebody has to.\n    see what has changed: bicker \
                diff 1/alice/revision\n  to support no revision, leave the round: bicker abandon\n";
    assert!(status.success().stdout().contains(told), "{}", status.stdout());
    world.run_in(&bob, &log, &["bicker", "diff", "1/alice/revision"]).success();
    let all = world.run_in(&bob, &log, &["bicker", "criticisms"]);
    for line in ["\n    alice rejects it: Somebody has to.\n", "\n    alice accepts it\n"] {
        assert!(all.success().stdout().contains(line), "{}", all.stdout());
    }
    let all = world.run_in(&bob, &log, &["bicker", "criticisms", "--json"]);
    let all: serde_json::Value = serde_json::from_str(all.success().stdout()).expect("JSON");
    let answers = |critic: usize| all["proposals"][0]["criticisms"][critic]["answers"].to_string();
    assert!(answers(0).contains("\"rejected\"") && answers(0).contains("Somebody has to."), "{all}");
    assert!(answers(1).contains("\"accepted\""), "{all}");
}

#[test]
fn nobody_at_a_terminal_echoes_over_their_own_objection_unasked() {
    let (world, bob, log) = answered();
    let sync = |answer: &'static str| {
        let mut command = world.command(&bob, "bicker");
        command.arg("sync").current_dir(&log);
        let mut answers = Some(answer);
        sit_at(&mut command, |screen| answers.take_if(|_| screen.ends_with("? [y/N] ")).map(str::to_owned))
    };
    let echoes = || world.run_in(&bob, &log, &["bicker", "log", "--kind", "echo"]).success().stdout().to_owned();
    for no in ["\n", "\u{4}"] {
        let Session { screen, code } = sync(no);
        assert_eq!(code, Some(0), "{screen}");
        assert!(screen.contains("your objection to alice's proposal: alice rejects it: Somebody has to."), "{screen}");
        assert!(screen.contains("error: alice's revision is not echoed"), "{screen}");
        assert_eq!(screen.matches("[y/N]").count(), 1, "{screen}");
        assert_eq!(echoes(), "");
    }
    let Session { screen, code } = sync("y\n");
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("signed: echo in step 1 ("), "{screen}");
    assert!(echoes().contains("echo"), "{}", echoes());
}

#[test]
fn whoever_does_not_echo_types_what_the_hints_say() {
    let (world, bob, log) = answered();
    let mut command = world.command(&bob, "bicker");
    command.arg("sync").current_dir(&log);
    let mut answers = Some("\n".to_owned());
    let Session { screen, .. } = sit_at(&mut command, |screen| answers.take_if(|_| screen.ends_with("? [y/N] ")));
    for (words, kind) in [("to echo it anyway: ", "echo"), ("to support no revision in this round: ", "abandon")] {
        let typed = screen.lines().find_map(|line| Some(line.split_once(words)?.1.trim().to_owned())).expect("a hint");
        let script = format!("EDITOR=\"sed -i '3s/^$/Not like this./'\" {typed}");
        world.run_in(&bob, &log, &["sh", "-c", &script]).success();
        let signed = world.run_in(&bob, &log, &["bicker", "log", "--by", "bob", "--kind", kind]);
        assert_eq!(signed.success().stdout().lines().count(), 1, "{}", signed.stdout());
    }
}

/// What runs by itself goes on: whoever wants to look first does so at a terminal.
#[test]
fn without_a_terminal_sync_echoes() {
    let (world, bob, log) = answered();
    let ran = world.run_in(&bob, &log, &["bicker", "sync"]);
    assert!(ran.success().stdout().contains("signed: echo in step 1 ("), "{}", ran.stdout());
}

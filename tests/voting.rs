//! A vote without a name, at a real terminal: what is asked, and that nothing is signed without a yes.

mod common;
#[path = "ceremony/terminal.rs"]
mod terminal;

use std::path::{Path, PathBuf};

use common::{Person, World};
use terminal::{Session, sit_at};

/// Four have joined, and bob has proposed something to compete with alice's proposal. Gives the world, carol, and her log.
fn two_proposals() -> (World, Person, PathBuf) {
    let world = World::new();
    let names = ["alice", "bob", "carol", "dave"];
    for person in &world.group("Rivals", &names) {
        world.join(person);
    }
    // Each without having seen the other's.
    for name in ["alice", "bob"] {
        let person = world.person(name);
        std::fs::write(person.home.join("text.md"), format!("What {name} says.\n")).expect("the text");
        let title = format!("By {name}");
        let propose = ["bicker", "propose", "--title", &title, "--file", "../text.md", "--offline", "--remote-unseen"];
        world.run_in(&person, &person.home.join("log"), &propose).success();
        world.run_in(&person, &person.home.join("log"), &["git", "push", "-q"]).success();
    }
    let carol = world.person("carol");
    let log = carol.home.join("log");
    (world, carol, log)
}

fn votes(world: &World, carol: &Person, log: &Path) -> String {
    world.run_in(carol, log, &["bicker", "log", "--kind", "vote"]).success().stdout().to_owned()
}

#[test]
fn a_person_is_asked_and_only_yes_is_signed() {
    let (world, carol, log) = two_proposals();
    world.run_in(&carol, &log, &["bicker", "like", "bob"]).success();
    let vote = |answer: &'static str| {
        let mut command = world.command(&carol, "bicker");
        command.args(["vote", "--push"]).current_dir(&log);
        let mut answers = Some(answer);
        sit_at(&mut command, |screen| answers.take_if(|_| screen.ends_with("? [y/N] ")).map(str::to_owned))
    };
    let Session { screen, code } = vote("\n");
    assert_eq!(code, Some(2), "{screen}");
    assert!(screen.contains("\n  1. bob: \"By bob\" (you like, score 1, "), "{screen}");
    assert!(screen.contains("\n  2. alice: \"By alice\" (score 1, "), "{screen}");
    assert!(screen.contains("\nvote for bob's proposal \"By bob\"? [y/N] "), "{screen}");
    assert!(screen.contains("error: you did not say yes, so nothing was signed\n"), "{screen}");
    let typed = screen.lines().find_map(|line| line.strip_prefix("the whole text: ")).expect("a hint");
    let shown = world.run_in(&carol, &log, &["sh", "-c", typed]);
    assert!(shown.success().stdout().contains("title: \"By bob\"\n"), "{}", shown.stdout());
    assert_eq!(votes(&world, &carol, &log), "");
    let Session { screen, code } = vote("\u{4}");
    assert_eq!(code, Some(2), "{screen}");
    assert_eq!(votes(&world, &carol, &log), "");
    let Session { screen, code } = vote("y\n");
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("signed: vote for bob's proposal in step 1 ("), "{screen}");
    assert!(votes(&world, &carol, &log).ends_with("step 1: vote for bob\n"));
    let Session { screen, code } = vote("y\n");
    assert_eq!(code, Some(1), "{screen}");
    assert!(screen.contains("error: you have voted in step 1") && !screen.contains("[y/N]"), "{screen}");
}

#[test]
fn nobody_is_asked_for_a_vote_for_themselves() {
    let (world, _, _) = two_proposals();
    let bob = world.person("bob");
    let log = bob.home.join("log");
    let alone = world.run_in(&bob, &log, &["bicker", "vote", "--by-reputation", "--offline", "--remote-unseen"]);
    let said = alone.failure(1).stderr().to_owned();
    assert!(
        said.contains("there is only bob (your own)\nhint: vote for your own by name: bicker vote bob\n"),
        "{said}"
    );
    world.run_in(&bob, &log, &["bicker", "like", "bob"]).failure(2);
    world.run_in(&bob, &log, &["bicker", "dislike", "bob", "--forget"]).failure(2);
    let unknown = world.run_in(&bob, &log, &["bicker", "like", "zoe"]).failure(2).stderr().to_owned();
    assert_eq!(unknown, "error: the charter has no researcher zoe\nhint: see who is there: bicker charter show\n");
}

#[test]
fn an_opinion_is_kept_forgotten_and_never_pushed() {
    let (world, carol, log) = two_proposals();
    let run = |argv: &[&str]| world.run_in(&carol, &log, argv).success().stdout().to_owned();
    run(&["bicker", "dislike", "bob"]);
    run(&["bicker", "like", "dave"]);
    assert!(run(&["bicker", "reputation"]).lines().any(|line| line.starts_with("bob ") && line.ends_with("  -1")));
    assert!(run(&["bicker", "reputation", "--explain", "dave"]).contains("You like dave; only this repository knows."));
    assert!(!run(&["bicker", "reputation", "--json"]).contains("like"));
    run(&["bicker", "sync"]);
    let status = run(&["git", "status", "--porcelain"]);
    assert_eq!(status, "", "git sees no file of it");
    assert_eq!(run(&["bicker", "like", "bob", "--forget"]), "forgotten that you dislike bob\n");
    assert_eq!(run(&["bicker", "dislike", "bob", "--forget"]), "you had no opinion of bob\n");
    let kept = std::fs::read_to_string(log.join(".git/bicker/opinions")).expect("the file");
    assert_eq!(kept, "like dave\n");
    std::fs::write(log.join(".git/bicker/opinions"), "like dave a lot\n").expect("the file");
    let said = world.run_in(&carol, &log, &["bicker", "reputation"]).failure(3).stderr().to_owned();
    assert!(said.contains("error: your opinions cannot be used\n") && said.contains("start anew: rm "), "{said}");
}

/// At a terminal a person sees what is about to be signed, and can change it, or leave it.
#[test]
fn what_cannot_be_taken_back_is_shown_first() {
    let (world, carol, log) = two_proposals();
    let types = |arguments: &[&str], answers: &[&str]| {
        let mut command = world.command(&carol, "bicker");
        command.args(arguments).current_dir(&log).env("EDITOR", "sed -i 's/Because./So that all is said./'");
        let mut answers = answers.iter();
        let asks = |screen: &str| screen.ends_with("[Y]es, [e]dit, [n]o: ");
        sit_at(&mut command, |screen| asks(screen).then(|| answers.next().map(|answer| (*answer).to_owned()))?)
    };
    let vote = ["vote", "alice", "--reason", "Because."];
    let Session { screen, code } = types(&vote, &["perhaps\n", "n\n"]);
    assert_eq!(code, Some(2), "{screen}");
    assert!(screen.contains("about to sign: vote for alice's proposal in step 1\n"), "{screen}");
    assert!(screen.contains("\n  Because.\n") && screen.matches("[Y]es").count() == 2, "{screen}");
    assert!(screen.contains("error: you did not say yes, so nothing was signed\n"), "{screen}");
    let Session { code, .. } = types(&vote, &["\u{4}"]);
    assert_eq!(code, Some(2), "whoever hangs up has not said yes");
    assert_eq!(votes(&world, &carol, &log), "");

    let Session { screen, code } = types(&vote, &["e\n", "\n"]);
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("\n  So that all is said.\n"), "{screen}");
    let shown = world.run_in(&carol, &log, &["git", "show", "HEAD:steps/0001/r0/vote.md"]);
    assert!(shown.success().stdout().ends_with("---\nSo that all is said.\n"), "{}", shown.stdout());
    let drafts = std::fs::read_dir(log.join(".git/bicker/drafts")).expect("a folder");
    assert_eq!(drafts.count(), 0, "what is signed does not stay among the drafts");

    let Session { screen, code } = types(&["abandon", "--reason", "Enough.", "--yes"], &[]);
    assert_eq!(code, Some(0), "{screen}");
    assert!(!screen.contains("[Y]es"), "{screen}");
}

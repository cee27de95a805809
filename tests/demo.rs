//! The demo as a person runs it, and what it leaves behind as git and the verifier see it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const RESEARCHERS: [&str; 4] = ["alice", "bob", "carol", "mallory"];

/// The program, in an environment in which nobody's own settings reach git.
fn bicker(temporary: &Path) -> Command {
    hermetic(Command::new(env!("CARGO_BIN_EXE_bicker")), temporary)
}

fn hermetic(mut command: Command, temporary: &Path) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", temporary).env("TMPDIR", temporary).env("GIT_CONFIG_NOSYSTEM", "1");
    command.env_remove("XDG_CONFIG_HOME").env_remove("COLUMNS").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs git in a repository; it must end well. Gives all it printed.
fn git(home: &Path, repository: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(repository).args(arguments);
    let output = hermetic(command, home).output().expect("git runs");
    let printed = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "git {arguments:?} in {}: {printed}", repository.display());
    printed
}

/// Every repository that the demo leaves behind.
fn repositories(kept: &Path) -> Vec<PathBuf> {
    let of = |who: &&str| ["log.git", "log", "log/.git/bicker/cache"].map(|name| kept.join(who).join(name));
    RESEARCHERS.iter().flat_map(of).chain([kept.join("eve/cache")]).collect()
}

#[test]
fn the_demo_goes_as_told_and_what_it_keeps_stands_up() {
    let dir = tempfile::tempdir().expect("a folder");
    let (home, kept) = (dir.path().join("home"), dir.path().join("kept"));
    fs::create_dir(&home).expect("made");
    let told = bicker(&home).arg("demo").arg("--keep").arg("../kept").current_dir(&home).output().expect("runs");
    assert_eq!(told.status.code(), Some(0), "{}{}", text(&told.stdout), text(&told.stderr));

    it_reads_well(&text(&told.stdout), &kept);
    for file in ["README.txt", "charter.yaml", "allowed-signers", "eve/verdict.json"] {
        assert!(kept.join(file).is_file(), "{file}");
    }
    let readme = fs::read_to_string(kept.join("README.txt")).expect("text");
    assert!(!readme.contains("@DIR@") && !readme.contains("@BICKER@"), "{readme}");
    for repository in repositories(&kept) {
        git_finds_no_fault(&home, &kept, &repository);
    }
    a_fresh_look_gives_the_same_verdict(&home, &kept);
    both_votes_are_where_the_readme_says(&home, &kept);
}

fn it_reads_well(story: &str, kept: &Path) {
    assert!(!story.contains('\x1b'), "colour, but this is no terminal");
    let place = kept.canonicalize().expect("a folder").display().to_string();
    // Addresses and digests are as long as they are.
    let breakable = story.lines().filter(|line| !line.contains(&place) && !line.contains("sha256:"));
    let long: Vec<&str> = breakable.filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
    assert!(story.contains("All of it went as told."), "{story}");
}

fn git_finds_no_fault(home: &Path, kept: &Path, repository: &Path) {
    assert_eq!(git(home, repository, &["fsck", "--strict", "--no-dangling"]), "", "{}", repository.display());
    let signers = format!("gpg.ssh.allowedSignersFile={}", kept.join("allowed-signers").display());
    let commits = git(home, repository, &["rev-list", "--all", "--min-parents=1"]);
    let commits: Vec<&str> = commits.lines().collect();
    assert!(commits.len() > 10, "{}: {commits:?}", repository.display());
    let roots = git(home, repository, &["rev-list", "--all", "--max-parents=0"]);
    assert_eq!(roots.lines().count(), 1, "one genesis");
    let verify = [&["-c", &signers, "verify-commit"], commits.as_slice()].concat();
    let said = git(home, repository, &verify);
    assert_eq!(said.matches("Good \"git\" signature for ").count(), commits.len(), "{said}");
}

fn a_fresh_look_gives_the_same_verdict(home: &Path, kept: &Path) {
    let fresh: Output = bicker(home)
        .args(["verify", "--format", "json", "--cache"])
        .arg(home.join("cache"))
        .arg("--charter")
        .arg(kept.join("charter.yaml"))
        .output()
        .expect("runs");
    assert_eq!(fresh.status.code(), Some(1), "{}", text(&fresh.stderr));
    assert_eq!(text(&fresh.stdout), fs::read_to_string(kept.join("eve/verdict.json")).expect("text"));
}

fn both_votes_are_where_the_readme_says(home: &Path, kept: &Path) {
    let verdict = fs::read_to_string(kept.join("eve/verdict.json")).expect("text");
    let verdict: serde_json::Value = serde_json::from_str(&verdict).expect("JSON");
    let mut proof: Vec<&str> =
        verdict["findings"][0]["commits"].as_array().expect("two").iter().filter_map(|c| c.as_str()).collect();
    proof.sort_unstable();
    let log = kept.join("mallory/log");
    let votes = git(home, &log, &["rev-parse", "main", "for-carol"]);
    let mut votes: Vec<&str> = votes.lines().collect();
    votes.sort_unstable();
    assert_eq!(votes, proof);
    let shown = git(home, &kept.join("mallory/log.git"), &["rev-parse", "main"]);
    assert_eq!(shown, git(home, &log, &["rev-parse", "for-carol"]));
}

#[test]
fn nothing_is_left_of_a_demo_that_is_not_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let told = bicker(dir.path()).arg("demo").output().expect("runs");
    assert_eq!(told.status.code(), Some(0), "{}{}", text(&told.stdout), text(&told.stderr));
    assert_eq!(fs::read_dir(dir.path()).expect("readable").count(), 0);
}

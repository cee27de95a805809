//! What bicker's hooks cost: a push of 1,000 entries into an empty server, with and without them.
//!
//! The entries are made in memory; the push is git's own, over a folder. It reports and asserts nothing about time.
//! Run it with `cargo bench --bench push`.

#[path = "../tests/common/mod.rs"]
mod common;
#[path = "../tests/served/mod.rs"]
mod served;

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bicker::protocol::history::History;
use bicker::protocol::id::CommitId;
use bicker::sim;

use served::Served;

/// How many entries are pushed, at least.
const ENTRIES: usize = 1_000;

/// How often each thing is measured; the best is told, since whatever else the machine does only slows it down.
const RUNS: usize = 5;

const ZEROS: &str = "0000000000000000000000000000000000000000";

fn main() {
    let served = Served::new(&["alice", "bob", "carol", "dave"]);
    let (played, head, before) = played(&served);
    let entries = reached(&played, head);
    served.brings(&played, head);
    served.sh("git repack -adq").success();
    println!("{entries} entries of 4 researchers, pushed over a folder; the best of {RUNS} runs\n");
    println!("{:44} {:>9} {:>11} {:>12}", "", "time", "entries/s", "peak memory");

    let push = |hooks: bool, options: &str| {
        measured(|| {
            empty(&served, hooks);
            timed(&served, &format!("git push -q {options} origin main"))
        })
    };
    row("cold, no hooks", push(false, "--no-verify"), entries, None);
    row("cold, the server's hook", push(true, "--no-verify"), entries, None);
    row("cold, both hooks", push(true, ""), entries, None);

    let next = measured(|| {
        empty(&served, true);
        served.sh(&format!("git push -q origin {before}:refs/heads/main")).success();
        timed(&served, "git push -q origin main")
    });
    row("the next entries after that, both hooks", next, entries - reached(&played, before), None);

    // The server holds everything by now, so its hook can be asked alone, as if it had come just now.
    let server = served.world.remote(&served.alice);
    let asked = format!("{ZEROS} {head} refs/heads/main\n");
    let alone = |hook: &[&str], asked: &str| {
        let runs: Vec<(Duration, u64)> = (0..RUNS).map(|_| run_hook(&served, &server, hook, asked)).collect();
        let (time, peak) = (runs.iter().map(|run| run.0).min(), runs.iter().map(|run| run.1).max());
        (time.unwrap_or_default(), peak.filter(|peak| *peak > 0))
    };
    let (time, peak) = alone(&["pre-receive"], &asked);
    row("the server's hook alone (pre-receive)", time, entries, peak);
    let url = server.display().to_string();
    let asked = format!("refs/heads/main {head} refs/heads/main {ZEROS}\n");
    let (time, peak) = alone(&["pre-push", "origin", &url], &asked);
    row("the client's hook alone (pre-push)", time, entries, peak);
}

/// Steps agreed by all, one after the other, until alice's log brings enough entries; the head of it, and the head a
/// step before.
fn played(served: &Served) -> (sim::World, CommitId, CommitId) {
    let mut played = sim::World::of(served.charter.clone());
    played.joins_all();
    let mut before = played.genesis();
    for step in 1.. {
        let author = ["alice", "bob", "carol", "dave"][step as usize % 4];
        played.agrees(author, step);
        let head = played.head("alice").expect("an entry");
        if played.commits().count() > ENTRIES && reached(&played, head) >= ENTRIES {
            return (played, head, before);
        }
        before = head;
    }
    unreachable!("steps do not end");
}

/// How many entries a head brings.
fn reached(played: &sim::World, head: CommitId) -> usize {
    let mut history = History::new(played.charter().clone());
    history.extend(played.store(), head).expect("a store in memory");
    history.index.entries().count()
}

/// An empty server in the place of alice's, with bicker's hook or without.
fn empty(served: &Served, hook: bool) {
    let server = served.world.remote(&served.alice);
    fs::remove_dir_all(&server).expect("removed");
    let server = server.display();
    served.sh(&format!("git init -q --bare --initial-branch=main {server}")).success();
    if hook {
        let install = format!("bicker hooks install --server --charter ../charter.yaml --as alice {server}");
        served.sh(&install).success();
    }
}

fn timed(served: &Served, typed: &str) -> Duration {
    let start = Instant::now();
    served.sh(typed).success();
    start.elapsed()
}

fn measured(each: impl Fn() -> Duration) -> Duration {
    (0..RUNS).map(|_| each()).min().unwrap_or_default()
}

/// Runs a hook as git would; gives its time, and the most memory it was seen to hold, in KiB (0 where the system does
/// not tell).
fn run_hook(served: &Served, server: &std::path::Path, hook: &[&str], asked: &str) -> (Duration, u64) {
    let folder = if hook == ["pre-receive"] { server.to_owned() } else { served.log() };
    let mut command = served.world.command(&served.alice, "bicker");
    command.arg("hook").args(hook).current_dir(&folder).stdin(Stdio::piped());
    if folder == *server {
        command.env("GIT_DIR", server);
    }
    let start = Instant::now();
    let mut child = command.spawn().expect("bicker starts");
    child.stdin.take().expect("a pipe").write_all(asked.as_bytes()).expect("asked");
    let mut peak = 0;
    let status = loop {
        let told = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = peak.max(line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0));
        if let Some(status) = child.try_wait().expect("waited for") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    assert!(status.success(), "{hook:?} refuses an honest push");
    (start.elapsed(), peak)
}

fn row(what: &str, time: Duration, entries: usize, peak: Option<u64>) {
    let rate = entries as f64 / time.as_secs_f64();
    let peak = peak.map_or_else(String::new, |peak| format!("{:.0} MiB", peak as f64 / 1024.0));
    println!("{what:44} {:>7.0} ms {rate:>11.0} {peak:>12}", time.as_secs_f64() * 1000.0);
}

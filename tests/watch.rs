//! `sync --watch`: goes on by itself when others have written, through a remote that is away for a while, until it is
//! interrupted.

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use common::{Person, World};

/// How long a line may be waited for before the watcher counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// A watcher that is ended with the test.
struct Watcher(Child);

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(lines: &Receiver<String>, wanted: &str) {
    let mut seen = Vec::new();
    loop {
        let line = lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line {wanted:?} after {seen:#?}"));
        if line.contains(wanted) {
            return;
        }
        seen.push(line);
    }
}

#[test]
fn a_watcher_goes_on_when_others_write() {
    let world = World::new();
    let [alice, bob] = <[Person; 2]>::try_from(world.group("Watched", &["alice", "bob"])).expect("two people");
    world.join(&alice);
    world.join(&bob);

    let mut command = world.command(&bob, "bicker");
    command.current_dir(bob.home.join("log")).args(["sync", "--watch", "1"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("bicker starts");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let _watcher = Watcher(child);
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    wait_for(&lines, "next: bicker propose");

    // While alice's remote is away nothing is lost.
    let (there, away) = (world.remote(&alice), world.remotes().join("away.git"));
    std::fs::rename(&there, &away).expect("moved");
    wait_for(&lines, "unreachable");
    std::fs::rename(&away, &there).expect("moved back");
    let log = alice.home.join("log");
    world.run_in(&alice, &log, &["bicker", "propose", "--title", "One", "--file", "/dev/null"]).failure(2);
    std::fs::write(alice.home.join("one.md"), "A text.\n").expect("a text");
    world.run_in(&alice, &log, &["bicker", "propose", "--title", "One", "--file", "../one.md", "--push"]).success();
    wait_for(&lines, "new: ");
    wait_for(&lines, "next: bicker criticize alice");
    // Bob may not have been there to see it.
    let status = world.run_in(&bob, &bob.home.join("log"), &["bicker", "status", "--offline"]);
    assert!(status.success().stdout().contains("\nnew to you: "), "{}", status.stdout());
}

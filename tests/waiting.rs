//! Nobody waits for somebody else's transfer: while one command hangs on a remote that says nothing, others of the same
//! researcher, and of the same cache, come to their end.

mod common;
#[path = "ceremony/terminal.rs"]
mod terminal;

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use common::{Person, World};
use terminal::{Session, sit_at};

/// A remote that takes connections and says nothing.
struct Silent(TcpListener);

impl Silent {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    /// The option that has alice's remote there.
    fn option(&self) -> String {
        format!("--remote=alice=git://{}/alice.git", self.0.local_addr().expect("an address"))
    }

    /// Waits until somebody has come, and asked.
    fn asked(&self) -> TcpStream {
        let (mut stream, _) = self.0.accept().expect("a connection");
        stream.read_exact(&mut [0; 4]).expect("a request");
        stream
    }
}

/// A command at work, ended with the test.
struct AtWork(Child);

impl AtWork {
    fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        Self(command.spawn().expect("bicker starts"))
    }

    fn is_at_work(&mut self) -> bool {
        self.0.try_wait().expect("asked").is_none()
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Two who have joined, and bob's log.
fn joined(world: &World) -> (Person, Person, PathBuf) {
    let [alice, bob] = <[Person; 2]>::try_from(world.group("Waiting", &["alice", "bob"])).expect("two people");
    world.join(&alice);
    let log = world.join(&bob);
    (alice, bob, log)
}

#[test]
fn nobody_waits_for_a_remote_that_another_command_is_asking() {
    let world = World::new();
    let (_, bob, log) = joined(&world);
    let silent = Silent::new();
    let mut command = world.command(&bob, "bicker");
    command.args(["verify", "--format", "json", &silent.option()]).current_dir(&log);
    let mut first = AtWork::start(&mut command);
    let wire = silent.asked();

    let run = |arguments: &[&str]| world.run_in(&bob, &log, &[&["bicker"], arguments].concat());
    run(&["status", "--offline"]).success();
    std::fs::write(bob.home.join("one.md"), "A text.\n").expect("a text");
    run(&["propose", "--title", "One", "--file", "../one.md", "--push"]).success();
    run(&["sync"]).success();
    assert!(first.is_at_work(), "the others came to their end before it");

    // What it had taken in by then, the others have left alone.
    drop((wire, silent));
    let mut report = String::new();
    first.0.stdout.take().expect("its output").read_to_string(&mut report).expect("a report");
    assert_eq!(first.0.wait().expect("its end").code(), Some(3), "{report}");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1), "{report}");
    assert_eq!(
        (&report["findings"][0]["code"], &report["findings"][0]["researcher"]),
        (&"unreachable".into(), &"alice".into())
    );
    assert_eq!(report["researchers"][1]["reachable"], true);
}

#[test]
fn a_watcher_holds_nothing_while_it_looks() {
    let world = World::new();
    let (_, bob, log) = joined(&world);
    let silent = Silent::new();
    let mut command = world.command(&bob, "bicker");
    command.args(["sync", "--watch", &silent.option()]).current_dir(&log);
    let mut watcher = AtWork::start(&mut command);
    let wire = silent.asked();
    std::fs::write(bob.home.join("one.md"), "A text.\n").expect("a text");
    let propose = ["bicker", "propose", "--title", "One", "--file", "../one.md", "--push"];
    world.run_in(&bob, &log, &propose).success();
    assert!(watcher.is_at_work());
    // It signs nothing on top of what it has not seen, and goes on from there.
    drop((wire, silent));
    let output = BufReader::new(watcher.0.stdout.take().expect("its output"));
    let line = output.lines().map_while(Result::ok).find(|line| line.contains("next: "));
    assert!(line.is_some(), "it tells where the group stands");
}

#[test]
fn a_person_is_told_whom_a_look_waits_for_and_nothing_of_that_is_left() {
    let world = World::new();
    let (_, bob, log) = joined(&world);
    let silent = Silent::new();
    let mut command = world.command(&bob, "bicker");
    command.args(["status", &silent.option()]).current_dir(&log);
    // Nobody answers until that is on the screen, so without it this would not end well.
    let mut waits = Some(silent);
    let Session { screen, code } = sit_at(&mut command, |screen| {
        if screen.contains("\rasking 2 remotes: waiting for alice") {
            waits = None;
        }
        None
    });
    assert_eq!(code, Some(0), "{screen:?}");
    assert!(waits.is_none(), "nothing was said of it: {screen:?}");
    assert!(screen.starts_with("the remote of alice could not be reached: "), "nothing is left: {screen:?}");
}

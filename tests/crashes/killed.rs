//! Killing a program at one of its system calls, with strace.
//!
//! The first run, unharmed, lists the calls by which a program changes what is on the disk or starts another program. Each
//! later run is killed, as by a loss of power, when it is about to make one of them: the call itself is not made any more.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{Person, World};

/// Calls that change the disk, and those that start a program. What a processor does not have is passed over (`?`).
const CALLS: &[&str] = &[
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "ftruncate",
    "?rename",
    "renameat",
    "renameat2",
    "?link",
    "linkat",
    "?symlink",
    "symlinkat",
    "?unlink",
    "unlinkat",
    "?mkdir",
    "mkdirat",
    "?rmdir",
    "?chmod",
    "fchmod",
    "fchmodat",
    "flock",
    "execve",
    "?fork",
    "?vfork",
    "clone",
    "clone3",
];

/// How long one run may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a call of a kind that matters little is taken.
const STRIDE: usize = 12;

/// One call: the `nth` of its kind in the program's first thread.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    call: String,
    nth: usize,
    /// The call as strace shows it, without what is the same in all.
    pub(crate) label: String,
    /// Whether it is always taken, or only every twelfth of its kind.
    matters: bool,
}

/// What came of a run.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Came {
    /// It was killed, when it was about to make this call.
    Killed(String),
    /// It ended by itself, with this status.
    Ended(Option<i32>),
}

/// A command to be run, and a program to be killed in it.
pub(crate) struct Run<'a> {
    pub(crate) world: &'a World,
    pub(crate) person: &'a Person,
    pub(crate) folder: &'a Path,
    pub(crate) argv: &'a [&'a str],
    /// More for its environment, `KEY=value`.
    pub(crate) environment: &'a [String],
    /// A program that the command starts, to be killed in place of the command itself.
    pub(crate) within: Option<&'a Path>,
    /// Whether what it has started is killed with it.
    pub(crate) whole_group: bool,
}

impl Run<'_> {
    /// Runs it unharmed, and gives its points in order: all that matter, and of the others every twelfth.
    pub(crate) fn points(&self) -> Vec<Point> {
        let came = self.under_strace(&["-y"]);
        let report = self.report();
        assert_eq!(came, Came::Ended(Some(0)), "{:?} unharmed, under strace:\n{report}", self.argv);
        taken(read(&report, self.world))
    }

    /// Runs it and kills it at that point.
    pub(crate) fn killed_at(&self, point: &Point) -> Came {
        self.under_strace(&["-e", &format!("inject={}:signal=KILL:when={}", point.call, point.nth)])
    }

    fn trace(&self) -> PathBuf {
        self.person.home.with_extension("trace")
    }

    /// What strace saw: of each call as much as a person can read.
    fn report(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.trace()).expect("strace's own report")).into_owned()
    }

    fn under_strace(&self, more: &[&str]) -> Came {
        let trace = self.trace().display().to_string();
        let calls = format!("trace={}", CALLS.join(","));
        let strace = ["strace", "-qq", "-s", "200", "-e", "signal=none", "-e", &calls, "-o", &trace];
        let strace = [strace.as_slice(), more].concat();
        let _ = fs::remove_file(self.trace());
        let (whole, within) = match self.within {
            None => ([&["env"], self.words().as_slice(), &strace, &["--"], self.argv].concat(), None),
            Some(program) => {
                ([&["env"], self.words().as_slice(), self.argv].concat(), Some(Replaced::by(program, &strace)))
            }
        };
        let mut command = self.world.command(self.person, whole[0]);
        command.args(&whole[1..]).current_dir(self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let status = end(&mut command, self.whole_group);
        drop(within);
        let report = self.report();
        // A call that was never made has no result.
        let last = report.lines().rfind(|line| line.trim_end().ends_with("= ?") && !line.starts_with("exit"));
        match last {
            Some(last) => Came::Killed(label(last, self.world)),
            None => Came::Ended(status.code()),
        }
    }

    fn words(&self) -> Vec<&str> {
        self.environment.iter().map(String::as_str).collect()
    }
}

/// A program in whose place another one stands for a while, which runs it under strace.
struct Replaced {
    program: PathBuf,
    original: PathBuf,
}

impl Replaced {
    fn by(program: &Path, strace: &[&str]) -> Self {
        let original = program.with_extension("original");
        fs::rename(program, &original).expect("moved away");
        let strace: Vec<String> = strace.iter().map(|word| format!("'{word}'")).collect();
        let script = format!("#!/bin/sh\nexec {} -- '{}' \"$@\"\n", strace.join(" "), original.display());
        fs::write(program, script).expect("a script");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).expect("a program");
        Self { program: program.to_owned(), original }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        fs::rename(&self.original, &self.program).expect("moved back");
    }
}

/// Waits for the end of a command, and kills what is left of its process group, if that is asked for or it takes too long.
fn end(command: &mut Command, whole_group: bool) -> std::process::ExitStatus {
    let mut child = command.spawn().expect("strace starts");
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("a process group");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("waited for") {
            break Some(status);
        }
        if start.elapsed() > PATIENCE {
            break None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    if whole_group || status.is_none() {
        // Whoever ended on their own in the meantime is no trouble.
        let _gone = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    status.unwrap_or_else(|| panic!("{command:?} takes longer than {} s", PATIENCE.as_secs()))
}

/// The calls in strace's report, in order.
fn read(report: &str, world: &World) -> Vec<Point> {
    let mut counts = std::collections::BTreeMap::new();
    let mut points = Vec::new();
    for line in report.lines() {
        let Some((call, _)) =
            line.split_once('(').filter(|(call, _)| call.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        else {
            continue;
        };
        let nth = counts.entry(call.to_owned()).and_modify(|n| *n += 1).or_insert(1);
        if changes_something(call, line) {
            points.push(Point {
                call: call.to_owned(),
                nth: *nth,
                label: label(line, world),
                matters: matters(call, line),
            });
        }
    }
    points
}

/// Not: a failed call, a new thread, the start of the program itself, words for the person.
fn changes_something(call: &str, line: &str) -> bool {
    match call {
        "fork" | "vfork" => true,
        "clone" | "clone3" => !line.contains("CLONE_THREAD"),
        "execve" => false,
        "write" | "pwrite64" => line.contains("</"),
        _ => !line.contains(" = -1 "),
    }
}

/// Saving and renaming always matter, and so does starting a program. Of the rest, what happens to the cache of what others
/// have served and to single objects of git is the same many times over; so are the transfers that come into the cache, and
/// the configuration that `join` writes anew for each of its settings.
fn matters(call: &str, line: &str) -> bool {
    let always = ["fsync", "fdatasync", "rename", "renameat", "renameat2", "fork", "vfork", "clone", "clone3", "flock"];
    let same = ["/bicker/cache/", "/bicker/.bicker-cache-", "/objects/", "/config.lock", "README.sample"]
        .iter()
        .any(|part| line.contains(part));
    let again_and_again = ["/cache/incoming/", "/config.lock"].iter().any(|part| line.contains(part));
    always.contains(&call) && !again_and_again || !same
}

fn taken(points: Vec<Point>) -> Vec<Point> {
    let mut passed = 0;
    let mut take = |point: &Point| {
        passed += usize::from(!point.matters);
        point.matters || passed % STRIDE == 1
    };
    points.into_iter().filter(|point| take(point)).collect()
}

fn label(line: &str, world: &World) -> String {
    let root = world.remotes().with_file_name("");
    line.replace(&root.display().to_string(), "").chars().take(240).collect()
}

/// strace must be here and be allowed to do its work. Without it these tests would say nothing, so they fail.
pub(crate) fn strace_works() {
    let wanted = "these tests kill programs with strace (package strace, 5.0 or later)";
    let tried = Command::new("strace").args(["-qq", "-e", "trace=execve", "-o", "/dev/null", "true"]).output();
    match tried {
        Err(e) => panic!("{wanted}, which cannot be run: {e}"),
        Ok(tried) if !tried.status.success() => panic!(
            "{wanted}, which may not trace here (in a container: --cap-add=SYS_PTRACE): {}",
            String::from_utf8_lossy(&tried.stderr)
        ),
        Ok(_) => {}
    }
}

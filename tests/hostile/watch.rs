//! Runs a program to its end and tells how much memory it and everything it started ever took at one time.
//!
//! What is measured is resident memory (`VmHWM` in Linux's `/proc/PID/status`: the most a process ever held), added up
//! over the program and all its living descendants, git and its helpers among them, a hundred times a second. Other
//! ways would say something else: a limit on address space (`ulimit -v`) strikes for memory that is only reserved, as thread
//! stacks and mapped packs are; a limit on resident memory (`ulimit -m`) has no effect on Linux; and `wait4` tells the
//! largest single process, not their sum, and no safe interface that we use has it. Shared pages count once for each
//! process here, so the sum is rather too high. What it misses is a process that comes and goes between two looks, and
//! what one takes after the last: 10 ms on an idle machine, too little for hundreds of megabytes, more on a busy one.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(10);

/// How long one verification may take before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(100);

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit status; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote.
    pub(crate) stdout: Vec<u8>,
    /// What it complained about.
    pub(crate) stderr: Vec<u8>,
    /// The most memory that it and its descendants held at one time, in bytes.
    pub(crate) peak: u64,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Runs `command` without input, and watches it.
pub(crate) fn run(command: &mut Command) -> Result<Ended, String> {
    let [mut stdout, mut stderr] = [(), ()].map(|()| tempfile::tempfile().expect("a temporary file"));
    let same = |file: &File| file.try_clone().expect("a second handle");
    command.stdin(Stdio::null()).stdout(same(&stdout)).stderr(same(&stderr)).process_group(0);
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| format!("does not start: {e}"))?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(held(child.id()));
        match child.try_wait().map_err(|e| format!("cannot be waited for: {e}"))? {
            Some(status) => break status,
            None if start.elapsed() < LIMIT => std::thread::sleep(PAUSE),
            None => {
                end(&mut child);
                return Err(format!("takes longer than {} s", LIMIT.as_secs()));
            }
        }
    };
    let took = start.elapsed();
    // A call that is told to be wrong may be over before the first look.
    if peak == 0 && took > Duration::from_millis(200) {
        return Err("its memory cannot be read in /proc".to_owned());
    }
    Ok(Ended { code: status.code(), stdout: content(&mut stdout), stderr: content(&mut stderr), peak, took })
}

/// The most that each living process in the tree below `root` ever held, added up.
fn held(root: u32) -> u64 {
    let mut sum = 0;
    let mut todo = vec![root];
    while let Some(process) = todo.pop() {
        // Whoever has just ended holds nothing and has no children.
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        sum += peak.and_then(|peak| peak.parse::<u64>().ok()).map_or(0, |kib| kib * 1024);
        for thread in fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            todo.extend(children.split_ascii_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    sum
}

/// Ends the program; its git processes end by themselves when it is gone.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // Whoever ended in the meantime is no trouble.
    let _gone = group.map(|group| kill_process_group(group, Signal::KILL));
    let _status = child.wait();
}

fn content(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().expect("the start of the output");
    file.read_to_end(&mut bytes).expect("the output");
    bytes
}

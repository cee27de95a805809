//! Runs a program to its end, and ends it when it does not end by itself.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(4);

/// How a program ended and what it wrote.
pub(crate) struct Ended {
    /// Its exit status; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// What it wrote to its standard output.
    pub(crate) stdout: Vec<u8>,
    /// What it wrote to its standard error; empty when both went to one place.
    pub(crate) stderr: Vec<u8>,
}

/// Runs `command` without input. What takes longer than `limit` is killed with everything it started, and is an error.
///
/// Output goes to files, so that neither a full pipe nor a grandchild that keeps one open can hold the test up.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Ended, String> {
    let (mut stdout, mut stderr) = (file(), file());
    command.stdout(same(&stdout)).stderr(same(&stderr));
    let status = wait(command, limit)?;
    Ok(Ended { code: status.code(), stdout: content(&mut stdout), stderr: content(&mut stderr) })
}

/// The same with both outputs in one place, in the order in which they were written, as a terminal shows them.
pub(crate) fn run_as_on_a_terminal(command: &mut Command, limit: Duration) -> Result<Ended, String> {
    let mut both = file();
    command.stdout(same(&both)).stderr(same(&both));
    let status = wait(command, limit)?;
    Ok(Ended { code: status.code(), stdout: content(&mut both), stderr: Vec::new() })
}

fn wait(command: &mut Command, limit: Duration) -> Result<ExitStatus, String> {
    let start = Instant::now();
    command.stdin(Stdio::null()).process_group(0);
    let mut child = loop {
        match command.spawn() {
            // A child that another thread has just forked may still hold open the script that this one has written.
            Err(e) if e.kind() == ErrorKind::ExecutableFileBusy && start.elapsed() < limit => std::thread::sleep(PAUSE),
            started => break started.map_err(|e| format!("does not start: {e}"))?,
        }
    };
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if start.elapsed() < limit => std::thread::sleep(PAUSE),
            Ok(None) => {
                end(&mut child);
                return Err(format!("takes longer than {} s", limit.as_secs_f32()));
            }
            Err(e) => return Err(format!("cannot be waited for: {e}")),
        }
    }
}

/// Kills the child and all that is in its process group, and takes its exit status off the system's hands.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // Whoever ended on their own in the meantime is no trouble.
        let _gone = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _status = child.wait();
}

fn file() -> File {
    tempfile::tempfile().expect("a temporary file")
}

fn same(file: &File) -> File {
    file.try_clone().expect("a second handle")
}

fn content(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().expect("the start of the output");
    file.read_to_end(&mut bytes).expect("the output");
    bytes
}

//! A person at a real terminal: a program that runs on a pseudo-terminal, and somebody who answers what it asks.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// How long a program may say nothing before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was on the screen when the program ended, echo included, and its exit status. What bicker says of its progress, on a slow
/// machine, and wipes off again, is not there any more.
pub(crate) struct Session {
    pub(crate) screen: String,
    pub(crate) code: Option<i32>,
}

/// Runs `command` on a terminal of its own. Whenever something new is shown, `answer` sees the whole screen and may type.
pub(crate) fn sit_at(command: &mut Command, mut answer: impl FnMut(&str) -> Option<String>) -> Session {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&controller).expect("a terminal for us");
    unlockpt(&controller).expect("a terminal to open");
    let name = ptsname(&controller, Vec::new()).expect("the terminal's name");
    let terminal = || -> Stdio {
        let opened = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty());
        File::from(opened.expect("the terminal")).into()
    };
    let mut child = command.stdin(terminal()).stdout(terminal()).stderr(terminal()).spawn().expect("it starts");
    // The command keeps our ends of the terminal open, and with them open its end would never be seen.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut screen_of = File::from(controller);
    let mut keyboard = screen_of.try_clone().expect("a second handle");
    let (shown, seen) = channel();
    let reader = std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        loop {
            match screen_of.read(&mut bytes) {
                // When nobody has the terminal open any more, Linux says EIO and others say that it ends.
                Ok(0) => break,
                Ok(count) => {
                    if shown.send(bytes[..count].to_vec()).is_err() {
                        break;
                    }
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    });
    let mut screen = Vec::new();
    loop {
        match seen.recv_timeout(PATIENCE) {
            Ok(bytes) => screen.extend(bytes),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                child.kill().expect("it can be ended");
                panic!("it waits for ever:\n{}", String::from_utf8_lossy(&screen));
            }
        }
        if let Some(typed) = answer(&String::from_utf8_lossy(&screen)) {
            keyboard.write_all(typed.as_bytes()).expect("it takes what is typed");
        }
    }
    reader.join().expect("the screen was read");
    let code = child.wait().expect("it ends").code();
    let screen = String::from_utf8(screen).expect("UTF-8").replace("\r\n", "\n");
    Session { screen: without_progress(&screen), code }
}

/// What is left of a screen once the line is wiped off that says what is being done. Only exactly this is bicker's own: any
/// other return to the start of a line stays to be found.
fn without_progress(screen: &str) -> String {
    let mut parts = screen.split('\r');
    let mut left = parts.next().unwrap_or_default().to_owned();
    let mut is_wiped = false;
    for part in parts {
        let is_line = !part.is_empty() && !part.contains('\n');
        if is_line && PROGRESS.iter().any(|begins| part.starts_with(begins)) {
            is_wiped = false;
        } else if is_line && !is_wiped && part.trim().is_empty() {
            is_wiped = true;
        } else {
            if !std::mem::take(&mut is_wiped) {
                left.push('\r');
            }
            left.push_str(part);
        }
    }
    left
}

/// How bicker begins to say what it is doing.
const PROGRESS: [&str; 6] = [
    "asking ",
    "verifying ",
    "keeping what was fetched",
    "publishing your log",
    "trying what git does",
    "judging the proof",
];

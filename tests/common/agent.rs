//! A real ssh-agent of a test's own, which ends with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The agent, and where it listens.
pub(crate) struct Agent {
    process: Child,
    socket: PathBuf,
}

impl Agent {
    /// Starts one: `command` is `ssh-agent` in the surroundings it is to have.
    pub(crate) fn start(command: &mut Command, socket: PathBuf) -> Self {
        let process = command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn();
        let agent = Self { process: process.expect("an agent"), socket };
        for _ in 0..2_000 {
            if agent.socket.exists() {
                return agent;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the agent did not start");
    }

    /// Its socket, for `SSH_AUTH_SOCK`.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Whoever ended on their own in the meantime is no trouble.
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

//! The world of the demo: one folder, in it a folder for each person, who types commands there.
//!
//! Decides what surrounds a command: the folder it is typed in, an environment in which nobody's own settings reach
//! git, and that its exit code is the one that was told. A shell reads each line, so what is shown is what runs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{LineEnding, PrivateKey};

use super::narrator::{Narrator, shortened};
use crate::error::{Error, Result};

/// Variables of the surroundings that reach a command: where programs, libraries and temporary files are, and where a
/// measured program leaves what was measured.
const KEPT: &[&str] = &["PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "LLVM_PROFILE_FILE"];

/// What every command finds set. New repositories are of the kind that logs are in, whatever git's defaults are.
const SET: &[(&str, &str)] = &[
    ("LC_ALL", "C.UTF-8"),
    ("NO_COLOR", "1"),
    ("TERM", "dumb"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_DEFAULT_HASH", "sha1"),
    ("GIT_DEFAULT_REF_FORMAT", "files"),
    ("GIT_TEMPLATE_DIR", ""),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// How the shell finds this program when `bicker` is typed, wherever it is and whatever it is called.
const NAMED_BICKER: &str = "bicker() { \"$0\" \"$@\"; }\n";

/// What of a command's output is shown.
#[derive(Clone, Copy, Debug)]
pub enum Show {
    /// Everything.
    All,
    /// Lines that contain one of these.
    Lines(&'static [&'static str]),
}

impl Show {
    fn of(self, output: &str) -> String {
        match self {
            Self::All => output.to_owned(),
            Self::Lines(wanted) => shortened(output, &|line| wanted.iter().any(|part| line.contains(part))),
        }
    }
}

/// The folder, and who tells what happens in it.
#[derive(Debug)]
pub struct World {
    root: PathBuf,
    program: PathBuf,
    narrator: Narrator,
}

impl World {
    /// A world in an empty folder.
    ///
    /// # Errors
    /// This program cannot be found.
    pub fn at(root: &Path, narrator: Narrator) -> Result<Self> {
        let program = std::env::current_exe()
            .map_err(|e| Error::trouble("this program cannot find itself to run its commands").because(&e))?;
        Ok(Self { root: root.to_owned(), program, narrator })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// This program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Who tells what happens.
    pub const fn narrator(&self) -> &Narrator {
        &self.narrator
    }

    /// Where a person types: in their folder, or in their log once they have one.
    pub fn folder_of(&self, who: &str) -> PathBuf {
        let own = self.root.join(who);
        let log = own.join("log");
        if log.is_dir() { log } else { own }
    }

    /// Makes a person's folder.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn enters(&self, who: &str) -> Result<()> {
        let own = self.root.join(who);
        fs::create_dir(&own).map_err(|e| Error::trouble(format!("cannot make {}", own.display())).because(&e))
    }

    /// Makes a person's folder, and in it a new key that has no passphrase.
    ///
    /// # Errors
    /// Something cannot be made.
    pub fn enters_with_key(&self, who: &str) -> Result<()> {
        self.enters(who)?;
        let key = new_key(who)?;
        let broken = |e: ssh_key::Error| Error::trouble("cannot write a key").because(&e);
        self.write(&format!("{who}/key.pub"), &(key.public_key().to_openssh().map_err(broken)? + "\n"))?;
        self.write_with_mode(&format!("{who}/key"), &key.to_openssh(LineEnding::LF).map_err(broken)?, 0o600)
    }

    /// Somebody types a line, and it ends as it should.
    ///
    /// # Errors
    /// It cannot be run, or ends with another exit code.
    pub fn types(&self, who: &str, line: &str, show: Show) -> Result<String> {
        self.types_in_vain(who, line, 0, show)
    }

    /// Somebody types a line that is to end with an exit code of its own.
    ///
    /// # Errors
    /// It cannot be run, or ends with another exit code.
    pub fn types_in_vain(&self, who: &str, line: &str, exit: i32, show: Show) -> Result<String> {
        self.narrator.typed(who, line)?;
        let (got, output) = self.run(who, line)?;
        if got != Some(exit) {
            self.narrator.printed(&output)?;
            return Err(unlike_told(who, line, exit, got));
        }
        self.narrator.printed(&show.of(&output))?;
        Ok(output)
    }

    /// Several people type the same line, one after the other; of what each gets, the lines that contain `wanted` are shown.
    ///
    /// # Errors
    /// As for [`World::types`].
    pub fn each_types(&self, all: &[&str], line: &str, wanted: &str) -> Result<()> {
        self.narrator.typed(&all.join(", "), line)?;
        for who in all {
            let (got, output) = self.run(who, line)?;
            if got != Some(0) {
                self.narrator.printed(&output)?;
                return Err(unlike_told(who, line, 0, got));
            }
            let lines = output.lines().filter(|line| !wanted.is_empty() && line.contains(wanted));
            self.narrator.printed(&lines.map(|line| format!("{who:8} {line}\n")).collect::<String>())?;
        }
        Ok(())
    }

    /// Writes a file, named from the root of the world.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        self.write_with_mode(name, text, 0o644)
    }

    /// Reads a file, named from the root of the world.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(&self, name: &str) -> Result<String> {
        let path = self.root.join(name);
        fs::read_to_string(&path).map_err(|e| Error::trouble(format!("cannot read {}", path.display())).because(&e))
    }

    fn write_with_mode(&self, name: &str, text: &str, mode: u32) -> Result<()> {
        let path = self.root.join(name);
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|e| Error::trouble(format!("cannot write {}", path.display())).because(&e))
    }

    /// Runs a line, and gives its exit code and all it printed, in the order in which it did.
    fn run(&self, who: &str, line: &str) -> Result<(Option<i32>, String)> {
        let cannot = |e: std::io::Error| Error::trouble(format!("cannot run: {line}")).because(&e);
        let mut output = tempfile::tempfile().map_err(cannot)?;
        let status = self
            .shell(who, line)
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(cannot)?)
            .stderr(output.try_clone().map_err(cannot)?)
            .status()
            .map_err(cannot)?;
        output.rewind().map_err(cannot)?;
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).map_err(cannot)?;
        Ok((status.code(), String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn shell(&self, who: &str, line: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(format!("{NAMED_BICKER}{line}")).arg(&self.program);
        let kept: Vec<(&str, OsString)> =
            KEPT.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))).collect();
        command.env_clear().envs(kept).envs(SET.iter().copied());
        command.env("HOME", self.root.join(who)).env("USER", who).env("LOGNAME", who);
        command.env("COLUMNS", self.narrator.inner_width().to_string());
        command.current_dir(self.folder_of(who));
        command
    }
}

/// A new key of the kind that charters name, from the system's own chance.
fn new_key(who: &str) -> Result<PrivateKey> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")
        .and_then(|mut chance| chance.read_exact(&mut seed))
        .map_err(|e| Error::trouble("the system gives no random numbers for a key").because(&e))?;
    let pair = KeypairData::from(Ed25519Keypair::from_seed(&seed));
    PrivateKey::new(pair, who).map_err(|e| Error::trouble("cannot make a key").because(&e))
}

/// The play does not go on.
fn unlike_told(who: &str, line: &str, exit: i32, got: Option<i32>) -> Error {
    let got = got.map_or_else(|| "was killed".to_owned(), |code| format!("ended with exit code {code}"));
    let first = line.lines().next().unwrap_or_default().trim_end_matches([' ', '\\']);
    Error::wrong(format!("this did not go as told: {who}$ {first} {got}, not {exit}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Exit;

    fn with_world(test: impl FnOnce(&World)) {
        let dir = tempfile::tempdir().expect("a folder");
        let world = World::at(dir.path(), Narrator::of_terminal()).expect("a world");
        world.enters_with_key("alice").expect("a person");
        test(&world);
    }

    #[test]
    fn a_key_is_one_that_signs_for_a_charter() {
        with_world(|world| {
            let dir = world.folder_of("alice");
            let public = crate::git::sign::read_public_key(&dir.join("key.pub")).expect("a public key");
            let signer = crate::git::sign::Signer::open(&dir.join("key"), &public).expect("a key");
            assert!(signer.is_in_process());
            assert_ne!(
                new_key("a").expect("a key").public_key().key_data(),
                new_key("a").expect("a key").public_key().key_data()
            );
        });
    }

    #[test]
    fn output_and_complaints_come_in_order() {
        with_world(|world| {
            let (exit, output) = world.run("alice", "echo one; echo two >&2; echo \"$USER\"; exit 3").expect("run");
            assert_eq!((exit, output.as_str()), (Some(3), "one\ntwo\nalice\n"));
        });
    }

    #[test]
    fn another_exit_code_than_told_ends_the_play() {
        with_world(|world| {
            world.types_in_vain("alice", "exit 1", 1, Show::All).expect("as told");
            let error = world.types("alice", "exit 4", Show::All).expect_err("not as told");
            assert_eq!(error.exit, Exit::Wrong);
            assert_eq!(error.message, "this did not go as told: alice$ exit 4 ended with exit code 4, not 0");
        });
    }
}

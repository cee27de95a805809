//! Runs the `git` program, hardened, so that nothing but the call itself decides what it does. (One way of calling
//! it, [`Git::as_typed_in`], is there to see what a person's own settings do, and is for `doctor` alone.)
//!
//! Decides how git is found, which environment and settings it gets, and how long and how much it may take.
//! It never asks on a terminal, never runs a hook, never reads a repository that the call does not name, and
//! leaves no process behind, not even when bicker itself is killed.
//!
//! What the user has set for git as a whole (`~/.gitconfig`, `/etc/gitconfig`) stays in force: credential
//! helpers, proxies, certificate stores, `insteadOf` and ssh commands are theirs, private remotes cannot be
//! reached without them, and whoever can write there can run anything anyway. What they could weaken is set
//! again for each call, which wins. The environment loses every `GIT_` variable but those of [`KEPT`],
//! because the others (`GIT_DIR`, `GIT_INDEX_FILE`, `GIT_CONFIG_COUNT`, ...) point git elsewhere, and hooks
//! leave them lying about.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::output::Kept;
use super::words::Words;

/// The only `GIT_` variables that reach git: how the user reaches remotes, and where their settings are.
pub const KEPT: &[&str] = &[
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_HTTP_PROXY_AUTHMETHOD",
    "GIT_PROXY_COMMAND",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
];

/// The variables every call sets. `GIT_ALLOW_PROTOCOL` lists the transports of section 1.3 and wins over any
/// `protocol.*.allow`. `GIT_ALLOC_LIMIT` ends git when one object would take more memory than that: a few
/// kilobytes on the wire can unpack to gigabytes.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_ALLOC_LIMIT", "256m"),
    ("GIT_ALLOW_PROTOCOL", "https:ssh:git:file"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// The settings every call makes. Above `bigFileThreshold` git streams blobs instead of holding them.
const SETTINGS: &[&str] = &[
    "advice.graftFileDeprecated=false",
    "core.hooksPath=/dev/null",
    // From git 2.54 on hooks may stand in the configuration, too; a fetch and a push run no others.
    "hook.reference-transaction.enabled=false",
    "core.fsmonitor=false",
    "core.commitGraph=false",
    "core.bigFileThreshold=1m",
    "pack.threads=2",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.version=2",
    "submodule.recurse=false",
    "transfer.bundleURI=false",
];

/// ssh neither asks anything nor lends this machine to the other side.
const SSH_OPTIONS: &str =
    " -oBatchMode=yes -oForwardAgent=no -oForwardX11=no -oClearAllForwardings=yes -oPermitLocalCommand=no";

/// What `/bin/sh` does before it becomes git: the limit on the size of one file (in blocks of 512 bytes; over it a
/// write fails, so that git says why), the limit on memory (1 GiB for each process: a remote can list branches
/// without end, and git holds them all), and a watcher that ends the whole process group unless it reads a line
/// from bicker. When bicker dies, however it dies, the watcher reads an end of file instead. The same socket, the other way
/// round, is 9, by which a call that is [listened to](Call::listened) hears git.
const GUARD: &str = r#"
trap '' XFSZ
[ "$1" = - ] || ulimit -f "$1" 2>/dev/null || :
ulimit -d 1048576 2>/dev/null || :
shift
exec 9>&0 3<&0 </dev/null
( read -r line <&3 || kill -s TERM -- "-$$" ) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
"#;

/// How much of what git prints is kept: of its output the first bytes, of its complaints the last.
const OUTPUT_MAX: usize = 1 << 20;
const STDERR_MAX: usize = 4 << 10;

/// How long git may take to tidy up after it was asked to end.
const GRACE: Duration = Duration::from_secs(2);

/// Why a call came to nothing. A git that ran and failed is not among these: see [`Ran`].
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("git is not installed, or is not in a directory that PATH names absolutely")]
    NotFound,
    /// It took too long and was ended.
    #[error("not done within {} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// It could not be started or watched.
    #[error("cannot run git: {0}")]
    Failed(#[from] io::Error),
}

/// What a git that ran to its end did.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// The first MiB it printed.
    pub stdout: Vec<u8>,
    /// The last 4 KiB of its complaints. The other side may have written any of it: print
    /// [`one_line`](super::output::one_line) of it, and decide nothing by it.
    pub stderr: String,
    /// If the call was listened to: what git itself had to say ([`super::words`]), none of it written by the other side.
    pub words: String,
}

/// The git program, bound to one repository.
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    git_dir: PathBuf,
    ssh: Option<OsString>,
    typed_in: Option<PathBuf>,
}

impl Git {
    /// Finds git and binds it to the repository at `git_dir` (the directory that holds `objects`, which git is
    /// told and does not search for, so that another owner is no obstacle).
    ///
    /// # Errors
    /// When there is no git, or it does not run.
    pub fn at(git_dir: &Path) -> Result<Self, GitError> {
        let program = find_program("git", env::var_os("PATH").as_deref()).ok_or(GitError::NotFound)?;
        let mut git = Self { program, git_dir: git_dir.to_owned(), ssh: None, typed_in: None };
        git.ssh = git.ssh_command()?;
        Ok(git)
    }

    /// git as a person has it who types in `folder`: with their environment, and with every setting of the repository
    /// there. Only for finding out what happens when they do; whoever calls it sees to it that the command runs no
    /// program that the settings name, or only one that is known.
    ///
    /// # Errors
    /// When there is no git.
    pub(super) fn as_typed_in(folder: &Path) -> Result<Self, GitError> {
        let program = find_program("git", env::var_os("PATH").as_deref()).ok_or(GitError::NotFound)?;
        Ok(Self { program, git_dir: PathBuf::new(), ssh: None, typed_in: Some(folder.to_owned()) })
    }

    /// The same git, bound to another repository.
    pub fn within(&self, git_dir: &Path) -> Self {
        Self { git_dir: git_dir.to_owned(), ..self.clone() }
    }

    /// Begins a call of a git command.
    pub fn call(&self, command: &'static str) -> Call<'_> {
        Call {
            git: self,
            command,
            settings: Vec::new(),
            options: Vec::new(),
            operands: Vec::new(),
            timeout: Duration::from_secs(60),
            max_file: None,
            listened: false,
        }
    }

    /// The ssh command the user has chosen, made unable to ask; `None` leaves the choice to git.
    fn ssh_command(&self) -> Result<Option<OsString>, GitError> {
        let chosen = match env::var_os("GIT_SSH_COMMAND") {
            Some(chosen) => chosen,
            None => {
                let ran = self.call("config").options(["--get", "core.sshCommand"]).run()?;
                let line = ran.stdout.split(|b| *b == b'\n').next().unwrap_or_default();
                OsStr::from_bytes(line).to_owned()
            }
        };
        if chosen.is_empty() && env::var_os("GIT_SSH").is_some() {
            return Ok(None);
        }
        let mut command = if chosen.is_empty() { OsString::from("ssh") } else { chosen };
        let first = command.as_bytes().split(|b| *b == b' ').next().unwrap_or_default();
        if Path::new(OsStr::from_bytes(first)).file_name() == Some(OsStr::new("ssh")) {
            command.push(SSH_OPTIONS);
        }
        Ok(Some(command))
    }
}

/// One call of git: options first, then `--`, then operands, so that no operand is ever taken for an option.
#[derive(Debug)]
pub struct Call<'a> {
    git: &'a Git,
    command: &'static str,
    settings: Vec<&'static str>,
    options: Vec<OsString>,
    operands: Vec<OsString>,
    timeout: Duration,
    max_file: Option<u64>,
    listened: bool,
}

impl Call<'_> {
    /// Settings for this call, `key=value`.
    pub fn settings(mut self, settings: &[&'static str]) -> Self {
        self.settings.extend(settings);
        self
    }

    /// Options of the command. They are ours: nothing that others wrote may stand alone here.
    pub fn options<S: Into<OsString>>(mut self, options: impl IntoIterator<Item = S>) -> Self {
        self.options.extend(options.into_iter().map(Into::into));
        self
    }

    /// What follows `--`.
    pub fn operands<S: Into<OsString>>(mut self, operands: impl IntoIterator<Item = S>) -> Self {
        self.operands.extend(operands.into_iter().map(Into::into));
        self
    }

    /// How long it may take; a minute unless said.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The largest file it may write, in bytes (to the next 512).
    pub fn max_file(mut self, bytes: u64) -> Self {
        self.max_file = Some(bytes);
        self
    }

    /// Has git tell its own words apart from those of the other side ([`Ran::words`]).
    pub fn listened(mut self) -> Self {
        self.listened = true;
        self
    }

    /// Runs it.
    ///
    /// # Errors
    /// When it could not be started or had to be ended. That git itself failed is no error here.
    pub fn run(self) -> Result<Ran, GitError> {
        let command = match &self.git.typed_in {
            Some(folder) => self.as_typed(folder),
            None => self.hardened(),
        };
        watched(command, self.timeout)
    }

    fn as_typed(&self, folder: &Path) -> Command {
        let mut command = guarded(&self.git.program, self.max_file);
        command.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        command.arg(self.command).args(&self.options);
        if !self.operands.is_empty() {
            command.arg("--").args(&self.operands);
        }
        command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0").current_dir(folder);
        command
    }

    fn hardened(&self) -> Command {
        let mut command = guarded(&self.git.program, self.max_file);
        let mut git_dir = OsString::from("--git-dir=");
        git_dir.push(&self.git.git_dir);
        command.arg(git_dir);
        for setting in SETTINGS.iter().chain(&self.settings) {
            command.args(["-c", setting]);
        }
        command.arg(self.command).args(&self.options);
        if !self.operands.is_empty() {
            command.arg("--").args(&self.operands);
        }
        for (name, _) in env::vars_os() {
            let git_s = name.as_bytes().starts_with(b"GIT_");
            if git_s && !KEPT.iter().any(|kept| name == *kept) {
                command.env_remove(name);
            }
        }
        command.env_remove("SSH_ASKPASS").env("PATH", absolute_only(env::var_os("PATH").as_deref()));
        command.envs(ENVIRONMENT.iter().copied());
        if self.listened {
            command.env("GIT_TRACE2_EVENT", "9");
        }
        if let Some(ssh) = &self.git.ssh {
            command.env("GIT_SSH_COMMAND", ssh);
        }
        command.current_dir("/");
        command
    }
}

/// Runs a program other than git, such as one of OpenSSH's, within bounds.
///
/// # Errors
/// When it could not be started or had to be ended.
pub(super) fn run_program(program: &Path, arguments: &[&OsStr], timeout: Duration) -> Result<Ran, GitError> {
    let mut command = guarded(program, None);
    command.args(arguments).current_dir("/");
    watched(command, timeout)
}

/// A program that does not outlive us, in a process group of its own.
fn guarded(program: &Path, max_file: Option<u64>) -> Command {
    let mut command = Command::new("/bin/sh");
    // A limit that no disk reaches is none, and would overflow in the shell.
    let blocks = max_file.filter(|bytes| *bytes < 1 << 60).map(|bytes| bytes.div_ceil(512).to_string());
    command.args(["-c", GUARD, "sh", blocks.as_deref().unwrap_or("-")]).arg(program).process_group(0);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn watched(mut command: Command, timeout: Duration) -> Result<Ran, GitError> {
    let (mut watcher, theirs) = UnixStream::pair()?;
    let mut child = command.stdin(OwnedFd::from(theirs)).spawn()?;
    // The command holds the other end, too; whoever else does ends with the child.
    drop(command);
    let words = Words::of(watcher.try_clone()?);
    let stdout = child.stdout.take().map(|pipe| Kept::first(pipe, OUTPUT_MAX));
    let stderr = child.stderr.take().map(|pipe| Kept::last(pipe, STDERR_MAX));
    let Some(status) = wait(&mut child, timeout)? else {
        end(&mut child)?;
        return Err(GitError::TimedOut(timeout));
    };
    // The watcher may be gone already; then nothing is left to be told.
    let _ = watcher.write_all(b"\n");
    let stdout = stdout.map(Kept::take).unwrap_or_default();
    let stderr = stderr.map(Kept::take).unwrap_or_default();
    let words = words.take();
    Ok(Ran { status, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned(), words })
}

/// The first executable of that name in a directory that `path` names absolutely: never in the current one.
pub(super) fn find_program(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let executable =
        |file: &PathBuf| file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    env::split_paths(path?).filter(|dir| dir.is_absolute()).map(|dir| dir.join(name)).find(executable)
}

/// `path` without what is relative to the current directory; git and ssh look up programs there too.
pub(super) fn absolute_only(path: Option<&OsStr>) -> OsString {
    let dirs = path.map(|path| env::split_paths(path).filter(|dir| dir.is_absolute()).collect::<Vec<_>>());
    env::join_paths(dirs.unwrap_or_default()).unwrap_or_default()
}

/// Waits for the end; `None` when `timeout` passes first.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut nap = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let left = timeout.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Ok(None);
        }
        thread::sleep(nap.min(left));
        nap = (nap * 2).min(Duration::from_millis(20));
    }
}

/// Ends the whole process group: first kindly, so that git removes its lock files, then not.
fn end(child: &mut Child) -> io::Result<()> {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let signal = |signal| group.map(|group| kill_process_group(group, signal));
    // A group that is gone already is what we want.
    let _ = signal(Signal::TERM);
    let ended = wait(child, GRACE)?;
    let _ = signal(Signal::KILL);
    if ended.is_none() {
        child.wait()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_only_in_absolute_directories() {
        assert_eq!(find_program("sh", Some(OsStr::new("bin:./bin::/bin"))), Some(PathBuf::from("/bin/sh")));
        assert_eq!(find_program("sh", Some(OsStr::new("bin:."))), None);
        assert_eq!(find_program("sh", None), None);
        assert_eq!(absolute_only(Some(OsStr::new(".:/bin::x:/usr/bin"))), OsStr::new("/bin:/usr/bin"));
    }

    #[test]
    fn what_git_prints_and_how_it_ends_is_told() {
        let git = Git::at(Path::new("/nonexistent")).expect("git");
        let ran = git.call("version").run().expect("runs");
        assert!(ran.status.success() && ran.stdout.starts_with(b"git version "), "{ran:?}");
        let ran = git.call("rev-parse").operands(["--git-dir"]).run().expect("runs");
        assert!(!ran.status.success() && ran.stderr.contains("not a git repository"), "{ran:?}");
    }
}

//! The call by which git has something signed: `PROGRAM -Y sign -n git -f KEY [-U] FILE`.
//!
//! Decides how that call is read and answered. Whether a commit may be signed is decided by the pen. Every
//! other call, such as those by which git verifies, is handed on to ssh-keygen as it is.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::sign::keygen;
use crate::protocol::commit::COMMIT_MAX;

/// What bicker says when git wants a commit without a parent signed: no rule has to be asked to know that it is no
/// entry, and no remote either. `doctor` asks for just that, to see whether git's question gets here.
pub const NO_PARENT: &str = "a commit without a parent is not an entry, so it was not signed";

/// What git asks for.
#[derive(Debug)]
pub enum SigningCall {
    /// A signature for this commit; the answer goes into a file beside the one named.
    Commit {
        /// The commit without its signature.
        unsigned: Vec<u8>,
        /// The file that git wrote it to.
        file: PathBuf,
    },
    /// Something else.
    Other,
}

/// Reads a call. Only a signature in the namespace `git` over something that begins like a commit is one for a
/// commit; a longer one than any in a log is cut, and will be refused for that.
///
/// # Errors
/// The file that git names cannot be read.
pub fn read(arguments: &[OsString]) -> io::Result<SigningCall> {
    let after = |flag: &str| arguments.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].as_os_str());
    let signs = after("-Y") == Some(OsStr::new("sign")) && after("-n") == Some(OsStr::new("git"));
    let Some(file) = arguments.last().map(PathBuf::from).filter(|_| signs) else { return Ok(SigningCall::Other) };
    let mut unsigned = Vec::new();
    fs::File::open(&file)?.take(COMMIT_MAX as u64 + 1).read_to_end(&mut unsigned)?;
    match unsigned.starts_with(b"tree ") {
        true => Ok(SigningCall::Commit { unsigned, file }),
        false => Ok(SigningCall::Other),
    }
}

/// Gives git the signature it asked for.
///
/// # Errors
/// The file cannot be written.
pub fn answer(file: &Path, armour: &str) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    fs::write(name, armour)
}

/// Becomes ssh-keygen with the same arguments; returns only if that fails.
pub fn hand_on(arguments: &[OsString]) -> io::Error {
    match keygen() {
        Ok(program) => Command::new(program).args(arguments).exec(),
        Err(e) => e,
    }
}

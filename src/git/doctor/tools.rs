//! git and OpenSSH: are they there, new enough, and does `ssh-keygen` sign as the protocol wants it?
//!
//! A version says what its makers promise; systems repair old versions and break new ones. So `ssh-keygen` also has to
//! sign something with a throwaway key, which is then verified as everybody's signatures are.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Check;
use crate::git::output::one_line;
use crate::git::process::{Git, GitError, find_program, run_program};
use crate::git::sign::keygen;
use crate::protocol::signature::{NAMESPACE, SshSignature};

/// A version, as far as it matters.
type Version = (u32, u32);

/// The oldest git that signs with ssh keys.
const GIT: Version = (2, 34);

/// The oldest OpenSSH whose `ssh-keygen` signs.
const OPENSSH: Version = (8, 1);

/// An OpenSSH whose `ssh-keygen` crashes when it looks for who signed.
const OPENSSH_BROKEN: Version = (8, 7);

/// How long a program may take to say its version, or to sign.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// All checks.
pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![git(), openssh()];
    checks.extend(keygen().err().map(|_| {
        Check::wrong(
            "ssh-keygen is not in a directory that PATH names absolutely",
            "git verifies with it, and so do strangers; keys with a passphrase or in an agent sign through it",
        )
        .fix(INSTALL_OPENSSH)
    }));
    if let Ok(program) = keygen() {
        checks.push(signs(&program));
    }
    checks
}

const INSTALL_GIT: &str = "sudo apt install git   (or as your system does it: https://git-scm.com/downloads)";

const INSTALL_OPENSSH: &str = "sudo apt install openssh-client   (or as your system does it: https://www.openssh.com)";

fn git() -> Check {
    let ran = Git::as_typed_in(Path::new("/")).and_then(|git| git.call("version").timeout(PATIENCE).run());
    let said = match &ran {
        Ok(ran) => String::from_utf8_lossy(&ran.stdout).into_owned(),
        Err(e) => return Check::wrong(e.to_string(), "bicker reaches remotes through git").fix(INSTALL_GIT),
    };
    judge_git(&said)
}

fn judge_git(said: &str) -> Check {
    match version(said.trim().strip_prefix("git version ").unwrap_or_default()) {
        Some(found) if found >= GIT => Check::ok(format!("git {} (2.34 or later is needed)", shown(found))),
        Some(found) => Check::wrong(
            format!("git {} is too old: 2.34 or later is needed", shown(found)),
            "it cannot sign with ssh keys, and it does not know some of the settings that keep fetching safe",
        )
        .fix(INSTALL_GIT),
        None => {
            Check::unknown(format!("git does not report its version: {}", one_line(said)), "2.34 or later is needed")
        }
    }
}

fn openssh() -> Check {
    let Some(program) = find_program("ssh", env::var_os("PATH").as_deref()) else {
        return Check::warning(
            "ssh is not in a directory that PATH names absolutely",
            "remotes that begin with ssh:// or USER@HOST: cannot be reached, and OpenSSH's version is not known",
        )
        .fix(INSTALL_OPENSSH);
    };
    match run_program(&program, &[OsStr::new("-V")], PATIENCE) {
        Ok(ran) => judge_openssh(&ran.stderr),
        Err(e) => Check::unknown("ssh does not report its version", bounded(&e)),
    }
}

fn judge_openssh(said: &str) -> Check {
    let found = said.split("OpenSSH_").nth(1).and_then(version);
    match found {
        Some(OPENSSH_BROKEN) => Check::warning(
            "OpenSSH 8.7, whose signing is broken as it was released",
            "its ssh-keygen crashes where it looks for who signed, unless your system has repaired it",
        )
        .fix(INSTALL_OPENSSH),
        Some(found) if found >= OPENSSH => Check::ok(format!("OpenSSH {} (8.1 or later is needed)", shown(found))),
        Some(found) => Check::wrong(
            format!("OpenSSH {} is too old: 8.1 or later is needed", shown(found)),
            "its ssh-keygen can neither sign nor verify",
        )
        .fix(INSTALL_OPENSSH),
        None => Check::unknown(
            format!("ssh does not say that it is OpenSSH: {}", one_line(said)),
            "8.1 or later is needed; whether ssh-keygen signs was tried all the same",
        ),
    }
}

/// Has `ssh-keygen` sign with a key made for that, and verifies what comes of it.
fn signs(program: &Path) -> Check {
    match try_signing(program) {
        Ok(()) => Check::ok("ssh-keygen signs, and the signature is one that the group accepts"),
        Err(why) => Check::wrong(
            format!("ssh-keygen does not sign: {why}"),
            "keys with a passphrase or in an agent sign through it",
        )
        .fix(INSTALL_OPENSSH),
    }
}

fn try_signing(program: &Path) -> Result<(), String> {
    let said = |e: &dyn std::error::Error| e.to_string();
    let folder = tempfile::Builder::new().prefix("bicker-doctor-").tempdir().map_err(|e| said(&e))?;
    let (key, file) = (folder.path().join("key"), folder.path().join("text"));
    let payload = b"bicker doctor\n";
    fs::write(&file, payload).map_err(|e| said(&e))?;
    let make = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"].map(OsStr::new);
    let sign = ["-Y", "sign", "-n", NAMESPACE, "-f"].map(OsStr::new);
    for arguments in
        [[&make[..], &[key.as_os_str()]].concat(), [&sign[..], &[key.as_os_str(), file.as_os_str()]].concat()]
    {
        let ran = run_program(program, &arguments, PATIENCE).map_err(|e| bounded(&e))?;
        if !ran.status.success() {
            return Err(one_line(&ran.stderr));
        }
    }
    let armour = fs::read_to_string(folder.path().join("text.sig")).map_err(|e| said(&e))?;
    let signature = SshSignature::from_armour_text(&armour).map_err(|e| said(&e))?;
    match signature.verify(payload) {
        true => Ok(()),
        false => Err("what it gave does not verify".to_owned()),
    }
}

/// Why a program came to nothing, without the name of git, which was not run.
fn bounded(e: &GitError) -> String {
    match e {
        GitError::Failed(e) => e.to_string(),
        GitError::NotFound | GitError::TimedOut(_) => e.to_string(),
    }
}

/// `MAJOR.MINOR` at the beginning.
fn version(text: &str) -> Option<Version> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn shown((major, minor): Version) -> String {
    format!("{major}.{minor}")
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn old_programs_are_told_from_new_ones() {
        for (said, state) in [
            ("git version 2.47.3\n", State::Ok),
            ("git version 2.39.5 (Apple Git-154)\n", State::Ok),
            ("git version 2.34.0\n", State::Ok),
            ("git version 3.0.rc1\n", State::Ok),
            ("git version 2.33.9\n", State::Wrong),
            ("git version 1.99.1\n", State::Wrong),
            ("hg 6.1\n", State::Unknown),
            ("", State::Unknown),
        ] {
            assert_eq!(judge_git(said).state, state, "{said}");
        }
        for (said, state) in [
            ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19 27 Jan 2026\n", State::Ok),
            ("OpenSSH_10.0p2, LibreSSL 3.3.6\n", State::Ok),
            ("OpenSSH_8.1p1, LibreSSL 2.7.3\n", State::Ok),
            ("OpenSSH_8.0p1, OpenSSL 1.1.1k\n", State::Wrong),
            ("OpenSSH_7.9p1\n", State::Wrong),
            ("OpenSSH_8.7p1, OpenSSL 3.0.7\n", State::Warning),
            ("Sun_SSH_2.4\n", State::Unknown),
        ] {
            assert_eq!(judge_openssh(said).state, state, "{said}");
        }
    }

    #[test]
    fn a_program_that_does_not_sign_is_found_out() {
        let keygen = keygen().expect("ssh-keygen is installed");
        assert_eq!(try_signing(&keygen), Ok(()));
        assert!(try_signing(Path::new("/bin/false")).is_err());
        let silent = try_signing(Path::new("/bin/true")).expect_err("it made no signature");
        assert!(silent.contains("No such file"), "{silent}");
    }
}

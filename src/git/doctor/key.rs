//! The key: is it the charter's, is its private half at hand, and can nobody else read it?

use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::tools::PATIENCE;
use super::{Bench, Check, command_in, path_word, with_causes};
use crate::git::output::one_line;
use crate::git::process::{find_program, run_program};
use crate::git::relocated;
use crate::git::setup;
use crate::git::sign::{SignError, Signer, private_path};
use crate::protocol::key::PublicKey;

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let file = match setup::key_path_of(at.log) {
        Ok(file) => file,
        Err(e) => {
            let check = Check::wrong("this repository does not name your key", e.to_string());
            return vec![check.fix("git config bicker.key PATH")];
        }
    };
    let Some(row) = at.row else {
        return vec![Check::unknown(
            format!("whether {} is the charter's key was not checked", file.display()),
            "that needs the charter and your name in it",
        )];
    };
    match Signer::open(&file, &row.key) {
        Err(e) => vec![match relocated::key(at.log) {
            Some(now) => {
                let found = format!("your key {} was moved, to {}", file.display(), now.display());
                Check::wrong(found, "nothing can be signed").fix(relocated::MEND)
            }
            None => unusable(&file, &e),
        }],
        Ok(signer) => {
            let mut checks = vec![Check::ok(format!("{} is the key that the charter names", file.display()))];
            let private = private_path(&file);
            checks.extend(open_to_others(&private));
            checks.push(match (signer.is_in_process(), private.exists()) {
                (true, _) => Check::ok(format!("{} signs without asking you for anything", private.display())),
                (false, has_file) => in_agent(&private, has_file, &row.key),
            });
            checks
        }
    }
}

fn unusable(file: &Path, e: &SignError) -> Check {
    let check = Check::wrong(with_causes(e), "nothing can be signed");
    match e {
        SignError::Unreadable { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
            check.fix(format!("chmod 600 {}", path_word(file)))
        }
        SignError::Unreadable { .. } | SignError::WrongKey { .. } => {
            check.fix("git config bicker.key PATH   (where your key is now)")
        }
        _ => Check { fix: e.hint().map(|hint| command_in(&hint)), ..check },
    }
}

/// A private key that other users of the machine can read or write.
fn open_to_others(private: &Path) -> Option<Check> {
    let mode = private.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Check::wrong(
            format!("{} is open to other users (mode {mode:03o})", private.display()),
            "whoever reads it signs as you and gets you convicted; ssh and ssh-keygen refuse such a key",
        )
        .fix(format!("chmod 600 {}", path_word(private)))
    })
}

/// A key that only `ssh-keygen` can use: with its passphrase, or through the agent.
fn in_agent(private: &Path, has_file: bool, key: &PublicKey) -> Check {
    let add = format!("ssh-add {}", path_word(private));
    match (agent(key), has_file) {
        (Agent::Holds, _) => Check::ok("the ssh agent holds the private key and signs with it"),
        (Agent::Lacks, true) => Check::note(
            format!("{} has a passphrase, and the ssh agent does not hold it", private.display()),
            "you will be asked for it at every signature; git without a terminal cannot ask",
        )
        .fix(add),
        (Agent::Dead(why), true) => Check::note(
            format!("{} has a passphrase, and there is no ssh agent: {why}", private.display()),
            "you will be asked for it at every signature; git without a terminal cannot ask",
        )
        .fix(format!("eval \"$(ssh-agent)\" && {add}")),
        (Agent::Lacks, false) => Check::wrong(
            "the private key is neither in a file beside the public one nor in the ssh agent",
            "nothing can be signed",
        )
        .fix(add),
        (Agent::Dead(why), false) => Check::wrong(
            format!("the private key is in no file beside the public one, and there is no ssh agent: {why}"),
            "nothing can be signed",
        )
        .fix(format!("eval \"$(ssh-agent)\" && {add}")),
    }
}

/// What the agent says.
enum Agent {
    /// It has the key.
    Holds,
    /// It answers and has not got the key.
    Lacks,
    /// It does not answer.
    Dead(String),
}

/// Asks the agent that `SSH_AUTH_SOCK` names. It only lists its keys for that, and signs nothing.
fn agent(key: &PublicKey) -> Agent {
    if env::var_os("SSH_AUTH_SOCK").is_none_or(|path| path.is_empty()) {
        return Agent::Dead("SSH_AUTH_SOCK is not set".to_owned());
    }
    let Some(program) = find_program("ssh-add", env::var_os("PATH").as_deref()) else {
        return Agent::Dead("ssh-add is not installed".to_owned());
    };
    match run_program(&program, &[OsStr::new("-L")], PATIENCE) {
        // An agent without keys ends ssh-add with 1, one that is not there with 2.
        Ok(ran) if ran.status.code() == Some(2) => Agent::Dead(one_line(&ran.stderr)),
        Ok(ran) => match holds(&String::from_utf8_lossy(&ran.stdout), key) {
            true => Agent::Holds,
            false => Agent::Lacks,
        },
        Err(e) => Agent::Dead(e.to_string()),
    }
}

fn holds(listed: &str, key: &PublicKey) -> bool {
    listed.lines().any(|line| PublicKey::parse_pub_file(line).is_ok_and(|found| found == *key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c";
    const BOB: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";

    #[test]
    fn only_the_very_key_is_held() {
        let alice = PublicKey::parse_openssh(ALICE).expect("a key");
        assert!(holds(&format!("{BOB} bob\n{ALICE} a comment of alice\n"), &alice));
        assert!(!holds(&format!("{BOB} alice\n"), &alice));
        assert!(!holds("The agent has no identities.\n", &alice));
    }

    #[test]
    fn a_key_that_others_can_read_is_wrong() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        std::fs::write(&file, "").expect("written");
        for (mode, is_open) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o620, true)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("set");
            assert_eq!(open_to_others(&file).is_some(), is_open, "{mode:o}");
        }
        assert_eq!(open_to_others(&folder.path().join("none")), None, "there is no file to protect");
    }
}

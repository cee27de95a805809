//! The key: is it the charter's, is its private half at hand, and can nobody else read it?

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Bench, Check, command_in, path_word, with_causes};
use crate::git::agent::{self, Agent};
use crate::git::relocated;
use crate::git::setup;
use crate::git::sign::{SignError, Signer, key_in_home, private_path};
use crate::protocol::key::PublicKey;

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let file = match setup::key_path_of(at.log) {
        Ok(file) => file,
        Err(e) => {
            let check = Check::wrong("this repository does not name your key", e.to_string());
            let found = at.row.and_then(|row| key_in_home(&row.key));
            let path = found.map_or_else(|| "PATH".to_owned(), |file| path_word(&file));
            return vec![check.fix(format!("git config bicker.key {path}"))];
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
            None => unusable(&row.key, &e),
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

fn unusable(wanted: &PublicKey, e: &SignError) -> Check {
    let fix = e.hint_where_bicker_key_names_it(wanted).map(|hint| command_in(&hint));
    Check { fix, ..Check::wrong(with_causes(e), "nothing can be signed") }
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
    match (agent::ask(key), has_file) {
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
        (Agent::Lacks, false) => held_by_nobody(key, "the ssh agent (SSH_AUTH_SOCK) does not offer it"),
        (Agent::Dead(why), false) => held_by_nobody(key, &format!("there is no ssh agent: {why}")),
    }
}

/// A key whose private half is neither beside the public one nor with the agent.
fn held_by_nobody(key: &PublicKey, why: &str) -> Check {
    let found = format!("the private key is in no file beside the public one, and {why}");
    match agent::found_elsewhere(key) {
        Some((place, command)) => Check::wrong(found, format!("nothing can be signed; but {place}")).fix(command),
        None => Check::wrong(found, "nothing can be signed").fix(format!(
            "{}   (where the agent listens that has it; or add or unlock it in the one you have)",
            agent::ANOTHER
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

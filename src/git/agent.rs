//! The programs that hold a person's private keys and sign with them: the agent that `SSH_AUTH_SOCK` names, through which
//! `ssh-keygen` signs, and the one that ssh's configuration names (`IdentityAgent`), of which `ssh-keygen` knows nothing.
//!
//! Decides what helps where a key did not sign. Agents are only asked which keys they offer; nothing is signed here, and
//! nothing is given to them.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::doctor::path_word;
use super::output::one_line;
use super::process::{find_program, run_program};
use super::sign::key_in_home;
use crate::protocol::key::PublicKey;

/// How long a program may take that only says what there is.
const PATIENCE: Duration = Duration::from_secs(20);

/// What an agent says of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Agent {
    /// It has the key.
    Holds,
    /// It answers and does not offer the key.
    Lacks,
    /// It does not answer.
    Dead(String),
}

/// Asks the agent that `SSH_AUTH_SOCK` names.
pub(super) fn ask(key: &PublicKey) -> Agent {
    match env::var_os("SSH_AUTH_SOCK").filter(|path| !path.is_empty()) {
        Some(socket) => ask_at(&socket, key),
        None => Agent::Dead("SSH_AUTH_SOCK is not set".to_owned()),
    }
}

fn ask_at(socket: &OsStr, key: &PublicKey) -> Agent {
    let path = env::var_os("PATH");
    let find = |name| find_program(name, path.as_deref());
    let (Some(program), Some(env)) = (find("ssh-add"), find("env")) else {
        return Agent::Dead("ssh-add is not installed".to_owned());
    };
    let mut at = OsString::from("SSH_AUTH_SOCK=");
    at.push(socket);
    match run_program(&env, &[&at, program.as_os_str(), OsStr::new("-L")], PATIENCE) {
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

/// The socket of the agent that ssh's configuration names for every host, if that one has the key.
fn configured(key: &PublicKey) -> Option<PathBuf> {
    let program = find_program("ssh", env::var_os("PATH").as_deref())?;
    // No such host is asked: the name only stands in for any.
    let ran = run_program(&program, &[OsStr::new("-G"), OsStr::new("bicker.invalid")], PATIENCE).ok()?;
    let socket = socket_in(&String::from_utf8_lossy(&ran.stdout), &|name| env::var_os(name))?;
    (ask_at(socket.as_os_str(), key) == Agent::Holds).then_some(socket)
}

/// What `ssh -G` says of an agent: a path, perhaps from the home directory, or the variable that has it.
fn socket_in(told: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let value = told.lines().find_map(|line| line.strip_prefix("identityagent "))?.trim_matches('"');
    match (value.strip_prefix("~/"), value.strip_prefix('$')) {
        (Some(rest), _) => Some(Path::new(&variable("HOME")?).join(rest)),
        (None, Some(name)) => variable(name.trim_matches(['{', '}'])).map(PathBuf::from),
        (None, None) => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

/// The command after which a key signs whose private half is not beside `public`, and why, as far as that can be seen.
pub(super) fn found_elsewhere(key: &PublicKey) -> Option<(&'static str, String)> {
    if let Some(file) = key_in_home(key) {
        let command = format!("git config bicker.key {}", path_word(&file));
        return Some(("its private half is in a file", command));
    }
    let socket = configured(key)?;
    let command = format!("export SSH_AUTH_SOCK={}", path_word(&socket));
    Some(("the agent that your ssh configuration names (IdentityAgent) has it", command))
}

/// What names another agent, which nobody but the person knows.
pub(super) const ANOTHER: &str = "export SSH_AUTH_SOCK=SOCKET";

/// What helps when a key did not sign of which only the public half is at hand.
pub(super) fn way_out(key: &PublicKey) -> String {
    let asked = ask(key);
    if asked == Agent::Holds {
        return "your ssh agent has the key and did not sign: unlock it there, or agree when it asks".to_owned();
    }
    if let Some((why, command)) = found_elsewhere(key) {
        return format!("{why}: {command}");
    }
    match asked {
        Agent::Dead(why) => {
            format!("there is no ssh agent ({why}); if a program holds your key, name its agent: {ANOTHER}")
        }
        _ => format!(
            "your ssh agent (SSH_AUTH_SOCK) does not offer this key; unlock or add it there, or name the agent that has it: {ANOTHER}"
        ),
    }
}

/// What helps when a key did not sign that is in this file, behind a passphrase.
pub(super) fn unlock(private: &Path, key: &PublicKey) -> String {
    let add = format!("ssh-add {}", path_word(private));
    match ask(key) {
        Agent::Dead(_) => format!("start an agent and unlock the key once: eval \"$(ssh-agent)\" && {add}"),
        _ => format!("unlock the key once: {add}"),
    }
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
    fn the_agent_of_sshs_configuration_is_found() {
        let variable = |name: &str| [("HOME", "/h"), ("MY_AGENT", "/run/a")].into_iter().find(|(n, _)| *n == name);
        let find = |told: &str| socket_in(told, &|name| variable(name).map(|(_, value)| value.into()));
        let with = |value: &str| find(&format!("user alice\nidentityagent {value}\nport 22\n"));
        assert_eq!(with("/run/user/1/agent.sock"), Some(PathBuf::from("/run/user/1/agent.sock")));
        assert_eq!(with("~/.1password/agent.sock"), Some(PathBuf::from("/h/.1password/agent.sock")));
        assert_eq!(with("\"~/Group Containers/a.sock\""), Some(PathBuf::from("/h/Group Containers/a.sock")));
        assert_eq!(with("$MY_AGENT"), Some(PathBuf::from("/run/a")));
        assert_eq!(with("${MY_AGENT}"), Some(PathBuf::from("/run/a")));
        for none in ["none", "SSH_AUTH_SOCK", "$NOT_SET"] {
            assert_eq!(with(none), None, "{none}");
        }
        assert_eq!(find("user alice\n"), None);
    }
}

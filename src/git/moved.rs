//! Where remotes have moved to, as the owner of a repository has noted.
//!
//! Decides where such a note is kept: in the repository's own configuration, beside the charter's address that it stands in
//! for, so that it ends when the group agrees on another one. An address only says where bytes come from; what they are
//! worth, signatures decide. Nothing is asked here, and no remote is touched.

use git2::{Config, ConfigLevel, ErrorCode};

use super::log::Log;
use super::setup::SetupError;
use crate::protocol::charter::{Charter, Researcher};
use crate::protocol::id::Name;
use crate::protocol::transport::Remote;

/// Everyone in the charter, each with the address at which their remote is now.
///
/// # Errors
/// The configuration cannot be read, or an address in it is none.
pub fn researchers(log: &Log, charter: &Charter) -> Result<Vec<Researcher>, SetupError> {
    let config = own_configuration(log)?;
    let now = |row: &Researcher| {
        let moved = moved_to(&config, row)?;
        Ok(Researcher { remote: moved.unwrap_or_else(|| row.remote.clone()), ..row.clone() })
    };
    charter.researchers().iter().map(now).collect()
}

/// Notes that the remote of a line of the charter is elsewhere now, or (`None`) that it is not, and has git's own remote of
/// that name lead to the same place.
///
/// # Errors
/// The configuration cannot be written.
pub fn note(log: &Log, me: &Name, row: &Researcher, to: Option<&Remote>) -> Result<(), SetupError> {
    let mut config = own_configuration(log)?;
    let [from, noted] = keys(&row.name);
    log.locking(&log.git_dir().join("config.lock"), || {
        match to {
            // The address itself comes last: without it there is no note.
            Some(to) => {
                replace(&mut config, &from, row.remote.as_str())?;
                replace(&mut config, &noted, to.as_str())?;
            }
            None => {
                unset(&mut config, &noted)?;
                unset(&mut config, &from)?;
            }
        }
        replace(&mut config, &format!("remote.{}.url", git_remote(&row.name, me)), to.unwrap_or(&row.remote).as_str())?;
        Ok(())
    })
}

/// What git calls somebody's remote in the repository of `me`.
pub(super) fn git_remote<'a>(name: &'a Name, me: &Name) -> &'a str {
    match name.as_str() {
        _ if name == me => "origin",
        // Nobody's name holds `_`, so this one is free.
        "origin" => "origin_",
        name => name,
    }
}

/// An address that git has for somebody's remote and bicker has not: what `git remote set-url` leaves behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Apart {
    /// Whose remote it is.
    pub name: Name,
    /// What git calls it.
    pub called: String,
    /// Where git goes.
    pub git: Remote,
    /// Where bicker goes.
    pub bicker: Remote,
}

/// Where git goes elsewhere than bicker. What is no address of a remote is passed over; `doctor` tells of it.
///
/// # Errors
/// The configuration cannot be read.
pub fn apart(log: &Log, me: &Name, everyone: &[Researcher]) -> Result<Vec<Apart>, SetupError> {
    let config = own_configuration(log)?;
    let of = |row: &Researcher| {
        let called = git_remote(&row.name, me).to_owned();
        let url = config.get_string(&format!("remote.{called}.url")).ok()?;
        let git = Remote::parse(&url).ok().filter(|git| *git != row.remote)?;
        Some(Apart { name: row.name.clone(), called, git, bicker: row.remote.clone() })
    };
    Ok(everyone.iter().filter_map(of).collect())
}

/// What helps if a remote that could not be reached, for this reason, is somewhere else now; `None` when that is unlikely.
pub fn way_out(name: &Name, why: &str) -> Option<String> {
    const SIGNS: [&str; 7] = [
        "does not appear to be a git repository",
        "not found",
        "does not exist",
        "Could not resolve host",
        "unable to look up",
        "repository not exported",
        "redirects to another address",
    ];
    SIGNS.iter().any(|sign| why.contains(sign)).then(|| format!("if it has moved: bicker remote {name}"))
}

fn own_configuration(log: &Log) -> Result<Config, SetupError> {
    Ok(log.repository().config()?.open_level(ConfigLevel::Local)?)
}

/// Where the charter says that a remote is, and where it is.
fn keys(name: &Name) -> [String; 2] {
    [format!("bicker.{name}.movedFrom"), format!("bicker.{name}.movedTo")]
}

fn moved_to(config: &Config, row: &Researcher) -> Result<Option<Remote>, SetupError> {
    let [from, noted] = keys(&row.name);
    let value = |key: &str| match config.get_string(key) {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.code() == ErrorCode::NotFound => Ok(None),
        Err(e) => Err(SetupError::from(e)),
    };
    if value(&from)?.is_none_or(|from| from != row.remote.as_str()) {
        return Ok(None);
    }
    let Some(address) = value(&noted)? else { return Ok(None) };
    Remote::parse(&address).map(Some).map_err(|why| SetupError::Moved { key: noted, address, why })
}

/// Sets the one value of a key, however many it had.
fn replace(config: &mut Config, key: &str, value: &str) -> Result<(), git2::Error> {
    unset(config, key)?;
    config.set_str(key, value)
}

fn unset(config: &mut Config, key: &str) -> Result<(), git2::Error> {
    match config.remove_multivar(key, ".*") {
        Err(e) if e.code() != ErrorCode::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_not_there_may_have_moved() {
        let alice = Name::parse("alice").expect("a name");
        for gone in [
            "fatal: '/srv/a.git' does not appear to be a git repository",
            "remote: Repository not found.; fatal: repository 'https://git.example.org/a/' not found",
            "fatal: unable to access 'https://git.example.org/a/': Could not resolve host: git.example.org",
            "it redirects to another address, which is not followed",
        ] {
            assert!(way_out(&alice, gone).is_some(), "{gone}");
        }
        for away in ["not done within 10 seconds", "ssh has no key it accepts: is it in the ssh agent?", ""] {
            assert!(way_out(&alice, away).is_none(), "{away}");
        }
    }
}

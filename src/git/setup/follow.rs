//! What git knows of the group: where everyone's remote is, and whose signatures are whose.

use git2::Config;

use super::{SetupError, local_config, name_of};
use crate::git::log::Log;
use crate::git::moved::git_remote;
use crate::protocol::charter::{Charter, Researcher, allowed_signers};

/// Makes `git push` publish the branch where the charter says, whatever the person's own configuration says.
pub(super) fn set_origin(config: &mut Config, branch: &str, me: &Researcher) -> Result<(), SetupError> {
    let (local, there) = (format!("refs/heads/{branch}"), format!("refs/heads/{}", me.branch));
    for (key, value) in [
        ("remote.origin.url", me.remote.as_str()),
        ("remote.origin.fetch", &format!("+{there}:refs/remotes/origin/{}", me.branch)),
        ("remote.origin.push", &format!("{local}:{there}")),
        (&format!("branch.{branch}.remote"), "origin"),
        (&format!("branch.{branch}.pushRemote"), "origin"),
        (&format!("branch.{branch}.merge"), &there),
    ] {
        config.set_str(key, value)?;
    }
    Ok(())
}

/// Sets remotes and allowed signers for the charters that came into force, oldest first: remotes as the newest has them,
/// signers from all, so that git still verifies what was signed with a replaced key.
///
/// # Errors
/// The configuration or a file cannot be written.
pub fn follow(log: &Log, charters: &[&Charter]) -> Result<(), SetupError> {
    let mut config = local_config(log)?;
    let me = name_of(log)?;
    for researcher in charters.last().map_or(&[][..], |newest| newest.researchers()) {
        let branch = researcher.branch.as_str();
        if researcher.name == me {
            set_origin(&mut config, log.branch(), researcher)?;
            continue;
        }
        let remote = git_remote(&researcher.name, &me);
        let fetch = format!("+refs/heads/{branch}:refs/remotes/{remote}/{branch}");
        for (key, value) in [("url", researcher.remote.as_str()), ("fetch", &fetch), ("tagOpt", "--no-tags")] {
            config.set_str(&format!("remote.{remote}.{key}"), value)?;
        }
    }
    name_signers(log, charters)
}

/// Writes the file by which git knows whose signatures are whose.
///
/// # Errors
/// It cannot be written.
pub fn name_signers(log: &Log, charters: &[&Charter]) -> Result<(), SetupError> {
    let signers = allowed_signers(charters.iter().flat_map(|charter| charter.researchers()));
    log.write_whole(&log.git_dir().join("bicker/allowed-signers"), signers.as_bytes(), 0o666)?;
    Ok(())
}

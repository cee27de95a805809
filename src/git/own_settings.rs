//! Settings of a researcher's own repository that say how git reaches remotes, and are not used for fetching.
//!
//! Decides which these are, and how their owner has them used. The configuration of a repository comes along with its folder,
//! and such settings have git run programs, so nothing that only looks obeys them: whoever is handed a folder can see what is in
//! it. Publishing from there does, as `git push` does. What a person has set for all of theirs is obeyed everywhere, so it takes
//! a word there to have the repository's own settings obeyed, too.

use std::path::Path;

use super::doctor::{path_word, word};
use super::log::Log;
use super::process::{Git, GitError};

/// Settings that are not used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unused {
    /// Their names, as git spells them: in lower case. Their values may be passwords.
    pub keys: Vec<String>,
    /// The command after which they are used.
    pub command: String,
}

/// The settings of a log's own configuration that say how remotes are reached and that fetching passes over; `None` when
/// there are none, or git cannot be asked.
pub fn unused(log: &Log) -> Option<Unused> {
    let cache = log.git_dir().join("bicker/cache");
    let in_force = listed(&cache, &["--includes"]).ok()?;
    let own = listed(log.git_dir(), &["--local", "--includes"]).ok()?;
    let mut keys: Vec<String> = own
        .into_iter()
        .filter(|(key, _)| says_how_to_reach(key))
        .filter(|setting| !in_force.contains(setting))
        .map(|(key, _)| key)
        .collect();
    keys.dedup();
    (!keys.is_empty()).then(|| Unused { keys, command: command(log.git_dir()) })
}

/// Has git read the repository's configuration wherever bicker fetches for it, and nowhere else.
fn command(git_dir: &Path) -> String {
    let key = format!("includeIf.gitdir:{}/.path", git_dir.join("bicker").display());
    format!("git config --global {} {}", word(&key), path_word(&git_dir.join("config")))
}

/// Whether a setting, spelt as git does, is about how remotes are reached.
fn says_how_to_reach(key: &str) -> bool {
    ["core.sshcommand", "core.gitproxy", "core.askpass"].contains(&key)
        || ["ssh.", "http.", "credential."].iter().any(|section| key.starts_with(section))
}

/// Names and values.
fn listed(git_dir: &Path, options: &[&str]) -> Result<Vec<(String, String)>, GitError> {
    let ran = Git::at(git_dir)?.call("config").options(["--list", "-z"]).options(options.iter().copied()).run()?;
    let text = String::from_utf8_lossy(&ran.stdout);
    let pair = |item: &str| {
        let (key, value) = item.split_once('\n').unwrap_or((item, ""));
        (key.to_owned(), value.to_owned())
    };
    Ok(text.split('\0').filter(|item| !item.is_empty()).map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_how_remotes_are_reached_counts() {
        for key in
            ["core.sshcommand", "http.extraheader", "http.https://a.example/.proxy", "credential.helper", "ssh.variant"]
        {
            assert!(says_how_to_reach(key), "{key}");
        }
        for key in ["core.fsmonitor", "remote.origin.url", "user.name", "httpx.y"] {
            assert!(!says_how_to_reach(key), "{key}");
        }
    }
}

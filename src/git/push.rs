//! Publishes one commit to one branch of one remote.
//!
//! Decides what a push came to. It never overwrites anything but the head the caller expects there, and runs no
//! hook: hooks check what people push by hand, and bicker has checked what it pushes.

use std::path::Path;
use std::time::{Duration, Instant};

use super::fetch::{advertised, why_unreachable};
use super::output::one_line;
use super::process::{Git, GitError};
use crate::protocol::id::CommitId;

const OPTIONS: &[&str] =
    &["--porcelain", "--no-progress", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"];

/// Fetching follows no redirection, so what was pushed along one would be published where nobody looks.
const SETTINGS: &[&str] = &["http.followRedirects=false"];

/// What a push came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is at the commit now.
    Pushed,
    /// It was there already.
    UpToDate,
    /// The remote holds something other than what was expected: it has to be fetched first.
    Stale,
    /// The remote could not be reached, or said nothing of the branch, for this reason. It may have taken the
    /// commit all the same; pushing again is harmless.
    Unreachable(String),
    /// The remote would not take it, for this reason.
    Rejected(String),
}

/// Pushes `commit` from the repository at `git_dir` to `branch` at `url`, provided the branch is at `expected`
/// there (`None`: does not exist).
///
/// `url` and `branch` are in the grammars of sections 1.3 and 1.1. The user's and the repository's own
/// settings hold, as in any push from there, but redirections are not followed.
pub fn push(
    git_dir: &Path,
    url: &str,
    commit: CommitId,
    branch: &str,
    expected: Option<CommitId>,
    timeout: Duration,
) -> Pushed {
    attempt(git_dir, url, commit, branch, expected, timeout).unwrap_or_else(|e| Pushed::Unreachable(e.to_string()))
}

fn attempt(
    git_dir: &Path,
    url: &str,
    commit: CommitId,
    branch: &str,
    expected: Option<CommitId>,
    timeout: Duration,
) -> Result<Pushed, GitError> {
    let start = Instant::now();
    let git = Git::at(git_dir)?;
    let reference = format!("refs/heads/{branch}");
    let lease = expected.map_or(String::new(), |expected| expected.to_string());
    let lease = format!("--force-with-lease={reference}:{lease}");
    let call = git.call("push").settings(SETTINGS).options(OPTIONS.iter().copied()).options([lease]);
    let ran = call.operands([url.to_owned(), format!("{commit}:{reference}")]).timeout(timeout).run()?;
    Ok(match verdict(&ran.stdout, &reference) {
        Some(Verdict::Done) => Pushed::Pushed,
        Some(Verdict::Same) => Pushed::UpToDate,
        Some(Verdict::Stale) => Pushed::Stale,
        Some(Verdict::Refused(why)) => {
            // A push that another one overtook is refused by the remote in many words: look what is there now.
            let call = git.call("ls-remote").settings(SETTINGS).options(["--quiet"]).operands([url, &reference]);
            let listed = call.timeout(timeout.saturating_sub(start.elapsed())).run();
            let now = listed.ok().filter(|ran| ran.status.success()).map(|ran| advertised(&ran.stdout, &reference));
            match now {
                Some(now) if now == Some(commit.to_string()) => Pushed::UpToDate,
                Some(now) if now != expected.map(|expected| expected.to_string()) => Pushed::Stale,
                _ => Pushed::Rejected(one_line(&format!("{why}\n{}", remote_lines(&ran.stderr)))),
            }
        }
        None => Pushed::Unreachable(why_unreachable(&ran.stderr)),
    })
}

/// Whether the remote at `url` answers, and names its objects by another hash than this repository: nothing can ever be
/// pushed to it. Nothing is pushed to find out.
pub fn is_of_another_hash(git_dir: &Path, url: &str, commit: CommitId, branch: &str, timeout: Duration) -> bool {
    let ran = Git::at(git_dir).and_then(|git| {
        let call = git.call("push").settings(SETTINGS).options(OPTIONS.iter().copied()).options(["--dry-run"]);
        call.operands([url.to_owned(), format!("{commit}:refs/heads/{branch}")]).timeout(timeout).run()
    });
    ran.is_ok_and(|ran| ran.stderr.contains("does not support this repository's hash algorithm"))
}

/// What git says of the branch.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    Same,
    Stale,
    Refused(String),
}

/// Reads the line `FLAG TAB FROM:TO TAB SUMMARY` of `push --porcelain`.
fn verdict(stdout: &[u8], reference: &str) -> Option<Verdict> {
    let text = String::from_utf8_lossy(stdout);
    let line = text.lines().find_map(|line| {
        let mut fields = line.splitn(3, '\t');
        let (flag, names, summary) = (fields.next()?, fields.next()?, fields.next()?);
        (names.rsplit_once(':')?.1 == reference).then_some((flag, summary))
    });
    match line? {
        (" " | "+" | "*", _) => Some(Verdict::Done),
        ("=", _) => Some(Verdict::Same),
        ("!", summary) if summary.starts_with("[rejected]") => Some(Verdict::Stale),
        ("!", summary) if summary.starts_with("[remote rejected]") => Some(Verdict::Refused(summary.to_owned())),
        _ => None,
    }
}

/// What the remote itself said, such as its hook's reason.
fn remote_lines(stderr: &str) -> String {
    stderr.lines().filter_map(|line| line.strip_prefix("remote: ")).fold(String::new(), |said, line| said + line + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_branch_decides() {
        let of = |line: &str| verdict(format!("To /r\n{line}\nDone\n").as_bytes(), "refs/heads/main");
        assert_eq!(of("*\tab:refs/heads/main\t[new branch]"), Some(Verdict::Done));
        assert_eq!(of(" \tab:refs/heads/main\tab..cd"), Some(Verdict::Done));
        assert_eq!(of("+\tab:refs/heads/main\tab...cd (forced update)"), Some(Verdict::Done));
        assert_eq!(of("=\tab:refs/heads/main\t[up to date]"), Some(Verdict::Same));
        assert_eq!(of("!\tab:refs/heads/main\t[rejected] (stale info)"), Some(Verdict::Stale));
        let declined = "[remote rejected] (pre-receive hook declined)";
        assert_eq!(of(&format!("!\tab:refs/heads/main\t{declined}")), Some(Verdict::Refused(declined.to_owned())));
        assert_eq!(of("!\tab:refs/heads/main\t[remote failure] (remote failed to report status)"), None);
        assert_eq!(of("*\tab:refs/heads/other\t[new branch]"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn the_remotes_own_words_are_kept() {
        assert_eq!(remote_lines("remote: no\nerror: failed\nremote: never\n"), "no\nnever\n");
    }
}

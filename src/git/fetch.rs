//! Asks the remotes what they show, all at once, and takes it into the cache.
//!
//! Decides, for each remote, between three answers: it shows a head (or no branch), it could not be had, or what it
//! sent was refused. When in doubt a remote could not be had, for that accuses nobody. What a head is
//! worth is judged later, by the core, object by object.

mod intake;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use git2::ObjectType;

use self::intake::{Intake, cannot_write};
use super::cache::Cache;
use super::output::one_line;
use super::process::{Git, GitError, PACKET, Ran};
use super::staging::Staging;
use crate::protocol::id::{CommitId, Name};

/// How many remotes are asked at a time: a stock sshd turns away more than ten newcomers.
const AT_ONCE: usize = 8;

/// What fetching sets beyond what every call does.
///
/// git's own checks of objects are off on purpose. They refuse a whole transfer for one odd object, and would so
/// hide every good entry beside it; our grammar judges each object by itself, and more strictly. What is
/// needed to read objects safely (that each is whole, has its id and leads to others that are there) git
/// checks in any case. `unpackLimit` sends every transfer through `index-pack`. A redirection could aim
/// at a machine that the charter does not name.
const SETTINGS: &[&str] = &[
    "fetch.fsckObjects=false",
    "transfer.fsckObjects=false",
    "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false",
    "fetch.showForcedUpdates=false",
    "http.followRedirects=false",
];

const OPTIONS: &[&str] = &[
    "--quiet",
    "--no-tags",
    "--no-prune",
    "--no-write-fetch-head",
    "--no-recurse-submodules",
    "--no-auto-maintenance",
];

/// A branch to fetch, as the charter in force or the user's `--remote` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whose log it is.
    pub name: Name,
    /// Where, in the grammar of section 1.3.
    pub url: String,
    /// The branch, in the grammar of section 1.1.
    pub branch: String,
}

/// How much one remote may take of us. These are the verifier's own limits, not the protocol's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest it may take.
    pub timeout: Duration,
    /// The most one transfer may write, in bytes.
    pub max_bytes: u64,
    /// The most commits it may bring that no remote has shown before.
    pub max_entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(120), max_bytes: 1 << 30, max_entries: 200_000 }
    }
}

/// What became of asking one remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered: its head, or none when it has no such branch.
    Shown(Option<CommitId>),
    /// It could not be had, for this reason.
    Unreachable(String),
    /// It answered, and git or a limit refused what it sent, or its branch is not a commit.
    Refused {
        /// The id it advertises, whatever that names; `None` when it is not known.
        head: Option<CommitId>,
        /// Why.
        why: String,
    },
}

/// Fetches from all `sources`, several at a time, and records in the cache what they show.
///
/// `progress` hears of each as it is done; the result is by name and does not depend on the order. The caller
/// holds the cache's [lock](Cache::lock). A cache that cannot be written makes its remotes unreachable: our own
/// trouble accuses nobody.
pub fn fetch_all(
    cache: &Cache,
    sources: &[Source],
    limits: &Limits,
    progress: &(dyn Fn(&Name, &Outcome) + Sync),
) -> BTreeMap<Name, Outcome> {
    let ready = Git::at(cache.path()).map_err(|e| e.to_string());
    let ready = ready.and_then(|git| Ok((git, cache.pins().map_err(|e| e.to_string())?)));
    let (git, pins) = match ready {
        Ok(ready) => ready,
        Err(why) => {
            let outcome = Outcome::Unreachable(why);
            sources.iter().for_each(|source| progress(&source.name, &outcome));
            return sources.iter().map(|source| (source.name.clone(), outcome.clone())).collect();
        }
    };
    let mut intake = Intake::new(cache, &git, limits, pins, progress);
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(sources.len()) {
            let (send, next, git, cache_path) = (send.clone(), &next, &git, cache.path());
            scope.spawn(move || {
                while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = match Staging::new(cache_path) {
                        Ok(staging) => {
                            let git = git.within(staging.path());
                            let outcome = Asking { git, staging: &staging, source, limits }.outcome();
                            (outcome, Some(staging))
                        }
                        Err(e) => (cannot_write(&e.to_string()), None),
                    };
                    // The receiver outlives every sender.
                    let _ = send.send((source, answer));
                }
            });
        }
        drop(send);
        for (source, (outcome, staging)) in receive {
            intake.take(source, outcome, staging);
        }
    });
    intake.finish()
}

/// One remote being asked.
struct Asking<'a> {
    git: Git,
    staging: &'a Staging,
    source: &'a Source,
    limits: &'a Limits,
}

impl Asking<'_> {
    fn outcome(&self) -> Outcome {
        let start = Instant::now();
        let left = || self.limits.timeout.saturating_sub(start.elapsed());
        let ran = match self.fetch() {
            Ok(ran) => ran,
            Err(e) => return Outcome::Unreachable(e.to_string()),
        };
        match self.staging.head() {
            Ok(Some((head, ObjectType::Commit))) if ran.status.success() => Outcome::Shown(Some(head)),
            Ok(Some((head, kind))) if ran.status.success() => Outcome::Refused {
                head: Some(head),
                why: format!("branch {} is a {}, not a commit", self.source.branch, kind.str()),
            },
            Ok(_) => self.failed(&ran.stderr, left()),
            Err(e) => Outcome::Unreachable(format!("cannot read what was fetched: {}", e.message())),
        }
    }

    fn fetch(&self) -> Result<Ran, GitError> {
        let refspec = format!("+refs/heads/{}:{}", self.source.branch, Staging::HEAD);
        let call = self.git.call("fetch").settings(SETTINGS).options(OPTIONS.iter().copied());
        let call = call.operands([self.source.url.clone(), refspec]);
        call.max_file(self.limits.max_bytes).timeout(self.limits.timeout).run()
    }

    /// Tells apart why nothing came: no such branch, refused, or not to be had.
    fn failed(&self, stderr: &str, left: Duration) -> Outcome {
        let unreachable = || Outcome::Unreachable(why_unreachable(stderr));
        if NO_CONTACT.iter().any(|sign| stderr.contains(sign)) {
            return unreachable();
        }
        let reference = format!("refs/heads/{}", self.source.branch);
        let call = self.git.call("ls-remote").settings(SETTINGS).options(["--quiet"]).traced();
        let listed = match call.operands([self.source.url.clone(), reference.clone()]).timeout(left).run() {
            Ok(ran) if ran.status.success() => ran,
            _ => return unreachable(),
        };
        let Some(id) = advertised(&listed.stdout, &reference) else {
            // To git any web page is an old kind of remote without branches.
            let is_git = listed.stderr.contains(PACKET);
            return if is_git { Outcome::Shown(None) } else { Outcome::Unreachable(NOT_GIT.to_owned()) };
        };
        let head = CommitId::parse(&id);
        match refusal(stderr, self.limits) {
            Some(why) => Outcome::Refused { head, why },
            None => unreachable(),
        }
    }
}

/// What `ls-remote` lists at exactly this reference: it also lists references that only end like it.
pub(super) fn advertised(listed: &[u8], reference: &str) -> Option<String> {
    let listed = String::from_utf8_lossy(listed);
    let mut lines = listed.lines().filter_map(|line| line.split_once('\t'));
    lines.find(|(_, name)| *name == reference).map(|(id, _)| id.to_owned())
}

/// What git says when nobody answered at all, so that there is no point in asking again.
const NO_CONTACT: [&str; 4] =
    ["Could not read from remote repository", "unable to access", "unable to connect", "unable to look up"];

/// Why a remote that lists nothing, and not in git's own protocol, counts as unreachable.
const NOT_GIT: &str = "what answers there does not speak git's protocol";

/// Why a transfer from a remote that answers was refused; `None` when it may as well have broken off.
fn refusal(stderr: &str, limits: &Limits) -> Option<String> {
    /// The connection failed, or a disk did, the remote's or ours: nobody's content is at fault.
    const BROKE_OFF: [&str; 9] = [
        "early EOF",
        "unexpected disconnect",
        "repository corruption on the remote side",
        "Connection reset",
        "Broken pipe",
        "timed out",
        "RPC failed",
        "No space left",
        "(stored in ",
    ];
    /// What git says when it has the content and will not take it.
    const CONTENT: [(&str, &str); 8] = [
        ("shallow roots are not allowed", "the remote's history is shallow: its beginning is missing"),
        ("did not send all necessary objects", "the remote did not send every object its head needs"),
        ("mismatched algorithms", "the remote is not a repository in the sha1 object format"),
        ("exceeded maximum allowed tree depth", "a tree is nested too deep for git"),
        ("SHA1 COLLISION", "an object is forged by a SHA-1 collision"),
        ("SHA-1 appears to be part of a collision attack", "an object is forged by a SHA-1 collision"),
        ("inflate returned", "a packed object is damaged"),
        ("pack is corrupted", "the pack sent is damaged"),
    ];
    if stderr.contains("File too large") {
        return Some(format!("the transfer is over {} bytes (--max-bytes)", limits.max_bytes));
    }
    // A remote on this machine works under our limits too, and then fails like one with a broken disk.
    if stderr.contains("attempting to allocate") {
        return Some("an object takes more than 256 MiB".to_owned());
    }
    if BROKE_OFF.iter().any(|sign| stderr.contains(sign)) {
        return None;
    }
    let content = CONTENT.iter().find(|(sign, _)| stderr.contains(sign));
    content.map(|(_, why)| (*why).to_owned())
}

/// The reason in one line, with what the user can do about it where that is known.
pub(super) fn why_unreachable(stderr: &str) -> String {
    const REMEDIES: [(&str, &str); 8] = [
        ("dubious ownership", "another user owns it: see git's safe.directory"),
        ("terminal prompts disabled", "it asks for a password: set up a git credential helper"),
        ("Authentication failed for", "it does not accept the password that git's credential helper gives"),
        ("returned error: 30", "it redirects to another address, which is not followed"),
        (
            "certificate verification failed",
            "its certificate is not trusted: if it should be, see git's http.sslCAInfo",
        ),
        ("SSL certificate problem", "its certificate is not trusted: if it should be, see git's http.sslCAInfo"),
        ("Host key verification failed", "the ssh host key is not known: connect once by hand"),
        ("Permission denied (publickey", "ssh has no key it accepts: is it in the ssh agent?"),
    ];
    let line = one_line(stderr);
    match REMEDIES.iter().find(|(sign, _)| stderr.contains(sign)) {
        Some((_, remedy)) => (*remedy).to_owned(),
        None if line.is_empty() => "git could not fetch from it and does not say why".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_reference_counts() {
        let listed = b"aa\trefs/heads/x/refs/heads/main\nbb\trefs/heads/main\n";
        assert_eq!(advertised(listed, "refs/heads/main").as_deref(), Some("bb"));
        assert_eq!(advertised(listed, "refs/heads/x"), None);
        assert_eq!(advertised(b"", "refs/heads/main"), None);
    }

    #[test]
    fn a_transfer_is_refused_only_for_what_it_holds() {
        let limits = Limits::default();
        for held in [
            "fatal: write error: File too large\nfatal: fetch-pack: invalid index-pack output\n",
            "error: /r did not send all necessary objects\n",
            "warning: rejected refs/bicker/in because shallow roots are not allowed to be updated\n",
            "fatal: attempting to allocate 1 over limit 0\nfatal: the remote end hung up unexpectedly\n",
            "fatal: mismatched algorithms: client sha1; server sha256\n",
            "fatal: pack has bad object at offset 12: inflate returned -3\n",
        ] {
            assert!(refusal(held, &limits).is_some(), "{held}");
        }
        for broke_off in [
            "",
            "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n",
            "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\n",
            "fatal: write error: No space left on device\n",
            "fatal: git upload-pack: aborting due to possible repository corruption on the remote side.\n",
            "error: RPC failed; curl 56\nerror: /r did not send all necessary objects\n",
        ] {
            assert_eq!(refusal(broke_off, &limits), None, "{broke_off}");
        }
    }

    #[test]
    fn a_reason_says_what_can_be_done() {
        assert!(why_unreachable("fatal: detected dubious ownership in repository at '/r'").contains("safe.directory"));
        assert_eq!(why_unreachable("ssh: no route\nfatal: x\n"), "ssh: no route; fatal: x");
        assert!(!why_unreachable("").is_empty());
    }
}

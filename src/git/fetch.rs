//! Asks the remotes what they show, all at once.
//!
//! Decides, for each remote, between three answers: it shows a head (or no branch), it could not be had, or what it
//! sent was refused. When in doubt a remote could not be had, for that accuses nobody. What a head is
//! worth is judged later, by the core, object by object, and only then is anything kept.

mod intake;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use git2::ObjectType;

use self::intake::Intake;
use super::cache::{Cache, Held};
use super::output::one_line;
use super::process::{Git, GitError, Ran};
use super::staging::Staging;
use super::words::SPOKE_GIT;
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
pub(super) const SETTINGS: &[&str] = &[
    "fetch.fsckObjects=false",
    "transfer.fsckObjects=false",
    "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false",
    "fetch.showForcedUpdates=false",
    "http.followRedirects=false",
];

pub(super) const OPTIONS: &[&str] = &[
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
    /// The longest it may take if it said nothing the last time.
    pub silence: Duration,
    /// The most one transfer may write, in bytes.
    pub max_bytes: u64,
    /// The most commits it may bring that no remote has shown before, nor shows within the limits now.
    pub max_entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(120),
            silence: Duration::from_secs(10),
            max_bytes: 1 << 30,
            max_entries: 200_000,
        }
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

/// What came of asking.
#[derive(Debug, Default)]
pub struct Fetched {
    /// What became of each.
    pub outcomes: BTreeMap<Name, Outcome>,
    /// The transfers that were taken in. Nothing of them is in the cache yet.
    pub came: BTreeMap<Name, Staging>,
    /// Who said nothing for as long as they were asked.
    pub silent: BTreeSet<Name>,
}

/// Fetches from all `sources`, several at a time, beside what the cache `held` and what came `earlier`. Nothing is locked
/// meanwhile, and nothing is written into the cache but transfers, each in a folder of its own.
///
/// `progress` hears of each as it has answered; the result is by name and does not depend on the order. A cache that cannot
/// be written makes its remotes unreachable: our own trouble accuses nobody.
pub fn fetch_all(
    cache: &Cache,
    held: &Held,
    earlier: &[Staging],
    sources: &[Source],
    limits: &Limits,
    progress: &(dyn Fn(&Name) + Sync),
) -> Fetched {
    let git = match Git::at(cache.path()) {
        Ok(git) => git,
        Err(e) => {
            let unreachable = |source: &Source| (source.name.clone(), Outcome::Unreachable(e.to_string()));
            return Fetched { outcomes: sources.iter().map(unreachable).collect(), ..Fetched::default() };
        }
    };
    let mut intake = Intake::new(&git, limits, earlier);
    let mut silent = BTreeSet::new();
    // Who said nothing the last time is asked last, and waited for shortly.
    let (last, first): (Vec<&Source>, Vec<&Source>) = sources.iter().partition(|source| cache.was_silent(&source.name));
    let first = first.into_iter().map(|source| (source, limits.timeout));
    let mut todo: Vec<_> =
        first.chain(last.into_iter().map(|source| (source, limits.silence.min(limits.timeout)))).collect();
    let (mut is_first, path) = (true, cache.path());
    while !todo.is_empty() {
        let told = |name: &Name| {
            if is_first {
                progress(name)
            }
        };
        let ask = |(source, left): (&Source, Duration)| {
            let made = Staging::new(path).and_then(|mut staging| {
                staging.borrow_from(intake.brought())?;
                Ok(staging)
            });
            let answer = match made {
                Ok(staging) => {
                    let git = git.within(staging.path());
                    let same = held.kept.get(&source.name).and_then(|_| held.shown.get(&source.name)).copied();
                    Asking { git, staging, source, limits, start: Instant::now(), time: left }.answer(same)
                }
                Err(e) => Answer::of(Outcome::Unreachable(format!("cannot write to the cache: {e}"))),
            };
            told(&source.name);
            answer
        };
        for (source, answer) in at_once(&todo, &ask) {
            if answer.is_silent {
                silent.insert(source.name.clone());
            }
            intake.take(source, answer);
        }
        todo = intake.settle();
        is_first = false;
    }
    let (outcomes, came) = intake.finish();
    Fetched { outcomes, came, silent }
}

/// Asks several at a time, in this order.
fn at_once<'a>(
    todo: &[(&'a Source, Duration)],
    ask: &(dyn Fn((&Source, Duration)) -> Answer + Sync),
) -> Vec<(&'a Source, Answer)> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(todo.len()) {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while let Some((source, left)) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // The receiver outlives every sender.
                    let _ = send.send((*source, ask((source, *left))));
                }
            });
        }
        drop(send);
        receive.into_iter().collect()
    })
}

/// What one remote answered.
struct Answer {
    outcome: Outcome,
    /// What it sent.
    staging: Option<Staging>,
    /// Whether it was refused for its length.
    is_over: bool,
    /// Whether nothing worth the name came for as long as it was asked.
    is_silent: bool,
    /// How long it may take if it is asked again.
    left: Duration,
}

impl Answer {
    fn of(outcome: Outcome) -> Self {
        Self { outcome, staging: None, is_over: false, is_silent: false, left: Duration::ZERO }
    }
}

/// Who has sent less than this in all the time there was has sent nothing.
const NEXT_TO_NOTHING: u64 = 64 << 10;

/// One remote being asked.
struct Asking<'a> {
    git: Git,
    staging: Staging,
    source: &'a Source,
    limits: &'a Limits,
    start: Instant,
    time: Duration,
}

impl Asking<'_> {
    /// Its answer. Who shows the `same` as the last time, which is kept and is no entry, need not send it again.
    fn answer(self, same: Option<CommitId>) -> Answer {
        if same.is_some() {
            match self.listed() {
                Ok(ran)
                    if ran.status.success()
                        && advertised(&ran.stdout, &self.reference()) == same.map(|id| id.to_string()) =>
                {
                    return Answer::of(Outcome::Shown(same));
                }
                Err(GitError::TimedOut(_)) => return self.silent(),
                _ => {}
            }
        }
        let ran = match self.fetch() {
            Ok(ran) => ran,
            Err(GitError::TimedOut(_)) => return self.silent(),
            Err(e) => return Answer::of(Outcome::Unreachable(e.to_string())),
        };
        match self.staging.head() {
            Ok(Some((head, ObjectType::Commit))) if ran.status.success() => {
                Answer { staging: Some(self.staging), ..Answer::of(Outcome::Shown(Some(head))) }
            }
            Ok(Some((head, kind))) if ran.status.success() => Answer::of(Outcome::Refused {
                head: Some(head),
                why: format!("branch {} is a {}, not a commit", self.source.branch, kind.str()),
            }),
            Ok(_) => {
                let answer = self.failed(&ran);
                let is_over = matches!(answer.outcome, Outcome::Refused { .. }) && ran.words.contains(TOO_LONG);
                Answer { is_over, left: self.left(), ..answer }
            }
            Err(e) => Answer::of(Outcome::Unreachable(format!("cannot read what was fetched: {}", e.message()))),
        }
    }

    /// It took too long. Whoever at least sends something may take as long again.
    fn silent(&self) -> Answer {
        let seconds = self.time.as_secs_f64();
        let again = match self.time < self.limits.timeout {
            true => "; it said nothing the last time, either: to wait longer, add --timeout SECONDS",
            false => "",
        };
        let outcome = Outcome::Unreachable(format!("not done within {seconds} seconds{again}"));
        Answer { is_silent: self.staging.size() < NEXT_TO_NOTHING, ..Answer::of(outcome) }
    }

    fn left(&self) -> Duration {
        self.time.saturating_sub(self.start.elapsed())
    }

    fn reference(&self) -> String {
        format!("refs/heads/{}", self.source.branch)
    }

    fn fetch(&self) -> Result<Ran, GitError> {
        let refspec = format!("+{}:{}", self.reference(), Staging::HEAD);
        let call = self.git.call("fetch").settings(SETTINGS).options(OPTIONS.iter().copied()).listened();
        let call = call.operands([self.source.url.clone(), refspec]);
        call.max_file(self.limits.max_bytes).timeout(self.left()).run()
    }

    fn listed(&self) -> Result<Ran, GitError> {
        let call = self.git.call("ls-remote").settings(SETTINGS).options(["--quiet"]).listened();
        call.operands([self.source.url.clone(), self.reference()]).timeout(self.left()).run()
    }

    /// Tells apart why nothing came: no such branch, refused, or not to be had. Only git's own words on this side count,
    /// and none that the other side has sent.
    fn failed(&self, ran: &Ran) -> Answer {
        let unreachable = || Answer::of(Outcome::Unreachable(why_unreachable(&ran.stderr)));
        if NO_CONTACT.iter().any(|sign| ran.words.contains(sign)) {
            return unreachable();
        }
        let listed = match self.listed() {
            Ok(listed) if listed.status.success() => listed,
            Err(GitError::TimedOut(_)) => return self.silent(),
            _ => return unreachable(),
        };
        let Some(id) = advertised(&listed.stdout, &self.reference()) else {
            // To git any web page is an old kind of remote without branches.
            return Answer::of(match listed.words.contains(SPOKE_GIT) {
                true => Outcome::Shown(None),
                false => Outcome::Unreachable(NOT_GIT.to_owned()),
            });
        };
        let head = CommitId::parse(&id);
        match refusal(&ran.words, self.limits) {
            Some(why) => Answer::of(Outcome::Refused { head, why }),
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

/// What git says when a file gets longer than it may.
const TOO_LONG: &str = "File too large";

/// Why a transfer from a remote that answers was refused; `None` when it may as well have broken off.
fn refusal(words: &str, limits: &Limits) -> Option<String> {
    /// The connection failed, or a disk did: nobody's content is at fault.
    const BROKE_OFF: [&str; 7] =
        ["early EOF", "Connection reset", "Broken pipe", "timed out", "RPC failed", "No space left", "(stored in "];
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
    if words.contains(TOO_LONG) {
        return Some(format!("the transfer is over {} bytes (--max-bytes)", limits.max_bytes));
    }
    if words.contains("attempting to allocate") {
        return Some("an object takes more than 256 MiB".to_owned());
    }
    if BROKE_OFF.iter().any(|sign| words.contains(sign)) {
        return None;
    }
    let content = CONTENT.iter().find(|(sign, _)| words.contains(sign));
    content.map(|(_, why)| (*why).to_owned())
}

/// The reason in one line, in whoever's words: it is told and decides nothing. With what the user can do about it where that is known.
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
            "fatal: write error: No space left on device\n",
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

//! Looking: fetch everyone, verify what was ever seen.
//!
//! The only way from remotes to a verdict; `verify`, `status`, `sync` and every command that writes look
//! through here.

mod progress;

pub use progress::{Progress, Tell, UnderWay};

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use self::progress::Watched;
use crate::error::{Error, Result};
use crate::git::cache::{Cache, CacheError, Held, Taken};
use crate::git::doctor::path_word;
use crate::git::fetch::{Limits, Outcome, Source, fetch_all};
use crate::git::log::take_over;
use crate::git::objects::Store;
use crate::git::preferences::complaint_of_settings;
use crate::git::staging::{Kept, Staging};
use crate::place::Place;
use crate::protocol::charter::Researcher;
use crate::protocol::finding::Code;
use crate::protocol::genesis::Genesis;
use crate::protocol::history::Node;
use crate::protocol::id::{CommitId, Name};
use crate::protocol::past::Clock;
use crate::protocol::verify::{Remote, Seen, Verification, verify};

/// How to look.
#[derive(Debug, Clone, Default)]
pub struct Looking {
    /// Use what the cache has, and fetch nothing.
    pub offline: bool,
    /// Fetch these researchers from elsewhere.
    pub elsewhere: BTreeMap<Name, String>,
    /// Limits on each remote's transfer.
    pub limits: Limits,
    /// Told what is being done.
    pub progress: Option<Tell>,
}

/// What was seen.
pub struct Look {
    /// The verification.
    pub verification: Verification,
    /// Where its objects are.
    pub store: Store,
    /// The cache.
    pub cache: Cache,
    /// What had been seen before this look.
    pub before: Clock,
    /// Why remotes could not be reached, in their own or git's words.
    pub unreached: BTreeMap<Name, String>,
    /// Whether the remotes were asked at all.
    pub asked: bool,
    /// Whose remote was not asked, but another address in its place.
    pub elsewhere: BTreeSet<Name>,
    /// Told what is being done with what was seen.
    pub progress: Option<Tell>,
    /// Where what was seen came from, for as long as it may be read.
    sources: Sources,
}

impl Look {
    /// Judges what was seen anew, with the local log as it stands now. Nothing is fetched.
    ///
    /// # Errors
    /// Objects cannot be read.
    pub fn judge_again(&mut self, place: &Place) -> Result<()> {
        let local = local_head(place)?;
        let store = self.sources.store(place, &self.cache)?;
        let seen = Seen { local, ..self.verification.seen.clone() };
        self.verification = judge(place, &store, seen, &UnderWay::new(self.progress))?;
        self.store = store;
        Ok(())
    }
}

impl std::fmt::Debug for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look").field("verification", &self.verification).finish_non_exhaustive()
    }
}

/// How long another bicker process may hold the cache before this one gives up.
const CACHE_PATIENCE: Duration = Duration::from_secs(30);

/// Fetches, verifies, and keeps what was seen. The cache is locked only while references are read, and while what was
/// judged is moved into it: never while anyone is asked or anything is judged.
///
/// # Errors
/// The cache cannot be used, git is missing, or objects cannot be read: our own trouble.
pub fn look(place: &Place, looking: &Looking) -> Result<Look> {
    let under_way = UnderWay::new(looking.progress);
    let cache = open_cache(place)?;
    if !looking.offline {
        cache.tidy();
    }
    let local = local_head(place)?;
    let held = cache.held(CACHE_PATIENCE).map_err(|e| trouble(cache.path(), e))?;
    let pins: BTreeSet<CommitId> = held.pins.iter().map(|(_, commit)| *commit).collect();
    let known: Vec<CommitId> = pins.iter().copied().chain(local).collect();
    let mut view = View {
        looking,
        under_way: &under_way,
        everyone: everyone(place, looking),
        remotes: BTreeMap::new(),
        unreached: BTreeMap::new(),
        sources: Sources::of(held),
        left: BTreeSet::new(),
    };
    view.ask(&cache, None);
    if !view.unreached.is_empty() {
        own_trouble(&cache)?;
    }
    let mut store = view.sources.store(place, &cache)?;
    let seen = |view: &View<'_>| {
        let left = view.left.iter().map(|(_, commit)| *commit);
        Seen { remotes: view.remotes.clone(), pins: pins.iter().copied().chain(left).collect(), local }
    };
    let mut verification = judge(place, &store, seen(&view), &under_way)?;
    let mut asked_again = BTreeSet::new();
    loop {
        // A push between two fetches looks like a rewind, so such a remote is asked once more, and its second answer
        // counts. That answer may make others look like it in turn.
        let again: BTreeSet<Name> = rewound(&verification).difference(&asked_again).cloned().collect();
        if looking.offline || again.is_empty() {
            break;
        }
        view.left.extend(newest(&verification, &again));
        view.ask(&cache, Some(&again));
        asked_again.extend(again);
        store = view.sources.store(place, &cache)?;
        verification = judge(place, &store, seen(&view), &under_way)?;
    }
    if !looking.offline
        && let Err(e) = view.keep(&cache, &mut verification)
    {
        // What cannot be kept has not been seen: our own trouble accuses nobody.
        return Err(trouble(cache.path(), e));
    }
    let before = verification.history.reach(known);
    let View { unreached, sources, .. } = view;
    let elsewhere = looking.elsewhere.keys().cloned().collect();
    let (asked, progress) = (!looking.offline, looking.progress);
    Ok(Look { verification, store, cache, before, unreached, asked, elsewhere, progress, sources })
}

/// Why the cache cannot be used, and what to do about it. Another cache would be a way out that forgets evidence, so it is
/// named only where what is there is no cache of this group.
fn trouble(cache: &Path, e: CacheError) -> Error {
    let hint = match &e {
        CacheError::NotACache { .. } | CacheError::OtherGroup { .. } => {
            return Error::usage("cannot use the cache").because(&e).hint("name the cache of this group: --cache DIR");
        }
        CacheError::Owned { path: at } => {
            return Error::usage("cannot use the cache")
                .because(&e)
                .hint(format!("what is in it is evidence, so keep it, and make it yours: {}", take_over(at)));
        }
        CacheError::Busy { .. } => "wait for the other one to end".to_owned(),
        CacheError::Io { path: at, source } if source.kind() == io::ErrorKind::PermissionDenied => {
            format!("make it yours again: {}", take_over(at))
        }
        CacheError::Io { path: at, .. } => format!("see whether the disk has room: df -h {}", path_word(at)),
        CacheError::Git(_) => anew(cache),
        CacheError::NotKept(_) => {
            "type it again, and see what is the matter if it fails again: bicker doctor".to_owned()
        }
    };
    Error::trouble("cannot use the cache").because(&e).hint(hint)
}

/// The way out of a cache that is damaged.
fn anew(cache: &Path) -> String {
    // Without the slash that git's own paths end in.
    let cache = path_word(&cache.components().collect::<PathBuf>());
    format!(
        "it may hold evidence that nobody else has, so keep it, and begin a new one: mv {cache} {cache}.damaged && bicker sync"
    )
}

/// What is wrong here, when somebody could not be reached: our own trouble is nobody else's, and is told once.
fn own_trouble(cache: &Cache) -> Result<()> {
    cache.has_room().map_err(|e| trouble(cache.path(), e))?;
    match complaint_of_settings(cache.path()) {
        None => Ok(()),
        Some(why) => {
            let mut error = Error::usage("git cannot read your settings, so nobody could be asked")
                .hint("open the file that git names in an editor, correct that line, and type the command again");
            error.causes.push(why);
            Err(error)
        }
    }
}

fn open_cache(place: &Place) -> Result<Cache> {
    let genesis = Genesis::of(&place.charter);
    let cache = Cache::open(&place.cache, genesis.commit).map_err(|e| trouble(&place.cache, e))?;
    cache.insert_genesis(&genesis.objects()).map_err(|e| trouble(cache.path(), e))?;
    Ok(cache)
}

fn local_head(place: &Place) -> Result<Option<CommitId>> {
    let head = place.own.as_ref().map(|own| own.log.head()).transpose();
    head.map_err(|e| Error::trouble("cannot read your own log").because(&e).maybe_hint(e.hint()))
}

/// Where what was seen came from: the cache as it was, and transfers beside it.
struct Sources {
    held: Held,
    came: BTreeMap<Name, Staging>,
    /// Transfers that another answer of the same remote has followed.
    earlier: Vec<Staging>,
    /// Transfers that were kept as they came.
    kept: BTreeMap<Name, Kept>,
}

impl Sources {
    const fn of(held: Held) -> Self {
        Self { held, came: BTreeMap::new(), earlier: Vec::new(), kept: BTreeMap::new() }
    }

    fn store(&self, place: &Place, cache: &Cache) -> Result<Store> {
        let unreadable = |e: git2::Error| Error::trouble("cannot read git objects").because(&e);
        let mut store = Store::new();
        store.add(cache.repository()).map_err(unreadable)?;
        if let Some(own) = &place.own {
            store.add(own.log.repository()).map_err(unreadable)?;
        }
        let brought = self.came.values().chain(&self.earlier).filter(|staging| staging.has_brought());
        let kept = self.held.kept.values().chain(self.kept.values());
        let beside: Vec<PathBuf> = brought.map(Staging::objects).chain(kept.map(Kept::objects)).collect();
        store.add_directories(&beside).map_err(unreadable)?;
        Ok(store)
    }
}

/// What is seen on the way to a verdict.
struct View<'a> {
    looking: &'a Looking,
    under_way: &'a UnderWay,
    everyone: Vec<Source>,
    remotes: BTreeMap<Name, Remote>,
    unreached: BTreeMap<Name, String>,
    sources: Sources,
    /// Entries that remotes showed before they were asked once more.
    left: BTreeSet<(Name, CommitId)>,
}

impl View<'_> {
    /// Asks everyone, or `only` these once more.
    fn ask(&mut self, cache: &Cache, only: Option<&BTreeSet<Name>>) {
        if self.looking.offline {
            let shown = |source: &Source| self.sources.held.shown.get(&source.name).copied();
            self.remotes = self.everyone.iter().map(|s| (s.name.clone(), Remote::Shown(shown(s)))).collect();
            return;
        }
        let asked = self.everyone.iter().filter(|source| only.is_none_or(|only| only.contains(&source.name)));
        let asked: Vec<Source> = asked.cloned().collect();
        let waiting: Mutex<BTreeSet<Name>> = Mutex::new(asked.iter().map(|source| source.name.clone()).collect());
        let told = |answered: Option<&Name>| {
            let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
            answered.map(|name| waiting.remove(name));
            if !waiting.is_empty() {
                self.under_way.tell(&Progress::Asking { waiting: &waiting, of: asked.len() });
            }
        };
        told(None);
        self.sources.earlier.extend(std::mem::take(&mut self.sources.came).into_values());
        let Sources { held, earlier, .. } = &self.sources;
        let fetched = fetch_all(cache, held, earlier, &asked, &self.looking.limits, &|name| told(Some(name)));
        fetched.silent.iter().for_each(|name| cache.note_silence(name));
        self.sources.came = fetched.came;
        for (name, outcome) in fetched.outcomes {
            self.unreached.remove(&name);
            let remote = match outcome {
                Outcome::Shown(head) => Remote::Shown(head),
                Outcome::Refused { head, why } => Remote::Refused { head, why },
                Outcome::Unreachable(why) => {
                    self.unreached.insert(name.clone(), why);
                    Remote::Unreachable
                }
            };
            if remote.answered() {
                cache.note_answer(&name);
            }
            self.remotes.insert(name, remote);
        }
    }

    /// Keeps what was seen: of each head the newest entries for good, and what else it shows until the next answer.
    fn keep(&mut self, cache: &Cache, verification: &mut Verification) -> Result<(), CacheError> {
        let answered: BTreeSet<Name> = self.remotes.keys().cloned().collect();
        let held: BTreeSet<(Name, CommitId)> = self.sources.held.pins.iter().cloned().collect();
        let all: BTreeSet<(Name, CommitId)> = newest(verification, &answered)
            .into_iter()
            .chain(self.left.iter().cloned())
            .chain(held.iter().cloned())
            .collect();
        let covered = covered(verification, &all);
        let taken = Taken {
            shown: self
                .remotes
                .iter()
                .filter_map(|(name, remote)| Some((name.clone(), shown(verification, remote)?)))
                .collect(),
            pins: all.difference(&covered).filter(|pin| !held.contains(pin)).cloned().collect(),
            redundant: covered.intersection(&held).cloned().collect(),
        };
        self.under_way.tell(&Progress::Doing("keeping what was fetched"));
        self.sources.kept = cache.keep(&taken, &mut self.sources.came, &self.sources.earlier, CACHE_PATIENCE)?;
        Ok(())
    }
}

/// What a remote showed, if it answered and was taken: the head, and whether that is more than entries.
fn shown(verification: &Verification, remote: &Remote) -> Option<Option<(CommitId, bool)>> {
    let Remote::Shown(head) = remote else { return None };
    let is_more = |head| !matches!(verification.history.node(head), Some(Node::Entry(_) | Node::Genesis));
    Some(head.map(|head| (head, is_more(head))))
}

/// The newest entries that these remotes show: a head that is one, else those that it reaches.
fn newest(verification: &Verification, names: &BTreeSet<Name>) -> BTreeSet<(Name, CommitId)> {
    let history = &verification.history;
    let remotes = verification.seen.remotes.iter().filter(|(name, _)| names.contains(*name));
    let heads = remotes.filter_map(|(name, remote)| Some((name, remote.shown()?)));
    heads
        .flat_map(|(name, head)| {
            history.reached(head).entries.into_iter().map(|at| (name.clone(), history.index.entry(at).id))
        })
        .collect()
}

/// Pins in the past of others: they keep nothing that the others do not.
fn covered(verification: &mut Verification, pins: &BTreeSet<(Name, CommitId)>) -> BTreeSet<(Name, CommitId)> {
    let index = &mut verification.history.index;
    let entries: Vec<_> = pins.iter().filter_map(|(_, commit)| index.find(*commit)).collect();
    let mut past = Clock::default();
    for at in entries {
        let of_one = index.entry(at).past.clone();
        index.pasts.join(&mut past, &of_one);
    }
    let is_covered = |commit: CommitId| index.find(commit).is_some_and(|at| index.holds(&past, at));
    pins.iter().filter(|(_, commit)| is_covered(*commit)).cloned().collect()
}

fn everyone(place: &Place, looking: &Looking) -> Vec<Source> {
    let source = |r: &Researcher| Source {
        name: r.name.clone(),
        url: looking.elsewhere.get(&r.name).cloned().unwrap_or_else(|| r.remote.as_str().to_owned()),
        branch: r.branch.as_str().to_owned(),
    };
    place.researchers.iter().map(source).collect()
}

fn judge(place: &Place, store: &Store, seen: Seen, under_way: &UnderWay) -> Result<Verification> {
    verify(place.charter.clone(), seen, &Watched::new(store, under_way))
        .map_err(|e| Error::trouble("cannot read an object that was fetched").because(&e).hint(anew(&place.cache)))
}

fn rewound(verification: &Verification) -> BTreeSet<Name> {
    let rewinds = verification.findings.iter().filter(|finding| finding.code == Code::Rewind);
    rewinds.filter_map(|finding| finding.researcher.clone()).collect()
}

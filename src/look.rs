//! Looking: fetch everyone, verify what was ever seen.
//!
//! The only way from remotes to a verdict; `verify`, `status`, `sync` and every command that writes look
//! through here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::git::cache::{Cache, CacheError};
use crate::git::fetch::{Limits, Outcome, Source, fetch_all};
use crate::git::objects::Store;
use crate::place::Place;
use crate::protocol::finding::Code;
use crate::protocol::genesis::Genesis;
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
    /// Told how many of how many remotes have answered, each time one has.
    pub progress: Option<fn(usize, usize)>,
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
}

impl Look {
    /// Judges what was seen anew, with the local log as it stands now. Nothing is fetched.
    ///
    /// # Errors
    /// Objects cannot be read.
    pub fn judge_again(&mut self, place: &Place) -> Result<()> {
        let local = place.own.as_ref().map(|own| own.log.head()).transpose();
        let local = local.map_err(|e| Error::trouble("cannot read your own log").because(&e).maybe_hint(e.hint()))?;
        let store = store(place, &self.cache)?;
        self.verification = judge(place, &self.cache, &store, self.verification.seen.remotes.clone(), local)?;
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

/// Fetches, verifies, and keeps what was seen.
///
/// # Errors
/// The cache cannot be used, git is missing, or objects cannot be read: our own trouble.
pub fn look(place: &Place, looking: &Looking) -> Result<Look> {
    let cache = open_cache(place)?;
    let lock = cache.lock(CACHE_PATIENCE).map_err(trouble)?;
    cache.tidy();
    let local = match &place.own {
        Some(own) => Some(
            own.log.head().map_err(|e| Error::trouble("cannot read your own log").because(&e).maybe_hint(e.hint()))?,
        ),
        None => None,
    };
    let known: Vec<CommitId> = pins(&cache)?.into_iter().chain(local).collect();
    let everyone: Vec<Source> = sources(place, looking);
    let mut unreached = BTreeMap::new();
    let mut remotes = ask(&cache, &everyone, looking, &mut unreached)?;
    let mut store = store(place, &cache)?;
    let mut verification = judge(place, &cache, &store, remotes.clone(), local)?;
    let mut asked_again = BTreeSet::new();
    loop {
        // A push between two fetches looks like a rewind, so such a remote is asked once more, and its second answer
        // counts. That answer may make others look like it in turn.
        let rewound = rewound(&verification);
        let again = |source: &&Source| rewound.contains(&source.name) && !asked_again.contains(&source.name);
        let again: Vec<Source> = everyone.iter().filter(again).cloned().collect();
        if looking.offline || again.is_empty() {
            break;
        }
        remotes.extend(ask(&cache, &again, looking, &mut unreached)?);
        asked_again.extend(again.into_iter().map(|source| source.name));
        store = self::store(place, &cache)?;
        verification = judge(place, &cache, &store, remotes.clone(), local)?;
    }
    forget_redundant_pins(&cache, &verification)?;
    drop(lock);
    let before = verification.history.reach(known);
    let elsewhere = looking.elsewhere.keys().cloned().collect();
    Ok(Look { verification, store, cache, before, unreached, asked: !looking.offline, elsewhere })
}

fn trouble(e: CacheError) -> Error {
    Error::trouble("cannot use the cache").because(&e).hint("look with another cache folder: --cache DIR")
}

fn open_cache(place: &Place) -> Result<Cache> {
    let genesis = Genesis::of(&place.charter);
    let cache = Cache::open(&place.cache, genesis.commit).map_err(trouble)?;
    cache.insert_genesis(&genesis.objects()).map_err(trouble)?;
    Ok(cache)
}

fn store(place: &Place, cache: &Cache) -> Result<Store> {
    let unreadable = |e: git2::Error| Error::trouble("cannot read git objects").because(&e);
    let mut store = Store::new();
    store.add(cache.repository()).map_err(unreadable)?;
    if let Some(own) = &place.own {
        store.add(own.log.repository()).map_err(unreadable)?;
    }
    Ok(store)
}

fn sources(place: &Place, looking: &Looking) -> Vec<Source> {
    let source = |r: &crate::protocol::charter::Researcher| Source {
        name: r.name.clone(),
        url: looking.elsewhere.get(&r.name).cloned().unwrap_or_else(|| r.remote.as_str().to_owned()),
        branch: r.branch.as_str().to_owned(),
    };
    place.charter.researchers().iter().map(source).collect()
}

fn ask(
    cache: &Cache,
    sources: &[Source],
    looking: &Looking,
    unreached: &mut BTreeMap<Name, String>,
) -> Result<BTreeMap<Name, Remote>> {
    if looking.offline {
        let shown = sources.iter().map(|s| Ok((s.name.clone(), Remote::Shown(cache.shown(&s.name).map_err(trouble)?))));
        return shown.collect();
    }
    let mut remotes = BTreeMap::new();
    let answered = AtomicUsize::new(0);
    let progress = |_: &Name, _: &Outcome| {
        let done = answered.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(tell) = looking.progress {
            tell(done, sources.len());
        }
    };
    for (name, outcome) in fetch_all(cache, sources, &looking.limits, &progress) {
        unreached.remove(&name);
        let remote = match outcome {
            Outcome::Shown(head) => Remote::Shown(head),
            Outcome::Refused { head, why } => Remote::Refused { head, why },
            Outcome::Unreachable(why) => {
                unreached.insert(name.clone(), why);
                Remote::Unreachable
            }
        };
        if remote.answered() {
            cache.note_answer(&name);
        }
        remotes.insert(name, remote);
    }
    Ok(remotes)
}

fn judge(
    place: &Place,
    cache: &Cache,
    store: &Store,
    remotes: BTreeMap<Name, Remote>,
    local: Option<CommitId>,
) -> Result<Verification> {
    let seen = Seen { remotes, pins: pins(cache)?, local };
    verify(place.charter.clone(), seen, store).map_err(|e| {
        Error::trouble("cannot read an object that was fetched")
            .because(&e)
            .hint(format!("move the cache away and fetch again: {}", place.cache.display()))
    })
}

fn pins(cache: &Cache) -> Result<BTreeSet<CommitId>> {
    Ok(cache.pins().map_err(trouble)?.into_iter().map(|(_, commit)| commit).collect())
}

fn rewound(verification: &Verification) -> BTreeSet<Name> {
    let rewinds = verification.findings.iter().filter(|finding| finding.code == Code::Rewind);
    rewinds.filter_map(|finding| finding.researcher.clone()).collect()
}

/// A pin in the past of another pin keeps nothing that the other does not.
fn forget_redundant_pins(cache: &Cache, verification: &Verification) -> Result<()> {
    let index = &verification.history.index;
    let pins = cache.pins().map_err(trouble)?;
    let entries: BTreeSet<_> = pins.iter().filter_map(|(_, commit)| index.find(*commit)).collect();
    let covered = |commit: CommitId| {
        let this = index.find(commit);
        this.is_some_and(|this| entries.iter().any(|other| index.holds(&index.entry(*other).past, this)))
    };
    let redundant: Vec<_> = pins.into_iter().filter(|(_, commit)| covered(*commit)).collect();
    cache.drop_pins(&redundant).map_err(trouble)
}

//! The cache: a bare repository of our own that keeps whatever a remote ever showed.
//!
//! Decides where it stands, that it is ours and this group's, and which references say what:
//!
//! - `refs/bicker/pin/NAME/COMMIT`: an entry that NAME's remote ever showed. Pins keep the evidence when a remote changes
//!   its mind, and the cache's objects are those that pins reach;
//! - `bicker-shown/NAME`: the head that NAME's remote showed last, absent when it showed none. Where that is no entry, the
//!   file names the transfer it came in, too, which is kept beside the cache's objects until the remote answers again.
//!
//! Transfers come in through [staging](super::staging), so nothing that was refused or broke off half way is ever
//! in here. The configuration must be, byte for byte, the one we wrote: a cache may have been restored by a CI
//! system or unpacked from an archive, and a git repository's configuration can name programs to run.

mod answered;
mod held;
mod keep;
mod upkeep;

pub use held::Held;
pub use keep::Taken;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use git2::{ErrorCode, Oid, Repository, RepositoryInitOptions, RepositoryOpenFlags};
use rustix::fs::{FlockOperation, flock};

use self::upkeep::sweep;
use super::objects::type_of;
use crate::protocol::id::{CommitId, Name};
use crate::protocol::object::ObjectKind;

const PIN: &str = "refs/bicker/pin";
const LOCK: &str = "bicker.lock";
/// Where transfers come in.
pub(super) const INCOMING: &str = "incoming";

/// Files by which a repository reads from somewhere else, or less than there is. We make none of them.
const FOREIGN: &[&str] =
    &["commondir", "shallow", "info/grafts", "objects/info/alternates", "objects/info/http-alternates"];

/// Why the cache cannot be used. All of it is our own trouble.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// There is something else at the path, or something was added to the cache that we never put there.
    #[error("{path} is not a cache made by bicker: {why}")]
    NotACache {
        /// The path.
        path: PathBuf,
        /// What gave it away.
        why: String,
    },
    /// It is the cache of another group.
    #[error("{path} is the cache of another group, whose genesis is {got}, not {expected}")]
    OtherGroup {
        /// The path.
        path: PathBuf,
        /// The genesis of the group asked for.
        expected: CommitId,
        /// What the cache says.
        got: String,
    },
    /// It belongs to another user, so git reads nothing of it.
    #[error("{path} belongs to another user")]
    Owned {
        /// The path.
        path: PathBuf,
    },
    /// Another process uses it.
    #[error("another bicker is using {path} (waited {} s)", .waited.as_secs())]
    Busy {
        /// The path.
        path: PathBuf,
        /// How long was waited.
        waited: Duration,
    },
    /// What is to be kept cannot be put together from what came.
    #[error("cannot keep what was fetched: {0}")]
    NotKept(String),
    /// libgit2 could not do it.
    #[error("the cache cannot be used: {}", .0.message())]
    Git(#[from] git2::Error),
    /// The file system could not do it.
    #[error("the cache at {path} cannot be used: {source}")]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The cache of one group.
pub struct Cache {
    repository: Repository,
}

/// Holds the cache for one process; let go when dropped.
#[derive(Debug)]
pub struct CacheLock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Cache {
    /// Opens the cache at `path`, or makes it there, with its parent directories.
    ///
    /// # Errors
    /// When what is there is no cache of this group, or it cannot be made.
    pub fn open(path: &Path, genesis: CommitId) -> Result<Self, CacheError> {
        let io = |source| CacheError::Io { path: path.to_owned(), source };
        let vacant = fs::read_dir(path).map(|mut entries| entries.next().is_none());
        match vacant {
            Ok(false) => {}
            Ok(true) => make(path, genesis)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => make(path, genesis)?,
            Err(e) => return Err(io(e)),
        }
        // Made absolute, as staging names it to git from elsewhere.
        let path = path.canonicalize().map_err(io)?;
        check(&path, genesis)?;
        let flags = RepositoryOpenFlags::BARE | RepositoryOpenFlags::NO_SEARCH;
        let repository = Repository::open_ext(&path, flags, std::iter::empty::<&Path>());
        match repository {
            Err(e) if e.code() == ErrorCode::Owner => Err(CacheError::Owned { path }),
            repository => Ok(Self { repository: repository? }),
        }
    }

    /// The repository, for reading objects.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        self.repository.path()
    }

    /// Whether something can still be written here.
    ///
    /// # Errors
    /// It cannot: the disk is full, or the folder is not to be written to.
    pub fn has_room(&self) -> Result<(), CacheError> {
        let written = tempfile::NamedTempFile::new_in(self.path()).and_then(|mut file| {
            file.write_all(&[0; 1 << 16])?;
            file.as_file().sync_all()
        });
        written.map_err(|source| CacheError::Io { path: self.path().to_owned(), source })
    }

    /// Every entry that is pinned, by name, then commit.
    ///
    /// # Errors
    /// When the references cannot be listed. What is no pin of ours is passed over.
    pub fn pins(&self) -> Result<Vec<(Name, CommitId)>, CacheError> {
        let mut pins = BTreeSet::new();
        for reference in self.repository.references_glob(&format!("{PIN}/*"))?.flatten() {
            let named = reference.name().ok().and_then(|name| name.strip_prefix(PIN)?.strip_prefix('/'));
            let Some((name, commit)) = named.and_then(|rest| rest.split_once('/')) else { continue };
            if let (Some(name), Some(commit)) = (Name::parse(name), CommitId::parse(commit))
                && reference.target().and_then(commit_id) == Some(commit)
            {
                pins.insert((name, commit));
            }
        }
        Ok(pins.into_iter().collect())
    }

    /// Writes the objects of genesis, which every log rests on and no remote need send; the last of them is
    /// the commit. `HEAD` is put there, so that no tool finds it pointing nowhere.
    ///
    /// # Errors
    /// When an object or `HEAD` cannot be written.
    pub fn insert_genesis(&self, objects: &[(ObjectKind, Vec<u8>)]) -> Result<(), CacheError> {
        let odb = self.repository.odb()?;
        let mut last = None;
        for (kind, content) in objects {
            last = Some(odb.write(type_of(*kind), content)?);
        }
        match last {
            Some(commit) if self.repository.head_detached().ok() != Some(true) => {
                Ok(self.repository.set_head_detached(commit)?)
            }
            _ => Ok(()),
        }
    }

    /// Takes the cache for this process, waiting at most `wait` for another one, and clears away what a process
    /// that was killed has left behind. It is held only while references and objects are moved: never while a remote is
    /// asked, and never while something is judged.
    ///
    /// # Errors
    /// When another process still holds it, or it cannot be locked at all.
    pub fn lock(&self, wait: Duration) -> Result<CacheLock, CacheError> {
        let path = self.path().to_owned();
        let io = |source| CacheError::Io { path: path.clone(), source };
        let file = self.lock_file(LOCK)?;
        let start = Instant::now();
        while let Err(e) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if e != rustix::io::Errno::WOULDBLOCK && e != rustix::io::Errno::INTR {
                return Err(io(e.into()));
            }
            if start.elapsed() >= wait {
                return Err(CacheError::Busy { path, waited: wait });
            }
            thread::sleep(Duration::from_millis(50).min(wait));
        }
        sweep(&path);
        Ok(CacheLock(file))
    }

    fn lock_file(&self, name: &str) -> Result<File, CacheError> {
        let opened = OpenOptions::new().create(true).append(true).open(self.path().join(name));
        opened.map_err(|source| CacheError::Io { path: self.path().to_owned(), source })
    }

    fn remove(&self, reference: &str) -> Result<(), CacheError> {
        match self.repository.find_reference(reference).and_then(|mut found| found.delete()) {
            Err(e) if e.code() != ErrorCode::NotFound => Err(e.into()),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cache at {}", self.path().display())
    }
}

pub(super) fn commit_id(oid: Oid) -> Option<CommitId> {
    CommitId::parse(&oid.to_string())
}

/// The whole configuration of a cache.
fn configuration(genesis: &str) -> String {
    format!(
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n\tlogAllRefUpdates = false\n\
         [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[bicker]\n\tcache = 1\n\tgenesis = {genesis}\n"
    )
}

/// Makes the cache beside its place and moves it there whole, so that nobody meets half of one.
fn make(path: &Path, genesis: CommitId) -> Result<(), CacheError> {
    let io = |source| CacheError::Io { path: path.to_owned(), source };
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(io)?;
    let beside = tempfile::Builder::new().prefix(".bicker-cache-").tempdir_in(parent).map_err(io)?;
    let made = beside.path().join("cache");
    let mut options = RepositoryInitOptions::new();
    options.bare(true).external_template(false).initial_head("none");
    Repository::init_opts(&made, &options)?;
    fs::write(made.join("config"), configuration(&genesis.to_string())).map_err(io)?;
    // Here, where nobody meets a lock on it; the commit itself is written once the cache stands.
    fs::write(made.join("HEAD"), format!("{genesis}\n")).map_err(io)?;
    match fs::rename(&made, path) {
        // Another process was faster; what it made is checked like any other.
        Err(_) if path.join("config").exists() => Ok(()),
        done => done.map_err(io),
    }
}

/// Checks that the cache is as we made it, before git or libgit2 reads its configuration.
fn check(path: &Path, genesis: CommitId) -> Result<(), CacheError> {
    let not_a_cache = |why: String| CacheError::NotACache { path: path.to_owned(), why };
    if path.as_os_str().as_encoded_bytes().contains(&b'\n') {
        return Err(not_a_cache("its path holds a line end".to_owned()));
    }
    let config = fs::read_to_string(path.join("config")).map_err(|e| not_a_cache(format!("its config: {e}")))?;
    if config != configuration(&genesis.to_string()) {
        let got = config.rsplit_once("genesis = ").map_or("", |(_, got)| got.trim_end());
        return Err(if CommitId::parse(got).is_some() && config == configuration(got) {
            CacheError::OtherGroup { path: path.to_owned(), expected: genesis, got: got.to_owned() }
        } else {
            not_a_cache("its config is not the one bicker writes".to_owned())
        });
    }
    match FOREIGN.iter().find(|file| path.join(file).symlink_metadata().is_ok()) {
        Some(file) => Err(not_a_cache(format!("it has a file {file}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENESIS: &str = "60ef078924172a4c8f9c1f1540a6e918594c68f9";

    fn genesis() -> CommitId {
        CommitId::parse(GENESIS).expect("an id")
    }

    #[test]
    fn a_cache_is_made_once_and_belongs_to_one_group() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("deep/in/cache");
        Cache::open(&path, genesis()).expect("made");
        Cache::open(&path, genesis()).expect("opened");
        assert_eq!(fs::read_dir(path.parent().expect("a parent")).expect("listed").count(), 1);
        let other = CommitId::parse(&"1".repeat(40)).expect("an id");
        assert!(matches!(Cache::open(&path, other), Err(CacheError::OtherGroup { .. })));
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        Repository::init_bare(dir.path().join("foreign")).expect("made");
        let refused = |path: &Path| matches!(Cache::open(path, genesis()), Err(CacheError::NotACache { .. }));
        assert!(refused(&dir.path().join("foreign")) && refused(dir.path()));
        for (file, text) in [
            ("objects/info/alternates", "/elsewhere\n".to_owned()),
            ("shallow", String::new()),
            ("commondir", "/elsewhere\n".to_owned()),
            ("config", configuration(GENESIS) + "[core]\n\tsshCommand = evil\n"),
        ] {
            let path = dir.path().join(file.replace('/', "-"));
            Cache::open(&path, genesis()).expect("made");
            fs::write(path.join(file), text).expect("written");
            assert!(refused(&path), "{file}");
        }
    }

    #[test]
    fn one_process_at_a_time_and_the_next_one_sweeps() {
        let dir = tempfile::tempdir().expect("a directory");
        let cache = Cache::open(dir.path(), genesis()).expect("made");
        let held = cache.lock(Duration::ZERO).expect("free");
        let left = [dir.path().join("objects/pack/tmp_pack_x"), dir.path().join("refs/bicker/pin/alice.lock")];
        for file in &left {
            fs::create_dir_all(file.parent().expect("a parent")).and_then(|()| fs::write(file, "")).expect("written");
        }
        assert!(matches!(cache.lock(Duration::from_millis(60)), Err(CacheError::Busy { .. })));
        assert!(left.iter().all(|file| file.exists()));
        drop(held);
        cache.lock(Duration::ZERO).expect("free again");
        assert!(!left.iter().any(|file| file.exists()));
    }
}

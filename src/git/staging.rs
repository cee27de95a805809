//! Staging: where one transfer comes in, so that only what was accepted ever reaches the cache.
//!
//! Decides what of a transfer is moved into the cache, and when it is thrown away. Whether it is accepted, the
//! caller decides. Each staging is locked by whoever made it, so that nobody else clears it away; what a dead process has
//! left is locked by nobody.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Repository, RepositoryOpenFlags};
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::cache::{Cache, INCOMING, commit_id};
use crate::protocol::id::{CommitId, Name};

/// The file by which a staging is locked.
const LOCK: &str = "lock";
/// What the names of stagings begin with.
const PREFIX: &str = "from-";
/// Where the cache's objects are, as seen from a staging's own.
const CACHE_OBJECTS: &str = "../../../objects\n";

/// A repository for one transfer, inside the cache's directory. It borrows the cache's objects, so that git
/// asks the remote only for what is new, and it goes away when dropped, unless it is [kept](Staging::keep).
#[derive(Debug)]
pub struct Staging {
    dir: TempDir,
    lock: File,
    borrowed: Vec<PathBuf>,
}

/// A transfer that was kept as it came, and that nobody clears away as long as this lives.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
    _lock: File,
}

impl Staging {
    /// The reference that a transfer writes.
    pub const HEAD: &'static str = "refs/bicker/in";

    /// Makes an empty one in the cache at `cache`.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn new(cache: &Path) -> io::Result<Self> {
        let incoming = cache.join(INCOMING);
        fs::create_dir_all(&incoming)?;
        // Nobody sweeps before the new one is locked.
        let making = File::open(&incoming)?;
        flock(&making, FlockOperation::LockShared)?;
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir_in(incoming)?;
        let lock = File::create(dir.path().join(LOCK))?;
        flock(&lock, FlockOperation::LockExclusive)?;
        drop(making);
        let staging = Self { dir, lock, borrowed: Vec::new() };
        for directory in ["refs", "objects/info", "objects/pack"] {
            fs::create_dir_all(staging.path().join(directory))?;
        }
        fs::write(staging.path().join("HEAD"), "ref: refs/heads/none\n")?;
        fs::write(staging.path().join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n")?;
        staging.write_alternates()?;
        Ok(staging)
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Its objects.
    pub fn objects(&self) -> PathBuf {
        self.path().join("objects")
    }

    /// Has it borrow the objects of others, too.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn borrow_from<'a>(&mut self, others: impl IntoIterator<Item = &'a Self>) -> io::Result<()> {
        self.borrowed = others.into_iter().filter(|other| other.has_brought()).map(Self::objects).collect();
        self.write_alternates()
    }

    fn write_alternates(&self) -> io::Result<()> {
        let mut lines = CACHE_OBJECTS.as_bytes().to_vec();
        for path in &self.borrowed {
            lines.extend(path.as_os_str().as_encoded_bytes());
            lines.push(b'\n');
        }
        fs::write(self.objects().join("info/alternates"), lines)
    }

    /// Gives it references: these commits, each as somebody's.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn refer<'a>(
        &self,
        prefix: &str,
        commits: impl IntoIterator<Item = &'a (Name, CommitId)>,
    ) -> io::Result<()> {
        let line = |(name, commit): &(Name, CommitId)| format!("{commit} {prefix}/{name}/{commit}\n");
        fs::write(self.path().join("packed-refs"), commits.into_iter().map(line).collect::<String>())
    }

    /// The object that the transfer brought, and what it is; `None` when none was written.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn head(&self) -> Result<Option<(CommitId, ObjectType)>, git2::Error> {
        let flags = RepositoryOpenFlags::BARE | RepositoryOpenFlags::NO_SEARCH;
        let repository = Repository::open_ext(self.path(), flags, std::iter::empty::<&Path>())?;
        let oid = match repository.find_reference(Self::HEAD) {
            Ok(reference) => reference.target(),
            Err(e) if e.code() == ErrorCode::NotFound => None,
            Err(e) => return Err(e),
        };
        let Some(oid) = oid else { return Ok(None) };
        let (_, kind) = repository.odb()?.read_header(oid)?;
        Ok(commit_id(oid).map(|id| (id, kind)))
    }

    /// Whether any object came that the cache had not.
    pub fn has_brought(&self) -> bool {
        packs(&self.objects()).next().is_some()
    }

    /// How many bytes have come, a transfer that broke off included.
    pub(super) fn size(&self) -> u64 {
        let files = WalkDir::new(self.objects()).into_iter().flatten().filter(|entry| entry.file_type().is_file());
        files.filter_map(|file| file.metadata().ok()).map(|meta| meta.len()).sum()
    }

    /// Moves what came into the cache: each pack before its index, without which nobody reads it.
    ///
    /// # Errors
    /// When a file cannot be moved.
    pub(super) fn adopt(&self, cache: &Cache) -> io::Result<()> {
        let from = self.objects();
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in WalkDir::new(&from).min_depth(2) {
            let entry = entry?;
            let path = entry.path();
            let ours = path.starts_with(from.join("info")) || entry.file_name().as_encoded_bytes().starts_with(b"tmp_");
            if entry.file_type().is_file() && !ours {
                files.push(path.to_owned());
            }
        }
        files.sort_by_key(|path| path.extension().is_some_and(|extension| extension == "idx"));
        for file in files {
            let Ok(inside) = file.strip_prefix(&from) else { continue };
            let to = cache.path().join("objects").join(inside);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::rename(&file, &to)?;
        }
        Ok(())
    }

    /// Keeps it where it stands, with what it has borrowed, until somebody clears it away; tells its name.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn keep(mut self) -> io::Result<(String, Kept)> {
        for objects in std::mem::take(&mut self.borrowed) {
            for file in fs::read_dir(objects.join("pack"))?.flatten() {
                match fs::hard_link(file.path(), self.objects().join("pack").join(file.file_name())) {
                    Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                    _ => {}
                }
            }
        }
        self.write_alternates()?;
        flock(&self.lock, FlockOperation::LockShared)?;
        let name = self.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok((name, Kept { path: self.dir.keep(), _lock: self.lock }))
    }
}

impl Kept {
    /// What was kept under this name in the cache at `cache`; `None` when it is not there.
    pub(super) fn open(cache: &Path, name: &str) -> Option<Self> {
        let plain = name.strip_prefix(PREFIX)?.bytes().all(|b| b.is_ascii_alphanumeric());
        let path = cache.join(INCOMING).join(name);
        let lock = File::open(path.join(LOCK)).ok().filter(|_| plain)?;
        flock(&lock, FlockOperation::NonBlockingLockShared).ok()?;
        Some(Self { path, _lock: lock })
    }

    /// Where it stands.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its objects.
    pub fn objects(&self) -> PathBuf {
        self.path.join("objects")
    }
}

/// Removes the stagings in the cache at `cache` that nobody works with and whose names are not `kept`.
pub(super) fn sweep(cache: &Path, kept: &[String]) {
    let Ok(incoming) = File::open(cache.join(INCOMING)) else { return };
    if flock(&incoming, FlockOperation::NonBlockingLockExclusive).is_err() {
        return; // One is being made; the next who comes by sweeps.
    }
    for entry in fs::read_dir(cache.join(INCOMING)).into_iter().flatten().flatten() {
        if kept.iter().any(|name| entry.file_name() == name.as_str()) {
            continue;
        }
        let free = match File::open(entry.path().join(LOCK)) {
            Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).map(|()| Some(lock)),
            Err(_) => Ok(None),
        };
        if let Ok(_lock) = free {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The packs in an object directory.
pub(super) fn packs(objects: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let files = fs::read_dir(objects.join("pack")).into_iter().flatten().flatten().map(|file| file.path());
    files.filter(|path| path.extension().is_some_and(|end| end == "pack"))
}

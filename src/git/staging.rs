//! Staging: where one transfer comes in, so that only what was accepted ever reaches the cache.
//!
//! Decides what of a transfer is moved into the cache, and when it is thrown away. Whether it is accepted, the
//! caller decides.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Repository, RepositoryOpenFlags};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::cache::{Cache, INCOMING, commit_id};
use crate::protocol::id::CommitId;

/// A repository for one transfer, inside the cache's directory. It borrows the cache's objects, so that git
/// asks the remote only for what is new, and it goes away when dropped: only [`Staging::adopt`] keeps what came.
#[derive(Debug)]
pub struct Staging(TempDir);

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
        let staging = Self(tempfile::Builder::new().prefix("from-").tempdir_in(incoming)?);
        for directory in ["refs", "objects/info", "objects/pack"] {
            fs::create_dir_all(staging.path().join(directory))?;
        }
        fs::write(staging.path().join("HEAD"), "ref: refs/heads/none\n")?;
        fs::write(staging.path().join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = true\n")?;
        let mut objects = cache.join("objects").into_os_string().into_encoded_bytes();
        objects.push(b'\n');
        fs::write(staging.path().join("objects/info/alternates"), objects)?;
        Ok(staging)
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        self.0.path()
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

    /// Moves what came into the cache: each pack before its index, without which nobody reads it.
    ///
    /// # Errors
    /// When a file cannot be moved.
    pub fn adopt(self, cache: &Cache) -> io::Result<()> {
        let from = self.path().join("objects");
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
}

//! Drafts that somebody writes in their folder, to be committed with plain git: what was laid down, on top of what, and
//! how it comes back when git has taken it away.
//!
//! A draft is not staged until its author stages it, because `git merge --abort` deletes what is staged. Its parents
//! stand where `git commit` looks for those of a merge. What a draft says and whether it may be signed is decided
//! elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use git2::{ObjectType, Oid, Tree};

use super::by_hand::{ByHandError, follows, io_error};
use super::log::Log;
use crate::protocol::file::FILE_MAX;
use crate::protocol::id::CommitId;

type Result<T> = std::result::Result<T, ByHandError>;

/// A draft that somebody is writing in their folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LaidDown {
    /// The path of its slot, where its file is.
    pub path: String,
    /// The further parents of its commit.
    pub cites: Vec<CommitId>,
    /// The first line of its message.
    pub subject: String,
    /// What was laid down.
    pub template: String,
}

/// Where the file of a draft came from when it was gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BroughtBack {
    /// It was there.
    WasThere,
    /// From what was staged, now or before git forgot it.
    FromStaged,
    /// Nothing of it was found: the template was laid down anew.
    Anew,
}

impl LaidDown {
    fn folder(log: &Log) -> PathBuf {
        log.git_dir().join("bicker/laid-down")
    }

    fn note(&self, log: &Log) -> PathBuf {
        Self::folder(log).join(self.path.replace('/', "_"))
    }

    /// All of them, by path.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn all(log: &Log) -> Result<Vec<Self>> {
        let folder = Self::folder(log);
        let notes = match fs::read_dir(&folder) {
            Ok(notes) => notes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io_error(&folder)(e)),
        };
        let mut all = Vec::new();
        for note in notes {
            let path = note.map_err(io_error(&folder))?.path();
            let text = fs::read_to_string(&path).map_err(io_error(&path))?;
            all.extend(Self::parse(&text));
        }
        all.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(all)
    }

    /// That at a path.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn at(log: &Log, path: &str) -> Result<Option<Self>> {
        Ok(Self::all(log)?.into_iter().find(|draft| draft.path == path))
    }

    /// Path, subject and the commits cited, a line each; a blank line; the template.
    fn parse(text: &str) -> Option<Self> {
        let (head, template) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        let (path, subject) = (lines.next()?.to_owned(), lines.next()?.to_owned());
        Some(Self { path, subject, cites: lines.filter_map(CommitId::parse).collect(), template: template.to_owned() })
    }

    /// Where its author writes it.
    pub fn file(&self, log: &Log) -> PathBuf {
        log.work_dir().join(&self.path)
    }

    /// Lays it down: the template in the work tree, and the parents and the message where `git commit` finds them.
    ///
    /// # Errors
    /// There is a file in its place, or something cannot be written.
    pub fn lay_down(&self, log: &Log) -> Result<()> {
        let path = self.file(log);
        // The same template is there when this was interrupted, and typed again.
        if path.symlink_metadata().is_ok() && fs::read(&path).ok().as_deref() != Some(self.template.as_bytes()) {
            return Err(ByHandError::InTheWay(path));
        }
        self.write_file(log, self.template.as_bytes())?;
        self.name_parents(log)
    }

    fn write_file(&self, log: &Log, bytes: &[u8]) -> Result<()> {
        let path = self.file(log);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io_error(folder))?;
        }
        Ok(log.write_whole(&path, bytes, 0o666)?)
    }

    /// Writes it down and names its parents to `git commit`, again if need be. Without `no-ff` git would drop the own head
    /// where a cited one has it in its past.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn name_parents(&self, log: &Log) -> Result<()> {
        let cites: String = self.cites.iter().map(|id| format!("{id}\n")).collect();
        fs::create_dir_all(Self::folder(log)).map_err(io_error(&Self::folder(log)))?;
        let note = format!("{}\n{}\n{cites}\n{}", self.path, self.subject, self.template);
        log.write_whole(&self.note(log), note.as_bytes(), 0o666)?;
        forget_parents(log)?;
        let mut files = vec![("MERGE_MSG", format!("{}\n", self.subject))];
        if !self.cites.is_empty() {
            files.extend([("MERGE_MODE", "no-ff".to_owned()), ("MERGE_HEAD", cites)]);
        }
        for (name, text) in files {
            let path = log.repository().path().join(name);
            fs::write(&path, text).map_err(io_error(&path))?;
        }
        Ok(())
    }

    /// Whether `git commit` with these further parents would build on what the draft builds on, and on nothing that the
    /// log has below it already.
    ///
    /// # Errors
    /// A commit cannot be read.
    pub fn builds_on(&self, log: &Log, named: &[CommitId]) -> Result<bool> {
        let head = log.head()?;
        for parent in named {
            if follows(log, head, *parent)? {
                return Ok(false);
            }
        }
        for cited in &self.cites {
            let mut is_below = follows(log, head, *cited)?;
            for parent in named {
                is_below = is_below || follows(log, *parent, *cited)?;
            }
            if !is_below {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Puts its file back where it is gone: from what is staged; from the newest text like it that was staged and that git
    /// has not cleared away yet; or else as it was laid down.
    ///
    /// # Errors
    /// Something cannot be read or written.
    pub fn bring_back(&self, log: &Log) -> Result<BroughtBack> {
        if self.file(log).symlink_metadata().is_ok() {
            return Ok(BroughtBack::WasThere);
        }
        let staged = log.repository().index()?.get_path(Path::new(&self.path), 0).map(|entry| entry.id);
        let bytes = match staged {
            Some(id) => Some(log.repository().find_blob(id)?.content().to_vec()),
            None => self.newest_like_it(log)?,
        };
        match bytes {
            Some(bytes) => self.write_file(log, &bytes).map(|()| BroughtBack::FromStaged),
            None => self.write_file(log, self.template.as_bytes()).map(|()| BroughtBack::Anew),
        }
    }

    /// The text that was staged last among those that begin as the template does and are not the template. git leaves what
    /// was staged among its loose objects for weeks.
    fn newest_like_it(&self, log: &Log) -> Result<Option<Vec<u8>>> {
        let odb = log.repository().odb()?;
        let begun = fs::metadata(self.note(log)).and_then(|note| note.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        let of_logs = files_of_logs(log)?;
        let mut newest: Option<(SystemTime, Vec<u8>)> = None;
        for (id, staged) in loose_since(&log.git_dir().join("objects"), begun) {
            if of_logs.contains(&id) || newest.as_ref().is_some_and(|(known, _)| *known >= staged) {
                continue;
            }
            let Ok((size, ObjectType::Blob)) = odb.read_header(id) else { continue };
            if size > 4 * FILE_MAX {
                continue;
            }
            let bytes = odb.read(id)?.data().to_vec();
            if self.begins_alike(&bytes) && bytes != self.template.as_bytes() {
                newest = Some((staged, bytes));
            }
        }
        Ok(newest.map(|(_, bytes)| bytes))
    }

    /// Whether a text has the header of the template: the same fields, and the same commit where there is one.
    fn begins_alike(&self, bytes: &[u8]) -> bool {
        let fields = |text: &str| -> Vec<String> {
            let header = text.lines().skip(1).take_while(|line| *line != "---");
            let names = header.filter_map(|line| line.split_once(':'));
            let one = |(name, value): (&str, &str)| match name {
                "of" | "for" | "value" => format!("{name}:{}", value.trim()),
                _ => name.trim().to_owned(),
            };
            names.map(one).collect()
        };
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        text.starts_with("---\n") && fields(text) == fields(&self.template)
    }

    /// Forgets drafts whose files are in a commit of one's own, the log's newest or one beside it, and what is named to
    /// `git commit` for them: git, or bicker in its place, may have been killed before it could tidy up.
    ///
    /// # Errors
    /// Something cannot be read or removed.
    pub fn forget_signed(log: &Log, commit: CommitId) -> Result<()> {
        let tree = tree_of(log, commit)?;
        let is_signed = |draft: &Self| tree.get_path(Path::new(&draft.path)).is_ok();
        let (signed, others): (Vec<Self>, Vec<Self>) = Self::all(log)?.into_iter().partition(is_signed);
        // Another draft may be at hand whose parents are named.
        let named = fs::read_to_string(log.repository().path().join("MERGE_MSG")).unwrap_or_default();
        if !signed.is_empty() && !others.iter().any(|draft| draft.subject == named.trim_end()) {
            forget_parents(log)?;
        }
        for draft in signed {
            remove(&draft.note(log))?;
        }
        Ok(())
    }
}

/// What the log holds.
pub(super) fn head_tree(log: &Log) -> Result<Tree<'_>> {
    tree_of(log, log.head()?)
}

fn tree_of(log: &Log, commit: CommitId) -> Result<Tree<'_>> {
    Ok(log.repository().find_commit(Oid::from_bytes(commit.0.as_bytes())?)?.tree()?)
}

/// The files that anyone's log holds, as far as this repository has it: what somebody has signed is nobody's draft.
fn files_of_logs(log: &Log) -> Result<BTreeSet<Oid>> {
    let (mut files, mut trees) = (BTreeSet::new(), BTreeSet::new());
    for reference in log.repository().references()?.flatten() {
        let Ok(tree) = reference.peel_to_tree() else { continue };
        let mut todo = vec![tree];
        while let Some(tree) = todo.pop() {
            if !trees.insert(tree.id()) {
                continue;
            }
            for entry in &tree {
                match entry.kind() {
                    Some(ObjectType::Tree) => todo.extend(log.repository().find_tree(entry.id())),
                    _ => drop(files.insert(entry.id())),
                }
            }
        }
    }
    Ok(files)
}

/// The loose objects that were written since, and when.
fn loose_since(objects: &Path, since: SystemTime) -> Vec<(Oid, SystemTime)> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for folder in entries(objects).filter(|folder| folder.file_name().len() == 2) {
        for file in entries(&folder.path()) {
            let hex = format!("{}{}", folder.file_name().to_string_lossy(), file.file_name().to_string_lossy());
            let written = file.metadata().and_then(|meta| meta.modified());
            if let (Ok(id), Ok(written)) = (Oid::from_str(&hex), written)
                && written >= since
            {
                found.push((id, written));
            }
        }
    }
    found
}

/// Removes a file; that it is gone already is no error.
fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error(file)(e)),
        _ => Ok(()),
    }
}

/// Has git forget the parents and the message that it was told for its next commit.
fn forget_parents(log: &Log) -> Result<()> {
    ["MERGE_HEAD", "MERGE_MODE", "MERGE_MSG"].iter().try_for_each(|name| remove(&log.repository().path().join(name)))
}

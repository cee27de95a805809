//! Where a command looks: a researcher's own repository, or a charter and a cache.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::doctor::path_word;
use crate::git::log::{Log, LogError};
use crate::git::moved;
use crate::git::setup;
use crate::protocol::charter::{Charter, Researcher};
use crate::protocol::genesis::{CHARTER_PATH, Genesis};
use crate::protocol::id::Name;
use crate::protocol::transport::Remote;

/// A group to look at, and my own log in it if I am in my repository.
#[derive(Debug)]
pub struct Place {
    /// The group's charter.
    pub charter: Charter,
    /// Everyone in it, each with the address at which their remote is now: the charter's, or where it is noted to have moved.
    pub researchers: Vec<Researcher>,
    /// Where everything ever fetched is kept.
    pub cache: PathBuf,
    /// My own log.
    pub own: Option<Own>,
}

/// My own log and who I am.
#[derive(Debug)]
pub struct Own {
    /// The repository.
    pub log: Log,
    /// My name in the charter.
    pub me: Name,
    /// The key I sign with.
    pub key: PathBuf,
}

impl Place {
    /// The place for a charter file and a cache as an observer has them.
    ///
    /// # Errors
    /// The charter cannot be read or is not canonical: exit code 2.
    pub fn observed(charter: &Path, cache: Option<&Path>) -> Result<Self> {
        let charter = read_charter(charter)?;
        let cache = cache.map_or_else(|| default_cache(&charter), |cache| Ok(cache.to_owned()))?;
        Ok(Self { researchers: charter.researchers().to_vec(), charter, cache, own: None })
    }

    /// The place of the researcher's repository that `dir` is in.
    ///
    /// # Errors
    /// There is no such repository, or it was not made by `bicker join`.
    pub fn of_researcher(dir: &Path, cache: Option<&Path>) -> Result<Self> {
        let log = Log::open(dir).map_err(|e| {
            let unusable = Error::usage("this is not a researcher's repository").because(&e);
            match (&e, e.hint()) {
                (LogError::NoRepository(_), _) | (_, None) => {
                    unusable.hint("go to the folder that `bicker join` made, or name the group with --charter FILE")
                }
                (_, Some(hint)) => unusable.hint(hint),
            }
        })?;
        let set_up = |e: setup::SetupError| {
            let not = Error::usage("this repository is not set up for bicker").because(&e);
            let clone_of = matches!(e, setup::SetupError::NotALog { .. }).then(|| setup::clone_of(&log)).flatten();
            match clone_of {
                Some(name) => not.hint(format!(
                    "it is a plain clone of {name}'s log; if you are {name}, have bicker make a copy in which you can sign: \
                     bicker recover --charter {} --as {name} --key ~/.ssh/id_ed25519 ../{name}-log",
                    path_word(&log.work_dir().join(CHARTER_PATH))
                )),
                None => not.maybe_hint(e.hint()),
            }
        };
        let charter = setup::charter_of(&log).map_err(set_up)?;
        let researchers = moved::researchers(&log, &charter)
            .map_err(|e| Error::usage("where a remote has moved to cannot be read").because(&e).maybe_hint(e.hint()))?;
        let me = setup::name_of(&log).map_err(set_up)?;
        let key = setup::key_path_of(&log).map_err(set_up)?;
        let cache = cache.map_or_else(|| log.git_dir().join("bicker").join("cache"), Path::to_owned);
        Ok(Self { charter, researchers, cache, own: Some(Own { log, me, key }) })
    }

    /// My own log.
    ///
    /// # Errors
    /// This is an observer's place.
    pub fn own(&self) -> Result<&Own> {
        self.own.as_ref().ok_or_else(|| Error::usage("only a researcher can do this, in their own repository"))
    }

    /// What is known of a researcher: the charter's line, with the address at which their remote is now.
    pub fn row(&self, name: &Name) -> Option<&Researcher> {
        self.researchers.iter().find(|row| row.name == *name)
    }

    /// Whose remote is noted to be elsewhere than the charter says, and what it says.
    pub fn moved(&self) -> impl Iterator<Item = (&Researcher, &Remote)> {
        let charters =
            self.researchers.iter().filter_map(|row| Some((row, &self.charter.researcher(&row.name)?.remote)));
        charters.filter(|(row, of_charter)| row.remote != **of_charter)
    }

    /// What is known of me.
    ///
    /// # Errors
    /// This is an observer's place, or the charter does not name me.
    pub fn my_row(&self) -> Result<&Researcher> {
        let me = &self.own()?.me;
        self.row(me).ok_or_else(|| {
            Error::usage(format!("the charter has no researcher {me}")).hint("see who is there: bicker charter show")
        })
    }
}

/// Reads a charter, which must be canonical.
///
/// # Errors
/// It cannot be read, or is not canonical: exit code 2.
pub fn read_charter(path: &Path) -> Result<Charter> {
    let shown = path.display();
    let bytes = read_bounded(path, crate::protocol::charter::CHARTER_MAX as u64)?;
    Charter::parse(&bytes).map_err(|e| {
        Error::usage(format!("{shown} is not a canonical charter"))
            .because(&e)
            .hint("see how a charter is made: bicker charter new --help")
    })
}

/// Reads a file of at most `limit` bytes; one more byte is read so that a longer one shows.
///
/// # Errors
/// It cannot be read.
pub fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>> {
    use std::io::Read;
    let cannot = |e: std::io::Error| Error::usage(format!("cannot read {}", path.display())).because(&e);
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

/// Writes a person's file anew, complete or not at all: whatever ends this, the old words or the new ones are there. What is no
/// file, a device or a pipe, is written to and never replaced.
///
/// # Errors
/// It cannot be written.
pub fn write_whole(path: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let meta = path.metadata()?;
    if !meta.is_file() {
        return std::fs::write(path, text);
    }
    let mut file = tempfile::Builder::new().permissions(meta.permissions()).tempfile_in(folder)?;
    file.write_all(text)?;
    file.persist(path)?;
    Ok(())
}

/// An observer's cache: `$XDG_STATE_HOME/bicker/GENESIS`. It holds evidence, so it is state and not a cache
/// that anyone may clear.
fn default_cache(charter: &Charter) -> Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let state = state.ok_or_else(|| {
        Error::usage("there is no home directory to keep a cache in").hint("name one with --cache DIR")
    })?;
    Ok(state.join("bicker").join(Genesis::of(charter).commit.to_string()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileTypeExt as _;

    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    #[test]
    fn a_pipe_is_written_to_and_stays_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).expect("what is written")
        });
        write_whole(&pipe, b"words\n").expect("written");
        assert!(pipe.metadata().expect("there").file_type().is_fifo());
        assert_eq!(reader.join().expect("read"), b"words\n");
    }
}

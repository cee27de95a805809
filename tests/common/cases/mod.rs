//! Conformance cases: repositories with the verdict that the protocol gives them.
//!
//! [`find`] walks a folder of cases, [`check`] runs one against a program and lists what differs. The comparison itself
//! ([`compare`]) is a function of the expectation, the program's JSON and its exit status; it never looks at a file.

pub(crate) mod compare;
pub(crate) mod expected;
pub(crate) mod report;
mod run;
mod sound;
mod unpack;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use expected::Expected;
pub(crate) use run::check;
pub(crate) use sound::CODES;

/// One folder of a conformance corpus.
pub(crate) struct Case {
    /// The folder's name.
    pub(crate) name: String,
    /// The folder.
    pub(crate) folder: PathBuf,
    /// What its `expected.json` says.
    pub(crate) expected: Expected,
}

impl Case {
    /// Reads the case in `folder`. What is there must be just what a case is made of, so that nothing is overlooked.
    fn read(folder: PathBuf) -> Result<Self, String> {
        let name = folder.file_name().and_then(|n| n.to_str()).ok_or("a folder's name is UTF-8")?.to_owned();
        let text = fs::read(folder.join("expected.json")).map_err(|e| format!("{name}: expected.json: {e}"))?;
        let expected: Expected = serde_json::from_slice(&text).map_err(|e| format!("{name}: expected.json: {e}"))?;
        let phases = (1..=expected.phases.len()).map(archive_name);
        let wanted: BTreeSet<String> =
            ["charter.yaml", "expected.json"].map(str::to_owned).into_iter().chain(phases).collect();
        let there = names_in(&folder)?;
        if there != wanted {
            return Err(format!("{name}: holds {there:?} where a case has {wanted:?}"));
        }
        if expected.case != name {
            return Err(format!("{name}: expected.json is of the case {}", expected.case));
        }
        if expected.phases.is_empty() || expected.phases.iter().any(|phase| phase.any_of.is_empty()) {
            return Err(format!("{name}: expects nothing"));
        }
        Ok(Self { name, folder, expected })
    }
}

/// The file with the repositories of phase `number`, counted from 1.
fn archive_name(number: usize) -> String {
    format!("phase{number}.tar.gz")
}

/// Every case in `folder`, by name; each sub-folder is one.
pub(crate) fn find(folder: &Path) -> Result<Vec<Case>, String> {
    let folders = names_in(folder)?.into_iter().map(|name| folder.join(name)).filter(|path| path.is_dir());
    folders.map(Case::read).collect()
}

fn names_in(folder: &Path) -> Result<BTreeSet<String>, String> {
    let trouble = |e| format!("{}: {e}", folder.display());
    let entries = fs::read_dir(folder).map_err(trouble)?;
    entries.map(|entry| Ok(entry.map_err(trouble)?.file_name().to_string_lossy().into_owned())).collect()
}

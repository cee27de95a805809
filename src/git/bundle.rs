//! Bundles: commits with their complete pasts in one file that plain git reads.
//!
//! Decides how such a file is written and taken in again. What the commits are worth is judged by whoever
//! reads them.

use std::fmt::Write as _;

use git2::{Oid, PackBuilder, Repository};

use crate::protocol::id::{CommitId, Name};

/// Writes the bundle of some commits, each as a branch, with everything they lead to. Objects are looked for
/// in `stores`, the first first.
///
/// # Errors
/// An object is missing, or cannot be read.
pub fn bundle(stores: &[&Repository], heads: &[(Name, CommitId)]) -> Result<Vec<u8>, git2::Error> {
    let folder = tempfile::tempdir().map_err(|e| git2::Error::from_str(&e.to_string()))?;
    let all = Repository::init_bare(folder.path())?;
    let odb = all.odb()?;
    for store in stores {
        let objects = store.commondir().join("objects");
        let objects = objects.to_str().ok_or_else(|| git2::Error::from_str("the path of the objects is not UTF-8"))?;
        odb.add_disk_alternate(objects)?;
    }
    let mut walk = all.revwalk()?;
    let mut bytes = String::from("# v2 git bundle\n");
    for (name, commit) in heads {
        walk.push(Oid::from_bytes(commit.0.as_bytes())?)?;
        // Writing to a string cannot fail.
        let _ = writeln!(bytes, "{commit} refs/heads/{name}");
    }
    bytes.push('\n');
    let mut bytes = bytes.into_bytes();
    let mut pack = all.packbuilder()?;
    // One thread: the same objects make the same bytes.
    pack.set_threads(1);
    PackBuilder::insert_walk(&mut pack, &mut walk)?;
    pack.foreach(|part| {
        bytes.extend_from_slice(part);
        true
    })?;
    Ok(bytes)
}

/// The branches a bundle's header names, as far as it is of the form that [`bundle`] writes.
pub fn heads(bundle: &[u8]) -> Option<Vec<(Name, CommitId)>> {
    let end = bundle.windows(2).position(|pair| pair == b"\n\n")?;
    let header = std::str::from_utf8(bundle.get(..end)?).ok()?;
    let lines = header.strip_prefix("# v2 git bundle\n")?.lines();
    let head = |line: &str| {
        let (id, reference) = line.split_once(' ')?;
        Some((Name::parse(reference.strip_prefix("refs/heads/")?)?, CommitId::parse(id)?))
    };
    lines.map(head).collect()
}

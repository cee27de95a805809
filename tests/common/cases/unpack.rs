//! Unpacks an archive of repositories: files and folders below one folder, and nothing else.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

/// No archive of a case unpacks to more than this.
const LIMIT: u64 = 256 << 20;

/// Unpacks the gzipped tar file `archive` into the folder `into`, or says what it holds that it should not.
pub(crate) fn unpack(archive: &Path, into: &Path) -> Result<(), String> {
    let trouble = |e: io::Error| format!("{}: {e}", archive.display());
    let file = File::open(archive).map_err(trouble)?;
    unpack_from(GzDecoder::new(file).take(LIMIT), into).map_err(|e| trouble(io::Error::other(e)))
}

fn unpack_from(tar: impl Read, into: &Path) -> Result<(), String> {
    let mut archive = Archive::new(tar);
    for entry in archive.entries().map_err(|e| e.to_string())? {
        let mut entry = entry.map_err(|e| e.to_string())?;
        let path = below(into, &entry.path().map_err(|e| e.to_string())?)?;
        match entry.header().entry_type() {
            EntryType::Directory => fs::create_dir_all(&path),
            EntryType::Regular => write(&mut entry, &path),
            other => return Err(format!("holds {}, which is {other:?}", path.display())),
        }
        .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn write(content: &mut impl Read, path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    io::copy(content, &mut File::create(path)?).map(drop)
}

/// Where `name` goes: below `into`, whatever it says.
fn below(into: &Path, name: &Path) -> Result<PathBuf, String> {
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    if plain { Ok(into.join(name)) } else { Err(format!("names {}, which may lead elsewhere", name.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tar file with one entry of this type and name.
    fn tar_of(kind: EntryType, name: &str) -> Vec<u8> {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        let field = header.as_ustar_mut().expect("a ustar header");
        field.name[..name.len()].copy_from_slice(name.as_bytes());
        let content = if kind == EntryType::Regular { "content" } else { "" };
        header.set_size(content.len().try_into().expect("a small file"));
        if kind == EntryType::Symlink {
            header.set_link_name("/etc").expect("a link");
        }
        header.set_cksum();
        let mut tar = tar::Builder::new(Vec::new());
        tar.append(&header, content.as_bytes()).expect("an entry");
        tar.into_inner().expect("a tar file")
    }

    #[test]
    fn files_and_folders_are_unpacked() {
        let into = tempfile::tempdir().expect("a folder");
        assert_eq!(unpack_from(tar_of(EntryType::Regular, "a.git/refs/x").as_slice(), into.path()), Ok(()));
        assert_eq!(fs::read(into.path().join("a.git/refs/x")).expect("the file"), b"content");
        assert_eq!(unpack_from(tar_of(EntryType::Directory, "b.git/").as_slice(), into.path()), Ok(()));
        assert!(into.path().join("b.git").is_dir());
    }

    #[test]
    fn nothing_leaves_the_folder() {
        let place = tempfile::tempdir().expect("a folder");
        let into = place.path().join("into");
        for name in ["../x", "a/../../x", "/x", "a/../x"] {
            let refused = unpack_from(tar_of(EntryType::Regular, name).as_slice(), &into).expect_err(name);
            assert_eq!(refused, format!("names {name}, which may lead elsewhere"));
        }
        assert!(!into.exists() && !place.path().join("x").exists());
    }

    #[test]
    fn links_and_devices_are_refused() {
        let into = tempfile::tempdir().expect("a folder");
        for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char] {
            let refused = unpack_from(tar_of(kind, "x").as_slice(), into.path()).expect_err("not a plain file");
            assert!(refused.ends_with(&format!("which is {kind:?}")), "{refused}");
        }
    }

    #[test]
    fn a_cut_archive_is_an_error() {
        let whole = tar_of(EntryType::Regular, "x");
        let into = tempfile::tempdir().expect("a folder");
        assert!(unpack_from(&whole[..600], into.path()).is_err());
        assert!(unpack_from(&b"not a tar file"[..], into.path()).is_err());
    }
}

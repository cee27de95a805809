//! The editor: opens a draft in whatever git would open, and never loses what was written.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::git::preferences;
use crate::place::{Own, read_bounded};
use crate::protocol::file::FILE_MAX;
use crate::protocol::slot::Slot;

/// Keeps a draft, and tells where: under the name of its slot, if it is known yet. A draft that is there already is not
/// written over: it gets a number.
pub fn keep(own: &Own, slot: Option<&Slot>, text: &str) -> Result<PathBuf> {
    let name = slot.map_or_else(|| "unsent.md".to_owned(), slot_name);
    keep_at(draft_path(own, &name), text)
}

fn draft_path(own: &Own, name: &str) -> PathBuf {
    own.log.git_dir().join("bicker").join("drafts").join(name)
}

fn slot_name(slot: &Slot) -> String {
    slot.path().replace('/', "_")
}

fn keep_at(first: PathBuf, text: &str) -> Result<PathBuf> {
    let cannot =
        |e: std::io::Error| Error::trouble(format!("cannot keep the draft in {}", first.display())).because(&e);
    if let Some(folder) = first.parent() {
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    let mut path = first.clone();
    let mut number = 1;
    while path.symlink_metadata().is_ok() && std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
        number += 1;
        path = first.with_extension(format!("{number}.md"));
    }
    std::fs::write(&path, text).map_err(cannot)?;
    Ok(path)
}

/// Opens a template in the person's editor, and gives what they wrote and the file it is in.
///
/// # Errors
/// There is no editor, or it failed: the draft is kept.
pub fn edit(own: &Own, slot: &Slot, template: &str) -> Result<(String, PathBuf)> {
    let path = keep(own, Some(slot), template)?;
    let again = format!("the draft is kept in {}; go on with: --file {}", path.display(), path.display());
    Ok((open(own, &path, &again)?, path))
}

/// Opens a copy of a text in the person's editor, for a criticism at `slot`, and gives what they made of it and the
/// file it is in.
///
/// # Errors
/// There is no editor, or it failed: the copy is kept.
pub fn edit_copy(own: &Own, slot: &Slot, text: &str) -> Result<(String, PathBuf)> {
    let path = keep_at(draft_path(own, &slot_name(slot)).with_extension("copy.md"), text)?;
    let again = format!("the copy is kept in {}; go on with: --edit --file {}", path.display(), path.display());
    Ok((open(own, &path, &again)?, path))
}

/// Opens a file in the person's editor, and reads it when the editor is done; `again` says how to go on after a failure.
fn open(own: &Own, path: &Path, again: &str) -> Result<String> {
    let kept = |error: Error| error.hint(again);
    let editor = editor(own)?;
    // As git does it: the editor's setting is shell words, the file one more.
    let status = Command::new("/bin/sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor).arg(path).status();
    match status {
        Ok(status) if status.success() => read_draft_file(path).map_err(kept),
        Ok(status) => Err(kept(Error::usage(format!("the editor {editor:?} ended with {status}")))),
        Err(e) => Err(kept(Error::usage(format!("cannot run the editor {editor:?}")).because(&e))),
    }
}

/// Reads a draft from a file; `-` is standard input.
pub fn read_input(file: &Path) -> Result<String> {
    if file != Path::new("-") {
        return read_draft_file(file);
    }
    use std::io::Read;
    let mut bytes = Vec::new();
    let limit = DRAFT_MAX as u64 + 1;
    std::io::stdin()
        .lock()
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|e| Error::usage("cannot read standard input").because(&e))?;
    as_text(bytes, "standard input")
}

/// A draft may be longer than a file: the header may be wordier, and the help stands in it.
const DRAFT_MAX: usize = 4 * FILE_MAX;

fn read_draft_file(path: &Path) -> Result<String> {
    as_text(read_bounded(path, DRAFT_MAX as u64)?, &path.display().to_string())
}

fn as_text(bytes: Vec<u8>, from: &str) -> Result<String> {
    if bytes.len() > DRAFT_MAX {
        return Err(Error::usage(format!("{from} is longer than {DRAFT_MAX} bytes"))
            .hint(format!("a file in a log has at most {FILE_MAX} bytes")));
    }
    String::from_utf8(bytes)
        .map_err(|e| Error::usage(format!("{from} is not UTF-8")).because(&e).hint("save it as UTF-8"))
}

/// The editor git would choose.
fn editor(own: &Own) -> Result<String> {
    let none = || {
        Error::usage("there is no editor to write in")
            .hint("write without one: --file FILE, or --file - to read standard input")
    };
    preferences::editor(own.log.work_dir()).ok_or_else(none)
}

//! The editor: opens a draft in whatever git would open, and never loses what was written.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::source::on;
use super::ui;
use crate::error::{Error, Result};
use crate::git::preferences;
use crate::place::{Own, read_bounded, write_whole};
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

/// Whether a file is one of the drafts that are kept.
pub fn is_kept(own: &Own, file: &Path) -> bool {
    let folder = draft_path(own, "").canonicalize();
    folder.is_ok_and(|folder| file.canonicalize().is_ok_and(|file| file.parent() == Some(folder.as_path())))
}

/// Puts something else in the place of the draft that is kept for a slot, if one is and `better` has it.
pub fn replace_kept(own: &Own, slot: &Slot, better: impl Fn(&str) -> Option<String>) -> Result<()> {
    let path = place_of(own, slot, false);
    match read_draft_file(&path).ok().and_then(|kept| better(&kept)) {
        Some(text) => write_whole(&path, text.as_bytes())
            .map_err(|e| Error::trouble(format!("cannot write {}", path.display())).because(&e)),
        None => Ok(()),
    }
}

fn place_of(own: &Own, slot: &Slot, is_copy: bool) -> PathBuf {
    let path = draft_path(own, &slot_name(slot));
    if is_copy { path.with_extension("copy.md") } else { path }
}

/// What came back from the editor.
pub struct Edited {
    /// What was opened.
    pub opened: String,
    /// What the person made of it.
    pub text: String,
    /// The file it is in.
    pub path: PathBuf,
    /// Whether it went on with what an earlier command had kept.
    pub is_continued: bool,
}

/// Opens a text for a slot in the person's editor: a template, or a copy of the text under discussion. If a draft is kept for
/// it, that is opened instead, and said.
///
/// # Errors
/// There is no editor, or it failed: the draft is kept.
pub fn edit(own: &Own, slot: &Slot, template: &str, is_copy: bool) -> Result<Edited> {
    let path = place_of(own, slot, is_copy);
    let before = read_draft_file(&path).ok().filter(|before| before != template);
    let is_continued = before.is_some();
    let opened = match before {
        Some(before) => {
            ui::say(&format!(
                "continuing with what you wrote before; to start again, leave it unchanged and delete {}",
                path.display()
            ));
            before
        }
        None => keep_at(path.clone(), template).map(|_| template.to_owned())?,
    };
    let text = reopen(own, &path, &opened)?;
    Ok(Edited { opened, text, path, is_continued })
}

/// Opens a draft in the person's editor, and reads it when the editor is done; `opened` is what is in it before.
///
/// # Errors
/// As [`edit`]. Where nothing was written, nothing is kept.
pub fn reopen(own: &Own, path: &Path, opened: &str) -> Result<String> {
    let kept = |error: Error| {
        if read_draft_file(path).is_ok_and(|there| there == opened) {
            let _ = std::fs::remove_file(path);
            return error;
        }
        error.hint(format!("what you wrote is kept in {}; to continue with it: {}", path.display(), on(path)))
    };
    let editor = editor(own)?;
    // As git does it: the editor's setting is shell words, the file one more.
    let status = Command::new("/bin/sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor).arg(path).status();
    match status {
        Ok(status) if status.success() => read_draft_file(path).map_err(kept),
        Ok(status) if status.code() == Some(127) => Err(kept(
            Error::usage(format!("the editor {editor:?} is not there")).hint(match preferences::other_editor() {
                Some(command) => format!("choose one that is: {command}"),
                None => WITHOUT_EDITOR.to_owned(),
            }),
        )),
        Ok(status) => Err(kept(Error::usage(format!("the editor {editor:?} ended with {status}")))),
        Err(e) => Err(kept(Error::usage(format!("cannot run the editor {editor:?}")).because(&e))),
    }
}

/// The drafts that are kept, by name.
pub fn all_kept(own: &Own) -> Vec<PathBuf> {
    let files = std::fs::read_dir(draft_path(own, "")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.sort();
    paths
}

/// Removes the drafts kept for a slot that say just what is signed there now.
pub fn forget_signed(own: &Own, slot: &Slot, says_it: impl Fn(&str) -> bool) {
    let name = slot_name(slot);
    let stem = name.trim_end_matches(".md");
    for file in std::fs::read_dir(draft_path(own, "")).into_iter().flatten().flatten() {
        let is_its = file.file_name().to_str().is_some_and(|file| file.starts_with(stem));
        if is_its && read_draft_file(&file.path()).is_ok_and(|text| says_it(&text)) {
            let _ = std::fs::remove_file(file.path());
        }
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

/// Editors that open a window and return at once, and the option by which they wait.
const WINDOWS: [(&str, &str); 7] = [
    ("code", "--wait"),
    ("code-insiders", "--wait"),
    ("codium", "--wait"),
    ("subl", "--wait"),
    ("zed", "--wait"),
    ("mate", "--wait"),
    ("atom", "--wait"),
];

/// What to do when the editor may not have waited for the person.
pub fn returns_at_once(own: &Own) -> Option<String> {
    let editor = editor(own).ok()?;
    let mut words = editor.split(' ');
    let program = Path::new(words.next()?).file_name()?.to_str()?;
    let (name, option) = WINDOWS.iter().find(|(name, _)| *name == program)?;
    let waits = words.any(|word| word == *option || word == "-w");
    (!waits)
        .then(|| format!("{name} does not wait for you unless it is told to: git config core.editor '{name} {option}'"))
}

const WITHOUT_EDITOR: &str = "write without one: --file FILE, or --file - to read standard input";

/// The editor git would choose.
fn editor(own: &Own) -> Result<String> {
    let none = || Error::usage("there is no editor to write in").hint(WITHOUT_EDITOR);
    preferences::editor(own.log.work_dir()).ok_or_else(none)
}

//! The small shell programs by which git calls bicker: is a file one of them, and which bicker does it call?

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// What every shim of any version begins with.
const HEAD: &str = "#!/bin/sh\n# bicker: ";

/// What a file is that git would run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Shim {
    /// There is no such file.
    Missing,
    /// It cannot be read: why.
    Unreadable(String),
    /// Byte for byte the shim of this version; it calls this program.
    Ours(PathBuf),
    /// The shim of another version.
    OtherVersion,
    /// A program of the person's own that has a line which calls bicker.
    Calls,
    /// A program that does not call bicker.
    Foreign,
}

impl Shim {
    /// Reads a file and compares it with the shim of this version. `call` is what a program of the person's own says when
    /// it calls bicker.
    pub(super) fn read(path: &Path, shim: &str, call: &str) -> Self {
        match fs::read(path) {
            Ok(bytes) => Self::judge(&String::from_utf8_lossy(&bytes), shim, call),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Self::Missing,
            Err(e) => Self::Unreadable(e.to_string()),
        }
    }

    fn judge(text: &str, shim: &str, call: &str) -> Self {
        if let Some(program) = program_of(text).filter(|program| shim.replace("@BICKER@", program) == text) {
            return Self::Ours(PathBuf::from(program));
        }
        let mut lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
        match () {
            () if text.starts_with(HEAD) => Self::OtherVersion,
            () if lines.any(|line| line.contains(call)) => Self::Calls,
            () => Self::Foreign,
        }
    }
}

/// The program that a shim says it calls.
fn program_of(text: &str) -> Option<&str> {
    let mut named = text.lines().filter_map(|line| line.split_once("='"));
    let (_, rest) = named.find(|(name, _)| matches!(*name, "bicker" | "program"))?;
    rest.strip_suffix('\'')
}

/// Why git will not run a file that is there; `None` when it will. git asks the system the same question.
pub(super) fn not_executable(path: &Path) -> Option<NotExecutable> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata().map_or(0, |meta| meta.permissions().mode());
    why_not(access(path, Access::EXEC_OK).is_ok(), mode)
}

const fn why_not(may: bool, mode: u32) -> Option<NotExecutable> {
    match (may, mode & 0o111) {
        (true, _) => None,
        (false, 0) => Some(NotExecutable::NoBit),
        (false, _) => Some(NotExecutable::Denied),
    }
}

/// Why a file is not executable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NotExecutable {
    /// No mode bit says so.
    NoBit,
    /// A mode bit says so and the system does not let it: the file system is mounted noexec, or another user's.
    Denied,
}

/// Whether two paths are the same bicker: `git-bicker` beside it is another door to it.
pub(super) fn same_bicker(one: &Path, other: &Path) -> bool {
    let folder = |path: &Path| path.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned));
    let is_ours = |path: &Path| {
        let name = path.canonicalize().ok().and_then(|path| path.file_name().map(std::ffi::OsStr::to_owned));
        name.is_some_and(|name| name == "bicker" || name == "git-bicker")
    };
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
        || (is_ours(one) && is_ours(other) && folder(one).is_some() && folder(one) == folder(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIM: &str = include_str!("../../../hooks/pre-push");

    #[test]
    fn only_the_very_bytes_are_ours() {
        let ours = SHIM.replace("@BICKER@", "/opt/my tools/bicker");
        let judge = |text: &str| Shim::judge(text, SHIM, "/bicker/hooks/pre-push");
        assert_eq!(judge(&ours), Shim::Ours(PathBuf::from("/opt/my tools/bicker")));
        assert_eq!(judge(&ours.replace("exit 1", "exit 0")), Shim::OtherVersion);
        assert_eq!(judge(&format!("{ours}date\n")), Shim::OtherVersion);
        assert_eq!(judge("#!/bin/sh\necho mine\n"), Shim::Foreign);
        assert_eq!(judge("#!/bin/sh\n. /x/bicker/hooks/pre-push || exit\n"), Shim::Calls);
        assert_eq!(judge("#!/bin/sh\n# . /x/bicker/hooks/pre-push\n"), Shim::Foreign, "a comment calls nothing");
        assert_eq!(judge(""), Shim::Foreign);
    }

    #[test]
    fn a_mode_is_told_from_a_file_system() {
        assert_eq!(why_not(true, 0o755), None);
        assert_eq!(why_not(false, 0o644), Some(NotExecutable::NoBit));
        assert_eq!(why_not(false, 0o755), Some(NotExecutable::Denied), "mounted noexec");
        assert_eq!(not_executable(Path::new("/bin/sh")), None);
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert_eq!(not_executable(file.path()), Some(NotExecutable::NoBit));
    }

    #[test]
    fn git_bicker_beside_bicker_is_the_same_one() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["bicker", "git-bicker", "other"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        let path = |name: &str| folder.path().join(name);
        assert!(same_bicker(&path("bicker"), &path("bicker")));
        assert!(same_bicker(&path("git-bicker"), &path("bicker")));
        assert!(!same_bicker(&path("other"), &path("bicker")));
        assert!(!same_bicker(&path("gone"), &path("gone")));
    }
}

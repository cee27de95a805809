//! The choke point: does git hand every commit to bicker before it is signed?
//!
//! First by reading: which program git would start, and whether that file is ours and calls this bicker. Then by trying:
//! git is asked to sign a commit that can be no entry, and bicker's own refusal must come back. The attempt is made only
//! when reading has shown that nothing but bicker would be started; so the configuration makes doctor run nothing else.

use std::path::Path;

use super::settings::Setting;
use super::shim::{NotExecutable, Shim, not_executable, same_bicker};
use super::tools::PATIENCE;
use super::{Bench, Check, path_word, table};
use crate::git::output::one_line;
use crate::git::relocated::lost_signer;
use crate::git::signing_call::NO_PARENT;

/// The program that git is to have commits signed by, as it is installed.
const SSH_SIGN: &str = include_str!("../../../hooks/ssh-sign");

/// Why all of this matters.
const WHY: &str = "it is the one place through which every commit goes, also with --amend, rebase or --no-verify; around \
                   it you may sign two things for one place, and be convicted";

/// The empty tree, which git knows without having it.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let shim = at.log.git_dir().join("bicker/ssh-sign");
    if let Some(check) = named(at, &shim).or_else(|| installed(at, &shim)) {
        return vec![check];
    }
    let mut checks = vec![Check::ok("git hands each commit to this bicker before it is signed (gpg.ssh.program)")];
    checks.push(tried(at));
    checks
}

/// Whether the setting in force names the shim.
fn named(at: &Bench<'_>, shim: &Path) -> Option<Check> {
    let setting = at.settings.get("gpg.ssh.program");
    let found = match setting {
        Some(setting) if is_path_of(at, setting, shim) => return None,
        Some(setting) => match lost_signer(at.log) {
            Some(gone) => {
                format!("git looks for bicker at {}, which is missing: was this folder moved?", gone.display())
            }
            None => format!(
                "git has commits signed by {} and not by bicker, says {}",
                one_line(&setting.value),
                setting.place()
            ),
        },
        None => "git has commits signed by ssh-keygen and not by bicker: gpg.ssh.program is not set".to_owned(),
    };
    let set_here = setting.is_none_or(|setting| setting.scope != "command" && setting.scope != "worktree");
    let fix = if set_here {
        "bicker hooks install".to_owned()
    } else {
        at.command_to_set("gpg.ssh.program", &shim.to_string_lossy())
    };
    Some(Check::wrong(found, WHY).fix(fix))
}

fn is_path_of(at: &Bench<'_>, setting: &Setting, shim: &Path) -> bool {
    let named = at.log.work_dir().join(table::expanded(&setting.value));
    // What has no slash git looks for in PATH.
    setting.value.contains('/')
        && (named == shim || matches!((named.canonicalize(), shim.canonicalize()), (Ok(a), Ok(b)) if a == b))
}

/// Whether the shim is there, ours, executable, and calls this bicker.
fn installed(at: &Bench<'_>, shim: &Path) -> Option<Check> {
    let shown = shim.display();
    let install = "bicker hooks install";
    let wrong =
        |found: String| Some(Check::wrong(found, "git cannot have anything signed, or not by bicker").fix(install));
    match Shim::read(shim, SSH_SIGN, "ssh-sign") {
        Shim::Missing => return wrong(format!("{shown}, by which git calls bicker, is gone")),
        Shim::Unreadable(why) => return wrong(format!("{shown}, by which git calls bicker, cannot be read: {why}")),
        Shim::Foreign | Shim::Calls => return wrong(format!("{shown} is not the program that bicker put there")),
        Shim::OtherVersion => {
            return Some(
                Check::warning(format!("{shown} is of another version of bicker, or was changed"), WHY).fix(install),
            );
        }
        Shim::Ours(program) if !same_bicker(&program, at.program) => {
            return Some(other_bicker(&program, at.program).fix(install));
        }
        Shim::Ours(_) => {}
    }
    not_executable(shim).map(|why| match why {
        NotExecutable::NoBit => Check::wrong(format!("{shown} is not executable"), "git cannot have anything signed")
            .fix(format!("chmod 755 {}", path_word(shim))),
        NotExecutable::Denied => noexec(shim),
    })
}

/// A shim that calls another program than the bicker that is asked.
pub(super) fn other_bicker(named: &Path, this: &Path) -> Check {
    match named.exists() {
        true => Check::warning(
            format!("git calls another bicker, {}, than this one, {}", named.display(), this.display()),
            "two versions may judge differently; this one did not try what the other one does",
        ),
        false => Check::warning(
            format!("git calls a bicker that is gone, {}, and then whichever is on your PATH", named.display()),
            "without one on the PATH nothing is signed; another one may be there tomorrow",
        ),
    }
}

/// A file that says it is executable where nothing may be executed.
pub(super) fn noexec(path: &Path) -> Check {
    let folder = path.parent().unwrap_or(path);
    Check::wrong(
        format!("{} may not be executed: its file system is mounted noexec, or it is another user's", path.display()),
        "git leaves out a hook that it cannot run, and cannot sign",
    )
    .fix(format!(
        "sudo mount -o remount,exec \"$(df --output=target {} | tail -n 1)\"   (or move the repository)",
        path_word(folder)
    ))
}

/// Asks git to sign a commit without a parent and waits for bicker's refusal.
///
/// This is the person's own git with their own configuration, on purpose: only so does it show what `git commit` would
/// do. The settings it obeys here are the three that were read before, and the program is bicker.
fn tried(at: &Bench<'_>) -> Check {
    let fits = |key: &str, value: &str| at.settings.get(key).is_some_and(|setting| setting.value == value);
    if !fits("gpg.format", "ssh") || at.settings.get("user.signingKey").is_none() {
        return Check::unknown(
            "whether git really asks bicker was not tried",
            "gpg.format and user.signingKey have to be right first, see below",
        );
    }
    let options = ["-S", "-m", "bicker doctor: this must not be signed", EMPTY_TREE];
    let named = ["user.name=bicker doctor", "user.email=doctor@bicker"];
    match at.git.call("commit-tree").settings(&named).options(options).timeout(PATIENCE).run() {
        Ok(ran) if ran.status.success() => {
            Check::wrong("git had a commit signed that bicker never saw", WHY).fix("bicker hooks install")
        }
        Ok(ran) if ran.stderr.contains(NO_PARENT) => {
            Check::ok("when tried, git asked bicker to sign what is not an entry, and bicker refused")
        }
        Ok(ran) => Check::wrong(
            format!("git could not ask bicker for a signature: {}", one_line(&ran.stderr)),
            "nothing is signed for plain git while that is so",
        )
        .fix("bicker hooks install"),
        Err(e) => Check::unknown("whether git really asks bicker could not be tried", e.to_string()),
    }
}

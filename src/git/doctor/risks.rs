//! Settings that run programs, go around the hooks, or change what is committed.

use super::settings::{Setting, without_secrets};
use super::tools::PATIENCE;
use super::{Bench, Check};
use crate::git::output::one_line;
use crate::git::own_settings::{self, Unused};

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> = at.settings.iter().filter_map(risky).collect();
    checks.extend(own_settings::unused(at.log).map(unused));
    checks.push(attributes(at));
    checks
}

/// Settings that plain git obeys here and that bicker passes over.
fn unused(found: Unused) -> Check {
    Check::warning(
        format!("{} of this repository's own is not used to fetch", found.keys.join(", ")),
        "git push obeys it, but whoever hands you a folder could have anything run by it when you only look; if you \
         have set it yourself and a remote needs it, say so for all of your git",
    )
    .fix(found.command)
}

fn risky(setting: &Setting) -> Option<Check> {
    if let Some(name) = setting.key.strip_prefix("alias.") {
        return evasive(&setting.value).then(|| {
            Check::warning(
                format!("git {name} goes around the hooks or the signature, says {}", setting.place()),
                "nobody has judged what it commits or pushes, and it may not count",
            )
            .fix(setting.unset())
        });
    }
    (setting.is_of_repository() && runs_a_program(setting)).then(|| {
        Check::warning(
            format!("{} runs a program: {}", setting.key, one_line(&without_secrets(&setting.value))),
            "this repository has git run it while you type something else; whoever can write its configuration can \
             run anything as you",
        )
        .fix(setting.unset())
    })
}

/// Whether an alias says not to ask bicker.
fn evasive(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    let words =
        ["--no-verify", "--no-gpg-sign", "core.hookspath", "commit.gpgsign", "gpg.format", "gpg.program", "gpg.ssh."];
    words.iter().any(|word| value.contains(word))
}

/// Settings that a repository has little reason to make and that git obeys by running what they name.
fn runs_a_program(setting: &Setting) -> bool {
    let key = setting.key.as_str();
    let ends = |ends: &[&str]| ends.iter().any(|end| key.ends_with(end));
    let is_one = [
        "core.alternaterefscommand",
        "gpg.program",
        "gpg.openpgp.program",
        "gpg.x509.program",
        "gpg.ssh.defaultkeycommand",
    ];
    is_one.contains(&key)
        // git has a monitor of its own, which is not chosen by a path.
        || (key == "core.fsmonitor" && setting.as_bool().is_none())
        || (key.starts_with("filter.") && ends(&[".clean", ".smudge", ".process"]))
        || (key.starts_with("remote.") && ends(&[".vcs", ".uploadpack", ".receivepack"]))
}

/// A path at which an entry's file stands, and the first file of every log.
const SLOTS: [&str; 2] = ["join.md", "steps/0001/r0/proposal.md"];

/// `check-attr` reads the index, and with it git may ask the monitor, which is a program of the configuration's choice.
const NO_MONITOR: &[&str] = &["core.fsmonitor=false"];

/// Whether git would change the bytes of what is committed. So called, `git check-attr` reads and runs nothing.
fn attributes(at: &Bench<'_>) -> Check {
    let names = ["-z", "text", "filter", "ident", "working-tree-encoding"];
    let ran = at.git.call("check-attr").settings(NO_MONITOR).options(names).operands(SLOTS).timeout(PATIENCE).run();
    let listed = match ran {
        Ok(ran) if ran.status.success() => ran.stdout,
        Ok(ran) => return Check::unknown("git's attributes could not be checked", one_line(&ran.stderr)),
        Err(e) => return Check::unknown("git's attributes could not be checked", e.to_string()),
    };
    match changing(&String::from_utf8_lossy(&listed)) {
        None => Check::ok("git commits the bytes of your files as they are"),
        Some(attribute) => Check::warning(
            format!("git would change what you commit: the attribute {attribute} is set for entries"),
            "what is signed would not be what you see, or git commit fails",
        )
        .fix(format!("echo '* -text !filter -ident !working-tree-encoding' >> {}", info_attributes(at))),
    }
}

/// The file that wins over all others that set attributes.
fn info_attributes(at: &Bench<'_>) -> String {
    super::path_word(&at.log.git_dir().join("info/attributes"))
}

/// The first attribute that changes bytes, of a list `PATH NUL NAME NUL VALUE NUL` again and again.
fn changing(listed: &str) -> Option<String> {
    let mut words = listed.split('\0');
    while let (Some(_), Some(name), Some(value)) = (words.next(), words.next(), words.next()) {
        let harmless = match name {
            "text" => value == "unset",
            _ => matches!(value, "unspecified" | "unset"),
        };
        if !harmless {
            return Some(format!("{name}={value}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_that_changes_bytes_is_seen() {
        let good = "join.md\0text\0unset\0join.md\0filter\0unspecified\0";
        assert_eq!(changing(good), None);
        assert_eq!(changing("join.md\0text\0auto\0").as_deref(), Some("text=auto"));
        assert_eq!(changing("join.md\0text\0unspecified\0").as_deref(), Some("text=unspecified"));
        assert_eq!(changing(&format!("{good}x\0filter\0lfs\0")).as_deref(), Some("filter=lfs"));
        assert_eq!(changing(&format!("{good}x\0ident\0set\0")).as_deref(), Some("ident=set"));
    }

    #[test]
    fn aliases_that_go_around_bicker_are_seen() {
        for value in [
            "commit --no-verify",
            "!git -c Core.HooksPath=/dev/null push",
            "-c commit.gpgsign=false commit",
            "-c gpg.ssh.program=ssh-keygen commit",
        ] {
            assert!(evasive(value), "{value}");
        }
        for value in ["commit -v", "log --show-signature", "push origin main"] {
            assert!(!evasive(value), "{value}");
        }
    }
}

//! Runs a program on a case, phase by phase over one cache, as the contract of `bicker verify` says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::expected::Phase;
use super::{Case, archive_name, compare, unpack};
use crate::common::{printable, process};

/// How long one verification may take. A debug build checks signatures many times slower than what people run.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 80 } else { 20 });

/// A case unpacked in a place of its own.
struct Stage {
    top: tempfile::TempDir,
}

/// What one verification gave.
struct Verified {
    exit: Option<i32>,
    stdout: String,
    stderr: String,
}

/// How `program` differs from what the case expects; empty when it does not.
///
/// A case of one phase is verified twice more, with the same cache and then with an empty one and the remotes named in
/// the opposite order, and must give the same bytes: neither what is remembered nor the order of fetching shows.
pub(crate) fn check(case: &Case, program: &Path) -> Vec<String> {
    let mut bad = Vec::new();
    let stage = Stage { top: tempfile::Builder::new().prefix("bicker-case-").tempdir().expect("a temporary folder") };
    for (number, phase) in (1..).zip(&case.expected.phases) {
        let single = case.expected.phases.len() == 1;
        let place = if single { String::new() } else { format!("phase {number}: ") };
        let found = stage.set(case, number).and_then(|()| stage.judge(program, phase, single));
        let trouble = found.unwrap_or_else(|trouble| vec![trouble]);
        bad.extend(trouble.into_iter().map(|line| format!("{place}{line}")));
    }
    bad
}

impl Stage {
    fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// Puts the remotes of one phase, and the charter, in place.
    fn set(&self, case: &Case, number: usize) -> Result<(), String> {
        let remotes = self.path("remotes");
        if remotes.exists() {
            fs::remove_dir_all(&remotes).map_err(|e| format!("old remotes: {e}"))?;
        }
        fs::create_dir_all(&remotes).map_err(|e| format!("new remotes: {e}"))?;
        fs::create_dir_all(self.path("home")).map_err(|e| format!("a home: {e}"))?;
        fs::copy(case.folder.join("charter.yaml"), self.path("charter.yaml")).map_err(|e| format!("charter: {e}"))?;
        unpack::unpack(&case.folder.join(archive_name(number)), &remotes)
    }

    fn judge(&self, program: &Path, phase: &Phase, again: bool) -> Result<Vec<String>, String> {
        let first = self.verify(program, phase, "cache", &phase.remotes)?;
        if phase.any_of.iter().any(|outcome| outcome.verdict == "usage") {
            let wrong = (first.exit != Some(2)).then(|| format!("{}, expected exit 2", first.show()));
            return Ok(wrong.into_iter().collect());
        }
        let Ok(json) = serde_json::from_str(&first.stdout) else {
            return Err(format!("no JSON: {}", first.show()));
        };
        let mut bad = compare::differences(&phase.any_of, json, first.exit);
        if again {
            let reversed: Vec<String> = phase.remotes.iter().rev().cloned().collect();
            let same_cache = self.verify(program, phase, "cache", &phase.remotes)?;
            let other_order = self.verify(program, phase, "cache2", &reversed)?;
            bad.extend(first.changed_in(&same_cache, "with the same cache"));
            bad.extend(first.changed_in(&other_order, "in another order"));
        }
        Ok(bad)
    }

    /// One verification, which sees nothing of this machine but `PATH`.
    fn verify(&self, program: &Path, phase: &Phase, cache: &str, names: &[String]) -> Result<Verified, String> {
        let mut command = Command::new(program);
        command.args(["verify", "--charter", "charter.yaml", "--cache", cache, "--format", "json"]).args(&phase.args);
        for name in names {
            let remote = self.path("remotes").join(format!("{name}.git"));
            command.arg("--remote").arg(format!("{name}={}", remote.display()));
        }
        command
            .current_dir(self.top.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C.UTF-8");
        let ended = process::run(&mut command, LIMIT)?;
        let (stdout, stderr) = (printable::read(ended.stdout)?, printable::read(ended.stderr)?);
        Ok(Verified { exit: ended.code, stdout, stderr })
    }
}

impl Verified {
    /// How `next` differs from this first verification, which it must not.
    fn changed_in(&self, next: &Self, how: &str) -> Option<String> {
        let same = |(before, after): &(char, char)| before == after;
        let alike = self.stdout.chars().zip(next.stdout.chars()).take_while(same).count();
        let shown = |text: &str| text.chars().skip(alike.saturating_sub(40)).take(100).collect::<String>();
        if self.stdout != next.stdout {
            let [before, after] = [&self.stdout, &next.stdout].map(|text| shown(text));
            return Some(format!("other bytes {how}: {before:?} became {after:?}"));
        }
        (self.exit != next.exit).then(|| format!("other exit {how}: {:?} became {:?}", self.exit, next.exit))
    }

    /// The exit status and the end of what was complained about.
    fn show(&self) -> String {
        let lines: Vec<&str> = self.stderr.trim().lines().collect();
        let last = lines.get(lines.len().saturating_sub(3)..).unwrap_or_default();
        let exit = self.exit.map_or("none".to_owned(), |code| code.to_string());
        format!("exit {exit}: {}", last.join(" | "))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::cases::expected::Expected;

    /// A small case with one remote that does not exist, expecting `any_of`, and a program that is this shell script.
    fn differences(any_of: &str, script: &str) -> Vec<String> {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("small");
        fs::create_dir(&folder).expect("the case's folder");
        fs::write(folder.join("charter.yaml"), "").expect("a charter");
        let tar = tar::Builder::new(Vec::new()).into_inner().expect("an empty archive");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, &tar).expect("bytes");
        fs::write(folder.join("phase1.tar.gz"), packed.finish().expect("an archive")).expect("the archive");
        let phases = format!(r#"{{"remotes": ["ann", "bob"], "any_of": {any_of}}}"#);
        let expected = format!(r#"{{"case": "small", "rules": [], "phases": [{phases}]}}"#);
        let expected: Expected = serde_json::from_str(&expected).expect("an expectation");
        let program = place.path().join("program");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("the program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program that can be run");
        check(&Case { name: "small".to_owned(), folder, expected }, &program)
    }

    const VERIFIED: &str = r#"[{"verdict": "verified", "findings": []}]"#;
    const REPORT: &str = r#"{"format": 1, "verdict": "verified", "safety": "holds", "charter": {},
        "researchers": [], "steps": [], "findings": []}"#;

    #[test]
    fn a_program_that_gives_the_expected_passes() {
        assert_eq!(differences(VERIFIED, &format!("echo '{REPORT}'")), [""; 0]);
        assert_eq!(differences(r#"[{"verdict": "usage", "findings": []}]"#, "exit 2"), [""; 0]);
    }

    #[test]
    fn a_wrong_exit_is_seen() {
        let lines = differences(VERIFIED, &format!("echo '{REPORT}'; exit 1"));
        assert_eq!(lines, ["exit 1, expected 0"]);
        let lines = differences(r#"[{"verdict": "usage", "findings": []}]"#, "echo oh >&2; exit 1");
        assert_eq!(lines, ["exit 1: oh, expected exit 2"]);
    }

    #[test]
    fn output_that_is_no_json_is_seen() {
        assert_eq!(differences(VERIFIED, "echo words; echo why >&2; exit 3"), ["no JSON: exit 3: why"]);
        assert_eq!(differences(VERIFIED, "kill -9 $$"), ["no JSON: exit none: "]);
    }

    #[test]
    fn control_characters_are_seen_in_both_outputs() {
        for (bytes, seen) in [
            (r"\033[2J", "prints U+001B at byte 0"),
            (r"\007", "prints U+0007 at byte 0"),
            (r"a\342\200\256", "prints U+202E at byte 1"),
            (r"\302\233", "prints U+009B at byte 0"),
        ] {
            assert_eq!(differences(VERIFIED, &format!("printf '{bytes}'")), [seen]);
            assert_eq!(differences(VERIFIED, &format!("printf '{bytes}' >&2")), [seen]);
        }
        let lines = differences(VERIFIED, r"printf '\377'");
        assert!(matches!(lines.as_slice(), [line] if line.starts_with("prints what is not UTF-8")), "{lines:?}");
    }

    #[test]
    fn what_changes_the_second_or_third_time_is_seen() {
        let other = REPORT.replace("holds", "lost");
        let remembers = format!("if test -e \"$5\"; then echo '{other}'; else mkdir \"$5\"; echo '{REPORT}'; fi");
        let order = format!("case \"$9\" in ann=*) echo '{REPORT}';; *) echo '{other}';; esac");
        let exit = format!("echo '{REPORT}'; case \"$9\" in ann=*) exit 0;; *) exit 1;; esac");
        for (script, seen) in [
            (remembers, "other bytes with the same cache: "),
            (order, "other bytes in another order: "),
            (exit, "other exit in another order: Some(0) became Some(1)"),
        ] {
            let lines = differences(VERIFIED, &script);
            assert!(matches!(lines.as_slice(), [line] if line.starts_with(seen)), "{lines:?}");
        }
    }

    #[test]
    fn nothing_of_this_machines_settings_is_seen() {
        let script = "env | cut -d= -f1 | grep -vxE 'PATH|HOME|XDG_STATE_HOME|GIT_CONFIG_.*|LC_ALL|PWD|OLDPWD|_|SHLVL'";
        let script = format!("{script} >&2; test \"$HOME\" = \"$PWD/home\" && echo '{REPORT}'");
        assert_eq!(differences(VERIFIED, &script), [""; 0]);
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_what_it_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & sleep 600"]);
        let start = std::time::Instant::now();
        let trouble = process::run(&mut command, Duration::from_millis(50)).err();
        assert_eq!(trouble.as_deref(), Some("takes longer than 0.05 s"));
        assert!(start.elapsed() < Duration::from_secs(60));
    }
}

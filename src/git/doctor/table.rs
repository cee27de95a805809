//! The settings that commits and pushes by plain git depend on, and those that get in their way.
//!
//! What bicker itself signs and pushes depends on none of these. `join` sets them ([`crate::git::setup`]); here it is
//! checked what is in force, because another level or the environment may say otherwise.

use std::path::{Path, PathBuf};

use super::settings::Setting;
use super::tools::PATIENCE;
use super::{Bench, Check, rewrites, risks};
use crate::git::output::one_line;
use crate::git::relocated::{self, MEND};
use crate::git::sign::read_public_key;
use crate::protocol::commit::Person;
use crate::protocol::key::PublicKey;

/// A setting, and which values do no harm.
struct Row {
    key: &'static str,
    /// What `join` sets, or git's own choice where it sets nothing.
    wanted: &'static str,
    fits: fn(&Setting) -> bool,
    /// Whether it may also be absent.
    optional: bool,
    /// Whether plain git makes no good commit without it.
    grave: bool,
    why: &'static str,
}

fn is_no(setting: &Setting) -> bool {
    setting.as_bool() == Some(false)
}

const ROWS: &[Row] = &[
    Row {
        key: "gpg.format",
        wanted: "ssh",
        fits: |setting| setting.value == "ssh",
        optional: false,
        grave: true,
        why: "without it git does not ask bicker before it signs",
    },
    Row {
        key: "commit.gpgSign",
        wanted: "true",
        fits: |setting| setting.as_bool() == Some(true),
        optional: false,
        grave: true,
        why: "without it git commit makes commits that are not signed, and those are not entries",
    },
    Row {
        key: "i18n.commitEncoding",
        wanted: "UTF-8",
        fits: |setting| ["utf-8", "utf8"].contains(&setting.value.to_ascii_lowercase().as_str()),
        optional: true,
        grave: true,
        why: "git writes another encoding into each commit, and such a commit is not an entry",
    },
    Row {
        key: "core.autocrlf",
        wanted: "false",
        fits: is_no,
        optional: true,
        grave: false,
        why: "git may change line ends in what you write",
    },
    Row {
        key: "core.eol",
        wanted: "lf",
        fits: |setting| ["lf", "native"].contains(&setting.value.to_ascii_lowercase().as_str()),
        optional: true,
        grave: false,
        why: "git may change line ends in what you write",
    },
    Row {
        key: "commit.cleanup",
        wanted: "verbatim",
        fits: |setting| setting.value == "verbatim",
        optional: false,
        grave: false,
        why: "git changes the message after it was sealed, and then nothing is signed",
    },
    Row {
        key: "commit.verbose",
        wanted: "false",
        fits: is_no,
        optional: true,
        grave: false,
        why: "git puts the change itself into the message that you edit, and nobody takes it out again",
    },
    Row {
        key: "pull.ff",
        wanted: "only",
        fits: |setting| setting.value == "only",
        optional: false,
        grave: false,
        why: "git pull would make a merge that is not an entry where it cannot go forward",
    },
    Row {
        key: "pull.rebase",
        wanted: "false",
        fits: is_no,
        optional: true,
        grave: false,
        why: "git pull would write signed entries anew, which cannot be: it stops halfway",
    },
    Row {
        key: "rebase.autoStash",
        wanted: "false",
        fits: is_no,
        optional: true,
        grave: false,
        why: "a stash makes git forget what your draft builds on",
    },
    Row {
        key: "push.default",
        wanted: "simple",
        fits: |setting| setting.value != "matching",
        optional: true,
        grave: false,
        why: "git push would also push other branches, and a remote that takes only logs refuses all of it",
    },
    Row {
        key: "push.followTags",
        wanted: "false",
        fits: is_no,
        optional: true,
        grave: false,
        why: "git push would also push tags, and a remote that takes only logs refuses all of it",
    },
    Row {
        key: "push.gpgSign",
        wanted: "false",
        fits: |setting| is_no(setting) || setting.value == "if-asked",
        optional: true,
        grave: false,
        why: "git push would sign the push itself, and most remotes refuse that",
    },
];

/// All checks.
pub(super) fn checks(at: &Bench<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().filter_map(|row| judge(at, row)).collect();
    checks.extend(signing_key(at));
    checks.extend(allowed_signers(at));
    if checks.is_empty() {
        checks.push(Check::ok("commits and pushes by plain git depend on nothing but what join has set"));
    }
    checks.push(identity(at));
    checks.extend(rewrites::checks(at));
    checks.extend(risks::checks(at));
    checks
}

fn judge(at: &Bench<'_>, row: &Row) -> Option<Check> {
    let found = match at.settings.get(row.key) {
        None if row.optional => return None,
        None => format!("{} is not set", row.key),
        Some(setting) if (row.fits)(setting) => return None,
        Some(setting) => format!("{} is {}, says {}", row.key, one_line(&setting.value), setting.place()),
    };
    let check = if row.grave { Check::wrong(found, row.why) } else { Check::warning(found, row.why) };
    Some(check.fix(at.command_to_set(row.key, row.wanted)))
}

/// bicker signs with `bicker.key` whatever git names; but git must name some key, or it runs a program to find one.
fn signing_key(at: &Bench<'_>) -> Option<Check> {
    let key = crate::git::setup::key_path_of(at.log).ok()?;
    let fix = at.command_to_set("user.signingKey", &key.to_string_lossy());
    let Some(named) = at.settings.get("user.signingKey") else {
        let why = "git does not know what to sign with, so git commit fails";
        return Some(Check::wrong("user.signingKey is not set", why).fix(fix));
    };
    let wanted = at.row.map(|row| row.key).or_else(|| read_public_key(&key).ok())?;
    (named_key(at, &named.value) != Some(wanted)).then(|| {
        Check::warning(
            format!("user.signingKey is not the charter's key, or not a key at all, says {}", named.place()),
            "bicker signs with the charter's key all the same, but what else git signs it signs with that one",
        )
        .fix(if relocated::key(at.log).is_some() { MEND.to_owned() } else { fix })
    })
}

/// The key that git's setting names: a file, or the key itself.
fn named_key(at: &Bench<'_>, value: &str) -> Option<PublicKey> {
    let literal = value.strip_prefix("key::").unwrap_or(value);
    if literal.starts_with("ssh-") {
        return PublicKey::parse_pub_file(literal).ok();
    }
    read_public_key(&at.log.work_dir().join(expanded(value))).ok()
}

/// A path as git reads it: `~/` is the home directory.
pub(super) fn expanded(value: &str) -> PathBuf {
    match (value.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(value),
    }
}

fn allowed_signers(at: &Bench<'_>) -> Option<Check> {
    let ours = at.log.git_dir().join("bicker/allowed-signers");
    let named = at.settings.get("gpg.ssh.allowedSignersFile").map(|setting| expanded(&setting.value));
    (named.as_deref() != Some(&ours) || !ours.is_file()).then(|| {
        Check::warning(
            "git does not know the keys of the group (gpg.ssh.allowedSignersFile)",
            "git log --show-signature and git verify-commit call everybody's signatures unknown",
        )
        .fix(at.command_to_mend("gpg.ssh.allowedSignersFile", MEND))
    })
}

/// The name and address that plain git writes into commits, by the rule that every commit is read by (2.commit).
fn identity(at: &Bench<'_>) -> Check {
    let why = "a commit with it would not be an entry, so git commit fails; what bicker writes itself leaves it out";
    for variable in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
        let ran = match at.git.call("var").options([variable]).timeout(PATIENCE).run() {
            Ok(ran) => ran,
            Err(e) => return Check::unknown("your name in commits could not be checked", e.to_string()),
        };
        let fix = "git config user.name NAME && git config user.email ADDRESS";
        if !ran.status.success() {
            return Check::wrong(format!("git does not know your name: {}", one_line(&ran.stderr)), why).fix(fix);
        }
        let line = ran.stdout.strip_suffix(b"\n").unwrap_or(&ran.stdout);
        if let Err(e) = Person::parse(line) {
            return Check::wrong(format!("your name in commits is not allowed in an entry: {e}"), why).fix(fix);
        }
    }
    Check::ok("the name and address that git writes into your commits are fit for entries")
}

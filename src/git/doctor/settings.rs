//! git's configuration as it is in force for a person who types here: of every level, and of the environment.
//!
//! It is listed by `git config`, which reads and runs nothing. Values may hold passwords, so they are never shown but by
//! those who know what they are.

use std::env;
use std::path::{Path, PathBuf};

use super::tools::PATIENCE;
use super::{Bench, Check, path_word, word};
use crate::git::output::one_line;
use crate::git::process::Git;

/// One setting, where it is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Setting {
    /// Its name, in git's spelling: in lower case but for the part between the first and the last dot.
    pub(super) key: String,
    /// Its value; a name without one is a `true`.
    pub(super) value: String,
    /// `system`, `global`, `local`, `worktree`, or `command` for the environment and `git -c`.
    pub(super) scope: String,
    /// The file, as git names it; none for the environment and `git -c`.
    file: Option<String>,
    /// The same from the root.
    path: PathBuf,
}

/// The repository's own file, as git names it.
const OWN: &str = ".git/config";

impl Setting {
    /// Whether this repository says it, and not the person for all of theirs.
    pub(super) fn is_of_repository(&self) -> bool {
        matches!(self.scope.as_str(), "local" | "worktree")
    }

    /// git's reading of a value as a yes or no; `None` when it is neither.
    pub(super) fn as_bool(&self) -> Option<bool> {
        match self.value.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" | "" => Some(false),
            number => number.parse::<i64>().ok().map(|number| number != 0),
        }
    }

    /// Where it is said, for people.
    pub(super) fn place(&self) -> String {
        match (self.scope.as_str(), &self.file) {
            ("command", _) => "the environment or git -c".to_owned(),
            (_, Some(file)) => file.clone(),
            (scope, None) => format!("git's {scope} configuration"),
        }
    }

    /// The command that takes it away where it is said.
    pub(super) fn unset(&self) -> String {
        match self.scope.as_str() {
            "command" => "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS".to_owned(),
            "worktree" => format!("git config --worktree --unset-all {}", word(&self.key)),
            // The repository's own file, which git finds from any folder of it.
            "local" if self.file.as_deref() == Some(OWN) => format!("git config --unset-all {}", word(&self.key)),
            _ if self.file.is_some() => {
                format!("git config --file {} --unset-all {}", path_word(&self.path), word(&self.key))
            }
            scope => format!("git config --{scope} --unset-all {}", word(&self.key)),
        }
    }
}

/// All settings in force, those that win last.
#[derive(Debug)]
pub(super) struct Settings(Vec<Setting>);

impl Settings {
    /// Reads them.
    pub(super) fn read(git: &Git, work_dir: &Path) -> Result<Self, Check> {
        let options = ["--list", "--includes", "--show-scope", "--show-origin", "-z"];
        let unreadable = |why: String| {
            Check::unknown("git's configuration could not be read, so most was not checked", why)
                .fix("git config --list --show-origin")
        };
        let ran = git.call("config").options(options).timeout(PATIENCE).run();
        let ran = ran.map_err(|e| unreadable(e.to_string()))?;
        if !ran.status.success() {
            return Err(unreadable(one_line(&ran.stderr)));
        }
        Ok(Self(parse(&ran.stdout, work_dir)))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }

    /// The one in force. `key` is compared without case; none that is asked for has a part in which case matters.
    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        self.0.iter().rfind(|setting| setting.key.eq_ignore_ascii_case(key))
    }

    /// Every value of a name, in the order in which git reads them.
    pub(super) fn all<'a>(&'a self, key: &'a str) -> impl DoubleEndedIterator<Item = &'a Setting> {
        self.0.iter().filter(move |setting| setting.key.eq_ignore_ascii_case(key))
    }
}

impl Bench<'_> {
    /// The command after which `key` is `value` here, wherever what is in force now is said.
    pub(super) fn command_to_set(&self, key: &str, value: &str) -> String {
        self.first_to_unset(key)
            .map_or_else(|| format!("git config --replace-all {key} {}", word(value)), Setting::unset)
    }

    /// The same for a setting that one command writes, with others.
    pub(super) fn command_to_mend(&self, key: &str, command: &str) -> String {
        self.first_to_unset(key).map_or_else(|| command.to_owned(), Setting::unset)
    }

    /// What wins over anything that is written into the repository's own file.
    fn first_to_unset(&self, key: &str) -> Option<&Setting> {
        let own = self.log.git_dir().join("config");
        self.settings.get(key).filter(|now| match now.scope.as_str() {
            "command" | "worktree" => true,
            // A file that the repository's own includes may be read after what would be set.
            "local" => !same_file(&now.path, &own),
            _ => false,
        })
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Reads `SCOPE NUL ORIGIN NUL KEY [LF VALUE] NUL`, again and again.
fn parse(listed: &[u8], work_dir: &Path) -> Vec<Setting> {
    let text = String::from_utf8_lossy(listed);
    let mut words = text.split('\0');
    let mut settings = Vec::new();
    while let (Some(scope), Some(origin), Some(item)) = (words.next(), words.next(), words.next()) {
        let (key, value) = item.split_once('\n').unwrap_or((item, "true"));
        settings.push(Setting {
            key: key.to_owned(),
            value: value.to_owned(),
            scope: scope.to_owned(),
            path: work_dir.join(origin.strip_prefix("file:").unwrap_or_default()),
            file: origin.strip_prefix("file:").map(str::to_owned),
        });
    }
    settings
}

/// Variables that send git to another repository, another index or another past than the one that lies here.
const ELSEWHERE: [&str; 11] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Whether the environment sends git elsewhere.
pub(super) fn environment() -> Option<Check> {
    let set: Vec<&str> = ELSEWHERE.into_iter().filter(|name| env::var_os(name).is_some()).collect();
    (!set.is_empty()).then(|| {
        Check::wrong(
            format!("the environment sets {}", set.join(", ")),
            "git works on something other than what is here, and what follows may be about that",
        )
        .fix(format!("unset {}", set.join(" ")))
    })
}

/// A value without what may be a password in an address.
pub(super) fn without_secrets(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown += before;
        shown += "://";
        let host = after.find(['/', ' ']).unwrap_or(after.len());
        let secret = after.get(..host).and_then(|part| part.rfind('@'));
        rest = match secret {
            Some(end) => {
                shown.push_str("...");
                after.get(end..).unwrap_or_default()
            }
            None => after,
        };
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_as_git_writes_it() {
        let settings = Settings(parse(
            b"global\0file:/h/.gitconfig\0core.eol\nlf\0local\0file:.git/config\0alias.X y\nlog\n-1\0\
              local\0file:../x\0commit.gpgsign\0command\0command line:\0core.eol\ncrlf\0",
            Path::new("/w"),
        ));
        let eol = settings.get("core.EOL").expect("set");
        assert_eq!((eol.value.as_str(), eol.scope.as_str()), ("crlf", "command"));
        assert_eq!(eol.unset(), "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS");
        assert_eq!(settings.all("core.eol").count(), 2);
        assert_eq!(settings.get("commit.gpgSign").and_then(Setting::as_bool), Some(true));
        let alias = settings.get("alias.x y").expect("set");
        assert_eq!(alias.value, "log\n-1");
        assert_eq!(alias.unset(), "git config --unset-all 'alias.X y'");
        let unset = settings.get("commit.gpgsign").map(Setting::unset);
        assert_eq!(unset.as_deref(), Some("git config --file /w/../x --unset-all commit.gpgsign"));
        assert_eq!(settings.get("core.none"), None);
        let parse = |listed| parse(listed, Path::new("/w"));
        assert!(parse(b"").is_empty() && parse(b"local\0file:x").is_empty());
    }

    #[test]
    fn passwords_are_not_shown() {
        for (text, shown) in [
            ("https://me:secret@host/x", "https://...@host/x"),
            ("url.https://token@a/.insteadof", "url.https://...@a/.insteadof"),
            ("https://a:p@ss@host/", "https://...@host/"),
            ("https://host/a@b", "https://host/a@b"),
            ("git@host:x", "git@host:x"),
            ("https://u:p@a https://v:q@b", "https://...@a https://...@b"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }
}

//! `ci init`: a job that verifies the group again and again, at somebody's forge.
//!
//! Decides where the job is written, where it gets bicker from, and what is filled into its template. It never writes
//! over a file, and never into a log, which holds nothing but entries. The job runs what its owner named, to the version
//! or the commit, and never a program because it is called bicker.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};

use super::ui;
use crate::error::{Error, Result};
use crate::place::{Place, read_charter};
use crate::protocol::charter::Charter;
use crate::protocol::genesis::Genesis;
use crate::protocol::id::CommitId;
use crate::protocol::transport::Remote;
use crate::report::Exit;

/// Make a CI job that verifies the group.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  bicker ci init --forge github --from https://git.example.org/bicker.git#COMMIT")]
pub struct CiCommand {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand, Debug)]
enum Sub {
    Init(Init),
}

/// Write a job for GitHub, GitLab or Forgejo that runs `bicker verify` on a schedule.
///
/// Run it in a repository of its own that holds the charter, not in a log. The job goes to its usual place
/// there; where a file is already, the job is printed instead.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker ci init --forge gitlab --from 0.1.0\n  bicker ci init --forge github --from https://git.example.org/bicker.git#COMMIT"
)]
struct Init {
    /// Where the job is going to run; that of the jobs which are here already if not given
    #[arg(long, value_enum)]
    forge: Option<Forge>,
    /// Where the job gets bicker: a version of the crate on crates.io, or a git repository and a commit in full
    #[arg(long, value_name = "VERSION|URL#COMMIT")]
    from: Option<Source>,
    /// The group's charter, in the repository that the job is for
    #[arg(long, value_name = "FILE", default_value = "charter.yaml")]
    charter: PathBuf,
    /// Where to write the job; its usual place if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Where a job gets bicker. What is in it stands in YAML and in a shell's words, so it is plain.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Source {
    /// This version on crates.io.
    Version(String),
    /// This commit of a git repository.
    Git { url: String, commit: String },
}

impl Source {
    /// What `cargo install` is told in the job.
    fn install(&self) -> String {
        match self {
            Self::Version(_) => "--version \"$BICKER_SOURCE\" bicker".to_owned(),
            Self::Git { url, .. } => format!("--git {url} --rev \"$BICKER_SOURCE\" bicker"),
        }
    }

    /// The job's `BICKER_SOURCE`. A build of one is never taken for that of another.
    fn key(&self) -> &str {
        match self {
            Self::Version(version) => version,
            Self::Git { commit, .. } => commit,
        }
    }
}

impl FromStr for Source {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((url, commit)) = text.split_once('#') else {
            return match is_version(text) {
                true => Ok(Self::Version(text.to_owned())),
                false => Err("expected a version such as 0.1.0, or a git repository and a commit: URL#COMMIT"),
            };
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b".:/_~-".contains(&b);
        if Remote::parse(url).is_err() || !url.starts_with("https://") || !url.bytes().all(plain) {
            return Err("expected an https:// address of letters, digits and . : / _ ~ - before the #");
        }
        match CommitId::parse(commit) {
            Some(_) => Ok(Self::Git { url: url.to_owned(), commit: commit.to_owned() }),
            None => Err("expected a commit in full after the #, 40 hex digits: a branch or a tag can be moved"),
        }
    }
}

/// Whether this is one version and no range: three numbers, and perhaps what comes before a release.
fn is_version(text: &str) -> bool {
    let (numbers, before) = text.split_once('-').map_or((text, None), |(numbers, before)| (numbers, Some(before)));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    numbers.split('.').count() == 3
        && numbers.split('.').all(number)
        && before.is_none_or(|before| before.split('.').all(word))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Forge {
    #[value(name = "github")]
    GitHub,
    #[value(name = "gitlab")]
    GitLab,
    Forgejo,
}

impl Forge {
    const ALL: [Self; 3] = [Self::GitHub, Self::GitLab, Self::Forgejo];

    const fn template(self) -> &'static str {
        match self {
            Self::GitHub => include_str!("../../templates/ci/github.yml"),
            Self::GitLab => include_str!("../../templates/ci/gitlab.yml"),
            Self::Forgejo => include_str!("../../templates/ci/forgejo.yml"),
        }
    }

    /// Where the forge looks for it, from the top of the repository.
    const fn usual_place(self) -> &'static str {
        match self {
            Self::GitHub => ".github/workflows/bicker.yml",
            Self::GitLab => ".gitlab-ci.yml",
            Self::Forgejo => ".forgejo/workflows/bicker.yml",
        }
    }

    /// What a repository with jobs for this forge has at its top.
    const fn trace(self) -> &'static str {
        match self {
            Self::GitHub => ".github",
            Self::GitLab => ".gitlab-ci.yml",
            Self::Forgejo => ".forgejo",
        }
    }

    const fn hint_when_taken(self) -> &'static str {
        match self {
            Self::GitHub | Self::Forgejo => "compare it with what was printed, or write the job elsewhere with -o FILE",
            Self::GitLab => {
                "write the job elsewhere with -o bicker-ci.yml, and name that file in .gitlab-ci.yml under include: local:"
            }
        }
    }

    const fn what_next(self) -> &'static str {
        match self {
            Self::GitHub | Self::Forgejo => "read it, then commit it together with the charter and push",
            Self::GitLab => {
                "read it, then commit it together with the charter and push, and make a schedule under Build > Pipeline \
                 schedules"
            }
        }
    }
}

/// `ci`
pub fn ci(arguments: &CiCommand) -> Result<Exit> {
    match &arguments.command {
        Sub::Init(init) => make(init),
    }
}

fn make(init: &Init) -> Result<Exit> {
    let here = std::env::current_dir().map_err(|e| Error::usage("the current folder is gone").because(&e))?;
    if Place::of_researcher(&here, None).is_ok() {
        return Err(Error::usage("this is a log, which holds nothing but entries, so there is no room for a job")
            .hint("make another repository for the job, copy charter.yaml there, and run this in it"));
    }
    let charter = read_charter(&init.charter)?;
    let top = top_of(&here);
    let forge = init.forge.or_else(|| forge_at(top)).ok_or_else(|| {
        Error::usage("which forge is the job for?")
            .hint("say it with --forge github, --forge gitlab or --forge forgejo")
    })?;
    let source = init.from.as_ref().ok_or_else(|| {
        Error::usage("where does the job get bicker from?")
            .hint("name a commit that you trust with --from URL#COMMIT, or a version on crates.io with --from VERSION")
    })?;
    let job = filled_in(forge, source, &charter, &path_within(top, &init.charter)?);
    let file = init.output.clone().unwrap_or_else(|| top.join(forge.usual_place()));
    if !write_new(&file, &job)? {
        ui::print(&job)?;
        return Err(Error::usage(format!("{} is there already, and is left as it is", file.display()))
            .hint(forge.hint_when_taken()));
    }
    ui::print(&format!("written: {}\n{}\n", file.strip_prefix(&here).unwrap_or(&file).display(), forge.what_next()))?;
    say_who_wants_a_key(&charter);
    Ok(Exit::Verified)
}

/// The top of the repository that `dir` is in; `dir` itself outside of any.
fn top_of(dir: &Path) -> &Path {
    dir.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(dir)
}

/// The forge whose traces are here, if it is only one.
fn forge_at(top: &Path) -> Option<Forge> {
    let mut found = Forge::ALL.into_iter().filter(|forge| top.join(forge.trace()).exists());
    found.next().filter(|_| found.next().is_none())
}

/// The charter's path as the job sees it: from the top of what is checked out. It stands in YAML and in a shell's
/// words, so it is plain.
fn path_within(top: &Path, charter: &Path) -> Result<String> {
    let real = |path: &Path| {
        path.canonicalize().map_err(|e| Error::usage(format!("cannot find {}", path.display())).because(&e))
    };
    let (top, file) = (real(top)?, real(charter)?);
    let path = file.strip_prefix(&top).map_err(|_| {
        Error::usage(format!("{} is not in the repository that the job is for", charter.display()))
            .hint("copy it there: the job verifies with what it checks out")
    })?;
    let plain = |path: &&str| {
        !path.starts_with('-')
            && path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/'))
    };
    path.to_str().filter(plain).map(str::to_owned).ok_or_else(|| {
        Error::usage(format!("{} is not a plain path for a job", path.display()))
            .hint("use letters, digits and . _ - only, for instance charter.yaml")
    })
}

fn filled_in(forge: Forge, source: &Source, charter: &Charter, path: &str) -> String {
    let group = Genesis::of(charter).commit.short();
    forge
        .template()
        .replace("@CHARTER@", path)
        .replace("@DIGEST@", &charter.digest().to_string())
        .replace("@GROUP@", &group)
        .replace("@SOURCE@", source.key())
        .replace("@INSTALL@", &source.install())
}

/// Writes a file that must not be there yet, and the folders it is in; false if it is there.
fn write_new(path: &Path, text: &str) -> Result<bool> {
    let cannot = |e: std::io::Error| Error::usage(format!("cannot write {}", path.display())).because(&e);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(cannot).map(|()| true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(cannot(e)),
    }
}

/// Says whom the job will not reach: it has no key, and sees no other machine's files.
fn say_who_wants_a_key(charter: &Charter) {
    let answers_anyone = |remote: &str| remote.starts_with("https://") || remote.starts_with("git://");
    let names: Vec<&str> = charter
        .researchers()
        .iter()
        .filter(|researcher| !answers_anyone(researcher.remote.as_str()))
        .map(|researcher| researcher.name.as_str())
        .collect();
    if !names.is_empty() {
        ui::say(&format!(
            "the job has no key, so it may not reach the remotes of {}; if there is a public address, add \
             --remote NAME=https://... to the job",
            names.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_where_git_is_or_here() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).expect("folders");
        assert_eq!(top_of(&deep), deep);
        std::fs::create_dir(folder.path().join(".git")).expect("a folder");
        assert_eq!(top_of(&deep), folder.path());
    }

    #[test]
    fn a_forge_is_guessed_only_from_its_own_traces() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(forge_at(folder.path()), None);
        std::fs::create_dir(folder.path().join(".forgejo")).expect("a folder");
        assert_eq!(forge_at(folder.path()), Some(Forge::Forgejo));
        std::fs::write(folder.path().join(".gitlab-ci.yml"), "").expect("a file");
        assert_eq!(forge_at(folder.path()), None);
    }

    #[test]
    fn a_path_in_a_job_is_plain_and_inside() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().join("watch");
        std::fs::create_dir_all(top.join("a b")).expect("folders");
        let file = |path: &str| {
            let path = top.join(path);
            std::fs::write(&path, "").expect("a file");
            path
        };
        assert_eq!(path_within(&top, &file("charter-1.yaml")).expect("plain"), "charter-1.yaml");
        for bad in ["a b/charter.yaml", "$(id).yaml", "a\"b.yaml", "-charter.yaml", "\u{e9}.yaml", "@DIGEST@"] {
            let error = path_within(&top, &file(bad)).expect_err("not plain");
            assert!(error.message.ends_with("is not a plain path for a job"), "{bad}: {error}");
        }
        for outside in [file("../charter.yaml"), top.join("none.yaml")] {
            assert!(path_within(&top, &outside).is_err(), "{}", outside.display());
        }
    }

    #[test]
    fn a_source_is_one_version_or_one_commit_and_plain() {
        let commit = "3b18e512dba79e4c8300dd08aeb37f8e728b8dad";
        let git = format!("https://git.example.org/some_one/bicker.git#{commit}");
        let read = |text: &str| text.parse::<Source>();
        assert_eq!(read("0.1.0").expect("a version").install(), "--version \"$BICKER_SOURCE\" bicker");
        assert_eq!(read("1.20.3-rc.1").expect("a version").key(), "1.20.3-rc.1");
        let source = read(&git).expect("a commit");
        let told = "--git https://git.example.org/some_one/bicker.git --rev \"$BICKER_SOURCE\" bicker".to_owned();
        assert_eq!((source.install(), source.key()), (told, commit));
        let odd =
            ["https://x.org/$(id)", "https://x.org/a\"b", "https://x.org/a'b", "http://x.org/a", "/srv/bicker.git"];
        for bad in odd.map(|url| format!("{url}#{commit}")) {
            assert!(read(&bad).is_err(), "{bad}");
        }
        for bad in
            ["", "0.1", "^0.1.0", "0.1.0 ", "0.1.x", "*", "0.1.0-", "main", "https://x.org/a", "https://x.org/a#main"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_template_has_the_same_blanks() {
        for forge in Forge::ALL {
            for blank in ["@CHARTER@", "@DIGEST@", "@GROUP@", "@SOURCE@", "@INSTALL@"] {
                assert!(forge.template().contains(blank), "{forge:?} has no {blank}");
            }
        }
    }
}

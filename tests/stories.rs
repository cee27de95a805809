//! Stories: what people type and see, told in Markdown and run as it stands.
//!
//! Every file in `tests/stories` is one, so is the README, and so is every page in `docs` on which somebody types something.
//! How a story is written stands in `tests/common/story`. `STORY=laptops` in the environment runs only stories whose path
//! contains that.

/// Where the source tells to type what other tests type, or tells of other commands than the program's own.
const TYPED_ELSEWHERE: [&str; 6] =
    ["src/git/doctor", "src/cli/doctor", "src/git/sign.rs", "src/git/agent.rs", "src/cli/demo", "src/cli/hook.rs"];

/// What no story leads to, and where it is typed instead, or why nowhere.
const NOT_TYPED: [(&str, &str); 10] = [
    ("to echo it anyway: bicker echo {}", "tests/answers.rs"),
    ("to support no revision in this round: bicker abandon", "tests/answers.rs"),
    ("the whole text: bicker show {}", "tests/voting.rs"),
    ("see whether the disk has room: df -h {}", "tests/own_trouble.rs"),
    (
        "read them, and name the one that you support: bicker echo {}",
        "two revisions of one proposal convict their author",
    ),
    ("see what it is: bicker sync", "somebody pushes between an asking and a push"),
    ("fetch again: bicker sync", "an object goes away between two readings"),
    (
        "type it again, and see what is the matter if it fails again: bicker doctor",
        "a pack breaks between two readings",
    ),
    ("{} before these: bicker verify", "a page of steps; other lines of the same page are typed"),
    ("and {}: bicker verify", "a page of alarms; other lines of the same page are typed"),
];

mod common;
#[path = "common/story/mod.rs"]
mod story;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::World;
use story::run_story;

#[test]
fn every_story_goes_as_told() {
    let only = std::env::var("STORY").unwrap_or_default();
    let all =
        [files_in("tests/hints"), files_in("tests/stories"), told_in_docs(), vec![root().join("README.md")]].concat();
    let mut files = all.clone();
    files.retain(|file| file.display().to_string().contains(&only));
    assert!(!files.is_empty(), "no story has {only} in its path");
    let (failed, followed) = outcomes(&files);
    let untyped = if files == all { untyped(&followed) } else { Vec::new() };
    let failures = format!("{} of {} stories fail:\n\n{}", failed.len(), files.len(), failed.join("\n\n"));
    let hints = format!("no story types what these say to type:\n{}", untyped.join("\n"));
    assert!(failed.is_empty() && untyped.is_empty(), "{failures}\n\n{hints}");
}

/// The program's texts that end in a command to type, but that nobody followed.
fn untyped(followed: &BTreeSet<String>) -> Vec<String> {
    let templates = story::templates(&root().join("src"));
    assert!(templates.len() > 100, "hardly any text in the source ends in a command");
    for (text, _) in NOT_TYPED {
        assert!(templates.iter().any(|template| template.text == text), "the program no longer says {text}");
    }
    let elsewhere = |template: &story::Template| {
        TYPED_ELSEWHERE.iter().any(|folder| template.place.starts_with(folder))
            || NOT_TYPED.iter().any(|(text, _)| template.text == *text)
    };
    let followed = |text: &story::Template| followed.iter().any(|line| text.makes(line));
    let untyped = templates.iter().filter(|template| !elsewhere(template) && !followed(template));
    untyped.map(|template| format!("{}: {}", template.place, template.text)).collect()
}

/// All files in a folder, sorted.
fn files_in(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder with pages");
    let paths = entries.map(|entry| entry.expect("a page").path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    assert!(!files.is_empty(), "nothing in {folder}");
    files
}

/// The pages in `docs` on which somebody types something.
fn told_in_docs() -> Vec<PathBuf> {
    let types = |file: &PathBuf| {
        let text = fs::read_to_string(file).expect("a page");
        let blocks = story::parse(&text).unwrap_or_else(|wrong| panic!("{}:{wrong}", file.display()));
        !blocks.is_empty()
    };
    files_in("docs").into_iter().filter(types).collect()
}

#[test]
fn every_story_is_a_chapter_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let told = told_in_docs();
    assert!(told.len() >= 2, "{told:?}");
    let files = [files_in("tests/stories"), told].concat();
    let paths = files.iter().map(|file| file.strip_prefix(root()).expect("a file of ours").display().to_string());
    let missing: Vec<String> = paths.filter(|path| !readme.contains(&format!("]({path})"))).collect();
    assert!(missing.is_empty(), "the README does not link to {missing:?}");
}

/// Runs stories side by side, each in a world of its own, and gives what went wrong, in the order of the files, and the
/// lines that told somebody to type what they then typed.
fn outcomes(files: &[PathBuf]) -> (Vec<String>, BTreeSet<String>) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let followed = Mutex::new(BTreeSet::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match run_story(file) {
                        Ok(lines) => followed.lock().expect("no worker panics").extend(lines),
                        Err(wrong) => failed.lock().expect("no worker panics").push(wrong),
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no worker panics");
    failed.sort();
    (failed, followed.into_inner().expect("no worker panics"))
}

#[test]
fn a_story_without_commands_is_no_story() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("empty.md");
    fs::write(&file, "Prose.\n\n```sh\n$ echo prose too\n```\n").expect("the story");
    let wrong = run_story(&file).expect_err("nothing to run");
    assert_eq!(wrong, format!("{}: nothing to run: no fence says `sh NAME`", file.display()));
    fs::write(&file, "```sh ann\n$ false\n```\n").expect("the story");
    let wrong = run_story(&file).expect_err("it fails");
    assert_eq!(wrong, format!("{}:2: ann$ false\nexit 1, expected exit 0\n", file.display()));
    assert!(run_story(&folder.path().join("none.md")).is_err());
}

#[test]
fn a_person_has_a_home_a_key_and_an_empty_remote() {
    let world = World::new();
    let ann = world.person("ann");
    let mode = fs::metadata(ann.key()).expect("the key").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let shown = world.run(&ann, &["ssh-keygen", "-l", "-f", ".ssh/id_ed25519"]);
    let fingerprint = "256 SHA256:nZZcrNonBmGrE3GXw1UzDayyXgTan64qZNIg8yPZMNY ann (ED25519)\n";
    assert_eq!(shown.success().stdout(), fingerprint);
    let derived = world.run(&ann, &["ssh-keygen", "-y", "-f", ".ssh/id_ed25519"]);
    let public = fs::read_to_string(ann.key().with_extension("pub")).expect("the public key");
    assert_eq!(derived.success().stdout(), public);
    let remote = world.remote(&ann);
    let refs = world.run_in(&ann, &remote, &["git", "for-each-ref"]);
    assert_eq!((refs.success().stdout(), refs.stderr()), ("", ""));
    let format = world.run_in(&ann, &remote, &["git", "rev-parse", "--is-bare-repository", "--show-object-format"]);
    assert_eq!(format.success().stdout(), "true\nsha1\n");
}

#[test]
fn the_programs_under_test_come_first() {
    let world = World::new();
    let ann = world.person("ann");
    for name in ["bicker", "git-bicker"] {
        let found = world.run(&ann, &["sh", "-c", &format!("command -v {name}")]);
        let path = Path::new(found.success().stdout().trim_end()).canonicalize().expect("a program");
        assert_eq!(path.file_name().and_then(|n| n.to_str()), Some(name));
        assert!(path.starts_with(Path::new(env!("CARGO_BIN_EXE_bicker")).parent().expect("a folder")));
    }
}

#[test]
fn a_run_must_end_as_asked() {
    let world = World::new();
    let ann = world.person("ann");
    world.run(&ann, &["sh", "-c", "exit 3"]).failure(3);
    let wrong = |asked: fn(&World, &common::Person)| {
        let asked = std::panic::AssertUnwindSafe(|| asked(&world, &ann));
        let panic = std::panic::catch_unwind(asked).expect_err("it must not pass");
        panic.downcast_ref::<String>().expect("words").clone()
    };
    let exit = wrong(|world, ann| {
        world.run(ann, &["sh", "-c", "echo why >&2; exit 3"]).success();
    });
    assert!(exit.contains("exit status of ann") && exit.contains("why"), "{exit}");
    let escape = wrong(|world, ann| {
        world.run(ann, &["printf", r"\033"]).success();
    });
    assert!(escape.ends_with("prints U+001B at byte 0"), "{escape}");
    let absent = wrong(|world, ann| {
        world.run(ann, &["no-such-program"]).success();
    });
    assert!(absent.contains("does not start"), "{absent}");
}

#[test]
fn nothing_of_this_machines_settings_is_seen() {
    let world = World::new();
    let ann = world.person("ann");
    let names = world.run(&ann, &["sh", "-c", "env | cut -d= -f1 | sort"]);
    let allowed = [
        "EDITOR",
        "GIT_AUTHOR_DATE",
        "GIT_COMMITTER_DATE",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_TERMINAL_PROMPT",
        "HOME",
        "LC_ALL",
        "NO_COLOR",
        "OLDPWD",
        "PATH",
        "PWD",
        "SHLVL",
        "TMPDIR",
        "TZ",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "XDG_STATE_HOME",
        "_",
    ];
    let foreign: Vec<&str> = names.success().stdout().lines().filter(|name| !allowed.contains(name)).collect();
    assert_eq!(foreign, [""; 0]);
    let config = world.run(&ann, &["git", "config", "--list"]);
    assert_eq!(config.success().stdout(), "");
}

#[test]
fn gits_version_is_read() {
    assert_eq!(common::version("git version 2.47.3\n"), Some((2, 47)));
    assert_eq!(common::version("git version 2.39.5 (Apple Git-154)\n"), Some((2, 39)));
    assert_eq!(common::version("git version 3.0\n"), Some((3, 0)));
    assert_eq!(common::version("hg 6"), None);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

//! What lies about on the verifier's own machine: environment, git's settings, the folder it is called in. A report is
//! the same bytes in all of them, and nothing that they name is run.
//!
//! One line is drawn on purpose: what the user has set for git as a whole stays in force where it says how to reach a
//! remote (`src/git/process.rs`), so `url.*.insteadOf` in their own `~/.gitconfig` leads elsewhere; even there no
//! helper program is run.

use std::fs;

use super::expect::Expect;
use super::judge::Mutation;
use super::scene::{NAMES, Scene};

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [variables(), traps(), display(), settings(), places()].into_iter().flatten().collect()
}

/// The bytes are the same whatever `make` does.
fn same(name: impl std::fmt::Display, make: impl Fn(&mut Scene) + Send + Sync + 'static) -> Mutation {
    Mutation::new("local", name, move |scene: &mut Scene| {
        make(scene);
        Expect::same()
    })
}

/// What a variable holds in a scene.
type Value = fn(&Scene) -> String;

/// Variables that point git elsewhere.
fn variables() -> Vec<Mutation> {
    let all: [(&str, Value); 18] = [
        ("GIT_DIR", |scene| scene.mallory.path().display().to_string()),
        ("GIT_WORK_TREE", |scene| scene.work().display().to_string()),
        ("GIT_OBJECT_DIRECTORY", |_| "/nowhere".to_owned()),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", |scene| scene.mallory.path().join("objects").display().to_string()),
        ("GIT_COMMON_DIR", |scene| scene.mallory.path().display().to_string()),
        ("GIT_NAMESPACE", |_| "evil".to_owned()),
        ("GIT_REPLACE_REF_BASE", |_| "refs/heads/".to_owned()),
        ("GIT_SHALLOW_FILE", |scene| scene.top().join("charter.yaml").display().to_string()),
        ("GIT_GRAFT_FILE", |scene| scene.top().join("charter.yaml").display().to_string()),
        ("GIT_DEFAULT_HASH", |_| "sha256".to_owned()),
        ("GIT_TEMPLATE_DIR", |scene| scene.mallory.path().display().to_string()),
        ("GIT_EXEC_PATH", |_| "/nowhere".to_owned()),
        ("GIT_ALLOC_LIMIT", |_| "1".to_owned()),
        ("GIT_PROTOCOL", |_| "version=0".to_owned()),
        ("GIT_TRACE", |scene| scene.top().join("trace").display().to_string()),
        ("GIT_TRACE2_EVENT", |scene| scene.top().join("trace").display().to_string()),
        ("TMPDIR", |_| "/nowhere".to_owned()),
        ("HOME", |_| "/nowhere".to_owned()),
    ];
    let one = |(name, value): (&'static str, Value)| {
        same(name, move |scene| {
            let value = value(scene);
            scene.set(name, value);
        })
    };
    all.into_iter().map(one).collect()
}

/// Variables that name programs.
fn traps() -> Vec<Mutation> {
    let names = [
        "GIT_EXTERNAL_DIFF",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
        "GIT_PAGER",
        "GIT_PROXY_COMMAND",
        "BASH_ENV",
    ];
    let one = |name: &'static str| {
        same(name, move |scene| {
            let trap = scene.trap();
            scene.set(name, trap);
        })
    };
    let by_count = same("GIT_CONFIG_COUNT", |scene| {
        let trap = scene.trap();
        let alice = scene.remotes[0].1.clone();
        let instead = format!("url.ext::{}.insteadOf", trap.display());
        let settings = [
            ("core.fsmonitor", trap.display().to_string()),
            (&instead, alice),
            ("protocol.ext.allow", "always".into()),
        ];
        scene.set("GIT_CONFIG_COUNT", "3");
        for (at, (key, value)) in settings.into_iter().enumerate() {
            scene.set(&format!("GIT_CONFIG_KEY_{at}"), key);
            scene.set(&format!("GIT_CONFIG_VALUE_{at}"), value);
        }
    });
    let by_parameters = same("GIT_CONFIG_PARAMETERS", |scene| {
        let trap = scene.trap().display().to_string();
        scene.set("GIT_CONFIG_PARAMETERS", format!("'core.fsmonitor'='{trap}' 'uploadpack.packObjectsHook'='{trap}'"));
    });
    names.into_iter().map(one).chain([by_count, by_parameters]).collect()
}

/// Variables that say how people like to read.
fn display() -> Vec<Mutation> {
    let all = [
        ("LC_ALL", "tr_TR.UTF-8"),
        ("TZ", "Asia/Kathmandu"),
        ("NO_COLOR", "1"),
        ("CLICOLOR_FORCE", "1"),
        ("TERM", "\x1b[2J"),
        ("COLUMNS", "1"),
        ("GITHUB_ACTIONS", "true"),
    ];
    all.into_iter().map(|(name, value)| same(name, move |scene| scene.set(name, value))).collect()
}

/// Lines in `~/.gitconfig`; `TRAP` stands for a program.
fn settings() -> Vec<Mutation> {
    let all = [
        ("fsmonitor", "[core]\n\tfsmonitor = TRAP\n"),
        ("hooks-path", "[core]\n\thooksPath = TRAPS\n"),
        ("ssh-command", "[core]\n\tsshCommand = TRAP\n"),
        ("pager-and-editor", "[core]\n\tpager = TRAP\n\teditor = TRAP\n\taskPass = TRAP\n"),
        ("gpg-program", "[gpg]\n\tprogram = TRAP\n[gpg \"ssh\"]\n\tprogram = TRAP\n"),
        ("credential-helper", "[credential]\n\thelper = TRAP\n"),
        ("aliases", "[alias]\n\tfetch = !TRAP\n\tls-remote = !TRAP\n"),
        ("checks-of-objects", "[fetch]\n\tfsckObjects = true\n[transfer]\n\tfsckObjects = true\n"),
        ("unpack-limit", "[fetch]\n\tunpackLimit = 100000\n[transfer]\n\tunpackLimit = 100000\n"),
        ("prune-and-tags", "[fetch]\n\tprune = true\n\tpruneTags = true\n[remote]\n\tpushDefault = evil\n"),
        ("submodules", "[submodule]\n\trecurse = true\n[fetch]\n\trecurseSubmodules = true\n"),
        ("commit-graph", "[core]\n\tcommitGraph = true\n[fetch]\n\twriteCommitGraph = true\n[gc]\n\tauto = 1\n"),
        ("old-index", "[pack]\n\tindexVersion = 1\n\twriteReverseIndex = false\n"),
        ("protocol-0", "[protocol]\n\tversion = 0\n\tallow = always\n"),
        ("negotiation", "[fetch]\n\tnegotiationAlgorithm = noop\n"),
        ("other-formats", "[init]\n\tdefaultObjectFormat = sha256\n\tdefaultRefFormat = reftable\n"),
        ("template", "[init]\n\ttemplateDir = TRAPS\n"),
        ("bare-repositories", "[safe]\n\tbareRepository = explicit\n"),
        ("colour", "[color]\n\tui = always\n[i18n]\n\tcommitEncoding = UTF-7\n"),
    ];
    let one = |(name, lines): (&'static str, &'static str)| {
        same(format!("setting-{name}"), move |scene| configure(scene, lines))
    };
    let instead = Mutation::new("local", "setting-instead-of-runs-no-helper", |scene: &mut Scene| {
        let mallory = scene.mallory.path().display().to_string();
        configure(
            scene,
            &format!("[url \"ext::TRAP \"]\n\tinsteadOf = {mallory}\n[protocol \"ext\"]\n\tallow = always\n"),
        );
        Expect::unreachable()
    });
    all.into_iter().map(one).chain([instead]).collect()
}

fn configure(scene: &Scene, lines: &str) {
    let trap = scene.trap();
    let traps = scene.top().join("traps");
    for name in ["reference-transaction", "post-checkout", "pre-auto-gc", "hooks/reference-transaction"] {
        scene.trap_at(&traps.join(name));
    }
    let lines = lines.replace("TRAPS", &traps.display().to_string()).replace("TRAP", &trap.display().to_string());
    fs::write(scene.home().join(".gitconfig"), lines).expect("git's settings");
}

/// Folders in which a verifier may find itself.
fn places() -> Vec<Mutation> {
    vec![
        same("called-in-a-hostile-repository", |scene| {
            let trap = scene.trap().display().to_string();
            let copy = scene.mallory.copy_to(&scene.work().join(".git"));
            let alice = scene.remotes[0].1.clone();
            copy.configure(&hostile_settings(&trap, &alice));
            scene.trap_at(&copy.path().join("hooks/reference-transaction"));
        }),
        same("called-in-a-hostile-bare-repository", |scene| {
            let trap = scene.trap().display().to_string();
            let copy = scene.mallory.copy_to(&scene.work());
            let alice = scene.remotes[0].1.clone();
            copy.configure(&hostile_settings(&trap, &alice));
        }),
        same("programs-of-the-folder-first-on-the-path", |scene| {
            for program in ["git", "ssh", "sh", "git-upload-pack", "env"] {
                scene.trap_at(&scene.work().join(program));
            }
            let path = std::env::var("PATH").unwrap_or_default();
            scene.set("PATH", format!(".::{path}"));
        }),
        same("settings-in-another-place", |scene| {
            let trap = scene.trap().display().to_string();
            let folder = scene.home().join(".config/git");
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join("config"), format!("[core]\n\tfsmonitor = {trap}\n")).expect("settings");
            fs::write(folder.join("attributes"), "* filter=evil\n").expect("attributes");
        }),
        same("remotes-named-in-another-order", |scene| scene.remotes.reverse()),
        same("remotes-as-file-addresses", |scene| {
            for name in NAMES {
                let from = scene.remotes.iter().find(|(other, _)| *other == name).expect("a remote").1.clone();
                scene.fetch(name, format!("file://{from}"));
            }
        }),
    ]
}

/// Settings by which git in such a repository would run `trap` and fetch from elsewhere.
fn hostile_settings(trap: &str, alice: &str) -> String {
    format!(
        "\tfsmonitor = {trap}\n\tsshCommand = {trap}\n\thooksPath = hooks\n\tpager = {trap}\n\
         [url \"ext::{trap} \"]\n\tinsteadOf = {alice}\n[protocol \"ext\"]\n\tallow = always\n\
         [filter \"evil\"]\n\tsmudge = {trap}\n\tclean = {trap}\n[diff \"evil\"]\n\ttextconv = {trap}\n"
    )
}

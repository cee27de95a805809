//! The jobs that `bicker ci init` writes: they stand where their forge looks for them, they name this charter, and the
//! commands in them do what the comments beside them say, run here as a runner would run them.

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use serde_yaml::Value;

use common::{Output, Person, World};

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

const COMMIT: &str = "3b18e512dba79e4c8300dd08aeb37f8e728b8dad";
const SOURCE: &str = "https://git.example.org/bicker.git#3b18e512dba79e4c8300dd08aeb37f8e728b8dad";

/// What is different at each forge.
struct Forge {
    name: &'static str,
    /// Where the job has to be.
    file: &'static str,
    /// What makes a repository look like one for this forge.
    trace: &'static str,
    /// What a run leaves behind.
    reports: &'static [&'static str],
}

const GITHUB: Forge = Forge {
    name: "github",
    file: ".github/workflows/bicker.yml",
    trace: ".github/",
    reports: &["bicker.sarif", "bicker-known.json"],
};
const GITLAB: Forge = Forge {
    name: "gitlab",
    file: ".gitlab-ci.yml",
    trace: ".gitlab-ci.yml",
    reports: &["bicker-junit.xml", "bicker-known.json"],
};
const FORGEJO: Forge = Forge {
    name: "forgejo",
    file: ".forgejo/workflows/bicker.yml",
    trace: ".forgejo/",
    reports: &["bicker.txt", "bicker-junit.xml", "bicker-known.json"],
};

/// A group of four, all joined, and eve's repository for the job, which holds the charter and nothing else.
struct Stage {
    world: World,
    eve: Person,
    watch: PathBuf,
    digest: String,
}

impl Stage {
    fn new() -> Self {
        let world = World::new();
        let eve = world.person("eve");
        let watch = eve.home.join("watch");
        world.run(&eve, &["git", "init", "--quiet", "watch"]).success();
        let mut new = ["bicker", "charter", "new", "--title", "A group that is watched", "-o", "watch/charter.yaml"]
            .map(str::to_owned)
            .to_vec();
        for name in NAMES {
            let person = world.person(name);
            let remote = path(&world.remote(&person));
            let argv = ["bicker", "card", "--name", name, "--key", ".ssh/id_ed25519.pub", "--remote", &remote];
            let card = world.run(&person, &argv);
            let file = eve.home.join(format!("{name}.card"));
            fs::write(&file, card.success().stdout()).expect("a card");
            new.push(path(&file));
        }
        world.run(&eve, &new.iter().map(String::as_str).collect::<Vec<_>>()).success();
        let charter = path(&watch.join("charter.yaml"));
        for name in NAMES {
            world.join_by(&world.person(name), &charter);
        }
        let shown = world.run(&eve, &["bicker", "charter", "show", &charter]);
        let line = shown.success().stdout().lines().find(|line| line.trim_start().starts_with("sha256:"));
        let digest = line.expect("a digest").trim().to_owned();
        Self { world, eve, watch, digest }
    }

    fn init(&self, arguments: &[&str]) -> Output {
        self.init_bare(&[&["--from", SOURCE], arguments].concat())
    }

    fn init_bare(&self, arguments: &[&str]) -> Output {
        let argv = [&["bicker", "ci", "init"], arguments].concat();
        self.world.run_in(&self.eve, &self.watch, &argv)
    }

    /// The job of a forge, written to its usual place.
    fn job(&self, forge: &Forge) -> Value {
        self.init(&["--forge", forge.name]).success();
        let text = fs::read_to_string(self.watch.join(forge.file)).expect("the job is where it belongs");
        serde_yaml::from_str(&text).expect("YAML")
    }

    /// Runs the job's own commands in its own environment, in a folder that a runner would have checked out, with the
    /// evidence cache as the last run left it.
    fn verify(&self, job: &Job) -> Output {
        self.install();
        let mut argv = vec![
            "env".to_owned(),
            format!("PATH={}:{}", path(&self.eve.home.join("bin")), std::env::var("PATH").expect("a path")),
        ];
        argv.extend(job.environment.iter().map(|(key, value)| format!("{key}={value}")));
        argv.push(format!("GITHUB_STEP_SUMMARY={}", path(&self.eve.home.join("summary.md"))));
        argv.extend(["sh", "-e", "-c", &job.commands].map(str::to_owned));
        self.world.run_in(&self.eve, &self.watch, &argv.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Puts bicker where the job has built it; and a program of that name, which is none, first on the path.
    fn install(&self) {
        let (built, named) = (self.watch.join(".bicker-bin/bin"), self.eve.home.join("bin"));
        if built.exists() {
            return;
        }
        fs::create_dir_all(&built).expect("a folder");
        fs::create_dir(&named).expect("a folder");
        symlink(env!("CARGO_BIN_EXE_bicker"), built.join("bicker")).expect("a link");
        for name in ["bicker", "git-bicker"] {
            let script = named.join(name);
            fs::write(&script, "#!/bin/sh\ntouch \"$HOME/run-for-its-name\"\n").expect("a program");
            fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("made executable");
        }
    }

    /// Takes somebody's remote away, or brings it back.
    fn move_remote(&self, name: &str, away: bool) {
        let remote = self.world.remote(&self.world.person(name));
        let hidden = remote.with_extension("away");
        let (from, to) = if away { (&remote, &hidden) } else { (&hidden, &remote) };
        fs::rename(from, to).expect("the remote moves");
    }

    /// Has somebody publish a commit that is not signed.
    fn misbehave(&self, name: &str, words: &str) {
        let person = self.world.person(name);
        let script = format!(
            "git clone --quiet {} bad-{words} && cd bad-{words} && git -c user.name={name} -c user.email={name}@test \
             commit --quiet --allow-empty -m {words} && git push --quiet origin HEAD:main",
            path(&self.world.remote(&person))
        );
        self.world.run(&person, &["sh", "-e", "-c", &script]).success();
    }
}

/// What a runner runs of a job to verify, and what it sets.
struct Job {
    environment: Vec<(String, String)>,
    commands: String,
}

impl Job {
    fn of(forge: &Forge, yaml: &Value) -> Self {
        let (environment, commands) = match forge.name {
            "gitlab" => (&yaml["bicker"]["variables"], lines(&yaml["bicker"]["script"]).join("\n")),
            _ => (&yaml["env"], text(&step(yaml, "Verify")["run"])),
        };
        let pairs = environment.as_mapping().expect("an environment").iter();
        Self { environment: pairs.map(|(key, value)| (text(key), text(value))).collect(), commands }
    }

    fn with(&self, key: &str, value: &str) -> Self {
        let mut environment = self.environment.clone();
        environment.retain(|(name, _)| name != key);
        environment.push((key.to_owned(), value.to_owned()));
        Self { environment, commands: self.commands.clone() }
    }
}

fn path(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value:?}")).to_owned()
}

fn lines(value: &Value) -> Vec<String> {
    value.as_sequence().unwrap_or_else(|| panic!("no list: {value:?}")).iter().map(text).collect()
}

fn steps(yaml: &Value) -> &Vec<Value> {
    yaml["jobs"]["verify"]["steps"].as_sequence().expect("steps")
}

fn step<'a>(yaml: &'a Value, name: &str) -> &'a Value {
    steps(yaml).iter().find(|step| step["name"] == *name).unwrap_or_else(|| panic!("no step {name}"))
}

#[test]
fn a_job_is_written_once_where_its_forge_looks_for_it() {
    let stage = Stage::new();
    for forge in [&GITHUB, &GITLAB, &FORGEJO] {
        let written = stage.init(&["--forge", forge.name]);
        assert!(written.success().stdout().starts_with(&format!("written: {}\n", forge.file)), "{written:?}");
        assert!(written.stderr().contains("alice, bob, carol, dave"), "nobody's remote can be reached: {written:?}");
        let job = fs::read_to_string(stage.watch.join(forge.file)).expect("the job");
        assert!(
            !job.contains('@')
                || !["@CHARTER@", "@DIGEST@", "@GROUP@", "@SOURCE@", "@INSTALL@"].iter().any(|b| job.contains(b))
        );
        let yaml: Value = serde_yaml::from_str(&job).expect("YAML");
        let environment = Job::of(forge, &yaml).environment;
        let expected =
            [("CHARTER", "charter.yaml"), ("CHARTER_DIGEST", stage.digest.as_str()), ("BICKER_SOURCE", COMMIT)];
        for (key, value) in expected {
            assert!(environment.contains(&(key.to_owned(), value.to_owned())), "{key} in {environment:?}");
        }

        fs::write(stage.watch.join(forge.file), "mine: yes\n").expect("somebody changes it");
        let refused = stage.init(&["--forge", forge.name]);
        assert_eq!(refused.failure(2).stdout(), job, "it is printed instead");
        assert!(refused.stderr().contains("is there already") && refused.stderr().contains("hint: "), "{refused:?}");
        let kept = fs::read_to_string(stage.watch.join(forge.file)).expect("the file");
        assert_eq!(kept, "mine: yes\n", "what is there is left as it is");

        let elsewhere = format!("ci/{}.yml", forge.name);
        stage.init(&["--forge", forge.name, "-o", &elsewhere]).success();
        assert_eq!(fs::read_to_string(stage.watch.join(elsewhere)).expect("the job"), job);
    }
}

#[test]
fn a_job_is_for_a_forge_and_a_charter_that_are_there() {
    let stage = Stage::new();
    let unsaid = stage.init(&[]);
    assert!(unsaid.failure(2).stderr().contains("--forge github"), "{unsaid:?}");
    let from_nowhere = stage.init_bare(&["--forge", "github"]);
    assert!(from_nowhere.failure(2).stderr().contains("--from URL#COMMIT"), "{from_nowhere:?}");
    let moving = stage.init_bare(&["--forge", "github", "--from", "https://git.example.org/bicker.git#main"]);
    assert!(moving.failure(2).stderr().contains("can be moved"), "{moving:?}");
    stage.init(&["--forge", "sourcehut"]).failure(2);
    stage.init(&["--forge", "github", "--charter", "none.yaml"]).failure(2);
    for forge in [&GITHUB, &GITLAB, &FORGEJO] {
        // One trace says which forge it is; where there are two, somebody has to say so.
        let trace = stage.watch.join(forge.trace.trim_end_matches('/'));
        if forge.trace.ends_with('/') {
            fs::create_dir(&trace).expect("a folder");
            assert!(stage.init(&[]).success().stdout().contains(forge.file));
            fs::remove_dir_all(&trace).expect("gone");
        } else {
            fs::write(&trace, "").expect("a file");
            assert!(stage.init(&[]).failure(2).stdout().contains("resource_group:"));
            fs::remove_file(&trace).expect("gone");
        }
    }

    // From a folder further down the job still goes to the top, and its charter is named from there.
    let deep = stage.watch.join("group");
    fs::create_dir(&deep).expect("a folder");
    fs::copy(stage.watch.join("charter.yaml"), deep.join("charter.yaml")).expect("a charter");
    let argv = ["bicker", "ci", "init", "--forge", "github", "--from", SOURCE];
    stage.world.run_in(&stage.eve, &deep, &argv).success();
    let job = fs::read_to_string(stage.watch.join(GITHUB.file)).expect("the job");
    assert!(job.contains("CHARTER: \"group/charter.yaml\"\n"));

    let outside = path(&stage.eve.home.join("charter.yaml"));
    fs::copy(stage.watch.join("charter.yaml"), &outside).expect("a charter");
    let refused = stage.init(&["--forge", "forgejo", "--charter", &outside]);
    assert!(refused.failure(2).stderr().contains("is not in the repository"), "{refused:?}");
}

#[test]
fn a_log_is_no_place_for_a_job() {
    let stage = Stage::new();
    let alice = stage.world.person("alice");
    let log = alice.home.join("log");
    let refused = stage.world.run_in(&alice, &log, &["bicker", "ci", "init", "--forge", "github"]);
    assert!(refused.failure(2).stderr().contains("this is a log"), "{refused:?}");
    assert!(!log.join(".github").exists());
}

/// Actions are pinned, tokens are small, caches outlive a failed run, and no expression is pasted into a script.
#[test]
fn jobs_are_careful() {
    let stage = Stage::new();
    for forge in [&GITHUB, &FORGEJO] {
        let yaml = stage.job(forge);
        let jobs = yaml["jobs"].as_mapping().expect("jobs");
        for step in jobs.values().flat_map(|job| job["steps"].as_sequence().expect("steps")) {
            if let Some(uses) = step["uses"].as_str() {
                let (_, pin) = uses.rsplit_once('@').expect("a pin");
                let is_digest = pin.len() == 40 && pin.bytes().all(|b| b.is_ascii_hexdigit());
                assert!(is_digest || pin.split('.').count() == 3, "{uses} is a moving tag");
            }
            if let Some(run) = step["run"].as_str() {
                assert!(!run.contains("${{"), "an expression in a script: {run}");
            }
        }
        assert_eq!(step(&yaml, "Check out charter and known findings")["with"]["persist-credentials"], false);
        assert_eq!(step(&yaml, "Keep the evidence")["if"], "${{ always() }}");
        let [restored, kept] = ["Restore the evidence", "Keep the evidence"].map(|name| &step(&yaml, name)["with"]);
        assert_eq!((&restored["path"], &restored["key"]), (&kept["path"], &kept["key"]));
        assert!(text(&kept["key"]).starts_with(&text(&restored["restore-keys"])));
        assert_eq!(yaml["concurrency"]["cancel-in-progress"], false);
        for trigger in ["schedule", "push", "workflow_dispatch"] {
            assert!(yaml["on"].as_mapping().expect("triggers").contains_key(trigger), "{trigger}");
        }
        assert!(yaml["on"].get("pull_request").is_none());
        assert!(jobs.values().all(|job| job["timeout-minutes"].is_u64()));
        let artifact = text(&step(&yaml, "Keep the reports")["with"]["path"]);
        assert_eq!(artifact.lines().collect::<Vec<_>>(), forge.reports);
    }
    let github: Value =
        serde_yaml::from_str(&fs::read_to_string(stage.watch.join(GITHUB.file)).expect("a job")).expect("YAML");
    assert_eq!(github["permissions"], Value::Mapping(serde_yaml::Mapping::new()));
    let rights = serde_yaml::to_string(&github["jobs"]["verify"]["permissions"]).expect("YAML");
    assert_eq!(rights, "contents: read\n", "what runs our program may read, no more");

    let gitlab = &stage.job(&GITLAB)["bicker"];
    assert_eq!(gitlab["cache"][0]["when"], "always");
    assert_eq!(gitlab["artifacts"]["when"], "always");
    assert_eq!(lines(&gitlab["artifacts"]["paths"]), GITLAB.reports);
    assert_eq!(gitlab["artifacts"]["reports"]["junit"], "bicker-junit.xml");
    assert_eq!(gitlab["interruptible"], false);
    assert!(gitlab["timeout"].is_string() && gitlab["resource_group"].is_string());
    assert!(!gitlab["rules"].as_sequence().expect("rules").iter().any(|rule| text(&rule["if"]).contains("merge")));
}

#[test]
fn the_commands_for_github_do_what_they_say() {
    the_commands_do_what_they_say(&GITHUB);
}

#[test]
fn the_commands_for_gitlab_do_what_they_say() {
    the_commands_do_what_they_say(&GITLAB);
}

#[test]
fn the_commands_for_forgejo_do_what_they_say() {
    the_commands_do_what_they_say(&FORGEJO);
}

fn the_commands_do_what_they_say(forge: &Forge) {
    let stage = Stage::new();
    let job = Job::of(forge, &stage.job(forge));

    // Built from what was named, to the commit, and kept apart from what another source gave.
    let text = fs::read_to_string(stage.watch.join(forge.file)).expect("the job");
    let installs: Vec<&str> = text.lines().filter(|line| line.contains("cargo install --")).collect();
    let told = "--locked --root .bicker-bin --git https://git.example.org/bicker.git --rev \"$BICKER_SOURCE\" bicker";
    assert!(matches!(installs.as_slice(), [one] if one.ends_with(told)), "{installs:?}");

    // Everybody is there: green, with reports, and what was fetched is kept.
    let first = stage.verify(&job);
    assert!(first.success().stdout().ends_with("VERIFIED.\n"), "{first:?}");
    assert!(first.stdout().contains("No evidence of earlier runs"), "{first:?}");
    for report in forge.reports {
        assert!(fs::metadata(stage.watch.join(report)).expect("a report").len() > 0, "{report}");
    }
    if forge.name == "github" {
        let summary = fs::read_to_string(stage.eve.home.join("summary.md")).expect("a summary");
        assert!(summary.starts_with("# bicker: "), "{summary}");
        assert_eq!(summary.matches("# bicker: ").count(), 1, "one run, one summary");
    }

    // One of four is absent: f = 1, so it stays green, and now there is evidence of an earlier run.
    stage.move_remote("dave", true);
    let one_away = stage.verify(&job);
    assert!(one_away.success().stdout().ends_with("VERIFIED.\n"), "{one_away:?}");
    assert!(!one_away.stdout().contains("No evidence of earlier runs"), "{one_away:?}");

    // Two are: red, but with other words than when something is wrong.
    stage.move_remote("carol", true);
    let two_away = stage.verify(&job);
    assert!(two_away.failure(3).stdout().contains("INCOMPLETE"), "{two_away:?}");
    assert!(!two_away.stdout().contains("WRONG"), "{two_away:?}");
    stage.move_remote("carol", false);
    stage.move_remote("dave", false);

    // Another charter than the one that was compared, and no charter at all.
    let digest = format!("sha256:{}", "0".repeat(64));
    let other = stage.verify(&job.with("CHARTER_DIGEST", &digest));
    assert!(other.failure(1).stdout().contains("WRONG"), "{other:?}");
    let none = stage.verify(&job.with("CHARTER", "none.yaml"));
    assert!(none.failure(2).stdout().contains("NOT CHECKED"), "{none:?}");

    // Dave misbehaves: red until it is known, and red again for what is new.
    stage.misbehave("dave", "once");
    let wrong = stage.verify(&job);
    assert!(wrong.failure(1).stdout().contains("WRONG"), "{wrong:?}");
    assert!(!wrong.stdout().contains("INCOMPLETE"), "{wrong:?}");
    fs::copy(stage.watch.join("bicker-known.json"), stage.watch.join("known.json")).expect("accepted");
    let known = stage.verify(&job);
    assert!(known.success().stdout().ends_with("VERIFIED.\n"), "{known:?}");
    stage.misbehave("carol", "too");
    let again = stage.verify(&job);
    assert!(again.failure(1).stdout().contains("WRONG"), "{again:?}");
    assert!(!stage.eve.home.join("run-for-its-name").exists(), "a program was run because it is called bicker");
}

/// A title that looks like an order to the runner is text, at whatever column a line is broken: in many words and in one
/// long one.
#[test]
fn the_report_gives_the_runner_no_orders() {
    for order in ["::add-path::/evil ", "::add-path::/evil"] {
        let stage = Stage::new();
        let alice = stage.world.person("alice");
        fs::write(alice.home.join("text.md"), "A text.\n").expect("a text");
        let title = order.repeat(50);
        let argv = ["bicker", "propose", "--title", title.trim_end(), "--file", "../text.md", "--push"];
        stage.world.run_in(&alice, &alice.home.join("log"), &argv).success();
        for forge in [&GITHUB, &FORGEJO] {
            let ran = stage.verify(&Job::of(forge, &stage.job(forge)));
            let told = [ran.success().stdout(), ran.stderr()].concat();
            let orders: Vec<&str> = told.lines().filter(|line| line.trim_start().starts_with("::")).collect();
            assert!(!orders.iter().any(|order| order.trim_start().starts_with("::add-path")), "{orders:?}");
            assert!(forge.name == "github" || (orders.is_empty() && told.contains("add-path")), "{told}");
        }
    }
}

//! Sets a mutation, has the real program verify it over real git, and tells every way in which what comes of it is not
//! what must come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::expect::{Expect, Row, Want};
use super::scene::{Base, Scene};
use super::watch::{self, Ended};
use crate::printable;

/// The most memory that a verification may take, with all that it starts.
pub(crate) const PEAK_MAX: u64 = 300_000_000;

/// Groups in which only what is sent is odd, not how.
const CONTENT: [&str; 7] = ["header/", "signature/", "yaml/", "text/", "markdown/", "tree/", "local/"];

/// One mutation of the group at peace.
pub(crate) struct Mutation {
    /// Its name, `GROUP/WHAT`.
    pub(crate) name: String,
    make: Box<dyn Fn(&mut Scene) -> Expect + Send + Sync>,
}

impl Mutation {
    /// A mutation of this group, with this name; `make` sets it and says what must come of it.
    pub(crate) fn new(
        group: &str,
        name: impl std::fmt::Display,
        make: impl Fn(&mut Scene) -> Expect + Send + Sync + 'static,
    ) -> Self {
        Self { name: format!("{group}/{name}"), make: Box::new(make) }
    }
}

/// What a verification took.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Cost {
    pub(crate) took: Duration,
    pub(crate) peak: u64,
}

/// The report on the group at peace.
pub(crate) struct Peace {
    bytes: Vec<u8>,
    report: Value,
}

impl Peace {
    /// Asks for it.
    pub(crate) fn of(base: &Base) -> Self {
        let scene = Scene::new(base);
        let ended = verify(&scene, "json", None).expect("a verification");
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.code, Some(0), "at peace: {text}");
        let report: Value = serde_json::from_slice(&ended.stdout).expect("a report");
        assert_eq!(report["steps"][0]["state"], "final");
        assert_eq!(report["findings"], json!([]));
        Self { bytes: ended.stdout, report }
    }

    /// The whole report that a mutation must give, without the words of its findings.
    fn with(&self, expect: &Expect) -> Value {
        let mut report = self.report.clone();
        report["verdict"] = json!(expect.status().1);
        let Expect::Report { findings, rows, proposal } = expect else { return report };
        let finding = |want: &Want| {
            json!({"code": want.code, "rule": want.rule, "severity": want.severity(), "researcher": want.researcher,
                   "step": null, "round": null, "slot": null, "commits": want.commits})
        };
        report["findings"] = findings.iter().map(finding).collect();
        for Row { name, head, reachable, entries } in rows {
            let all = report["researchers"].as_array_mut().expect("rows");
            let row = all.iter_mut().find(|row| row["name"] == *name).expect("a row");
            row["head"] = json!(head);
            row["reachable"] = json!(reachable);
            row["entries"] = json!(entries);
        }
        if let Some(proposal) = proposal {
            report["steps"][1]["proposals"] = json!([{"by": "mallory", "commit": proposal.to_string(), "votes": []}]);
        }
        report
    }
}

/// Runs one mutation: what is wrong with what comes of it, and what it cost.
pub(crate) fn judge(base: &Base, peace: &Peace, mutation: &Mutation) -> (Vec<String>, Cost) {
    let mut scene = Scene::new(base);
    let expect = (mutation.make)(&mut scene);
    let before = contents(scene.top());
    let mut bad = Vec::new();
    let mut cost = Cost::default();
    // What a transfer brought and made of the cache is met again by the second look; where only the content is odd,
    // what the first one has kept will do.
    let content = CONTENT.iter().any(|group| mutation.name.starts_with(group));
    let offline = scene.second_look_is_offline || content && expect.all_were_had();
    for (format, option) in [("json", None), ("text", offline.then_some("--offline"))] {
        match verify(&scene, format, option) {
            Ok(ended) => {
                cost.took += ended.took;
                cost.peak = cost.peak.max(ended.peak);
                let trouble = of_any_run(&scene, &expect, &ended, format == "json").into_iter();
                bad.extend(trouble.chain(of_report(peace, &expect, &ended, format)).map(|t| format!("{format}: {t}")));
            }
            Err(trouble) => bad.push(format!("{format}: {trouble}")),
        }
    }
    let after = contents(scene.top());
    let paths = before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path));
    bad.extend(paths.map(|path| format!("{} was written", path.display())));
    (bad.into_iter().map(|trouble| format!("{}: {trouble}", mutation.name)).collect(), cost)
}

/// What must hold however a verification ends.
fn of_any_run(scene: &Scene, expect: &Expect, ended: &Ended, judged: bool) -> Vec<String> {
    let mut bad = Vec::new();
    let said = String::from_utf8_lossy(&ended.stderr);
    if ended.code != Some(expect.status().0) {
        bad.push(format!("exit {:?}, expected {}\n{}\n{said}", ended.code, expect.status().0, findings(ended)));
    }
    if ended.peak >= PEAK_MAX {
        bad.push(format!("it took {} MB", ended.peak / 1_000_000));
    }
    for (what, output) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        match printable::read(output.clone()) {
            Ok(text) if text.contains("panicked") || text.contains("overflowed its stack") => {
                bad.push(format!("{what} tells of a panic: {text}"));
            }
            Ok(_) => {}
            Err(trouble) => bad.push(format!("{what} {trouble}")),
        }
    }
    if scene.canary().exists() {
        bad.push("something was executed".to_owned());
    }
    let cache = scene.top().join("cache");
    let names =
        |folder: &str| fs::read_dir(cache.join(folder)).into_iter().flatten().flatten().map(|entry| entry.path());
    let left: BTreeSet<_> = names("incoming").filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
    // What is no entry stays in the transfer it came in until the remote answers again.
    let notes = names("bicker-shown").filter_map(|path| fs::read_to_string(path).ok());
    let kept: BTreeSet<_> =
        notes.filter_map(|note| Some(note.split_whitespace().nth(1)?.to_owned())).filter(|kept| kept != "-").collect();
    if judged && !matches!(expect, Expect::Usage) && left != kept {
        bad.push(format!("transfers are left in the cache: {left:?}, but of {kept:?}"));
    }
    bad
}

/// What must hold of what it printed.
fn of_report(peace: &Peace, expect: &Expect, ended: &Ended, format: &str) -> Vec<String> {
    match (expect, format) {
        (Expect::Usage, _) if ended.stdout.is_empty() && !ended.stderr.is_empty() => Vec::new(),
        (Expect::Usage, _) => vec!["a call that is wrong is told on stderr alone".to_owned()],
        (Expect::SameBytes, "json") if ended.stdout != peace.bytes => {
            vec![format!("other bytes than at peace:\n{}", String::from_utf8_lossy(&ended.stdout))]
        }
        (Expect::Report { .. }, "json") => of_json(peace, expect, ended),
        (Expect::Report { findings, .. }, _) => {
            let text = String::from_utf8_lossy(&ended.stdout);
            let names = |want: &&Want| !text.contains(want.code) || !text.contains(want.researcher);
            let unsaid = findings.iter().filter(names).map(|want| format!("{} is not said:\n{text}", want.code));
            unsaid.collect()
        }
        _ => Vec::new(),
    }
}

/// Every part of the report, findings and all, is what it must be; findings have words besides.
fn of_json(peace: &Peace, expect: &Expect, ended: &Ended) -> Vec<String> {
    let Ok(mut report) = serde_json::from_slice::<Value>(&ended.stdout) else {
        return vec![format!("no JSON: {}", String::from_utf8_lossy(&ended.stderr))];
    };
    let mut bad = Vec::new();
    for finding in report["findings"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for words in ["message", "hint"] {
            let said = finding.remove(words);
            if said.as_ref().and_then(Value::as_str).is_none_or(str::is_empty) {
                bad.push(format!("a finding has no {words}"));
            }
        }
    }
    let expected = peace.with(expect);
    let parts = ["format", "verdict", "safety", "charter", "researchers", "steps", "findings"];
    for part in parts.into_iter().filter(|part| report[part] != expected[part]) {
        bad.push(format!("{part} is {:#}\nexpected {:#}\n{}", report[part], expected[part], findings(ended)));
    }
    bad
}

/// What the findings say, for people who look into a failure.
fn findings(ended: &Ended) -> String {
    let report = serde_json::from_slice::<Value>(&ended.stdout).unwrap_or_default();
    let said = report["findings"].as_array().into_iter().flatten().map(|f| format!("{}: {}", f["code"], f["message"]));
    said.collect::<Vec<_>>().join("\n")
}

fn verify(scene: &Scene, format: &str, option: Option<&str>) -> Result<Ended, String> {
    let charter = scene.top().join("charter.yaml");
    fs::write(&charter, &scene.charter).map_err(|e| format!("the charter: {e}"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicker"));
    command.arg("verify").arg("--charter").arg(charter).arg("--cache").arg(scene.top().join("cache"));
    command.args(["--format", format]).args(option);
    for (name, from) in &scene.remotes {
        command.arg("--remote").arg(format!("{name}={from}"));
    }
    command.args(&scene.arguments).current_dir(scene.work()).env_clear();
    let home = scene.home();
    for (name, value) in [
        ("PATH", std::env::var_os("PATH").unwrap_or_default().as_os_str()),
        ("HOME", home.as_os_str()),
        ("TMPDIR", scene.top().join("tmp").as_os_str()),
        ("GIT_CONFIG_NOSYSTEM", OsStr::new("1")),
        ("LC_ALL", OsStr::new("C.UTF-8")),
    ] {
        command.env(name, value);
    }
    command.envs(scene.environment.iter().map(|(name, value)| (name, value)));
    watch::run(&mut command)
}

/// Size, mode and time of everything in a folder, but for the cache, the folder for temporary files and the charter.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, (u64, u32, i64, i64)> {
    let ours = |path: &Path| ["cache", "tmp", "charter.yaml"].iter().any(|name| path == folder.join(name));
    let all = walkdir::WalkDir::new(folder).min_depth(1).into_iter().filter_entry(|entry| !ours(entry.path()));
    let described = all.filter_map(|entry| {
        let entry = entry.ok()?;
        let meta = entry.path().symlink_metadata().ok()?;
        Some((entry.path().to_owned(), (meta.len(), meta.mode(), meta.mtime(), meta.mtime_nsec())))
    });
    described.collect()
}

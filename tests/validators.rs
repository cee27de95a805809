//! What machines are given, before the validators that others go by: Microsoft's for SARIF, and the schema of Jenkins'
//! xunit plugin for JUnit.
//!
//! The reports are those of the program on repositories that hold nearly every fault, some of it known, and on ones with
//! none. `./test` installs the validators and asks for these tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Repositories of `tests/conformance`: where everything is wrong, where the words are, and where nothing is.
const CASES: [&str; 3] = ["many-findings", "hostile-text-everywhere", "happy-n1-s3"];

/// A folder of reports, gone with the test.
struct Reports {
    folder: tempfile::TempDir,
}

impl Reports {
    /// The reports on all cases in one format, each also with half of its findings known and one remote missing.
    fn of(format: &str) -> Self {
        let reports = Self { folder: tempfile::tempdir().expect("a folder") };
        for case in CASES {
            let stage = reports.path().join(format!("stage-{case}"));
            unpack(case, &stage);
            let json = verify(&stage, &["--format", "json"]);
            let mut report: Value = serde_json::from_slice(&json).expect("a report");
            let findings = report["findings"].as_array_mut().expect("findings");
            findings.truncate(findings.len().div_ceil(2));
            fs::write(stage.join("known.json"), report.to_string()).expect("a list of known findings");
            let all = verify(&stage, &["--format", format]);
            fs::write(reports.path().join(format!("{case}.{format}")), all).expect("a report");
            let some = verify(&stage, &["--format", format, "--known", "known.json", "--remote", "alice=/nowhere"]);
            fs::write(reports.path().join(format!("{case}-known.{format}")), some).expect("a report");
        }
        reports
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The reports, by name.
    fn files(&self, format: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.path()).expect("the folder").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == format)).collect();
        files.sort();
        assert_eq!(files.len(), CASES.len() * 2);
        files
    }
}

/// Lays down the charter and the remotes of a case.
fn unpack(case: &str, stage: &Path) {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(case);
    let remotes = stage.join("remotes");
    fs::create_dir_all(&remotes).expect("a folder");
    fs::copy(case.join("charter.yaml"), stage.join("charter.yaml")).expect("the charter");
    let archive = case.join("phase1.tar.gz");
    run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(remotes));
}

/// What a verification prints, whatever its verdict.
fn verify(stage: &Path, options: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bicker"));
    command.args(["verify", "--charter", "charter.yaml", "--cache", "cache"]);
    for remote in fs::read_dir(stage.join("remotes")).expect("the remotes") {
        let remote = remote.expect("a remote").path();
        let name = remote.file_stem().and_then(|name| name.to_str()).expect("a name");
        let elsewhere = options.iter().any(|option| option.starts_with(&format!("{name}=")));
        if !elsewhere {
            command.arg("--remote").arg(format!("{name}={}", remote.display()));
        }
    }
    command.args(options).current_dir(stage).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", stage);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().expect("bicker runs");
    let verdict = matches!(output.status.code(), Some(0 | 1 | 3));
    assert!(verdict && !output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Runs a program that must end well.
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}\n{}\n{}", said(&output.stdout), said(&output.stderr));
    output
}

/// Neither an error nor a warning, by the rules for everyone and by those of GitHub's code scanning.
///
/// Its notes are not asked for. They want snippets of source code, where there is none; the version of one repository,
/// where there are many; rule ids such as `CS2001`, where a word is both id and name; message templates, where each
/// message is about people; and they go to the network to look whether the schema's address answers.
#[test]
#[ignore = "needs sarif-multitool on the path; ./test installs it and asks for this"]
fn sarif_is_valid() {
    let reports = Reports::of("sarif");
    assert_eq!(validated(reports.path(), &reports.files("sarif")), Vec::<String>::new());

    // The same validator does notice what a rule lacks.
    let text = fs::read_to_string(&reports.files("sarif")[0]).expect("a report");
    let mut report: Value = serde_json::from_str(&text).expect("JSON");
    report["runs"][0]["tool"]["driver"]["rules"][0].as_object_mut().expect("a rule").remove("help");
    let without = reports.path().join("without-help.json");
    fs::write(&without, report.to_string()).expect("a report");
    assert_eq!(validated(reports.path(), &[without]), ["GH2012 Error_MissingHelp"]);
}

/// The rules of the validator that these files break, with its words for it.
fn validated(folder: &Path, files: &[PathBuf]) -> Vec<String> {
    let found = folder.join("found.json");
    let mut validator = Command::new("sarif-multitool");
    // It hands its arguments to a shell, for which the rules' kinds are quoted.
    validator.args(["validate", "--rule-kind", "'Sarif;Ghas'", "--log", "ForceOverwrite", "--output"]).arg(&found);
    let said = run(validator.args(files)).stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains(&format!("Done. {} files scanned.", files.len())), "{said}");
    let text = fs::read_to_string(&found).expect("what was found");
    let found: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).expect("JSON");
    let results = found["runs"][0]["results"].as_array().expect("results");
    let word = |result: &Value, at: &str| result.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    results.iter().map(|result| format!("{} {}", word(result, "/ruleId"), word(result, "/message/id"))).collect()
}

/// Valid by junit-10.xsd, which `$JUNIT_XSD` names.
#[test]
#[ignore = "needs xmllint and the schema in $JUNIT_XSD; ./test installs them and asks for this"]
fn junit_is_valid() {
    let schema = std::env::var_os("JUNIT_XSD").expect("JUNIT_XSD names the schema");
    let reports = Reports::of("junit");
    run(Command::new("xmllint").args(["--noout", "--schema"]).arg(schema).args(reports.files("junit")));
}

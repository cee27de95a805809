//! What programs read: whatever is printed for them keeps its schema in `docs/schema`, in a world of the worst words,
//! and says what is there.
//!
//! The schemas that people get allow fields that are not in them, since later versions may add some. Here none is
//! allowed: whoever adds a field adds it to the schema.

mod common;
#[path = "ceremony/terminal.rs"]
#[allow(dead_code, reason = "nobody answers anything here")]
mod pty;
#[path = "terminal"]
#[allow(dead_code, reason = "only the scene is played here")]
mod terminal {
    pub(crate) mod rows;
    pub(crate) mod scene;
    pub(crate) mod screen;
}

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jsonschema::{Validator, draft202012};
use serde_json::Value;
use terminal::rows::{Form, ROWS, Row};
use terminal::scene::{HOSTILE, Scene};
use terminal::screen::Seat;

/// Each command line that prints for programs, with its schema.
const OUTPUTS: &[(&str, &str)] = &[
    ("verify", "verify --offline --format json"),
    ("known", "verify --offline --output /dev/null --write-known /dev/stdout"),
    ("news", "news --json --offline"),
    ("log", "log --json --offline"),
    ("log", "log --json --offline --reverse --by mallory -n 3"),
    ("log", "show 1/mallory --json --offline"),
    ("show", "show 1/mallory/proposal --json --offline"),
    ("show", "show 1/mallory/revision --json --offline"),
    ("show", "show 2/alice/vote --json --offline"),
    ("show", "show 1/alice/criticism/mallory --json --offline"),
    ("show", "show 1/alice/echo --json --offline"),
    ("show", "show bob/accusation/mallory --json --offline"),
    ("show", "show alice/join --json --offline"),
    ("criticisms", "criticisms --json --offline"),
    ("criticisms", "criticisms --step 1 --json --offline"),
    ("diff", "diff 1/mallory/revision --json --offline"),
    ("diff", "diff 1/mallory/revision --json --lines --offline"),
    ("diff", "diff alice/join 1/alice/criticism/mallory --json --offline"),
    ("document", "document --json --offline"),
    ("document", "document --step 1 --json --offline"),
    ("reputation", "reputation --json --offline"),
    ("reputation", "reputation mallory --json --offline"),
    ("status", "status --json --offline"),
    ("status", "status --json --charter $HOME/charter.yaml --cache $HOME/cache"),
    ("charter", "charter show --json"),
    ("charter", "charter show --json $HOME/charter.yaml"),
    ("remote", "remote --json"),
    ("doctor", "doctor --json"),
    ("doctor", "doctor --json --offline"),
];

/// What programs read that takes more than one command, by what is typed in alice's log.
const SCRIPTS: &[(&str, &str)] = &[
    (
        "status",
        "cp -a ../pristine ../drafty; cd ../drafty; bicker draft criticism bob --offline --remote-unseen >&2; \
         bicker status --json --offline",
    ),
    ("proof", "cat ~/proof/proof.json"),
    ("proof", "bicker proof export --step 1 --offline -o ~/certificate >&2; cat ~/certificate/proof.json"),
];

/// Fields that are `null` in everything that this world shows.
const NEVER_SEEN: &[&str] = &["rule", "why", "on_hold"];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema")
}

fn schema(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn names() -> BTreeSet<String> {
    let files = fs::read_dir(folder()).expect("the schemas").map(|file| file.expect("a file").file_name());
    let name = |file: std::ffi::OsString| file.to_str()?.strip_suffix(".json").map(str::to_owned);
    files.map(|file| name(file).expect("only schemas are here")).collect()
}

/// Calls `with` for every schema of an object with named fields that is in this one.
fn objects(schema: &mut Value, with: &mut dyn FnMut(&mut serde_json::Map<String, Value>)) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| objects(item, with)),
        Value::Object(map) => {
            if map.get("type") == Some(&Value::from("object")) && map.contains_key("properties") {
                with(map);
            }
            map.values_mut().for_each(|item| objects(item, with));
        }
        _ => {}
    }
}

/// The schema with no field allowed that it does not name.
fn closed(name: &str) -> Validator {
    let mut schema = schema(name);
    objects(&mut schema, &mut |object| {
        object.insert("additionalProperties".to_owned(), Value::Bool(false));
    });
    draft202012::new(&schema).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The names of all fields that are not `null` somewhere in there.
fn told(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| told(item, names)),
        Value::Object(map) => {
            names.extend(map.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone()));
            map.values().for_each(|item| told(item, names));
        }
        _ => {}
    }
}

fn printed(scene: &Scene, line: &'static str) -> Value {
    let row = Row { line, form: Form::Data, writes: false, takes_long: false };
    let printed = scene.run(&row, Seat { width: 80, is_terminal: false, no_color: false });
    let text = &printed.first().expect("standard output").text;
    assert!(text.ends_with('\n') && !text.chars().any(bicker::protocol::text::is_forbidden), "{line}: {text}");
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{line}: {e}\n{text}"))
}

#[test]
fn everything_for_programs_keeps_its_schema() {
    let scene = Scene::new(&HOSTILE);
    let by_line = OUTPUTS.iter().map(|(name, line)| (*name, *line, printed(&scene, line)));
    let by_script = SCRIPTS
        .iter()
        .map(|(name, script)| (*name, *script, serde_json::from_str(&scene.by("alice", script)).expect("JSON")));
    let outputs: Vec<(&str, &str, Value)> = by_line.chain(by_script).collect();
    let used: BTreeSet<String> = outputs.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(used, names(), "every schema is for something, and every output has one");
    for name in &used {
        let validator = closed(name);
        let mut seen = BTreeSet::new();
        for (_, line, output) in outputs.iter().filter(|(of, ..)| of == name) {
            let faults: Vec<String> =
                validator.iter_errors(output).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(faults.is_empty(), "{line} breaks docs/schema/{name}.json:\n{}", faults.join("\n"));
            told(output, &mut seen);
        }
        let mut schema = schema(name);
        objects(&mut schema, &mut |object| {
            let fields = object["properties"].as_object().expect("fields").keys();
            let unseen: Vec<_> = fields.filter(|field| !seen.contains(*field)).collect();
            assert!(unseen.iter().all(|field| NEVER_SEEN.contains(&field.as_str())), "{name}: nothing has {unseen:?}");
        });
    }
    what_is_said_is_so(&outputs);
}

/// The same facts by different commands.
fn what_is_said_is_so(outputs: &[(&str, &str, Value)]) {
    let of = |line: &str| &outputs.iter().find(|(_, of, _)| *of == line).expect("an output").2;
    let log = of("log --json --offline")["entries"].as_array().expect("entries").clone();
    let verified = of("verify --offline --format json");
    let counted: u64 =
        verified["researchers"].as_array().expect("rows").iter().filter_map(|r| r["entries"].as_u64()).sum();
    assert_eq!(log.len() as u64, counted);
    for line in ["show 1/mallory/revision --json --offline", "show 2/alice/vote --json --offline"] {
        assert!(log.contains(&of(line)["entry"]), "{line}");
    }
    let revision = of("show 1/mallory/revision --json --offline");
    let step = &of("document --json --offline")["steps"][0];
    assert_eq!((&step["text"], &step["commit"]), (&revision["text"], &revision["entry"]["commit"]));
    assert_eq!(step["commit"], verified["steps"][0]["value"]);
    assert_eq!(revision["criticisms"].as_array().expect("answers").len(), 3);
    let last: Vec<&Value> = log.iter().filter(|entry| entry["by"] == "mallory").take(3).collect();
    let three = of("log --json --offline --reverse --by mallory -n 3")["entries"].as_array().expect("entries");
    assert!(three.iter().rev().eq(last));
    let critics = &of("criticisms --step 1 --json --offline")["proposals"][0];
    assert_eq!(critics["criticisms"].as_array().expect("criticisms").len(), 3);
    assert!(!critics["places"].as_array().expect("places").is_empty(), "alice suggests a change");
    let mut statuses = outputs.iter().filter(|(name, ..)| *name == "status");
    assert!(statuses.any(|(.., status)| status["drafts"][0]["command"].is_string()), "a draft was laid down");
    let charter = of("charter show --json");
    assert_eq!(
        (&charter["digest"], &charter["genesis"]),
        (&verified["charter"]["digest"], &verified["charter"]["genesis"])
    );
}

/// Whoever takes a field away, or leaves out what is `null`, breaks the programs that read it.
#[test]
fn schemas_are_valid_whole_and_agree_with_each_other() {
    let mut definitions = std::collections::BTreeMap::new();
    for name in names() {
        let mut schema = schema(&name);
        draft202012::meta::validate(&schema).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert_eq!(schema["$id"], format!("urn:bicker:schema:1:{name}"));
        for (word, definition) in schema["$defs"].as_object().into_iter().flatten() {
            let (first, same) = definitions.entry(word.clone()).or_insert_with(|| (name.clone(), definition.clone()));
            assert_eq!(same, definition, "{first} and {name} differ about {word}");
        }
        objects(&mut schema, &mut |object| {
            let fields: BTreeSet<&str> =
                object["properties"].as_object().expect("fields").keys().map(String::as_str).collect();
            let required: BTreeSet<&str> =
                object["required"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            assert_eq!(fields, required, "{name}");
        });
    }
}

/// The lines here are also run at terminals, and read for orders.
#[test]
fn every_command_that_reads_is_among_the_rows() {
    let rows: BTreeSet<&str> = ROWS.iter().filter(|row| row.form == Form::Data).map(|row| row.line).collect();
    for command in
        ["news", "log", "show", "criticisms", "diff", "document", "reputation", "status", "charter show", "remote", "doctor"]
    {
        let is_it = |line: &&str| line.starts_with(command) && line.contains("--json");
        assert!(rows.iter().any(is_it), "no row for bicker {command} --json");
        assert!(OUTPUTS.iter().any(|(_, line)| is_it(line)), "no output of bicker {command} --json");
    }
}

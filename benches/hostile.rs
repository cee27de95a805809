//! What the worst that can be signed costs a verifier: histories made to be dear, at n, 2n and 4n.
//!
//! Each is built in memory by one process and judged by another, which is asked for the processor's time and for the
//! most memory beyond that of the objects themselves: first to verify, then for the status and every format of the
//! report. Where time and memory double with n, the cost is linear. It reports and asserts nothing. It needs Linux. Run
//! it with `cargo bench --bench hostile`, or with `-- NAME` for one case.

#[path = "hostile/cases.rs"]
mod cases;
#[path = "hostile/wicked.rs"]
mod wicked;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use bicker::protocol::charter::Charter;
use bicker::protocol::id::{CommitId, Name, ObjectId};
use bicker::protocol::object::{Memory, ObjectKind};
use bicker::protocol::report::report;
use bicker::protocol::verify::{Remote, Seen, verify};
use bicker::report::status::{Around, Status};
use bicker::report::{Judging, github, json, judge, junit, sarif, text};

use cases::{CASES, Case};
use wicked::Wicked;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["build", name, size, file] => build(named(name), size.parse().expect("a size"), Path::new(file)),
        ["check", file] => check(Path::new(file)),
        [] => all(""),
        [only] => all(only),
        _ => println!("usage: cargo bench --bench hostile [-- NAME]"),
    }
}

fn named(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).expect("a case")
}

/// Every case whose name contains `only`.
fn all(only: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{:24} {:>7} {:>9} {:>9} {:>9} {:>9}", "", "n", "verify", "memory", "reports", "memory");
    for case in CASES.iter().filter(|case| case.name.contains(only)) {
        for size in [case.size, 2 * case.size, 4 * case.size] {
            let file = folder.path().join(format!("{}-{size}", case.name));
            let path = file.display().to_string();
            print!("{:24} {size:>7} ", case.name);
            again(&["build", case.name, &size.to_string(), &path]);
            again(&["check", &path]);
            fs::remove_file(&file).expect("removed");
        }
    }
}

/// This program once more, so that it starts with nothing held.
fn again(arguments: &[&str]) {
    std::io::stdout().flush().expect("printed");
    let program = std::env::current_exe().expect("a program");
    assert!(Command::new(program).args(arguments).status().expect("it runs").success(), "{arguments:?}");
}

/// Builds a history and writes it down: the charter, who shows what, and all objects.
fn build(case: &Case, size: usize, file: &Path) {
    let mut wicked = Wicked::new(case.people);
    (case.make)(&mut wicked, size);
    let mut out = BufWriter::new(fs::File::create(file).expect("a file"));
    let mut put = |tag: u8, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("a length");
        out.write_all(&[tag]).and_then(|()| out.write_all(&length.to_le_bytes())).expect("written");
        out.write_all(bytes).expect("written");
    };
    put(b'C', wicked.world.charter().print().as_bytes());
    for name in wicked.world.names() {
        put(b'H', wicked.world.head(&name).map_or_else(|| name.clone(), |head| format!("{name} {head}")).as_bytes());
    }
    for (_, kind, content) in wicked.world.store().iter() {
        let tag = match kind {
            ObjectKind::Commit => b'c',
            ObjectKind::Tree => b't',
            ObjectKind::Blob => b'b',
        };
        put(tag, content);
    }
}

/// Reads what was written down.
fn read(file: &Path) -> (Charter, Seen, Memory) {
    let bytes = fs::read(file).expect("read");
    let (mut charter, mut store, mut remotes) = (None, Memory::default(), BTreeMap::new());
    let mut rest = bytes.as_slice();
    while let [tag, a, b, c, d, after @ ..] = rest {
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        let (content, after) = after.split_at(length);
        rest = after;
        let kind = match tag {
            b'C' => {
                charter = Charter::parse(content).ok();
                continue;
            }
            b'H' => {
                let line = String::from_utf8_lossy(content);
                let mut words = line.split(' ');
                let name = words.next().and_then(Name::parse).expect("a name");
                remotes.insert(name, Remote::Shown(words.next().and_then(ObjectId::parse).map(CommitId)));
                continue;
            }
            b'c' => ObjectKind::Commit,
            b't' => ObjectKind::Tree,
            _ => ObjectKind::Blob,
        };
        store.insert(kind, content.to_vec());
    }
    (charter.expect("a charter"), Seen { remotes, ..Seen::default() }, store)
}

/// Verifies it and prints the rest of the line; what was found goes to standard error.
fn check(file: &Path) {
    let (charter, seen, store) = read(file);
    let held = memory("VmRSS");
    fs::write("/proc/self/clear_refs", "5").expect("Linux forgets the peak so far");
    let start = used();
    let mut verification = verify(charter, seen, &store).expect("a store in memory");
    let (verified, most) = (used() - start, memory("VmHWM").saturating_sub(held));
    let start = used();
    let page = Status::of(&mut verification, Around::default()).text(false, 80);
    let rows = report(&verification);
    let outcome = judge(&rows, &Judging::default());
    let faces = [json::json(&rows), sarif::sarif(&rows, &outcome), junit::junit(&rows, &outcome)];
    let shown = [text::text(&rows, &outcome, false, 80), github::github(&rows, &outcome)];
    let (reported, more) = (used() - start, memory("VmHWM").saturating_sub(held));
    println!("{verified:>7.2} s {most:>6} MB {reported:>7.2} s {more:>6} MB");
    if std::env::var_os("BICKER_BENCH_WORDS").is_some() {
        let mut codes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        verification.findings.iter().for_each(|f| *codes.entry((f.code.as_str(), f.rule)).or_default() += 1);
        let sizes: Vec<usize> = faces.iter().chain(&shown).map(String::len).collect();
        let lines = page.lines().count();
        let entries = verification.history.index.entries().count();
        eprintln!(
            "{entries} entries; {codes:?}; json, sarif, junit, text, github: {sizes:?} bytes; status: {lines} lines"
        );
    }
}

/// How long this process has kept a processor busy, in seconds: whatever else runs does not count.
fn used() -> f64 {
    let told = fs::read_to_string("/proc/self/schedstat").expect("Linux");
    told.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).expect("nanoseconds") / 1e9
}

/// A line of what Linux tells of this process's memory, in MB.
fn memory(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':')).expect(what);
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024 / 1_000_000
}

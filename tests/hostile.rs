//! The museum of horrors: a group at peace, and what becomes of one verification when somebody does their worst.
//!
//! Three honest researchers have agreed on a step. In each mutation one thing is hostile: what the fourth's remote
//! serves, what answers there, how the charter or the call names it, or what lies about on the verifier's machine. The
//! real program fetches all four over real git, with a cache that has seen nothing, and each time
//!
//! - exit status and report are those of the group at peace but for exactly the findings and the rows that
//!   `docs/protocol.md` gives; many a mutation is odd and allowed, and has none. The honest state still counts;
//! - both the report as JSON and the one as text, made by a second look with the cache that has met the mutation, are
//!   free of control characters and tell of no panic. Where only content is odd the second look is `--offline`;
//! - nothing that the mutation hoped to have executed was, and nothing outside the cache was written;
//! - the program and everything it started never took more than 300 MB of memory at one time (`hostile/watch.rs` says
//!   how that is measured, and that it needs Linux).
//!
//! Nothing is asserted about time; `cargo test --test hostile -- --nocapture` prints what each took.
//! `HOSTILE=tree/` in the environment runs only mutations whose name contains that.

#[path = "common/printable.rs"]
mod printable;
#[path = "transports/service.rs"]
#[allow(dead_code, reason = "the transports use all of it")]
mod service;

#[path = "hostile"]
mod hostile {
    pub(crate) mod bulk;
    pub(crate) mod expect;
    pub(crate) mod files;
    pub(crate) mod headers;
    pub(crate) mod judge;
    pub(crate) mod local;
    pub(crate) mod remotes;
    pub(crate) mod repository;
    pub(crate) mod scene;
    pub(crate) mod servers;
    pub(crate) mod signatures;
    pub(crate) mod trees;
    pub(crate) mod urls;
    pub(crate) mod watch;
    pub(crate) mod wire;
}

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hostile::judge::{Cost, Mutation, Peace, contents, judge};
use hostile::scene::Base;

/// How many mutations are tried at a time.
const AT_ONCE: usize = 2;

/// All mutations; those that take longest come first.
fn mutations() -> Vec<Mutation> {
    let groups = [
        hostile::bulk::mutations(),
        hostile::headers::mutations(),
        hostile::signatures::mutations(),
        hostile::files::mutations(),
        hostile::trees::mutations(),
        hostile::remotes::mutations(),
        hostile::servers::mutations(),
        hostile::urls::mutations(),
        hostile::local::mutations(),
    ];
    groups.into_iter().flatten().collect()
}

#[test]
fn every_mutation_gives_its_finding_and_nothing_else() {
    let only = std::env::var("HOSTILE").unwrap_or_default();
    let mutations: Vec<Mutation> = mutations().into_iter().filter(|mutation| mutation.name.contains(&only)).collect();
    assert!(!mutations.is_empty(), "no mutation has {only} in its name");
    let base = Base::new();
    let before = contents(base.folder());
    let peace = Peace::of(&base);
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(mutation) = mutations.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (bad, cost) = judge(&base, &peace, mutation);
                    results.lock().expect("no panic").push((mutation.name.clone(), bad, cost));
                }
            });
        }
    });
    let results = results.into_inner().expect("no panic");
    println!("{}", summary(&results));
    let bad: Vec<&str> = results.iter().flat_map(|(_, bad, _)| bad).map(String::as_str).collect();
    assert!(bad.is_empty(), "{} complaints:\n{}", bad.len(), bad.join("\n"));
    assert_eq!(contents(base.folder()), before, "somebody's own repository was written to");
}

/// What each took, slowest last.
fn summary(results: &[(String, Vec<String>, Cost)]) -> String {
    let mut sorted: Vec<_> = results.iter().collect();
    sorted.sort_by_key(|(_, _, cost)| cost.took);
    let mut out = String::from("two verifications each: time, most memory, mutation\n");
    for (name, bad, Cost { took, peak }) in &sorted {
        let failed = if bad.is_empty() { "" } else { "  FAILED" };
        let _ = writeln!(out, "{:>7.2} s {:>4} MB  {name}{failed}", took.as_secs_f64(), peak / 1_000_000);
    }
    let largest = sorted.iter().max_by_key(|(_, _, cost)| cost.peak);
    if let (Some((slowest, _, slow)), Some((hungriest, _, large))) = (sorted.last(), largest) {
        let _ = writeln!(out, "{} mutations; slowest: {slowest}, {:.2} s;", sorted.len(), slow.took.as_secs_f64());
        let _ = writeln!(out, "most memory: {hungriest}, {} MB", large.peak / 1_000_000);
    }
    out
}

/// `docs/threat-model.md` says how many there are, in all and of each row's groups.
#[test]
fn the_corpus_is_as_large_as_the_threat_model_says() {
    let mutations = mutations();
    let names: BTreeSet<&str> = mutations.iter().map(|mutation| mutation.name.as_str()).collect();
    assert_eq!(names.len(), mutations.len(), "two mutations of one name");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/threat-model.md")).expect("the page");
    let (_, section) = page.split_once("\n## The hostile corpus\n").expect("its section");
    let section = section.split("\n## ").next().unwrap_or_default();
    assert!(section.contains(&format!("has {} such mutations", names.len())), "there are {}", names.len());
    let mut listed = 0;
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.split('|').skip(1).map(str::trim);
        let groups: Vec<&str> =
            cells.next().unwrap_or_default().split(", ").map(|group| group.trim_matches('`')).collect();
        let of_row = |name: &&&str| name.split('/').next().is_some_and(|group| groups.contains(&group));
        let count = names.iter().filter(of_row).count();
        assert_eq!(cells.next(), Some(count.to_string().as_str()), "{groups:?}");
        listed += count;
    }
    assert_eq!(listed, names.len(), "a group is not listed");
}

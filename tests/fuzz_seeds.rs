//! Every seed of the fuzz targets, through the same properties: what a fuzzer once found stays found.

#[path = "../fuzz/properties.rs"]
mod properties;

use std::fs;
use std::path::Path;

/// The most seeds of one target, and the most bytes of one seed: a seed is to be read by people too.
const SEEDS_MAX: usize = 40;
const SEED_MAX: usize = 4096;

/// Seeds called `valid-...` are accepted and those called `bad-...` refused; of others, which fuzzers found, either.
fn check(target: &str, property: fn(&[u8]) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let (mut all, mut valid, mut bad) = (0, 0, 0);
    for entry in fs::read_dir(&folder).expect("the target's seeds") {
        let path = entry.expect("a seed").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let seed = fs::read(&path).expect("a seed's bytes");
        assert!(seed.len() <= SEED_MAX, "{target}/{name} has {} bytes", seed.len());
        let accepted = property(&seed);
        assert!(!(accepted && name.starts_with("bad")), "{target}/{name} is accepted");
        assert!(accepted || !name.starts_with("valid"), "{target}/{name} is refused");
        all += 1;
        valid += usize::from(name.starts_with("valid"));
        bad += usize::from(name.starts_with("bad"));
    }
    assert!(all <= SEEDS_MAX, "{target} has {all} seeds");
    assert!(valid > 0 && bad > 0, "{target} has {valid} valid and {bad} bad seeds");
}

#[test]
fn commit() {
    check("commit", properties::commit);
}

#[test]
fn sshsig() {
    check("sshsig", properties::sshsig);
}

#[test]
fn canonical_file() {
    check("canonical_file", properties::canonical_file);
}

#[test]
fn charter() {
    check("charter", properties::charter);
}

#[test]
fn tree() {
    check("tree", properties::tree);
}

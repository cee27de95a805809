//! Proofs that stand alone: exported in one folder, checked in an empty one, by bicker and by the commands of
//! their own README; and refused when anything in them is not what it was.

#[path = "common/cases/unpack.rs"]
#[allow(dead_code)]
mod unpack;

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Output, Person, World};

/// Somebody with a copy of a conformance case's repositories.
struct Lab {
    world: World,
    eve: Person,
}

impl Lab {
    fn new(case: &str) -> Self {
        let world = World::new();
        let eve = world.person("eve");
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(case);
        unpack::unpack(&case.join("phase1.tar.gz"), &eve.home.join("remotes")).expect("an archive");
        fs::copy(case.join("charter.yaml"), eve.home.join("charter.yaml")).expect("a charter");
        Self { world, eve }
    }

    /// `bicker ARGS` over the case's repositories.
    fn look(&self, arguments: &[&str]) -> Output {
        let mut all: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        all.extend(["--charter", "charter.yaml", "--cache", "cache"].map(str::to_owned));
        for entry in fs::read_dir(self.eve.home.join("remotes")).expect("remotes") {
            let path = entry.expect("a remote").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            all.extend(["--remote".to_owned(), format!("{name}={}", path.display())]);
        }
        let words: Vec<&str> = std::iter::once("bicker").chain(all.iter().map(String::as_str)).collect();
        self.world.run(&self.eve, &words)
    }

    fn export(&self, what: &[&str]) -> PathBuf {
        let mut words = vec!["proof", "export"];
        words.extend(what);
        words.extend(["-o", "proof"]);
        self.look(&words).success();
        self.eve.home.join("proof")
    }

    /// Checks a proof in an empty folder.
    fn check(&self, proof: &Path, further: &[&str]) -> Output {
        let empty = tempfile::tempdir_in(&self.eve.home).expect("a folder");
        let path = proof.display().to_string();
        let words: Vec<&str> = ["bicker", "proof", "check", &path].into_iter().chain(further.iter().copied()).collect();
        self.world.run_in(&self.eve, empty.path(), &words)
    }

    /// A copy of a proof, to be tampered with.
    fn copy(&self, proof: &Path) -> PathBuf {
        let copy = self.eve.home.join("copy");
        let _ = fs::remove_dir_all(&copy);
        fs::create_dir(&copy).expect("a folder");
        for entry in fs::read_dir(proof).expect("a proof") {
            let path = entry.expect("a file").path();
            fs::copy(&path, copy.join(path.file_name().expect("a name"))).expect("a copy");
        }
        copy
    }

    /// Runs the commands that the proof's README gives a stranger, in an empty folder.
    fn follow_readme(&self, proof: &Path) -> String {
        let readme = fs::read_to_string(proof.join("README.md")).expect("a README");
        let (_, alone) = readme.split_once("## With git and ssh-keygen alone").expect("its part for strangers");
        let lines: Vec<&str> = alone.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        assert!(lines.len() > 6, "{readme}");
        let script: String = lines
            .iter()
            .map(|line| line.replace("/path/to/this/folder", &proof.display().to_string()) + "\n")
            .collect();
        let empty = tempfile::tempdir_in(&self.eve.home).expect("a folder");
        self.world.run_in(&self.eve, empty.path(), &["sh", "-e", "-c", &script]).success().stdout().to_owned()
    }
}

/// Not proven, and not because bicker broke.
fn refused(done: &Output) -> bool {
    matches!(done.code(), Some(1..=3))
}

const CASES: [(&str, &[&str], &str); 3] = [
    ("equivocation-revision", &["bob"], "proven: equivocation by bob"),
    ("contradiction-abandon-of-later-round", &["bob"], "proven: contradiction by bob"),
    ("happy-n10-s1", &["--step", "1"], "proven: step 1 is final"),
];

#[test]
fn a_proof_is_checked_by_bicker_in_an_empty_folder() {
    for (case, what, proven) in CASES {
        let lab = Lab::new(case);
        let proof = lab.export(what);
        let said = lab.check(&proof, &[]).success().stdout().to_owned();
        assert!(said.starts_with(proven), "{case}: {said}");
        let charter = fs::read(lab.eve.home.join("charter.yaml")).expect("a charter");
        let digest = bicker::protocol::id::Digest::of(&charter).to_string();
        lab.check(&proof, &["--charter-digest", &digest]).success();
        let other = bicker::protocol::id::Digest::of(b"another charter").to_string();
        lab.check(&proof, &["--charter-digest", &other]).failure(1);
    }
}

#[test]
fn a_proof_is_checked_by_its_readme_with_git_and_ssh_keygen() {
    for (case, what, _) in CASES {
        let lab = Lab::new(case);
        let proof = lab.export(what);
        let said = lab.follow_readme(&proof);
        let charter = fs::read(proof.join("charter.yaml")).expect("a charter");
        assert!(said.contains(&bicker::protocol::id::Digest::of(&charter).hex()), "{case}: {said}");
        assert!(said.contains("Good \"git\" signature for"), "{case}: {said}");
        if case.starts_with("contradiction") {
            assert_eq!(said.matches("not an ancestor").count(), 2, "{said}");
        }
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let lab = Lab::new("equivocation-revision");
    let proof = lab.export(&["bob"]);
    for entry in fs::read_dir(&proof).expect("a proof") {
        let name = entry.expect("a file").file_name();
        let bytes = fs::read(proof.join(&name)).expect("a file");
        for at in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
            let copy = lab.copy(&proof);
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(copy.join(&name), changed).expect("written");
            let done = lab.check(&copy, &[]);
            assert!(refused(&done), "{name:?} at {at}");
        }
        let copy = lab.copy(&proof);
        fs::write(copy.join(&name), [bytes.as_slice(), b"\n"].concat()).expect("written");
        assert!(refused(&lab.check(&copy, &[])), "{name:?} with a byte more");
        fs::remove_file(copy.join(&name)).expect("removed");
        assert!(refused(&lab.check(&copy, &[])), "without {name:?}");
    }
}

/// Rewrites a bundle's header.
fn with_header(proof: &Path, change: impl Fn(&str) -> String) {
    let path = proof.join("history.bundle");
    let bytes = fs::read(&path).expect("a bundle");
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("a header");
    let header = change(std::str::from_utf8(&bytes[..end]).expect("text"));
    fs::write(path, [header.as_bytes(), &bytes[end..]].concat()).expect("written");
}

#[test]
fn halves_swapped_or_equal_are_refused() {
    let lab = Lab::new("equivocation-revision");
    let proof = lab.export(&["bob"]);
    let ids: Vec<String> = {
        let text = fs::read_to_string(proof.join("proof.json")).expect("a claim");
        let claim: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        ["first", "second"].map(|half| claim["commits"][half].as_str().expect("an id").to_owned()).to_vec()
    };
    let (a, b) = (ids[0].as_str(), ids[1].as_str());
    let headers: [&dyn Fn(&str) -> String; 4] = [
        &|header| header.replace(b, a),
        &|header| header.replace(a, b),
        &|header| header.replace(a, "x").replace(b, a).replace('x', b),
        &|header| header.lines().take(2).collect::<Vec<_>>().join("\n"),
    ];
    for change in headers {
        let copy = lab.copy(&proof);
        with_header(&copy, change);
        lab.check(&copy, &[]).failure(1);
    }
    let copy = lab.copy(&proof);
    for file in ["payload", "sig"] {
        fs::rename(copy.join(format!("first.{file}")), copy.join("x")).expect("renamed");
        fs::rename(copy.join(format!("second.{file}")), copy.join(format!("first.{file}"))).expect("renamed");
        fs::rename(copy.join("x"), copy.join(format!("second.{file}"))).expect("renamed");
    }
    lab.check(&copy, &[]).failure(1);
}

#[test]
fn another_charter_or_a_further_file_is_refused() {
    let lab = Lab::new("equivocation-revision");
    let proof = lab.export(&["bob"]);
    let copy = lab.copy(&proof);
    let charter = fs::read_to_string(copy.join("charter.yaml")).expect("a charter");
    fs::write(copy.join("charter.yaml"), charter.replacen("title: \"", "title: \"Not ", 1)).expect("written");
    lab.check(&copy, &[]).failure(1);
    let copy = lab.copy(&proof);
    fs::write(copy.join("confession.txt"), "It was me.").expect("written");
    lab.check(&copy, &[]).failure(1);
}

#[test]
fn nothing_is_exported_against_the_innocent() {
    let lab = Lab::new("equivocation-revision");
    let said = lab.look(&["proof", "export", "alice", "-o", "proof"]).failure(1).stderr().to_owned();
    assert!(said.contains("nothing that was seen proves misbehaviour by alice"), "{said}");
    lab.look(&["proof", "export", "--step", "2", "-o", "proof"]).failure(1);
    assert!(!lab.eve.home.join("proof").exists());
}

//! A host that shows something new at each look, none of it an entry: nothing of it lasts.

mod common;

use std::fs;
use std::path::Path;

use common::{Output, Person, World};

/// How many new heads are shown.
const HEADS: u32 = 12;

struct Group {
    world: World,
    mallory: Person,
    olga: Person,
}

/// Mallory alone in her group, and olga who looks.
fn group() -> Group {
    let world = World::new();
    let mallory = world.group("Junk", &["mallory"]).remove(0);
    world.join(&mallory);
    let olga = world.person("olga");
    Group { world, mallory, olga }
}

impl Group {
    fn verify(&self, more: &[&str]) -> Output {
        let verify = ["bicker", "verify", "--charter", "../charter.yaml", "--cache", "cache", "--format", "json"];
        self.world.run(&self.olga, &[&verify[..], more].concat())
    }

    fn in_the_remote(&self, arguments: &[&str]) -> String {
        let remote = self.world.remote(&self.mallory).display().to_string();
        let who = ["-c", "user.name=m", "-c", "user.email=m"];
        let output = self.world.run(&self.mallory, &[&["git", "--git-dir", &remote], &who[..], arguments].concat());
        output.success().stdout().trim().to_owned()
    }

    /// Puts something on top of her only entry that is no entry: 100 KB that were not there before.
    fn show_junk(&self, join: &str, seed: u32) {
        let noise: Vec<u8> =
            (0..25_000_u32).flat_map(|n| (n + seed * 25_000).wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        fs::write(self.mallory.home.join("noise"), noise).expect("written");
        let blob = self.in_the_remote(&["hash-object", "-w", "noise"]);
        fs::write(self.mallory.home.join("tree"), format!("100644 blob {blob}\tnoise\n")).expect("written");
        let remote = self.world.remote(&self.mallory).display().to_string();
        let make = format!("git --git-dir {remote} mktree < tree");
        let tree = self.world.run(&self.mallory, &["sh", "-c", &make]).success().stdout().trim().to_owned();
        let commit = self.in_the_remote(&["commit-tree", &tree, "-p", join, "-m", &seed.to_string()]);
        self.in_the_remote(&["update-ref", "refs/heads/main", &commit]);
    }

    fn cache(&self) -> std::path::PathBuf {
        self.olga.home.join("cache")
    }
}

/// How many files are below a folder, and of how many bytes.
fn files(folder: &Path) -> (usize, u64) {
    fs::read_dir(folder).into_iter().flatten().flatten().fold((0, 0), |(count, size), entry| {
        let (more, bytes) = match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&entry.path()),
            _ => (1, entry.metadata().map_or(0, |meta| meta.len())),
        };
        (count + more, size + bytes)
    })
}

#[test]
fn junk_takes_no_more_place_however_often_it_changes() {
    let group = group();
    let join = group.in_the_remote(&["rev-parse", "main"]);
    let mut sizes = Vec::new();
    for seed in 0..HEADS {
        group.show_junk(&join, seed);
        let told = group.verify(&[]).failure(1).stdout().to_owned();
        assert!(told.contains("\"unsigned\""), "{told}");
        assert_eq!(group.verify(&["--offline"]).failure(1).stdout(), told, "until the next answer it is there");
        sizes.push(files(&group.cache()).1);
        assert_eq!(files(&group.cache().join("refs/bicker/pin")).0, 1, "the entry below is pinned, and nothing else");
    }
    assert!(sizes[HEADS as usize - 1] < sizes[1] + 100_000, "{sizes:?}");

    group.in_the_remote(&["update-ref", "refs/heads/main", &join]);
    let told = group.verify(&[]).success().stdout().to_owned();
    assert_eq!(group.verify(&["--offline"]).success().stdout(), told);
    assert!(files(&group.cache()).1 < 100_000, "nothing of it is left");
}

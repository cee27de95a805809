//! What must hold after a crash and the next command, wherever the crash was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use bicker::protocol::commit::{Commit, parents_as_git_reads};
use bicker::protocol::key::PublicKey;
use bicker::protocol::signature::SshSignature;
use git2::{ObjectType, Oid, Repository};

use super::stage::Stage;

/// What must be in bob's log in the end: slots, and words that stand in them.
pub(crate) type Wanted<'a> = &'a [(&'a str, &'a str)];

/// Everything that must hold, or the first thing that does not.
///
/// `before` are the slots that were used before the command was typed.
pub(crate) fn all_is_well(stage: &Stage, before: &BTreeSet<String>, wanted: Wanted<'_>) -> Result<(), String> {
    let signed: Vec<String> = signed_once(stage)?.difference(before).cloned().collect();
    let slots: Vec<&str> = wanted.iter().map(|(slot, _)| *slot).collect();
    expect(signed == slots, || format!("signed: {signed:?}, and not just {slots:?}"))?;
    for folder in [stage.log(), stage.world.remote(&stage.bob)] {
        let said = quiet(stage, &folder, "git fsck --strict --no-dangling --no-progress")?;
        expect(said.is_empty(), || format!("git fsck in {}: {said}", folder.display()))?;
    }
    let status = quiet(stage, &stage.log(), "git status --porcelain --untracked-files=all")?;
    expect(status.is_empty(), || format!("git status: {status}"))?;
    let head = |folder: &Path| {
        let repository = Repository::open(folder).map_err(|e| e.to_string())?;
        repository.refname_to_id("refs/heads/main").map_err(|e| format!("{}: {e}", folder.display()))
    };
    let (here, there) = (head(&stage.log())?, head(&stage.world.remote(&stage.bob))?);
    expect(here == there, || format!("the log ends with {here}, the remote shows {there}"))?;
    for (slot, words) in wanted {
        let said = said_at(&stage.log(), here, slot).map_err(|e| format!("{slot}: {e}"))?;
        expect(said.contains(words), || format!("{slot} lost the words: {said}"))?;
    }
    let verdict = quiet(stage, &stage.log(), "bicker verify --offline --format json")?;
    let verdict: serde_json::Value = serde_json::from_str(&verdict).map_err(|e| format!("{e}: {verdict}"))?;
    expect(verdict["findings"] == serde_json::json!([]), || format!("findings: {}", verdict["findings"]))?;
    nothing_lies_about(stage)
}

/// What stands at a slot.
fn said_at(folder: &Path, commit: Oid, slot: &str) -> Result<String, git2::Error> {
    let repository = Repository::open(folder)?;
    let blob = repository.find_commit(commit)?.tree()?.get_path(Path::new(slot))?.id();
    Ok(String::from_utf8_lossy(repository.find_blob(blob)?.content()).into_owned())
}

fn expect(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

/// Runs a command that must end with 0 and say nothing on its standard error.
fn quiet(stage: &Stage, folder: &Path, line: &str) -> Result<String, String> {
    let output = stage.world.run_in(&stage.bob, folder, &["sh", "-c", line]);
    let is_quiet = output.code() == Some(0) && output.stderr().is_empty();
    expect(is_quiet, || format!("{line}: {:?} {}{}", output.code(), output.stdout(), output.stderr()))?;
    Ok(output.stdout().to_owned())
}

/// Of all commits that bob's key ever signed, dangling ones included, here, in his cache and at every remote: no two add
/// different files at one slot. Gives the slots.
pub(crate) fn signed_once(stage: &Stage) -> Result<BTreeSet<String>, String> {
    let public = fs::read_to_string(stage.bob.key().with_extension("pub")).expect("bob's key");
    let key = PublicKey::parse_pub_file(public.trim()).expect("a key");
    let mut signed: BTreeMap<String, Oid> = BTreeMap::new();
    let remotes = super::stage::NAMES.map(|name| stage.world.remote(&stage.world.person(name)));
    let own = [stage.log().join(".git"), stage.log().join(".git/bicker/cache")];
    for folder in own.into_iter().chain(remotes) {
        // Whoever was killed at making a repository has signed nothing in it.
        let Ok(repository) = Repository::open(&folder) else { continue };
        for (slot, blob) in added_by(&repository, &key).map_err(|e| format!("{}: {e}", folder.display()))? {
            let before = *signed.entry(slot.clone()).or_insert(blob);
            expect(before == blob, || format!("two things are signed for {slot}: {before} and {blob}"))?;
        }
    }
    Ok(signed.into_keys().collect())
}

/// The files that entries signed by a key add, with their contents, from all objects that there are.
fn added_by(repository: &Repository, key: &PublicKey) -> Result<Vec<(String, Oid)>, git2::Error> {
    let odb = repository.odb()?;
    let mut commits = Vec::new();
    odb.foreach(|id| {
        let is_commit = odb.read_header(*id).is_ok_and(|(_, kind)| kind == ObjectType::Commit);
        commits.extend(is_commit.then_some(*id));
        true
    })?;
    let mut added = Vec::new();
    for id in commits {
        let object = odb.read(id)?;
        let raw = object.data();
        let signature = Commit::parse(raw).ok().and_then(|commit| SshSignature::parse(&commit.gpgsig?).ok());
        if signature.is_none_or(|signature| signature.key != *key.as_bytes()) {
            continue;
        }
        let tree = repository.find_commit(id)?.tree()?;
        let parent =
            parents_as_git_reads(raw).first().map(|parent| Oid::from_bytes(parent.0.as_bytes())).transpose()?;
        let before = parent.map(|parent| repository.find_commit(parent)?.tree()).transpose()?;
        for delta in repository.diff_tree_to_tree(before.as_ref(), Some(&tree), None)?.deltas() {
            let path = delta.new_file().path().map(|path| path.display().to_string()).unwrap_or_default();
            added.push((path, delta.new_file().id()));
        }
    }
    Ok(added)
}

/// No lock, no merge and no half-written file is left where somebody could stumble over it.
fn nothing_lies_about(stage: &Stage) -> Result<(), String> {
    let git = stage.log().join(".git");
    let (ends, starts) =
        ([".lock", "MERGE_HEAD", "MERGE_MODE", "bicker/locking"], ["/.tmp", "/.unfinished", "bicker/laid-down/"]);
    let litter: Vec<String> = walkdir::WalkDir::new(&git)
        .into_iter()
        .flatten()
        .map(|entry| entry.path().strip_prefix(&git).unwrap_or(entry.path()).display().to_string())
        .filter(|path| !path.starts_with("bicker/cache/") && !path.starts_with("bicker/.bicker-cache-"))
        .filter(|path| ends.iter().any(|end| path.ends_with(end)) || starts.iter().any(|start| path.contains(start)))
        .collect();
    expect(litter.is_empty(), || format!("left behind: {litter:?}"))
}

//! `proof export` and `proof check`: evidence that a stranger can check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::looking::Where;
use super::ticker::doing;
use super::ui;
use crate::error::{Error, Result};
use crate::git::bundle;
use crate::git::cache::Cache;
use crate::git::doctor::path_word;
use crate::git::fetch::{Limits, Outcome, Source, fetch_all};
use crate::git::objects::Store;
use crate::git::staging::Staging;
use crate::look::Look;
use crate::place::{Place, read_bounded, read_charter};
use crate::protocol::charter::Charter;
use crate::protocol::claim::{Claim, against, borne_out, finality};
use crate::protocol::commit::COMMIT_MAX;
use crate::protocol::genesis::Genesis;
use crate::protocol::history::History;
use crate::protocol::id::{CommitId, Digest, Name};
use crate::protocol::object::{Object, ObjectKind, Objects};
use crate::report::Exit;
use crate::report::proof::{BUNDLE, CHARTER, CLAIM, files, kind_of};

/// Export or check a proof that stands alone.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  bicker proof export mallory -o proof\n  bicker proof check proof")]
pub struct ProofCommand {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Subcommand, Debug)]
enum Sub {
    Export(Export),
    Check(Check),
}

/// Write a proof against a researcher, or that a step is final, into a folder.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker proof export mallory -o proof\n  bicker proof export --step 1 -o certificate"
)]
struct Export {
    /// Against whom
    #[arg(required_unless_present = "step", conflicts_with = "step")]
    name: Option<Name>,
    /// That this step is final
    #[arg(long, value_name = "K")]
    step: Option<u32>,
    /// The folder to make
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    place: Where,
}

/// Check a proof. It needs no network and no repository, and believes nothing in the folder.
#[derive(Args, Debug)]
#[command(after_help = "Example: bicker proof check proof --charter-digest sha256:...")]
struct Check {
    /// The folder
    dir: PathBuf,
    /// The digest of the group's charter, from somebody you believe
    #[arg(long, value_name = "sha256:HEX")]
    charter_digest: Option<String>,
}

/// `proof`
pub fn proof(arguments: &ProofCommand) -> Result<Exit> {
    match &arguments.command {
        Sub::Export(arguments) => export(arguments),
        Sub::Check(arguments) => check(arguments),
    }
}

fn export(arguments: &Export) -> Result<Exit> {
    let (place, look) = arguments.place.look()?;
    let verification = &look.verification;
    let index = &verification.history.index;
    let claim = match (&arguments.name, arguments.step) {
        (Some(name), _) => against(index, name).ok_or_else(|| {
            Error::wrong(format!("nothing that was seen proves misbehaviour by {name}"))
                .hint("see what was found: bicker verify")
        })?,
        (None, step) => {
            let step = step.unwrap_or(1);
            finality(index, &verification.everything, step).ok_or_else(|| {
                Error::wrong(format!("step {step} is not final")).hint("see where things stand: bicker status")
            })?
        }
    };
    let commits = raw_commits(&look.store, &claim.heads())?;
    let bundle = bundled(&place, &look, &claim)?;
    let mut all = files(&claim, &place.charter, &commits);
    all.insert(BUNDLE.to_owned(), bundle);
    write(&arguments.output, &all)?;
    ui::print(&format!(
        "{}\nwritten to {}; check it with: bicker proof check {}\n",
        sentence(&claim),
        arguments.output.display(),
        path_word(&arguments.output)
    ))?;
    Ok(Exit::Verified)
}

fn raw_commits(store: &Store, heads: &BTreeMap<Name, CommitId>) -> Result<BTreeMap<Name, Vec<u8>>> {
    let raw = |(name, id): (&Name, &CommitId)| match store.read(id.0, ObjectKind::Commit, COMMIT_MAX) {
        Ok(Object::Found(raw)) => Ok((name.clone(), raw)),
        _ => Err(Error::trouble(format!("commit {id} cannot be read"))),
    };
    heads.iter().map(raw).collect()
}

fn bundled(place: &Place, look: &Look, claim: &Claim) -> Result<Vec<u8>> {
    let mut stores = vec![look.cache.repository()];
    stores.extend(place.own.as_ref().map(|own| own.log.repository()));
    let heads: Vec<(Name, CommitId)> = claim.heads().into_iter().collect();
    bundle::bundle(&stores, &heads).map_err(|e| Error::trouble("cannot put the commits together").because(&e))
}

/// Writes a folder that must not be there yet.
fn write(dir: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let cannot = |e: std::io::Error| {
        Error::usage(format!("cannot write {}", dir.display()))
            .because(&e)
            .hint("name a folder that does not exist yet with -o")
    };
    std::fs::create_dir(dir).map_err(cannot)?;
    files.iter().try_for_each(|(name, bytes)| std::fs::write(dir.join(name), bytes)).map_err(cannot)
}

fn sentence(claim: &Claim) -> String {
    match claim {
        Claim::Misbehaviour { proof, researcher, commits: [a, b], .. } => {
            format!("proven: {} by {researcher}, with commits {a} and {b}", proof.as_str())
        }
        Claim::Final { at, value, ratifies } => {
            format!(
                "proven: step {} is final with revision {value}, ratified by {} researchers",
                at.step,
                ratifies.len()
            )
        }
    }
}

fn check(arguments: &Check) -> Result<Exit> {
    let charter = read_charter(&arguments.dir.join(CHARTER))?;
    pinned(arguments, &charter)?;
    let machine = read_bounded(&arguments.dir.join(CLAIM), MACHINE_MAX)?;
    let kind = kind_of(&String::from_utf8_lossy(&machine)).ok_or_else(|| altered(CLAIM))?;
    let judging = doing("judging the proof");
    let (claim, commits) = from_bundle(arguments, charter.clone(), &kind)?;
    drop(judging);
    let expected = files(&claim, &charter, &commits);
    compare(&arguments.dir, &expected)?;
    ui::print(&format!("{}\nin the group with charter {}\n", sentence(&claim), charter.digest()))?;
    if arguments.charter_digest.is_none() {
        ui::say("compare that digest with one from somebody you trust, or give it with --charter-digest");
    }
    Ok(Exit::Verified)
}

const MACHINE_MAX: u64 = 1 << 20;
/// How much of a bundle is read for its header: a hundred heads take less than 10 KiB.
const HEADER_MAX: u64 = 64 << 10;

fn altered(file: &str) -> Error {
    Error::wrong(format!("this is not a proof: {file} is not what the commits bear out"))
        .hint("ask for the proof again, and check the new one")
}

fn pinned(arguments: &Check, charter: &Charter) -> Result<()> {
    let Some(text) = &arguments.charter_digest else { return Ok(()) };
    let pinned = Digest::parse(text).ok_or_else(|| {
        Error::usage(format!("{text} is not the digest of a charter"))
            .hint("it is sha256: and 64 lower-case hex digits")
    })?;
    match pinned == charter.digest() {
        true => Ok(()),
        false => Err(Error::wrong(format!(
            "this proof is about another group: its charter's digest is {}",
            charter.digest()
        ))),
    }
}

/// Takes the commits out of the bundle into a throw-away store and judges them like any that were fetched.
fn from_bundle(arguments: &Check, charter: Charter, kind: &str) -> Result<(Claim, BTreeMap<Name, Vec<u8>>)> {
    let path = arguments.dir.join(BUNDLE);
    let path =
        std::path::absolute(&path).map_err(|e| Error::usage(format!("cannot read {}", path.display())).because(&e))?;
    let mut head = read_bounded(&path, HEADER_MAX)?;
    head.truncate(HEADER_MAX as usize);
    let heads: BTreeMap<Name, CommitId> = bundle::heads(&head).ok_or_else(|| altered(BUNDLE))?.into_iter().collect();
    let folder = tempfile::tempdir().map_err(|e| Error::trouble("cannot make a temporary folder").because(&e))?;
    let genesis = Genesis::of(&charter);
    let unusable = |e: &dyn std::error::Error| Error::trouble("cannot take in the commits").because(e);
    let cache = Cache::open(&folder.path().join("cache"), genesis.commit).map_err(|e| unusable(&e))?;
    cache.insert_genesis(&genesis.objects()).map_err(|e| unusable(&e))?;
    let held = cache.held(std::time::Duration::ZERO).map_err(|e| unusable(&e))?;
    let url = path.display().to_string();
    let sources: Vec<Source> =
        heads.keys().map(|name| Source { name: name.clone(), url: url.clone(), branch: name.to_string() }).collect();
    let fetched = fetch_all(&cache, &held, &[], &sources, &Limits::default(), &|_| {});
    if fetched.outcomes.iter().any(|(name, outcome)| *outcome != Outcome::Shown(heads.get(name).copied())) {
        return Err(altered(BUNDLE));
    }
    let mut store = Store::new();
    store.add(cache.repository()).map_err(|e| unusable(&e))?;
    let brought: Vec<_> = fetched.came.values().map(Staging::objects).collect();
    store.add_directories(&brought).map_err(|e| unusable(&e))?;
    let mut history = History::new(charter);
    for id in heads.values() {
        history.extend(&store, *id).map_err(|e| unusable(&e))?;
    }
    let claim = borne_out(&mut history, kind, &heads).ok_or_else(|| altered(BUNDLE))?;
    let commits = raw_commits(&store, &heads)?;
    Ok((claim, commits))
}

/// Every file is byte for byte what follows from the commits, and there is no other.
fn compare(dir: &Path, expected: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    for (name, bytes) in expected {
        let found = read_bounded(&dir.join(name), bytes.len() as u64)?;
        if found != *bytes {
            return Err(altered(name));
        }
    }
    let cannot = |e: std::io::Error| Error::usage(format!("cannot read {}", dir.display())).because(&e);
    for entry in std::fs::read_dir(dir).map_err(cannot)? {
        let name = entry.map_err(cannot)?.file_name().to_string_lossy().into_owned();
        if name != BUNDLE && !expected.contains_key(&name) {
            return Err(Error::wrong(format!("the folder holds {name}, which is not part of the proof"))
                .hint("move it away and check again"));
        }
    }
    Ok(())
}

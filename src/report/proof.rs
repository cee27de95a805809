//! A proof that stands alone: the files beside its bundle, for a stranger with git and ssh-keygen.
//!
//! Decides what they say. Everything in them follows from a claim, its charter and the commits, so a check
//! makes them anew and compares: nothing that somebody wrote into them is believed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::protocol::charter::{Charter, allowed_signers};
use crate::protocol::claim::Claim;
use crate::protocol::commit::{Commit, payload};
use crate::protocol::evidence::Proof;
use crate::protocol::genesis::Genesis;
use crate::protocol::id::{CommitId, Name};
use crate::protocol::slot::Slot;

use super::escape::markdown_code;

/// The bundle with the commits and their complete pasts.
pub const BUNDLE: &str = "history.bundle";
/// The group's charter.
pub const CHARTER: &str = "charter.yaml";
/// The claim, for machines.
pub const CLAIM: &str = "proof.json";

/// The files of a proof but for its bundle. `commits` are the raw objects of the claim's heads, by the names
/// they go by there.
pub fn files(claim: &Claim, charter: &Charter, commits: &BTreeMap<Name, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::from([
        (CHARTER.to_owned(), charter.print().into_bytes()),
        (CLAIM.to_owned(), machine(claim, charter).into_bytes()),
        ("allowed-signers".to_owned(), allowed_signers(charter.researchers()).into_bytes()),
        ("README.md".to_owned(), readme(claim, charter).into_bytes()),
    ]);
    for (name, raw) in commits {
        files.insert(format!("{name}.payload"), payload(raw));
        let armour = Commit::parse(raw).ok().and_then(|commit| commit.gpgsig).unwrap_or_default();
        files.insert(format!("{name}.sig"), [armour.as_slice(), b"\n"].concat());
    }
    files
}

#[derive(Serialize)]
struct Machine {
    format: u8,
    kind: &'static str,
    charter: String,
    genesis: String,
    researcher: Option<String>,
    step: Option<u32>,
    round: Option<u32>,
    slot: Option<String>,
    value: Option<String>,
    commits: BTreeMap<String, String>,
}

fn machine(claim: &Claim, charter: &Charter) -> String {
    let (researcher, at, slot, value) = match claim {
        Claim::Misbehaviour { researcher, at, slot, .. } => {
            (Some(researcher.to_string()), *at, slot.as_ref().map(Slot::path), None)
        }
        Claim::Final { at, value, .. } => (None, Some(*at), None, Some(value.to_string())),
    };
    let machine = Machine {
        format: 1,
        kind: claim.kind(),
        charter: charter.digest().to_string(),
        genesis: Genesis::of(charter).commit.to_string(),
        researcher,
        step: at.map(|at| at.step),
        round: at.map(|at| at.round),
        slot,
        value,
        commits: claim.heads().into_iter().map(|(name, id)| (name.to_string(), id.to_string())).collect(),
    };
    // A struct of strings and numbers always serialises.
    serde_json::to_string_pretty(&machine).unwrap_or_default() + "\n"
}

/// The kind that a `proof.json` names, and nothing else of it: the rest is made anew.
pub fn kind_of(machine: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(machine).ok()?;
    Some(value.get("kind")?.as_str()?.to_owned())
}

fn readme(claim: &Claim, charter: &Charter) -> String {
    let mut text = match claim {
        Claim::Misbehaviour { .. } => "# Proof of misbehaviour\n\n".to_owned(),
        Claim::Final { .. } => "# Certificate of agreement\n\n".to_owned(),
    };
    text += &statement(claim);
    let _ = write!(
        text,
        "\nThe group is the one with this charter, `charter.yaml`, titled {}:\n\n    {}\n\nCompare that digest with one from somebody you trust. Nothing else in this folder needs to be believed.\n\n## With bicker\n\n    \
         bicker proof check FOLDER --charter-digest {}\n\n",
        markdown_code(charter.title()),
        charter.digest(),
        charter.digest()
    );
    text += "## With git and ssh-keygen alone\n\nIn an empty folder, with P the path of this one:\n\n";
    for line in commands(claim) {
        let _ = writeln!(text, "    {line}");
    }
    text += "\n";
    text += &meaning(claim, charter);
    text
}

fn statement(claim: &Claim) -> String {
    match claim {
        Claim::Misbehaviour { proof: Proof::Equivocation, researcher, slot, commits: [a, b], .. } => format!(
            "{researcher} signed two different files for one place, `{}`, where an honest researcher signs one:\n\n- `first`  {a}\n- `second` {b}\n",
            slot.as_ref().map(Slot::path).unwrap_or_default()
        ),
        Claim::Misbehaviour { researcher, commits: [a, b], .. } => format!(
            "{researcher} left a round of a step and, in a branch that does not follow from that, supported the same or an \
             earlier round of it, which no honest researcher does:\n\n- `first`  {a}\n- `second` {b}\n"
        ),
        Claim::Final { at, value, ratifies } => {
            let list: String = ratifies.iter().map(|(name, id)| format!("- `{name}` {id}\n")).collect();
            format!(
                "Step {} is final with revision {value}: in round {} it was ratified by {} researchers, a quorum:\n\n{list}",
                at.step,
                at.round,
                ratifies.len()
            )
        }
    }
}

fn commands(claim: &Claim) -> Vec<String> {
    let heads: Vec<(Name, CommitId)> = claim.heads().into_iter().collect();
    let names: Vec<&str> = heads.iter().map(|(name, _)| name.as_str()).collect();
    let mut lines = vec![
        "P=/path/to/this/folder".to_owned(),
        "sha256sum \"$P/charter.yaml\"".to_owned(),
        "git init -q --bare --object-format=sha1 check.git".to_owned(),
        "git -C check.git fetch -q \"$P/history.bundle\" 'refs/heads/*:refs/heads/*'".to_owned(),
        format!("git -C check.git rev-list --max-parents=0 {}", names.join(" ")),
        format!(
            "git -C check.git -c gpg.ssh.allowedSignersFile=\"$P/allowed-signers\" verify-commit {}",
            names.join(" ")
        ),
    ];
    for (name, _) in &heads {
        let signer = match claim {
            Claim::Misbehaviour { researcher, .. } => researcher,
            Claim::Final { .. } => name,
        };
        lines.push(format!(
            "git -C check.git cat-file commit {name} | sed '/^gpgsig /,/^ -----END/d' | cmp - \"$P/{name}.payload\""
        ));
        lines.push(format!("ssh-keygen -Y verify -f \"$P/allowed-signers\" -I {signer} -n git -s \"$P/{name}.sig\" < \"$P/{name}.payload\""));
    }
    match claim {
        Claim::Misbehaviour { slot: Some(slot), .. } => {
            for name in names {
                lines.push(format!("git -C check.git cat-file blob {name}:{}", slot.path()));
            }
        }
        Claim::Misbehaviour { slot: None, .. } => {
            lines.push("git -C check.git diff-tree --name-only -r first^ first".to_owned());
            lines.push("git -C check.git diff-tree --name-only -r second^ second".to_owned());
            lines.push("git -C check.git merge-base --is-ancestor first second || echo not an ancestor".to_owned());
            lines.push("git -C check.git merge-base --is-ancestor second first || echo not an ancestor".to_owned());
        }
        Claim::Final { at, value, .. } => {
            for name in names {
                lines.push(format!("git -C check.git cat-file blob {name}:{}", Slot::Ratify(*at).path()));
            }
            lines.push(format!("git -C check.git cat-file blob {value}:{}", Slot::Revision(*at).path()));
        }
    }
    lines
}

fn meaning(claim: &Claim, charter: &Charter) -> String {
    let root = format!(
        "The digest is the one above; the only root is {}, which everyone derives from the charter; every signature is good.\n",
        Genesis::of(charter).commit
    );
    let rest = match claim {
        Claim::Misbehaviour { slot: Some(_), researcher, .. } => format!(
            "The two files differ, stand at the same path, and both commits are {researcher}'s. Nobody without {researcher}'s key can make such a pair.\n"
        ),
        Claim::Misbehaviour { researcher, .. } => format!(
            "One of the commits adds an `abandon.md`, the other an `echo.md` or `ratify.md` of the same step and the same or an earlier \
             round; neither is an ancestor of the other, and both are {researcher}'s. Nobody without {researcher}'s key can make such a pair.\n"
        ),
        Claim::Final { .. } => format!(
            "Every `ratify.md` names the revision. {} of {} researchers are a quorum. What git alone does not judge is whether each entry \
             counts (section 3 of the protocol); `bicker proof check` judges that from the same commits.\n",
            charter.quorum(),
            charter.n()
        ),
    };
    root + &rest
}

//! What is found about remotes: what they serve, what they hold back, and what could not be had.
//!
//! Nothing here accuses a researcher: what a remote serves, anyone can have made who can write to it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Remote, Seen};
use crate::protocol::finding::{Code, Finding};
use crate::protocol::history::{History, Node, Reached};
use crate::protocol::id::{CommitId, Name};
use crate::protocol::index::{EntryIx, Index};

/// Findings about remotes: what they serve, what they hold back, and what could not be had.
pub(super) fn of_remotes(history: &mut History, seen: &Seen) -> Vec<Finding> {
    let shown: BTreeMap<&Name, Reached> =
        seen.remotes.iter().filter_map(|(name, remote)| Some((name, history.reached(remote.shown()?)))).collect();
    let mut findings = Vec::new();
    for (name, remote) in &seen.remotes {
        findings.extend(of_answer(&history.index, name, remote, shown.get(name)));
    }
    findings.extend(of_commits(history, &shown));
    findings.extend(of_pins(history, seen, &shown));
    findings.extend(of_rewinds(history, seen, &shown));
    findings
}

fn of_answer(index: &Index, name: &Name, remote: &Remote, reached: Option<&Reached>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match remote {
        Remote::Unreachable => findings.push(
            Finding::new(
                Code::Unreachable,
                "-",
                format!("the remote of {name} could not be reached"),
                format!(
                    "try again later, or name another copy with --remote {name}=URL; if it has moved: bicker remote {name}"
                ),
            )
            .about(name),
        ),
        Remote::Refused { head, why } => findings.push(
            Finding::new(
                Code::Refused,
                "limits",
                format!("what the remote of {name} sent was refused: {why}"),
                format!("tell {name}; what was fetched before still counts"),
            )
            .about(name)
            .shown_by(*head),
        ),
        Remote::Shown(_) => {}
    }
    let Some(reached) = reached else { return findings };
    if reached.lacks_objects() {
        let message = format!("the history of {name}'s remote needs an object that is missing");
        findings.push(
            Finding::new(Code::MissingObject, "-", message, "try again; another remote may have the object")
                .about(name)
                .shown_by(reached.incomplete.iter().copied()),
        );
    }
    if !reached.roots.is_empty() {
        let message = format!("the history of {name}'s remote has a root that is not this charter's genesis");
        let hint = format!("compare charters with {name}: bicker charter show");
        findings.push(
            Finding::new(Code::CharterMismatch, "1.2", message, hint)
                .about(name)
                .shown_by(reached.roots.iter().copied()),
        );
    }
    if let Some(entry) = remote.shown().and_then(|head| index.find(head)).map(|at| index.entry(at)) {
        let author = index.name(entry.author);
        if author != name {
            let message = format!("the remote of {name} shows the log of {author}");
            let hint = format!("tell {name}: their branch must end with an entry of their own");
            findings.push(Finding::new(Code::WrongLog, "2.author", message, hint).about(name).shown_by([entry.id]));
        }
    }
    findings
}

/// Commits that are not well-formed, each once, under the first by name whose remote serves it.
fn of_commits(history: &History, shown: &BTreeMap<&Name, Reached>) -> Vec<Finding> {
    let mut served: BTreeMap<CommitId, &Name> = BTreeMap::new();
    for (name, reached) in shown {
        for id in &reached.faulty {
            served.entry(*id).or_insert(name);
        }
    }
    let findings = served.into_iter().filter_map(|(id, name)| {
        let Some(Node::Faulty(fault, _)) = history.node(id) else { return None };
        let key = fault.signer.map(|signer| format!(", signed with the key of {},", history.index.name(signer)));
        let key = key.unwrap_or_default();
        let message = format!("commit {}{key} in {name}'s remote is not an entry: {}", id.short(), shorten(&fault.why));
        let hint = format!("tell {name} or whoever runs the remote; the log is cut before it");
        Some(Finding::new(fault.code, fault.rule, message, hint).about(name).shown_by([id]))
    });
    findings.collect()
}

/// Other people's text in a message is cut at this many characters.
const QUOTED_MAX: usize = 300;

fn shorten(text: &str) -> String {
    match text.char_indices().nth(QUOTED_MAX) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
    }
}

/// Objects missing from what only pins reach.
fn of_pins(history: &History, seen: &Seen, shown: &BTreeMap<&Name, Reached>) -> Option<Finding> {
    let by_heads: BTreeSet<CommitId> = shown.values().flat_map(|r| r.incomplete.iter().copied()).collect();
    let heads: BTreeSet<CommitId> = seen.remotes.values().filter_map(Remote::shown).collect();
    let pinned = seen.pins.difference(&heads).map(|pin| history.reached(*pin));
    let mut lacking = false;
    let mut incomplete = BTreeSet::new();
    for reached in pinned {
        lacking |= reached.missing && reached.incomplete.is_empty();
        incomplete.extend(reached.incomplete.difference(&by_heads).copied());
    }
    (lacking || !incomplete.is_empty()).then(|| {
        let message = "the cache lacks an object of what remotes showed before";
        Finding::new(Code::MissingObject, "-", message, "verify with another --cache folder, or fetch again")
            .shown_by(incomplete)
    })
}

/// Reachable remotes whose head lacks entries of their researcher that a head or a pin holds.
fn of_rewinds(history: &mut History, seen: &Seen, shown: &BTreeMap<&Name, Reached>) -> Vec<Finding> {
    let heads = seen.remotes.values().filter_map(Remote::shown).chain(seen.pins.iter().copied());
    let published = history.reach(heads.collect::<Vec<_>>());
    let mut findings = Vec::new();
    for (name, remote) in &seen.remotes {
        let Some(author) = history.index.author(name).filter(|_| matches!(remote, Remote::Shown(_))) else { continue };
        let entries: Vec<EntryIx> = shown.get(name).into_iter().flat_map(|r| r.entries.iter().copied()).collect();
        let held = history.index.reach_of(entries);
        let index = &history.index;
        let newest = index.tips(&published, author).into_iter().filter(|tip| !index.holds(&held, *tip));
        let lacking: Vec<CommitId> = newest.map(|tip| index.entry(tip).id).collect();
        if lacking.is_empty() {
            continue;
        }
        let message = format!("the remote of {name} lacks entries of {name} that were seen before");
        let hint = format!("ask {name} whether they or their host moved the branch back; nothing seen is lost");
        findings.push(Finding::new(Code::Rewind, "4", message, hint).about(name).shown_by(lacking));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_of_others_are_cut() {
        let text = "\u{e9}".repeat(QUOTED_MAX + 1);
        assert_eq!(shorten(&text), format!("{}...", "\u{e9}".repeat(QUOTED_MAX)));
        assert_eq!(shorten(&text[2..]), text[2..]);
    }
}

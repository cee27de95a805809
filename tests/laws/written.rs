//! What is written is read back as it was: every file, slot, charter and commit.

use bicker::protocol::charter::{Branch, Charter, PublicKey, Remote, Researcher};
use bicker::protocol::commit::{Commit, Person};
use bicker::protocol::file::{Answer, Disposition, Fields, File, Stance};
use bicker::protocol::id::{At, CommitId, Name, ObjectId};
use bicker::protocol::slot::Slot;
use bicker::sim::world::key_of;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

fn commits() -> impl Strategy<Value = CommitId> {
    any::<[u8; 20]>().prop_map(|bytes| CommitId(ObjectId::from_bytes(bytes)))
}

fn names() -> impl Strategy<Value = Name> {
    "[a-z][a-z0-9-]{0,31}".prop_map(|name| Name::parse(&name).expect("a name"))
}

/// One line of text, also such as tempts a reader.
fn strings() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\u{e9}\u{2603}]{0,40}",
        Just("\\\"".to_owned()),
        Just("a: b # c".to_owned()),
        Just("---".to_owned())
    ]
}

/// Markdown: empty, or lines that end with LF.
fn markdowns() -> impl Strategy<Value = String> {
    vec(prop_oneof!["[ -~\t\u{e9}]{0,30}", Just("---".to_owned()), Just("title: \"x\"".to_owned())], 0..6)
        .prop_map(|lines| lines.into_iter().map(|line| line + "\n").collect())
}

fn ats() -> impl Strategy<Value = At> {
    prop_oneof![
        (1..5_u32, 0..3_u32).prop_map(|(step, round)| At::new(step, round)),
        (9_990..1_000_000_000_u32, 0..1_000_000_000_u32).prop_map(|(step, round)| At::new(step, round)),
    ]
}

fn slots() -> impl Strategy<Value = Slot> {
    (0..9_u8, ats(), names()).prop_map(|(kind, at, name)| match kind {
        0 => Slot::Join,
        1 => Slot::Proposal(at),
        2 => Slot::Vote(at),
        3 => Slot::Criticism(at, name),
        4 => Slot::Revision(at),
        5 => Slot::Echo(at),
        6 => Slot::Ratify(at),
        7 => Slot::Abandon(at),
        _ => Slot::Accusation(name),
    })
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    btree_map(commits(), (names(), any::<bool>(), strings()), 0..5).prop_map(|answers| {
        let answer = |(commit, (by, accepted, reason))| {
            let disposition = if accepted { Disposition::Accepted } else { Disposition::Rejected };
            Answer { by, commit, disposition, reason }
        };
        answers.into_iter().map(answer).collect()
    })
}

/// A slot and a file that may stand there.
fn files() -> impl Strategy<Value = (Slot, File)> {
    let stance = proptest::sample::select(&Stance::ALL[..]);
    let parts = (commits(), commits(), strings(), answers(), stance, markdowns());
    (slots(), parts).prop_map(|(slot, (one, other, title, criticisms, stance, text))| {
        let fields = match &slot {
            Slot::Join => Fields::Join,
            Slot::Proposal(_) => Fields::Proposal { title },
            Slot::Vote(_) => Fields::Vote { target: one },
            Slot::Criticism(..) => Fields::Criticism { of: one, stance },
            Slot::Revision(_) => Fields::Revision { of: one, title, criticisms },
            Slot::Echo(_) => Fields::Echo { value: one },
            Slot::Ratify(_) => Fields::Ratify { value: one },
            Slot::Abandon(_) => Fields::Abandon,
            Slot::Accusation(name) => {
                Fields::Accusation { accused: name.clone(), evidence: [one.min(other), one.max(other)] }
            }
        };
        let text = match &slot {
            Slot::Echo(_) | Slot::Ratify(_) => String::new(),
            Slot::Proposal(_) | Slot::Revision(_) => text + "Words.\n",
            _ => text,
        };
        (slot, File { fields, text })
    })
}

fn charters() -> impl Strategy<Value = Charter> {
    (strings(), btree_set(names(), 1..12), any::<proptest::sample::Index>()).prop_map(|(title, names, faults)| {
        let most = (names.len() - 1) / 3;
        let researcher = |name: Name| Researcher {
            key: PublicKey::from_bytes(key_of(name.as_str()).verifying_key().to_bytes()).expect("a key"),
            remote: Remote::parse(&format!("https://{name}.example.org/log.git")).expect("a remote"),
            branch: Branch::parse("main").expect("a branch"),
            name,
        };
        let faults = faults.index(most + 1) as u32;
        Charter::new(&title, Some(faults), names.into_iter().map(researcher).collect()).expect("a charter")
    })
}

fn persons() -> impl Strategy<Value = Person> {
    ("[a-zA-Z\u{e9} ]{0,20}", "[a-z@.]{0,20}", 0..100_000_000_000_u64, "[+-][0-9]{4}")
        .prop_map(|(name, email, seconds, offset)| Person { name, email, seconds, offset })
}

proptest! {
    #[test]
    fn slots_are_read_as_written(slot in slots()) {
        prop_assert_eq!(Slot::parse(&slot.path()), Some(slot));
    }

    #[test]
    fn files_are_read_as_written((slot, file) in files()) {
        let printed = file.print();
        prop_assert_eq!(File::parse(&slot, printed.as_bytes()), Ok(file), "{}", printed);
    }

    #[test]
    fn charters_are_read_as_written(charter in charters()) {
        prop_assert_eq!(Charter::parse(charter.print().as_bytes()), Ok(charter));
    }

    #[test]
    fn commits_are_read_as_written(
        tree in any::<[u8; 20]>(),
        parents in btree_set(commits(), 1..6),
        author in persons(),
        committer in persons(),
        message in "[ -~]{1,30}\n(\n[ -~\n]{0,30}\n)?",
    ) {
        let tree = ObjectId::from_bytes(tree);
        let parents: Vec<CommitId> = parents.into_iter().collect();
        let raw = Commit::unsigned(tree, &parents, &author, &committer, &message);
        prop_assert_eq!(Commit::parse(&raw), Ok(Commit { tree, parents, author, committer, gpgsig: None, message }));
    }
}

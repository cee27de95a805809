//! Reports made by hand, for the tests of the faces.

use crate::protocol::charter::{Branch, Charter, PublicKey, Researcher};
use crate::protocol::finding::{Code, Finding};
use crate::protocol::id::{At, CommitId, Digest, Name, ObjectId};
use crate::protocol::report::{CharterRow, Report, ResearcherRow, Said, State, StepRow};
use crate::protocol::slot::Slot;
use crate::protocol::transport::Remote;
use crate::protocol::verify::{Safety, verdict};

/// Text that tries to leave every place it is written to.
pub(super) const HOSTILE: &str = "\u{1b}[2J\u{7}\u{202e}\u{2067}\r\n::set-output name=x::]]><b>`|##[error]%0A";

pub(super) fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub(super) fn commit(number: u8) -> CommitId {
    CommitId(ObjectId::from_bytes([number; 20]))
}

/// A finding about mallory with every commit and word made up.
pub(super) fn finding(code: Code) -> Finding {
    let message = format!("this is what {code} looks like");
    Finding::new(code, "4", message, "bicker status").about(&name("mallory")).shown_by([commit(0xaa)])
}

/// Four researchers who have said nothing, with one finding for each code.
pub(super) fn report_of(codes: &[Code]) -> Report {
    let findings: Vec<Finding> = codes.iter().map(|code| finding(*code)).collect();
    Report {
        verdict: verdict(&findings),
        safety: Safety::Holds,
        charter: CharterRow {
            digest: Digest::of(b"charter"),
            genesis: commit(1),
            title: "A protocol for the rest of us".to_owned(),
            researchers: 4,
            faults: 1,
            quorum: 3,
            majority: 3,
        },
        researchers: ["alice", "bob", "carol", "dave"].map(researcher).into(),
        steps: vec![step(1, 0, State::Open)],
        findings,
    }
}

/// A member of a charter, with the key of this seed.
pub(super) fn member(text: &str, seed: u8) -> Researcher {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    let key = PublicKey::from_bytes(secret.verifying_key().to_bytes()).expect("an honest key");
    let remote = Remote::parse(&format!("https://git.example.org/{text}/bft.git")).expect("a remote");
    Researcher { name: name(text), key, remote, branch: Branch::main() }
}

/// A charter of `n` researchers named r01, r02 and on.
pub(super) fn charter(n: u8) -> Charter {
    let members = (1..=n).map(|i| member(&format!("r{i:02}"), i)).collect();
    Charter::new("A protocol for the rest of us", None, members).expect("a charter")
}

fn researcher(text: &str) -> ResearcherRow {
    let remote = Remote::parse(&format!("https://git.example.org/{text}/bft.git")).expect("a remote");
    ResearcherRow { name: name(text), remote, head: Some(commit(0x10)), reachable: true, entries: 7, convicted: false }
}

pub(super) fn step(step: u32, round: u32, state: State) -> StepRow {
    StepRow {
        at: At::new(step, round),
        state,
        title: None,
        author: None,
        value: None,
        proposals: Vec::new(),
        criticisms: Vec::new(),
        revisions: Vec::new(),
        echoes: Vec::new(),
        ratifies: Vec::new(),
        abandons: Vec::new(),
    }
}

pub(super) fn said(by: &str, number: u8) -> Said {
    Said { by: name(by), commit: commit(number) }
}

/// Step 1, final; everyone but mallory took part.
fn final_step() -> StepRow {
    let each = |number: u8| {
        let support = |(place, by): (u8, &str)| (said(by, number + place), commit(0x30));
        [(0, "alice"), (1, "bob"), (2, "carol")].map(support).to_vec()
    };
    StepRow {
        title: Some("Sampling".to_owned()),
        author: Some(name("alice")),
        value: Some(commit(0x30)),
        proposals: vec![(said("alice", 0x20), vec![name("bob"), name("carol")])],
        criticisms: vec![
            (said("bob", 0x21), commit(0x20), "object"),
            (said("carol", 0x22), commit(0x20), "no-objection"),
        ],
        revisions: vec![said("alice", 0x30)],
        echoes: each(0x31),
        ratifies: each(0x41),
        ..step(1, 0, State::Final)
    }
}

/// A report with everything in it: every kind of finding but broken agreement, a convict, a final step and an
/// open one, and a remote that did not answer.
pub(super) fn sample() -> Report {
    let mut report = report_of(&[]);
    report.researchers = ["alice", "bob", "carol", "mallory"].map(researcher).into();
    if let [.., carol, mallory] = report.researchers.as_mut_slice() {
        (carol.reachable, carol.head) = (false, None);
        mallory.convicted = true;
    }
    let vote = Slot::Vote(At::new(2, 0));
    let mut findings: Vec<Finding> =
        Code::ALL.iter().filter(|code| **code != Code::ConflictingFinals).map(|code| finding(*code)).collect();
    findings.push(finding(Code::BadContent));
    if let [equivocation, .., hostile] = findings.as_mut_slice() {
        *equivocation = equivocation.clone().at_slot(Some(&vote)).shown_by([commit(0x51), commit(0x52)]);
        hostile.message = format!("commit in mallory's remote is not an entry: {HOSTILE}");
        hostile.hint = HOSTILE.to_owned();
        hostile.commits = vec![commit(0x53)];
    }
    findings.sort_by_cached_key(Finding::order);
    report.verdict = verdict(&findings);
    report.findings = findings;
    report.steps = vec![
        final_step(),
        StepRow {
            title: Some(HOSTILE.to_owned()),
            author: Some(name("bob")),
            proposals: vec![(said("bob", 0x60), vec![name("alice"), name("bob"), name("carol")])],
            abandons: vec![name("mallory")],
            ..step(2, 1, State::Selected)
        },
    ];
    report
}

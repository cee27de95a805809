use super::*;
use crate::protocol::id::At;

const A: &str = "0a00000000000000000000000000000000000000";
const B: &str = "b000000000000000000000000000000000000000";
const C: &str = "c000000000000000000000000000000000000000";

fn commit(hex: &str) -> CommitId {
    CommitId::parse(hex).expect("a commit id")
}

fn slot(path: &str) -> Slot {
    Slot::parse(path).expect("a slot")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn parse(path: &str, text: &str) -> Result<File, FileError> {
    File::parse(&slot(path), text.as_bytes())
}

/// Line, got and expected of the fault in `text`.
#[track_caller]
fn fault(path: &str, text: &str) -> (usize, String, &'static str) {
    match parse(path, text) {
        Err(FileError::Line { line, got, expected }) => (line, got, expected),
        other => panic!("{text:?} gave {other:?}"),
    }
}

const PROPOSAL: &str = "steps/0001/r0/proposal.md";
const VOTE: &str = "steps/0001/r0/vote.md";
const CRITICISM: &str = "steps/0001/r0/criticism/alice.md";
const REVISION: &str = "steps/0001/r0/revision.md";
const ECHO: &str = "steps/0001/r0/echo.md";
const RATIFY: &str = "steps/0001/r0/ratify.md";
const ABANDON: &str = "steps/0001/r0/abandon.md";
const ACCUSATION: &str = "accusations/mallory.md";

fn revision(items: &str) -> String {
    format!("---\nof: {A}\ntitle: \"T\"\ncriticisms:{items}\n---\nText.\n")
}

fn item(by: &str, commit: &str) -> String {
    format!("\n  - by: {by}\n    commit: {commit}\n    disposition: accepted\n    reason: \"\"")
}

/// A canonical file of each kind, and what it says.
fn good_ones() -> Vec<(&'static str, String, Fields, &'static str)> {
    let answer = |by, hex, disposition, reason: &str| Answer {
        by: name(by),
        commit: commit(hex),
        disposition,
        reason: reason.to_owned(),
    };
    let answers = vec![
        answer("zoe", B, Disposition::Accepted, "Yes."),
        answer("bob", C, Disposition::Rejected, r#"Not "now", \ later."#),
    ];
    let items = format!(
        "\n  - by: zoe\n    commit: {B}\n    disposition: accepted\n    reason: \"Yes.\"\n  - by: bob\n    commit: {C}\n    disposition: rejected\n    reason: \"Not \\\"now\\\", \\\\ later.\""
    );
    let title = || "T".to_owned();
    vec![
        ("join.md", "---\n---\n".to_owned(), Fields::Join, ""),
        ("join.md", "---\n---\n\n---\nHello.\n".to_owned(), Fields::Join, "\n---\nHello.\n"),
        (PROPOSAL, "---\ntitle: \"\"\n---\nß\n".to_owned(), Fields::Proposal { title: String::new() }, "ß\n"),
        (VOTE, format!("---\nfor: {A}\n---\nWell.\n"), Fields::Vote { target: commit(A) }, "Well.\n"),
        (
            CRITICISM,
            format!("---\nof: {A}\nstance: no-objection\n---\n"),
            Fields::Criticism { of: commit(A), stance: Stance::NoObjection },
            "",
        ),
        (
            REVISION,
            revision(" []"),
            Fields::Revision { of: commit(A), title: title(), criticisms: Vec::new() },
            "Text.\n",
        ),
        (
            REVISION,
            revision(&items),
            Fields::Revision { of: commit(A), title: title(), criticisms: answers },
            "Text.\n",
        ),
        (ECHO, format!("---\nvalue: {A}\n---\n"), Fields::Echo { value: commit(A) }, ""),
        (RATIFY, format!("---\nvalue: {A}\n---\n"), Fields::Ratify { value: commit(A) }, ""),
        (ABANDON, "---\n---\nLate.\n".to_owned(), Fields::Abandon, "Late.\n"),
        (
            ACCUSATION,
            format!("---\naccused: mallory\nevidence:\n  - {A}\n  - {B}\n---\nTwo votes.\n"),
            Fields::Accusation { accused: name("mallory"), evidence: [commit(A), commit(B)] },
            "Two votes.\n",
        ),
    ]
}

#[test]
fn content_2_content_every_kind_is_read_and_printed_back() {
    for (path, whole, fields, text) in good_ones() {
        let file = parse(path, &whole).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(file, File { fields, text: text.to_owned() });
        assert_eq!(file.print(), whole);
        assert_eq!(file.kind(), slot(path).kind());
    }
}

#[test]
fn content_2_content_commits_are_named_in_the_files_order() {
    for (_, whole, fields, _) in good_ones() {
        let named = fields.commits();
        let mut from = 0;
        for id in &named {
            from += whole[from..].find(&id.to_string()).expect("in order") + 40;
        }
        assert!([A, B, C].iter().all(|hex| !whole[from..].contains(hex)), "{whole}");
    }
}

#[test]
fn content_2_content_no_prefix_and_no_changed_line_is_canonical() {
    for (path, whole, fields, _) in good_ones() {
        let header = whole.find("\n---\n").map_or(4, |at| at + 5);
        for end in 0..header {
            assert!(parse(path, &whole[..end]).is_err(), "{:?}", &whole[..end]);
        }
        let lines: Vec<&str> = whole.lines().collect();
        let head = whole[..header].lines().count();
        for at in 0..head {
            for changed in
                [format!(" {}", lines[at]), format!("{} ", lines[at]), format!("{}\t", lines[at]), "x".to_owned()]
            {
                let mut other: Vec<&str> = lines.clone();
                other[at] = &changed;
                assert!(parse(path, &(other.join("\n") + "\n")).is_err(), "{path} line {at} {changed:?}");
            }
        }
        assert!(!fields.commits().is_empty() || head <= 3);
    }
}

#[test]
fn content_2_content_faults_name_the_line_what_is_there_and_what_belongs_there() {
    assert_eq!(fault(VOTE, ""), (1, "\"\"".into(), "LF at the end of the last line"));
    assert_eq!(fault("join.md", "---\n---\nHi"), (3, "\"Hi\"".into(), "LF at the end of the last line"));
    assert_eq!(fault(VOTE, "# Hi\n"), (1, "\"# Hi\"".into(), "---"));
    assert_eq!(fault(VOTE, "---\n"), (2, "the end of the file".into(), "for: COMMIT"));
    assert_eq!(fault(VOTE, "---\nfor:  x\n---\n"), (2, "\"for:  x\"".into(), "for: COMMIT"));
    assert_eq!(fault(VOTE, &format!("---\nfor: \"{A}\"\n---\n")).2, "for: COMMIT");
    assert_eq!(fault(VOTE, &format!("---\nfor: {}\n---\n", B.to_uppercase())).0, 2);
    assert_eq!(fault(VOTE, &format!("---\nfor: {A}\nfor: {A}\n---\n")), (3, format!("\"for: {A}\""), "---"));
    assert_eq!(fault(VOTE, &format!("---\nfor: {A}\n")), (3, "the end of the file".into(), "---"));
    assert_eq!(fault("join.md", "---\nname: \"a\"\n---\n").2, "---");
    for title in ["'T'", "T", "&a \"T\"", "\"T\" # c", "\"\\n\"", "\"a\tb\"", &quote(&"x".repeat(1001))] {
        let (line, _, expected) = fault(PROPOSAL, &format!("---\ntitle: {title}\n---\nText.\n"));
        assert_eq!((line, expected), (2, "title: and a string in quotes of at most 1000 bytes"), "{title}");
    }
    let stance = fault(CRITICISM, &format!("---\nof: {A}\nstance: Object\n---\n"));
    assert_eq!(stance, (3, "\"stance: Object\"".into(), "stance: object, suggest or no-objection"));
    let order = fault(CRITICISM, &format!("---\nstance: object\nof: {A}\n---\n"));
    assert_eq!(order, (2, "\"stance: object\"".into(), "of: COMMIT"));
}

#[test]
fn content_2_content_orders_are_strict() {
    for (first, second) in [(C, B), (B, B)] {
        let text = revision(&format!("{}{}", item("bob", first), item("bob", second)));
        assert_eq!(
            fault(REVISION, &text),
            (10, format!("\"    commit: {second}\""), "\"    commit: COMMIT\", in ascending order")
        );
        let text = format!("---\naccused: mallory\nevidence:\n  - {first}\n  - {second}\n---\n");
        assert_eq!(
            fault(ACCUSATION, &text),
            (5, format!("\"  - {second}\""), "\"  - COMMIT\", greater than the first")
        );
    }
    assert!(parse(REVISION, &revision(&format!("{}{}", item("bob", B), item("bob", C)))).is_ok());
}

#[test]
fn content_2_content_lists_have_one_spelling() {
    for (items, line) in
        [("", 5), (" null", 4), (" [ ]", 4), (" []\n  - by: bob", 5), ("\n  - bob", 5), ("\n- by: bob", 5)]
    {
        assert_eq!(fault(REVISION, &revision(items)).0, line, "{items:?}");
    }
    let four = item("bob", B).replace("disposition: accepted", "disposition: accepted|rejected");
    assert_eq!(fault(REVISION, &revision(&four)).2, "\"    disposition: \" and accepted or rejected");
    for evidence in ["", "\n  - 1", &format!("\n  - {A}"), &format!("\n  - {A}\n  - {B}\n  - {C}")] {
        let (line, ..) = fault(ACCUSATION, &format!("---\naccused: mallory\nevidence:{evidence}\n---\n"));
        assert!(line > 3, "{evidence:?}");
    }
}

#[test]
fn content_2_content_the_accused_is_the_slots() {
    let text = format!("---\naccused: alice\nevidence:\n  - {A}\n  - {B}\n---\n");
    assert_eq!(fault(ACCUSATION, &text), (2, "\"accused: alice\"".into(), "accused: NAME, the name in the path"));
}

#[test]
fn content_2_content_texts_are_empty_or_not_as_the_table_says() {
    for blank in ["", "\n", " \t\n\n"] {
        let (line, got, _) = fault(PROPOSAL, &format!("---\ntitle: \"T\"\n---\n{blank}"));
        assert_eq!((line, got.as_str()), (4, "no text"));
        assert_eq!(fault(REVISION, &revision(" []").replace("Text.\n", blank)).1, "no text");
        assert!(parse(VOTE, &format!("---\nfor: {A}\n---\n{blank}")).is_ok());
    }
    assert!(parse(PROPOSAL, "---\ntitle: \"T\"\n---\n\u{a0}\n").is_ok());
    for path in [ECHO, RATIFY] {
        for more in ["\n", "x\n", "---\n"] {
            assert_eq!(fault(path, &format!("---\nvalue: {A}\n---\n{more}")).0, 4);
        }
    }
}

#[test]
fn content_2_content_length_and_text_come_first() {
    let head = "---\n---\n";
    let longest = format!("{head}{}\n", "x".repeat(FILE_MAX - head.len() - 1));
    assert!(parse("join.md", &longest).is_ok());
    assert_eq!(parse("join.md", &format!("x{longest}")), Err(FileError::TooLong { got: FILE_MAX + 1 }));
    let forbidden = TextError::Forbidden { character: '\r', line: 1 };
    assert_eq!(parse("join.md", "---\r\n---\r\n"), Err(FileError::Text(forbidden)));
    assert_eq!(File::parse(&Slot::Join, b"---\n\xff"), Err(FileError::Text(TextError::NotUtf8(4))));
    let bom = parse("join.md", "\u{feff}---\n---\n");
    assert_eq!(bom, Err(FileError::Text(TextError::Forbidden { character: '\u{feff}', line: 1 })));
}

#[test]
fn content_2_content_charter_blocks_have_an_end_and_are_alone() {
    let proposal = |text: &str| format!("---\ntitle: \"T\"\n---\n{text}");
    let block = |text: &str| parse(PROPOSAL, &proposal(text)).map(|file| file.charter_block().map(str::to_owned));
    for (text, held) in [
        ("Text.\n", None),
        (" ```charter\n```charter \n````charter\n", None),
        ("Before\n```charter\nbicker: 1\n```\nafter\n```\n", Some("bicker: 1\n")),
        ("```charter\n```\n", Some("")),
        ("```charter\n```charter\n ```\n```\n", Some("```charter\n ```\n")),
    ] {
        assert_eq!(block(text), Ok(held.map(str::to_owned)), "{text:?}");
    }
    let open = "Hi\n```charter\nbicker: 1\n";
    assert_eq!(fault(PROPOSAL, &proposal(open)).0, 5);
    assert_eq!(fault(PROPOSAL, &proposal(open)).1, "a charter block without end");
    let two = fault(PROPOSAL, &proposal("```charter\n```\n\n```charter\n```\n"));
    assert_eq!((two.0, two.1.as_str()), (7, "a second charter block"));
    let vote = parse(VOTE, &format!("---\nfor: {A}\n---\n{open}")).expect("only proposals and revisions have blocks");
    assert_eq!(vote.charter_block(), None);
}

#[test]
fn hostile_files_are_refused_in_short_words() {
    let long = fault(VOTE, &format!("---\n{}\n", "é".repeat(100_000)));
    assert_eq!(long.1.chars().count(), 65);
    let many = "  - by: a\n".repeat(20_000);
    assert_eq!(fault(REVISION, &revision(&format!("\n{many}"))).0, 6);
}

#[test]
fn is_printed_as_names_the_first_line_that_differs() {
    assert_eq!(reader::is_printed_as("a\nb\n", "a\nb\n"), Ok(()));
    let fault = FileError::Line { line: 2, got: "\"b\"".into(), expected: "the canonical form" };
    assert_eq!(reader::is_printed_as("a\nb\n", "a\nc\n"), Err(fault));
    assert!(reader::is_printed_as("a\n", "a").is_err());
}

#[test]
fn words_have_one_spelling() {
    for stance in Stance::ALL {
        assert_eq!(Stance::parse(stance.as_str()), Some(stance));
    }
    for disposition in Disposition::ALL {
        assert_eq!(Disposition::parse(&disposition.to_string()), Some(disposition));
    }
    assert_eq!(Stance::parse("no objection"), None);
    assert_eq!(Slot::Vote(At::new(1, 0)).path(), VOTE);
}

use super::*;
use crate::protocol::file::{FILE_MAX, Fields, File};

const A: &str = "0a00000000000000000000000000000000000000";
const B: &str = "b000000000000000000000000000000000000000";
const C: &str = "c000000000000000000000000000000000000000";

const PROPOSAL: &str = "steps/0001/r0/proposal.md";
const VOTE: &str = "steps/0001/r0/vote.md";
const CRITICISM: &str = "steps/0001/r0/criticism/alice.md";
const REVISION: &str = "steps/0001/r0/revision.md";
const ECHO: &str = "steps/0001/r0/echo.md";
const ABANDON: &str = "steps/0001/r0/abandon.md";
const ACCUSATION: &str = "accusations/mallory.md";

fn commit(hex: &str) -> CommitId {
    CommitId::parse(hex).expect("a commit id")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

fn slot(path: &str) -> Slot {
    Slot::parse(path).expect("a slot")
}

fn read(path: &str, draft: &str) -> Result<File, DraftError> {
    read_draft(&slot(path), draft, &Given::default(), None)
}

/// What becomes of a draft that was written in a template.
fn read_in(path: &str, draft: &str, opened: &str) -> Result<File, DraftError> {
    read_draft(&slot(path), draft, &Given::default(), Some(opened))
}

/// The canonical file that a draft becomes.
#[track_caller]
fn becomes(path: &str, draft: &str, given: &Given, canonical: &str) {
    match read_draft(&slot(path), draft, given, None) {
        Ok(file) => assert_eq!(file.print(), canonical),
        Err(e) => panic!("{draft:?}: {e}"),
    }
}

/// A draft is refused at this line, in words that hold `part`.
#[track_caller]
fn refused(path: &str, draft: &str, at: usize, part: &str) {
    match read(path, draft) {
        Err(DraftError::Bad { line, what }) => {
            assert!(line == at && what.contains(part), "{draft:?}: line {line}: {what}");
        }
        other => panic!("{draft:?} gave {other:?}"),
    }
}

fn about(hex: &str) -> Given {
    Given { about: Some(commit(hex)), ..Given::default() }
}

fn titled(title: &str) -> Given {
    Given { title: Some(title.to_owned()), ..Given::default() }
}

fn answer(by: &str, hex: &str, disposition: Disposition, reason: &str) -> Answer {
    Answer { by: name(by), commit: commit(hex), disposition, reason: reason.to_owned() }
}

#[test]
fn a_draft_is_cut_at_the_help_it_was_opened_with_and_tidied() {
    let opened = template(&slot(VOTE), &about(A), &Prefill { quoted: "Theirs.", ..Prefill::default() });
    let (above, help) = opened.split_once(SCISSORS).expect("help");
    let canonical = format!("---\nfor: {A}\n---\nWell.  \n");
    for help in [format!("{SCISSORS}{help}"), format!("{SCISSORS}\n"), String::new()] {
        let draft = format!("\u{feff}{above}Well.  \n\n \t\n{help}").replace("---\n\n", "---\n").replace('\n', "\r\n");
        assert_eq!(read_in(VOTE, &draft, &opened).map(|file| file.print()), Ok(canonical.clone()), "{draft}");
    }
    for (draft, line, part) in [
        (format!("---\nfor: {A}\n---\n{SCISSORS}\nMy reason.\n"), 5, "\"My reason.\" is below"),
        (format!("{opened}My reason.\n"), opened.lines().count() + 1, "\"My reason.\" is below"),
        (format!("---\nfor: {A}\n---\nMine.\n{SCISSORS}\nMine, too.\n{SCISSORS}{help}"), 6, "is below"),
    ] {
        match read_in(VOTE, &draft, &opened) {
            Err(DraftError::Bad { line: at, what }) => assert!(at == line && what.contains(part), "{at}: {what}"),
            other => panic!("{draft:?} gave {other:?}"),
        }
    }
    // A word replaced everywhere is replaced in what is quoted below, too.
    let everywhere = format!("{above}Ours.\n{SCISSORS}{}", help.replace("Theirs.", "Ours."));
    assert!(read_in(VOTE, &everywhere, &opened).is_ok());
    assert!(read_in(VOTE, &everywhere.replacen("Ours.", "Mine.", 1), &opened).is_err());
    becomes(VOTE, "No line end", &about(A), &format!("---\nfor: {A}\n---\nNo line end\n"));
    becomes(VOTE, "\n\nLeading lines stay\n", &about(A), &format!("---\nfor: {A}\n---\n\n\nLeading lines stay\n"));
}

#[test]
fn a_text_that_is_brought_along_is_taken_whole() {
    for text in [format!("One.\n{SCISSORS}\nTwo.\n"), format!(" {SCISSORS}\n")] {
        becomes(ABANDON, &text, &Given::default(), &format!("---\n---\n{text}"));
    }
}

#[test]
fn headers_may_be_written_loosely() {
    let loose =
        format!("\n---  \n\n# my note\n Stance :  'No objection'\n  of: \"{}\"\n---\nFine.\n", B.to_uppercase());
    becomes(CRITICISM, &loose, &Given::default(), &format!("---\nof: {B}\nstance: no-objection\n---\nFine.\n"));
    for (written, title) in [
        ("Plain: and # simple", "\"Plain: and # simple\""),
        ("'it''s \"so\"'", r#""it's \"so\"""#),
        (r#""a \"b\" \\ c""#, r#""a \"b\" \\ c""#),
        (r"C:\dir", r#""C:\\dir""#),
        ("[draft] {x} & *", "\"[draft] {x} & *\""),
    ] {
        let canonical = format!("---\ntitle: {title}\n---\nText.\n");
        becomes(PROPOSAL, &format!("---\ntitle: {written}\n---\nText.\n"), &Given::default(), &canonical);
    }
    let items = format!(
        "criticisms:\n- commit: {C}\n  reason: it's \"late\"\n  disposition: reject\n  by: bob\n- by: 'zoe'\n  disposition: Accepted\n  commit: {B}\n"
    );
    becomes(
        REVISION,
        &format!("---\n{items}title: T\nof: {A}\n---\nText.\n"),
        &Given::default(),
        &format!(
            "---\nof: {A}\ntitle: \"T\"\ncriticisms:\n  - by: zoe\n    commit: {B}\n    disposition: accepted\n    reason: \"\"\n  - by: bob\n    commit: {C}\n    disposition: rejected\n    reason: \"it's \\\"late\\\"\"\n---\nText.\n"
        ),
    );
    let evidence = format!("---\nevidence:\n- '{B}'\n-{A}\n---\n");
    let canonical = format!("---\naccused: mallory\nevidence:\n  - {A}\n  - {B}\n---\n");
    becomes(ACCUSATION, &evidence, &Given::default(), &canonical);
}

#[test]
fn what_is_given_fills_the_header_and_wins_over_it() {
    becomes(VOTE, "", &about(A), &format!("---\nfor: {A}\n---\n"));
    becomes(VOTE, &format!("---\nfor: {B}\n---\nWhy."), &about(A), &format!("---\nfor: {A}\n---\nWhy.\n"));
    becomes(VOTE, "---\nfor: <commit>\n---\n", &about(A), &format!("---\nfor: {A}\n---\n"));
    becomes(
        PROPOSAL,
        "---\ntitle: Mine\n---\n# Heading",
        &titled("Theirs"),
        "---\ntitle: \"Theirs\"\n---\n# Heading\n",
    );
    let given = Given { stance: Some(Stance::Object), ..about(A) };
    becomes(CRITICISM, "No.", &given, &format!("---\nof: {A}\nstance: object\n---\nNo.\n"));
    let given = Given { evidence: Some([commit(B), commit(A)]), ..Given::default() };
    becomes(ACCUSATION, "", &given, &format!("---\naccused: mallory\nevidence:\n  - {A}\n  - {B}\n---\n"));
    becomes(ECHO, "", &about(A), &format!("---\nvalue: {A}\n---\n"));
    becomes("join.md", "", &Given::default(), "---\n---\n");
    becomes(ABANDON, " \n\n", &Given::default(), "---\n---\n");
}

#[test]
fn given_answers_win_for_their_own_criticism_only() {
    let open = format!(
        "---\nof: {A}\ntitle: T\ncriticisms:\n  - by: bob\n    commit: {B}\n    disposition: accepted|rejected\n  - by: zoe\n    commit: {C}\n    disposition: accepted\n    reason: good\n---\nText.\n"
    );
    let bob = answer("bob", B, Disposition::Rejected, "no");
    let given = Given { answers: Some(vec![bob.clone()]), ..Given::default() };
    let file = read_draft(&slot(REVISION), &open, &given, None).expect("both are answered");
    let zoe = answer("zoe", C, Disposition::Accepted, "good");
    let expected = Fields::Revision { of: commit(A), title: "T".to_owned(), criticisms: vec![bob, zoe] };
    assert_eq!(file.fields, expected);
    refused(REVISION, &open, 7, "leave one word: accepted or rejected");
    let given = Given { answers: Some(Vec::new()), title_before: Some("Before".to_owned()), ..about(A) };
    becomes(REVISION, "Text.", &given, &format!("---\nof: {A}\ntitle: \"Before\"\ncriticisms: []\n---\nText.\n"));
    refused(REVISION, &format!("---\nof: {A}\ntitle: T\n---\nText.\n"), 1, "criticisms: []");
}

#[test]
fn a_first_heading_is_the_title_when_there_is_no_other() {
    for (text, title) in [
        ("# Cold chains #\nText.\n", "Cold chains"),
        ("Intro\n## Sub\n   # C#\n# Second\n", "C#"),
        ("Underlined  \n=====\nText.\n# Later\n", "Underlined"),
        ("\nFirst\n\nSecond\n=\n", "Second"),
        ("Two\nlines\n===\n# Real\n", "Real"),
        ("~~~\nx\n===\n~~~\n    y\n===\n# Real\n", "Real"),
        ("```sh\n# comment\n```\n    # code\n~~~~\n# x\n~~~\n# y\n~~~~~\n# Real\n", "Real"),
    ] {
        becomes(PROPOSAL, text, &Given::default(), &format!("---\ntitle: \"{title}\"\n---\n{text}"));
        let with_header = format!("---\ntitle: \"\"\n---\n{text}");
        becomes(PROPOSAL, &with_header, &Given::default(), &format!("---\ntitle: \"{title}\"\n---\n{text}"));
    }
    refused(PROPOSAL, "#No heading\n# \n", 1, "begin the text with a heading, # THE TITLE, or give one: --title");
    refused(PROPOSAL, "---\ntitle: \"\"\n---\nText.\n", 2, "begin the text with a heading");
    refused(PROPOSAL, "---\nauthor: me\ntitle: T\n---\nText.\n", 2, "and so does a header of your own");
    refused(PROPOSAL, "Hi\n# Tab\there\n", 2, "tab");
    refused(PROPOSAL, &format!("# {}\n", "é".repeat(501)), 1, "too long");
}

#[test]
fn nothing_written_is_told_from_written_wrongly() {
    let empty = Err(DraftError::Empty);
    for blank in ["", "\n \t\n", "---\ntitle: \"\"\n---\n\n", "---\ntitle: T\n---\n"] {
        assert_eq!(read(PROPOSAL, blank), empty, "{blank:?}");
    }
    for stance in ["object|suggest|no-objection", "object", "suggest"] {
        assert_eq!(read(CRITICISM, &format!("---\nof: {A}\nstance: {stance}\n---\n")), empty);
    }
    assert!(read(CRITICISM, &format!("---\nof: {A}\nstance: no-objection\n---\n")).is_ok());
    let opened = template(&slot(REVISION), &about(A), &Prefill::default());
    assert_eq!(read_in(REVISION, &format!("---\nof: {A}\n---\n{SCISSORS}\n"), &opened), empty);
    assert!(gave_up(&format!(" \r\n\n{SCISSORS}\nhelp\n")));
    assert!(!gave_up("---\n---\n") && !gave_up("x"));
    assert!(is_unchanged("a\nb", "a\nb\n\n") && is_unchanged("\u{feff}a\r\nb\r\n", "a\nb\n"));
    assert!(!is_unchanged(" a\nb\n", "a\nb\n") && !is_unchanged("", "a"));
}

#[test]
fn faults_name_the_line_and_what_to_write() {
    refused(VOTE, "", 1, "for: COMMIT");
    refused(CRITICISM, &format!("---\nof: {A}\n---\nx"), 1, "stance: object");
    refused(VOTE, "---\nfor: 0a000\n---\n", 2, "40 hex digits");
    refused(VOTE, &format!("---\nfor: {A}\n\nWell.\n"), 1, "no end");
    refused(VOTE, &format!("---\nfor: {A}\nWell.\n---\n"), 3, "not a field of this header (fields: for: ...)");
    refused(VOTE, &format!("---\nfor: {A}\nFor: {B}\n---\n"), 3, "the first is in line 2");
    refused(VOTE, &format!("---\nfor: {A}\n- x\n---\n"), 3, "not a field");
    refused("join.md", "---\ntitle: x\n---\n", 2, "fields: none");
    refused(CRITICISM, &format!("---\nof: {A}\nstance: object|suggest|no-objection\n---\nx"), 3, "leave one word");
    refused(ACCUSATION, &format!("---\naccused: bob\nevidence:\n- {A}\n- {B}\n---\n"), 2, "about mallory");
    refused(ACCUSATION, &format!("---\nevidence:\n- {A}\n---\n"), 2, "two commits");
    refused(ACCUSATION, &format!("---\nevidence:\n- {A}\n- {A}\n---\n"), 4, "twice");
    refused(ACCUSATION, &format!("---\n- {A}\n---\n"), 2, "evidence:");
    refused(ECHO, &format!("---\nvalue: {A}\n---\nHi\n"), 4, "end of the file");
    for (title, part) in [
        ("\"open", "closing \""),
        ("'open", "closing '"),
        ("\"", "closing \""),
        ("'it's'", "''"),
        (r#""say "no"""#, "\\\""),
        (r#""line\n""#, "\\\\"),
        ("\"a\tb\"", "tab"),
        (&"x".repeat(1001), "too long"),
    ] {
        refused(PROPOSAL, &format!("---\ntitle: {title}\n---\nText.\n"), 2, part);
    }
}

#[test]
fn faults_in_criticisms_name_their_line() {
    let draft = |items: &str| format!("---\nof: {A}\ntitle: T\ncriticisms:{items}\n---\nText.\n");
    let good = format!("\n- by: bob\n  commit: {B}\n  disposition: accepted");
    assert!(read(REVISION, &draft(&good)).is_ok());
    refused(REVISION, &draft(&format!("{good}{good}")), 9, "answered twice; first in line 6");
    refused(REVISION, &draft(&good.replace("bob", "Bob")), 5, "not a researcher's name");
    refused(REVISION, &draft(&good.replace("  disposition: accepted", "")), 5, "lacks its disposition: line");
    refused(REVISION, &draft("\n  by: bob"), 5, "begin its item");
    refused(REVISION, &draft(&format!(" []{good}")), 4, "criticisms: []");
    refused(REVISION, &draft(" none"), 4, "criticisms: []");
    refused(REVISION, &draft("\n- bob"), 5, "not a field");
    refused(REVISION, &draft(&format!("{good}\n  by: zoe")), 8, "appears twice");
    refused(REVISION, &draft(&format!("{good}\n  reason: 'x")), 8, "closing '");
}

#[test]
fn faults_in_what_is_given_name_the_option() {
    let fault = |path, given: &Given| read_draft(&slot(path), "Text.", given, None).map_err(|e| e.to_string());
    let long = fault(PROPOSAL, &titled(&"x".repeat(1001))).expect_err("too long");
    assert!(long.starts_with("the title: this is too long"), "{long}");
    let lines = answer("bob", B, Disposition::Rejected, "one\ntwo");
    let given = Given { answers: Some(vec![lines]), ..titled("T") };
    let given = Given { about: Some(commit(A)), ..given };
    let lines = fault(REVISION, &given).expect_err("two lines");
    assert!(lines.starts_with("the reason for bob: this has to be one line"), "{lines}");
    let given = Given { evidence: Some([commit(A), commit(A)]), ..Given::default() };
    assert_eq!(fault(ACCUSATION, &given), Err("the evidence: one commit is given twice".to_owned()));
}

#[test]
fn hostile_drafts_are_refused_in_short_words() {
    for (character, part) in [
        ('\u{1b}', "an escape character (U+001B)"),
        ('\0', "NUL"),
        ('\r', "carriage return"),
        ('\u{9b}', "a control character (U+009B)"),
        ('\u{202e}', "writing direction"),
        ('\u{2028}', "separator"),
        ('\u{feff}', "byte order mark"),
    ] {
        refused(VOTE, &format!("---\nfor: {A}\n---\n\nab{character}c\n"), 5, part);
        refused(PROPOSAL, &format!("---\ntitle: a{character}c\n---\nText.\n"), 2, part);
    }
    let huge = "x".repeat(1_000_000);
    for draft in
        [format!("---\n{huge}\n---\n"), format!("---\n{huge}: {huge}\n---\n"), format!("---\nfor: {huge}\n---\n")]
    {
        let e = read(VOTE, &draft).expect_err("no such field").to_string();
        assert!(e.len() < 200, "{e}");
    }
    refused("join.md", &huge, 1, "expected at most 262144");
    let fits = "x".repeat(FILE_MAX - 9);
    assert!(read("join.md", &fits).is_ok() && read("join.md", &format!("{fits}x")).is_err());
    refused(REVISION, &format!("---\ncriticisms:\n{}---\nText.\n", "-\n".repeat(50_000)), 1, "of: COMMIT");
    refused(PROPOSAL, "---\ntitle: T\n---\nText.\n\n```charter\nx\n", 6, "a charter block without end");
    refused(PROPOSAL, &"#".repeat(100_000), 1, "title");
}

#[test]
fn help_fits_any_terminal_and_begins_with_the_way_to_give_up() {
    for kind in Kind::ALL.iter().filter(|kind| !matches!(kind, Kind::Echo | Kind::Ratify | Kind::Acknowledgement)) {
        let text = help(*kind);
        assert!(text.starts_with("To give up, leave this file as it is.\n"), "{kind:?}");
        let header_first = text.find("header").unwrap_or(0) <= text.find("below the second ---").unwrap_or(text.len());
        assert!(header_first, "{kind:?} goes through the file from top to bottom");
    }
    let helps = Kind::ALL.iter().map(|kind| help(*kind)).chain([super::copy::HELP, HELP_BEGINS]);
    for line in helps.flat_map(str::lines) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn help_left_in_the_text_is_not_signed() {
    for path in ["join.md", PROPOSAL, VOTE, CRITICISM, REVISION, ABANDON, ACCUSATION] {
        let opened = template(&slot(path), &about(A), &Prefill { quoted: "Theirs.\n", ..Prefill::default() });
        let help: Vec<&str> = opened.lines().skip_while(|line| *line != SCISSORS).skip(1).collect();
        let long = help.iter().filter(|line| line.split_whitespace().count() > 5);
        for line in long.chain([&QUOTE_BEGINS, &QUOTE_ENDS]) {
            let wrapped = line.split_whitespace().collect::<Vec<_>>().join("\n");
            for text in [format!("Mine.\n{line}\n"), format!("Mine.\n{wrapped}\n")] {
                for opened in [None, Some(opened.as_str())] {
                    let given = Given { answers: Some(Vec::new()), stance: Some(Stance::Object), ..titled("T") };
                    let given = Given { about: Some(commit(A)), evidence: Some([commit(A), commit(B)]), ..given };
                    match read_draft(&slot(path), &text, &given, opened) {
                        Err(DraftError::Bad { line: 2, what }) => assert!(what.contains("bicker's help"), "{what}"),
                        other => panic!("{path}: {text:?} gave {other:?}"),
                    }
                }
            }
        }
        let lost = opened.replace(SCISSORS, "x");
        assert!(read_in(path, &lost, &opened).expect_err("help").to_string().contains("bicker's help"));
    }
}

#[test]
fn every_rejection_says_why() {
    let draft = |reason: &str| {
        format!(
            "---\nof: {A}\ntitle: T\ncriticisms:\n- by: bob\n  commit: {B}\n  disposition: rejected\n{reason}---\nText.\n"
        )
    };
    refused(REVISION, &draft("  reason: \"\"\n"), 8, "bob is rejected without a reason");
    refused(REVISION, &draft("  reason: ' '\n"), 8, "without a reason");
    refused(REVISION, &draft(""), 5, "without a reason");
    assert!(read(REVISION, &draft("  reason: no\n")).is_ok());
}

#[test]
fn templates_read_back_what_was_given() {
    let given = Given {
        title: Some("A \"title\"".to_owned()),
        stance: Some(Stance::Suggest),
        answers: Some(vec![answer("bob", B, Disposition::Accepted, "yes")]),
        evidence: Some([commit(C), commit(B)]),
        ..about(A)
    };
    let quoted = format!("---\ntitle: \"theirs\"\n{SCISSORS}\n---\nvim: set modeline");
    let prefill = Prefill { body: "Body.\n\nEnd.", quoted: &quoted, ..Prefill::default() };
    for path in ["join.md", PROPOSAL, VOTE, CRITICISM, REVISION, ABANDON, ACCUSATION] {
        let draft = template(&slot(path), &given, &prefill);
        let from_draft = read_in(path, &draft, &draft).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert_eq!(from_draft.text, "Body.\n\nEnd.\n");
        assert_eq!(read_draft(&slot(path), "Body.\n\nEnd.\n", &given, None), Ok(from_draft.clone()));
        assert!(draft.starts_with(&from_draft.print()) && draft.contains(&quoted), "{draft}");
        assert!(draft.contains("To give up"));
        assert!(!draft.lines().rev().take(5).any(|line| line.contains("vim")));
    }
    let echo = template(&slot(ECHO), &given, &Prefill::default());
    assert!(read_in(ECHO, &echo, &echo).is_ok());
}

#[test]
fn templates_untouched_are_refused_or_empty_where_something_is_asked() {
    let criticisms = [(name("bob"), commit(B)), (name("zoe"), commit(C))];
    let prefill = Prefill { body: "Text.\n", criticisms: &criticisms, quoted: "" };
    let given = Given { title_before: Some("T".to_owned()), ..about(A) };
    let draft = template(&slot(REVISION), &given, &prefill);
    let untouched = |path: &str, given: &Given| {
        let opened = template(&slot(path), given, &Prefill::default());
        read_in(path, &opened, &opened)
    };
    let open = read_in(REVISION, &draft, &draft).expect_err("open").to_string();
    assert!(open.starts_with("line 7: got \"accepted|rejected\"; leave one word"), "{open}");
    let filled = draft.replace("accepted|rejected", "accepted");
    let expected = Fields::Revision {
        of: commit(A),
        title: "T".to_owned(),
        criticisms: vec![answer("bob", B, Disposition::Accepted, ""), answer("zoe", C, Disposition::Accepted, "")],
    };
    assert_eq!(read_in(REVISION, &filled, &draft).map(|file| file.fields), Ok(expected));
    let one = Given { answers: Some(vec![answer("zoe", C, Disposition::Rejected, "no")]), ..given };
    let half = template(&slot(REVISION), &one, &prefill);
    assert_eq!(half.matches("accepted|rejected").count(), 1);
    assert!(half.find("by: bob") < half.find("by: zoe"), "in the order of the file, answered or not: {half}");
    assert_eq!(untouched(PROPOSAL, &Given::default()), Err(DraftError::Empty));
    assert_eq!(untouched(CRITICISM, &about(A)), Err(DraftError::Empty));
    for (path, line) in [(VOTE, "line 2"), (ACCUSATION, "line 4")] {
        let e = untouched(path, &Given::default()).expect_err("no commit").to_string();
        assert!(e.starts_with(line) && e.contains("40 hex digits"), "{e}");
    }
}

#[test]
fn a_copy_comes_back_as_it_was_changed() {
    for text in ["One.\n", "One.\n\nvim: set modeline\n", &format!("{SCISSORS}\nOne.\n{SCISSORS}\n")] {
        let opened = copy(text);
        assert_eq!(changed(&opened, true).as_deref(), Ok(text));
        assert_eq!(changed(&opened.replace('\n', "\r\n"), true).as_deref(), Ok(text));
        assert_eq!(changed(text, false).as_deref(), Ok(text), "a file of one's own");
        let lines: Vec<&str> = opened.lines().collect();
        let edges = lines.iter().take(5).chain(lines.iter().rev().take(5));
        assert!(!edges.into_iter().any(|line| line.contains("vim") || line.contains("One")), "{opened}");
    }
    assert_eq!(changed(&copy("One."), true).as_deref(), Ok("One.\n"));
    for empty in [copy(""), copy(" \n")] {
        assert_eq!(changed(&empty, true), Err(DraftError::Empty));
    }
    assert_eq!(changed("", false), Err(DraftError::Empty));
    for lost in [copy("One.\n").replacen(SCISSORS, "", 1), copy("One.\n").replace(SCISSORS, "")] {
        assert!(changed(&lost, true).expect_err("a line is lost").to_string().contains(SCISSORS));
    }
}

#[test]
fn nothing_of_a_copys_help_is_signed_and_nothing_beside_the_copy_is_dropped() {
    let opened = copy("One.\n");
    let fault = |text: &str, is_copy| changed(text, is_copy).expect_err("refused").to_string();
    let stray = fault(&format!("x{}", opened.replace("One", "Two")), true);
    assert!(stray.starts_with("line 1: ") && stray.contains("is outside the copy"), "{stray}");
    let below = fault(&format!("{opened}Mine.\n"), true);
    assert!(below.contains("\"Mine.\" is outside the copy"), "{below}");
    for whole in [opened.clone(), format!("x{opened}"), opened.replace(SCISSORS, "")] {
        assert!(fault(&whole, false).contains("bicker's help"), "as a file of one's own");
    }
}

#[test]
fn a_scissors_line_in_the_body_loses_nothing() {
    let body = format!("One.\n{SCISSORS}\nTwo.\n");
    let draft = template(&slot(VOTE), &about(A), &Prefill { body: &body, ..Prefill::default() });
    let file = read_in(VOTE, &draft, &draft).expect("a vote");
    assert_eq!(file.text, format!("One.\n {SCISSORS}\nTwo.\n"));
}

/// Pieces from which drafts that come close to the grammar are made.
fn pieces() -> impl proptest::strategy::Strategy<Value = String> {
    let fixed = [
        "---\n",
        "\n",
        "\r\n",
        " ",
        "- ",
        "[]",
        "title: ",
        "T\n",
        "\"",
        "'",
        "\\",
        "of: ",
        "for: ",
        "value: ",
        "criticisms:\n",
        "evidence:\n",
        "by: bob\n",
        "commit: ",
        "disposition: accepted\n",
        "reason: x\n",
        "stance: object\n",
        "# Heading\n",
        "```charter\n",
        "```\n",
        "\t",
        "é",
        "\u{202e}",
        "\u{feff}",
        A,
        B,
        SCISSORS,
        "text\n",
    ];
    let pieces = proptest::collection::vec(proptest::sample::select(fixed.to_vec()), 0..30);
    proptest::strategy::Strategy::prop_map(pieces, |pieces| pieces.concat())
}

proptest::proptest! {
    #[test]
    fn what_a_draft_becomes_is_a_draft_of_itself(draft in pieces(), path in proptest::sample::select(vec![
        "join.md", PROPOSAL, VOTE, CRITICISM, REVISION, ECHO, ABANDON, ACCUSATION,
    ]), given in proptest::bool::ANY) {
        let given = if given { Given { stance: Some(Stance::Object), answers: Some(Vec::new()), evidence: Some([commit(A), commit(B)]), ..about(A) } } else { Given::default() };
        if let Ok(file) = read_draft(&slot(path), &draft, &given, None) {
            proptest::prop_assert_eq!(File::parse(&slot(path), file.print().as_bytes()), Ok(file.clone()));
            proptest::prop_assert_eq!(read(path, &file.print()), Ok(file));
        }
    }
}

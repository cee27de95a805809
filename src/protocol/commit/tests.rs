//! A good commit is read and written back; each bad one is refused with exactly its fault (section 2.commit).

use proptest::prelude::*;

use super::*;

const A: &str = "1111111111111111111111111111111111111111";
const B: &str = "2222222222222222222222222222222222222222";
const C: &str = "cccccccccccccccccccccccccccccccccccccccc";
const PARENT_EXPECTED: &str = "`parent` and 40 lower-case hex digits";
const END_UNSIGNED: &str = "the `gpgsig` header or an empty line after the `committer` line";
const END_SIGNED: &str = "an empty line after the `gpgsig` header";

fn good() -> String {
    format!(
        "tree {A}\nparent {B}\nparent {C}\nauthor Ann O. <ann@example.org> 1700000000 +0130\n\
         committer  <> 0 -9999\ngpgsig one\n two\n \n  four\n\nSay it\n\nBody\n"
    )
}

fn parse(raw: impl AsRef<[u8]>) -> Result<Commit, CommitError> {
    Commit::parse(raw.as_ref())
}

fn header(expected: &'static str, found: &str) -> Result<Commit, CommitError> {
    Err(CommitError::Header { expected, found: found.to_owned() })
}

#[test]
fn a_good_commit_is_read_in_full() {
    let commit = parse(good()).expect("a good commit");
    assert_eq!(commit.tree.to_string(), A);
    assert_eq!(commit.parents.iter().map(ToString::to_string).collect::<Vec<_>>(), [B, C]);
    assert_eq!(commit.author.to_string(), "Ann O. <ann@example.org> 1700000000 +0130");
    let nobody = Person { name: String::new(), email: String::new(), seconds: 0, offset: "-9999".to_owned() };
    assert_eq!(commit.committer, nobody);
    assert_eq!((commit.author.minutes_east(), nobody.minutes_east()), (90, -6_039));
    assert_eq!(commit.gpgsig.as_deref(), Some(&b"one\ntwo\n\n four"[..]));
    assert_eq!(commit.message, "Say it\n\nBody\n");
}

#[test]
fn writing_gives_the_bytes_that_were_read() {
    let raw = good();
    let read = parse(&raw).expect("a good commit");
    let unsigned = Commit::unsigned(read.tree, &read.parents, &read.author, &read.committer, &read.message);
    assert_eq!(unsigned, payload(raw.as_bytes()));
    assert_eq!(parse(&unsigned), Ok(Commit { gpgsig: None, ..read }));
    assert_eq!(with_signature(&unsigned, "one\ntwo\n\n four\n"), raw.as_bytes());
    assert_eq!(with_signature(&unsigned, "one\ntwo\n\n four"), raw.as_bytes());
}

#[test]
fn a_gpgsig_line_in_the_message_is_no_header() {
    let unsigned = payload(good().as_bytes());
    let quoting = [unsigned.as_slice(), b"gpgsig x\n y\n"].concat();
    assert_eq!(payload(&quoting), quoting);
    assert_eq!(parse(&quoting).map(|commit| commit.gpgsig), Ok(None));
    assert_eq!(payload(b"gpgsig a\n b"), b"");
    assert_eq!(payload(b""), b"");
}

#[test]
fn the_limit_on_length_includes_its_bound() {
    let raw = good();
    let full = format!("{raw}{}\n", "x".repeat(COMMIT_MAX - raw.len() - 1));
    assert!(parse(&full).is_ok());
    assert_eq!(parse(format!("{full}\n")), Err(CommitError::TooLong));
}

#[test]
fn tree_and_parents_have_one_spelling() {
    let raw = good();
    let with = |old: &str, new: &str| parse(raw.replacen(old, new, 1));
    let tree = "`tree` and 40 lower-case hex digits";
    assert_eq!(parse(""), header(tree, "the end"));
    assert_eq!(with("tree ", "tree  "), header(tree, &format!("`tree  {A}`")));
    assert_eq!(with("tree 1", "tree "), header(tree, &format!("`tree {}`", &A[1..])));
    let upper = format!("parent {}", C.to_uppercase());
    assert_eq!(with(&format!("parent {C}"), &upper), header(PARENT_EXPECTED, &format!("`{upper}`")));
    assert_eq!(with("\nparent 2", "\nparent 22"), header(PARENT_EXPECTED, &format!("`parent 2{B}`")));
    assert_eq!(
        parse(raw.replace(&format!("parent {B}\nparent {C}\n"), "")),
        header(PARENT_EXPECTED, "`author Ann O. <ann@example.org> 1700000000 +0130`")
    );
    assert_eq!(with("parent ", &format!("tree {A}\nparent ")), header(PARENT_EXPECTED, &format!("`tree {A}`")));
}

#[test]
fn parents_are_bounded_and_named_once() {
    let parents = |count: usize| -> String { (1..=count).map(|i| format!("parent {i:040x}\n")).collect() };
    let with = |parents: &str| parse(good().replace(&format!("parent {B}\nparent {C}\n"), parents));
    assert_eq!(with(&parents(PARENTS_MAX)).map(|commit| commit.parents.len()), Ok(PARENTS_MAX));
    assert_eq!(with(&parents(PARENTS_MAX + 1)), Err(CommitError::TooManyParents));
    let twice = CommitId::parse(B).expect("an id");
    let between = format!("parent {B}\nparent {C}\nparent {B}\n");
    assert_eq!(with(&between), Err(CommitError::ParentTwice(twice)));
}

#[test]
fn no_other_header_and_no_other_order() {
    let raw = good();
    let with = |old: &str, new: &str| parse(raw.replacen(old, new, 1));
    let author = "author Ann O. <ann@example.org> 1700000000 +0130\n";
    let committer = "the `committer` line";
    assert_eq!(with(author, ""), header("the `author` line", "`committer  <> 0 -9999`"));
    assert_eq!(with(author, &author.repeat(2)), header(committer, &format!("`{}`", author.trim_end())));
    assert_eq!(with("committer  <> 0 -9999\n", ""), header(committer, "`gpgsig one`"));
    assert_eq!(with("author", "gpgsig x\nauthor"), header("the `author` line", "`gpgsig x`"));
    for extra in [
        "committer  <> 0 -9999",
        "encoding UTF-8",
        "mergetag x",
        "gpgsig-sha256 x",
        "gpgsigx",
        "gpgsig",
        "change-id q",
        " folded",
        "parent 1111111111111111111111111111111111111111",
    ] {
        let found = format!("`{extra}`");
        assert_eq!(with("gpgsig ", &format!("{extra}\ngpgsig ")), header(END_UNSIGNED, &found), "{extra}");
        if !extra.starts_with(' ') {
            assert_eq!(with("\n\nSay", &format!("\n{extra}\n\nSay")), header(END_SIGNED, &found), "{extra}");
        }
    }
    assert_eq!(with("\n\nSay", "\ngpgsig one\n two\n\nSay"), header(END_SIGNED, "`gpgsig one`"));
    assert_eq!(parse(raw.split("\n\n").next().expect("the headers")), header(END_SIGNED, "`  four`"));
    assert_eq!(parse(raw.replace("\n\nSay it\n\nBody\n", "\n")), header(END_SIGNED, "the end"));
}

#[test]
fn persons_and_times_have_one_spelling() {
    let form = |line: &str| Err(PersonError::Form(format!("`{line}`")));
    for bad in [
        "",
        "Ann",
        "<> 1 +0000",
        "Ann<a@b> 1 +0000",
        "Ann <a@b>1 +0000",
        "Ann <a@b> 1",
        "Ann <a@b 1 +0000",
        "Ann <<a@b> 1 +0000",
        "A>n <a@b> 1 +0000",
        "Ann a@b> 1 +0000",
    ] {
        assert_eq!(Person::parse(bad.as_bytes()), form(bad), "{bad}");
    }
    for bad in ["", "01", "-1", "+1", "1e3", "100000000000", "\t1", "9x"] {
        let fault = PersonError::Seconds(excerpt(bad.as_bytes()));
        assert_eq!(Person::parse(format!("A <> {bad} +0000").as_bytes()), Err(fault), "{bad}");
    }
    for bad in ["", "0000", "+000", "+00000", "UTC", "+00a0", "+0000 ", "++000", " +0000"] {
        let fault = PersonError::Offset(format!("`{bad}`"));
        assert_eq!(Person::parse(format!("A <> 1 {bad}").as_bytes()), Err(fault), "{bad}");
    }
    let latest = Person::parse(b" A\t <> 99999999999 +9999").expect("eleven digits");
    assert_eq!((latest.seconds, latest.name.as_str()), (99_999_999_999, " A\t"));
}

#[test]
fn names_and_messages_are_text() {
    let raw = good();
    let with = |old: &str, new: &str| parse(raw.replacen(old, new, 1));
    let forbidden = |character| TextError::Forbidden { character, line: 1 };
    let person = |header, fault| Err(CommitError::Person { header, fault: PersonError::Text(fault) });
    assert_eq!(with("Ann", "A\rn"), person("author", forbidden('\r')));
    assert_eq!(with("committer ", "committer \u{202e}"), person("committer", forbidden('\u{202e}')));
    assert_eq!(
        with("Body", "Bo\0dy"),
        Err(CommitError::MessageText(TextError::Forbidden { character: '\0', line: 3 }))
    );
    let bytes = [raw.as_bytes(), b"\xff\n"].concat();
    assert_eq!(parse(bytes), Err(CommitError::MessageText(TextError::NotUtf8(13))));
    assert_eq!(parse(raw.trim_end()), Err(CommitError::MessageEnd));
    assert_eq!(with("Say it\n\nBody\n", ""), Err(CommitError::MessageEmpty));
    let latin = raw.replacen("Ann", "A?n", 1).into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|b| if b == b'?' { 0xe9 } else { b }).collect();
    assert_eq!(parse(latin), person("author", TextError::NotUtf8(1)));
}

#[test]
fn broken_commits_still_show_what_git_reads() {
    let ids = |ids: &[&str]| ids.iter().filter_map(|id| CommitId::parse(id)).collect::<Vec<_>>();
    let upper = C.to_uppercase();
    let broken = format!("tree {upper}\nparent {B}\nparent {upper}\nparent {B}\nnonsense\nparent {A}\n");
    assert_eq!(parents_as_git_reads(broken.as_bytes()), ids(&[B, C]));
    assert_eq!(tree_as_git_reads(broken.as_bytes()), ObjectId::parse(C));
    let cut = format!("tree {A}\nparent {B}\nparent {C}");
    assert_eq!(parents_as_git_reads(cut.as_bytes()), ids(&[B]));
    for bad in [format!("parent {B}\n"), format!("tree {A} \nparent {B}\n"), format!("tree {}\n", &A[1..])] {
        assert_eq!(parents_as_git_reads(bad.as_bytes()), []);
        assert_eq!(tree_as_git_reads(bad.as_bytes()), None);
    }
    assert_eq!(parents_as_git_reads(good().as_bytes()), ids(&[B, C]));
}

#[test]
fn only_the_first_parents_are_followed() {
    let id = |n: usize| format!("{n:040x}");
    let lines = |numbers: std::ops::Range<usize>| numbers.map(|n| format!("parent {}\n", id(n))).collect::<String>();
    let named = |raw: &str| parents_as_git_reads(raw.as_bytes()).iter().map(ToString::to_string).collect::<Vec<_>>();
    // One that is named again takes no other's place.
    let twice = format!("tree {A}\n{}{}{}", lines(1..2), lines(1..2), lines(2..200));
    assert_eq!(named(&twice), (1..=PARENTS_MAX).map(id).collect::<Vec<_>>());
    // 46 bytes of tree, then lines of 48 bytes: of the one that would end after 64 KiB nothing counts.
    let fit = (COMMIT_MAX - 46) / 48;
    let long = format!("tree {A}\n{}{}", lines(1..2).repeat(fit - 1), lines(2..4));
    assert_eq!(named(&long), [id(1), id(2)]);
}

#[test]
fn faults_show_hostile_bytes_in_printable_ascii() {
    let found = format!("`\\x1b[31m\\xff{}`...", "x".repeat(54));
    let raw = [b"\x1b[31m\xff".as_slice(), "x".repeat(200).as_bytes()].concat();
    assert_eq!(parse(raw), header("`tree` and 40 lower-case hex digits", &found));
}

proptest! {
    #[test]
    fn what_is_read_has_no_other_spelling(
        at in 0..400_usize, removed in 0..3_usize, put in "(|\n|\n | |<|>|0|parent |gpgsig |[ -~]{1,3}|\\PC)",
    ) {
        let mut raw = good().into_bytes();
        let at = at % raw.len();
        raw.splice(at..(at + removed).min(raw.len()), put.into_bytes());
        if let Ok(read) = parse(&raw) {
            let again = Commit::unsigned(read.tree, &read.parents, &read.author, &read.committer, &read.message);
            prop_assert_eq!(again, payload(&raw));
            prop_assert_eq!(parents_as_git_reads(&raw), read.parents);
            prop_assert_eq!(tree_as_git_reads(&raw), Some(read.tree));
        }
    }
}

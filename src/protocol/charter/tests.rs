//! A good charter is read, printed and counted; each bad one fails with exactly its error (section 1.1).

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

use super::*;
use crate::protocol::text::TextError;

/// The key made from the seed that consists of this byte.
pub(crate) fn key(seed: u8) -> PublicKey {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
    PublicKey::from_bytes(secret.verifying_key().to_bytes()).expect("an honest key")
}

/// A researcher with that name and the key of that seed.
fn researcher(name: &str, seed: u8) -> Researcher {
    Researcher {
        name: Name::parse(name).expect("a name"),
        key: key(seed),
        remote: Remote::parse(&format!("https://git.example.org/{name}/bft.git")).expect("a remote"),
        branch: Branch::main(),
    }
}

/// A charter of `n` researchers named r01, r02 and on.
pub(crate) fn charter(n: u8) -> Charter {
    let researchers = (1..=n).map(|i| researcher(&format!("r{i:02}"), i)).collect();
    Charter::new("A protocol for the rest of us", None, researchers).expect("a charter")
}

/// What reading the charter of four gives after `from` was replaced, once, by `to`.
fn changed(from: &str, to: &str) -> Result<Charter, CharterError> {
    let printed = charter(4).print();
    assert!(printed.contains(from), "{from}");
    Charter::parse(printed.replacen(from, to, 1).as_bytes())
}

fn form(line: usize, expected: &'static str, got: &str) -> Result<Charter, CharterError> {
    Err(CharterError::Form { line, expected, got: got.to_owned() })
}

#[test]
fn a_charter_is_printed_as_it_was_read() {
    for n in [1, 2, 4, 100] {
        let charter = charter(n);
        let read = Charter::parse(charter.print().as_bytes()).expect("a charter");
        assert_eq!(read, charter);
        assert_eq!(read.digest(), Digest::of(charter.print().as_bytes()));
    }
}

#[test]
fn all_kinds_of_remotes_branches_and_titles_are_read() {
    let places = [
        ("https://git.example.org:8443/a", "main"),
        ("ssh://git@git.example.org/b", "a/b"),
        ("git://git.example.org/c", "x.y"),
        ("git@git.example.org:d/bft.git", "1"),
        ("/srv/git/e.git", "_"),
    ];
    let mut text = "bicker: 1\ntitle: \"T \\\"quoted\\\" \\\\ é\"\nfaults: 1\nresearchers:\n".to_owned();
    for ((remote, branch), (name, seed)) in places.iter().zip(["anna", "bo", "cy", "di", "eve"].into_iter().zip(1..)) {
        let key = key(seed);
        text += &format!("  - name: {name}\n    key: {key}\n    remote: \"{remote}\"\n    branch: {branch}\n");
    }
    let charter = Charter::parse(text.as_bytes()).expect("a charter");
    assert_eq!(charter.print(), text);
    assert_eq!(charter.title(), r#"T "quoted" \ é"#);
    assert_eq!((charter.n(), charter.faults(), charter.quorum(), charter.majority()), (5, 1, 4, 3));
    let read: Vec<_> = charter.researchers().iter().map(|r| (r.remote.as_str(), r.branch.as_str())).collect();
    assert_eq!(read, places);
}

#[test]
fn thresholds_follow_from_n_and_f() {
    let counts = |n| {
        let charter = charter(n);
        (charter.faults(), charter.quorum(), charter.majority())
    };
    for (n, expected) in [
        (1, (0, 1, 1)),
        (2, (0, 2, 2)),
        (3, (0, 2, 2)),
        (4, (1, 3, 3)),
        (6, (1, 4, 4)),
        (7, (2, 5, 4)),
        (10, (3, 7, 6)),
        (100, (33, 67, 51)),
    ] {
        assert_eq!(counts(n), expected, "n = {n}");
    }
    let careless = Charter::new("", Some(0), charter(4).researchers().to_vec()).expect("a charter");
    assert_eq!((careless.faults(), careless.quorum(), careless.majority()), (0, 3, 3));
}

#[test]
fn two_quorums_share_an_honest_one() {
    let everyone = charter(40).researchers().to_vec();
    for n in 1..=40 {
        for f in 0..=(n - 1) / 3 {
            let some = everyone.iter().take(n as usize).cloned().collect();
            let charter = Charter::new("", Some(f), some).expect("a charter");
            assert!(2 * charter.quorum() - charter.n() > charter.faults(), "n = {n}, f = {f}");
            assert!(charter.quorum() <= charter.n() - charter.faults(), "n = {n}, f = {f}");
        }
    }
}

#[test]
fn researchers_are_found_by_name_and_key() {
    let charter = Charter::new("", None, vec![researcher("zoe", 1), researcher("anna", 2), researcher("mo", 3)]);
    let charter = charter.expect("a charter");
    let names: Vec<&str> = charter.researchers().iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["anna", "mo", "zoe"]);
    assert_eq!(charter.by_key(key(1).as_bytes()).map(|(at, r)| (at, r.name.as_str())), Some((2, "zoe")));
    assert_eq!(charter.by_key(key(4).as_bytes()), None);
    let mo = Name::parse("mo").expect("a name");
    assert_eq!((charter.position(&mo), charter.researcher(&mo)), (Some(1), charter.researchers().get(1)));
    assert_eq!(charter.researcher(&Name::parse("bo").expect("a name")), None);
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    let text = |character, line| Err(CharterError::Text(TextError::Forbidden { character, line }));
    assert_eq!(changed("1\n", "1\n\u{feff}"), text('\u{feff}', 2));
    assert_eq!(changed("1\n", "1\r \n"), text('\r', 1));
    assert_eq!(changed("the rest", "the\u{202e}rest"), text('\u{202e}', 2));
    for (begins, how) in [(&b"\xff\xfeb\0"[..], "UTF-16"), (b"\xfe\xff\0b", "UTF-16"), (b"\xef\xbb\xbfb", "mark")] {
        let refused = Charter::parse(begins).expect_err("refused").to_string();
        assert!(refused.starts_with("it was saved as ") && refused.contains(how), "{refused}");
    }
    assert!(Charter::parse(b"bicker: 1\r\n").expect_err("refused").to_string().contains("Windows line ends"));
    assert_eq!(Charter::parse(b"bicker: 1\n\xff"), Err(CharterError::Text(TextError::NotUtf8(10))));
    let big = vec![b'\n'; CHARTER_MAX + 1];
    assert_eq!(Charter::parse(&big), Err(CharterError::TooLarge { got: CHARTER_MAX + 1 }));
    assert_eq!(Charter::parse(&big[1..]), form(1, "`bicker: 1`", ""));
}

#[test]
fn no_other_form_is_read() {
    const TITLE: &str = "`title: ` and a string in double quotes";
    const FAULTS: &str = "`faults: ` and a decimal without leading zeros";
    const NAME: &str = "`  - name: ` and a name";
    let title = "title: \"A protocol for the rest of us\"";
    assert_eq!(Charter::parse(b""), form(1, "a line end at the end", ""));
    assert_eq!(Charter::parse(b"bicker: 1\ntitle"), form(2, "a line end at the end", "title"));
    assert_eq!(Charter::parse(b"bicker: 1\n"), form(2, TITLE, ""));
    assert_eq!(changed("bicker: 1", "bicker: 2"), form(1, "`bicker: 1`", "bicker: 2"));
    assert_eq!(changed("bicker: 1", "bicker: 1 "), form(1, "`bicker: 1`", "bicker: 1 "));
    assert_eq!(changed("bicker", "---\nbicker"), form(1, "`bicker: 1`", "---"));
    assert_eq!(changed(title, "title: 'A'"), form(2, TITLE, "title: 'A'"));
    assert_eq!(changed(title, "title: A"), form(2, TITLE, "title: A"));
    assert_eq!(changed(title, "title:  \"A\""), form(2, TITLE, "title:  \"A\""));
    assert_eq!(changed(title, "title: \"a\\tb\""), form(2, TITLE, "title: \"a\\tb\""));
    assert_eq!(changed(title, "title: \"a\tb\""), form(2, TITLE, "title: \"a\tb\""));
    let long = format!("title: \"{}\"", "x".repeat(1001));
    assert_eq!(changed(title, &long), form(2, TITLE, &format!("title: \"{}…", "x".repeat(56))));
    for faults in ["01", "+1", "1 ", "0x1", "", "one", "1000000000"] {
        let line = format!("faults: {faults}");
        assert_eq!(changed("faults: 1", &line), form(3, FAULTS, &line));
    }
    assert_eq!(changed("faults: 1\n", ""), form(3, FAULTS, "researchers:"));
    assert_eq!(changed("researchers:", "researchers: []"), form(4, "`researchers:`", "researchers: []"));
    assert_eq!(changed("  - name", "- name"), form(5, NAME, "- name: r01"));
    assert_eq!(
        changed("\n    key:", "\n    keys:").map_err(|e| e.to_string().starts_with("line 6: expected")),
        Err(true)
    );
    assert_eq!(changed("    branch: main\n", ""), form(8, "`    branch: ` and a branch", "  - name: r02"));
    assert_eq!(changed("main\n", "main\n\n"), form(9, NAME, ""));
    assert_eq!(changed("main\n", "main\n# r02\n"), form(9, NAME, "# r02"));
    let single = "    remote: '/x'";
    let remote = "    remote: \"https://git.example.org/r01/bft.git\"";
    assert_eq!(changed(remote, single), form(7, "`    remote: ` and a string in double quotes", single));
    let printed = charter(4).print();
    assert_eq!(Charter::parse(printed.trim_end().as_bytes()), form(20, "a line end at the end", "    branch: main"));
    assert_eq!(Charter::parse(format!("{printed}\n").as_bytes()), form(21, NAME, ""));
}

#[test]
fn bad_fields_are_told_with_their_line() {
    let field = |line, error| Err(CharterError::Field { line, error });
    let first = key(1).to_string();
    assert_eq!(changed("r01", "R01"), field(5, FieldError::Name("R01".to_owned())));
    assert_eq!(changed("r01", "\"r01\""), field(5, FieldError::Name("\"r01\"".to_owned())));
    assert_eq!(changed(&first, &format!("{first} r01@home")), field(6, KeyError::Type.into()));
    assert_eq!(changed(&first, &format!("\"{first}\"")), field(6, KeyError::Type.into()));
    let with_point = |point: [u8; 32]| changed(&first, &PublicKey::openssh_of(point));
    let mut above = [0xff; 32];
    (above[0], above[31]) = (0xf0, 0x7f);
    assert_eq!(with_point(above), field(6, KeyError::Point.into()));
    assert_eq!(with_point(EIGHT_TORSION[1].compress().0), field(6, KeyError::SmallOrder.into()));
    let mixed = ED25519_BASEPOINT_POINT + EIGHT_TORSION[1];
    assert_eq!(with_point(mixed.compress().0), field(6, KeyError::Torsion.into()));
    let remote = "https://git.example.org/r01/bft.git";
    let long = format!("/{}", "x".repeat(1000));
    assert_eq!(changed(remote, "git@git.example.org:-x"), field(7, RemoteError::PathDash.into()));
    assert_eq!(changed(remote, "ext::sh"), field(7, RemoteError::Transport.into()));
    assert_eq!(changed(remote, &long[..1000]).map(|c| c.n()), Ok(4));
    assert!(matches!(changed(remote, &long), Err(CharterError::Form { line: 7, .. })));
    assert_eq!(changed("main", "HEAD"), field(8, FieldError::Branch("HEAD".to_owned())));
    assert_eq!(changed("main", ""), field(8, FieldError::Branch(String::new())));
}

#[test]
fn researchers_ascend_and_nothing_is_there_twice() {
    let name = |text: &str| Name::parse(text).expect("a name");
    let (r1, r2) = (name("r01"), name("r02"));
    assert_eq!(changed("r01", "zoe"), Err(CharterError::Order { line: 9, name: r2.clone(), previous: name("zoe") }));
    assert_eq!(changed("name: r01", "name: r02"), Err(CharterError::SameName(r2.clone())));
    let same_key = changed(&key(2).to_string(), &key(1).to_string());
    assert_eq!(same_key, Err(CharterError::SameKey(r1.clone(), r2.clone())));
    let same_place = changed("r02/bft", "r01/bft");
    assert_eq!(same_place, Err(CharterError::SamePlace(r1, r2)));
    let mut shared = charter(4).researchers().to_vec();
    shared[1].remote = shared[0].remote.clone();
    shared[1].branch = Branch::parse("second").expect("a branch");
    assert!(Charter::new("", None, shared).is_ok());
}

#[test]
fn there_are_1_to_100_researchers_and_at_most_a_third_are_faulty() {
    let head = |n: u8| charter(n).print().split_inclusive('\n').take(4).collect::<String>();
    assert_eq!(Charter::parse(head(1).as_bytes()), Err(CharterError::NoResearchers));
    assert_eq!(Charter::new("", None, Vec::new()), Err(CharterError::NoResearchers));
    let many: Vec<Researcher> = (1..=101).map(|i| researcher(&format!("r{i:03}"), i)).collect();
    assert_eq!(Charter::new("", None, many.clone()), Err(CharterError::TooManyResearchers));
    let items: String = many.iter().map(|r| form::indent(&r.card())).collect();
    let printed = format!("{}{items}", head(100));
    assert_eq!(Charter::parse(printed.as_bytes()), Err(CharterError::TooManyResearchers));
    let faults = |got| Err(CharterError::Faults { researchers: 4, most: 1, got });
    assert_eq!(changed("faults: 1", "faults: 2"), faults(2));
    assert_eq!(changed("faults: 1", "faults: 999999999"), faults(999_999_999));
    assert_eq!(Charter::new("", Some(2), charter(4).researchers().to_vec()), faults(2));
    assert_eq!(changed("faults: 1", "faults: 0").map(|c| c.quorum()), Ok(3));
}

#[test]
fn titles_are_strings() {
    let titled = |title: &str| Charter::new(title, None, charter(1).researchers().to_vec());
    assert!(titled("").is_ok());
    for bad in ["a\nb", "a\tb", "a\u{202e}", &"x".repeat(1001), &"\"".repeat(501)] {
        assert_eq!(titled(bad), Err(CharterError::Title), "{bad}");
    }
}

//! Loose YAML, for making a charter (section 1.1).
//!
//! Reads cards as people write them by hand: comments, other quotes, keys in another order, no branch. What comes out is
//! checked like any researcher and printed in the canonical form. Nothing that was fetched, signed or agreed on comes here,
//! only the files that are named to `charter new`; this is the one place that knows the YAML reader.
//!
//! That reader is never shown anything that could cost more than a little time and memory. It is given at most
//! 256 KiB of text, no anchors and aliases (which multiply what they name), no tags, and a bounded number of
//! brackets (deep nesting takes it quadratic time). The two checks do not look at quotes, so that nothing can
//! hide from them in quotes that the reader sees differently; the price is that a few harmless strings are
//! refused. What is already canonical does not go through the YAML reader at all and is never refused for that.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::charter::form::{self, excerpt};
use super::charter::{CHARTER_MAX, CharterError, FieldError, PublicKey, RESEARCHERS_MAX, Remote, Researcher};

/// The most opening brackets and braces in loose YAML: the cards of 100 researchers in JSON have 101.
const BRACKETS_MAX: usize = 128;

/// A researcher as people write them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LooseResearcher {
    name: String,
    key: String,
    remote: String,
    #[serde(default = "main_branch")]
    branch: String,
}

fn main_branch() -> String {
    "main".to_owned()
}

/// Reads a file of cards: a list of researchers, canonical or in looser YAML.
///
/// # Errors
/// The first fault found. What concerns several researchers is left to
/// [`Charter::new`](super::charter::Charter::new).
pub fn read_cards(bytes: &[u8]) -> Result<Vec<Researcher>, CharterError> {
    match form::checked_text(bytes).and_then(form::read_cards) {
        Ok(researchers) => Ok(researchers),
        Err(_) => check_all(read_yaml(bytes)?),
    }
}

fn check_all(researchers: Vec<LooseResearcher>) -> Result<Vec<Researcher>, CharterError> {
    match researchers.len() {
        0 => return Err(CharterError::NoResearchers),
        1..=RESEARCHERS_MAX => {}
        _ => return Err(CharterError::TooManyResearchers),
    }
    let numbered = researchers.iter().zip(1..);
    numbered.map(|(loose, item)| check(loose).map_err(|error| CharterError::Item { item, error })).collect()
}

fn check(loose: &LooseResearcher) -> Result<Researcher, FieldError> {
    Ok(Researcher {
        name: form::parse_name(&loose.name)?,
        key: PublicKey::parse_pub_file(&loose.key)?,
        remote: Remote::parse(&loose.remote)?,
        branch: form::parse_branch(&loose.branch)?,
    })
}

/// Reads YAML into typed values, after the checks that keep the reader harmless. A byte order mark at the
/// start and CR before LF are taken as the editor's doing.
fn read_yaml<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CharterError> {
    if bytes.len() > CHARTER_MAX {
        return Err(CharterError::TooLarge { got: bytes.len() });
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let unix: Vec<u8> = bytes.split_inclusive(|b| *b == b'\n').flat_map(without_cr).copied().collect();
    let text = form::checked_text(&unix)?;
    check_indicators(text)?;
    check_brackets(text)?;
    // The reader's words quote what it read, line feeds and tabs included; an error is one line.
    let words = |error: serde_yaml::Error| excerpt(&error.to_string(), 300).replace(['\n', '\t'], "\u{fffd}");
    serde_yaml::from_str(text).map_err(|error| CharterError::Yaml(words(error)))
}

/// A line with CR LF at its end, with LF alone.
fn without_cr(line: &[u8]) -> impl Iterator<Item = &u8> {
    let (line, end) = line.strip_suffix(b"\r\n").map_or((line, &b""[..]), |line| (line, &b"\n"[..]));
    line.iter().chain(end)
}

/// No anchor, alias or tag: no `&` or `*` before a letter, digit, `_` or `-`, and no `!` before anything but a
/// blank, where a YAML node may begin. A node begins at a line's start, after a blank, a bracket, `,`, `:`,
/// `?` or a closing quote.
fn check_indicators(text: &str) -> Result<(), CharterError> {
    for (line, number) in text.lines().zip(1..) {
        let mut before = ' ';
        let mut rest = line.chars();
        while let Some(character) = rest.next() {
            let begins = matches!(before, ' ' | '\t' | '[' | ']' | '{' | '}' | ',' | ':' | '?' | '"' | '\'');
            let follows = rest.clone().next().unwrap_or(' ');
            let names = match character {
                '&' | '*' => follows.is_ascii_alphanumeric() || matches!(follows, '_' | '-'),
                '!' => !matches!(follows, ' ' | '\t'),
                _ => false,
            };
            if begins && names {
                return Err(CharterError::Indicator { line: number, character });
            }
            before = character;
        }
    }
    Ok(())
}

/// At most [`BRACKETS_MAX`] opening brackets and braces, wherever they stand: so no deeper nesting either.
fn check_brackets(text: &str) -> Result<(), CharterError> {
    let got = text.bytes().filter(|b| matches!(b, b'[' | b'{')).count();
    if got <= BRACKETS_MAX { Ok(()) } else { Err(CharterError::Brackets { got, most: BRACKETS_MAX }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::charter::tests::{charter, key};
    use crate::protocol::charter::{Charter, KeyError, RemoteError};

    fn typed(card: &str) -> Result<Vec<Researcher>, CharterError> {
        read_cards(card.as_bytes())
    }

    #[test]
    fn cards_are_read_as_printed() {
        let charter = charter(3);
        let cards: String = charter.researchers().iter().rev().map(Researcher::card).collect();
        let read = typed(&cards).expect("cards");
        assert_eq!(Charter::new(charter.title(), None, read).as_ref(), Ok(&charter));
    }

    #[test]
    fn canonical_cards_may_hold_what_looks_like_an_anchor() {
        let card = format!("- name: a\n  key: {}\n  remote: \"/x,&y[:*z,!t\"\n  branch: main\n", key(1));
        assert_eq!(typed(&card).expect("a card")[0].card(), card);
    }

    #[test]
    fn people_may_write_as_they_like() {
        let (one, two) = (key(1), key(2));
        let text = format!(
            "\u{feff}# ours\r\n---\r\n- {{remote: '/b', name: bob, key: {two} bob@home}}\r\n\
             - key: \"{one}\"\r\n  name: anna   # she asked\r\n  branch: 1\r\n  remote: /a&b!\r\n"
        );
        let cards: Vec<String> = typed(&text).expect("cards").iter().map(Researcher::card).collect();
        assert_eq!(cards[0], format!("- name: bob\n  key: {two}\n  remote: \"/b\"\n  branch: main\n"));
        assert_eq!(cards[1], format!("- name: anna\n  key: {one}\n  remote: \"/a&b!\"\n  branch: 1\n"));
        let json = format!(r#"[{{"name": "null", "key": "{one}", "remote": "/a", "branch": "null"}}]"#);
        let card = typed(&json).expect("a card");
        assert_eq!((card[0].name.as_str(), card[0].branch.as_str()), ("null", "null"));
    }

    #[test]
    fn each_fault_is_named() {
        let card = |name: &str, key: &str, rest: &str| format!("- {{name: {name}, key: {key}, {rest}}}");
        let good = key(1).to_string();
        let item = |error| Err(CharterError::Item { item: 1, error });
        assert_eq!(typed(&card("A", &good, "remote: /x")), item(FieldError::Name("A".to_owned())));
        assert_eq!(typed(&card(r#""a\e[2J""#, &good, "remote: /x")), item(FieldError::Name("a\u{fffd}[2J".to_owned())));
        assert_eq!(typed(&card("a", "ssh-rsa AAAA", "remote: /x")), item(FieldError::Key(KeyError::Type)));
        let unknown = typed("- {\"na\\tme\\n\": a}").expect_err("no such field").to_string();
        assert!(unknown.contains("`na\u{fffd}me\u{fffd}`"), "{unknown:?}");
        assert_eq!(typed(&card("a", &good, "remote: x")), item(FieldError::Remote(RemoteError::Transport)));
        assert_eq!(typed(&card("a", &good, "remote: /x, branch: HEAD")), item(FieldError::Branch("HEAD".to_owned())));
        assert_eq!(typed("[]\n"), Err(CharterError::NoResearchers));
        let many: String = (0..101).map(|i| format!("- {{name: a{i}, key: {good}, remote: /{i}}}\n")).collect();
        assert_eq!(typed(&many), Err(CharterError::TooManyResearchers));
        assert_eq!(read_cards(&[b' '; CHARTER_MAX + 1]), Err(CharterError::TooLarge { got: CHARTER_MAX + 1 }));
        assert!(matches!(read_cards(b"- \xff"), Err(CharterError::Text(_))));
        assert!(matches!(read_cards(b"- a\rb"), Err(CharterError::Text(_))));
    }

    #[test]
    fn what_is_not_asked_for_is_refused() {
        let good = key(1);
        let card = format!("- name: a\n  key: {good}\n  remote: /x\n");
        assert!(typed(&card).is_ok());
        for more in [
            "  branch: b\n  branch: c\n",
            "  email: a@example.org\n",
            "  <<: {branch: x}\n",
            "  branch: [x]\n",
            "- name: b\n",
            "---\n[]\n",
            "- 7\n",
            "- null\n",
            "  bra\\e[2J: x\n",
        ] {
            assert!(matches!(typed(&format!("{card}{more}")), Err(CharterError::Yaml(_))), "{more}");
        }
        for text in ["", "\n", "7", "name: a", "[[", "\"", "? ", "- - -"] {
            assert!(typed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_anchor_alias_or_tag_reaches_the_reader() {
        for (bad, character) in [
            ("- &a x", '&'),
            ("&a", '&'),
            ("-\t&_", '&'),
            ("[&a x]", '&'),
            ("{x: 'y',&a z}", '&'),
            ("{\"x\":&a y}", '&'),
            ("{?&a y}", '&'),
            ("\"x\"&a", '&'),
            ("- *a", '*'),
            ("[x, *-]", '*'),
            ("[]*a", '*'),
            ("- !!str x", '!'),
            ("- !<x> y", '!'),
            ("'x'!y", '!'),
            ("- !", ' '),
            ("- & *", ' '),
            ("- a&b*c!d", ' '),
        ] {
            let found = check_indicators(&format!("\n{bad}\n"));
            let expected = if character == ' ' { Ok(()) } else { Err(CharterError::Indicator { line: 2, character }) };
            assert_eq!(found, expected, "{bad}");
        }
        let laughs = "- &a [x,x]\n- [*a,*a]\n";
        assert_eq!(typed(laughs), Err(CharterError::Indicator { line: 1, character: '&' }));
    }

    #[test]
    fn nesting_is_bounded_before_the_reader_sees_it() {
        let deep = "{a: ".repeat(20_000);
        assert_eq!(typed(&deep), Err(CharterError::Brackets { got: 20_000, most: BRACKETS_MAX }));
        let hidden = format!("\"{}\"{}", "]".repeat(1000), "[".repeat(1000));
        assert_eq!(typed(&hidden), Err(CharterError::Brackets { got: 1000, most: BRACKETS_MAX }));
        assert!(matches!(typed(&"[".repeat(BRACKETS_MAX)), Err(CharterError::Yaml(_))));
    }

    /// Each of these nests, repeats or goes on as far as 256 KiB let it. Stacks and memory hold, and an end comes in time.
    #[test]
    fn whatever_fills_the_largest_file_is_refused_without_harm() {
        let filled = |unit: &str| unit.chars().cycle().take(CHARTER_MAX).collect::<String>();
        for unit in
            ["- ", "? ", "? - ", "a: \n", "a:", "-\n", "? a\n: b\n", "---\n", "#\n", "a ", "a\n", "%a b\n", "\t", " "]
        {
            assert!(typed(&filled(unit)).is_err(), "{unit:?}");
        }
        let (commas, keys) = (filled("a, "), filled("k: v, "));
        let deep = |open: &str, rest: &str| open.repeat(BRACKETS_MAX) + &rest[..CHARTER_MAX - 1000];
        let stairs = |step: &str| (0..700).map(|depth| " ".repeat(depth) + step).collect::<String>();
        let opened = |mark: &str, unit: &str| mark.to_owned() + &filled(unit)[..CHARTER_MAX - 8];
        for text in [
            deep("[", &commas),
            deep("{a: ", &keys),
            stairs("a:\n"),
            stairs("-\n"),
            opened("\"", "\\x41"),
            opened("'", "''"),
            opened("|\n", " a\n"),
            opened(">\n", " a\n\n"),
            opened("- name: a\n", "  name: a\n"),
        ] {
            assert!(typed(&text).is_err(), "{}", &text[..20]);
        }
    }
}

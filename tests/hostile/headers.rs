//! Commits whose headers or message are not those of an entry (section 2.commit), and some that look wrong and are not.

use super::expect::Expect;
use super::judge::Mutation;
use super::scene::{Scene, replace};

const GROUP: &str = "header";
const AUTHOR: &str = "author mallory <mallory@example.invalid> ";
const COMMITTER: &str = "\ncommitter mallory <mallory@example.invalid> ";

/// A text in the commit, replaced before it is signed, breaks 2.commit.
fn breaks(name: &'static str, from: &'static str, to: &'static [u8]) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| Expect::tip("malformed", "2.commit", scene.replaced(from, to)))
}

/// A text in the commit, replaced before it is signed, breaks nothing.
fn keeps(name: &'static str, from: &'static str, to: &'static [u8]) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| Expect::allowed(scene.replaced(from, to)))
}

/// A text in the commit, replaced before it is signed, makes it one that git itself does not read and so does not
/// serve. What comes of a server that is not git is told in `servers`.
fn unserved(name: &'static str, from: &'static str, to: &'static [u8]) -> Mutation {
    Mutation::new(GROUP, name, move |scene: &mut Scene| {
        scene.replaced(from, to);
        Expect::unreachable()
    })
}

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [lines(), people(), parents(), messages()].into_iter().flatten().collect()
}

/// Headers that are too many, too few or in the wrong place. Whatever git and libgit2 make of them, and they differ,
/// such a commit is none.
fn lines() -> Vec<Mutation> {
    vec![
        breaks("two-committers", COMMITTER, b"\ncommitter eve <eve@example.invalid> 1 +0000\ncommitter mallory <m> "),
        breaks("author-twice", AUTHOR, b"author eve <e> 1 +0000\nauthor mallory <m> "),
        breaks("no-author", AUTHOR, b"nobody mallory <m> "),
        breaks("no-committer", COMMITTER, b"\nnobody mallory <m> "),
        breaks(
            "parent-after-the-author",
            "\ncommitter",
            b"\nparent 1111111111111111111111111111111111111111\ncommitter",
        ),
        breaks("change-id-of-jujutsu", "\n\n", b"\nchange-id qpvuntsmwlqtsxzm\n\n"),
        breaks("mercurial-extra", "\n\n", b"\nHG:extra rebase_source:00\n\n"),
        breaks("mergetag", "\n\n", b"\nmergetag object 1111111111111111111111111111111111111111\n type commit\n\n"),
        breaks("encoding-utf-7", "\n\n", b"\nencoding UTF-7\n\n"),
        breaks("gpgsig-sha256-beside", "\n\n", b"\ngpgsig-sha256 -----BEGIN SSH SIGNATURE-----\n AA\n\n"),
        breaks("header-without-a-value", "\n\n", b"\nx\n\n"),
        breaks("carriage-returns", "\ncommitter", b"\r\ncommitter"),
        unserved("two-spaces-after-tree", "tree ", b"tree  "),
        unserved("continuation-first", "tree ", b" tree "),
        unserved("parent-with-a-carriage-return", "\nauthor", b"\r\nauthor"),
        breaks("nul-in-a-header", "\n\n", b"\nx a\0b\n\n"),
        Mutation::new(GROUP, "tree-twice", |scene| {
            // What git reads before the second line has no parent: another root.
            let tip = scene.signed(|raw| [&raw[..46], &raw[..]].concat());
            Expect::other_root(tip)
        }),
        Mutation::new(GROUP, "no-parent", |scene| {
            let lines = |raw: Vec<u8>| {
                let all = raw.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"parent "));
                all.collect::<Vec<_>>().concat()
            };
            Expect::other_root(scene.signed(lines))
        }),
        Mutation::new(GROUP, "nothing-at-all", |scene| {
            let empty = scene.mallory.write("commit", b"");
            scene.point(empty);
            Expect::unreachable()
        }),
        Mutation::new(GROUP, "no-empty-line", |scene| {
            let end = |raw: Vec<u8>| raw.split(|byte| *byte == b'\n').take(5).collect::<Vec<_>>().join(&b'\n');
            Expect::tip("malformed", "2.commit", scene.forged(end))
        }),
    ]
}

/// Names and times.
fn people() -> Vec<Mutation> {
    vec![
        breaks("escape-in-a-name", AUTHOR, b"author \x1b[2Jmallory <m> "),
        breaks("carriage-return-in-a-name", AUTHOR, b"author mal\rlory <m> "),
        breaks("c1-in-a-name", AUTHOR, "author mal\u{9b}31mlory <m> ".as_bytes()),
        breaks("right-to-left-in-a-name", AUTHOR, "author mal\u{202e}yrol <m> ".as_bytes()),
        breaks("latin-1-in-a-name", AUTHOR, b"author mall\xf3ry <m> "),
        breaks("bracket-in-a-name", AUTHOR, b"author mal<lory <m> "),
        breaks("seconds-beyond-64-bits", AUTHOR, b"author m <m> 18446744073709551616 +0000\nx"),
        breaks("seconds-with-a-zero-in-front", AUTHOR, b"author mallory <m> 0"),
        breaks("offset-in-letters", " +0000\n", b" UTC\n"),
        breaks("offset-of-three-digits", " +0000\n", b" +000\n"),
        breaks("no-space-before-the-address", AUTHOR, b"author mallory<m> "),
        keeps("somebody-elses-name", AUTHOR, b"author alice <alice@example.invalid> "),
        keeps("no-name-and-no-address", AUTHOR, b"author  <> "),
        keeps("offset-that-no-zone-has", " +0000\n", b" -9999\n"),
        keeps("a-name-that-is-an-option", AUTHOR, b"author --upload-pack=x <$(id)> "),
        Mutation::new(GROUP, "a-name-of-10000-letters", |scene| {
            Expect::allowed(scene.replaced(AUTHOR, format!("author {} <m> ", "x".repeat(10_000)).as_bytes()))
        }),
        Mutation::new(GROUP, "author-in-the-year-5138", |scene| {
            Expect::allowed(scene.signed(|raw| with_seconds(&raw, "99999999999")))
        }),
        Mutation::new(GROUP, "author-in-1970", |scene| Expect::allowed(scene.signed(|raw| with_seconds(&raw, "0")))),
    ]
}

/// The author's time replaced.
fn with_seconds(raw: &[u8], seconds: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(raw);
    let (before, rest) = text.split_once(AUTHOR).expect("an author");
    let (_, after) = rest.split_once(' ').expect("a time");
    format!("{before}{AUTHOR}{seconds} {after}").into_bytes()
}

/// Lines of parents.
fn parents() -> Vec<Mutation> {
    let line = |id: &dyn std::fmt::Display| format!("parent {id}\n");
    vec![
        Mutation::new(GROUP, "parent-twice", move |scene| {
            let join = line(&scene.join);
            let twice = |raw: Vec<u8>| replace(&raw, join.as_bytes(), join.repeat(2).as_bytes());
            Expect::tip("malformed", "2.commit", scene.signed(twice))
        }),
        Mutation::new(GROUP, "parent-twice-once-in-capitals", move |scene| {
            let join = line(&scene.join);
            let capitals = join.to_uppercase().replace("PARENT", "parent");
            let both = |raw: Vec<u8>| replace(&raw, join.as_bytes(), (join.clone() + &capitals).as_bytes());
            Expect::tip("malformed", "2.commit", scene.signed(both))
        }),
        Mutation::new(GROUP, "300-parents", move |scene| {
            let join = line(&scene.join);
            let many = |raw: Vec<u8>| replace(&raw, join.as_bytes(), join.repeat(300).as_bytes());
            Expect::tip("malformed", "2.commit", scene.signed(many))
        }),
    ]
}

/// Messages.
fn messages() -> Vec<Mutation> {
    vec![
        breaks("message-of-nothing", "\n\nmallory writes\n\nBicker-Seal: sha256:", b"\n"),
        breaks("message-not-utf-8", "writes", b"\xff\xfe"),
        breaks("message-with-nul", "writes", b"writes\0and hides"),
        breaks("message-with-a-byte-order-mark", "mallory writes", "\u{feff}mallory writes".as_bytes()),
        breaks("message-with-an-osc-title", "writes", b"\x1b]0;owned\x07"),
        breaks("message-with-backspaces", "writes", b"writes\x08\x08\x08\x08\x08\x08reads"),
        breaks("message-with-an-isolate", "writes", "\u{2066}writes".as_bytes()),
        keeps("message-with-a-workflow-command", "writes", b"\n::error::writes"),
        keeps("message-with-zero-width-characters", "writes", "wri\u{200b}\u{200d}\u{ad}tes\u{fe0f}".as_bytes()),
        Mutation::new(GROUP, "commit-of-65537-bytes", |scene| {
            let entry = scene.entry();
            let more = 65_537 - scene.raw(entry).len();
            let long = format!("writes{}", "x".repeat(more));
            let tip = scene.replaced("writes", long.as_bytes());
            assert_eq!(scene.raw(tip).len(), 65_537);
            Expect::tip("malformed", "2.commit", tip)
        }),
        Mutation::new(GROUP, "signature-in-the-message", |scene| {
            let inside = |raw: Vec<u8>| {
                let text = String::from_utf8(raw).expect("text");
                let start = text.find("gpgsig ").expect("a signature");
                let (signature, message) = text[start..].split_once("\n\n").expect("a message");
                format!("{}\n{signature}\n\n{message}", &text[..start]).into_bytes()
            };
            Expect::tip("unsigned", "2.signature", scene.forged(inside))
        }),
    ]
}

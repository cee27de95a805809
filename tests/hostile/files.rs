//! What an entry's file may not hold (sections 1.4, 2.content and 2.2), and what it may, odd as it looks: header lines
//! that some reader of YAML takes for others, characters that make a screen show something else, and Markdown.

use super::expect::Expect;
use super::judge::Mutation;
use super::scene::{PROPOSAL, Scene};

const VOTE: &str = "steps/0002/r0/vote.md";
const ECHO: &str = "steps/0002/r0/echo.md";
const REVISION: &str = "steps/0002/r0/revision.md";
const ACCUSATION: &str = "accusations/bob.md";

/// The mutations.
pub(crate) fn mutations() -> Vec<Mutation> {
    [headers(), other_headers(), characters(), allowed_characters(), markdown(), blocks()]
        .into_iter()
        .flatten()
        .collect()
}

/// A file at a slot that is not in its slot's form.
fn bad(group: &str, name: impl std::fmt::Display, path: &'static str, content: Vec<u8>) -> Mutation {
    Mutation::new(group, name, move |scene: &mut Scene| {
        Expect::tip("bad-content", "2.content", scene.adds(path, &content))
    })
}

/// Proposals whose header only a reader of YAML would take for one.
fn headers() -> Vec<Mutation> {
    let many = "[".repeat(20_000);
    let alias = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: &d [*c, *c]\ntitle: *d";
    let long = format!("title: \"{}\"", "x".repeat(200_000));
    let lines = [
        ("key-twice", "title: \"a\"\ntitle: \"b\""),
        ("merge-key", "<<: {title: \"a\"}"),
        ("merge-key-beside", "<<: {title: \"b\"}\ntitle: \"a\""),
        ("tag-binary", "title: !!binary YQ=="),
        ("tag-include", "title: !include /etc/hostname"),
        ("tag-of-python", "title: !!python/object/apply:os.system [\"id\"]"),
        ("alias", "title: &a \"a\""),
        ("alias-bomb", alias),
        ("comment", "title: \"a\" # and more"),
        ("comment-line", "# a comment\ntitle: \"a\""),
        ("flow-mapping", "{title: \"a\"}"),
        ("block-scalar", "title: |\n  a"),
        ("folded-scalar", "title: >-\n  a"),
        ("escape-of-an-escape", "title: \"\\x1b[2J\""),
        ("escape-in-four-digits", "title: \"\\u202e\""),
        ("tab-after-the-colon", "title:\t\"a\""),
        ("space-at-the-end", "title: \"a\" "),
        ("key-in-quotes", "\"title\": \"a\""),
        ("explicit-key", "? title\n: \"a\""),
        ("one-field-more", "title: \"a\"\nstep: 2"),
        ("no-field", ""),
        ("tab-in-a-title", "title: \"a\tb\""),
        ("directive", "%YAML 1.1\ntitle: \"a\""),
        ("documents", "title: \"a\"\n...\n---\ntitle: \"b\""),
        ("next-line-character", "title: \"a\u{85}of: x\""),
        ("title-null", "title: ~"),
        ("20000-brackets", &many),
        ("title-of-200000-bytes", &long),
    ];
    let file = |(name, lines): &(&str, &str)| bad("yaml", name, PROPOSAL, format!("---\n{lines}\n---\nText.\n").into());
    lines.iter().map(file).collect()
}

fn other_headers() -> Vec<Mutation> {
    let yaml = |name: &str, path, text: &str| bad("yaml", name, path, text.as_bytes().to_vec());
    let zero = "0".repeat(40);
    vec![
        yaml("byte-order-mark", PROPOSAL, "\u{feff}---\ntitle: \"a\"\n---\nText.\n"),
        yaml("carriage-returns", PROPOSAL, "---\r\ntitle: \"a\"\r\n---\r\nText.\r\n"),
        yaml("never-closed", PROPOSAL, "---\ntitle: \"a\"\n"),
        yaml("four-dashes", PROPOSAL, "----\ntitle: \"a\"\n----\nText.\n"),
        yaml("empty-line-first", PROPOSAL, "\n---\ntitle: \"a\"\n---\nText.\n"),
        yaml("no-line-end", PROPOSAL, "---\ntitle: \"a\"\n---\nText."),
        yaml("only-spaces-for-a-text", PROPOSAL, "---\ntitle: \"a\"\n---\n \t\n \n"),
        yaml("vote-in-capitals", VOTE, &format!("---\nfor: {}\n---\n", "A".repeat(40))),
        yaml("vote-of-39-digits", VOTE, &format!("---\nfor: {}\n---\n", "a".repeat(39))),
        yaml("vote-for-head", VOTE, "---\nfor: HEAD\n---\n"),
        yaml("vote-for-no-ancestor", VOTE, &format!("---\nfor: {zero}\n---\n")),
        yaml("vote-for-an-option", VOTE, "---\nfor: --upload-pack=touch canary\n---\n"),
        yaml("echo-with-words", ECHO, &format!("---\nvalue: {zero}\n---\nWords.\n")),
        yaml("revision-in-flow", REVISION, &format!("---\nof: {zero}\ntitle: \"a\"\ncriticisms: [{{}}]\n---\nText.\n")),
        yaml("revision-of-null", REVISION, "---\nof: null\ntitle: \"a\"\ncriticisms: []\n---\nText.\n"),
        yaml("accusation-of-somebody-else", ACCUSATION, &accusation("alice", &["1", "2"])),
        yaml("accusation-upside-down", ACCUSATION, &accusation("bob", &["2", "1"])),
        yaml("accusation-with-one-piece-twice", ACCUSATION, &accusation("bob", &["1", "1"])),
        yaml("accusation-with-1000-pieces", ACCUSATION, &accusation("bob", &["1"; 1000])),
    ]
}

fn accusation(name: &str, digits: &[&str]) -> String {
    let items: String = digits.iter().map(|digit| format!("  - {}\n", digit.repeat(40))).collect();
    format!("---\naccused: {name}\nevidence:\n{items}---\n")
}

/// Characters and bytes that text may not hold (section 1.4), in a proposal's text.
fn characters() -> Vec<Mutation> {
    let bytes: [(&str, &[u8]); 22] = [
        ("clears-the-screen", b"\x1b[2J\x1b[H"),
        ("sets-the-title", b"\x1b]0;all is well\x07"),
        ("writes-to-the-clipboard", b"\x1b]52;c;cm0gLXJmIC8=\x07"),
        ("links-elsewhere", b"\x1b]8;;https://evil.invalid\x1b\\text\x1b]8;;\x1b\\"),
        ("backspaces", b"no\x08\x08yes"),
        ("carriage-return", b"reject\raccept"),
        ("nul", b"text\0more"),
        ("bell", b"\x07"),
        ("form-feed", b"\x0c"),
        ("delete", b"\x7f"),
        ("c1-control-sequence", "\u{9b}2J".as_bytes()),
        ("right-to-left-override", "\u{202e}on\u{202c}".as_bytes()),
        ("isolate", "\u{2067}x\u{2069}".as_bytes()),
        ("arabic-letter-mark", "\u{61c}".as_bytes()),
        ("right-to-left-mark", "\u{200f}".as_bytes()),
        ("paragraph-separator", "\u{2029}".as_bytes()),
        ("byte-order-mark-inside", "a\u{feff}b".as_bytes()),
        ("overlong-slash", b"\xc0\xaf"),
        ("surrogate", b"\xed\xa0\x80"),
        ("beyond-unicode", b"\xf4\x90\x80\x80"),
        ("cut-short", b"\xe2\x82"),
        ("utf-16", b"\xff\xfeT\0e\0x\0t\0"),
    ];
    let file = |(name, text): &(&str, &[u8])| {
        bad("text", name, PROPOSAL, [b"---\ntitle: \"a\"\n---\n", *text, b"\n"].concat())
    };
    bytes.iter().map(file).collect()
}

/// A proposal for step 2 that is odd and allowed.
fn allowed(group: &str, name: impl std::fmt::Display, markdown: String) -> Mutation {
    Mutation::new(group, name, move |scene: &mut Scene| Expect::proposed(scene.proposes(&markdown)))
}

/// Characters that text may hold, though they are not what they seem.
fn allowed_characters() -> Vec<Mutation> {
    let combining = format!("a{}", "\u{301}".repeat(10_000));
    let texts = [
        ("zero-width-space", "a\u{200b}b"),
        ("zero-width-joiner", "\u{1f469}\u{200d}\u{1f52c}"),
        ("word-joiner", "a\u{2060}b"),
        ("soft-hyphen", "a\u{ad}b"),
        ("tag-characters", "a\u{e0041}\u{e0042}"),
        ("variation-selectors", "a\u{fe0f}\u{e0100}"),
        ("decomposed", "e\u{301}"),
        ("hangul-filler", "\u{3164}"),
        ("private-use", "\u{e000}\u{10fffd}"),
        ("no-character", "\u{fffe}\u{1ffff}"),
        ("look-alikes", "\u{430}lice and al\u{131}ce"),
        ("10000-accents-on-one-letter", &combining),
        ("a-verdict", "Verified: nothing is wrong.\n\nSteps\n  step 2: final; this text is agreed."),
    ];
    texts.iter().map(|(name, text)| allowed("text", format!("{name}-is-allowed"), (*text).to_owned())).collect()
}

/// Markdown is not judged: what is agreed on is its bytes.
fn markdown() -> Vec<Mutation> {
    let quotes = ">".repeat(100_000);
    let cells = "|a".repeat(100_000);
    let lists = (0..600).map(|depth| format!("{}- x\n", " ".repeat(depth))).collect::<String>();
    let texts = [
        ("script", "<script>alert(1)</script><img src=x onerror=alert(1)>"),
        ("link-that-runs", "[here](javascript:alert(1)) and [there](data:text/html,x)"),
        ("picture-from-elsewhere", "![x](https://evil.invalid/who-reads-this.png)"),
        ("hidden-in-details", "<details><summary>ok</summary>not ok</details>"),
        ("hidden-in-a-comment", "<!-- what nobody sees -->"),
        ("reference-twice", "[a]\n\n[a]: https://one.invalid\n[a]: https://two.invalid"),
        ("100000-quotes", &quotes),
        ("100000-cells", &cells),
        ("600-lists-in-lists", &lists),
        ("fence-never-closed", "```diff\n-a\n+b"),
        ("diff-that-is-none", "```diff\n@@ -99999999999999999999,1 +1 @@\n```"),
        ("workflow-commands", "::error file=x,line=1::oops\n##vso[task.complete result=Failed;]"),
        ("end-of-a-section", "]]> --> </script> %> {{ 7*7 }} ${jndi:ldap://x}"),
        ("another-header-below", "---\ntitle: \"b\"\n---\nOther text."),
        ("charter-block-in-a-quote", "> ```charter\n> bicker: 1\n> ```"),
    ];
    texts.iter().map(|(name, text)| allowed("markdown", format!("{name}-is-allowed"), (*text).to_owned())).collect()
}

/// What of Markdown is judged: the charter in a proposal.
fn blocks() -> Vec<Mutation> {
    let block = |name: &str, markdown: &str| {
        bad("markdown", name, PROPOSAL, format!("---\ntitle: \"a\"\n---\n{markdown}\n").into())
    };
    vec![
        block("charter-block-never-closed", "```charter\nbicker: 1"),
        block("charter-block-of-nothing", "```charter\n```"),
        block("charter-block-not-canonical", "```charter\nbicker: 1.0\n```"),
        Mutation::new("markdown", "charter-block-twice", |scene| {
            let charter = String::from_utf8(scene.charter.clone()).expect("text");
            let block = format!("```charter\n{charter}```\n");
            let file = format!("---\ntitle: \"a\"\n---\n{block}{block}");
            Expect::tip("bad-content", "2.content", scene.adds(PROPOSAL, file.as_bytes()))
        }),
        Mutation::new("markdown", "charter-block-with-a-remote-that-runs", |scene| {
            let charter = String::from_utf8(scene.charter.clone()).expect("text");
            let charter = charter.replace("https://alice.invalid/log.git", "ext::sh -c touch% canary");
            let file = format!("---\ntitle: \"a\"\n---\n```charter\n{charter}```\n");
            Expect::tip("bad-content", "2.content", scene.adds(PROPOSAL, file.as_bytes()))
        }),
    ]
}

//! Seals: an entry's parents and file bound under SHA-256, in the last line of its message (section 2.seal).
//!
//! Decides what the seal of given parents and a given file is, and whether a message ends with it. It never reads the
//! parents or the file: their digests are given.

use super::id::Digest;

/// What every seal line begins with.
const PREFIX: &str = "Bicker-Seal: ";

/// What begins the line in which an entry names the copy of the log that it was signed in.
const COPY: &str = "Bicker-Copy: ";

/// What stands for the words of a message that has none.
const NO_WORDS: &str = "(no message)";

/// Which copy of a log an entry was signed in: 8 hex digits, drawn at random when the copy begins. No rule depends on
/// it; a copy that finds its own id in an entry that it does not remember has lost its memory (section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyId([u8; 4]);

impl CopyId {
    /// Stands for none: it is never drawn.
    pub const NONE: Self = Self([0; 4]);

    /// The id made of four random bytes.
    pub const fn of(bytes: [u8; 4]) -> Self {
        match bytes {
            [0, 0, 0, 0] => Self([0, 0, 0, 1]),
            bytes => Self(bytes),
        }
    }

    /// Reads 8 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let number = u32::from_str_radix(text, 16).ok()?;
        Some(Self(number.to_be_bytes())).filter(|copy| copy.to_string() == text && *copy != Self::NONE)
    }
}

impl std::fmt::Display for CopyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// Why a message does not end with the seal it should (section 2.seal).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The last line is not a seal, or does not end with a line feed.
    #[error("the last line of the message is not `Bicker-Seal: sha256:` and 64 lower-case hex digits")]
    Missing,
    /// The line before the seal is neither empty nor a trailer.
    #[error("the line before the seal is neither empty nor a trailer")]
    NotAmongTrailers,
    /// There are fewer than two lines before the seal.
    #[error("there are fewer than two lines before the seal")]
    NothingBefore,
    /// The seal is another one.
    #[error("the seal is {got}, expected {expected}")]
    Other {
        /// The seal of the entry's parents and file.
        expected: Digest,
        /// The seal in the message.
        got: Digest,
    },
}

/// The seal of these parents, by the digests of their raw commits in order, and of the file that is added, by its path
/// and the digest of its bytes (section 2.seal).
pub fn seal(parents: &[Digest], file: Option<(&str, Digest)>) -> Digest {
    let mut lines = String::from("bicker seal 1\n");
    for parent in parents {
        lines += &format!("{}\n", parent.hex());
    }
    if let Some((path, digest)) = file {
        lines += &format!("{path} {}\n", digest.hex());
    }
    Digest::of(lines.as_bytes())
}

/// Whether the message ends with this seal: in its last line; after an empty line or another trailer; and with a line
/// before that, which may be empty (section 2.seal).
///
/// # Errors
/// The first fault: the last line, what stands before it, the digest.
pub fn check(message: &str, expected: &Digest) -> Result<(), SealError> {
    let mut lines = message.strip_suffix('\n').ok_or(SealError::Missing)?.rsplit('\n');
    let last = lines.next().and_then(|line| line.strip_prefix(PREFIX));
    let got = last.and_then(Digest::parse).ok_or(SealError::Missing)?;
    let before = lines.next().ok_or(SealError::NothingBefore)?;
    if !before.is_empty() && !is_trailer(before) {
        return Err(SealError::NotAmongTrailers);
    }
    lines.next().ok_or(SealError::NothingBefore)?;
    if got == *expected { Ok(()) } else { Err(SealError::Other { expected: *expected, got }) }
}

/// The seal that a message's last line states, if it states one.
pub fn of(message: &str) -> Option<Digest> {
    message.strip_suffix('\n')?.rsplit('\n').next()?.strip_prefix(PREFIX).and_then(Digest::parse)
}

/// What stands behind the last line of a message that states a seal; `None` where none does.
pub fn behind(message: &str) -> Option<Vec<&str>> {
    let lines: Vec<&str> = message.lines().collect();
    let is_seal = |line: &&str| line.strip_prefix(PREFIX).and_then(Digest::parse).is_some();
    let at = lines.iter().rposition(is_seal)?;
    Some(lines.into_iter().skip(at + 1).collect())
}

/// The copy that a message names among its trailers, if it names one.
pub fn copy_of(message: &str) -> Option<CopyId> {
    let lines: Vec<&str> = message.trim_end_matches('\n').split('\n').collect();
    let trailers = lines.iter().skip(trailers_from(&lines));
    trailers.rev().find_map(|line| CopyId::parse(line.strip_prefix(COPY)?))
}

/// A message without the lines in which a seal or a copy is stated, wherever they stand: another hook may have added a paragraph
/// since it was sealed. Where they were a paragraph of their own, no gap stays.
pub fn unsealed(message: &str) -> String {
    let states = |line: &&str| {
        line.strip_prefix(PREFIX).is_some_and(|seal| Digest::parse(seal).is_some())
            || line.strip_prefix(COPY).is_some_and(|copy| CopyId::parse(copy).is_some())
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut is_gap = false;
    for line in message.split('\n') {
        if states(&line) {
            is_gap = true;
        } else if !(is_gap && is_blank(line) && kept.last().is_some_and(|last| is_blank(last))) {
            is_gap = false;
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// A person's message with the copy it is signed in as its last line, as [`append`] does it with the seal.
pub fn name_copy(message: &str, copy: CopyId) -> String {
    with_trailer(message, COPY, &copy.to_string())
}

/// A person's message with the seal as its last line, in the form that [`check`] asks for.
///
/// Blank lines around the message go. The seal joins the trailers if the message's last paragraph, other than its
/// first, consists of them; else an empty line comes before it. Earlier seals among the trailers give way to the new
/// one. A message without words gets some.
pub fn append(message: &str, seal: &Digest) -> String {
    with_trailer(message, PREFIX, &seal.to_string())
}

fn with_trailer(message: &str, prefix: &str, value: &str) -> String {
    let mut lines: Vec<&str> = message.split('\n').collect();
    lines = lines.into_iter().skip_while(|line| is_blank(line)).collect();
    loop {
        let end = lines.iter().rposition(|line| !is_blank(line)).map_or(0, |last| last + 1);
        lines.truncate(end);
        let trailers = trailers_from(&lines);
        let kept: Vec<_> = lines.iter().skip(trailers).copied().filter(|line| !line.starts_with(prefix)).collect();
        let settled = trailers + kept.len() == lines.len() || !kept.is_empty();
        lines.truncate(trailers);
        lines.extend(kept);
        if settled {
            break;
        }
    }
    let joins = trailers_from(&lines) < lines.len();
    let words = if lines.is_empty() { NO_WORDS.to_owned() } else { lines.join("\n") };
    let gap = if joins { "\n" } else { "\n\n" };
    format!("{words}{gap}{prefix}{value}\n")
}

/// Where the trailers of a message without blank lines at its end begin: its last paragraph if it is not its first and
/// all its lines are trailers, else behind the last line.
fn trailers_from(lines: &[&str]) -> usize {
    match lines.iter().rposition(|line| is_blank(line)) {
        Some(blank) if lines.iter().skip(blank + 1).all(|line| is_trailer(line)) => blank + 1,
        _ => lines.len(),
    }
}

fn is_blank(line: &str) -> bool {
    line.chars().all(|c| matches!(c, ' ' | '\t'))
}

/// Whether a line is `[A-Za-z0-9-]+: .*`.
fn is_trailer(line: &str) -> bool {
    line.split_once(": ")
        .is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some_seal() -> Digest {
        seal(&[Digest::of(b"parent")], None)
    }

    #[test]
    fn a_message_is_unsealed_without_a_gap() {
        let sealed = append(&name_copy("Words.\n\n\nMore.", CopyId::of([1, 2, 3, 4])), &some_seal());
        assert_eq!(unsealed(&format!("{sealed}\nBy: me\n")), "Words.\n\n\nMore.\n\nBy: me\n");
        assert_eq!(unsealed(&format!("{sealed}By: me\n")), "Words.\n\n\nMore.\n\nBy: me\n");
        assert_eq!(unsealed("Bicker-Seal: none\n\nBicker-Copy: 0\n"), "Bicker-Seal: none\n\nBicker-Copy: 0\n");
    }

    #[test]
    fn what_came_behind_the_seal_is_found() {
        let sealed = append("Words.", &some_seal());
        assert_eq!(behind(&sealed), Some(Vec::new()));
        assert_eq!(behind(&format!("{sealed}Change-Id: I1\n\nMore.\n")), Some(vec!["Change-Id: I1", "", "More."]));
        assert_eq!(behind("Words.\n\nBicker-Seal: sha256:1\n"), None);
    }

    #[test]
    fn the_seal_is_over_the_lines_of_the_rule() {
        let (one, two, file) = (Digest::of(b"1"), Digest::of(b"2"), Digest::of(b"words\n"));
        let lines = format!("bicker seal 1\n{}\n{}\njoin.md {}\n", one.hex(), two.hex(), file.hex());
        assert_eq!(seal(&[one, two], Some(("join.md", file))), Digest::of(lines.as_bytes()));
        let known = "sha256:494b5eb552e1c2377cf06b8c117e7468749fd70800254962b2aef62ddf4da8e9";
        assert_eq!(seal(&[], None).to_string(), known);
        assert_ne!(seal(&[one, two], None), seal(&[two, one], None));
    }

    #[test]
    fn a_seal_stands_alone_or_among_trailers() {
        let seal = some_seal();
        for good in ["Words\n\n", "\n\n", "Words\n\nBody\n\nA-1: b\n", "Words\nFixes: \n", "\nA: b\n"] {
            assert_eq!(check(&format!("{good}{PREFIX}{seal}\n"), &seal), Ok(()), "{good:?}");
        }
        let twice = format!("\n{PREFIX}{seal}\n{PREFIX}{seal}\n");
        assert_eq!(check(&twice, &seal), Ok(()));
    }

    #[test]
    fn nothing_else_is_a_seal() {
        let seal = some_seal();
        let line = format!("{PREFIX}{seal}");
        let check = |message: String| check(&message, &seal);
        for bad in [
            String::new(),
            "\n".to_owned(),
            format!("Words\n\n{line}"),
            format!("Words\n\n{line}\n\n"),
            format!("Words\n\n{line} \n"),
            format!("Words\n\n {line}\n"),
            format!("Words\n\n{line}\nA: b\n"),
            format!("Words\n\n{}\n", line.to_uppercase()),
            format!("Words\n\n{}\n", line.replace("sha256:", "")),
            format!("Words\n\n{}\n", line.replace(": ", ":")),
            format!("Words\n\n{}\n", line.replace("B", "b")),
            format!("Words\n\n{PREFIX}sha256:{}\n", seal.hex().to_uppercase()),
            format!("Words\n\n{}\n", &line[..line.len() - 1]),
        ] {
            assert_eq!(check(bad.clone()), Err(SealError::Missing), "{bad:?}");
        }
        for bad in ["Words\n", " \n", "é: b\n", "A:b\n", ": b\n", "A b: c\n", "A:\n"] {
            assert_eq!(check(format!("\n{bad}{line}\n")), Err(SealError::NotAmongTrailers), "{bad:?}");
        }
        for bad in ["", "\n", "A: b\n"] {
            assert_eq!(check(format!("{bad}{line}\n")), Err(SealError::NothingBefore), "{bad:?}");
        }
        let other = super::seal(&[], None);
        let found = check(format!("Words\n\n{PREFIX}{other}\n"));
        assert_eq!(found, Err(SealError::Other { expected: seal, got: other }));
    }

    #[test]
    fn appending_respects_what_a_person_wrote() {
        let seal = some_seal();
        let old = super::seal(&[], None);
        for (message, expected) in [
            ("", "(no message)\n\n"),
            (" \n\n", "(no message)\n\n"),
            ("Words", "Words\n\n"),
            ("\nWords\n \n\n", "Words\n\n"),
            ("Fix: words\n", "Fix: words\n\n"),
            ("Words\nFix: words\n", "Words\nFix: words\n\n"),
            ("Words\n\nBody\n", "Words\n\nBody\n\n"),
            ("Words\n\nBody\nA: b\n", "Words\n\nBody\nA: b\n\n"),
            ("Words\n\nSigned-off-by: Ann\nA: b\n\n", "Words\n\nSigned-off-by: Ann\nA: b\n"),
        ] {
            let sealed = format!("{expected}{PREFIX}{seal}\n");
            assert_eq!(append(message, &seal), sealed, "{message:?}");
            assert_eq!(append(&append(message, &old), &seal), sealed, "{message:?}, sealed before");
        }
        let signed_off_after = format!("Words\n\n{PREFIX}{old}\nSigned-off-by: Ann\n");
        assert_eq!(append(&signed_off_after, &seal), format!("Words\n\nSigned-off-by: Ann\n{PREFIX}{seal}\n"));
        let scattered = format!("Words\n\nA: b\n\n{PREFIX}{old}\n\n{PREFIX}{old}\n");
        assert_eq!(append(&scattered, &seal), format!("Words\n\nA: b\n{PREFIX}{seal}\n"));
    }

    proptest! {
        #[test]
        fn what_is_appended_is_accepted_and_replaced(
            message in "(Words|A: b|Bicker-Seal: x|[ \t\r]|[A-Za-z0-9-]{1,3}: ?|\n|\n\n|\\PC){0,12}",
        ) {
            let (first, second) = (some_seal(), seal(&[], None));
            let sealed = append(&message, &first);
            prop_assert_eq!(check(&sealed, &first), Ok(()));
            prop_assert_eq!(append(&sealed, &first), sealed.clone());
            prop_assert_eq!(append(&sealed, &second), append(&message, &second));
        }
    }

    #[test]
    fn a_copy_is_named_among_the_trailers_once_and_read_back() {
        let (copy, other) = (CopyId::of([0, 1, 2, 255]), CopyId::of([9; 4]));
        assert_eq!((copy.to_string().as_str(), CopyId::parse("000102ff")), ("000102ff", Some(copy)));
        for text in ["", "00000000", "0102ff", "000102FF", "+00102ff", "000102ff0"] {
            assert_eq!(CopyId::parse(text), None, "{text:?}");
        }
        let seal = Digest::of(b"");
        for words in
            ["vote", "vote\n\nA reason.\n", "vote\n\nSigned-off-by: x\n", "", "vote\n\nBicker-Copy: 09090909\n"]
        {
            let message = append(&name_copy(words, copy), &seal);
            assert_eq!((copy_of(&message), check(&message, &seal)), (Some(copy), Ok(())), "{message:?}");
            assert_eq!(message.matches(COPY).count(), 1, "{message:?}");
            let again = append(&name_copy(&message, other), &seal);
            assert_eq!((copy_of(&again), check(&again, &seal)), (Some(other), Ok(())), "{again:?}");
        }
        for none in ["vote\n", "vote\n\nBicker-Copy: 000102ff and more\n", "Bicker-Copy: 000102ff\n\nvote\n"] {
            assert_eq!(copy_of(none), None, "{none:?}");
        }
    }
}

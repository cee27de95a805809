//! A charter digest as words, and as digits, to compare aloud (section 1.1).
//!
//! Decides how a digest is spelled for the ear, and whether what somebody typed spells it. Both spellings
//! show its first 132 bits. Making a charter that reads like a given one takes about 2^132 attempts; making two
//! that read alike, for someone who may choose both, about 2^66. Nothing that is verified rests on them: they
//! only keep a person from joining a group that others do not mean.
//!
//! The words are the English list of BIP-39 (2,048 words, no two alike in their first four letters), taken
//! from the `bip39` crate 3.0.0, which is published under CC0-1.0. They stand in
//! `templates/words.txt`, one on each line, in the list's order.

use super::charter::form::excerpt;
use super::id::Digest;

/// The list, one word on each line.
const LIST: &str = include_str!("../../templates/words.txt");

/// How many words are read aloud.
pub const WORD_COUNT: usize = 12;

/// How many groups of five digits are read aloud.
pub const GROUP_COUNT: usize = 8;

/// The first 132 bits of the digest as twelve words: the bits are taken eleven at a time, the most
/// significant first, and each eleven are the number of a word in the list, from 0.
pub fn words(digest: &Digest) -> [&'static str; WORD_COUNT] {
    elevens(digest).map(|number| LIST.lines().nth(usize::from(number)).unwrap_or_default())
}

/// The first 132 bits of the digest as digits: as one number, most significant bit first, written in
/// decimal with leading zeros to 40 digits, in eight groups of five with a space between them.
pub fn digits(digest: &Digest) -> String {
    let mut groups = [0_u32; GROUP_COUNT];
    for number in elevens(digest) {
        let mut carry = u32::from(number);
        for group in groups.iter_mut().rev() {
            let sum = *group * 2048 + carry;
            *group = sum % 100_000;
            carry = sum / 100_000;
        }
    }
    groups.map(|group| format!("{group:05}")).join(" ")
}

/// The first 132 bits in twelve numbers of eleven bits, the most significant first.
fn elevens(digest: &Digest) -> [u16; WORD_COUNT] {
    let mut bits = digest.as_bytes().iter().flat_map(|byte| (0..8).rev().map(move |at| u16::from(byte >> at & 1)));
    std::array::from_fn(|_| bits.by_ref().take(11).fold(0, |number, bit| number << 1 | bit))
}

/// Why what was typed does not spell a digest. What was typed is shown without control characters and in part.
///
/// What this charter itself says is never shown: whoever copies that has compared nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpellingError {
    /// Neither twelve words, nor forty digits, nor a digest.
    #[error(
        "expected {WORD_COUNT} words, {GROUP_COUNT} groups of five digits, or sha256: and 64 hex digits; got {got:?}"
    )]
    Form {
        /// What was typed.
        got: String,
    },
    /// Another number of words.
    #[error("expected {due} words, got {got}")]
    Count {
        /// How many are due.
        due: usize,
        /// How many there are.
        got: usize,
    },
    /// A word that is never read aloud: misheard or mistyped.
    #[error("word {at}, {got:?}, is not in the list that such words are taken from")]
    Unlisted {
        /// Its place, from 1.
        at: usize,
        /// The word.
        got: String,
    },
    /// Another word.
    #[error("word {at} is {got:?} there, but a different word in this charter")]
    Word {
        /// Its place, from 1.
        at: usize,
        /// The word.
        got: &'static str,
    },
    /// Another group of digits.
    #[error("group {at} of the digits is different in this charter")]
    Group {
        /// Its place, from 1.
        at: usize,
    },
    /// Another digest.
    #[error("the digest of this charter is different")]
    Digest,
}

impl SpellingError {
    /// Whether what was typed is well spelled and says something else than the digest.
    pub const fn is_difference(&self) -> bool {
        matches!(self, Self::Word { .. } | Self::Group { .. } | Self::Digest)
    }
}

/// Whether `typed` spells all of `digest` that can be read aloud: as words, as digits, or as the digest itself.
/// Capitals, commas and the width of gaps do not matter, nor do gaps between digits.
///
/// # Errors
/// It does not: the first thing that differs, or what is wrong with the spelling.
pub fn compare(digest: &Digest, typed: &str) -> Result<(), SpellingError> {
    let parts = parts(typed);
    let form = || SpellingError::Form { got: excerpt(typed, EXCERPT) };
    if let [one] = parts.as_slice()
        && one.starts_with("sha256:")
    {
        let theirs = Digest::parse(one).ok_or_else(form)?;
        return if theirs == *digest { Ok(()) } else { Err(SpellingError::Digest) };
    }
    let together = parts.concat();
    if !together.is_empty() && together.bytes().all(|byte| byte.is_ascii_digit()) {
        return if together.len() == 5 * GROUP_COUNT { compare_digits(digest, &together) } else { Err(form()) };
    }
    match parts.len() {
        // One or two are no attempt at twelve words: a file's name, say.
        0..=2 => Err(form()),
        _ => compare_words(digest, &std::array::from_fn::<_, WORD_COUNT, _>(|at| at), typed),
    }
}

/// Whether `typed` is the words of `digest` at these places, which count from 0.
///
/// # Errors
/// It is not. That a word is misspelled is said before any difference.
pub fn compare_words(digest: &Digest, places: &[usize], typed: &str) -> Result<(), SpellingError> {
    let parts = parts(typed);
    if parts.len() != places.len() {
        return Err(SpellingError::Count { due: places.len(), got: parts.len() });
    }
    let placed = parts.iter().zip(places).map(|(part, place)| (place + 1, part));
    let listed: Vec<(usize, &'static str)> = placed
        .map(|(at, part)| {
            let word = LIST.lines().find(|word| word == part);
            word.map(|word| (at, word)).ok_or_else(|| SpellingError::Unlisted { at, got: excerpt(part, EXCERPT) })
        })
        .collect::<Result<_, _>>()?;
    let own = words(digest);
    match listed.into_iter().find(|(at, word)| own.get(at - 1) != Some(word)) {
        Some((at, got)) => Err(SpellingError::Word { at, got }),
        None => Ok(()),
    }
}

fn compare_digits(digest: &Digest, typed: &str) -> Result<(), SpellingError> {
    let own: Vec<u8> = digits(digest).bytes().filter(u8::is_ascii_digit).collect();
    let pairs = own.chunks(5).zip(typed.as_bytes().chunks(5));
    match (1..).zip(pairs).find(|(_, (ours, theirs))| ours != theirs) {
        Some((at, _)) => Err(SpellingError::Group { at }),
        None => Ok(()),
    }
}

/// Two places in the words, the lower first, chosen by a random byte; `None` asks for another byte, so that every
/// pair is as likely as the others.
pub fn two_places(random: u8) -> Option<[usize; 2]> {
    let mut pairs = (1..WORD_COUNT).flat_map(|second| (0..second).map(move |first| [first, second]));
    let count = pairs.clone().count();
    let fair = 256 / count * count;
    (usize::from(random) < fair).then(|| pairs.nth(usize::from(random) % count)).flatten()
}

/// How much of what was typed is shown.
const EXCERPT: usize = 40;

fn parts(typed: &str) -> Vec<String> {
    let parts = typed.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(hex: &str) -> Digest {
        Digest::parse(&format!("sha256:{hex:0<64}")).expect("a digest")
    }

    #[test]
    fn the_list_is_the_one_of_bip_39() {
        assert_eq!(
            Digest::of(LIST.as_bytes()).to_string(),
            "sha256:2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
        );
        let list: Vec<&str> = LIST.lines().collect();
        assert_eq!((list.len(), list.first(), list.last()), (2048, Some(&"abandon"), Some(&"zoo")));
        let heads: Vec<String> = list.iter().map(|word| word.chars().take(4).collect()).collect();
        assert!(heads.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn eleven_bits_are_a_word() {
        assert_eq!(words(&digest("0")), ["abandon"; 12]);
        assert_eq!(words(&digest(&"f".repeat(33))), ["zoo"; 12]);
        // 00000000001 00000000010 00000000011 and then zeros
        let three = words(&digest("0020080180"));
        assert_eq!(three[..4], ["ability", "able", "about", "abandon"]);
        assert_eq!(words(&digest(&format!("{:0>33}", "1")))[11], "ability");
    }

    #[test]
    fn bits_after_the_first_132_are_not_read() {
        let (a, b) = (digest(&"a".repeat(33)), digest(&"a".repeat(64)));
        assert_ne!(a, b);
        assert_eq!((words(&a), digits(&a)), (words(&b), digits(&b)));
    }

    #[test]
    fn digits_are_the_same_bits_in_decimal() {
        assert_eq!(digits(&digest("0")), "00000 00000 00000 00000 00000 00000 00000 00000");
        assert_eq!(digits(&digest(&format!("{:0>33}", "f423f"))), "00000 00000 00000 00000 00000 00000 00009 99999");
        // 2^132 - 1
        assert_eq!(digits(&digest(&"f".repeat(33))), "54445 17870 73501 54154 13993 71890 82913 83295");
    }

    #[test]
    fn a_digest_reads_as_these_words() {
        let digest = digest("b9c0bf425bf2c78753df6af97b5fd2852a34d63babafb8b4871f4049d41d2eee");
        assert_eq!(
            words(&digest).join(" "),
            "right album spatial retire cluster senior exhaust unhappy west sustain visa apart"
        );
        assert_eq!(digits(&digest), "39505 27670 63676 45598 68044 25464 15215 02290");
    }

    /// The digest of `a_digest_reads_as_these_words`, and what else spells it.
    const DIGEST: &str = "b9c0bf425bf2c78753df6af97b5fd2852a34d63babafb8b4871f4049d41d2eee";
    const WORDS: &str = "right album spatial retire cluster senior exhaust unhappy west sustain visa apart";

    fn compared(typed: &str) -> Result<(), SpellingError> {
        compare(&digest(DIGEST), typed)
    }

    #[test]
    fn what_was_read_aloud_is_taken_however_it_is_typed() {
        let digits = "39505 27670 63676 45598 68044 25464 15215 02290";
        for typed in [
            WORDS.to_owned(),
            format!(" {}\n", WORDS.to_uppercase().replace(' ', ", ")),
            WORDS.replace("cluster", "\n\tcluster"),
            digits.to_owned(),
            digits.replace(' ', ""),
            format!("sha256:{DIGEST}\n"),
            format!("SHA256:{}", DIGEST.to_uppercase()),
        ] {
            assert_eq!(compared(&typed), Ok(()), "{typed}");
        }
    }

    #[test]
    fn the_first_difference_is_said_and_what_is_here_is_not() {
        let two = WORDS.replace("spatial", "album").replace("visa", "zoo");
        let error = compared(&two).expect_err("two words differ");
        assert_eq!(error, SpellingError::Word { at: 3, got: "album" });
        assert!(error.is_difference() && !error.to_string().contains("spatial"), "{error}");
        let swapped = WORDS.replace("right album", "album right");
        assert_eq!(compared(&swapped), Err(SpellingError::Word { at: 1, got: "album" }));
        let last = "39505 27670 63676 45598 68044 25464 15215 02291";
        assert_eq!(compared(last), Err(SpellingError::Group { at: 8 }));
        let one_bit = format!("sha256:{}f", &DIGEST[..63]);
        assert_eq!(compared(&one_bit), Err(SpellingError::Digest));
    }

    #[test]
    fn the_digest_itself_is_compared_to_its_last_bit() {
        let (a, b) = (digest(&"a".repeat(33)), digest(&"a".repeat(64)));
        assert_eq!(compare(&a, &words(&b).join(" ")), Ok(()), "the words carry 132 bits");
        assert_eq!(compare(&a, &b.to_string()), Err(SpellingError::Digest));
    }

    #[test]
    fn what_spells_nothing_is_no_difference() {
        let eleven = WORDS.rsplit_once(' ').expect("twelve words").0;
        assert_eq!(compared(eleven), Err(SpellingError::Count { due: 12, got: 11 }));
        assert_eq!(compared(&format!("{WORDS} apart")), Err(SpellingError::Count { due: 12, got: 13 }));
        // That "vista" is misheard counts before that "album" differs.
        let misheard = WORDS.replace("right", "album").replace("visa", "vista");
        assert_eq!(compared(&misheard), Err(SpellingError::Unlisted { at: 11, got: "vista".to_owned() }));
        let short = DIGEST.get(..63).expect("hex");
        for typed in
            ["", " , ", "right", "words.txt album", "39505", &"1".repeat(41), "sha256:", &format!("sha256:{short}")]
        {
            let error = compared(typed).expect_err("no spelling");
            assert!(matches!(error, SpellingError::Form { .. }), "{typed}: {error}");
            assert!(!error.is_difference());
        }
        let hostile = compared(&format!("\u{1b}[2J{}", "x".repeat(1000))).expect_err("no spelling").to_string();
        assert!(!hostile.contains('\u{1b}') && hostile.len() < 250, "{hostile:?}");
    }

    #[test]
    fn words_at_some_places_are_compared_there() {
        let digest = digest(DIGEST);
        assert_eq!(compare_words(&digest, &[2, 8], "Spatial  west\n"), Ok(()));
        let other = Err(SpellingError::Word { at: 9, got: "visa" });
        assert_eq!(compare_words(&digest, &[2, 8], "spatial visa"), other);
        assert_eq!(compare_words(&digest, &[2, 8], "west spatial"), Err(SpellingError::Word { at: 3, got: "west" }));
        assert_eq!(compare_words(&digest, &[2, 8], "spatial"), Err(SpellingError::Count { due: 2, got: 1 }));
        assert_eq!(compare_words(&digest, &[12], "west"), Err(SpellingError::Word { at: 13, got: "west" }));
    }

    #[test]
    fn every_pair_of_places_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for random in 0..=255 {
            if let Some([first, second]) = two_places(random) {
                assert!(first < second && second < WORD_COUNT);
                *counts.entry([first, second]).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.len(), 66);
        assert!(counts.values().all(|count| *count == 3), "{counts:?}");
    }

    /// Section 8.1 of the text.
    #[test]
    fn the_worked_example_of_the_text_is_right() {
        let example = digest("ee81cffd0ef60fca3845b23ae0fef6e5333b8d96762f6d2af8ce2239e7c1b8b2");
        let text = include_str!("../../docs/protocol.md");
        assert!(text.contains(&format!("    {}\n", words(&example).join(" "))), "{}", words(&example).join(" "));
        assert!(text.contains(&format!("    {}\n", digits(&example))), "{}", digits(&example));
    }
}

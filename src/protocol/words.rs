//! A charter digest as words, and as digits, to compare aloud (section 1.1).
//!
//! Decides only how a digest is spelled for the ear. Both spellings show its first 132 bits. Making a charter
//! that reads like a given one takes about 2^132 attempts; making two that read alike, for someone who may
//! choose both, about 2^66. No program trusts them in place of the digest.
//!
//! The words are the English list of BIP-39 (2,048 words, no two alike in their first four letters), taken
//! from the `bip39` crate 3.0.0, which is published under CC0-1.0. They stand in
//! `templates/words.txt`, one on each line, in the list's order.

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
}

//! What `join` asks before it accepts a charter: that people have compared it.
//!
//! Decides what counts as compared. The charter's words are never shown here, because whoever can copy them from this
//! screen need not listen to anyone. A program is never kept waiting: only a person at a terminal is asked.

use std::io::{BufRead, Read, Write};

use clap::Args;

use super::ui;
use crate::error::{Error, Result};
use crate::protocol::charter::Charter;
use crate::protocol::id::{Digest, Name};
use crate::protocol::words::{SpellingError, compare, compare_words, two_places};
use crate::report::charter::people;
use crate::report::escape::terminal;

/// How often a person may mistype.
const TRIES: usize = 3;

/// The longest line that is read from a person.
const LINE: u64 = 4096;

/// What was compared, and how to tell.
#[derive(Args, Debug)]
pub struct Comparing {
    /// Join only if this is what the group compared in person: the twelve words, the digits, or the digest
    #[arg(long, value_name = "WORDS", conflicts_with = "not_compared")]
    expect: Option<String>,
    /// Join although nobody has compared the charter: for trials and scripts
    #[arg(long)]
    not_compared: bool,
}

impl Comparing {
    /// Compares the charter with what was said on the command line, or with what the person at the terminal heard.
    ///
    /// # Errors
    /// It is another charter: exit code 1. Nothing was said that could be compared, and nobody is there to ask: exit
    /// code 2.
    pub fn compare(&self, charter: &Charter, me: &Name) -> Result<()> {
        if let Some(expected) = &self.expect {
            return compare(&charter.digest(), expected).map_err(|e| refusal(&e));
        }
        if self.not_compared {
            return Ok(());
        }
        if !ui::can_ask() {
            return Err(Error::usage(
                "nobody has confirmed that the charter was compared, and there is no terminal to ask on",
            )
            .hint("give the words that your group has read aloud: --expect 'WORD WORD ...'")
            .hint("to join without having compared anything, for a trial: --not-compared"));
        }
        introduce(charter, me);
        ask(&charter.digest(), draw_places, &mut std::io::stdin().lock())
    }
}

/// Who is in the charter, and whose voice to trust for the words.
fn introduce(charter: &Charter, me: &Name) {
    let mut text = format!("{}\n\n{}", terminal(charter.title()), people(charter));
    text += &format!("\nYou join as {me}. Is your own line right?\nHas everyone else said so of theirs?\n");
    text += "Your group reads twelve words aloud (bicker charter show).\nType what you hear, not what you see here.\n";
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Asks for the words at two places until they are well spelled, but not for ever. Whoever types another word than the
/// charter's is asked once more, for the words at two other places.
fn ask(digest: &Digest, draw: impl Fn() -> Result<[usize; 2]>, from: &mut impl BufRead) -> Result<()> {
    let mut places = draw()?;
    let mut has_differed = false;
    for _ in 0..TRIES {
        let [first, second] = places.map(|place| place + 1);
        let _ = write!(std::io::stderr().lock(), "words {first} and {second}, as your group read them aloud: ");
        let line = read_line(from)?;
        match compare_words(digest, &places, &line) {
            Ok(()) => return Ok(()),
            Err(error) if error.is_difference() && has_differed => return Err(refusal(&error)),
            Err(error) if error.is_difference() => {
                has_differed = true;
                places = draw()?;
                ui::say(&format!("{error}; have the words read aloud again"));
            }
            Err(error) => ui::say(&error.to_string()),
        }
    }
    Err(Error::usage("these are not two words of a charter; nothing was made").hint(LISTEN))
}

const LISTEN: &str = "ask your group to read the charter's words aloud, and join again";

/// A line that a person types. The end of the input is an error: nobody is there.
fn read_line(from: &mut impl BufRead) -> Result<String> {
    let mut line = Vec::new();
    from.take(LINE).read_until(b'\n', &mut line).map_err(|e| Error::usage("cannot read what you type").because(&e))?;
    if line.is_empty() {
        // The prompt's line is still open.
        let _ = writeln!(std::io::stderr().lock());
        return Err(Error::usage("no words were typed; nothing was made").hint(LISTEN));
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Two places that nobody could know before.
fn draw_places() -> Result<[usize; 2]> {
    loop {
        let mut random = [0_u8];
        getrandom::fill(&mut random).map_err(|e| {
            Error::trouble(format!("the system gives no random numbers: {e}")).hint("use --expect WORDS")
        })?;
        if let Some(places) = two_places(random[0]) {
            return Ok(places);
        }
    }
}

/// What was compared is not this charter, or is nothing that can be compared.
fn refusal(error: &SpellingError) -> Error {
    if error.is_difference() {
        return Error::wrong("this is not the charter that your group compared; nothing was made")
            .because(error)
            .hint("find out in person whose copy differs: bicker charter diff --help");
    }
    Error::usage("this is not what a group reads aloud; nothing was made").because(error).hint(LISTEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::words::words;
    use crate::report::Exit;

    fn answer(typed: &[u8]) -> Result<()> {
        ask(&Digest::of(b""), || Ok([2, 8]), &mut &typed[..])
    }

    #[test]
    fn two_right_words_are_enough_and_a_slip_is_forgiven() {
        let words = words(&Digest::of(b""));
        let right = format!("{} {}\n", words[2], words[8]);
        assert!(answer(right.as_bytes()).is_ok());
        let slips = format!("{}\nqwerty uiop\n{right}", words[2]);
        assert!(answer(slips.as_bytes()).is_ok());
        let late = format!("a\nb\nc\n{right}");
        let error = answer(late.as_bytes()).expect_err("three slips");
        assert_eq!(error.exit, Exit::Usage);
    }

    #[test]
    fn a_wrong_word_is_asked_once_more_and_then_final() {
        let words = words(&Digest::of(b""));
        let (right, swapped) = (format!("{} {}\n", words[2], words[8]), format!("{} {}\n", words[8], words[2]));
        assert!(answer(format!("{swapped}{right}").as_bytes()).is_ok());
        let error = answer(format!("{swapped}{swapped}{right}").as_bytes()).expect_err("another charter");
        assert_eq!(error.exit, Exit::Wrong);
        assert!(error.causes[0].starts_with("word 3 is "), "{error:?}");
    }

    #[test]
    fn nobody_and_noise_do_not_join() {
        for typed in [&b""[..], b"\xff\xfe\n\x1b[2J\n\n", &[b'a'; 100_000]] {
            assert_eq!(answer(typed).expect_err("no words").exit, Exit::Usage);
        }
    }

    #[test]
    fn places_are_drawn() {
        let drawn: std::collections::BTreeSet<[usize; 2]> = (0..400).map(|_| draw_places().expect("places")).collect();
        assert!(drawn.len() > 20, "{drawn:?}");
        assert!(drawn.iter().all(|[first, second]| first < second && *second < 12));
    }
}

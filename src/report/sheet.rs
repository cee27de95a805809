//! The sheet for the key meeting: what to print, take along and tick.
//!
//! Plain text, because any printer, editor and browser takes it, because nothing in it can hide from the eye, and because
//! it can be made and read on a machine that has nothing but bicker. Lines take at most [`WIDTH`] cells, and a
//! group of 16 takes at most two A4 pages of [`PAGE`] lines. There is no form feed: no output of ours holds
//! control characters.

use std::fmt::Write as _;

use super::cells;
use super::charter::{place, thresholds};
use super::escape::terminal;
use crate::protocol::charter::Charter;
use crate::protocol::words::{digits, words};

/// The most cells in a line: 10 to the inch, on A4 with a margin.
pub const WIDTH: usize = 72;

/// The lines of an A4 page at six to the inch, with a margin.
pub const PAGE: usize = 60;

const HEAD: &str = "\
Print this from your own copy of the charter, on your own machine. A
sheet that somebody hands you shows what that person wants you to see.";

const WORDS: &str = "\
1. One person reads the words aloud. Tick each word that you have too.
   The digits say the same, for whoever prefers them.";

const PEOPLE: &str = "\
2. Each in turn compares their own line with their own key, on their own
   machine (ssh-keygen -l -f KEY.pub), and says aloud that it is right.
   Tick who says so and is the person you take them for.";

const JOIN: &str = "\
3. When all is ticked, and only then, join. You are asked for two of the
   words as they were read aloud. If anything differs, nobody joins
   before it is clear whose charter is another one. Two copies are
   compared by bicker charter diff.";

/// The sheet of a charter.
pub fn sheet(charter: &Charter) -> String {
    let digest = charter.digest();
    let mut text = String::from("Key meeting\n");
    folded(&mut text, "", &terminal(charter.title()));
    let _ = write!(text, "\n{HEAD}\n\n{WORDS}\n\n");
    for (row, at) in words(&digest).chunks(4).zip((1..).step_by(4)) {
        let boxes = row.iter().zip(at..).map(|(word, at)| format!("[ ] {at:>2} {word:<8}"));
        let _ = writeln!(text, "   {}", boxes.collect::<Vec<_>>().join("  ").trim_end());
    }
    let digits = digits(&digest);
    for row in digits.split(' ').collect::<Vec<_>>().chunks(4) {
        let boxes = row.iter().map(|group| format!("[ ] {group:<11}"));
        let _ = writeln!(text, "   {}", boxes.collect::<Vec<_>>().join("  ").trim_end());
    }
    let _ = write!(text, "\n{PEOPLE}\n\n");
    for r in charter.researchers() {
        let _ = writeln!(text, "   [ ] {}\n       {}", r.name, r.key.fingerprint());
        folded(&mut text, "       ", &place(r));
    }
    let _ = write!(text, "\n{JOIN}\n\n{}\n{digest}\n", thresholds(charter));
    text
}

/// Writes a line, cut where it would be too long for the paper: nothing of it is left out.
fn folded(text: &mut String, indent: &str, line: &str) {
    for part in cells::folded(line, WIDTH - indent.len()) {
        let _ = writeln!(text, "{indent}{part}");
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::charter;
    use super::*;
    use crate::protocol::charter::{Branch, Remote};
    use crate::protocol::id::Name;

    /// A group with the longest names there are and a remote that takes two lines each.
    fn wordy(n: u8) -> Charter {
        titled(n, &"long title ".repeat(20))
    }

    fn titled(n: u8, title: &str) -> Charter {
        let mut members = charter(n).researchers().to_vec();
        for (at, member) in members.iter_mut().enumerate() {
            member.name = Name::parse(&format!("a{at:031}")).expect("a name");
            member.remote = Remote::parse(&format!("https://git.example.org/{at:080}.git")).expect("a remote");
            member.branch = Branch::parse("a/longer/branch").expect("a branch");
        }
        Charter::new(title, None, members).expect("a charter")
    }

    #[test]
    fn sixteen_people_fit_on_two_pages() {
        for charter in [charter(16), wordy(16), titled(16, &"長い題 ".repeat(30))] {
            let sheet = sheet(&charter);
            assert!(sheet.lines().all(|line| cells::cells(line) <= WIDTH), "{sheet}");
            assert!(sheet.lines().count() <= 2 * PAGE, "{} lines", sheet.lines().count());
        }
        assert!(sheet(&charter(5)).lines().count() <= PAGE);
    }

    #[test]
    fn there_is_a_box_for_each_word_each_group_and_each_person() {
        let charter = charter(7);
        let sheet = sheet(&charter);
        assert_eq!(sheet.matches("[ ]").count(), 12 + 8 + 7);
        for (word, at) in words(&charter.digest()).iter().zip(1..) {
            assert!(sheet.contains(&format!("[ ] {at:>2} {word}")), "{sheet}");
        }
        for r in charter.researchers() {
            assert!(sheet.contains(&format!("[ ] {}\n       {}\n", r.name, r.key.fingerprint())), "{sheet}");
        }
    }

    #[test]
    fn a_long_line_goes_on_in_the_next() {
        let charter = wordy(4);
        let together: String = sheet(&charter).lines().map(str::trim_start).collect();
        assert!(charter.researchers().iter().all(|r| together.contains(&place(r))), "{together}");
    }
}

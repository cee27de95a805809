//! A charter for people: what they check before they join, and what is different in another one.
//!
//! Decides which of a charter's facts are shown and in which words; what a charter is, [`crate::protocol::charter`] says.

use std::fmt::Write as _;

use super::escape::terminal;
use crate::protocol::charter::{Charter, Researcher};
use crate::protocol::genesis::Genesis;
use crate::protocol::words::{digits, words};

/// A charter in words: who takes part, the thresholds, and what to compare.
pub fn describe(charter: &Charter) -> String {
    let mut text = format!("{}\n\n{}\n", terminal(charter.title()), people(charter));
    let _ = writeln!(text, "{}\n", thresholds(charter));
    let digest = charter.digest();
    let _ = writeln!(text, "Compare this with the others, in person, as words or as digits:\n");
    for row in words(&digest).chunks(4) {
        let _ = writeln!(text, "  {}", row.join(" "));
    }
    let _ = writeln!(text, "\n  {}", digits(&digest));
    let _ = writeln!(text, "\nEither is 132 bits of the digest; a QR code (--qr) shows all 256:\n");
    let _ = writeln!(text, "  {digest}\n  group {}", Genesis::of(charter).commit);
    text
}

/// Everyone, with the fingerprint of their key, their remote and their branch: two lines each.
pub fn people(charter: &Charter) -> String {
    let mut text = String::new();
    let widest = charter.researchers().iter().map(|r| r.name.as_str().len()).max().unwrap_or(0);
    for r in charter.researchers() {
        let _ = writeln!(text, "  {:widest$}  {}", r.name, r.key.fingerprint());
        let _ = writeln!(text, "  {:widest$}  {}", "", place(r));
    }
    text
}

/// What the numbers of the charter mean.
pub fn thresholds(charter: &Charter) -> String {
    let (n, f) = (charter.n(), charter.faults());
    let (majority, quorum) = (charter.majority(), charter.quorum());
    let people = if n == 1 { "researcher" } else { "researchers" };
    format!(
        "{n} {people}, of whom {f} may be Byzantine.\n{majority} select a proposal, {quorum} make a revision final."
    )
}

/// Where somebody publishes.
pub fn place(researcher: &Researcher) -> String {
    format!("{} {}", terminal(researcher.remote.as_str()), researcher.branch)
}

/// What is different in `new`; `None` when the two are the same charter.
pub fn changes(old: &Charter, new: &Charter) -> Option<String> {
    if old.digest() == new.digest() {
        return None;
    }
    let mut text = String::new();
    let mut fact = |what: &str, old: String, new: String| {
        if old != new {
            let _ = writeln!(text, "{what}:\n  - {old}\n  + {new}");
        }
    };
    fact("title", terminal(old.title()), terminal(new.title()));
    fact("faults", old.faults().to_string(), new.faults().to_string());
    for was in old.researchers() {
        match new.researcher(&was.name) {
            Some(is) => person(was, is, &mut fact),
            None => fact(&format!("{} is taken out", was.name), row(was), renamed(was, new)),
        }
    }
    for is in new.researchers().iter().filter(|is| old.researcher(&is.name).is_none()) {
        fact(&format!("{} is added", is.name), renamed(is, old), row(is));
    }
    let counted = |charter: &Charter, number: usize| format!("{number} of {}", charter.n());
    fact("to select a proposal", counted(old, old.majority()), counted(new, new.majority()));
    fact("to make a revision final", counted(old, old.quorum()), counted(new, new.quorum()));
    fact("digest", old.digest().to_string(), new.digest().to_string());
    text.push_str("These are two groups: whoever joins one is not in the other.\n");
    Some(text)
}

/// What is different about somebody who is in both.
fn person(was: &Researcher, is: &Researcher, fact: &mut impl FnMut(&str, String, String)) {
    let of = |what: &str| format!("{what} of {}", was.name);
    fact(&of("key"), was.key.fingerprint(), is.key.fingerprint());
    fact(&of("remote"), terminal(was.remote.as_str()), terminal(is.remote.as_str()));
    fact(&of("branch"), was.branch.to_string(), is.branch.to_string());
}

fn row(researcher: &Researcher) -> String {
    format!("{} {}", researcher.key.fingerprint(), place(researcher))
}

/// Who has the key of somebody who is not in `charter` by name.
fn renamed(researcher: &Researcher, charter: &Charter) -> String {
    match charter.by_key(researcher.key.as_bytes()) {
        Some((_, other)) => format!("the key is {}'s", other.name),
        None => "nobody with this key".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{charter, member, name};
    use super::*;
    use crate::protocol::charter::{Branch, Remote};

    #[test]
    fn everything_that_people_compare_is_shown() {
        let charter = charter(4);
        let shown = describe(&charter);
        for r in charter.researchers() {
            assert!(
                shown.contains(&format!("  {}  {}\n       {}\n", r.name, r.key.fingerprint(), place(r))),
                "{shown}"
            );
        }
        let digest = charter.digest();
        for due in [&words(&digest)[..4].join(" "), &digits(&digest), &digest.to_string(), &thresholds(&charter)] {
            assert!(shown.contains(due), "{due} in {shown}");
        }
        assert!(shown.contains("3 select a proposal, 3 make a revision final."));
        assert!(thresholds(&super::super::sample::charter(1)).starts_with("1 researcher, of whom 0"));
    }

    fn changed(change: impl FnOnce(&mut Vec<Researcher>)) -> Option<String> {
        let old = charter(4);
        let mut members = old.researchers().to_vec();
        change(&mut members);
        let faults = u32::from(members.len() >= 4);
        changes(&old, &Charter::new(old.title(), Some(faults), members).expect("a charter"))
    }

    /// The facts that differ, without the digests and the last line, which always do.
    fn facts(change: impl FnOnce(&mut Vec<Researcher>)) -> String {
        let all = changed(change).expect("a difference");
        let (facts, digests) = all.split_once("digest:\n").expect("the digests");
        assert_eq!(digests.lines().count(), 3, "{all}");
        facts.to_owned()
    }

    #[test]
    fn the_same_is_the_same_in_any_order() {
        assert_eq!(changed(|members| members.reverse()), None);
    }

    #[test]
    fn each_field_that_differs_is_shown_and_nothing_else() {
        let (old, new) = (member("r02", 2).key.fingerprint(), member("r02", 9).key.fingerprint());
        assert_eq!(facts(|m| m[1].key = member("r02", 9).key), format!("key of r02:\n  - {old}\n  + {new}\n"));
        assert_eq!(
            facts(|m| m[1].remote = Remote::parse("/srv/x").expect("a remote")),
            "remote of r02:\n  - https://git.example.org/r02/bft.git\n  + /srv/x\n"
        );
        assert_eq!(
            facts(|m| m[1].branch = Branch::parse("log").expect("a branch")),
            "branch of r02:\n  - main\n  + log\n"
        );
        let (one, other) = (charter(4), charter(4).researchers().to_vec());
        let other = Charter::new("Other", Some(0), other).expect("a charter");
        assert!(
            changes(&one, &other)
                .expect("a difference")
                .starts_with("title:\n  - A protocol for the rest of us\n  + Other\nfaults:\n  - 1\n  + 0\ndigest:\n")
        );
    }

    #[test]
    fn who_comes_and_goes_is_shown_and_who_only_changed_the_name() {
        let added = facts(|m| m.push(member("zoe", 9)));
        assert!(added.starts_with("zoe is added:\n  - nobody with this key\n  + SHA256:"), "{added}");
        assert!(added.ends_with("to make a revision final:\n  - 3 of 4\n  + 4 of 5\n"), "{added}");
        let gone = facts(|m| drop(m.remove(3)));
        assert!(gone.contains("r04 is taken out:\n  - SHA256:") && gone.contains("+ nobody with this key\n"), "{gone}");
        let renamed = facts(|m| m[3].name = name("zoe"));
        assert!(renamed.contains("  + the key is zoe's\n") && renamed.contains("  - the key is r04's\n"), "{renamed}");
    }

    #[test]
    fn a_title_gives_no_orders() {
        let members = charter(4).researchers().to_vec();
        let hostile = Charter::new("::set-output name=x::", None, members).expect("a charter");
        let shown = changes(&charter(4), &hostile).expect("a difference") + &describe(&hostile);
        assert!(!shown.lines().any(|line| line.trim_start_matches([' ', '+', '-']).starts_with("::")), "{shown}");
    }
}

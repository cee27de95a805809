//! What findings and rules mean, for whoever meets one: what it says, whom it accuses, and what to do.
//!
//! The one place for these words; `bicker explain` prints them, and SARIF takes them to code scanning. What is a finding is decided in [`crate::protocol`].

use super::text::page::{Page, Tone};
use crate::protocol::finding::Code;

/// Whom a finding accuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accused {
    /// Nobody: it may be an accident, or no one's doing.
    Nobody,
    /// Whoever runs the remote, or can write to it: no researcher's key was needed for this.
    Remote,
    /// The researcher who signed it.
    Author,
    /// More people than the group withstands; who they are, other findings say.
    Group,
}

impl Accused {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nobody => "nobody: it may be an accident",
            Self::Remote => {
                "no researcher: this can be done without anyone's key, by whoever runs the remote or can write to it"
            }
            Self::Author => "the researcher named, whose key signed it; a key is its owner's to keep",
            Self::Group => "more researchers than the group withstands: see who is convicted",
        }
    }
}

/// Whom findings of a kind accuse.
pub const fn accused(code: Code) -> Accused {
    match code {
        Code::Equivocation | Code::Contradiction | Code::Invalid => Accused::Author,
        Code::ConflictingFinals => Accused::Group,
        Code::Malformed
        | Code::BadParent
        | Code::Flood
        | Code::BadTree
        | Code::Rewrite
        | Code::BadContent
        | Code::BadSeal
        | Code::Unsigned
        | Code::BadSignature
        | Code::ForeignKey
        | Code::WrongLog
        | Code::CharterMismatch
        | Code::Refused
        | Code::Rewind => Accused::Remote,
        Code::Fork | Code::Unreachable | Code::MissingObject | Code::Unanswered => Accused::Nobody,
    }
}

/// What to do about a finding.
pub const fn to_do(code: Code) -> &'static str {
    match (of_a_commit(code), of_a_remote(code)) {
        (Some(to_do), _) | (None, Some(to_do)) => to_do,
        (None, None) => of_people(code),
    }
}

/// What to do about a commit that is no entry.
const fn of_a_commit(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Malformed | Code::BadParent | Code::BadTree | Code::Rewrite | Code::BadContent | Code::BadSeal => {
            "Tell the researcher whose remote serves it. The log counts up to the commit before. If it is yours, run bicker \
             heal. It comes from a forge's button, a hook that is switched off, or a tool that is not bicker."
        }
        Code::Flood => {
            "Tell the researcher whose remote serves it: their key, or somebody else's, keeps signing without end. The log counts \
             up to the commit before, and goes on there when the next round opens."
        }
        Code::Unsigned => {
            "Tell the researcher whose remote serves it: a forge's button or plain git without signing made it. If it is \
             yours, run bicker heal, and see that commit.gpgSign and gpg.format are set in your log."
        }
        Code::BadSignature => {
            "Tell the researcher whose remote serves it. Anyone can change a signed commit so that it does not verify any \
             more, so it says nothing about whose name it bears. If it is yours, run bicker heal."
        }
        Code::ForeignKey => {
            "Tell the researcher whose remote serves it: somebody outside the group can write to it, or they signed with \
             another key than the charter has. If it is yours: sign with the key of your card."
        }
        _ => return None,
    })
}

/// What to do about what a remote shows, or does not.
const fn of_a_remote(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::WrongLog => {
            "Tell the researcher whose remote it is: their branch must end with an entry of their own. They may have \
             pushed somebody else's branch."
        }
        Code::CharterMismatch => {
            "Compare charters in person (bicker charter show, bicker charter diff). One of you has another group's, or \
             the remote's address is wrong."
        }
        Code::Refused => {
            "Tell the researcher whose remote it is. What was fetched before still counts. If it is honest and merely large: \
             --max-entries and --max-bytes."
        }
        Code::Rewind => {
            "Ask the researcher whether they or their host moved the branch back. Nothing seen is lost: it is pinned in \
             your cache. An old copy that signs again is in danger of equivocation; run bicker recover first."
        }
        Code::Unreachable => {
            "Try again later, or name another copy: --remote NAME=URL. If it has moved for good, note where to \
             with bicker remote. The check is incomplete until then; --tolerate f \
             accepts as many as the charter allows for."
        }
        Code::MissingObject => {
            "Try again, or name another copy: --remote NAME=URL. If only your cache lacks it, verify with another one: \
             --cache DIR."
        }
        _ => return None,
    })
}

/// What to do about what people have said. Every other kind is one of a commit or of a remote.
const fn of_people(code: Code) -> &'static str {
    match code {
        Code::Equivocation | Code::Contradiction => {
            "Show the proof to anyone (bicker proof export NAME -o DIR). Your next bicker sync puts it into your log, so that it spreads. What is \
             final stays final and their entries go on counting, but nobody votes for them or waits for them."
        }
        Code::ConflictingFinals => {
            "Stop: do not build on this step. The findings name the convicted; keep their proofs with bicker proof \
             export. Go on in a new group without them."
        }
        Code::Invalid => {
            "Nothing: the entry does not count, and never will. It has used its slot, so its author writes again in the \
             next round or step. bicker show COMMIT tells why, and bicker explain RULE what the rule is for."
        }
        Code::Fork => {
            "Ask them to run bicker heal: an entry on top of all branches repairs it. Two machines or a restored backup \
             are the usual reason. Until then bicker does not cite their new entries."
        }
        Code::Unanswered => {
            "Nothing is wrong. If it matters, criticise the next proposal, or propose the change in the next step."
        }
        _ => "",
    }
}

/// A rule, and what to make of an entry that breaks it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The tag.
    pub tag: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// How to keep it, where a person can do something about it.
    pub keep: &'static str,
    /// The findings that breaking it gives.
    pub codes: &'static [Code],
}

const fn rule(tag: &'static str, codes: &'static [Code], asks: &'static str, keep: &'static str) -> Rule {
    Rule { tag, asks, keep, codes }
}

/// Every rule that a finding can name.
pub const RULES: &[Rule] = &[
    rule(
        "1.1",
        &[Code::CharterMismatch],
        "The charter is the one whose digest was compared.",
        "Compare it in person (bicker charter show).",
    ),
    rule(
        "1.2",
        &[Code::CharterMismatch],
        "Every log begins with the root that follows from the charter.",
        "Begin a log with bicker join.",
    ),
    rule(
        "2.commit",
        &[Code::Malformed],
        "A commit has exactly the headers that an entry has, in order, and text as message.",
        "Let bicker or plain git with bicker's hooks write it.",
    ),
    rule(
        "2.signature",
        &[Code::Unsigned, Code::BadSignature, Code::ForeignKey],
        "A commit is signed with a researcher's SSH key, in the one canonical form.",
        "Let bicker sign, or git with the settings that bicker join made.",
    ),
    rule(
        "2.author",
        &[Code::WrongLog],
        "The author of an entry is whoever signed it, and a remote shows its own researcher's log.",
        "Push your own branch only.",
    ),
    rule(
        "2.parent",
        &[Code::BadParent],
        "An entry goes on from its author's newest one, and everything else it cites is an entry.",
        "Never amend, rebase or cherry-pick in a log; after an accident, run bicker heal.",
    ),
    rule(
        "2.budget",
        &[Code::Flood],
        "An author has so many entries in a past and no more, until the next round or step opens.",
        "bicker never comes near it: it acknowledges once in a round.",
    ),
    rule(
        "2.tree",
        &[Code::BadTree, Code::Rewrite],
        "An entry adds at most one file, at a slot; nothing is changed, moved or removed.",
        "Write one message in each commit; bicker draft lays it down where it belongs.",
    ),
    rule(
        "2.acknowledgement",
        &[Code::BadParent],
        "An entry without a file cites something that its log had not seen.",
        "bicker ack writes one when there is something to acknowledge.",
    ),
    rule(
        "2.content",
        &[Code::BadContent],
        "A file has its slot's form, letter for letter, and names only commits in the entry's past.",
        "bicker fmt brings a draft into form.",
    ),
    rule(
        "2.seal",
        &[Code::BadSeal],
        "The last line of the message is the seal: a SHA-256 of the parents and the file.",
        "Let bicker or its commit-msg hook write it.",
    ),
    rule(
        "3.open",
        &[Code::Invalid],
        "An entry comes after its author's join and in a round that is open in its past: the step before is final there, or a quorum has left the round before.",
        "Run bicker sync before you write, so that what opened the round is in your entry's past.",
    ),
    rule(
        "3.slot",
        &[Code::Invalid],
        "Nobody uses a slot twice.",
        "What is said is said; the next round has new slots.",
    ),
    rule(
        "3.proposal",
        &[Code::Invalid],
        "Nothing is proposed in a round into which a certificate is carried.",
        "Echo the revision it is for (bicker sync).",
    ),
    rule(
        "3.vote",
        &[Code::Invalid],
        "A vote is for a valid proposal of its own step and round.",
        "See who has proposed (bicker status).",
    ),
    rule(
        "3.criticism",
        &[Code::Invalid],
        "A criticism is of a selected proposal of its round, by the one its slot names and not by the critic.",
        "Criticise what bicker status says is selected.",
    ),
    rule(
        "3.revision",
        &[Code::Invalid, Code::Unanswered],
        "A revision is of its author's own proposal, after criticisms by a quorum less one, and answers one of each critic it has seen.",
        "Answer each with --accept or --reject (bicker revise).",
    ),
    rule(
        "3.echo",
        &[Code::Invalid],
        "An echo is of the revision that a lock carries, or else of a valid one of its round; and its author has not left that round.",
        "Let bicker sync write it.",
    ),
    rule(
        "3.ratify",
        &[Code::Invalid],
        "A quorum has echoed what is ratified, in the entry's past; and its author has not left that round.",
        "Let bicker sync write it.",
    ),
    rule(
        "3.abandon",
        &[Code::Invalid],
        "Whoever may speak in an open round may leave it.",
        "Leaving binds: no echo or ratify in that round comes after it.",
    ),
    rule(
        "3.accusation",
        &[Code::Invalid],
        "The two entries named are the accused's and prove misbehaviour.",
        "bicker accuse NAME finds them.",
    ),
    rule(
        "4",
        &[Code::Equivocation, Code::Contradiction, Code::ConflictingFinals, Code::Fork, Code::Rewind],
        "No honest researcher signs two different files for a slot of a step, or leaves a round and supports it beside that. A log is one chain, and a remote never shows less than before.",
        "Work from one copy of your log; from a second one, run bicker recover first.",
    ),
    rule(
        "4.equivocation",
        &[Code::Equivocation],
        "Nobody signs different files for one slot of a step.",
        "Work from one copy of your log; from a second one, run bicker recover first.",
    ),
    rule(
        "4.contradiction",
        &[Code::Contradiction],
        "Nobody leaves a round and, beside that, echoes or ratifies in it or an earlier one of the step.",
        "Work from one copy of your log; from a second one, run bicker recover first.",
    ),
    rule(
        "limits",
        &[Code::Refused],
        "A remote sends no more than the verifier takes in, and its branch is a commit.",
        "Raise the verifier's own limits with --max-entries and --max-bytes.",
    ),
];

/// The rules that a finding with this code can name.
pub fn rules_of(code: Code) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| rule.codes.contains(&code))
}

/// What a finding's code or a rule's tag means; `None` when it is neither.
pub fn explain(word: &str, colour: bool, width: usize) -> Option<String> {
    let code = Code::ALL.iter().find(|code| code.as_str() == word);
    let rule = RULES.iter().find(|rule| rule.tag == word);
    let mut page = Page::new(colour, width);
    match (code, rule) {
        (Some(code), _) => explain_code(&mut page, *code),
        (None, Some(rule)) => explain_rule(&mut page, rule),
        (None, None) => return None,
    }
    Some(page.finish())
}

fn explain_code(page: &mut Page, code: Code) {
    page.paragraph(0, 2, (Tone::Bold, &format!("{code} ")), &format!("({})", code.severity().as_str()));
    page.paragraph(2, 2, (Tone::Plain, ""), code.meaning());
    page.gap();
    page.paragraph(2, 11, (Tone::Plain, "accuses  "), &format!("{}.", accused(code).as_str()));
    page.paragraph(2, 11, (Tone::Plain, "to do    "), to_do(code));
    let rules: Vec<&str> = rules_of(code).map(|rule| rule.tag).collect();
    if !rules.is_empty() {
        page.paragraph(2, 11, (Tone::Plain, "rules    "), &rules.join(", "));
    }
    page.paragraph(2, 11, (Tone::Plain, "text     "), "docs/protocol.md, section 7.3");
}

fn explain_rule(page: &mut Page, rule: &Rule) {
    let codes: Vec<&str> = rule.codes.iter().map(|code| code.as_str()).collect();
    page.paragraph(0, 2, (Tone::Bold, &format!("{} ", rule.tag)), "(a rule)");
    page.paragraph(2, 2, (Tone::Plain, ""), rule.asks);
    page.gap();
    page.paragraph(2, 11, (Tone::Plain, "keep it  "), rule.keep);
    page.paragraph(2, 11, (Tone::Plain, "gives    "), &codes.join(", "));
    match rule.codes {
        [code] => {
            page.paragraph(2, 11, (Tone::Plain, "accuses  "), &format!("{}.", accused(*code).as_str()));
            page.paragraph(2, 11, (Tone::Plain, "to do    "), to_do(*code));
        }
        _ => page.paragraph(2, 11, (Tone::Plain, "to do    "), "depends on which it is; see bicker explain CODE"),
    }
    let section = rule.tag.split('.').next().filter(|section| section.len() == 1);
    let section = section.unwrap_or("7.1");
    page.paragraph(2, 11, (Tone::Plain, "text     "), &format!("docs/protocol.md, section {section}"));
}

/// Every finding and every rule, in a line or two each.
pub fn list(colour: bool, width: usize) -> String {
    let mut page = Page::new(colour, width);
    let widest = |words: &mut dyn Iterator<Item = &str>| words.map(str::len).max().unwrap_or(0) + 2;
    let codes = widest(&mut Code::ALL.iter().map(|code| code.as_str()));
    page.line(0, Tone::Bold, "Findings");
    for code in Code::ALL {
        page.paragraph(2, codes + 2, (Tone::Plain, &format!("{:codes$}", code.as_str())), code.meaning());
    }
    let tags = widest(&mut RULES.iter().map(|rule| rule.tag));
    page.heading(Tone::Bold, "Rules");
    for rule in RULES {
        page.paragraph(2, tags + 2, (Tone::Plain, &format!("{:tags$}", rule.tag)), rule.asks);
    }
    page.gap();
    page.paragraph(
        0,
        0,
        (Tone::Plain, ""),
        "More about one of them is told by bicker explain CODE, or bicker explain RULE",
    );
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_within_the_width() {
        for code in Code::ALL {
            let told = explain(code.as_str(), false, 60).expect("explained");
            assert!(!to_do(*code).is_empty() && told.contains("accuses") && told.contains("to do"), "{told}");
            assert!(told.lines().all(|line| line.chars().count() <= 60), "{told}");
        }
        assert_eq!(explain("no-such-code", false, 80), None);
    }

    #[test]
    fn a_finding_reads_like_this() {
        let expected = "\
fork (warning)
  A researcher's log has branches that none of their entries joins; it may be an
  accident.

  accuses  nobody: it may be an accident.
  to do    Ask them to run bicker heal: an entry on top of all branches repairs
           it. Two machines or a restored backup are the usual reason. Until
           then bicker does not cite their new entries.
  rules    4
  text     docs/protocol.md, section 7.3
";
        assert_eq!(explain("fork", false, 80).as_deref(), Some(expected));
    }

    #[test]
    fn only_what_a_key_signed_accuses_its_owner() {
        let accused: Vec<Code> = Code::ALL.iter().copied().filter(|code| accused(*code) == Accused::Author).collect();
        assert_eq!(accused, [Code::Equivocation, Code::Contradiction, Code::Invalid]);
    }

    #[test]
    fn the_list_has_everything() {
        let list = list(false, 80);
        let begins = |word: &str| list.lines().any(|line| line.starts_with(&format!("  {word} ")));
        assert!(
            Code::ALL.iter().all(|code| begins(code.as_str())) && RULES.iter().all(|rule| begins(rule.tag)),
            "{list}"
        );
        assert!(list.lines().all(|line| line.chars().count() <= 80));
    }
}

//! The faces of a report: what people and programs read, made from what a verification found.
//!
//! Decides how a report is written and which exit code it ends with; never what is wrong, which is for
//! [`crate::protocol::verify`] to say. Pure: every face is a function from a report to text.
//!
//! | reading order | for |
//! |---|---|
//! | [`escape`] | the one way out for other people's text |
//! | [`known`] | `--known`: findings that the user has seen before |
//! | [`say`] | the sentences that several faces share |
//! | [`text`], [`date`], [`cells`] | people |
//! | [`difference`] | people who compare two texts |
//! | [`json`] | programs |
//! | [`status`] | a researcher: what they owe, and whom the group waits for |
//! | [`reputation`] | people and programs that ask who has done what |
//! | [`lanes`] | people who read the log |
//! | [`news`] | a researcher who was away |
//! | [`notes`] | people who read the document and ask where it comes from |
//! | [`explain`] | people who ask what a finding or a rule means |
//! | [`charter`], [`sheet`], [`qr`] | people who meet to compare a charter |
//! | [`junit`], [`sarif`], [`github`] | CI |
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic))]

use std::collections::BTreeSet;

use crate::protocol::finding::{Code, Finding, Severity};
use crate::protocol::id::decimal;
use crate::protocol::report::Report;

pub mod cells;
pub mod charter;
pub mod date;
pub mod difference;
pub mod escape;
pub mod explain;
pub mod github;
pub mod json;
pub mod junit;
pub mod known;
pub mod lanes;
pub mod news;
pub mod notes;
pub mod proof;
pub mod qr;
pub mod reputation;
#[cfg(test)]
mod sample;
pub mod sarif;
pub mod say;
pub mod sheet;
pub mod status;
pub mod text;
pub mod typed;

use known::Known;

/// What a command ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Nothing is wrong.
    Verified = 0,
    /// Something is wrong.
    Wrong = 1,
    /// The call cannot be carried out as it stands.
    Usage = 2,
    /// The check is incomplete: something could not be had, or our own trouble.
    Incomplete = 3,
}

impl Exit {
    /// The exit status.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// How many unreachable researchers leave exit 0 (`--tolerate`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tolerate {
    /// So many.
    Number(usize),
    /// As many as the charter lets be Byzantine.
    Faults,
}

impl Default for Tolerate {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl std::str::FromStr for Tolerate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = || decimal(text, 9).and_then(|number| usize::try_from(number).ok());
        match text {
            "f" => Ok(Self::Faults),
            _ => number().map(Self::Number).ok_or_else(|| "expected a number of researchers, or f".to_owned()),
        }
    }
}

/// What the user asks of a report.
#[derive(Clone, Default, Debug)]
pub struct Judging {
    /// Warnings count, but for those about what could not be had (`--strict`).
    pub strict: bool,
    /// Findings that do not count (`--known`).
    pub known: Known,
    /// How many unreachable researchers do not count (`--tolerate`).
    pub tolerate: Tolerate,
}

/// What a report comes to. Findings are given as their places in [`Report::findings`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The findings that the user knows.
    pub known: BTreeSet<usize>,
    /// The findings that make something wrong.
    pub failing: BTreeSet<usize>,
    /// The findings that make the check incomplete.
    pub lacking: BTreeSet<usize>,
    /// The exit code that follows.
    pub exit: Exit,
}

/// Judges a report by what the user asks.
///
/// Something is wrong by any unknown error, and when strict by any unknown warning that is not about what could
/// not be had. Knowing a finding never makes a check complete; tolerance only covers unreachable researchers.
pub fn judge(report: &Report, judging: &Judging) -> Outcome {
    let places = |keep: &dyn Fn(&Finding) -> bool| -> BTreeSet<usize> {
        report.findings.iter().enumerate().filter(|(_, finding)| keep(finding)).map(|(place, _)| place).collect()
    };
    let known = places(&|finding| judging.known.holds(finding));
    let counts = |finding: &Finding| match finding.code.severity() {
        Severity::Error => true,
        Severity::Warning => judging.strict && !is_lack(finding.code),
        Severity::Note => false,
    };
    let failing: BTreeSet<usize> = places(&counts).difference(&known).copied().collect();
    let tolerated = match judging.tolerate {
        Tolerate::Number(number) => number,
        Tolerate::Faults => report.charter.faults,
    };
    let mut lacking = places(&|finding| finding.code == Code::Unreachable);
    if lacking.len() <= tolerated {
        lacking.clear();
    }
    lacking.extend(places(&|finding| finding.code == Code::MissingObject));
    let exit = match (failing.is_empty(), lacking.is_empty()) {
        (false, _) => Exit::Wrong,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Verified,
    };
    Outcome { known, failing, lacking, exit }
}

/// Whether a finding of this kind is about what could not be had.
pub const fn is_lack(code: Code) -> bool {
    matches!(code, Code::Unreachable | Code::MissingObject)
}

#[cfg(test)]
mod tests {
    use super::sample::{finding, report_of};
    use super::*;

    fn exit(codes: &[Code], judging: &Judging) -> Exit {
        judge(&report_of(codes), judging).exit
    }

    #[test]
    fn without_options_errors_are_wrong_and_what_lacks_is_incomplete() {
        for code in Code::ALL {
            let expected = match code.severity() {
                Severity::Error => Exit::Wrong,
                _ if is_lack(*code) => Exit::Incomplete,
                _ => Exit::Verified,
            };
            assert_eq!(exit(&[*code], &Judging::default()), expected, "{code}");
            assert_eq!(exit(&[*code, Code::Invalid, Code::Unreachable], &Judging::default()), Exit::Wrong, "{code}");
        }
        assert_eq!(exit(&[], &Judging::default()), Exit::Verified);
    }

    #[test]
    fn strict_counts_warnings_but_never_what_lacks_nor_notes() {
        let strict = Judging { strict: true, ..Judging::default() };
        for (codes, expected) in [
            (&[][..], Exit::Verified),
            (&[Code::Fork], Exit::Wrong),
            (&[Code::Rewind], Exit::Wrong),
            (&[Code::Rewind, Code::Unreachable], Exit::Wrong),
            (&[Code::Unreachable], Exit::Incomplete),
            (&[Code::MissingObject], Exit::Incomplete),
            (&[Code::Unanswered], Exit::Verified),
        ] {
            assert_eq!(exit(codes, &strict), expected, "{codes:?}");
        }
    }

    #[test]
    fn known_findings_do_not_make_anything_wrong_but_agreement_broken_always_does() {
        let everything = Known::of(&Code::ALL.iter().map(|code| finding(*code)).collect::<Vec<_>>());
        for strict in [false, true] {
            let judging = Judging { strict, known: everything.clone(), tolerate: Tolerate::default() };
            for code in Code::ALL {
                let expected = match code {
                    Code::ConflictingFinals => Exit::Wrong,
                    Code::Unreachable | Code::MissingObject => Exit::Incomplete,
                    _ => Exit::Verified,
                };
                assert_eq!(exit(&[*code], &judging), expected, "{code}");
            }
            assert_eq!(exit(&[Code::Invalid, Code::Unreachable], &judging), Exit::Incomplete);
        }
        let only_one = Judging { known: Known::of(&[finding(Code::Invalid)]), ..Judging::default() };
        let outcome = judge(&report_of(&[Code::Equivocation, Code::Invalid]), &only_one);
        assert_eq!(outcome.known, BTreeSet::from([1]));
        assert_eq!(outcome.failing, BTreeSet::from([0]));
        assert_eq!(outcome.exit, Exit::Wrong);
    }

    #[test]
    fn so_many_unreachable_researchers_are_tolerated_but_no_missing_object() {
        let one = [Code::Unreachable];
        let two = [Code::Unreachable, Code::Unreachable];
        let and_missing = [Code::Unreachable, Code::MissingObject];
        let and_wrong = [Code::Invalid, Code::Unreachable];
        for (codes, tolerate, expected) in [
            (&one[..], Tolerate::Number(0), Exit::Incomplete),
            (&one, Tolerate::Number(1), Exit::Verified),
            (&one, Tolerate::Faults, Exit::Verified),
            (&two, Tolerate::Number(1), Exit::Incomplete),
            (&two, Tolerate::Faults, Exit::Incomplete),
            (&two, Tolerate::Number(2), Exit::Verified),
            (&and_missing, Tolerate::Number(9), Exit::Incomplete),
            (&and_wrong, Tolerate::Number(9), Exit::Wrong),
        ] {
            assert_eq!(exit(codes, &Judging { tolerate, ..Judging::default() }), expected, "{codes:?} {tolerate:?}");
        }
    }

    #[test]
    fn tolerance_is_a_number_or_f() {
        assert_eq!("f".parse(), Ok(Tolerate::Faults));
        assert_eq!("2".parse(), Ok(Tolerate::Number(2)));
        for bad in ["", "-1", "F", "01", "1 ", "9999999999"] {
            assert!(bad.parse::<Tolerate>().is_err(), "{bad}");
        }
        assert_eq!([Exit::Verified, Exit::Wrong, Exit::Usage, Exit::Incomplete].map(Exit::code), [0, 1, 2, 3]);
    }
}

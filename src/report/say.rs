//! The sentences that several faces share: the verdict, and what a step is waiting for.
//!
//! Decides words only. What other people wrote goes in as it is; the face that prints a sentence escapes it.

use super::{Outcome, is_lack};
use crate::protocol::finding::{Finding, Severity};
use crate::protocol::report::{CharterRow, Report, State, StepRow};
use crate::protocol::verify::{Safety, Verdict};

/// The verdict, and what it rests on. Up to the colon stands the verdict alone.
pub fn verdict(report: &Report, outcome: &Outcome) -> String {
    let charter = &report.charter;
    let found = match report.verdict {
        Verdict::Verified => "Verified: nothing is wrong".to_owned(),
        Verdict::Incomplete => "Incomplete: nothing is wrong in what could be fetched".to_owned(),
        Verdict::Violations => format!("Wrong: {}", errors(report, outcome)),
    };
    let answered = report.researchers.iter().filter(|researcher| researcher.reachable).count();
    let asked = count(report.researchers.len(), "remote");
    let group = count(charter.researchers, "researcher");
    let makes = if charter.quorum == 1 { "makes" } else { "make" };
    let faults = if charter.faults == 0 { "none".to_owned() } else { format!("at most {}", charter.faults) };
    format!(
        "{found}, judged by what {answered} of {asked} showed, in a group of {group} where {} {makes} a step final and \
         {faults} may be dishonest.",
        charter.quorum
    )
}

/// How many errors there are, and how many of them are known.
fn errors(report: &Report, outcome: &Outcome) -> String {
    let of_errors = report.findings.iter().enumerate().filter(|(_, f)| f.code.severity() == Severity::Error);
    let (known, unknown): (Vec<_>, Vec<_>) = of_errors.partition(|(place, _)| outcome.known.contains(place));
    let all = count(known.len() + unknown.len(), "error");
    match (known.len(), unknown.len()) {
        (0, _) => all,
        (_, 0) => format!("{all}, known before"),
        (known, _) => format!("{all}, {known} of them known before"),
    }
}

/// Whether agreement holds, and why.
pub fn agreement(report: &Report) -> String {
    let convicted = report.researchers.iter().filter(|researcher| researcher.convicted).count();
    let faults = report.charter.faults;
    let convicts = match convicted {
        0 => "nobody is convicted of misbehaviour".to_owned(),
        1 => "1 researcher is convicted of misbehaviour".to_owned(),
        more => format!("{more} researchers are convicted of misbehaviour"),
    };
    match report.safety {
        // Only a report on nothing but the charter has no step at all.
        _ if report.steps.is_empty() => "Agreement is not judged".to_owned(),
        Safety::Holds => format!("Agreement holds: {convicts}; the group withstands {faults}"),
        Safety::Unprotected => {
            format!("Agreement is not protected any more: {convicts}; the group withstands only {faults}")
        }
        Safety::Lost => format!("Agreement is lost: two different texts are final for one step; {convicts}"),
    }
}

/// What the user's own options changed about the exit code.
pub fn options(report: &Report, outcome: &Outcome) -> Vec<String> {
    let is_failing_warning =
        |place: &&usize| report.findings.get(**place).is_some_and(|f| f.code.severity() == Severity::Warning);
    let warnings = outcome.failing.iter().filter(is_failing_warning).count();
    let lacks = report.findings.iter().filter(|finding| is_lack(finding.code)).count();
    let tolerated = lacks - outcome.lacking.len().min(lacks);
    let mut said = Vec::new();
    if warnings > 0 {
        said.push(format!("{}, as asked (--strict).", sentence(warnings, "warning counts", "warnings count")));
    }
    if tolerated > 0 {
        let remotes = sentence(tolerated, "unreachable remote is", "unreachable remotes are");
        said.push(format!("{remotes} tolerated, as asked (--tolerate)."));
    }
    said
}

/// Whom and where a finding is about, as far as it says.
pub fn place(finding: &Finding) -> String {
    let researcher = finding.researcher.as_ref().map(ToString::to_string);
    let step = finding.step.map(|step| match finding.round {
        Some(round) => format!("step {step}, round {round}"),
        None => format!("step {step}"),
    });
    let slot = finding.slot.as_ref().map(|slot| slot.path());
    [researcher, step, slot].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a step in this state is waiting for.
pub fn waiting(row: &StepRow, charter: &CharterRow) -> String {
    let critics = charter.quorum.saturating_sub(1);
    match row.state {
        State::Final => "this text is agreed".to_owned(),
        State::Conflict => "two different texts are final, and agreement is broken".to_owned(),
        State::Certified => {
            format!("one revision has enough echoes, and is final when {} ratify it", people(charter.quorum))
        }
        State::Revised if row.revisions.is_empty() => {
            format!("the revision carried over from an earlier round needs echoes from {}", people(charter.quorum))
        }
        State::Revised => format!("the proposal is revised, and needs echoes from {}", people(charter.quorum)),
        State::Selected if critics == 0 => "the proposal's author may revise it".to_owned(),
        State::Selected => format!("the author may revise the proposal when {} have criticised it", people(critics)),
        State::Open if row.proposals.is_empty() => "nobody has proposed a text yet".to_owned(),
        State::Open => format!("a proposal is worked on when {} vote for it", people(charter.majority)),
    }
}

fn people(number: usize) -> String {
    count(number, "researcher")
}

/// A number and a noun that has its plural in `s`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

fn sentence(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::super::known::Known;
    use super::super::sample::{finding, name, report_of, said, step};
    use super::super::{Judging, Tolerate, judge};
    use super::*;
    use crate::protocol::finding::Code;
    use crate::protocol::id::At;
    use crate::protocol::slot::Slot;

    fn told(codes: &[Code], judging: &Judging) -> String {
        let report = report_of(codes);
        let outcome = judge(&report, judging);
        let mut told = vec![verdict(&report, &outcome)];
        told.extend(options(&report, &outcome));
        told.join(" ")
    }

    #[test]
    fn the_verdict_says_what_it_rests_on() {
        const RESTS: &str = ", judged by what 4 of 4 remotes showed, in a group of 4 researchers where 3 make a step final and \
                             at most 1 may be dishonest.";
        let plain = Judging::default();
        let known = Judging { known: Known::of(&[finding(Code::Invalid)]), ..Judging::default() };
        let strict = Judging { strict: true, tolerate: Tolerate::Faults, ..Judging::default() };
        for (codes, judging, start, end) in [
            (&[][..], &plain, "Verified: nothing is wrong", ""),
            (&[Code::Fork], &plain, "Verified: nothing is wrong", ""),
            (&[Code::Unreachable], &plain, "Incomplete: nothing is wrong in what could be fetched", ""),
            (&[Code::Invalid], &plain, "Wrong: 1 error", ""),
            (&[Code::Invalid], &known, "Wrong: 1 error, known before", ""),
            (&[Code::Invalid, Code::BadSeal], &known, "Wrong: 2 errors, 1 of them known before", ""),
            (&[Code::Fork], &strict, "Verified: nothing is wrong", " 1 warning counts, as asked (--strict)."),
            (
                &[Code::Unreachable],
                &strict,
                "Incomplete: nothing is wrong in what could be fetched",
                " 1 unreachable remote is tolerated, as asked (--tolerate).",
            ),
        ] {
            assert_eq!(told(codes, judging), format!("{start}{RESTS}{end}"));
        }
    }

    #[test]
    fn one_researcher_alone_reads_well() {
        let mut report = report_of(&[]);
        report.researchers.truncate(1);
        let charter = &mut report.charter;
        (charter.researchers, charter.faults, charter.quorum) = (1, 0, 1);
        let told = verdict(&report, &judge(&report, &Judging::default()));
        assert!(
            told.ends_with(
                "1 of 1 remote showed, in a group of 1 researcher where 1 makes a step final and none may be dishonest."
            ),
            "{told}"
        );
    }

    #[test]
    fn agreement_names_convicts_and_limit() {
        let mut report = report_of(&[]);
        assert_eq!(agreement(&report), "Agreement holds: nobody is convicted of misbehaviour; the group withstands 1");
        for researcher in report.researchers.iter_mut().take(2) {
            researcher.convicted = true;
        }
        report.safety = Safety::Unprotected;
        assert!(agreement(&report).starts_with("Agreement is not protected any more: 2 researchers are convicted"));
        report.safety = Safety::Lost;
        assert!(agreement(&report).starts_with("Agreement is lost: two different texts are final"));
    }

    #[test]
    fn a_place_holds_what_the_finding_says() {
        let about = |finding: Finding| place(&finding);
        let nobody = Finding::new(Code::MissingObject, "-", "", "");
        assert_eq!(about(nobody.clone()), "");
        assert_eq!(about(nobody.clone().about(&name("bob"))), "bob");
        let mut step = nobody.clone();
        step.step = Some(2);
        assert_eq!(about(step), "step 2");
        let slot = Slot::Vote(At::new(2, 0));
        let whole = nobody.about(&name("bob")).at_slot(Some(&slot));
        assert_eq!(about(whole), "bob, step 2, round 0, steps/0002/r0/vote.md");
    }

    #[test]
    fn each_state_says_what_comes_next() {
        let charter = report_of(&[]).charter;
        let mut revised = step(1, 0, State::Revised);
        assert!(waiting(&revised, &charter).starts_with("the revision carried over"));
        revised.revisions = vec![said("alice", 1)];
        assert_eq!(waiting(&revised, &charter), "the proposal is revised, and needs echoes from 3 researchers");
        let selected = waiting(&step(1, 0, State::Selected), &charter);
        assert_eq!(selected, "the author may revise the proposal when 2 researchers have criticised it");
        assert_eq!(waiting(&step(1, 0, State::Open), &charter), "nobody has proposed a text yet");
    }
}

//! The last look before a signature, for a person at a terminal: what is about to be signed, in a few lines, and whether to
//! sign it. What is signed cannot be taken back.

use super::ui;
use crate::error::Result;
use crate::protocol::file::{Disposition, Fields, File};
use crate::report::status::plural;
use crate::report::text::page::{Page, Tone};

/// At most so many lines of a text are shown.
const LINES_MAX: usize = 8;

/// What a person decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Sign it.
    Sign,
    /// Change it first.
    Edit,
    /// Do not sign it.
    Leave,
}

/// Shows what is about to be signed, and asks.
///
/// # Errors
/// The answer cannot be read.
pub fn confirm(subject: &str, file: &File) -> Result<Decision> {
    let mut page = Page::new(false, ui::width());
    page.paragraph(0, 2, (Tone::Plain, ""), &format!("about to sign: {subject}"));
    shown(file).iter().for_each(|line| page.paragraph(2, 4, (Tone::Plain, ""), line));
    ui::show(&page.finish());
    loop {
        match ui::ask("it cannot be taken back; sign it? [Y]es, [e]dit, [n]o: ")?.as_deref().map(decision) {
            // Whoever has hung up has not said yes.
            None => return Ok(Decision::Leave),
            Some(Some(decision)) => return Ok(decision),
            Some(None) => {}
        }
    }
}

/// What an answer means, if anything.
fn decision(answer: &str) -> Option<Decision> {
    match answer.to_ascii_lowercase().as_str() {
        "" | "y" | "yes" => Some(Decision::Sign),
        "e" | "edit" => Some(Decision::Edit),
        "n" | "no" | "q" | "quit" => Some(Decision::Leave),
        _ => None,
    }
}

/// What a file says, in lines.
fn shown(file: &File) -> Vec<String> {
    let mut lines = match &file.fields {
        Fields::Proposal { title } => vec![format!("title: {title}")],
        Fields::Criticism { stance, .. } => vec![format!("stance: {stance}")],
        Fields::Revision { title, criticisms, .. } => {
            let answers = criticisms.iter().map(|answer| match (answer.disposition, answer.reason.as_str()) {
                (Disposition::Accepted, "") => format!("accepts what {} asks", answer.by),
                (Disposition::Accepted, reason) => format!("accepts what {} asks: {reason}", answer.by),
                (Disposition::Rejected, reason) => format!("rejects what {} asks: {reason}", answer.by),
            });
            std::iter::once(format!("title: {title}")).chain(answers).collect()
        }
        _ => Vec::new(),
    };
    let text: Vec<&str> = file.text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.extend(text.iter().take(LINES_MAX).map(|line| (*line).to_owned()));
    match text.len().saturating_sub(LINES_MAX) {
        0 if text.is_empty() => lines.push("(without a text)".to_owned()),
        0 => {}
        more => lines.push(format!("... and {}", plural(more, "more line"))),
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_plain_decides() {
        for (typed, meant) in [
            ("", Some(Decision::Sign)),
            ("Y", Some(Decision::Sign)),
            ("e", Some(Decision::Edit)),
            ("No", Some(Decision::Leave)),
            ("q", Some(Decision::Leave)),
            ("yeah", None),
            ("ye", None),
        ] {
            assert_eq!(decision(typed), meant, "{typed:?}");
        }
    }

    #[test]
    fn a_long_text_is_cut_and_an_empty_one_is_named() {
        let vote = |text: &str| shown(&File { fields: Fields::Abandon, text: text.to_owned() });
        assert_eq!(vote(""), ["(without a text)"]);
        let long = vote(&"a line\n\n".repeat(20));
        assert_eq!((long.len(), long[8].as_str()), (9, "... and 12 more lines"));
    }
}

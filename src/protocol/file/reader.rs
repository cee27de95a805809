//! The line grammar of the headers (section 2.2): every line has one spelling, and they come in one order.
//!
//! Decides which line may stand where. It never looks at the Markdown.

use super::super::id::{CommitId, Name};
use super::super::slot::Slot;
use super::super::text::unquote;
use super::{Answer, Disposition, Fields, FileError, Stance};

const RULE: &str = "---";
const FINAL_LF: &str = "LF at the end of the last line";

/// Reads a whole file that is text: the fields, the Markdown and the line at which it begins.
pub(super) fn read<'a>(slot: &Slot, whole: &'a str) -> Result<(Fields, &'a str, usize), FileError> {
    let mut lines = Lines::new(whole)?;
    lines.exactly(RULE)?;
    let fields = fields(slot, &mut lines)?;
    lines.exactly(RULE)?;
    Ok((fields, lines.rest, lines.next))
}

/// The canonical form is what printing gives (section 2.2). The grammar already leaves no choice; this
/// holds it to that.
pub(super) fn is_printed_as(whole: &str, printed: &str) -> Result<(), FileError> {
    if whole == printed {
        return Ok(());
    }
    let same = whole.lines().zip(printed.lines()).take_while(|(a, b)| a == b).count();
    let got = quoted(whole.lines().nth(same).unwrap_or_default());
    Err(FileError::Line { line: same + 1, got, expected: "the canonical form" })
}

/// The fields of the slot's kind.
fn fields(slot: &Slot, lines: &mut Lines<'_>) -> Result<Fields, FileError> {
    let value = |lines: &mut Lines<'_>| lines.field("value: ", "value: COMMIT", CommitId::parse);
    Ok(match slot {
        Slot::Join => Fields::Join,
        Slot::Proposal(_) => Fields::Proposal { title: title(lines)? },
        Slot::Vote(_) => Fields::Vote { target: lines.field("for: ", "for: COMMIT", CommitId::parse)? },
        Slot::Criticism(..) => Fields::Criticism {
            of: of(lines)?,
            stance: lines.field("stance: ", "stance: object, suggest or no-objection", Stance::parse)?,
        },
        Slot::Revision(_) => Fields::Revision { of: of(lines)?, title: title(lines)?, criticisms: criticisms(lines)? },
        Slot::Echo(_) => Fields::Echo { value: value(lines)? },
        Slot::Ratify(_) => Fields::Ratify { value: value(lines)? },
        Slot::Abandon(_) => Fields::Abandon,
        Slot::Accusation(name) => {
            let is_the_slots = |text: &str| Name::parse(text).filter(|accused| accused == name);
            let accused = lines.field("accused: ", "accused: NAME, the name in the path", is_the_slots)?;
            Fields::Accusation { accused, evidence: evidence(lines)? }
        }
    })
}

fn of(lines: &mut Lines<'_>) -> Result<CommitId, FileError> {
    lines.field("of: ", "of: COMMIT", CommitId::parse)
}

fn title(lines: &mut Lines<'_>) -> Result<String, FileError> {
    lines.field("title: ", "title: and a string in quotes of at most 1000 bytes", unquote)
}

/// `criticisms: []`, or one item or more in ascending order of commit.
fn criticisms(lines: &mut Lines<'_>) -> Result<Vec<Answer>, FileError> {
    let mut answers: Vec<Answer> = Vec::new();
    if lines.take("criticisms: []") {
        return Ok(answers);
    }
    lines.exactly("criticisms:")?;
    loop {
        let last = answers.last().map(|answer| answer.commit);
        answers.push(answer(lines, last)?);
        if lines.peek() == Some(RULE) {
            return Ok(answers);
        }
    }
}

fn answer(lines: &mut Lines<'_>, last: Option<CommitId>) -> Result<Answer, FileError> {
    let ascends = |text: &str| CommitId::parse(text).filter(|commit| last.is_none_or(|last| last < *commit));
    Ok(Answer {
        by: lines.field("  - by: ", "\"  - by: NAME\", or --- at the end of the header", Name::parse)?,
        commit: lines.field("    commit: ", "\"    commit: COMMIT\", in ascending order", ascends)?,
        disposition: lines.field(
            "    disposition: ",
            "\"    disposition: \" and accepted or rejected",
            Disposition::parse,
        )?,
        reason: lines.field(
            "    reason: ",
            "\"    reason: \" and a string in quotes of at most 1000 bytes",
            unquote,
        )?,
    })
}

fn evidence(lines: &mut Lines<'_>) -> Result<[CommitId; 2], FileError> {
    lines.exactly("evidence:")?;
    let first = lines.field("  - ", "\"  - COMMIT\"", CommitId::parse)?;
    let ascends = |text: &str| CommitId::parse(text).filter(|commit| first < *commit);
    let second = lines.field("  - ", "\"  - COMMIT\", greater than the first", ascends)?;
    Ok([first, second])
}

/// The lines not yet read.
struct Lines<'a> {
    rest: &'a str,
    /// The number of the line at which `rest` begins, from 1.
    next: usize,
}

impl<'a> Lines<'a> {
    /// The lines of a file, which has to end with LF (section 2.content).
    fn new(whole: &'a str) -> Result<Self, FileError> {
        if whole.ends_with('\n') {
            return Ok(Self { rest: whole, next: 1 });
        }
        let line = whole.as_bytes().iter().filter(|b| **b == b'\n').count() + 1;
        let got = quoted(whole.rsplit('\n').next().unwrap_or_default());
        Err(FileError::Line { line, got, expected: FINAL_LF })
    }

    /// The next line, without its LF; `None` at the end of the file.
    fn peek(&self) -> Option<&'a str> {
        self.rest.split_once('\n').map(|(line, _)| line)
    }

    /// Goes past the next line.
    fn skip(&mut self) {
        if let Some((_, rest)) = self.rest.split_once('\n') {
            self.rest = rest;
            self.next += 1;
        }
    }

    /// Goes past the next line if it is `line`, and says whether it was.
    fn take(&mut self, line: &str) -> bool {
        let there = self.peek() == Some(line);
        if there {
            self.skip();
        }
        there
    }

    /// The next line has to be `line`.
    fn exactly(&mut self, line: &'static str) -> Result<(), FileError> {
        if self.take(line) { Ok(()) } else { Err(self.fault(line)) }
    }

    /// The next line has to be `prefix` and a value that `read` accepts.
    fn field<T>(
        &mut self,
        prefix: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, FileError> {
        let value = self.peek().and_then(|line| line.strip_prefix(prefix)).and_then(read);
        let value = value.ok_or_else(|| self.fault(expected))?;
        self.skip();
        Ok(value)
    }

    fn fault(&self, expected: &'static str) -> FileError {
        let got = self.peek().map_or_else(|| "the end of the file".to_owned(), quoted);
        FileError::Line { line: self.next, got, expected }
    }
}

/// A line for an error message: in quotes, and its beginning only when it is long.
fn quoted(line: &str) -> String {
    const SHOWN: usize = 60;
    match line.char_indices().nth(SHOWN) {
        None => format!("{line:?}"),
        Some((end, _)) => format!("{:?}...", line.get(..end).unwrap_or_default()),
    }
}

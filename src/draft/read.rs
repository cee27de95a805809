//! From a draft to a file.
//!
//! Decides which part of a draft is header, text and help, and where each field comes from: what was
//! given, else the header, else (for a title) the text's first heading.

use std::collections::BTreeMap;

use super::header::{Field, Header, Item, bad, fits, shown};
use super::own_words::{tidied, written};
use super::{DraftError, Given, SCISSORS};
use crate::protocol::file::{Answer, Disposition, Fields, File, FileError, Stance};
use crate::protocol::id::{CommitId, Name};
use crate::protocol::slot::{Kind, Slot};
use crate::protocol::text::{TextError, is_not_empty, text};

/// The Markdown of a draft, and the line at which it begins.
struct Body<'a> {
    text: &'a str,
    line: usize,
}

/// Whether a person emptied the draft: nothing but blanks above the scissors line. For every kind this is
/// how an editor says "never mind"; ask before [`read_draft`], for which no text at all may be fine.
pub fn gave_up(draft: &str) -> bool {
    !draft.lines().take_while(|line| line.trim_end() != SCISSORS).any(is_not_empty)
}

/// Whether a person left a draft as it was opened, which is another way to say "never mind". Line ends do not count.
pub fn is_unchanged(draft: &str, opened: &str) -> bool {
    tidied(draft).trim_end() == tidied(opened).trim_end()
}

/// Reads what a person wrote for `slot`, with or without a header: in the template `opened`, whose help is dropped, or in a
/// text of their own, which is taken whole.
///
/// # Errors
/// [`DraftError::Empty`] when there is no text where one is needed (by a proposal, a revision, and a
/// criticism that is not `no-objection`); else the first thing to write otherwise.
pub fn read_draft(slot: &Slot, draft: &str, given: &Given, opened: Option<&str>) -> Result<File, DraftError> {
    let draft = written(draft, opened)?;
    if let Err(e) = text(draft.as_bytes()) {
        return Err(character_fault(&e));
    }
    let (header, body) = split(slot.kind(), &draft)?;
    if !is_not_empty(body.text) && needs_text(slot.kind(), &header, given) {
        return Err(DraftError::Empty);
    }
    let fields = fields(slot, &header, &body, given)?;
    canonical(slot, File { fields, text: body.text.to_owned() }, &body)
}

fn character_fault(e: &TextError) -> DraftError {
    match e {
        TextError::NotUtf8(at) => DraftError::Bad { line: 1, what: format!("the draft is not UTF-8 at byte {at}") },
        TextError::Forbidden { character, line } => {
            let what = match character {
                '\0' => "a NUL character",
                '\r' => "a carriage return within the line",
                '\u{1b}' => "an escape character",
                '\u{feff}' => "a byte order mark",
                '\u{2028}' | '\u{2029}' => "a line or paragraph separator",
                '\u{61c}' | '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    "an invisible mark of writing direction"
                }
                _ => "a control character",
            };
            let code = u32::from(*character);
            DraftError::Bad { line: *line, what: format!("{what} (U+{code:04X}) is not allowed here; delete it") }
        }
    }
}

/// Header and text. A draft whose first line that is not blank is `---` has a header.
fn split(kind: Kind, draft: &str) -> Result<(Header<'_>, Body<'_>), DraftError> {
    let is_rule = |line: &str| line.trim_end() == "---";
    let mut first = None;
    let mut offset = 0;
    for (number, line) in (1..).zip(draft.split_inclusive('\n')) {
        offset += line.len();
        match first {
            None if !is_not_empty(line) => {}
            None if is_rule(line) => first = Some((number, offset)),
            None => break,
            Some((opened, start)) if is_rule(line) => {
                let lines = (opened + 1..).zip(draft.get(start..offset - line.len()).unwrap_or_default().lines());
                let text = draft.get(offset..).unwrap_or_default();
                return Ok((Header::read(kind, lines)?, Body { text, line: number + 1 }));
            }
            Some(_) => {}
        }
    }
    match first {
        None => Ok((Header::empty(), Body { text: draft, line: 1 })),
        Some((line, _)) => bad(line, "the header that begins here has no end; write a line --- after its last field"),
    }
}

fn needs_text(kind: Kind, header: &Header<'_>, given: &Given) -> bool {
    let written = || header.get("stance").and_then(|field| stance(field).ok());
    match kind {
        Kind::Proposal | Kind::Revision => true,
        Kind::Criticism => given.stance.or_else(written) != Some(Stance::NoObjection),
        _ => false,
    }
}

/// The file in its canonical form, read back by the reader of what others will be sent.
fn canonical(slot: &Slot, file: File, body: &Body<'_>) -> Result<File, DraftError> {
    let printed = file.print();
    let header = printed.len().saturating_sub(file.text.len());
    let header = printed.as_bytes().iter().take(header).filter(|b| **b == b'\n').count();
    File::parse(slot, printed.as_bytes()).map_err(|e| match e {
        FileError::Line { line, got, expected } => {
            let line = (line + body.line).saturating_sub(header + 1).max(1);
            DraftError::Bad { line, what: format!("got {got}, expected {expected}") }
        }
        other => DraftError::Bad { line: body.line, what: other.to_string() },
    })
}

fn fields(slot: &Slot, header: &Header<'_>, body: &Body<'_>, given: &Given) -> Result<Fields, DraftError> {
    Ok(match slot {
        Slot::Join => Fields::Join,
        Slot::Proposal(_) => Fields::Proposal { title: title(header, body, given)? },
        Slot::Vote(_) => Fields::Vote { target: about("for", header, given)? },
        Slot::Criticism(..) => Fields::Criticism {
            of: about("of", header, given)?,
            stance: match (given.stance, header.get("stance")) {
                (Some(stance), _) => stance,
                (None, Some(field)) => stance(field)?,
                (None, None) => return missing("stance: object (or suggest, or no-objection)"),
            },
        },
        Slot::Revision(_) => Fields::Revision {
            of: about("of", header, given)?,
            title: title(header, body, given)?,
            criticisms: answers(header, given)?,
        },
        Slot::Echo(_) => Fields::Echo { value: about("value", header, given)? },
        Slot::Ratify(_) => Fields::Ratify { value: about("value", header, given)? },
        Slot::Abandon(_) => Fields::Abandon,
        Slot::Accusation(name) => {
            accused_is_the_slots(name, header)?;
            Fields::Accusation { accused: name.clone(), evidence: evidence(header, given)? }
        }
    })
}

/// A field that is neither given nor written.
fn missing<T>(write: &str) -> Result<T, DraftError> {
    bad(1, format!("the header lacks a line; write it between its two --- lines: {write}"))
}

/// The given title, the header's unless it is empty, the first heading, the title before.
fn title(header: &Header<'_>, body: &Body<'_>, given: &Given) -> Result<String, DraftError> {
    if let Some(title) = &given.title {
        return fitting("the title", title);
    }
    if let Some(field) = header.get("title") {
        let title = field.string()?;
        if !title.is_empty() {
            return Ok(title);
        }
    }
    if let Some((line, heading)) = first_heading(body) {
        return fits(heading).map(|()| heading.to_owned()).or_else(|what| bad(line, format!("as a title, {what}")));
    }
    match &given.title_before {
        Some(title) => fitting("the title", title),
        None => bad(
            header.get("title").map_or(body.line, |field| field.line),
            "there is no title; begin the text with a heading, # THE TITLE, or give one: --title 'THE TITLE'",
        ),
    }
}

/// A string given from outside, if it fits.
fn fitting(option: &str, plain: &str) -> Result<String, DraftError> {
    match fits(plain) {
        Ok(()) => Ok(plain.to_owned()),
        Err(what) => Err(DraftError::Given { option: option.to_owned(), what }),
    }
}

/// The first heading of the first level outside code blocks, `# Heading` or underlined with `=`, with its number.
fn first_heading<'a>(body: &Body<'a>) -> Option<(usize, &'a str)> {
    let mut fence: Option<&str> = None;
    // A line that begins a paragraph, which the next one may underline.
    let (mut alone, mut is_first) = (None, true);
    for (number, line) in (body.line..).zip(body.text.lines()) {
        if line.starts_with("    ") || line.starts_with('\t') {
            (alone, is_first) = (None, false);
            continue; // code, not a heading
        }
        let line = line.trim();
        let marks = fence_marks(line);
        match (fence, marks) {
            (None, Some(open)) => fence = Some(open),
            (Some(open), Some(marks)) if marks.starts_with(open) && marks == line => fence = None,
            (None, None) => {
                let heading = line.strip_prefix("# ").map(|heading| without_closing_marks(heading.trim()));
                if let Some(heading) = heading.filter(|heading| !heading.is_empty()) {
                    return Some((number, heading));
                }
                if !line.is_empty() && line.bytes().all(|byte| byte == b'=') && alone.is_some() {
                    return alone;
                }
            }
            _ => {}
        }
        alone = (is_first && fence.is_none() && marks.is_none() && !line.is_empty()).then_some((number, line));
        is_first = line.is_empty();
    }
    None
}

/// The three or more backticks or tildes that a line begins with.
fn fence_marks(line: &str) -> Option<&str> {
    let run = |mark: char| line.get(..line.len() - line.trim_start_matches(mark).len());
    ['`', '~'].into_iter().filter_map(run).find(|marks| marks.len() >= 3)
}

/// `Heading ##` is written for `Heading`.
fn without_closing_marks(heading: &str) -> &str {
    let bare = heading.trim_end_matches('#');
    if bare.is_empty() || bare.ends_with([' ', '\t']) { bare.trim_end() } else { heading }
}

/// The one commit that the file is about.
fn about(name: &str, header: &Header<'_>, given: &Given) -> Result<CommitId, DraftError> {
    match (given.about, header.get(name)) {
        (Some(commit), _) => Ok(commit),
        (None, Some(field)) => commit(field.word(), field.line),
        (None, None) => missing(&format!("{name}: COMMIT")),
    }
}

fn commit(word: &str, line: usize) -> Result<CommitId, DraftError> {
    let read = CommitId::parse(&word.to_ascii_lowercase());
    read.map_or_else(|| bad(line, format!("{} is not a commit; write its whole id, 40 hex digits", shown(word))), Ok)
}

fn stance(field: Field<'_>) -> Result<Stance, DraftError> {
    let word = field.word().to_ascii_lowercase().replace([' ', '_'], "-");
    match Stance::parse(&word) {
        Some(stance) => Ok(stance),
        None => bad(field.line, format!("got {}; leave one word: object, suggest or no-objection", shown(field.value))),
    }
}

fn disposition(field: Field<'_>) -> Result<Disposition, DraftError> {
    match field.word().to_ascii_lowercase().as_str() {
        "accepted" | "accept" => Ok(Disposition::Accepted),
        "rejected" | "reject" => Ok(Disposition::Rejected),
        _ => bad(field.line, format!("got {}; leave one word: accepted or rejected", shown(field.value))),
    }
}

/// The given answers and, for other criticisms, the header's; in ascending order.
fn answers(header: &Header<'_>, given: &Given) -> Result<Vec<Answer>, DraftError> {
    let mut answers = BTreeMap::new();
    for answer in given.answers.iter().flatten() {
        let option = format!("the reason for {}", answer.by);
        fitting(&option, &answer.reason)?;
        answers.insert(answer.commit, (0, answer.clone()));
    }
    match header.get("criticisms") {
        None if given.answers.is_none() => return missing("criticisms: [] (or an item for each criticism)"),
        Some(Field { value, line, .. }) if !value.is_empty() && (value != "[]" || !header.items.is_empty()) => {
            return bad(line, "write criticisms: [] for none, or criticisms: and its items on the lines below");
        }
        _ => {}
    }
    for item in &header.items {
        let field = item.need("commit")?;
        let commit = commit(field.word(), field.line)?;
        match answers.get(&commit) {
            None => {
                answers.insert(commit, (field.line, answer(item, commit)?));
            }
            Some((0, _)) => {} // the given answer wins
            Some((first, _)) => {
                return bad(field.line, format!("this criticism is answered twice; first in line {first}"));
            }
        }
    }
    Ok(answers.into_values().map(|(_, answer)| answer).collect())
}

fn answer(item: &Item<'_>, commit: CommitId) -> Result<Answer, DraftError> {
    let by = item.need("by")?;
    let Some(name) = Name::parse(by.word()) else {
        return bad(by.line, format!("{} is not a researcher's name", shown(by.value)));
    };
    let disposition = disposition(item.need("disposition")?)?;
    let reason = item.get("reason").map_or_else(|| Ok(String::new()), |field| field.string())?;
    if disposition == Disposition::Rejected && !is_not_empty(&reason) {
        let line = item.get("reason").map_or(item.line, |field| field.line);
        return bad(line, format!("{name} is rejected without a reason; write why, in one line: reason: \"...\""));
    }
    Ok(Answer { by: name, commit, disposition, reason })
}

fn accused_is_the_slots(name: &Name, header: &Header<'_>) -> Result<(), DraftError> {
    match header.get("accused") {
        Some(field) if field.word() != name.as_str() => {
            bad(field.line, format!("got {}; this accusation is about {name}", shown(field.value)))
        }
        _ => Ok(()),
    }
}

/// Two commits, in ascending order.
fn evidence(header: &Header<'_>, given: &Given) -> Result<[CommitId; 2], DraftError> {
    if let Some([a, b]) = given.evidence {
        let what =
            || DraftError::Given { option: "the evidence".to_owned(), what: "one commit is given twice".to_owned() };
        return ordered(a, b).ok_or_else(what);
    }
    let line = header.get("evidence").map_or(1, |field| field.line);
    let [a, b] = header.items.as_slice() else {
        return bad(line, "the evidence is two commits; write evidence: and below it two lines \"- COMMIT\"");
    };
    let read = |item: &Item<'_>| commit(item.value.trim_matches(['"', '\'']), item.line);
    ordered(read(a)?, read(b)?).map_or_else(|| bad(b.line, "this commit stands twice; name two different ones"), Ok)
}

fn ordered(a: CommitId, b: CommitId) -> Option<[CommitId; 2]> {
    (a != b).then(|| [a.min(b), a.max(b)])
}

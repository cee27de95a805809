//! The header of a draft, as people write it: lines `FIELD: VALUE`, in any order.
//!
//! Decides which lines are fields and of what; takes no view on values but how a string may be written.
//! Not a YAML reader: one line, one field; indentation, blank lines and lines that start with `#` say
//! nothing.

use super::DraftError;
use crate::protocol::slot::Kind;
use crate::protocol::text::{STRING_MAX, fits_string, quote};

/// The fields of a header as they were written.
pub(super) struct Header<'a> {
    fields: Vec<Field<'a>>,
    /// The items of the one list that the kind may have.
    pub(super) items: Vec<Item<'a>>,
}

/// One `FIELD: VALUE`.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    name: &'static str,
    /// The value, as written but for space around it.
    pub(super) value: &'a str,
    /// Its line in the draft.
    pub(super) line: usize,
}

/// One `- ...` of a list: a bare value, or fields.
pub(super) struct Item<'a> {
    /// The line of the dash.
    pub(super) line: usize,
    /// What follows the dash, when the list's items are bare.
    pub(super) value: &'a str,
    fields: Vec<Field<'a>>,
}

/// The fields of a kind, and those of the items of its list.
const fn names(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Join | Kind::Abandon | Kind::Acknowledgement => (&[], &[]),
        Kind::Proposal => (&["title"], &[]),
        Kind::Vote => (&["for"], &[]),
        Kind::Criticism => (&["of", "stance"], &[]),
        Kind::Revision => (&["of", "title", "criticisms"], &["by", "commit", "disposition", "reason"]),
        Kind::Echo | Kind::Ratify => (&["value"], &[]),
        Kind::Accusation => (&["accused", "evidence"], &[]),
    }
}

impl<'a> Header<'a> {
    /// The header of a draft that has none.
    pub(super) const fn empty() -> Self {
        Self { fields: Vec::new(), items: Vec::new() }
    }

    /// Reads the lines between the two `---`; each comes with its number in the draft.
    pub(super) fn read(kind: Kind, lines: impl Iterator<Item = (usize, &'a str)>) -> Result<Self, DraftError> {
        let mut header = Self::empty();
        for (line, written) in lines {
            let written = written.trim();
            if written.is_empty() || written.starts_with('#') {
                continue;
            }
            match written.strip_prefix('-') {
                Some(item) => header.read_item(kind, line, item.trim_start())?,
                None => header.read_field(kind, line, written)?,
            }
        }
        Ok(header)
    }

    /// The top-level field of this name.
    pub(super) fn get(&self, name: &str) -> Option<Field<'a>> {
        find(&self.fields, name)
    }

    fn read_item(&mut self, kind: Kind, line: usize, written: &'a str) -> Result<(), DraftError> {
        let list = match kind {
            Kind::Revision => "criticisms",
            Kind::Accusation => "evidence",
            _ => return Err(no_field(kind, line, written)),
        };
        if self.fields.last().is_none_or(|field| field.name != list) {
            return bad(line, format!("this is an item of a list; write the line {list}: above it"));
        }
        self.items.push(Item { line, value: written, fields: Vec::new() });
        if kind == Kind::Revision && !written.is_empty() {
            return self.read_field(kind, line, written);
        }
        Ok(())
    }

    /// A field of the last item when its name says so, else of the header.
    fn read_field(&mut self, kind: Kind, line: usize, written: &'a str) -> Result<(), DraftError> {
        let (top, of_items) = names(kind);
        let Some((name, value)) = written.split_once(':') else {
            return Err(no_field(kind, line, written));
        };
        let is_called = |known: &&&str| known.eq_ignore_ascii_case(name.trim());
        let value = value.trim();
        if let Some(name) = of_items.iter().find(is_called) {
            let Some(item) = self.items.last_mut() else {
                return bad(line, format!("{name} belongs to a criticism; begin its item with \"- by: NAME\""));
            };
            return add(&mut item.fields, Field { name, value, line });
        }
        match top.iter().find(is_called) {
            Some(name) => add(&mut self.fields, Field { name, value, line }),
            None => Err(no_field(kind, line, written)),
        }
    }
}

impl<'a> Item<'a> {
    /// The item's field of this name.
    pub(super) fn get(&self, name: &str) -> Option<Field<'a>> {
        find(&self.fields, name)
    }

    /// The item's field of this name, which has to be there.
    pub(super) fn need(&self, name: &str) -> Result<Field<'a>, DraftError> {
        self.get(name)
            .ok_or_else(|| DraftError::Bad { line: self.line, what: format!("the item lacks its {name}: line") })
    }
}

impl Field<'_> {
    /// The value as a string (section 1.4): in double quotes, in single quotes, or bare.
    pub(super) fn string(&self) -> Result<String, DraftError> {
        let plain = match self.value.chars().next() {
            Some('"') => double_quoted(self.value),
            Some('\'') => single_quoted(self.value),
            _ => Ok(self.value.to_owned()),
        };
        plain.and_then(|plain| fits(&plain).map(|()| plain)).or_else(|what| bad(self.line, what))
    }

    /// The value as a word, with or without quotes around it.
    pub(super) fn word(&self) -> &str {
        ['"', '\'']
            .into_iter()
            .find_map(|quote| self.value.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(self.value)
            .trim()
    }
}

/// Whether `plain` can be written as a string; if not, why.
pub(super) fn fits(plain: &str) -> Result<(), String> {
    if fits_string(plain) {
        Ok(())
    } else if quote(plain).len() > STRING_MAX + 2 {
        Err(format!("this is too long; at most {STRING_MAX} bytes fit (an é counts two, a quote two)"))
    } else if plain.contains('\t') {
        Err("there is a tab here; write spaces".to_owned())
    } else {
        Err("this has to be one line of text, without control characters".to_owned())
    }
}

fn double_quoted(value: &str) -> Result<String, String> {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let inner = inner.ok_or("end the line with the closing \", or leave out the quotes")?;
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Err("write \\\" for a quote between quotes, or leave out the outer quotes".to_owned()),
            '\\' => match chars.next() {
                Some(c @ ('"' | '\\')) => plain.push(c),
                _ => {
                    return Err(
                        "between quotes only \\\" and \\\\ may follow a backslash; write \\\\ for one".to_owned()
                    );
                }
            },
            _ => plain.push(c),
        }
    }
    Ok(plain)
}

fn single_quoted(value: &str) -> Result<String, String> {
    let inner = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    let inner = inner.ok_or("end the line with the closing ', or put \" around the whole")?;
    if inner.replace("''", "").contains('\'') {
        return Err("write '' for a quote between single quotes, or put \" around the whole".to_owned());
    }
    Ok(inner.replace("''", "'"))
}

fn find<'a>(fields: &[Field<'a>], name: &str) -> Option<Field<'a>> {
    fields.iter().find(|field| field.name == name).copied()
}

fn add<'a>(fields: &mut Vec<Field<'a>>, field: Field<'a>) -> Result<(), DraftError> {
    if let Some(first) = find(fields, field.name) {
        return bad(field.line, format!("{} appears twice; the first is in line {}", field.name, first.line));
    }
    fields.push(field);
    Ok(())
}

fn no_field(kind: Kind, line: usize, written: &str) -> DraftError {
    let known = names(kind).0.iter().map(|name| format!("{name}: ...")).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none".to_owned() } else { known };
    let what = format!(
        "{} is not a field of this header (fields: {known}); text begins after the second line ---, and so does a header \
         of your own",
        shown(written)
    );
    DraftError::Bad { line, what }
}

/// What a person wrote, in quotes, the beginning only when it is long.
pub(super) fn shown(written: &str) -> String {
    const SHOWN: usize = 40;
    match written.char_indices().nth(SHOWN) {
        None => format!("{written:?}"),
        Some((end, _)) => format!("{:?}...", written.get(..end).unwrap_or_default()),
    }
}

/// The fault at a line.
pub(super) fn bad<T>(line: usize, what: impl Into<String>) -> Result<T, DraftError> {
    Err(DraftError::Bad { line, what: what.into() })
}

//! What counts as text, and the one-line strings of the file headers (section 1.4).
//!
//! Decides which characters may appear in anything that people will read. It never repairs: what is not
//! text is refused where it stands.

/// The longest string between the quotes, in bytes.
pub const STRING_MAX: usize = 1000;

/// Why some bytes are not text (section 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The bytes are not UTF-8 from this byte on.
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// A control, bidirectional or invisible character that text may not hold.
    #[error("character U+{:04X} in line {line} is not allowed", *character as u32)]
    Forbidden {
        /// The character.
        character: char,
        /// The line it stands in, from 1.
        line: usize,
    },
}

/// Whether a character may never stand in text: controls other than LF and TAB, and the marks that
/// reorder or hide what is read (section 1.4).
pub fn is_forbidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => true,
        _ => false,
    }
}

/// Reads bytes as text.
///
/// # Errors
/// The first fault: not UTF-8, or a character that [`is_forbidden`].
pub fn text(bytes: &[u8]) -> Result<&str, TextError> {
    let text = std::str::from_utf8(bytes).map_err(|e| TextError::NotUtf8(e.valid_up_to()))?;
    match text.char_indices().find(|(_, c)| is_forbidden(*c)) {
        None => Ok(text),
        Some((at, character)) => {
            let line = text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1;
            Err(TextError::Forbidden { character, line })
        }
    }
}

/// Whether text holds a character other than space, TAB and LF: *not empty* in section 2.2.
pub fn is_not_empty(text: &str) -> bool {
    text.contains(|c| !matches!(c, ' ' | '\t' | '\n'))
}

/// Writes a string in its quotes, `"` and `\` escaped (section 1.4).
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Reads a quoted string: one line of text, `\"` and `\\` the only escapes, no TAB, at most
/// [`STRING_MAX`] bytes between the quotes. `None` when it is anything else. The caller has checked
/// the characters with [`text`].
pub fn unquote(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if quoted.len() < 2 || inner.len() > STRING_MAX || inner.contains(['\t', '\n']) {
        return None;
    }
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => plain.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
            _ => plain.push(c),
        }
    }
    Some(plain)
}

/// Whether `text` can be written as a string: one line of text that fits between the quotes.
pub fn fits_string(plain: &str) -> bool {
    text(plain.as_bytes()).is_ok() && unquote(&quote(plain)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_allows_line_ends_and_tabs_and_other_scripts() {
        assert!(text("Grüße\t世界\u{200d}\n".as_bytes()).is_ok());
        assert_eq!(text(b"ok\n\xff"), Err(TextError::NotUtf8(3)));
        for c in [
            '\0', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{61c}', '\u{200e}', '\u{2028}', '\u{202e}', '\u{2066}',
            '\u{feff}',
        ] {
            let bytes = format!("a\nb{c}");
            assert_eq!(text(bytes.as_bytes()), Err(TextError::Forbidden { character: c, line: 2 }));
        }
    }

    #[test]
    fn strings_round_trip_and_have_one_spelling() {
        for plain in ["", "a", r#"say "no" \ yes"#, "é", &"x".repeat(1000)] {
            assert_eq!(unquote(&quote(plain)).as_deref(), Some(plain));
        }
        for bad in [
            "",
            "\"",
            "a",
            "'a'",
            "\"a",
            "\"a\"b\"",
            r#""\n""#,
            r#""\""#,
            "\"a\tb\"",
            "\"a\nb\"",
            &quote(&"x".repeat(1001)),
        ] {
            assert_eq!(unquote(bad), None, "{bad}");
        }
    }
}

//! What a program may print: text that no terminal takes for a command and no reader sees in another order.

/// The output as text, or what in it no program of ours may print.
pub(crate) fn read(output: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(output).map_err(|e| format!("prints what is not UTF-8: {e}"))?;
    match text.char_indices().find(|(_, c)| is_forbidden(*c)) {
        None => Ok(text),
        Some((at, c)) => Err(format!("prints U+{:04X} at byte {at}", u32::from(c))),
    }
}

/// Control characters but LF and TAB, and those that turn the direction of text or do not show (section 1.4).
fn is_forbidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{061C}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => true,
        _ => c.is_control(),
    }
}

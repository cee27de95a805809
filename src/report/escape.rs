//! The one way out for other people's text: to a terminal, JSON, XML, a CI log, or Markdown.
//!
//! Decides how each place is kept from taking text for orders. Nothing is left out: what may not be written as
//! it is becomes visible, as `\u{1b}`. Text is never cut here except by [`cut`].

use crate::protocol::text::is_forbidden;

/// One line for a terminal or a log. Controls, line ends, tabs and marks that reorder text become visible, and so
/// does what CI runners would obey: a word that starts with `::` is an order to GitHub's runner where it starts a
/// line, and `##[` or `##vso[` are orders to runners wherever they stand. Of those the first character is shown.
pub fn terminal(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    let mut starts_word = true;
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        let is_shown = is_forbidden(c) || matches!(c, '\n' | '\t');
        match is_shown || (starts_word && rest.starts_with("::")) || is_order(rest) {
            true => tamed.extend(c.escape_unicode()),
            false => tamed.push(c),
        }
        starts_word = c.is_whitespace();
    }
    tamed
}

/// Lines for a terminal or a log: line ends and tabs stay, and what is text (section 1.4) stays as it is.
pub fn terminal_block(text: &str) -> String {
    let mut tamed = String::with_capacity(text.len());
    for c in text.chars() {
        match is_forbidden(c) {
            true => tamed.extend(c.escape_unicode()),
            false => tamed.push(c),
        }
    }
    tamed
}

/// Whether text starts with `##[` or `##word[`.
fn is_order(text: &str) -> bool {
    let after = text.strip_prefix("##").map(|after| after.trim_start_matches(|c: char| c.is_ascii_alphabetic()));
    after.is_some_and(|after| after.starts_with('['))
}

/// Serialised JSON without any character that text may not hold: each becomes the JSON escape for itself.
///
/// JSON has none of them outside its strings, and an escape means the same there, so this changes no value.
pub fn json(serialised: &str) -> String {
    let mut escaped = String::with_capacity(serialised.len());
    for c in serialised.chars() {
        match is_forbidden(c) {
            true => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => escaped.push(c),
        }
    }
    escaped
}

/// Character data or a double-quoted attribute value of XML 1.0. What XML cannot hold becomes visible.
pub fn xml(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => escaped.extend(c.escape_unicode()),
            c if is_forbidden(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The message of a workflow command, after its second `::`. Line ends stay line ends, as the runner decodes them.
pub fn command_message(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => escaped.push_str("%25"),
            '\n' => escaped.push_str("%0A"),
            c if is_forbidden(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A property of a workflow command, such as its title.
pub fn command_property(text: &str) -> String {
    command_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// A run of Markdown text that is only text: every punctuation mark of ASCII is escaped, so that it holds no
/// markup, HTML, link or table cell.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in terminal(text).chars() {
        if c.is_ascii_punctuation() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Text in a Markdown code span, fenced by more backticks than it holds in a row.
pub fn markdown_code(text: &str) -> String {
    let text = terminal(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// At most `max` characters; what was longer ends with `...`.
pub fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(3)).collect();
    kept + "..."
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31m\u{7}\u{202e}\u{2067}\r\n\t]]><b>&\"'`::set-output name=x::y %0A|";

    fn has_forbidden(text: &str) -> bool {
        text.chars().any(is_forbidden)
    }

    #[test]
    fn on_a_terminal_every_control_is_visible() {
        assert_eq!(terminal("a\u{1b}[31m\u{7}\u{202e}\u{2067}b"), r"a\u{1b}[31m\u{7}\u{202e}\u{2067}b");
        assert_eq!(terminal("a\r\n\tb"), r"a\u{d}\u{a}\u{9}b");
        assert_eq!(terminal_block("a\r\n\tb"), "a\\u{d}\n\tb");
        assert_eq!(terminal("Grüße, 世界: std::fmt # ## x"), "Grüße, 世界: std::fmt # ## x");
        assert!(!has_forbidden(&terminal(HOSTILE)) && !has_forbidden(&terminal_block(HOSTILE)));
    }

    #[test]
    fn in_a_log_no_line_is_an_order() {
        assert_eq!(terminal("::set-output name=x::y"), r"\u{3a}:set-output name=x::y");
        assert_eq!(terminal("see ::add-mask::"), r"see \u{3a}:add-mask::");
        assert_eq!(terminal("x \u{3000}::error::"), "x \u{3000}\\u{3a}:error::");
        assert_eq!(terminal("x##[error]y ##vso[task] ##Title"), r"x\u{23}#[error]y \u{23}#vso[task] ##Title");
        assert_eq!(terminal("###[x]"), r"#\u{23}#[x]");
    }

    #[test]
    fn json_keeps_every_value_and_holds_no_forbidden_character() {
        let serialised = serde_json::to_string_pretty(&[HOSTILE, "\u{7f}\u{9b}\u{feff}"]).expect("strings serialise");
        let escaped = json(&serialised);
        assert!(!has_forbidden(&escaped));
        assert!(escaped.contains(r"\u202e") && escaped.contains(r"\u007f") && escaped.contains('\n'));
        let read: Vec<String> = serde_json::from_str(&escaped).expect("JSON");
        assert_eq!(read, [HOSTILE, "\u{7f}\u{9b}\u{feff}"]);
    }

    #[test]
    fn xml_holds_no_markup_and_no_character_it_may_not() {
        assert_eq!(xml("]]><a b='\"'>&amp;"), "]]&gt;&lt;a b=&apos;&quot;&apos;&gt;&amp;amp;");
        assert_eq!(xml("a\u{1b}\n\t\r\u{ffff}"), r"a\u{1b}&#10;&#9;\u{d}\u{ffff}");
        assert!(!has_forbidden(&xml(HOSTILE)) && !xml(HOSTILE).contains(['<', '>', '"', '\n']));
    }

    #[test]
    fn workflow_commands_stay_on_one_line() {
        assert_eq!(command_message("100%\n::set-output::x\r"), r"100%25%0A::set-output::x\u{d}");
        assert_eq!(command_property("a: b, c%\n"), "a%3A b%2C c%25%0A");
        for escaped in [command_message(HOSTILE), command_property(HOSTILE)] {
            assert!(!has_forbidden(&escaped) && !escaped.contains(['\n', '\r']));
        }
    }

    #[test]
    fn markdown_is_only_text() {
        assert_eq!(markdown("a*b* <i> [x](y)"), r"a\*b\* \<i\> \[x\]\(y\)");
        assert_eq!(markdown("a\nb"), r"a\\u\{a\}b");
        assert_eq!(markdown_code("plain"), "`plain`");
        assert_eq!(markdown_code("a``b`"), "``` a``b` ```");
        assert_eq!(markdown_code(""), "`  `");
        assert!(!markdown_code(HOSTILE).contains('\n') && !has_forbidden(&markdown(HOSTILE)));
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("世界世界", 4), "世界世界");
        assert_eq!(cut("世界世界世", 4), "世...");
        assert_eq!(cut("abc", 0), "...");
    }
}

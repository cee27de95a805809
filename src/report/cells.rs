//! How much room text takes on a screen: in cells, not in characters.
//!
//! Decides how wide text is, and where it is cut or folded. Most characters take one cell, those of East Asia and emoji
//! two, and marks that go above or below another none. Each character counts by itself, as terminals and git count: one
//! that draws several as one picture leaves a gap, and no line gets too long. Pure.

use unicode_width::UnicodeWidthChar as _;

/// The cells that a character takes.
fn cells_of(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The cells that text on one line takes.
pub fn cells(text: &str) -> usize {
    text.chars().map(cells_of).sum()
}

/// The text with spaces after it, in this many cells if it is no wider.
pub fn padded(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(cells(text)))
}

/// At most `max` cells; what was wider ends with `...`.
pub fn cut(text: &str, max: usize) -> String {
    const LEFT_OUT: &str = "...";
    match cells(text) <= max {
        true => text.to_owned(),
        false => first(text, max.saturating_sub(LEFT_OUT.len())).0.to_owned() + LEFT_OUT,
    }
}

/// The text in pieces of at most `width` cells, of which nothing is left out. There is always one.
pub fn folded(text: &str, width: usize) -> Vec<&str> {
    let (mut piece, mut rest) = first(text, width);
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        if piece.is_empty() {
            // Not even one character fits.
            let (at, c) = rest.char_indices().next().unwrap_or_default();
            (piece, rest) = rest.split_at(at + c.len_utf8());
        }
        pieces.push(piece);
        (piece, rest) = first(rest, width);
    }
    if !piece.is_empty() || pieces.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// What remains of text when its first `count` cells are taken away, or one more where a wide character lies across.
pub fn without_first(text: &str, count: usize) -> &str {
    let mut taken = 0;
    let stays = |(_, c): &(usize, char)| {
        let stays = taken >= count && cells_of(*c) > 0;
        taken += cells_of(*c);
        stays
    };
    let from = text.char_indices().find(stays).map_or(text.len(), |(at, _)| at);
    if count == 0 { text } else { text.get(from..).unwrap_or_default() }
}

/// As much as fits into `width` cells, and the rest. Marks stay with the character that they go above or below.
fn first(text: &str, width: usize) -> (&str, &str) {
    let mut taken = 0;
    let is_over = |(_, c): &(usize, char)| {
        taken += cells_of(*c);
        taken > width
    };
    text.split_at(text.char_indices().find(is_over).map_or(text.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: &str = "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}";

    #[test]
    fn cells_are_counted_and_not_characters() {
        for (text, count) in [("", 0), ("abc", 3), ("世界", 4), ("Grüße", 5), ("🦀", 2), (MARKED, 5), ("\u{200b}", 0)]
        {
            assert_eq!(cells(text), count, "{text:?}");
        }
        assert_eq!((padded("世界", 6), padded("ab", 1)), ("世界  ".to_owned(), "ab".to_owned()));
    }

    #[test]
    fn what_is_cut_fits_and_no_character_is_halved() {
        assert_eq!(cut("世界世界", 8), "世界世界");
        assert_eq!(cut("世界世界", 7), "世界...");
        assert_eq!(cut("世界世界", 6), "世...");
        assert_eq!(cut(MARKED, 5), MARKED);
        assert_eq!(cut(MARKED, 4), "e\u{301}...");
        assert_eq!((cut("abc", 0), cut("", 0)), ("...".to_owned(), String::new()));
    }

    #[test]
    fn folding_leaves_nothing_out() {
        assert_eq!(folded("世界世界", 5), ["世界", "世界"]);
        assert_eq!(folded("abcd", 2), ["ab", "cd"]);
        assert_eq!(folded("世a", 1), ["世", "a"]);
        assert_eq!((folded("", 5), folded("a", 0)), (vec![""], vec!["a"]));
        for width in 0..8 {
            let text = format!("a世{MARKED}🦀bc界");
            assert_eq!(folded(&text, width).concat(), text, "{width}");
            assert!(width < 2 || folded(&text, width).iter().all(|piece| cells(piece) <= width), "{width}");
        }
    }

    #[test]
    fn what_comes_first_is_taken_away_by_cells() {
        assert_eq!(
            (without_first("世界", 2), without_first("世界", 1), without_first("世界", 0)),
            ("界", "界", "世界")
        );
        assert_eq!((without_first(MARKED, 4), without_first("ab", 5)), ("e\u{301}", ""));
    }
}

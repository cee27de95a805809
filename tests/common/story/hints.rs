//! What messages say to type, and whether somebody typed it.
//!
//! In what people see a command to type stands last in its line, after `: `. Here those lines are collected while a story
//! runs, and marked once the command was typed by whoever saw it and went as the story tells. The second half finds in the program's
//! source every text that can end so; `tests/stories.rs` holds both against each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bicker::report::typed::command_in;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// So many lines before its last belong to a message, at most; where a line is wrapped nobody can tell.
const PARAGRAPH: usize = 6;

/// What was offered to everyone, and what of it was typed.
#[derive(Default)]
pub(crate) struct Offers {
    offered: Vec<Offer>,
    /// The lines whose command was typed.
    pub(crate) followed: BTreeSet<String>,
}

struct Offer {
    person: String,
    line: String,
    command: String,
    /// Whether nothing was offered to the person by a later command.
    is_last: bool,
}

impl Offers {
    /// Notes what a command showed a person.
    pub(crate) fn shown(&mut self, person: &str, text: &str) {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let ends = (0..lines.len()).filter_map(|at| {
            // A command that has no room at the end of its line stands in the next.
            let first =
                if at > 0 && lines[at - 1].ends_with(':') && command_in(lines[at]).is_none() { at - 1 } else { at };
            let line = lines[first..=at].join(" ");
            command_in(&line).map(|command| (at, command.to_owned()))
        });
        let ends: Vec<(usize, String)> = ends.collect();
        if !ends.is_empty() {
            for offer in self.offered.iter_mut().filter(|offer| offer.person == person) {
                offer.is_last = false;
            }
        }
        for (at, command) in ends {
            let line = lines[at.saturating_sub(PARAGRAPH)..=at].join(" ");
            self.offered.push(Offer { person: person.to_owned(), line, command, is_last: true });
        }
    }

    /// What `hint` and `hint N` stand for: the first or N-th command that the person was last told to type.
    pub(crate) fn meant(&self, person: &str, typed: &str) -> Result<String, String> {
        let mut words = typed.split(' ');
        if words.next() != Some("hint") {
            return Ok(typed.to_owned());
        }
        let number: usize = words.next().map_or(Ok(1), str::parse).map_err(|_| "hint N".to_owned())?;
        let mut last = self.offered.iter().filter(|offer| offer.is_last && offer.person == person);
        let offer = last.nth(number.saturating_sub(1)).ok_or("nothing like it was told to be typed")?;
        Ok(offer.command.clone())
    }

    /// Notes that a person typed a command, and that it went as told; they may have been asked to by whoever saw it.
    pub(crate) fn typed(&mut self, person: &str, typed: &str) {
        let asked = format!("ask {person} to run: ");
        let is_told = |offer: &&Offer| offer.person == person || offer.line.contains(&asked);
        let followed = self.offered.iter().filter(|offer| is_told(offer) && offer.command == typed);
        self.followed.extend(followed.map(|offer| offer.line.clone()));
    }
}

/// A text in the program's source that ends in a command to type.
pub(crate) struct Template {
    /// Where it stands.
    pub(crate) place: String,
    /// The text; what is filled in stands in braces.
    pub(crate) text: String,
}

impl Template {
    /// Whether a line that somebody saw is made of it.
    pub(crate) fn makes(&self, line: &str) -> bool {
        let mut pieces = self.text.split('{').enumerate().map(|(at, piece)| match at {
            0 => piece,
            _ => piece.split_once('}').map_or(piece, |(_, rest)| rest),
        });
        let Some(first) = pieces.next() else { return false };
        let pieces: Vec<&str> = pieces.collect();
        line.match_indices(first).any(|(at, _)| {
            let mut rest = &line[at + first.len()..];
            let (last, between) = match pieces.split_last() {
                None => return rest.is_empty(),
                Some((last, between)) => (last, between),
            };
            for piece in between {
                let Some((_, after)) = rest.split_once(piece) else { return false };
                rest = after;
            }
            rest.ends_with(last)
        })
    }
}

/// Every such text in the source in `folder`, but for tests.
pub(crate) fn templates(folder: &Path) -> Vec<Template> {
    let mut found = Vec::new();
    for file in sources(folder) {
        let text = fs::read_to_string(&file).expect("a source file");
        let tokens: TokenStream = text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        collect(tokens, &file, &mut found);
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let is_test = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == "tests");
    paths.retain(|path| !is_test(path));
    paths.into_iter().flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// Goes through tokens; attributes, doc comments among them, and modules of tests are left out.
fn collect(tokens: TokenStream, file: &Path, found: &mut Vec<Template>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                if matches!(tokens.peek(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket) {
                    tokens.next();
                }
            }
            TokenTree::Ident(word) if word == "mod" => {
                let is_tests = matches!(tokens.next(), Some(TokenTree::Ident(name)) if name == "tests");
                if is_tests {
                    tokens.next();
                }
            }
            TokenTree::Group(group) => collect(group.stream(), file, found),
            TokenTree::Literal(literal) => {
                let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else { continue };
                let text = text.value();
                if command_in(&text).is_some() {
                    let file = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(file);
                    let place = format!("{}:{}", file.display(), literal.span().start().line);
                    let last = text.trim_end().lines().next_back().unwrap_or_default();
                    found.push(Template { place, text: last.to_owned() });
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stands_last_in_its_line() {
        assert_eq!(command_in("hint: see where things stand: bicker status"), Some("bicker status"));
        assert_eq!(
            command_in("hint: go on: git add a && git commit -m 'a: b'"),
            Some("git add a && git commit -m 'a: b'")
        );
        assert_eq!(command_in("error: git is not installed"), Some("git is not installed"));
        assert_eq!(command_in("hint: name another file with -o"), None);
    }

    #[test]
    fn what_is_filled_in_may_be_anything() {
        let template = |text: &str| Template { place: String::new(), text: text.to_owned() };
        assert!(template("go on: bicker vote {me}").makes("hint: go on: bicker vote alice"));
        assert!(template("go on: rm {} {0}").makes("go on: rm a b"));
        assert!(!template("go on: rm {} -f").makes("go on: rm a b"));
        assert!(!template("go on: bicker status").makes("go on: bicker status --json"));
        assert!(!template("see: bicker vote").makes("go on: bicker vote"));
    }
}

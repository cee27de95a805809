//! Machine output that is written row by row.
//!
//! Decides how rows become bytes: JSON indented by two spaces, with a line end, and no character in it that text may
//! not hold. Rows are read and made one by one as they are written, so that never all of them are in memory: others
//! decide how much there is. It never goes through a pager and never has colour. Which fields there are, the rows say.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::protocol::text::is_forbidden;
use crate::report::Exit;
use crate::report::escape;

/// What went wrong while rows were made: a serialiser has no room for it.
pub type Trouble = RefCell<Option<Error>>;

/// A list whose rows are made while they are written.
pub struct Rows<'a, T, Row> {
    /// What there is a row for.
    pub items: &'a [T],
    /// Makes the row.
    pub row: &'a dyn Fn(&'a T) -> Result<Row>,
    /// Where it is noted why a row could not be made.
    pub trouble: &'a Trouble,
}

impl<T, Row: Serialize> Serialize for Rows<'_, T, Row> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.items.len()))?;
        for item in self.items {
            let row = (self.row)(item).map_err(|e| {
                let words = S::Error::custom(&e);
                self.trouble.replace(Some(e));
                words
            })?;
            list.serialize_element(&row)?;
        }
        list.end()
    }
}

/// Prints an object: to a file if one is named, else to standard output, where a reader that goes away early is no
/// error.
///
/// # Errors
/// A row could not be made, or the object could not be written. What was written until then is no JSON.
pub fn print(file: Option<&Path>, whole: &impl Serialize, trouble: &Trouble) -> Result<Exit> {
    let written = match file {
        Some(path) => File::create(path).and_then(|file| write(file, whole)),
        None => write(io::stdout().lock(), whole),
    };
    match (trouble.take(), written, file) {
        (Some(e), ..) => Err(e),
        (None, Err(e), Some(path)) => Err(Error::usage(format!("cannot write {}", path.display())).because(&e)),
        (None, Err(e), None) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Error::trouble("cannot print the result").because(&e))
        }
        _ => Ok(Exit::Verified),
    }
}

fn write(out: impl Write, whole: &impl Serialize) -> io::Result<()> {
    let mut out = Harmless(BufWriter::new(out));
    serde_json::to_writer_pretty(&mut out, whole)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Escapes what text may not hold on its way. Strings come here in pieces, but none is cut inside a character.
struct Harmless<W>(W);

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.contains(is_forbidden) => self.0.write_all(escape::json(text).as_bytes())?,
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Object<'a> {
        rows: Rows<'a, &'static str, String>,
    }

    #[test]
    fn rows_are_written_harmless_and_read_back_as_they_were() {
        let trouble = Trouble::default();
        let items = ["plain", "\u{1b}]0;x\u{7}\u{202e}\u{9b} \"q\" \u{e9}\u{2028}\n\t\u{1f469}"];
        let rows = Rows { items: &items, row: &|item: &&str| Ok(item.repeat(2)), trouble: &trouble };
        let mut bytes = Vec::new();
        write(&mut bytes, &Object { rows }).expect("written");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert!(text.ends_with("}\n") && !text.contains(is_forbidden), "{text:?}");
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read["rows"], serde_json::json!(items.map(|item| item.repeat(2))));
    }

    #[test]
    fn what_went_wrong_with_a_row_is_told_with_its_hint() {
        let folder = tempfile::tempdir().expect("a folder");
        let trouble = Trouble::default();
        let broken = |_: &&str| Err(Error::trouble("the file is gone").hint("fetch again: bicker sync"));
        let rows = Rows { items: &["one"], row: &broken, trouble: &trouble };
        let error = print(Some(&folder.path().join("out.json")), &Object { rows }, &trouble).expect_err("no row");
        assert_eq!((error.exit, error.message.as_str()), (Exit::Incomplete, "the file is gone"));
        assert_eq!(error.hints, ["fetch again: bicker sync"]);
    }
}

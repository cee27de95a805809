//! Tree objects: exactly the bytes that git writes for a directory (section 2.tree).
//!
//! Decides modes, names, order and uniqueness within one tree object, with all modes that git itself writes. It never
//! opens what the ids name; which modes and paths an entry may have is decided elsewhere.

use std::cmp::Ordering;

use super::commit::excerpt;
use super::id::ObjectId;

/// The longest tree object, in bytes (section 2.tree).
pub const TREE_MAX: usize = 65_536;

/// The modes that git writes into a tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mode {
    /// `100644`
    File,
    /// `100755`
    Executable,
    /// `120000`
    Symlink,
    /// `40000`
    Directory,
    /// `160000`: a commit of another repository.
    Gitlink,
}

impl Mode {
    const ALL: [Self; 5] = [Self::File, Self::Executable, Self::Symlink, Self::Directory, Self::Gitlink];

    /// The mode as a tree object spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Directory => "40000",
            Self::Gitlink => "160000",
        }
    }
}

/// One entry of a tree object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeEntry {
    /// What it is.
    pub mode: Mode,
    /// Its name: not empty, without `/` and NUL; otherwise any bytes.
    pub name: Vec<u8>,
    /// The object it names.
    pub id: ObjectId,
}

/// Why some bytes are not a tree object that git writes (section 2.tree). Entries are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The tree is over [`TREE_MAX`].
    #[error("the tree has {size} bytes, more than {TREE_MAX}")]
    TooLong {
        /// Its size in bytes.
        size: usize,
    },
    /// There is no entry.
    #[error("the tree is empty")]
    Empty,
    /// The tree ends within an entry.
    #[error("the tree ends within entry {entry}")]
    CutShort {
        /// Which entry.
        entry: usize,
    },
    /// A mode that git does not write, or not in this spelling.
    #[error("entry {entry} has mode {mode}, expected 100644, 100755, 120000, 40000 or 160000")]
    Mode {
        /// Which entry.
        entry: usize,
        /// The mode, escaped and cut short.
        mode: String,
    },
    /// A name is empty or holds `/`.
    #[error("entry {entry} has name {name}, expected one that is not empty and without `/`")]
    Name {
        /// Which entry.
        entry: usize,
        /// The name, escaped and cut short.
        name: String,
    },
    /// An entry names no object: its id is all zeros.
    #[error("entry {entry} has an id of zeros")]
    NullId {
        /// Which entry.
        entry: usize,
    },
    /// An entry sorts before the one that precedes it.
    #[error("entry {entry}, {name}, is out of order")]
    Order {
        /// Which entry.
        entry: usize,
        /// Its name, escaped and cut short.
        name: String,
    },
    /// A name stands twice, be it once as a directory.
    #[error("entry {entry}, {name}, has a name that is already there")]
    Duplicate {
        /// Which entry.
        entry: usize,
        /// Its name, escaped and cut short.
        name: String,
    },
}

/// Reads a tree object, without git's object header.
///
/// # Errors
/// The first fault, from the beginning.
pub fn parse(bytes: &[u8]) -> Result<Vec<TreeEntry>, TreeError> {
    if bytes.len() > TREE_MAX {
        return Err(TreeError::TooLong { size: bytes.len() });
    }
    let mut entries: Vec<TreeEntry> = Vec::new();
    let mut open = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let number = entries.len() + 1;
        let (entry, after) = first_entry(rest, number)?;
        if let Some(before) = entries.last() {
            follows(before, &entry, number)?;
        }
        is_no_file_before(&mut open, &entries, &entry, number)?;
        entries.push(entry);
        rest = after;
    }
    if entries.is_empty() { Err(TreeError::Empty) } else { Ok(entries) }
}

/// Writes a tree object, sorted as git sorts. What it is given must have good and unique names.
pub fn print(entries: &[TreeEntry]) -> Vec<u8> {
    let mut sorted: Vec<_> = entries.iter().collect();
    sorted.sort_by(|a, b| in_gits_order(a, b));
    let mut bytes = Vec::new();
    for entry in sorted {
        bytes.extend_from_slice(entry.mode.as_str().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(&entry.name);
        bytes.push(0);
        bytes.extend_from_slice(entry.id.as_bytes());
    }
    bytes
}

/// Reads the first entry and gives what follows it.
fn first_entry(bytes: &[u8], entry: usize) -> Result<(TreeEntry, &[u8]), TreeError> {
    let cut_short = TreeError::CutShort { entry };
    let (mode, rest) = split_at_byte(bytes, b' ').ok_or_else(|| cut_short.clone())?;
    let known = Mode::ALL.into_iter().find(|known| known.as_str().as_bytes() == mode);
    let mode = known.ok_or_else(|| TreeError::Mode { entry, mode: excerpt(mode) })?;
    let (name, rest) = split_at_byte(rest, 0).ok_or_else(|| cut_short.clone())?;
    if name.is_empty() || name.contains(&b'/') {
        return Err(TreeError::Name { entry, name: excerpt(name) });
    }
    let (id, rest) = rest.split_first_chunk::<20>().ok_or(cut_short)?;
    if *id == [0; 20] {
        return Err(TreeError::NullId { entry });
    }
    Ok((TreeEntry { mode, name: name.to_vec(), id: ObjectId::from_bytes(*id) }, rest))
}

/// What stands before and after the first such byte.
fn split_at_byte(bytes: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|b| *b == byte)?;
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

/// git compares names as bytes, and directories as if their name ended with `/`.
fn in_gits_order(a: &TreeEntry, b: &TreeEntry) -> Ordering {
    sort_key(a).cmp(sort_key(b))
}

fn sort_key(entry: &TreeEntry) -> impl Iterator<Item = &u8> {
    let slash: &[u8] = if entry.mode == Mode::Directory { b"/" } else { b"" };
    entry.name.iter().chain(slash)
}

/// Two neighbours are in order and not of one name.
fn follows(before: &TreeEntry, entry: &TreeEntry, number: usize) -> Result<(), TreeError> {
    match in_gits_order(before, entry) {
        Ordering::Less => Ok(()),
        Ordering::Equal => Err(TreeError::Duplicate { entry: number, name: excerpt(&entry.name) }),
        Ordering::Greater => Err(TreeError::Order { entry: number, name: excerpt(&entry.name) }),
    }
}

/// No earlier file has the name of this directory. `a` and `a/` need not be neighbours: `a.b` sorts between them. But
/// all between begin with `a`, so it is enough to keep `open` the earlier files whose names the latest name begins
/// with, each beginning with the one below it. Every file enters and leaves once, so this takes linear time.
fn is_no_file_before(
    open: &mut Vec<usize>,
    entries: &[TreeEntry],
    entry: &TreeEntry,
    number: usize,
) -> Result<(), TreeError> {
    let name_of = |at: usize| entries.get(at).map_or(&[][..], |earlier| earlier.name.as_slice());
    while open.last().is_some_and(|last| !entry.name.starts_with(name_of(*last))) {
        open.pop();
    }
    if entry.mode != Mode::Directory {
        open.push(entries.len());
    } else if open.last().is_some_and(|last| name_of(*last) == entry.name) {
        return Err(TreeError::Duplicate { entry: number, name: excerpt(&entry.name) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(mode: Mode, name: &str) -> TreeEntry {
        TreeEntry { mode, name: name.as_bytes().to_vec(), id: ObjectId::from_bytes([7; 20]) }
    }

    fn file(name: &str) -> TreeEntry {
        entry(Mode::File, name)
    }

    fn directory(name: &str) -> TreeEntry {
        entry(Mode::Directory, name)
    }

    /// The entries' bytes in the order given.
    fn raw(entries: &[TreeEntry]) -> Vec<u8> {
        entries.iter().flat_map(|entry| print(std::slice::from_ref(entry))).collect()
    }

    /// A file `name` with any mode.
    fn with_mode(mode: &str, name: &str) -> Vec<u8> {
        [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[7; 20]].concat()
    }

    #[test]
    fn a_good_tree_is_read_and_written_back() {
        let entries = [
            file("-"),
            entry(Mode::Symlink, "a"),
            file("a-b"),
            directory("a."),
            entry(Mode::Executable, "a.b"),
            file("a0"),
            entry(Mode::Gitlink, "aa"),
            file("b"),
            directory("steps"),
            file("\u{e9} \n"),
        ];
        assert_eq!(parse(&raw(&entries)).as_deref(), Ok(&entries[..]));
        let mut shuffled = entries.to_vec();
        shuffled.reverse();
        assert_eq!(print(&shuffled), raw(&entries));
    }

    #[test]
    fn modes_have_one_spelling() {
        for bad in ["", "100664", "0100644", "040000", "100777", "777777", "644", "120777", "-40000", "4000", "40000\t"]
        {
            let mode = excerpt(bad.as_bytes());
            assert_eq!(parse(&with_mode(bad, "a")), Err(TreeError::Mode { entry: 1, mode }), "{bad}");
        }
        let second = [raw(&[file("a")]), with_mode("100664", "b")].concat();
        assert_eq!(parse(&second), Err(TreeError::Mode { entry: 2, mode: "`100664`".to_owned() }));
    }

    #[test]
    fn names_and_ids_are_real() {
        for bad in ["", "/", "a/b", "a/"] {
            let error = TreeError::Name { entry: 1, name: format!("`{bad}`") };
            assert_eq!(parse(&raw(&[file(bad)])), Err(error), "{bad}");
        }
        let mut null = file("a");
        null.id = ObjectId::from_bytes([0; 20]);
        assert_eq!(parse(&raw(&[null])), Err(TreeError::NullId { entry: 1 }));
    }

    #[test]
    fn empty_and_cut_trees_are_refused() {
        assert_eq!(parse(b""), Err(TreeError::Empty));
        let whole = raw(&[file("a"), file("b")]);
        let half = whole.len() / 2;
        for length in 1..whole.len() {
            let expected = match length.cmp(&half) {
                Ordering::Less => Err(TreeError::CutShort { entry: 1 }),
                Ordering::Equal => Ok(1),
                Ordering::Greater => Err(TreeError::CutShort { entry: 2 }),
            };
            assert_eq!(parse(&whole[..length]).map(|entries| entries.len()), expected, "{length}");
        }
    }

    #[test]
    fn order_and_uniqueness_are_gits() {
        let order = |entry, name: &str| Err(TreeError::Order { entry, name: format!("`{name}`") });
        let twice = |entry, name: &str| Err(TreeError::Duplicate { entry, name: format!("`{name}`") });
        let read = |entries: &[TreeEntry]| parse(&raw(entries));
        assert_eq!(read(&[file("b"), file("a")]), order(2, "a"));
        assert_eq!(read(&[file("a"), file("c"), file("b")]), order(3, "b"));
        assert_eq!(read(&[directory("a"), file("a.b")]), order(2, "a.b"));
        assert_eq!(read(&[file("a0"), directory("a")]), order(2, "a"));
        assert_eq!(read(&[directory("a"), file("a")]), order(2, "a"));
        assert_eq!(read(&[file("a"), file("a")]), twice(2, "a"));
        assert_eq!(read(&[file("a"), entry(Mode::Symlink, "a")]), twice(2, "a"));
        assert_eq!(read(&[directory("a"), directory("a")]), twice(2, "a"));
        assert_eq!(read(&[file("a"), directory("a")]), twice(2, "a"));
        assert_eq!(read(&[file("a"), file("a.b"), directory("a")]), twice(3, "a"));
        let deep = [file("a"), file("a-"), file("a-."), directory("a-"), directory("a")];
        assert_eq!(read(&deep), twice(4, "a-"));
        assert_eq!(read(&[entry(Mode::Gitlink, "a"), directory("a-"), file("a."), directory("a")]), twice(4, "a"));
    }

    #[test]
    fn the_limit_on_length_includes_its_bound() {
        let name = |length: usize| "x".repeat(length);
        let full = raw(&[file(&name(TREE_MAX - 28))]);
        assert_eq!(full.len(), TREE_MAX);
        assert!(parse(&full).is_ok());
        let over = raw(&[file(&name(TREE_MAX - 27))]);
        assert_eq!(parse(&over), Err(TreeError::TooLong { size: TREE_MAX + 1 }));
    }

    proptest! {
        #[test]
        fn exactly_sorted_and_unique_trees_are_accepted(
            names in proptest::collection::vec(("[-./0a]{1,3}", any::<bool>()), 1..8),
        ) {
            let made = names.iter().map(|(name, is_directory)| {
                let name = name.replace('/', "!");
                if *is_directory { directory(&name) } else { file(&name) }
            });
            let entries: Vec<_> = made.collect();
            let unique = entries.iter().enumerate().all(|(i, a)| entries.iter().skip(i + 1).all(|b| a.name != b.name));
            let printed = print(&entries);
            prop_assert_eq!(parse(&printed).is_ok(), unique);
            if unique {
                prop_assert_eq!(parse(&raw(&entries)).is_ok(), raw(&entries) == printed);
                prop_assert_eq!(print(&parse(&printed).expect("a good tree")), printed);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(entries) = parse(&bytes) {
                prop_assert_eq!(print(&entries), bytes);
            }
        }
    }
}

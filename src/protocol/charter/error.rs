//! What can be wrong with a charter, or with what one is made from (section 1.1).

use super::{CHARTER_MAX, RESEARCHERS_MAX};
use crate::protocol::id::Name;
use crate::protocol::key::KeyError;
use crate::protocol::text::TextError;
use crate::protocol::transport::RemoteError;

/// Why one field of a researcher is wrong (section 1.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The name is outside its grammar.
    #[error("name: expected a lower-case letter, then up to 31 lower-case letters, digits or -; got {0:?}")]
    Name(String),
    /// The key is not fit for a charter.
    #[error("key: {0}")]
    Key(#[from] KeyError),
    /// The remote is of no allowed transport.
    #[error("remote: {0}")]
    Remote(#[from] RemoteError),
    /// The branch is outside its grammar.
    #[error("branch: expected up to 64 letters, digits and . _ / -, a branch name that git takes, not HEAD; got {0:?}")]
    Branch(String),
}

/// Why some bytes, or some parts, make no charter (section 1.1).
///
/// What was read is shown in part, without control characters; it is still other people's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// More bytes than a charter holds.
    #[error("{got} bytes, expected at most {CHARTER_MAX}")]
    TooLarge {
        /// How many there are.
        got: usize,
    },
    /// Not text (section 1.4).
    #[error(transparent)]
    Text(#[from] TextError),
    /// A line of the canonical form is another one than is due.
    #[error("line {line}: expected {expected}, got {got:?}")]
    Form {
        /// The line, from 1.
        line: usize,
        /// What is due there.
        expected: &'static str,
        /// The line's beginning.
        got: String,
    },
    /// A researcher's field is wrong.
    #[error("line {line}: a field is wrong")]
    Field {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        error: FieldError,
    },
    /// A field is wrong in what was read as loose YAML, where lines are not known.
    #[error("researcher {item}: a field is wrong")]
    Item {
        /// The researcher's place in the list, from 1.
        item: usize,
        /// What is wrong.
        #[source]
        error: FieldError,
    },
    /// It was saved in another way than as UTF-8 with lines that end with LF.
    #[error("it was saved as {0}: save it as plain UTF-8 with Unix line ends, or have bicker write it, with -o FILE")]
    SavedAs(&'static str),
    /// The title is not a string of section 1.4.
    #[error("title: expected one line of text of at most 1,000 bytes, without tabs and control characters")]
    Title,
    /// Nobody is named.
    #[error("no researchers, expected 1 to {RESEARCHERS_MAX}")]
    NoResearchers,
    /// Too many are named.
    #[error("more than {RESEARCHERS_MAX} researchers")]
    TooManyResearchers,
    /// More faults than the group can bear: `n >= 3f+1` is required.
    #[error("faults: {researchers} researchers bear at most {most}, got {got}")]
    Faults {
        /// n.
        researchers: usize,
        /// The largest f that n allows.
        most: usize,
        /// f as given.
        got: u64,
    },
    /// The researchers do not ascend by name.
    #[error("line {line}: researchers ascend by name, but {name} follows {previous}")]
    Order {
        /// The line of the name, from 1.
        line: usize,
        /// The name that comes too late.
        name: Name,
        /// The name before it.
        previous: Name,
    },
    /// Two researchers have one name.
    #[error("two researchers are named {0}")]
    SameName(Name),
    /// Two researchers have one key.
    #[error("{0} and {1} have the same key")]
    SameKey(Name, Name),
    /// Two researchers publish on one branch of one remote.
    #[error("{0} and {1} have the same remote and branch")]
    SamePlace(Name, Name),
    /// The bytes are not those that printing the charter gives.
    #[error("not in canonical form")]
    NotCanonical,
    /// Loose YAML holds what could be an anchor, an alias or a tag.
    #[error("line {line}: {character} may begin a YAML anchor, alias or tag here, and these are not read")]
    Indicator {
        /// The line, from 1.
        line: usize,
        /// `&`, `*` or `!`.
        character: char,
    },
    /// Loose YAML holds more brackets than any charter needs.
    #[error("{got} opening brackets and braces, expected at most {most}")]
    Brackets {
        /// How many there are.
        got: usize,
        /// How many are read.
        most: usize,
    },
    /// Loose YAML that is no charter or no cards; the YAML reader's own words.
    #[error("{0}")]
    Yaml(String),
}

//! The error a person sees: what, why, and what to type next; and the exit code it ends with.

use std::error::Error as StdError;
use std::fmt;

use crate::report::Exit;

/// Something that stops a command.
#[derive(Debug)]
pub struct Error {
    /// The exit code.
    pub exit: Exit,
    /// What happened.
    pub message: String,
    /// Why: each cause in turn.
    pub causes: Vec<String>,
    /// What to do or type next.
    pub hints: Vec<String>,
}

/// The result of a command or a part of one.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A call that cannot be carried out as it stands: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something that is refused because it would break a rule: exit code 1.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self::new(Exit::Wrong, message)
    }

    /// Our own trouble, or something that could not be had: exit code 3.
    pub fn trouble(message: impl Into<String>) -> Self {
        Self::new(Exit::Incomplete, message)
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// Adds a cause and its own causes.
    #[must_use]
    pub fn because(mut self, cause: &dyn StdError) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds what to do next, if anything is known.
    #[must_use]
    pub fn maybe_hint(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {}

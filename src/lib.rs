//! bicker: people who do not trust each other write one document together, in git.

pub mod protocol;

//! bicker: people who do not trust each other write one document together, in git.

pub mod cli;
pub mod error;
pub mod git;
pub mod look;
pub mod pen;
pub mod place;
pub mod protocol;
pub mod report;

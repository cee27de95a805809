//! The protocol in memory: researchers who write real entries, and what a verifier makes of them.
//!
//! Every entry here has the bytes that a repository would hold: git's trees, sealed and signed commits. Only
//! the store is a map and the keys follow from the names, so the same calls give the same commit ids.
//!
//! | reading order | does |
//! |---|---|
//! | [`world`] | keeps the charter, the objects and everyone's newest entry; asks the verifier |
//! | [`entry`] | writes one entry, as good or as bad as it is told |
//! | [`story`] | goes the shortest way through a round |
//! | [`actor`] | a researcher who knows what they were told and does what [`crate::protocol::duty`] says |
//! | [`machine`] | one of an honest researcher's machines: mends its log, keeps a journal, may lose its memory |
//!
//! Nothing here decides what is right: that is [`crate::protocol`], which is asked as everyone asks it. Nothing
//! here checks what it is told either, because tests and simulations need people who break every rule.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic))]

pub mod actor;
pub mod entry;
pub mod machine;
pub mod story;
pub mod world;

pub use actor::Actor;
pub use entry::Entry;
pub use machine::{Lapse, Machine};
pub use world::World;

/// Four researchers, one of whom may be Byzantine, and all have joined: where most tests begin.
#[cfg(test)]
pub(crate) fn joined() -> World {
    let mut world = World::new(4, 1).expect("a charter");
    world.joins_all();
    world
}

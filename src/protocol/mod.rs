//! The protocol, pure: from bytes to a verdict.
//!
//! A step runs: propose, vote, criticise, revise, echo, ratify. A stuck round is left by `abandon`; when a
//! quorum has left it the next round opens, and what may already have become final is carried into it by
//! the lock.
//!
//! | reading order | decides |
//! |---|---|
//! | [`id`], [`text`], [`slot`] | the small values and their one spelling |
//! | [`charter`], [`transport`], [`genesis`], [`loose`], [`words`] | who takes part (section 1) |
//! | [`commit`], [`signature`], [`tree`], [`seal`], [`mod@file`] | the grammars of what is signed |
//! | [`object`], [`wellformed`], [`parents`], [`union`] | whether a commit is an entry (section 2) |
//! | [`bits`], [`past`], [`index`] | who is in the past of whom |
//! | [`tally`], [`validity`] | what counts (section 3) |
//! | [`evidence`], [`claim`] | what convicts (section 4), and what can be shown to anyone |
//! | [`history`], [`verify`], [`finding`], [`report`] | the verdict |
//! | [`duty`], [`citing`], [`outlook`] | what a researcher owes next, whom they cite, what would decide the round (section 6) |
//! | [`remedy`], [`memory`] | what mends a log, and what a copy may use that has lost its memory (section 6) |
//! | [`reputation`], [`preference`] | what is put down to whom, and in which order one would vote |
//! | [`receive`] | what a server lets into a log |
//!
//! Nothing here touches files, processes, clocks or the network, and nothing iterates in an order that
//! could differ between two runs.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic))]

pub mod bits;
pub mod charter;
pub mod citing;
pub mod claim;
pub mod commit;
pub mod duty;
pub mod evidence;
pub mod file;
pub mod finding;
pub mod genesis;
pub mod history;
pub mod id;
pub mod index;
pub mod key;
pub mod loose;
pub mod memory;
pub mod object;
pub mod outlook;
pub mod parents;
pub mod past;
pub mod preference;
pub mod receive;
pub mod remedy;
pub mod report;
pub mod reputation;
pub mod seal;
pub mod signature;
pub mod slot;
pub mod tally;
pub mod text;
pub mod transport;
pub mod tree;
pub mod union;
pub mod validity;
pub mod verify;
pub mod wellformed;
pub mod words;

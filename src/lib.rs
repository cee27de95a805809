//! bicker: people who do not trust each other write one document together, in git.
//!
//! # The map
//!
//! | room | decides | touches |
//! |---|---|---|
//! | [`protocol`] | what an entry is, what counts, what convicts, what a researcher owes | nothing: pure |
//! | [`compare`] | what changed between texts, what critics suggest, what contradicts what | nothing: pure |
//! | [`report`] | how a verdict is written, and the exit code | nothing: pure |
//! | [`draft`] | how what a person wrote becomes a file | nothing: pure |
//! | [`sim`] | researchers in memory, for tests and simulations | nothing: pure |
//! | [`git`] | how objects, references, transports and signatures are reached | git2, git, ssh-keygen, files |
//! | [`place`] | whose repository, charter and cache a command is about | files |
//! | [`look`] | fetch everyone, then verify | through `git` |
//! | [`pen`] | write one entry, safely | through `git` |
//! | [`hook`] | what each git hook decides | through `git` |
//! | [`cli`] | what was typed, and what is printed | the terminal |
//!
//! The arrow of dependencies: `cli` -> `pen`, `look` -> `git` -> `protocol`; `cli` -> `report` -> `compare` ->
//! `protocol`; `protocol` imports nothing of ours. A test reads the sources and fails when a pure room touches the world.
//!
//! # Reading order
//!
//! Start with [`protocol`], whose head lists its modules in order; [`protocol::validity`] is the table at the
//! heart of it. Then [`look`] and [`pen`], each a page. The normative text is `docs/protocol.md`; every rule
//! there has a tag such as `3.echo`, and the code that checks a rule carries its tag.
//!
//! # Words
//!
//! *Researcher*: a member of the group. *Charter*: the agreed list of researchers. *Log*: a researcher's chain
//! of signed commits. *Entry*: one signed commit, one message. *Slot*: the one path where a given message may
//! stand. *Past* of an entry: all its ancestors. *Certificate*: echoes of one revision by a quorum. *Lock*: the
//! certificate that an `abandon` carries into the next round.

pub mod cli;
pub mod compare;
pub mod draft;
pub mod error;
pub mod git;
pub mod hook;
pub mod look;
pub mod pen;
pub mod place;
pub mod protocol;
pub mod report;
pub mod sim;

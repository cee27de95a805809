//! The protocol, pure: from bytes to a verdict and a list of duties.

pub mod charter;
pub mod commit;
pub mod file;
pub mod genesis;
pub mod id;
pub mod loose;
pub mod object;
pub mod seal;
pub mod signature;
pub mod slot;
pub mod text;
pub mod transport;
pub mod tree;
pub mod words;

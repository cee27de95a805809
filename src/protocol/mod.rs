//! The protocol, pure: from bytes to a verdict and a list of duties.

pub mod charter;
pub mod commit;
pub mod file;
pub mod genesis;
pub mod id;
pub mod seal;
pub mod signature;
pub mod slot;
pub mod text;
pub mod tree;

//! `charter show --json`: a charter for programs.

use serde::Serialize;

use super::{FORMAT, pretty};
use crate::protocol::charter::{Charter, Researcher};
use crate::protocol::genesis::Genesis;
use crate::protocol::words::{digits, words};

#[derive(Serialize)]
struct Whole<'a> {
    format: u32,
    digest: String,
    genesis: String,
    title: &'a str,
    faults: usize,
    quorum: usize,
    majority: usize,
    words: Vec<&'static str>,
    digits: String,
    researchers: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    key: String,
    fingerprint: String,
    remote: &'a str,
    branch: String,
}

impl<'a> Row<'a> {
    fn of(researcher: &'a Researcher) -> Self {
        Self {
            name: researcher.name.as_str(),
            key: researcher.key.to_openssh(),
            fingerprint: researcher.key.fingerprint(),
            remote: researcher.remote.as_str(),
            branch: researcher.branch.to_string(),
        }
    }
}

/// A charter as one JSON object, with what people compare of it.
pub fn charter(charter: &Charter) -> String {
    let digest = charter.digest();
    pretty(&Whole {
        format: FORMAT,
        digest: digest.to_string(),
        genesis: Genesis::of(charter).commit.to_string(),
        title: charter.title(),
        faults: charter.faults(),
        quorum: charter.quorum(),
        majority: charter.majority(),
        words: words(&digest).to_vec(),
        digits: digits(&digest),
        researchers: charter.researchers().iter().map(Row::of).collect(),
    })
}

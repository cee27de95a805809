//! `verify`: what anyone can do, member or not.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::looking::Where;
use super::ui;
use crate::error::{Error, Result};
use crate::git::doctor::path_word;
use crate::place::read_bounded;
use crate::protocol::finding::{Code, Finding};
use crate::protocol::id::Digest;
use crate::protocol::report::{Report, report, unjudged};
use crate::report::github::{github, github_summary};
use crate::report::json::json;
use crate::report::junit::junit;
use crate::report::known::{Known, print_known};
use crate::report::sarif::sarif;
use crate::report::text::text;
use crate::report::{Exit, Judging, Outcome, Tolerate, judge};

/// Fetch every researcher's branch and verify everything that was ever seen.
///
/// Exit code: 1 if something is wrong, else 3 if something could not be had, else 0; 2 for a wrong call.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  bicker verify\n  bicker verify --charter charter.yaml --cache cache --format json"
)]
pub struct Verify {
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Where to write the report; standard output if not given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The digest that the charter must have
    #[arg(long, value_name = "sha256:HEX")]
    charter_digest: Option<String>,
    /// Exit 1 for warnings too
    #[arg(long)]
    strict: bool,
    /// Findings listed in this file do not set exit 1
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Write the findings of this run as such a file
    #[arg(long, value_name = "FILE")]
    write_known: Option<PathBuf>,
    /// So many unreachable researchers leave exit 0: a number, or f for the charter's
    #[arg(long, value_name = "N|f", default_value = "0")]
    tolerate: Tolerate,
    /// Believe nothing remembered from earlier runs; this version always judges everything anew
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    place: Where,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
    Sarif,
    Github,
}

/// `verify`
pub fn verify(arguments: &Verify) -> Result<Exit> {
    let known = known_findings(arguments)?;
    let report = judged(arguments)?;
    if let Some(path) = &arguments.write_known {
        write(path, &print_known(&report.findings))?;
    }
    let judging = Judging { strict: arguments.strict, known, tolerate: arguments.tolerate };
    let outcome = judge(&report, &judging);
    let printed = face(arguments, &report, &outcome);
    match &arguments.output {
        Some(path) => write(path, &printed)?,
        None => ui::print(&printed)?,
    }
    summarise(arguments, &report, &outcome)?;
    Ok(outcome.exit)
}

/// The report; with another charter than the one pinned nothing is judged.
fn judged(arguments: &Verify) -> Result<Report> {
    let place = arguments.place.place()?;
    if let Some(text) = &arguments.charter_digest {
        let pinned = Digest::parse(text).ok_or_else(|| {
            Error::usage(format!("{text} is not the digest of a charter"))
                .hint("it is sha256: and 64 lower-case hex digits")
        })?;
        let got = place.charter.digest();
        if pinned != got {
            let message = format!("the charter's digest is {got}, not {pinned}");
            let hint = "compare the charter with the others in person: bicker charter show";
            return Ok(unjudged(&place.charter, Finding::new(Code::CharterMismatch, "1.1", message, hint)));
        }
    }
    Ok(report(&arguments.place.look_at(&place)?.verification))
}

fn face(arguments: &Verify, report: &Report, outcome: &Outcome) -> String {
    match arguments.format {
        Format::Text => text(report, outcome, arguments.output.is_none() && ui::colour(), ui::width()),
        Format::Json => json(report),
        Format::Junit => junit(report, outcome),
        Format::Sarif => sarif(report, outcome),
        Format::Github => github(report, outcome),
    }
}

/// On GitHub the report is also a page of the run: appended to the file that the runner names.
fn summarise(arguments: &Verify, report: &Report, outcome: &Outcome) -> Result<()> {
    use std::io::Write;
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|_| arguments.format == Format::Github) else {
        return Ok(());
    };
    let file = std::fs::OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(github_summary(report, outcome).as_bytes()));
    written.map_err(|e| Error::trouble("cannot write the summary that GITHUB_STEP_SUMMARY asks for").because(&e))
}

const KNOWN_MAX: u64 = 16 << 20;

fn known_findings(arguments: &Verify) -> Result<Known> {
    let Some(path) = &arguments.known else { return Ok(Known::default()) };
    let bytes = read_bounded(path, KNOWN_MAX)?;
    let text = String::from_utf8_lossy(&bytes);
    Known::read(&text).map_err(|e| {
        Error::usage(format!("{} does not list findings", path.display()))
            .because(&e)
            .hint(format!("make one anew: bicker verify --write-known {}", path_word(path)))
    })
}

fn write(path: &std::path::Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|e| Error::usage(format!("cannot write {}", path.display())).because(&e))
}

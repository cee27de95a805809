//! `git bicker`: the same program under the name by which git finds it.

use std::process::ExitCode;

fn main() -> ExitCode {
    bicker::cli::main()
}

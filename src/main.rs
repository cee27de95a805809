//! The `bicker` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    bicker::cli::main()
}

//! The command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    tracerail::cli::main(std::env::args_os())
}

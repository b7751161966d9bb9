//! `tracerail-temporal`: the mirror and the worker as one process. `tracerail temporal ...` starts it.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

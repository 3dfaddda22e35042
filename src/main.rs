//! Parses the command, runs it, prints the error chain.

use std::{io::Write, process::ExitCode};

/// Tiles are many and short-lived: the system's allocator gives their memory back each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = diaban::cli::typed();
    match diaban::cli::run(command) {
        Ok(code) => code,
        Err(error) => {
            // Standard error may be closed.
            let _ = writeln!(std::io::stderr(), "diaban: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! Parses the command and runs it.

use std::process::ExitCode;

/// Tiles are many and short-lived: the system's allocator gives their memory back each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    diaban::cli::run(diaban::cli::typed())
}

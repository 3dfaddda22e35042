//! Parses the command, runs it, prints the error chain.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = diaban::cli::Command::parse();
    match diaban::cli::run(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("diaban: {error:#}");
            ExitCode::FAILURE
        }
    }
}

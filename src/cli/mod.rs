//! The commands: wires the modules together and holds no logic of its own.

use crate::config::{DatabaseSettings, ServerSettings};
use clap::Parser;
use std::process::ExitCode;

/// A Vietnamese province's GIS databases as maps, features and answers
#[derive(Debug, Parser)]
#[command(version, about)]
pub enum Command {
    /// Start the server
    Serve(Serve),
}

/// Start the server
#[derive(Debug, clap::Args)]
pub struct Serve {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    server: ServerSettings,
}

/// Runs a command to its end.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(_) => Ok(ExitCode::SUCCESS),
    }
}

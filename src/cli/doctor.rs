//! `diaban doctor`: whether all is well, and what to do where it is not.

use super::{serve, told};
use crate::{
    config::DatabaseSettings,
    doctor::{State, Surroundings, examine, json, line},
    http,
    layer::Language,
};
use anyhow::Result;
use std::{path::PathBuf, process::ExitCode};

/// Look whether all is well, and say what to do where it is not; changes nothing (khám tình trạng hệ thống)
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each line is ok (tốt), look (xem: it works, and somebody should look at it) or wrong (hỏng).\nA private \
    PostgreSQL that does not run is left so without --start. Where the database is away, the rest is looked at.\n\n\
    Examples:\n  \
    diaban doctor\n  \
    diaban doctor --data /srv/diaban --start\n  \
    diaban doctor --json --database-url postgres://diaban@db.example.vn/gis\n\n\
    Exit codes: 0 nothing is wrong, 1 something is, 2 wrong usage."
)]
pub struct Doctor {
    /// Print everything as JSON, in both languages, and nothing else
    #[arg(long)]
    json: bool,
    /// Start the private PostgreSQL where it does not run, for as long as it is looked at
    #[arg(long)]
    start: bool,
    /// Look at no database: the snapshots are served without one
    #[arg(long, env = "DIABAN_SNAPSHOTS_ONLY")]
    snapshots_only: bool,
    /// File of grants, to be looked at, too: what it says, who ends when, whether providers can be asked
    #[arg(long, env = "DIABAN_GRANTS", value_name = "FILE")]
    grants: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Doctor {
    /// Looks, and tells each thing as soon as it is known.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let at = Surroundings {
            target: (!self.snapshots_only).then(|| serve::target(&self.database)),
            start: self.start,
            data: self.database.data.clone(),
            grants: self.grants.clone(),
            keys_of: http::keys_that_serve,
            layers: serve::catalog(&self.database).map_err(|error| format!("{error:#}")),
        };
        let mut checks = Vec::new();
        examine(&at, |check| {
            if !self.json {
                told::line(format_args!("{}", line(&check, language)));
            }
            checks.push(check);
        })
        .await;
        if self.json {
            told::line(format_args!("{:#}", json(&checks)));
        }
        let wrong = checks.iter().any(|check| check.state == State::Wrong);
        Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

//! The commands: wires the modules together and holds no logic of its own.

mod check;
mod demo;
mod import;
mod publish;
mod report;
mod serve;

use clap::Parser;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// A Vietnamese province's GIS databases as maps, features and answers
#[derive(Debug, Parser)]
#[command(version, about)]
pub enum Command {
    /// Make a sample province, load it and serve its map (tỉnh mẫu)
    Demo(demo::Demo),
    /// Start the server
    Serve(serve::Serve),
    /// Load an agency's file into a layer, all rows or none (nạp tệp vào một lớp dữ liệu)
    Import(import::Import),
    /// Measure how good layers are, as numbers (kiểm tra chất lượng dữ liệu)
    Check(check::Check),
    /// Write the six-monthly report by agency (báo cáo 6 tháng)
    Report(report::Report),
    /// Write read-optimised snapshots of layers, which tiles are made from (xuất bản lớp dữ liệu)
    Publish(publish::Publish),
}

/// Runs a command to its end.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Demo(demo) => demo.run().await,
            Command::Serve(serve) => serve.run().await,
            Command::Import(import) => import.run().await,
            Command::Check(check) => check.run().await,
            Command::Report(report) => report.run().await,
            Command::Publish(publish) => publish.run().await,
        }
    });
    // A file that is being read in a thread of its own is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Ends with Ctrl-C or SIGTERM.
async fn interrupted() {
    use tokio::signal::{ctrl_c, unix};
    let terminate = async {
        match unix::signal(unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = ctrl_c() => {}
        _ = terminate => {}
    }
}

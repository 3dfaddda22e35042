//! The commands: wires the modules together and holds no logic of its own.

mod audit;
mod backup;
mod check;
mod demo;
mod doctor;
mod export;
mod history;
mod import;
mod key;
mod language;
mod publish;
mod report;
mod restore;
mod serve;
mod told;
mod undo;

use crate::layer::{Catalog, LayerDefinition};
use anyhow::bail;
use clap::Parser;
use std::{process::ExitCode, sync::Arc};
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
    Import(Box<import::Import>),
    /// What has happened to a layer: runs, and changes by other tools (lịch sử lớp dữ liệu)
    History(history::ShowHistory),
    /// Take a run back, exactly (hoàn tác một lần nạp)
    Undo(undo::Undo),
    /// Write a layer into a file, as it is or as it was (xuất lớp dữ liệu ra tệp)
    Export(export::Export),
    /// Measure how good layers are, as numbers (kiểm tra chất lượng dữ liệu)
    Check(check::Check),
    /// Write the six-monthly report by agency (báo cáo 6 tháng)
    Report(report::Report),
    /// Write read-optimised snapshots of layers, which tiles are made from (xuất bản lớp dữ liệu)
    Publish(publish::Publish),
    /// Give out, list and take back keys of agencies (khóa truy cập của cơ quan)
    Key(key::Key),
    /// Who was answered what: list it, verify the chain, export it, remove what is too old (nhật ký truy cập)
    Audit(audit::Audit),
    /// Look whether all is well, and say what to do where it is not (khám tình trạng hệ thống)
    Doctor(doctor::Doctor),
    /// Write all that the database keeps into one file (sao lưu)
    Backup(backup::Backup),
    /// Bring a backup back (phục hồi từ bản sao lưu)
    Restore(restore::Restore),
}

/// The command that was typed. What is wrong with it is told, and ends the process: in English, so that Vietnamese
/// readers are told who speaks.
pub fn typed() -> Command {
    Command::try_parse().unwrap_or_else(|error| {
        let typed: Vec<String> = std::env::args().collect();
        if error.use_stderr() && import::is_in_vietnamese(&typed) {
            told::note(format_args!("diaban: dòng lệnh chưa đúng; trình đọc dòng lệnh báo bằng tiếng Anh:"));
        }
        error.exit()
    })
}

/// Runs a command to its end.
pub fn run(command: Command) -> anyhow::Result<ExitCode> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Set before there are flags, as RUST_LOG is.
    match std::env::var("DIABAN_LOG_FORMAT").as_deref() {
        Ok("json") => log.json().init(),
        _ => log.init(),
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Demo(demo) => demo.run().await,
            Command::Serve(serve) => serve.run().await,
            Command::Import(import) => import.run().await,
            Command::History(history) => history.run().await,
            Command::Undo(undo) => undo.run().await,
            Command::Export(export) => export.run().await,
            Command::Check(check) => check.run().await,
            Command::Report(report) => report.run().await,
            Command::Publish(publish) => publish.run().await,
            Command::Key(key) => key.run().await,
            Command::Audit(audit) => audit.run(),
            Command::Doctor(doctor) => doctor.run().await,
            Command::Backup(backup) => backup.run().await,
            Command::Restore(restore) => restore.run().await,
        }
    });
    // A file that is being read in a thread of its own is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Who runs the command, for the record.
fn person() -> Option<String> {
    std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok()
}

/// A layer of this program's own tables, whose past is on record.
fn own_layer<'a>(catalog: &'a Catalog, id: &str) -> anyhow::Result<&'a Arc<LayerDefinition>> {
    let Some(layer) = catalog.definition(id) else {
        let known: Vec<&str> = catalog.definitions().map(|l| l.id.as_str()).collect();
        bail!("there is no layer `{id}`. There are: {}", known.join(", "));
    };
    if layer.table.is_some() {
        bail!("layer `{id}` is a table that another program keeps, and its past is not on record");
    }
    Ok(layer)
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

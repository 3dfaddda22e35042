//! The commands: wires the modules together and holds no logic of its own.

mod audit;
mod backup;
mod check;
mod codes;
mod demo;
mod doctor;
mod export;
mod history;
mod import;
mod key;
mod language;
mod log;
mod publish;
mod refusal;
mod report;
mod restore;
mod serve;
mod told;
mod undo;
mod vietnamese;

use crate::layer::{Catalog, Language, LayerDefinition};
use clap::Parser;
use language::Speech;
use refusal::refusal;
use std::{process::ExitCode, sync::Arc};

/// A Vietnamese province's GIS databases as maps, features and answers
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Typed {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    speech: Speech,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a sample province, load it and serve its map (tỉnh mẫu)
    Demo(demo::Demo),
    /// Start the server (chạy máy chủ bản đồ)
    Serve(serve::Serve),
    /// Load an agency's file into a layer, all rows or none (nạp tệp vào một lớp dữ liệu)
    Import(Box<import::Import>),
    /// What has happened to a layer: runs, and changes by other tools (lịch sử lớp dữ liệu)
    History(history::ShowHistory),
    /// Take a run back, exactly (hoàn tác một lần nạp)
    Undo(undo::Undo),
    /// Write a layer into a file, as it is or as it was (xuất lớp dữ liệu ra tệp)
    Export(export::Export),
    /// Print the codes that an attribute can have, and what they mean (các mã của một thuộc tính)
    Codes(codes::Codes),
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
pub fn typed() -> Typed {
    Typed::try_parse().unwrap_or_else(|error| {
        let typed: Vec<String> = std::env::args().collect();
        if error.use_stderr() && Speech::of_words(&typed).language() == Language::Vi {
            told::note(format_args!("diaban: dòng lệnh chưa đúng; trình đọc dòng lệnh báo bằng tiếng Anh:"));
        }
        error.exit()
    })
}

/// Runs a command to its end; why it came to nothing is told.
pub fn run(typed: Typed) -> ExitCode {
    let Typed { command, speech } = typed;
    let outcome = run_to_end(command, speech);
    outcome.unwrap_or_else(|error| {
        told::note(format_args!("diaban: {}", refusal::told(&error, speech.language())));
        ExitCode::FAILURE
    })
}

fn run_to_end(command: Command, speech: Speech) -> anyhow::Result<ExitCode> {
    let language = speech.language();
    log::begin(match &command {
        Command::Demo(demo) => demo.collector(),
        Command::Serve(serve) => serve.collector(),
        _ => None,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Demo(demo) => demo.run(language).await,
            Command::Serve(serve) => serve.run(language).await,
            Command::Import(import) => import.run(speech).await,
            Command::History(history) => history.run(language).await,
            Command::Undo(undo) => undo.run(language).await,
            Command::Export(export) => export.run(language).await,
            Command::Codes(codes) => codes.run(language),
            Command::Check(check) => check.run(speech).await,
            Command::Report(report) => report.run(language).await,
            Command::Publish(publish) => publish.run(language).await,
            Command::Key(key) => key.run(language).await,
            Command::Audit(audit) => audit.run(language),
            Command::Doctor(doctor) => doctor.run(language).await,
            Command::Backup(backup) => backup.run(language).await,
            Command::Restore(restore) => restore.run(language).await,
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

/// There is no such layer.
fn no_layer(catalog: &Catalog, id: &str) -> anyhow::Error {
    let known: Vec<&str> = catalog.definitions().map(|l| l.id.as_str()).collect();
    let known = known.join(", ");
    refusal(
        format!("không có lớp `{id}`. Các lớp hiện có: {known}"),
        format!("there is no layer `{id}`. There are: {known}"),
    )
}

/// A layer of this program's own tables, whose past is on record.
fn own_layer<'a>(catalog: &'a Catalog, id: &str) -> anyhow::Result<&'a Arc<LayerDefinition>> {
    let layer = catalog.definition(id).ok_or_else(|| no_layer(catalog, id))?;
    if layer.table.is_some() {
        return Err(refusal(
            format!("lớp `{id}` là bảng do chương trình khác quản lý, nên không có lịch sử ở đây"),
            format!("layer `{id}` is a table that another program keeps, and its past is not on record"),
        ));
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

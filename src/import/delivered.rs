//! What is kept of the files that were delivered: names, checksums, and what the run was told.
//!
//! Must not know rows.

use super::{
    ImportError, ImportReport, ImportRequest,
    file::format::{companion, not_readable},
};
use crate::store::postgis::ImportRecord;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    future::Future,
    io::{self, Read},
    path::{Path, PathBuf},
};
use time::OffsetDateTime;
use tokio::task::spawn_blocking;

/// Bytes of a file that are read at once.
const PIECE: usize = 1 << 20;
/// Formats that are several files of one name, the one that is given first; the others may be
/// missing (ESRI Shapefile Technical Description; MapInfo's tables and interchange files).
const COMPANIONS: [(&str, &[&str]); 3] =
    [("shp", &["dbf", "shx", "prj", "cpg"]), ("tab", &["dat", "map", "id", "ind"]), ("mif", &["mid"])];

/// A file's name without folders, and its SHA-256, hexadecimal.
pub type Checksum = (String, String);

/// Begins to read the files for their checksums, those that belong to them included; the rest is
/// done beside the import.
///
/// # Errors
/// Where a file cannot be read to its end.
pub fn checksums(paths: &[PathBuf]) -> impl Future<Output = Result<Vec<Checksum>, ImportError>> {
    let paths = paths.to_vec();
    let read = spawn_blocking(move || {
        let mut all = Vec::new();
        // A device has no end, and no checksum.
        for path in paths.iter().flat_map(|path| parts(path)).filter(|path| path.is_file()) {
            let sum = checksum(&path).map_err(|e| ImportError::file(&path, not_readable(&e)))?;
            all.push((name(&path), sum));
        }
        Ok(all)
    });
    async { read.await.map_err(|e| ImportError::Reader(e.to_string()))? }
}

/// A file and those that belong to it; of a folder the files in it.
fn parts(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
        files.sort();
        return files;
    }
    let mut parts = vec![path.to_owned()];
    let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let companions = COMPANIONS.iter().find(|(first, _)| ending.eq_ignore_ascii_case(first));
    parts.extend(companions.into_iter().flat_map(|(_, others)| *others).filter_map(|e| companion(path, e)));
    parts
}

fn checksum(path: &Path) -> io::Result<String> {
    let (mut file, mut sum, mut piece) = (File::open(path)?, Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => break,
            length => sum.update(&piece[..length]),
        }
    }
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

// What each column of text was read as, by file where there are several.
fn encodings(report: &ImportReport) -> BTreeMap<String, String> {
    let several = report.files.len() > 1;
    let of_file = report.files.iter().flat_map(|file| file.texts.iter().map(move |text| (file, text)));
    of_file
        .map(|(file, (column, text))| {
            let column = if several { format!("{}: {column}", name(&file.path)) } else { column.clone() };
            (column, text.reading.title())
        })
        .collect()
}

/// The record of an import.
pub fn record(
    request: &ImportRequest,
    report: &ImportReport,
    checksums: Vec<Checksum>,
    started_at: OffsetDateTime,
) -> ImportRecord {
    let mut systems: Vec<_> = report.files.iter().map(|f| f.system).collect();
    systems.dedup();
    let (mut files, checksums): (Vec<String>, _) = checksums.into_iter().unzip();
    if let (Some(called), Some(first)) = (&request.called, files.first_mut()) {
        first.clone_from(called);
    }
    ImportRecord {
        files,
        checksums,
        crs: Some(systems.iter().map(|s| format!("EPSG:{}", s.code)).collect::<Vec<_>>().join(", ")),
        operation: systems.iter().find_map(|s| s.operation()).map(str::to_owned),
        settings: serde_json::json!({
            "sublayer": request.sublayer,
            "header_row": request.header_row,
            "map": request.columns.iter().map(|m| (m.source.as_str(), m.attribute.as_str())).collect::<BTreeMap<_, _>>(),
            "set": request.constants.iter().map(|c| (c.attribute.as_str(), c.value.as_str())).collect::<BTreeMap<_, _>>(),
            "encodings": encodings(report),
            "swap_xy": request.swap_xy,
            "reference": request.reference,
            "crs": request.system.map(|s| format!("EPSG:{}", s.code)),
            "only": request.only.as_ref().map(|s| (s.attribute.as_str(), s.value.as_str())).into_iter().collect::<BTreeMap<_, _>>(),
        }),
        by: request.by.clone(),
        started_at: Some(started_at),
        rows: i64::try_from(report.read).unwrap_or(i64::MAX),
        refused: i64::try_from(report.refused).unwrap_or(i64::MAX),
    }
}

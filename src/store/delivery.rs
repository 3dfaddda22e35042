//! Files that somebody sends for a layer over HTTP: looked at, rehearsed, loaded, and a load taken back.
//!
//! Only the trait stands here: what reads and judges files is `import`, which HTTP does not know. Must not know HTTP.

use crate::layer::ImportView;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value as Json;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// A file that somebody sent. It lies under a name of ours.
#[derive(Debug, Clone)]
pub struct SentFile {
    /// Where it lies; its ending says what its sender calls it.
    pub path: PathBuf,
    /// What its sender calls it.
    pub called: String,
    /// An empty folder for the rows that are refused.
    pub refused: PathBuf,
}

/// How a file is to be read and loaded, as its sender says it; the settings of `diaban import`, by their names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wishes {
    /// The system of the positions, `EPSG:9210`; without it, what the file says.
    pub crs: Option<String>,
    /// The first number of each position is the northing or the latitude.
    pub swap_xy: bool,
    /// The layer inside the file.
    pub sublayer: Option<String>,
    /// The row of a sheet that names its columns, from 1.
    pub header_row: Option<u64>,
    /// Attributes, or parts of a position, by columns of the file.
    pub map: BTreeMap<String, String>,
    /// One value for all rows, by attributes.
    pub set: BTreeMap<String, String>,
    /// Encodings by columns; under an empty name, that of all others.
    pub encoding: BTreeMap<String, String>,
    /// `append`, `merge` or `replace`.
    pub mode: Option<String>,
    /// What of the layer a replacement is about, `commune_code=27943`.
    pub only: Option<String>,
    /// A replacement may delete more than half of what is there.
    pub delete_most: bool,
    /// How many rows may be refused, `20` or `0.5%`, and the others are loaded all the same.
    pub max_refused: Option<String>,
    /// The language in which refused rows say why, `vi` or `en`.
    pub lang: Option<String>,
}

/// What came of a rehearsal or a load.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The report, as `diaban import --json` has it.
    pub report: Json,
    /// The run under which it stands in the layer's history; `None` where nothing was kept.
    pub run: Option<i64>,
    /// Features that were added, changed or deleted; in a rehearsal, that would be.
    pub features: u64,
    /// Files with the rows refused, in the format they came in.
    pub refused: Vec<PathBuf>,
}

/// Why nothing came of it. Nothing has changed; of what is `unsettled`, nobody knows.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What it is about: `file`, `sublayer`, `columns`, `encoding`, `system`, `setting`, `deletes_most`, `busy`,
    /// `undo`, `unavailable`, `unsettled`, `internal`.
    pub kind: &'static str,
    /// In Vietnamese and in English.
    pub reason: [String; 2],
    /// What may be chosen so that it goes on; by the kind.
    pub choices: Json,
}

/// Why a file is turned away as it comes: nothing would come of it, whatever its sender chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAway {
    /// Whether it is more than is read; otherwise it is nothing that is.
    pub is_too_large: bool,
    /// In Vietnamese and in English.
    pub reason: [String; 2],
}

/// Is told how far it has come.
pub trait Watch: Send + Sync + 'static {
    /// `reading` or `loading` begins, with so many rows if that is known.
    fn begins(&self, phase: &'static str, rows: Option<u64>);
    /// So many rows more are done.
    fn advances(&self, rows: u64);
}

/// Loads files into layers, each whole or not at all.
pub trait FileImporter: Send + Sync + 'static {
    /// Whether a file that has just come is plainly none that is read, by its first bytes and by what an archive says of
    /// its parts. Takes a moment: not for threads that others wait for.
    fn glance(&self, file: &SentFile) -> Result<(), TurnedAway>;

    /// What a file is taken for: format, columns with samples and encodings, the system with its evidence, and which
    /// column would be which attribute. What it does not tell stands in `troubles`.
    fn look(
        &self,
        view: ImportView,
        file: SentFile,
        wishes: Wishes,
    ) -> BoxFuture<'static, Result<Json, Trouble>>;

    /// Loads a file, or with `keep` false does all but that. `by` is who asks, for the layer's history.
    fn import(
        &self,
        view: ImportView,
        file: SentFile,
        wishes: Wishes,
        keep: bool,
        by: String,
        watch: Arc<dyn Watch>,
    ) -> BoxFuture<'static, Result<Imported, Trouble>>;

    /// Takes a run of the layer back.
    fn undo(&self, view: ImportView, run: i64, by: String) -> BoxFuture<'static, Result<Json, Trouble>>;
}

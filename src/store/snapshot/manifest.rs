//! What stands in a snapshot, and for which moment of the database.

use super::{mapping::Mapping, unplaced::Unplaced};
use crate::layer::LayerDefinition;
use serde::{Deserialize, Serialize};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

/// The form of folder and files that this program writes.
pub const FORMAT: u32 = 5;
/// Its name in a snapshot's folder.
pub const FILE_NAME: &str = "manifest.json";

/// One snapshot of one layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the folder, [`FORMAT`].
    pub format: u32,
    /// The layer's id.
    pub layer: String,
    /// Counts up with each snapshot of the layer.
    pub version: u64,
    /// The program that wrote it.
    pub program: String,
    /// What the layer's file said of attributes, generalisation and the classes of rows, as a digest.
    pub definition: String,
    /// The database that it was taken from.
    pub database: String,
    /// The moment in that database, as PostgreSQL's `pg_snapshot`.
    pub pg_snapshot: String,
    /// The last change that the database had on record then; `None` where there was none, or nobody wrote it down.
    #[serde(default)]
    pub witness: Option<String>,
    /// How the table stood then, in words of whoever read it; `None` where that is not known.
    pub table: Option<String>,
    /// When it was begun, RFC 3339; the rows are of a moment after that.
    pub taken_at: String,
    /// Whether the data are made up.
    pub synthetic: bool,
    /// Features.
    pub count: u64,
    /// West, south, east, north of all features, degrees of EPSG:4326.
    pub extent: Option<[f64; 4]>,
    /// Attributes with their types.
    pub fields: Vec<(String, String)>,
    /// The files: the features themselves first, then the overviews.
    pub files: Vec<FileEntry>,
    /// What is kept beside the features for quicker answers, made from their own file.
    pub beside: Vec<FileEntry>,
    /// Rows that are on no map. Those without a geometry are in the files all the same.
    #[serde(default)]
    pub unplaced: Unplaced,
}

/// A file of a snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name.
    pub name: String,
    /// The greatest zoom that it serves, where it is an overview.
    pub zoom: Option<u8>,
    /// Features.
    pub features: u64,
    /// Bytes.
    pub bytes: u64,
    /// XXH3 of 128 bits over all bytes, hexadecimal.
    pub checksum: String,
}

impl FileEntry {
    /// Describes a file that has been written.
    pub fn of(folder: &Path, name: &str, zoom: Option<u8>, features: u64) -> std::io::Result<Self> {
        let mapping = Mapping::open(&folder.join(name))?;
        let (name, bytes) = (name.to_owned(), mapping.bytes().len() as u64);
        let checksum = checksum(mapping.bytes());
        if mapping.is_lost() {
            return Err(std::io::Error::other(format!("{name} was cut short while it was written")));
        }
        Ok(Self { name, zoom, features, bytes, checksum })
    }
}

/// The checksum of a file's bytes.
pub fn checksum(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

/// What of a layer's file a snapshot depends on, as a digest.
pub fn definition_digest(layer: &LayerDefinition) -> String {
    let fields: Vec<_> = layer.attributes.iter().map(|a| (&a.name, a.kind, a.column())).collect();
    let naming: Vec<_> = layer.naming_attributes().map(|a| &a.name).collect();
    let text = serde_json::to_string(&(&fields, &layer.generalise, layer.zoom, &layer.table, naming));
    let mut text = text.unwrap_or_default();
    // Which rows are whose has been settled in the files.
    for rule in &layer.row_class {
        text += &format!("|{} {:?}", rule.class.as_str(), rule.condition);
    }
    checksum(text.as_bytes())
}

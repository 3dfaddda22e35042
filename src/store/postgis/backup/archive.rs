//! The file of a backup: a zip archive of `database.dump` (the custom format of pg_dump, compressed in itself, stored
//! as it is), files that are kept beside the database, and `manifest.json`. Whoever has nothing but PostgreSQL can stand it up, too:
//! `unzip -p FILE database.dump | pg_restore ...`.
//!
//! Must not know databases or processes.

use super::BackupError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The form of the file that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;
const DUMP: &str = "database.dump";
const MANIFEST: &str = "manifest.json";
/// A manifest longer than this is none.
const MANIFEST_BYTES_MAX: u64 = 16 << 20;
/// Bytes that are read at a time.
pub const PIECE: usize = 256 << 10;

/// What a backup is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// The form of the file.
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// When, RFC 3339: it holds the database as it was then.
    pub made_at: String,
    /// Name of the database.
    pub database: String,
    /// Version of its server.
    pub postgresql: String,
    /// Version of its PostGIS.
    pub postgis: String,
    /// Schema in which its PostGIS stood.
    pub postgis_schema: String,
    /// Major version of the pg_dump that wrote it.
    pub dump_major: u32,
    /// Version of the schema `diaban`.
    pub schema_version: i32,
    /// Transactions that the change log tells of.
    pub transactions: i64,
    /// Rows of each table.
    pub tables: Vec<TableCount>,
    /// Bytes of the dump.
    pub dump_bytes: u64,
    /// SHA-256 of the dump, hexadecimal.
    pub dump_sha256: String,
    /// Files beside it.
    #[serde(default)]
    pub beside: Vec<BesideFile>,
}

/// A file that is kept beside the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BesideFile {
    /// Its name in the archive.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
}

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    /// `gis`: a layer, named by its id; `diaban`: what the program keeps for itself.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// So many.
    pub rows: i64,
}

impl BackupManifest {
    /// Layers and other tables of the schema `gis`, and their rows.
    pub fn layers(&self) -> (usize, i64) {
        let layers = self.tables.iter().filter(|t| t.schema == "gis");
        layers.fold((0, 0), |(count, rows), table| (count + 1, rows + table.rows))
    }

    /// Imports and undos on record.
    pub fn runs(&self) -> i64 {
        let runs = self.tables.iter().find(|t| t.schema == "diaban" && t.table == "import_run");
        runs.map_or(0, |table| table.rows)
    }
}

/// A file under way; it vanishes unless it is finished.
pub struct Draft {
    zip: ZipWriter<NamedTempFile>,
    sum: Sha256,
    bytes: u64,
    beside: Vec<BesideFile>,
    path: PathBuf,
}

impl Draft {
    /// Begins a file beside its place. Nobody but its owner may read it.
    pub fn beside(path: &Path) -> Result<Self, BackupError> {
        let failed = |error| BackupError::writing(path, error);
        if path.is_dir() {
            return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        let mut zip = ZipWriter::new(NamedTempFile::new_in(folder_of(path)).map_err(failed)?);
        zip.start_file(DUMP, stored()).map_err(|error| failed(error.into()))?;
        Ok(Self { zip, sum: Sha256::new(), bytes: 0, beside: Vec::new(), path: path.to_owned() })
    }

    /// Adds a piece of the dump.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), BackupError> {
        self.sum.update(piece);
        self.bytes += piece.len() as u64;
        self.zip.write_all(piece).map_err(|error| BackupError::writing(&self.path, error))
    }

    /// Bytes of the dump so far.
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a file beside the dump, once that is whole.
    pub fn add(&mut self, name: &str, from: &mut dyn Read) -> Result<(), BackupError> {
        let path = &self.path;
        let failed = |error| BackupError::writing(path, error);
        let packed = stored().compression_method(CompressionMethod::Deflated);
        self.zip.start_file(name, packed).map_err(|error| failed(error.into()))?;
        let zip = &mut self.zip;
        let summed = summed(from, BackupError::beside, |piece| zip.write_all(piece).map_err(failed));
        let (bytes, sha256) = summed?;
        self.beside.push(BesideFile { name: name.to_owned(), bytes, sha256 });
        Ok(())
    }

    /// Writes the manifest and gives the file its name, over one that is there.
    pub fn finish(self, manifest: BackupManifest) -> Result<BackupManifest, BackupError> {
        let Self { mut zip, sum, bytes, beside, path } = self;
        let failed = |error| BackupError::writing(&path, error);
        let manifest = BackupManifest {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            dump_bytes: bytes,
            dump_sha256: hexadecimal(sum),
            beside,
            ..manifest
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(|error| failed(error.into()))?;
        zip.start_file(MANIFEST, stored()).map_err(|error| failed(error.into()))?;
        zip.write_all(&text).map_err(failed)?;
        let file = zip.finish().map_err(|error| failed(error.into()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        // The name is on the disk only when the folder is.
        File::open(folder_of(&path)).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(manifest)
    }
}

/// Hands on the bytes of a file. Returns how many they are, and their SHA-256.
fn summed<E>(
    from: &mut dyn Read,
    unread: impl Fn(io::Error) -> E,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(u64, String), E> {
    let (mut sum, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let read = from.read(&mut piece).map_err(&unread)?;
        if read == 0 {
            return Ok((bytes, hexadecimal(sum)));
        }
        sum.update(&piece[..read]);
        bytes += read as u64;
        take(&piece[..read])?;
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true)
}

fn hexadecimal(sum: Sha256) -> String {
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A backup that is whole: each byte of it has been looked at.
pub struct BackupFile {
    /// What it is.
    pub manifest: BackupManifest,
    path: PathBuf,
    zip: ZipArchive<File>,
}

impl BackupFile {
    /// Opens a file and looks at each byte of it; `looked_at` is told how many that are.
    pub fn open(path: &Path, mut looked_at: impl FnMut(u64)) -> Result<Self, BackupError> {
        let garbled = |reason: String| BackupError::Garbled { path: path.to_owned(), reason };
        let file = File::open(path).map_err(|error| BackupError::reading(path, error))?;
        let mut zip = ZipArchive::new(file)
            .map_err(|error| garbled(format!("it is no archive, or cut off ({error})")))?;
        let manifest = {
            let entry = zip.by_name(MANIFEST).map_err(|_| garbled(format!("it holds no {MANIFEST}")))?;
            let mut text = Vec::new();
            entry.take(MANIFEST_BYTES_MAX).read_to_end(&mut text).map_err(|e| garbled(e.to_string()))?;
            manifest_of(path, &text)?
        };
        let mut opened = Self { manifest, path: path.to_owned(), zip };
        let mut sum = Sha256::new();
        let mut bytes = 0;
        let mut piece = vec![0; PIECE];
        {
            let mut dump = opened.dump()?;
            loop {
                let read = dump.read(&mut piece).map_err(|e| garbled(e.to_string()))?;
                if read == 0 {
                    break;
                }
                sum.update(&piece[..read]);
                bytes += read as u64;
                looked_at(bytes);
            }
        }
        let said = (opened.manifest.dump_bytes, opened.manifest.dump_sha256.as_str());
        if said != (bytes, hexadecimal(sum).as_str()) {
            return Err(garbled("its bytes are not those that were written".to_owned()));
        }
        opened.look_beside()?;
        Ok(opened)
    }

    /// Looks at each byte of the files beside the dump.
    fn look_beside(&mut self) -> Result<(), BackupError> {
        let garbled = |name: &str| BackupError::Garbled {
            path: self.path.clone(),
            reason: format!("the bytes of {name} in it are not those that were written"),
        };
        for file in &self.manifest.beside {
            let entry = self.zip.by_name(&file.name).map_err(|_| garbled(&file.name))?;
            // One that unpacks to more than was written is not read to its end.
            let mut entry = entry.take(file.bytes.saturating_add(1));
            let summed = summed(&mut entry, |_| garbled(&file.name), |_| Ok(()))?;
            if summed != (file.bytes, file.sha256.clone()) {
                return Err(garbled(&file.name));
            }
        }
        Ok(())
    }

    /// A file beside the dump, from its beginning.
    pub fn beside(&mut self, file: &BesideFile) -> Result<impl Read + '_, BackupError> {
        let (path, name) = (&self.path, &file.name);
        let garbled = |_| BackupError::Garbled { path: path.clone(), reason: format!("it holds no {name}") };
        Ok(self.zip.by_name(name).map_err(garbled)?.take(file.bytes))
    }

    /// The dump, from its beginning.
    pub fn dump(&mut self) -> Result<impl Read + '_, BackupError> {
        let path = &self.path;
        let garbled = |_| BackupError::Garbled { path: path.clone(), reason: format!("it holds no {DUMP}") };
        self.zip.by_name(DUMP).map_err(garbled)
    }
}

/// Reads a manifest; of a later form nothing but its number is looked at.
fn manifest_of(path: &Path, text: &[u8]) -> Result<BackupManifest, BackupError> {
    #[derive(Deserialize)]
    struct Form {
        format: u32,
        program: String,
    }
    let garbled = |error: serde_json::Error| BackupError::Garbled {
        path: path.to_owned(),
        reason: format!("its {MANIFEST} cannot be read ({error})"),
    };
    let Form { format, program } = serde_json::from_slice(text).map_err(garbled)?;
    if format > FORMAT {
        return Err(BackupError::Newer { path: path.to_owned(), program });
    }
    serde_json::from_slice(text).map_err(garbled)
}

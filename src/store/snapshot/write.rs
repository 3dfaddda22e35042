//! Writes one FlatGeobuf file: features in any order in, a file in the order of the Hilbert curve
//! with its packed R-tree out.
//!
//! Features go to an unnamed file first, and only sixteen bytes for each stay in memory; then they
//! are copied in order. Of ten million that is 160 MB.

use super::{
    encode::{FeatureBytes, FlatGeometry},
    hilbert,
    mapping::Mapping,
    row::kind,
    tree::{self, UpperLevels},
};
use crate::feature::{Bbox, FeatureId};
use flatbuffers::FlatBufferBuilder;
use flatgeobuf::{Column, ColumnArgs, ColumnType, Crs, CrsArgs, GeometryType, Header, HeaderArgs};
use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::Path,
};

/// What a FlatGeobuf file begins with, version 3.
pub const MAGIC: [u8; 8] = *b"fgb\x03fgb\x00";
/// Bytes before a feature in the unnamed file: what orders it among equals, and its box.
const PREFIX: usize = 40;
const ROOM: usize = 1 << 20;

/// A column of the file.
#[derive(Debug, Clone)]
pub struct ColumnSpec {
    /// Name.
    pub name: String,
    /// Title that people read.
    pub title: String,
    /// Type.
    pub kind: ColumnType,
}

/// A feature as bytes, with what places it.
pub struct Encoded<'a> {
    /// Place on the curve.
    pub key: u64,
    /// Orders features of one place.
    pub tie: i64,
    /// EPSG:3857.
    pub bbox: Bbox,
    /// With its size before it.
    pub bytes: &'a [u8],
    /// Geometry type.
    pub kind: u8,
}

impl Encoded<'_> {
    /// Whether it has no place, so that no map shows it.
    pub fn is_placeless(&self) -> bool {
        !self.bbox.is_place()
    }
}

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// The file, not yet synced.
    pub file: File,
    /// Features.
    pub count: u64,
    /// The box around them, EPSG:3857.
    pub extent: Option<Bbox>,
    /// The `tie` of each feature, in the order of the file.
    pub ties: Vec<i64>,
}

/// Gathers features.
pub struct FeatureFileWriter {
    gathered: BufWriter<File>,
    position: u64,
    /// Place on the curve, place in the unnamed file.
    entries: Vec<(u64, u64)>,
    extent: Option<Bbox>,
    kinds: u16,
}

impl FeatureFileWriter {
    /// Gathers in an unnamed file in `folder`.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            gathered: BufWriter::with_capacity(ROOM, unnamed(folder)?),
            position: 0,
            entries: Vec::new(),
            extent: None,
            kinds: 0,
        })
    }

    /// Adds a feature.
    pub fn push(&mut self, feature: &Encoded<'_>) -> io::Result<()> {
        self.entries.push((feature.key, self.position));
        let mut prefix = [0; PREFIX];
        prefix[..8].copy_from_slice(&feature.tie.to_le_bytes());
        prefix[8..].copy_from_slice(&tree::node_bytes(feature.bbox, 0)[..32]);
        self.gathered.write_all(&prefix)?;
        self.gathered.write_all(feature.bytes)?;
        self.position += (PREFIX + feature.bytes.len()) as u64;
        if feature.bbox.is_place() {
            self.extent = Some(self.extent.map_or(feature.bbox, |e| e.union(feature.bbox)));
            self.kinds |= 1 << feature.kind.min(15);
        }
        Ok(())
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Writes the file at `path`. Whether it is on the disk is up to whoever syncs it.
    pub fn finish(
        mut self,
        path: &Path,
        name: &str,
        title: &str,
        columns: &[ColumnSpec],
    ) -> io::Result<Written> {
        let gathered = Mapping::of(&self.gathered.into_inner().map_err(io::IntoInnerError::into_error)?)?;
        let gathered = gathered.bytes();
        let mut entries = std::mem::take(&mut self.entries);
        let tie =
            |at: u64| gathered[at as usize..].first_chunk().map_or(0, |eight| i64::from_le_bytes(*eight));
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| tie(a.1).cmp(&tie(b.1))));

        let count = entries.len() as u64;
        let head = header(name, title, columns, self.extent, geometry_type(self.kinds), count);
        let too_many = || io::Error::other("more features than a file can hold");
        let tree_length = tree::byte_length(count).ok_or_else(too_many)?;
        let tree_start = head.len() as u64;
        let leaves_start = tree_start + tree_length - count * tree::NODE_BYTES as u64;

        let file = File::create_new(path)?;
        file.set_len(tree_start + tree_length)?;
        let at = |place: u64| -> io::Result<BufWriter<File>> {
            let mut own = File::options().write(true).open(path)?;
            own.seek(SeekFrom::Start(place))?;
            Ok(BufWriter::with_capacity(ROOM, own))
        };
        let mut start = at(0)?;
        start.write_all(&head)?;
        // Not left to the end of its life, where nobody would hear of a full disk.
        start.flush()?;
        let (mut leaves, mut features) = (at(leaves_start)?, at(tree_start + tree_length)?);
        let mut upper = UpperLevels::default();
        let mut ties = Vec::with_capacity(entries.len());
        let mut place = 0u64;
        for (_, start) in &entries {
            let record = &gathered[*start as usize..];
            let bytes = &record[PREFIX..];
            let length = 4 + super::flatbuffer::u32_at(bytes, 0).unwrap_or(0) as usize;
            let bbox = bbox_of(&record[8..PREFIX]);
            upper.push(bbox);
            leaves.write_all(&tree::node_bytes(bbox, place))?;
            features.write_all(&bytes[..length])?;
            ties.push(tie(*start));
            place += length as u64;
        }
        leaves.flush()?;
        features.flush()?;
        let mut top = at(tree_start)?;
        top.write_all(&upper.finish())?;
        top.flush()?;
        Ok(Written { file, count, extent: self.extent, ties })
    }
}

/// Encodes features, each into the same room.
#[derive(Default)]
pub struct FeatureEncoder<'b> {
    bytes: FeatureBytes<'b>,
}

impl FeatureEncoder<'_> {
    /// The feature as the writer takes it; `None` if the geometry is empty.
    pub fn encode(&mut self, tie: i64, geometry: &FlatGeometry, properties: &[u8]) -> Option<Encoded<'_>> {
        let bbox = geometry.bbox()?;
        let bytes = self.bytes.encode(geometry, properties);
        Some(Encoded { key: hilbert::key(bbox), tie, bbox, bytes, kind: geometry.kind })
    }

    /// One without a place. It stands behind all others, and no box finds it.
    pub fn encode_placeless(&mut self, tie: i64, properties: &[u8]) -> Encoded<'_> {
        let bytes = self.bytes.encode(&FlatGeometry::default(), properties);
        Encoded { key: u64::MAX, tie, bbox: Bbox::NOWHERE, bytes, kind: kind::UNKNOWN }
    }
}

fn bbox_of(bytes: &[u8]) -> Bbox {
    let (eights, _) = bytes.as_chunks::<8>();
    let number = |i: usize| eights.get(i).map_or(f64::NAN, |eight| f64::from_le_bytes(*eight));
    Bbox::new(number(0), number(1), number(2), number(3))
}

/// The one type of all features, or none.
fn geometry_type(kinds: u16) -> GeometryType {
    if kinds.is_power_of_two() { GeometryType(kinds.trailing_zeros() as u8) } else { GeometryType::Unknown }
}

/// A file without a name: it goes with the program.
fn unnamed(folder: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = folder.join("gathered");
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// The magic bytes and the header.
fn header(
    name: &str,
    title: &str,
    columns: &[ColumnSpec],
    extent: Option<Bbox>,
    geometry_type: GeometryType,
    count: u64,
) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let columns: Vec<_> = columns
        .iter()
        .map(|column| {
            let (name, title) = (builder.create_string(&column.name), builder.create_string(&column.title));
            let args =
                ColumnArgs { name: Some(name), title: Some(title), type_: column.kind, ..Default::default() };
            Column::create(&mut builder, &args)
        })
        .collect();
    let (org, crs_name) = (builder.create_string("EPSG"), builder.create_string("WGS 84 / Pseudo-Mercator"));
    let crs = CrsArgs { org: Some(org), code: 3857, name: Some(crs_name), ..Default::default() };
    let args = HeaderArgs {
        crs: Some(Crs::create(&mut builder, &crs)),
        name: Some(builder.create_string(name)),
        title: Some(builder.create_string(title)),
        envelope: extent.map(|e| builder.create_vector(&e.to_array())),
        geometry_type,
        columns: Some(builder.create_vector(&columns)),
        features_count: count,
        index_node_size: tree::NODE_SIZE,
        ..Default::default()
    };
    let header = Header::create(&mut builder, &args);
    builder.finish_size_prefixed(header, None);
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(builder.finished_data());
    out
}

/// The ids of a file's features, sorted, each with its place in the file's order.
pub fn write_ids(path: &Path, ties: &[i64]) -> io::Result<()> {
    let mut ids: Vec<(FeatureId, u64)> = ties.iter().copied().zip(0..).collect();
    ids.sort_unstable();
    let file = File::create_new(path)?;
    let mut out = BufWriter::with_capacity(ROOM, &file);
    for (id, number) in ids {
        out.write_all(&id.to_le_bytes())?;
        out.write_all(&number.to_le_bytes())?;
    }
    out.flush()?;
    drop(out);
    file.sync_all()
}

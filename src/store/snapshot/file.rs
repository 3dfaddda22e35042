//! One FlatGeobuf file, mapped and read in place through its own R-tree.

use super::{
    flatbuffer::u32_at,
    mapping::Mapping,
    row::{ColumnKind, Row},
    tree::{self, Tree},
    write::MAGIC,
};
use crate::feature::{Bbox, FeatureId};
use flatgeobuf::{ColumnType, size_prefixed_root_as_header};
use std::{ops::Range, path::Path};

/// The longest header that is looked at, bytes.
const HEADER_MAX: usize = 10 << 20;

/// How many rows before its turn a row is fetched.
const AHEAD: usize = 8;

/// Name of the column that holds the server's number of a feature.
pub const ID_COLUMN: &str = "diaban_id";
/// Name of the column that says for how many features one stands.
pub const COUNT_COLUMN: &str = "feature_count";

/// A file.
#[derive(Debug)]
pub struct FeatureFile {
    mapping: Mapping,
    columns: Vec<(String, ColumnKind)>,
    kind: u8,
    tree: Tree,
    nodes: Range<usize>,
}

/// A feature in the file, found through the tree.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    /// Its number in the file's order.
    pub number: u64,
    /// Its box, EPSG:3857.
    pub bbox: Bbox,
    /// It.
    pub row: Row<'a>,
}

impl FeatureFile {
    /// Maps a file; the error says what is wrong with it. Of the features nothing is looked at.
    pub fn open(path: &Path) -> Result<Self, String> {
        let mapping = Mapping::open(path).map_err(|error| error.to_string())?;
        let bytes = mapping.bytes();
        let magic = bytes.first_chunk::<8>().ok_or("it is cut short")?;
        if magic[..3] != MAGIC[..3] || magic[4..7] != MAGIC[4..7] {
            return Err("it is no FlatGeobuf file".to_owned());
        }
        if magic[3] != MAGIC[3] {
            return Err(format!("it is FlatGeobuf of version {}, not 3", magic[3]));
        }
        let length = u32_at(bytes, 8).ok_or("it is cut short")? as usize;
        if length > HEADER_MAX {
            return Err("its header is too long".to_owned());
        }
        let header = bytes.get(8..12 + length).ok_or("it is cut short")?;
        let header = size_prefixed_root_as_header(header)
            .map_err(|error| format!("its header is garbled: {error}"))?;
        let columns = header.columns().ok_or("it has no columns")?;
        let columns = columns
            .iter()
            .map(|column| Ok((column.name().to_owned(), column_kind(column.type_())?)))
            .collect::<Result<Vec<_>, String>>()?;
        let count = header.features_count();
        if header.index_node_size() != tree::NODE_SIZE && count > 0 {
            return Err("it has no index of the kind that is written here".to_owned());
        }
        let nodes = tree::byte_length(count).and_then(|length| usize::try_from(length).ok());
        let start = 12 + length;
        let nodes = nodes.and_then(|length| Some(start..start.checked_add(length)?));
        let nodes = nodes.filter(|nodes| nodes.end <= bytes.len()).ok_or("it is cut short")?;
        let kind = header.geometry_type().0;
        let file = Self { columns, kind, tree: Tree::new(count), nodes, mapping };
        file.last_feature_is_there().ok_or("it is cut short")?;
        Ok(file)
    }

    fn last_feature_is_there(&self) -> Option<()> {
        match self.len().checked_sub(1) {
            Some(last) => self.feature(last).map(drop),
            None => Some(()),
        }
    }

    /// How many features.
    pub fn len(&self) -> u64 {
        self.tree.leaves()
    }

    /// Geometry type of all features; 0 if each says its own.
    pub const fn kind(&self) -> u8 {
        self.kind
    }

    /// Names and kinds of the columns.
    pub fn columns(&self) -> &[(String, ColumnKind)] {
        &self.columns
    }

    /// Kinds of the columns, for [`super::row::properties`].
    pub fn column_kinds(&self) -> Vec<ColumnKind> {
        self.columns.iter().map(|c| c.1).collect()
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        self.mapping.bytes()
    }

    /// Hands each feature whose box meets `area` (EPSG:3857) to `take`, in the file's order.
    /// Returns how many could not be read.
    pub fn search<'a>(&'a self, area: Bbox, mut take: impl FnMut(Hit<'a>)) -> u64 {
        let (nodes, features) = self.regions();
        let mut garbled = 0;
        // First all places: the rows behind them are then fetched while others are read.
        let mut hits = Vec::with_capacity(256);
        self.tree.search(nodes, area, |number, bbox, place| hits.push((number, bbox, place)));
        for (i, &(number, bbox, place)) in hits.iter().enumerate() {
            if let Some(&(_, _, ahead)) = hits.get(i + AHEAD) {
                std::hint::black_box(features.get(ahead as usize).copied());
            }
            let row = usize::try_from(place).ok().and_then(|p| features.get(p..)).and_then(Row::read);
            match row {
                Some(row) => take(Hit { number, bbox, row }),
                None => garbled += 1,
            }
        }
        garbled
    }

    /// The feature of that number in the file's order.
    pub fn feature(&self, number: u64) -> Option<Hit<'_>> {
        let (nodes, features) = self.regions();
        let (bbox, place) = self.tree.leaf(nodes, number)?;
        let row = Row::read(features.get(usize::try_from(place).ok()?..)?)?;
        Some(Hit { number, bbox, row })
    }

    /// The box of the feature of that number, EPSG:3857.
    pub fn bbox(&self, number: u64) -> Option<Bbox> {
        self.tree.leaf(self.regions().0, number).map(|leaf| leaf.0)
    }

    fn regions(&self) -> (&[u8], &[u8]) {
        let bytes = self.mapping.bytes();
        (bytes.get(self.nodes.clone()).unwrap_or_default(), bytes.get(self.nodes.end..).unwrap_or_default())
    }
}

fn column_kind(kind: ColumnType) -> Result<ColumnKind, String> {
    Ok(match kind {
        ColumnType::Bool => ColumnKind::Bool,
        ColumnType::Long => ColumnKind::Long,
        ColumnType::Double => ColumnKind::Double,
        ColumnType::String | ColumnType::Json | ColumnType::DateTime => ColumnKind::Text,
        other => return Err(format!("it has a column of type {other:?}, which is not written here")),
    })
}

/// The ids of a file's features, sorted, mapped.
#[derive(Debug)]
pub struct IdIndex(Mapping);

impl IdIndex {
    /// Maps the index at `path`, of a file of `features` features.
    pub fn open(path: &Path, features: u64) -> Result<Self, String> {
        let mapping = Mapping::open(path).map_err(|error| error.to_string())?;
        if mapping.bytes().len() as u64 != features * 16 {
            return Err("it does not belong to its file".to_owned());
        }
        Ok(Self(mapping))
    }

    fn entries(&self) -> &[[u8; 16]] {
        self.0.bytes().as_chunks().0
    }

    /// Ids greater than `after` in their order, each with its place in the file's order.
    pub fn after(&self, after: Option<FeatureId>) -> impl Iterator<Item = (FeatureId, u64)> + '_ {
        let entries = self.entries();
        let start = after.map_or(0, |after| entries.partition_point(|e| read(e).0 <= after));
        entries[start..].iter().map(read)
    }

    /// Where a feature stands in the file's order.
    pub fn find(&self, id: FeatureId) -> Option<u64> {
        let entries = self.entries();
        entries.binary_search_by_key(&id, |e| read(e).0).ok().map(|i| read(&entries[i]).1)
    }
}

fn read(entry: &[u8; 16]) -> (FeatureId, u64) {
    let (eights, _) = entry.as_chunks::<8>();
    (i64::from_le_bytes(eights[0]), u64::from_le_bytes(eights[1]))
}

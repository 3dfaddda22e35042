//! One FlatGeobuf file, mapped and read in place through its own R-tree.

use super::{
    flatbuffer::u32_at,
    mapping::Mapping,
    row::{ColumnKind, Row, kind},
    statistics::Lies,
    tree::{self, SortedOut, Tree},
    write::MAGIC,
};
use crate::{
    area::Relation,
    feature::{Bbox, FeatureId},
};
use flatgeobuf::{ColumnType, size_prefixed_root_as_header};
use std::{
    ops::{ControlFlow, Range},
    path::Path,
};

/// The longest header that is looked at, bytes.
const HEADER_MAX: usize = 10 << 20;

/// Leaves that are gathered before their rows are read.
const TOGETHER: usize = 4096;
/// How many rows before its turn a row is fetched.
const AHEAD: usize = 8;
/// Where in a row that is done; rows are seldom longer.
const LINES: [usize; 3] = [0, 128, 256];

/// Name of the column that holds the server's number of a feature.
pub const ID_COLUMN: &str = "diaban_id";
/// Name of the column that says for how many features one stands.
pub const COUNT_COLUMN: &str = "feature_count";

/// Name of the column that says how closed a row is, where rules of the layer's file give it. No attribute can be called
/// so.
pub const CLASS_COLUMN: &str = "_class";

/// A file.
#[derive(Debug)]
pub struct FeatureFile {
    mapping: Mapping,
    columns: Vec<(String, ColumnKind)>,
    kind: u8,
    tree: Tree,
    nodes: Range<usize>,
}

/// A feature's entry in the tree.
#[derive(Debug, Clone, Copy)]
pub struct Leaf {
    /// Its number in the file's order.
    pub number: u64,
    /// Its box, EPSG:3857.
    pub bbox: Bbox,
    /// Where its bytes begin, behind the tree.
    pub place: u64,
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
        // A copy: what has been verified stays as it is.
        let header = bytes.get(8..12 + length).ok_or("it is cut short")?.to_vec();
        let header = size_prefixed_root_as_header(&header)
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

    /// How many features have a place: they stand before the others.
    pub fn placed(&self) -> u64 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let placed = self.bbox(middle).is_some_and(Bbox::is_place);
            if placed { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Geometry type of all features; 0 if each says its own.
    pub const fn kind(&self) -> u8 {
        self.kind
    }

    /// Whether features may be areas.
    pub const fn has_areas(&self) -> bool {
        !matches!(self.kind, kind::POINT | kind::MULTI_POINT | kind::LINE_STRING | kind::MULTI_LINE_STRING)
    }

    /// Names and kinds of the columns.
    pub fn columns(&self) -> &[(String, ColumnKind)] {
        &self.columns
    }

    /// The place of the column that says how closed a row is: by the rules of the layer's file, or, where it has none, by
    /// what the row itself says; nothing is open.
    pub fn class_column(&self) -> Option<usize> {
        let place = |wanted: &str| self.columns.iter().position(|(name, _)| name == wanted);
        place(CLASS_COLUMN).or_else(|| place("access_class"))
    }

    /// Kinds of the columns, for [`super::row::properties`].
    pub fn column_kinds(&self) -> Vec<ColumnKind> {
        self.columns.iter().map(|c| c.1).collect()
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        self.mapping.bytes()
    }

    /// The file, mapped.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Hands each feature whose box meets `area` (EPSG:3857) to `take`, in the file's order.
    /// Returns how many could not be read.
    pub fn search<'a>(&'a self, area: Bbox, mut take: impl FnMut(Hit<'a>)) -> u64 {
        let mut garbled = 0;
        let read = |leaf| match self.at(leaf) {
            Some(hit) => take(hit),
            None => garbled += 1,
        };
        self.search_leaves(area, |leaf| self.fetch(leaf), read);
        garbled
    }

    /// Hands the leaf of each feature whose box meets `area` (EPSG:3857) to `take`, in the file's order; `ahead` is
    /// told of each some features before its turn, so that what is to be read of it can be fetched.
    pub fn search_leaves(&self, area: Bbox, ahead: impl Fn(&Leaf), mut take: impl FnMut(Leaf)) {
        // First the places: what stands behind them is then fetched while others are read.
        let mut leaves = Vec::with_capacity(256);
        let mut hand_on = |leaves: &[Leaf]| {
            for (i, leaf) in leaves.iter().enumerate() {
                leaves.get(i + AHEAD).into_iter().for_each(&ahead);
                take(*leaf);
            }
        };
        self.tree.search(self.regions().0, area, |number, bbox, place| {
            leaves.push(Leaf { number, bbox, place });
            if leaves.len() == TOGETHER {
                hand_on(&leaves);
                leaves.clear();
            }
            ControlFlow::Continue(())
        });
        hand_on(&leaves);
    }

    /// The leaves whose box meets `area`, in the file's order; `None` if there are more than
    /// `most`.
    pub fn leaves(&self, area: Bbox, most: usize) -> Option<Vec<Leaf>> {
        let mut leaves = Vec::with_capacity(most.min(1024));
        let mut too_many = false;
        self.tree.search(self.regions().0, area, |number, bbox, place| {
            too_many = leaves.len() == most;
            if too_many {
                return ControlFlow::Break(());
            }
            leaves.push(Leaf { number, bbox, place });
            ControlFlow::Continue(())
        });
        (!too_many).then_some(leaves)
    }

    /// Hands the features of some leaves to `take`. Returns how many could not be read.
    pub fn read<'a>(&'a self, leaves: &[Leaf], take: &mut dyn FnMut(Hit<'a>)) -> u64 {
        let mut garbled = 0;
        for (i, leaf) in leaves.iter().enumerate() {
            leaves.get(i + AHEAD).into_iter().for_each(|next| self.fetch(next));
            match self.at(*leaf) {
                Some(hit) => take(hit),
                None => garbled += 1,
            }
        }
        garbled
    }

    /// Fetches what will be read of the feature of a leaf.
    #[inline]
    pub fn fetch(&self, leaf: &Leaf) {
        let features = self.regions().1;
        for line in LINES {
            std::hint::black_box(features.get((leaf.place as usize).saturating_add(line)).copied());
        }
    }

    /// The feature of a leaf.
    pub fn at(&self, leaf: Leaf) -> Option<Hit<'_>> {
        let features = self.regions().1;
        let row = Row::read(features.get(usize::try_from(leaf.place).ok()?..)?)?;
        Some(Hit { number: leaf.number, bbox: leaf.bbox, row })
    }

    /// The leaf of the feature of that number in the file's order.
    pub fn leaf(&self, number: u64) -> Option<Leaf> {
        let (bbox, place) = self.tree.leaf(self.regions().0, number)?;
        Some(Leaf { number, bbox, place })
    }

    /// Sorts the features by where their boxes lie (EPSG:3857), as `judge` sees it. `take` says
    /// whether to go on. A feature that cannot be read is passed over.
    pub fn sort_out<'a>(&'a self, judge: impl Fn(Bbox) -> Relation, take: &mut dyn FnMut(Lies<'a>) -> bool) {
        let (nodes, features) = self.regions();
        self.tree.sort_out(nodes, judge, &mut |found| match found {
            SortedOut::Within(numbers) => take(Lies::Within(numbers)),
            SortedOut::Meets(number, bbox, place) => {
                let row = usize::try_from(place).ok().and_then(|p| features.get(p..)).and_then(Row::read);
                row.is_none_or(|row| take(Lies::Meets(Hit { number, bbox, row })))
            }
        });
    }

    /// The feature of that number in the file's order.
    pub fn feature(&self, number: u64) -> Option<Hit<'_>> {
        self.at(self.leaf(number)?)
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

    /// The file, mapped.
    pub const fn mapping(&self) -> &Mapping {
        &self.0
    }

    fn entries(&self) -> &[[u8; 16]] {
        self.0.bytes().as_chunks().0
    }

    /// The place among the sorted ids of the first that is greater than `after`.
    pub fn place_after(&self, after: Option<FeatureId>) -> usize {
        after.map_or(0, |after| self.entries().partition_point(|e| read(e).0 <= after))
    }

    /// The id at a place, with its feature's place in the file's order.
    pub fn entry(&self, place: usize) -> Option<(FeatureId, u64)> {
        self.entries().get(place).map(read)
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

//! The values of a file's features by number: what a tile needs of a feature beside its shape, in
//! a few bytes. Equal values have equal numbers, and each stands in the file once, encoded as a
//! vector tile's layer lists it; so a tile hashes and compares no text.
//!
//! ```text
//! magic │ features, columns │ rows: id, a number for each column, 0 for none │ values
//! ```
//!
//! Made from the features' own file and of no use without it. Whatever is garbled gives `None`.

use super::{
    file::{FeatureFile, ID_COLUMN},
    mapping::Mapping,
    row, scan,
};
use crate::{
    feature::{FeatureId, NumberedValues, ValueRef},
    layer::{AttributeType, LayerDefinition},
    tile::encode_value,
};
use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
};
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: [u8; 8] = *b"dbvalue1";
const HEADER: usize = 24;
const ROOM: usize = 1 << 20;
/// Bytes of an id and of a number.
const ID: usize = 8;
const NUMBER: usize = 4;
/// Slots to begin with; doubled before two thirds are taken.
const SLOTS: usize = 4096;
const FREE: (u32, u32) = (0, 0);

/// The values of the features of one file, mapped.
#[derive(Debug)]
pub struct ValueFile {
    mapping: Mapping,
    columns: usize,
    rows: Range<usize>,
}

/// A feature's id, and for each column behind the id's the number of its value; 0 for none.
#[derive(Debug, Clone, Copy)]
pub struct NumberedRow<'a> {
    /// The server's number of the feature.
    pub id: FeatureId,
    /// Little-endian `u32`.
    pub numbers: &'a [[u8; NUMBER]],
}

impl NumberedRow<'_> {
    /// The number of a column's value among the file's values; `None` for a null.
    #[inline]
    pub fn number(&self, column: usize) -> Option<u32> {
        self.numbers.get(column).map(|four| u32::from_le_bytes(*four)).filter(|number| *number > 0)
    }
}

impl ValueFile {
    /// Maps the values at `path`, of the features of `file`; the error says what is wrong.
    pub fn open(path: &Path, file: &FeatureFile) -> Result<Self, String> {
        let mapping = Mapping::open(path).map_err(|error| error.to_string())?;
        let bytes = mapping.bytes();
        let (eights, _) = bytes.get(..HEADER).ok_or("it is cut short")?.as_chunks::<8>();
        if eights[0] != MAGIC {
            return Err("it holds no numbered values".to_owned());
        }
        let [features, columns] = [1, 2].map(|i| u64::from_le_bytes(eights[i]));
        if features != file.len() || columns + 1 != file.columns().len() as u64 {
            return Err("it does not belong to its file".to_owned());
        }
        let columns = columns as usize;
        let rows = usize::try_from(features).ok().and_then(|count| count.checked_mul(ID + NUMBER * columns));
        let end = rows.and_then(|length| length.checked_add(HEADER)).filter(|end| *end <= bytes.len());
        Ok(Self { columns, rows: HEADER..end.ok_or("it is cut short")?, mapping })
    }

    /// The file, mapped.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The values.
    pub fn values(&self) -> NumberedValues<'_> {
        NumberedValues(self.mapping.bytes().get(self.rows.end..).unwrap_or_default())
    }

    /// The row of the feature of that number in the file's order.
    #[inline]
    pub fn row(&self, number: u64) -> Option<NumberedRow<'_>> {
        let length = ID + NUMBER * self.columns;
        let start = usize::try_from(number).ok()?.checked_mul(length)?;
        let rows = self.mapping.bytes().get(self.rows.clone())?;
        let (id, numbers) = rows.get(start..)?.get(..length)?.split_first_chunk()?;
        Some(NumberedRow { id: FeatureId::from_le_bytes(*id), numbers: numbers.as_chunks().0 })
    }

    /// Fetches what will be read of the feature of that number. Of its values the one that came
    /// last into the file is the one that no neighbour has.
    #[inline]
    pub fn fetch(&self, number: u64) {
        let numbers = self.row(number).map(|row| row.numbers).unwrap_or_default();
        let last = numbers.iter().map(|four| u32::from_le_bytes(*four)).max().unwrap_or(0);
        std::hint::black_box(self.values().0.get(last as usize).copied());
    }
}

/// Writes the values of the features of `file`, of a layer, to `path` and syncs it.
pub fn write(path: &Path, file: &FeatureFile, layer: &LayerDefinition) -> io::Result<()> {
    let foreign = || io::Error::other("the id does not stand before the values");
    let (names, kinds) = (file.columns(), file.column_kinds());
    names.first().filter(|first| first.0 == ID_COLUMN).ok_or_else(foreign)?;
    let types: Vec<Option<AttributeType>> =
        names.iter().map(|(name, _)| layer.attribute(name).map(|a| a.kind)).collect();
    let mut numbering = Numbering::new();
    let written = File::create_new(path)?;
    let mut out = BufWriter::with_capacity(ROOM, &written);
    out.write_all(&[0; HEADER])?;
    let mut numbers = vec![0u32; names.len()];
    for place in 0..file.len() {
        let hit = file.feature(place).ok_or_else(|| io::Error::other("a feature cannot be read"))?;
        numbers.fill(0);
        let (mut id, mut full) = (-1, false);
        let read = row::properties(hit.row.properties, &kinds, |column, value| match (column, value) {
            (0, ValueRef::Int(number)) => id = number,
            (0, _) => {}
            _ => match numbering.number(value, types[column]) {
                Some(number) => numbers[column] = number,
                None => full = true,
            },
        });
        if read.is_none() || full {
            return Err(io::Error::other("the values of a feature cannot be numbered"));
        }
        out.write_all(&id.to_le_bytes())?;
        for number in &numbers[1..] {
            out.write_all(&number.to_le_bytes())?;
        }
    }
    out.write_all(&numbering.bytes)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&MAGIC)?;
    for count in [file.len(), names.len() as u64 - 1] {
        out.write_all(&count.to_le_bytes())?;
    }
    out.flush()?;
    drop(out);
    written.sync_all()
}

/// Gives equal values equal numbers.
struct Numbering {
    /// All values, encoded, behind one byte that is none.
    bytes: Vec<u8>,
    /// Half of a hash, and a number; open addressing.
    slots: Vec<(u32, u32)>,
    count: usize,
    encoded: Vec<u8>,
}

impl Numbering {
    fn new() -> Self {
        Self { bytes: vec![0], slots: vec![FREE; SLOTS], count: 0, encoded: Vec::new() }
    }

    /// The number of a value; 0 for one that a tile does not carry. `None` if there are too many.
    fn number(&mut self, value: ValueRef<'_>, kind: Option<AttributeType>) -> Option<u32> {
        self.encoded.clear();
        let remade = scan::remade(value, kind);
        let drawn = match &remade {
            None => value,
            Some(text) => text.as_deref().map_or(ValueRef::Null, ValueRef::Text),
        };
        encode_value(&drawn, &mut self.encoded);
        if self.encoded.is_empty() {
            return Some(0);
        }
        let hash = xxh3_64(&self.encoded);
        let (half, mask) = ((hash >> 32) as u32, self.slots.len() - 1);
        let mut at = hash as usize & mask;
        while self.slots[at] != FREE {
            let (stored, number) = self.slots[at];
            if stored == half && self.bytes[number as usize..].starts_with(&self.encoded) {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
        let number = u32::try_from(self.bytes.len()).ok()?;
        self.slots[at] = (half, number);
        self.bytes.extend_from_slice(&self.encoded);
        self.count += 1;
        if self.count * 3 > self.slots.len() * 2 {
            self.grow();
        }
        Some(number)
    }

    #[cold]
    fn grow(&mut self) {
        let mut slots = vec![FREE; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for &(half, number) in self.slots.iter().filter(|s| **s != FREE) {
            let value = NumberedValues(&self.bytes).encoded(number).unwrap_or_default();
            let mut at = xxh3_64(value) as usize & mask;
            while slots[at] != FREE {
                at = (at + 1) & mask;
            }
            slots[at] = (half, number);
        }
        self.slots = slots;
    }
}

//! Names and codes of a file's features, by their words: what a search is answered from without a
//! look at each feature.
//!
//! ```text
//! magic, length │ transducer: column, kind, text ─▶ row or list │ lists of rows (Roaring)
//! ```
//!
//! Kept are each word by itself and what a value says from each of its first words on, run
//! together; each under its column, so that what a view does not hold is not searched. Beside
//! them stand the rows of each access class. Made from the features' own file and of no use
//! without it. While it is made, words and rows of [`ROOM`] bytes stay in memory, and the index itself.

use super::{file::FeatureFile, mapping::Mapping, row};
use crate::{
    feature::ValueRef,
    layer::{AccessClass, LayerDefinition, words},
};
use fst::{Map, MapBuilder, Streamer};
use roaring::RoaringBitmap;
use std::{
    fs::File,
    io::{self, BufWriter, Seek, SeekFrom, Write},
    path::Path,
    sync::OnceLock,
};

/// Name of the file.
pub const NAMES: &str = "base.names";
const MAGIC: [u8; 8] = *b"dbnames1";
const HEADER: usize = 16;
/// Words and rows that are gathered before they are put in order, bytes.
const ROOM: usize = 64 << 20;
/// Words of a value that are kept, those from which on it is kept as a whole, and bytes of each.
const WORDS_KEPT: usize = 16;
const RUNS_KEPT: usize = 6;
const BYTES_KEPT: usize = 120;
/// The column under which rows of an access class stand.
const CLASSES: u16 = u16::MAX;

/// What a text in the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A word.
    Word = b'w' as isize,
    /// A value from one of its words on, without what stands between words.
    Run = b'r' as isize,
}

/// What stands before a text of a column in the index.
pub const fn prefix(column: u16, part: Part) -> [u8; 3] {
    let [high, low] = column.to_be_bytes();
    [high, low, part as u8]
}

/// The index, mapped.
#[derive(Debug)]
pub struct NameFile {
    mapping: Mapping,
    lists: usize,
    /// Whether the transducer is what its own checksum says, once somebody has looked.
    sound: OnceLock<bool>,
}

impl NameFile {
    /// Maps the index at `path`; the error says what is wrong with it. Of the names nothing is looked at.
    pub fn open(path: &Path) -> Result<Self, String> {
        let mapping = Mapping::open(path).map_err(|error| error.to_string())?;
        let (eights, _) = mapping.bytes().get(..HEADER).ok_or("it is cut short")?.as_chunks::<8>();
        if eights[0] != MAGIC {
            return Err("it holds no names".to_owned());
        }
        let length = usize::try_from(u64::from_le_bytes(eights[1])).ok();
        let lists = length.and_then(|length| length.checked_add(HEADER));
        let lists = lists.filter(|end| *end <= mapping.bytes().len()).ok_or("it is cut short")?;
        Ok(Self { mapping, lists, sound: OnceLock::new() })
    }

    /// The file, mapped.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The texts; `None` if they are garbled. Who asks first waits for a look at all of them.
    pub fn map(&self) -> Option<Map<&[u8]>> {
        let map = Map::new(self.mapping.bytes().get(HEADER..self.lists)?).ok();
        // A transducer is walked without checks; its own checksum says that it can be.
        let verified = || map.as_ref().is_some_and(|map| map.as_fst().verify().is_ok());
        let sound = *self.sound.get_or_init(verified);
        map.filter(|_| sound)
    }

    /// Whether somebody has looked at the texts, and they are garbled.
    pub fn is_known_garbled(&self) -> bool {
        self.sound.get() == Some(&false)
    }

    /// The rows, by their numbers in the file's order, that a text stands for.
    pub fn rows(&self, text: u64) -> RoaringBitmap {
        listed(text, self.mapping.bytes().get(self.lists..).unwrap_or_default())
    }

    /// The rows of an access class, by its place in [`AccessClass::ALL`].
    pub fn of_class(&self, place: usize) -> RoaringBitmap {
        let found = self.map().and_then(|map| map.get(class_key(place)));
        found.map(|text| self.rows(text)).unwrap_or_default()
    }
}

fn class_key(place: usize) -> [u8; 3] {
    let [high, low] = CLASSES.to_be_bytes();
    [high, low, place as u8]
}

/// A row that stands alone is its own list; the least bit says so.
fn listed(text: u64, lists: &[u8]) -> RoaringBitmap {
    let rest = usize::try_from(text >> 1).ok();
    if text & 1 == 1 {
        return rest.and_then(|row| u32::try_from(row).ok()).into_iter().collect();
    }
    let bytes = rest.and_then(|at| lists.get(at..)).unwrap_or_default();
    RoaringBitmap::deserialize_from(bytes).unwrap_or_default()
}

/// Writes the index of the features of `file`, of a layer, to `path` and syncs it.
pub fn write(path: &Path, file: &FeatureFile, layer: &LayerDefinition) -> io::Result<()> {
    u32::try_from(file.len()).map_err(|_| io::Error::other("more features than an index can hold"))?;
    let kinds = file.column_kinds();
    let place = |name: &str| file.columns().iter().position(|(column, _)| column == name);
    let naming: Vec<usize> = layer.naming_attributes().filter_map(|a| place(&a.name)).collect();
    let access = file.class_column();
    let mut classes = AccessClass::ALL.map(|_| RoaringBitmap::new());
    let (mut pieces, mut gathered) = (Vec::new(), Gathered::default());
    for number in 0..file.len() as u32 {
        let hit = file.feature(u64::from(number));
        let hit = hit.ok_or_else(|| io::Error::other("a feature cannot be read"))?;
        let mut class = Some(0);
        row::properties(hit.row.properties, &kinds, |column, value| {
            let ValueRef::TextBytes(bytes) = value else { return };
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            if Some(column) == access {
                class = AccessClass::ALL.iter().position(|c| c.as_str() == text);
            }
            if naming.contains(&column) {
                gathered.add(column as u16, text, number);
            }
        });
        if let Some(class) = class.filter(|_| access.is_some()) {
            classes[class].insert(number);
        }
        if gathered.is_full() {
            pieces.push(gathered.piece()?);
        }
    }
    pieces.push(gathered.piece()?);
    let written = File::create_new(path)?;
    let mut out = BufWriter::new(&written);
    out.write_all(&[0; HEADER])?;
    let length = merge(&pieces, &classes, &mut out)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&MAGIC)?;
    out.write_all(&length.to_le_bytes())?;
    out.flush()?;
    drop(out);
    written.sync_all()
}

/// Texts with their rows before they are put in order.
#[derive(Default)]
struct Gathered {
    texts: Vec<u8>,
    entries: Vec<Entry>,
}

/// A text that was gathered.
#[derive(Clone, Copy)]
struct Entry {
    /// Its first byte and those after it: most texts are put in order by them alone.
    first: u8,
    head: u64,
    start: u32,
    length: u16,
    row: u32,
}

impl Entry {
    fn text(self, texts: &[u8]) -> &[u8] {
        &texts[self.start as usize..][..usize::from(self.length)]
    }
}

/// A part of the index: a transducer and lists.
struct Piece {
    texts: Vec<u8>,
    lists: Vec<u8>,
}

impl Gathered {
    fn add(&mut self, column: u16, text: &str, row: u32) {
        let words = words(text);
        for word in words.iter().take(WORDS_KEPT) {
            self.push(column, Part::Word, std::slice::from_ref(word), row);
        }
        for from in 0..words.len().min(RUNS_KEPT) {
            self.push(column, Part::Run, &words[from..], row);
        }
    }

    fn push(&mut self, column: u16, part: Part, words: &[String], row: u32) {
        let start = self.texts.len();
        self.texts.extend_from_slice(&prefix(column, part));
        for word in words {
            self.texts.extend_from_slice(word.as_bytes());
        }
        self.texts.truncate(start + BYTES_KEPT);
        let (_, text) = self.texts.split_at(start);
        let mut head = [0; 8];
        for (place, byte) in head.iter_mut().zip(text.iter().skip(1)) {
            *place = *byte;
        }
        let (head, length) = (u64::from_be_bytes(head), text.len() as u16);
        self.entries.push(Entry { first: prefix(column, part)[0], head, start: start as u32, length, row });
    }

    fn is_full(&self) -> bool {
        self.texts.len() + self.entries.len() * size_of::<Entry>() > ROOM
    }

    /// Puts what was gathered in order, and begins anew.
    fn piece(&mut self) -> io::Result<Piece> {
        let Self { texts, mut entries } = std::mem::take(self);
        entries.sort_unstable_by(|a, b| {
            let heads = (a.first, a.head).cmp(&(b.first, b.head));
            heads.then_with(|| a.text(&texts).cmp(b.text(&texts))).then(a.row.cmp(&b.row))
        });
        let same = |a: &Entry, b: &Entry| {
            a.head == b.head && a.length == b.length && a.text(&texts) == b.text(&texts)
        };
        entries.dedup_by(|a, b| a.row == b.row && same(a, b));
        let (mut map, mut lists) = (MapBuilder::memory(), Vec::new());
        for same in entries.chunk_by(same) {
            let rows = RoaringBitmap::from_sorted_iter(same.iter().map(|entry| entry.row));
            let rows = rows.map_err(io::Error::other)?;
            map.insert(same[0].text(&texts), list(rows, &mut lists)?).map_err(io::Error::other)?;
        }
        Ok(Piece { texts: map.into_inner().map_err(io::Error::other)?, lists })
    }
}

/// Appends a list; what the index says of it.
fn list(mut rows: RoaringBitmap, lists: &mut Vec<u8>) -> io::Result<u64> {
    if let (1, Some(row)) = (rows.len(), rows.min()) {
        return Ok(u64::from(row) << 1 | 1);
    }
    let at = lists.len() as u64;
    rows.optimize();
    rows.serialize_into(&mut *lists)?;
    Ok(at << 1)
}

/// Writes all pieces as one. Returns the length of the transducer.
fn merge(pieces: &[Piece], classes: &[RoaringBitmap], out: &mut (impl Write + Seek)) -> io::Result<u64> {
    let maps: Vec<Map<&[u8]>> = pieces
        .iter()
        .map(|piece| Map::new(&piece.texts[..]))
        .collect::<Result<_, _>>()
        .map_err(io::Error::other)?;
    let mut texts = maps.iter().collect::<fst::map::OpBuilder<'_>>().union();
    let mut map = MapBuilder::new(&mut *out).map_err(io::Error::other)?;
    let mut lists = Vec::new();
    while let Some((text, found)) = texts.next() {
        let value = match found {
            [one] if one.value & 1 == 1 => one.value,
            several => {
                let of_piece = |v: &fst::map::IndexedValue| listed(v.value, &pieces[v.index].lists);
                let rows = several.iter().map(of_piece).reduce(|all, more| all | more);
                list(rows.unwrap_or_default(), &mut lists)?
            }
        };
        map.insert(text, value).map_err(io::Error::other)?;
    }
    for (place, rows) in classes.iter().enumerate().filter(|(_, rows)| !rows.is_empty()) {
        map.insert(class_key(place), list(rows.clone(), &mut lists)?).map_err(io::Error::other)?;
    }
    map.finish().map_err(io::Error::other)?;
    let length = out.stream_position()? - HEADER as u64;
    out.write_all(&lists)?;
    Ok(length)
}

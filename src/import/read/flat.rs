//! FlatGeobuf files read in place, without an object of GDAL's for each feature: those that are plain, as most are.
//!
//! Plain are points, lines and areas in two dimensions, of a type that the header states, with values of the
//! common types (FlatGeobuf 3: `header.fbs`, `feature.fbs`). GDAL opens each file and says what its columns and its
//! system are; what is not plain it reads too. What a feature's bytes say is checked before it is used; what is
//! not asked for is not looked at. Must not know layers or the database.

use super::{
    RawRow, count,
    flat_wkb::{self, MULTI_POLYGON, POINT},
};
use crate::{
    import::{
        ImportError,
        values::Cell,
        words::{Words, words},
    },
    store::snapshot::flatbuffer::{Table, u32_at},
};
use std::{
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::FileExt,
    path::Path,
};

/// Bytes before the header's size.
const MAGIC: &[u8] = b"fgb\x03fgb";
const MAGIC_BYTES: u64 = 8;
/// Bytes of a header that are read; GDAL reads as many.
const HEADER_BYTES_MAX: u32 = 10 << 20;
/// Bytes of one feature that are read: many times those of the largest that is taken.
const FEATURE_BYTES_MAX: usize = 64 << 20;
/// A geometry of that many times its feature's bytes names the same part again and again.
const TIMES_MAX: usize = 4;
/// Bytes that are read at once.
const READ_BYTES: usize = 1 << 18;
/// Bytes of a node of the index before the features.
const NODE_BYTES: u64 = 40;
/// What the index's node size is where it is left out.
const NODE_SIZE: u16 = 16;

/// How a column's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Signed(usize),
    Unsigned(usize),
    /// Of eight bytes, which GDAL takes as a number with a fraction.
    UnsignedLong,
    Float,
    Double,
    Text,
    /// A length and bytes that only GDAL reads.
    Other,
}

impl Written {
    fn of(kind: u8) -> Option<Self> {
        Some(match kind {
            0 => Self::Signed(1),
            1 | 2 => Self::Unsigned(1),
            3 => Self::Signed(2),
            4 => Self::Unsigned(2),
            5 => Self::Signed(4),
            6 => Self::Unsigned(4),
            7 => Self::Signed(8),
            8 => Self::UnsignedLong,
            9 => Self::Float,
            10 => Self::Double,
            11 | 12 => Self::Text,
            13 | 14 => Self::Other,
            _ => return None,
        })
    }
}

/// A plain file.
#[derive(Debug)]
pub(super) struct FlatGeobuf {
    file: File,
    /// Bytes of the file.
    length: u64,
    features: u64,
    /// Where the first feature stands.
    first: u64,
    kind: u8,
    columns: Vec<Written>,
}

impl FlatGeobuf {
    /// The file at `path`, in which GDAL sees so many columns; `None` where it is not plain.
    pub fn open(path: &Path, columns: usize) -> Option<Self> {
        let file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut start = [0; 12];
        file.read_exact_at(&mut start, 0).ok()?;
        let size = u32_at(&start, 8)?;
        if !start.starts_with(MAGIC) || size > HEADER_BYTES_MAX || u64::from(size) > length {
            return None;
        }
        let mut header = vec![0; size as usize];
        file.read_exact_at(&mut header, MAGIC_BYTES + 4).ok()?;
        let header = Table::root(&header)?;
        let kind = header.byte(2)?;
        let flat = (3..=6).all(|more| header.byte(more) == Some(0));
        let features = u64::from_le_bytes(header.number(8, [0; 8])?);
        let node_size = u16::from_le_bytes(header.number(9, NODE_SIZE.to_le_bytes())?);
        let kinds = header.tables(7)?.map(|column| Written::of(column?.byte(1)?));
        let kinds = kinds.collect::<Option<Vec<_>>>()?;
        if !flat || !(POINT..=MULTI_POLYGON).contains(&kind) || features == 0 || kinds.len() != columns {
            return None;
        }
        let first = (MAGIC_BYTES + 4 + u64::from(size)).checked_add(index_bytes(features, node_size)?)?;
        Some(Self { file, length, features, first, kind, columns: kinds })
    }

    /// Whether it can read the values of these columns.
    pub fn reads(&self, columns: &[usize]) -> bool {
        columns.iter().all(|column| self.columns.get(*column).is_some_and(|kind| *kind != Written::Other))
    }

    /// Reads all rows, with the cells of `columns`, and hands them to `each` one by one. Returns how many there
    /// were.
    ///
    /// # Errors
    /// Where the file ends before its last row, or a row is damaged; and what `each` says.
    pub fn read(
        &self,
        path: &Path,
        columns: &[usize],
        each: &mut dyn FnMut(RawRow) -> Result<(), ImportError>,
    ) -> Result<u64, ImportError> {
        let mut bytes = Bytes { file: &self.file, next: self.first, held: Vec::new(), used: 0 };
        let mut cells = Cells::new(&self.columns, columns);
        for count in 0..self.features {
            let number = count + 1;
            let damaged = |Words { vi, en }: Words| {
                let reason = words(format!("dòng {number} {vi}"), format!("row {number} {en}"));
                ImportError::cut_short(path, count, reason)
            };
            let feature = bytes.feature(self.length).map_err(|error| match error {
                Unread::Ends => ImportError::cut_short(path, count, count::fewer(self.features, count)),
                Unread::TooLarge(size) => damaged(too_large(size)),
                Unread::File(error) => {
                    damaged(words(format!("không đọc được: {error}"), format!("cannot be read: {error}")))
                }
            })?;
            let most = feature.len().saturating_mul(TIMES_MAX).saturating_add(READ_BYTES);
            let feature = Table::root(feature).ok_or_else(|| damaged(words("bị hỏng", "is garbled")))?;
            let mut row = RawRow { number, ..RawRow::default() };
            let beyond = || words("có giá trị nằm ngoài phần của dòng", "has values beyond its end");
            let properties = feature.vector(1, 1).ok_or_else(|| damaged(beyond()))?;
            row.cells = cells.of(properties, number).map_err(damaged)?;
            if feature.has(0) {
                let put =
                    feature.table(0).and_then(|geometry| flat_wkb::put(&geometry, self.kind, most, &mut row));
                let garbled = || words("có hình học bị hỏng", "has a geometry that is garbled");
                put.ok_or_else(|| damaged(garbled()))?;
            }
            each(row)?;
        }
        Ok(self.features)
    }
}

fn too_large(size: usize) -> Words {
    let most = FEATURE_BYTES_MAX >> 20;
    words(
        format!("ghi là dài {size} byte; mỗi dòng chỉ đọc nhiều nhất {most} MB"),
        format!("says that it has {size} bytes; at most {most} MB are read of one"),
    )
}

/// Bytes of the packed tree over so many features (`packedrtree` of FlatGeobuf's sources).
fn index_bytes(features: u64, node_size: u16) -> Option<u64> {
    let fan = u64::from(node_size);
    match fan {
        0 => return Some(0),
        1 => return None,
        _ => {}
    }
    let (mut level, mut nodes) = (features, features);
    loop {
        level = level.div_ceil(fan);
        nodes = nodes.checked_add(level)?;
        if level <= 1 {
            return nodes.checked_mul(NODE_BYTES);
        }
    }
}

/// Why the next feature's bytes are not there.
enum Unread {
    Ends,
    TooLarge(usize),
    File(io::Error),
}

/// The features' bytes, one after the other.
struct Bytes<'a> {
    file: &'a File,
    /// Where what is held ends in the file.
    next: u64,
    held: Vec<u8>,
    used: usize,
}

impl Bytes<'_> {
    /// The bytes of the next feature of a file of that length.
    fn feature(&mut self, length: u64) -> Result<&[u8], Unread> {
        self.hold(4)?;
        let size = u32_at(&self.held, self.used).unwrap_or_default() as usize;
        // What a file says of a size costs no memory before the bytes are known to be there.
        let left = (self.held.len() - self.used - 4) as u64 + length.saturating_sub(self.next);
        if size as u64 > left {
            return Err(Unread::Ends);
        }
        if size > FEATURE_BYTES_MAX {
            return Err(Unread::TooLarge(size));
        }
        self.hold(4 + size)?;
        let start = self.used + 4;
        self.used = start + size;
        Ok(&self.held[start..self.used])
    }

    /// Reads until `count` bytes are there that are not used yet.
    fn hold(&mut self, count: usize) -> Result<(), Unread> {
        if self.held.len() - self.used >= count {
            return Ok(());
        }
        self.held.drain(..self.used);
        self.used = 0;
        let mut end = self.held.len();
        self.held.resize(count.max(READ_BYTES), 0);
        while end < count {
            match self.file.read_at(&mut self.held[end..], self.next) {
                Ok(0) => return Err(Unread::Ends),
                Ok(read) => (end, self.next) = (end + read, self.next + read as u64),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Unread::File(error)),
            }
        }
        self.held.truncate(end);
        // Room for one large feature is not kept for all that follow.
        if count <= READ_BYTES {
            self.held.shrink_to(READ_BYTES);
        }
        Ok(())
    }
}

/// Makes cells of a feature's values.
struct Cells<'a> {
    columns: &'a [Written],
    /// Of each column of the file its first place among those that are asked for.
    places: Vec<Option<usize>>,
    /// Places that are asked for again, and where the value stands.
    again: Vec<(usize, usize)>,
    /// Of each column the last row that has it.
    rows: Vec<u64>,
    asked: usize,
}

impl<'a> Cells<'a> {
    fn new(columns: &'a [Written], asked: &[usize]) -> Self {
        let (mut places, mut again) = (vec![None; columns.len()], Vec::new());
        for (at, column) in asked.iter().enumerate() {
            match places.get_mut(*column) {
                Some(Some(first)) => again.push((at, *first)),
                Some(place) => *place = Some(at),
                None => {}
            }
        }
        Self { columns, places, again, rows: vec![0; columns.len()], asked: asked.len() }
    }

    /// The cells of row `number`: for each value a column's number (`u16`) and as many bytes as it has.
    fn of(&mut self, mut rest: &[u8], number: u64) -> Result<Vec<Cell>, Words> {
        let cut = || words("có giá trị bị cắt cụt", "has a value that is cut short");
        let mut cells = vec![Cell::Empty; self.asked];
        if rest.len() == 1 {
            return Err(cut());
        }
        // A byte that is left over is none of a value, as GDAL has it.
        while let Some((column, behind)) = rest.split_first_chunk::<2>() {
            let column = usize::from(u16::from_le_bytes(*column));
            let kind = self.columns.get(column).ok_or_else(|| {
                let vi = "có giá trị của một cột mà tệp không có";
                words(vi, "has a value of a column that the file does not have")
            })?;
            if std::mem::replace(&mut self.rows[column], number) == number {
                return Err(words("có hai giá trị cho một cột", "has two values of one column"));
            }
            let length = match kind {
                Written::Signed(bytes) | Written::Unsigned(bytes) => *bytes,
                Written::Float => 4,
                Written::UnsignedLong | Written::Double => 8,
                Written::Text | Written::Other => 4 + u32_at(behind, 0).ok_or_else(cut)? as usize,
            };
            let (value, behind) = behind.split_at_checked(length).ok_or_else(cut)?;
            if let Some(place) = self.places[column] {
                cells[place] = cell(*kind, value);
            }
            rest = behind;
        }
        for (place, first) in &self.again {
            cells[*place] = cells[*first].clone();
        }
        Ok(cells)
    }
}

fn cell(kind: Written, value: &[u8]) -> Cell {
    let mut eight = [0; 8];
    eight.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
    let unused = 64 - 8 * value.len().min(8) as u32;
    match kind {
        Written::Signed(_) => Cell::Int(i64::from_le_bytes(eight) << unused >> unused),
        Written::Unsigned(_) => Cell::Int(i64::from_le_bytes(eight)),
        Written::UnsignedLong => Cell::Real(u64::from_le_bytes(eight) as f64),
        Written::Float => Cell::Real(f64::from(f32::from_bits(u64::from_le_bytes(eight) as u32))),
        Written::Double => Cell::Real(f64::from_le_bytes(eight)),
        Written::Text if value.len() > 4 => {
            let lossy = |_| String::from_utf8_lossy(&value[4..]).into_owned();
            Cell::Text(str::from_utf8(&value[4..]).map_or_else(lossy, str::to_owned))
        }
        Written::Text | Written::Other => Cell::Empty,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::import::{file::format::Format, read::OpenFile, read::Source};
    use std::{fs, process::Command};

    /// A file of these features (members of a GeoJSON feature, without `type`), as GDAL writes it.
    fn written(folder: &Path, features: &[&str], more: &[&str]) -> std::path::PathBuf {
        let all: Vec<String> = features.iter().map(|f| format!(r#"{{"type":"Feature",{f}}}"#)).collect();
        let json = folder.join("a.geojson");
        fs::write(&json, format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(",")))
            .unwrap();
        let path = folder.join("a.fgb");
        let _ = fs::remove_file(&path);
        let mut command = Command::new("ogr2ogr");
        let done = command.args(["-f", "FlatGeobuf"]).args([&path, &json]).args(more).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        path
    }

    type Rows = Result<Vec<RawRow>, ImportError>;

    /// Rows as text; a text in them ends at its first NUL, as GDAL has it.
    fn told(rows: &[RawRow]) -> Vec<String> {
        let cut = |cell: &Cell| match cell {
            Cell::Text(text) => match text.split('\0').next().unwrap() {
                "" => Cell::Empty,
                text => Cell::Text(text.to_owned()),
            },
            cell => cell.clone(),
        };
        let row = |row: &RawRow| RawRow { cells: row.cells.iter().map(cut).collect(), ..row.clone() };
        rows.iter().map(|all| format!("{:?}", row(all))).collect()
    }

    fn rows(file: &OpenFile, source: &Source) -> Rows {
        let columns: Vec<usize> = (0..file.columns.len()).collect();
        let mut rows = Vec::new();
        let read = file.read(source, &columns, &mut |row| {
            rows.push(row);
            Ok(())
        });
        read.map(|count| {
            assert_eq!(count, rows.len() as u64);
            rows
        })
    }

    /// What is read here, and what through GDAL; `None` for a file that is not read here, or not at all.
    fn both_ways(path: &Path) -> Option<(Rows, Rows)> {
        let (file, mut source) = OpenFile::open(path, Format::FlatGeobuf, None, None).ok()?;
        let here = source.flat.is_some().then(|| rows(&file, &source));
        source.flat = None;
        let there = rows(&file, &source);
        here.map(|here| (here, there))
    }

    const VALUES: &str =
        r#""properties":{"ten":"Giếng","so":-7,"dai":5000000000,"thuc":0.5,"co":true,"rong":"","day":null}"#;

    fn all_kinds() -> [(&'static str, Vec<String>); 6] {
        let ring = "[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[1,1]]";
        let tie = "[[0,0],[4,4],[4,0],[0,4],[0,0]]";
        let geometry = |kind: &str, coordinates: &str| {
            format!(r#"{VALUES},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}"#)
        };
        [
            ("Point", vec![geometry("Point", "[1,2]"), geometry("Point", "[3.25,-4]")]),
            ("LineString", vec![geometry("LineString", "[[0,0],[1,2],[3,3]]")]),
            (
                "Polygon",
                vec![geometry("Polygon", &format!("[{ring}]")), geometry("Polygon", &format!("[{tie}]"))],
            ),
            ("MultiPoint", vec![geometry("MultiPoint", "[[1,2],[3,4]]")]),
            (
                "MultiLineString",
                vec![
                    geometry("MultiLineString", "[[[0,0],[1,2]],[[3,3],[4,5],[6,7]]]"),
                    geometry("MultiLineString", "[[[0,0],[1,2]]]"),
                ],
            ),
            (
                "MultiPolygon",
                vec![
                    geometry("MultiPolygon", &format!("[[{ring}],[[[9,9],[10,9],[10,10],[9,9]]]]")),
                    geometry("MultiPolygon", &format!("[[{tie}]]")),
                ],
            ),
        ]
    }

    #[test]
    fn a_file_gives_the_rows_that_gdal_gives() {
        let folder = tempfile::tempdir().unwrap();
        for (kind, features) in all_kinds() {
            let features: Vec<&str> = features.iter().map(String::as_str).collect();
            for index in ["SPATIAL_INDEX=NO", "SPATIAL_INDEX=YES"] {
                let path = written(folder.path(), &features, &["-nlt", kind, "-lco", index]);
                let (here, there) = both_ways(&path).unwrap_or_else(|| panic!("{kind} is not read here"));
                let (here, there) = (here.unwrap(), there.unwrap());
                assert_eq!((here.len(), told(&here)), (features.len(), told(&there)), "{kind} {index}");
            }
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_gdal() {
        let folder = tempfile::tempdir().unwrap();
        let point = format!(r#"{VALUES},"geometry":{{"type":"Point","coordinates":[1,2,3]}}"#);
        for more in [&["-nlt", "PointZ"][..], &["-nlt", "GEOMETRY", "-dim", "XY"]] {
            let path = written(folder.path(), &[&point], more);
            let (file, source) = OpenFile::open(&path, Format::FlatGeobuf, None, None).unwrap();
            assert!(source.flat.is_none(), "{more:?}");
            assert_eq!(rows(&file, &source).unwrap().len(), 1);
        }
        let day =
            r#""properties":{"a":1,"day":"2025/07/01"},"geometry":{"type":"Point","coordinates":[1,2]}"#;
        let path = written(folder.path(), &[day], &["-nlt", "Point"]);
        let flat = FlatGeobuf::open(&path, 2).unwrap();
        assert!(flat.reads(&[0]) && !flat.reads(&[0, 1]) && !flat.reads(&[2]));
        assert!(both_ways(&path).is_some_and(|(here, there)| told(&here.unwrap()) == told(&there.unwrap())));
        assert!(FlatGeobuf::open(&path, 3).is_none(), "GDAL sees other columns");
    }

    #[test]
    fn other_bytes_give_words_or_what_gdal_makes_of_them() {
        let folder = tempfile::tempdir().unwrap();
        // A generator of Knuth's (The Art of Computer Programming 2, 3.3.4): the same bytes on each run.
        let mut state = 11_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        };
        let (mut agreed, mut refused) = (0, 0);
        for (kind, features) in all_kinds() {
            let features: Vec<&str> = features.iter().map(String::as_str).collect();
            let more = ["-nlt", kind, "-lco", "SPATIAL_INDEX=NO"];
            let good = fs::read(written(folder.path(), &features, &more)).unwrap();
            let path = folder.path().join("other.fgb");
            for round in 0..400 {
                let mut bytes = good.clone();
                for _ in 0..=round % 3 {
                    let at = random() % bytes.len();
                    bytes[at] = if round % 2 == 0 { bytes[at] ^ 1 << (random() % 8) } else { random() as u8 };
                }
                bytes.truncate(if round % 10 == 9 { random() % bytes.len() } else { bytes.len() });
                fs::write(&path, &bytes).unwrap();
                match both_ways(&path) {
                    Some((Ok(here), Ok(there))) => {
                        assert_eq!(told(&here), told(&there), "{kind} {round}");
                        agreed += 1;
                    }
                    // GDAL looks at bytes too that nobody asks for.
                    Some((Ok(_), Err(_))) | None => {}
                    Some((Err(here), there)) => {
                        assert!(matches!(here, ImportError::CutShort { .. }), "{here}");
                        assert!(there.is_err(), "{kind} {round}: {here}, and GDAL reads {there:?}");
                        refused += 1;
                    }
                }
            }
        }
        assert!(agreed > 300 && refused > 300, "{agreed} {refused}");
    }
}

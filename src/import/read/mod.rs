//! Files through GDAL: opened read-only by the one driver that fits, row by row.
//!
//! Must not know the database. What GDAL holds open ([`Source`]) is asked by one thread at a time.

pub mod area;
mod count;
pub mod drawing;
mod flat;
mod flat_wkb;
pub mod gdal_geometry;
pub mod messages;
pub mod open_outlines;
pub mod stated;

use super::{
    ImportError, columns,
    columns::text,
    corners::Corner,
    doubt::Doubt,
    file::{
        dxf_lines,
        format::{Format, not_readable},
        raw_text::{self, RawText},
    },
    sheet::heading::Heading,
    values::Cell,
    words::{Words, words},
};
use crate::{
    layer::{DrawingRule, GeometryType},
    legacy_text::{Cells, Encoding},
};
use drawing::Drawing;
use flat::FlatGeobuf;
use gdal::{
    Dataset, DatasetOptions, GdalOpenFlags,
    vector::{Feature, FieldValue, LayerAccess, OGRFieldType},
};
use messages::GDAL;
use stated::Stated;
use std::path::{Path, PathBuf};

/// Rows of a sample that stand first, and as many spread over the file.
const SAMPLE_ROWS: u64 = 2000;

/// Rows spread over the file that are looked at for where they lie.
const SPREAD_ROWS: u64 = 200;

/// Columns that GDAL makes up for every KML.
const KML_COLUMNS: &str =
    "timestamp begin end altitudeMode tessellate extrude visibility drawOrder icon snippet id description";

/// One row of a file.
#[derive(Debug, Clone, Default)]
pub struct RawRow {
    /// Its number as the agency counts it.
    pub number: u64,
    /// The cells of the columns that were asked for, in that order.
    pub cells: Vec<Cell>,
    /// Geometry as ISO WKB in the file's system, little-endian; `None` if the row has none.
    pub wkb: Option<Vec<u8>>,
    /// Why the geometry is not valid, and where in the file's system, by GEOS.
    pub invalid: Option<(Words, Option<(f64, f64)>)>,
    /// How many positions the geometry has, where they are more than are taken; then it is not here.
    pub too_many: Option<usize>,
    /// The corners, where the rows of a sheet are those of one feature.
    pub corners: Vec<Corner>,
    /// What came up while it was put together.
    pub doubts: Vec<Doubt>,
}

impl RawRow {
    /// The cells with positions, which stand behind the first `attributes` cells: of each corner, or of the
    /// row itself.
    pub fn positions(&self, attributes: usize) -> impl Iterator<Item = &[Cell]> + Clone {
        let own = self.corners.is_empty().then(|| &self.cells[attributes.min(self.cells.len())..]);
        self.corners.iter().map(|corner| corner.cells.as_slice()).chain(own)
    }
}

/// A file that is open, as it describes itself.
#[derive(Debug)]
pub struct OpenFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub format: Format,
    /// The layer inside it.
    pub sublayer: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// How many rows it says it has, where it says so without being read; a guess in some formats.
    pub rows: Option<u64>,
    /// How many it must have, where that is known before it is read.
    pub said_rows: Option<u64>,
    /// Whether it holds geometries of its own, other than numbers in columns.
    pub has_geometry: bool,
    /// What it says of its system.
    pub stated: Stated,
    /// How its texts come.
    pub cells: Cells,
    /// What it says of the encoding of its texts.
    pub stated_encoding: Option<Encoding>,
    /// What was drawn and is no feature of the layer.
    pub left_out: u64,
    /// The row of a sheet that names its columns.
    pub heading: Heading,
    kinds: Vec<OGRFieldType::Type>,
}

/// What the rows of an open file come from. It may go from thread to thread, and is in one at a time.
#[derive(Debug)]
pub struct Source {
    dataset: Dataset,
    pub(super) index: usize,
    /// The features of a drawing.
    pub(super) drawing: Option<Drawing>,
    /// The file itself, where it is one that is read without GDAL.
    flat: Option<FlatGeobuf>,
    // What GDAL reads instead of the file itself.
    _copy: Option<tempfile::TempDir>,
}

impl Source {
    /// The layer inside the file.
    pub(super) fn layer(&self) -> gdal::errors::Result<gdal::vector::Layer<'_>> {
        self.dataset.layer(self.index)
    }
}

impl OpenFile {
    /// Opens the layer `sublayer` of a file, or its only one; what is copied for it goes `within` a folder.
    pub fn open(
        path: &Path,
        format: Format,
        sublayer: Option<&str>,
        within: Option<&Path>,
    ) -> Result<(Self, Source), ImportError> {
        messages::capture();
        messages::take();
        // An absolute path is a path, whatever drivers could read into `PG:...` or `/vsicurl/...`.
        let absolute = path.canonicalize().map_err(|e| ImportError::file(path, not_readable(&e)))?;
        if format == Format::Dxf
            && !dxf_lines::are_plain(&absolute).map_err(|e| ImportError::file(path, not_readable(&e)))?
        {
            return Err(ImportError::file(path, endless_lines()));
        }
        let raw = raw_text::prepare(&absolute, format, within)?;
        let dataset = Dataset::open_ex(&raw.path, options(format)).map_err(|_| not_opened(path, format))?;
        let index = choose(path, &dataset, sublayer)?;
        describe(path, format, dataset, index, raw)
    }

    /// Whether a column holds text.
    pub fn is_text(&self, column: usize) -> bool {
        matches!(self.kinds.get(column), Some(&(OGRFieldType::OFTString | OGRFieldType::OFTStringList)))
    }

    /// The cells of `columns` in the first rows and, where rows can be asked for by number, in as
    /// many spread over the file. What is wrong with the file shows when it is read.
    pub fn sample(&self, source: &Source, columns: &[usize]) -> Result<Vec<Vec<Cell>>, ImportError> {
        if let Some(drawing) = &source.drawing {
            let cells = |row: &RawRow| columns.iter().map(|c| row.cells[*c].clone()).collect();
            return Ok(drawing.rows.iter().take(SAMPLE_ROWS as usize).map(cells).collect());
        }
        let mut rows = self.first(source, columns, SAMPLE_ROWS)?;
        let layer = self.layer(source)?;
        let by_number = matches!(self.format, Format::Shapefile | Format::MapInfoTab);
        let all = self.rows.filter(|rows| by_number && *rows > SAMPLE_ROWS).unwrap_or_default();
        for number in (SAMPLE_ROWS..all).step_by((all / SAMPLE_ROWS).max(1) as usize) {
            rows.extend(layer.feature(number).map(|f| self.cells(&f, columns)));
        }
        messages::take();
        Ok(rows)
    }

    /// The cells of `columns` in the first `count` rows, or in as many as are in a sample.
    pub fn first(
        &self,
        source: &Source,
        columns: &[usize],
        count: u64,
    ) -> Result<Vec<Vec<Cell>>, ImportError> {
        let mut layer = self.layer(source)?;
        let first = layer.features().take(count.min(SAMPLE_ROWS) as usize);
        let rows = first.map(|feature| self.cells(&feature, columns)).collect();
        messages::take();
        Ok(rows)
    }

    fn cells(&self, feature: &Feature<'_>, columns: &[usize]) -> Vec<Cell> {
        let cell = |column: &usize| cell(feature, *column, self.kinds[*column]).unwrap_or_default();
        columns.iter().map(cell).collect()
    }

    /// Takes a drawing's lines and texts as features with geometries of the types `held`. Without it, its
    /// rows are what was drawn.
    pub fn draw(
        &mut self,
        source: &mut Source,
        held: &[GeometryType],
        rule: &DrawingRule,
    ) -> Result<(), ImportError> {
        let drawing = drawing::read(&self.path, self.format, &source.dataset, held, rule)?;
        self.columns = drawing::columns();
        self.kinds = vec![OGRFieldType::OFTString; self.columns.len()];
        self.rows = Some(drawing.rows.len() as u64);
        self.left_out = drawing.left_out;
        if self.format == Format::Dgn {
            self.cells = Cells::Bytes;
        }
        source.drawing = Some(drawing);
        Ok(())
    }

    /// Rows spread over the file, where rows can be asked for by number, with the cells of `columns`.
    pub fn spread(&self, source: &Source, columns: &[usize]) -> Result<Vec<RawRow>, ImportError> {
        let layer = self.layer(source)?;
        let by_number = matches!(self.format, Format::Shapefile | Format::MapInfoTab);
        let all = self.rows.filter(|rows| by_number && *rows > SPREAD_ROWS).unwrap_or_default();
        let numbers = (0..all).step_by((all / SPREAD_ROWS).max(1) as usize);
        let features = numbers.filter_map(|number| layer.feature(number));
        let rows = features.filter_map(|feature| self.row(&feature, columns, 0).ok()).collect();
        messages::take();
        Ok(rows)
    }

    /// Reads all rows, with the cells of `columns`, and hands them to `each` one by one.
    pub fn read(
        &self,
        source: &Source,
        columns: &[usize],
        each: &mut dyn FnMut(RawRow) -> Result<(), ImportError>,
    ) -> Result<u64, ImportError> {
        messages::take();
        if let Some(drawing) = &source.drawing {
            for row in &drawing.rows {
                let cells = columns.iter().map(|column| row.cells[*column].clone()).collect();
                each(RawRow { cells, ..row.clone() })?;
            }
            return Ok(drawing.rows.len() as u64);
        }
        if let Some(flat) = source.flat.as_ref().filter(|flat| flat.reads(columns)) {
            return flat.read(&self.path, columns, each);
        }
        let mut layer = self.layer(source)?;
        // Rows that were asked for by number leave MapInfo's reader where they stand.
        layer.reset_feature_reading();
        let nul_rows = self.rows_with_nul(source, columns, &layer.name())?;
        let mut count = 0;
        for feature in layer.features() {
            self.check_messages(count)?;
            count += 1;
            let mut row = self.row(&feature, columns, count)?;
            // A sheet goes on below its last row, and has blank ones between others.
            if self.is_blank(&feature, &row) {
                continue;
            }
            if let Some(fid) = feature.fid().filter(|fid| nul_rows.iter().any(|(f, _)| f == fid)) {
                for (_, cell) in nul_rows.iter().filter(|(f, _)| *f == fid) {
                    row.cells[*cell] = Cell::Text("\0".to_owned());
                }
            }
            each(row)?;
        }
        self.check_messages(count)?;
        count::hold(self, source, &layer.name(), count)?;
        Ok(count)
    }

    fn is_blank(&self, feature: &Feature<'_>, row: &RawRow) -> bool {
        let is_empty = |column: usize| matches!(cell(feature, column, self.kinds[column]), Ok(Cell::Empty));
        let read = self.format.is_sheet() && row.cells.iter().all(|cell| *cell == Cell::Empty);
        read && (self.format == Format::Xlsx || (0..self.columns.len()).all(is_empty))
    }

    fn layer<'s>(&self, source: &'s Source) -> Result<gdal::vector::Layer<'s>, ImportError> {
        let unreadable = |e| Words::said_by(GDAL, e).led_by("không đọc được: ", "cannot be read: ");
        source.layer().map_err(|e| ImportError::file(&self.path, unreadable(e)))
    }

    // What GDAL reports as a failure while it reads means that rows are missing.
    fn check_messages(&self, row: u64) -> Result<(), ImportError> {
        match messages::take_failure() {
            Some(text) => Err(ImportError::cut_short(&self.path, row, Words::said_by(GDAL, text))),
            None => Ok(()),
        }
    }

    /// The number of a row as the agency counts it; `ordinal` is its place among the rows, from 1.
    pub(super) fn number(&self, feature: &Feature<'_>, ordinal: u64) -> u64 {
        match self.format {
            Format::Shapefile => feature.fid().map_or(ordinal, |fid| fid + 1),
            // The heading is a row, too.
            Format::Csv | Format::Xlsx => ordinal + 1 + self.heading.left_out(),
            _ => ordinal,
        }
    }

    fn row(&self, feature: &Feature<'_>, columns: &[usize], ordinal: u64) -> Result<RawRow, ImportError> {
        let number = self.number(feature, ordinal);
        let mut row = RawRow { number, ..RawRow::default() };
        for column in columns {
            let name = &self.columns[*column];
            let cell = cell(feature, *column, self.kinds[*column]).map_err(|e| {
                let (vi, en) =
                    (format!("dòng {number}: cột {name}: "), format!("row {number}: column {name}: "));
                ImportError::file(&self.path, Words::said_by(GDAL, e).led_by(&vi, &en))
            })?;
            row.cells.push(if self.format == Format::Csv { raw_text::unguarded(cell) } else { cell });
        }
        // `Feature::geometry` hands out a geometry even where there is none.
        if let Ok(geometry) = feature.geometry_by_index(0) {
            gdal_geometry::put(geometry, &mut row).map_err(|e| {
                let (vi, en) = (format!("dòng {number}: "), format!("row {number}: "));
                ImportError::file(&self.path, Words::said_by(GDAL, e).led_by(&vi, &en))
            })?;
        }
        Ok(row)
    }

    // SQLite keeps texts with a NUL inside, GDAL ends them there: ask SQLite itself.
    fn rows_with_nul(
        &self,
        source: &Source,
        columns: &[usize],
        table: &str,
    ) -> Result<Vec<(u64, usize)>, ImportError> {
        if self.format != Format::GeoPackage {
            return Ok(Vec::new());
        }
        let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let mut found = Vec::new();
        for (position, column) in columns.iter().enumerate() {
            let column = quote(&self.columns[*column]);
            let sql = format!(
                "SELECT rowid + 0 AS nul_row FROM {} WHERE typeof({column}) = 'text' \
                 AND instr(CAST({column} AS BLOB), X'00') > 0 LIMIT 1000",
                quote(table)
            );
            let Ok(Some(mut result)) =
                source.dataset.execute_sql(sql, None, gdal::vector::sql::Dialect::DEFAULT)
            else {
                continue;
            };
            for feature in result.features() {
                if let Ok(Some(fid)) = feature.field_as_integer64(0) {
                    found.extend(u64::try_from(fid).ok().map(|fid| (fid, position)));
                }
            }
        }
        messages::take();
        Ok(found)
    }
}

fn options(format: Format) -> DatasetOptions<'static> {
    let (allowed_drivers, open_options): (&[&str], &[&str]) = match format {
        // Each byte of a text as the letter of its number.
        Format::Shapefile => (&["ESRI Shapefile"], &["ENCODING=ISO-8859-1"]),
        Format::GeoPackage => (&["GPKG"], &["LIST_ALL_TABLES=NO"]),
        Format::GeoJson => (&["GeoJSON"], &["DATE_AS_STRING=YES"]),
        Format::FlatGeobuf => (&["FlatGeobuf"], &["VERIFY_BUFFERS=YES"]),
        Format::MapInfoTab | Format::MapInfoMif => (&["MapInfo File"], &[]),
        Format::Kml => (&["LIBKML", "KML"], &[]),
        // Neither a schema that the file names nor what it links to is fetched.
        Format::Gml => (&["GML"], &["READ_MODE=STANDARD", "DOWNLOAD_SCHEMA=NO", "WRITE_GFS=NO"]),
        Format::Xlsx => (&["XLSX"], &[]),
        Format::Dxf => (&["DXF"], &[]),
        Format::Dgn => (&["DGN"], &[]),
        // Texts stay texts, so that 00123 is not made 123, and numbers are read by our rules.
        Format::Csv => (&["CSV"], &["AUTODETECT_TYPE=NO", "HEADERS=YES", "EMPTY_STRING_AS_NULL=YES"]),
    };
    DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR
            | GdalOpenFlags::GDAL_OF_READONLY
            | GdalOpenFlags::GDAL_OF_VERBOSE_ERROR,
        allowed_drivers: Some(allowed_drivers),
        open_options: Some(open_options),
        sibling_files: None,
    }
}

fn endless_lines() -> Words {
    words(
        "có dòng chỉ kết thúc bằng ký tự về đầu dòng (CR); hãy mở bằng phần mềm vẽ rồi lưu lại thành DXF",
        "has lines that end with a carriage return alone; open it in the drawing program, and save it as DXF again",
    )
}

fn not_opened(path: &Path, format: Format) -> ImportError {
    let name = format.name();
    let mut why = words(format!("không đọc được theo dạng {name}"), format!("cannot be read as a {name}"));
    messages::take().pop().iter().for_each(|text| why.add(&Words::said_by(GDAL, text).behind(": ")));
    ImportError::file(path, why)
}

fn choose(path: &Path, dataset: &Dataset, sublayer: Option<&str>) -> Result<usize, ImportError> {
    let names: Vec<String> = dataset.layers().map(|l| l.name()).collect();
    match (sublayer, names.as_slice()) {
        (_, []) => Err(match messages::take_failure() {
            Some(text) => ImportError::cut_short(path, 0, Words::said_by(GDAL, text)),
            None => ImportError::file(path, words("không có lớp nào", "holds no layer")),
        }),
        (Some(wanted), names) => names.iter().position(|n| n == wanted).ok_or_else(|| {
            let names = names.join(", ");
            let why = words(
                format!("không có lớp `{wanted}`; các lớp trong tệp: {names}"),
                format!("holds no layer `{wanted}`; it holds {names}"),
            );
            ImportError::file(path, why)
        }),
        (None, [_]) => Ok(0),
        (None, _) => {
            let with_rows = |l: gdal::vector::Layer<'_>| {
                let (name, rows) = (l.name(), l.feature_count());
                words(format!("{name} ({rows} dòng)"), format!("{name} ({rows} rows)"))
            };
            let names = dataset.layers().map(with_rows).collect();
            Err(ImportError::SeveralSublayers { path: path.to_owned(), names })
        }
    }
}

fn describe(
    path: &Path,
    format: Format,
    dataset: Dataset,
    index: usize,
    raw: RawText,
) -> Result<(OpenFile, Source), ImportError> {
    let layer = dataset.layer(index).map_err(|_| not_opened(path, format))?;
    let (columns, kinds): (Vec<_>, Vec<_>) =
        layer.defn().fields().map(|f| (f.name(), f.field_type())).unzip();
    columns::check_count(path, columns.len())?;
    let rows = layer.try_feature_count();
    let has_geometry = !format.is_sheet() && layer.defn().geom_fields().next().is_some();
    let sublayer = layer.name();
    if let Some(text) = messages::take_failure() {
        return Err(ImportError::cut_short(path, 0, Words::said_by(GDAL, text)));
    }
    // A system that cannot be read is one that is not stated.
    let stated = stated::system(format, layer.spatial_ref());
    messages::take();
    let RawText { cells, stated: stated_encoding, copy, .. } = raw;
    let flat = (format == Format::FlatGeobuf).then(|| FlatGeobuf::open(path, columns.len())).flatten();
    let file = OpenFile {
        path: path.to_owned(),
        format,
        sublayer,
        columns: text::names(cells, columns),
        rows,
        said_rows: None,
        has_geometry,
        stated,
        cells,
        stated_encoding,
        left_out: 0,
        heading: Heading::default(),
        kinds,
    };
    Ok((file, Source { dataset, index, drawing: None, flat, _copy: copy }))
}

/// Whether a column is one that the format always has, so that nobody needs to hear of it.
pub fn is_made_up(format: Format, column: &str) -> bool {
    format == Format::Kml && KML_COLUMNS.split(" ").any(|own| own == column)
}

// `Feature::field` is not asked for lists of numbers: it reads through a null pointer where a list
// is empty. A field that is unset (not null) answers with an empty text, or with 0.
fn cell(feature: &Feature<'_>, column: usize, kind: OGRFieldType::Type) -> gdal::errors::Result<Cell> {
    let unset = || feature.field_as_string(column).map(|text| text.is_none_or(|t| t.is_empty()));
    Ok(match kind {
        OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => match feature.field_as_integer64(column)? {
            Some(0) if unset()? => Cell::Empty,
            Some(n) => Cell::Int(n),
            None => Cell::Empty,
        },
        OGRFieldType::OFTReal => match feature.field_as_double(column)? {
            Some(n) if n == 0.0 && unset()? => Cell::Empty,
            Some(n) => Cell::Real(n),
            None => Cell::Empty,
        },
        OGRFieldType::OFTStringList => match feature.field(column)? {
            Some(FieldValue::StringListValue(items)) => Cell::List(items),
            _ => Cell::Empty,
        },
        _ => match feature.field_as_string(column)? {
            Some(text) if !text.is_empty() => Cell::Text(text),
            _ => Cell::Empty,
        },
    })
}

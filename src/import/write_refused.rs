//! Rows that are refused, written as a file that the agency can correct and send again: in the
//! format it sent, with all its columns, and one that says why.
//!
//! Must not know layers or the database.

use super::{
    ImportError,
    format::{Format, companion},
    plan::FilePlan,
    read::{self, OpenFile, Source},
    read_messages as messages,
    read_system::Stated,
    refused::RefusedRows,
    request::{ImportRequest, RefusedFile},
    sheet_text,
    words::{SYSTEM, Words, words},
    write_refused_drawing,
};
use crate::{
    crs::System,
    legacy_text::{Cells, Reading},
};
use gdal::{
    DriverManager,
    errors::GdalError,
    spatial_ref::{AxisMappingStrategy, SpatialRef},
    vector::{
        Feature, FieldDefn, FieldValue, Layer, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
    },
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use unicode_normalization::UnicodeNormalization;

/// The column that says why. A file that is sent again may have it; it is not read.
pub const REASON: &str = "ly_do";
/// Files of refused rows that may stand beside each other; then the last is written anew.
const NUMBERED_MAX: u32 = 999;
/// Longest text of a DBF table, bytes.
const DBF_TEXT_BYTES: usize = 254;

/// Writes the refused rows of all files, a file for each that has some, and returns where. What `--crs` said of
/// their system stands in them, in place of what the agency's file said, so that they need not be told again.
pub fn write(
    files: &[FilePlan],
    sources: &[Source],
    refused: &RefusedRows,
    request: &ImportRequest,
) -> Result<Vec<PathBuf>, ImportError> {
    let Some(target) = &request.refused else { return Ok(Vec::new()) };
    let with = |position: &usize| i32::try_from(*position).is_ok_and(|position| refused.has(position));
    let with: Vec<usize> = (0..files.len()).filter(with).collect();
    let mut written = Vec::new();
    for position in &with {
        let (file, source) = (&files[*position].file, &sources[*position]);
        let asked = request.system.filter(|asked| is_overruled(file, asked));
        let (driver, ending) = written_as(file.format, asked);
        let texts = Texts::of(&files[*position], driver);
        let path = place(ending, file, target, with.len() > 1);
        let number = i32::try_from(*position).unwrap_or(i32::MAX);
        let reason = |row: u64| refused.reason(number, row);
        let done = remove(&path).map_err(WriteError::from);
        // A program that saves UTF-16 takes a table of UTF-8 for one of its own code page.
        let widen = || match files[*position].sheet.wide {
            Some(wide) => sheet_text::widen(&path, wide),
            None => Ok(()),
        };
        let copied = done.and_then(|()| copy((file, source, asked), &texts, &path, &reason));
        copied.and_then(|()| Ok(widen()?)).map_err(|error| not_written(&path, &error))?;
        written.push(path);
    }
    Ok(written)
}

fn not_written(path: &Path, error: &WriteError) -> ImportError {
    let mut why = Words::said_by(error.by(), error)
        .led_by("không ghi được các dòng bị từ chối vào đây: ", "the rows refused cannot be written here: ");
    why.add(&words("; chưa có gì thay đổi", "; nothing has changed"));
    ImportError::file(path, why)
}

/// Whether what `asked` says goes into the file, in place of what the agency's says: a MapInfo file that does not
/// tell a system is asked about again as it stands.
fn is_overruled(file: &OpenFile, asked: &System) -> bool {
    let told = matches!(&file.stated, Stated::System(own) if own.code != asked.code);
    file.has_geometry && (told || file.format != Format::MapInfoMif)
}

/// The format that is written: the one that was sent, where that can say all that was in it.
/// GDAL's writer of MapInfo's files leaves out the datum of VN-2000, and so moves data by 225 m: those that keep
/// the agency's own line of the system go out as they came, but not where another was `asked` for.
fn written_as(format: Format, asked: Option<&System>) -> (&'static str, &'static str) {
    match format {
        Format::MapInfoMif if asked.is_some() => ("GPKG", "gpkg"),
        Format::Shapefile => ("ESRI Shapefile", "shp"),
        Format::GeoJson => ("GeoJSON", "geojson"),
        Format::FlatGeobuf => ("FlatGeobuf", "fgb"),
        Format::MapInfoMif => ("MapInfo File", "mif"),
        Format::Kml => ("LIBKML", "kml"),
        Format::Csv => ("CSV", "csv"),
        Format::Xlsx => ("XLSX", "xlsx"),
        Format::GeoPackage | Format::MapInfoTab | Format::Gml | Format::Dxf | Format::Dgn => ("GPKG", "gpkg"),
    }
}

fn place(ending: &str, file: &OpenFile, target: &RefusedFile, several: bool) -> PathBuf {
    let stem = file.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    match target {
        // Somebody may be correcting the one of an earlier run.
        RefusedFile::Beside(folder) => {
            let free = |path: &PathBuf| !parts(path).any(|part| part.exists());
            let first = folder.join(format!("{stem}.refused.{ending}"));
            let next = |n: u32| folder.join(format!("{stem}.refused-{n}.{ending}"));
            std::iter::once(first)
                .chain((2..=NUMBERED_MAX).map(next))
                .find(free)
                .unwrap_or_else(|| next(NUMBERED_MAX))
        }
        RefusedFile::Named(path) if several => {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            path.with_file_name(format!("{name}.{stem}.{ending}"))
        }
        RefusedFile::Named(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let has = path.extension().is_some_and(|e| e.eq_ignore_ascii_case(ending));
            if has { path.clone() } else { path.with_file_name(format!("{name}.{ending}")) }
        }
    }
}

/// A file with those that belong to it.
fn parts(path: &Path) -> impl Iterator<Item = PathBuf> {
    let endings: &[&str] = match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "shp" => &["shp", "shx", "dbf", "prj", "cpg", "qix", "sbn", "sbx"],
        "mif" => &["mif", "mid"],
        "gpkg" => &["gpkg", "gpkg-journal", "gpkg-wal", "gpkg-shm"],
        _ => &[],
    };
    let own = endings.is_empty().then(|| path.to_owned());
    own.into_iter().chain(endings.iter().map(|ending| path.with_extension(ending)))
}

// What stands there of an earlier run, with what belongs to it.
fn remove(path: &Path) -> std::io::Result<()> {
    for part in parts(path) {
        match fs::remove_file(part) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// How texts go from the file into its copy. What comes as bytes goes out as the same bytes, but
/// into a GeoPackage, which holds Unicode alone.
struct Texts {
    cells: Cells,
    reading: Option<Reading>,
    made_unicode: bool,
}

impl Texts {
    fn of(plan: &FilePlan, driver: &str) -> Self {
        let made_unicode =
            driver == "GPKG" && !matches!(plan.file.format, Format::GeoPackage | Format::Gml | Format::Dxf);
        Self { cells: plan.file.cells, reading: plan.reading(), made_unicode }
    }

    fn keeps_bytes(&self) -> bool {
        self.cells == Cells::Bytes && !self.made_unicode
    }

    fn cell(&self, text: String) -> String {
        match self.reading.filter(|_| self.made_unicode) {
            Some(reading) => reading.decode(self.cells, &text).map(|t| t.into_owned()).unwrap_or(text),
            None => text,
        }
    }

    // The reason in the encoding of the file, where that has the letters.
    fn reason(&self, text: &str) -> String {
        match self.reading {
            _ if !self.keeps_bytes() => text.to_owned(),
            Some(Reading::UNICODE) => cut(text).bytes().map(char::from).collect(),
            _ => cut(&without_marks(text)),
        }
    }
}

/// What can go wrong with GDAL or the file system.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Gdal(#[from] GdalError),
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl WriteError {
    /// Who says so.
    const fn by(&self) -> &'static str {
        match self {
            Self::Gdal(_) => messages::GDAL,
            Self::File(_) => SYSTEM,
        }
    }
}

fn copy<'r>(
    (file, source, asked): (&OpenFile, &Source, Option<&System>),
    texts: &Texts,
    path: &Path,
    reason: &dyn Fn(u64) -> Option<&'r str>,
) -> Result<(), WriteError> {
    let asked_srs = asked.filter(|_| file.format != Format::Kml).map(reference).transpose()?;
    if let Some(drawing) = &source.drawing {
        let reason = |row| reason(row).map(str::to_owned);
        let text = |text| texts.cell(text);
        return Ok(write_refused_drawing::copy(drawing, path, asked_srs.as_ref(), &text, &reason)?);
    }
    let (driver, _) = written_as(file.format, asked);
    let mut rows = source.layer()?;
    let mut dataset = DriverManager::get_driver_by_name(driver)?.create_vector_only(path)?;
    let srs = asked_srs.or_else(|| rows.spatial_ref());
    let options = options(file, driver)?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let geometry_type = rows.defn().geom_fields().next().map(|field| field.field_type());
    let fields = fields(file, &rows, texts);
    {
        let out = dataset.create_layer(LayerOptions {
            name: if file.format == Format::GeoPackage { &file.sublayer } else { &stem },
            srs: srs.as_ref().filter(|_| file.has_geometry),
            ty: match geometry_type {
                Some(kind) if file.has_geometry && file.format != Format::MapInfoMif => kind,
                Some(_) if file.has_geometry => OGRwkbGeometryType::wkbUnknown,
                _ => OGRwkbGeometryType::wkbNone,
            },
            options: Some(&options),
        })?;
        for field in &fields {
            field.add(&out, file.format)?;
        }
        let why = FieldDefn::new(REASON, OGRFieldType::OFTString)?;
        if matches!(file.format, Format::Shapefile | Format::MapInfoMif) {
            why.set_width(DBF_TEXT_BYTES as i32);
        }
        why.add_to_layer(&out)?;
    }
    write_rows(file, &mut rows, &mut dataset, (&fields, texts), &|row| Some(texts.reason(reason(row)?)))?;
    dataset.close()?;
    messages::take();
    keep_heads(file, path, asked)?;
    if file.format == Format::Csv && texts.keeps_bytes() {
        let letters = fs::read_to_string(path)?;
        let bytes = letters.trim_start_matches('\u{feff}').chars().filter_map(|c| u8::try_from(c).ok());
        fs::write(path, bytes.collect::<Vec<u8>>())?;
    }
    Ok(())
}

fn write_rows(
    file: &OpenFile,
    rows: &mut Layer<'_>,
    dataset: &mut gdal::Dataset,
    fields: (&[Column], &Texts),
    reason: &dyn Fn(u64) -> Option<String>,
) -> Result<(), WriteError> {
    // Each row of a GeoPackage would be a transaction of its own.
    if file.format != Format::GeoPackage {
        return write_each(file, rows, dataset, fields, reason);
    }
    let transaction = dataset.start_transaction()?;
    write_each(file, rows, &transaction, fields, reason)?;
    transaction.commit()?;
    Ok(())
}

fn write_each(
    file: &OpenFile,
    rows: &mut Layer<'_>,
    dataset: &gdal::Dataset,
    (fields, texts): (&[Column], &Texts),
    reason: &dyn Fn(u64) -> Option<String>,
) -> Result<(), WriteError> {
    let out = dataset.layer(0)?;
    // Some formats put fields of their own before ours.
    let places = fields.iter().map(|f| out.defn().field_index(&f.name)).collect::<Result<Vec<_>, _>>()?;
    let why = out.defn().field_index(REASON)?;
    for (ordinal, row) in rows.features().enumerate() {
        let number = file.number(&row, ordinal as u64 + 1);
        let Some(text) = reason(number) else { continue };
        let mut copy = Feature::new(out.defn())?;
        for (field, place) in fields.iter().zip(&places) {
            field.copy(&row, &mut copy, *place, texts)?;
        }
        copy.set_field_string(why, &text)?;
        if file.has_geometry
            && let Ok(geometry) = row.geometry_by_index(0)
        {
            copy.set_geometry(geometry.clone())?;
        }
        copy.create(&out)?;
    }
    Ok(())
}

/// A column of the file.
struct Column {
    index: usize,
    name: String,
    kind: OGRFieldType::Type,
    width: i32,
    precision: i32,
}

fn fields(file: &OpenFile, rows: &Layer<'_>, texts: &Texts) -> Vec<Column> {
    // Only a GeoPackage takes names that are Unicode now and were bytes.
    let unicode = texts.made_unicode && !file.format.is_drawing();
    let all = rows.defn().fields().enumerate().map(|(index, field)| Column {
        index,
        name: file.columns.get(index).filter(|_| unicode).cloned().unwrap_or_else(|| field.name()),
        kind: field.field_type(),
        width: field.width(),
        precision: field.precision(),
    });
    all.filter(|c| !is_reason(&c.name) && !read::is_made_up(file.format, &c.name)).collect()
}

/// Whether a column is the one that says why a row was refused.
pub fn is_reason(column: &str) -> bool {
    column.eq_ignore_ascii_case(REASON)
}

impl Column {
    fn add(&self, out: &Layer<'_>, format: Format) -> Result<(), GdalError> {
        let field = FieldDefn::new(&self.name, self.kind)?;
        if matches!(format, Format::Shapefile | Format::MapInfoMif) {
            field.set_width(self.width);
            field.set_precision(self.precision);
        }
        field.add_to_layer(out)
    }

    fn copy(
        &self,
        row: &Feature<'_>,
        copy: &mut Feature<'_>,
        place: usize,
        texts: &Texts,
    ) -> Result<(), GdalError> {
        match self.kind {
            // A field that is unset (not null) answers with an empty text.
            _ if row.field_as_string(self.index)?.is_none_or(|text| text.is_empty()) => {}
            OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => {
                if let Some(value) = row.field_as_integer64(self.index)? {
                    copy.set_field_integer64(place, value)?;
                }
            }
            OGRFieldType::OFTReal => {
                if let Some(value) = row.field_as_double(self.index)? {
                    copy.set_field_double(place, value)?;
                }
            }
            OGRFieldType::OFTStringList => {
                if let Some(FieldValue::StringListValue(items)) = row.field(self.index)? {
                    let items: Vec<&str> = items.iter().map(String::as_str).collect();
                    copy.set_field_string_list(place, &items)?;
                }
            }
            _ => {
                if let Some(value) = row.field_as_string(self.index)? {
                    copy.set_field_string(place, &texts.cell(value))?;
                }
            }
        }
        Ok(())
    }
}

// As this program's transformations take numbers: easting or longitude first.
fn reference(system: &System) -> Result<SpatialRef, GdalError> {
    let mut reference = SpatialRef::from_epsg(system.code)?;
    reference.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(reference)
}

fn options(file: &OpenFile, driver: &str) -> Result<Vec<String>, WriteError> {
    let own = |list: &[&str]| list.iter().map(|o| (*o).to_owned()).collect::<Vec<String>>();
    Ok(match file.format {
        _ if driver == "GPKG" => Vec::new(),
        // As they are read: each byte comes out as it went in.
        Format::Shapefile | Format::MapInfoMif => own(&["ENCODING=ISO-8859-1"]),
        Format::GeoJson => own(&["RFC7946=NO", "WRITE_NAME=NO", "COORDINATE_PRECISION=15"]),
        Format::FlatGeobuf => own(&["SPATIAL_INDEX=NO"]),
        Format::Csv => {
            let separator = match file.heading.separator {
                b';' => "SEMICOLON",
                b'\t' => "TAB",
                _ => "COMMA",
            };
            let mut options = own(&["WRITE_BOM=YES", "STRING_QUOTING=IF_NEEDED"]);
            options.push(format!("SEPARATOR={separator}"));
            options
        }
        _ => Vec::new(),
    })
}

// System and encoding as the agency's own file says them, word for word: what GDAL writes may say
// less. Not a system that was overruled.
fn keep_heads(file: &OpenFile, path: &Path, asked: Option<&System>) -> std::io::Result<()> {
    let kept = if asked.is_some() { &["cpg"][..] } else { &["prj", "cpg"] };
    match file.format {
        Format::Shapefile => kept.iter().try_for_each(|ending| {
            let own = path.with_extension(ending);
            match companion(&file.path, ending) {
                Some(theirs) => fs::copy(theirs, own).map(drop),
                None if own.exists() => fs::remove_file(own),
                None => Ok(()),
            }
        }),
        Format::MapInfoMif if asked.is_none() => {
            let theirs = head(&file.path)?;
            let mut ours = fs::read(path)?;
            for word in [b"coordsys".as_slice(), b"charset"] {
                let (Some(theirs), Some(found)) = (line(&theirs, word), line(&ours, word)) else { continue };
                if let Some(at) = ours.windows(found.len()).position(|w| w == found) {
                    ours.splice(at..at + found.len(), theirs);
                }
            }
            fs::write(path, ours)
        }
        _ => Ok(()),
    }
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut head = Vec::new();
    fs::File::open(path)?.take(1 << 16).read_to_end(&mut head)?;
    Ok(head)
}

fn line(bytes: &[u8], word: &[u8]) -> Option<Vec<u8>> {
    let mut lines = bytes.split_inclusive(|b| *b == b'\n');
    let starts = |l: &&[u8]| {
        l.trim_ascii_start().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    lines.find(starts).map(<[u8]>::to_vec)
}

fn cut(text: &str) -> String {
    if text.len() <= DBF_TEXT_BYTES {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(DBF_TEXT_BYTES - 3);
    format!("{}...", &text[..end])
}

// For a table in another encoding than UTF-8.
fn without_marks(text: &str) -> String {
    let plain = |c: char| match c {
        'đ' => Some('d'),
        'Đ' => Some('D'),
        c if c.is_ascii() => Some(c),
        _ => None,
    };
    text.nfd().filter_map(plain).collect()
}

//! Rows that are refused, written as a file that the agency can correct and send again: in the
//! format it sent, with all its columns, and one that says why.
//!
//! Must not know layers or the database.

use super::{
    RefusedRows,
    files::{self, RefusedFiles, Room},
    write_drawing,
    write_fields::{Columns, DBF_TEXT_BYTES, Places, reason_beside},
    write_table::Table,
};
use crate::{
    crs::System,
    import::{
        ImportError,
        file::format::{Format, companion},
        plan::FilePlan,
        read::{OpenFile, Source, messages, stated::Stated},
        request::ImportRequest,
        sheet::text,
        values::Cell,
        words::{SYSTEM, Words, words},
    },
    legacy_text::{Cells, Encoding, Reading},
};
use gdal::{
    DriverManager,
    errors::GdalError,
    spatial_ref::{AxisMappingStrategy, SpatialRef},
    vector::{Feature, Layer, LayerAccess, LayerOptions, OGRwkbGeometryType},
};
use std::{borrow::Cow, fs, path::Path};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

pub use super::write_fields::is_reason;

/// The column that says why.
pub const REASON: &str = super::write_fields::REASONS[0];

/// Writes the refused rows of all files, a file for each that has some. What `--crs` said of their system stands in
/// them, in place of what the agency's file said, so that they need not be told again.
pub fn write(
    files: &[FilePlan],
    sources: &[Source],
    refused: &RefusedRows,
    request: &ImportRequest,
) -> Result<RefusedFiles, ImportError> {
    let mut written = RefusedFiles::default();
    let Some(target) = &request.refused else { return Ok(written) };
    let with = |position: &usize| i32::try_from(*position).is_ok_and(|position| refused.has(position));
    let with: Vec<usize> = (0..files.len()).filter(with).collect();
    let (mut left, mut rows, mut is_cut) = (request.refused_max, 0, false);
    for position in &with {
        if left == Some(0) {
            is_cut = true;
            break;
        }
        let (plan, source) = (&files[*position], &sources[*position]);
        let asked = request.system.filter(|asked| is_overruled(&plan.file, asked));
        let (driver, ending) = written_as(plan.file.format, asked);
        let texts = Texts::of(plan, driver);
        let path = files::place(ending, &plan.file.path, target, with.len() > 1, &written);
        if files::is_of(&path, files.iter().map(|plan| plan.file.path.as_path())) {
            return Err(ImportError::file(
                &path,
                words(
                    "là một trong các tệp đang được đọc, nên các dòng bị từ chối không được ghi vào đây; hãy nêu tên khác bằng \
                 --refused; chưa có gì thay đổi",
                    "is one of the files that are read, so the rows refused are not written here; name another with \
                 --refused; nothing has changed",
                ),
            ));
        }
        let number = i32::try_from(*position).unwrap_or(i32::MAX);
        let room = Room::new(&path, left);
        let reason = |row: u64| {
            let reason = texts.reason(refused.reason(number, row)?);
            room.takes(&reason).then_some(reason)
        };
        let begun = written.begin(&path).map_err(WriteError::from);
        let copied = begun.and_then(|()| match plan.file.format {
            Format::Csv => Ok(copy_table(plan, &texts, &path, &reason)?),
            _ => copy((plan, source, asked), &texts, &path, &reason),
        });
        copied.map_err(|error| not_written(&path, &error))?;
        left = left.map(|left| left.saturating_sub(room.bytes()));
        rows += room.taken().0;
        is_cut |= room.taken().1;
    }
    if let Some(most) = request.refused_max.filter(|_| is_cut) {
        written.note_cut(rows, most);
    }
    Ok(written)
}

/// Copies rows of a table of text, in the letters that it came in.
fn copy_table(
    plan: &FilePlan,
    texts: &Texts<'_>,
    path: &Path,
    reason: &dyn Fn(u64) -> Option<String>,
) -> std::io::Result<()> {
    let used = plan.columns();
    let table = Table {
        path: &plan.sheet.path,
        separator: plan.file.heading.separator,
        reason: reason_beside(used.iter().map(|column| plan.file.columns[*column].as_str())),
        used: &used,
        is_unicode: !texts.keeps_bytes(),
    };
    let bytes = |text: String| match table.is_unicode {
        true => text.into_bytes(),
        false => text.chars().filter_map(|letter| u8::try_from(letter).ok()).collect(),
    };
    table.copy(path, &|row| reason(row + plan.file.heading.left_out()).map(bytes))?;
    // A program that saves UTF-16 takes a table of UTF-8 for one of its own code page.
    plan.sheet.wide.map_or(Ok(()), |wide| text::widen(path, wide))
}

fn not_written(path: &Path, error: &WriteError) -> ImportError {
    let mut why = Words::said_by(error.by(), error)
        .led_by("không ghi được các dòng bị từ chối vào đây: ", "the rows refused cannot be written here: ");
    why.add(&words("; chưa có gì thay đổi", "; nothing has changed"));
    match error {
        WriteError::File(error) => ImportError::of_file(path, error, why),
        WriteError::Gdal(error) => {
            // GDAL says what failed, and beside it why.
            let mut said = messages::take();
            said.push(error.to_string());
            match said.iter().any(|text| messages::tells_of_full_disk(text)) {
                true => ImportError::NoRoom { path: path.to_owned(), reason: why },
                false => ImportError::file(path, why),
            }
        }
    }
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

/// How texts go from the file into its copy. What comes as bytes goes out as the same bytes, but
/// into a GeoPackage, which holds Unicode alone.
struct Texts<'a> {
    plan: &'a FilePlan,
    reading: Option<Reading>,
    made_unicode: bool,
}

impl<'a> Texts<'a> {
    fn of(plan: &'a FilePlan, driver: &str) -> Self {
        let made_unicode =
            driver == "GPKG" && !matches!(plan.file.format, Format::GeoPackage | Format::Gml | Format::Dxf);
        Self { plan, reading: plan.reading(), made_unicode }
    }

    fn keeps_bytes(&self) -> bool {
        self.plan.file.cells == Cells::Bytes && !self.made_unicode
    }

    /// A text of a column: by what is known of that, else of the others.
    fn cell(&self, column: usize, text: String) -> String {
        if !self.made_unicode {
            return text;
        }
        let mut own =
            self.plan.matching.pairs.iter().zip(&self.plan.texts).filter(|((c, _), _)| *c == column);
        let Some(own) = own.find_map(|(_, own)| own.as_ref()) else { return self.any(text) };
        let mut cell = Cell::Text(text.clone());
        match (own.read(&mut cell), cell) {
            (Ok(()), Cell::Text(read)) => read,
            _ => text,
        }
    }

    /// A text of which nothing is known but what the others are written in.
    fn any(&self, text: String) -> String {
        match self.reading.filter(|_| self.made_unicode) {
            Some(reading) => reading.decode(self.plan.file.cells, &text).map(Cow::into_owned).unwrap_or(text),
            None => text,
        }
    }

    // The reason in letters that the file can hold, whatever it is opened with.
    fn reason(&self, text: &str) -> String {
        let is_short = matches!(self.plan.file.format, Format::Shapefile | Format::MapInfoMif);
        let fitting = |text: &str| if is_short { cut(text) } else { text.to_owned() };
        match self.reading {
            _ if !self.keeps_bytes() => text.to_owned(),
            // What does not say so is opened as something else, and shows other letters.
            Some(Reading::UNICODE) if self.plan.file.stated_encoding == Some(Encoding::Utf8) => {
                fitting(text).bytes().map(char::from).collect()
            }
            _ => fitting(&in_ascii(text)),
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

fn copy(
    (plan, source, asked): (&FilePlan, &Source, Option<&System>),
    texts: &Texts<'_>,
    path: &Path,
    reason: &dyn Fn(u64) -> Option<String>,
) -> Result<(), WriteError> {
    let file = &plan.file;
    let asked_srs = asked.filter(|_| file.format != Format::Kml).map(reference).transpose()?;
    if let Some(drawing) = &source.drawing {
        let text = |text| texts.any(text);
        return Ok(write_drawing::copy(drawing, path, asked_srs.as_ref(), &text, reason)?);
    }
    let (driver, _) = written_as(file.format, asked);
    let mut rows = source.layer()?;
    let mut dataset = DriverManager::get_driver_by_name(driver)?.create_vector_only(path)?;
    let srs = asked_srs.or_else(|| rows.spatial_ref());
    // Only a GeoPackage takes names that are Unicode now and were bytes.
    let is_unicode = texts.made_unicode && !file.format.is_drawing();
    let columns = Columns::of(file, &rows, driver, &plan.columns(), is_unicode);
    let mut options = options(file, driver);
    if driver == "GPKG" {
        options.extend(columns.geopackage_options());
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let geometry_type = rows.defn().geom_fields().next().map(|field| field.field_type());
    let places = {
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
        columns.add(&out, file.format)?
    };
    let parts = (&columns, &places, texts);
    if driver == "GPKG" {
        // Each row would be a transaction of its own.
        let transaction = dataset.start_transaction()?;
        write_each(file, &mut rows, &transaction, parts, reason)?;
        transaction.commit()?;
    } else {
        write_each(file, &mut rows, &dataset, parts, reason)?;
    }
    dataset.close()?;
    messages::take();
    keep_heads(file, path, asked)?;
    Ok(())
}

fn write_each(
    file: &OpenFile,
    rows: &mut Layer<'_>,
    dataset: &gdal::Dataset,
    (columns, places, texts): (&Columns, &Places, &Texts<'_>),
    reason: &dyn Fn(u64) -> Option<String>,
) -> Result<(), WriteError> {
    let out = dataset.layer(0)?;
    rows.reset_feature_reading();
    for (ordinal, row) in rows.features().enumerate() {
        let number = file.number(&row, ordinal as u64 + 1);
        let Some(text) = reason(number) else { continue };
        let mut copy = Feature::new(out.defn())?;
        columns.copy(&row, &mut copy, places, &|column, text| texts.cell(column, text))?;
        copy.set_field_string(places.reason, &text)?;
        if file.has_geometry
            && let Ok(geometry) = row.geometry_by_index(0)
        {
            copy.set_geometry(geometry.clone())?;
        }
        copy.create(&out)?;
    }
    Ok(())
}

// As this program's transformations take numbers: easting or longitude first.
fn reference(system: &System) -> Result<SpatialRef, GdalError> {
    let mut reference = SpatialRef::from_epsg(system.code)?;
    reference.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(reference)
}

fn options(file: &OpenFile, driver: &str) -> Vec<String> {
    let own = |list: &[&str]| list.iter().map(|o| (*o).to_owned()).collect::<Vec<String>>();
    match file.format {
        _ if driver == "GPKG" => Vec::new(),
        // As they are read: each byte comes out as it went in.
        Format::Shapefile | Format::MapInfoMif => own(&["ENCODING=ISO-8859-1"]),
        Format::GeoJson => own(&["RFC7946=NO", "WRITE_NAME=NO", "COORDINATE_PRECISION=15"]),
        Format::FlatGeobuf => own(&["SPATIAL_INDEX=NO"]),
        _ => Vec::new(),
    }
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

/// A text for a table in another encoding than UTF-8, of which nobody knows what it will be read as: Vietnamese without
/// its marks, as people type it where they have no others, and signs by what stands for them.
fn in_ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)) {
        match letter {
            'đ' => plain.push('d'),
            'Đ' => plain.push('D'),
            '°' => plain.push('d'),
            '×' => plain.push('x'),
            '–' | '—' | '−' => plain.push('-'),
            '‘' | '’' | '′' => plain.push('\''),
            '“' | '”' | '″' => plain.push('"'),
            '≤' => plain.push_str("<="),
            '≥' => plain.push_str(">="),
            letter if letter.is_ascii() => plain.push(letter),
            _ => plain.push('?'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_be_read_where_there_is_ascii_alone() {
        for (text, plain) in [
            ("khóa bị trùng: các dòng 2, 4", "khoa bi trung: cac dong 2, 4"),
            ("Đường Đức Hòa phải lớn hơn 0 m²", "Duong Duc Hoa phai lon hon 0 m2"),
            ("kinh tuyến 105°45′ – “Ấp 1…”", "kinh tuyen 105d45' - \"Ap 1...\""),
            ("từ ≥ 5 đến ≤ 7, 漢", "tu >= 5 den <= 7, ?"),
        ] {
            assert_eq!(in_ascii(text), plain);
        }
    }
}

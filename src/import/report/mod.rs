//! What came of an import: what was read, what was loaded, what was refused and why.

pub mod file;

use super::{
    evidence::Judgement,
    geometry::Shape,
    plan::FilePlan,
    refused::{MaxRefused, RefusedRows, files::RefusedFiles},
    system::FileSystem,
    words::{Words, words},
};
use crate::{
    crs::System,
    layer::LayerDefinition,
    legacy_text::ColumnText,
    store::postgis::{Mode, Planned},
};
use roaring::RoaringTreemap;
use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

/// Findings of one severity that are kept; beyond, they are only counted.
pub const MAX_FINDINGS: usize = 10_000;

/// What came of an import.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// Id of the layer.
    pub layer: String,
    /// The files, in the order given.
    pub files: Vec<FileReport>,
    /// Rows read.
    pub read: u64,
    /// What was done; all zero where more rows were refused than may be.
    pub loaded: Loaded,
    /// Rows refused.
    pub refused: u64,
    /// How many may be, and the others are loaded all the same.
    pub max_refused: MaxRefused,
    /// What was found, in the order of the files; at most [`MAX_FINDINGS`] of each severity.
    pub findings: Vec<Finding>,
    /// How often each rule was broken, findings that are not kept included.
    pub counts: BTreeMap<(Severity, Rule), u64>,
    /// What could not be checked, in words.
    pub notes: Vec<Words>,
    /// Rows that were given the code of the commune that they lie in; none where nothing was loaded.
    pub filled: u64,
    /// Which they are, by the position of their file: a row may be refused once others are there.
    pub(super) filled_rows: BTreeMap<i32, RoaringTreemap>,
    /// Files with the rows refused, to be corrected and sent again.
    pub refused_files: Vec<PathBuf>,
    /// The rows refused, and why.
    pub(super) refused_rows: RefusedRows,
    /// Rows that were refused for their key once: the position of the file, the number.
    pub(super) sent_back: Vec<(i32, i64)>,
    /// Keys of the areas of the files that were held against each other.
    pub(super) areas_compared: HashSet<String>,
    /// Sum of the areas of the rows taken, in the plane of [`crate::crs::MEASURING_SYSTEM`],
    /// square metres; `None` where the layer holds no areas, or rows were refused beside others after they were summed.
    pub area_m2: Option<f64>,
    /// Sum of the lengths, likewise, metres.
    pub length_m: Option<f64>,
    /// Number of the run in the record; `None` where nothing was kept.
    pub run: Option<i64>,
    /// How the rows and those of the layer came together.
    pub mode: Mode,
    /// Whether it was only a rehearsal.
    pub dry_run: bool,
}

impl ImportReport {
    /// Whether more rows were refused than may be, and so nothing was loaded.
    pub fn is_refused(&self) -> bool {
        self.refused > self.max_refused.of(self.read)
    }

    /// Lets the files with the rows refused stay.
    pub(super) fn keep_refused(&mut self, written: RefusedFiles) {
        let (files, notes) = written.keep();
        self.refused_files = files;
        self.notes.extend(notes);
    }

    /// All findings of a severity, those not kept included.
    pub fn count(&self, severity: Severity) -> u64 {
        self.counts.iter().filter(|((s, _), _)| *s == severity).map(|(_, n)| n).sum()
    }

    /// Adds a row that is taken to the areas and lengths.
    pub(super) fn measure(&mut self, shape: Option<&Shape>, (area, length): (f64, f64)) {
        if shape.is_some_and(Shape::is_areal) {
            *self.area_m2.get_or_insert(0.0) += area;
        } else if length > 0.0 {
            *self.length_m.get_or_insert(0.0) += length;
        }
    }

    /// Notes a row that was given the code of its commune.
    pub(super) fn note_filled(&mut self, file: i32, row: u64) {
        self.filled += u64::from(self.filled_rows.entry(file).or_default().insert(row));
    }

    /// The same of one that is refused after all.
    pub(super) fn forget_filled(&mut self, file: i32, row: u64) {
        let was_filled = self.filled_rows.get_mut(&file).is_some_and(|rows| rows.remove(row));
        self.filled -= u64::from(was_filled);
    }

    /// Notes a finding, as long as there is room.
    pub(super) fn note(&mut self, finding: Finding) {
        if self.count(finding.severity) < MAX_FINDINGS as u64 {
            self.findings.push(finding.clone());
        }
        *self.counts.entry((finding.severity, finding.rule)).or_default() += 1;
    }
}

/// What was read of one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// What it is, for example `Shapefile`.
    pub format: &'static str,
    /// The layer inside it that was read.
    pub sublayer: String,
    /// The system its coordinates were taken in.
    pub system: &'static System,
    /// Whether the first number was taken as the northing or the latitude.
    pub swapped: bool,
    /// Who said so.
    pub system_from: SystemFrom,
    /// What the data say of it.
    pub judgement: Judgement,
    /// Rows read; features, where they come as lists of corners.
    pub rows: u64,
    /// What a drawing holds that is no feature of the layer.
    pub left_out: u64,
    /// Columns that were used, and for which attribute.
    pub matched: Vec<(String, String)>,
    /// Columns that no attribute knows.
    pub unmatched: Vec<String>,
    /// What was done so that it could be read, in words.
    pub notes: Vec<Words>,
    /// Columns of text that are not plain ASCII, and what they were found to be written in.
    pub texts: Vec<(String, ColumnText)>,
}

impl FileReport {
    /// Of a file of which so many rows were read.
    pub(super) fn of(file: &FilePlan, layer: &LayerDefinition, system: FileSystem, rows: u64) -> Self {
        let name = |column: usize| file.file.columns[column].clone();
        let attribute = |index: usize| layer.attributes[index].name.clone();
        let texts = file.texts.iter().flatten();
        Self {
            path: file.file.path.clone(),
            format: file.file.format.name(),
            sublayer: file.file.sublayer.clone(),
            system: system.system,
            swapped: system.swapped,
            system_from: system.from,
            judgement: system.judgement,
            rows,
            left_out: file.file.left_out,
            matched: file.matching.pairs.iter().map(|(c, a)| (name(*c), attribute(*a))).collect(),
            unmatched: file.matching.unmatched.iter().map(|c| name(*c)).collect(),
            notes: file.sheet.notes.clone(),
            texts: texts.filter_map(|text| Some((text.name.clone(), text.found.clone()?))).collect(),
        }
    }
}

/// Who said which system a file's coordinates are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemFrom {
    /// The one who asked for the import.
    Request,
    /// The file.
    File,
    /// The standard of the format (RFC 7946, KML 2.3).
    Format,
    /// The names of the columns (longitude and latitude).
    Columns,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Features that the layer did not have.
    pub new: u64,
    /// Features that differ from what the layer had.
    pub changed: u64,
    /// Features that the layer had already, the same; they are not touched.
    pub unchanged: u64,
    /// Features that the files do not hold; deleted by a replacement, left as they are otherwise.
    pub gone: u64,
}

impl From<Planned> for Loaded {
    fn from(Planned { new, changed, unchanged, gone, .. }: Planned) -> Self {
        Self { new, changed, unchanged, gone }
    }
}

/// What a finding means for its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The row is refused.
    Error,
    /// The row is loaded, and somebody should look at it.
    Warning,
    /// The row is loaded with the repair, and what was delivered is kept.
    Repaired,
}

impl Severity {
    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Repaired => "repaired",
        }
    }
}

/// What was found of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule that it breaks.
    pub rule: Rule,
    /// What that means for the row.
    pub severity: Severity,
    /// The file.
    pub file: Arc<std::path::Path>,
    /// Number of the row as the agency counts it: the record number of a Shapefile, the line of a
    /// sheet (whose first line holds the names), otherwise the first feature is 1.
    pub row: u64,
    /// The row's key, where it could be read.
    pub key: Option<String>,
    /// The attribute.
    pub attribute: Option<String>,
    /// The column of the file that holds it, where it is about one cell.
    pub column: Option<String>,
    /// Where, degrees of EPSG:4326.
    pub place: Option<(f64, f64)>,
    /// Where the row lies, likewise, where that is known: what was found may be about a value.
    pub lies: Option<(f64, f64)>,
    /// The value as delivered, where it is one.
    pub value: Option<String>,
    /// What is wrong and what would be right, in a sentence.
    pub reason: Words,
    /// What was put in its place, or done, where it was repaired.
    pub repair: Option<Words>,
    /// The value that it became, where a value was repaired; empty where nothing is left of it.
    pub kept: Option<String>,
}

/// The rules that a row is held against.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A value is of the attribute's type.
    Type,
    /// A value lies in the attribute's domain.
    Domain,
    /// Text is readable.
    Text,
    /// An attribute that each feature must have is there.
    Mandatory,
    /// A key names one feature.
    UniqueKey,
    /// There is a geometry, of a type that the layer holds.
    GeometryType,
    /// The geometry is valid (OGC Simple Features 1.2.1, clause 6.1).
    GeometryValidity,
    /// The feature lies in the province.
    Position,
    /// What tells of the past does not lie ahead.
    Future,
    /// A feature does not end before it begins, and the times of a key do not overlap.
    Validity,
    /// A number agrees with the geometry that it states a measure of.
    Measure,
    /// A key of another layer is there.
    Reference,
    /// The commune is the one that the feature lies in.
    Commune,
    /// A thing is delivered once.
    Duplicate,
    /// A place of a coverage is of one area.
    Overlap,
    /// The rows of a list of corners agree with each other.
    Corners,
    /// The end of a line meets the line that it was meant to meet.
    Undershoot,
    /// A rule of the layer's file, by its id.
    Stated(Arc<str>),
    /// The feature is of the commune or agency that a replacement is about.
    Scope,
}

impl Rule {
    /// Its name in reports.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Type => "type",
            Self::Domain => "domain",
            Self::Text => "text",
            Self::Mandatory => "mandatory",
            Self::UniqueKey => "unique_key",
            Self::GeometryType => "geometry_type",
            Self::GeometryValidity => "geometry_validity",
            Self::Position => "position",
            Self::Future => "future",
            Self::Validity => "validity",
            Self::Measure => "measure",
            Self::Reference => "reference",
            Self::Commune => "commune",
            Self::Duplicate => "duplicate",
            Self::Overlap => "overlap",
            Self::Corners => "corners",
            Self::Undershoot => "undershoot",
            Self::Stated(id) => id,
            Self::Scope => "scope",
        }
    }

    /// What it is called in summaries; a rule of the layer's file by its id.
    pub fn title(&self) -> Words {
        let vi = match self {
            Self::Type => "kiểu giá trị",
            Self::Domain => "miền giá trị",
            Self::Text => "cách viết chữ",
            Self::Mandatory => "giá trị bắt buộc",
            Self::UniqueKey => "khóa trùng",
            Self::GeometryType => "kiểu hình học",
            Self::GeometryValidity => "tính hợp lệ của hình học",
            Self::Position => "ngoài tỉnh",
            Self::Future => "ngày chưa tới",
            Self::Validity => "thời gian hiệu lực",
            Self::Measure => "số đo khác hình học",
            Self::Reference => "khóa của lớp khác",
            Self::Commune => "mã xã",
            Self::Duplicate => "giao nộp hai lần",
            Self::Overlap => "vùng chồng nhau",
            Self::Corners => "góc ranh không thống nhất",
            Self::Undershoot => "đầu đường hở",
            Self::Stated(id) => id,
            Self::Scope => "ngoài phạm vi",
        };
        words(vi.to_owned(), self.as_str().to_owned())
    }
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Rows are read, checked and staged.
    Reading,
    /// Staged rows are compared with the layer and written.
    Loading,
}

/// Is told how far an import has come.
pub trait Progress: Send + Sync {
    /// A phase begins, with `total` rows if that is known.
    fn begin(&self, phase: Phase, total: Option<u64>);
    /// `rows` more are done.
    fn advance(&self, rows: u64);
    /// This is about to be done.
    fn planned(&self, _mode: Mode, _planned: &Planned) {}
    /// More than half of what is there is about to be deleted; whether that is meant. Waits for
    /// the answer.
    fn confirms(&self, _planned: &Planned) -> bool {
        false
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _phase: Phase, _total: Option<u64>) {}
    fn advance(&self, _rows: u64) {}
}

//! What will be read of each file, settled before the first row: format, columns, attributes.
//!
//! Must not know rows or the database.

use super::{
    ColumnMapping, ImportError, ImportRequest, RefusedFile,
    columns::{
        self, Matching,
        positions::{self, PositionColumns},
        text::TextColumn,
    },
    corners::{self, CornersOf, Gathering},
    file::{
        format::{self, Format},
        whole::{self, RowFault, Whole},
    },
    read::{self, OpenFile, Source},
    refused::{self, sent_back},
    request::SCOPES,
    rule::COMMUNE_CODE,
    sheet::{self, Sheet, Wanted},
    values::{Cell, Converter},
    words::{Words, words},
};
use crate::{
    layer::{AgencyRegister, Attribute, AttributeType, GeometryType, LayerDefinition, fold},
    legacy_text::{Cells, Encoding, Reading},
    store::postgis::{Mode, Scope, StagedValue},
};
use std::path::Path;

/// One file with what will be read of it.
#[derive(Debug)]
pub struct FilePlan {
    /// The file.
    pub file: OpenFile,
    /// Columns and attributes.
    pub matching: Matching,
    /// Columns with positions, where the file has no geometry of its own.
    pub positions: Option<PositionColumns>,
    /// What the rows are corners of, where they are.
    pub corners: Option<CornersOf>,
    /// The column that numbers the corners.
    pub corner_numbers: Option<usize>,
    /// How the columns of `matching` that hold text are read.
    pub texts: Vec<Option<TextColumn>>,
    /// Rows that cannot be taken.
    pub faults: Vec<RowFault>,
    /// Rows that were refused for their key once.
    pub sent_back: Vec<u64>,
    /// What was made of the file so that it could be read.
    pub sheet: Sheet,
}

/// What will be read, and what it becomes.
#[derive(Debug)]
pub struct Plan {
    /// The files.
    pub files: Vec<FilePlan>,
    /// What their rows come from, in the same order.
    pub sources: Vec<Source>,
    /// The attributes that are written, in the order of the layer.
    pub attributes: Vec<Attribute>,
    /// Values that are the same for each row, for the attributes that no column holds.
    pub constants: Vec<Option<StagedValue>>,
    /// Makes values of cells, an entry per attribute.
    pub converters: Vec<Converter>,
    /// Position of the attribute that says which system a feature was delivered in, where the
    /// program is to fill it in.
    pub source_system: Option<usize>,
}

/// The attribute that says which system a feature was delivered in.
pub(super) const SOURCE_SYSTEM: &str = "source_crs";

impl Plan {
    /// Opens all files and settles what is read of them.
    pub fn new(
        request: &ImportRequest,
        layer: &LayerDefinition,
        agencies: &AgencyRegister,
        fills_communes: bool,
    ) -> Result<Self, ImportError> {
        let given: Vec<&str> = request.constants.iter().map(|c| c.attribute.as_str()).collect();
        let mut files = Vec::with_capacity(request.files.len());
        let mut sources = Vec::with_capacity(request.files.len());
        for path in &request.files {
            let (file, source) = open(path, request, layer, &given)?;
            files.push(file);
            sources.push(source);
        }
        encodings_are_for_columns(request, &files)?;
        for (plan, source) in files.iter_mut().zip(&sources) {
            plan.texts = columns::text::settle(&plan.file, source, &plan.matching, request)?;
        }
        let first = files.first().ok_or(ImportError::NoFiles)?;
        let held: Vec<usize> = first.matching.pairs.iter().map(|(_, attribute)| *attribute).collect();
        for other in &files[1..] {
            same_attributes(first, other, layer)?;
        }
        let mut plan = Self {
            files,
            sources,
            attributes: Vec::new(),
            constants: Vec::new(),
            converters: Vec::new(),
            source_system: None,
        };
        for (index, attribute) in layer.attributes.iter().enumerate() {
            let constant = request.constants.iter().find(|c| c.attribute == attribute.name);
            let fills = fills_communes && attribute.name == COMMUNE_CODE;
            let own = own_value(attribute, layer).or(fills.then_some(StagedValue::Null));
            if !held.contains(&index) && constant.is_none() && own.is_none() {
                continue;
            }
            let converter = Converter::new(attribute, &layer.id, is_mandatory(attribute, layer), agencies);
            let value = match constant {
                Some(constant) => {
                    let cell = Cell::Text(constant.value.clone());
                    Some(converter.convert(&cell).map_err(|refusal| ImportError::Setting {
                        flag: format!("--set {}={}", constant.attribute, constant.value),
                        reason: refusal.reason,
                    })?)
                }
                None if held.contains(&index) => None,
                None => {
                    if attribute.name == SOURCE_SYSTEM {
                        plan.source_system = Some(plan.attributes.len());
                    }
                    own
                }
            };
            plan.attributes.push(attribute.clone());
            plan.constants.push(value);
            plan.converters.push(converter);
        }
        Ok(plan)
    }

    /// Rows that all files say they have, where all say so.
    pub fn rows(&self) -> Option<u64> {
        self.files.iter().map(|f| f.file.rows).sum()
    }
}

impl FilePlan {
    /// Gathers rows into features by the layer's key.
    pub fn gathering(&self, layer: &LayerDefinition) -> Gathering {
        let pairs = self.matching.pairs.iter().enumerate();
        let key = pairs.filter(|(_, (_, attribute))| layer.key.contains(&layer.attributes[*attribute].name));
        let numbered = self.corner_numbers.is_some();
        Gathering::new(key.map(|(at, _)| at).collect(), self.matching.pairs.len(), numbered)
    }

    /// How text is read that no column of its own tells; `None` where nothing tells.
    pub fn reading(&self) -> Option<Reading> {
        let found = self.texts.iter().flatten().find_map(|text| text.found.as_ref());
        let stated = self.file.stated_encoding == Some(Encoding::Utf8) || self.file.cells == Cells::Unicode;
        found.map(|text| text.reading).or(stated.then_some(Reading::UNICODE))
    }

    /// The columns to read: those with attributes, then those with positions, then that of corners' numbers.
    pub fn columns(&self) -> Vec<usize> {
        let attributes = self.matching.pairs.iter().map(|(column, _)| *column);
        let positions = self.positions.iter().flat_map(|p| p.columns());
        attributes.chain(positions).chain(self.corner_numbers).collect()
    }
}

/// Checks what of the request needs no file.
pub fn check_request(request: &ImportRequest, layer: &LayerDefinition) -> Result<(), ImportError> {
    if layer.table.is_some() {
        return Err(ImportError::ForeignTable(layer.id.clone()));
    }
    if request.files.is_empty() {
        return Err(ImportError::NoFiles);
    }
    if let Some(RefusedFile::Named(path)) = &request.refused
        && let Ok(path) = path.canonicalize()
        && request.files.iter().any(|f| f.canonicalize().is_ok_and(|f| f == path))
    {
        let reason =
            words("chính là tệp đang được đọc; hãy nêu tệp khác", "is the file that is read; name another");
        return Err(ImportError::Setting { flag: format!("--refused {}", path.display()), reason });
    }
    check_scope(request, layer)?;
    let known = |name: &str| layer.attributes.iter().any(|a| a.name == name);
    let unknown = |flag: String, name: &str, more: &Words| {
        let names: Vec<&str> = layer.attributes.iter().map(|a| a.name.as_str()).collect();
        let (id, names) = (&layer.id, names.join(", "));
        let reason = words(
            format!("lớp `{id}` không có thuộc tính `{name}`; các thuộc tính của lớp: {names}{}", more.vi),
            format!("layer `{id}` has no attribute `{name}`; it has {names}{}", more.en),
        );
        ImportError::Setting { flag, reason }
    };
    for (position, map) in request.columns.iter().enumerate() {
        let flag = format!("--map {}={}", map.source, map.attribute);
        if !known(&map.attribute) && !positions::PARTS.contains(&map.attribute.as_str()) {
            let parts = positions::PARTS.join(", ");
            let parts = words(
                format!("; các thành phần tọa độ: {parts}"),
                format!("; parts of positions are {parts}"),
            );
            return Err(unknown(flag, &map.attribute, &parts));
        }
        let twice = request.columns[..position].iter().any(|m| m.attribute == map.attribute);
        if twice || request.constants.iter().any(|c| c.attribute == map.attribute) {
            let reason = twice_given(&map.attribute);
            return Err(ImportError::Setting { flag, reason });
        }
    }
    for (position, constant) in request.constants.iter().enumerate() {
        let flag = format!("--set {}={}", constant.attribute, constant.value);
        if !known(&constant.attribute) {
            return Err(unknown(flag, &constant.attribute, &Words::same("")));
        }
        if request.constants[..position].iter().any(|c| c.attribute == constant.attribute) {
            let reason = twice_given(&constant.attribute);
            return Err(ImportError::Setting { flag, reason });
        }
    }
    Ok(())
}

fn twice_given(attribute: &str) -> Words {
    words(format!("`{attribute}` được nêu hai lần"), format!("`{attribute}` is given twice"))
}

fn check_scope(request: &ImportRequest, layer: &LayerDefinition) -> Result<(), ImportError> {
    let Some(Scope { attribute, value }) = &request.only else { return Ok(()) };
    let wrong =
        |reason: Words| Err(ImportError::Setting { flag: format!("--only {attribute}={value}"), reason });
    if request.mode != Mode::Replace {
        return wrong(words("chỉ dùng cùng --mode replace", "goes with --mode replace"));
    }
    if !SCOPES.contains(&attribute.as_str()) {
        let scopes = SCOPES.join(", ");
        return wrong(words(format!("phải là một trong {scopes}"), format!("is about one of {scopes}")));
    }
    match layer.attributes.iter().find(|a| a.name == *attribute) {
        None => wrong(words(
            format!("lớp `{}` không có thuộc tính `{attribute}`", layer.id),
            format!("layer `{}` has no attribute `{attribute}`", layer.id),
        )),
        Some(_) => Ok(()),
    }
}

pub(super) fn is_mandatory(attribute: &Attribute, layer: &LayerDefinition) -> bool {
    attribute.mandatory || layer.key.contains(&attribute.name)
}

// What the program knows without being told; the system only once a file's first rows are read.
pub(super) fn own_value(attribute: &Attribute, layer: &LayerDefinition) -> Option<StagedValue> {
    match attribute.name.as_str() {
        "owner_agency" => Some(StagedValue::Text(layer.agency.clone())),
        SOURCE_SYSTEM => Some(StagedValue::Null),
        _ => None,
    }
}

/// A file that is open, before it is known which column is what.
#[derive(Debug)]
pub(super) struct Opened {
    /// The file.
    pub file: OpenFile,
    /// What its rows come from.
    pub source: Source,
    /// What was made of it so that it could be read.
    pub sheet: Sheet,
    /// Rows that cannot be taken.
    pub faults: Vec<RowFault>,
    /// The columns that are said to be attributes, by the request or by the layer's file.
    pub mapped: Vec<ColumnMapping>,
}

/// Opens a file for a layer; `given` are attributes that need no column.
pub(super) fn opened(
    path: &Path,
    request: &ImportRequest,
    layer: &LayerDefinition,
    given: &[&str],
) -> Result<Opened, ImportError> {
    let format = format::recognise(path)?;
    let wanted = Wanted { path, request, layer, given };
    let mut sheet = Sheet::of(format, &wanted)?;
    // What is read may be a copy, which nobody knows.
    let named = |error: ImportError| error.of(path);
    let Whole { mut faults, rows } = whole::check(&sheet.path, format).map_err(named)?;
    let (sublayer, within) = (request.sublayer.as_deref(), request.scratch.as_deref());
    let open = |path: &Path| OpenFile::open(path, format, sublayer, within).map_err(named);
    let (mut file, mut source) = open(&sheet.path)?;
    if format == Format::Xlsx && sheet.begin(&file, &source, &wanted)? {
        (file, source) = open(&sheet.path)?;
    }
    faults.iter_mut().for_each(|fault| fault.row += sheet.heading.left_out());
    (file.path, file.heading) = (path.to_owned(), sheet.heading.clone());
    file.said_rows = rows;
    let mut mapped = request.columns.clone();
    if format.is_drawing() {
        file.draw(&mut source, &layer.geometry, &layer.drawing)?;
        mapped.extend(drawn_columns(request, layer));
    } else if refused::write_drawing::is_copy(&file.columns) {
        mapped.extend(drawn_columns(request, layer));
    }
    // A GeoPackage that another program wrote to may say 0 and hold some.
    if file.rows == Some(0) && format != Format::GeoPackage {
        return Err(ImportError::file(path, no_rows()));
    }
    Ok(Opened { file, source, sheet, faults, mapped })
}

fn open(
    path: &Path,
    request: &ImportRequest,
    layer: &LayerDefinition,
    given: &[&str],
) -> Result<(FilePlan, Source), ImportError> {
    let Opened { file, source, sheet, faults, mapped } = opened(path, request, layer, given)?;
    let format = file.format;
    let cut_names = format == Format::Shapefile;
    let mut matching = columns::match_columns(path, &file.columns, layer, &mapped, given, cut_names)?;
    days_are_counted_from_1900(&sheet, format, path, layer, &matching)?;
    let positions = positions(&file, request, layer)?;
    let taken = positions.map(PositionColumns::columns).unwrap_or_default();
    let is_own = |column: &str| read::is_made_up(format, column) || refused::write::is_reason(column);
    matching.unmatched.retain(|c| !taken.contains(c) && !is_own(&file.columns[*c]));
    let missing: Vec<Words> = missing(layer, &matching, given);
    if !missing.is_empty() {
        let columns = file.columns.clone();
        let hint = sheet::hint(format, &file.heading);
        return Err(ImportError::MissingColumns { path: path.to_owned(), missing, columns, hint });
    }
    let corners = positions.and_then(|positions| corners_of(layer, positions));
    let corner_numbers = corners.and_then(|_| corners::numbers::column(&file.columns, &matching.unmatched));
    matching.unmatched.retain(|c| Some(*c) != corner_numbers);
    let (texts, sent_back) = (Vec::new(), sent_back::rows(&file, &source)?);
    let plan =
        FilePlan { file, matching, positions, corners, corner_numbers, texts, faults, sent_back, sheet };
    Ok((plan, source))
}

// GDAL takes all days for those of the 1900 system, and would be four years off.
fn days_are_counted_from_1900(
    sheet: &Sheet,
    format: Format,
    path: &Path,
    layer: &LayerDefinition,
    matching: &Matching,
) -> Result<(), ImportError> {
    let mut kinds = matching.pairs.iter().map(|(_, attribute)| layer.attributes[*attribute].kind);
    let has_days = kinds.any(|k| matches!(k, AttributeType::Date | AttributeType::Timestamp));
    if format != Format::Xlsx || !has_days || !sheet::workbook::counts_from_1904(&sheet.path) {
        return Ok(());
    }
    let reason = words(
        "tính ngày từ năm 1904; trong Excel hãy bỏ chọn Options, Advanced, `Use 1904 date system`, rồi xem lại các ngày",
        "counts its days from 1904; in Excel, untick Options, Advanced, `Use 1904 date system`, and see to its days",
    );
    Err(ImportError::file(path, reason))
}

// The columns with positions, where the file has no geometry of its own.
pub(super) fn positions(
    file: &OpenFile,
    request: &ImportRequest,
    layer: &LayerDefinition,
) -> Result<Option<PositionColumns>, ImportError> {
    let said = positions::said(&file.path, &file.columns, request, layer)?;
    if file.has_geometry {
        return match said.first() {
            None => Ok(None),
            Some((part, column)) => {
                let path = file.path.display();
                let reason =
                    words(format!("{path} có hình học riêng"), format!("{path} has geometries of its own"));
                Err(ImportError::Setting { flag: format!("--map {}={part}", file.columns[*column]), reason })
            }
        };
    }
    if let Some(found) = PositionColumns::find(&file.columns, &said) {
        return Ok(Some(found));
    }
    let columns = file.columns.join(", ");
    let mut reason = match said.as_slice() {
        [] => words(
            format!(
                "không có hình học; bảng cần có các cột lon và lat, X và Y, hoặc WKT, mà chỉ có: {columns}; hãy nói rõ \
                 cột nào bằng --map CỘT=x --map CỘT=y, hoặc =lon và =lat"
            ),
            format!(
                "has no geometry; a table needs the columns lon and lat, X and Y, or WKT, and has {columns}; say which \
                 they are with --map COLUMN=x --map COLUMN=y, or =lon and =lat"
            ),
        ),
        _ => words(
            format!("--map mới nêu một thành phần tọa độ; thành phần kia không có trong các cột {columns}"),
            format!("--map names one part of a position; the other is in none of the columns {columns}"),
        ),
    };
    let hint = sheet::hint(file.format, &file.heading);
    if !hint.en.is_empty() {
        reason.add(&hint.behind("\n"));
    }
    Err(ImportError::file(&file.path, reason))
}

/// Nothing to import.
pub fn no_rows() -> Words {
    words("không có dòng nào", "holds no rows")
}

// What the layer's file says of drawings, as far as the request says nothing else.
fn drawn_columns(request: &ImportRequest, layer: &LayerDefinition) -> Vec<ColumnMapping> {
    let said = |source: &str, attribute: &str| {
        request.columns.iter().any(|c| c.source == source || c.attribute == attribute)
            || request.constants.iter().any(|c| c.attribute == attribute)
    };
    let own = layer.drawing.attributes().filter(|(source, attribute)| !said(source, attribute));
    own.map(|(source, attribute)| ColumnMapping {
        source: source.to_owned(),
        attribute: attribute.to_owned(),
    })
    .collect()
}

// Positions in columns are features only where the layer holds points.
fn corners_of(layer: &LayerDefinition, positions: PositionColumns) -> Option<CornersOf> {
    let holds = |kinds: &[GeometryType]| layer.geometry.iter().any(|kind| kinds.contains(kind));
    if matches!(positions, PositionColumns::Wkt(_)) || holds(&[GeometryType::Point, GeometryType::MultiPoint])
    {
        None
    } else if holds(&[GeometryType::Polygon, GeometryType::MultiPolygon]) {
        Some(CornersOf::Areas)
    } else {
        Some(CornersOf::Lines)
    }
}

fn encodings_are_for_columns(request: &ImportRequest, files: &[FilePlan]) -> Result<(), ImportError> {
    for asked in &request.encodings {
        let Some(column) = &asked.column else { continue };
        let known = |c: &String| c == column || fold(c) == fold(column);
        if !files.iter().any(|f| f.file.columns.iter().any(known)) {
            let flag = format!("--encoding {column}={}", asked.encoding.name());
            let columns = files.first().map(|f| f.file.columns.join(", ")).unwrap_or_default();
            let reason = words(
                format!("không tệp nào có cột `{column}`; các cột hiện có: {columns}"),
                format!("no file has a column `{column}`; there are {columns}"),
            );
            return Err(ImportError::Setting { flag, reason });
        }
    }
    Ok(())
}

/// The attributes that each feature must have and that nothing gives, with their known column names.
pub fn missing(layer: &LayerDefinition, matching: &Matching, given: &[&str]) -> Vec<Words> {
    let mut missing = Vec::new();
    for (index, attribute) in layer.attributes.iter().enumerate() {
        let found = matching.pairs.iter().any(|(_, a)| *a == index)
            || given.contains(&attribute.name.as_str())
            || own_value(attribute, layer).is_some();
        if is_mandatory(attribute, layer) && !found {
            let (name, title) = (&attribute.name, &attribute.title.vi);
            let names = match attribute.sources.as_slice() {
                [] => Words::same(""),
                sources => words(
                    format!("; các tên cột đã biết: {}", sources.join(", ")),
                    format!("; known column names: {}", sources.join(", ")),
                ),
            };
            missing.push(words(
                format!("{name} ({title}{})", names.vi),
                format!("{name} ({title}{})", names.en),
            ));
        }
    }
    missing
}

// Files of one run fill the same attributes, or some would be emptied in part of the rows.
fn same_attributes(first: &FilePlan, other: &FilePlan, layer: &LayerDefinition) -> Result<(), ImportError> {
    let has = |plan: &FilePlan, index: usize| plan.matching.pairs.iter().any(|(_, a)| *a == index);
    for (index, attribute) in layer.attributes.iter().enumerate() {
        if has(first, index) != has(other, index) {
            let (with, without) = if has(first, index) { (first, other) } else { (other, first) };
            let (name, other) = (&attribute.name, with.file.path.display());
            let reason = words(
                format!("không có cột cho `{name}`, còn {other} thì có; hãy nạp từng tệp một"),
                format!("has no column for `{name}`, and {other} has one; import them one after the other"),
            );
            return Err(ImportError::file(&without.file.path, reason));
        }
    }
    Ok(())
}

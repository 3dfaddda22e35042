//! What a file is taken for, before anything is made of it: its format, its columns with samples and what their text is
//! written in, which of them would be which attribute, and the system of its positions with what speaks for it.
//!
//! A run stops at the first thing that it cannot tell. Whoever looks is told all of them at once, each with what he may
//! choose. Must not know the database, but for what `evidence` has of it.

use super::{
    ImportError, ImportRequest,
    columns::{
        self, Matching,
        positions::{self, PositionColumns, PositionReader},
        text::TextColumn,
    },
    evidence::{Ground, Judgement, Sample, SampleRow},
    file::{format::Format, sources::Sources},
    geometry::Shape,
    plan::{self, FilePlan, Opened},
    read::{self, RawRow},
    sent::trouble,
    system::{self, FileSystem},
    values::{self, Cell},
    words::Words,
};
use crate::{
    layer::{COMMUNE_CODE, LayerDefinition},
    store::delivery::Trouble,
};
use serde_json::{Value as Json, json};

/// Rows whose positions are weighed.
const ROWS_WEIGHED: usize = 1_000;
/// Rows that samples are taken from, and samples of a column.
const ROWS_SAMPLED: u64 = 200;
const SAMPLES: usize = 3;

/// What the request's files are taken for, as JSON. The first is described, the others are named.
///
/// # Errors
/// Where not even its columns can be told.
pub fn look(
    sources: &Sources,
    request: &ImportRequest,
    layer: &LayerDefinition,
    ground: &Ground,
) -> Result<Json, ImportError> {
    let path = sources.files().first().ok_or(ImportError::NoFiles)?;
    let given: Vec<&str> = request.constants.iter().map(|c| c.attribute.as_str()).collect();
    let opened = plan::opened(path, request, layer, &given)?;
    let mut looked = Looked { request, layer, ground, given, troubles: Vec::new() };
    let mut json = looked.at(opened)?;
    json["files"] = sources.files().iter().map(|file| sources.name(file).display().to_string()).collect();
    json["troubles"] = looked.troubles.iter().map(told).collect();
    Ok(json)
}

/// A trouble, in both languages.
pub(super) fn told(trouble: &Trouble) -> Json {
    let Trouble { kind, reason: [vi, en], choices } = trouble;
    json!({ "kind": kind, "reason": en, "reason_vi": vi, "choices": choices })
}

struct Looked<'a> {
    request: &'a ImportRequest,
    layer: &'a LayerDefinition,
    ground: &'a Ground,
    given: Vec<&'a str>,
    troubles: Vec<Trouble>,
}

impl Looked<'_> {
    fn at(&mut self, opened: Opened) -> Result<Json, ImportError> {
        let Opened { file, source, sheet, faults, mapped } = opened;
        let positions = plan::positions(&file, self.request, self.layer);
        let positions = positions.unwrap_or_else(|error| self.note(&error, None));
        let matching = self.matching(&file, &mapped)?;
        let texts = self.texts(&file, &source)?;
        let every: Vec<usize> = (0..file.columns.len()).collect();
        let mut sample = file.sample(&source, &every)?;
        sample.truncate(ROWS_SAMPLED as usize);
        let columns = self.columns(&file, &matching, positions, &texts, &sample);
        let rows = weighed_rows(&file, &source, &every)?;
        let (format, sublayer, count) = (file.format, file.sublayer.clone(), file.rows.or(file.said_rows));
        let notes: Vec<Words> = sheet.notes.clone();
        let heading_row = format.is_sheet().then(|| sheet.heading.last_row());
        let plan = FilePlan {
            file,
            matching,
            positions,
            corners: None,
            corner_numbers: None,
            texts: Vec::new(),
            faults,
            sent_back: Vec::new(),
            sheet,
        };
        let sample = self.sample(&plan, &texts, rows);
        let found = system::settle(self.request, &plan, &sample, self.ground);
        let found = found.map(Some).unwrap_or_else(|error| self.note(&error, None));
        Ok(json!({
            "format": format.name(),
            "sublayer": sublayer,
            "rows": count,
            "heading_row": heading_row,
            "columns": columns,
            "attributes": self.attributes(&plan.matching),
            "parts": if plan.file.has_geometry { &[][..] } else { &positions::PARTS[..] },
            "system": found.map(system_told),
            "notes": notes.iter().map(|note| &note.en).collect::<Vec<_>>(),
            "notes_vi": notes.iter().map(|note| &note.vi).collect::<Vec<_>>(),
        }))
    }

    /// Notes what cannot be told, and goes on with `instead`.
    fn note<T>(&mut self, error: &ImportError, instead: T) -> T {
        self.troubles.push(trouble(error));
        instead
    }

    /// Which column would be which attribute; of one that several could be, none is.
    fn matching(
        &mut self,
        file: &read::OpenFile,
        mapped: &[super::ColumnMapping],
    ) -> Result<Matching, ImportError> {
        let cut_names = file.format == Format::Shapefile;
        let mut left_out: Vec<String> = Vec::new();
        loop {
            let given: Vec<&str> =
                self.given.iter().copied().chain(left_out.iter().map(String::as_str)).collect();
            let found =
                columns::match_columns(&file.path, &file.columns, self.layer, mapped, &given, cut_names);
            match found {
                Err(ImportError::AmbiguousColumn { path, attribute, columns })
                    if left_out.len() < self.layer.attributes.len() =>
                {
                    let error = ImportError::AmbiguousColumn { path, attribute: attribute.clone(), columns };
                    self.note(&error, ());
                    left_out.push(attribute);
                }
                found => return found,
            }
        }
    }

    /// How each column of text is read; of one whose words do not tell, nothing.
    fn texts(
        &mut self,
        file: &read::OpenFile,
        source: &read::Source,
    ) -> Result<Vec<Option<TextColumn>>, ImportError> {
        let mut pairs: Vec<(usize, usize)> = (0..file.columns.len()).map(|column| (column, 0)).collect();
        let mut asked = None;
        let settled = loop {
            let all = Matching { pairs: pairs.clone(), unmatched: Vec::new() };
            match columns::text::settle(file, source, &all, self.request) {
                Err(ImportError::WhichEncoding { path, columns }) if asked.is_none() => {
                    pairs.retain(|(at, _)| !columns.iter().any(|c| c.column == file.columns[*at]));
                    asked = Some(ImportError::WhichEncoding { path, columns });
                }
                settled => break settled?,
            }
        };
        if let Some(error) = asked {
            self.note(&error, ());
        }
        let mut texts: Vec<Option<TextColumn>> = file.columns.iter().map(|_| None).collect();
        for ((column, _), text) in pairs.into_iter().zip(settled) {
            texts[column] = text;
        }
        Ok(texts)
    }

    fn columns(
        &self,
        file: &read::OpenFile,
        matching: &Matching,
        positions: Option<PositionColumns>,
        texts: &[Option<TextColumn>],
        sample: &[Vec<Cell>],
    ) -> Vec<Json> {
        let at_positions = positions.map(PositionColumns::columns).unwrap_or_default();
        let of = |(column, name): (usize, &String)| {
            let attribute = matching.pairs.iter().find(|(c, _)| *c == column);
            let found = texts[column].as_ref().and_then(|text| text.found.as_ref());
            let mut samples: Vec<String> = Vec::new();
            for row in sample {
                let shown = shown(row.get(column), texts[column].as_ref());
                if samples.len() < SAMPLES && !shown.is_empty() && !samples.contains(&shown) {
                    samples.push(shown);
                }
            }
            json!({
                "name": name,
                "attribute": attribute.map(|(_, at)| &self.layer.attributes[*at].name),
                "position": at_positions.contains(&column),
                "made_up": read::is_made_up(file.format, name),
                "samples": samples,
                "text": found.map(super::report::file::text),
            })
        };
        file.columns.iter().enumerate().map(of).collect()
    }

    /// The attributes of the layer, and whether each has a column or needs one.
    fn attributes(&self, matching: &Matching) -> Vec<Json> {
        let of = |(at, attribute): (usize, &crate::layer::Attribute)| {
            let column = matching.pairs.iter().any(|(_, a)| *a == at);
            let given = self.given.contains(&attribute.name.as_str());
            let own = plan::own_value(attribute, self.layer).is_some();
            let needed = plan::is_mandatory(attribute, self.layer);
            json!({
                "name": attribute.name,
                "title": attribute.title,
                "mandatory": needed,
                "missing": needed && !(column || given || own),
            })
        };
        self.layer.attributes.iter().enumerate().map(of).collect()
    }

    /// The rows as what is weighed.
    fn sample(&self, plan: &FilePlan, texts: &[Option<TextColumn>], rows: Vec<RawRow>) -> Sample {
        let reader = plan.positions.and_then(|kind| {
            let places = kind.columns();
            let cells: Vec<Vec<Cell>> =
                rows.iter().map(|row| places.iter().map(|c| row.cells[*c].clone()).collect()).collect();
            let reader = PositionReader::learn(
                &plan.file.path,
                kind,
                &plan.file.columns,
                cells.iter().map(Vec::as_slice),
            );
            reader.ok().map(|reader| (reader, places))
        });
        let commune = plan.matching.pairs.iter().find(|(_, at)| {
            let name = &self.layer.attributes[*at].name;
            name == COMMUNE_CODE || (name == "code" && self.layer.id == crate::store::areas::COMMUNES)
        });
        let of = |mut row: RawRow| {
            if let Some((reader, places)) = &reader {
                let cells: Vec<Cell> = places.iter().map(|c| row.cells[*c].clone()).collect();
                reader.place(&mut row, &cells).ok()?;
            }
            let code = commune.map(|(c, _)| shown(row.cells.get(*c), texts[*c].as_ref()));
            let (mut x, mut y) = (Vec::new(), Vec::new());
            positions_of(row.wkb.as_deref()?, reader.is_some(), self.layer, &mut x, &mut y)?;
            SampleRow::new(&x, &y, code.filter(|code| !code.is_empty()))
        };
        Sample::new(rows.into_iter().filter_map(of).collect())
    }
}

/// The positions of a geometry. A row of a list of corners is a point, whatever the layer holds.
fn positions_of(
    wkb: &[u8],
    is_row_of_sheet: bool,
    layer: &LayerDefinition,
    x: &mut Vec<f64>,
    y: &mut Vec<f64>,
) -> Option<()> {
    let point = [crate::layer::GeometryType::Point];
    let shape = Shape::new(wkb, &layer.geometry);
    let shape = if is_row_of_sheet { shape.or_else(|_| Shape::new(wkb, &point)) } else { shape };
    shape.ok()?.collect(x, y);
    Some(())
}

/// The first rows, and some from all over the file where that is quick.
fn weighed_rows(
    file: &read::OpenFile,
    source: &read::Source,
    columns: &[usize],
) -> Result<Vec<RawRow>, ImportError> {
    let mut rows = file.spread(source, columns)?;
    let mut enough = false;
    let read = file.read(source, columns, &mut |row| {
        rows.push(row);
        enough = rows.len() >= ROWS_WEIGHED;
        // Nothing else ends the reading of a file before its end.
        if enough { Err(ImportError::NoFiles) } else { Ok(()) }
    });
    match read {
        Err(_) if enough => Ok(rows),
        read => read.map(|_| rows),
    }
}

/// A cell as people are shown it; nothing where its text cannot be read.
fn shown(cell: Option<&Cell>, text: Option<&TextColumn>) -> String {
    let Some(mut cell) = cell.cloned() else { return String::new() };
    let read = text.map_or(Ok(()), |text| text.read(&mut cell));
    read.map(|()| values::shown(&cell)).unwrap_or_default()
}

fn system_told(found: FileSystem) -> Json {
    let FileSystem { system, swapped, from, judgement, alike } = found;
    let (agrees, why) = match &judgement {
        Judgement::Agrees(why) => (true, why),
        Judgement::Contradicted(why) => (false, why),
    };
    json!({
        "crs": format!("EPSG:{}", system.code),
        "name": system.name,
        "swapped": swapped,
        "from": super::report::file::said(from),
        "operation": system.operation(),
        "agrees": agrees,
        "evidence": why.en,
        "evidence_vi": why.vi,
        "alike": alike.iter().map(|code| format!("EPSG:{code}")).collect::<Vec<_>>(),
    })
}

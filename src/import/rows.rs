//! Rows of the files, batch by batch: converted, placed, checked, measured.
//!
//! One thread asks GDAL for rows (`batches`), another encodes those that are checked (`outgoing`), this one does all
//! the rest. Memory holds the batches on the way between them and what the channel to the database takes.

use super::{
    ImportError, ImportReport, ImportRequest, Progress, Rule,
    batches::{self, BATCH_POSITIONS, BATCH_ROWS},
    columns::{positions::PositionReader, text::TextColumn},
    corners::{self, Gathering},
    doubt,
    evidence::{Ground, Sample, SampleRow},
    file::whole::RowFault,
    outgoing::{self, OutgoingRow, OutgoingRows},
    placing,
    plan::{FilePlan, Plan, no_rows},
    read::{RawRow, Source},
    refused::RefusedRows,
    report::FileReport,
    row::{self, Row, RowFinding},
    rule::{Placed, RuleGround, Rules},
    system::{self, FileSystem, Together},
    values::{self, Converter, Signs, excel_days},
};
use crate::{
    crs::{MEASURING_SYSTEM, PlaneCells, Transform},
    layer::{Attribute, LayerDefinition},
    store::postgis::{BesideRows, RowEncoder, StagedValue},
};
use bytes::Bytes;
use std::{collections::HashMap, path::Path, sync::Arc};
use tokio::sync::mpsc::Sender;

/// Reads all files of `plan` and sends the rows, encoded, to `sender`. The end of the rows is
/// sent only if every file was read to its end. `None` where they have to be read again, for the staging table.
pub fn read_all(
    plan: &mut Plan,
    request: &ImportRequest,
    layer: &LayerDefinition,
    ground: &Ground,
    rule_ground: &RuleGround,
    (encoder, sender): (RowEncoder, &Sender<Bytes>),
    progress: &dyn Progress,
) -> Result<Option<(ImportReport, BesideRows)>, ImportError> {
    outgoing::encode(encoder, sender, |rows| {
        read_files(plan, request, layer, ground, rule_ground, rows, progress)
    })
}

fn read_files(
    plan: &mut Plan,
    request: &ImportRequest,
    layer: &LayerDefinition,
    ground: &Ground,
    rule_ground: &RuleGround,
    rows: &OutgoingRows<'_>,
    progress: &dyn Progress,
) -> Result<ImportReport, ImportError> {
    let mut report = report_of(request, layer, rule_ground);
    let attributes = plan.attributes.clone();
    let mut rules = Rules::new(rule_ground, layer, &attributes);
    rules.reserve(plan.rows().unwrap_or_default());
    let mut together = Together::default();
    let files = std::mem::take(&mut plan.files);
    let mut sources = std::mem::take(&mut plan.sources);
    for (position, (file, source)) in files.iter().zip(&mut sources).enumerate() {
        let faults = file.faults.iter().fold(HashMap::<u64, Vec<RowFault>>::new(), |mut all, fault| {
            all.entry(fault.row).or_default().push(fault.clone());
            all
        });
        let held = |a: &Attribute| {
            file.matching.pairs.iter().position(|(_, index)| layer.attributes[*index].name == a.name)
        };
        let mut reading = Reading {
            places: attributes.iter().map(held).collect(),
            plan,
            file,
            request,
            layer,
            ground,
            path: Arc::from(file.file.path.as_path()),
            position: i32::try_from(position).unwrap_or(i32::MAX),
            faults,
            settled: None,
            spread: Vec::new(),
            gathering: file.corners.map(|_| file.gathering(layer)),
            waiting: Vec::new(),
            features: 0,
            report: &mut report,
            rules: &mut rules,
            rows,
            progress,
        };
        let (system, read) = reading.run(source)?;
        together.add(&file.file.path, &system)?;
        report.read += read;
        let sent_back = file.sent_back.iter().filter_map(|row| i64::try_from(*row).ok());
        report.sent_back.extend(sent_back.map(|row| (position as i32, row)));
        report.files.push(FileReport::of(file, layer, system, read));
    }
    (plan.files, plan.sources) = (files, sources);
    rules.end(&mut report);
    Ok(report)
}

fn report_of(request: &ImportRequest, layer: &LayerDefinition, rule_ground: &RuleGround) -> ImportReport {
    ImportReport {
        layer: layer.id.clone(),
        mode: request.mode,
        dry_run: request.dry_run,
        max_refused: request.max_refused,
        notes: rule_ground.notes.clone(),
        refused_rows: RefusedRows::told_in(request.reasons_in),
        ..Default::default()
    }
}

struct Reading<'a, 'g> {
    plan: &'a mut Plan,
    file: &'a FilePlan,
    request: &'a ImportRequest,
    layer: &'a LayerDefinition,
    ground: &'a Ground,
    path: Arc<Path>,
    position: i32,
    faults: HashMap<u64, Vec<RowFault>>,
    /// Of each attribute that is written the cell that holds it.
    places: Vec<Option<usize>>,
    settled: Option<Settled>,
    /// Rows from all over the file, until the first batch has settled what it settles.
    spread: Vec<RawRow>,
    /// Where rows are corners.
    gathering: Option<Gathering>,
    /// Features that were gathered and wait for a whole batch.
    waiting: Vec<RawRow>,
    /// Features so far.
    features: u64,
    report: &'a mut ImportReport,
    rules: &'a mut Rules<'g>,
    rows: &'a OutgoingRows<'a>,
    progress: &'a dyn Progress,
}

/// What the first batch of a file settles.
struct Settled {
    system: FileSystem,
    to_wgs84: Transform,
    /// The same for most positions, where the file is in a plane of VN-2000.
    from_plane: Option<PlaneCells>,
    /// To the measuring plane; `None` where the file is in it.
    to_measuring: Option<PlaneCells>,
    positions: Option<PositionReader>,
}

impl Settled {
    /// Longitudes and latitudes of EPSG:4326 of numbers of the file; infinite where they have no place.
    fn degrees(&mut self, x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut lon, mut lat) = (x.to_vec(), y.to_vec());
        let Some(plane) = &mut self.from_plane else {
            let _ = self.to_wgs84.apply(&mut lon, &mut lat);
            return (lon, lat);
        };
        for (lon, lat) in lon.iter_mut().zip(&mut lat) {
            let (x, y) = (*lon, *lat);
            let there = plane.position(x, y).map(|[lon, lat]| (lon, lat));
            let there = there.or_else(|| self.to_wgs84.position(x, y).ok());
            (*lon, *lat) = there.unwrap_or((f64::INFINITY, f64::INFINITY));
        }
        (lon, lat)
    }

    /// Longitude and latitude of EPSG:4326 of two numbers of the file.
    fn position(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = if self.system.swapped { (y, x) } else { (x, y) };
        self.to_wgs84.position(x, y).ok()
    }
}

impl Reading<'_, '_> {
    fn run(&mut self, source: &mut Source) -> Result<(FileSystem, u64), ImportError> {
        let file = self.file;
        let columns = file.columns();
        self.spread = file.file.spread(source, &columns)?;
        let read = batches::read(&file.file, source, &columns, |batch| self.gathered(batch))?;
        if read == 0 {
            return Err(ImportError::file(&file.file.path, no_rows()));
        }
        let last = self.gathering.as_mut().and_then(Gathering::finish);
        let rest: Vec<RawRow> = std::mem::take(&mut self.waiting).into_iter().chain(last).collect();
        self.batch(rest)?;
        if let (Some(drawing), Some(settled)) = (&source.drawing, &self.settled) {
            doubt::note_open(&drawing.open, &self.path, self.report, &|(x, y)| settled.position(x, y));
        }
        match self.settled.take() {
            Some(settled) => Ok((settled.system, self.features)),
            None => Err(ImportError::file(&file.file.path, no_rows())),
        }
    }

    // Rows that are corners wait until those of as many features are there.
    fn gathered(&mut self, batch: Vec<RawRow>) -> Result<(), ImportError> {
        let Some(gathering) = &mut self.gathering else { return self.batch(batch) };
        for row in batch {
            let done = gathering.push(row).map_err(|why| ImportError::file(&self.path, why))?;
            self.waiting.extend(done);
        }
        let corners: usize = self.waiting.iter().map(|row| row.corners.len()).sum();
        if self.waiting.len() < BATCH_ROWS && corners < BATCH_POSITIONS {
            return Ok(());
        }
        let whole = std::mem::take(&mut self.waiting);
        self.batch(whole)
    }

    /// What the first rows of a file show of its numbers: column by column, and, where one does not tell, all of them.
    fn learn(&mut self, raw: &[RawRow]) {
        let pairs = &self.file.matching.pairs;
        let names: Vec<&str> =
            pairs.iter().map(|(_, attribute)| self.layer.attributes[*attribute].name.as_str()).collect();
        let own = |c: &Converter| names.iter().position(|name| *name == c.attribute().name);
        let mut all = Signs::default();
        raw.iter().flat_map(|row| row.positions(pairs.len())).flatten().for_each(|cell| all.learn(cell));
        for converter in &mut self.plan.converters {
            if let Some(at) = own(converter) {
                converter.learn(raw.iter().map(|row| &row.cells[at]));
                all.add(converter.decimal_sign());
            }
        }
        for converter in self.plan.converters.iter_mut().filter(|c| own(c).is_some()) {
            converter.learn_of_file(all.sign());
        }
    }

    fn batch(&mut self, mut raw: Vec<RawRow>) -> Result<(), ImportError> {
        if raw.is_empty() {
            return Ok(());
        }
        let count = raw.len() as u64;
        self.features += count;
        let pairs = self.file.matching.pairs.len();
        let positions = match (&self.settled, self.file.positions) {
            (None, Some(kind)) => {
                let cells = raw.iter().flat_map(|r| r.positions(pairs));
                Some(PositionReader::learn(&self.path, kind, &self.file.file.columns, cells)?)
            }
            _ => None,
        };
        if self.settled.is_none() {
            self.learn(&raw);
        }
        let reader = positions.as_ref().or(self.settled.as_ref().and_then(|s| s.positions.as_ref()));
        let mut rows: Vec<Row> = raw.iter_mut().map(|raw| self.row(raw, reader)).collect();
        drop(raw);
        if self.settled.is_none() {
            let spread = std::mem::take(&mut self.spread);
            self.settled = Some(self.settle(&rows, spread, positions)?);
        }
        self.fill_in_system(&mut rows);
        self.place(&mut rows)?;
        self.rules.check_twins(&mut rows);
        let outgoing = rows.into_iter().filter_map(|row| self.outgoing(row)).collect();
        self.rows.push(outgoing)?;
        self.progress.advance(count);
        Ok(())
    }

    fn row(&self, raw: &mut RawRow, positions: Option<&PositionReader>) -> Row {
        let pairs = &self.file.matching.pairs;
        let mut row = Row::new(raw.number);
        row.also.extend(raw.corners.iter().skip(1).map(|corner| corner.row));
        for fault in [raw.number].iter().chain(&row.also.clone()).filter_map(|n| self.faults.get(n)).flatten()
        {
            let mut found = RowFinding::error(Rule::Text, fault.reason.clone());
            found.attribute.clone_from(&fault.column);
            row.note(found);
        }
        doubt::note(&mut row, std::mem::take(&mut raw.doubts), self.file, self.layer);
        row.values.reserve_exact(self.places.len());
        let sources = self.plan.constants.iter().zip(&self.places);
        for (converter, (constant, at)) in self.plan.converters.iter().zip(sources) {
            let (attribute, at) = (converter.attribute(), *at);
            let column = at.map(|at| self.file.file.columns[pairs[at].0].as_str());
            let mut counted = None;
            let value = match (constant, at) {
                (Some(value), _) => Ok(value.clone()),
                (None, Some(at)) => {
                    let text = self.file.texts.get(at).and_then(Option::as_ref);
                    if text.is_none_or(TextColumn::is_unicode)
                        && let Some(value) = converter.take(&mut raw.cells[at])
                    {
                        row.values.push(value);
                        continue;
                    }
                    let read = text.map_or(Ok(()), |text| text.read(&mut raw.cells[at]));
                    let (format, days) = (self.file.file.format, converter.days());
                    counted = excel_days::read(format, attribute.kind, days, &mut raw.cells[at]);
                    read.and_then(|()| converter.convert(&raw.cells[at]))
                }
                (None, None) => Ok(StagedValue::Null),
            };
            match value {
                Ok(value) => {
                    if let Some((at, column)) = at.zip(column).filter(|_| constant.is_none()) {
                        row.note_text(attribute, column, &raw.cells[at], &value);
                        row.note_day(attribute, column, counted, &value);
                    }
                    row.values.push(value);
                }
                Err(refusal) => {
                    let value = at.map(|at| values::shown(&raw.cells[at])).unwrap_or_default();
                    let found = RowFinding::error(refusal.rule, refusal.reason);
                    row.note(found.of(&attribute.name).in_column(column).with_value(value));
                    row.values.push(StagedValue::Null);
                }
            }
        }
        if let Some(reader) = positions {
            if let (Some(of), Some(column)) = (self.file.corners, self.file.corner_numbers) {
                let column = &self.file.file.columns[column];
                corners::numbers::settle(&mut row, &mut raw.corners, of, reader, column);
            }
            if let Err(reason) = corners::place(raw, pairs.len(), self.file.corners, reader) {
                row.note(RowFinding::error(Rule::Type, reason));
                return row;
            }
        }
        self.shape(&mut row, raw);
        row
    }

    // The geometry as delivered, or as it was certainly meant.
    fn shape(&self, row: &mut Row, raw: &mut RawRow) {
        placing::take_shape(row, raw, &self.layer.geometry, &|place| self.to_wgs84(place));
    }

    fn fill_in_system(&self, rows: &mut [Row]) {
        if let (Some(at), Some(settled)) = (self.plan.source_system, &self.settled) {
            rows.iter_mut()
                .for_each(|row| row.values[at] = StagedValue::Int(i64::from(settled.system.system.code)));
        }
    }

    fn to_wgs84(&self, place: Option<(f64, f64)>) -> Option<(f64, f64)> {
        let (x, y) = place?;
        self.settled.as_ref()?.position(x, y)
    }

    // Which system the file is in, by the rows at hand and some from all over the file.
    fn settle(
        &self,
        rows: &[Row],
        spread: Vec<RawRow>,
        positions: Option<PositionReader>,
    ) -> Result<Settled, ImportError> {
        let mut sample: Vec<SampleRow> = rows.iter().filter_map(|row| self.sampled(row)).collect();
        for mut raw in spread {
            let row = self.row(&mut raw, positions.as_ref());
            sample.extend(self.sampled(&row));
        }
        let found = system::settle(self.request, self.file, &Sample::new(sample), self.ground)?;
        let system = found.system;
        let to_measuring = (system.code != MEASURING_SYSTEM).then(PlaneCells::to_measuring);
        let from_plane = PlaneCells::to_wgs84(system);
        let to_wgs84 = Transform::to_wgs84(system)?;
        Ok(Settled { system: found, to_wgs84, from_plane, to_measuring, positions })
    }

    fn sampled(&self, row: &Row) -> Option<SampleRow> {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        row.shape.as_ref()?.collect(&mut x, &mut y);
        let names_commune = |name: &str| {
            name == "commune_code" || (name == "code" && self.layer.id == crate::store::areas::COMMUNES)
        };
        let at = self.plan.attributes.iter().position(|a| names_commune(&a.name));
        let code = match at.and_then(|at| row.values.get(at)) {
            Some(StagedValue::Text(code)) => Some(code.clone()),
            _ => None,
        };
        SampleRow::new(&x, &y, code)
    }

    // Takes all geometries to EPSG:4326, measures them, and finds those outside the province.
    fn place(&mut self, rows: &mut [Row]) -> Result<(), ImportError> {
        let Some(settled) = &mut self.settled else { return Ok(()) };
        let (mut x, mut y) = (Vec::new(), Vec::new());
        rows.iter().filter_map(|r| r.shape.as_ref()).for_each(|shape| shape.collect(&mut x, &mut y));
        if settled.system.swapped {
            std::mem::swap(&mut x, &mut y);
        }
        let (lon, lat) = settled.degrees(&x, &y);
        if let Some(plane) = &mut settled.to_measuring {
            for (i, (lon, lat)) in lon.iter().zip(&lat).enumerate() {
                // What lies elsewhere is refused.
                [x[i], y[i]] = plane.position(*lon, *lat).unwrap_or([f64::INFINITY; 2]);
            }
        }
        let mut start = 0;
        for row in rows {
            row.note_unplaced(|x, y| settled.position(x, y));
            let Some(shape) = row.shape.take() else {
                self.rules.check(row, Placed::default(), &self.path);
                continue;
            };
            let span = start..start + shape.len();
            start = span.end;
            let (lon, lat) = (&lon[span.clone()], &lat[span.clone()]);
            let plane = (&x[span.clone()], &y[span]);
            let placed = Placed { degrees: (lon, lat), plane, size: (0.0, 0.0) };
            let system = settled.system.system;
            let size = placing::put(row, shape, placed, system, &|place| {
                place.and_then(|(x, y)| settled.position(x, y))
            });
            self.rules.check(row, Placed { degrees: (lon, lat), plane, size }, &self.path);
            if !row.is_refused() {
                self.report.measure(row.shape.as_ref(), size);
            }
        }
        Ok(())
    }

    fn outgoing(&mut self, mut row: Row) -> Option<OutgoingRow> {
        let key = || row::key(&self.plan.attributes, self.layer, &row.values);
        let is_refused = row.is_refused();
        // One that is refused goes for its key.
        let goes = if is_refused { key().is_some() } else { row.shape.is_some() };
        let delivered = if is_refused { None } else { row.delivered_json().map(|json| (json, key())) };
        row.report(self.report, (self.position, &self.path), &self.plan.attributes, self.layer);
        goes.then(|| OutgoingRow {
            file: self.position,
            row: i64::try_from(row.number).unwrap_or(i64::MAX),
            shape: row.shape.filter(|_| !is_refused),
            values: row.values,
            delivered,
        })
    }
}

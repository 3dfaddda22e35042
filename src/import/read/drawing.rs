//! Drawings (DXF, DGN) as rows: closed lines are areas, lines are lines, blocks and texts are points, and a
//! text that stands in an area is the area's.
//!
//! A drawing is held whole, because a text may come before or after the area around it. Must not know the
//! database.

use super::{
    RawRow, gdal_geometry, messages,
    open_outlines::{self, OpenOutline},
};
use crate::{
    import::{
        ImportError,
        doubt::Doubt,
        file::format::Format,
        values::Cell,
        words::{Words, words},
    },
    layer::{DrawingRule, DrawingTrait as Trait, GeometryType},
};
use gdal::{
    Dataset,
    vector::{Feature, LayerAccess, sql::Dialect},
};
use geo::{Area, BoundingRect, Contains, Geometry, LineString, Point, Polygon};
use geozero::{CoordDimensions, ToGeo, ToWkb, wkb::Wkb};
use rstar::{AABB, RTree, RTreeObject};
use std::{collections::HashMap, path::Path};

/// Entities that are read.
const ENTITIES_MAX: u64 = 1_000_000;
/// Positions that are held.
const POSITIONS_MAX: usize = 5_000_000;
/// Texts in one area that are told of when they are too many.
const TEXTS_TOLD: usize = 5;

/// What features of the layer are drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DrawnAs {
    Points,
    Lines,
    Areas,
}

/// A drawing, held.
#[derive(Debug, Default)]
pub struct Drawing {
    /// The features, each with all its cells.
    pub rows: Vec<RawRow>,
    /// What was drawn and is no feature of the layer.
    pub left_out: u64,
    /// Outlines among that, which a text shows to be meant as areas.
    pub open: Vec<OpenOutline>,
}

/// One entity of a drawing.
struct Entity {
    number: u64,
    traits: [Option<String>; Trait::ALL.len()],
    shape: Geometry,
    doubts: Vec<Doubt>,
}

impl Entity {
    fn of(&self, column: Trait) -> Option<&str> {
        self.traits[column as usize].as_deref()
    }
}

/// Names of a drawing's columns.
pub fn columns() -> Vec<String> {
    Trait::ALL.iter().map(|column| column.as_str().to_owned()).collect()
}

/// Reads a drawing for a layer with geometries of the types `held`.
///
/// # Errors
/// Where it cannot be read, holds too much, or nothing of what the layer holds.
pub fn read(
    path: &Path,
    format: Format,
    dataset: &Dataset,
    held: &[GeometryType],
    rule: &DrawingRule,
) -> Result<Drawing, ImportError> {
    let drawn_as = drawn_as(held);
    let entities = entities(path, format, dataset)?;
    let mut drawing = Drawing::default();
    let (mut features, mut texts, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for entity in entities {
        if let (Geometry::Point(at), Some(text)) = (&entity.shape, entity.of(Trait::Text)) {
            texts.push((*at, text.to_owned()));
        }
        open.extend(open_line(&entity, rule).filter(|_| drawn_as == DrawnAs::Areas));
        match feature(entity, drawn_as, rule) {
            Some(entity) => features.push(entity),
            None => drawing.left_out += 1,
        }
    }
    if drawn_as == DrawnAs::Areas {
        let alone = write_in(&mut features, texts);
        drawing.open = open_outlines::around(open, alone);
    }
    if features.is_empty() {
        let mut reason = nothing_taken(drawn_as, drawing.left_out);
        let open = drawing.open.iter().take(TEXTS_TOLD);
        open.for_each(|outline| reason.add(&outline.reason().behind("; ")));
        return Err(ImportError::file(path, reason));
    }
    for entity in features {
        let wkb = entity.shape.to_wkb(CoordDimensions::xy());
        let wkb = wkb.map_err(|e| {
            ImportError::file(path, of_entity(entity.number, &Words::said_by(messages::GDAL, e)))
        })?;
        let cells = entity.traits.into_iter().map(|t| t.map_or(Cell::Empty, Cell::Text)).collect();
        let invalid = gdal_geometry::judge(&wkb);
        drawing.rows.push(RawRow {
            number: entity.number,
            cells,
            wkb: Some(wkb),
            invalid,
            doubts: entity.doubts,
            ..RawRow::default()
        });
    }
    Ok(drawing)
}

fn nothing_taken(drawn_as: DrawnAs, others: u64) -> Words {
    let (vi, en) = match drawn_as {
        DrawnAs::Areas => ("nét khép kín", "closed line"),
        DrawnAs::Lines => ("nét", "line"),
        DrawnAs::Points => ("điểm, khối hoặc chữ", "point, block or text"),
    };
    words(
        format!(
            "không có {vi} nào mà lớp nhận, và có {others} thứ khác; hãy vẽ vùng bằng polyline khép kín, và xem [drawing] \
             trong tệp lớp"
        ),
        format!(
            "holds no {en} that the layer takes, and {others} other entities; draw areas as closed polylines, and look \
             at [drawing] in the layer's file"
        ),
    )
}

fn of_entity(number: u64, what: &Words) -> Words {
    words(format!("hình vẽ số {number}: {}", what.vi), format!("entity {number}: {}", what.en))
}

fn drawn_as(held: &[GeometryType]) -> DrawnAs {
    let any = |kinds: &[GeometryType]| held.iter().any(|kind| kinds.contains(kind));
    if any(&[GeometryType::Polygon, GeometryType::MultiPolygon]) {
        DrawnAs::Areas
    } else if any(&[GeometryType::LineString, GeometryType::MultiLineString]) {
        DrawnAs::Lines
    } else {
        DrawnAs::Points
    }
}

/// The entity as a feature of the layer, its values as the layer has them.
fn feature(mut entity: Entity, drawn_as: DrawnAs, rule: &DrawingRule) -> Option<Entity> {
    entity.shape = match (entity.shape, drawn_as) {
        (Geometry::LineString(line), DrawnAs::Areas) if line.is_closed() && line.0.len() > 3 => {
            Geometry::Polygon(Polygon::new(line, Vec::new()))
        }
        (shape @ (Geometry::Polygon(_) | Geometry::MultiPolygon(_)), DrawnAs::Areas) => shape,
        (shape @ (Geometry::LineString(_) | Geometry::MultiLineString(_)), DrawnAs::Lines) => shape,
        (shape @ Geometry::Point(_), DrawnAs::Points) => shape,
        _ => return None,
    };
    for column in Trait::ALL {
        // A text is known only when all are.
        if column == Trait::Text && drawn_as == DrawnAs::Areas {
            continue;
        }
        let value = entity.of(column).unwrap_or_default();
        let meant = rule.value(column, value)?;
        entity.traits[column as usize] = Some(meant.to_owned()).filter(|v| !v.is_empty());
    }
    Some(entity)
}

/// An area in the tree.
struct Boxed(usize, AABB<[f64; 2]>);

impl RTreeObject for Boxed {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.1
    }
}

/// The line of an entity that would be an area if it closed.
fn open_line(entity: &Entity, rule: &DrawingRule) -> Option<(u64, LineString)> {
    let Geometry::LineString(line) = &entity.shape else { return None };
    let own = |column: &Trait| *column != Trait::Text;
    let mut traits = Trait::ALL.into_iter().filter(own);
    let is_taken = traits.all(|column| rule.value(column, entity.of(column).unwrap_or_default()).is_some());
    (is_taken && !line.is_closed() && line.0.len() > 2).then(|| (entity.number, line.clone()))
}

/// Gives each text to the smallest area that it stands in; returns those that stand in none.
fn write_in(areas: &mut [Entity], texts: Vec<(Point, String)>) -> Vec<(Point, String)> {
    let boxed = areas.iter().enumerate().filter_map(|(at, entity)| {
        let bounds = entity.shape.bounding_rect()?;
        Some(Boxed(at, AABB::from_corners(bounds.min().into(), bounds.max().into())))
    });
    let tree = RTree::bulk_load(boxed.collect());
    let mut written: Vec<Vec<(Point, String)>> = vec![Vec::new(); areas.len()];
    let mut alone = Vec::new();
    for (at, text) in texts {
        let here = tree.locate_in_envelope_intersecting(&AABB::from_point([at.x(), at.y()]));
        let around = here.map(|Boxed(number, _)| *number).filter(|n| areas[*n].shape.contains(&at));
        let area = |n: &usize| areas[*n].shape.unsigned_area();
        match around.min_by(|a, b| area(a).total_cmp(&area(b))) {
            Some(number) => written[number].push((at, text)),
            None => alone.push((at, text)),
        }
    }
    for (entity, mut texts) in areas.iter_mut().zip(written) {
        match texts.as_slice() {
            [] => entity.traits[Trait::Text as usize] = None,
            [_] => entity.traits[Trait::Text as usize] = texts.pop().map(|(_, text)| text),
            several => {
                entity.traits[Trait::Text as usize] = None;
                entity.doubts.push(several_texts(several));
            }
        }
    }
    alone
}

fn several_texts(texts: &[(Point, String)]) -> Doubt {
    let told = texts.iter().take(TEXTS_TOLD).map(|(at, text)| {
        let (x, y) = at.x_y();
        words(format!("`{text}` tại {x:.3} {y:.3}"), format!("`{text}` at {x:.3} {y:.3}"))
    });
    let (count, told) = (texts.len(), Words::joined(&told.collect::<Vec<_>>(), ", "));
    let reason = words(
        format!(
            "vùng chứa {count} chữ ({}), mà chỉ cần một; hãy ghi chữ đúng vào cột text, hoặc đưa chữ loại khác sang lớp vẽ \
             riêng rồi xóa lớp đó",
            told.vi
        ),
        format!(
            "the area holds {count} texts ({}), and one was meant; write the right one into the column text, or put \
             texts of another kind on a layer of their own and remove it",
            told.en
        ),
    );
    Doubt::Fault(reason, texts[0].0.x_y())
}

fn entities(path: &Path, format: Format, dataset: &Dataset) -> Result<Vec<Entity>, ImportError> {
    let table = if format == Format::Dgn { "elements" } else { "entities" };
    let unreadable = |Words { vi, en }: Words| {
        let name = format.name();
        let vi = format!("không đọc được theo dạng {name}: {vi}");
        ImportError::file(path, words(vi, format!("cannot be read as a {name}: {en}")))
    };
    let mut texts = match format {
        Format::Dgn => texts_as_bytes(dataset, table).map_err(unreadable)?,
        _ => HashMap::new(),
    };
    // The style says the colour, and only a statement tells the style.
    let statement = format!("SELECT *, OGR_STYLE FROM {table}");
    let result = dataset.execute_sql(statement, None, Dialect::DEFAULT);
    let mut result = result
        .map_err(|e| unreadable(Words::said_by(messages::GDAL, e)))?
        .ok_or_else(|| unreadable(words("không có hình vẽ nào", "it holds no entities")))?;
    let places = Places::of(result.defn().fields().map(|field| field.name()), format);
    let (mut found, mut number, mut positions) = (Vec::new(), 0, 0);
    for feature in result.features() {
        number += 1;
        let Some(mut entity) = places.entity(&feature, number) else { continue };
        if format == Format::Dgn {
            entity.traits[Trait::Text as usize] = texts.remove(&number);
        }
        positions += positions_of(&entity.shape);
        if number > ENTITIES_MAX || positions > POSITIONS_MAX {
            let reason = words(
                format!("có hơn {ENTITIES_MAX} hình vẽ hoặc {POSITIONS_MAX} điểm; hãy lưu thành từng phần"),
                format!(
                    "holds more than {ENTITIES_MAX} entities or {POSITIONS_MAX} positions; save its parts one by one"
                ),
            );
            return Err(ImportError::file(path, reason));
        }
        found.push(entity);
    }
    match messages::take_failure() {
        Some(text) => Err(ImportError::cut_short(path, number, Words::said_by(messages::GDAL, text))),
        None => Ok(found),
    }
}

/// The texts of a drawing by the numbers of their entities, each byte as the letter of its number.
///
/// A DGN says nothing of the encoding of its texts, GDAL hands on their bytes, and its Rust binding drops those
/// that are no UTF-8; a statement can write them in digits.
fn texts_as_bytes(dataset: &Dataset, table: &str) -> Result<HashMap<u64, String>, Words> {
    let unread = || words("không đọc được chữ trong bản vẽ", "its texts cannot be read");
    let gdal = |e: gdal::errors::GdalError| Words::said_by(messages::GDAL, e);
    let statement = format!("SELECT hex(Text) AS bytes FROM {table}");
    let result = dataset.execute_sql(statement, None, Dialect::SQLITE).map_err(gdal)?;
    let mut result = result.ok_or_else(unread)?;
    let mut texts = HashMap::new();
    for (number, row) in (1..).zip(result.features()) {
        let digits = row.field_as_string(0).map_err(gdal)?.unwrap_or_default();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().map(char::from);
        let text: Option<String> = digits.as_bytes().chunks(2).map(byte).collect();
        let text = text.ok_or_else(unread)?;
        let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
        if !text.is_empty() {
            texts.insert(number, text.to_owned());
        }
    }
    Ok(texts)
}

/// Where the traits stand among a drawing's fields.
struct Places([Option<usize>; Trait::ALL.len()]);

impl Places {
    fn of(names: impl Iterator<Item = String>, format: Format) -> Self {
        let names: Vec<String> = names.collect();
        let at = |name: &str| names.iter().position(|n| n == name);
        Self(Trait::ALL.map(|column| match (column, format) {
            (Trait::Layer, Format::Dgn) => at("Level"),
            (Trait::Layer, _) => at("Layer"),
            (Trait::Colour, _) => at("OGR_STYLE"),
            (Trait::Linetype, Format::Dgn) => at("Style"),
            (Trait::Linetype, _) => at("Linetype"),
            (Trait::Block, _) => at("BlockName"),
            (Trait::Text, _) => at("Text"),
            (Trait::Handle, Format::Dgn) => at("EntityNum"),
            (Trait::Handle, _) => at("EntityHandle"),
        }))
    }

    /// The entity of a row; `None` where nothing is drawn, or on a page that is only printed.
    fn entity(&self, row: &Feature<'_>, number: u64) -> Option<Entity> {
        let geometry = row.geometry_by_index(0).ok()?;
        let mut flat = geometry.clone();
        flat.flatten_to_2d();
        let shape = flat.iso_wkb().ok().and_then(|wkb| Wkb(wkb).to_geo().ok())?;
        let text = |at: usize| row.field_as_string(at).ok().flatten().map(|text| text.trim().to_owned());
        let mut traits = self.0.map(|at| at.and_then(text).filter(|text| !text.is_empty()));
        let style = traits[Trait::Colour as usize].take();
        traits[Trait::Colour as usize] = style.as_deref().and_then(colour);
        Some(Entity { number, traits, shape: joined(shape), doubts: Vec::new() })
    }
}

/// The colour in a style such as `PEN(c:#00ff00,w:1px)` (OGR Feature Style Specification).
fn colour(style: &str) -> Option<String> {
    let from = style.find("c:#")? + 2;
    let hex = style.get(from..from + 7)?;
    hex[1..].bytes().all(|b| b.is_ascii_hexdigit()).then(|| hex.to_ascii_lowercase())
}

/// A collection of one thing is that thing.
fn joined(shape: Geometry) -> Geometry {
    match shape {
        Geometry::GeometryCollection(mut all) if all.0.len() == 1 => {
            all.0.pop().map_or(Geometry::GeometryCollection(all), joined)
        }
        Geometry::MultiLineString(mut all) if all.0.len() == 1 => {
            all.0.pop().map_or(Geometry::MultiLineString(all), Geometry::LineString)
        }
        other => other,
    }
}

fn positions_of(shape: &Geometry) -> usize {
    let of_line = |line: &LineString| line.0.len();
    match shape {
        Geometry::LineString(line) => of_line(line),
        Geometry::MultiLineString(all) => all.0.iter().map(of_line).sum(),
        Geometry::Polygon(one) => {
            of_line(one.exterior()) + one.interiors().iter().map(of_line).sum::<usize>()
        }
        other => geo::CoordsIter::coords_count(other),
    }
}

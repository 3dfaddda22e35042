//! What a feature that somebody sends is to become, attribute by attribute, and whether the layer takes it.
//!
//! Values, geometry and rules are judged by what judges the rows of a file. All attributes are judged, those too that
//! the sender may not see: they are kept as they are, and what is found of them is told without naming them. Must not
//! know the database.

use crate::{
    crs::{NamedSystem, PlaneCells, Transform},
    feature::{Feature, Value},
    import::{
        geometry::Shape,
        placing,
        plan::{self, SOURCE_SYSTEM},
        read::{RawRow, gdal_geometry},
        report::{Rule, Severity},
        row::{Row, RowFinding},
        rule::{COMMUNE_CODE, Placed, RuleGround, Rules, lies_in},
        values::{self, Cell, Converter},
        words::{Words, words},
    },
    layer::{AgencyRegister, Attribute, AttributeType, EditView, LayerDefinition},
    store::{
        edit::{Change, EditError, EditFinding, SentFeature, SentGeometry},
        postgis::StagedValue,
    },
};
use serde_json::Value as Json;
use std::{collections::BTreeSet, path::Path, sync::Arc};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The column that the program keeps by itself.
const UPDATED_AT: &str = "updated_at";

/// Positions of a geometry in the measuring plane, metres east and north.
type Positions = (Vec<f64>, Vec<f64>);

/// Where the value of an attribute comes from.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    /// It was sent.
    Sent(Cell),
    /// It stays as it is.
    Kept,
    /// The program knows it.
    Own(StagedValue),
}

/// What is to become of each attribute of a layer.
#[derive(Debug, Default)]
pub struct Wanted {
    sources: Vec<Source>,
    findings: Vec<RowFinding>,
    /// Names that are those of no attribute, as far as the sender knows.
    unknown: Vec<EditFinding>,
    /// Values that were sent for attributes that may be seen and not written.
    unwritable: Vec<(String, Json)>,
}

/// A feature that was judged.
#[derive(Debug)]
pub struct Judged {
    /// Of the attributes that are written, in the order of the layer.
    pub values: Vec<StagedValue>,
    /// The geometry, degrees.
    pub shape: Option<Shape>,
    /// What was sent in place of what was repaired.
    pub delivered: Option<String>,
    /// What was found.
    pub findings: Vec<EditFinding>,
}

impl Wanted {
    /// Out of what was sent.
    pub fn new(
        layer: &LayerDefinition,
        view: &EditView,
        change: &Change,
        fills_communes: bool,
    ) -> Result<Self, EditError> {
        let nothing = serde_json::Map::new();
        let sent = change.sent().map_or(&nothing, |sent| &sent.properties);
        let mut wanted = Self::default();
        for attribute in &layer.attributes {
            let name = attribute.name.as_str();
            let source = match sent.get(name).filter(|_| view.attribute(name).is_some()) {
                _ if is_kept_by_program(attribute) => Source::Kept,
                Some(json) => Source::Sent(wanted.cell(attribute, json)),
                None => unsaid(attribute, layer, view, change, fills_communes)?,
            };
            wanted.sources.push(source);
        }
        for (name, json) in sent {
            let is_written = view.attribute(name).is_some();
            let kept = layer.attribute(name).is_some_and(is_kept_by_program);
            match view.seen().attribute(name) {
                None => wanted.unknown.push(unknown(layer, name)),
                Some(_) if !is_written && !kept => wanted.unwritable.push((name.clone(), json.clone())),
                Some(_) => {}
            }
        }
        Ok(wanted)
    }

    fn cell(&mut self, attribute: &Attribute, json: &Json) -> Cell {
        cell(json).unwrap_or_else(|reason| {
            self.findings.push(RowFinding::error(Rule::Type, reason).of(&attribute.name));
            Cell::Empty
        })
    }

    /// The attributes that are written.
    pub fn written(&self, layer: &LayerDefinition) -> Vec<Attribute> {
        let all = layer.attributes.iter().zip(&self.sources);
        all.filter(|(_, source)| **source != Source::Kept).map(|(attribute, _)| attribute.clone()).collect()
    }

    /// Refuses other values than there are for what the sender may see and not write. `seen` is the feature as he
    /// sees it.
    pub fn refuse_unwritable(&self, view: &EditView, seen: Option<&Feature>) -> Result<(), EditError> {
        for (name, json) in &self.unwritable {
            let at = view.seen().attributes().position(|attribute| attribute.name == *name);
            let value = at.and_then(|at| seen?.values.get(at)).unwrap_or(&Value::Null);
            if !is_same(value, json) {
                return Err(EditError::Beyond(format!(
                    "your grant does not go up to the class of `{name}`: leave it out, or as it is"
                )));
            }
        }
        Ok(())
    }

    /// Holds it against the layer. `held` is the feature as it is, with all attributes of the layer.
    pub fn judge(
        &self,
        layer: &LayerDefinition,
        (view, agencies): (&EditView, &AgencyRegister),
        ground: &RuleGround,
        sent: &SentFeature,
        held: Option<&Feature>,
    ) -> Result<Judged, EditError> {
        let mut row = Row::new(1);
        row.findings.clone_from(&self.findings);
        for (at, (attribute, source)) in layer.attributes.iter().zip(&self.sources).enumerate() {
            let value = match source {
                Source::Kept => held.and_then(|held| held.values.get(at)).map_or(StagedValue::Null, staged),
                Source::Own(value) => value.clone(),
                Source::Sent(cell) => {
                    let mandatory = plan::is_mandatory(attribute, layer);
                    match Converter::new(attribute, &layer.id, mandatory, agencies).convert(cell) {
                        Ok(value) => {
                            row.note_text(attribute, &attribute.name, cell, &value);
                            value
                        }
                        Err(refusal) => {
                            row.note(RowFinding::error(refusal.rule, refusal.reason).of(&attribute.name));
                            StagedValue::Null
                        }
                    }
                }
            };
            row.values.push(value);
        }
        let positions = place(&mut row, layer, ground, sent, held)?;
        if let Some(own) = view.seen().communes().filter(|_| says_where(sent)) {
            // Who may change one commune alone is taken at his word by nobody: the ground decides.
            let of_place = |found: &&mut RowFinding| matches!(found.rule, Rule::Commune | Rule::Position);
            row.findings.iter_mut().filter(of_place).for_each(|found| found.severity = Severity::Error);
            let found = elsewhere(&row, layer, ground, own, &positions);
            row.findings.extend(found);
        }
        let values = row.values.iter().zip(&self.sources);
        let written = values.filter(|(_, source)| **source != Source::Kept).map(|(value, _)| value.clone());
        Ok(Judged {
            values: written.collect(),
            delivered: row.delivered_json(),
            shape: row.shape,
            findings: self
                .unknown
                .iter()
                .cloned()
                .chain(row.findings.into_iter().map(|found| told(found, view)))
                .collect(),
        })
    }
}

impl Judged {
    /// Whether the layer does not take it.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|found| found.severity == Severity::Error.as_str())
    }
}

fn is_kept_by_program(attribute: &Attribute) -> bool {
    attribute.column() == UPDATED_AT && attribute.kind == AttributeType::Timestamp
}

/// What an attribute is to be of which nothing was said, or nothing may be said.
fn unsaid(
    attribute: &Attribute,
    layer: &LayerDefinition,
    view: &EditView,
    change: &Change,
    fills_communes: bool,
) -> Result<Source, EditError> {
    let system = change.sent().filter(|sent| matches!(sent.geometry, SentGeometry::Wkb(_)));
    let code = system.map(|sent| StagedValue::Int(i64::from(sent.system.system.code)));
    let is_system = attribute.name == SOURCE_SYSTEM;
    let fills = fills_communes && attribute.name == COMMUNE_CODE;
    let own = plan::own_value(attribute, layer).or(fills.then_some(StagedValue::Null));
    let may_write = view.attribute(&attribute.name).is_some();
    Ok(match (change, own) {
        (_, Some(_)) if is_system && code.is_some() => Source::Own(code.unwrap_or(StagedValue::Null)),
        (Change::Create(_), Some(own)) => Source::Own(own),
        (Change::Create(_), None) if may_write => Source::Sent(Cell::Empty),
        (Change::Create(_), None) if plan::is_mandatory(attribute, layer) => {
            return Err(EditError::Beyond(
                "each feature of the layer must have what your grant does not let you write, so you cannot add one"
                    .to_owned(),
            ));
        }
        (Change::Create(_), None) => Source::Own(StagedValue::Null),
        (Change::Replace(..), None) if may_write => Source::Sent(Cell::Empty),
        _ => Source::Kept,
    })
}

// The same of one that there is not and of one that is hidden.
fn unknown(layer: &LayerDefinition, name: &str) -> EditFinding {
    let id = &layer.id;
    EditFinding {
        severity: Severity::Error.as_str(),
        rule: "attribute".to_owned(),
        attribute: Some(values::short(name)),
        reason: [
            format!("lớp `{id}` không có thuộc tính này; /collections/{id}/schema liệt kê các thuộc tính"),
            format!(
                "the layer `{id}` has no such attribute; /collections/{id}/schema lists those that it has"
            ),
        ],
    }
}

/// A value of JSON as the cell of a file.
fn cell(json: &Json) -> Result<Cell, Words> {
    let wrong =
        || words("phải là một giá trị, hoặc danh sách các chữ", "is no single value, nor a list of texts");
    Ok(match json {
        Json::Null => Cell::Empty,
        Json::Bool(value) => Cell::Text(value.to_string()),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Cell::Int(whole),
            (None, Some(number)) => Cell::Real(number),
            (None, None) => return Err(wrong()),
        },
        Json::String(text) => Cell::Text(text.clone()),
        Json::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
            Cell::List(texts.ok_or_else(wrong)?)
        }
        Json::Object(_) => return Err(wrong()),
    })
}

fn staged(value: &Value) -> StagedValue {
    match value {
        Value::Null => StagedValue::Null,
        Value::Bool(value) => StagedValue::Bool(*value),
        Value::Int(number) => StagedValue::Int(*number),
        Value::Number(number) => StagedValue::Decimal(number.to_string()),
        Value::Text(text) => StagedValue::Text(text.clone()),
        Value::Date(day) => StagedValue::Date(*day),
        Value::Timestamp(moment) => StagedValue::Timestamp(*moment),
        Value::TextList(items) => StagedValue::TextList(items.clone()),
    }
}

/// Whether a value was sent as it is.
fn is_same(value: &Value, json: &Json) -> bool {
    match (value, json) {
        (Value::Null, json) => json.is_null(),
        (Value::Bool(value), json) => json.as_bool() == Some(*value),
        (Value::Int(number), json) => json.as_i64() == Some(*number),
        (Value::Number(number), json) => json.as_f64() == Some(*number),
        (Value::Text(text), json) => json.as_str() == Some(text),
        (Value::Date(day), json) => json.as_str() == Some(&day.to_string()),
        (Value::Timestamp(moment), json) => {
            let sent = json.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
            sent == Some(*moment)
        }
        (Value::TextList(items), json) => *json == Json::from(items.as_slice()),
    }
}

/// Whether it was said in which commune the feature is, or where it lies.
fn says_where(sent: &SentFeature) -> bool {
    matches!(sent.geometry, SentGeometry::Wkb(_)) || sent.properties.contains_key(COMMUNE_CODE)
}

/// Puts the row where it lies, and holds it against the rules.
fn place(
    row: &mut Row,
    layer: &LayerDefinition,
    ground: &RuleGround,
    sent: &SentFeature,
    held: Option<&Feature>,
) -> Result<Positions, EditError> {
    let broken = |error: &dyn std::fmt::Display| EditError::Internal(error.to_string());
    let held_wkb = held.and_then(|held| held.wkb.as_deref());
    let new = match &sent.geometry {
        SentGeometry::Wkb(wkb) => Some(wkb.as_slice()),
        _ => None,
    };
    // A feature that has none may stay without.
    let is_kept = match sent.geometry {
        SentGeometry::Unsaid => held.is_some(),
        SentGeometry::Nothing => held.is_some() && held_wkb.is_none(),
        SentGeometry::Wkb(_) => false,
    };
    let system = if new.is_some() { sent.system } else { NamedSystem::crs84() };
    let to_wgs84 = Transform::to_wgs84(system.system).map_err(|error| broken(&error))?;
    let degrees = |place: Option<(f64, f64)>| place.and_then(|(x, y)| to_wgs84.position(x, y).ok());
    if is_kept {
        row.shape = held_wkb.and_then(|wkb| Shape::new(wkb, &layer.geometry).ok());
        if row.shape.is_none() && held_wkb.is_some() {
            let reason = words(
                "hình hiện có của đối tượng không đọc được; hãy gửi kèm hình mới",
                "the geometry that the feature has cannot be read; send another one with it",
            );
            row.note(RowFinding::error(Rule::GeometryType, reason));
        }
    } else {
        let wkb = new.map(<[u8]>::to_vec);
        let invalid = new.and_then(gdal_geometry::judge);
        let mut raw = RawRow { wkb, invalid, ..RawRow::default() };
        placing::take_shape(row, &mut raw, &layer.geometry, &degrees);
    }
    let mut rules = Rules::new(ground, layer, &layer.attributes);
    let path = Arc::from(Path::new(""));
    let Some(shape) = row.shape.take() else {
        rules.check(row, Placed::default(), &path);
        return Ok(Positions::default());
    };
    let (mut lon, mut lat) = (Vec::new(), Vec::new());
    shape.collect(&mut lon, &mut lat);
    let (mut x, mut y) = (lon.clone(), lat.clone());
    // What has no place is infinite, and is told as such.
    let _ = to_wgs84.apply(&mut lon, &mut lat);
    if system.system.code != crate::crs::MEASURING_SYSTEM {
        let mut plane = PlaneCells::to_measuring();
        for (at, (lon, lat)) in lon.iter().zip(&lat).enumerate() {
            [x[at], y[at]] = plane.position(*lon, *lat).unwrap_or([f64::INFINITY; 2]);
        }
    }
    let mut placed = Placed { degrees: (&lon, &lat), plane: (&x, &y), size: (0.0, 0.0) };
    placed.size = if is_kept {
        // It was judged when it came.
        let size = shape.measure(&x, &y);
        row.shape = Some(shape);
        size
    } else {
        placing::put(row, shape, placed, system.system, &degrees)
    };
    rules.check(row, placed, &path);
    Ok((x, y))
}

/// What somebody who may change some communes alone put elsewhere. Where the commune that it names is not one of his,
/// the view refuses it.
fn elsewhere(
    row: &Row,
    layer: &LayerDefinition,
    ground: &RuleGround,
    own: &BTreeSet<String>,
    (x, y): &Positions,
) -> Option<RowFinding> {
    let code = layer.attributes.iter().position(|attribute| attribute.name == COMMUNE_CODE);
    let names_own = match code.and_then(|at| row.values.get(at)) {
        Some(StagedValue::Text(code)) => own.contains(code),
        _ => false,
    };
    if !names_own || row.findings.iter().any(|found| found.severity == Severity::Error) {
        return None;
    }
    let reason = words(
        "nằm (hoặc có phần nằm) ngoài ranh giới hiện nay của các xã mà bạn được sửa",
        "it lies, or a part of it, outside of today's borders of the communes that you may change",
    );
    (!lies_in(ground, own, (x, y))).then(|| RowFinding::error(Rule::Commune, reason).of(COMMUNE_CODE))
}

/// What was found, for whoever sent the feature: of what he does not see, no more than that there is something.
fn told(found: RowFinding, view: &EditView) -> EditFinding {
    let RowFinding { rule, severity, attribute, mut reason, repair, .. } = found;
    let is_seen =
        |name: &str| view.seen().attribute(name).is_some() || view.seen().layer().attribute(name).is_none();
    let seen = attribute.as_deref().is_none_or(|names| names.split(", ").all(is_seen));
    if !seen {
        let reason = words(
            "một quy tắc của lớp về thuộc tính ngoài quyền của bạn không được thỏa mãn",
            "a rule of the layer does not hold that asks for attributes above your grant",
        );
        let Words { vi, en } = reason;
        let reason = [vi.into_owned(), en.into_owned()];
        return EditFinding {
            severity: severity.as_str(),
            rule: "layer".to_owned(),
            attribute: None,
            reason,
        };
    }
    if let Some(repair) = repair {
        reason.add(&repair.behind("; "));
    }
    let rule = rule.as_str().to_owned();
    EditFinding {
        severity: severity.as_str(),
        rule,
        attribute,
        reason: [reason.vi.into_owned(), reason.en.into_owned()],
    }
}

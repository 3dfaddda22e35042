//! Pure: a view and a question to SQL text and parameters. Runs nothing.
//!
//! Identifiers come only from the view's layer file (checked when it was read) and are quoted;
//! values go only as parameters, but those of the file's own rules.

use super::{
    change_log::quote_literal,
    source::{LONLAT, MERCATOR, Source},
    sql_filter, sql_order,
};
use crate::{
    crs,
    feature::{Bbox, Value},
    layer::{AccessClass, Attribute, AttributeType, COMMUNE_CODE, LayerDefinition, LayerView},
    query::{FeatureQuery, Order, PlaneBox, TimeInterval, filter::Filter, row_classes_above},
    tile::{Projection, coord::mercator_to_lonlat},
};
use std::fmt::Write;
use time::{Date, UtcOffset};
use tokio_postgres::types::ToSql;

/// A parameter of a statement.
pub type Parameter = Box<dyn ToSql + Sync + Send>;

/// A statement and its parameters, `$1` first.
pub struct Statement {
    /// SQL text.
    pub text: String,
    /// Parameters.
    pub parameters: Vec<Parameter>,
}

/// What `ST_Transform` by a text gives its results.
const NO_SRID: i32 = 0;
/// Vietnam's offset from UTC, hours: days in the layers are days there.
const VIETNAM_OFFSET_H: i8 = 7;

/// Quotes an identifier.
pub fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// The statement of a tile's scan: id, geometry, then the view's values as vector tiles carry
/// them. `area` in EPSG:3857; with a filter, those for which it holds. Also says which plane the
/// geometry is in. The rows come as the database finds them.
pub fn scan(view: &LayerView, area: Bbox, filter: Option<&Filter>) -> (Statement, Projection) {
    let source = Source::of(view);
    let columns: String = view.attributes().map(|a| format!(", {}", tile_expression(a))).collect();
    let (geometry, projection, condition, edges) = if source.srid == MERCATOR {
        let condition = format!("{} && ST_MakeEnvelope($1, $2, $3, $4, {MERCATOR})", source.geometry);
        (source.own(), Projection::Mercator, condition, area)
    } else {
        let (min_x, min_y) = mercator_to_lonlat(area.min_x, area.min_y);
        let (max_x, max_y) = mercator_to_lonlat(area.max_x, area.max_y);
        let envelope = source.to_own_system(&format!("ST_MakeEnvelope($1, $2, $3, $4, {LONLAT})"));
        let condition = format!("{} && {envelope}", source.geometry);
        (source.lonlat(), Projection::LonLat, condition, Bbox::new(min_x, min_y, max_x, max_y))
    };
    let mut text =
        format!("SELECT {}::int8, {geometry}{columns} FROM {} WHERE {condition}", source.id, source.table);
    if let Some(rows) = row_condition(view) {
        let _ = write!(text, " AND {rows}");
    }
    let mut parameters = edges.to_array().into_iter().map(|v| Box::new(v) as Parameter).collect();
    if let Some(filter) = filter {
        let condition = sql_filter::condition(filter, view, &source.lonlat(), &mut parameters);
        let _ = write!(text, " AND {condition}");
    }
    (Statement { text, parameters }, projection)
}

/// The same, the rows in the order of their ids.
pub fn scan_in_order(view: &LayerView, area: Bbox, filter: Option<&Filter>) -> (Statement, Projection) {
    let (mut statement, projection) = scan(view, area, filter);
    // Of rows that share an id, a view's mistake, the values decide.
    let columns: Vec<String> = (1..=2 + view.attributes().len()).map(|n| n.to_string()).collect();
    let _ = write!(statement.text, " ORDER BY {}", columns.join(", "));
    (statement, projection)
}

/// The query of all rows for a snapshot: id, geometry, then the values with nothing of them lost, and their class where
/// rules give it. Also says which plane the geometry is in.
pub fn export(view: &LayerView) -> (String, Projection) {
    let source = Source::of(view);
    let values = view.attributes().map(export_expression).chain(class_expression(view));
    let columns: String = values.map(|value| format!(", {value}")).collect();
    let (geometry, projection) = match source.srid {
        MERCATOR => (source.own(), Projection::Mercator),
        _ => (source.lonlat(), Projection::LonLat),
    };
    let geometry = source.or_its_system(&geometry);
    let rows = row_condition(view).map(|rows| format!(" WHERE {rows}")).unwrap_or_default();
    (format!("SELECT {}::int8, {geometry}{columns} FROM {}{rows}", source.id, source.table), projection)
}

/// The same for the rows whose ids `$1` lists.
pub fn export_some(view: &LayerView) -> (String, Projection) {
    let (all, projection) = export(view);
    let glue = if row_condition(view).is_some() { "AND" } else { "WHERE" };
    (format!("{all} {glue} {} = ANY($1::int8[])", Source::of(view).id), projection)
}

/// The statement of a page of features: id, geometry as WKB in EPSG:4326, the view's values with
/// nothing of them lost.
pub fn features(view: &LayerView, query: &FeatureQuery) -> Statement {
    let source = Source::asked_for_page(view, query);
    let columns: String = view.attributes().map(|a| format!(", {}", export_expression(a))).collect();
    let mut parts = Conditions::of(view, &source, query);
    let behind = sql_order::behind(view, query, &source.id, &mut parts.parameters);
    parts.conditions.extend(behind);
    let n = parts.bind(Box::new(i64::from(query.limit)));
    let text = format!(
        "SELECT {id}::int8, ST_AsBinary({geometry}){columns} FROM {table}{conditions}{order} LIMIT ${n}",
        id = source.id,
        order = match query.order {
            Order::Id => sql_order::order_by(view, query, &source.id),
            Order::AsStored => String::new(),
        },
        geometry = source.geojson(view),
        table = source.table,
        conditions = parts.text(),
    );
    Statement { text, parameters: parts.parameters }
}

/// The statement of a count: one row, one number.
pub fn count(view: &LayerView, query: &FeatureQuery) -> Statement {
    let source = Source::asked(view, query);
    let parts = Conditions::of(view, &source, query);
    let text = format!("SELECT count(*) FROM {}{}", source.table, parts.text());
    Statement { text, parameters: parts.parameters }
}

/// The statement of the extent: west, south, east, north in EPSG:4326, all null if it is empty.
pub fn extent(view: &LayerView) -> Statement {
    let source = Source::of(view);
    let parts = Conditions::of(view, &source, &FeatureQuery::default());
    // The box is taken in the table's own plane first: one geometry is cheaper to transform
    // than a million.
    let whole = Source::of(view).with_geometry("box");
    // A row beyond the world must not draw everything out to there.
    let [x, y] = source.limits();
    let text = format!(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT {} AS e FROM \
         (SELECT ST_SetSRID(ST_Extent({own}) FILTER (WHERE {geometry} @ \
         ST_MakeEnvelope(-{x}, -{y}, {x}, {y}, {srid}))::geometry, {srid}) AS box FROM {}{}) AS b) AS t",
        whole.lonlat(),
        source.table,
        parts.text(),
        own = source.own(),
        geometry = source.geometry,
        srid = source.srid,
    );
    Statement { text, parameters: parts.parameters }
}

/// The conditions of a question, and the parameters that they use.
pub(super) struct Conditions {
    conditions: Vec<String>,
    pub parameters: Vec<Parameter>,
}

impl Conditions {
    pub fn of(view: &LayerView, source: &Source, query: &FeatureQuery) -> Self {
        let mut parts = Self { conditions: Vec::new(), parameters: Vec::new() };
        parts.conditions.extend(row_condition(view));
        parts.conditions.extend(hidden_since_condition(view, query));
        if let Some(bbox) = query.bbox {
            parts.bbox(source, bbox);
        }
        if let Some(plane_box) = query.plane_box {
            parts.plane_box(source, plane_box);
        }
        if let Some(interval) = query.datetime {
            parts.datetime(view, interval);
        }
        if let Some(id) = query.id {
            let n = parts.bind(Box::new(id));
            // Of whichever whole number the column is.
            parts.and(format!("{} = ${n}::int8", source.id));
        }
        for (name, value) in &query.equals {
            parts.equals(view, name, value);
        }
        if let Some(filter) = &query.filter {
            parts.filter(view, source, filter);
        }
        parts
    }

    pub fn bind(&mut self, parameter: Parameter) -> usize {
        self.parameters.push(parameter);
        self.parameters.len()
    }

    pub fn and(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    pub fn text(&self) -> String {
        match self.conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", self.conditions.join(" AND ")),
        }
    }

    fn bbox(&mut self, source: &Source, bbox: Bbox) {
        let halves = if bbox.min_x <= bbox.max_x {
            vec![bbox]
        } else {
            vec![Bbox { max_x: 180.0, ..bbox }, Bbox { min_x: -180.0, ..bbox }]
        };
        let meets: Vec<String> = halves
            .into_iter()
            .map(|half| {
                let drawn = drawn(half, half.to_array().map(|edge| self.bind(Box::new(edge))), LONLAT);
                // A pole has no place in most planes: a box that reaches that far is met in degrees.
                match source.can_hold(half) {
                    true => source.meets(&source.to_own_system(&drawn)),
                    false => format!("ST_Intersects({}, {drawn})", source.lonlat()),
                }
            })
            .collect();
        self.and(format!("({})", meets.join(" OR ")));
    }

    /// The geometry is brought into the box's system. Only where it lies near: far away there are
    /// positions that PROJ refuses, and with them the statement.
    fn plane_box(&mut self, source: &Source, PlaneBox { system, edges, around }: PlaneBox) {
        let Some(proj4) = crs::system(system).ok().map(crs::System::proj4_text) else {
            return self.and("false".into());
        };
        let near = drawn(around, around.to_array().map(|edge| self.bind(Box::new(edge))), LONLAT);
        let edges = drawn(edges, edges.to_array().map(|edge| self.bind(Box::new(edge))), NO_SRID);
        self.and(format!(
            "CASE WHEN {geometry} && {near} THEN ST_Intersects(ST_Transform({lonlat}, '{proj4}'), {edges}) \
             ELSE false END AND {geometry} && {near}",
            geometry = source.geometry,
            near = source.to_own_system(&near),
            lonlat = source.lonlat(),
        ));
    }

    /// The filter's box goes before it, for the index.
    fn filter(&mut self, view: &LayerView, source: &Source, filter: &Filter) {
        if let Some(bbox) = filter.bbox().filter(|bbox| source.can_hold(*bbox)) {
            let edges = bbox.to_array().map(|edge| self.bind(Box::new(edge)));
            let area = source.to_own_system(&drawn(bbox, edges, LONLAT));
            self.and(format!("{} && {area}", source.geometry));
        }
        self.conditions.push(sql_filter::condition(filter, view, &source.lonlat(), &mut self.parameters));
    }

    /// Validity is half open, `[valid_from, valid_to)`; layers without both have no time and
    /// are not filtered (OGC API Features 17-069r4, 7.15.4).
    fn datetime(&mut self, view: &LayerView, interval: TimeInterval) {
        let (Some(from), Some(to)) = (view.attribute("valid_from"), view.attribute("valid_to")) else {
            return;
        };
        let [from, to] = [from, to].map(|day| format!("{}::date", quoted(day.column())));
        if let Some(end) = interval.end {
            let n = self.bind(Box::new(vietnamese_day(end)));
            self.and(format!("({from} IS NULL OR {from} <= ${n})"));
        }
        if let Some(start) = interval.start {
            let n = self.bind(Box::new(vietnamese_day(start)));
            self.and(format!("({to} IS NULL OR {to} > ${n})"));
        }
    }

    fn equals(&mut self, view: &LayerView, name: &str, value: &Value) {
        // A name that is not in the view meets nothing: it must not tell whether it exists.
        let Some(attribute) = view.attribute(name) else { return self.and("false".into()) };
        let expression = value_expression(attribute);
        let (parameter, operator): (Parameter, _) = match value {
            Value::Null => return self.and(format!("{} IS NULL", quoted(attribute.column()))),
            Value::Bool(v) => (Box::new(*v), "="),
            Value::Int(v) => (Box::new(*v), "="),
            Value::Number(v) => (Box::new(*v), "="),
            Value::Text(v) => (Box::new(v.clone()), "="),
            Value::Date(v) => (Box::new(*v), "="),
            Value::Timestamp(v) => (Box::new(*v), "="),
            Value::TextList(v) => (Box::new(v.clone()), "@>"),
        };
        let n = self.bind(parameter);
        self.and(format!("{expression} {operator} ${n}"));
    }
}

/// A box over the parameters of its edges. One without width or height is a line or a point: as
/// an area it would meet nothing.
fn drawn(bbox: Bbox, [w, s, e, n]: [usize; 4], srid: i32) -> String {
    let point = |x, y| format!("ST_SetSRID(ST_MakePoint(${x}::float8, ${y}::float8), {srid})");
    match (bbox.min_x == bbox.max_x, bbox.min_y == bbox.max_y) {
        (false, false) => format!("ST_MakeEnvelope(${w}, ${s}, ${e}, ${n}, {srid})"),
        (true, true) => format!("ST_Collect({}, {})", point(w, s), point(e, n)),
        _ => format!("ST_MakeLine({}, {})", point(w, s), point(e, n)),
    }
}

/// Hides rows above the view's class, and those of communes that are not in it. It is never unknown.
fn row_condition(view: &LayerView) -> Option<String> {
    let class = seen_by(view.layer(), view.row_class());
    let Some(communes) = view.communes() else { return class };
    let codes: Vec<String> = communes.iter().map(|code| quote_literal(code)).collect();
    let code = view.layer().attribute(COMMUNE_CODE).map(|a| quoted(a.column()));
    let own = code.map_or_else(
        || "FALSE".to_owned(),
        |code| format!("coalesce({code}::text IN ({}), FALSE)", codes.join(", ")),
    );
    Some(class.map_or_else(|| own.clone(), |class| format!("({class} AND {own})")))
}

/// The condition of rows that are not above a class, neither by what they say themselves nor by a rule; `None` where
/// all are. It is never unknown. A class that is none of the three is above all.
pub(super) fn seen_by(layer: &LayerDefinition, class: AccessClass) -> Option<String> {
    if class == AccessClass::Restricted {
        return None;
    }
    // The layer's own file is asked, not the view: what it asks for may itself be hidden.
    let lonlat = Source::of_layer(layer).lonlat();
    let own = layer.attribute("access_class").map(|attribute| {
        let seen = AccessClass::ALL.into_iter().filter(|seen| *seen <= class);
        let seen: Vec<String> = seen.map(|class| format!("'{}'", class.as_str())).collect();
        format!("({0} IS NULL OR {0} IN ({1}))", quoted(attribute.column()), seen.join(", "))
    });
    let rules = row_classes_above(layer, class).into_iter().map(|rule| match rule {
        Ok(rule) => format!("{} IS FALSE", sql_filter::own_condition(&rule, layer, &lonlat)),
        Err(_) => "FALSE".to_owned(),
    });
    let all: Vec<String> = own.into_iter().chain(rules).collect();
    (!all.is_empty()).then(|| format!("({})", all.join(" AND ")))
}

/// The class of a row, nothing for an open one, where a rule of the layer's file can give it.
fn class_expression(view: &LayerView) -> Option<String> {
    let [open, shared] = [AccessClass::Open, AccessClass::Shared]
        .map(|class| seen_by(view.layer(), class).unwrap_or_else(|| "TRUE".to_owned()));
    let class = format!("CASE WHEN {open} THEN NULL WHEN {shared} THEN 'shared' ELSE 'restricted' END");
    (!view.layer().row_class.is_empty()).then_some(class)
}

/// Hides rows of the past that have come to be above the view's class.
fn hidden_since_condition(view: &LayerView, query: &FeatureQuery) -> Option<String> {
    query.as_of.filter(|_| view.layer().table.is_none())?;
    let (seen, Source { table, .. }) = (row_condition(view)?, Source::of(view));
    Some(format!("NOT EXISTS (SELECT FROM {table} AS since WHERE since.id = past.id AND NOT {seen})"))
}

/// The rows of the view, up to their id: `SELECT FROM table WHERE … AND id`.
pub(super) fn quality_rows(view: &LayerView) -> String {
    let source = Source::of(view);
    let rows = row_condition(view).map(|rows| format!("{rows} AND ")).unwrap_or_default();
    format!("SELECT FROM {} WHERE {rows}{}", source.table, source.id)
}

/// A column in the one type that its kind is read as.
fn value_expression(attribute: &Attribute) -> String {
    let column = quoted(attribute.column());
    match attribute.kind {
        AttributeType::Text | AttributeType::Enum => format!("{column}::text"),
        AttributeType::Integer => format!("{column}::int8"),
        AttributeType::Number => format!("{column}::float8"),
        AttributeType::Boolean => format!("{column}::bool"),
        // PostgreSQL's infinite days have no counterpart outside: they mean "no end".
        AttributeType::Date => format!("CASE WHEN isfinite({column}) THEN {column}::date END"),
        AttributeType::Timestamp => format!("CASE WHEN isfinite({column}) THEN {column}::timestamptz END"),
        AttributeType::TextList => format!("{column}::text[]"),
    }
}

/// A column as vector tiles carry it: days and moments as ISO 8601 text, lists as one text.
fn tile_expression(attribute: &Attribute) -> String {
    let column = quoted(attribute.column());
    match attribute.kind {
        AttributeType::Date => format!("to_char({column}, 'YYYY-MM-DD')"),
        AttributeType::Timestamp => {
            format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
        }
        AttributeType::TextList => format!("array_to_string({column}, ', ')"),
        _ => value_expression(attribute),
    }
}

/// A column as a snapshot keeps it: days and moments as ISO 8601 text, lists as JSON.
pub(super) fn export_expression(attribute: &Attribute) -> String {
    let column = quoted(attribute.column());
    let moment = format!("{column}::timestamptz AT TIME ZONE 'UTC'");
    match attribute.kind {
        AttributeType::Date => {
            format!("CASE WHEN isfinite({column}) THEN to_char({column}, 'YYYY-MM-DD') END")
        }
        // Without a fraction where there is none: then it is what a tile carries.
        AttributeType::Timestamp => format!(
            "CASE WHEN isfinite({column}) THEN replace(to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
             '.000000', '') END"
        ),
        AttributeType::TextList => format!("to_json(array_remove({column}::text[], NULL))::text"),
        _ => value_expression(attribute),
    }
}

fn vietnamese_day(moment: time::OffsetDateTime) -> Date {
    let offset = UtcOffset::from_hms(VIETNAM_OFFSET_H, 0, 0).unwrap_or(UtcOffset::UTC);
    moment.checked_to_offset(offset).unwrap_or(moment).date()
}

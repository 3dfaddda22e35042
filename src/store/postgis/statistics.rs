//! How much of a layer lies in an area, straight from the table: GEOS cuts each feature, in the
//! same plane. What it costs, a snapshot saves; what it answers, a snapshot must answer.

use super::{
    read::{PostgisStore, TileValue, store_error},
    source::Source,
    sql::{Conditions, Statement, export_expression},
};
use crate::{
    area::{Area, DIFFERS, DIFFERS_M2, Dimension},
    crs::MEASURING_SRID,
    feature::{Bbox, Value},
    layer::{AttributeType, LayerView},
    query::statistics::{GroupKey, Part, Share, Statistics, StatisticsQuery, Tally, Unanswered},
    store::{StoreError, rows::owned_value},
    tile::coord::mercator_to_lonlat,
};
use geozero::{CoordDimensions, ToWkb};
use std::{fmt::Write, sync::atomic::Ordering};
use tokio_postgres::Row;

/// An area `g` that is not valid, as it is meant: of each part what its exterior goes round, whichever way, and none
/// of its holes does; of all parts what any covers. `ST_MakeValid` of a single ring gives what that goes round; of a
/// whole area it would make ground of a hole that lies outside.
const MENDED: &str = "coalesce((SELECT ST_Union(CASE WHEN holes IS NULL THEN exterior ELSE ST_Difference(exterior, holes) END) \
    FROM ST_Dump(g) AS part CROSS JOIN LATERAL (SELECT \
    ST_MakeValid(ST_MakePolygon(ST_ExteriorRing(part.geom)), 'method=structure keepcollapsed=false') AS exterior, \
    (SELECT ST_Union(ST_MakeValid(ring.geom, 'method=structure keepcollapsed=false')) \
    FROM ST_DumpRings(part.geom) AS ring WHERE ring.path[1] > 0) AS holes) AS rings), \
    ST_SetSRID('POLYGON EMPTY'::geometry, ST_SRID(g)))";

/// Columns before the values: dimension, amount, amount inside, whether it is not the sum of its rings, id, and of
/// the rest how much of what lies inside zones take; nothing where they take none.
const VALUES_FROM: usize = 6;
const TAKEN: usize = 5;

impl PostgisStore {
    /// As the trait has it.
    pub(super) async fn count_statistics(
        &self,
        view: &LayerView,
        query: &StatisticsQuery,
    ) -> Result<Statistics, StoreError> {
        let mut tally = Tally::new(query);
        let area: Vec<&Area> = query.area.iter().map(AsRef::as_ref).collect();
        self.pass(view, query, &area, Share::Total, &mut tally).await?;
        if let Some(zones) = &query.zones {
            for (number, zone) in zones.each().iter().enumerate() {
                let both: Vec<&Area> = area.iter().copied().chain([zone.as_ref()]).collect();
                self.pass(view, query, &both, Share::Zone(number), &mut tally).await?;
            }
            self.pass(view, query, &area, Share::Rest, &mut tally).await?;
        }
        Ok(tally.finish())
    }

    async fn pass(
        &self,
        view: &LayerView,
        query: &StatisticsQuery,
        areas: &[&Area],
        share: Share,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        let types = |names: &[String]| -> Vec<AttributeType> {
            names.iter().map(|name| view.attribute(name).map_or(AttributeType::Text, |a| a.kind)).collect()
        };
        let (groups, listed) = (types(&query.groups), types(&query.list));
        let mut rows = self.statement(statement(view, query, areas, share)?).await?;
        let mut values = vec![None; query.values.len()];
        while let Some(row) = rows.next().await? {
            if query.stop.load(Ordering::Relaxed) {
                return Err(Unanswered::Stopped.into());
            }
            let Some((part, crosses)) = part_of(&row).map_err(store_error)? else { continue };
            for (i, value) in values.iter_mut().enumerate() {
                let found: Option<f64> = row.try_get(VALUES_FROM + i).map_err(store_error)?;
                *value = found.filter(|v| v.is_finite());
            }
            if part.inside <= 0.0 && !part.counts() {
                continue;
            }
            let taken: Option<f64> = row.try_get(TAKEN).map_err(store_error)?;
            let Some(part) = taken.map_or(Some(part), |taken| part.beside(taken)) else { continue };
            if share == Share::Total {
                tally.add(&part, &values, crosses);
                let from = VALUES_FROM + values.len() + groups.len();
                tell(&row, from, &listed, query, &part, tally).map_err(store_error)?;
            }
            if share == Share::Total && (query.zones.is_some() || groups.is_empty()) {
                continue;
            }
            let from = VALUES_FROM + values.len();
            let own = values_of(&row, from, &groups).map_err(store_error)?;
            let key = format!("{share:?} {own:?}");
            let make = || GroupKey { zone: share.zone(), values: own };
            tally.add_to_group(key.as_bytes(), make, &part, &values)?;
        }
        Ok(())
    }
}

/// Values of these types from a column on.
fn values_of(row: &Row, from: usize, kinds: &[AttributeType]) -> Result<Vec<Value>, tokio_postgres::Error> {
    let one = |(i, kind): (usize, &AttributeType)| {
        let value = row.try_get::<_, TileValue<'_>>(from + i)?.0;
        Ok(owned_value(value, *kind).unwrap_or_default())
    };
    kinds.iter().enumerate().map(one).collect()
}

/// What is told of a single feature: attributes of the list from a column on, behind them the date.
fn tell(
    row: &Row,
    from: usize,
    listed: &[AttributeType],
    query: &StatisticsQuery,
    part: &Part,
    tally: &mut Tally,
) -> Result<(), tokio_postgres::Error> {
    if query.latest.is_some()
        && let Some(text) = row.try_get::<_, Option<&str>>(from + listed.len())?
    {
        tally.date(text, part);
    }
    if query.list_max > 0 {
        let (id, values) = (row.try_get(4)?, values_of(row, from, listed)?);
        tally.list(id, part, || values);
    }
    Ok(())
}

fn part_of(row: &Row) -> Result<Option<(Part, bool)>, tokio_postgres::Error> {
    let dimension = match row.try_get::<_, Option<i32>>(0)? {
        Some(2) => Dimension::Area,
        Some(1) => Dimension::Length,
        Some(0) => Dimension::Count,
        _ => return Ok(None),
    };
    let of: Option<f64> = row.try_get(1)?;
    let inside: Option<f64> = row.try_get(2)?;
    let crosses = row.try_get::<_, Option<bool>>(3)?.unwrap_or_default();
    Ok(of.zip(inside).map(|(of, inside)| (Part { dimension, of, inside }, crosses)))
}

/// One row for each feature whose box meets all of `areas`.
fn statement(
    view: &LayerView,
    query: &StatisticsQuery,
    areas: &[&Area],
    share: Share,
) -> Result<Statement, StoreError> {
    let source = Source::of(view);
    let mut parts = Conditions::of(view, &source, &query.select);
    let mut cut = String::new();
    for area in areas {
        let own = ground(area, &mut parts)?;
        cut = if cut.is_empty() { own } else { format!("ST_Intersection({cut}, {own})") };
        let edges = lonlat_bounds(area).to_array().map(|edge| parts.bind(Box::new(edge)));
        let [w, s, e, n] = edges;
        let envelope = source.to_own_system(&format!("ST_MakeEnvelope(${w}, ${s}, ${e}, ${n}, 4326)"));
        parts.and(format!("{} && {envelope}", source.geometry));
    }
    let area = if cut.is_empty() { "NULL::geometry".to_owned() } else { cut };
    let zones = query.zones.as_ref().filter(|_| share == Share::Rest);
    let zones = zones.map(|zones| ground(zones.all(), &mut parts)).transpose()?;
    let zones = zones.unwrap_or_else(|| "NULL::geometry".to_owned());
    let mut columns = String::new();
    let told = query.values.iter().chain(&query.groups).chain(&query.list).chain(&query.latest);
    let told: Vec<&String> = told.collect();
    for (i, name) in told.iter().enumerate() {
        // A name that is not in the view has no value: it must not tell whether it exists.
        let is_value = i < query.values.len();
        let expression = view.attribute(name).map_or_else(|| "NULL::text".to_owned(), export_expression);
        let expression = if is_value { format!("({expression})::float8") } else { expression };
        let _ = write!(columns, ", {expression} AS c{i}");
    }
    let names: String = (0..told.len()).map(|i| format!(", c{i}")).collect();
    let of = amount("v");
    let within = |area: &str| {
        let cut = amount(&format!(
            "CASE WHEN d = 2 THEN ST_CollectionExtract(ST_Intersection(v, {area}), 3) \
             ELSE ST_Intersection(v, {area}) END"
        ));
        format!("WHEN ST_CoveredBy(v, {area}) THEN {of} WHEN ST_Intersects(v, {area}) THEN {cut}")
    };
    let crosses = format!(
        "(d = 2 AND abs(ST_Area(v) - greatest(ST_Area(g), 0)) \
         > {DIFFERS:e} * greatest(ST_Area(v), ST_Area(g)) + {DIFFERS_M2:e})"
    );
    // Without `OFFSET 0` what is computed of a feature is computed anew wherever it is named: three times as long
    // for 20 000 parcels.
    let text = format!(
        "WITH one AS MATERIALIZED (SELECT {area} AS a, {zones} AS z), \
         area AS MATERIALIZED (SELECT a, CASE WHEN a IS NULL THEN z ELSE ST_Intersection(a, z) END AS z FROM one), \
         f AS (SELECT {measuring} AS g, {id}::int8 AS id{columns} FROM {table}{conditions} OFFSET 0), \
         s AS (SELECT id{names}, ST_Dimension(g) AS d, \
         CASE WHEN ST_IsCollection(g) THEN ST_CollectionExtract(g, ST_Dimension(g) + 1) ELSE g END AS g \
         FROM f WHERE NOT ST_IsEmpty(g) OFFSET 0), \
         m AS (SELECT *, CASE WHEN d <> 2 OR ST_IsValid(g) THEN g ELSE {MENDED} END AS v FROM s OFFSET 0) \
         SELECT d, {of}, CASE WHEN a IS NULL THEN {of} {inside} ELSE 0 END, {crosses}, id, \
         CASE {taken} END{names} FROM m CROSS JOIN area",
        inside = within("a"),
        taken = within("z"),
        measuring = source.measuring(),
        id = source.id,
        table = source.table,
        conditions = parts.text(),
    );
    Ok(Statement { text, parameters: parts.parameters })
}

/// An area as SQL in the measuring plane. What its parts share counts once.
fn ground(area: &Area, parts: &mut Conditions) -> Result<String, StoreError> {
    let shape = geo::Geometry::MultiPolygon(area.shape().clone());
    let wkb = shape.to_wkb(CoordDimensions::xy());
    let wkb = wkb.map_err(|error| StoreError::Internal(error.to_string()))?;
    let n = parts.bind(Box::new(wkb));
    Ok(format!("ST_UnaryUnion(ST_GeomFromWKB(${n}::bytea, {MEASURING_SRID}))"))
}

/// Square metres, metres or positions of a geometry of dimension `d`.
fn amount(geometry: &str) -> String {
    format!(
        "(CASE d WHEN 2 THEN ST_Area({geometry}) WHEN 1 THEN ST_Length({geometry}) \
         ELSE ST_NPoints({geometry}) END)::float8"
    )
}

fn lonlat_bounds(area: &Area) -> Bbox {
    let b = area.mercator_bounds();
    let ((west, south), (east, north)) =
        (mercator_to_lonlat(b.min_x, b.min_y), mercator_to_lonlat(b.max_x, b.max_y));
    Bbox::new(west, south, east, north)
}

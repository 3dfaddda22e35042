//! Overviews of points: the most important of each place, or one for all with their number.

use super::{
    encode::{FlatGeometry, property},
    file::{COUNT_COLUMN, FeatureFile, Hit},
    overview::{Level, cell},
    row::{self, kind},
    write::FeatureEncoder,
};
use crate::{
    feature::ValueRef,
    layer::{GeneraliseRule, LayerDefinition},
};
use std::{collections::BTreeMap, io, sync::PoisonError};

/// Zooms by which a cell is smaller than a tile where points are thinned: 16 pixels of 512.
const THIN_BITS: u8 = 5;
/// The same where they are gathered: 32 pixels.
const CLUSTER_BITS: u8 = 4;
/// Of a hundred cells with points so many must have one only, for the points to be served
/// themselves.
const SINGLE_PERCENT: usize = 90;

/// Points by the cell and the access class that they share.
type Cells<'a> = BTreeMap<((i32, i32), &'a [u8]), Vec<Point<'a>>>;

fn bits(layer: &LayerDefinition) -> u8 {
    if layer.generalise.rule == GeneraliseRule::Cluster { CLUSTER_BITS } else { THIN_BITS }
}

/// Whether there is room for nearly all points at a zoom.
pub fn has_room(layer: &LayerDefinition, file: &FeatureFile, zoom: u8) -> bool {
    let mut cells: Vec<(i32, i32)> =
        (0..file.placed()).filter_map(|n| file.bbox(n)).map(|b| cell(b, zoom + bits(layer))).collect();
    let all = cells.len();
    cells.sort_unstable();
    cells.dedup();
    cells.len() * 100 >= all * SINGLE_PERCENT
}

/// Builds one level.
pub fn build(level: &Level<'_>) -> io::Result<()> {
    let kinds = level.source.column_kinds();
    let access_column = level.source.class_column();
    let rule = &level.layer.generalise;
    let importance_column = rule.importance.as_deref().and_then(|name| level.column(name));
    let count_column = level.column(COUNT_COLUMN).unwrap_or(kinds.len());
    let mut cells: Cells<'_> = BTreeMap::new();
    for hit in (0..level.source.placed()).filter_map(|n| level.source.feature(n)) {
        let mut point = Point {
            hit,
            id: row::first_long(hit.row.properties),
            importance: f64::MIN,
            count: 1,
            access: &[],
        };
        row::properties(hit.row.properties, &kinds, |column, value| match value {
            ValueRef::Int(count) if column == count_column => point.count = count,
            ValueRef::Int(v) if Some(column) == importance_column => point.importance = v as f64,
            ValueRef::Number(v) if Some(column) == importance_column => point.importance = v,
            _ => {}
        });
        row::raw_properties(hit.row.properties, &kinds, |column, raw| {
            if Some(column) == access_column {
                point.access = raw;
            }
        });
        let place = cell(hit.bbox, level.zoom + bits(level.layer));
        cells.entry((place, point.access)).or_default().push(point);
    }
    let mut encoder = FeatureEncoder::default();
    let mut writer = level.writer.lock().unwrap_or_else(PoisonError::into_inner);
    for own in cells.values() {
        let (geometry, properties, tie) = match (own.as_slice(), rule.rule) {
            ([one], _) => one.itself(),
            (several, GeneraliseRule::Cluster) => together(several, count_column),
            (several, _) => most_important(several).itself(),
        };
        if let Some(encoded) = encoder.encode(tie, &geometry, &properties) {
            writer.push(&encoded)?;
        }
    }
    Ok(())
}

/// One point of a cell.
struct Point<'a> {
    hit: Hit<'a>,
    id: Option<i64>,
    importance: f64,
    count: i64,
    access: &'a [u8],
}

impl Point<'_> {
    fn middle(&self) -> [f64; 2] {
        let b = self.hit.bbox;
        [0.5 * (b.min_x + b.max_x), 0.5 * (b.min_y + b.max_y)]
    }

    fn itself(&self) -> (FlatGeometry, Vec<u8>, i64) {
        let geometry =
            FlatGeometry { kind: kind::POINT, xy: self.middle().to_vec(), ..FlatGeometry::default() };
        (geometry, self.hit.row.properties.to_vec(), self.id.unwrap_or(i64::MAX))
    }
}

fn most_important<'p, 'a>(points: &'p [Point<'a>]) -> &'p Point<'a> {
    let first = |a: &&Point<'_>, b: &&Point<'_>| {
        b.importance.total_cmp(&a.importance).then(a.id.unwrap_or(i64::MAX).cmp(&b.id.unwrap_or(i64::MAX)))
    };
    points.iter().min_by(first).unwrap_or(&points[0])
}

/// One point in the middle of several, with their number and access class.
fn together(points: &[Point<'_>], count_column: usize) -> (FlatGeometry, Vec<u8>, i64) {
    let total: i64 = points.iter().map(|p| p.count).sum();
    let middle = [0, 1].map(|axis| {
        points.iter().map(|p| p.middle()[axis] * p.count as f64).sum::<f64>() / total.max(1) as f64
    });
    let mut properties = points[0].access.to_vec();
    property(&mut properties, count_column, &total.to_le_bytes());
    let geometry = FlatGeometry { kind: kind::POINT, xy: middle.to_vec(), ..FlatGeometry::default() };
    (geometry, properties, points.iter().filter_map(|p| p.id).min().unwrap_or(i64::MAX))
}

//! Overviews of areas: specks merged by class, borders simplified once for both neighbours.

use super::{
    encode::{FlatGeometry, property},
    file::{COUNT_COLUMN, FeatureFile, Hit},
    overview::{Level, blocks, cell, each_block, pixel_m},
    row::{self, ColumnKind, kind},
    write::FeatureEncoder,
};
use crate::{
    feature::{FlatKind, FlatPart, ValueRef},
    generalise::{
        Vertex,
        coverage::{Block, Finest, Polygon},
        merge::{Groups, Speck, group},
        metres, vertex,
    },
    layer::GeneraliseRule,
};
use foldhash::fast::FixedState;
use std::{collections::HashMap, io, ops::Range, sync::PoisonError};

/// Zooms by which a cell is smaller than a tile: 8 pixels of 512.
const CELL_BITS: u8 = 6;
/// Areas that meet no other and are narrower are gathered with those about them, pixels.
const ISLAND_PX: f64 = 2.0;
/// Features looked at for what is typical.
const SAMPLE: u64 = 4_000;

/// The width of a square as large as the features on average, metres.
pub fn typical_width(file: &FeatureFile) -> f64 {
    let step = (file.placed() / SAMPLE).max(1);
    let (mut sum, mut count) = (0.0, 0.0);
    for number in (0..file.placed()).step_by(step as usize) {
        if let Some(bbox) = file.bbox(number) {
            sum += ((bbox.max_x - bbox.min_x) * (bbox.max_y - bbox.min_y)).sqrt();
            count += 1.0;
        }
    }
    if count == 0.0 { f64::INFINITY } else { sum / count }
}

/// The width of a cell, metres.
pub fn cell_m(zoom: u8) -> f64 {
    pixel_m(zoom) * 512.0 / f64::from(1u32 << CELL_BITS)
}

/// Builds one level.
pub fn build(level: &Level<'_>) -> io::Result<()> {
    let ranges = blocks(level.source, level.zoom + CELL_BITS);
    let keep_outline = ranges.len() > 1;
    each_block(&ranges, |range| block(level, range, keep_outline))
}

/// One feature of a block.
struct Member<'a> {
    properties: &'a [u8],
    id: Option<i64>,
    /// Other geometry than areas is passed on as it is.
    hit: Hit<'a>,
    parts: Vec<FlatPart<'a>>,
}

fn block(level: &Level<'_>, range: Range<u64>, keep_outline: bool) -> io::Result<()> {
    let members: Vec<Member<'_>> = range.filter_map(|number| member(level, number)).collect();
    let mut block = Block::default();
    let mut areas = Vec::with_capacity(members.len());
    let mut ring: Vec<Vertex> = Vec::new();
    for (number, member) in members.iter().enumerate() {
        let mut area = 0.0;
        for part in member.parts.iter().filter(|p| p.kind == FlatKind::Rings) {
            for (place, path) in paths(part).enumerate() {
                ring.clear();
                ring.extend(path);
                let own = block.ring(number as u32, &ring, place == 0);
                area += if place == 0 { own } else { -own };
            }
        }
        // Twice square centimetres to square metres.
        areas.push(area.max(0.0) / 2e4);
    }
    let (groups, merging) = grouped(level, &members, &areas);
    let count = groups.groups.len();
    // Of a coverage each part is somebody's, however small.
    let island_px = if level.layer.generalise.rule == GeneraliseRule::Merge { ISLAND_PX } else { 0.0 };
    let finest =
        Finest { tolerance: level.tolerance_cm(), keep_outline, island: island_px * level.pixel_m() * 100.0 };
    let merged = block.generalise(&groups.of, count, finest);
    let mut of_group: Vec<Vec<usize>> = vec![Vec::new(); count];
    groups.of.iter().enumerate().for_each(|(m, g)| of_group[*g as usize].push(m));
    let mut encoder = FeatureEncoder::default();
    let mut properties = Vec::new();
    for ((own, polygons), (_, class)) in of_group.iter().zip(merged).zip(&groups.groups) {
        let Some(first) = own.first().map(|m| &members[*m]) else { continue };
        if polygons.is_empty() {
            continue;
        }
        let geometry = geometry(polygons);
        let tie = own.iter().filter_map(|m| members[*m].id).min().unwrap_or(i64::MAX);
        let bytes = match own.len() {
            1 => first.properties,
            _ => {
                merging.properties(own.iter().map(|m| &members[*m]), *class, &mut properties);
                &properties
            }
        };
        if let Some(encoded) = encoder.encode(tie, &geometry, bytes) {
            level.writer.lock().unwrap_or_else(PoisonError::into_inner).push(&encoded)?;
        }
    }
    Ok(())
}

fn member<'a>(level: &Level<'a>, number: u64) -> Option<Member<'a>> {
    let hit = level.source.feature(number)?;
    let mut parts = Vec::new();
    hit.row.parts(level.source.kind(), &mut parts)?;
    let properties = hit.row.properties;
    Some(Member { properties, id: row::first_long(properties), hit, parts })
}

/// The corners of each path of a part.
pub fn paths<'a>(part: &FlatPart<'a>) -> impl Iterator<Item = impl Iterator<Item = Vertex> + 'a> + 'a {
    let (numbers, _) = part.xy.as_chunks::<8>();
    let (pairs, _) = numbers.as_chunks::<2>();
    let (ends, _) = part.ends.as_chunks::<4>();
    let count = ends.len().max(1);
    let mut start = 0;
    (0..count).map(move |i| {
        let end = ends.get(i).map_or(pairs.len(), |end| u32::from_le_bytes(*end) as usize);
        let path = pairs.get(start..end).unwrap_or_default();
        start = end;
        path.iter().map(|[x, y]| vertex(f64::from_le_bytes(*x), f64::from_le_bytes(*y)))
    })
}

/// What merged features are called.
struct Merging<'a> {
    kinds: Vec<ColumnKind>,
    class_column: Option<usize>,
    access_column: Option<usize>,
    count_column: usize,
    /// The class of each number, as a property.
    classes: Vec<&'a [u8]>,
}

fn grouped<'a>(level: &Level<'a>, members: &[Member<'a>], areas: &[f64]) -> (Groups, Merging<'a>) {
    let rule = &level.layer.generalise;
    let columns = level.source.columns().len();
    let mut merging = Merging {
        kinds: level.source.column_kinds(),
        class_column: rule.class.as_deref().and_then(|name| level.column(name)),
        access_column: level.source.class_column(),
        count_column: level.column(COUNT_COLUMN).unwrap_or(columns),
        classes: Vec::new(),
    };
    if rule.rule == GeneraliseRule::Coverage {
        let of = (0..members.len() as u32).collect();
        return (Groups { of, groups: vec![(1, 0); members.len()] }, merging);
    }
    let cell_m = cell_m(level.zoom);
    let mut classes: HashMap<&[u8], u32, FixedState> = HashMap::default();
    let mut accesses: HashMap<&[u8], u32, FixedState> = HashMap::default();
    let mut specks = Vec::with_capacity(members.len());
    for (member, area) in members.iter().zip(areas) {
        let (mut class, mut access): (&[u8], &[u8]) = (&[], &[]);
        row::raw_properties(member.properties, &merging.kinds, |column, raw| {
            if Some(column) == merging.class_column {
                class = raw;
            }
            if Some(column) == merging.access_column {
                access = raw;
            }
        });
        let next = classes.len() as u32;
        let class = *classes.entry(class).or_insert_with(|| {
            merging.classes.push(class);
            next
        });
        let next = accesses.len() as u32;
        let access = *accesses.entry(access).or_insert(next);
        let cell = cell(member.hit.bbox, level.zoom + CELL_BITS);
        // What is no area cannot be merged with any.
        let alone = *area >= cell_m * cell_m || *area == 0.0;
        specks.push(Speck { cell, access, class, area: *area, alone });
    }
    (group(&specks), merging)
}

impl Merging<'_> {
    /// The properties of a feature that stands for several: class, access class, how many.
    fn properties<'m>(&self, members: impl Iterator<Item = &'m Member<'m>>, class: u32, out: &mut Vec<u8>) {
        out.clear();
        let (mut total, mut access): (i64, &[u8]) = (0, &[]);
        for member in members {
            let mut stands_for = 1;
            row::properties(member.properties, &self.kinds, |column, value| {
                if column == self.count_column
                    && let ValueRef::Int(count) = value
                {
                    stands_for = count;
                }
            });
            total += stands_for;
            row::raw_properties(member.properties, &self.kinds, |column, raw| {
                if Some(column) == self.access_column {
                    access = raw;
                }
            });
        }
        let class = self.classes.get(class as usize).copied().unwrap_or_default();
        // In the order of the columns, as all features have them.
        let (first, second) =
            if self.class_column < self.access_column { (class, access) } else { (access, class) };
        out.extend_from_slice(first);
        out.extend_from_slice(second);
        property(out, self.count_column, &total.to_le_bytes());
    }
}

/// Polygons as a file holds them.
fn geometry(polygons: Vec<Polygon>) -> FlatGeometry {
    let one = |rings: Polygon| {
        let mut polygon = FlatGeometry { kind: kind::POLYGON, ..FlatGeometry::default() };
        for ring in &rings {
            let closed = ring.iter().chain(ring.first());
            polygon.xy.extend(closed.flat_map(|corner| metres(*corner)));
            polygon.ends.push((polygon.xy.len() / 2) as u32);
        }
        if polygon.ends.len() == 1 {
            polygon.ends.clear();
        }
        polygon
    };
    FlatGeometry::of_polygons(polygons.into_iter().map(one).collect())
}

//! Reads the parts of a FlatGeobuf geometry, in place, into a [`Shape`] in tile units.

use super::{
    BUFFER, EXTENT,
    shape::{PathKind, Position, Shape},
    snap::{GridPoint, nearest_within},
    wkb::{Frame, Unreadable},
};
use crate::feature::{FlatKind, FlatPart};

/// The middle of the tile, and how far from it, in units, nothing lies that lies within the tile
/// and its buffer.
const MIDDLE: f64 = (EXTENT / 2) as f64;
const BEYOND: f64 = (EXTENT / 2 + 2 * BUFFER) as f64;
/// Bytes of a position.
const POSITION: usize = 16;

/// Reads one geometry into `shape`, which is emptied first.
pub fn read(parts: &[FlatPart<'_>], frame: &Frame, shape: &mut Shape) -> Result<(), Unreadable> {
    shape.clear();
    parts.iter().try_for_each(|part| read_part(part, frame, shape))
}

fn read_part(part: &FlatPart<'_>, frame: &Frame, shape: &mut Shape) -> Result<(), Unreadable> {
    if part.kind == FlatKind::Points {
        positions(part.xy, frame, shape)?;
        shape.end_path(PathKind::Points);
        return Ok(());
    }
    let mut rest = part.xy;
    let mut path = |length: usize, number: usize| {
        let (own, behind) = rest.split_at_checked(length.saturating_mul(POSITION)).ok_or(Unreadable)?;
        rest = behind;
        positions(own, frame, shape)?;
        shape.end_path(match (part.kind, number) {
            (FlatKind::Rings, 0) => PathKind::Exterior,
            (FlatKind::Rings, _) => PathKind::Interior,
            _ => PathKind::Line,
        });
        Ok(())
    };
    let (ends, _) = part.ends.as_chunks::<4>();
    if ends.is_empty() {
        return path(part.xy.len() / POSITION, 0);
    }
    let mut start = 0;
    for (number, end) in ends.iter().enumerate() {
        let end = u32::from_le_bytes(*end) as usize;
        path(end.checked_sub(start).ok_or(Unreadable)?, number)?;
        start = end;
    }
    Ok(())
}

fn positions(bytes: &[u8], frame: &Frame, shape: &mut Shape) -> Result<(), Unreadable> {
    let (numbers, _) = bytes.as_chunks::<8>();
    let (pairs, _) = numbers.as_chunks::<2>();
    shape.extend(
        pairs
            .iter()
            .map(|[x, y]| -> Position { frame.project(f64::from_le_bytes(*x), f64::from_le_bytes(*y)) }),
    )
}

/// Snaps the rings of polygons that lie within the tile, each into `grid`, and hands them to
/// `ring` with their places in their polygons: no position is held in between. `None` if there is
/// anything but rings, what lies far out of the tile, or what cannot be read.
pub fn snap_rings(
    parts: &[FlatPart<'_>],
    frame: &Frame,
    grid: &mut Vec<GridPoint>,
    mut ring: impl FnMut(usize, &mut Vec<GridPoint>),
) -> Option<()> {
    if parts.iter().any(|part| part.kind != FlatKind::Rings) {
        return None;
    }
    for part in parts {
        let (numbers, _) = part.xy.as_chunks::<8>();
        let (pairs, _) = numbers.as_chunks::<2>();
        let (ends, _) = part.ends.as_chunks::<4>();
        let mut start = 0;
        for place in 0..ends.len().max(1) {
            let end = ends.get(place).map_or(pairs.len(), |end| u32::from_le_bytes(*end) as usize);
            grid.clear();
            let mut within = true;
            for [x, y] in pairs.get(start..end)? {
                let position = frame.in_mercator(f64::from_le_bytes(*x), f64::from_le_bytes(*y));
                within &= position.iter().all(|v| (v - MIDDLE).abs() <= BEYOND);
                let point = position.map(nearest_within);
                if grid.last() != Some(&point) {
                    grid.push(point);
                }
            }
            // Its box was not true.
            if !within {
                return None;
            }
            ring(place, grid);
            start = end;
        }
    }
    Some(())
}

//! A geometry of a FlatGeobuf file as ISO WKB: two dimensions, points, lines and areas.
//!
//! FlatGeobuf 3: `feature.fbs`. Bytes that say what cannot be give `None`. Must not know files.

use super::{RawRow, gdal_geometry::judge};
use crate::{
    import::geometry::{POSITIONS_MAX, plain_ring::is_plainly_valid},
    store::snapshot::flatbuffer::Table,
};

// Types of geometries, as ISO WKB has them too.

/// Of one position.
pub(super) const POINT: u8 = 1;
const LINE_STRING: u8 = 2;
const POLYGON: u8 = 3;
const MULTI_POINT: u8 = 4;
const MULTI_LINE_STRING: u8 = 5;
/// Of several areas.
pub(super) const MULTI_POLYGON: u8 = 6;

/// Puts a geometry of `most` bytes and a part into its row, unless it has more positions than are taken; `None` where
/// it is garbled.
pub(super) fn put(geometry: &Table<'_>, kind: u8, most: usize, row: &mut RawRow) -> Option<()> {
    // More than there are bytes for: the same part is named again and again.
    let count = positions_of(geometry, kind).filter(|count| *count <= most / 16)?;
    row.too_many = Some(count).filter(|count| *count > POSITIONS_MAX);
    if row.too_many.is_none() {
        let wkb = of(geometry, kind, most)?;
        row.invalid = if is_plainly_valid(&wkb) { None } else { judge(&wkb) };
        row.wkb = Some(wkb);
    }
    Some(())
}

/// A geometry as little-endian ISO WKB of `most` bytes and a part; `None` where it is garbled.
fn of(geometry: &Table<'_>, kind: u8, most: usize) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    if kind == MULTI_POLYGON {
        if !geometry.has(7) {
            return None;
        }
        let parts = geometry.tables(7)?;
        begin(&mut out, kind);
        let count_at = out.len();
        out.extend([0; 4]);
        let mut count = 0u32;
        for part in parts {
            polygon(&part?, &mut out)?;
            count += 1;
            if out.len() > most {
                return None;
            }
        }
        out[count_at..count_at + 4].copy_from_slice(&count.to_le_bytes());
        return Some(out);
    }
    match kind {
        POLYGON => polygon(geometry, &mut out)?,
        POINT => {
            begin(&mut out, POINT);
            out.extend_from_slice(positions(geometry)?.get(..16)?);
        }
        LINE_STRING => {
            begin(&mut out, LINE_STRING);
            path(positions(geometry)?, &mut out);
        }
        MULTI_POINT => {
            let all = positions(geometry)?;
            begin(&mut out, MULTI_POINT);
            put_count(&mut out, all.len() / 16);
            for position in all.chunks_exact(16) {
                begin(&mut out, POINT);
                out.extend_from_slice(position);
            }
        }
        MULTI_LINE_STRING => {
            let all = positions(geometry)?;
            let ends = geometry.vector(0, 4).filter(|_| geometry.has(0))?;
            begin(&mut out, MULTI_LINE_STRING);
            put_count(&mut out, ends.len() / 4);
            each_path(all, ends, |positions| {
                begin(&mut out, LINE_STRING);
                path(positions, &mut out);
            })?;
        }
        _ => return None,
    }
    Some(out)
}

/// How many positions a geometry has.
fn positions_of(geometry: &Table<'_>, kind: u8) -> Option<usize> {
    if kind != MULTI_POLYGON {
        return Some(positions(geometry)?.len() / 16);
    }
    if !geometry.has(7) {
        return None;
    }
    geometry.tables(7)?.try_fold(0_usize, |sum, part| sum.checked_add(positions(&part?)?.len() / 16))
}

fn polygon(geometry: &Table<'_>, out: &mut Vec<u8>) -> Option<()> {
    let all = positions(geometry)?;
    let ends = geometry.vector(0, 4)?;
    out.reserve(all.len() + 13 + ends.len());
    begin(out, POLYGON);
    // One ring needs no end.
    if ends.len() < 8 {
        put_count(out, 1);
        path(all, out);
        return Some(());
    }
    put_count(out, ends.len() / 4);
    each_path(all, ends, |positions| path(positions, out))
}

/// The positions of a geometry, 16 bytes each.
fn positions<'a>(geometry: &Table<'a>) -> Option<&'a [u8]> {
    let all = geometry.vector(1, 8).filter(|_| geometry.has(1))?;
    all.get(..all.len() / 16 * 16)
}

/// Hands the positions of each path to `take`; `ends` are numbers of positions (`u32`).
fn each_path(all: &[u8], ends: &[u8], mut take: impl FnMut(&[u8])) -> Option<()> {
    let mut start = 0;
    for end in ends.as_chunks::<4>().0 {
        let end = (u32::from_le_bytes(*end) as usize).checked_mul(16)?;
        take(all.get(start..end)?);
        start = end;
    }
    Some(())
}

fn begin(out: &mut Vec<u8>, kind: u8) {
    out.extend([1, kind, 0, 0, 0]);
}

fn path(positions: &[u8], out: &mut Vec<u8>) {
    put_count(out, positions.len() / 16);
    out.extend_from_slice(positions);
}

fn put_count(out: &mut Vec<u8>, count: usize) {
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

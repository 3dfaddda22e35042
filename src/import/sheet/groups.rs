//! Names beneath groups of which a layer knows nothing, `Độ sâu` beneath `Đặc điểm`: whether they can be understood by
//! themselves.
//!
//! A group can change what a name means, as `Chủ sử dụng` does above `Tên`. So names are taken by themselves only where
//! most of those beneath a group are known, two at least, and each of them is known in no other place of the heading.
//! Must not know files.

use super::{Wanted, heading};
use crate::{
    import::{columns, columns::positions},
    layer::fold,
};
use std::collections::BTreeMap;

/// Columns of a heading with groups that are looked at; forms have fewer.
const COLUMNS_MAX: usize = 300;
/// Names beneath a group that must be known.
const LEAST_KNOWN: usize = 2;

/// What a name is known as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// What `--map` says of it, by the position there.
    Said(usize),
    /// An attribute, by its position in the layer.
    Attribute(usize),
    /// A part of positions.
    Position(&'static str),
}

/// The columns of two rows of names whose lower name is taken by itself.
pub fn alone(wanted: &Wanted<'_>, upper: &[String], lower: &[String]) -> Vec<usize> {
    if upper.len().max(lower.len()) > COLUMNS_MAX {
        return Vec::new();
    }
    let parts = heading::parts(upper, lower, &[]);
    let together = heading::joined(upper, lower, &heading::Lower::default());
    let known: Vec<Option<Known>> = together.iter().map(|name| self::known(wanted, name)).collect();
    // Merged cells stand in the first of their columns, or in each.
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, part) in parts.iter().enumerate() {
        if let (Some(above), true) = part {
            groups.entry(upper[*above].trim()).or_default().push(at);
        }
    }
    let mut found: Vec<Vec<(usize, Known)>> = Vec::new();
    for columns in groups.values() {
        let open: Vec<usize> =
            columns.iter().copied().filter(|at| !matches!(known[*at], Some(Known::Said(_)))).collect();
        if open.iter().any(|at| known[*at].is_some()) {
            continue;
        }
        let own = open.iter().filter_map(|at| Some((*at, self::known(wanted, &lower[*at])?)));
        let own: Vec<(usize, Known)> = own.collect();
        if own.len() >= LEAST_KNOWN && own.len() * 2 > open.len() {
            found.push(own);
        }
    }
    let times = |what: Known| {
        let elsewhere = known.iter().filter(|known| **known == Some(what)).count();
        elsewhere + found.iter().flatten().filter(|(_, known)| *known == what).count()
    };
    let clear = found.iter().filter(|own| own.iter().all(|(_, what)| times(*what) == 1));
    let mut alone: Vec<usize> = clear.flatten().map(|(at, _)| *at).collect();
    alone.sort_unstable();
    alone
}

fn known(wanted: &Wanted<'_>, name: &str) -> Option<Known> {
    if name.trim().is_empty() {
        return None;
    }
    let folded = fold(name);
    let said =
        wanted.request.columns.iter().position(|map| map.source == name || fold(&map.source) == folded);
    let attribute = || columns::attribute_of(name, wanted.layer, wanted.given).map(Known::Attribute);
    let position = || positions::part(name).map(Known::Position);
    said.map(Known::Said).or_else(attribute).or_else(position)
}

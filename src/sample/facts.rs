//! What is real in the sample: tables of names, codes and rough positions, in `facts/`.

use super::geometry::Position;

/// The communes in force since 1 July 2025 (NQ 1682/NQ-UBTVQH15; 19/2025/QĐ-TTg), by code:
/// code, name, type, longitude, latitude (a hundredth of a degree), code of the former province.
pub const COMMUNES: &str = include_str!("facts/communes.csv");
/// The communes before that day, and which one each went to: code, name, new code, full or partial.
pub const FORMER_COMMUNES: &str = include_str!("facts/former_communes.csv");
/// Border gates: name, type, rough longitude and latitude, code of the commune that leads there.
pub const BORDER_GATES: &str = include_str!("facts/border_gates.csv");
/// Roads: code, name, class, grade, lanes, width in metres, and the way: communes, gates, or rough
/// positions beyond the province.
pub const ROADS: &str = include_str!("facts/roads.csv");
/// Rivers and canals: name, kind, grade, width in metres, manager, rough course.
pub const WATERWAYS: &str = include_str!("facts/waterways.csv");
/// Woods, a lake, a mountain: name, land-use code, rough corners.
pub const NATURE: &str = include_str!("facts/nature.csv");
/// Industrial parks (KCN) and clusters (CCN): kind, name, announced hectares, code of the commune.
pub const INDUSTRIAL_SITES: &str = include_str!("facts/industrial_sites.csv");
/// Heritage: name, type, rank, code of the commune.
pub const HERITAGE: &str = include_str!("facts/heritage.csv");

/// The rows of a table of `N` columns.
pub fn rows<const N: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    table.lines().skip(1).filter_map(|line| line.split(',').collect::<Vec<_>>().try_into().ok())
}

/// A number of a table.
pub fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

/// A position, written `106.1 11.2`.
pub fn position(text: &str) -> Option<Position> {
    let (x, y) = text.split_once(' ')?;
    Some([x.parse().ok()?, y.parse().ok()?])
}

/// Positions in order, written `106.1 11.2>106.3 11.4`.
pub fn course(text: &str) -> Vec<Position> {
    text.split('>').filter_map(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the map says and what a report says of a commune is one name, letter for letter: Đức Hòa, not Đức Hoà.
    #[test]
    fn communes_are_called_as_in_the_table_of_codes() {
        let official: Vec<_> = rows::<2>(include_str!("../units/communes.csv")).collect();
        assert_eq!(official.len(), 96);
        for [code, name, ..] in rows::<6>(COMMUNES) {
            let whole = official.iter().find(|[own, _]| *own == code).map(|[_, whole]| whole.split_once(' '));
            assert_eq!(whole.flatten().map(|(_, bare)| bare), Some(name), "{code}");
        }
    }

    #[test]
    fn every_row_has_every_column() {
        let lines = |table: &str| table.lines().count() - 1;
        assert_eq!(rows::<6>(COMMUNES).count(), 96);
        assert_eq!(rows::<4>(FORMER_COMMUNES).count(), lines(FORMER_COMMUNES));
        assert_eq!(rows::<5>(BORDER_GATES).count(), lines(BORDER_GATES));
        assert_eq!(rows::<7>(ROADS).count(), lines(ROADS));
        assert_eq!(rows::<6>(WATERWAYS).count(), lines(WATERWAYS));
        assert_eq!(rows::<3>(NATURE).count(), lines(NATURE));
        assert_eq!(rows::<4>(INDUSTRIAL_SITES).count(), lines(INDUSTRIAL_SITES));
        assert_eq!(rows::<4>(HERITAGE).count(), lines(HERITAGE));
    }

    #[test]
    fn every_commune_named_is_one_of_the_list() {
        let known: Vec<_> = rows::<6>(COMMUNES).map(|r| r[0]).collect();
        let named = rows::<5>(BORDER_GATES).map(|r| r[4]).chain(rows::<4>(FORMER_COMMUNES).map(|r| r[2]));
        let named =
            named.chain(rows::<4>(INDUSTRIAL_SITES).map(|r| r[3])).chain(rows::<4>(HERITAGE).map(|r| r[3]));
        named.for_each(|code| assert!(known.contains(&code), "{code}"));
        let gates: Vec<_> = rows::<5>(BORDER_GATES).map(|r| r[0]).collect();
        for stop in rows::<7>(ROADS).flat_map(|r| r[6].split('>')) {
            assert!(known.contains(&stop) || gates.contains(&stop) || position(stop).is_some(), "{stop}");
        }
    }
}

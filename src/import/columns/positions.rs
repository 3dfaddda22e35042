//! Tables that hold their positions in columns: longitude and latitude, X and Y, or text (WKT).
//!
//! In Vietnamese tables X is the northing and Y the easting; programs from elsewhere have it the
//! other way. The numbers tell: in Vietnam northings lie above 850 km and eastings below, and
//! longitudes lie above latitudes.

use super::heading;
use crate::{
    import::{
        ImportError, ImportRequest, columns,
        read::{RawRow, gdal_geometry},
        values::{
            Cell,
            number::{self, DecimalSign, ReadNumber},
        },
        words::{Words, words},
    },
    layer::LayerDefinition,
};
use std::path::Path;

/// Columns that hold positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PositionColumns {
    /// Well-known text.
    Wkt(usize),
    /// Longitude and latitude, degrees.
    LonLat(usize, usize),
    /// Easting and northing, by their names.
    EastNorth(usize, usize),
    /// X and Y, which can mean either.
    Xy(usize, usize),
}

const WKT: [&str; 7] = ["wkt", "geom", "geometry", "thegeom", "wktgeom", "hinhhoc", "shape"];
const LON: [&str; 7] = ["lon", "lng", "long", "longitude", "kinhdo", "kinhdodong", "lonwgs84"];
const LAT: [&str; 5] = ["lat", "latitude", "vido", "vidobac", "latwgs84"];
const EAST: [&str; 3] = ["easting", "east", "toadodong"];
const NORTH: [&str; 3] = ["northing", "north", "toadobac"];
const X: [&str; 6] = ["x", "toadox", "xm", "xvn2000", "coordx", "xcoord"];
const Y: [&str; 6] = ["y", "toadoy", "ym", "yvn2000", "coordy", "ycoord"];

/// Parts of a position that `--map COLUMN=part` names.
pub const PARTS: [&str; 7] = ["x", "y", "lon", "lat", "easting", "northing", "wkt"];

/// Metres of northing above, of easting below, anywhere in Vietnam.
const LEAST_NORTHING_M: f64 = 850_000.0;

/// The part of a position that a name by itself is that of, or could be.
pub fn part(name: &str) -> Option<&'static str> {
    let spelled = heading::spellings(name);
    let is_one = |names: &[&str]| spelled.iter().any(|s| names.contains(&s.as_str()));
    let known: [(&str, &[&str]); 7] = [
        ("lon", &LON),
        ("lat", &LAT),
        ("easting", &EAST),
        ("northing", &NORTH),
        ("x", &X),
        ("y", &Y),
        ("wkt", &WKT),
    ];
    known.iter().find(|(_, names)| is_one(names)).map(|(part, _)| *part)
}

/// The parts that `--map` names of a layer that has no attribute called so, and their columns.
///
/// # Errors
/// Where the file has no such column; it says which there are.
pub fn said(
    path: &Path,
    columns: &[String],
    request: &ImportRequest,
    layer: &LayerDefinition,
) -> Result<Vec<(String, usize)>, ImportError> {
    let is_part = |name: &str| PARTS.contains(&name) && !layer.attributes.iter().any(|a| a.name == name);
    let own: Vec<_> = request.columns.iter().filter(|m| is_part(&m.attribute)).cloned().collect();
    columns::mapped_columns(path, columns, &own)
}

impl PositionColumns {
    /// Finds them by their names, or by the [`PARTS`] that columns are said to be.
    pub fn find(columns: &[String], said: &[(String, usize)]) -> Option<Self> {
        let spelled: Vec<Vec<String>> = columns.iter().map(|c| heading::spellings(c)).collect();
        let said_to_be = |part: &str| said.iter().find(|(p, _)| p == part).map(|(_, column)| *column);
        let free = |column: usize| !said.iter().any(|(_, c)| *c == column);
        let by_name = |names: &[&str], much: usize| {
            let is_one = |all: &Vec<String>| all.iter().take(much).any(|s| names.contains(&s.as_str()));
            (0..columns.len()).find(|c| free(*c) && is_one(&spelled[*c]))
        };
        // A name to the letter comes before one with something around it.
        let one = |part: &str, names: &[&str]| {
            said_to_be(part).or_else(|| by_name(names, 1)).or_else(|| by_name(names, usize::MAX))
        };
        let asked = |parts: &[&str]| said.is_empty() || parts.iter().any(|p| said_to_be(p).is_some());
        let two = |a: (&str, &[&str]), b: (&str, &[&str])| {
            Some((one(a.0, a.1)?, one(b.0, b.1)?)).filter(|_| asked(&[a.0, b.0]))
        };
        two(("lon", &LON), ("lat", &LAT))
            .map(|(x, y)| Self::LonLat(x, y))
            .or_else(|| two(("easting", &EAST), ("northing", &NORTH)).map(|(x, y)| Self::EastNorth(x, y)))
            .or_else(|| two(("x", &X), ("y", &Y)).map(|(x, y)| Self::Xy(x, y)))
            .or_else(|| two(("easting", &["e"]), ("northing", &["n"])).map(|(x, y)| Self::EastNorth(x, y)))
            .or_else(|| one("wkt", &WKT).filter(|_| asked(&["wkt"])).map(Self::Wkt))
    }

    /// Their places in the file.
    pub fn columns(self) -> Vec<usize> {
        match self {
            Self::Wkt(c) => vec![c],
            Self::LonLat(x, y) | Self::EastNorth(x, y) | Self::Xy(x, y) => vec![x, y],
        }
    }
}

/// Makes geometries out of the cells of a row.
#[derive(Debug)]
pub struct PositionReader {
    kind: PositionColumns,
    names: Vec<String>,
    signs: [DecimalSign; 2],
    swapped: bool,
}

impl PositionReader {
    /// Learns from the first rows of a file how its numbers are written and which is which.
    /// `cells` are those of [`PositionColumns::columns`], a slice a row.
    pub fn learn<'a>(
        path: &Path,
        kind: PositionColumns,
        columns: &[String],
        cells: impl Iterator<Item = &'a [Cell]> + Clone,
    ) -> Result<Self, ImportError> {
        let names = kind.columns().into_iter().map(|c| columns[c].clone()).collect();
        let mut reader = Self { kind, names, signs: [DecimalSign::Unknown; 2], swapped: false };
        if matches!(kind, PositionColumns::Wkt(_)) {
            return Ok(reader);
        }
        for row in cells.clone() {
            for (sign, cell) in reader.signs.iter_mut().zip(row) {
                if let (DecimalSign::Unknown, Cell::Text(text)) = (*sign, cell) {
                    *sign = number::evidence(text.trim());
                }
            }
        }
        if let PositionColumns::Xy(..) = kind {
            reader.swapped = reader.is_swapped(path, cells)?;
        }
        Ok(reader)
    }

    /// Sets the row's geometry from its position cells.
    pub fn place(&self, row: &mut RawRow, cells: &[Cell]) -> Result<(), Words> {
        if let (PositionColumns::Wkt(_), [cell]) = (self.kind, cells) {
            let Cell::Text(text) = cell else { return Ok(()) };
            let made = gdal_geometry::from_wkt(text);
            let no_text = |name: &str| {
                words(
                    format!("cột {name} không chứa tọa độ dạng chữ (WKT)"),
                    format!("column {name} holds no well-known text (WKT)"),
                )
            };
            let made = made.ok_or_else(|| no_text(&self.names[0]))?;
            (row.wkb, row.invalid, row.too_many) = (made.wkb, made.invalid, made.too_many);
            return Ok(());
        }
        let Some((x, y)) = self.position(cells)? else { return Ok(()) };
        let mut wkb = vec![1, 1, 0, 0, 0];
        wkb.extend(x.to_le_bytes());
        wkb.extend(y.to_le_bytes());
        row.wkb = Some(wkb);
        Ok(())
    }

    /// Easting or longitude, and northing or latitude; `None` where a cell is empty.
    pub fn position(&self, cells: &[Cell]) -> Result<Option<(f64, f64)>, Words> {
        let found = self.numbers(cells)?;
        Ok(found.map(|(first, second)| if self.swapped { (second, first) } else { (first, second) }))
    }

    fn numbers(&self, cells: &[Cell]) -> Result<Option<(f64, f64)>, Words> {
        let mut found = [0.0; 2];
        let is_empty = |cell: &Cell| match cell {
            Cell::Empty => true,
            Cell::Text(text) => text.trim().is_empty(),
            _ => false,
        };
        // Half a position is none that somebody meant to leave out.
        if let [first, second] = cells
            && is_empty(first) != is_empty(second)
        {
            let (empty, filled) = if is_empty(first) { (0, 1) } else { (1, 0) };
            let (empty, filled) = (&self.names[empty], &self.names[filled]);
            return Err(words(
                format!("cột {empty} để trống, còn cột {filled} thì không"),
                format!("column {empty} is empty, and {filled} is not"),
            ));
        }
        for ((cell, sign), (name, to)) in cells.iter().zip(self.signs).zip(self.names.iter().zip(&mut found))
        {
            *to = match cell {
                Cell::Empty => return Ok(None),
                Cell::Text(text) if text.trim().is_empty() => return Ok(None),
                Cell::Int(n) => *n as f64,
                Cell::Real(n) => *n,
                Cell::Text(text) => read_coordinate(text, sign).ok_or_else(|| {
                    let text = text.trim();
                    words(
                        format!("cột {name}: `{text}` không phải là tọa độ"),
                        format!("column {name}: `{text}` is no coordinate"),
                    )
                })?,
                Cell::List(_) => {
                    let vi = format!("cột {name} chứa một danh sách");
                    return Err(words(vi, format!("column {name} holds a list")));
                }
            };
        }
        Ok(Some((found[0], found[1])))
    }

    // The first row whose two numbers tell decides; another row that differs will lie outside the
    // province and be refused for that.
    fn is_swapped<'a>(
        &self,
        path: &Path,
        cells: impl Iterator<Item = &'a [Cell]>,
    ) -> Result<bool, ImportError> {
        for row in cells {
            let Ok(Some((x, y))) = self.numbers(row) else { continue };
            let metres = x.abs() > 360.0 && y.abs() > 360.0;
            match (x, y) {
                _ if metres && (x > LEAST_NORTHING_M) != (y > LEAST_NORTHING_M) => {
                    return Ok(x > LEAST_NORTHING_M);
                }
                // Vietnam lies at 102-110 E, 8-24 N.
                _ if !metres && (x > 100.0) != (y > 100.0) => return Ok(y > 100.0),
                _ => {
                    let (a, b) = (&self.names[0], &self.names[1]);
                    let reason = words(
                        format!(
                            "các cột {a} và {b} chứa {x} và {y}, không phân biệt được tọa độ đông với tọa độ bắc; hãy nói \
                             rõ bằng --map CỘT=easting --map CỘT=northing, hoặc =lon và =lat"
                        ),
                        format!(
                            "columns {a} and {b} hold {x} and {y}, which do not tell easting from northing; say it with \
                             --map COLUMN=easting --map COLUMN=northing, or =lon and =lat"
                        ),
                    );
                    return Err(ImportError::file(path, reason));
                }
            }
        }
        Ok(false)
    }
}

fn read_coordinate(text: &str, sign: DecimalSign) -> Option<f64> {
    match number::read(text.trim(), sign) {
        ReadNumber::Number(n) => n.parse().ok(),
        // Coordinates with three decimals are everyday, those with thousands signs are not.
        ReadNumber::Ambiguous { as_fraction, .. } => as_fraction.parse().ok(),
        ReadNumber::None => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn text(cells: &[&str]) -> Vec<Cell> {
        cells.iter().map(|c| Cell::Text((*c).to_owned())).collect()
    }

    fn position(columns: &[&str], cells: &[&str]) -> Option<(f64, f64)> {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        let kind = PositionColumns::find(&columns, &[])?;
        let cells = text(cells);
        let chosen: Vec<Cell> = kind.columns().into_iter().map(|c| cells[c].clone()).collect();
        let reader =
            PositionReader::learn(Path::new("t.csv"), kind, &columns, [chosen.as_slice()].into_iter());
        let mut row = RawRow::default();
        reader.unwrap().place(&mut row, &chosen).unwrap();
        let wkb = row.wkb?;
        let number = |at: usize| f64::from_le_bytes(wkb[at..at + 8].try_into().unwrap());
        Some((number(5), number(13)))
    }

    #[test]
    fn vietnamese_x_is_the_northing() {
        let expected = Some((554_000.5, 1_165_000.25));
        assert_eq!(position(&["STT", "X", "Y"], &["1", "1165000.25", "554000.5"]), expected);
        assert_eq!(position(&["STT", "X", "Y"], &["1", "554000.5", "1165000.25"]), expected);
        assert_eq!(position(&["Tọa độ X", "Tọa độ Y"], &["1165000,25", "554000,5"]), expected);
        assert_eq!(position(&["X", "Y"], &["1.165.000,25", "554.000,5"]), expected);
        assert_eq!(position(&["Tọa độ X (m)", "Toạ độ Y(m)"], &["1165000.25", "554000.5"]), expected);
        assert_eq!(position(&["E (m)", "N (m)"], &["554000.5", "1165000.25"]), expected);
        // A name to the letter is meant before one with a system behind it.
        let both = ["X (WGS84)", "Y (WGS84)", "X", "Y"];
        assert_eq!(position(&both, &["1", "2", "1165000.25", "554000.5"]), expected);
    }

    #[test]
    fn columns_that_are_said_to_be_parts_are() {
        let columns = ["Cột 1", "Cột 2", "Y"].map(str::to_owned);
        let find = |said: &[(&str, usize)]| {
            let said: Vec<_> = said.iter().map(|(part, column)| ((*part).to_owned(), *column)).collect();
            PositionColumns::find(&columns, &said)
        };
        assert_eq!(find(&[("x", 0), ("y", 1)]), Some(PositionColumns::Xy(0, 1)));
        assert_eq!(find(&[("lat", 0), ("lon", 1)]), Some(PositionColumns::LonLat(1, 0)));
        // The other part by its name, but not of the same column.
        assert_eq!(find(&[("x", 1)]), Some(PositionColumns::Xy(1, 2)));
        assert_eq!(find(&[("x", 2)]), None);
        assert_eq!(find(&[("wkt", 1)]), Some(PositionColumns::Wkt(1)));
    }

    #[test]
    fn degrees_are_found_by_name() {
        let expected = Some((106.245, 10.534));
        assert_eq!(position(&["Vĩ độ", "Kinh độ"], &["10.534", "106.245"]), expected);
        assert_eq!(position(&["lat", "lon"], &["10,534", "106,245"]), expected);
        assert_eq!(position(&["x", "y"], &["106.245", "10.534"]), expected);
        assert_eq!(position(&["Kinh độ (độ)", "Vĩ độ (độ)"], &["106.245", "10.534"]), expected);
        assert_eq!(position(&["ma", "ten"], &["1", "2"]), None);
    }
}

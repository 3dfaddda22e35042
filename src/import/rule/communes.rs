//! The commune that a feature lies in: held against the code it was delivered with, and put in
//! where it has none.
//!
//! The code is one of the list in force since 1 July 2025, whenever the feature began, so the boundaries are those of
//! `admin_commune` that are valid today ([`day_of`]). They are provisional, and a feature may lie on one: what disagrees
//! is told, not refused.

use super::ground::RuleGround;
use crate::{
    area::Area,
    feature::Bbox,
    import::{
        report::{Rule, Severity},
        row::{Row, RowFinding},
        words,
    },
    layer::{Attribute, LayerDefinition},
    store::postgis::StagedValue,
    units::REFORM,
};
use std::collections::BTreeSet;
use time::Date;

/// The attribute that holds the code.
pub const COMMUNE_CODE: &str = "commune_code";
/// A feature may lie so far outside of the commune that it names, metres: half a millimetre on a
/// map of 1 : 10 000.
const TOLERANCE_M: f64 = 5.0;

/// What an office of one commune changes may lie so far over its border, metres: borders are provisional, and parcels
/// that meet them are drawn after other maps.
const BORDER_M: f64 = 250.0;
/// Positions of a geometry that are held against borders.
const POSITIONS_LOOKED_AT: usize = 4000;

/// So many communes are the province; it has 96 (Resolution 1682/NQ-UBTVQH15). Of fewer nothing is told of what lies in
/// none of them.
const PROVINCE_MIN: usize = 90;

/// A commune with its boundary.
#[derive(Debug)]
pub struct Commune {
    /// Its code.
    pub code: String,
    /// The first day on which it is valid.
    pub from: Option<Date>,
    /// The day on which it no longer is.
    pub to: Option<Date>,
    /// Its ground in the measuring plane.
    pub area: Area,
}

impl Commune {
    fn is_valid(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }

    fn holds(&self, x: f64, y: f64) -> bool {
        self.area.bounds().intersects(Bbox::new(x, y, x, y)) && self.area.holds(x, y)
    }

    fn is_near(&self, x: f64, y: f64, metres: f64) -> bool {
        let by = |dx: f64, dy: f64| self.holds(x + dx * metres, y + dy * metres);
        let diagonal = std::f64::consts::FRAC_1_SQRT_2;
        [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)]
            .iter()
            .any(|(dx, dy)| by(*dx, *dy) || by((dx + dy) * diagonal, (dy - dx) * diagonal))
    }
}

/// Whether all of what lies at these positions of the measuring plane lies in communes of these codes as they are
/// today, give or take [`BORDER_M`]. `true` where no border of today is known. Of very many positions some are looked at.
pub fn lies_in(ground: &RuleGround, codes: &BTreeSet<String>, (x, y): (&[f64], &[f64])) -> bool {
    let today = || ground.communes.iter().filter(|commune| commune.is_valid(ground.today));
    if today().next().is_none() {
        return true;
    }
    let own: Vec<&Commune> = today().filter(|commune| codes.contains(&commune.code)).collect();
    let is_in = |x: f64, y: f64| own.iter().any(|c| c.holds(x, y) || c.is_near(x, y, BORDER_M));
    let step = x.len().div_ceil(POSITIONS_LOOKED_AT).max(1);
    x.iter().zip(y).step_by(step).all(|(x, y)| is_in(*x, *y))
}

/// Holds rows against the communes.
pub struct CommuneCheck<'g> {
    communes: &'g [Commune],
    code: usize,
    validity: [Option<usize>; 2],
    today: Date,
    /// The commune of the row before: the next one mostly lies there too.
    last: usize,
}

impl<'g> CommuneCheck<'g> {
    /// `None` where the rows have no such attribute, or no boundary is known.
    pub fn new(ground: &'g RuleGround, layer: &LayerDefinition, attributes: &[Attribute]) -> Option<Self> {
        let place = |name: &str| attributes.iter().position(|a| a.name == name);
        let code = place(COMMUNE_CODE)?;
        if ground.communes.is_empty() || layer.key.iter().any(|k| k == COMMUNE_CODE) {
            return None;
        }
        let (validity, today) = (["valid_from", "valid_to"].map(place), ground.today);
        Some(Self { communes: &ground.communes, code, validity, today, last: 0 })
    }

    /// Holds a row against its commune, or tells it which that is. Its positions are in the
    /// measuring plane.
    pub fn check(&mut self, row: &mut Row, (x, y): (&[f64], &[f64])) {
        let Some((x, y)) = inside(row, x, y) else { return };
        let day = day_of(self.validity.map(|at| at.and_then(|at| date(row.values.get(at)?))), self.today);
        let Some(found) = self.commune(x, y, day) else {
            if self.is_outside(x, y, day) {
                row.note(nowhere(x, y));
            }
            return;
        };
        let Some(value) = row.values.get_mut(self.code) else { return };
        match value {
            StagedValue::Null => {
                *value = StagedValue::Text(found.code.clone());
                row.filled = true;
            }
            StagedValue::Text(code) if *code != found.code => {
                let named = self.communes.iter().find(|c| c.code == *code && c.is_valid(day));
                if named.is_some_and(|named| named.is_near(x, y, TOLERANCE_M)) {
                    return;
                }
                let code = code.clone();
                let here = &found.code;
                let reason = match named {
                    Some(_) => words(
                        format!("nằm ở xã {here}, không phải xã {code}"),
                        format!("it lies in commune {here}, not in {code}"),
                    ),
                    None => words(
                        format!("nằm ở xã {here}, còn xã {code} không có vào ngày {day}"),
                        format!("it lies in commune {here}, and there is no commune {code} on {day}"),
                    ),
                };
                let mut finding = RowFinding::error(Rule::Commune, reason).of(COMMUNE_CODE).with_value(code);
                finding.severity = Severity::Warning;
                let place = crate::crs::Plane::measuring().to_lonlat(x, y);
                row.note(finding.at(Some((place[0], place[1]))));
            }
            _ => {}
        }
    }

    /// Whether a position that no commune holds lies beyond the province, as far as the communes tell.
    fn is_outside(&self, x: f64, y: f64, day: Date) -> bool {
        let valid = || self.communes.iter().filter(|c| c.is_valid(day));
        valid().count() >= PROVINCE_MIN && !valid().any(|c| c.is_near(x, y, TOLERANCE_M))
    }

    fn commune(&mut self, x: f64, y: f64, day: Date) -> Option<&'g Commune> {
        let held = |c: &&Commune| c.is_valid(day) && c.holds(x, y);
        if let Some(last) = self.communes.get(self.last).filter(held) {
            return Some(last);
        }
        let at = self.communes.iter().position(|c| held(&c))?;
        self.last = at;
        self.communes.get(at)
    }
}

/// The day whose communes a feature is in: today; of one that is not valid yet its first, of one that no longer is its last,
/// but none before the list that the codes are of.
fn day_of([from, to]: [Option<Date>; 2], today: Date) -> Date {
    let last = to.and_then(Date::previous_day).filter(|last| *last < today);
    last.or(from.filter(|from| *from > today)).unwrap_or(today).max(REFORM)
}

fn date(value: &StagedValue) -> Option<Date> {
    if let StagedValue::Date(day) = value { Some(*day) } else { None }
}

/// What is told of a feature that lies in no commune.
fn nowhere(x: f64, y: f64) -> RowFinding {
    let reason = words(
        "không nằm trong xã nào của tỉnh (lớp admin_commune)",
        "lies in no commune of the province (layer admin_commune)",
    );
    let mut finding = RowFinding::error(Rule::Position, reason);
    finding.severity = Severity::Warning;
    let place = crate::crs::Plane::measuring().to_lonlat(x, y);
    finding.at(Some((place[0], place[1])))
}

/// A position that stands for the feature: of an area one inside of its first exterior ring, of a
/// line its middle position, of points the first.
fn inside(row: &Row, x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
    let shape = row.shape.as_ref()?;
    if !shape.is_areal() {
        let middle = x.len() / 2;
        return Some((*x.get(middle)?, *y.get(middle)?));
    }
    let count = shape.first_ring();
    let (x, y) = (x.get(..count)?, y.get(..count)?);
    // Between the two edges that lie farthest to the west at middle height: inside, whatever the
    // ring's form. Holes do not matter for which commune it is.
    let (low, high) = y.iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    let middle = low + (high - low) * 0.499_998_7;
    let (mut first, mut second) = (f64::MAX, f64::MAX);
    for i in 1..count {
        if (y[i - 1] > middle) != (y[i] > middle) {
            let across = x[i - 1] + (x[i] - x[i - 1]) * (middle - y[i - 1]) / (y[i] - y[i - 1]);
            if across < first {
                (first, second) = (across, first);
            } else if across < second {
                second = across;
            }
        }
    }
    Some(if second < f64::MAX { (f64::midpoint(first, second), middle) } else { (x[0], y[0]) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{import::geometry::Shape, layer::GeometryType};
    use time::macros::date;

    #[test]
    fn a_feature_is_in_the_commune_of_today_whenever_it_began() {
        let today = date!(2027 - 05 - 01);
        for (from, to, day) in [
            (None, None, today),
            (Some(date!(2019 - 05 - 01)), None, today),
            (Some(date!(2019 - 05 - 01)), Some(date!(2030 - 01 - 01)), today),
            (Some(date!(2019 - 05 - 01)), Some(date!(2026 - 01 - 01)), date!(2025 - 12 - 31)),
            (Some(date!(2019 - 05 - 01)), Some(date!(2024 - 01 - 01)), REFORM),
            (Some(date!(2028 - 01 - 01)), None, date!(2028 - 01 - 01)),
        ] {
            assert_eq!(day_of([from, to], today), day, "{from:?} {to:?}");
        }
    }

    #[test]
    fn the_position_lies_in_a_bent_area() {
        // A horseshoe, whose centre lies outside of it.
        let ring = [
            (0.0, 0.0),
            (9.0, 0.0),
            (9.0, 9.0),
            (6.0, 9.0),
            (6.0, 2.0),
            (3.0, 2.0),
            (3.0, 9.0),
            (0.0, 9.0),
            (0.0, 0.0),
        ];
        let mut wkb = vec![1, 3, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0];
        ring.iter().for_each(|(x, y): &(f64, f64)| wkb.extend([x.to_le_bytes(), y.to_le_bytes()].concat()));
        let mut row = Row::new(1);
        row.shape = Some(Shape::new(&wkb, &[GeometryType::Polygon]).unwrap());
        let (x, y): (Vec<f64>, Vec<f64>) = ring.iter().copied().unzip();
        let (x, y) = inside(&row, &x, &y).unwrap();
        assert!((0.0..3.0).contains(&x) && (4.0..5.0).contains(&y), "{x} {y}");
    }
}

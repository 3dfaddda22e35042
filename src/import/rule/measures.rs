//! Numbers that state what the geometry measures: area or length in the plane of EPSG:9210.

use super::{Checked, RowFinding};
use crate::{
    import::{
        report::{Rule, Severity},
        words,
    },
    layer::{Attribute, Measure},
    store::postgis::StagedValue,
};

/// How far the number may be from the geometry, of it.
const TOLERANCE: f64 = 0.01;

/// Attributes that state a measure.
pub struct Measures(Vec<Stated>);

struct Stated {
    at: usize,
    name: String,
    measure: Measure,
    /// Square metres or metres of one unit.
    factor: f64,
    unit: &'static str,
}

impl Measures {
    /// For rows with these attributes.
    pub fn new(attributes: &[Attribute]) -> Self {
        let stated = |(at, a): (usize, &Attribute)| {
            let (measure, unit) = a.measure.zip(a.unit)?;
            let factor = measure.factor(unit)?;
            Some(Stated { at, name: a.name.clone(), measure, factor, unit: unit.symbol() })
        };
        Self(attributes.iter().enumerate().filter_map(stated).collect())
    }

    /// Holds a row against them. Of a layer of areas and lines each row has one of both.
    pub fn check(&self, row: &Checked<'_>, found: &mut Vec<RowFinding>) {
        for Stated { at, name, measure, factor, unit } in &self.0 {
            let (number, rounding) = match row.values.get(*at) {
                Some(StagedValue::Int(number)) => (*number as f64, 0.5),
                Some(StagedValue::Decimal(digits)) => match digits.parse::<f64>() {
                    Ok(number) => (number, rounding(digits)),
                    Err(_) => continue,
                },
                _ => continue,
            };
            let measured = if *measure == Measure::Area { row.size.0 } else { row.size.1 } / factor;
            if measured <= 0.0 || (number - measured).abs() <= TOLERANCE * measured + rounding {
                continue;
            }
            let reason = words(
                format!("ghi {number} {unit}, còn đo theo hình học là {measured:.4} {unit} trong EPSG:9210"),
                format!("{number} {unit}, and the geometry measures {measured:.4} {unit} in EPSG:9210"),
            );
            let mut finding = RowFinding::error(Rule::Measure, reason).of(name);
            finding.severity = Severity::Warning;
            found.push(finding.with_value(number.to_string()).at(row.position()));
        }
    }
}

/// Half of the last digit that is told.
fn rounding(digits: &str) -> f64 {
    let behind = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
    0.5 * 10f64.powi(-i32::try_from(behind).unwrap_or(0))
}

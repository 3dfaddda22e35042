//! What is wrong where: one finding a feature and rule, with its place, so that it can be mapped and mended.

use super::{measure::name, outcome::both};
use crate::{
    feature::FeatureId,
    layer::{QualityMeasure, Title},
};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Findings of one measure that are kept one by one; all are counted.
pub const KEPT_MAX: usize = 500;

/// Something wrong with a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// By which measure.
    pub measure: QualityMeasure,
    /// The feature's number.
    pub feature: FeatureId,
    /// A place in or near it, degrees.
    pub place: Option<[f64; 2]>,
    /// What is wrong.
    pub text: Title,
    /// The attribute that it is about.
    pub attribute: Option<String>,
    /// The number of another feature that it tells of: to whom that one is hidden by then, it is not told.
    pub other: Option<FeatureId>,
}

/// Findings of a layer that is told, each with its place beside it for tables: degrees of longitude and latitude.
pub fn places(layer: &Json) -> impl Iterator<Item = (&Json, Option<[f64; 2]>)> {
    let features = layer["findings"]["features"].as_array();
    features.into_iter().flatten().map(|feature| {
        let number = |at: usize| feature["geometry"]["coordinates"][at].as_f64();
        (&feature["properties"], number(0).zip(number(1)).map(<[f64; 2]>::from))
    })
}

/// Findings (features of GeoJSON) as a collection that tells each place among its properties, too: for those who read
/// it as a table.
pub fn collection(mut features: Vec<Json>) -> Json {
    for feature in &mut features {
        let [lon, lat] = [0, 1].map(|at| feature["geometry"]["coordinates"][at].clone());
        feature["properties"]["longitude"] = lon;
        feature["properties"]["latitude"] = lat;
    }
    json!({ "type": "FeatureCollection", "features": features })
}

/// Findings as they come.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    kept: BTreeMap<QualityMeasure, Vec<Finding>>,
    totals: BTreeMap<QualityMeasure, u64>,
}

impl Findings {
    /// Counts one, and keeps what `tell` says of it while there is room.
    pub fn add(&mut self, measure: QualityMeasure, tell: impl FnOnce() -> Finding) {
        *self.totals.entry(measure).or_default() += 1;
        let kept = self.kept.entry(measure).or_default();
        if kept.len() < KEPT_MAX {
            kept.push(tell());
        }
    }

    /// Says how many there are of a measure, of which only some were brought.
    pub fn set_total(&mut self, measure: QualityMeasure, total: u64) {
        self.totals.insert(measure, total);
    }

    /// How many there are of a measure.
    pub fn total(&self, measure: QualityMeasure) -> u64 {
        self.totals.get(&measure).copied().unwrap_or(0)
    }

    /// Those that are kept, as features of GeoJSON (RFC 7946).
    pub fn features(&self) -> Vec<Json> {
        let told = |finding: &Finding| {
            json!({
                "type": "Feature",
                "geometry": finding.place.map(|[lon, lat]| {
                    let round = |v: f64| (v * 1e7).round() / 1e7;
                    json!({ "type": "Point", "coordinates": [round(lon), round(lat)] })
                }),
                "properties": {
                    "measure": finding.measure.as_str(),
                    "title": both(&name(finding.measure)),
                    "feature": finding.feature,
                    "attribute": finding.attribute,
                    "other": finding.other,
                    "text": both(&finding.text),
                },
            })
        };
        self.kept.values().flatten().map(told).collect()
    }
}

//! Rules that rows are held against once their values and places are known.
//!
//! Those of the layer's file (`stated`), and those that each layer has: days that are past,
//! measures that agree with the geometry, references to other layers, the commune that a feature
//! lies in, and what only shows beside other rows. What they need of the database is read
//! beforehand (`RuleGround`). Must not know files or SQL.

/// The commune of a feature.
mod communes;
/// Ends of lines that stop short.
mod dangles;
/// What is read of the database beforehand.
mod ground;
/// What only shows beside all other rows.
mod late;
/// Numbers that state an area or a length.
mod measures;
/// Areas that overlap.
mod overlaps;
/// Values that are keys of another layer.
mod references;
/// The rules of the layer's file.
mod stated;
/// Days.
mod times;
/// Rows that say the same of the same place.
mod twins;

pub use communes::{COMMUNE_CODE, lies_in};
pub use ground::RuleGround;
pub use overlaps::overlap;

use super::{
    geometry::Shape,
    report::ImportReport,
    row::{self, Row, RowFinding},
};
use crate::{
    layer::{Attribute, GeneraliseRule, LayerDefinition},
    store::postgis::StagedValue,
};
use communes::CommuneCheck;
use dangles::Dangles;
use late::Source;
use measures::Measures;
use overlaps::Overlaps;
use references::References;
use stated::StatedRules;
use std::{path::Path, sync::Arc};
use times::Times;
use twins::Twins;

/// A row, as rules see it.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    /// In the order of the attributes that are written.
    pub values: &'a [StagedValue],
    /// `None` where it has none that can be taken.
    pub shape: Option<&'a Shape>,
    /// Its positions, degrees of EPSG:4326.
    pub degrees: (&'a [f64], &'a [f64]),
    /// Its positions in the measuring plane, metres.
    pub plane: (&'a [f64], &'a [f64]),
    /// Its area and length in the measuring plane, square metres and metres.
    pub size: (f64, f64),
}

impl Checked<'_> {
    /// A position of it, degrees.
    pub fn position(&self) -> Option<(f64, f64)> {
        Some((*self.degrees.0.first()?, *self.degrees.1.first()?))
    }
}

/// All rules of one import.
pub struct Rules<'g> {
    stated: StatedRules<'g>,
    times: Times,
    measures: Measures,
    references: References<'g>,
    communes: Option<CommuneCheck<'g>>,
    twins: Twins,
    dangles: Option<Dangles>,
    overlaps: Option<Overlaps>,
    layer: &'g LayerDefinition,
    attributes: &'g [Attribute],
    found: Vec<RowFinding>,
}

impl<'g> Rules<'g> {
    /// For rows of `layer` with these attributes.
    pub fn new(ground: &'g RuleGround, layer: &'g LayerDefinition, attributes: &'g [Attribute]) -> Self {
        let rule = layer.generalise.rule;
        Self {
            stated: StatedRules::new(&ground.rules, attributes),
            times: Times::new(attributes, ground.today),
            measures: Measures::new(attributes),
            references: References::new(&ground.references, attributes),
            communes: CommuneCheck::new(ground, layer, attributes),
            twins: Twins::new(layer, attributes),
            dangles: (rule == GeneraliseRule::Network).then(Dangles::default),
            overlaps: (rule == GeneraliseRule::Coverage).then(|| Overlaps::new(attributes)),
            layer,
            attributes,
            found: Vec::new(),
        }
    }

    /// Makes room for so many rows.
    pub fn reserve(&mut self, rows: u64) {
        self.twins.reserve(rows);
    }

    /// Holds rows against those before them, once each was held against the other rules.
    pub fn check_twins(&mut self, rows: &mut [Row]) {
        self.twins.check(rows);
    }

    /// Holds a row of `file` against all of them but [`Rules::check_twins`]. What it was given in place of nothing is noted in
    /// it.
    pub fn check(&mut self, row: &mut Row, place: Placed<'_>, file: &Arc<Path>) {
        if let (Some(communes), Some(_)) = (&mut self.communes, &row.shape) {
            communes.check(row, place.plane);
        }
        let checked = Checked {
            values: &row.values,
            shape: row.shape.as_ref(),
            degrees: place.degrees,
            plane: place.plane,
            size: place.size,
        };
        self.stated.check(&checked, &mut self.found);
        self.times.check(&checked, &mut self.found);
        self.references.check(&checked, &mut self.found);
        if checked.shape.is_some() {
            self.measures.check(&checked, &mut self.found);
            let source = || Source {
                file: Arc::clone(file),
                row: row.number,
                key: row::key(self.attributes, self.layer, &row.values),
            };
            if !row.is_refused() {
                self.dangles.iter_mut().for_each(|dangles| dangles.add(&checked, source));
                self.overlaps.iter_mut().for_each(|overlaps| overlaps.add(&checked, source));
            }
        }
        row.findings.append(&mut self.found);
    }

    /// What shows once all rows are there; and what could not be checked, in words.
    pub fn end(self, report: &mut ImportReport) {
        report.notes.extend(self.twins.note());
        if let Some(dangles) = self.dangles {
            dangles.found().into_iter().for_each(|late| late.tell(report));
            report.notes.extend(dangles.note());
        }
        if let Some(overlaps) = self.overlaps {
            let note = overlaps.found(&mut |late| late.tell(report));
            report.notes.extend(note);
            report.areas_compared = overlaps.keys();
        }
    }
}

/// Where a row lies: its positions in degrees and in the measuring plane, its area and length.
#[derive(Clone, Copy, Default)]
pub struct Placed<'a> {
    /// Longitudes and latitudes of EPSG:4326.
    pub degrees: (&'a [f64], &'a [f64]),
    /// Eastings and northings, metres.
    pub plane: (&'a [f64], &'a [f64]),
    /// Square metres and metres there.
    pub size: (f64, f64),
}

//! Rows with the same geometry and the same name: one thing delivered twice, under two keys.

use super::{Checked, RowFinding};
use crate::{
    import::{
        Words,
        report::{Rule, Severity},
        words,
    },
    layer::{Attribute, LayerDefinition},
    store::postgis::StagedValue,
};
use foldhash::fast::FixedState;
use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, Hasher},
};

/// Rows that are remembered, 16 bytes each.
const ROWS_MAX: usize = 3_000_000;

/// Which rows there have been.
pub struct Twins {
    label: Option<usize>,
    /// Versions of one thing may look the same at different times.
    valid_from: Option<usize>,
    /// Numbers of rows by the hash of what they say. Those of another file count on.
    rows: HashMap<u64, u32, FixedState>,
    full: bool,
    with_seed: FixedState,
}

impl Twins {
    /// For rows of `layer` with these attributes.
    pub fn new(layer: &LayerDefinition, attributes: &[Attribute]) -> Self {
        // A label that is part of the key says nothing beyond the key.
        let label = layer.label.as_ref().filter(|label| !layer.key.contains(label));
        Self {
            label: label.and_then(|label| attributes.iter().position(|a| a.name == *label)),
            valid_from: attributes.iter().position(|a| a.name == "valid_from"),
            rows: HashMap::default(),
            full: false,
            with_seed: FixedState::with_seed(0x7477_696e),
        }
    }

    /// Makes room for so many rows, as far as they are remembered. What a file says of its rows is not believed
    /// beyond some megabytes.
    pub fn reserve(&mut self, rows: u64) {
        self.rows.reserve(usize::try_from(rows).unwrap_or(ROWS_MAX).min(ROWS_MAX / 2));
    }

    /// Whether a row with the same geometry and name has been there before.
    pub fn check(&mut self, number: u64, row: &Checked<'_>, found: &mut Vec<RowFinding>) {
        let Some(shape) = row.shape else { return };
        let value = |at: Option<usize>| at.and_then(|at| row.values.get(at));
        let label = match value(self.label) {
            Some(StagedValue::Text(label)) => Some(label),
            // Several things without a name may stand at one position.
            _ if shape.is_point() => return,
            _ => None,
        };
        if self.rows.len() >= ROWS_MAX {
            self.full = true;
            return;
        }
        let mut hasher = self.with_seed.build_hasher();
        hasher.write(shape.ewkb());
        label.hash(&mut hasher);
        if let Some(StagedValue::Date(day)) = value(self.valid_from) {
            day.hash(&mut hasher);
        }
        let first = *self.rows.entry(hasher.finish()).or_insert(u32::try_from(number).unwrap_or(u32::MAX));
        if u64::from(first) != number {
            let reason = match label {
                Some(label) => words(
                    format!("trùng hình học và tên (`{label}`) với dòng {first}"),
                    format!("has the geometry and the name (`{label}`) of row {first}"),
                ),
                None => words(
                    format!("trùng hình học với dòng {first}"),
                    format!("has the geometry of row {first}"),
                ),
            };
            let mut finding = RowFinding::error(Rule::Duplicate, reason).at(row.position());
            finding.severity = Severity::Warning;
            found.push(finding);
        }
    }

    /// What was not checked.
    pub fn note(&self) -> Option<Words> {
        self.full.then(|| {
            words(
                format!("các dòng sau {ROWS_MAX} dòng đầu chưa được so với nhau về hình học và tên"),
                format!("rows after the first {ROWS_MAX} were not compared with each other for the same geometry and name"),
            )
        })
    }
}

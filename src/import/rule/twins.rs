//! Rows with the same geometry and the same name: one thing delivered twice, under two keys.

use super::{Row, RowFinding};
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

    /// Makes room for so many rows, as far as they are remembered: a table that grows holds both for a while, and
    /// room that nobody uses takes little.
    pub fn reserve(&mut self, rows: u64) {
        self.rows.reserve(usize::try_from(rows).unwrap_or(ROWS_MAX).min(ROWS_MAX));
    }

    /// Notes in each row whether one with the same geometry and name has been there before.
    pub fn check(&mut self, rows: &mut [Row]) {
        let said: Vec<(usize, u64)> =
            rows.iter().enumerate().filter_map(|(at, row)| Some((at, self.said(row)?))).collect();
        // Nothing else in between: the table is too large for the processor's own memory, and it can wait for several
        // places of the other at once.
        let mut firsts = Vec::with_capacity(said.len());
        for (at, hash) in said {
            if self.rows.len() >= ROWS_MAX {
                self.full = true;
                break;
            }
            let number = u32::try_from(rows[at].number).unwrap_or(u32::MAX);
            firsts.push((at, *self.rows.entry(hash).or_insert(number)));
        }
        for (at, first) in firsts {
            let row = &mut rows[at];
            if u64::from(first) != row.number {
                let mut finding = RowFinding::error(Rule::Duplicate, self.reason(row, first));
                finding.severity = Severity::Warning;
                row.note(finding.at(row.shape.as_ref().and_then(|shape| shape.all_positions().next())));
            }
        }
    }

    fn label<'a>(&self, row: &'a Row) -> Option<&'a String> {
        match self.label.and_then(|at| row.values.get(at)) {
            Some(StagedValue::Text(label)) => Some(label),
            _ => None,
        }
    }

    /// A hash of what a row says; `None` where others may say the same.
    fn said(&self, row: &Row) -> Option<u64> {
        let (shape, label) = (row.shape.as_ref()?, self.label(row));
        // Several things without a name may stand at one position.
        if label.is_none() && shape.is_point() {
            return None;
        }
        let mut hasher = self.with_seed.build_hasher();
        hasher.write(shape.ewkb());
        label.hash(&mut hasher);
        if let Some(StagedValue::Date(day)) = self.valid_from.and_then(|at| row.values.get(at)) {
            day.hash(&mut hasher);
        }
        Some(hasher.finish())
    }

    fn reason(&self, row: &Row, first: u32) -> Words {
        match self.label(row) {
            Some(label) => words(
                format!("trùng hình học và tên (`{label}`) với dòng {first}"),
                format!("has the geometry and the name (`{label}`) of row {first}"),
            ),
            None => {
                words(format!("trùng hình học với dòng {first}"), format!("has the geometry of row {first}"))
            }
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

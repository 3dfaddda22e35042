//! GeoJSON text sequences (RFC 8142): a feature a line, each behind a record separator.

use super::{FeatureWriter, FormatError, GeoJson};
use crate::{feature::FeatureRow, layer::LayerView};
use std::fs::File;

/// What stands before each text (RFC 7464, 2.2).
const RECORD_SEPARATOR: u8 = 0x1e;

/// Writes a sequence.
pub struct GeoJsonSeq(GeoJson);

impl GeoJsonSeq {
    /// Of a view.
    pub fn new(view: &LayerView) -> Self {
        Self(GeoJson::new(view))
    }
}

impl FeatureWriter for GeoJsonSeq {
    fn begin(&mut self, _: &mut Vec<u8>) -> Result<(), FormatError> {
        Ok(())
    }

    fn feature(&mut self, row: &FeatureRow<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.push(RECORD_SEPARATOR);
        self.0.one(row, None, out)?;
        out.push(b'\n');
        Ok(())
    }

    fn end(&mut self, _: Option<&str>, _: &mut Vec<u8>) -> Result<Option<File>, FormatError> {
        Ok(None)
    }
}

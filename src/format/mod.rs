//! The forms in which features leave: features in, bytes out, one after the other, so that a
//! layer of any size takes no more memory than a feature.
//!
//! Pure: must not know HTTP, stores, or who asks.

mod geojson;
mod json;
mod number;
mod rendition;

pub use geojson::GeoJson;
pub use rendition::Rendition;

use crate::feature::FeatureRow;

/// Writes features in one form. `out` takes what is to be sent; nothing of it is read again.
pub trait FeatureWriter: Send {
    /// What stands before the first feature.
    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// The next feature.
    fn feature(&mut self, row: &FeatureRow<'_>, out: &mut Vec<u8>) -> Result<(), FormatError>;

    /// What stands behind the last. `members` are those of the whole, JSON text without the
    /// braces, for forms that have a place for them.
    fn end(&mut self, members: Option<&str>, out: &mut Vec<u8>) -> Result<(), FormatError>;
}

/// Why features could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// A value that is not what its column says: a defect.
    #[error("a value cannot be written: {0}")]
    Value(String),
}

//! Values that are keys of another layer.

use super::{Checked, RowFinding};
use crate::{
    import::{
        report::{Rule, Severity},
        words,
    },
    layer::Attribute,
    store::postgis::StagedValue,
};
use std::collections::HashSet;

/// What is known of the layer that an attribute refers to.
#[derive(Debug)]
pub struct Reference {
    /// The attribute that refers.
    pub attribute: String,
    /// The layer.
    pub layer: String,
    /// Its keys.
    pub keys: HashSet<Box<str>>,
}

/// References of the rows.
pub struct References<'g>(Vec<(usize, &'g Reference)>);

impl<'g> References<'g> {
    /// For rows with these attributes.
    pub fn new(known: &'g [Reference], attributes: &[Attribute]) -> Self {
        let place = |reference: &'g Reference| {
            let at = attributes.iter().position(|a| a.name == reference.attribute)?;
            Some((at, reference))
        };
        Self(known.iter().filter_map(place).collect())
    }

    /// Holds a row against them.
    pub fn check(&self, row: &Checked<'_>, found: &mut Vec<RowFinding>) {
        for (at, Reference { attribute, layer, keys }) in &self.0 {
            let Some(StagedValue::Text(value)) = row.values.get(*at) else { continue };
            if keys.contains(value.as_str()) {
                continue;
            }
            let empty = keys.is_empty();
            let reason = if empty {
                words(
                    format!("chưa biết `{value}` có đúng không: lớp `{layer}` chưa có dữ liệu"),
                    format!("`{value}` is not known: layer `{layer}` holds nothing yet"),
                )
            } else {
                words(
                    format!("`{value}` không có: lớp `{layer}` không có khóa này"),
                    format!("`{value}` is not known: layer `{layer}` has no such key"),
                )
            };
            let mut finding = RowFinding::error(Rule::Reference, reason);
            if empty {
                finding.severity = Severity::Warning;
            }
            found.push(finding.of(attribute).with_value(value.clone()));
        }
    }
}

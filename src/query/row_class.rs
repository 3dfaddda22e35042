//! Which rows are more closed than their layer: the rules of its file, read and bound.
//!
//! Must not know how rows are stored.

use super::filter::{Filter, FilterError};
use crate::layer::{AccessClass, Catalog, LayerDefinition, LayerErrors};

/// The rules by which rows are above a class. A row is, unless all of them are false of it: what is
/// unknown of it closes it. One that cannot be asked is an error, and closes all rows.
pub fn row_classes_above(layer: &LayerDefinition, seen: AccessClass) -> Vec<Result<Filter, FilterError>> {
    let above = layer.row_class.iter().filter(|rule| rule.class > seen);
    above.map(|rule| Filter::of_layer(&rule.condition, layer)).collect()
}

/// That the rules of all layers can be asked; those that cannot, each with its line.
pub fn check_row_classes(catalog: &Catalog) -> Result<(), LayerErrors> {
    let mut errors = Vec::new();
    for layer in catalog.definitions() {
        for (i, rule) in layer.row_class.iter().enumerate() {
            if let Err(error) = Filter::of_layer(&rule.condition, layer) {
                let message = format!("the condition `{}` cannot be asked: {error}", rule.condition);
                errors.push(catalog.mistake(&layer.id, &format!("row_class.{i}.where"), message));
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(LayerErrors(errors)) }
}

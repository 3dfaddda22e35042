//! Rules of a layer, read and bound: what its file says must not be false of any row.
//!
//! Must not know who asks them of which rows.

use super::filter::{Filter, FilterError, FilterLang};
use crate::{
    crs::NamedSystem,
    layer::{AccessClass, Caller, Catalog, LayerRule, LayerView},
};

/// A rule, bound to its layer.
#[derive(Debug, Clone)]
pub struct BoundRule {
    /// What the file says.
    pub rule: LayerRule,
    /// Holds for a row that breaks it. Where a value is missing nothing is known, and it does not.
    pub broken: Filter,
}

/// A rule that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the layer `{layer}` has a rule `{rule}` that cannot be asked: {error}")]
pub struct RuleError {
    /// The layer.
    pub layer: String,
    /// The rule.
    pub rule: String,
    /// Why.
    pub error: Box<FilterError>,
}

/// The rules of a layer; none where there is no such layer.
pub fn bind_rules(catalog: &Catalog, layer: &str) -> Result<Vec<BoundRule>, RuleError> {
    let Some(view) = catalog.view(layer, &Caller::anonymous(AccessClass::Restricted)) else {
        return Ok(Vec::new());
    };
    let bound = |rule: &LayerRule| {
        let parse = |text: &str| Filter::parse(text, FilterLang::Text, &view, NamedSystem::crs84());
        // By itself first, so that a mistake is told at its place.
        let broken = parse(&rule.filter).and_then(|_| parse(&format!("NOT ({})", rule.filter)));
        let error =
            |error| RuleError { layer: layer.to_owned(), rule: rule.id.clone(), error: Box::new(error) };
        Ok(BoundRule { rule: rule.clone(), broken: broken.map_err(error)? })
    };
    view.definition().rules.iter().map(bound).collect()
}

/// The rules of a layer that ask for nothing but what is in the view.
pub fn rules_within(view: &LayerView) -> Vec<BoundRule> {
    let bound = |rule: &LayerRule| {
        let broken = format!("NOT ({})", rule.filter);
        let broken = Filter::parse(&broken, FilterLang::Text, view, NamedSystem::crs84()).ok()?;
        Some(BoundRule { rule: rule.clone(), broken })
    };
    view.definition().rules.iter().filter_map(bound).collect()
}

/// That the rules of all layers can be asked.
pub fn check_rules(catalog: &Catalog) -> Result<(), RuleError> {
    catalog.definitions().try_for_each(|layer| bind_rules(catalog, &layer.id).map(drop))
}

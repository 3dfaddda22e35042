//! What a layer's file lets be told of all its rows, whoever asks: how many there are in each commune, and sums. And
//! the view that is the only key to that, and to nothing else.

use super::{
    AccessClass, Attribute, AttributeType, COMMUNE_CODE, Catalog, LayerDefinition, Title,
    access::ROW_CLASS,
    document::{Document, LayerError},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is told of all rows of a layer by commune, whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "{ sum = [...] }, or { } for counts alone")]
pub struct AggregateRule {
    /// Attributes that are summed up beside the count: `extensive` numbers that are never below 0.
    #[serde(default)]
    pub sum: Vec<String>,
}

/// Counts and sums by commune of all rows of a layer, those among them that the caller may not see. Only the catalogue
/// makes one, of a layer whose file allows it; a store gives nothing else for it.
#[derive(Debug, Clone)]
pub struct AggregateView {
    definition: Arc<LayerDefinition>,
    rule: AggregateRule,
}

impl AggregateView {
    fn new(definition: &Arc<LayerDefinition>) -> Option<Self> {
        let rule = definition.aggregates.clone()?;
        definition.attribute(COMMUNE_CODE)?;
        Some(Self { definition: definition.clone(), rule })
    }

    /// The layer's id.
    pub fn id(&self) -> &str {
        &self.definition.id
    }

    /// The layer's title.
    pub fn title(&self) -> &Title {
        &self.definition.title
    }

    /// The attributes that are summed up, in the order of the rule.
    pub fn sums(&self) -> impl Iterator<Item = &Attribute> {
        self.rule.sum.iter().filter_map(|name| self.definition.attribute(name))
    }

    /// The attribute that tells the commune of a row.
    pub fn commune(&self) -> Option<&Attribute> {
        self.definition.attribute(COMMUNE_CODE)
    }

    /// What the layer's file says, for the statement that counts; never for an answer.
    pub fn layer(&self) -> &LayerDefinition {
        &self.definition
    }

    /// Whether those who see everything up to `seen` do not see a row of a class, or what is `closed` so in it.
    pub fn hides(&self, row: AccessClass, closed: AccessClass, seen: AccessClass) -> bool {
        self.definition.access.max(row).max(closed) > seen
    }

    /// The highest class of which something is counted.
    pub fn class(&self) -> AccessClass {
        let layer = &self.definition;
        if layer.attribute(ROW_CLASS).is_some() {
            return AccessClass::Restricted;
        }
        let rows = layer.row_class.iter().map(|rule| rule.class);
        rows.chain(self.sums().map(|a| a.access)).fold(layer.access, Ord::max)
    }
}

impl Catalog {
    /// What may be told to anyone of all rows of a layer; `None` if its file allows nothing, or there is none.
    pub fn aggregate_view(&self, id: &str) -> Option<AggregateView> {
        self.layers.get(id).and_then(AggregateView::new)
    }

    /// The same of each layer whose file allows it, in the order of their ids.
    pub fn aggregate_views(&self) -> impl Iterator<Item = AggregateView> + '_ {
        self.layers.values().filter_map(AggregateView::new)
    }
}

/// The layer with the attributes of all layers.
pub(super) fn check(layer: &LayerDefinition, file: &Document<'_>) -> Vec<LayerError> {
    let Some(rule) = &layer.aggregates else { return Vec::new() };
    let mut errors = Vec::new();
    if layer.attribute(COMMUNE_CODE).is_none_or(|a| a.kind != AttributeType::Text) {
        let message = format!(
            "rows are counted by commune, and do not say in which they are: the layer has no text `{COMMUNE_CODE}`"
        );
        errors.push(file.error("aggregates", message));
    }
    for (i, name) in rule.sum.iter().enumerate() {
        let message = match layer.attribute(name) {
            _ if rule.sum[..i].contains(name) => format!("`{name}` stands twice"),
            None => format!("`{name}` is no attribute of the layer"),
            Some(a) if !matches!(a.kind, AttributeType::Integer | AttributeType::Number) => {
                format!("`{name}` is no number, and has no sum")
            }
            Some(a) if !a.extensive => format!(
                "`{name}` is not `extensive`, so its sum says nothing; allowed: numbers with `extensive = true`"
            ),
            // What one row has of a sum is bounded by the sum only where none has less than nothing.
            Some(a) if a.min.is_none_or(|min| min < 0.0) => format!(
                "`{name}` may be below 0, and a sum of such hides nothing for sure; allowed: numbers with `min = 0` or more"
            ),
            Some(_) => continue,
        };
        errors.push(file.error(&format!("aggregates.sum.{i}"), message));
    }
    errors
}

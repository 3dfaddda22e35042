//! What a layer file says of rows that are more closed than their layer.

use super::{
    access::AccessClass,
    definition::LayerDefinition,
    document::{Document, LayerError},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rule by which rows are more closed than their layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a rule with where and class")]
pub struct RowClassRule {
    /// Of which rows, in CQL2 text, for example `is_hazardous = true`: of each of which it is not
    /// plainly false. Where a value is missing nothing is known, and the row is closed.
    #[serde(rename = "where")]
    pub condition: String,
    /// Who may see them.
    pub class: AccessClass,
}

/// Rules: each closes something. That the condition is one is seen where it is bound to the layer.
pub(super) fn check(layer: &LayerDefinition, file: &Document<'_>) -> Vec<LayerError> {
    let mut errors = Vec::new();
    for (i, rule) in layer.row_class.iter().enumerate() {
        let mut wrong =
            |key: &str, text: String| errors.push(file.error(&format!("row_class.{i}.{key}"), text));
        if rule.condition.trim().is_empty() {
            wrong(
                "where",
                "the condition is empty; allowed: CQL2 text such as `is_hazardous = true`".to_owned(),
            );
        }
        if rule.class <= layer.access {
            let above: Vec<_> =
                AccessClass::ALL.into_iter().filter(|c| *c > layer.access).map(AccessClass::as_str).collect();
            let allowed = if above.is_empty() { "none".to_owned() } else { above.join(", ") };
            let text = format!(
                "the layer itself is `{}`, so that closes nothing; allowed: {allowed}",
                layer.access.as_str()
            );
            wrong("class", text);
        }
    }
    errors
}

//! What is told of rows that no map can show: how many there are, and the first of them, to whoever
//! may see them. Which those are, the store knows.

use super::{SeenSite, representation::Languages};
use crate::{layer::LayerView, store::FeatureStore};
use serde_json::{Value as Json, json};

/// Rows that are told one by one.
const TOLD_MAX: usize = 10;

/// The findings of a layer in the caller's languages; `None` where there are none that he may see,
/// or where nobody has looked: that is done while a snapshot is taken. What names features goes on record.
pub fn findings<S: FeatureStore>(site: &SeenSite<S>, view: &LayerView, languages: Languages) -> Option<Json> {
    let found = site.store.on_no_map(view).filter(|found| found.unplaced.count() > 0)?;
    site.shown().note(view);
    site.shown().more_features(found.unplaced.count());
    let told = found.unplaced.rows.iter().take(TOLD_MAX);
    let told = told.map(|row| json!({ "id": row.id, "reason": languages.text(&row.reason.words()) }));
    Some(json!({
        "note": languages.pick(
            "Các đối tượng có trong dữ liệu nhưng không lên được bản đồ.",
            "Features that are in the data, and that no map can show.",
            "Các đối tượng có trong dữ liệu nhưng không lên được bản đồ / features that are in the data, and that no \
             map can show.",
        ),
        "count": found.unplaced.count(),
        "as_of": found.as_of,
        "first": told.collect::<Vec<_>>(),
    }))
}

/// The findings as the OpenAPI document describes them.
pub fn schema() -> Json {
    json!({
        "type": "object",
        "description": "Features that are in the data, and that no map can show; absent where there are none",
        "required": ["note", "count", "as_of", "first"],
        "properties": {
            "note": { "type": "string" },
            "count": { "type": "integer", "minimum": 1, "description": "How many the caller may see" },
            "as_of": { "type": "string", "format": "date-time",
                "description": "When the layer's snapshot was taken; changes that are on the map count, too" },
            "first": {
                "type": "array",
                "maxItems": TOLD_MAX,
                "items": {
                    "type": "object",
                    "required": ["id", "reason"],
                    "properties": {
                        "id": { "type": "integer" },
                        "reason": { "type": "string", "description": "In words, of the language asked for" },
                    },
                },
            },
        },
    })
}

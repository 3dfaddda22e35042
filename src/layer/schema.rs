//! The JSON Schema of a layer file, by which editors complete and check what is typed.
//!
//! Must not know how files are read.

use super::definition::LayerDefinition;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The JSON Schema (draft 7, which editors of TOML know) of a layer file, from the type that
/// reads it.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<LayerDefinition>().to_value();
    leave_out_null(&mut schema);
    schema
}

/// TOML has no null: a key that may be left out is left out.
fn leave_out_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.retain(|key, value| key != "default" || !value.is_null());
            if let Some([kind, null]) = object.get("type").and_then(Value::as_array).map(Vec::as_slice)
                && null == "null"
            {
                let kind = kind.clone();
                object.insert("type".to_owned(), kind);
            }
            if let Some([inner, null]) = object.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
                && *null == json!({ "type": "null" })
            {
                let inner = json!([inner]);
                object.remove("anyOf");
                object.insert("allOf".to_owned(), inner);
            }
            object.values_mut().for_each(leave_out_null);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_null),
        _ => {}
    }
}

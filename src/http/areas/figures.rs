//! Figures as JSON: hectares, metres, and of each attribute what may be said of it.

use crate::{
    feature::Value,
    layer::{Attribute, LayerView},
    query::statistics::{Figures, ValueFigures},
};
use serde_json::{Map, Value as Json, json};

/// The figures of a group. `values` are the attributes in the order of the question.
pub fn figures(view: &LayerView, values: &[String], figures: &Figures) -> Json {
    let mut answer = Map::new();
    answer.insert("count".to_owned(), figures.count.into());
    answer.insert("whole".to_owned(), figures.whole.into());
    let kinds = &view.layer().geometry;
    let has = |family| kinds.iter().any(|kind| kind.family() == family);
    use crate::layer::definition::GeometryFamily::{Area, Line, Point};
    if has(Area) {
        answer.insert("area_ha".to_owned(), json!(figures.area_m2 / 1e4));
    }
    if has(Line) {
        answer.insert("length_m".to_owned(), json!(figures.length_m));
    }
    if has(Point) {
        answer.insert("points".to_owned(), figures.points.into());
    }
    if !values.is_empty() {
        let of = |(name, figures): (&String, &ValueFigures)| {
            let extensive = view.attribute(name).is_some_and(|a| a.extensive);
            (name.clone(), value_figures(figures, extensive))
        };
        answer
            .insert("values".to_owned(), Json::Object(values.iter().zip(&figures.values).map(of).collect()));
    }
    Json::Object(answer)
}

/// A sum is given of what may be apportioned alone: half of an area has half of its population,
/// and the same price.
fn value_figures(figures: &ValueFigures, extensive: bool) -> Json {
    let mut answer = json!({
        "count": figures.count,
        "min": figures.min,
        "max": figures.max,
        "mean": figures.mean(),
        "weighted_mean": figures.weighted_mean(),
    });
    if extensive {
        answer["sum"] = json!(figures.apportioned);
    }
    answer
}

/// A group's value, with the words of its domain.
pub fn group_value(attribute: Option<&Attribute>, value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(v) => json!(v),
        Value::Int(v) => json!(v),
        Value::Number(v) => json!(v),
        Value::Text(code) => match attribute.and_then(|a| a.value(code)) {
            Some(value) => json!({ "code": code, "vi": value.vi, "en": value.en }),
            None => json!(code),
        },
        Value::Date(v) => json!(v.to_string()),
        Value::Timestamp(v) => {
            json!(v.format(&time::format_description::well_known::Rfc3339).unwrap_or_default())
        }
        Value::TextList(v) => json!(v),
    }
}

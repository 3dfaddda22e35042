//! Pure: the order of a question's features, and where its page begins, as SQL.

use super::{sql::Parameter, sql_filter::comparable};
use crate::{feature::Value, layer::LayerView, query::FeatureQuery};

/// The `ORDER BY` of a question; `id` is the quoted column of the id. What has no value comes
/// behind all values, and before them where the order is turned.
pub fn order_by(view: &LayerView, query: &FeatureQuery, id: &str) -> String {
    let mut terms: Vec<String> = keys(view, query)
        .map(|(expression, down, _)| match down {
            true => format!("{expression} DESC NULLS FIRST"),
            false => format!("{expression} ASC NULLS LAST"),
        })
        .collect();
    terms.push(id.to_owned());
    format!(" ORDER BY {}", terms.join(", "))
}

/// The condition of the features behind the place where the page before ended; `None` where the
/// page is the first.
pub fn behind(
    view: &LayerView,
    query: &FeatureQuery,
    id: &str,
    parameters: &mut Vec<Parameter>,
) -> Option<String> {
    let mut bind = |parameter: Parameter| {
        parameters.push(parameter);
        parameters.len()
    };
    // From the last key to the first: behind in this one, or equal in it and behind in the rest.
    let mut condition = format!("{id} > ${}::int8", bind(Box::new(query.after?)));
    let keys: Vec<_> = keys(view, query).collect();
    for (expression, down, value) in keys.into_iter().rev() {
        let (equal, behind) = match (parameter(value), down) {
            (None, false) => (format!("{expression} IS NULL"), "FALSE".to_owned()),
            (None, true) => (format!("{expression} IS NULL"), format!("{expression} IS NOT NULL")),
            (Some((parameter, kind)), down) => {
                let value = format!("${}::{kind}", bind(parameter));
                let behind = match down {
                    true => format!("{expression} < {value}"),
                    false => format!("({expression} > {value} OR {expression} IS NULL)"),
                };
                (format!("{expression} = {value}"), behind)
            }
        };
        condition = format!("({behind} OR ({equal} AND {condition}))");
    }
    Some(condition)
}

/// For each sort key its expression, whether it is turned, and its value where the page begins.
fn keys<'q>(
    view: &'q LayerView,
    query: &'q FeatureQuery,
) -> impl Iterator<Item = (String, bool, Option<&'q Value>)> {
    query.sort.iter().enumerate().filter_map(|(i, key)| {
        // A name that is not in the view must not tell whether it exists.
        let attribute = view.attribute(&key.attribute)?;
        Some((comparable(attribute), key.descending, query.after_values.get(i)))
    })
}

/// A value as a parameter, with its type.
fn parameter(value: Option<&Value>) -> Option<(Parameter, &'static str)> {
    Some(match value? {
        Value::Null | Value::TextList(_) => return None,
        Value::Bool(value) => (Box::new(*value), "bool"),
        Value::Int(number) => (Box::new(*number), "int8"),
        Value::Number(number) => (Box::new(*number), "float8"),
        Value::Text(text) => (Box::new(text.clone()), "text"),
        Value::Date(day) => (Box::new(*day), "date"),
        Value::Timestamp(moment) => (Box::new(*moment), "timestamptz"),
    })
}

//! The parameters of a request, of its path and of its query, read strictly: each error names
//! the parameter and what is allowed.

use super::{Problem, SeenSite, problem::shown};
use crate::{
    feature::Value,
    layer::{Attribute, AttributeType, LayerView},
    query::TimeInterval,
    store::FeatureStore,
};
use axum::{
    extract::{FromRequestParts, Query},
    http::{Uri, request::Parts},
};
use serde::de::DeserializeOwned;
use time::{
    Date, OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc3339,
    macros::format_description,
};
use unicode_normalization::UnicodeNormalization;

/// Features on a page if `limit` is not given.
pub const LIMIT_DEFAULT: u32 = 10;
/// Features on a page at most; a larger `limit` is taken as this (OGC 17-069r4, 7.15.3).
pub const LIMIT_MAX: u32 = 10_000;
/// How a box is written.
pub const BBOX_FORM: &str = "without bbox-crs it is west,south,east,north in degrees; with it the lower corner, then the \
    upper one, in the order of its axes, for EPSG:4326 south,west,north,east";

/// The parameters of a path, percent-decoded.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        let wrong = "the path cannot be read; percent-encode its UTF-8 text";
        path.map(|axum::extract::Path(parameters)| Self(parameters)).map_err(|_| Problem::bad_request(wrong))
    }
}

/// The parameters of one request, each at most once.
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the query string and refuses what is not in `allowed` (OGC 17-069r4, 7.5.2).
    pub fn strict(uri: &Uri, allowed: &[&str]) -> Result<Self, Problem> {
        Self::of(Self::lenient(uri)?.0, allowed)
    }

    /// Takes names and values, and refuses what is not in `allowed`.
    pub fn of(list: Vec<(String, String)>, allowed: &[&str]) -> Result<Self, Problem> {
        let parameters = Self(list);
        for (i, (name, _)) in parameters.0.iter().enumerate() {
            if !allowed.contains(&name.as_str()) {
                let names = if allowed.is_empty() { "none".into() } else { allowed.join(", ") };
                return Err(Problem::bad_request(format!(
                    "there is no parameter {} here; allowed: {names}",
                    shown(name)
                )));
            }
            if parameters.0[..i].iter().any(|(earlier, _)| earlier == name) {
                return Err(Problem::bad_request(format!("the parameter `{name}` stands twice")));
            }
        }
        Ok(parameters)
    }

    /// Reads the query string and leaves unknown parameters alone.
    pub fn lenient(uri: &Uri) -> Result<Self, Problem> {
        Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(list)| Self(list)).map_err(|_| {
            Problem::bad_request("the query string cannot be read; percent-encode its UTF-8 text")
        })
    }

    /// Refuses those of `names` that stand twice.
    pub fn once(&self, names: &[&str]) -> Result<(), Problem> {
        let count = |name: &str| self.0.iter().filter(|(n, _)| n == name).count();
        match names.iter().find(|name| count(name) > 1) {
            Some(name) => Err(Problem::bad_request(format!("the parameter `{name}` stands twice"))),
            None => Ok(()),
        }
    }

    /// One parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All of them, in the order of the request.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// Checks `f` against the formats that there are.
    pub fn format(&self, formats: &[&'static str]) -> Result<Option<&'static str>, Problem> {
        let Some(wanted) = self.value("f") else { return Ok(None) };
        let found = formats.iter().find(|f| **f == wanted).copied();
        found.map(Some).ok_or_else(|| {
            Problem::bad_request(format!("f: {} is none of {}", shown(wanted), formats.join(", ")))
        })
    }

    /// `limit`: 1 to [`LIMIT_MAX`].
    pub fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = self.value("limit") else { return Ok(LIMIT_DEFAULT) };
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| text.parse().unwrap_or(u32::MAX)).filter(|n| *n > 0);
        let wrong = || {
            Problem::bad_request(format!("limit: {} is no whole number from 1 to {LIMIT_MAX}", shown(text)))
        };
        number.map(|n: u32| n.min(LIMIT_MAX)).ok_or_else(wrong)
    }

    /// `bbox`: its lower and upper corner, in the order of its system; heights are passed over
    /// (OGC 17-069r4, 7.15.3).
    pub fn bbox_numbers(&self) -> Result<Option<[f64; 4]>, Problem> {
        let Some(text) = self.value("bbox") else { return Ok(None) };
        let wrong = |why: &str| Problem::bad_request(format!("bbox: {why}; {BBOX_FORM}"));
        let numbers: Vec<f64> = text
            .split(',')
            .map(|n| n.trim().parse().ok().filter(|v: &f64| v.is_finite()))
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("not all of its parts are numbers"))?;
        match numbers[..] {
            [a, b, c, d] | [a, b, _, c, d, _] => Ok(Some([a, b, c, d])),
            _ => Err(wrong("it takes 4 numbers, or 6 with heights")),
        }
    }

    /// `datetime`: a moment, a day, or an interval open at either end (RFC 3339).
    pub fn datetime(&self) -> Result<Option<TimeInterval>, Problem> {
        self.value("datetime").map_or(Ok(None), interval)
    }

    /// A day.
    pub fn day(&self, name: &str) -> Result<Option<Date>, Problem> {
        let Some(text) = self.value(name) else { return Ok(None) };
        let wrong = || Problem::bad_request(format!("{name}: {} is no day such as 2025-07-01", shown(text)));
        day(text).map(Some).ok_or_else(wrong)
    }
}

/// A moment, a day, or an interval open at either end (RFC 3339).
pub fn interval(text: &str) -> Result<Option<TimeInterval>, Problem> {
    let wrong = || {
        let forms =
            "2025-07-01, 2025-07-01T00:00:00+07:00, or two of them with / between, .. for an open end";
        Problem::bad_request(format!("datetime: {} is none of {forms}", shown(text)))
    };
    let interval = match text.split_once('/') {
        None => {
            let moment = moment(text).ok_or_else(wrong)?;
            TimeInterval { start: Some(moment), end: Some(moment) }
        }
        Some((start, end)) => {
            let side = |t: &str| match t {
                "" | ".." => Some(None),
                t => moment(t).map(Some),
            };
            TimeInterval { start: side(start).ok_or_else(wrong)?, end: side(end).ok_or_else(wrong)? }
        }
    };
    match (interval.start, interval.end) {
        (Some(start), Some(end)) if start > end => Err(wrong()),
        (None, None) => Err(wrong()),
        _ => Ok(Some(interval)),
    }
}

/// Layers that a question may name: more than any catalogue has, and said before one of them is looked up.
pub const LAYERS_NAMED_MAX: usize = 500;

/// The layers that `layers` names, joined by commas, each once; all that the caller may see if it names none.
pub fn chosen_views<S: FeatureStore>(
    site: &SeenSite<S>,
    names: Option<&str>,
) -> Result<Vec<LayerView>, Problem> {
    match names {
        None => Ok(site.all_views()),
        Some(names) if names.split(',').nth(LAYERS_NAMED_MAX).is_some() => {
            Err(Problem::bad_request(format!("layers: at most {LAYERS_NAMED_MAX} are named")))
        }
        Some(names) => {
            let mut views: Vec<LayerView> = Vec::new();
            for name in names.split(',').map(str::trim) {
                if !views.iter().any(|view| view.id() == name) {
                    views.push(site.view(name)?);
                }
            }
            Ok(views)
        }
    }
}

/// A moment, or the start of a day in Vietnam.
fn moment(text: &str) -> Option<OffsetDateTime> {
    if let Some(day) = day(text) {
        return Some(day.with_time(Time::MIDNIGHT).assume_offset(UtcOffset::from_hms(7, 0, 0).ok()?));
    }
    // One whose UTC falls out of the years that there are cannot be compared.
    OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)
}

/// A day of the years 0000 to 9999: RFC 3339 knows no sign, and PostgreSQL no year -9999.
fn day(text: &str) -> Option<Date> {
    text.bytes().next().filter(u8::is_ascii_digit)?;
    Date::parse(text, &format_description!("[year]-[month]-[day]")).ok()
}

/// The value of an attribute as the query string writes it; texts in NFC, as the layers have them.
pub fn attribute_value(attribute: &Attribute, text: &str) -> Result<Value, Problem> {
    let value = match attribute.kind {
        AttributeType::Text | AttributeType::Enum => Some(Value::Text(text.nfc().collect())),
        AttributeType::Integer => text.parse().ok().map(Value::Int),
        AttributeType::Number => text.parse().ok().filter(|v: &f64| v.is_finite()).map(Value::Number),
        AttributeType::Boolean => text.parse().ok().map(Value::Bool),
        AttributeType::Date => day(text).map(Value::Date),
        AttributeType::Timestamp => moment(text).map(Value::Timestamp),
        AttributeType::TextList => Some(Value::TextList(vec![text.nfc().collect()])),
    };
    let kind = match attribute.kind {
        AttributeType::Integer => "a whole number",
        AttributeType::Number => "a number",
        AttributeType::Boolean => "true or false",
        AttributeType::Date => "a day such as 2025-07-01",
        AttributeType::Timestamp => "a moment such as 2025-07-01T00:00:00+07:00",
        _ => "text",
    };
    // PostgreSQL has no text with a NUL in it, so none can be equal.
    if text.contains('\0') {
        return Err(Problem::bad_request(format!("{}: a NUL is no text", attribute.name)));
    }
    value.ok_or_else(|| Problem::bad_request(format!("{}: {} is not {kind}", attribute.name, shown(text))))
}

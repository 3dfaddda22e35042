//! A report's numbers and values as people of one language write them.

use crate::layer::Language;
use serde_json::Value as Json;
use time::{
    Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description,
};

/// Hours by which clocks in Vietnam are ahead of UTC.
const VIETNAM_H: i8 = 7;

/// The text of one language.
pub const fn pick<'t>(language: Language, vi: &'t str, en: &'t str) -> &'t str {
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

/// The text of an object with both languages.
pub fn both(value: &Json, language: Language) -> &str {
    value[pick(language, "vi", "en")].as_str().unwrap_or_default()
}

/// A number with so many digits behind the point: 1.234,5 in Vietnamese, 1,234.5 in English.
pub fn number(value: f64, digits: usize, language: Language) -> String {
    let (thousands, point) = match language {
        Language::Vi => ('.', ','),
        Language::En => (',', '.'),
    };
    let text = format!("{:.digits$}", value.abs());
    let (whole, behind) = text.split_once('.').unwrap_or((&text, ""));
    let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    let mut out = String::new();
    if value < 0.0 && !zero {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(thousands);
        }
        out.push(digit);
    }
    if !behind.is_empty() {
        out.push(point);
        out.push_str(behind);
    }
    out
}

/// A day, a moment or an interval as the JSON has it, as people write it: `30/11/2026`, `08:00, 30/11/2026`. What is
/// none of these stays as it is.
pub fn moment(text: &str, language: Language) -> String {
    if let Some((from, to)) = text.split_once('/') {
        let side = |side: &str| if side == ".." { "…".to_owned() } else { moment(side, language) };
        return format!("{} – {}", side(from), side(to));
    }
    let iso = format_description!("[year]-[month]-[day]");
    if let Ok(day) = Date::parse(text, iso) {
        return written(day, language);
    }
    let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) else { return text.to_owned() };
    let offset = UtcOffset::from_hms(VIETNAM_H, 0, 0).unwrap_or(UtcOffset::UTC);
    let there = moment.checked_to_offset(offset).unwrap_or(moment);
    let day = written(there.date(), language);
    // The first moment of a day stands for the day.
    match there.time().as_hms() {
        (0, 0, 0) => day,
        (hour, minute, _) => format!("{hour:02}:{minute:02}, {day}"),
    }
}

fn written(day: Date, language: Language) -> String {
    match language {
        Language::Vi => format!("{:02}/{:02}/{}", day.day(), u8::from(day.month()), day.year()),
        Language::En => format!("{} {} {}", day.day(), day.month(), day.year()),
    }
}

/// Digits behind the point that a number is worth showing with.
pub fn digits(value: f64) -> usize {
    if value.fract() == 0.0 { 0 } else { 2 }
}

/// A value of an attribute.
pub fn value(value_: &Json, language: Language) -> String {
    match value_ {
        Json::Null => pick(language, "(không ghi)", "(not said)").to_owned(),
        Json::Bool(true) => pick(language, "có", "yes").to_owned(),
        Json::Bool(false) => pick(language, "không", "no").to_owned(),
        Json::Number(v) => v.as_f64().map_or_else(|| v.to_string(), |v| number(v, digits(v), language)),
        Json::String(text) => text.clone(),
        Json::Array(list) => list.iter().map(|v| value(v, language)).collect::<Vec<_>>().join(", "),
        Json::Object(domain) => {
            let text = domain.get(pick(language, "vi", "en")).and_then(Json::as_str);
            text.unwrap_or_default().to_owned()
        }
    }
}

/// Whether a whole number of an attribute names something, a year or a place in a row, and counts nothing. By its name, as
/// on the map.
pub fn is_ordinal(name: &str, has_unit: bool) -> bool {
    const PARTS: [&str; 9] = ["year", "period", "from", "to", "horizon", "no", "epsg", "crs", "id"];
    !has_unit && name.split('_').any(|part| PARTS.contains(&part))
}

/// A value of this attribute: numbers that count nothing have no sign between thousands.
pub fn value_of(name: &str, has_unit: bool, own: &Json, language: Language) -> String {
    match own {
        Json::Number(n) if !n.is_f64() && is_ordinal(name, has_unit) => n.to_string(),
        own => value(own, language),
    }
}

/// Whether a layer's answer tells of a unit of an attribute.
pub fn has_unit(layer: &Json, name: &str) -> bool {
    layer["attributes"][name].get("unit").is_some()
}

/// What an attribute is called, with its unit.
pub fn attribute(layer: &Json, name: &str, language: Language) -> String {
    let told = &layer["attributes"][name];
    let title = both(told, language);
    match told.get("unit").map(|unit| both(unit, language)) {
        Some(unit) => format!("{title} ({unit})"),
        None => title.to_owned(),
    }
}

/// Amounts of a layer that its figures have: member, title, digits.
pub fn amounts(figures: &Json, language: Language) -> Vec<(&'static str, &'static str, usize)> {
    let all = [
        ("count", pick(language, "Số đối tượng", "Features"), 0),
        ("area_ha", pick(language, "Diện tích trong vùng (ha)", "Area inside (ha)"), 4),
        ("length_m", pick(language, "Chiều dài trong vùng (m)", "Length inside (m)"), 1),
    ];
    all.into_iter().filter(|(member, _, _)| figures[*member].is_number()).collect()
}

/// The figure of an attribute that is told: its sum, or its mean where it cannot be apportioned.
pub fn figure(figures: &Json, name: &str) -> Option<f64> {
    let own = &figures["values"][name];
    own["sum"].as_f64().or_else(|| own["mean"].as_f64()).filter(|_| own["count"].as_u64() != Some(0))
}

/// What [`figure`] is called.
pub fn figure_title(layer: &Json, name: &str, language: Language) -> String {
    let title = attribute(layer, name, language);
    let is_sum = layer["total"]["values"][name]["sum"].is_number();
    match is_sum {
        true => format!("{}: {title}", pick(language, "Tổng", "Sum")),
        false => format!("{}: {title}", pick(language, "Trung bình", "Mean")),
    }
}

/// Members of an object in their order.
pub fn names(object: &Json) -> Vec<&str> {
    object.as_object().into_iter().flat_map(|members| members.keys().map(String::as_str)).collect()
}

/// Members of an array.
pub fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        assert_eq!(number(1_234_567.891, 2, Language::Vi), "1.234.567,89");
        assert_eq!(number(1_234_567.891, 2, Language::En), "1,234,567.89");
        assert_eq!(number(-0.001, 2, Language::Vi), "0,00");
        assert_eq!(number(-999.5, 1, Language::En), "-999.5");
        assert_eq!(number(100.0, 0, Language::Vi), "100");
    }

    #[test]
    fn years_and_places_in_a_row_are_no_thousands() {
        let told = |name: &str, has_unit, own: Json| value_of(name, has_unit, &own, Language::Vi);
        assert_eq!(told("expiry_year", false, 2052.into()), "2052");
        assert_eq!(told("segment_no", false, 1200.into()), "1200");
        assert_eq!(told("pupil_count", false, 1200.into()), "1.200");
        assert_eq!(told("notes", false, 1200.into()), "1.200");
        assert_eq!(told("km_from", true, 1200.into()), "1.200");
        assert_eq!(told("km_to", false, 1200.5.into()), "1.200,50");
    }

    #[test]
    fn days_and_moments_are_written_as_each_language_does() {
        for (text, vi, en) in [
            ("2025-07-01", "01/07/2025", "1 July 2025"),
            ("2026-11-30T01:05:09.123456Z", "08:05, 30/11/2026", "08:05, 30 November 2026"),
            ("2026-11-30T00:00:00+07:00", "30/11/2026", "30 November 2026"),
            ("2025-03-01T00:00:00+07:00/..", "01/03/2025 – …", "1 March 2025 – …"),
            ("2025-13-01", "2025-13-01", "2025-13-01"),
            ("", "", ""),
        ] {
            assert_eq!(
                (moment(text, Language::Vi), moment(text, Language::En)),
                (vi.to_owned(), en.to_owned())
            );
        }
    }
}

//! Quality as a page: it says what the JSON says. Made for the server's pages and for a file by itself.

use super::finding::places;
use crate::layer::Language;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value as Json;

/// Findings of a layer that the page lists; tables list all that are kept.
const FINDINGS_LISTED: usize = 500;

/// How it looks, on a screen and printed.
const STYLE: &str = "<style>
.quality table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1rem; }
.quality th, .quality td { border-bottom: 1px solid #d5dbe1; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
.quality td.n, .quality th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.quality .short { color: #a61b1b; font-weight: 600; }
.quality .unknown { color: #52606d; font-style: italic; }
@media print { .quality section, .quality tr { break-inside: avoid; } }
</style>";

/// A text of the two.
pub fn pick<'t>(language: Language, vi: &'t str, en: &'t str) -> &'t str {
    match language {
        Language::Vi => vi,
        Language::En => en,
    }
}

/// A title of the JSON.
pub fn text(title: &Json, language: Language) -> &str {
    title[pick(language, "vi", "en")].as_str().unwrap_or_default()
}

/// A number as people read it, where more of it is better: decimal comma in Vietnamese, no digits that say nothing.
pub fn number(value: &Json, language: Language) -> Option<String> {
    Some(rounded(value.as_f64()?, false, language))
}

/// The value of a measure as people read it; `None` where it is not known.
pub fn value_of(measure: &Json, language: Language) -> Option<String> {
    Some(rounded(measure["value"].as_f64()?, measure["better"] == "lower", language))
}

/// A number of so few digits as people are told; never rounded to what reads as better than it is.
pub fn in_few_digits(number: f64, less_is_better: bool) -> f64 {
    // What a product of two numbers is off by is no part of either: 0.57 is no 0.5699.
    const NOISE: f64 = 1e-6;
    let steps = number * 1e4;
    let whole = if less_is_better { (steps - NOISE).max(0.0).ceil() } else { (steps + NOISE).floor() };
    whole / 1e4
}

fn rounded(number: f64, less_is_better: bool, language: Language) -> String {
    let mut shown = format!("{:.4}", in_few_digits(number, less_is_better));
    while shown.ends_with('0') {
        shown.pop();
    }
    let shown = shown.trim_end_matches('.');
    match language {
        Language::Vi => shown.replace('.', ","),
        Language::En => shown.to_owned(),
    }
}

/// The members of a list.
pub fn list(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Layers as a page by itself.
pub fn page(layers: &[Json], language: Language) -> String {
    let title = pick(language, "Chất lượng dữ liệu", "Quality of data");
    let page = html! {
        (DOCTYPE)
        html lang=(pick(language, "vi", "en")) {
            head { meta charset="utf-8"; title { (title) } style { "body { font-family: sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }" } }
            body { h1 { (title) } (content(layers, language)) }
        }
    };
    page.into_string()
}

/// Layers: first all of them by their words, then each by its measures.
pub fn content(layers: &[Json], language: Language) -> Markup {
    html! {
        (PreEscaped(STYLE))
        div.quality {
            (overview(layers, language))
            @for layer in layers.iter().filter(|layer| !list(&layer["measures"]).is_empty()) {
                (of_layer(layer, language))
            }
        }
    }
}

fn overview(layers: &[Json], language: Language) -> Markup {
    let words = layers.first().map(|layer| list(&layer["words"])).unwrap_or_default();
    html! {
        table {
            thead { tr {
                th { (pick(language, "Lớp", "Layer")) }
                th.n { (pick(language, "Đối tượng", "Features")) }
                @for word in words { th.n { (text(&word["title"], language)) } }
                th { (pick(language, "Đạt", "Passes")) }
                th { (pick(language, "Kiểm tra lúc", "Checked at")) }
            } }
            tbody { @for layer in layers { tr {
                td { (text(&layer["title"], language)) }
                td.n { (layer["count"].as_u64().map_or_else(String::new, |n| n.to_string())) }
                @for word in list(&layer["words"]) { (of_word(word, language)) }
                td { (verdict(&layer["passes"], language)) }
                td { (layer["checked_at"].as_str().unwrap_or("–")) }
            } } }
        }
    }
}

fn of_layer(layer: &Json, language: Language) -> Markup {
    html! {
        section {
            h2 { (text(&layer["title"], language)) }
            table {
                thead { tr {
                    th { (pick(language, "Chỉ tiêu", "Measure")) }
                    th.n { (pick(language, "Giá trị", "Value")) }
                    th.n { (pick(language, "Ngưỡng", "Mark")) }
                    th { (pick(language, "Đạt", "Passes")) }
                    th { (pick(language, "Tính từ", "Counted from")) }
                } }
                tbody { @for measure in list(&layer["measures"]) { tr {
                    td { (text(&measure["title"], language)) br; small.unknown { "ISO 19157: " (measure["iso_19157"].as_str().unwrap_or_default()) } }
                    (value(measure, language))
                    td.n { (mark(measure, language)) }
                    td { (verdict(&measure["passes"], language)) }
                    td {
                        @match measure.get("unknown") {
                            Some(why) => { span.unknown { (text(why, language)) } }
                            None => { (text(&measure["counted"], language)) }
                        }
                    }
                } } }
            }
            @for word in list(&layer["words"]).iter().filter(|word| word["unknown"].is_object()) {
                p.unknown { (text(&word["title"], language)) ": " (text(&word["unknown"], language)) }
            }
            @if list(&layer["trend"]).len() > 1 { (trend(layer, language)) }
            @if places(layer).next().is_some() { (findings(layer, language)) }
        }
    }
}

/// What was found where.
fn findings(layer: &Json, language: Language) -> Markup {
    let degrees = |place: Option<[f64; 2]>, at: usize| place.map(|place| format!("{:.7}", place[at]));
    let more = places(layer).count().saturating_sub(FINDINGS_LISTED);
    html! {
        table {
            thead { tr {
                th { (pick(language, "Chỉ tiêu", "Measure")) }
                th.n { (pick(language, "Đối tượng", "Feature")) }
                th { (pick(language, "Có gì sai", "What is wrong")) }
                th.n { (pick(language, "Kinh độ", "Longitude")) }
                th.n { (pick(language, "Vĩ độ", "Latitude")) }
            } }
            tbody { @for (finding, place) in places(layer).take(FINDINGS_LISTED) { tr {
                td { (text(&finding["title"], language)) }
                td.n { (finding["feature"].as_i64().map_or_else(String::new, |id| id.to_string())) }
                td { @if let Some(name) = finding["attribute"].as_str() { code { (name) } ": " } (text(&finding["text"], language)) }
                td.n { (degrees(place, 0).unwrap_or_default()) }
                td.n { (degrees(place, 1).unwrap_or_default()) }
            } } }
        }
        @if more > 0 {
            p.unknown { (more) (pick(language, " phát hiện nữa: xem --report TỆP.xlsx hoặc .csv", " more findings: see --report FILE.xlsx or .csv")) }
        }
    }
}

fn trend(layer: &Json, language: Language) -> Markup {
    let words = list(&layer["words"]);
    html! {
        table {
            thead { tr {
                th { (pick(language, "Các lần kiểm tra", "Checks")) }
                @for word in words { th.n { (text(&word["title"], language)) } }
            } }
            tbody { @for run in list(&layer["trend"]) { tr {
                td { (run["checked_at"].as_str().unwrap_or_default()) }
                @for word in words { (score(&run[word["word"].as_str().unwrap_or_default()], language)) }
            } } }
        }
    }
}

/// The score of a word; where it has none, how many of its measures are known, and above what it cannot be.
pub fn word_score(word: &Json, language: Language) -> Result<String, String> {
    if let Some(score) = number(&word["score"], language) {
        return Ok(score);
    }
    let mut unknown = pick(language, "chưa biết", "unknown").to_owned();
    if let (Some(known), Some(all)) = (word["known_measures"].as_u64(), word["measures"].as_u64()) {
        unknown += &format!(" ({known}/{all}");
        if let Some(most) = number(&word["at_most"], language).filter(|_| word["passes"] == false) {
            unknown += &format!("; ≤ {most}");
        }
        unknown.push(')');
    }
    Err(unknown)
}

fn of_word(word: &Json, language: Language) -> Markup {
    let short = word["passes"] == false || word["score"].as_f64().is_some_and(|score| score < 1.0);
    html! { @match word_score(word, language) {
        Ok(score) => { td.n.short[short] { (score) } }
        Err(unknown) => {
            td.n.unknown.short[short] title=[word["unknown"][pick(language, "vi", "en")].as_str()] { (unknown) }
        }
    } }
}

fn score(value: &Json, language: Language) -> Markup {
    let short = value.as_f64().is_some_and(|score| score < 1.0);
    html! { @match number(value, language) {
        Some(shown) => { td.n.short[short] { (shown) } }
        None => { td.n.unknown { (pick(language, "chưa biết", "unknown")) } }
    } }
}

fn value(measure: &Json, language: Language) -> Markup {
    html! { @match value_of(measure, language) {
        Some(shown) => { td.n { (shown) } }
        None => { td.n.unknown { (pick(language, "chưa biết", "unknown")) } }
    } }
}

fn mark(measure: &Json, language: Language) -> String {
    let sign = if measure["better"] == "lower" { "≤" } else { "≥" };
    format!("{sign} {}", number(&measure["pass"], language).unwrap_or_default())
}

/// Yes, no, or not known.
pub fn verdict(passes: &Json, language: Language) -> &'static str {
    let words = match passes.as_bool() {
        Some(true) => ["đạt", "yes"],
        Some(false) => ["chưa đạt", "no"],
        None => ["chưa biết", "unknown"],
    };
    if language == Language::Vi { words[0] } else { words[1] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_figure_is_never_rounded_to_what_reads_as_better_than_it_is() {
        let shown = |value: f64| number(&json!(value), Language::Vi).unwrap_or_default();
        assert_eq!([0.99999, 0.57, 0.0003, 1.0, 0.29].map(shown), ["0,9999", "0,57", "0,0003", "1", "0,29"]);
        let overlap = |value: f64| {
            let measure = json!({ "value": value, "pass": 0.001, "better": "lower" });
            (value_of(&measure, Language::En).unwrap_or_default(), mark(&measure, Language::En))
        };
        assert_eq!(overlap(0.00101), ("0.0011".to_owned(), "≤ 0.001".to_owned()));
        assert_eq!(overlap(0.001).0, "0.001");
        assert_eq!(overlap(0.0).0, "0");
    }
}

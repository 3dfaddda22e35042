//! Quality as tables: a workbook for people, and values separated by commas for programs.

use super::page::{list, pick, text, verdict, word_score};
use crate::{
    format::{Cell, Sheet},
    layer::Language,
};
use serde_json::Value as Json;

/// A first sheet of all layers by their words, a second of all measures.
pub fn sheets(layers: &[Json], language: Language) -> Vec<Sheet> {
    let head = |vi: &str, en: &str| Cell::Head(pick(language, vi, en).to_owned());
    let words = layers.first().map(|layer| list(&layer["words"])).unwrap_or_default();
    let mut first = vec![head("Lớp", "Layer"), head("Đối tượng", "Features")];
    first.extend(words.iter().map(|word| Cell::Head(text(&word["title"], language).to_owned())));
    first.extend([head("Đạt", "Passes"), head("Kiểm tra lúc", "Checked at")]);
    let mut overview = vec![first];
    let columns = [
        ("Lớp", "Layer"),
        ("Từ", "Word"),
        ("Chỉ tiêu", "Measure"),
        ("ISO 19157", "ISO 19157"),
        ("Giá trị", "Value"),
        ("Ngưỡng", "Mark"),
        ("Điểm", "Score"),
        ("Đạt", "Passes"),
        ("Tính từ, hoặc vì sao chưa biết", "Counted from, or why unknown"),
    ];
    let mut measures = vec![columns.map(|(vi, en)| head(vi, en)).to_vec()];
    for layer in layers {
        let title = Cell::Text(text(&layer["title"], language).to_owned());
        let mut row = vec![title.clone(), number(&layer["count"], 0, language)];
        row.extend(list(&layer["words"]).iter().map(|word| of_word(word, language)));
        row.push(Cell::Text(verdict(&layer["passes"], language).to_owned()));
        row.push(Cell::Text(layer["checked_at"].as_str().unwrap_or_default().to_owned()));
        overview.push(row);
        for measure in list(&layer["measures"]) {
            let said = |name: &str| Cell::Text(measure[name].as_str().unwrap_or_default().to_owned());
            measures.push(vec![
                title.clone(),
                said("word"),
                Cell::Text(text(&measure["title"], language).to_owned()),
                said("iso_19157"),
                number(&measure["value"], 4, language),
                number(&measure["pass"], 4, language),
                number(&measure["score"], 4, language),
                Cell::Text(verdict(&measure["passes"], language).to_owned()),
                Cell::Text(text(basis(measure), language).to_owned()),
            ]);
        }
    }
    let name = |vi: &str, en: &str| pick(language, vi, en).to_owned();
    vec![
        Sheet { name: name("Chất lượng", "Quality"), widths: vec![40.0, 12.0], rows: overview },
        Sheet {
            name: name("Chỉ tiêu", "Measures"),
            widths: vec![30.0, 8.0, 36.0, 40.0, 12.0, 10.0, 10.0, 12.0, 60.0],
            rows: measures,
        },
    ]
}

fn basis(measure: &Json) -> &Json {
    measure.get("unknown").unwrap_or(&measure["counted"])
}

/// A word's score; without one, how much of it is known.
pub fn of_word(word: &Json, language: Language) -> Cell {
    let told = || word_score(word, language).unwrap_or_else(|unknown| unknown);
    word["score"].as_f64().map_or_else(|| Cell::Text(told()), |score| Cell::Number(score, 4))
}

/// A number; what is unknown is said to be.
fn number(value: &Json, digits: u8, language: Language) -> Cell {
    let unknown = || Cell::Text(pick(language, "chưa biết", "unknown").to_owned());
    value.as_f64().map_or_else(unknown, |number| Cell::Number(number, digits))
}

/// All measures, a row each (RFC 4180), with the mark that Excel knows UTF-8 by. What is unknown is empty.
pub fn csv(layers: &[Json], language: Language) -> String {
    let mut out = String::from("\u{feff}layer,measure,word,value,pass,score,passes,basis\r\n");
    for layer in layers {
        for measure in list(&layer["measures"]) {
            let plain = |name: &str| match &measure[name] {
                Json::Null => String::new(),
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            let fields = [
                layer["layer"].as_str().unwrap_or_default().to_owned(),
                plain("measure"),
                plain("word"),
                plain("value"),
                plain("pass"),
                plain("score"),
                plain("passes"),
                text(basis(measure), language).to_owned(),
            ];
            out.push_str(&fields.map(|field| quoted(&field)).join(","));
            out.push_str("\r\n");
        }
    }
    out
}

fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

//! Quality as tables: a workbook for people, and values separated by commas for programs.

use super::{
    finding::places,
    page::{in_few_digits, list, pick, text, verdict, word_score},
};
use crate::{
    format::{Cell, Sheet},
    layer::Language,
};
use serde_json::Value as Json;

/// A first sheet of all layers by their words, a second of all measures, and a third of what was found where, if
/// anything was.
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
        let mut row = vec![title.clone(), count(&layer["count"], language)];
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
                figure(&measure["value"], measure["better"] == "lower", language),
                figure(&measure["pass"], false, language),
                figure(&measure["score"], false, language),
                Cell::Text(verdict(&measure["passes"], language).to_owned()),
                Cell::Text(text(basis(measure), language).to_owned()),
            ]);
        }
    }
    let name = |vi: &str, en: &str| pick(language, vi, en).to_owned();
    let mut sheets = vec![
        Sheet { name: name("Chất lượng", "Quality"), widths: vec![40.0, 12.0], rows: overview },
        Sheet {
            name: name("Chỉ tiêu", "Measures"),
            widths: vec![30.0, 8.0, 36.0, 40.0, 12.0, 10.0, 10.0, 12.0, 60.0],
            rows: measures,
        },
    ];
    let found = findings(layers, language);
    if found.len() > 1 {
        let widths = vec![30.0, 36.0, 12.0, 20.0, 60.0, 14.0, 14.0];
        sheets.push(Sheet { name: name("Phát hiện", "Findings"), widths, rows: found });
    }
    sheets
}

/// What was found, a row each under a first that names the columns.
fn findings(layers: &[Json], language: Language) -> Vec<Vec<Cell>> {
    let columns = [
        ("Lớp", "Layer"),
        ("Chỉ tiêu", "Measure"),
        ("Đối tượng", "Feature"),
        ("Thuộc tính", "Attribute"),
        ("Có gì sai", "What is wrong"),
        ("Kinh độ", "Longitude"),
        ("Vĩ độ", "Latitude"),
    ];
    let mut rows = vec![columns.map(|(vi, en)| Cell::Head(pick(language, vi, en).to_owned())).to_vec()];
    for layer in layers {
        rows.extend(places(layer).map(|(finding, place)| {
            let said = |text: &str| Cell::Text(text.to_owned());
            let degrees = |at: usize| place.map_or_else(|| said(""), |place| Cell::Number(place[at], 7));
            vec![
                said(text(&layer["title"], language)),
                said(text(&finding["title"], language)),
                finding["feature"].as_f64().map_or_else(|| said(""), |number| Cell::Number(number, 0)),
                said(finding["attribute"].as_str().unwrap_or_default()),
                said(text(&finding["text"], language)),
                degrees(0),
                degrees(1),
            ]
        }));
    }
    rows
}

fn basis(measure: &Json) -> &Json {
    measure.get("unknown").unwrap_or(&measure["counted"])
}

/// A word's score; without one, how much of it is known.
pub fn of_word(word: &Json, language: Language) -> Cell {
    let told = || word_score(word, language).unwrap_or_else(|unknown| unknown);
    word["score"].as_f64().map_or_else(|| Cell::Text(told()), |score| in_cell(score, false))
}

/// A figure as the page tells it: a workbook by itself would round it to the nearest.
pub fn in_cell(figure: f64, less_is_better: bool) -> Cell {
    Cell::Number(in_few_digits(figure, less_is_better), 4)
}

/// A figure; what is unknown is said to be.
fn figure(value: &Json, less_is_better: bool, language: Language) -> Cell {
    value.as_f64().map_or_else(|| unknown(language), |figure| in_cell(figure, less_is_better))
}

/// How many there are.
fn count(value: &Json, language: Language) -> Cell {
    value.as_f64().map_or_else(|| unknown(language), |count| Cell::Number(count, 0))
}

fn unknown(language: Language) -> Cell {
    Cell::Text(pick(language, "chưa biết", "unknown").to_owned())
}

/// All measures, a row each (RFC 4180), with the mark that Excel knows UTF-8 by. What is unknown is empty. Below the
/// measures of a layer stand its findings, with what is wrong as their basis: those rows name a feature.
pub fn csv(layers: &[Json], language: Language) -> String {
    let mut out = String::from(
        "\u{feff}layer,measure,word,value,pass,score,passes,basis,feature,attribute,longitude,latitude\r\n",
    );
    for layer in layers {
        let mut line = |told: &Json, basis: &Json, place: Option<[f64; 2]>| {
            let mut fields = vec![layer["layer"].as_str().unwrap_or_default().to_owned()];
            fields.extend(
                ["measure", "word", "value", "pass", "score", "passes"].map(|name| plain(&told[name])),
            );
            fields.push(text(basis, language).to_owned());
            fields.extend(["feature", "attribute"].map(|name| plain(&told[name])));
            fields.extend([0, 1].map(|at| place.map_or_else(String::new, |place| place[at].to_string())));
            let fields: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
            out.push_str(&fields.join(","));
            out.push_str("\r\n");
        };
        list(&layer["measures"]).iter().for_each(|measure| line(measure, basis(measure), None));
        places(layer).for_each(|(finding, place)| line(finding, &finding["text"], place));
    }
    out
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_falls_short_reads_as_met_in_no_cell() {
        let measure = |better: &str, value: f64, pass: f64| json!({ "better": better, "value": value, "pass": pass, "score": 0.99997, "passes": false });
        let layer = json!({
            "words": [{ "word": "dung", "score": 0.99998 }],
            "measures": [measure("higher", 0.99999, 1.0), measure("lower", 0.00101, 0.001)],
        });
        let sheets = sheets(&[layer], Language::Vi);
        assert_eq!(sheets[0].rows[1][2], Cell::Number(0.9999, 4));
        let figures = |row: usize| &sheets[1].rows[row][4..7];
        assert_eq!(figures(1), [0.9999, 1.0, 0.9999].map(|figure| Cell::Number(figure, 4)));
        assert_eq!(figures(2), [0.0011, 0.001, 0.9999].map(|figure| Cell::Number(figure, 4)));
    }
}

//! A report as a workbook: a first sheet about the area and all layers, one of its corners, and one for
//! each layer that has anything inside.

use super::{
    super::words::{
        amounts, attribute, both, digits, figure, figure_title, has_unit, is_ordinal, list, moment, names,
        pick, value,
    },
    page::{part, title},
};
use crate::{
    format::{Cell, Sheet},
    layer::Language,
};
use serde_json::Value as Json;

/// The sheets.
pub fn sheets(report: &Json, language: Language) -> Vec<Sheet> {
    let mut sheets = vec![first(report, language), corners(&report["corners"], language)];
    let told = list(&report["layers"]).iter().filter(|layer| layer["total"]["count"].as_u64() > Some(0));
    sheets.extend(told.map(|layer| of_layer(layer, language)));
    sheets
}

fn head(text: &str) -> Cell {
    Cell::Head(text.to_owned())
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn cell(number: Option<f64>, digits: usize) -> Cell {
    number.map_or(Cell::Empty, |number| Cell::Number(number, digits as u8))
}

/// A value of an attribute of a layer; numbers stay numbers.
fn value_cell(layer: &Json, name: &str, own: &Json, language: Language) -> Cell {
    match own {
        Json::Number(n) if !n.is_f64() && is_ordinal(name, has_unit(layer, name)) => {
            n.as_f64().map_or(Cell::Empty, Cell::Ordinal)
        }
        Json::Null => Cell::Empty,
        Json::Number(n) => n.as_f64().map_or(Cell::Empty, |n| Cell::Number(n, digits(n) as u8)),
        other => Cell::Text(value(other, language)),
    }
}

fn first(report: &Json, language: Language) -> Sheet {
    let said = |name: &str| text(report[name].as_str().unwrap_or_default());
    let when = |name: &str| text(&moment(report[name].as_str().unwrap_or_default(), language));
    let mut rows = vec![
        vec![head(&title(report, language))],
        vec![
            head(pick(language, "Diện tích vùng (ha)", "Area (ha)")),
            cell(report["area"]["area_ha"].as_f64(), 4),
        ],
        vec![head(pick(language, "Lập lúc", "Made at")), when("made_at")],
        vec![head(pick(language, "Dữ liệu đến", "Data as of")), when("data_as_of")],
        vec![head(pick(language, "Hiệu lực vào", "Valid in")), when("valid_in")],
        vec![head(pick(language, "Mặt phẳng tính", "Plane")), said("plane")],
    ];
    if report["synthetic"] == true {
        rows.push(vec![head(pick(language, "DỮ LIỆU MẪU TỔNG HỢP", "SYNTHETIC SAMPLE DATA"))]);
    }
    rows.extend(list(&report["notes"]).iter().map(|note| vec![text(both(note, language))]));
    rows.push(Vec::new());
    rows.push(vec![
        head(pick(language, "Lớp dữ liệu", "Layer")),
        head(pick(language, "Số đối tượng", "Features")),
        head(pick(language, "Diện tích trong vùng (ha)", "Area inside (ha)")),
        head(pick(language, "Chiều dài trong vùng (m)", "Length inside (m)")),
        head(pick(language, "Thay đổi gần nhất", "Latest change")),
    ]);
    for layer in list(&report["layers"]) {
        let total = &layer["total"];
        rows.push(vec![
            text(both(&layer["title"], language)),
            cell(total["count"].as_f64(), 0),
            cell(total["area_ha"].as_f64(), 4),
            cell(total["length_m"].as_f64(), 1),
            text(&moment(layer["latest_change"].as_str().unwrap_or_default(), language)),
        ]);
    }
    let left_out = list(&report["left_out"]);
    if !left_out.is_empty() {
        rows.extend([Vec::new(), vec![head(pick(language, "Không đưa vào báo cáo", "Left out"))]]);
        let one =
            |layer: &Json| vec![text(both(&layer["title"], language)), text(both(&layer["why"], language))];
        rows.extend(left_out.iter().map(one));
    }
    let name = pick(language, "Báo cáo", "Report").to_owned();
    Sheet { name, widths: vec![46.0, 26.0, 24.0, 24.0, 24.0], rows }
}

fn corners(corners: &Json, language: Language) -> Sheet {
    let mut rows = vec![vec![head(corners["system"].as_str().unwrap_or_default())]];
    rows.extend(list(&corners["notes"]).iter().map(|note| vec![text(both(note, language))]));
    rows.push(vec![
        head(pick(language, "Phần", "Part")),
        head(pick(language, "Góc", "Corner")),
        head(both(&corners["axes"]["x"], language)),
        head(both(&corners["axes"]["y"], language)),
        head(pick(language, "Đến góc sau, m", "To the next, m")),
    ]);
    for corner in list(&corners["corners"]) {
        let mut row = vec![text(&part(corner, language)), cell(corner["corner"].as_f64(), 0)];
        row.extend(["x", "y", "to_next_m"].map(|member| cell(corner[member].as_f64(), 3)));
        rows.push(row);
    }
    let name = pick(language, "Tọa độ góc", "Corners").to_owned();
    Sheet { name, widths: vec![12.0, 10.0, 20.0, 20.0, 18.0], rows }
}

fn of_layer(layer: &Json, language: Language) -> Sheet {
    let total = &layer["total"];
    let (amounts, sums) = (amounts(total, language), names(&total["values"]));
    let groups = list(&layer["groups"]);
    let by: Vec<&str> = groups.first().map(|group| names(&group["by"])).unwrap_or_default();
    let figures = |figures: &Json| {
        let amounts = amounts.iter().map(|(member, _, digits)| cell(figures[*member].as_f64(), *digits));
        let sums = sums
            .iter()
            .map(|name| figure(figures, name).map_or(Cell::Empty, |v| Cell::Number(v, digits(v) as u8)));
        amounts.chain(sums).collect::<Vec<Cell>>()
    };
    let mut rows = vec![vec![head(both(&layer["title"], language))]];
    if let Some(basis) = layer["basis"].as_str() {
        rows.push(vec![text(basis)]);
    }
    rows.extend(list(&layer["notes"]).iter().map(|note| vec![text(both(note, language))]));
    let mut titles: Vec<Cell> = by.iter().map(|name| Cell::Head(attribute(layer, name, language))).collect();
    titles.extend(amounts.iter().map(|(_, title, _)| head(title)));
    titles.extend(sums.iter().map(|name| Cell::Head(figure_title(layer, name, language))));
    rows.push(titles);
    for group in groups {
        let mut row: Vec<Cell> =
            by.iter().map(|name| value_cell(layer, name, &group["by"][*name], language)).collect();
        row.extend(figures(group));
        rows.push(row);
    }
    let mut all: Vec<Cell> = by.iter().map(|_| Cell::Empty).collect();
    if let Some(cell) = all.first_mut() {
        *cell = head(pick(language, "Tất cả", "All"));
    }
    all.extend(figures(total));
    rows.push(all);
    rows.extend(features(layer, language));
    Sheet {
        name: both(&layer["title"], language).to_owned(),
        widths: vec![32.0, 22.0, 22.0, 22.0, 22.0, 22.0],
        rows,
    }
}

fn features(layer: &Json, language: Language) -> Vec<Vec<Cell>> {
    let features = list(&layer["features"]);
    let Some(first) = features.first() else { return Vec::new() };
    let columns = names(&first["properties"]);
    let mut titles: Vec<Cell> =
        columns.iter().map(|name| Cell::Head(attribute(layer, name, language))).collect();
    titles.extend([head("id"), head("ha"), head("m"), head(pick(language, "Trong vùng (%)", "Inside (%)"))]);
    let mut rows = vec![Vec::new(), titles];
    for feature in features {
        let mut row: Vec<Cell> = columns
            .iter()
            .map(|name| value_cell(layer, name, &feature["properties"][*name], language))
            .collect();
        row.push(cell(feature["id"].as_f64(), 0));
        row.push(cell(feature["area_ha"].as_f64(), 4));
        row.push(cell(feature["length_m"].as_f64(), 1));
        row.push(cell(feature["share"].as_f64().map(|share| share * 100.0), 1));
        rows.push(row);
    }
    rows
}

//! The six-monthly report as a workbook, in Vietnamese.

use super::{
    super::{
        page::{list, verdict},
        sheets::{in_cell, of_word},
    },
    page::{NOT_TOLD, SYNTHETIC, goal_words, layer_words, period, share},
};
use crate::{
    format::{Cell, Sheet},
    layer::Language,
};
use serde_json::Value as Json;

/// A sheet of the targets, one of the layers by agency, one of notes.
pub fn half_year_sheets(report: &Json) -> Vec<Sheet> {
    vec![targets(report), layers(report), notes(report)]
}

fn heads(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::Head((*name).to_owned())).collect()
}

fn text(value: &Json) -> Cell {
    Cell::Text(value.as_str().unwrap_or_default().to_owned())
}

fn number(value: &Json, digits: u8) -> Cell {
    value.as_f64().map_or_else(|| Cell::Text("chưa biết".to_owned()), |number| Cell::Number(number, digits))
}

fn targets(report: &Json) -> Sheet {
    let mut rows = vec![heads(&[
        "Mã",
        "Chỉ tiêu",
        "Đã có",
        "Tổng số",
        "Tỷ lệ",
        "Mục tiêu",
        "Tính từ, hoặc vì sao chưa biết",
    ])];
    for target in list(&report["targets"]) {
        let goals: Vec<String> = list(&target["goals"]).iter().map(goal_words).collect();
        let basis = if target["unknown"].is_null() { &target["counted"] } else { &target["unknown"] };
        let mut basis = vec![basis.as_str().unwrap_or_default().to_owned()];
        basis.extend(list(&target["layers"]).iter().map(layer_words));
        rows.push(vec![
            text(&target["target"]),
            text(&target["title"]),
            number(&target["done"], 0),
            number(&target["of"], 0),
            target["value"].as_f64().map_or_else(
                || Cell::Text(share(target).unwrap_or_else(|| "chưa biết".to_owned())),
                |value| in_cell(value, false),
            ),
            Cell::Text(goals.join("; ")),
            Cell::Text(basis.join("\n")),
        ]);
    }
    Sheet { name: "Chỉ tiêu".to_owned(), widths: vec![6.0, 60.0, 10.0, 10.0, 10.0, 45.0, 80.0], rows }
}

fn layers(report: &Json) -> Sheet {
    let mut rows = vec![heads(&[
        "Cơ quan",
        "Lớp",
        "Quan trọng",
        "Đối tượng",
        "Đúng",
        "Đủ",
        "Sạch",
        "Sống",
        "Đạt",
        "Kiểm tra ngày",
        "Lần nạp",
        "Đã hoàn tác",
        "Thêm",
        "Sửa",
        "Xóa",
    ])];
    for agency in list(&report["agencies"]) {
        for layer in list(&agency["layers"]) {
            let mut row = vec![
                text(&agency["name"]),
                text(&layer["title"]),
                Cell::Text(if layer["important"] == true { "có" } else { "" }.to_owned()),
                number(&layer["count"], 0),
            ];
            row.extend((0..4).map(|word| of_word(&layer["words"][word], Language::Vi)));
            row.push(Cell::Text(verdict(&layer["passes"], Language::Vi).to_owned()));
            row.push(Cell::Text(layer["checked_on"].as_str().unwrap_or("chưa kiểm tra").to_owned()));
            let figure = |name: &str| match layer[name].as_f64() {
                Some(count) => Cell::Number(count, 0),
                None => Cell::Text(NOT_TOLD.to_owned()),
            };
            row.extend(["loads", "taken_back", "inserted", "updated", "deleted"].map(figure));
            rows.push(row);
        }
    }
    Sheet { name: "Lớp dữ liệu".to_owned(), widths: vec![40.0, 40.0], rows }
}

fn notes(report: &Json) -> Sheet {
    let period = format!("Kỳ {}. {}", report["half_year"].as_str().unwrap_or_default(), period(report));
    let mut rows = vec![vec![Cell::Head(period)]];
    if report["synthetic"] == true {
        rows.push(vec![Cell::Head(SYNTHETIC.to_owned())]);
    }
    rows.extend(list(&report["notes"]).iter().map(|note| vec![text(note)]));
    Sheet { name: "Ghi chú".to_owned(), widths: vec![120.0], rows }
}

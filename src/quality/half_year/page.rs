//! The six-monthly report as a page that can be printed, in Vietnamese.

use super::super::page::{list, number, verdict};
use crate::layer::Language;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value as Json;

const STYLE: &str = "<style>
@page { size: A4 landscape; margin: 15mm; }
body { font-family: sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
th, td { border: 1px solid #b8c1cc; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.unknown { color: #52606d; font-style: italic; }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } tr, h2 { break-inside: avoid; } }
</style>";

const UNKNOWN: &str = "chưa biết";

/// The report by itself.
pub fn half_year_page(report: &Json) -> String {
    let said = |name: &str| report[name].as_str().unwrap_or_default();
    let title = format!("Báo cáo dữ liệu 6 tháng {}", said("half_year"));
    let page = html! {
        (DOCTYPE)
        html lang="vi" {
            head { meta charset="utf-8"; title { (title) } (PreEscaped(STYLE)) }
            body {
                h1 { (title) }
                p { "Kỳ báo cáo: từ " (said("from")) " đến " (said("to")) ". Lập ngày " (said("made_on")) "." }
                h2 { "Chỉ tiêu của chương trình" }
                (targets(list(&report["targets"])))
                @for agency in list(&report["agencies"]) { (of_agency(agency)) }
                h2 { "Ghi chú" }
                ul { @for note in list(&report["notes"]) { li { (note.as_str().unwrap_or_default()) } } }
            }
        }
    };
    page.into_string()
}

fn targets(targets: &[Json]) -> Markup {
    html! {
        table {
            thead { tr { th { "Mã" } th { "Chỉ tiêu" } th.n { "Đạt được" } th { "Mục tiêu" } th { "Tính từ" } } }
            tbody { @for target in targets { tr {
                td { (target["target"].as_str().unwrap_or_default()) }
                td { (target["title"].as_str().unwrap_or_default()) }
                (percent(&target["value"]))
                td { @for goal in list(&target["goals"]) { div { (goal_words(goal)) } } }
                td {
                    @match target["unknown"].as_str() {
                        Some(why) => { span.unknown { (why) } }
                        None => { (target["counted"].as_str().unwrap_or_default()) }
                    }
                }
            } } }
        }
    }
}

/// A goal with what became of it.
pub fn goal_words(goal: &Json) -> String {
    let share = goal["share"].as_f64().unwrap_or(0.0) * 100.0;
    let state = match (goal["reached"].as_bool(), goal["is_due"].as_bool()) {
        (Some(true), _) => "đã đạt",
        (Some(false), Some(true)) => "chưa đạt, đã đến hạn",
        (Some(false), _) => "chưa đến hạn",
        (None, _) => UNKNOWN,
    };
    format!("{share:.0}% đến {}: {state}", goal["by"].as_str().unwrap_or_default())
}

fn percent(value: &Json) -> Markup {
    html! { @match value.as_f64() {
        Some(share) => { td.n { (format!("{:.1}%", (share * 1e3).floor() / 10.0).replace('.', ",")) } }
        None => { td.n.unknown { (UNKNOWN) } }
    } }
}

fn of_agency(agency: &Json) -> Markup {
    let score = |value: &Json| number(value, Language::Vi);
    html! {
        h2 { (agency["name"].as_str().unwrap_or_default()) }
        table {
            thead { tr {
                th { "Lớp" } th.n { "Đối tượng" } th.n { "Đúng" } th.n { "Đủ" } th.n { "Sạch" } th.n { "Sống" } th { "Đạt" }
                th { "Kiểm tra ngày" } th.n { "Lần nạp" } th.n { "Thêm" } th.n { "Sửa" } th.n { "Xóa" }
            } }
            tbody { @for layer in list(&agency["layers"]) { tr {
                td { (layer["title"].as_str().unwrap_or_default()) @if layer["important"] == true { " ★" } }
                td.n { (layer["count"].as_u64().map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string())) }
                @for word in 0..4 {
                    td.n { (score(&layer["words"][word]["score"]).unwrap_or_else(|| UNKNOWN.to_owned())) }
                }
                td { (verdict(&layer["passes"], Language::Vi)) }
                td { (layer["checked_on"].as_str().unwrap_or("chưa kiểm tra")) }
                @for figure in ["loads", "inserted", "updated", "deleted"] { td.n { (layer[figure]) } }
            } } }
        }
    }
}

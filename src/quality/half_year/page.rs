//! The six-monthly report as a page that can be printed, in Vietnamese.

use super::super::page::{list, verdict, word_score};
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
/// In the place of what its reader may not know.
pub const NOT_TOLD: &str = "–";

/// Said wherever such data are shown.
pub const SYNTHETIC: &str = "Dữ liệu mẫu tổng hợp để giới thiệu, không phải số liệu thật.";

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
                p { (period(report)) }
                @if report["synthetic"] == true { p { strong { (SYNTHETIC) } } }
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

/// Of which days the report is.
pub fn period(report: &Json) -> String {
    let said = |name: &str| report[name].as_str().unwrap_or_default();
    let until = match report["is_running"] == true {
        true => format!(", tính đến ngày {} (kỳ chưa kết thúc)", said("until")),
        false => String::new(),
    };
    format!("Kỳ báo cáo: từ {} đến {}{until}. Lập ngày {}.", said("from"), said("to"), said("made_on"))
}

fn targets(targets: &[Json]) -> Markup {
    html! {
        table {
            thead { tr { th { "Mã" } th { "Chỉ tiêu" } th.n { "Đạt được" } th { "Mục tiêu" } th { "Tính từ" } } }
            tbody { @for target in targets { tr {
                td { (target["target"].as_str().unwrap_or_default()) }
                td { (target["title"].as_str().unwrap_or_default()) }
                @match share(target) {
                    Some(share) => { td.n { (share) } }
                    None => { td.n.unknown { (UNKNOWN) } }
                }
                td { @for goal in list(&target["goals"]) { div { (goal_words(goal)) } } }
                td {
                    @match target["unknown"].as_str() {
                        Some(why) => { span.unknown { (why) } }
                        None => { (target["counted"].as_str().unwrap_or_default()) }
                    }
                    @for layer in list(&target["layers"]) { div { (layer_words(layer)) } }
                }
            } } }
        }
    }
}

/// How many, or that its reader may not know.
fn count(figure: &Json) -> String {
    figure.as_u64().map_or_else(|| NOT_TOLD.to_owned(), |count| count.to_string())
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

/// What was reached, as people read it; what is known of it where that is not all.
pub fn share(target: &Json) -> Option<String> {
    let percent = |share: f64| format!("{:.1}%", (share * 1e3).floor() / 10.0).replace('.', ",");
    let at_least = || target["at_least"].as_f64().map(|share| format!("≥ {}", percent(share)));
    target["value"].as_f64().map(percent).or_else(at_least)
}

/// What is known of a layer that counts for a target.
pub fn layer_words(layer: &Json) -> String {
    let said = |name: &str| layer[name].as_str().unwrap_or_default();
    format!("{}: {}", said("title"), said("why"))
}

fn of_agency(agency: &Json) -> Markup {
    let score = |word: &Json| word_score(word, Language::Vi);
    html! {
        h2 { (agency["name"].as_str().unwrap_or_default()) }
        table {
            thead { tr {
                th { "Lớp" } th.n { "Đối tượng" } th.n { "Đúng" } th.n { "Đủ" } th.n { "Sạch" } th.n { "Sống" } th { "Đạt" }
                th { "Kiểm tra ngày" } th.n { "Lần nạp" } th.n { "Đã hoàn tác" } th.n { "Thêm" } th.n { "Sửa" } th.n { "Xóa" }
            } }
            tbody { @for layer in list(&agency["layers"]) { tr {
                td { (layer["title"].as_str().unwrap_or_default()) @if layer["important"] == true { " ★" } }
                td.n { (layer["count"].as_u64().map_or_else(|| UNKNOWN.to_owned(), |n| n.to_string())) }
                @for word in 0..4 {
                    @match score(&layer["words"][word]) {
                        Ok(score) => { td.n { (score) } }
                        Err(unknown) => { td.n.unknown { (unknown) } }
                    }
                }
                td { (verdict(&layer["passes"], Language::Vi)) }
                td { (layer["checked_on"].as_str().unwrap_or("chưa kiểm tra")) }
                @for figure in ["loads", "taken_back", "inserted", "updated", "deleted"] { td.n { (count(&layer[figure])) } }
            } } }
        }
    }
}

//! A report as a page that can be printed on A4: it says what the JSON says.

use super::super::{
    page::left_out,
    words::{
        amounts, attribute, both, digits, figure, figure_title, has_unit, list, moment, names, number, pick,
        value_of,
    },
};
use crate::layer::Language;
use maud::{Markup, PreEscaped, html};
use serde_json::Value as Json;

/// Corners on the page; the workbook and the JSON have more.
const CORNERS_MAX: usize = 200;

/// How it is printed.
const STYLE: &str = "<style>
@page { size: A4; margin: 15mm; }
.report h2 { border-bottom: 1px solid #d5dbe1; }
.report h3 { margin: 1rem 0 0.3rem; font-size: 1rem; }
.report td.n, .report th.n { text-align: right; font-variant-numeric: tabular-nums; }
.report .picture { display: block; width: 100%; max-width: 170mm; height: auto; }
.report .small { font-size: 0.85rem; color: #52606d; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .report section, .report tr, .report .picture { break-inside: avoid; }
  .report section.long { break-inside: auto; }
  .report h2, .report h3 { break-after: avoid; }
  .report thead { display: table-header-group; }
  .report a { color: inherit; text-decoration: none; }
}
</style>";

/// The title of a report.
pub fn title(report: &Json, language: Language) -> String {
    let what = match report["area"]["unit"]["name"].as_str() {
        Some(name) => format!("{name} ({})", report["area"]["unit"]["code"].as_str().unwrap_or_default()),
        None => pick(language, "vùng được vẽ", "a drawn area").to_owned(),
    };
    format!("{}: {what}", pick(language, "Báo cáo", "Report"))
}

/// The page's content.
pub fn content(report: &Json, picture: &Markup, language: Language) -> Markup {
    let (told, nothing): (Vec<&Json>, Vec<&Json>) =
        list(&report["layers"]).iter().partition(|layer| layer["total"]["count"].as_u64() > Some(0));
    html! {
        (PreEscaped(STYLE))
        div.report {
            (about(report, language))
            (picture)
            @for layer in &told { (of_layer(layer, language)) }
            section {
                h2 { (pick(language, "Không có trong vùng", "Nothing inside")) }
                p { (nothing.iter().map(|l| both(&l["title"], language)).collect::<Vec<_>>().join("; ")) }
            }
            (left_out(report, language))
            (corner_table(&report["corners"], language))
        }
    }
}

fn about(report: &Json, language: Language) -> Markup {
    let area = &report["area"];
    let text = |name: &str| report[name].as_str().unwrap_or_default();
    let when = |name: &str| moment(text(name), language);
    html! {
        section {
            dl {
                dt { (pick(language, "Diện tích vùng", "Area")) }
                dd { (number(area["area_ha"].as_f64().unwrap_or_default(), 4, language)) " ha" }
                @if let Some(from) = area["unit"]["valid_from"].as_str() {
                    dt { (pick(language, "Đơn vị có từ ngày", "Unit since")) }
                    dd { (moment(from, language)) }
                }
                dt { (pick(language, "Lập lúc", "Made at")) }
                dd { (when("made_at")) }
                dt { (pick(language, "Dữ liệu đến", "Data as of")) }
                dd { (when("data_as_of")) }
                dt { (pick(language, "Hiệu lực vào", "Valid in")) }
                dd { (when("valid_in")) }
                dt { (pick(language, "Mặt phẳng tính", "Measured in the plane of")) }
                dd { (text("plane")) " (VN-2000)" }
            }
            ul { @for note in list(&report["notes"]) { li { (both(note, language)) } } }
        }
    }
}

fn of_layer(layer: &Json, language: Language) -> Markup {
    let total = &layer["total"];
    let sums: Vec<&str> = names(&total["values"]);
    let amounts = amounts(total, language);
    let class = if list(&layer["features"]).len() > 15 { "long" } else { "short" };
    html! {
        section class=(class) {
            h2 { (both(&layer["title"], language)) }
            p.small {
                (both(&layer["theme"], language))
                @if let Some(basis) = layer["basis"].as_str() { ". " (pick(language, "Căn cứ", "Basis")) ": " (basis) }
                @if let Some(latest) = layer["latest_change"].as_str() {
                    ". " (pick(language, "Thay đổi gần nhất", "Latest change")) ": " (moment(latest, language))
                }
            }
            div.wide tabindex="0" { table {
                thead { tr {
                    @for name in group_names(layer) { th { (attribute(layer, name, language)) } }
                    @for (_, title, _) in &amounts { th.n { (title) } }
                    @for name in &sums { th.n { (figure_title(layer, name, language)) } }
                } }
                tbody {
                    @for group in list(&layer["groups"]) {
                        tr {
                            @for name in group_names(layer) {
                                td { (value_of(name, has_unit(layer, name), &group["by"][name], language)) }
                            }
                            (cells(group, &amounts, &sums, language))
                        }
                    }
                    tr {
                        @let width = group_names(layer).len();
                        @if width > 0 { th colspan=(width) { (pick(language, "Tất cả", "All")) } }
                        (cells(total, &amounts, &sums, language))
                    }
                }
            } }
            (features(layer, language))
            @for note in list(&layer["notes"]) { p.small { (both(note, language)) } }
        }
    }
}

/// Attributes that make the groups of a layer.
fn group_names(layer: &Json) -> Vec<&str> {
    list(&layer["groups"]).first().map(|group| names(&group["by"])).unwrap_or_default()
}

fn cells(
    figures: &Json,
    amounts: &[(&'static str, &'static str, usize)],
    sums: &[&str],
    language: Language,
) -> Markup {
    html! {
        @for (member, _, digits) in amounts {
            td.n { (number(figures[*member].as_f64().unwrap_or_default(), *digits, language)) }
        }
        @for name in sums {
            td.n { @if let Some(v) = figure(figures, name) { (number(v, digits(v), language)) } @else { "–" } }
        }
    }
}

fn features(layer: &Json, language: Language) -> Markup {
    let features = list(&layer["features"]);
    let Some(first) = features.first() else { return html! {} };
    let columns = names(&first["properties"]);
    let is_amount = |member: &str| features.iter().any(|feature| feature[member].is_number());
    html! {
        h3 { (pick(language, "Danh sách", "Features")) }
        div.wide tabindex="0" { table {
            thead { tr {
                @for name in &columns { th { (attribute(layer, name, language)) } }
                @if is_amount("area_ha") { th.n { "ha" } }
                @if is_amount("length_m") { th.n { "m" } }
                @if !is_amount("points") { th.n { (pick(language, "Trong vùng", "Inside")) } }
            } }
            tbody { @for feature in features { tr {
                @for name in &columns {
                    td { (value_of(name, has_unit(layer, name), &feature["properties"][*name], language)) }
                }
                @if is_amount("area_ha") { td.n { (amount(feature, "area_ha", 4, language)) } }
                @if is_amount("length_m") { td.n { (amount(feature, "length_m", 1, language)) } }
                @if !is_amount("points") {
                    td.n { (number(feature["share"].as_f64().unwrap_or_default() * 100.0, 1, language)) " %" }
                }
            } } }
        } }
    }
}

fn amount(feature: &Json, member: &str, digits: usize, language: Language) -> String {
    feature[member].as_f64().map(|v| number(v, digits, language)).unwrap_or_default()
}

fn corner_table(corners: &Json, language: Language) -> Markup {
    let all = list(&corners["corners"]);
    let matched = corners["numberMatched"].as_u64().unwrap_or_default();
    let shown = all.len().min(CORNERS_MAX);
    html! {
        section.long {
            h2 { (pick(language, "Tọa độ góc", "Corners")) ", " (corners["system"].as_str().unwrap_or_default()) " (VN-2000)" }
            @if matched > shown as u64 {
                p.small {
                    (pick(language, "Bảng có ", "The table has the first ")) (shown)
                    (pick(language, " góc đầu trong ", " of ")) (matched)
                    (pick(language, " góc; tệp XLSX và JSON có nhiều hơn.", " corners; XLSX and JSON have more."))
                }
            }
            div.wide tabindex="0" { table {
                thead { tr {
                    th { (pick(language, "Phần", "Part")) }
                    th { (pick(language, "Góc", "Corner")) }
                    th.n { (both(&corners["axes"]["x"], language)) }
                    th.n { (both(&corners["axes"]["y"], language)) }
                    th.n { (pick(language, "Đến góc sau, m", "To the next, m")) }
                } }
                tbody { @for corner in all.iter().take(CORNERS_MAX) { tr {
                    td { (part(corner, language)) }
                    td { (corner["corner"]) }
                    @for member in ["x", "y", "to_next_m"] {
                        td.n { (number(corner[member].as_f64().unwrap_or_default(), 3, language)) }
                    }
                } } }
            } }
        }
    }
}

/// Which ring a corner is of.
pub fn part(corner: &Json, language: Language) -> String {
    match corner["hole"].as_u64() {
        Some(hole) if hole > 0 => format!("{}, {} {hole}", corner["part"], pick(language, "lỗ", "hole")),
        _ => corner["part"].to_string(),
    }
}

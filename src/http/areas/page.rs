//! Statistics, and what lies at a point, as pages: they say what the JSON says, with the titles of
//! attributes and in the numbers of a language.

use super::{
    super::page::body,
    WHOLE,
    words::{both, digits, list, names, number, pick, value, value_of},
};
use crate::layer::{Attribute, Language, LayerView, Title};
use maud::{Markup, html};
use serde_json::Value as Json;

/// Amounts of a group: member, Vietnamese, English, digits behind the point.
const AMOUNTS: [(&str, &str, &str, usize); 5] = [
    ("count", "Số đối tượng", "Features", 0),
    ("whole", "Nằm trọn", "Whole inside", 0),
    ("area_ha", "Diện tích (ha)", "Area (ha)", 4),
    ("length_m", "Chiều dài (m)", "Length (m)", 1),
    ("points", "Số điểm", "Points", 0),
];
/// Figures of an attribute.
const FIGURES: [(&str, &str, &str); 6] = [
    ("sum", "Tổng", "Sum"),
    ("mean", "Trung bình", "Mean"),
    ("weighted_mean", "Trung bình theo phần nằm trong", "Mean weighted by what lies inside"),
    ("min", "Nhỏ nhất", "Least"),
    ("max", "Lớn nhất", "Greatest"),
    ("count", "Số có giá trị", "With a value"),
];

/// The words of the notes in an answer.
fn notes(answer: &Json, language: Language) -> Markup {
    html! { @if !list(&answer["notes"]).is_empty() {
        ul { @for note in list(&answer["notes"]) { li { (both(note, language)) } } }
    } }
}

/// What an attribute is called, with its unit.
fn title(attribute: &Attribute, language: Language) -> String {
    let unit = attribute.unit.map(|unit| format!(" ({})", unit.symbol())).unwrap_or_default();
    format!("{}{unit}", attribute.title.of(language))
}

/// The statistics of a layer; `zones` is what makes zones, and its member in each group.
pub fn statistics(
    answer: &Json,
    view: &LayerView,
    zones: Option<&(String, Title)>,
    language: Language,
) -> Markup {
    let (total, groups) = (&answer["total"], list(&answer["groups"]));
    let by = groups.first().map(|group| names(&group["by"])).unwrap_or_default();
    let own_title = |name: &str| match (zones.filter(|(member, _)| member == name), view.attribute(name)) {
        (Some((_, title)), _) => title.of(language).to_owned(),
        (None, Some(attribute)) => title(attribute, language),
        (None, None) => name.to_owned(),
    };
    let is_zone = |name: &str| zones.is_some_and(|(member, _)| member == name);
    html! {
        (area(answer, language))
        (notes(answer, language))
        section {
            h2 { (pick(language, "Số liệu", "Figures")) }
            div.wide tabindex="0" { table {
                thead { tr {
                    @for name in &by { th scope="col" { (own_title(name)) } }
                    (heads(total, view, language))
                } }
                tbody {
                    @for group in groups { tr {
                        @for name in &by {
                            td { (group_name(&group["by"][*name], is_zone(name), language)) }
                        }
                        (cells(group, total, language))
                    } }
                    tr {
                        @if !by.is_empty() { th colspan=(by.len()) { (pick(language, "Tất cả", "All")) } }
                        (cells(total, total, language))
                    }
                }
            } }
        }
    }
}

/// What a group is called. One without a zone is what lies in none.
fn group_name(by: &Json, is_zone: bool, language: Language) -> String {
    match by {
        Json::Null if is_zone => pick(language, "Ngoài các vùng", "Outside the zones").to_owned(),
        Json::Object(zone) if is_zone => {
            let name = zone.get("name").or_else(|| zone.get("label"));
            let id =
                zone.get("code").or_else(|| zone.get("id")).map(|id| value_of("id", false, id, language));
            let name = name.filter(|name| !name.is_null()).map(|name| value(name, language));
            format!("{} ({})", name.unwrap_or_default(), id.unwrap_or_default())
        }
        other => value(other, language),
    }
}

fn heads(total: &Json, view: &LayerView, language: Language) -> Markup {
    html! {
        @for (_, vi, en, _) in amounts(total) { th scope="col" { (pick(language, vi, en)) } }
        @for name in names(&total["values"]) {
            @let title = view.attribute(name).map_or_else(|| name.to_owned(), |a| title(a, language));
            @for (_, vi, en) in figures(&total["values"][name]) {
                th scope="col" { (pick(language, vi, en)) ": " (title) }
            }
        }
    }
}

fn cells(group: &Json, total: &Json, language: Language) -> Markup {
    let shown = |value: &Json, digits: Option<usize>| {
        let shown = value.as_f64().map(|v| number(v, digits.unwrap_or_else(|| self::digits(v)), language));
        shown.unwrap_or_else(|| "–".to_owned())
    };
    html! {
        @for (member, _, _, digits) in amounts(total) { td { (shown(&group[member], Some(digits))) } }
        @for name in names(&total["values"]) {
            @for (member, _, _) in figures(&total["values"][name]) {
                td { (shown(&group["values"][name][member], None)) }
            }
        }
    }
}

/// Those amounts that a layer has.
fn amounts(total: &Json) -> impl Iterator<Item = (&'static str, &'static str, &'static str, usize)> {
    AMOUNTS.into_iter().filter(|(member, ..)| total.get(member).is_some())
}

/// Those figures that an attribute has.
fn figures(own: &Json) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    FIGURES.into_iter().filter(|(member, ..)| own.get(member).is_some())
}

/// The area that was asked for.
fn area(answer: &Json, language: Language) -> Markup {
    let area = &answer["area"];
    html! {
        dl {
            @if area.is_object() {
                @if let Some(name) = area["unit"]["name"].as_str() {
                    dt { (pick(language, "Đơn vị", "Unit")) }
                    dd { (name) " (" (area["unit"]["id"].as_str().unwrap_or_default()) ")" }
                }
                dt { (pick(language, "Diện tích vùng", "Area")) }
                dd { (number(area["area_ha"].as_f64().unwrap_or_default(), 4, language)) " ha" }
                @if area["bbox"].is_array() {
                    dt { (pick(language, "Khung bao", "Bounding box")) }
                    dd { (body::value(&area["bbox"], language, 1)) }
                }
                @if area["stands_for_it"].is_array() {
                    dt { (pick(language, "Các đơn vị thay cho ranh giới cũ", "What stands for its boundary")) }
                    dd { ul { @for one in list(&area["stands_for_it"]) { li { (stand_in(one, language)) } } } }
                }
            } @else {
                dt { (pick(language, "Vùng", "Area")) }
                dd { (pick(language, "toàn bộ lớp", "the whole layer")) }
            }
            dt { (pick(language, "Mặt phẳng tính", "Measured in the plane of")) }
            dd { (answer["plane"].as_str().unwrap_or_default()) " (VN-2000)" }
        }
    }
}

/// A present unit that stands for a former one, and how much of it lies there.
fn stand_in(one: &Json, language: Language) -> String {
    let text = |name: &str| one["unit"][name].as_str().unwrap_or_default();
    let share = match one["lies_in_the_area_asked_for"] == WHOLE {
        true => pick(language, "trọn vẹn", "whole of it"),
        false => pick(language, "một phần, tỷ lệ chưa rõ", "part of it, share unknown"),
    };
    format!("{} ({}): {share}", text("name"), text("code"))
}

/// The layers that an answer leaves out, and why.
pub fn left_out(answer: &Json, language: Language) -> Markup {
    html! {
        @if !list(&answer["left_out"]).is_empty() {
            section {
                h2 { (pick(language, "Lớp không có trong câu trả lời", "Left out")) }
                ul { @for layer in list(&answer["left_out"]) {
                    li { (both(&layer["title"], language)) ": " (both(&layer["why"], language)) }
                } }
            }
        }
    }
}

/// What layers say at a point.
pub fn at(answer: &Json, views: &[LayerView], language: Language) -> Markup {
    let layers = list(&answer["layers"]);
    html! {
        (notes(answer, language))
        @if layers.is_empty() { p { (pick(language, "Không có gì ở đây.", "There is nothing here.")) } }
        @for layer in layers {
            @if let Some(view) = views.iter().find(|view| layer["layer"] == view.id()) {
                (layer_at(layer, view, language))
            }
        }
        (left_out(answer, language))
    }
}

fn layer_at(layer: &Json, view: &LayerView, language: Language) -> Markup {
    let features = list(&layer["features"]);
    let more = layer["numberMatched"].as_u64().unwrap_or_default();
    let at_least =
        if layer["numberMatchedIsLeast"] == true { pick(language, "ít nhất ", "at least ") } else { "" };
    let language_code = pick(language, "vi", "en");
    html! {
        section {
            h2 { (view.layer().title.of(language)) }
            @if more > features.len() as u64 {
                p { (features.len()) " / " (at_least) (more) }
            }
            div.wide tabindex="0" { table {
                thead { tr {
                    th scope="col" { (pick(language, "Mã", "Id")) }
                    th scope="col" { (pick(language, "Cách (m)", "Away (m)")) }
                    @for attribute in view.attributes() { th scope="col" { (title(attribute, language)) } }
                } }
                tbody { @for feature in features { tr {
                    td {
                        a href=(format!("/collections/{}/items/{}?f=html&lang={language_code}", view.id(), feature["id"])) {
                            (feature["id"])
                        }
                    }
                    td { (number(feature["distance_m"].as_f64().unwrap_or_default(), 2, language)) }
                    @for attribute in view.attributes() {
                        @let own = &feature["properties"][attribute.name.as_str()];
                        td { @if !own.is_null() {
                            (value_of(&attribute.name, attribute.unit.is_some(), own, language))
                        } }
                    }
                } } }
            } }
        }
    }
}

/// Where one types a point.
pub fn point_form(typed: &str, language: Language) -> Markup {
    html! {
        form action="/at" {
            input type="hidden" name="f" value="html";
            input type="hidden" name="lang" value=(pick(language, "vi", "en"));
            label {
                (pick(language, "Kinh độ, vĩ độ", "Longitude, latitude")) " "
                input name="point" value=(typed) required placeholder="106.41,10.54";
            }
            " " button { (pick(language, "Xem", "Look")) }
        }
    }
}

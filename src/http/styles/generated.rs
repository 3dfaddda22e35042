//! The drawings of a layer of which no style tells, out of its definition: geometry, domains, quantities, name.
//!
//! Must not know files.

use super::{
    classes::{Classes, hex, mixed},
    looks::{LAYER, LOOKS, Look, drawings, leave_out_hidden, member, take},
};
use crate::layer::{AttributeType, GeneraliseRule, LayerView, definition::GeometryFamily};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Fonts where no style names any: MapLibre draws with those of the machine.
const FONTS: [&str; 4] = ["Noto Sans Regular", "Noto Sans", "Arial", "sans-serif"];
/// What lies around letters by night.
const NIGHT_HALO: &str = "rgba(15,21,24,0.92)";
/// The rims of points by night.
const NIGHT_RIM: &str = "#0f1518";
/// The most that a name's zoom is put off to: closer, there is room for it.
const NAMES_FROM: u8 = 13;

/// The style of one layer: as the main one draws it, with that one's ground, or made here.
pub fn style(view: &LayerView, main: &Json, dark: bool) -> Json {
    let mut style = main.clone();
    add_missing(&mut style, std::slice::from_ref(view));
    for drawing in drawings(&mut style) {
        let is_ground = drawing["type"] == "background";
        let is_own = drawing["metadata"][LAYER] == view.id();
        if !is_ground && let Some(layout) = member(drawing, "layout") {
            layout.insert("visibility".to_owned(), json!(if is_own { "visible" } else { "none" }));
        }
    }
    leave_out_hidden(&mut style);
    take(&mut style, &Look { theme: None, dark });
    style["name"] = json!(view.layer().title.vi);
    style["metadata"] = json!({ "diaban:title": view.layer().title });
    style
}

/// Adds what is missing of the layers in these views, switched off, below the labels of the others.
pub fn add_missing(style: &mut Json, views: &[LayerView]) {
    let drawn: BTreeSet<String> = drawings(style)
        .iter()
        .filter_map(|drawing| drawing["metadata"][LAYER].as_str())
        .map(str::to_owned)
        .collect();
    let fonts = drawings(style).iter().find_map(|drawing| drawing["layout"].get("text-font").cloned());
    let fonts = fonts.unwrap_or_else(|| json!(FONTS));
    let missing: Vec<&LayerView> = views.iter().filter(|view| !drawn.contains(view.id())).collect();
    let Some(sources) = member(style, "sources") else { return };
    for view in &missing {
        let source = json!({ "type": "vector", "url": format!("/tiles/{}", view.id()) });
        sources.insert(view.id().to_owned(), source);
    }
    let Some(style) = style.as_object_mut() else { return };
    let layers = style.entry("layers").or_insert_with(|| json!([]));
    let Some(layers) = layers.as_array_mut() else { return };
    let labels = layers.iter().position(|drawing| drawing["type"] == "symbol").unwrap_or(layers.len());
    let (names, shapes): (Vec<_>, Vec<_>) = missing
        .iter()
        .flat_map(|view| of_layer(view, &fonts))
        .partition(|drawing| drawing["type"] == "symbol");
    layers.splice(labels..labels, shapes.into_iter().chain(names));
}

/// The drawings of a layer, bottom to top, switched off.
fn of_layer(view: &LayerView, fonts: &Json) -> Vec<Json> {
    let classes = Classes::of(view);
    let families: BTreeSet<GeometryFamily> = view.layer().geometry.iter().map(|t| t.family()).collect();
    let mut all = Vec::new();
    for family in families.iter().rev() {
        match family {
            GeometryFamily::Area => all.extend(area(view, &classes)),
            GeometryFamily::Line => all.extend(line(view, &classes)),
            GeometryFamily::Point => all.extend(point(view, &classes, fonts)),
        }
    }
    for family in families {
        all.extend(name(view, &classes, family, fonts));
    }
    all
}

/// A drawing with all but its paint and what only some have.
fn drawing(view: &LayerView, what: &str, kind: &str, filter: &Json, role: Option<&str>) -> Json {
    let mut drawing = json!({
        "id": format!("{}/{what}", view.id()),
        "type": kind,
        "metadata": { LAYER: view.id() },
        "source": view.id(),
        "source-layer": view.id(),
        "filter": filter,
        "layout": { "visibility": "none" },
        "paint": {},
    });
    if let Some(role) = role {
        drawing["metadata"]["diaban:role"] = json!(role);
    }
    drawing
}

fn shaped(geometry: &str) -> Json {
    json!(["==", ["geometry-type"], geometry])
}

fn at_night(drawing: &mut Json, paint: &Json) {
    drawing["metadata"][LOOKS] = json!({ "dark": paint });
}

fn area(view: &LayerView, classes: &Classes) -> [Json; 2] {
    let mut fill = drawing(view, "area", "fill", &shaped("Polygon"), None);
    // The rim draws the edge. To smooth it once more, and to round the corners of a line as thin as a pixel, took two
    // thirds of the time of a frame where a processor draws tens of thousands of parcels.
    fill["paint"] =
        json!({ "fill-antialias": false, "fill-color": classes.colour(false, false), "fill-opacity": 0.6 });
    at_night(&mut fill, &json!({ "fill-color": classes.colour(true, false), "fill-opacity": 0.55 }));
    let mut rim = drawing(view, "outline", "line", &shaped("Polygon"), Some("outline"));
    rim["paint"] = json!({
        "line-color": hex(classes.ink()),
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.4, 14, 1.4],
    });
    at_night(&mut rim, &json!({ "line-color": hex(mixed(classes.ink(), 0.45)) }));
    [fill, rim]
}

fn line(view: &LayerView, classes: &Classes) -> [Json; 2] {
    let stroke = |what, role, widths: [f32; 3]| {
        let mut stroke = drawing(view, what, "line", &shaped("LineString"), role);
        stroke["layout"]["line-join"] = json!("round");
        stroke["layout"]["line-cap"] = json!("round");
        let [far, near, close] = widths;
        stroke["paint"]["line-width"] =
            json!(["interpolate", ["linear"], ["zoom"], 8, far, 14, near, 19, close]);
        stroke
    };
    let mut casing = stroke("casing", Some("casing"), [2.0, 5.0, 13.0]);
    casing["paint"]["line-color"] = json!("#ffffff");
    at_night(&mut casing, &json!({ "line-color": NIGHT_RIM }));
    let mut line = stroke("line", None, [1.0, 3.0, 9.0]);
    line["paint"]["line-color"] = classes.colour(false, false);
    at_night(&mut line, &json!({ "line-color": classes.colour(true, true) }));
    [casing, line]
}

fn point(view: &LayerView, classes: &Classes, fonts: &Json) -> Vec<Json> {
    let gathered = view.layer().generalise.rule == GeneraliseRule::Cluster;
    // The area of a disc that stands for many grows with them, within bounds.
    let times = |radius: f32| {
        let of = json!(["log2", ["coalesce", ["get", "feature_count"], 1]]);
        if gathered { json!(["*", radius, ["min", 4, ["+", 1, ["*", 0.5, of]]]]) } else { json!(radius) }
    };
    let mut disc = drawing(view, "point", "circle", &shaped("Point"), None);
    disc["paint"] = json!({
        "circle-color": classes.colour(false, false),
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, times(2.5), 12, times(4.5), 16, 8, 20, 12],
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 8, 0.75, 13, 1.5],
    });
    at_night(
        &mut disc,
        &json!({ "circle-color": classes.colour(true, true), "circle-stroke-color": NIGHT_RIM }),
    );
    let mut all = vec![disc];
    if gathered {
        let mut count = drawing(view, "count", "symbol", &json!(["has", "feature_count"]), Some("label"));
        count["maxzoom"] = json!(16);
        count["layout"]["text-field"] = json!(["to-string", ["get", "feature_count"]]);
        count["layout"]["text-font"] = fonts.clone();
        count["layout"]["text-size"] = json!(10);
        count["layout"]["text-padding"] = json!(0);
        count["paint"] = json!({
            "text-color": "#ffffff", "text-halo-color": "rgba(0,0,0,0.55)", "text-halo-width": 1.1
        });
        all.push(count);
    }
    all
}

/// The name of a feature; none where the layer has none for the caller.
fn name(view: &LayerView, classes: &Classes, family: GeometryFamily, fonts: &Json) -> Option<Json> {
    let label = view.attribute(view.layer().label.as_deref()?)?;
    let (what, geometry, place) = match family {
        GeometryFamily::Area => ("area_name", "Polygon", json!({ "text-max-width": 8 })),
        GeometryFamily::Line => ("line_name", "LineString", json!({ "symbol-placement": "line" })),
        GeometryFamily::Point => {
            let beside = json!(["top", "bottom", "left", "right"]);
            ("name", "Point", json!({ "text-variable-anchor": beside, "text-radial-offset": 1 }))
        }
    };
    let mut name = drawing(view, what, "symbol", &shaped(geometry), Some("label"));
    if family == GeometryFamily::Area {
        name["metadata"]["diaban:anchor"] = json!("area");
    }
    name["minzoom"] = json!(NAMES_FROM.max(view.layer().zoom.min));
    let read = json!(["get", label.name]);
    let is_text = matches!(label.kind, AttributeType::Text | AttributeType::Enum);
    let layout = json!({
        "visibility": "none",
        "text-field": if is_text { read } else { json!(["to-string", read]) },
        "text-font": fonts,
        "text-size": ["interpolate", ["linear"], ["zoom"], 13, 11, 18, 14],
        "text-padding": 3,
    });
    name["layout"] = layout;
    if let (Some(layout), Json::Object(place)) = (name["layout"].as_object_mut(), place) {
        layout.extend(place);
    }
    let ink = hex(classes.ink().map(|part| part / 10 * 7));
    name["paint"] = json!({
        "text-color": ink, "text-halo-color": "rgba(255,255,255,0.92)", "text-halo-width": 1.6
    });
    let night = json!({ "text-color": hex(mixed(classes.ink(), 0.7)), "text-halo-color": NIGHT_HALO });
    at_night(&mut name, &night);
    Some(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::layer::{AccessClass, Caller, Catalog};
    use std::{env, fs, path::Path};

    /// One layer for each way in which one may be told apart: by a merged class, by another code, by a quantity with
    /// and without an end, gathered points, all geometries, and more codes than colours.
    const LAYERS: [&str; 8] = [
        "crop_zone",
        "industrial_park",
        "irrigation_work",
        "land_use_plan",
        "post_office",
        "road_plan",
        "trade_facility",
        "urban_utility",
    ];

    fn view(id: &str, class: AccessClass) -> Option<LayerView> {
        Catalog::built_in().unwrap().view(id, &Caller::anonymous(class))
    }

    /// The page's tests hold what is kept against MapLibre's own reading of the style specification.
    #[test]
    fn a_layer_without_a_style_is_drawn_by_what_its_definition_says() {
        let views = LAYERS.map(|id| view(id, AccessClass::Restricted).unwrap());
        let mut style = json!({ "version": 8, "sources": {}, "layers": [] });
        add_missing(&mut style, &views);
        let lines: Vec<_> = drawings(&mut style).iter().map(Json::to_string).collect();
        let made = format!(
            "{{\"version\":8,\"sources\":{},\"layers\":[\n{}\n]}}\n",
            style["sources"],
            lines.join(",\n")
        );
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/styles/generated.json");
        if env::var_os("DIABAN_WRITE_DOCS").is_some() {
            fs::write(&kept, &made).unwrap();
        }
        let kept = fs::read_to_string(kept).unwrap_or_default();
        assert!(kept == made, "other drawings than kept; look at them, then DIABAN_WRITE_DOCS=1 keeps them");
    }

    #[test]
    fn a_style_whose_parts_are_no_objects_is_left_as_it_is() {
        let roads = view("road_segment", AccessClass::Open).unwrap();
        let drawing = json!({ "id": "a", "type": "line", "layout": [], "paint": "red", "metadata": [] });
        let broken = json!({ "version": 8, "sources": [], "layers": [drawing, 7], "metadata": [] });
        let drawn = style(&roads, &broken, true);
        assert_eq!([&drawn["sources"], &drawn["layers"]], [&broken["sources"], &broken["layers"]]);
        // What is not there is made.
        let drawn = style(&roads, &json!({ "version": 8, "sources": null }), true);
        assert_eq!(drawn["sources"]["road_segment"]["url"], "/tiles/road_segment");
        assert!(drawn["layers"].as_array().is_some_and(|all| !all.is_empty()));
    }

    #[test]
    fn colours_come_from_the_domain_else_from_a_quantity() {
        let colour = |id| Classes::of(&view(id, AccessClass::Restricted).unwrap()).colour(false, false);
        let crop = colour("crop_zone");
        assert_eq!([&crop[0], &crop[1]], [&json!("match"), &json!(["get", "crop"])]);
        assert_eq!(
            crop.as_array().unwrap().len(),
            2 + 2 * 7 + 1,
            "a colour for each crop, and one for the rest"
        );
        let park = colour("industrial_park");
        assert_eq!(park[0], "step");
        assert_eq!(colour("land_use_plan")[0], "step", "53 codes cannot be told apart by colour");
    }

    #[test]
    fn what_the_caller_may_not_see_colours_nothing_and_names_nothing() {
        let open = view("crop_zone", AccessClass::Shared).unwrap().only(&["area_ha"]);
        let drawn = Json::Array(of_layer(&open, &json!(FONTS))).to_string();
        for hidden in ["crop\"", "rice", "growing_area_code"] {
            assert!(!drawn.contains(hidden), "{hidden} in {drawn}");
        }
        assert!(drawn.contains("area_ha"));
    }

    #[test]
    fn a_layer_that_the_main_style_draws_is_drawn_so_alone() {
        let main: Json = serde_json::from_str(include_str!("../../../styles/map.json")).unwrap();
        let roads = view("road_segment", AccessClass::Open).unwrap();
        let drawn = style(&roads, &main, true);
        let ids: Vec<_> =
            drawn["layers"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap()).collect();
        assert_eq!(ids[..3], ["background", "road_segment/casing", "road_segment/line"]);
        assert_eq!(drawn["sources"].as_object().unwrap().len(), 1);
        assert_eq!(drawn["name"], "Đường bộ hiện trạng");
        assert_eq!(drawn["layers"][0]["paint"]["background-color"], "#12181b", "in the dark");
    }
}

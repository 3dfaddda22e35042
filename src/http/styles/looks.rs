//! Themes and looks of a style, as its `metadata` says them. The page does the same (`web/src/looks/looks.ts`):
//! `tests/data/styles/looks.json` holds the two together.
//!
//! Must not know files, callers or layers.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// Key in a style's `metadata`: its themes, each `{ id, title, layers, context }`.
pub const THEMES: &str = "diaban:themes";
/// Key in a drawing's `metadata`: the id of the layer that it draws.
pub const LAYER: &str = "diaban:layer";
/// Key in a drawing's `metadata`: the paint that takes the place of its own, by look (`muted`, `dark`, `muted-dark`).
pub const LOOKS: &str = "diaban:looks";

/// How a style is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Id of a theme; none for the style as it is.
    pub theme: Option<&'a str>,
    /// Whether it is night.
    pub dark: bool,
}

/// What a theme shows.
struct Theme {
    layers: BTreeSet<String>,
    context: BTreeSet<String>,
}

/// The themes of a style; none where it names none.
pub fn themes(style: &Json) -> &[Json] {
    style["metadata"][THEMES].as_array().map_or(&[], Vec::as_slice)
}

/// The drawings of a style, bottom to top.
pub fn drawings(style: &mut Json) -> &mut [Json] {
    style.get_mut("layers").and_then(Json::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// A member of a style or of a drawing, made where it is missing; `None` where it, or what it is of, is no object:
/// whoever wrote that reads of it in the browser.
pub fn member<'s>(value: &'s mut Json, name: &str) -> Option<&'s mut Map<String, Json>> {
    let member = value.as_object_mut()?.entry(name).or_insert(Json::Null);
    if member.is_null() {
        *member = json!({});
    }
    member.as_object_mut()
}

/// Gives the drawings the paint of a look, and switches the layers as its theme does.
pub fn take(style: &mut Json, look: &Look<'_>) {
    let theme = themes(style).iter().find(|theme| look.theme.is_some() && theme["id"].as_str() == look.theme);
    let ids = |list: &Json| {
        let ids = list.as_array().into_iter().flatten().filter_map(Json::as_str);
        ids.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let theme = theme.map(|theme| Theme { layers: ids(&theme["layers"]), context: ids(&theme["context"]) });
    for drawing in drawings(style) {
        draw(drawing, theme.as_ref(), look.dark);
    }
}

fn draw(drawing: &mut Json, theme: Option<&Theme>, dark: bool) {
    let layer = drawing["metadata"][LAYER].as_str().map(str::to_owned);
    let shown = |ids: fn(&Theme) -> &BTreeSet<String>| {
        theme.zip(layer.as_ref()).is_some_and(|(theme, layer)| ids(theme).contains(layer))
    };
    let (muted, own) = (shown(|theme| &theme.context), shown(|theme| &theme.layers));
    let looks = [(muted, "muted"), (dark, "dark"), (muted && dark, "muted-dark")];
    let paints: Vec<Map<String, Json>> = looks
        .iter()
        .filter(|(is_on, _)| *is_on)
        .filter_map(|(_, name)| drawing["metadata"][LOOKS][*name].as_object().cloned())
        .collect();
    if let Some(paint) = member(drawing, "paint") {
        paint.extend(paints.into_iter().flatten());
    }
    if theme.is_none() || layer.is_none() {
        return;
    }
    if let Some(layout) = member(drawing, "layout") {
        let visibility = if muted || own { "visible" } else { "none" };
        layout.insert("visibility".to_owned(), json!(visibility));
    }
}

/// Leaves out drawings that are switched off, and the sources that no other drawing needs.
pub fn leave_out_hidden(style: &mut Json) {
    let Some(drawings) = style.get_mut("layers").and_then(Json::as_array_mut) else { return };
    drawings.retain(|drawing| drawing["layout"]["visibility"] != "none");
    let needed: BTreeSet<String> =
        drawings.iter().filter_map(|drawing| drawing["source"].as_str()).map(str::to_owned).collect();
    if let Some(sources) = style.get_mut("sources").and_then(Json::as_object_mut) {
        sources.retain(|id, _| needed.contains(id));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_style_has_the_same_looks_here_as_on_the_page() {
        let cases = include_str!("../../../tests/data/styles/looks.json");
        let cases: Json = serde_json::from_str(cases).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            let mut style = cases["style"].clone();
            take(&mut style, &Look { theme: case["theme"].as_str(), dark: case["dark"] == true });
            assert_eq!(style["layers"], case["layers"], "{}: {}", case["theme"], case["dark"]);
        }
    }

    #[test]
    fn a_theme_holds_no_more_than_it_shows() {
        let cases: Json =
            serde_json::from_str(include_str!("../../../tests/data/styles/looks.json")).unwrap();
        let mut style = cases["style"].clone();
        take(&mut style, &Look { theme: Some("ways"), dark: false });
        leave_out_hidden(&mut style);
        let ids: Vec<_> =
            style["layers"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["background", "commune/area", "road/line", "road/label"]);
        let sources: Vec<_> = style["sources"].as_object().unwrap().keys().collect();
        assert_eq!(sources, ["commune", "road"]);
    }
}

//! Any text as a filter, in both encodings.

use diaban::{
    crs::NamedSystem,
    layer::{AccessClass, Caller, Catalog},
    query::filter::{Filter, FilterLang},
};
use std::sync::LazyLock;

static CATALOG: LazyLock<Option<Catalog>> = LazyLock::new(|| Catalog::built_in().ok());

pub const SEEDS: &[&[u8]] = &[
    b"name_vi LIKE 'a%' AND pupil_count BETWEEN 1 AND 2 OR NOT level IN ('primary')",
    b"S_INTERSECTS(geom, POLYGON((106 11, 107 11, 107 12, 106 11))) AND T_AFTER(opened_on, DATE('2020-01-01'))",
    br#"{"op":"and","args":[{"op":"=","args":[{"property":"level"},"primary"]},{"op":"isNull","args":[{"property":"name_vi"}]}]}"#,
];

pub fn read(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Some(view) =
        CATALOG.as_ref().and_then(|c| c.view("school", &Caller::anonymous(AccessClass::Restricted)))
    else {
        return;
    };
    let plane = NamedSystem::parse("EPSG:9210").unwrap_or(NamedSystem::crs84());
    for system in [NamedSystem::crs84(), plane] {
        let _ = Filter::parse(text, FilterLang::Text, &view, system);
    }
    let _ = Filter::parse(text, FilterLang::Json, &view, NamedSystem::crs84());
}

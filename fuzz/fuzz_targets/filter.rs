//! Any text as a filter, in both encodings.
#![no_main]

use diaban::{
    crs::NamedSystem,
    layer::{AccessClass, Caller, Catalog},
    query::filter::{Filter, FilterLang},
};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static CATALOG: LazyLock<Option<Catalog>> = LazyLock::new(|| Catalog::built_in().ok());

fuzz_target!(|text: &str| {
    let Some(view) = CATALOG.as_ref().and_then(|c| c.view("school", &Caller::anonymous(AccessClass::Restricted)))
    else {
        return;
    };
    let plane = NamedSystem::parse("EPSG:9210").unwrap_or(NamedSystem::crs84());
    for system in [NamedSystem::crs84(), plane] {
        let _ = Filter::parse(text, FilterLang::Text, &view, system);
    }
    let _ = Filter::parse(text, FilterLang::Json, &view, NamedSystem::crs84());
});

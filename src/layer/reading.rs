//! Reads layer files strictly: every mistake is told with its file, its line and what is allowed.

use super::{
    AgencyRegister, Catalog, aggregates, check,
    definition::{Attribute, LayerDefinition},
    document::{Document, LayerError, LayerErrors, Source},
    fold,
};
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The layers as they stand in the source tree.
#[derive(RustEmbed)]
#[folder = "layers"]
struct BuiltIn;

const AGENCIES: &str = "shared/agencies.toml";
const ATTRIBUTES: &str = "shared/attributes.toml";

/// The attributes that all layers have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedAttributes {
    #[serde(default)]
    attributes: Vec<Attribute>,
}

pub(super) fn built_in() -> Result<Catalog, LayerErrors> {
    let names = BuiltIn::iter().filter(|n| n.ends_with(".toml") && !n.contains('/'));
    let layers: Vec<Source> = names.map(|name| embedded(&name)).collect();
    assemble(&layers, &embedded(AGENCIES), &embedded(ATTRIBUTES), Vec::new())
}

pub(super) fn folder(folder: &Path) -> Result<Catalog, LayerErrors> {
    let mut errors = Vec::new();
    let failed = |path: &Path, message: String| LayerError { file: named(path), line: 1, message };
    let mut read = |path: &Path| match fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => Some(Source { name: named(path), text }),
        Ok(Err(_)) => {
            errors.push(failed(path, "is not in UTF-8; save the file in it".to_owned()));
            None
        }
        Err(error) => {
            errors.push(failed(path, format!("cannot be read: {error}")));
            None
        }
    };
    let entries = fs::read_dir(folder)
        .map_err(|error| LayerErrors(vec![failed(folder, format!("this folder cannot be read: {error}"))]))?;
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    if paths.is_empty() {
        let message = "this folder holds no layer file (*.toml)".to_owned();
        return Err(LayerErrors(vec![failed(folder, message)]));
    }
    let layers: Vec<Source> = paths.iter().filter_map(|path| read(path)).collect();
    let mut shared = |name: &str| match folder.join(name) {
        own if own.exists() => {
            read(&own).unwrap_or_else(|| Source { name: named(&own), text: String::new() })
        }
        _ => embedded(name),
    };
    let (agencies, attributes) = (shared(AGENCIES), shared(ATTRIBUTES));
    assemble(&layers, &agencies, &attributes, errors)
}

fn embedded(name: &str) -> Source {
    let text = BuiltIn::get(name).map(|f| String::from_utf8_lossy(&f.data).into_owned());
    Source { name: format!("layers/{name}"), text: text.unwrap_or_default() }
}

fn named(path: &Path) -> String {
    path.display().to_string()
}

/// The catalogue of all files, or all their mistakes.
fn assemble(
    files: &[Source],
    agencies: &Source,
    attributes: &Source,
    mut errors: Vec<LayerError>,
) -> Result<Catalog, LayerErrors> {
    let register: Option<AgencyRegister> = read(agencies, &mut errors, check::agencies);
    let shared: SharedAttributes = read(attributes, &mut errors, |shared: &SharedAttributes, file| {
        check::attributes(&shared.attributes, file)
    })
    .unwrap_or_default();
    let mut layers: BTreeMap<String, (Document<'_>, LayerDefinition)> = BTreeMap::new();
    for source in files {
        let Some(mut file) = Document::parse(source, &mut errors) else { continue };
        // All of them, so that a key that names one with a mistake of its own is none itself.
        let names = file.texts("attributes", "name");
        let Some(mut layer) = file.read::<LayerDefinition>(&mut errors) else { continue };
        errors.extend(check::attributes(&layer.attributes, &file));
        errors.extend(check::layer(&layer, &names, &file, register.as_ref()));
        add_shared(&mut layer, &shared.attributes);
        errors.extend(aggregates::check(&layer, &file));
        if layer.attributes.len() > check::ATTRIBUTES_MAX {
            let message =
                format!("a layer has at most {} attributes, shared ones included", check::ATTRIBUTES_MAX);
            errors.push(file.error("attributes", message));
        }
        if let Some((other, _)) = layers.get(&layer.id) {
            let message = format!("the id `{}` is that of {} already", layer.id, other.name());
            errors.push(file.error("id", message));
            continue;
        }
        layers.insert(layer.id.clone(), (file, layer));
    }
    // A layer whose own file has a mistake may be referred to all the same.
    let mut ids: Vec<&str> = files.iter().filter_map(|f| check::stem(&f.name)).collect();
    ids.extend(layers.keys().map(String::as_str));
    ids.sort_unstable();
    ids.dedup();
    for (file, layer) in layers.values() {
        errors.extend(check::references(layer, file, &ids));
    }
    if errors.is_empty() {
        let layers = layers.into_values().map(|(_, layer)| layer).collect();
        let named = |file: &Source| Some((check::stem(&file.name)?.to_owned(), file.clone()));
        let files = files.iter().filter_map(named).collect();
        return Ok(Catalog { files, ..Catalog::new(layers, register.unwrap_or_default()) });
    }
    errors.sort();
    errors.dedup();
    Err(LayerErrors(errors))
}

/// One of the shared files.
fn read<T: serde::de::DeserializeOwned>(
    source: &Source,
    errors: &mut Vec<LayerError>,
    check: impl Fn(&T, &Document<'_>) -> Vec<LayerError>,
) -> Option<T> {
    let mut file = Document::parse(source, errors)?;
    let read = file.read(errors)?;
    errors.extend(check(&read, &file));
    Some(read)
}

/// Puts the attributes of all layers behind the layer's own. They are as closed as the layer,
/// and leave to the layer's own attributes the source names that both know.
fn add_shared(layer: &mut LayerDefinition, shared: &[Attribute]) {
    if layer.table.is_some() {
        return;
    }
    let own = layer.attributes.clone();
    for attribute in shared.iter().filter(|s| own.iter().all(|a| a.name != s.name)) {
        let mut attribute = attribute.clone();
        attribute.sources.retain(|s| own.iter().all(|a| !check::spellings(a).contains(&fold(s))));
        attribute.access = attribute.access.max(layer.access);
        layer.attributes.push(attribute);
    }
}

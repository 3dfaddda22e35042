//! Reads layer files strictly: every mistake is told with its file, its line and what is allowed.

use super::{
    AgencyRegister, Catalog, check,
    definition::{Attribute, LayerDefinition},
};
use rust_embed::RustEmbed;
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

/// The layers as they stand in the source tree.
#[derive(RustEmbed)]
#[folder = "layers"]
struct BuiltIn;

const AGENCIES: &str = "shared/agencies.toml";
const ATTRIBUTES: &str = "shared/attributes.toml";

/// One mistake in a layer file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerError {
    /// File, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// All mistakes of a folder of layer files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerErrors(pub Vec<LayerError>);

impl fmt::Display for LayerErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the layer files have mistakes:")?;
        for LayerError { file, line, message } in &self.0 {
            write!(f, "\n  {file}:{line}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for LayerErrors {}

/// The attributes that all layers have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedAttributes {
    #[serde(default)]
    attributes: Vec<Attribute>,
}

/// A file with its text; mistakes are put on its lines.
pub(super) struct Source {
    /// As it is named to people.
    pub name: String,
    pub text: String,
}

impl Source {
    /// A mistake on the line where `needle` stands first, or on the first line.
    pub fn error_at(&self, needle: &str, message: impl Into<String>) -> LayerError {
        let line = self.text.lines().position(|l| l.contains(needle)).map_or(1, |i| i + 1);
        LayerError { file: self.name.clone(), line, message: message.into() }
    }

    fn parse<T: DeserializeOwned>(&self) -> Result<T, LayerError> {
        toml::from_str(&self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(self.text.len()));
            let before = self.text.get(..at).unwrap_or(&self.text);
            let line = before.matches('\n').count() + 1;
            LayerError { file: self.name.clone(), line, message: error.message().to_owned() }
        })
    }
}

/// The JSON Schema of a layer file, from the type that reads it.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(LayerDefinition).to_value()
}

pub(super) fn built_in() -> Result<Catalog, LayerErrors> {
    let file = |name: &str| {
        let text = BuiltIn::get(name).map(|f| String::from_utf8_lossy(&f.data).into_owned());
        Source { name: format!("layers/{name}"), text: text.unwrap_or_default() }
    };
    let names = BuiltIn::iter().filter(|n| n.ends_with(".toml") && !n.contains('/'));
    let layers = names.map(|name| file(&name)).collect();
    assemble(layers, &file(AGENCIES), &file(ATTRIBUTES))
}

pub(super) fn folder(folder: &Path) -> Result<Catalog, LayerErrors> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        let message = format!("cannot be read: {error}");
        LayerErrors(vec![LayerError { file: path.display().to_string(), line: 1, message }])
    };
    let read = |path: &Path| {
        let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        Ok(Source { name: path.display().to_string(), text })
    };
    let shared = |name: &str| {
        let own = folder.join(name);
        if own.exists() {
            return read(&own);
        }
        let text = BuiltIn::get(name).map(|f| String::from_utf8_lossy(&f.data).into_owned());
        Ok(Source { name: format!("layers/{name}"), text: text.unwrap_or_default() })
    };
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    let layers: Vec<Source> = paths.iter().map(|p| read(p)).collect::<Result<_, LayerErrors>>()?;
    if layers.is_empty() {
        let message = "holds no layer file (*.toml)".to_owned();
        return Err(LayerErrors(vec![LayerError { file: folder.display().to_string(), line: 1, message }]));
    }
    assemble(layers, &shared(AGENCIES)?, &shared(ATTRIBUTES)?)
}

/// The catalogue of all files, or all their mistakes.
fn assemble(files: Vec<Source>, agencies: &Source, attributes: &Source) -> Result<Catalog, LayerErrors> {
    let mut errors = Vec::new();
    let register: AgencyRegister = keep(agencies.parse(), &mut errors).unwrap_or_default();
    let shared: SharedAttributes = keep(attributes.parse(), &mut errors).unwrap_or_default();
    errors.extend(check::agencies(&register, agencies));
    errors.extend(check::attributes(&shared.attributes, attributes));
    let mut layers: BTreeMap<String, (Source, LayerDefinition)> = BTreeMap::new();
    for file in files {
        let Some(mut layer) = keep(file.parse::<LayerDefinition>(), &mut errors) else { continue };
        errors.extend(check::attributes(&layer.attributes, &file));
        errors.extend(check::layer(&layer, &file, &register));
        add_shared(&mut layer, &shared.attributes);
        if let Some((other, _)) = layers.get(&layer.id) {
            let message = format!("the id `{}` is that of {} already", layer.id, other.name);
            errors.push(file.error_at("id =", message));
            continue;
        }
        layers.insert(layer.id.clone(), (file, layer));
    }
    for (file, layer) in layers.values() {
        errors.extend(check::references(layer, file, |id| layers.contains_key(id)));
    }
    if errors.is_empty() {
        return Ok(Catalog::new(layers.into_values().map(|(_, layer)| layer).collect(), register));
    }
    errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Err(LayerErrors(errors))
}

fn keep<T>(result: Result<T, LayerError>, errors: &mut Vec<LayerError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
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
        attribute.sources.retain(|s| own.iter().all(|a| !check::knows_source(a, s)));
        attribute.access = attribute.access.max(layer.access);
        layer.attributes.push(attribute);
    }
}

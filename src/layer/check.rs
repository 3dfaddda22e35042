//! What a layer file may say beyond its form. Each mistake names what is allowed.

use super::{
    AgencyRegister,
    definition::{Attribute, AttributeType, LayerDefinition},
    reading::{LayerError, Source},
};
use std::collections::HashSet;
use unicode_normalization::is_nfc;

/// Attributes that a layer may have, those of all layers included; the readers of rows hold as
/// many on the stack.
pub const ATTRIBUTES_MAX: usize = 64;
/// The longest name that PostgreSQL keeps whole.
const NAME_MAX: usize = 63;
/// The last zoom.
const ZOOM_MAX: u8 = 24;
/// Columns that the program makes itself.
const RESERVED: [&str; 2] = ["id", "geom"];
/// Parameters of `/items`: an attribute of that name could not be asked for.
const PARAMETERS: [&str; 5] = ["bbox", "datetime", "limit", "cursor", "f"];

/// Whether an attribute claims a source name; case does not count.
pub fn knows_source(attribute: &Attribute, source: &str) -> bool {
    attribute.name.eq_ignore_ascii_case(source)
        || attribute.sources.iter().any(|s| s.eq_ignore_ascii_case(source))
}

/// The register: no code twice, successors that exist, days in order.
pub fn agencies(register: &AgencyRegister, file: &Source) -> Vec<LayerError> {
    let mut errors = Vec::new();
    let codes: Vec<&str> = register.agencies.iter().map(|a| a.code.as_str()).collect();
    for (i, agency) in register.agencies.iter().enumerate() {
        let at = format!("\"{}\"", agency.code);
        let mut wrong = |message: String| errors.push(file.error_at(&at, message));
        if codes[..i].contains(&agency.code.as_str()) {
            wrong(format!(
                "the code `{}` stands twice; a code is never given to another agency",
                agency.code
            ));
        }
        if agency.names.is_empty() {
            wrong(format!("`{}` has no name", agency.code));
        }
        match (&agency.successor, agency.succeeded_on) {
            (Some(next), Some(_)) if !codes.contains(&next.as_str()) => {
                wrong(format!("the successor `{next}` is not in the register"));
            }
            (Some(_), None) | (None, Some(_)) => {
                wrong("`successor` and `succeeded_on` go together".to_owned());
            }
            _ => {}
        }
        let mut seen = vec![agency.code.as_str()];
        let mut next = agency.successor.as_deref();
        while let Some(code) = next {
            if seen.contains(&code) {
                wrong(format!("the successors of `{}` go in a circle", agency.code));
                break;
            }
            seen.push(code);
            next = register.agencies.iter().find(|a| a.code == code).and_then(|a| a.successor.as_deref());
        }
    }
    errors
}

/// Attributes, each by itself and beside the others of its file.
pub fn attributes(attributes: &[Attribute], file: &Source) -> Vec<LayerError> {
    let mut errors = Vec::new();
    let mut names = HashSet::new();
    for (i, attribute) in attributes.iter().enumerate() {
        let at = format!("name = \"{}\"", attribute.name);
        let mut wrong = |message: String| errors.push(file.error_at(&at, message));
        if !names.insert(&attribute.name) {
            wrong(format!("the attribute `{}` stands twice", attribute.name));
        }
        if !is_name(&attribute.name) {
            wrong(format!(
                "`{}` is no name: small letters, digits and _, a letter first, at most {NAME_MAX}",
                attribute.name
            ));
        }
        if RESERVED.contains(&attribute.name.as_str()) || PARAMETERS.contains(&attribute.name.as_str()) {
            let taken = [&RESERVED[..], &PARAMETERS[..]].concat().join(", ");
            wrong(format!("`{}` is taken; not allowed: {taken}", attribute.name));
        }
        domain(attribute, &mut wrong);
        for source in &attribute.sources {
            if let Some(other) = attributes[..i].iter().find(|a| knows_source(a, source)) {
                wrong(format!("the source name `{source}` belongs to `{}` already", other.name));
            }
        }
    }
    errors
}

fn domain(attribute: &Attribute, wrong: &mut impl FnMut(String)) {
    let name = &attribute.name;
    let number = matches!(attribute.kind, AttributeType::Integer | AttributeType::Number);
    match (attribute.kind, attribute.values.is_empty()) {
        (AttributeType::Enum, true) => wrong(format!("`{name}` is an enum without `values`")),
        (AttributeType::Enum, false) | (_, true) => {}
        (_, false) => wrong(format!("`{name}` has `values`; only an enum may")),
    }
    let mut codes = HashSet::new();
    for value in &attribute.values {
        if !codes.insert(&value.code) {
            wrong(format!("`{name}` has the code `{}` twice", value.code));
        }
    }
    if !number && (attribute.min.is_some() || attribute.max.is_some() || attribute.unit.is_some()) {
        wrong(format!("`{name}` has `unit`, `min` or `max`; only an integer or a number may"));
    }
    if attribute.min.zip(attribute.max).is_some_and(|(min, max)| min > max) {
        wrong(format!("`{name}`: `min` is above `max`"));
    }
    if attribute.above_min && attribute.min.is_none() {
        wrong(format!("`{name}`: `above_min` needs `min`"));
    }
    match (attribute.kind, attribute.precision, attribute.scale) {
        (_, None, None) => {}
        (AttributeType::Number, Some(precision), Some(scale))
            if scale <= precision && (1..=38).contains(&precision) => {}
        (AttributeType::Number, ..) => {
            wrong(format!("`{name}`: `precision` (1 to 38) and `scale` (at most as much) go together"));
        }
        _ => wrong(format!("`{name}` has `precision` or `scale`; only a number may")),
    }
    if attribute.max_length.is_some() && attribute.kind != AttributeType::Text {
        wrong(format!("`{name}` has `max_length`; only a text may"));
    }
    let titles = [&attribute.title.vi, &attribute.title.en].into_iter();
    if titles
        .chain(attribute.values.iter().flat_map(|v| [&v.vi, &v.en]))
        .any(|t| t.trim().is_empty() || !is_nfc(t))
    {
        wrong(format!("`{name}` has a title that is empty or not in Unicode NFC"));
    }
}

/// The layer as a whole.
pub fn layer(layer: &LayerDefinition, file: &Source, agencies: &AgencyRegister) -> Vec<LayerError> {
    let mut errors = Vec::new();
    let mut wrong = |at: &str, message: String| errors.push(file.error_at(at, message));
    if !is_name(&layer.id) {
        wrong(
            "id =",
            format!(
                "`{}` is no id: small letters, digits and _, a letter first, at most {NAME_MAX}",
                layer.id
            ),
        );
    }
    let stem = file.name.rsplit('/').next().and_then(|n| n.strip_suffix(".toml"));
    if stem != Some(layer.id.as_str()) {
        wrong("id =", format!("the file of the layer `{}` must be called {}.toml", layer.id, layer.id));
    }
    if !agencies.agencies.iter().any(|a| a.code == layer.agency) {
        let codes: Vec<_> = agencies.agencies.iter().map(|a| a.code.as_str()).collect();
        wrong("agency =", format!("there is no agency `{}`; allowed: {}", layer.agency, codes.join(", ")));
    }
    if layer.geometry.is_empty() {
        wrong("geometry =", "`geometry` names no type".to_owned());
    }
    if layer.zoom.min > layer.zoom.max || layer.zoom.max > ZOOM_MAX {
        wrong("zoom =", format!("`zoom` goes from 0 to {ZOOM_MAX}, `min` first"));
    }
    if !(0.0..=16.0).contains(&layer.generalise.tolerance_px) {
        wrong("tolerance_px", "`tolerance_px` goes from 0 to 16".to_owned());
    }
    if layer.attributes.len() > ATTRIBUTES_MAX - 16 {
        wrong("[[attributes]]", format!("a layer has at most {} attributes of its own", ATTRIBUTES_MAX - 16));
    }
    if layer.key.is_empty() {
        wrong("key =", "`key` names no attribute".to_owned());
    }
    named_attributes(layer, &mut wrong);
    if layer.title.vi.trim().is_empty() || !is_nfc(&layer.title.vi) || layer.title.en.trim().is_empty() {
        wrong("title =", "a title is empty or not in Unicode NFC".to_owned());
    }
    errors
}

/// Every attribute that another key names is one.
fn named_attributes(layer: &LayerDefinition, wrong: &mut impl FnMut(&str, String)) {
    let names: Vec<&str> = layer.attributes.iter().map(|a| a.name.as_str()).collect();
    let exists = |name: &str| names.contains(&name);
    let allowed = names.join(", ");
    for key in layer.key.iter().filter(|k| !exists(k)) {
        wrong("key =", format!("the key `{key}` is no attribute; allowed: {allowed}"));
    }
    let others = [
        ("label", &layer.label),
        ("class", &layer.generalise.class),
        ("importance", &layer.generalise.importance),
    ];
    for (word, name) in others {
        if let Some(name) = name.as_ref().filter(|n| !exists(n)) {
            wrong(word, format!("`{word}` names `{name}`, which is no attribute; allowed: {allowed}"));
        }
    }
    for attribute in layer.attributes.iter().filter(|a| layer.key.contains(&a.name)) {
        if attribute.access > layer.access {
            wrong(
                &format!("name = \"{}\"", attribute.name),
                format!("`{}` is of the key, so it may not be more closed than the layer", attribute.name),
            );
        }
    }
}

/// Layers that attributes refer to.
pub fn references(layer: &LayerDefinition, file: &Source, exists: impl Fn(&str) -> bool) -> Vec<LayerError> {
    let referring = layer.attributes.iter().filter_map(|a| a.references.as_deref());
    referring
        .filter(|target| !exists(target))
        .map(|target| {
            file.error_at(&format!("references = \"{target}\""), format!("there is no layer `{target}`"))
        })
        .collect()
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

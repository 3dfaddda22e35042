//! What a layer file may say beyond its form. Each mistake names what is allowed.

use super::{
    AgencyRegister,
    definition::{Attribute, AttributeType, ExistingTable, GeneraliseRule, GeometryFamily, LayerDefinition},
    document::{Document, LayerError},
    fold, row_class, rule,
};
use std::collections::HashSet;

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
const PARAMETERS: [&str; 8] = ["bbox", "datetime", "limit", "cursor", "f", "crs", "lang", "properties"];

/// The words by which the import knows an attribute's column, folded.
pub fn spellings(attribute: &Attribute) -> Vec<String> {
    let names = [&attribute.name, &attribute.title.vi, &attribute.title.en];
    names.into_iter().chain(&attribute.sources).map(|name| fold(name)).collect()
}

/// The register: no code twice, successors that exist, days in order.
pub fn agencies(register: &AgencyRegister, file: &Document<'_>) -> Vec<LayerError> {
    let mut errors = Vec::new();
    let codes: Vec<&str> = register.agencies.iter().map(|a| a.code.as_str()).collect();
    for (i, agency) in register.agencies.iter().enumerate() {
        let mut wrong =
            |key: &str, message: String| errors.push(file.error(&format!("agencies.{i}.{key}"), message));
        let code = agency.code.as_str();
        if !is_name(code) {
            wrong("code", no_name(code, "code"));
        }
        if codes[..i].contains(&code) {
            wrong("code", format!("the code `{code}` stands twice; a code is never given to another agency"));
        }
        if agency.names.is_empty() {
            wrong("names", format!("`{code}` has no name"));
        }
        for (j, name) in agency.names.iter().enumerate() {
            if name.vi.trim().is_empty() || name.en.trim().is_empty() {
                wrong(&format!("names.{j}"), "a name is empty".to_owned());
            }
            if j > 0 && name.from <= agency.names[j - 1].from {
                wrong(
                    &format!("names.{j}"),
                    "names stand from the oldest to the newest, each later one with its first day (`from`)"
                        .to_owned(),
                );
            }
        }
        match (&agency.successor, agency.succeeded_on) {
            (Some(next), Some(_)) if !codes.contains(&next.as_str()) => {
                wrong("successor", format!("there is no agency `{next}`; allowed: {}", codes.join(", ")));
            }
            (Some(_), None) => wrong("successor", "`successor` needs `succeeded_on`".to_owned()),
            (None, Some(_)) => wrong("succeeded_on", "`succeeded_on` needs `successor`".to_owned()),
            _ => {}
        }
        let mut seen = vec![code];
        let mut next = agency.successor.as_deref();
        while let Some(code) = next {
            if seen.contains(&code) {
                wrong("successor", format!("the successors of `{}` go in a circle", agency.code));
                break;
            }
            seen.push(code);
            next = register.agencies.iter().find(|a| a.code == code).and_then(|a| a.successor.as_deref());
        }
    }
    errors
}

/// Attributes, each by itself and beside the others of its file.
pub fn attributes(attributes: &[Attribute], file: &Document<'_>) -> Vec<LayerError> {
    let mut errors = Vec::new();
    for (i, attribute) in attributes.iter().enumerate() {
        let mut wrong =
            |key: &str, message: String| errors.push(file.error(&format!("attributes.{i}.{key}"), message));
        let name = attribute.name.as_str();
        if !is_name(name) {
            wrong("name", no_name(name, "name"));
        }
        if RESERVED.contains(&name) || PARAMETERS.contains(&name) {
            let taken = [&RESERVED[..], &PARAMETERS[..]].concat().join(", ");
            wrong("name", format!("`{name}` is taken; not allowed: {taken}"));
        }
        if ["valid_from", "valid_to"].contains(&name) && attribute.kind != AttributeType::Date {
            wrong("type", format!("`{name}` is a day: `type = \"date\"`, also where the column has a time"));
        }
        if attributes[..i].iter().any(|a| a.name == name) {
            wrong("name", format!("the attribute `{name}` stands twice"));
        } else {
            claims(attribute, &attributes[..i], &mut wrong);
        }
        numbers(attribute, &mut wrong);
        rule::check_attribute(attribute, &mut wrong);
        values(attribute, &mut wrong);
        titles("title", &attribute.title, &mut wrong);
        if let Some(description) = &attribute.description {
            titles("description", description, &mut wrong);
        }
        if attribute.max_length.is_some() && attribute.kind != AttributeType::Text {
            wrong("max_length", "only a `text` may have `max_length`".to_owned());
        }
        if attribute.max_length == Some(0) {
            wrong("max_length", "`max_length` is at least 1".to_owned());
        }
    }
    errors
}

/// Words by which the import knows a column: each belongs to one attribute.
fn claims(attribute: &Attribute, before: &[Attribute], wrong: &mut impl FnMut(&str, String)) {
    let sources = attribute.sources.iter().enumerate().map(|(j, s)| (format!("sources.{j}"), s));
    let names =
        [("name", &attribute.name), ("title.vi", &attribute.title.vi), ("title.en", &attribute.title.en)];
    let all = names.map(|(key, text)| (key.to_owned(), text)).into_iter().chain(sources);
    for (key, text) in all {
        let folded = fold(text);
        if let Some(other) = before.iter().find(|a| spellings(a).contains(&folded)) {
            let message = format!(
                "`{text}` is a name of `{}` already; a column must lead to one attribute (case, tone marks and \
                 separators do not count)",
                other.name
            );
            wrong(&key, message);
        }
    }
    for (j, source) in attribute.sources.iter().enumerate() {
        if fold(source).is_empty() || attribute.sources[..j].contains(source) {
            wrong(&format!("sources.{j}"), format!("the source name `{source}` is empty or stands twice"));
        }
    }
}

fn numbers(attribute: &Attribute, wrong: &mut impl FnMut(&str, String)) {
    let bounds = [("min", attribute.min), ("max", attribute.max)];
    if !matches!(attribute.kind, AttributeType::Integer | AttributeType::Number) {
        let given = bounds.iter().filter(|(_, b)| b.is_some()).map(|(key, _)| *key);
        let extensive = attribute.extensive.then_some("extensive");
        for key in given.chain(attribute.unit.map(|_| "unit")).chain(extensive) {
            wrong(key, format!("only an `integer` or a `number` may have `{key}`"));
        }
    }
    for (key, _) in bounds.iter().filter(|(_, bound)| bound.is_some_and(|b| !b.is_finite())) {
        wrong(key, format!("`{key}` is a number; leave it out where there is no bound"));
    }
    if let Some((min, max)) = attribute.min.zip(attribute.max).filter(|(min, max)| min > max) {
        wrong("min", format!("`min` ({min}) is above `max` ({max})"));
    }
    if attribute.above_min && attribute.min.is_none() {
        wrong("above_min", "`above_min` needs `min`".to_owned());
    }
    match (attribute.kind, attribute.precision, attribute.scale) {
        (_, None, None) => {}
        (AttributeType::Number, Some(1..=38), None) => {}
        (AttributeType::Number, Some(precision @ 1..=38), Some(scale)) if scale <= precision => {}
        (AttributeType::Number, None, Some(_)) => wrong("scale", "`scale` needs `precision`".to_owned()),
        (AttributeType::Number, ..) => {
            wrong("precision", "`precision` goes from 1 to 38, and `scale` from 0 to it".to_owned());
        }
        (_, Some(_), _) => wrong("precision", "only a `number` may have `precision`".to_owned()),
        (_, None, Some(_)) => wrong("scale", "only a `number` may have `scale`".to_owned()),
    }
}

fn values(attribute: &Attribute, wrong: &mut impl FnMut(&str, String)) {
    match (attribute.kind, attribute.values.is_empty()) {
        (AttributeType::Enum, true) => wrong("type", "an `enum` needs `values`".to_owned()),
        (AttributeType::Enum, false) | (_, true) => {}
        (_, false) => wrong("values", "only an `enum` may have `values`".to_owned()),
    }
    let mut codes = HashSet::new();
    for (j, value) in attribute.values.iter().enumerate() {
        let at = format!("values.{j}");
        if value.code.trim().is_empty() || value.vi.trim().is_empty() || value.en.trim().is_empty() {
            wrong(&at, "`code`, `vi` and `en` may not be empty".to_owned());
        }
        if !codes.insert(&value.code) {
            wrong(&at, format!("the code `{}` stands twice", value.code));
        }
        for source in &value.sources {
            let folded = fold(source);
            let other = attribute.values.iter().filter(|v| v.code != value.code).find(|v| {
                [&v.code, &v.vi, &v.en].into_iter().chain(&v.sources).any(|spelling| fold(spelling) == folded)
            });
            if let Some(other) = other {
                wrong(&at, format!("the spelling `{source}` is one of `{}` too", other.code));
            }
        }
    }
}

fn titles(key: &str, title: &super::Title, wrong: &mut impl FnMut(&str, String)) {
    if title.vi.trim().is_empty() || title.en.trim().is_empty() {
        wrong(key, format!("`{key}` has an empty text; both languages are needed"));
    }
}

/// The layer as a whole. `names` are those of its attributes.
pub fn layer(
    layer: &LayerDefinition,
    names: &[String],
    file: &Document<'_>,
    agencies: Option<&AgencyRegister>,
) -> Vec<LayerError> {
    let mut errors = Vec::new();
    let mut wrong = |at: &str, message: String| errors.push(file.error(at, message));
    if !is_name(&layer.id) {
        wrong("id", no_name(&layer.id, "id"));
    }
    if stem(file.name()) != Some(layer.id.as_str()) {
        wrong("id", format!("the file of the layer `{0}` must be called {0}.toml", layer.id));
    }
    if let Some(register) = agencies.filter(|r| r.agencies.iter().all(|a| a.code != layer.agency)) {
        let codes: Vec<_> = register.agencies.iter().map(|a| a.code.as_str()).collect();
        wrong("agency", format!("there is no agency `{}`; allowed: {}", layer.agency, codes.join(", ")));
    }
    let empty = [("item", &layer.item)].into_iter().chain(layer.basis.as_ref().map(|basis| ("basis", basis)));
    for (key, _) in empty.filter(|(_, text)| text.trim().is_empty()) {
        wrong(key, format!("`{key}` is empty"));
    }
    let texts = [("description", &layer.description), ("access_reason", &layer.access_reason)];
    for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
        titles(key, text, &mut wrong);
    }
    titles("title", &layer.title, &mut wrong);
    if layer.geometry.is_empty() {
        wrong("geometry", "`geometry` names no type".to_owned());
    }
    for (i, kind) in layer.geometry.iter().enumerate().filter(|(i, kind)| layer.geometry[..*i].contains(kind))
    {
        wrong(&format!("geometry.{i}"), format!("`{}` stands twice", kind.as_str()));
    }
    if layer.zoom.max > ZOOM_MAX {
        wrong("zoom.max", format!("`zoom` goes from 0 to {ZOOM_MAX}"));
    }
    if layer.zoom.min > layer.zoom.max {
        wrong("zoom.min", format!("`min` ({}) is above `max` ({})", layer.zoom.min, layer.zoom.max));
    }
    generalise(layer, &mut wrong);
    report(layer, &mut wrong);
    for (column, attribute) in layer.drawing.attributes() {
        if layer.attribute(attribute).is_none() {
            wrong(
                &format!("drawing.columns.{column}"),
                format!("`{attribute}` is no attribute of the layer"),
            );
        }
    }
    super::quality::check(&layer.quality, &mut wrong);
    named_attributes(layer, names, &mut wrong);
    columns(layer, &mut wrong);
    errors.extend(rule::check(layer, file));
    errors.extend(row_class::check(layer, file));
    errors
}

fn report(layer: &LayerDefinition, wrong: &mut impl FnMut(&str, String)) {
    let rule = &layer.report;
    for (key, names) in [("group", &rule.group), ("sum", &rule.sum), ("list", &rule.list)] {
        for (i, name) in names.iter().enumerate() {
            let at = format!("report.{key}.{i}");
            match layer.attribute(name).map(|a| a.kind) {
                None => wrong(&at, format!("`{name}` is no attribute of the layer")),
                Some(AttributeType::Integer | AttributeType::Number) => {}
                Some(_) if key == "sum" => wrong(&at, format!("`{name}` is no number, and has no sum")),
                Some(_) => {}
            }
        }
    }
}

fn generalise(layer: &LayerDefinition, wrong: &mut impl FnMut(&str, String)) {
    let generalise = &layer.generalise;
    if !(0.0..=16.0).contains(&generalise.tolerance_px) {
        wrong("generalise.tolerance_px", "`tolerance_px` goes from 0 to 16".to_owned());
    }
    let family = generalise.rule.family();
    if !layer.geometry.is_empty() && layer.geometry.iter().all(|g| g.family() != family) {
        let kinds = match family {
            GeometryFamily::Point => "points",
            GeometryFamily::Line => "lines",
            GeometryFamily::Area => "areas",
        };
        let fitting: Vec<_> = GeneraliseRule::ALL
            .into_iter()
            .filter(|rule| layer.geometry.iter().any(|g| g.family() == rule.family()))
            .map(GeneraliseRule::as_str)
            .collect();
        let rule = generalise.rule.as_str();
        wrong(
            "generalise.rule",
            format!(
                "the rule `{rule}` is for {kinds}, and `geometry` has none; allowed: {}",
                fitting.join(", ")
            ),
        );
    }
    match (generalise.rule, &generalise.class) {
        (GeneraliseRule::Merge, None) => wrong("generalise", "the rule `merge` needs `class`".to_owned()),
        (GeneraliseRule::Merge, Some(_)) | (_, None) => {}
        _ => wrong("generalise.class", "only the rule `merge` has `class`".to_owned()),
    }
    if generalise.importance.is_some() && generalise.rule != GeneraliseRule::Thin {
        wrong("generalise.importance", "only the rule `thin` has `importance`".to_owned());
    }
}

/// Every attribute that another key names is one.
fn named_attributes(layer: &LayerDefinition, names: &[String], wrong: &mut impl FnMut(&str, String)) {
    let allowed = names.join(", ");
    let unknown = |name: &str| names.iter().all(|n| n != name);
    if layer.key.is_empty() {
        wrong("key", format!("`key` names no attribute; allowed: {allowed}"));
    }
    for (i, key) in layer.key.iter().enumerate() {
        if unknown(key) {
            wrong(&format!("key.{i}"), format!("the key `{key}` is no attribute; allowed: {allowed}"));
        }
        if layer.key[..i].contains(key) {
            wrong(&format!("key.{i}"), format!("`{key}` stands twice in the key"));
        }
    }
    let others = [
        ("label", &layer.label),
        ("generalise.class", &layer.generalise.class),
        ("generalise.importance", &layer.generalise.importance),
    ];
    for (path, name) in others.into_iter().filter_map(|(path, name)| Some((path, name.as_ref()?))) {
        let word = path.rsplit('.').next().unwrap_or(path);
        if unknown(name) {
            wrong(path, format!("`{word}` names `{name}`, which is no attribute; allowed: {allowed}"));
        }
    }
    for (i, attribute) in layer.attributes.iter().enumerate().filter(|(_, a)| a.access > layer.access) {
        // Areas merged by what is hidden would show it.
        let hidden = if layer.key.contains(&attribute.name) {
            "the key"
        } else if layer.generalise.class.as_ref() == Some(&attribute.name) {
            "`class`"
        } else {
            continue;
        };
        let message = format!(
            "`{}` is of {hidden}, so it may not be more closed than the layer; allowed: up to {}",
            attribute.name,
            layer.access.as_str()
        );
        wrong(&format!("attributes.{i}.access"), message);
    }
}

/// Columns of the layer's table, and a table that this program did not make.
fn columns(layer: &LayerDefinition, wrong: &mut impl FnMut(&str, String)) {
    for (i, attribute) in layer.attributes.iter().enumerate() {
        let at = format!("attributes.{i}.column");
        let Some(column) = &attribute.column else { continue };
        if layer.table.is_none() {
            wrong(&at, "only a layer with `[table]` may have `column`".to_owned());
        } else if column.is_empty() || column.len() > NAME_MAX {
            wrong(&at, format!("a column has a name of at most {NAME_MAX} bytes"));
        }
    }
    let Some(ExistingTable { schema, name, geometry, id, srid, refresh_s: _ }) = &layer.table else { return };
    for (key, text) in [("schema", schema), ("name", name), ("geometry", geometry), ("id", id)] {
        if text.is_empty() || text.len() > NAME_MAX {
            wrong(&format!("table.{key}"), format!("`{key}` is a name of 1 to {NAME_MAX} bytes"));
        }
    }
    if !(1..=998_999).contains(srid) {
        wrong("table.srid", "`srid` is the SRID of the geometry column, 1 to 998999".to_owned());
    }
}

/// Layers that attributes refer to.
pub fn references(layer: &LayerDefinition, file: &Document<'_>, layers: &[&str]) -> Vec<LayerError> {
    let referring =
        layer.attributes.iter().enumerate().filter_map(|(i, a)| Some((i, a.references.as_deref()?)));
    referring
        .filter(|(_, target)| !layers.contains(target))
        .map(|(i, target)| {
            let message = format!("there is no layer `{target}`; allowed: {}", layers.join(", "));
            file.error(&format!("attributes.{i}.references"), message)
        })
        .collect()
}

/// The id that a file's name stands for.
pub fn stem(file: &str) -> Option<&str> {
    file.rsplit('/').next().and_then(|name| name.strip_suffix(".toml"))
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn no_name(text: &str, word: &str) -> String {
    format!(
        "`{text}` is no {word}; allowed: small letters a-z, digits and _, a letter first, at most {NAME_MAX}"
    )
}

//! A TOML file read with all its mistakes at once, each on its line.
//!
//! Must not know what layers are: it takes any type that serde reads.

use serde::de::DeserializeOwned;
use std::{fmt, ops::Range};
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue, ValueDeserializer},
};
use unicode_normalization::is_nfc;

/// One mistake in a layer file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayerError {
    /// File, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl fmt::Display for LayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// All mistakes of a folder of layer files, by file and line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerErrors(pub Vec<LayerError>);

impl fmt::Display for LayerErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the layer files have mistakes:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for LayerErrors {}

/// A file's name and text.
#[derive(Debug, Clone)]
pub struct Source {
    /// As it is named to people.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// A file, parsed; each of its values knows where it stands.
pub struct Document<'a> {
    source: &'a Source,
    root: Spanned<DeValue<'a>>,
}

/// What of a table had to be left out, so that its absence is no second mistake.
type LeftOut = Vec<(Range<usize>, String)>;

impl<'a> Document<'a> {
    /// Parses; with a mistake of TOML itself there is no document.
    pub fn parse(source: &'a Source, errors: &mut Vec<LayerError>) -> Option<Self> {
        let (table, mistakes) = DeTable::parse_recoverable(&source.text);
        let root = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        let document = Self { source, root };
        let mut found: Vec<LayerError> = mistakes
            .iter()
            .map(|mistake| {
                let at = mistake.span().map_or(0, |span| span.start);
                document.error_on(at, format!("this is no TOML: {}", mistake.message()))
            })
            .collect();
        // One slip makes the parser stumble several times on its line.
        found.sort_by_key(|error| error.line);
        found.dedup_by_key(|error| error.line);
        if found.is_empty() {
            document.check_texts(&document.root, errors);
            return Some(document);
        }
        errors.append(&mut found);
        None
    }

    /// The file's name.
    pub fn name(&self) -> &'a str {
        &self.source.name
    }

    /// A mistake at `path` (keys and positions joined by points, `attributes.3.unit`), or at the
    /// nearest thing around it that the file has.
    pub fn error(&self, path: &str, message: impl Into<String>) -> LayerError {
        let mut value = &self.root;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let inner = match (value.get_ref(), step.parse::<usize>()) {
                (DeValue::Table(table), _) => table.get(step),
                (DeValue::Array(array), Ok(position)) => array.get(position),
                _ => None,
            };
            match inner {
                Some(inner) => value = inner,
                None => break,
            }
        }
        self.error_on(value.span().start, message)
    }

    /// The texts under `key` of the tables in the list `list`, whatever else is wrong with them.
    pub fn texts(&self, list: &str, key: &str) -> Vec<String> {
        let items = self.root.get_ref().get(list).and_then(|v| v.get_ref().as_array());
        let texts = items.into_iter().flat_map(|items| items.iter());
        texts.filter_map(|item| item.get_ref().get(key)?.get_ref().as_str().map(str::to_owned)).collect()
    }

    /// The document as a `T`. What does not fit is a mistake each, and left out; `None` if
    /// nothing is left to stand. Paths count what is left from then on.
    pub fn read<T: DeserializeOwned>(&mut self, errors: &mut Vec<LayerError>) -> Option<T> {
        let mut left_out = LeftOut::new();
        loop {
            let error = match T::deserialize(ValueDeserializer::from(self.root.clone())) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let span = error.span().unwrap_or(0..0);
            let missing = missing_field(error.message());
            if !left_out.iter().any(|(table, key)| *table == span && Some(key.as_str()) == missing) {
                errors.push(self.error_on(span.start, plain(error.message())));
            }
            if span == self.root.span() || !leave_out(&mut self.root, &span, &mut left_out) {
                return None;
            }
        }
    }

    fn error_on(&self, offset: usize, message: impl Into<String>) -> LayerError {
        let before = self.source.text.get(..offset).unwrap_or(&self.source.text);
        let line = before.matches('\n').count() + 1;
        LayerError { file: self.source.name.clone(), line, message: message.into() }
    }

    // Files are joined, searched and compared as they are, so all have the one form.
    fn check_texts(&self, value: &Spanned<DeValue<'a>>, errors: &mut Vec<LayerError>) {
        match value.get_ref() {
            DeValue::String(text) => {
                if !is_nfc(text) {
                    let message = format!("`{text}` is not in the Unicode form NFC; save the file in it");
                    errors.push(self.error_on(value.span().start, message));
                }
                if text.chars().any(char::is_control) {
                    let message = format!("{:?} has a control character; none is allowed", text.as_ref());
                    errors.push(self.error_on(value.span().start, message));
                }
            }
            DeValue::Array(array) => array.iter().for_each(|item| self.check_texts(item, errors)),
            DeValue::Table(table) => table.values().for_each(|item| self.check_texts(item, errors)),
            _ => {}
        }
    }
}

fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// serde's message without Rust's words.
fn plain(message: &str) -> String {
    if let Some(field) = missing_field(message) {
        return format!("the key `{field}` is missing");
    }
    let Some((wrong, expected)) = message.rsplit_once(", expected ") else { return message.to_owned() };
    let wrong =
        wrong.replacen("unknown field", "unknown key", 1).replacen("unknown variant", "unknown value", 1);
    let allowed = match expected {
        "a string" => "a text",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "f64" => "a number",
        "i32" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u32" => "a whole number from 0",
        other => other.trim_start_matches("one of "),
    };
    format!("{wrong}; allowed: {allowed}")
}

/// Takes out the innermost entry that has the span, or whose key has it.
fn leave_out(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>, left_out: &mut LeftOut) -> bool {
    let own = value.span();
    match value.get_mut() {
        DeValue::Table(table) => {
            if table.iter_mut().any(|(_, inner)| leave_out(inner, span, left_out)) {
                return true;
            }
            let hit = table.iter().find(|(key, inner)| key.span() == *span || inner.span() == *span);
            let Some(key) = hit.map(|(key, _)| key.get_ref().to_string()) else { return false };
            table.remove(key.as_str());
            left_out.push((own, key));
            true
        }
        DeValue::Array(array) => {
            if array.iter_mut().any(|inner| leave_out(inner, span, left_out)) {
                return true;
            }
            let Some(position) = array.iter().position(|inner| inner.span() == *span) else { return false };
            let items = std::mem::replace(array, DeArray::new());
            for (_, item) in items.iter().enumerate().filter(|(i, _)| *i != position) {
                array.push(item.clone());
            }
            true
        }
        _ => false,
    }
}

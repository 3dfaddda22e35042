//! Which column of a file holds which attribute of the layer.
//!
//! Must not know what is in the columns: that `text` and `positions` ask.

pub mod heading;
pub mod positions;
pub mod text;

use super::{ImportError, refused, request::ColumnMapping, words};
use crate::layer::{Attribute, LayerDefinition, fold};
use std::path::Path;

/// Which column holds which attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// Position of the column in the file, and of the attribute in the layer, in the order of the
    /// layer.
    pub pairs: Vec<(usize, usize)>,
    /// Positions of columns that no attribute knows.
    pub unmatched: Vec<usize>,
}

// How well a column's name fits an attribute, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Mapped,
    Name,
    Source,
    Folded,
    Bracketed,
    CutName,
}

/// Longest column name of a DBF table, bytes.
const DBF_NAME_BYTES: usize = 10;

/// Columns that a file may have.
const MAX_COLUMNS: usize = 2000;

/// # Errors
/// Where a file has more columns than are read.
pub fn check_count(path: &Path, count: usize) -> Result<(), ImportError> {
    if count <= MAX_COLUMNS {
        return Ok(());
    }
    let reason = words(
        format!("có {count} cột; chỉ đọc nhiều nhất {MAX_COLUMNS} cột"),
        format!("has {count} columns; at most {MAX_COLUMNS} are read"),
    );
    Err(ImportError::file(path, reason))
}

/// Matches `columns` with the attributes of `layer`. `given` are attributes with a constant: they
/// need no column and take none. `cut_names` where the format cuts names at ten bytes.
pub fn match_columns(
    path: &Path,
    columns: &[String],
    layer: &LayerDefinition,
    mapped: &[ColumnMapping],
    given: &[&str],
    cut_names: bool,
) -> Result<Matching, ImportError> {
    let mapped = mapped_columns(path, columns, mapped)?;
    let mut pairs = Vec::new();
    let mut used = vec![false; columns.len()];
    for (_, column) in &mapped {
        used[*column] = true;
    }
    let folded: Vec<String> = columns.iter().map(|column| fold(column)).collect();
    for (index, attribute) in layer.attributes.iter().enumerate() {
        if given.contains(&attribute.name.as_str()) {
            continue;
        }
        let names = Names::of(attribute);
        let mut best: Option<(Fit, Vec<usize>)> = None;
        for (column, name) in columns.iter().enumerate() {
            let is_mapped = mapped.iter().any(|(a, c)| *a == attribute.name && *c == column);
            if (used[column] || refused::write::is_reason(name)) && !is_mapped {
                continue;
            }
            let by_name = || names.fit((name, &folded[column]), layer, cut_names);
            let fit = if is_mapped { Some(Fit::Mapped) } else { by_name() };
            let Some(fit) = fit else { continue };
            match &mut best {
                Some((known, _)) if fit > *known => {}
                Some((known, found)) if fit == *known => found.push(column),
                _ => best = Some((fit, vec![column])),
            }
        }
        match best.map(|(_, found)| found).as_deref() {
            None => {}
            Some([one]) => {
                used[*one] = true;
                pairs.push((*one, index));
            }
            Some(several) => {
                return Err(ImportError::AmbiguousColumn {
                    path: path.to_owned(),
                    attribute: attribute.name.clone(),
                    columns: several.iter().map(|c| columns[*c].clone()).collect(),
                });
            }
        }
    }
    let unmatched = (0..columns.len()).filter(|c| !used[*c]).collect();
    Ok(Matching { pairs, unmatched })
}

/// The attribute, by its position in the layer, that a name by itself is that of, but for those that are `given`.
pub fn attribute_of(name: &str, layer: &LayerDefinition, given: &[&str]) -> Option<usize> {
    let matching = match_columns(Path::new(""), &[name.to_owned()], layer, &[], given, false).ok()?;
    matching.pairs.first().map(|(_, attribute)| *attribute)
}

/// What `--map` names, and its column: by the exact name, or folded where only one column folds to it.
pub fn mapped_columns(
    path: &Path,
    columns: &[String],
    mapped: &[ColumnMapping],
) -> Result<Vec<(String, usize)>, ImportError> {
    let mut found = Vec::new();
    for ColumnMapping { source, attribute } in mapped {
        let exact = columns.iter().position(|c| c == source);
        let folded: Vec<usize> = (0..columns.len()).filter(|c| fold(&columns[*c]) == fold(source)).collect();
        match (exact, folded.as_slice()) {
            (Some(column), _) => found.push((attribute.clone(), column)),
            (None, [column]) => found.push((attribute.clone(), *column)),
            _ => {
                let (path, columns) = (path.display(), columns.join(", "));
                return Err(ImportError::Setting {
                    flag: format!("--map {source}={attribute}"),
                    reason: words(
                        format!("{path} không có cột `{source}`; các cột của tệp: {columns}"),
                        format!("{path} has no column `{source}`; it has {columns}"),
                    ),
                });
            }
        }
    }
    Ok(found)
}

/// An attribute with its names, folded once for all columns.
struct Names<'a> {
    attribute: &'a Attribute,
    folded: Vec<String>,
}

impl<'a> Names<'a> {
    fn of(attribute: &'a Attribute) -> Self {
        let names = [&attribute.name, &attribute.title.vi, &attribute.title.en];
        let folded = names.into_iter().chain(&attribute.sources).map(|name| fold(name)).collect();
        Self { attribute, folded }
    }

    fn fit(
        &self,
        (column, folded): (&str, &String),
        layer: &LayerDefinition,
        cut_names: bool,
    ) -> Option<Fit> {
        let Self { attribute, folded: names } = self;
        if column == attribute.name {
            return Some(Fit::Name);
        }
        if attribute.sources.iter().any(|s| s == column) {
            return Some(Fit::Source);
        }
        if folded.is_empty() {
            return None;
        }
        if names.contains(folded) {
            return Some(Fit::Folded);
        }
        let spelled = [&attribute.name, &attribute.title.vi, &attribute.title.en];
        if heading::names_in_brackets(column, attribute, spelled.into_iter().chain(&attribute.sources)) {
            return Some(Fit::Bracketed);
        }
        let is_cut =
            |a: &Attribute| a.name.len() > column.len() && a.name.starts_with(&column.to_lowercase());
        let only = || layer.attributes.iter().filter(|a| is_cut(a)).count() == 1;
        let cut = cut_names && column.len() == DBF_NAME_BYTES && is_cut(attribute) && only();
        cut.then_some(Fit::CutName)
    }
}

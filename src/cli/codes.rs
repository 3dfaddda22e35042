//! `diaban codes`: the codes that an attribute can have.

use super::{no_layer, refusal::refusal, serve, told};
use crate::{
    config::DatabaseSettings,
    import::{Words, words},
    layer::{Attribute, Catalog, Language, LayerDefinition},
};
use anyhow::Result;
use std::process::ExitCode;

/// Print the codes that an attribute can have, and what they mean (các mã của một thuộc tính)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban codes land_use_plan\n  \
    diaban codes land_use_plan land_use_code")]
pub struct Codes {
    /// The layer
    #[arg(value_name = "LAYER")]
    layer: String,
    /// The attribute; without it those that have codes
    #[arg(value_name = "ATTRIBUTE")]
    attribute: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Codes {
    /// Prints them, one a line.
    pub fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = serve::catalog(&self.database)?;
        let layer = catalog.definition(&self.layer).ok_or_else(|| no_layer(&catalog, &self.layer))?;
        let lines = match &self.attribute {
            Some(name) => codes(&catalog, layer, name)?,
            None => with_codes(&catalog, layer).map(in_short(&catalog)).collect(),
        };
        lines.iter().for_each(|line| told::line(format_args!("{}", line.of(language))));
        Ok(ExitCode::SUCCESS)
    }
}

/// Attributes of a layer that have codes.
fn with_codes<'a>(
    catalog: &'a Catalog,
    layer: &'a LayerDefinition,
) -> impl Iterator<Item = &'a Attribute> + 'a {
    layer.attributes.iter().filter(|attribute| !meanings(catalog, attribute).is_empty())
}

/// Codes and titles of an attribute's values.
fn meanings(catalog: &Catalog, attribute: &Attribute) -> Vec<(String, Words)> {
    if attribute.name == "owner_agency" {
        let agencies = catalog.agencies().agencies.iter();
        let newest = agencies.filter_map(|agency| Some((agency.code.clone(), agency.names.last()?)));
        return newest.map(|(code, name)| (code, words(name.vi.clone(), name.en.clone()))).collect();
    }
    attribute.values.iter().map(|v| (v.code.clone(), words(v.vi.clone(), v.en.clone()))).collect()
}

fn in_short(catalog: &Catalog) -> impl Fn(&Attribute) -> Words + '_ {
    move |attribute: &Attribute| {
        let (name, count) = (&attribute.name, meanings(catalog, attribute).len());
        let title = Words::from(&attribute.title);
        words(
            format!("{name}  {}: {count} mã", title.vi),
            format!("{name}  {} / {}: {count} mã / codes", title.vi, title.en),
        )
    }
}

/// The codes of an attribute with their titles.
fn codes(catalog: &Catalog, layer: &LayerDefinition, name: &str) -> Result<Vec<Words>> {
    let Some(attribute) = with_codes(catalog, layer).find(|attribute| attribute.name == name) else {
        let (id, known) = (&layer.id, with_codes(catalog, layer).map(|a| a.name.as_str()));
        let known = known.collect::<Vec<_>>().join(", ");
        return Err(refusal(
            format!("lớp `{id}` không có thuộc tính `{name}` nhận các mã. Các thuộc tính có mã: {known}"),
            format!("layer `{id}` has no attribute `{name}` with codes. Those that have some: {known}"),
        ));
    };
    let all = meanings(catalog, attribute);
    let width = all.iter().map(|(code, _)| code.chars().count()).max().unwrap_or_default();
    let line = |(code, title): &(String, Words)| {
        let Words { vi, en } = title;
        words(format!("{code:width$}  {vi}"), format!("{code:width$}  {vi} / {en}"))
    };
    Ok(all.iter().map(line).collect())
}

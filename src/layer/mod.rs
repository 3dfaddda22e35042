//! The catalogue: all layers, read from their files and checked against each other.
//!
//! Must not know how features are stored or served.

/// Access classes, callers, and the view that is the only key to a store.
pub mod access;
/// The register of agencies, with dates.
pub mod agency;
mod aggregates;
mod check;
/// What one file in `layers/` says.
pub mod definition;
mod document;
/// What a layer takes out of a drawing.
pub mod drawing;
mod edit_view;
mod fold;
mod grants;
mod group;
mod import_view;
/// Whose tokens are taken, as the file of grants says.
pub mod provider;
mod quality;
mod reading;
mod row_class;
mod rule;
mod schema;
mod unit;

pub use access::{AccessClass, COMMUNE_CODE, Caller, LayerView, Sight};
pub use agency::AgencyRegister;
pub use aggregates::{AggregateRule, AggregateView};
pub use definition::{
    Attribute, AttributeType, ExistingTable, GeneraliseRule, GeometryType, Language, LayerDefinition, Title,
};
pub use document::{LayerError, LayerErrors};
pub use drawing::{DrawingRule, Trait as DrawingTrait};
pub use edit_view::EditView;
pub use fold::{fold, words};
pub use grants::{AgencyGrants, GrantErrors, GrantFile, GrantTerm, GrantTerms, Grants, Refusal};
pub use import_view::{ImportView, NotWhole};
pub use quality::{CheckedPositions, Declared, DeliveryChecks, QualityMeasure, QualityRule};
pub use row_class::RowClassRule;
pub use rule::{LayerRule, Measure, RuleSeverity};
pub use schema::schema;

use document::{Document, Source};
use std::{collections::BTreeMap, path::Path, sync::Arc};

/// All layers, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    layers: BTreeMap<String, Arc<LayerDefinition>>,
    agencies: AgencyRegister,
    /// What each was read from.
    files: BTreeMap<String, Source>,
}

impl Catalog {
    /// A catalogue of the given layers, for tests and for the reader of `layers/`.
    pub fn new(layers: Vec<LayerDefinition>, agencies: AgencyRegister) -> Self {
        let layers = layers.into_iter().map(|l| (l.id.clone(), Arc::new(l))).collect();
        Self { layers, agencies, files: BTreeMap::new() }
    }

    /// The layers that are built into the program.
    pub fn built_in() -> Result<Self, LayerErrors> {
        reading::built_in()
    }

    /// The layers of a folder. Where it has no `shared/` of its own, the register of agencies
    /// and the attributes of all layers are those built in.
    pub fn read(folder: &Path) -> Result<Self, LayerErrors> {
        reading::folder(folder)
    }

    /// Every layer, whoever asks: for the database and the import, never for an answer.
    pub fn definitions(&self) -> impl Iterator<Item = &Arc<LayerDefinition>> {
        self.layers.values()
    }

    /// One layer, whoever asks: for the database and the import, never for an answer.
    pub fn definition(&self, id: &str) -> Option<&Arc<LayerDefinition>> {
        self.layers.get(id)
    }

    /// A mistake in a layer's file that shows where the file is used, at `path` (keys and positions joined by
    /// points, `row_class.0.where`).
    pub fn mistake(&self, layer: &str, path: &str, message: impl Into<String>) -> LayerError {
        match self.files.get(layer).and_then(|source| Document::parse(source, &mut Vec::new())) {
            Some(file) => file.error(path, message),
            None => LayerError { file: format!("{layer}.toml"), line: 1, message: message.into() },
        }
    }

    /// The agencies.
    pub fn agencies(&self) -> &AgencyRegister {
        &self.agencies
    }

    /// What `caller` may see of layer `id`; `None` if there is no such layer for him.
    pub fn view(&self, id: &str, caller: &Caller) -> Option<LayerView> {
        self.layers.get(id).and_then(|l| LayerView::new(l.clone(), caller))
    }

    /// What `caller` may change of layer `id`; `None` where he may change nothing of it.
    pub fn edit_view(&self, id: &str, caller: &Caller) -> Option<EditView> {
        EditView::new(self.view(id, caller)?, caller)
    }

    /// What `caller` may see of each layer, in the order of their ids.
    pub fn views<'a>(&'a self, caller: &'a Caller) -> impl Iterator<Item = LayerView> + 'a {
        self.layers.values().filter_map(|l| LayerView::new(l.clone(), caller))
    }
}

//! Access classes, callers, and the view that is the only key to a store.
//!
//! Permission is a type: a store accepts nothing but a [`LayerView`], and only the catalogue
//! makes one. What is not in the view cannot be selected, filtered, counted or described.

use super::{
    definition::{Attribute, LayerDefinition},
    grants::{AgencyGrants, Refusal},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// Name of the attribute that tells the commune of a row, by its code.
pub const COMMUNE_CODE: &str = "commune_code";

/// The attribute that holds the class of a row, where a layer has one.
pub(super) const ROW_CLASS: &str = "access_class";

/// Who may see a layer, an attribute or a row; each class sees those before it too.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum AccessClass {
    /// Anyone (dữ liệu mở).
    #[default]
    Open,
    /// Agencies of the state (dữ liệu dùng chung).
    Shared,
    /// Those whose duty needs it (dữ liệu dùng riêng).
    Restricted,
}

impl AccessClass {
    /// All classes, the most open first.
    pub const ALL: [Self; 3] = [Self::Open, Self::Shared, Self::Restricted];

    /// The class as it is written in layer files and in the column `access_class`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Shared => "shared",
            Self::Restricted => "restricted",
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    class: AccessClass,
    agency: Option<Arc<AgencyGrants>>,
    /// Who in the agency.
    who: Option<Arc<str>>,
}

/// What a caller sees of all layers, as a number for caches: of callers who see different things, never the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sight(u64);

impl Caller {
    /// Someone who has not said who he is, and may see up to `class`.
    pub const fn anonymous(class: AccessClass) -> Self {
        Self { class, agency: None, who: None }
    }

    /// An agency, which sees what it is granted beside what anyone may, up to `class`.
    pub const fn agency(class: AccessClass, grants: Arc<AgencyGrants>) -> Self {
        Self { class, agency: Some(grants), who: None }
    }

    /// The same, known by a name within its agency: that of a key.
    pub fn named(self, who: Arc<str>) -> Self {
        Self { who: Some(who), ..self }
    }

    /// Who it is, for the record: by which key, or nobody in particular.
    pub fn who(&self) -> &str {
        self.who.as_deref().or(self.agency_code()).unwrap_or("anonymous")
    }

    /// The highest class that he may see of every layer.
    pub const fn class(&self) -> AccessClass {
        self.class
    }

    /// The highest class that he may see of a layer.
    pub fn class_of(&self, layer: &str) -> AccessClass {
        self.agency.as_ref().map_or(self.class, |grants| grants.class_of(layer).max(self.class))
    }

    /// Codes of the communes whose rows of a layer he may see; `None` for all.
    pub fn communes_of(&self, layer: &str) -> Option<Arc<BTreeSet<String>>> {
        self.agency.as_ref().and_then(|grants| grants.communes_of(layer))
    }

    /// The highest class that he may change of a layer; `None` where he may change nothing.
    pub fn edit_class_of(&self, layer: &str) -> Option<AccessClass> {
        self.agency.as_ref().and_then(|grants| grants.edit_class_of(layer))
    }

    /// Code of the agency; `None` of someone who has not said who he is.
    pub fn agency_code(&self) -> Option<&str> {
        self.agency.as_ref().map(|grants| grants.agency())
    }

    /// Why a layer that he does not see is not shown to him, where he may know that there is one.
    pub fn refusal(&self, layer: &str) -> Option<Refusal> {
        self.agency.as_ref().and_then(|grants| grants.refusal(layer))
    }

    /// Names what he sees.
    pub fn sight(&self) -> Sight {
        let granted = self.agency.as_ref().and_then(|grants| grants.number());
        Sight(granted.map_or(self.class as u64, |number| AccessClass::ALL.len() as u64 + number))
    }
}

/// What one caller may see of one layer.
#[derive(Debug, Clone)]
pub struct LayerView {
    definition: Arc<LayerDefinition>,
    attributes: Vec<usize>,
    class: AccessClass,
    communes: Option<Arc<BTreeSet<String>>>,
}

impl LayerView {
    pub(super) fn new(definition: Arc<LayerDefinition>, caller: &Caller) -> Option<Self> {
        let class = caller.class_of(&definition.id);
        if definition.access > class {
            return None;
        }
        let attributes = definition
            .attributes
            .iter()
            .enumerate()
            .filter(|(_, a)| a.access <= class)
            .map(|(i, _)| i)
            .collect();
        let communes = caller.communes_of(&definition.id);
        Some(Self { definition, attributes, class, communes })
    }

    /// Whether its caller may find something in it that is not open: the layer itself, an attribute, or rows.
    pub fn is_guarded(&self) -> bool {
        let above = |a: &Attribute| a.access > AccessClass::Open && a.access <= self.class;
        let has_classes = |a: &Attribute| a.name == ROW_CLASS;
        self.class > AccessClass::Open
            && (self.definition.access > AccessClass::Open
                || !self.definition.row_class.is_empty()
                || self.definition.attributes.iter().any(|a| above(a) || has_classes(a)))
    }

    /// Whether nothing of the layer is missing in it: no attribute, no row of any class or commune. Only then may be
    /// told what counts rows without looking at them.
    pub fn holds_all(&self) -> bool {
        let definition = &self.definition;
        let has_classes =
            !definition.row_class.is_empty() || definition.attributes.iter().any(|a| a.name == ROW_CLASS);
        self.communes.is_none()
            && self.attributes.len() == definition.attributes.len()
            && (self.class == AccessClass::Restricted || !has_classes)
    }

    /// The layer's id.
    pub fn id(&self) -> &str {
        &self.definition.id
    }

    /// The whole definition, for what stands for the layer itself, such as a snapshot of it.
    pub fn definition(&self) -> Arc<LayerDefinition> {
        self.definition.clone()
    }

    /// What of it goes up to a class; `None` where the layer itself is above that.
    pub(super) fn up_to(&self, class: AccessClass) -> Option<Self> {
        let class = class.min(self.class);
        let held = |i: &usize| self.definition.attributes[*i].access <= class;
        let attributes = self.attributes.iter().copied().filter(held).collect();
        (self.definition.access <= class).then(|| Self { attributes, class, ..self.clone() })
    }

    /// The same view with no other attributes than those named.
    pub fn only(mut self, names: &[&str]) -> Self {
        let Self { definition, attributes, .. } = &mut self;
        attributes.retain(|i| names.contains(&definition.attributes[*i].name.as_str()));
        self
    }

    /// The same view with all attributes that its caller may see.
    pub fn whole(&self) -> Self {
        let seen = |(i, a): (usize, &Attribute)| (a.access <= self.class).then_some(i);
        let attributes = self.definition.attributes.iter().enumerate().filter_map(seen).collect();
        Self { attributes, ..self.clone() }
    }

    /// What the layer's file says of the layer itself; its attributes come from
    /// [`LayerView::attributes`] alone.
    pub fn layer(&self) -> &LayerDefinition {
        &self.definition
    }

    /// The attributes in the view, in the order of the layer's file.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = &Attribute> {
        self.attributes.iter().map(|&i| &self.definition.attributes[i])
    }

    /// One attribute of the view, by name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|a| a.name == name)
    }

    /// The attributes of the view that a feature is called by, the label first.
    pub fn naming_attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.definition.naming_attributes().filter(|a| self.attribute(&a.name).is_some())
    }

    /// One attribute that the caller may see, even where the view is of others [only](Self::only):
    /// it may be asked for without being shown.
    pub fn askable(&self, name: &str) -> Option<&Attribute> {
        self.definition.attribute(name).filter(|a| a.access <= self.class)
    }

    /// Rows above this class (their column `access_class`, where the layer has one) are not in
    /// the view.
    pub const fn row_class(&self) -> AccessClass {
        self.class
    }

    /// Codes of the communes whose rows are in the view, no other's; `None` where all are.
    pub fn communes(&self) -> Option<&BTreeSet<String>> {
        self.communes.as_deref()
    }

    /// Names which rows of the layer are in the view: of views with other rows, never the same.
    pub fn rows_seen(&self) -> String {
        let class = self.class.as_str();
        let list =
            |communes: &BTreeSet<String>| communes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        self.communes()
            .map_or_else(|| class.to_owned(), |communes| format!("{class}, only in {}", list(communes)))
    }
}

//! Changes of single features that somebody asks for over HTTP: what is asked, what came of it, and who does it.
//!
//! Only the trait stands here: what judges values and rules also judges imports, and knows files. Must not know HTTP.

use super::rows;
use crate::{
    crs::NamedSystem,
    feature::{Feature, FeatureId, FeatureRow, Value},
    layer::{EditView, LayerView},
};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value as Json};
use xxhash_rust::xxh3::Xxh3;

/// Names what a caller sees of a feature: of other content, never the same. It is made of what is on record, so it is
/// the same on each server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(u128);

impl Version {
    /// Of a feature with the values of a view.
    pub fn of(feature: &Feature) -> Self {
        let mut hash = Xxh3::new();
        let mut put = |kind: u8, bytes: &[u8]| {
            hash.update(&[kind]);
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        put(0, &feature.id.to_le_bytes());
        put(1, feature.wkb.as_deref().unwrap_or_default());
        for value in &feature.values {
            match value {
                Value::Null => put(2, &[]),
                Value::Bool(value) => put(3, &[u8::from(*value)]),
                Value::Int(number) => put(4, &number.to_le_bytes()),
                Value::Number(number) => put(5, &number.to_le_bytes()),
                Value::Text(text) => put(6, text.as_bytes()),
                Value::Date(day) => put(7, &day.to_julian_day().to_le_bytes()),
                Value::Timestamp(moment) => put(8, &moment.unix_timestamp_nanos().to_le_bytes()),
                Value::TextList(items) => {
                    put(9, &(items.len() as u64).to_le_bytes());
                    items.iter().for_each(|item| put(6, item.as_bytes()));
                }
            }
        }
        Self(hash.digest128())
    }

    /// The same of a row of the record.
    pub fn of_row(row: &FeatureRow<'_>, view: &LayerView) -> Self {
        let kinds: Vec<_> = view.attributes().map(|attribute| attribute.kind).collect();
        Self::of(&rows::feature(row, &kinds))
    }

    /// As a strong entity tag (RFC 9110, 8.8.3).
    pub fn tag(self) -> String {
        format!("\"{:032x}\"", self.0)
    }
}

/// What a feature is to be, as far as it was said.
#[derive(Debug, Clone, PartialEq)]
pub struct SentFeature {
    /// Values by the names of attributes.
    pub properties: Map<String, Json>,
    /// The geometry.
    pub geometry: SentGeometry,
    /// The system of its positions, which stand east first.
    pub system: NamedSystem,
}

/// What was said of a geometry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentGeometry {
    /// Nothing.
    Unsaid,
    /// That there is none.
    Nothing,
    /// ISO WKB, little-endian, two dimensions.
    Wkb(Vec<u8>),
}

/// Which version a change was made for: the tags of those that will do, or any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Whatever there is.
    Any,
    /// One of these.
    Tags(Vec<String>),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A feature is added.
    Create(SentFeature),
    /// A feature becomes another; what is not said of it, it no longer has.
    Replace(FeatureId, Expected, SentFeature),
    /// What is said of a feature is changed, the rest stays.
    Update(FeatureId, Expected, SentFeature),
    /// A feature goes.
    Delete(FeatureId, Expected),
}

impl Change {
    /// The feature that is there, and the version that is expected of it.
    pub const fn held(&self) -> Option<(FeatureId, &Expected)> {
        match self {
            Self::Create(_) => None,
            Self::Replace(id, expected, _) | Self::Update(id, expected, _) | Self::Delete(id, expected) => {
                Some((*id, expected))
            }
        }
    }

    /// What the feature is to be.
    pub const fn sent(&self) -> Option<&SentFeature> {
        match self {
            Self::Create(sent) | Self::Replace(_, _, sent) | Self::Update(_, _, sent) => Some(sent),
            Self::Delete(..) => None,
        }
    }

    /// Its name in the record of runs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create",
            Self::Replace(..) => "replace",
            Self::Update(..) => "update",
            Self::Delete(..) => "delete",
        }
    }
}

/// What was found of a feature that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditFinding {
    /// `error`, `warning`, `repaired`.
    pub severity: &'static str,
    /// The rule's name, as reports of imports have it.
    pub rule: String,
    /// The attribute, or several joined by commas.
    pub attribute: Option<String>,
    /// What is wrong, in Vietnamese and in English.
    pub reason: [String; 2],
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The feature.
    pub id: FeatureId,
    /// Its version now; `None` where it is gone.
    pub version: Option<Version>,
    /// The run under which it stands in the layer's history; `None` where nothing had to be changed.
    pub run: Option<i64>,
    /// What was repaired, or is to be looked at.
    pub findings: Vec<EditFinding>,
}

/// Why nothing was done, or why nobody knows whether it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no such feature for the caller.
    #[error("there is no such feature")]
    NoFeature,
    /// It is not what it was expected to be.
    #[error("somebody has changed the feature since it was read")]
    Changed,
    /// What was sent does not go into the layer.
    #[error("the feature does not go into the layer as it is")]
    Refused(Vec<EditFinding>),
    /// It goes beyond what the caller may change; in words for him.
    #[error("{0}")]
    Beyond(String),
    /// Another has the layer, or the row; in words for whoever runs this.
    #[error("{0}")]
    Busy(String),
    /// The database cannot be reached, or went away.
    #[error("{0}")]
    Unavailable(String),
    /// The connection went while the change was to be kept: it may be, or not.
    #[error("{0}")]
    Unsettled(String),
    /// It could not be put on record.
    #[error("it could not be put on record")]
    Unrecorded,
    /// A defect.
    #[error("{0}")]
    Internal(String),
}

/// Puts an edit on record before it counts.
pub trait EditWitness: Send + Sync + 'static {
    /// Whether who asked may still do what he asked for: since then a while has gone by.
    fn still_allows(&self) -> BoxFuture<'_, bool>;

    /// Whether what is about to be done is on record. If not, it is not done.
    fn puts_on_record<'a>(&'a self, edited: &'a Edited) -> BoxFuture<'a, bool>;

    /// What is on record has not come about: that goes on record, too.
    fn takes_back(&self) -> BoxFuture<'_, ()>;

    /// Nobody knows whether what is on record has come about: that goes on record, too.
    fn leaves_open(&self) -> BoxFuture<'_, ()>;
}

/// Changes features, one at a time, whole or not at all.
pub trait FeatureEditor: Send + Sync + 'static {
    /// Does what is asked within what `view` allows. `by` is who asks, for the layer's history.
    fn edit(
        &self,
        view: EditView,
        change: Change,
        by: String,
        witness: Box<dyn EditWitness>,
    ) -> BoxFuture<'static, Result<Edited, EditError>>;
}

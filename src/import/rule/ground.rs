//! What rules need of the database, read once before the rows.

use super::{
    communes::{COMMUNE_CODE, Commune},
    references::Reference,
};
use crate::{
    area::draw,
    feature::{Feature, Value},
    import::{ImportError, Words, words},
    layer::{AccessClass, Caller, Catalog, LayerDefinition},
    query::{BoundRule, FeatureQuery, bind_rules},
    store::{
        FeatureStore,
        areas::{COMMUNES, plane_shape},
        postgis::{Database, PostgisStore, StagingError},
    },
};
use futures_util::TryStreamExt;
use std::collections::HashSet;
use time::{Date, OffsetDateTime, UtcOffset};

/// Boundaries of communes that are read at most, those of all days.
const COMMUNES_MAX: u32 = 5_000;
/// Keys of another layer that are read at most.
const KEYS_MAX: u32 = 1_000_000;

/// What rules are asked with.
#[derive(Debug)]
pub struct RuleGround {
    /// Today in Vietnam.
    pub today: Date,
    /// Rules of the layer's file.
    pub rules: Vec<BoundRule>,
    /// Keys that the layer's attributes refer to.
    pub references: Vec<Reference>,
    /// All communes with their boundaries.
    pub communes: Vec<Commune>,
    /// What cannot be checked, in words.
    pub notes: Vec<Words>,
}

impl RuleGround {
    /// Reads what the rules of `layer` need.
    pub async fn read(
        database: &Database,
        catalog: &Catalog,
        layer: &LayerDefinition,
    ) -> Result<Self, ImportError> {
        let mut ground = Self::alone(catalog, layer)?;
        for attribute in &layer.attributes {
            let Some(other) = &attribute.references else { continue };
            ground.reference(database, catalog, &attribute.name, other).await?;
        }
        if layer.id != COMMUNES && layer.attribute(COMMUNE_CODE).is_some() {
            ground.read_communes(database, catalog).await?;
        }
        Ok(ground)
    }

    /// What needs no database.
    pub fn alone(catalog: &Catalog, layer: &LayerDefinition) -> Result<Self, ImportError> {
        let zone = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
        Ok(Self {
            today: OffsetDateTime::now_utc().to_offset(zone).date(),
            rules: bind_rules(catalog, &layer.id)?,
            references: Vec::new(),
            communes: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Whether rows of `layer` are given the code of their commune where a file has no column for
    /// it.
    pub fn fills_communes(&self, layer: &LayerDefinition) -> bool {
        !self.communes.is_empty()
            && layer.attribute(COMMUNE_CODE).is_some()
            && !layer.key.iter().any(|k| k == COMMUNE_CODE)
    }

    async fn reference(
        &mut self,
        database: &Database,
        catalog: &Catalog,
        attribute: &str,
        other: &str,
    ) -> Result<(), ImportError> {
        let Some(view) = catalog.view(other, &Caller::anonymous(AccessClass::Restricted)) else {
            self.notes.push(words(
                format!("`{attribute}` chưa được đối chiếu với lớp `{other}`, vì không có lớp này"),
                format!("`{attribute}` was not held against layer `{other}`, which there is not"),
            ));
            return Ok(());
        };
        // Of a key of several parts the one of the same name, else the first.
        let layer = view.definition();
        let key = layer.key.iter().find(|k| *k == attribute).or_else(|| layer.key.first());
        let Some(key) = key else { return Ok(()) };
        let keys = database.known_texts(&view, key, KEYS_MAX).await.map_err(unavailable)?;
        if keys.len() >= KEYS_MAX as usize {
            self.notes.push(words(
                format!("`{attribute}` chưa được đối chiếu với lớp `{other}`, vì lớp này có quá nhiều khóa"),
                format!("`{attribute}` was not held against layer `{other}`, which has too many keys"),
            ));
            return Ok(());
        }
        if keys.is_empty() {
            self.notes.push(words(
                format!("lớp `{other}` chưa có dữ liệu, nên chưa kiểm tra được `{attribute}`"),
                format!("layer `{other}` holds nothing yet, so that `{attribute}` could not be checked"),
            ));
        }
        let keys: HashSet<Box<str>> = keys.into_iter().map(String::into_boxed_str).collect();
        self.references.push(Reference { attribute: attribute.to_owned(), layer: other.to_owned(), keys });
        Ok(())
    }

    async fn read_communes(&mut self, database: &Database, catalog: &Catalog) -> Result<(), ImportError> {
        let Some(view) = catalog.view(COMMUNES, &Caller::anonymous(AccessClass::Restricted)) else {
            return Ok(());
        };
        let place = |name: &str| view.attributes().position(|a| a.name == name);
        let (Some(at_code), at_from, at_to) = (place("code"), place("valid_from"), place("valid_to")) else {
            return Ok(());
        };
        let store = PostgisStore::new(database.clone());
        let query = FeatureQuery { limit: COMMUNES_MAX, ..FeatureQuery::default() };
        let features = store.features(&view, &query).await.map_err(unavailable)?;
        let features: Vec<Feature> = features.try_collect().await.map_err(unavailable)?;
        let day = |feature: &Feature, at: Option<usize>| match at.and_then(|at| feature.values.get(at)) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        };
        for feature in &features {
            let (Some(Value::Text(code)), Some(shape)) = (feature.values.get(at_code), plane_shape(feature))
            else {
                continue;
            };
            let Ok((area, _)) = draw::area(&shape) else { continue };
            let (from, to) = (day(feature, at_from), day(feature, at_to));
            self.communes.push(Commune { code: code.clone(), from, to, area });
        }
        if self.communes.is_empty() {
            self.notes.push(words(
                format!("lớp `{COMMUNES}` chưa có dữ liệu, nên `{COMMUNE_CODE}` chưa được kiểm tra và chưa được điền"),
                format!("layer `{COMMUNES}` holds nothing yet, so that `{COMMUNE_CODE}` was neither checked nor put in"),
            ));
        }
        Ok(())
    }
}

fn unavailable(error: impl std::fmt::Display) -> ImportError {
    ImportError::Staging(StagingError::Unavailable(error.to_string()))
}

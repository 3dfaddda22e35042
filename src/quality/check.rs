//! A check of a layer from the record: each class of callers that sees something of its own is looked at by
//! itself, and what came out is kept.

use super::{
    ground::Ground,
    measure::title,
    outcome::{Known, LayerQuality},
    survey::Survey,
};
use crate::{
    layer::{AccessClass, Caller, Catalog, LayerView, QualityMeasure},
    query::{FeatureQuery, rules_within},
    store::{
        FeatureStore, StoreError,
        areas::{AreaError, AreaFinder},
        postgis::{Database, DatabaseError, GarbledRows, NewQualityRun, PostgisStore, RowReader},
    },
    units::Units,
};
use serde_json::Value as Json;
use std::sync::Arc;
use time::{OffsetDateTime, UtcOffset};
use tokio::{sync::mpsc, task::spawn_blocking};

/// Pieces of rows that wait to be looked at.
const WAITING_MAX: usize = 8;

/// Why a layer was not checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A question to it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The communes.
    #[error(transparent)]
    Communes(#[from] AreaError),
    /// The rows.
    #[error(transparent)]
    Rows(#[from] GarbledRows),
    /// A defect.
    #[error("{0}")]
    Internal(String),
}

/// What a check gave for those who see the most of a layer.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What was looked at.
    pub view: LayerView,
    /// Words and measures.
    pub result: Json,
    /// Features of GeoJSON.
    pub findings: Vec<Json>,
}

/// Checks layers of one database.
pub struct Checker<'c> {
    database: Database,
    store: PostgisStore,
    catalog: &'c Catalog,
    ground: Option<Arc<Ground>>,
}

impl<'c> Checker<'c> {
    /// Reads the communes of the day, against which positions are held.
    pub async fn new(database: &Database, catalog: &'c Catalog, units: &Units) -> Result<Self, CheckError> {
        let store = PostgisStore::new(database.clone());
        let caller = everything();
        let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
        let today = OffsetDateTime::now_utc().to_offset(offset).date();
        let finder = AreaFinder { store: &store, catalog, units, caller: &caller, shown: &|_, _| () };
        let communes = match finder.communes(today).await {
            Ok(communes) => communes.into_iter().map(|(unit, area)| (unit.code.to_owned(), area)).collect(),
            // A province without that layer, or whose layer is another's.
            Err(AreaError::NoLayer(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { database: database.clone(), store, catalog, ground: Ground::new(communes).map(Arc::new) })
    }

    /// Checks a layer and keeps what came out; `None` if there is no such layer.
    pub async fn check(&self, layer: &str) -> Result<Option<Checked>, CheckError> {
        let mut widest: Option<Checked> = None;
        let mut runs: Vec<(LayerView, Vec<AccessClass>, Json, Vec<Json>)> = Vec::new();
        for (view, classes) in self.views(layer).await? {
            let quality = self.survey(&view).await?;
            let (result, findings) = (quality.to_json(&view), quality.findings.features());
            if widest.is_none() {
                let (result, findings) = (result.clone(), findings.clone());
                widest = Some(Checked { view: view.clone(), result, findings });
            }
            runs.push((view, classes, result, findings));
        }
        let new: Vec<NewQualityRun<'_>> = runs
            .iter()
            .map(|(view, classes, result, findings)| NewQualityRun { view, classes, result, findings })
            .collect();
        self.database.keep_quality_runs(&new).await?;
        Ok(widest)
    }

    /// The views of the layer that differ, the widest first, each with the classes of callers that have it.
    async fn views(&self, layer: &str) -> Result<Vec<(LayerView, Vec<AccessClass>)>, CheckError> {
        let mut views: Vec<(LayerView, u64, Vec<AccessClass>)> = Vec::new();
        for class in AccessClass::ALL.into_iter().rev() {
            let Some(view) = self.catalog.view(layer, &Caller::anonymous(class)) else { continue };
            let count = self.store.count(&view, &FeatureQuery::default()).await?;
            let same = views.iter_mut().find(|(other, rows, _)| {
                *rows == count && other.attributes().len() == view.attributes().len()
            });
            match same {
                Some((_, _, classes)) => classes.push(class),
                None => views.push((view, count, vec![class])),
            }
        }
        Ok(views.into_iter().map(|(view, _, classes)| (view, classes)).collect())
    }

    async fn survey(&self, view: &LayerView) -> Result<LayerQuality, CheckError> {
        let (sender, mut pieces) = mpsc::channel::<Vec<bytes::Bytes>>(WAITING_MAX);
        let (own, ground) = (view.clone(), self.ground.clone());
        let now_us = i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000);
        let now_us = now_us.map_err(|error| CheckError::Internal(error.to_string()))?;
        let looking = spawn_blocking(move || -> Result<LayerQuality, CheckError> {
            let rules = rules_within(&own);
            let mut survey = Survey::new(&own, &rules, ground.as_deref(), now_us);
            let mut reader = RowReader::new(&own);
            while let Some(piece) = pieces.blocking_recv() {
                reader.read(&piece, |projection, row| -> Result<(), CheckError> {
                    survey.row(projection, row);
                    Ok(())
                })?;
            }
            Ok(survey.finish())
        });
        let exported = self.database.export(view, sender).await;
        let quality = looking.await.map_err(|error| CheckError::Internal(error.to_string()))?;
        exported?;
        let mut quality = quality?;
        quality.known.insert(QualityMeasure::CrsProof, self.systems(view).await?);
        Ok(quality)
    }

    /// Whether each load of the layer says its system; that the way from it is right was tested at start.
    async fn systems(&self, view: &LayerView) -> Result<Known, CheckError> {
        let (loads, recorded) = self.database.recorded_systems(view.id()).await?;
        let counted = title(
            format!("{recorded} trong {loads} lần nạp có ghi hệ tọa độ; phép chuyển đã tự kiểm tra"),
            format!("{recorded} of {loads} loads say their system; the operation passed its self-test"),
        );
        let nothing = title("lớp chưa được nạp bằng diaban import", "nothing was loaded by diaban import");
        Ok(Known::share(recorded, loads, counted, nothing))
    }
}

/// Who may see all.
fn everything() -> Caller {
    Caller::anonymous(AccessClass::Restricted)
}

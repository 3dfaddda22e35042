//! The rows of layers, counted once for each day: whoever asks before and after a row is edited learns nothing of it.
//!
//! What is counted stands as of the last midnight in Vietnam, so that all servers tell the same, also when they start
//! anew. Where there is no past, in a table that is not the program's own or on the day of a layer's first load, it is
//! as of the first question of the day.

use super::Problem;
use crate::{
    layer::AggregateView,
    query::{AsOf, aggregates::Unpublished},
    store::FeatureStore,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use time::{Date, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// What is kept, by layer.
#[derive(Debug, Default)]
pub struct Counted(Mutex<HashMap<String, Arc<Place>>>);

/// The place for one layer's count; while somebody counts, others wait.
type Place = tokio::sync::Mutex<Option<Arc<OfDay>>>;

/// The count of one day.
#[derive(Debug)]
pub struct OfDay {
    day: Date,
    at: OffsetDateTime,
    /// The rows as they were then.
    pub rows: Unpublished,
}

impl OfDay {
    /// For which moment it stands, RFC 3339.
    pub fn moment(&self) -> String {
        self.at.format(&Rfc3339).unwrap_or_default()
    }
}

impl Counted {
    /// The rows of a layer as of today.
    pub async fn of<S: FeatureStore>(&self, store: &S, view: &AggregateView) -> Result<Arc<OfDay>, Problem> {
        let place = {
            let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            places.entry(view.id().to_owned()).or_default().clone()
        };
        let mut kept = place.lock().await;
        let now = OffsetDateTime::now_utc().to_offset(UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC));
        let now = now.replace_nanosecond(0).unwrap_or(now);
        if let Some(counted) = kept.as_ref().filter(|counted| counted.day == now.date()) {
            return Ok(counted.clone());
        }
        let mut counted = OfDay { day: now.date(), at: now, rows: Unpublished::default() };
        if view.layer().table.is_none() {
            counted.at = now.replace_time(time::Time::MIDNIGHT);
            counted.rows = store.aggregates(view, Some(AsOf::Time(counted.at))).await?;
        }
        if counted.rows.is_empty() {
            (counted.at, counted.rows) = (now, store.aggregates(view, None).await?);
        }
        let counted = Arc::new(counted);
        // A layer that is empty yet is looked at anew.
        *kept = Some(counted.clone()).filter(|counted| !counted.rows.is_empty());
        Ok(counted)
    }
}

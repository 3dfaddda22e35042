//! Answers about an area: the area itself as people ask for it, statistics, reports, what lies at a
//! point.

/// `GET /at`.
mod at;
/// The words of an answer.
mod figures;
/// A body that is a form.
mod form;
/// Layers that an answer leaves out.
mod left_out;
/// What must be said about an area.
mod notes;
/// Answers as pages.
mod page;
/// `GET|POST /report`.
mod report;
/// What a body says.
mod sent;
/// `GET|POST /collections/{layer}/statistics`.
mod statistics;
/// Numbers and values in words.
mod words;

pub use at::at;
pub use notes::note;
pub use report::{PARAMETERS as REPORT_PARAMETERS, report};
pub use sent::{AREA_CRS, FILES_AT_ONCE};
pub use statistics::{MEMBERS as STATISTICS_MEMBERS, PARAMETERS as STATISTICS_PARAMETERS, statistics};

use super::{Problem, SeenSite, Site, address::without_form, units};
use crate::{
    crs::Plane,
    layer::LayerView,
    store::{
        FeatureStore,
        areas::{AreaFinder, AreaNote, FoundArea},
    },
    units::Share,
};
use axum::{body::Bytes, extract::rejection::BytesRejection};
use notes::notes_of;
use serde_json::{Value as Json, json};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long an answer about an area may take.
pub const TIME_MAX: Duration = Duration::from_secs(20);
/// Bytes of a request's body.
pub const BODY_MAX: usize = 8 << 20;
/// That a present commune lies whole in the former unit for which it stands.
const WHOLE: &str = "whole of it";

impl<S: FeatureStore> SeenSite<S> {
    /// Looks up areas for whoever asks; `shown` is [`Self::shown_areas`].
    fn areas<'s>(&'s self, shown: &'s (dyn Fn(&LayerView, u64) + Sync)) -> AreaFinder<'s, S> {
        let Site { store, catalog, units, .. } = &**self;
        AreaFinder { store, catalog, units, caller: self.caller(), shown }
    }

    /// Puts on record what areas are made of.
    fn shown_areas(&self) -> impl Fn(&LayerView, u64) + Sync {
        let shown = self.shown().clone();
        move |view, features| {
            shown.note(view);
            if features > 0 {
                shown.more_features(features);
            }
        }
    }
}

/// Sets a flag when it goes: whoever works for the answer stops.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits for an answer as long as it may take. `work` is given the flag that says when to stop.
async fn in_time<T, F: Future<Output = Result<T, Problem>>>(
    work: impl FnOnce(Arc<AtomicBool>) -> F,
) -> Result<T, Problem> {
    let stop = Arc::new(AtomicBool::new(false));
    let _guard = StopOnDrop(stop.clone());
    let answer = tokio::time::timeout(TIME_MAX, work(stop)).await;
    answer.unwrap_or_else(|_| {
        Err(Problem::unprocessable(format!(
            "the answer takes more than {} s; ask for a smaller area or its parts, or for fewer groups",
            TIME_MAX.as_secs()
        )))
    })
}

/// A request's body as it came.
pub type Body = Result<Bytes, BytesRejection>;

/// An area as answers describe it: what it is, how large, where.
fn describe(found: &FoundArea) -> Json {
    let b = found.area.bounds();
    // What is cut off because it lies far from Vietnam lies nowhere.
    let lies = found.area.area_m2() > 0.0;
    // The plane is turned against the degrees, more the farther from its meridian: each of its corners may be the outermost.
    let corners = [(b.min_x, b.min_y), (b.max_x, b.max_y), (b.min_x, b.max_y), (b.max_x, b.min_y)]
        .map(|(x, y)| Plane::measuring().to_lonlat(x, y));
    let outer = |axis: usize, take: fn(f64, f64) -> f64| {
        corners.iter().map(|p| p[axis]).reduce(take).unwrap_or_default()
    };
    let [west, south] = [0, 1].map(|axis| (outer(axis, f64::min) * 1e7).floor() / 1e7);
    let [east, north] = [0, 1].map(|axis| (outer(axis, f64::max) * 1e7).ceil() / 1e7);
    let mut answer = json!({
        "area_ha": found.area.area_m2() / 1e4,
        "bbox": lies.then_some([west, south, east, north]),
        "unit": found.unit.as_ref().map(units::brief),
    });
    for note in &found.notes {
        if let AreaNote::Covering(communes) = note {
            let one = |(unit, share): &(crate::units::Unit, Share)| {
                let share = if *share == Share::Whole { WHOLE } else { "part of it, share unknown" };
                json!({ "unit": units::brief(unit), "lies_in_the_area_asked_for": share })
            };
            answer["boundary"] = "unknown".into();
            answer["stands_for_it"] = communes.iter().map(one).collect::<Vec<_>>().into();
        }
    }
    answer
}

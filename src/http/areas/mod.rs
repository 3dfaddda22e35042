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
pub use report::{PARAMETERS as REPORT_PARAMETERS, report};
pub use sent::{AREA_CRS, FILES_AT_ONCE};
pub use statistics::{MEMBERS as STATISTICS_MEMBERS, PARAMETERS as STATISTICS_PARAMETERS, statistics};

use super::{Problem, SeenSite, address::without_form, units};
use crate::{
    area::draw,
    crs::Plane,
    store::{
        FeatureStore,
        areas::{AreaFinder, AreaNote, FoundArea},
    },
    units::Share,
};
use axum::{body::Bytes, extract::rejection::BytesRejection};
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

impl<S: FeatureStore> SeenSite<S> {
    /// Looks up areas for whoever asks.
    fn areas(&self) -> AreaFinder<'_, S> {
        AreaFinder { store: &self.store, catalog: &self.catalog, units: &self.units, caller: self.caller() }
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
    let corners = [(b.min_x, b.min_y), (b.max_x, b.max_y)].map(|(x, y)| Plane::measuring().to_lonlat(x, y));
    let [[west, south], [east, north]] = corners.map(|p| p.map(|v| (v * 1e7).round() / 1e7));
    let mut answer = json!({
        "area_ha": found.area.area_m2() / 1e4,
        "bbox": lies.then_some([west, south, east, north]),
        "unit": found.unit.as_ref().map(units::brief),
    });
    for note in &found.notes {
        if let AreaNote::Covering(communes) = note {
            let one = |(unit, share): &(crate::units::Unit, Share)| {
                let share = if *share == Share::Whole { "whole of it" } else { "part of it, share unknown" };
                json!({ "unit": units::brief(unit), "lies_in_the_area_asked_for": share })
            };
            answer["boundary"] = "unknown".into();
            answer["stands_for_it"] = communes.iter().map(one).collect::<Vec<_>>().into();
        }
    }
    answer
}

/// A note in both languages.
pub fn note(vi: impl Into<String>, en: impl Into<String>) -> Json {
    json!({ "vi": vi.into(), "en": en.into() })
}

/// What must be said about an area.
fn notes_of(found: &FoundArea) -> Vec<Json> {
    found.notes.iter().map(|n| words(n, found)).collect()
}

fn words(about: &AreaNote, found: &FoundArea) -> Json {
    match about {
        AreaNote::Repaired => note(
            "Hình vẽ tự cắt nên đã được sửa: phần được đường biên bao quanh số lẻ lần là bên trong.",
            "The drawing crossed itself and was repaired: what its rings go round an odd number of times is inside.",
        ),
        AreaNote::Outside => note(
            "Vùng nằm ngoài tỉnh nên các số liệu bằng không.",
            "The area lies outside the province, so the figures are zero.",
        ),
        AreaNote::Cut => {
            let [west, south, east, north] = draw::WINDOW;
            note(
                format!(
                    "Vùng rộng hơn phạm vi dùng được của mặt phẳng EPSG:9210 (kinh độ {west} đến {east}, vĩ độ \
                     {south} đến {north}) nên đã bị cắt theo phạm vi đó; diện tích và số liệu là của phần còn lại."
                ),
                format!(
                    "The area is wider than the window in which the plane of EPSG:9210 holds (longitude {west} to \
                     {east}, latitude {south} to {north}) and was cut to it; its size and the figures are those of \
                     what is left."
                ),
            )
        }
        AreaNote::NoArea => note(
            "Hình vẽ không có diện tích (không có bề rộng) nên các số liệu bằng không; hãy vẽ một vùng khép kín, \
             hoặc ghi `buffer:MÉT:` trước hình để hỏi những gì nằm quanh nó.",
            "The drawing has no area (it has no width), so the figures are zero; draw a closed area, or put \
             `buffer:METRES:` before it to ask for what lies around it.",
        ),
        AreaNote::Vanished => note(
            "Thu hẹp hoặc mở rộng như vậy không còn lại gì của vùng nên các số liệu bằng không; hãy ghi số mét nhỏ hơn.",
            "Nothing is left of the area so far behind its border, so the figures are zero; ask with fewer metres.",
        ),
        AreaNote::Missing(units) => {
            let names =
                units.iter().map(|u| format!("{} ({})", u.name, u.code)).collect::<Vec<_>>().join(", ");
            note(
                format!("Chưa có ranh giới của {names}; không tính phần này."),
                format!("There is no boundary of {names}; it is left out."),
            )
        }
        AreaNote::Covering(communes) => {
            let name = found.unit.map_or("", |u| u.name);
            let list = |wanted| {
                let named = communes.iter().filter(|(_, share)| *share == wanted).map(|(u, _)| u.name);
                named.collect::<Vec<_>>().join(", ")
            };
            let (whole, part) = (list(Share::Whole), list(Share::Part));
            note(
                format!(
                    "Chưa có ranh giới cũ của {name}. Số liệu là của các đơn vị mới đã nhận đất của đơn vị này: \
                     toàn bộ thuộc {name}: [{whole}]; chỉ một phần thuộc {name}, tỷ lệ chưa rõ: [{part}]."
                ),
                format!(
                    "There is no former boundary of {name}. The figures are those of the present communes that took \
                     its ground: whole of them in {name}: [{whole}]; part of them in {name}, share unknown: [{part}]."
                ),
            )
        }
    }
}

//! Changes as the text of events, each made once for all who see the same of it.
//!
//! Must not know who listens.

use crate::{
    layer::LayerView,
    store::snapshot::{LayerChange, SeenChange, touched_tiles},
};
use axum::body::Bytes;
use serde_json::json;
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Mutex, PoisonError},
};
use time::{OffsetDateTime, format_description::FormatItem, macros::format_description};

/// Changes whose texts are kept for those who have not been told yet.
const KEPT: usize = 64;
/// A moment of UTC to the millisecond.
const MOMENT: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Texts of the newest changes.
#[derive(Debug, Default)]
pub struct Told(Mutex<VecDeque<Texts>>);

/// What those who see different rows are told of one change.
#[derive(Debug)]
struct Texts {
    change: u64,
    /// By the rows that are seen; nothing where nothing is seen of it.
    of: Vec<(String, Option<Bytes>)>,
}

impl Told {
    /// What a view of its layer is told of a change; `None` where it sees nothing of it.
    pub fn text(&self, change: &LayerChange, view: &LayerView) -> Option<Bytes> {
        let seen = view.rows_seen();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().rposition(|texts| texts.change == change.number);
        if let Some(place) = place
            && let Some((_, text)) = kept[place].of.iter().find(|(rows, _)| *rows == seen)
        {
            return text.clone();
        }
        let text = change.seen_by(view).map(|seen| event(change, &seen));
        let made = (seen, text.clone());
        match place {
            Some(place) => kept[place].of.push(made),
            None => {
                kept.push_back(Texts { change: change.number, of: vec![made] });
                if kept.len() > KEPT {
                    kept.pop_front();
                }
            }
        }
        text
    }
}

/// The event that tells of a change.
fn event(change: &LayerChange, seen: &SeenChange) -> Bytes {
    let moment = moment(change.at);
    let mut data = json!({ "layer": change.layer, "moment": moment });
    match seen {
        SeenChange::Boxes(boxes) => {
            let (deepest, tiles) = touched_tiles(boxes);
            let name = |tile: &crate::tile::TileCoord| format!("{}/{}/{}", tile.z(), tile.x(), tile.y());
            data["tiles"] = tiles.iter().map(name).collect();
            data["deepest"] = deepest.into();
        }
        SeenChange::Below(zoom) => data["below"] = (*zoom).into(),
        SeenChange::All => data["all"] = true.into(),
    }
    format!("id: {moment}\nevent: change\ndata: {data}\n\n").into()
}

/// The first event: of which layers will be told, and whether anything may have changed that was not told of.
pub fn hello(followed: &BTreeSet<String>, was_away: bool) -> Bytes {
    let moment = moment(OffsetDateTime::now_utc());
    let data = json!({ "layers": followed, "anew": was_away, "moment": moment });
    format!("retry: 3000\nid: {moment}\nevent: open\ndata: {data}\n\n").into()
}

/// Anything may have changed.
pub fn anew() -> Bytes {
    let moment = moment(OffsetDateTime::now_utc());
    let data = json!({ "moment": moment });
    format!("id: {moment}\nevent: anew\ndata: {data}\n\n").into()
}

fn moment(at: OffsetDateTime) -> String {
    at.format(MOMENT).unwrap_or_default()
}

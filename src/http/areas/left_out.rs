//! Layers that an answer leaves out because nothing can tell of them just now.

use super::{super::Problem, note};
use crate::{layer::LayerView, store::StoreError};
use serde_json::{Value as Json, json};

/// A layer that is left out.
pub struct LeftOut {
    /// Which, and why: `{layer, title, why}`, the texts as `{vi, en}`.
    pub layer: Json,
    /// The answer, if nothing else can be told.
    pub away: Problem,
}

impl LeftOut {
    /// A layer whose database or snapshot is away. Any other error concerns the whole answer.
    pub fn of(view: &LayerView, error: StoreError) -> Result<Self, Problem> {
        let why = match error {
            StoreError::Unavailable(_) => {
                note("Cơ sở dữ liệu đang không kết nối được.", "The database is away.")
            }
            StoreError::Busy => {
                note("Cơ sở dữ liệu đang quá bận.", "The database has too much to do just now.")
            }
            StoreError::NoSnapshot { .. } => note(
                "Lớp không có bản chụp đọc được, và không có cơ sở dữ liệu.",
                "It has no snapshot that can be read, and there is no database.",
            ),
            other => return Err(other.into()),
        };
        Ok(Self { layer: told(view, why), away: error.into() })
    }

    /// A layer that takes longer than may be; `away` tells the way round.
    pub fn too_slow(view: &LayerView, away: Problem) -> Self {
        let why = note("Quá thời gian cho phép.", "It took longer than the time limit.");
        Self { layer: told(view, why), away }
    }
}

fn told(view: &LayerView, why: Json) -> Json {
    let title = &view.layer().title;
    json!({ "layer": view.id(), "title": { "vi": title.vi, "en": title.en }, "why": why })
}

/// What is told of layers, and which are left out; where nothing can be told, why.
pub fn sort_out<T>(outcomes: Vec<Result<T, LeftOut>>) -> Result<(Vec<T>, Vec<Json>), Problem> {
    let (mut layers, mut left_out, mut away) = (Vec::new(), Vec::new(), None);
    for outcome in outcomes {
        match outcome {
            Ok(layer) => layers.push(layer),
            Err(left) => {
                left_out.push(left.layer);
                away = away.or(Some(left.away));
            }
        }
    }
    match away {
        Some(problem) if layers.is_empty() => Err(problem),
        _ => Ok((layers, left_out)),
    }
}

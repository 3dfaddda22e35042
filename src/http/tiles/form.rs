//! The forms of a tile: Mapbox Vector Tile, or MapLibre Tile made from it.

use super::super::{Problem, address::weights, parameters::Parameters, problem::shown};
use axum::http::{HeaderMap, HeaderValue, header};
use mlt_core::{encoder::EncoderConfig, mvt::mvt_to_tile_layers};

/// The media type of Mapbox Vector Tile.
pub const MVT: &str = "application/vnd.mapbox-vector-tile";
/// The media type of MapLibre Tile.
pub const MLT: &str = "application/vnd.maplibre-tile";
/// What MapLibre tiles were called at first, and still are by some clients.
const MLT_BEFORE: &str = "application/vnd.maplibre-vector-tile";

/// In which form a tile is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Mapbox Vector Tile 2.1.
    Mvt,
    /// MapLibre Tile 1.
    Mlt,
}

impl Form {
    /// As the parameter `f` names it.
    pub fn named(name: &str) -> Result<Self, Problem> {
        match name {
            "mvt" | "pbf" => Ok(Self::Mvt),
            "mlt" => Ok(Self::Mlt),
            other => Err(Problem::bad_request(format!(
                "f: {} is no form of a tile; mvt and mlt are",
                shown(other)
            ))),
        }
    }

    /// By the parameter `f`, else as the client accepts it.
    pub fn asked(parameters: &Parameters, headers: &HeaderMap) -> Result<Self, Problem> {
        parameters.value("f").map_or_else(|| Ok(Self::of(headers)), Self::named)
    }

    /// As the client accepts it; where it likes both equally or says nothing, MVT.
    pub fn of(headers: &HeaderMap) -> Self {
        let names_it = |v: &HeaderValue| v.as_bytes().windows(8).any(|w| w.eq_ignore_ascii_case(b"maplibre"));
        if !headers.get_all(header::ACCEPT).iter().any(names_it) {
            return Self::Mvt;
        }
        let asked = weights(headers, header::ACCEPT);
        let weight = |names: &[&str]| {
            asked.iter().filter(|(n, _)| names.contains(&n.as_str())).map(|(_, w)| *w).fold(0.0, f32::max)
        };
        if weight(&[MLT, MLT_BEFORE]) > weight(&[MVT]) { Self::Mlt } else { Self::Mvt }
    }

    /// As `Content-Type` has it.
    pub const fn header(self) -> HeaderValue {
        match self {
            Self::Mvt => HeaderValue::from_static(MVT),
            Self::Mlt => HeaderValue::from_static(MLT),
        }
    }

    /// As TileJSON and styles name it (MapLibre Style Specification: `encoding`).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mvt => "mvt",
            Self::Mlt => "mlt",
        }
    }

    /// A vector tile in this form.
    pub async fn of_mvt(self, bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
        if self == Self::Mvt || bytes.is_empty() {
            return Ok(bytes);
        }
        // Away from the workers that wait for input: it takes some times as long as the tile itself.
        tokio::task::spawn_blocking(move || to_mlt(&bytes)).await.map_err(Problem::internal)?
    }
}

fn to_mlt(mvt: &[u8]) -> Result<Vec<u8>, Problem> {
    // The features stay in their order: trying others costs more than it saves.
    let settings = EncoderConfig::default()
        .with_spatial_morton_sort(false)
        .with_spatial_hilbert_sort(false)
        .with_id_sort(false);
    let mut out = Vec::new();
    for layer in mvt_to_tile_layers(mvt).map_err(Problem::internal)? {
        out.extend(layer.encode(settings).map_err(Problem::internal)?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(accept: &str) -> Form {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap_or_else(|_| unreachable!()));
        Form::of(&headers)
    }

    #[test]
    fn the_client_chooses() {
        assert_eq!(of("*/*"), Form::Mvt);
        assert_eq!(of(MVT), Form::Mvt);
        assert_eq!(of(MLT), Form::Mlt);
        assert_eq!(of(MLT_BEFORE), Form::Mlt);
        assert_eq!(of(&format!("{MLT}, {MVT};q=0.5, */*;q=0.1")), Form::Mlt);
        assert_eq!(of(&format!("{MLT};q=0.5, {MVT}")), Form::Mvt);
        assert_eq!(of(&format!("{MLT};q=0")), Form::Mvt);
        assert!(Form::named("png").is_err());
    }
}

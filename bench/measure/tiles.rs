//! Tiles over HTTP.

use crate::{
    Outcome,
    vector_tile::{self, Layer},
};
use diaban::tile::{
    TileCoord,
    coord::{HALF_WORLD_M, lonlat_to_mercator},
};
use std::{io::Read, time::Duration};

/// A client that keeps its connection, and a layer's tiles.
pub struct Tiles {
    agent: ureq::Agent,
    url: String,
    layer: String,
    form: &'static str,
}

/// A tile as it came.
pub struct Answer {
    /// Bytes as sent, gzip.
    pub sent: usize,
    /// The same.
    pub body: Vec<u8>,
    /// Decompressed; empty if there is nothing in it.
    pub bytes: Vec<u8>,
    /// `ETag`.
    pub tag: String,
    /// `diaban-dropped`.
    pub dropped: String,
    /// `diaban-data-as-of`.
    pub as_of: String,
}

impl Tiles {
    pub fn new(url: &str, layer: &str) -> Self {
        Self::with_limit(url, layer, Duration::from_secs(120))
    }

    /// A tile that takes longer than `limit` is an error.
    pub fn with_limit(url: &str, layer: &str, limit: Duration) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(limit));
        Self { agent: config.build().into(), url: url.to_owned(), layer: layer.to_owned(), form: "mvt" }
    }

    /// Tiles of the form that `f` names.
    pub fn in_form(url: &str, layer: &str, form: &'static str) -> Self {
        Self { form, ..Self::new(url, layer) }
    }

    pub fn get(&self, tile: TileCoord) -> Outcome<Answer> {
        let mut url = format!("{}/tiles/{}/{}/{}/{}", self.url, self.layer, tile.z(), tile.x(), tile.y());
        if self.form != "mvt" {
            url += &format!("?f={}", self.form);
        }
        let mut response = self.agent.get(&url).header("Accept-Encoding", "gzip").call()?;
        let status = response.status().as_u16();
        if status != 200 && status != 204 {
            return Err(format!("{url}: {status}").into());
        }
        let header = |name: &str| {
            response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
        };
        let (tag, dropped, as_of) = (header("etag"), header("diaban-dropped"), header("diaban-data-as-of"));
        // As sent: the size counts.
        let mut body = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut body)?;
        let mut bytes = Vec::new();
        if body.starts_with(&[0x1f, 0x8b]) {
            flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut bytes)?;
        } else {
            bytes.clone_from(&body);
        }
        Ok(Answer { sent: body.len(), body, bytes, tag, dropped, as_of })
    }

    /// The layer in a tile, if anything of it is there.
    pub fn layer(&self, tile: TileCoord) -> Outcome<Option<Layer>> {
        Ok(vector_tile::decode(&self.get(tile)?.bytes).pop())
    }

    /// West, south, east, north of the layer, degrees.
    pub fn extent(&self) -> Outcome<[f64; 4]> {
        let url = format!("{}/tiles/{}", self.url, self.layer);
        let text = self.agent.get(&url).call()?.body_mut().read_to_string()?;
        let json: serde_json::Value = serde_json::from_str(&text)?;
        let bounds: Option<Vec<f64>> =
            json["bounds"].as_array().map(|b| b.iter().filter_map(serde_json::Value::as_f64).collect());
        bounds.and_then(|b| b.try_into().ok()).ok_or_else(|| "the TileJSON has no bounds".into())
    }

    /// A number of `/metrics`.
    pub fn metric(&self, name: &str) -> Outcome<f64> {
        let text = self.agent.get(format!("{}/metrics", self.url)).call()?.body_mut().read_to_string()?;
        let line = text.lines().find(|l| l.starts_with(name)).ok_or("no such metric")?;
        Ok(line.rsplit(' ').next().unwrap_or_default().parse()?)
    }
}

/// The tile that a place lies in.
pub fn tile_at(lon: f64, lat: f64, zoom: u8) -> TileCoord {
    let (x, y) = lonlat_to_mercator(lon, lat);
    let count = f64::from(1u32 << zoom);
    let cell = |metres: f64| ((metres / (2.0 * HALF_WORLD_M) + 0.5) * count).clamp(0.0, count - 1.0) as u32;
    TileCoord::new(zoom, cell(x), cell(-y)).unwrap_or_else(|| unreachable!())
}

/// All tiles of a zoom that a box of degrees meets.
pub fn tiles_of([west, south, east, north]: [f64; 4], zoom: u8) -> Vec<TileCoord> {
    let (first, last) = (tile_at(west, north, zoom), tile_at(east, south, zoom));
    let columns = first.x()..=last.x();
    columns.flat_map(|x| (first.y()..=last.y()).filter_map(move |y| TileCoord::new(zoom, x, y))).collect()
}

/// The value below which `share` of all lie.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(((sorted.len() as f64 * share).ceil() as usize).clamp(1, last + 1) - 1)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Numbers that look random and are the same on each run (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// From 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From `low` up to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        (high - low).mul_add(self.unit(), low)
    }
}

//! A map from elsewhere that lies under the layers: what its TileJSON file says, as styles and pages take it.
//!
//! Must not know the layers. Where the settings name none, no page asks anybody but this server.

use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::{fs, path::Path};

/// Its source and its drawing in a style.
const ID: &str = "base_map";
/// Pixels of a side, where the file does not say: what nearly all such tiles have.
const TILE_PIXELS: u32 = 256;

/// Tiles of pictures, as TileJSON 3.0 tells of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BaseMap {
    /// Addresses with `{z}`, `{x}` and `{y}`.
    tiles: Vec<String>,
    /// Who has to be named; it may be HTML, and is shown as text.
    #[serde(default)]
    attribution: String,
    #[serde(default)]
    minzoom: u8,
    #[serde(default = "deepest")]
    maxzoom: u8,
    #[serde(default = "side", rename = "tileSize")]
    tile_size: u32,
}

const fn deepest() -> u8 {
    19
}

const fn side() -> u32 {
    TILE_PIXELS
}

impl BaseMap {
    /// That of a file. The error says what is wrong with it, to whoever has written the setting.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
        let map: Self = serde_json::from_str(&text)
            .map_err(|error| format!("it is no TileJSON with `tiles`: {error}"))?;
        let wrong = map.tiles.iter().find(|tiles| origin(tiles).is_none());
        match (wrong, map.tiles.is_empty()) {
            (None, false) => Ok(map),
            (None, true) => Err("its list `tiles` is empty".to_owned()),
            (Some(tiles), _) => Err(format!(
                "`{tiles}` is no address of tiles; one is https://tiles.example.vn/{{z}}/{{x}}/{{y}}.png"
            )),
        }
    }

    /// Whom a page asks for it: scheme, host and port of its tiles.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.tiles.iter().filter_map(|tiles| origin(tiles))
    }

    /// Lays it under everything else of a style, above its background.
    pub fn put_under(&self, style: &mut Json) {
        let source = json!({
            "type": "raster", "tiles": self.tiles, "attribution": self.attribution, "minzoom": self.minzoom,
            "maxzoom": self.maxzoom, "tileSize": self.tile_size,
        });
        let sources = style.as_object_mut().map(|style| style.entry("sources").or_insert_with(|| json!({})));
        // Whoever wrote another thing there reads of it in the browser.
        let Some(sources) = sources.and_then(Json::as_object_mut) else { return };
        sources.insert(ID.to_owned(), source);
        if let Some(layers) = style.get_mut("layers").and_then(Json::as_array_mut) {
            let at = layers.iter().position(|layer| layer["type"] != "background").unwrap_or(layers.len());
            layers.insert(at, json!({ "id": ID, "type": "raster", "source": ID }));
        }
    }
}

/// Scheme, host and port of an address of tiles; `None` where it is none, or could widen a policy.
fn origin(tiles: &str) -> Option<&str> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| tiles.starts_with(scheme))?;
    let host = tiles[scheme.len()..].split('/').next()?;
    let is_host =
        !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]_".contains(&b));
    let whole = ["{z}", "{x}", "{y}"].iter().all(|part| tiles.contains(part));
    (is_host && whole).then(|| &tiles[..scheme.len() + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_whose_sources_are_no_object_is_left_as_it_is() {
        let map = BaseMap {
            tiles: vec!["https://x.vn/{z}/{x}/{y}.png".to_owned()],
            attribution: String::new(),
            minzoom: 0,
            maxzoom: deepest(),
            tile_size: side(),
        };
        let broken = json!({ "sources": [], "layers": [] });
        let mut style = broken.clone();
        map.put_under(&mut style);
        assert_eq!(style, broken);
        style = json!({ "layers": [] });
        map.put_under(&mut style);
        assert_eq!(style["sources"][ID]["type"], "raster");
        assert_eq!(style["layers"][0]["source"], ID);
    }
}

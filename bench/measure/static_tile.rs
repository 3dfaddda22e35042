//! The bytes of tiles out of memory: as fast as the HTTP library can answer them.

use crate::{
    Outcome,
    tiles::{Answer, Random, Tiles, tile_at},
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use diaban::tile::TileCoord;
use std::sync::Arc;

const ZOOM: u8 = 15;
/// West, south, east, north of the load (`bench/tiles.lua`).
const AREA: [f64; 4] = [105.62, 10.42, 106.68, 10.98];

/// One body and its tag.
#[derive(Clone)]
struct Fixed {
    body: Bytes,
    tag: HeaderValue,
}

/// What is answered to whom.
struct Shelf {
    /// Column and row of the first.
    first: [u32; 2],
    rows: u32,
    /// Column by column. If there is one alone, it is the answer to all.
    tiles: Vec<Fixed>,
}

/// `each`: every tile of the load by its own bytes. `one`: a tile of their average size for all.
pub fn run(address: &str, url: &str, which: &str) -> Outcome<()> {
    let tiles = Tiles::new(url, "parcels");
    let shelf = match which {
        "each" => every(&tiles)?,
        "one" => Shelf { first: [0, 0], rows: 1, tiles: vec![fixed(typical(&tiles)?)?] },
        other => return Err(format!("{other}: each or one").into()),
    };
    serve(address, shelf)
}

fn fixed(answer: Answer) -> Outcome<Fixed> {
    Ok(Fixed { body: Bytes::from(answer.body), tag: HeaderValue::try_from(answer.tag)? })
}

fn every(tiles: &Tiles) -> Outcome<Shelf> {
    let [west, south, east, north] = AREA;
    let (low, high) = (tile_at(west, north, ZOOM), tile_at(east, south, ZOOM));
    let mut all = Vec::new();
    for x in low.x()..=high.x() {
        for y in low.y()..=high.y() {
            let tile = TileCoord::new(ZOOM, x, y).ok_or("no such tile")?;
            all.push(fixed(tiles.get(tile)?)?);
        }
    }
    Ok(Shelf { first: [low.x(), low.y()], rows: high.y() - low.y() + 1, tiles: all })
}

/// The one whose size is nearest to what the load's tiles have on average.
fn typical(tiles: &Tiles) -> Outcome<Answer> {
    let mut random = Random(5);
    let mut answers = Vec::new();
    for _ in 0..300 {
        let place = (random.between(AREA[0], AREA[2]), random.between(AREA[1], AREA[3]));
        answers.push(tiles.get(tile_at(place.0, place.1, ZOOM))?);
    }
    let mean = answers.iter().map(|a| a.sent).sum::<usize>() / answers.len();
    answers.into_iter().min_by_key(|a| a.sent.abs_diff(mean)).ok_or("no tiles".into())
}

impl Shelf {
    /// By column and row at the end of the path, without anything that costs more.
    fn at(&self, path: &str) -> Option<&Fixed> {
        if let [only] = &self.tiles[..] {
            return Some(only);
        }
        let mut last = path.rsplit('/');
        let (y, x): (u32, u32) = (last.next()?.parse().ok()?, last.next()?.parse().ok()?);
        let place = x.checked_sub(self.first[0])? * self.rows + y.checked_sub(self.first[1])?;
        self.tiles.get(place as usize)
    }
}

async fn tile(State(shelf): State<Arc<Shelf>>, uri: Uri) -> Response {
    let Some(found) = shelf.at(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    if found.body.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut response: Response = Body::from(found.body.clone()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, found.tag.clone());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.mapbox-vector-tile"));
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

#[tokio::main]
async fn serve(address: &str, shelf: Shelf) -> Outcome<()> {
    let routes = Router::new().route("/tiles/{layers}/{z}/{x}/{y}", get(tile)).with_state(Arc::new(shelf));
    let listener = tokio::net::TcpListener::bind(address).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, routes).await?;
    Ok(())
}

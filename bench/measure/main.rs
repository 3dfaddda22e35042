//! What `bench/run` measures itself: reads tiles of a running server and judges them.
//!
//! ```text
//! measure low-zoom URL LAYER          time and size of every tile z0-z11 of the layer's extent
//! measure truth    URL LAYER CLASS    share of each class in the tiles z8-z11; DATABASE_URL has the truth
//! measure validity URL LAYER          random tiles z6-z16 through GEOS, and seams of neighbours
//! measure coverage URL LAYER          tiles z5-z11 of a coverage: gaps and overlaps
//! measure live     URL LAYER TABLE    edits of a table of DATABASE_URL until they are in their tiles
//! measure maps     URL PID TABLE      a thousand open maps: memory, idle processor, time to the last one
//! measure forms    URL LAYER          size and time of MapLibre tiles beside Mapbox vector tiles
//! measure search   URL                time of searches of names and codes of each layer
//! measure tcvn3    FILE.dbf           a table's texts written anew in TCVN3
//! measure static   ADDR URL           answers the tile at URL out of memory, as axum does
//! measure hostile  URL LOG [SEED]     thousands of hostile requests; LOG is the server's
//! measure under-load ...              what bench/faults asks of many clients at once
//! measure faults   ...                what bench/faults does to servers, publishers and databases
//! ```

mod coverage;
mod faults;
mod forms;
mod hostile;
mod legacy;
mod live;
mod low_zoom;
mod maps;
mod search;
mod static_tile;
mod tiles;
mod truth;
mod validity;
#[allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[path = "../../tests/support/vector_tile.rs"]
mod vector_tile;

/// What a measurement may fail with: it is shown and ends the run.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["low-zoom", url, layer] => low_zoom::run(url, layer),
        ["truth", url, layer, class] => truth::run(url, layer, class),
        ["validity", url, layer] => validity::run(url, layer),
        ["coverage", url, layer] => coverage::run(url, layer),
        ["live", url, layer, table] => live::run(url, layer, table),
        ["maps", url, pid, table] => maps::run(url, pid, table),
        ["forms", url, layer] => forms::run(url, layer),
        ["search", url] => search::run(url),
        ["tcvn3", dbf] => legacy::run(dbf),
        ["hostile", words @ ..] => hostile::run(words),
        ["under-load", words @ ..] => faults::under_load(words),
        ["faults", words @ ..] => faults::run(words),
        ["static", address, url, which] => static_tile::run(address, url, which),
        _ => {
            Err("measure low-zoom|truth|validity|coverage|live|maps|forms|search|tcvn3|static|hostile|under-load|faults: bench/run, bench/hostile and bench/faults say what each needs".into())
        }
    }
}

//! OGC API Tiles (OGC 20-057): the tilesets of one layer (`/collections/{layer}/tiles`) and of
//! all together (`/map/tiles`), their tiles, and the tile matrix set. The tiles are those of
//! `/tiles/{layers}`; here they are asked for by row and column, and only within the limits.

mod limits;
pub mod matrix_set;
mod metadata;

use super::{
    Problem, SeenSite, Site,
    as_of::DataAsOf,
    items::link,
    page::{Document, PageMap},
    parameters::{Parameters, Path},
    problem::shown,
    representation::{DOCUMENT, Languages, Representation},
    tiles::{self, Form, Tileset},
};
use crate::{layer::LayerView, store::FeatureStore};
use axum::{
    extract::State,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use limits::Limits;
use metadata::Described;
use serde_json::json;
use std::sync::Arc;

/// The parameters of a tile.
const TILE: [&str; 5] = ["f", "properties", "filter", "filter-lang", "filter-crs"];

/// Whose tilesets are asked for.
enum Of {
    Layer(String),
    All,
}

impl Of {
    fn views<S: FeatureStore>(&self, site: &SeenSite<S>) -> Result<Vec<LayerView>, Problem> {
        match self {
            Self::Layer(id) => Ok(vec![site.view(id)?]),
            Self::All => Ok(site.all_views()),
        }
    }

    fn path(&self) -> String {
        match self {
            Self::Layer(id) => format!("/collections/{id}/tiles"),
            Self::All => "/map/tiles".to_owned(),
        }
    }

    fn title(&self, views: &[LayerView], languages: Languages) -> String {
        match (self, views) {
            (Self::Layer(_), [view]) => languages.text(&view.layer().title),
            _ => languages.pick("Tất cả các lớp", "All layers", "Tất cả các lớp / All layers").to_owned(),
        }
    }
}

/// `GET /collections/{layer}/tiles` (OGC 20-057, 12: geodata tilesets).
pub async fn layer_tilesets<S: FeatureStore>(
    site: SeenSite<S>,
    Path(layer): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list(&site, &Of::Layer(layer), &uri, &headers).await
}

/// `GET /map/tiles` (OGC 20-057, 11: dataset tilesets).
pub async fn all_tilesets<S: FeatureStore>(
    site: SeenSite<S>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    list(&site, &Of::All, &uri, &headers).await
}

/// `GET /collections/{layer}/tiles/{tileMatrixSetId}`.
pub async fn layer_tileset<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, set)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    one(&site, &Of::Layer(layer), &set, &uri, &headers).await
}

/// `GET /map/tiles/{tileMatrixSetId}`.
pub async fn all_tileset<S: FeatureStore>(
    site: SeenSite<S>,
    Path(set): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    one(&site, &Of::All, &set, &uri, &headers).await
}

/// `GET /collections/{layer}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`.
pub async fn layer_tile<S: FeatureStore>(
    site: SeenSite<S>,
    Path((layer, set, matrix, row, col)): Path<(String, String, String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    tile(&site, &Of::Layer(layer), [&set, &matrix, &row, &col], &uri, &headers).await
}

/// `GET /map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`.
pub async fn all_tile<S: FeatureStore>(
    site: SeenSite<S>,
    Path((set, matrix, row, col)): Path<(String, String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    tile(&site, &Of::All, [&set, &matrix, &row, &col], &uri, &headers).await
}

/// `GET /tileMatrixSets`.
pub async fn matrix_sets<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let representation = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let base = site.base_url(&headers)?;
    let own = format!("{base}/tileMatrixSets");
    let set = format!("{own}/{}", matrix_set::ID);
    let body = json!({
        "links": [
            link(&own, "self", "application/json"),
            link(&format!("{own}?f=html"), "alternate", "text/html"),
        ],
        "tileMatrixSets": [{
            "id": matrix_set::ID,
            "title": matrix_set::definition()["title"],
            "uri": matrix_set::URI,
            "crs": matrix_set::PLANE,
            "links": [link(&set, "self", "application/json")],
        }],
    });
    let title =
        representation.languages.pick("Bộ lưới ô", "Tile matrix sets", "Bộ lưới ô / Tile matrix sets");
    Ok(Document::new(title, "/tileMatrixSets", body).answer(&representation, &site))
}

/// `GET /tileMatrixSets/{tileMatrixSetId}`.
pub async fn matrix_set<S: FeatureStore>(
    State(site): State<Arc<Site<S>>>,
    Path(set): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    known(&set)?;
    let representation = Representation::of(&Parameters::strict(&uri, &DOCUMENT)?, &headers)?;
    let own = format!("{}/tileMatrixSets/{set}", site.base_url(&headers)?);
    let mut body = matrix_set::definition();
    body["links"] = json!([
        link(&own, "self", "application/json"),
        link(&format!("{own}?f=html"), "alternate", "text/html"),
    ]);
    let path = format!("/tileMatrixSets/{set}");
    Ok(Document::new(&set, &path, body).answer(&representation, &site))
}

fn known(set: &str) -> Result<(), Problem> {
    match set == matrix_set::ID {
        true => Ok(()),
        false => Err(Problem::not_found(format!(
            "there is no tile matrix set {}; {} is the one that tiles are cut by",
            shown(set),
            matrix_set::ID
        ))),
    }
}

async fn list<S: FeatureStore>(
    site: &SeenSite<S>,
    of: &Of,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let views = of.views(site)?;
    let representation = Representation::of(&Parameters::strict(uri, &DOCUMENT)?, headers)?;
    let base = site.base_url(headers)?;
    let described = describe(site, of, &views, &base, representation.languages).await?;
    let own = format!("{base}{}", of.path());
    let body = json!({
        "title": described.title,
        "links": [
            link(&own, "self", "application/json"),
            link(&format!("{own}?f=html"), "alternate", "text/html"),
        ],
        "tilesets": [described.item()],
    });
    let document = Document::new(&described.title, &of.path(), body).with_map(map(&views, &described));
    Ok((DataAsOf::of(site, &views), document.answer(&representation, site)).into_response())
}

async fn one<S: FeatureStore>(
    site: &SeenSite<S>,
    of: &Of,
    set: &str,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let views = of.views(site)?;
    known(set)?;
    let representation = Representation::of(&Parameters::strict(uri, &DOCUMENT)?, headers)?;
    let base = site.base_url(headers)?;
    let described = describe(site, of, &views, &base, representation.languages).await?;
    let path = format!("{}/{set}", of.path());
    let document =
        Document::new(&described.title, &path, described.whole()).with_map(map(&views, &described));
    Ok((DataAsOf::of(site, &views), document.answer(&representation, site)).into_response())
}

async fn describe<'d, S: FeatureStore>(
    site: &Site<S>,
    of: &Of,
    views: &'d [LayerView],
    base: &'d str,
    languages: Languages,
) -> Result<Described<'d>, Problem> {
    let limits = Limits::of(site, views).await?;
    let title = of.title(views, languages);
    Ok(Described { base, path: of.path(), title, views, limits, languages })
}

fn map(views: &[LayerView], described: &Described<'_>) -> PageMap {
    let bounds = described.limits.map(|limits| limits.bbox.to_array());
    PageMap { layers: views.iter().map(|v| v.id().to_owned()).collect(), bounds, features: None }
}

/// A tile, if it is within the limits.
async fn tile<S: FeatureStore>(
    site: &SeenSite<S>,
    of: &Of,
    [set, matrix, row, col]: [&str; 4],
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let whole = match of {
        Of::Layer(id) => site.tileset(site.view(id)?.id())?,
        Of::All => site.tileset_of_all(),
    };
    known(set)?;
    let coord = tiles::coordinate([("tileMatrix", matrix), ("tileCol", col), ("tileRow", row)])?;
    let parameters = Parameters::strict(uri, &TILE)?;
    let form = Form::asked(&parameters, headers)?;
    let outside = || {
        let (z, x, y) = (coord.z(), coord.x(), coord.y());
        Problem::not_found(format!(
            "there is no tile in row {y}, column {x} of {z}; {}/{set} lists what there is",
            of.path()
        ))
    };
    Limits::of(site, &whole.views).await?.filter(|limits| limits.hold(coord)).ok_or_else(outside)?;
    let tileset = match parameters.value("properties") {
        None => whole,
        Some(properties) => Arc::new(Tileset::with(whole.views.clone(), properties)?),
    };
    let tileset = tileset.filtered(&parameters)?;
    tiles::answer_tile(site, &tileset, coord, form, headers).await
}

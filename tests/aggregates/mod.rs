//! Counts and sums by commune of what is not public: what is told, and that it gives nothing away.

mod answers;
mod attack;
mod days;
mod layer_file;
mod record;
mod sums_attack;

use crate::support::{TestDatabase, layer, served::Served};
use diaban::{
    http::{Site, router},
    layer::{AccessClass, AggregateView, Caller, Catalog, LayerDefinition},
    store::postgis::PostgisStore,
    units::{Era, Level, Units},
};
use std::sync::Arc;

/// Farms that nobody but the restricted class knows of; what is told of them to anyone.
const FARM: &str = r#"
    id = "farm"
    title = { vi = "Trang trại", en = "Farms" }
    group = "agriculture"
    agency = "sonnmt"
    item = "1.1.15"
    geometry = ["Point"]
    key = ["code"]
    access = "restricted"
    zoom = { min = 6, max = 18 }
    generalise = { rule = "cluster" }
    aggregates = { sum = ["heads", "pond_ha"] }
    attributes = [
        { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
        { name = "heads", type = "integer", min = 0, extensive = true, title = { vi = "Số con", en = "Head count" } },
        { name = "pond_ha", type = "number", min = 0, unit = "ha", extensive = true, title = { vi = "Ao", en = "Ponds" } },
        { name = "commune_code", type = "text", title = { vi = "Mã xã", en = "Commune code" } },
        { name = "access_class", type = "text", title = { vi = "Mức", en = "Class" } },
    ]
"#;

/// A layer of that text in which another class sees what is not closed row by row.
fn farm(access: AccessClass) -> LayerDefinition {
    layer(&FARM.replace("\"restricted\"", &format!("\"{}\"", access.as_str())))
}

fn view(definition: LayerDefinition) -> AggregateView {
    let id = definition.id.clone();
    Catalog::new(vec![definition], Default::default()).aggregate_view(&id).unwrap()
}

/// Codes of the communes of today, in their order.
fn communes() -> Vec<&'static str> {
    let units = Units::default();
    let today = units.all().iter().filter(|unit| unit.level == Level::Commune && unit.era == Era::Since);
    let mut codes: Vec<_> = today.map(|unit| unit.code).collect();
    codes.sort_unstable();
    codes
}

/// SQL that puts so many farms of a class into a commune, each with so many heads.
fn farms(commune: &str, class: &str, count: u32, heads: u32) -> String {
    format!(
        "INSERT INTO gis.farm (code, heads, pond_ha, commune_code, access_class, geom) \
         SELECT '{commune} {class} ' || i, {heads}, 0.1, '{commune}', NULLIF('{class}', ''), \
         'SRID=4326;POINT(106.4 10.6)' FROM generate_series(1, {count}) AS i;"
    )
}

/// A site whose layer of farms has this access and these rows, as someone of the class sees it.
async fn site(access: AccessClass, rows: &str, class: AccessClass) -> Served {
    let catalog = Catalog::new(vec![farm(access)], Default::default());
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(rows).await;
    let store = PostgisStore::new(database.database());
    let site = Site::new(store, Arc::new(catalog), Caller::anonymous(class));
    Served { database, router: router(Arc::new(site)) }
}

//! Figures stand for a day: an edit does not show in the difference of two questions about it.

use super::{FARM, communes, farms, site};
use crate::support::{TestDatabase, layer};
use diaban::{
    layer::{AccessClass, Catalog},
    store::{FeatureStore, LiveStore, StoreError, postgis::PostgisStore},
};
use time::{OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc3339};

const LONG_AGO: &str = "UPDATE diaban.change SET changed_at = now() - interval '3 days'";

#[tokio::test]
async fn an_edit_shows_in_the_figures_of_the_next_day_and_on_every_server_alike() {
    let codes = communes();
    let rows: String = codes[..4].iter().map(|code| farms(code, "", 8, 7)).collect();
    let site = site(AccessClass::Restricted, &format!("{rows}{LONG_AGO}"), AccessClass::Open).await;
    site.database.execute(&farms(codes[0], "", 1, 9000).replace(" ' || i", " new ' || i")).await;
    site.database
        .execute(
            "UPDATE gis.farm SET heads = 8 WHERE code LIKE '%8'; DELETE FROM gis.farm WHERE code LIKE '%7'",
        )
        .await;
    let told = site.json("/aggregates/farm").await;
    let now = OffsetDateTime::now_utc().to_offset(UtcOffset::from_hms(7, 0, 0).unwrap());
    assert_eq!(told["as_of"], now.replace_time(Time::MIDNIGHT).format(&Rfc3339).unwrap());
    assert_eq!(
        (told["total"]["count"].as_u64(), told["total"]["sums"]["heads"].as_u64()),
        (Some(32), Some(32 * 7))
    );
    // Another server, which has counted nothing yet.
    let other = crate::support::served::site(
        &site.database,
        Catalog::new(vec![layer(FARM)], Default::default()),
        AccessClass::Open,
    );
    let other = crate::support::served::Served { database: TestDatabase::bare(), router: other };
    assert_eq!(other.json("/aggregates/farm").await, told);
    site.database.execute(LONG_AGO).await;
    assert_eq!(
        site.json("/aggregates/farm").await,
        told,
        "what was told stands, whatever becomes of the log"
    );
}

#[tokio::test]
async fn on_the_day_of_its_first_load_a_layer_is_counted_at_the_first_question() {
    let codes = communes();
    let site = site(AccessClass::Restricted, "", AccessClass::Open).await;
    assert_eq!(site.json("/aggregates/farm").await["total"]["count"], 0);
    let rows: String = codes[..4].iter().map(|code| farms(code, "", 8, 7)).collect();
    site.database.execute(&rows).await;
    assert_eq!(site.json("/aggregates/farm").await["total"]["count"], 32, "an empty layer is looked at anew");
    site.database.execute(&farms(codes[5], "", 1, 7)).await;
    assert_eq!(site.json("/aggregates/farm").await["total"]["count"], 32);
}

#[tokio::test]
async fn without_a_database_there_are_no_figures() {
    let catalog = Catalog::new(vec![layer(FARM)], Default::default());
    let view = catalog.aggregate_view("farm").unwrap();
    let alone = LiveStore::new(None, None);
    assert!(matches!(alone.aggregates(&view, None).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn an_agencys_own_table_is_counted_by_its_own_columns() {
    let text = FARM.replace(
        "attributes = [",
        "table = { schema = \"public\", name = \"farms\", geometry = \"shape\", id = \"gid\", srid = 9210 }\n    attributes = [",
    );
    let text = text.replace("name = \"commune_code\",", "name = \"commune_code\", column = \"XA\",");
    let catalog = Catalog::new(vec![layer(&text)], Default::default());
    let database = TestDatabase::new().await;
    let codes = communes();
    database
        .execute(&format!(
            "CREATE TABLE public.farms (gid int PRIMARY KEY, code text, heads int, pond_ha numeric, \"XA\" text, access_class \
             text, shape geometry); INSERT INTO public.farms SELECT i, 'F' || i, CASE i WHEN 1 THEN -5 WHEN 2 THEN NULL ELSE i END, \
             CASE WHEN i = 3 THEN 'NaN'::numeric ELSE 0.1 END, '{}' FROM generate_series(1, 12) AS i",
            codes[0]
        ))
        .await;
    let store = PostgisStore::new(database.database());
    let rows = store.aggregates(&catalog.aggregate_view("farm").unwrap(), None).await.unwrap();
    let told = rows.publish(&catalog.aggregate_view("farm").unwrap(), &codes, false);
    assert_eq!(told.groups[0].count, Some(12));
    // 3 + 4 + … + 12; one tenth of each but the third, added up exactly.
    assert_eq!(told.groups[0].sums, [Some(75.0), Some(1.1)]);
}

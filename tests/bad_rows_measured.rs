//! Geometries with measures in tables that others write: those without numbers leave the others alone.

use crate::{
    bad_rows::{ids, published, served, thing},
    support::TestDatabase,
};
use diaban::{
    layer::Catalog,
    store::{LiveStore, postgis::PostgisStore},
};

#[tokio::test]
async fn a_measured_multipoint_without_numbers_leaves_the_other_rows_alone() {
    let catalog = Catalog::new(vec![thing(Some(9210))], Default::default());
    let database = TestDatabase::new().await;
    database.database().prepare(&Catalog::new(vec![], Default::default())).await.unwrap();
    let rows = "CREATE TABLE public.things (id int PRIMARY KEY, code text, shape geometry);
        INSERT INTO public.things VALUES (1, 'a', 'SRID=9210;POINT(554000 1165000)'),
          (2, 'b', 'SRID=9210;MULTIPOINTM(560000 1200000 1,NaN NaN 1)'),
          (3, 'c', 'SRID=9210;GEOMETRYCOLLECTIONM(POINTM(560000 1200000 1),POINTM(NaN NaN 1))')";
    database.execute(rows).await;
    database.database().prepare(&catalog).await.unwrap();
    let data = tempfile::tempdir().unwrap();
    let manifest = published(&database, &catalog, data.path()).await;
    assert_eq!(manifest.unplaced.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [2, 3]);
    let straight = LiveStore::new(Some(PostgisStore::new(database.database())), None);
    let site = served(database, straight, catalog);
    let items = site.json("/collections/thing/items").await;
    assert_eq!(items["numberMatched"], 3);
    assert_eq!(ids(&site.get("/tiles/thing/0/0/0").await), [1].into());
}

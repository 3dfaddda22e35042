//! A commune's office sees its commune and no other.

use super::{
    Office,
    doors::{ROUTES, addressed, holds},
    granted, register,
};
use crate::support::{
    TestDatabase, layer,
    served::{CABLE, PARCEL, ROAD, ROWS, Served, WELL, property},
};
use diaban::{
    http::{Site, router},
    layer::{AccessClass, Caller, Catalog},
    store::postgis::PostgisStore,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// An office of one commune, which may know who owns its wells.
const OF_ONE: &str =
    "[[grants]]\nagency = \"wells\"\nlayers = [\"well\"]\nclass = \"restricted\"\ncommunes = [\"25459\"]\n";

/// The hidden words are those of a row of another commune, and of rows of none.
const PLACED: &str = "UPDATE gis.well SET commune_code = '25459' WHERE code BETWEEN 'W01' AND 'W10';
    UPDATE gis.well SET commune_code = '25460', access_class = NULL WHERE code = 'bimat-hang';
    UPDATE gis.well SET bimat_owner = 'bimat-xakhac' WHERE code > 'W10' AND code < 'W99';";
const OF_OTHERS: [&str; 6] = ["bimat-hang", "bimat-xakhac", "9999.75", "11.7501", "W11", "NOWHERE"];

fn placed() -> Catalog {
    let commune = "{ name = \"commune_code\", type = \"text\", title = { vi = \"Xã\", en = \"Commune\" } },\n        { name = \"valid_from\"";
    let well = WELL.replace("{ name = \"valid_from\"", commune);
    Catalog::new([&well, PARCEL, ROAD, CABLE].map(layer).to_vec(), register())
}

fn hides(path: &str, body: &[u8]) {
    for word in OF_OTHERS {
        let text = String::from_utf8_lossy(body);
        assert!(path.contains(word) || !holds(body, word), "{path}: {word} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_another_commune_leave_by_no_door() {
    let office = Office::over(placed(), PLACED).await;
    office.site.callers.grant(granted(OF_ONE, &office.site.catalog).unwrap());
    let mut answered = 0;
    for (path, _) in ROUTES {
        let own = addressed(&office.served, path).await;
        // Whoever sees more comes first, and fills the cache.
        office.get(None, &own, &[]).await;
        let answer = office.get(Some("wells"), &own, &[]).await;
        assert!(answer.status < 500, "{own}: {}", answer.status);
        answered += usize::from(answer.status == 200);
        hides(&own, &answer.decoded());
    }
    assert!(answered * 10 > ROUTES.len() * 7, "only {answered} of {} doors answer", ROUTES.len());
    let codes = async |agency| {
        let page = office.get(agency, "/collections/well/items?limit=100", &[]).await.json();
        assert_eq!(page["numberMatched"], page["numberReturned"]);
        property(&page, "code").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(codes(Some("wells")).await.len(), 10);
    assert_eq!(codes(None).await.len(), 22, "who does not say who he is sees what anyone sees");
    let document = office.get(Some("wells"), "/collections/well", &[]).await.json();
    assert!(document["extent"]["spatial"]["bbox"][0][3].as_f64().unwrap() < 11.11, "{document}");
    let tile = office.get(Some("wells"), "/tiles/well/0/0/0", &[]).await.decoded();
    assert!(holds(&tile, "bimat-thuoctinh") && holds(&tile, "W10"), "its own, each at any zoom");
    for (needle, own) in [("w10", 1), ("w0", 9), ("w1", 1), ("w11", 0), ("bimat-hang", 0)] {
        let found = office.get(Some("wells"), &format!("/search?q={needle}"), &[]).await.json();
        let found = found["hits"].as_array().unwrap();
        let wells = found.iter().filter(|hit| hit["layer"] == "well");
        assert_eq!(wells.count(), own, "{needle}: {found:?}");
    }

    // A well moves over the border, and out of what lies over the snapshot.
    office
        .served
        .database
        .execute("UPDATE gis.well SET commune_code = '25460', code = 'W11 moved' WHERE code = 'W10'")
        .await;
    let started = Instant::now();
    while codes(Some("wells")).await.len() != 9 {
        assert!(started.elapsed() < Duration::from_secs(10), "it stays");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for (path, _) in ROUTES {
        let own = addressed(&office.served, path).await;
        hides(&own, &office.get(Some("wells"), &own, &[]).await.decoded());
    }
}

#[tokio::test]
async fn rows_of_another_commune_do_not_come_out_of_postgis() {
    let catalog = placed();
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(&format!("{ROWS}{PLACED}")).await;
    let caller = Caller::agency(AccessClass::Open, granted(OF_ONE, &catalog).unwrap().of("wells"));
    let site = Site::new(PostgisStore::new(database.database()), Arc::new(catalog), caller);
    let site = Served { database, router: router(Arc::new(site)) };
    for (path, _) in ROUTES {
        let own = addressed(&site, path).await;
        hides(&own, &site.get(&own).await.decoded());
    }
    assert_eq!(site.json("/collections/well/items").await["numberMatched"], 10);
    assert!(holds(&site.get("/tiles/well/0/0/0").await.decoded(), "W10"));
}

#[test]
fn a_layer_is_granted_once_where_communes_are_named() {
    let catalog = placed();
    let other = "[[grants]]\nagency = \"wells\"\nlayers = [\"*\"]\n";
    for (text, line) in [(format!("{OF_ONE}{other}"), 8), (format!("{other}{OF_ONE}"), 6)] {
        let error = granted(&text, &catalog).unwrap_err();
        assert!(
            error.contains(&format!("grants.toml:{line}: `well` is granted to `wells` twice")),
            "{error}"
        );
    }
    let others = "[[grants]]\nagency = \"wells\"\nlayers = [\"road\"]\n[[grants]]\nagency = \"named\"\nlayers = [\"*\"]\n";
    assert!(granted(&format!("{OF_ONE}{others}"), &catalog).is_ok());
    let all = granted(&OF_ONE.replace("\"well\"", "\"*\""), &catalog).unwrap();
    let caller = Caller::agency(AccessClass::Open, all.of("wells"));
    assert!(catalog.view("bimat_cable", &caller).is_none(), "it has no communes, and `*` does not reach it");
    assert_eq!(caller.communes_of("well").unwrap().len(), 1);
}

//! Who asked for figures is on record; nothing else of the layer comes of them.

use super::{FARM, communes, farms};
use crate::{
    audit::records,
    support::{TestDatabase, layer, served::Served},
};
use diaban::{
    audit::{self, AuditFolder, Entry, Ledger},
    http::{Site, router},
    layer::{AccessClass, AgencyRegister, Caller, Catalog, Grants},
    store::{api_key::ApiKey, postgis::PostgisStore},
};
use std::{fs, sync::Arc};
use time::macros::date;

const AGENCIES: &str = "[[agencies]]\ncode = \"office\"\nnames = [{ vi = \"Xã\", en = \"Commune\" }]\n";

/// A site that keeps a record, over these farms, with the key of an agency that may see farms of these communes.
async fn kept(rows: &str, granted: &[&str]) -> (Served, String, AuditFolder, tempfile::TempDir) {
    let register: AgencyRegister = toml::from_str(AGENCIES).unwrap();
    let catalog = Catalog::new(vec![layer(FARM)], register);
    let database = TestDatabase::with_catalog(&catalog).await;
    database.execute(rows).await;
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("grants.toml");
    let granted = format!(
        "[[grants]]\nagency = \"office\"\nlayers = [\"farm\"]\nclass = \"restricted\"\ncommunes = {granted:?}\n"
    );
    fs::write(&path, granted).unwrap();
    let grants = Grants::read(&path, &catalog, date!(2026 - 11 - 30)).unwrap();
    let folder = AuditFolder::of(data.path());
    let store = PostgisStore::new(database.database());
    let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
    site.ledger = Some(Ledger::open(folder.clone()).unwrap());
    site.callers.grant(grants);
    let key = ApiKey::random().unwrap();
    database.database().add_api_key("office", "", 1, &key.hash()).await.unwrap();
    site.callers.keys().take(database.database().api_keys().await.unwrap());
    let served = Served { database, router: router(Arc::new(site)) };
    (served, key.text().to_owned(), folder, data)
}

fn answers(folder: &AuditFolder) -> Vec<audit::Answer> {
    let entries = records(folder).into_iter().map(|record| record.entry);
    entries.filter_map(|entry| if let Entry::Answer(answer) = entry { Some(answer) } else { None }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_is_told_figures_is_on_record_with_the_layer() {
    let codes = communes();
    let rows: String = codes[..4].iter().map(|code| farms(code, "", 8, 7)).collect();
    let (site, key, folder, _data) = kept(&rows, &codes[..1]).await;
    let anyone = site.json("/aggregates/farm").await;
    assert!(answers(&folder).is_empty(), "what anyone may have is not on record where nobody says who he is");
    let answer = site.get_with("/aggregates/farm", &[("x-api-key", &key)]).await;
    assert_eq!(answer.json(), anyone, "all are told the same");
    assert!(answer.header("cache-control").unwrap().contains("private"));
    let told = answers(&folder).pop().unwrap();
    assert_eq!((told.layers.as_slice(), told.class.as_str()), (&["farm".to_owned()][..], "restricted"));
    assert_eq!((told.agency.as_deref(), told.features, told.status), (Some("office"), Some(32), 200));
    assert_eq!(told.question, "GET /aggregates/farm");
    site.get_with("/aggregates", &[("x-api-key", &key)]).await;
    assert_eq!(answers(&folder).len(), 1, "the list says what files say");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_office_knows_its_commune_there_is_no_total_that_it_could_take_it_from() {
    let codes = communes();
    let few = farms(codes[0], "", 3, 7);
    let many: String = (1..10).map(|i| farms(codes[i], "", 10 + i as u32, 7)).collect();
    let (site, key, ..) = kept(&format!("{few}{many}"), &codes[1..3]).await;
    let own = site.get_with("/collections/farm/items?limit=1", &[("x-api-key", &key)]).await.json();
    assert_eq!(own["numberMatched"], 11 + 12);
    let told = site.get_with("/aggregates/farm", &[("x-api-key", &key)]).await.json();
    let withheld: Vec<usize> = (0..10).filter(|i| told["communes"][*i]["count"].is_null()).collect();
    assert!(withheld.len() == 2 && withheld[0] == 0, "{withheld:?}");
    assert!(told["total"]["count"].is_null() && told["total"]["sums"]["heads"].is_null(), "{told}");
}

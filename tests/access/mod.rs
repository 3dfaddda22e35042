//! Who may see what: what is hidden leaves by no door, keys and grants open the doors that they should and no other.

mod callers;
mod communes;
mod doors;
mod grants;
mod kept;
mod keys;
mod leaks;
mod matrix;
mod on_record;
mod provider;
mod questions;
mod row_classes;
mod serve;
mod sign_in;
mod tokens;
mod tokens_kept;
mod tokens_over_tls;
mod told;

use crate::support::{
    TestDatabase, layer,
    served::{Answer, CABLE, PARCEL, ROAD, ROWS, Served, WELL},
};
use diaban::{
    audit::Ledger,
    cache::TileCache,
    http::{Limits, Site, router},
    layer::{AccessClass, AgencyRegister, Caller, Catalog, Grants},
    store::{
        Follower, LiveStore,
        api_key::ApiKey,
        postgis::PostgisStore,
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};
use time::{Date, macros::date};

const AGENCIES: [&str; 6] = ["outsider", "named", "wells", "cables", "sharer", "everything"];

const GRANTS: &str = r#"
    [[grants]]
    agency = "named"
    layers = ["bimat_cable"]

    [[grants]]
    agency = "wells"
    layers = ["well"]
    class = "restricted"

    [[grants]]
    agency = "cables"
    layers = ["bimat_cable"]
    class = "restricted"

    [[grants]]
    agency = "sharer"
    layers = ["*"]

    [[grants]]
    agency = "everything"
    layers = ["*"]
    class = "restricted"
"#;

const TODAY: Date = date!(2026 - 11 - 30);

/// A register of agencies of these codes.
fn register_of(codes: &[&str]) -> AgencyRegister {
    let one =
        |code| format!("[[agencies]]\ncode = \"{code}\"\nnames = [{{ vi = \"Sở\", en = \"Department\" }}]\n");
    toml::from_str(&codes.iter().map(one).collect::<String>()).unwrap()
}

fn register() -> AgencyRegister {
    register_of(&AGENCIES)
}

fn catalog() -> Catalog {
    Catalog::new([WELL, PARCEL, ROAD, CABLE].map(layer).to_vec(), register())
}

/// What a file of this text grants.
fn granted(text: &str, catalog: &Catalog) -> Result<Grants, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grants.toml");
    fs::write(&path, text).unwrap();
    let folder = format!("{}/", folder.path().display());
    Grants::read(&path, catalog, TODAY).map_err(|error| error.to_string().replace(&folder, ""))
}

/// A site with snapshots and a cache, and a key for each agency.
struct Office {
    served: Served,
    site: Arc<Site<LiveStore>>,
    snapshots: Arc<SnapshotStore>,
    keys: BTreeMap<&'static str, String>,
    following: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Office {
    async fn open() -> Self {
        Self::with(catalog(), "", None).await
    }

    /// Of other layers, whose rows of wells are changed first.
    async fn over(catalog: Catalog, changes: &str) -> Self {
        Self::with(catalog, changes, None).await
    }

    /// One that keeps a record of answers, too.
    async fn with(catalog: Catalog, changes: &str, ledger: Option<Ledger>) -> Self {
        let database = TestDatabase::with_catalog(&catalog).await;
        database.execute(ROWS).await;
        // Nothing that lies beyond the plane in which areas are measured.
        database.execute("DELETE FROM gis.well WHERE code LIKE 'FIJI%'").await;
        database.execute(changes).await;
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Arc::new(SnapshotStore::new(SnapshotFolder::of(folder.path())));
        let mut follower = Follower::new(database.database(), snapshots.clone(), &catalog, false);
        follower.catch_up().await.unwrap();
        let following = tokio::spawn(follower.run());
        let started = Instant::now();
        while !catalog.definitions().all(|layer| snapshots.served(&layer.id).is_some()) {
            assert!(started.elapsed() < Duration::from_secs(20), "snapshots do not come");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let store = LiveStore::new(Some(PostgisStore::new(database.database())), Some(snapshots.clone()));
        let grants = granted(GRANTS, &catalog).unwrap();
        let mut site = Site::new(store, Arc::new(catalog), Caller::anonymous(AccessClass::Open));
        // More is asked here than anyone may.
        site.limits = Limits::without_rates();
        site.cache = TileCache::new(64 << 20);
        site.ledger = ledger;
        site.callers.grant(grants);
        let mut keys = BTreeMap::new();
        for agency in AGENCIES {
            let key = ApiKey::random().unwrap();
            database.database().add_api_key(agency, "", 1, &key.hash()).await.unwrap();
            keys.insert(agency, key.text().to_owned());
        }
        let site = Arc::new(site);
        let served = Served { database, router: router(site.clone()) };
        let office = Self { served, site, snapshots, keys, following, _folder: folder };
        office.look_at_keys().await;
        office
    }

    /// What a server does every two seconds.
    async fn look_at_keys(&self) {
        let keys = self.served.database.database().api_keys().await.unwrap();
        self.site.callers.keys().take(keys);
    }

    /// The answer to a GET of an agency, or of nobody in particular.
    async fn get(&self, agency: Option<&str>, path: &str, headers: &[(&str, &str)]) -> Answer {
        let key = agency.map(|agency| format!("Bearer {}", self.keys[agency]));
        let key = key.as_deref().map(|key| ("authorization", key));
        let headers: Vec<_> = headers.iter().copied().chain(key).collect();
        self.served.get_with(path, &headers).await
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.following.abort();
    }
}

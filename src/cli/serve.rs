//! `diaban serve`: checks, prepares, listens, and stops in order.

use super::{demo, interrupted, told};
use crate::{
    cache::TileCache,
    config::{DatabaseSettings, ServerSettings},
    crs,
    http::{self, Site},
    layer::{AccessClass, Caller, Catalog, GrantFile},
    query,
    store::{
        Follower, LiveStore,
        postgis::{Database, DatabaseTarget, PostgisStore, coordinate_self_test},
        snapshot::{SnapshotFolder, SnapshotStore},
    },
};
use anyhow::{Context, Result, bail};
use std::{
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// How often a server without a database looks for newer snapshots.
const FOLDER_LOOKED_AT: Duration = Duration::from_secs(2);
/// How often the file of grants is looked at; a change has to stand for one look more.
const GRANTS_LOOKED_AT: Duration = Duration::from_secs(1);

/// Start the server
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban serve\n  \
    diaban serve --database-url postgres://diaban@db.example.vn/gis --listen 0.0.0.0:8080\n  \
    DIABAN_LAYERS=./layers diaban serve --anonymous-class shared\n  \
    diaban serve --grants /etc/diaban/grants.toml")]
pub struct Serve {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    server: ServerSettings,
}

impl Serve {
    /// Serves until Ctrl-C or SIGTERM.
    pub async fn run(self) -> Result<ExitCode> {
        let catalog = catalog(&self.database)?;
        if self.server.snapshots_only {
            let snapshots = SnapshotStore::new(SnapshotFolder::of(&self.database.data));
            serve_snapshots(snapshots, catalog, &self.server).await?;
            return Ok(ExitCode::SUCCESS);
        }
        let database = open(&self.database, &catalog).await?;
        let served = async {
            let synthetic = !database.runs_signed(demo::SIGNATURE).await?.is_empty();
            serve(&database, catalog, &self.server, &self.database.data, AccessClass::Open, synthetic).await
        };
        let served = served.await;
        database.close().await;
        served.map(|()| ExitCode::SUCCESS)
    }
}

/// The layers that the settings name.
pub fn catalog(settings: &DatabaseSettings) -> Result<Arc<Catalog>> {
    let catalog = match &settings.layers {
        Some(folder) => Catalog::read(folder)?,
        None => Catalog::built_in()?,
    };
    query::check_row_classes(&catalog)?;
    query::check_rules(&catalog)?;
    Ok(Arc::new(catalog))
}

/// The database that the settings name.
pub fn target(settings: &DatabaseSettings) -> DatabaseTarget {
    match &settings.database_url {
        Some(url) => DatabaseTarget::Url(url.clone()),
        None => DatabaseTarget::Private(settings.data.clone()),
    }
}

/// A database that is there, up to date, and agrees with the official coordinates; nothing is
/// served or loaded otherwise.
pub async fn open(settings: &DatabaseSettings, catalog: &Catalog) -> Result<Database> {
    crs::self_test().context("coordinates would be wrong here, so nothing is served")?;
    let database = Database::open(&target(settings)).await?;
    match prepare(&database, catalog).await {
        Ok(()) => Ok(database),
        Err(error) => {
            database.close().await;
            Err(error)
        }
    }
}

/// Brings a database up to date, and asks it for the official coordinates.
pub async fn prepare(database: &Database, catalog: &Catalog) -> Result<()> {
    for line in database.prepare(catalog).await? {
        tracing::info!("{line}");
    }
    let client = database.session().await?;
    coordinate_self_test(&client)
        .await
        .context("coordinates would be wrong in this database, so nothing is served")
}

/// Serves a database, with snapshots before it, until Ctrl-C or SIGTERM.
pub async fn serve(
    database: &Database,
    catalog: Arc<Catalog>,
    settings: &ServerSettings,
    data: &Path,
    anonymous: AccessClass,
    synthetic: bool,
) -> Result<()> {
    let folder = SnapshotFolder::of(data);
    folder.remove_abandoned_drafts();
    let snapshots = Arc::new(SnapshotStore::new(folder));
    let mut follower = Follower::new(database.clone(), snapshots.clone(), &catalog, synthetic);
    // Not a tile from a snapshot that the database has left behind.
    let started = Instant::now();
    follower.catch_up().await?;
    tracing::info!(
        ms = started.elapsed().as_secs_f64() * 1e3,
        "snapshots were opened, and brought up to now"
    );
    let following = tokio::spawn(follower.run());
    let looking = tokio::spawn(look_at_bytes(snapshots.clone(), catalog.clone()));
    let store = LiveStore::new(Some(PostgisStore::new(database.clone())), Some(snapshots));
    let served = listen(store, Some(database), catalog, settings, anonymous, synthetic).await;
    following.abort();
    looking.abort();
    served
}

/// Serves snapshots as they are, until Ctrl-C or SIGTERM.
async fn serve_snapshots(
    snapshots: SnapshotStore,
    catalog: Arc<Catalog>,
    settings: &ServerSettings,
) -> Result<()> {
    let started = Instant::now();
    for error in snapshots.serve_newest(&catalog) {
        told::note(format_args!("diaban: {error}"));
    }
    tracing::info!(ms = started.elapsed().as_secs_f64() * 1e3, "snapshots were opened");
    let served: Vec<_> = catalog.definitions().filter_map(|layer| snapshots.served(&layer.id)).collect();
    if served.is_empty() {
        let path = snapshots.folder().path().display();
        bail!(
            "there is no snapshot in {path}. Run `diaban publish` where the database is, and copy its folder"
        );
    }
    let synthetic = served.iter().any(|s| s.snapshot.manifest.synthetic);
    let snapshots = Arc::new(snapshots);
    let following = tokio::spawn(follow_folder(snapshots.clone(), catalog.clone()));
    let looking = tokio::spawn(look_at_bytes(snapshots.clone(), catalog.clone()));
    let store = LiveStore::new(None, Some(snapshots));
    let served = listen(store, None, catalog, settings, AccessClass::Open, synthetic).await;
    following.abort();
    looking.abort();
    served
}

/// Takes snapshots that are newly put into the folder into service.
async fn follow_folder(snapshots: Arc<SnapshotStore>, catalog: Arc<Catalog>) {
    loop {
        tokio::time::sleep(FOLDER_LOOKED_AT).await;
        let (snapshots, catalog) = (snapshots.clone(), catalog.clone());
        let newer = tokio::task::spawn_blocking(move || snapshots.serve_newer(&catalog));
        for error in newer.await.unwrap_or_default() {
            tracing::warn!(%error, "a snapshot is not used");
        }
    }
}

/// Takes grants into use that have changed. A file with a mistake is told of once, and the grants before stay.
async fn follow_grants(site: Arc<Site<LiveStore>>, mut file: GrantFile) {
    loop {
        tokio::time::sleep(GRANTS_LOOKED_AT).await;
        let looked = tokio::task::spawn_blocking(move || {
            let looked = file.look();
            (file, looked)
        });
        let Ok((looked_at, looked)) = looked.await else { return };
        file = looked_at;
        match looked {
            Ok(Some(grants)) => site.callers.grant(grants),
            Ok(None) => {}
            Err(error) => tracing::error!("{error}\nThe grants before stay"),
        }
    }
}

/// Looks at the bytes of snapshots beside serving them. Where one is garbled, the database or an older one
/// stands in.
async fn look_at_bytes(snapshots: Arc<SnapshotStore>, catalog: Arc<Catalog>) {
    loop {
        let (store, layers) = (snapshots.clone(), catalog.clone());
        let looked = tokio::task::spawn_blocking(move || store.look_at_each_byte(&layers));
        for error in looked.await.unwrap_or_default() {
            tracing::error!(%error, "a snapshot is served no more");
        }
        tokio::time::sleep(FOLDER_LOOKED_AT).await;
    }
}

async fn listen(
    store: LiveStore,
    database: Option<&Database>,
    catalog: Arc<Catalog>,
    settings: &ServerSettings,
    anonymous: AccessClass,
    synthetic: bool,
) -> Result<()> {
    let mut grants = settings.grants.clone().map(|path| GrantFile::new(path, catalog.clone()));
    let anonymous = Caller::anonymous(settings.anonymous_class.unwrap_or(anonymous));
    let mut site = Site::new(store, catalog, anonymous);
    site.cache = TileCache::new(u64::from(settings.cache_mb) << 20);
    site.synthetic = synthetic;
    site.public_url.clone_from(&settings.public_url);
    site.styles.clone_from(&settings.styles);
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!("{} cannot be listened on; choose another with --listen", settings.listen)
    })?;
    if let Some(granted) = grants.as_mut().map(GrantFile::look).transpose()?.flatten() {
        site.callers.grant(granted);
    }
    if let Some(database) = database {
        // Without a right to them no key is taken, and whoever sends none is served all the same.
        match database.api_keys().await {
            Ok(keys) => drop(site.callers.keys().take(keys)),
            Err(error) => tracing::error!(%error, "API keys cannot be read"),
        }
    }
    let site = Arc::new(site);
    let keys = site.callers.keys().clone();
    let following = [
        database.map(|database| tokio::spawn(database.clone().follow_api_keys(keys))),
        grants.map(|file| tokio::spawn(follow_grants(site.clone(), file))),
    ];
    let address = listener.local_addr()?;
    told::note(format_args!("diaban: bản đồ / map: http://{address}/   (Ctrl-C: dừng / stop)"));
    let served = http::serve(listener, site, stop()).await;
    following.iter().flatten().for_each(tokio::task::JoinHandle::abort);
    Ok(served?)
}

/// Ends with Ctrl-C or SIGTERM, and says so.
pub async fn stop() {
    interrupted().await;
    told::note(format_args!("diaban: đang dừng / stopping"));
}

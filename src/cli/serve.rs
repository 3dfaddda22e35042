//! `diaban serve`: checks, prepares, listens, and stops in order.

use super::{
    demo, interrupted,
    refusal::{self, Because, refusal},
    told,
};
use crate::{
    audit::{AuditFolder, Ledger},
    cache::TileCache,
    config::{DatabaseSettings, ServerSettings},
    crs,
    http::{self, BaseMap, Certificate, Site},
    import::{LayerEditor, LayerImporter, words},
    layer::{AccessClass, Caller, Catalog, GrantFile, Language},
    query,
    store::{
        Follower, LiveStore,
        postgis::{Database, DatabaseTarget, PostgisStore, coordinate_self_test},
        snapshot::{SnapshotFolder, SnapshotStore},
    },
    traces::{ANSWER_MAX, Collector},
};
use anyhow::Result;
use std::{
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// How often a server without a database looks for newer snapshots.
const FOLDER_LOOKED_AT: Duration = Duration::from_secs(2);
/// How long the end waits for the last traces to be sent.
const TRACES_LEFT: Duration = Duration::from_secs(2);
/// How often the file of grants is looked at; a change has to stand for one look more.
const GRANTS_LOOKED_AT: Duration = Duration::from_secs(1);

/// Start the server (chạy máy chủ bản đồ)
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    diaban serve\n  \
    diaban serve --database-url postgres://diaban@db.example.vn/gis --listen 0.0.0.0:8080\n  \
    DIABAN_LAYERS=./layers diaban serve --anonymous-class shared\n  \
    diaban serve --grants /etc/diaban/grants.toml\n  \
    diaban serve --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key privkey.pem")]
pub struct Serve {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    server: ServerSettings,
}

impl Serve {
    /// Where traces of requests are sent.
    pub const fn collector(&self) -> Option<&Collector> {
        self.server.otlp.as_ref()
    }

    /// Serves until Ctrl-C or SIGTERM.
    pub async fn run(self, language: Language) -> Result<ExitCode> {
        let catalog = catalog(&self.database)?;
        // Before a database is waited for.
        certificate(&self.server)?;
        if self.server.snapshots_only {
            let snapshots = SnapshotStore::new(SnapshotFolder::of(&self.database.data));
            serve_snapshots(snapshots, catalog, &self.server, &self.database.data, language).await?;
            return Ok(ExitCode::SUCCESS);
        }
        let database = open(&self.database, &catalog, language).await?;
        let served = async {
            let synthetic = !database.runs_signed(demo::SIGNATURE).await?.is_empty();
            let seen = Seen { anonymous: AccessClass::Open, synthetic, language };
            serve(&database, catalog, &self.server, &self.database.data, seen).await
        };
        let served = served.await;
        database.close().await;
        served.map(|()| ExitCode::SUCCESS)
    }
}

/// How a server shows itself.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// What someone who has not said who he is may see, unless the settings say.
    pub anonymous: AccessClass,
    /// Whether the data are made up.
    pub synthetic: bool,
    /// The language of the terminal.
    pub language: Language,
}

/// The layers that the settings name.
pub fn catalog(settings: &DatabaseSettings) -> Result<Arc<Catalog>> {
    let catalog = match &settings.layers {
        Some(folder) if holds_no_layer(folder) => {
            let folder = absolute(folder);
            return Err(refusal(
                format!(
                    "thư mục {folder} không có tệp định nghĩa lớp nào (*.toml). Hãy ghi đúng thư mục bằng --layers THƯ_MỤC \
                     (hoặc DIABAN_LAYERS); bỏ --layers thì dùng các lớp có sẵn"
                ),
                format!(
                    "the folder {folder} holds no layer file (*.toml). Name the right one with --layers DIR (or \
                     DIABAN_LAYERS); without --layers those built in are used"
                ),
            ));
        }
        Some(folder) => Catalog::read(folder)?,
        None => Catalog::built_in()?,
    };
    query::check_row_classes(&catalog)?;
    query::check_rules(&catalog)?;
    Ok(Arc::new(catalog))
}

/// Whether a folder is none, or without layer files.
fn holds_no_layer(folder: &Path) -> bool {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    !files.into_iter().any(|file| file.path().extension().is_some_and(|ending| ending == "toml"))
}

/// A path as nobody can mistake it.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// The database that the settings name.
pub fn target(settings: &DatabaseSettings) -> DatabaseTarget {
    match &settings.database_url {
        Some(url) => DatabaseTarget::Url(url.clone()),
        None => DatabaseTarget::Private(settings.data.clone()),
    }
}

/// The database as [`open`] has it, where there is one: who only looks is told of a mistyped folder, and no empty
/// database is made in it.
pub async fn open_made(
    settings: &DatabaseSettings,
    catalog: &Catalog,
    language: Language,
) -> Result<Database> {
    refuse_none(settings)?;
    open(settings, catalog, language).await
}

/// Refuses where there is no database yet.
pub fn refuse_none(settings: &DatabaseSettings) -> Result<()> {
    if target(settings).is_made() {
        return Ok(());
    }
    let folder = absolute(&settings.data);
    Err(refusal(
        format!(
            "chưa có cơ sở dữ liệu nào trong thư mục {folder}. Nếu dữ liệu ở chỗ khác, hãy ghi --data THƯ_MỤC, hoặc địa chỉ \
             bằng --database-url. Nếu bắt đầu từ đầu, hãy nạp tệp thứ nhất: diaban import TỆP --layer LỚP"
        ),
        format!(
            "there is no database in {folder}. If the data are elsewhere, name their folder with --data DIR, or their \
             address with --database-url. To begin anew, load a first file: diaban import FILE --layer LAYER"
        ),
    ))
}

/// Says so where a database is about to be made.
pub fn note_new(settings: &DatabaseSettings, language: Language) {
    if !target(settings).is_made() {
        let folder = absolute(&settings.data);
        let said = words(
            format!("tạo cơ sở dữ liệu mới trong thư mục {folder}"),
            format!("tạo cơ sở dữ liệu mới / making a new database in {folder}"),
        );
        told::note(format_args!("diaban: {}", said.of(language)));
    }
}

/// A database that is up to date and agrees with the official coordinates; nothing is served or loaded otherwise. A
/// private one that is not there yet is made.
pub async fn open(settings: &DatabaseSettings, catalog: &Catalog, language: Language) -> Result<Database> {
    crs::self_test().because(|| {
        words(
            "tọa độ tính trên máy này sẽ sai, nên không phục vụ gì",
            "coordinates would be wrong here, so nothing is served",
        )
    })?;
    opened(settings, language, async |database| prepare(database, catalog).await).await
}

/// A database that is there and up to date, for whoever asks for the coordinates while he has other things to do.
pub async fn open_untested(
    settings: &DatabaseSettings,
    catalog: &Catalog,
    language: Language,
) -> Result<Database> {
    opened(settings, language, async |database| bring_up_to_date(database, catalog).await).await
}

async fn opened(
    settings: &DatabaseSettings,
    language: Language,
    prepare: impl AsyncFnOnce(&Database) -> Result<()>,
) -> Result<Database> {
    note_new(settings, language);
    let database = Database::open(&target(settings)).await?;
    match prepare(&database).await {
        Ok(()) => Ok(database),
        Err(error) => {
            database.close().await;
            Err(error)
        }
    }
}

async fn bring_up_to_date(database: &Database, catalog: &Catalog) -> Result<()> {
    for line in database.prepare(catalog).await? {
        tracing::info!("{line}");
    }
    Ok(())
}

/// Brings a database up to date, and asks it for the official coordinates.
pub async fn prepare(database: &Database, catalog: &Catalog) -> Result<()> {
    bring_up_to_date(database, catalog).await?;
    let client = database.session().await?;
    coordinate_self_test(&client).await.because(|| {
        words(
            "tọa độ tính trong cơ sở dữ liệu này sẽ sai, nên không phục vụ gì",
            "coordinates would be wrong in this database, so nothing is served",
        )
    })
}

/// Serves a database, with snapshots before it, until Ctrl-C or SIGTERM.
pub async fn serve(
    database: &Database,
    catalog: Arc<Catalog>,
    settings: &ServerSettings,
    data: &Path,
    seen: Seen,
) -> Result<()> {
    let folder = SnapshotFolder::of(data);
    folder.remove_abandoned_drafts();
    let snapshots = Arc::new(SnapshotStore::new(folder));
    let mut follower = Follower::new(database.clone(), snapshots.clone(), &catalog, seen.synthetic);
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
    let served = listen(store, Some(database), catalog, settings, data, seen).await;
    following.abort();
    looking.abort();
    served
}

/// Serves snapshots as they are, until Ctrl-C or SIGTERM.
async fn serve_snapshots(
    snapshots: SnapshotStore,
    catalog: Arc<Catalog>,
    settings: &ServerSettings,
    data: &Path,
    language: Language,
) -> Result<()> {
    let started = Instant::now();
    for error in snapshots.serve_newest(&catalog) {
        told::note(format_args!("diaban: {}", refusal::told(&error.into(), language)));
    }
    tracing::info!(ms = started.elapsed().as_secs_f64() * 1e3, "snapshots were opened");
    let served: Vec<_> = catalog.definitions().filter_map(|layer| snapshots.served(&layer.id)).collect();
    if served.is_empty() {
        let path = snapshots.folder().path().display();
        return Err(refusal(
            format!(
                "không có bản chụp nào trong {path}. Hãy chạy `diaban publish` ở nơi có cơ sở dữ liệu, rồi chép thư mục đó \
                 sang"
            ),
            format!(
                "there is no snapshot in {path}. Run `diaban publish` where the database is, and copy its folder"
            ),
        ));
    }
    let synthetic = served.iter().any(|s| s.snapshot.manifest.synthetic);
    let snapshots = Arc::new(snapshots);
    let following = tokio::spawn(follow_folder(snapshots.clone(), catalog.clone()));
    let looking = tokio::spawn(look_at_bytes(snapshots.clone(), catalog.clone()));
    let store = LiveStore::new(None, Some(snapshots));
    let seen = Seen { anonymous: AccessClass::Open, synthetic, language };
    let served = listen(store, None, catalog, settings, data, seen).await;
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

/// Keeps the keys fresh by which tokens are judged.
async fn follow_providers(site: Arc<Site<LiveStore>>) {
    site.callers.follow_providers().await;
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
    data: &Path,
    seen: Seen,
) -> Result<()> {
    let Seen { anonymous, synthetic, language } = seen;
    let mut grants = settings.grants.clone().map(|path| GrantFile::new(path, catalog.clone()));
    let anonymous = Caller::anonymous(settings.anonymous_class.unwrap_or(anonymous));
    let mut site = Site::new(store, catalog, anonymous);
    site.cache = TileCache::new(u64::from(settings.cache_mb) << 20);
    site.synthetic = synthetic;
    site.public_url.clone_from(&settings.public_url);
    site.styles.clone_from(&settings.styles);
    site.base_map = settings.base_map.as_deref().map(base_map).transpose()?;
    site.limits.proxies = proxies(&settings.proxies)?;
    site.certificate = certificate(settings)?;
    let scheme = if site.certificate.is_some() { "https" } else { "http" };
    let listener = TcpListener::bind(settings.listen).await.because(|| {
        let address = settings.listen;
        words(
            format!("không dùng được địa chỉ {address} (có thể một chương trình khác đang dùng); hãy chọn địa chỉ khác bằng --listen"),
            format!("{address} cannot be listened on; choose another with --listen"),
        )
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
        let_change(&mut site, database, data);
    }
    let ledger = Ledger::open(AuditFolder::of(data)).because(|| {
        words("không có luồng nào cho nhật ký truy cập", "there is no thread for the audit record")
    })?;
    site.ledger = Some(ledger.clone());
    if let Some(collector) = &settings.otlp {
        collector
            .begin(http::asking(collector.address(), ANSWER_MAX))
            .because(|| words("không có luồng nào để gửi vết xử lý", "there is no thread to send traces"))?;
        site.traces = Some(collector.clone());
    }
    let site = Arc::new(site);
    let (keys, uploads) = (site.callers.keys().clone(), site.uploads.clone());
    let following = [
        database.map(|database| tokio::spawn(database.clone().follow_api_keys(keys))),
        grants.is_some().then(|| tokio::spawn(follow_providers(site.clone()))),
        grants.map(|file| tokio::spawn(follow_grants(site.clone(), file))),
    ];
    let address = listener.local_addr()?;
    let said = words(
        format!("bản đồ: {scheme}://{address}/   (Ctrl-C: dừng)"),
        format!("bản đồ / map: {scheme}://{address}/   (Ctrl-C: dừng / stop)"),
    );
    told::note(format_args!("diaban: {}", said.of(language)));
    let served = http::serve(listener, site.clone(), stop(language)).await;
    following.iter().flatten().for_each(tokio::task::JoinHandle::abort);
    site.edits_end().await;
    drop(site);
    close(&uploads, &ledger, settings.otlp.as_ref()).await;
    Ok(served?)
}

/// Lets go of what goes on without clients, and says what came of it.
async fn close(uploads: &http::Shelf, ledger: &Ledger, collector: Option<&Collector>) {
    uploads.close().await;
    // Tiles that were counted in the last minute, and answers that are cut off where they are.
    ledger.close().await;
    if let Some(collector) = collector {
        collector.flush(TRACES_LEFT).await;
    }
}

/// The map from elsewhere that the settings name.
fn base_map(path: &Path) -> Result<BaseMap> {
    BaseMap::read(path).map_err(|why| {
        let path = path.display();
        refusal(
            format!("--base-map: {path} không dùng được làm bản đồ nền: {why}"),
            format!("--base-map: {path} cannot be used as a base map: {why}"),
        )
    })
}

/// Lets those whose grants say so change features and load files.
fn let_change(site: &mut Site<LiveStore>, database: &Database, data: &Path) {
    let catalog = &site.catalog;
    site.editor = Some(Arc::new(LayerEditor::new(database.clone(), catalog.clone())));
    site.importer = Some(Arc::new(LayerImporter::new(database.clone(), catalog.clone())));
    site.uploads = http::Shelf::under(data);
}

/// The proxies that the settings name.
fn proxies(settings: &[String]) -> Result<Vec<http::Network>> {
    let read = |text: &String| {
        text.parse().map_err(|why| {
            refusal(
                format!("--proxies: `{text}` không phải địa chỉ hay dải mạng; hãy ghi như 10.1.2.3 hoặc 172.18.0.0/16"),
                format!("--proxies: {why}"),
            )
        })
    };
    settings.iter().map(read).collect()
}

/// What is shown over TLS, where the settings name it.
fn certificate(settings: &ServerSettings) -> Result<Option<Certificate>> {
    let (Some(chain), Some(key)) = (&settings.tls_cert, &settings.tls_key) else { return Ok(None) };
    let read = Certificate::read(chain, key).because(|| {
        words(
            "không phục vụ qua TLS được (--tls-cert, --tls-key)",
            "TLS cannot be spoken (--tls-cert, --tls-key)",
        )
    });
    read.map(Some)
}

/// Ends with Ctrl-C or SIGTERM, and says so.
pub async fn stop(language: Language) {
    interrupted().await;
    told::note(format_args!("diaban: {}", words("đang dừng", "đang dừng / stopping").of(language)));
}

//! A real PostgreSQL for the tests: one server per run, a fresh database per test.

/// The program, typed.
pub mod desk;
/// A stream of events.
pub mod events;
/// The program, running.
pub mod program;
/// A site over a database of its own.
pub mod served;
/// The server of the run.
mod server;
/// Shapes for the tile engine.
pub mod shapes;
/// Vector tiles, read.
pub mod vector_tile;

use diaban::{
    layer::{Catalog, LayerDefinition},
    store::postgis::{Database, DatabaseTarget},
};
use server::TestServer;
pub use server::url_for_socket;
use tokio_postgres::{Client, NoTls};

/// A layer of fields, merged by their crop where they are specks.
pub const FIELD: &str = r#"
id = "field"
title = { vi = "Thửa ruộng", en = "Field" }
group = "agriculture"
agency = "sonnmt"
item = "1"
geometry = ["Polygon"]
key = ["code"]
access = "open"
zoom = { min = 0, max = 18 }
generalise = { rule = "merge", class = "crop" }
attributes = [
  { name = "code", type = "text", title = { vi = "Mã", en = "Code" } },
  { name = "crop", type = "text", title = { vi = "Cây", en = "Crop" } },
]
"#;

/// A database of one test's own; it is dropped with this value.
pub struct TestDatabase {
    name: String,
    url: String,
    database: Option<Database>,
}

impl TestDatabase {
    /// A database with PostGIS and the program's own schema, and no layer.
    pub async fn new() -> Self {
        Self::with_layers(Vec::new()).await
    }

    /// A database prepared for these layers.
    pub async fn with_layers(layers: Vec<LayerDefinition>) -> Self {
        Self::with_catalog(&Catalog::new(layers, Default::default())).await
    }

    /// A database prepared for this catalogue.
    pub async fn with_catalog(catalog: &Catalog) -> Self {
        let server = TestServer::of_this_run();
        let name = server.create_database(true);
        let url = server.url(&name);
        let database = Database::open(&DatabaseTarget::Url(url.clone())).await.unwrap();
        if catalog.definitions().next().is_some() {
            database.prepare(catalog).await.unwrap();
        }
        Self { name, url, database: Some(database) }
    }

    /// A database prepared for the layers that the program brings.
    pub async fn with_built_in_layers() -> Self {
        Self::with_catalog(&Catalog::built_in().unwrap()).await
    }

    /// A database with nothing in it, not even PostGIS, to which nothing is connected.
    pub fn bare() -> Self {
        let server = TestServer::of_this_run();
        let name = server.create_database(false);
        Self { url: server.url(&name), name, database: None }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of another database of the same server.
    pub fn url_of(&self, database: &str) -> String {
        TestServer::of_this_run().url(database)
    }

    /// Its address for another user, whose password is `x` where the server asks for one.
    pub fn url_as(&self, user: &str) -> String {
        let (scheme, rest) = self.url.split_once("://").unwrap();
        let (authority, database) = rest.rsplit_once('/').unwrap();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        format!("{scheme}://{user}:x@{host}/{database}")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The program's own handle.
    pub fn database(&self) -> Database {
        self.database.clone().expect("a bare database is not open")
    }

    /// A session such as any other tool would have.
    pub async fn client(&self) -> Client {
        connect(&self.url).await
    }

    /// Runs statements in a session of their own.
    pub async fn execute(&self, statements: &str) {
        self.client().await.batch_execute(statements).await.unwrap();
    }

    /// The first column of the first row, as text.
    pub async fn text(&self, query: &str) -> Option<String> {
        let rows = self.client().await.simple_query(query).await.unwrap();
        rows.into_iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
            _ => None,
        })?
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        TestServer::of_this_run().drop_database(&self.name);
    }
}

/// A session at an address.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A layer from the text of a layer file.
pub fn layer(text: &str) -> LayerDefinition {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

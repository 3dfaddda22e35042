//! The settings: one flat struct, each a flag and an environment variable.

use crate::{layer::AccessClass, traces::Collector};
use clap::Args;
use std::{net::SocketAddr, path::PathBuf};

/// Where the database is and which layers it holds; every command takes these.
#[derive(Debug, Clone, Args)]
pub struct DatabaseSettings {
    /// PostgreSQL to use, for example postgres://user@host/name; without it a private one in --data
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Folder for the private PostgreSQL and everything else that is kept
    #[arg(long, env = "DIABAN_DATA", default_value = "./data", value_name = "DIR")]
    pub data: PathBuf,
    /// Folder of layer files; without it those built in
    #[arg(long, env = "DIABAN_LAYERS", value_name = "DIR")]
    pub layers: Option<PathBuf>,
}

/// How the server answers.
#[derive(Debug, Clone, Args)]
pub struct ServerSettings {
    /// Address and port to listen on
    #[arg(long, env = "DIABAN_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Folder of map styles; without it those built in
    #[arg(long, env = "DIABAN_STYLES", value_name = "DIR")]
    pub styles: Option<PathBuf>,
    /// TileJSON file of a map from elsewhere to lie under the layers; without it no page asks anybody but this server
    #[arg(long, env = "DIABAN_BASE_MAP", value_name = "FILE")]
    pub base_map: Option<PathBuf>,
    /// What someone who has not said who he is may see; `demo` shows all unless told otherwise
    #[arg(long, env = "DIABAN_ANONYMOUS_CLASS", value_name = "CLASS", value_enum)]
    pub anonymous_class: Option<AccessClass>,
    /// File of grants: which agency may see what, whose tokens are taken; read anew when it changes
    #[arg(long, env = "DIABAN_GRANTS", value_name = "FILE")]
    pub grants: Option<PathBuf>,
    /// The address that links carry, where it is not the one of the request (behind a proxy)
    #[arg(long, env = "DIABAN_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Proxies before this server, as addresses or networks with commas between: what they say in X-Forwarded-For is
    /// believed, as it is of this machine
    #[arg(long, env = "DIABAN_PROXIES", value_name = "ADDR", value_delimiter = ',')]
    pub proxies: Vec<String>,
    /// Certificate for TLS, PEM, then who vouches for it; read anew when it changes. Without it a proxy has to do TLS
    #[arg(long, env = "DIABAN_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, env = "DIABAN_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Megabytes of made tiles that are kept in memory; 0 keeps none
    #[arg(long, env = "DIABAN_CACHE_MB", value_name = "MB", default_value_t = 256)]
    pub cache_mb: u32,
    /// Serve the snapshots of the data folder, without a database, even if one is named
    #[arg(long, env = "DIABAN_SNAPSHOTS_ONLY")]
    pub snapshots_only: bool,
    /// Address of an OpenTelemetry collector (OTLP over HTTP) that traces of requests are sent to; without it none are
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL", value_parser = Collector::at)]
    pub otlp: Option<Collector>,
}

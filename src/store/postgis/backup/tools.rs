//! The programs of PostgreSQL that copy a database: which of this machine's, and how they reach it.
//!
//! Must not know what they copy.

use super::BackupError;
use crate::store::postgis::private_server::installation::{Installation, SearchPlaces};
use std::{ffi::OsString, future::Future, process::Stdio};
use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStderr, Command},
};
use tokio_postgres::{
    Config,
    config::{Host, TargetSessionAttrs},
};

/// What programs say of themselves is kept up to so many bytes.
const SAID_BYTES_MAX: u64 = 64 << 10;

/// pg_dump, pg_restore and psql of one version.
pub struct Tools(Installation);

impl Tools {
    /// Those for a server, or a dump, of this major version.
    pub fn for_major(least: u32) -> Result<Self, BackupError> {
        let found = SearchPlaces::default().copying(least);
        found.map(Self).ok_or(BackupError::NoTools { major: least })
    }

    /// Their major version.
    pub const fn major(&self) -> u32 {
        self.0.major
    }

    /// A program that reaches the database as this one does. Nothing of the surroundings that would lead it elsewhere
    /// is handed on, and the password stands in no list of processes. Ends with whoever waits for it.
    pub fn command(&self, program: &str, config: &Config) -> Command {
        let mut command = Command::new(self.0.binaries.join(program));
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("PGCLIENTENCODING", "UTF8")
            .env("PGOPTIONS", "-c client_min_messages=warning")
            .env("PGAPPNAME", "diaban backup")
            .envs(address(config))
            .kill_on_drop(true);
        command
    }
}

/// An address as libpq takes it (PostgreSQL manual, 34.15).
fn address(config: &Config) -> Vec<(&'static str, OsString)> {
    let text = |text: &str| Some(OsString::from(text)).filter(|t| !t.is_empty());
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone().into(),
        Host::Unix(folder) => folder.clone().into_os_string(),
    });
    let hosts: Vec<OsString> = hosts.collect();
    let listed = |all: Vec<String>| text(&all.join(","));
    let variables = [
        ("PGHOST", Some(hosts.join(",".as_ref())).filter(|h| !h.is_empty())),
        ("PGHOSTADDR", listed(config.get_hostaddrs().iter().map(ToString::to_string).collect())),
        ("PGPORT", listed(config.get_ports().iter().map(ToString::to_string).collect())),
        ("PGUSER", config.get_user().and_then(text)),
        ("PGDATABASE", config.get_dbname().and_then(text)),
        // Of several hosts the one where our own session is.
        ("PGTARGETSESSIONATTRS", session_attrs(config.get_target_session_attrs()).and_then(text)),
        (
            "PGCONNECT_TIMEOUT",
            config.get_connect_timeout().and_then(|wait| text(&wait.as_secs().max(1).to_string())),
        ),
        ("PGPASSWORD", config.get_password().and_then(|p| text(&String::from_utf8_lossy(p)))),
    ];
    variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn session_attrs(attrs: TargetSessionAttrs) -> Option<&'static str> {
    match attrs {
        TargetSessionAttrs::ReadWrite => Some("read-write"),
        TargetSessionAttrs::ReadOnly => Some("read-only"),
        _ => None,
    }
}

/// Starts a program whose three ends are held here.
pub fn spawn(command: &mut Command) -> Result<Child, BackupError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().map_err(BackupError::failed)
}

/// Gathers what a program says of itself, beside whatever else is done.
pub fn heard(errors: Option<ChildStderr>) -> impl Future<Output = String> {
    let gathered = tokio::spawn(async move {
        let mut said = Vec::new();
        if let Some(mut errors) = errors {
            let _ = (&mut errors).take(SAID_BYTES_MAX).read_to_end(&mut said).await;
            // Or it would wait for somebody to read on.
            let _ = tokio::io::copy(&mut errors, &mut tokio::io::sink()).await;
        }
        String::from_utf8_lossy(&said).into_owned()
    });
    async { gathered.await.unwrap_or_default() }
}

/// The first error of what a program said, else its last line.
pub fn reason(program: &str, said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let place = lines().position(|line| line.contains("ERROR:") || line.contains("error:"));
    let told: Vec<&str> = match place {
        // With the detail and the hint that PostgreSQL puts behind it.
        Some(place) => lines().skip(place).take(3).collect(),
        None => lines().next_back().into_iter().collect(),
    };
    if told.is_empty() { format!("{program} ended early and said nothing") } else { told.join("\n  ") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_led_to_the_same_database() {
        let told = |url: &str| {
            let all = address(&url.parse().unwrap()).into_iter();
            all.map(|(name, value)| format!("{name}={}", value.display())).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            told("postgres://an:s%20x@a.vn:5433,b.vn:5434/gis"),
            "PGHOST=a.vn,b.vn PGPORT=5433,5434 PGUSER=an PGDATABASE=gis PGPASSWORD=s x"
        );
        assert_eq!(told("host=/srv/data/postgres user=diaban"), "PGHOST=/srv/data/postgres PGUSER=diaban");
    }

    #[test]
    fn the_first_error_is_told_with_what_explains_it() {
        let said =
            "psql:<stdin>:3: WARNING:  x\npsql:<stdin>:9: ERROR:  no type\nLINE 1: g public.geometry\n  ^\n";
        assert_eq!(reason("psql", said), "psql:<stdin>:9: ERROR:  no type\n  LINE 1: g public.geometry\n  ^");
        assert_eq!(reason("psql", ""), "psql ended early and said nothing");
    }
}

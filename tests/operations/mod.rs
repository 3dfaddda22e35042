//! What whoever runs a server needs: traces, metrics, what `diaban doctor` says of access and of the record, and the
//! record in backups and at the end of a server.

mod collector;
mod doctor;
mod metrics;
mod record;
mod traces;

use crate::support::desk::Desk;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};

/// The program as a server, killed when it goes.
pub struct Server {
    child: Child,
    pub address: String,
}

/// An answer, as far as it is looked at here.
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: String,
}

impl Server {
    pub async fn start(desk: &Desk, url: &str, arguments: &[&str]) -> Self {
        let serve = [["serve", "--listen", "127.0.0.1:0"].as_slice(), arguments].concat();
        let mut command = desk.command(Some(url), &serve);
        command.env_remove("OTEL_EXPORTER_OTLP_ENDPOINT").env_remove("OTEL_TRACES_SAMPLER_ARG");
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut before = String::new();
        let line = loop {
            let line = said.next_line().await.unwrap().unwrap_or_else(|| panic!("{before}"));
            if line.contains("http://127") {
                break line;
            }
            before += &line;
        };
        // What it says later must not fill its pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        let address = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        Self { child, address: address.trim_end_matches('/').to_owned() }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = ureq::get(format!("{}{path}", self.address));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let asked = move || {
            let mut answer = request.config().http_status_as_error(false).build().call().unwrap();
            let body = answer.body_mut().read_to_vec().unwrap();
            let body = String::from_utf8_lossy(&body).into_owned();
            Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
        };
        tokio::task::spawn_blocking(asked).await.unwrap()
    }

    /// A metric without labels.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.get("/metrics", &[]).await.body;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.parse().ok()
    }

    /// Asks it to stop; how long that takes.
    pub async fn stop(mut self) -> Duration {
        let begun = Instant::now();
        let id = self.child.id().unwrap().to_string();
        let asked = std::process::Command::new("kill").args(["-s", "TERM", &id]).status().unwrap();
        assert!(asked.success());
        self.child.wait().await.unwrap();
        begun.elapsed()
    }
}

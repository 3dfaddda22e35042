//! Hostile requests to a running server, thousands of them, and whether each answer is one.

mod judge;
mod odd;
mod operations;
mod wire;
mod words;

use crate::{Outcome, tiles::Random};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, ToSocketAddrs},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use wire::Came;

const CLIENTS: usize = 8;
/// Mistakes that are shown.
const SHOWN_MAX: usize = 40;

/// A request.
#[derive(Clone)]
pub struct Asked {
    /// What is hostile of it.
    pub kind: &'static str,
    /// As it is sent.
    pub bytes: Vec<u8>,
    /// Nothing more comes, and the server is told.
    pub leaves: bool,
    /// So bad that no answer is one.
    pub may_be_closed: bool,
}

impl Asked {
    /// One that is whole, and has to be answered.
    pub fn of(kind: &'static str, bytes: Vec<u8>) -> Self {
        Self { kind, bytes, leaves: false, may_be_closed: false }
    }
}

/// What came of all of a kind.
#[derive(Default)]
struct Tally {
    asked: usize,
    /// Answers by the hundreds of their status.
    answers: [usize; 6],
    closed: usize,
    wrong: usize,
}

/// `URL LOG [SEED]`; `HOSTILE_KEY` is the key of an agency, `HOSTILE_SECRETS` what stands in no answer, parted by `:`.
pub fn run(words: &[&str]) -> Outcome<()> {
    let [url, log, seed @ ..] = words else { return Err("measure hostile URL LOG [SEED]".into()) };
    judge::tried()?;
    let mut random = Random(seed.first().map_or(Ok(7), |seed| seed.parse())?);
    let host = url.trim_start_matches("http://");
    let server = host.to_socket_addrs()?.next().ok_or("no such server")?;
    let key = std::env::var("HOSTILE_KEY").ok();
    let secrets: Vec<String> = std::env::var("HOSTILE_SECRETS")
        .unwrap_or_default()
        .split(':')
        .filter(|s| s.len() > 3)
        .map(str::to_owned)
        .collect();
    let document = document(server, host, key.as_deref())?;
    let mut asked = operations::all(&document, host, key.as_deref(), &mut random)?;
    asked.extend(odd::all(host));
    // In no order that a parser would learn from; a dear one is not followed by its like.
    for n in (1..asked.len()).rev() {
        asked.swap(n, (random.unit() * (n + 1) as f64) as usize);
    }
    let tallies = Mutex::new(BTreeMap::<&str, Tally>::new());
    let (next, shown) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while let Some(asked) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let wrong = tell(server, asked, &secrets, &tallies);
                    if let Some(wrong) = wrong.filter(|_| shown.fetch_add(1, Ordering::Relaxed) < SHOWN_MAX) {
                        let head = String::from_utf8_lossy(&asked.bytes[..asked.bytes.len().min(400)]);
                        eprintln!("wrong ({}): {wrong}\n    to {head:?}", asked.kind);
                    }
                }
            });
        }
    });
    let alive = matches!(
        wire::send(server, good(host, "/health/live", None).as_bytes(), false)?,
        Came::Answer { status: 200, .. }
    );
    let (panics, forged) = looked_at(log)?;
    told(
        &tallies.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner),
        asked.len(),
        alive,
        panics,
        forged,
    )
}

fn good(host: &str, path: &str, key: Option<&str>) -> String {
    let key = key.map(|key| format!("x-api-key: {key}\r\n")).unwrap_or_default();
    format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\n{key}accept: application/json\r\nconnection: close\r\n\r\n"
    )
}

/// The OpenAPI document as the caller with the key sees it.
fn document(server: SocketAddr, host: &str, key: Option<&str>) -> Outcome<serde_json::Value> {
    match wire::send(server, good(host, "/api?f=json", key).as_bytes(), false)? {
        Came::Answer { status: 200, body, .. } => Ok(serde_json::from_slice(&body)?),
        Came::Answer { status, .. } => Err(format!("/api: {status}").into()),
        _ => Err("/api: no answer".into()),
    }
}

fn tell(
    server: SocketAddr,
    asked: &Asked,
    secrets: &[String],
    tallies: &Mutex<BTreeMap<&'static str, Tally>>,
) -> Option<String> {
    let came = wire::send(server, &asked.bytes, asked.leaves);
    let wrong = match &came {
        Ok(came) => judge::wrong(came, asked.may_be_closed, secrets),
        Err(error) => Some(format!("no connection: {error}")),
    };
    let mut tallies = tallies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let tally = tallies.entry(asked.kind).or_default();
    tally.asked += 1;
    tally.wrong += usize::from(wrong.is_some());
    match came {
        Ok(Came::Answer { status, .. }) => tally.answers[usize::from(status / 100).min(5)] += 1,
        _ => tally.closed += 1,
    }
    wrong
}

/// Lines of the log that tell of a panic, and those that a client has made.
fn looked_at(log: &str) -> Outcome<(usize, usize)> {
    let log = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
    let panics = log.lines().filter(|line| line.contains("panic")).count();
    Ok((panics, log.lines().filter(|line| line.starts_with(words::FORGED)).count()))
}

fn told(
    tallies: &BTreeMap<&str, Tally>,
    all: usize,
    alive: bool,
    panics: usize,
    forged: usize,
) -> Outcome<()> {
    println!("| hostile | requests | 2xx | 3xx | 4xx | 5xx | closed | wrong |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (kind, Tally { asked, answers, closed, wrong }) in tallies {
        println!(
            "| {kind} | {asked} | {} | {} | {} | {} | {closed} | {wrong} |",
            answers[2], answers[3], answers[4], answers[5]
        );
    }
    let wrong: usize = tallies.values().map(|tally| tally.wrong).sum();
    let alive_told = if alive { "the server answers" } else { "the server does not answer any more" };
    println!(
        "\nhostile: {all} requests: {panics} panics, {wrong} wrong answers, {forged} forged lines in the log; {alive_told}"
    );
    if wrong + panics + forged == 0 && alive { Ok(()) } else { Err("something gave way".into()) }
}

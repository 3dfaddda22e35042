//! A collector that keeps what it is sent, and one that never says a word.

use serde_json::Value as Json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

#[derive(Clone)]
pub struct Collector {
    pub address: String,
    taken: Arc<Mutex<Vec<String>>>,
}

/// A span, as it came.
#[derive(Debug, Clone)]
pub struct Span(pub Json);

impl Collector {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::new(Mutex::new(Vec::new()));
        let collector = Self { address, taken: taken.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, taken) = (stream.unwrap(), taken.clone());
                std::thread::spawn(move || answer(stream, &taken));
            }
        });
        collector
    }

    /// One that takes connections and answers nothing. It is there as long as the process.
    pub fn silent() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || listener.incoming().map(Result::unwrap).collect::<Vec<_>>());
        address
    }

    /// All that came, as it came.
    pub fn text(&self) -> String {
        self.taken.lock().unwrap().concat()
    }

    /// The spans of a trace.
    pub fn spans(&self, trace: &str) -> Vec<Span> {
        let bodies = self.taken.lock().unwrap().clone();
        let mut found = Vec::new();
        for body in bodies {
            let request: Json = serde_json::from_str(&body).unwrap();
            for resource in request["resourceSpans"].as_array().unwrap() {
                let service = &resource["resource"]["attributes"][0];
                assert_eq!(
                    (&service["key"], &service["value"]["stringValue"]),
                    (&"service.name".into(), &"diaban".into())
                );
                for scope in resource["scopeSpans"].as_array().unwrap() {
                    found.extend(scope["spans"].as_array().unwrap().iter().cloned().map(Span));
                }
            }
        }
        found.retain(|span| span.0["traceId"] == trace);
        found
    }

    /// The same, once the one of the request itself is there: it ends last.
    pub async fn whole(&self, trace: &str) -> Vec<Span> {
        let begun = Instant::now();
        loop {
            let spans = self.spans(trace);
            if spans.iter().any(|span| span.0["kind"] == 2) {
                return spans;
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "no trace {trace} comes: {spans:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Span {
    pub fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    /// An attribute, whatever its type, as text.
    pub fn attribute(&self, key: &str) -> Option<String> {
        let all = self.0["attributes"].as_array().unwrap();
        let value = &all.iter().find(|attribute| attribute["key"] == key)?["value"];
        let text = value["stringValue"].as_str().or(value["intValue"].as_str());
        Some(text.map_or_else(|| value.to_string(), str::to_owned))
    }
}

/// Takes requests on a connection as long as it lasts.
fn answer(stream: TcpStream, taken: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length, mut is_json) = (String::new(), 0, false);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(number) = line.strip_prefix("content-length:") {
                length = number.trim().parse().unwrap();
            }
            is_json |= line == "content-type: application/json";
            if first.is_empty() {
                first = line;
            }
        }
        assert!(first.starts_with("post /v1/traces ") && is_json, "{first}");
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        taken.lock().unwrap().push(String::from_utf8(body).unwrap());
        let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        reader.get_mut().write_all(answer).unwrap();
    }
}

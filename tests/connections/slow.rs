//! Clients that send or take slowly are cut off, and nobody else waits for them.

use super::{MANY_WELLS, Open, PATIENCE, hasty, rest, status};
use diaban::http::ConnectionLimits;
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

const TILE: &str = "GET /tiles/well/14/13034/7687 HTTP/1.1\r\nhost: localhost\r\n\r\n";
const READERS: usize = 200;

/// Sends a byte again and again until the other side has closed. How long that took.
async fn dripped(mut socket: TcpStream) -> Duration {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let mut answer = [0; 512];
        tokio::select! {
            read = socket.read(&mut answer) => if !matches!(read, Ok(1..)) { return begun.elapsed() },
            () = tokio::time::sleep(Duration::from_millis(100)) => {
                if socket.write_all(b"a").await.is_err() {
                    return begun.elapsed();
                }
            }
        }
    }
    panic!("it is not closed");
}

/// Kilobytes of memory of this process.
fn memory_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_drips_is_cut_off_the_first_and_any_other() {
    let open = Open::with(hasty()).await;
    let mut dripping = JoinSet::new();
    for _ in 0..20 {
        dripping.spawn(dripped(open.said("GET / HTTP/1.1\r\nx: ").await));
    }
    let mut second = open.said("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut answer = [0; 4096];
    assert!(second.read(&mut answer).await.unwrap() > 0);
    tokio::time::sleep(Duration::from_millis(200)).await;
    second.write_all(b"GET / HTT").await.unwrap();
    dripping.spawn(dripped(second));
    assert_eq!(open.ask("/health/live").await.0, 200, "others go on");
    for time in dripping.join_all().await {
        assert!(time > Duration::from_millis(700) && time < Duration::from_secs(4), "{time:?}");
    }
    open.until_open(0).await;
    assert_eq!(open.ended("slow_head"), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_come_is_answered_so_and_one_at_a_pace_is_read() {
    let open = Open::with(hasty()).await;
    let head =
        "POST /collections/well/search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
    for (body, drips) in [("", false), ("{\"limit\":", false), ("{", true)] {
        let mut socket = open.said(format!("{head}content-length: 30000\r\n\r\n{body}")).await;
        let begun = Instant::now();
        if drips {
            let (time, fast) = (dripped(socket).await, Duration::from_millis(700));
            assert!(time > fast && time < Duration::from_secs(4), "{time:?}");
        } else {
            let answer = rest(&mut socket).await;
            assert_eq!(status(&answer), 408, "{answer}");
            assert!(answer.contains("application/problem+json"), "{answer}");
            assert!(begun.elapsed() < Duration::from_secs(4));
        }
    }
    assert_eq!(open.ended("slow_body"), 3);
    // Longer than the grace, at more than the least rate.
    let mut socket =
        open.said(format!("{head}connection: close\r\ncontent-length: 120012\r\n\r\n{{\"limit\": 1,")).await;
    for _ in 0..6 {
        socket.write_all(&[b' '; 20_000]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    socket.write_all(b" ").await.unwrap();
    let answer = rest(&mut socket).await;
    assert_eq!(status(&answer), 400, "it is read to its end, and is no JSON: {answer}");
    open.until_open(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_take_nothing_are_cut_off_while_another_gets_his_tiles() {
    let folder = tempfile::tempdir().unwrap();
    let limits = ConnectionLimits { stall: Duration::from_secs(10), rate_window: PATIENCE, ..hasty() };
    let open = Open::over_snapshots(limits, folder.path()).await;
    let tile = open.answer(TILE.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).await;
    assert!(status(&tile) == 200 && tile.len() > 100 << 10, "{} letters", tile.len());
    let before = memory_kb();
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(open.said(TILE.repeat(100)).await);
    }
    open.until_open(READERS as u64).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut times = Vec::new();
    for _ in 0..20 {
        let (status, time) = open.ask("/tiles/well/14/13034/7687").await;
        assert_eq!(status, 200);
        times.push(time);
    }
    times.sort();
    assert!(times[18] < Duration::from_secs(1), "{times:?}");
    assert_eq!(open.metric("diaban_connections"), READERS as u64, "they still hold on");
    let grown = memory_kb().saturating_sub(before);
    assert!(grown < 100 << 10, "{grown} kB more");
    open.until_open(0).await;
    assert_eq!(open.ended("slow_reader"), READERS as u64);
    drop(readers);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_little_by_little_is_cut_off_and_who_takes_enough_gets_all() {
    let open = Open::with(hasty()).await;
    open.database.execute(MANY_WELLS).await;
    let download =
        "GET /collections/well/download?f=csv HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut drips = open.said(download).await;
    let mut steady = open.said(download).await;
    let taken = tokio::spawn(async move {
        let (mut bytes, mut taken) = (vec![0; 400 << 10], Vec::new());
        loop {
            match steady.read(&mut bytes).await {
                Ok(0) => return taken,
                Ok(read) => taken.extend_from_slice(&bytes[..read]),
                Err(error) => panic!("{error} after {}", taken.len()),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let begun = Instant::now();
    let mut byte = [0; 10];
    while matches!(drips.read(&mut byte).await, Ok(1..)) {
        assert!(begun.elapsed() < PATIENCE, "it goes on");
        tokio::time::sleep(Duration::from_millis(50)).await;
        if open.ended("slow_reader") > 0 {
            break;
        }
    }
    let taken = taken.await.unwrap();
    assert!(taken.ends_with(b"0\r\n\r\n"), "{} bytes", taken.len());
    open.until_open(0).await;
    assert_eq!(open.ended("slow_reader"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2_an_answer_that_nobody_takes_is_let_go_of_and_the_others_go_on() {
    let open = Open::with(hasty()).await;
    open.database.execute(MANY_WELLS).await;
    let (mut client, going) = open.side_by_side().await;
    let (untaken, _) = client.send_request(open.get("/collections/well/download?f=csv"), true).unwrap();
    let untaken = untaken.await.unwrap();
    assert_eq!(untaken.status(), 200);
    let begun = Instant::now();
    while open.ended("slow_reader") == 0 {
        assert!(begun.elapsed() < PATIENCE, "it is kept");
        let (other, _) = client.send_request(open.get("/health/live"), true).unwrap();
        assert_eq!(other.await.unwrap().status(), 200);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (other, _) = client.send_request(open.get("/health/live"), true).unwrap();
    assert_eq!(other.await.unwrap().status(), 200, "the connection goes on");
    let mut body = untaken.into_body();
    let ended = loop {
        match tokio::time::timeout(PATIENCE, body.data()).await.unwrap() {
            Some(Ok(piece)) => drop(body.flow_control().release_capacity(piece.len())),
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    assert!(ended.is_some_and(|error| error.is_reset()), "it does not look whole");
    drop((client, body));
    going.await.unwrap();
    open.until_open(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_nothing_is_let_go_over_http1_and_http2() {
    let open = Open::with(hasty()).await;
    let mut silent = open.connect().await;
    let mut asked = open.said("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let (mut client, going) = open.side_by_side().await;
    let (answer, _) = client.send_request(open.get("/health/live"), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    assert_eq!(rest(&mut silent).await, "");
    assert_eq!(status(&rest(&mut asked).await), 200);
    tokio::time::timeout(PATIENCE, going).await.unwrap().unwrap();
    open.until_open(0).await;
    assert_eq!(open.ended("idle"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2_who_opens_no_window_is_cut_off_and_holds_little() {
    let open = Open::with(hasty()).await;
    open.database.execute(MANY_WELLS).await;
    for path in ["/conformance", "/collections/well/items?limit=10000&f=csv"] {
        let before = memory_kb();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(0);
        let (mut client, going) = open.spoken(&builder).await;
        let begun = Instant::now();
        let mut untaken = Vec::new();
        for _ in 0..8 {
            // The first may have been waiting too long before the last is made.
            let Ok((answer, _)) = client.send_request(open.get(path), true) else { break };
            let Ok(answer) = answer.await else { break };
            untaken.push(answer);
        }
        // Questions now and then do not keep it.
        while let Ok((answer, _)) = client.send_request(open.get("/health/live"), true) {
            assert!(begun.elapsed() < PATIENCE, "{path}: it is kept");
            let _ = answer.await.map(|answer| untaken.push(answer));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let grown = memory_kb().saturating_sub(before);
        assert!(grown < 100 << 10, "{path}: {grown} kB more");
        drop((client, untaken));
        assert!(going.await.unwrap().is_err(), "{path}: it is cut off");
        open.until_open(0).await;
    }
    assert!(open.ended("slow_reader") >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2_who_takes_little_but_steadily_gets_all() {
    let open = Open::with(hasty()).await;
    open.database.execute(MANY_WELLS).await;
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(16 << 10);
    let (mut client, going) = open.spoken(&builder).await;
    for path in ["/collections/well/download?f=csv", "/collections/well/items?limit=4000&f=csv"] {
        let (answer, _) = client.send_request(open.get(path), true).unwrap();
        let mut body = answer.await.unwrap().into_body();
        let (begun, mut taken) = (Instant::now(), 0);
        while let Some(piece) = body.data().await {
            let piece = piece.unwrap_or_else(|error| panic!("{path}: {error} after {taken} bytes"));
            taken += piece.len();
            // A piece of half a megabyte takes longer than a connection may stand still.
            if begun.elapsed() < Duration::from_secs(5) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            body.flow_control().release_capacity(piece.len()).unwrap();
        }
        assert!(begun.elapsed() > Duration::from_secs(5) && taken > 1 << 20, "{path}: {taken} bytes");
    }
    drop(client);
    going.await.unwrap().unwrap();
    open.until_open(0).await;
    assert_eq!(open.ended("slow_reader"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_made_is_let_go_on_after_the_time_of_those_who_ask_nothing() {
    let open = Open::with(ConnectionLimits { idle: Duration::from_secs(1), ..hasty() }).await;
    open.database.execute(MANY_WELLS).await;
    let ask = "GET /collections/well/items?limit=10000&f=csv HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut socket = open.said(ask).await;
    let (begun, mut taken, mut bytes) = (Instant::now(), Vec::new(), vec![0; 64 << 10]);
    let whole = loop {
        let read = socket.read(&mut bytes).await.unwrap();
        assert!(read > 0, "cut off after {} bytes", taken.len());
        taken.extend_from_slice(&bytes[..read]);
        let text = String::from_utf8_lossy(&taken[..taken.len().min(4096)]).to_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|t| t.split("\r\n").next()?.parse().ok());
        let whole = length.zip(text.find("\r\n\r\n")).map(|(length, head): (usize, usize)| head + 4 + length);
        if whole.is_some_and(|whole| taken.len() >= whole) || begun.elapsed() > PATIENCE {
            break whole;
        }
        if begun.elapsed() < Duration::from_secs(6) {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    assert_eq!(whole, Some(taken.len()));
    assert!(begun.elapsed() > Duration::from_secs(6), "it went too fast to tell: {} bytes", taken.len());
}

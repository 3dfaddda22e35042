//! What is no HTTP, or too much of it, and more clients than there are places.

use super::{Open, PATIENCE, hasty, rest, status};
use crate::support::{TestDatabase, desk::Desk};
use diaban::http::ConnectionLimits;
use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_answered_431_over_http1_and_http2() {
    let open = Open::with(hasty()).await;
    let many: String = (0..5000).map(|i| format!("x-{i}: {i}\r\n")).collect();
    let long = format!("x: {}\r\n", "a".repeat(1 << 20));
    for headers in [many, long] {
        let mut socket = open.connect().await;
        // It may be closed while the rest is still being sent.
        let _ =
            socket.write_all(format!("GET / HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes()).await;
        let mut answer = [0; 12];
        // What is not read when it closes may take the answer with it.
        if socket.read_exact(&mut answer).await.is_ok() {
            assert_eq!(&answer, b"HTTP/1.1 431");
        }
    }
    let answer = open.answer(format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(65_600))).await;
    assert!([414, 431].contains(&status(&answer)), "{answer}");
    let fits = "a".repeat(60 << 10);
    let answer =
        open.answer(format!("GET /health/live HTTP/1.1\r\nconnection: close\r\nx: {fits}\r\n\r\n")).await;
    assert_eq!(status(&answer), 200);
    let answer = open.answer(format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(200))).await;
    assert_eq!(status(&answer), 431, "{answer}");
    let (mut client, _going) = open.side_by_side().await;
    let mut request = open.get("/");
    request.headers_mut().insert("x", "a".repeat(40 << 10).parse().unwrap());
    let (refused, _) = client.send_request(request, true).unwrap();
    assert_eq!(refused.await.unwrap().status(), 431);
    let (answer, _) = client.send_request(open.get("/health/live"), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 200, "the connection goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_ends_the_connection_and_nothing_else() {
    let open = Open::with(hasty()).await;
    let hello: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let mut noise = Vec::new();
    for seed in 0..64_u64 {
        noise.push(
            (0..600_u64).map(|i| (seed.wrapping_mul(i * i + 7) >> (i % 23)) as u8).collect::<Vec<u8>>(),
        );
    }
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let after_preface = [&preface[..], &[0xff; 400]].concat();
    let half_a_preface = preface[..18].to_vec();
    for bytes in noise.into_iter().chain([hello.to_vec(), after_preface, half_a_preface]) {
        let answer = open.answer(&bytes).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    assert_eq!(open.ask("/health/live").await.0, 200);
    open.until_open(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_place_the_newest_is_told_so_and_an_idle_one_makes_room() {
    let open =
        Open::with(ConnectionLimits { connections: 4, head: PATIENCE, idle: PATIENCE, ..hasty() }).await;
    let mut busy = Vec::new();
    for _ in 0..4 {
        busy.push(open.said("GET / HTTP/1.1\r\n").await);
    }
    open.until_open(4).await;
    let answer = open.answer("GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert_eq!(status(&answer), 503, "{answer}");
    assert!(answer.contains("retry-after: 5\r\n") && answer.contains("application/problem+json"), "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["status"], 503);
    assert_eq!(open.ended("refused"), 1);
    // One has been answered and asks nothing more.
    busy[2].write_all(b"host: localhost\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    busy[2].read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(open.ask("/health/live").await.0, 200);
    rest(&mut busy[2]).await;
    assert_eq!(open.ended("idle"), 1);
    drop(busy);
    open.until_open(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_files_run_out_it_waits_and_goes_on() {
    let desk = Desk::new();
    let database = TestDatabase::with_catalog(&desk.catalog()).await;
    let mut command = desk.command(Some(database.url()), &["serve", "--listen", "127.0.0.1:0"]);
    let mut serving = command.kill_on_drop(true).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(serving.stderr.take().unwrap()).lines();
    let address = loop {
        let line = said.next_line().await.unwrap().unwrap();
        if let Some((_, rest)) = line.split_once("http://") {
            break rest.split('/').next().unwrap().to_owned();
        }
    };
    let pid = serving.id().unwrap().to_string();
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let hard = line.split_whitespace().nth(4).unwrap();
    let set = |soft: &str| {
        let arguments = ["--pid", &pid, &format!("--nofile={soft}:{hard}")];
        assert!(Command::new("prlimit").args(arguments).status().unwrap().success());
    };
    set("3");
    let mut waiting = TcpStream::connect(&address).await.unwrap();
    waiting.write_all(b"GET /health/live HTTP/1.1\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_secs(2), waiting.peek(&mut byte)).await;
    assert!(early.is_err(), "nobody can take it");
    set(hard);
    assert_eq!(status(&rest(&mut waiting).await), 200);
    serving.kill().await.unwrap();
    let mut told = 0;
    while let Some(line) = said.next_line().await.unwrap() {
        told += usize::from(line.contains("no connection can be taken"));
    }
    assert_eq!(told, 1, "it is said, and not again and again");
}

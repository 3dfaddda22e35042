//! Very many open maps, each with a stream of changes: what they cost a server while nothing happens, and how soon the
//! last of them hears of an edit.

use crate::{Outcome, tiles::percentile};
use std::{
    env, fs,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

const MAPS: usize = 1000;
const IDLE: Duration = Duration::from_secs(60);
const EDITS: usize = 30;
/// Ticks of a second in `/proc/PID/stat`, on each Linux that there is.
const TICKS: f64 = 100.0;
/// What an open map has to hear of by then.
const GIVE_UP: Duration = Duration::from_secs(30);

/// What a server holds and has used.
struct Used {
    anonymous_mb: f64,
    resident_mb: f64,
    cpu_s: f64,
}

impl Used {
    fn by(pid: &str) -> Outcome<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let mb = |name: &str| -> Option<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
        };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let behind_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: f64 =
            behind_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
        Ok(Self {
            anonymous_mb: mb("RssAnon").ok_or("no RssAnon")?,
            resident_mb: mb("VmRSS").ok_or("no VmRSS")?,
            cpu_s: ticks / TICKS,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
pub async fn run(url: &str, pid: &str, table: &str) -> Outcome<()> {
    let address = url.strip_prefix("http://").ok_or("an address of http://")?.to_owned();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle_without = used_by_idle(pid).await?;
    let before = Used::by(pid)?;
    let (sender, mut heard) = unbounded_channel();
    let begun = Instant::now();
    for _ in 0..MAPS {
        let socket = open(&address).await?;
        tokio::spawn(listen(socket, sender.clone()));
    }
    let opening = begun.elapsed();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let with = Used::by(pid)?;
    let idle_with = used_by_idle(pid).await?;
    let after = Used::by(pid)?;
    println!("| open maps | memory MB | with mapped files MB | of a core while idle, % |");
    println!("| --- | --- | --- | --- |");
    println!("| 0 | {:.1} | {:.1} | {idle_without:.2} |", before.anonymous_mb, before.resident_mb);
    println!("| {MAPS} | {:.1} | {:.1} | {idle_with:.2} |", with.anonymous_mb, with.resident_mb);
    println!(
        "\n{MAPS} streams were opened within {:.1} s; after {} s of silence the server holds {:.1} MB.",
        opening.as_secs_f64(),
        IDLE.as_secs(),
        after.anonymous_mb
    );
    let cpu = after.cpu_s;
    let (first, last) = edits(table, &mut heard).await?;
    let cpu = Used::by(pid)?.cpu_s - cpu;
    println!(
        "\n| edits | first map, p50 ms | last map, p50 ms | last map, slowest ms | processor of an edit, ms |"
    );
    println!("| --- | --- | --- | --- | --- |");
    println!(
        "| {EDITS} | {:.0} | {:.0} | {:.0} | {:.1} |",
        percentile(&first, 0.5),
        percentile(&last, 0.5),
        percentile(&last, 1.0),
        cpu * 1000.0 / EDITS as f64
    );
    let memory = after.anonymous_mb - before.anonymous_mb;
    let word = |passed| if passed { "PASS" } else { "short" };
    println!(
        "\n{MAPS} open maps take {memory:.1} MB (limit 100): {}; {idle_with:.2} % of a core when idle (limit 5): {}; an edit is at \
         the last of them within {:.0} ms (limit 2000): {}.",
        word(memory < 100.0),
        word(idle_with < 5.0),
        percentile(&last, 1.0),
        word(percentile(&last, 1.0) < 2000.0)
    );
    Ok(())
}

/// Percent of a core that a server takes while nothing is asked of it.
async fn used_by_idle(pid: &str) -> Outcome<f64> {
    let (before, begun) = (Used::by(pid)?.cpu_s, Instant::now());
    tokio::time::sleep(IDLE).await;
    Ok((Used::by(pid)?.cpu_s - before) / begun.elapsed().as_secs_f64() * 100.0)
}

/// A stream that is open.
async fn open(address: &str) -> Outcome<TcpStream> {
    let mut socket = TcpStream::connect(address).await?;
    let asked = format!("GET /live HTTP/1.1\r\nhost: {address}\r\naccept: text/event-stream\r\n\r\n");
    socket.write_all(asked.as_bytes()).await?;
    let (mut said, mut piece) = (String::new(), [0; 4096]);
    while !said.contains("event: open") {
        match timeout(GIVE_UP, socket.read(&mut piece)).await?? {
            0 => return Err(format!("the stream is not open: {said}").into()),
            read => said.push_str(&String::from_utf8_lossy(&piece[..read])),
        }
    }
    Ok(socket)
}

/// Tells when each change was heard of.
async fn listen(mut socket: TcpStream, heard: UnboundedSender<Instant>) {
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = socket.read(&mut piece).await {
        if String::from_utf8_lossy(&piece[..read]).contains("event: change")
            && heard.send(Instant::now()).is_err()
        {
            return;
        }
    }
}

/// From the commit of edits, one after the other, until the first map and the last one heard of it, milliseconds.
async fn edits(table: &str, heard: &mut UnboundedReceiver<Instant>) -> Outcome<(Vec<f64>, Vec<f64>)> {
    let (client, connection) =
        tokio_postgres::connect(&env::var("DATABASE_URL")?, tokio_postgres::NoTls).await?;
    tokio::spawn(connection);
    let select = format!("SELECT id FROM {table} ORDER BY hashint8(id) LIMIT {EDITS}");
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for row in client.query(&select, &[]).await? {
        // The overviews that were taken anew meanwhile are told of, too.
        while heard.try_recv().is_ok() {}
        let id: i64 = row.try_get(0)?;
        let statement = format!("UPDATE {table} SET price_vnd_m2 = price_vnd_m2 + 1 WHERE id = $1");
        client.execute(&statement, &[&id]).await?;
        let committed = Instant::now();
        for n in 1..=MAPS {
            let at = timeout(GIVE_UP, heard.recv()).await?.ok_or("nobody listens")?;
            let millis = at.duration_since(committed).as_secs_f64() * 1000.0;
            match n {
                1 => first.push(millis),
                MAPS => last.push(millis),
                _ => {}
            }
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    first.sort_by(f64::total_cmp);
    last.sort_by(f64::total_cmp);
    Ok((first, last))
}

//! PostgreSQL killed and started under 200 clients: tiles go on, questions to the database are refused at once, and all
//! is whole again soon after it is back.

use super::{
    clients::{Asked, Crowd, agent, any_tile, ask, failed, of_the_database, verdict, within_ms},
    server::{Server, Setup},
};
use crate::{Outcome, tiles::Random};
use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const OF_TILES: u64 = 180;
const OF_QUESTIONS: u64 = 20;
/// A question is refused by then.
const REFUSED_WITHIN: Duration = Duration::from_secs(2);
/// All is whole again by then.
const WHOLE_WITHIN: Duration = Duration::from_secs(5);

/// One time that the database was away: when it was told to go, when it was gone, when it was called back.
type Gone = [Instant; 3];

pub fn run(setup: &Setup, data: &Path, switch: &Path, minutes: f64) -> Outcome<()> {
    let mut server = Server::start(setup, data)?;
    server.up()?;
    wait_until_answered(&server, Duration::from_secs(60))?;
    println!(
        "| minutes | stops | tiles asked | tiles failed | slowest tile ms | questions while it was away | not 503 | slowest of them ms | whole again after, s at most |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let tiles = Crowd::start(&server.url, OF_TILES, Duration::from_millis(200), any_tile);
    let questions = Crowd::start(&server.url, OF_QUESTIONS, Duration::from_millis(500), of_the_database);
    let (started, mut random, mut gone, mut slowest_back) = (Instant::now(), Random(11), Vec::new(), 0.0f64);
    while started.elapsed().as_secs_f64() < minutes * 60.0 {
        thread::sleep(Duration::from_secs_f64(random.between(5.0, 15.0)));
        let went = Instant::now();
        switched(switch, "immediate")?;
        let stopped = Instant::now();
        thread::sleep(Duration::from_secs_f64(random.between(3.0, 10.0)));
        let called = Instant::now();
        switched(switch, "start")?;
        gone.push([went, stopped, called]);
        slowest_back = slowest_back.max(wait_until_answered(&server, Duration::from_secs(60))?.as_secs_f64());
    }
    let (tiles, questions) = (tiles.stop()?, questions.stop()?);
    let meant: Vec<(Asked, Duration)> =
        questions.iter().filter_map(|asked| while_away(asked, &gone)).collect();
    let mut statuses: Vec<u16> =
        meant.iter().map(|(asked, _)| asked.status).filter(|status| *status != 503).collect();
    let otherwise = statuses.len();
    statuses.dedup();
    let slowest = meant.iter().map(|(_, took)| *took).max().unwrap_or_default();
    let lost = failed(&tiles);
    println!(
        "| {minutes} | {} | {} | {lost} | {:.0} | {} | {otherwise} | {} | {slowest_back:.1} |",
        gone.len(),
        tiles.len(),
        within_ms(&tiles, 1.0),
        meant.len(),
        slowest.as_millis()
    );
    verdict(&[
        (lost > 0, format!("{lost} tiles failed")),
        (otherwise > 0, format!("{otherwise} questions were answered with {statuses:?}, not with 503")),
        (meant.is_empty(), "no question was asked while it was away".to_owned()),
        (slowest > REFUSED_WITHIN, format!("a question was refused after {} ms", slowest.as_millis())),
        (slowest_back > WHOLE_WITHIN.as_secs_f64(), format!("whole again after {slowest_back:.1} s")),
    ])
}

/// A question that was answered while the database was away, and how long it waited since then; `None` of others.
fn while_away(asked: &Asked, gone: &[Gone]) -> Option<(Asked, Duration)> {
    let end = asked.at + asked.took;
    let [went, ..] = gone.iter().find(|[_, stopped, called]| end > *stopped && end <= *called)?;
    Some((*asked, end - asked.at.max(*went)))
}

fn wait_until_answered(server: &Server, most: Duration) -> Outcome<Duration> {
    let (started, agent) = (Instant::now(), agent());
    loop {
        let answered =
            ask(&agent, &format!("{}{}", server.url, of_the_database(&mut Random(1)))).status == 200;
        if answered && ask(&agent, &format!("{}/health/ready", server.url)).status == 200 {
            return Ok(started.elapsed());
        }
        if started.elapsed() > most {
            return Err("the database is back, and the server does not answer of it".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn switched(switch: &Path, what: &str) -> Outcome<()> {
    let status = Command::new("bash").arg(switch).arg(what).status()?;
    if status.success() { Ok(()) } else { Err(format!("the database: {what} failed").into()) }
}

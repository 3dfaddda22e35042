//! Many clients at once, each with a connection of its own, and what each of their questions came to.

use super::server::EXTENT;
use crate::{
    Outcome,
    tiles::{Random, percentile, tile_at},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

/// A question without an answer by then has failed.
const WITHIN: Duration = Duration::from_secs(60);

/// A question, and what came of it.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub at: Instant,
    pub took: Duration,
    /// 0 where there was no whole answer.
    pub status: u16,
}

/// Clients that ask until they are stopped.
pub struct Crowd {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Asked>>>,
}

impl Crowd {
    /// `count` clients, each of which asks for what `next` says, with a pause between an answer and the next question.
    pub fn start(
        url: &str,
        count: u64,
        pause: Duration,
        next: impl Fn(&mut Random) -> String + Clone + Send + 'static,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |n: u64| {
            let (stop, url, next) = (stop.clone(), url.to_owned(), next.clone());
            thread::spawn(move || {
                let (agent, mut random, mut asked) =
                    (agent(), Random(n.wrapping_mul(0x9e37_79b9)), Vec::new());
                while !stop.load(Ordering::Relaxed) {
                    asked.push(ask(&agent, &format!("{url}{}", next(&mut random))));
                    thread::sleep(pause);
                }
                asked
            })
        };
        let clients = (1..=count).map(client).collect();
        Self { stop, clients }
    }

    /// Ends them, once each has its answer; what all have asked, in the order of time.
    pub fn stop(self) -> Outcome<Vec<Asked>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for client in self.clients {
            all.extend(client.join().map_err(|_| "a client fell over")?);
        }
        all.sort_by_key(|asked| asked.at);
        Ok(all)
    }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(WITHIN)).build().into()
}

/// Asks, and reads the answer to its end.
pub fn ask(agent: &ureq::Agent, url: &str) -> Asked {
    let at = Instant::now();
    let answer = agent.get(url).header("accept-encoding", "gzip").call();
    let status = answer.ok().and_then(|mut answer| {
        let whole = std::io::copy(&mut answer.body_mut().as_reader(), &mut std::io::sink());
        whole.ok().map(|_| answer.status().as_u16())
    });
    Asked { at, took: at.elapsed(), status: status.unwrap_or(0) }
}

/// A tile of any zoom, where the parcels are.
pub fn any_tile(random: &mut Random) -> String {
    let zoom = random.between(8.0, 17.0) as u8;
    let (lon, lat) = (random.between(EXTENT[0], EXTENT[2]), random.between(EXTENT[1], EXTENT[3]));
    let tile = tile_at(lon, lat, zoom);
    format!("/tiles/parcels/{}/{}/{}", tile.z(), tile.x(), tile.y())
}

/// A question that no snapshot answers: how the layer was on record a while ago.
pub fn of_the_database(_: &mut Random) -> String {
    let ago = SystemTime::now() - Duration::from_secs(30);
    let moment = time::OffsetDateTime::from(ago).format(&time::format_description::well_known::Rfc3339);
    format!("/collections/parcels/items?limit=5&as_of={}", moment.unwrap_or_default().replace('+', "%2B"))
}

/// The time in which `share` of all were answered, milliseconds.
pub fn within_ms(asked: &[Asked], share: f64) -> f64 {
    let mut took: Vec<f64> = asked.iter().map(|asked| asked.took.as_secs_f64() * 1000.0).collect();
    took.sort_by(f64::total_cmp);
    percentile(&took, share)
}

/// How many were answered otherwise than by a tile.
pub fn failed(asked: &[Asked]) -> usize {
    asked.iter().filter(|asked| ![200, 204].contains(&asked.status)).count()
}

/// `PASS`, or by how much it is short.
pub fn verdict(wrong: &[(bool, String)]) -> Outcome<()> {
    let short: Vec<&str> =
        wrong.iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, how)| how.as_str()).collect();
    if short.is_empty() {
        println!("\nPASS");
        return Ok(());
    }
    println!("\nshort: {}", short.join("; "));
    Err("a figure is missed".into())
}

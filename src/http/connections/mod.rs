//! The listener: connections over TLS or in clear, HTTP/1.1 or HTTP/2, bounded in number, time and memory.
//!
//! A connection is a task; what passes on it is counted (`pulse`), all are looked at twice a second (`register`), and
//! who is too slow is cut off. Must not know routes.

mod answer;
mod certificate;
mod exchange;
mod limits;
mod pulse;
mod register;
mod wire;

pub use certificate::{Certificate, CertificateError};
pub use limits::ConnectionLimits;

use super::{Site, routes::router, tiles};
use crate::store::FeatureStore;
use exchange::Asking;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use pulse::{Order, Reason};
use register::{Place, Register};
use socket2::SockRef;
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use wire::{Counted, Wire};

/// How long requests under way may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);
/// Before the next connection is taken where none could be: files run out for longer than a moment.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// How often that is said.
const ACCEPT_FAILURES_TOLD: Duration = Duration::from_secs(30);

/// Bytes that the system holds of an answer before the client has room for them. A client that stops reading shows
/// soon, and holds little.
const UNSENT_MAX: u32 = 64 << 10;
/// Bytes of a request's head over HTTP/1, and of what is gathered for a write.
const BUFFER_MAX: usize = 64 << 10;
/// Bytes of a request's head over HTTP/2, as its table counts them (RFC 9113, 6.5.2).
const HEADERS_MAX: u32 = 32 << 10;
/// Requests of one connection at once. A map asks for some tens of tiles.
const STREAMS_MAX: u32 = 128;
/// Requests that were taken back before they were looked at, of one connection (CVE-2023-44487).
const RESETS_MAX: usize = 32;
/// Bytes of one answer that wait within HTTP/2 for room on the connection.
const SEND_BUFFER_MAX: usize = 128 << 10;
/// Bytes of a request's body that may come before they are asked for; of one, and of a connection.
const STREAM_WINDOW: u32 = 64 << 10;
const CONNECTION_WINDOW: u32 = 256 << 10;
/// A client that answers no ping over HTTP/2 is gone.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_WAIT: Duration = Duration::from_secs(20);

/// Who finds no place is told so in this way, as many at once; the rest is only closed.
const REFUSALS_AT_ONCE: usize = 64;
/// How long that may take.
const REFUSAL_TIME: Duration = Duration::from_secs(1);
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
    retry-after: 5\r\ncache-control: no-store\r\nconnection: close\r\ncontent-length: 144\r\n\r\n\
    {\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\
    \"detail\":\"the server has too many connections just now; try again in a moment\"}";
/// To who speaks HTTP where TLS is spoken.
const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
    connection: close\r\ncontent-length: 65\r\n\r\n\
    This port speaks TLS: the address begins with https://, not http\n";

/// Answers on `listener` until `shutdown`, then lets what is under way end.
pub async fn serve<S: FeatureStore>(
    listener: TcpListener,
    site: Arc<Site<S>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    if let Err(error) = SockRef::from(&listener).set_tcp_notsent_lowat(UNSENT_MAX) {
        tracing::debug!(%error, "TCP_NOTSENT_LOWAT could not be set");
    }
    let limits = site.connections.within_open_files();
    let register = Register::new(limits, site.limits.proxies.clone(), site.metrics.connections.clone());
    // They end with this.
    let mut beside = JoinSet::new();
    beside.spawn({
        let register = register.clone();
        async move { register.watch().await }
    });
    if let Some(certificate) = site.certificate.clone() {
        beside.spawn(certificate.follow());
    }
    let ending = site.clone();
    let house = Arc::new(House {
        register,
        limits,
        http: http(),
        certificate: site.certificate.clone(),
        refusals: Arc::new(Semaphore::new(REFUSALS_AT_ONCE)),
        routes: tiles::WarmTiles::new(site.clone(), router(site)),
    });
    house.take(&listener, shutdown).await;
    drop(listener);
    house.register.finish_all();
    // They would not end by themselves.
    ending.live.end();
    if tokio::time::timeout(DRAIN, house.register.empty()).await.is_err() {
        house.register.cut_all();
    }
    Ok(())
}

/// HTTP within bounds. Times are `pulse`'s: hyper's would be a timer for each request.
fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().max_buf_size(BUFFER_MAX);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADERS_MAX)
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(RESETS_MAX)
        .max_send_buf_size(SEND_BUFFER_MAX)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_WAIT);
    http
}

/// What all connections share.
struct House<S> {
    register: Arc<Register>,
    limits: ConnectionLimits,
    http: Builder<TokioExecutor>,
    certificate: Option<Certificate>,
    refusals: Arc<Semaphore>,
    routes: tiles::WarmTiles<S>,
}

impl<S: FeatureStore> House<S> {
    /// Takes connections until `shutdown`.
    async fn take(self: &Arc<Self>, listener: &TcpListener, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut told: Option<Instant> = None;
        loop {
            let accepted = tokio::select! {
                biased;
                () = shutdown.as_mut() => return,
                accepted = listener.accept() => accepted,
            };
            let (socket, from) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one(&error) => continue,
                Err(error) => {
                    if told.is_none_or(|told| told.elapsed() >= ACCEPT_FAILURES_TOLD) {
                        tracing::error!(%error, "no connection can be taken");
                        told = Some(Instant::now());
                    }
                    tokio::select! {
                        () = shutdown.as_mut() => return,
                        () = tokio::time::sleep(ACCEPT_PAUSE) => continue,
                    }
                }
            };
            // Small answers must not wait for the client's acknowledgement of the one before.
            if let Err(error) = socket.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
            match self.register.admit(from.ip(), self.certificate.is_some()) {
                Ok(place) => drop(tokio::spawn(self.clone().converse(place, socket, from))),
                Err(register::Full) => self.refuse(socket),
            }
        }
    }

    /// Answers on one connection until it ends.
    async fn converse(self: Arc<Self>, place: Place, socket: TcpStream, from: SocketAddr) {
        let pulse = place.pulse.clone();
        let counted = Counted::new(socket, pulse.clone());
        let wire = tokio::select! {
            wire = self.greet(counted) => wire,
            _ = pulse.told() => None,
        };
        let Some(wire) = wire else { return };
        let asking = Asking {
            routes: self.routes.asked_from(from),
            pulse: pulse.clone(),
            limits: self.limits,
            metrics: self.register.metrics().clone(),
        };
        let mut conversation = pin!(self.http.serve_connection(TokioIo::new(wire), asking));
        loop {
            tokio::select! {
                biased;
                ended = conversation.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(error, "a connection broke off");
                    }
                    return;
                }
                order = pulse.told() => match order {
                    Order::Finish => conversation.as_mut().graceful_shutdown(),
                    Order::Cut => return,
                }
            }
        }
    }

    /// What is spoken over, once both sides agree on it.
    async fn greet(&self, mut socket: Counted) -> Option<Wire> {
        let Some(certificate) = &self.certificate else { return Some(Wire::Clear(socket)) };
        let mut first = [0];
        // No record of TLS begins with a letter (RFC 8446, 5.1), and each request of HTTP does.
        let is_http = matches!(socket.socket.peek(&mut first).await, Ok(1) if first[0].is_ascii_uppercase());
        if is_http {
            self.register.count(Reason::NotTls);
            last_words(&mut socket.socket, SPEAK_TLS).await;
            return None;
        }
        match certificate.acceptor().accept(socket).await {
            Ok(stream) => {
                stream.get_ref().0.greeted();
                Some(Wire::Tls(Box::new(stream)))
            }
            Err(error) => {
                self.register.count(Reason::Handshake);
                tracing::debug!(%error, "no TLS came about");
                None
            }
        }
    }

    /// Tells a connection that there is no place for it.
    fn refuse(&self, mut socket: TcpStream) {
        // A handshake to say no would cost more than the place.
        if self.certificate.is_some() {
            return;
        }
        let Ok(permit) = self.refusals.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            let _permit: OwnedSemaphorePermit = permit;
            last_words(&mut socket, REFUSAL).await;
        });
    }
}

/// Says something and closes, so that it arrives: what the client still sends is read for a moment, or the system
/// would take back what was said.
async fn last_words(socket: &mut TcpStream, words: &[u8]) {
    let said = async {
        socket.write_all(words).await?;
        socket.shutdown().await?;
        let mut rest = [0; 1024];
        while socket.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    let _ = tokio::time::timeout(REFUSAL_TIME, said).await;
}

/// Whether a failure to take a connection is that connection's alone.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_at_the_door_is_as_long_as_it_says() {
        for words in [REFUSAL, SPEAK_TLS] {
            let text = String::from_utf8_lossy(words);
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
            assert!(head.contains(&format!("content-length: {}", body.len())), "{head}: {}", body.len());
        }
    }
}

//! One request and its answer, between hyper and the routes: counted while they go on, their bodies held to a pace.
//!
//! Nothing here allocates, or sets a timer, for a request without a body whose answer is there in one piece.

use super::{
    answer::{Answer, LARGE},
    limits::ConnectionLimits,
    pulse::{Pulse, Reason},
};
use crate::{
    http::Problem,
    metrics::{Connections, Ended},
};
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, Uri, Version, header, request, uri},
    response::{IntoResponse, Response},
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Instant,
};
use tokio::{sync::OwnedSemaphorePermit, time::Sleep};

/// The routes, as one connection asks them.
pub struct Asking<T> {
    /// Who answers; always ready.
    pub routes: T,
    /// Of the connection.
    pub pulse: Arc<Pulse>,
    /// How slow a body may be.
    pub limits: ConnectionLimits,
    /// Counters.
    pub metrics: Connections,
}

impl<T> hyper::service::Service<Request<Incoming>> for Asking<T>
where
    T: tower::Service<Request, Response = Response, Error = Infallible> + Clone,
    T::Future: Unpin,
{
    type Response = axum::http::Response<Answer>;
    type Error = Infallible;
    type Future = Asked<T::Future>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let exchange = Exchange::begin(&self.pulse);
        let (mut head, body) = request.into_parts();
        if head.version == Version::HTTP_2 {
            self.pulse.side_by_side.store(true, Relaxed);
            name_host(&mut head);
        }
        let (body, too_slow) = if body.is_end_stream() {
            (Body::empty(), None)
        } else {
            let too_slow = Arc::new(AtomicBool::new(false));
            (Body::new(Paced::new(body, self.limits, too_slow.clone())), Some(too_slow))
        };
        let answer = self.routes.clone().call(Request::from_parts(head, body));
        let too_slow = too_slow.map(|flag| (flag, self.metrics.clone()));
        Asked { answer, exchange: Some(exchange), too_slow }
    }
}

/// HTTP/2 names the host in the address (RFC 9113, 8.3.1); for the routes it stands where HTTP/1 has it.
fn name_host(head: &mut request::Parts) {
    let mut parts = std::mem::take(&mut head.uri).into_parts();
    if let Some(authority) = parts.authority.take_if(|_| parts.path_and_query.is_some()) {
        parts.scheme = None;
        if let Ok(host) = HeaderValue::from_str(authority.as_str()) {
            head.headers.insert(header::HOST, host);
        }
    }
    head.uri = whole(parts);
}

fn whole(parts: uri::Parts) -> Uri {
    Uri::from_parts(parts).unwrap_or_default()
}

/// A request that has come and whose answer has not gone.
#[derive(Debug)]
pub struct Exchange(Arc<Pulse>);

impl Exchange {
    fn begin(pulse: &Arc<Pulse>) -> Self {
        pulse.asked();
        Self(pulse.clone())
    }

    /// Of the connection.
    pub fn pulse(&self) -> &Arc<Pulse> {
        &self.0
    }

    /// Room for an answer that is whole in memory, where it is a large one; 503 where others have it all.
    fn room_for(&self, response: &Response) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        let size = response.body().size_hint().exact().filter(|size| *size > LARGE as u64);
        let Some(size) = size else { return Ok(None) };
        let kilobytes = u32::try_from(size >> 10).map_err(|_| Problem::busy())?;
        let room = self.0.room.clone().try_acquire_many_owned(kilobytes);
        room.map(Some).map_err(|_| Problem::busy())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.0.answered();
    }
}

/// An answer under way.
pub struct Asked<F> {
    answer: F,
    exchange: Option<Exchange>,
    /// Whether the request's body was too slow, and where that is counted; of a request that has one.
    too_slow: Option<(Arc<AtomicBool>, Connections)>,
}

impl<F: Future<Output = Result<Response, Infallible>> + Unpin> Future for Asked<F> {
    type Output = Result<axum::http::Response<Answer>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(mut response) = ready!(Pin::new(&mut self.answer).poll(context));
        if let Some((_, metrics)) = self.too_slow.as_ref().filter(|(flag, _)| flag.load(Relaxed)) {
            metrics.ended.get_or_create(&Ended::of(Reason::SlowBody.as_str())).inc();
            response = Problem::sent_too_slowly().into_response();
        }
        let Some(exchange) = self.exchange.take() else { return Poll::Pending };
        let room = match exchange.room_for(&response) {
            Ok(room) => room,
            Err(problem) => {
                response = problem.into_response();
                None
            }
        };
        Poll::Ready(Ok(response.map(|body| Answer::of(body, exchange, room))))
    }
}

/// A body that has to come at a pace, from when it is first waited for.
struct Paced {
    body: Incoming,
    limits: ConnectionLimits,
    begun: Option<Instant>,
    bytes: u64,
    due: Option<Pin<Box<Sleep>>>,
    too_slow: Arc<AtomicBool>,
}

impl Paced {
    const fn new(body: Incoming, limits: ConnectionLimits, too_slow: Arc<AtomicBool>) -> Self {
        Self { body, limits, begun: None, bytes: 0, due: None, too_slow }
    }
}

/// The body of a request does not come at the pace that it should.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request does not come")]
struct TooSlow;

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let limits = self.limits;
                let begun = *self.begun.get_or_insert_with(Instant::now);
                let seconds = self.bytes / limits.body_rate.max(1);
                let pace = limits.body_grace.saturating_add(std::time::Duration::from_secs(seconds));
                let until = (begun + pace.min(limits.body)).into();
                let due = self.due.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
                if due.deadline() != until {
                    due.as_mut().reset(until);
                }
                ready!(due.as_mut().poll(context));
                self.too_slow.store(true, Relaxed);
                return Poll::Ready(Some(Err(TooSlow.into())));
            }
        };
        if let Some(bytes) = frame.as_ref().and_then(|f| f.as_ref().ok()).and_then(Frame::data_ref) {
            self.bytes += bytes.len() as u64;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

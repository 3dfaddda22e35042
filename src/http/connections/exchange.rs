//! One request and its answer, between hyper and the routes: counted while they go on, their bodies held to a pace.
//!
//! Nothing here allocates, or sets a timer, for a request without a body whose answer is there in one piece.

use super::{
    limits::ConnectionLimits,
    pulse::{Flow, Pulse, Reason},
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
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Instant,
};
use tokio::time::Sleep;

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
        let exchange = self.exchange.take();
        Poll::Ready(Ok(response.map(|body| Answer::of(body, exchange))))
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

/// The body of an answer.
pub enum Answer {
    /// There as a whole, of a known size; whether it still has to be taken.
    Whole(Body, Option<Exchange>, bool),
    /// In pieces, made as they are taken.
    Pieces(Arc<LongAnswer>),
}

impl Answer {
    fn of(body: Body, exchange: Option<Exchange>) -> Self {
        if body.size_hint().exact().is_some() {
            let waits = !body.is_end_stream();
            if let Some(Exchange(pulse)) = exchange.as_ref().filter(|_| waits) {
                pulse.untaken.fetch_add(1, Relaxed);
            }
            return Self::Whole(body, exchange, waits);
        }
        let pulse = exchange.as_ref().map(|Exchange(pulse)| pulse.clone());
        let going = Going { body, exchange, waits: true, taken: 0, flow: Flow::default() };
        let answer = Arc::new(LongAnswer(Mutex::new(Some(going))));
        if let Some(pulse) = pulse.filter(|pulse| pulse.side_by_side.load(Relaxed)) {
            pulse.watch(Arc::downgrade(&answer));
        }
        Self::Pieces(answer)
    }

    fn taken(&mut self) {
        if let Self::Whole(_, Some(Exchange(pulse)), waits @ true) = self {
            *waits = false;
            pulse.untaken.fetch_sub(1, Relaxed);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.taken();
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.taken();
        match self.get_mut() {
            Self::Whole(body, ..) => Pin::new(body).poll_frame(context).map_err(Into::into),
            Self::Pieces(answer) => answer.poll(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body, ..) => body.is_end_stream(),
            Self::Pieces(answer) => answer.going().as_ref().is_some_and(|going| going.body.is_end_stream()),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body, ..) => body.size_hint(),
            Self::Pieces(answer) => {
                answer.going().as_ref().map_or_else(SizeHint::default, |g| g.body.size_hint())
            }
        }
    }
}

/// An answer in pieces. What makes them (a cursor, a file, a place among the few downloads) is let go of where nobody
/// takes them, even if the connection goes on with others.
#[derive(Debug)]
pub struct LongAnswer(Mutex<Option<Going>>);

#[derive(Debug)]
struct Going {
    body: Body,
    /// Held until the last piece.
    #[allow(dead_code, reason = "it counts when it is dropped")]
    exchange: Option<Exchange>,
    /// Whether the next piece could be had, and nobody has come for it.
    waits: bool,
    taken: u64,
    flow: Flow,
}

/// An answer was not taken.
#[derive(Debug, thiserror::Error)]
#[error("the answer was taken too slowly")]
struct NotTaken;

impl LongAnswer {
    fn going(&self) -> MutexGuard<'_, Option<Going>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let mut going = self.going();
        let Some(answer) = going.as_mut() else { return Poll::Ready(Some(Err(NotTaken.into()))) };
        let frame = Pin::new(&mut answer.body).poll_frame(context);
        answer.waits = matches!(frame, Poll::Ready(Some(Ok(_))));
        if let Poll::Ready(Some(Ok(frame))) = &frame {
            answer.taken += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
        }
        frame.map_err(Into::into)
    }

    /// Ends it if it is.
    pub fn is_taken_too_slowly(&self, now: Instant, limits: &ConnectionLimits) -> bool {
        let mut going = self.going();
        let is_slow = going
            .as_mut()
            .is_some_and(|answer| answer.flow.is_too_slow(now, answer.waits, answer.taken, limits));
        let ended = if is_slow { going.take() } else { None };
        drop(going);
        drop(ended);
        is_slow
    }
}

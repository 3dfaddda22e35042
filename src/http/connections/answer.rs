//! The body of an answer, as the connection takes it: how much of it has gone is known, and what nobody takes is let go
//! of.
//!
//! Over HTTP/1 hyper asks for the next piece when the one before has left for the system. Over HTTP/2 it asks for a piece
//! before there is room for it, and holds it: there an answer goes in slices, and the next is asked for when the one
//! before has found room.
//!
//! Must not know what is answered.

use super::{exchange::Exchange, limits::ConnectionLimits, pulse::Flow};
use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering::Relaxed},
    task::{Context, Poll},
    time::Instant,
};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes of an answer over HTTP/2 that go at a time.
const SLICE: usize = 16 << 10;
/// The same over HTTP/1. An answer that is whole in memory and larger takes room that all have together.
pub const LARGE: usize = 256 << 10;

/// The body of an answer.
pub enum Answer {
    /// There as a whole, of a known size; whether it still has to be taken. Over HTTP/1 alone, or empty.
    Whole(Body, Exchange, bool),
    /// What goes in pieces, or in slices.
    Pieces(Arc<LongAnswer>),
}

impl Answer {
    /// Of a body, which holds room if it is large and whole in memory.
    pub fn of(body: Body, exchange: Exchange, room: Option<OwnedSemaphorePermit>) -> Self {
        let pulse = exchange.pulse().clone();
        let side_by_side = pulse.side_by_side.load(Relaxed);
        let waits = !body.is_end_stream();
        let is_small = body.size_hint().exact().is_some_and(|size| size <= LARGE as u64);
        if !waits || (is_small && !side_by_side) {
            pulse.untaken.fetch_add(waits.into(), Relaxed);
            return Self::Whole(body, exchange, waits);
        }
        let is_watched = side_by_side || room.is_some();
        let slice = if side_by_side { SLICE } else { LARGE };
        let room = room.map(|room| (Instant::now(), room));
        let (rest, flow) = (Bytes::new(), Flow::default());
        let going = Going { body, rest, slice, exchange, room, waits: true, taken: 0, flow };
        let answer = Arc::new(LongAnswer(Mutex::new(Some(going))));
        if is_watched {
            pulse.watch(Arc::downgrade(&answer));
        }
        Self::Pieces(answer)
    }

    fn taken(&mut self) {
        if let Self::Whole(_, exchange, waits @ true) = self {
            *waits = false;
            exchange.pulse().untaken.fetch_sub(1, Relaxed);
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
            Self::Pieces(answer) => answer.going().as_ref().is_some_and(Going::is_at_its_end),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body, ..) => body.size_hint(),
            Self::Pieces(answer) => answer.going().as_ref().map_or_else(SizeHint::default, Going::size_hint),
        }
    }
}

/// An answer that goes piece by piece. What makes it (a cursor, a file, a place among the few downloads, room in memory)
/// is let go of where nobody takes it, even if the connection goes on with others.
#[derive(Debug)]
pub struct LongAnswer(Mutex<Option<Going>>);

#[derive(Debug)]
struct Going {
    body: Body,
    /// What has come out of the body and not gone yet.
    rest: Bytes,
    slice: usize,
    /// Held until the last piece.
    #[allow(dead_code, reason = "it counts when it is dropped")]
    exchange: Exchange,
    /// Since when it has room in memory, where it takes some.
    room: Option<(Instant, OwnedSemaphorePermit)>,
    /// Whether the next piece could be had, and nobody has come for it.
    waits: bool,
    taken: u64,
    flow: Flow,
}

impl Going {
    fn is_at_its_end(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper + rest);
        }
        hint.set_lower(hint.lower() + rest);
        hint
    }
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
        if answer.rest.is_empty() {
            let frame = match Pin::new(&mut answer.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => frame,
                other => {
                    answer.waits = false;
                    return other.map_err(Into::into);
                }
            };
            match frame.into_data() {
                Ok(data) => answer.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let piece = answer.rest.split_to(answer.rest.len().min(answer.slice));
        answer.waits = true;
        answer.taken += piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    /// Ends it if it is.
    pub fn is_taken_too_slowly(&self, now: Instant, limits: &ConnectionLimits) -> bool {
        let mut going = self.going();
        let is_slow = going.as_mut().is_some_and(|answer| {
            let has_stood = |since: Instant| now.duration_since(since) >= limits.large;
            answer.room.as_ref().is_some_and(|(since, _)| has_stood(*since))
                || answer.flow.is_too_slow(now, answer.waits, answer.taken, limits)
        });
        let ended = if is_slow { going.take() } else { None };
        drop(going);
        drop(ended);
        is_slow
    }
}

//! Features as the body of an answer: whole where it is short, in pieces where it is long, so
//! that no answer takes more memory than a piece.

use super::super::{Problem, on_record::Sending};
use crate::{
    feature::{FeatureId, FeatureRow, ValueRef},
    format::{FeatureWriter, Rendition},
    store::{BoxedRows, held},
};
use axum::body::{Body, Bytes};
use futures_util::stream;
use std::{
    fs::File,
    io::{self, Read},
    ops::ControlFlow,
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::oneshot, task::spawn_blocking};

/// Bytes that are gathered before they are sent.
const PIECE: usize = 512 * 1024;
/// Rows after which others get their turn.
const ROWS_AT_A_STRETCH: u32 = 1024;
/// Room that a feature takes at first guess, bytes.
const FEATURE: usize = 512;
/// The longest page that is made whole before it is sent, bytes.
pub const WHOLE_MAX: usize = 64 << 20;

/// Features on their way into an answer.
pub struct Delivery {
    rows: BoxedRows,
    rendition: Rendition,
    writer: Box<dyn FeatureWriter>,
    limit: u32,
    members: Members,
    /// Places of the values of the last feature that are kept.
    keys: Vec<usize>,
    sent: Sent,
    state: State,
    file: Option<File>,
    /// When it has to be done.
    until: Option<Instant>,
    sending: Option<Sending>,
}

/// Makes the members of the whole, JSON text without the braces, from what was sent.
pub type Members = Box<dyn Fn(&Sent) -> Option<String> + Send>;

/// How much was sent.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// Features.
    pub count: u32,
    /// The number of the last of them.
    pub last: Option<FeatureId>,
    /// Those of its values that are kept, as text.
    pub keys: Vec<Option<String>>,
    /// Whether there are more that were asked for.
    pub more: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unbegun,
    Under,
    Done,
}

impl Delivery {
    /// Of at most `limit` of the rows, as `rendition` shows them; that there are more is told by
    /// one more.
    pub fn new(
        rows: BoxedRows,
        rendition: Rendition,
        writer: Box<dyn FeatureWriter>,
        limit: u32,
        members: Members,
    ) -> Self {
        let (sent, state, keys) = (Sent::default(), State::Unbegun, Vec::new());
        let (file, until, sending) = (None, None, None);
        Self { rows, rendition, writer, limit, members, keys, sent, state, file, until, sending }
    }

    /// With what puts on record how much has gone.
    pub fn told_to(mut self, sending: Option<Sending>) -> Self {
        self.sending = sending;
        self
    }

    /// With values of the last feature kept, by their places: what follows it begins there.
    pub fn keeping(mut self, keys: Vec<usize>) -> Self {
        self.keys = keys;
        self
    }

    /// Within a time.
    pub fn within(mut self, time: Duration) -> Self {
        self.until = Some(Instant::now() + time);
        self
    }

    /// The body. An error in its first piece is an answer of its own. If one comes later, the
    /// body ends with an error and the connection is cut: no answer is whole to look at and short
    /// in truth.
    pub async fn body(mut self) -> Result<Body, Problem> {
        let first = Bytes::from(self.piece().await?);
        if self.state == State::Done {
            return Ok(Body::from(first));
        }
        let rest = stream::try_unfold((self, Some(first)), |(mut delivery, first)| async move {
            if let Some(first) = first {
                // Nobody asks for it of an answer without a body (HEAD).
                let begun = delivery.sending.as_mut().map_or(Ok(()), Sending::begin);
                begun.map_err(|_| io::Error::other("the server stops"))?;
                return Ok::<_, io::Error>(Some((first, (delivery, None))));
            }
            if delivery.state == State::Done {
                return Ok(None);
            }
            let piece = delivery.piece().await;
            let piece = piece.map_err(|_| io::Error::other("the answer could not be ended"))?;
            Ok(Some((Bytes::from(piece), (delivery, None))))
        });
        Ok(Body::from_stream(rest))
    }

    /// The body, whole, and how much is in it: for pages that say in headers whether one follows.
    pub async fn whole(mut self) -> Result<(Body, Sent), Problem> {
        let mut body = Vec::new();
        while self.state != State::Done {
            body.append(&mut self.piece().await?);
            if body.len() > WHOLE_MAX {
                return Err(Problem::too_large(format!(
                    "the page is larger than {WHOLE_MAX} bytes; ask for fewer features by limit, or take the layer \
                     whole at /download"
                )));
            }
        }
        Ok((Body::from(body), self.sent))
    }

    /// The body of a form that is a file before it is sent, and how much is in it.
    pub async fn file(mut self) -> Result<(Body, Sent), Problem> {
        // The file is written by calls that wait for the disk: beside those that wait for input.
        let runtime = Handle::current();
        let (waits, gone) = oneshot::channel::<()>();
        // Its end, once begun, is made whether or not anybody waits: in the place of who asked for it.
        let held = held();
        let written = spawn_blocking(move || {
            let _held = held;
            runtime.block_on(async move {
                let written = async move {
                    while self.state != State::Done {
                        self.piece().await?;
                    }
                    Ok::<_, Problem>(self)
                };
                // Nobody waits for what is written when the client has gone.
                tokio::select! {
                    written = written => written,
                    _ = gone => Err(Problem::busy()),
                }
            })
        });
        let delivery = written.await.map_err(Problem::internal)??;
        drop(waits);
        let sent = delivery.sent.clone();
        let pieces = stream::try_unfold(delivery, |delivery| async move {
            let read = spawn_blocking(move || delivery.read());
            read.await.map_err(io::Error::other)?
        });
        Ok((Body::from_stream(pieces), sent))
    }

    /// The next bytes of the file; `None` behind its end.
    fn read(mut self) -> io::Result<Option<(Bytes, Self)>> {
        in_time(self.until).map_err(|_| io::Error::other("too long"))?;
        let Some(file) = &mut self.file else { return Ok(None) };
        let mut piece = Vec::with_capacity(PIECE);
        file.take(PIECE as u64).read_to_end(&mut piece)?;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), self)))
    }

    async fn piece(&mut self) -> Result<Vec<u8>, Problem> {
        let piece = self.next_piece().await?;
        if let Some(sending) = &mut self.sending {
            sending.reached(self.sent.count.into(), self.state == State::Done)?;
        }
        Ok(piece)
    }

    async fn next_piece(&mut self) -> Result<Vec<u8>, Problem> {
        let left = (self.limit - self.sent.count) as usize;
        let mut out = Vec::with_capacity(PIECE.min(left.saturating_mul(FEATURE)) + PIECE / 16);
        if self.state == State::Unbegun {
            self.writer.begin(&mut out)?;
            self.state = State::Under;
        }
        let until = self.until;
        let Self { rows, rendition, writer, limit, keys, sent, .. } = self;
        loop {
            in_time(until)?;
            let mut failed = None;
            let mut take = |row: &FeatureRow<'_>| {
                if sent.count == *limit {
                    sent.more = true;
                    return ControlFlow::Break(());
                }
                if let Err(error) = rendition.pass(row, |shown| writer.feature(shown, &mut out)) {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
                sent.count += 1;
                sent.last = Some(row.id);
                if !keys.is_empty() {
                    sent.keys = keys.iter().map(|place| told(row.values.get(*place))).collect();
                }
                // A file takes rows without an end of a piece: now and then it is looked up whether anybody waits.
                let goes_on = out.len() < PIECE && sent.count % ROWS_AT_A_STRETCH != 0;
                if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let more = rows.next(&mut take).await?;
            if let Some(error) = failed {
                return Err(error.into());
            }
            if !more || sent.more {
                self.file = writer.end((self.members)(sent).as_deref(), &mut out)?;
                self.state = State::Done;
                return Ok(out);
            }
            if out.len() >= PIECE {
                return Ok(out);
            }
            // Others get their turn where little is found among many rows.
            tokio::task::yield_now().await;
        }
    }
}

fn in_time(until: Option<Instant>) -> Result<(), Problem> {
    match until {
        Some(until) if Instant::now() > until => Err(Problem::too_large(
            "the download takes longer than a download may; ask for part of it by bbox or attributes",
        )),
        _ => Ok(()),
    }
}

/// A value as text; `None` if there is none.
fn told(value: Option<&ValueRef<'_>>) -> Option<String> {
    match value? {
        ValueRef::Null | ValueRef::Numbered(..) => None,
        ValueRef::Bool(value) => Some(value.to_string()),
        ValueRef::Int(number) => Some(number.to_string()),
        ValueRef::Number(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some((*text).to_owned()),
        ValueRef::TextBytes(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
    }
}

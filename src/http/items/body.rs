//! Features as the body of an answer: whole where it is short, in pieces where it is long, so
//! that no answer takes more memory than a piece.

use super::super::Problem;
use crate::{
    feature::FeatureId,
    format::{FeatureWriter, FormatError, Rendition},
    store::BoxedRows,
};
use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use std::ops::ControlFlow;

/// Bytes that are gathered before they are sent.
const PIECE: usize = 512 * 1024;
/// Room that a feature takes at first guess, bytes.
const FEATURE: usize = 512;

/// Features on their way into an answer.
pub struct Delivery {
    rows: BoxedRows,
    rendition: Rendition,
    writer: Box<dyn FeatureWriter>,
    limit: u32,
    members: Members,
    sent: Sent,
    state: State,
}

/// Makes the members of the whole, JSON text without the braces, from what was sent.
pub type Members = Box<dyn Fn(&Sent) -> String + Send>;

/// How much was sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sent {
    /// Features.
    pub count: u32,
    /// The number of the last of them.
    pub last: Option<FeatureId>,
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
        Self { rows, rendition, writer, limit, members, sent: Sent::default(), state: State::Unbegun }
    }

    /// The body. An error in its first piece is an answer of its own. If one comes later, the
    /// body ends with an error and the connection is cut: no answer is whole to look at and short
    /// in truth.
    pub async fn body(mut self) -> Result<Body, Problem> {
        let first = Bytes::from(self.piece().await?);
        if self.state == State::Done {
            return Ok(Body::from(first));
        }
        let rest = stream::try_unfold(self, |mut delivery| async move {
            if delivery.state == State::Done {
                return Ok(None);
            }
            let piece = delivery.piece().await;
            let piece = piece.map_err(|_| std::io::Error::other("the answer could not be ended"))?;
            Ok(Some((Bytes::from(piece), delivery)))
        });
        Ok(Body::from_stream(stream::once(async { Ok::<_, std::io::Error>(first) }).chain(rest)))
    }

    async fn piece(&mut self) -> Result<Vec<u8>, Problem> {
        let left = (self.limit - self.sent.count) as usize;
        let mut out = Vec::with_capacity(PIECE.min(left.saturating_mul(FEATURE)) + PIECE / 16);
        if self.state == State::Unbegun {
            self.writer.begin(&mut out).map_err(Problem::internal)?;
            self.state = State::Under;
        }
        let Self { rows, rendition, writer, limit, sent, .. } = self;
        loop {
            let mut failed = None;
            let mut take = |row: &crate::feature::FeatureRow<'_>| {
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
                if out.len() < PIECE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let more = rows.next(&mut take).await?;
            if let Some(error) = failed {
                return Err(wrong(error));
            }
            if !more || sent.more {
                let members = (self.members)(sent);
                writer.end(Some(&members), &mut out).map_err(wrong)?;
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

fn wrong(error: FormatError) -> Problem {
    Problem::internal(error)
}

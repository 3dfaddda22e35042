//! What is told of changes to whoever listens: made once, handed to all. Who listens too slowly misses some, and is
//! told that he does; nobody is waited for.
//!
//! Must not know who listens, nor what a change is.

use super::snapshot::LayerChange;
use std::sync::Arc;
use tokio::sync::broadcast::{self, error::RecvError};

/// Changes that are kept for who is slow.
const KEPT: usize = 64;

/// Tells of changes. All clones are one.
#[derive(Debug, Clone)]
pub struct Changes(broadcast::Sender<Arc<LayerChange>>);

/// Hears of changes, from when it begins to listen.
#[derive(Debug)]
pub struct Listener(broadcast::Receiver<Arc<LayerChange>>);

/// What a listener hears.
#[derive(Debug, Clone)]
pub enum Heard {
    /// A change.
    Change(Arc<LayerChange>),
    /// There were more than it took: anything may have changed.
    Missed,
}

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::channel(KEPT).0)
    }
}

impl Changes {
    /// Tells all who listen.
    pub fn tell(&self, change: LayerChange) {
        // Nobody listens, else.
        let _ = self.0.send(Arc::new(change));
    }

    /// Whether anybody listens.
    pub fn is_heard(&self) -> bool {
        self.0.receiver_count() > 0
    }

    /// Listens from now on.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Listener {
    /// The next that it hears; `None` once nobody will tell any more.
    pub async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(change) => Some(Heard::Change(change)),
            Err(RecvError::Lagged(_)) => Some(Heard::Missed),
            Err(RecvError::Closed) => None,
        }
    }
}

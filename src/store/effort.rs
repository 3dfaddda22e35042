//! How dear the work is for which a store is asked: how long a statement of it may take, and of which sessions with a
//! database it may have one. Whoever asks says so once, around all that he asks; a store hears it where it needs to.
//!
//! Must not know who asks, nor which store answers.

use std::{any::Any, future::Future, sync::Arc, time::Duration};

tokio::task_local! {
    static EFFORT: Effort;
    static HELD: Option<Held>;
}

/// What is not free again before the work that it was given for has ended. Work on a thread of its own goes on when
/// nobody waits for it any more, and would else be done beyond what may be done at once.
pub type Held = Arc<dyn Any + Send + Sync>;

/// What the work under way holds; a thread that does part of it keeps it.
pub fn held() -> Option<Held> {
    HELD.try_with(Option::clone).ok().flatten()
}

/// How dear, the cheapest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Effort {
    /// What has to go on whatever else is asked: health, the follower; also whatever nobody has said anything of.
    #[default]
    Needed,
    /// What a document says of a layer.
    Document,
    /// A tile.
    Tile,
    /// A question of which one page or one number is the answer.
    Question,
    /// Figures of areas, reports.
    Dear,
    /// A layer whole.
    Whole,
}

impl Effort {
    /// Does `work`, and asks stores on its way with this effort.
    pub async fn of<F: Future>(self, work: F) -> F::Output {
        EFFORT.scope(self, work).await
    }

    /// The same, with what is held until all of it has ended.
    pub async fn holding<F: Future>(self, held: Option<Held>, work: F) -> F::Output {
        HELD.scope(held, self.of(work)).await
    }

    /// That of the work under way.
    pub fn current() -> Self {
        EFFORT.try_with(|effort| *effort).unwrap_or_default()
    }

    /// The longest wait for a session with a database, whether one has to become free or to be opened: one that is
    /// gone must be said to be so within 2 s.
    pub const SESSION_WAIT: Duration = Duration::from_millis(1_300);

    /// Sessions with a database that it may have at once. All up to questions share those of what is needed, and leave
    /// some to it; those of questions are among those of tiles, those of whole layers among those of what is dear.
    pub const fn sessions(self) -> usize {
        match self {
            Self::Needed => 16,
            Self::Document => 3,
            Self::Tile => 12,
            Self::Question => 9,
            Self::Dear => 8,
            Self::Whole => 4,
        }
    }

    /// The longest that one statement of a database may take.
    pub const fn statement_time(self) -> Duration {
        Duration::from_secs(match self {
            Self::Needed | Self::Document | Self::Tile | Self::Question => 10,
            // Before the answer's own time is over, so that there is time to say so.
            Self::Dear => 19,
            // At the pace of whoever takes it.
            Self::Whole => 3600,
        })
    }
}

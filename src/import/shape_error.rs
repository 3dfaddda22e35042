//! Why a geometry cannot be taken, in words.

/// Why a geometry is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// There is none.
    #[error("has no geometry")]
    Empty,
    /// The layer holds something else.
    #[error("is a {found}, and the layer holds {}", allowed.join(", "))]
    Type {
        /// What it is.
        found: String,
        /// What the layer holds.
        allowed: Vec<String>,
    },
    /// A coordinate that is no number.
    #[error("has a coordinate that is not a number")]
    NotFinite,
    /// A ring that does not end where it began.
    #[error("has a ring that does not end where it began")]
    OpenRing((f64, f64)),
    /// Fewer positions than it takes.
    #[error("has a {what} of {count} positions; it takes at least {least}")]
    TooFew {
        /// Ring or line.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many it takes.
        least: usize,
    },
    /// Not WKB.
    #[error("has a geometry that cannot be read")]
    Unreadable,
}

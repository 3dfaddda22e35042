//! The record of who was answered what: append-only, each record chained to the one before it by its SHA-256.
//!
//! It lies in files of the data folder (`--data`/audit, one for each month), a JSON line a record, so that it needs no
//! database. One thread writes; what comes while it waits for the disk is written together. Several processes may
//! write into one folder: a file lock keeps their records apart, and one chain of them.
//!
//! On record are: each question about features or figures whose answer may hold what is not open, whoever asks, and
//! each question of an agency, whatever it is about; what has gone of an answer that is sent in pieces; tiles, counted
//! by caller, layers and minute. What anyone may have is not on record when somebody asks for it who has not said who
//! he is: that is nearly all there is, tells of nobody, and would fill the disk of whoever serves a public map. Nor are
//! documents that describe layers (their titles, attributes and extents).
//!
//! A chain shows that a record was changed, taken out or moved. Whoever may write the files can make the whole chain
//! anew, or cut its end off: against that, the number and hash of its last record are noted elsewhere and looked for
//! (`diaban audit --verify --noted`).
//!
//! Must not know HTTP, layers, or the database.

mod chain;
mod copies;
mod folder;
mod ledger;
mod retention;
mod tiles;
mod under_way;
mod verify;
mod words;

pub use chain::{Answer, ChainHash, Entry, Hashed, Head, QuestionBody, Record, Removed, Sent, Tiles};
pub use copies::{MonthCopy, PuttingBack};
pub use folder::{Appender, AuditError, AuditFolder};
pub use ledger::{Ledger, Unwritable};
pub use under_way::OnItsWay;
pub use verify::{Break, BreakKind, Lines, Newest, Verified, VerifyError};

use time::{OffsetDateTime, UtcOffset};

/// The same moment by the clock of Vietnam.
pub fn in_vietnam(moment: OffsetDateTime) -> OffsetDateTime {
    let offset = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
    moment.checked_to_offset(offset).unwrap_or(moment)
}

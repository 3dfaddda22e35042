//! Which system the coordinates of a file are in, by where its features would lie.
//!
//! What a file states is not believed. Each way in which its numbers could have come about is a
//! [`Hypothesis`]; a sample of the features is held against the communes: whether it lies in the
//! province, in the commune that its code names, and whether its corners lie on borders, which
//! tells 225 m of a lost datum and 350 m of another scale. A hypothesis that fits plainly better
//! than what is stated contradicts it. What cannot be told is said and not guessed. Must not know
//! files, attributes or the database, but for `ground`, which fetches the communes.

mod ground;
mod hypothesis;
mod judge;
mod weigh;

pub use ground::Ground;
pub use hypothesis::{Hypothesis, datum_shift};
pub use judge::{Candidate, Judgement, candidates, fit_as_well, judge};
pub use weigh::{Fit, Sample, SampleRow, lies_near, weigh};

//! x
mod coordinates;

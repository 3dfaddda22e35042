//! Names and meanings of all metrics.

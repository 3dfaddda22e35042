//! `diaban`: a Vietnamese province's GIS databases as maps, features and answers.
//!
//! The modules stand in the order in which data flow. A module may use those above it in this
//! list and no other; `tests/architecture.rs` holds that. ARCHITECTURE.md tells the way through.

// They end the program where nobody reads what it says: `cli::told` goes on.
#![cfg_attr(not(test), warn(clippy::print_stdout, clippy::print_stderr))]

/// Areas in the official plane, and how much of a feature lies in one. Pure.
pub mod area;
/// The record of who was answered what, chained by hash. Uses nothing of ours.
pub mod audit;
/// Tiles that have been made, as they are sent.
pub mod cache;
/// The commands: wires the modules together and holds no logic of its own.
pub mod cli;
/// The settings, flat.
pub mod config;
/// VN-2000 and the one pipeline to WGS 84. Uses nothing of ours.
pub mod crs;
/// Whether all is well, and what to do where it is not.
pub mod doctor;
/// Areas that come as files: what kind they are, and what they must not do.
pub mod drawing;
/// The nouns that everyone shares: feature, value, bounding box. Uses nothing of ours.
pub mod feature;
/// The forms in which features leave: features in, bytes out. Pure.
pub mod format;
/// Fewer and simpler features for zooms at which they would be specks. Uses nothing of ours.
pub mod generalise;
/// The only place that knows HTTP.
pub mod http;
/// An agency's file into a layer: read, matched, checked, loaded whole or not at all.
pub mod import;
/// The catalogue: what one file in `layers/` says, and who may see what of it.
pub mod layer;
/// Text in the encodings of before Unicode, told by evidence. Pure.
pub mod legacy_text;
/// Names and meanings of all metrics. Uses nothing of ours.
pub mod metrics;
/// How good a layer is: measures, four words, findings.
pub mod quality;
/// Questions as plain data.
pub mod query;
/// The sample province: synthetic files such as agencies would send.
pub mod sample;
/// Where features live.
pub mod store;
/// What maps write and mark with: glyphs and sprites. Pure, uses nothing of ours.
pub mod symbol;
/// Pure: features in, vector tile bytes out. Knows no database, no clock, no network.
pub mod tile;
/// Traces of what was done for a request, for a collector of OpenTelemetry. Uses nothing of ours.
pub mod traces;
/// Administrative units before and after 1 July 2025.
pub mod units;

//! The one test binary: every file of tests is a module of it, so that it links once.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod architecture;
mod areas;
mod bad_input_http;
mod bad_rows;
mod change_log;
mod coordinates;
mod database;
mod database_gone;
mod demo_interrupted;
mod filter_areas;
mod filter_cql2;
mod filter_http;
mod filter_stores;
mod formats;
mod import;
mod layers;
mod legacy_text;
mod live;
mod mlt;
mod ogc_clients;
mod ogc_crs;
mod ogc_features;
mod ogc_pages;
mod ogc_schemas;
mod ogc_tiles;
mod openapi;
mod openapi_answers;
mod overview_points;
mod private_server;
mod quality;
mod sample;
mod search;
mod snapshot_files;
mod snapshot_properties;
mod snapshot_trouble;
mod store_contract;
mod styles;
mod support;
mod tile_budget;
mod tile_engine;
mod tile_golden;
mod tiles_http;
mod whole_road;

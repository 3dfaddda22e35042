//! Areas and what lies in them: by integration against GEOS and `geo`, by snapshot against PostGIS,
//! and as people ask over HTTP.

mod answers;
mod files;
mod http;
mod integration;
mod invalid;
mod report;
mod tables;

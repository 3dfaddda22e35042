//! What a file is, whether it is all there, and how it is made ready to be read: by its bytes, before GDAL or a table
//! reader sees it. Must not know layers or what becomes of rows.

/// Zip archives, opened where they are no larger than they may be.
pub mod archive;
pub mod dxf_lines;
pub mod format;
mod json;
pub mod raw_text;
pub mod scratch;
mod shape_index;
pub mod sizes;
pub mod sources;
pub mod whole;

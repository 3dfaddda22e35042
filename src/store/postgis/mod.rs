//! PostGIS: the record. The only place with SQL.
//!
//! Layer tables stand in the schema `gis`, one per layer, named by its id: `id` (bigint, given
//! once), `geom` (EPSG:4326, GiST), then a column per attribute. What the program keeps for
//! itself stands in the schema `diaban`.

//! VN-2000 and the one pipeline to WGS 84.

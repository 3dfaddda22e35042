//! An agency file into a layer: read, matched, checked, loaded whole or not at all.

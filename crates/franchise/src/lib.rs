//! franchise

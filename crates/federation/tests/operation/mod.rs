//! Operations: text and variables in, normal form or errors out.

mod bombs;
mod cases;
mod random;
mod supergraph;

//! Operations: text and variables in, normal form or errors out.

mod cases;
mod supergraph;

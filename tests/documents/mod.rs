//! What the documents tell people to do works as written.

mod blocks;
mod distributed;
mod readme;
mod supergraph;

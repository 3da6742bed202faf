//! What the documents tell people to do works as written.

mod blocks;
mod distributed;
mod operations;
mod page;
mod readme;
mod reload;
mod subscriptions;
mod supergraph;
mod tooling;

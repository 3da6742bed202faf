//! Answers that are remembered: never older than the data, never for the wrong eyes, never without bound.

mod concurrency;
mod freshness;
mod scope;
mod shop;

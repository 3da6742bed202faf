//! Demo data: two invented franchises with two years of figures, the same for the same seed.
//!
//! `brands` and `assumed` numbers say what the franchises are like, [`tree`] makes their units and people,
//! `facts`, `requirements` and `connections` what the other services know of them, and [`seed`] writes all of
//! it.

mod brands;
mod connections;
mod facts;
mod random;
mod requirements;
mod seed;
mod tree;

use chrono::NaiveDate;

pub use seed::{Databases, Progress, SeedError, seed, top_up};

/// Which demo data to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Everything is drawn from this number.
    pub seed: u64,
    /// The day on which the demo was first made; the past is laid out before it.
    pub made_on: NaiveDate,
}

/// The seed of the demo data that `franchise` makes on its own.
pub const SEED: u64 = 20_240_901;

/// How far the daily figures reach back from the day the demo was made.
const FACT_DAYS: u64 = 730;

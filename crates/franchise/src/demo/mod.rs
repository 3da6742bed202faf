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
use serde::{Deserialize, Serialize};

pub use seed::{Progress, SeedError, complete, seed};

/// Which demo data to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Everything is drawn from this number.
    pub seed: u64,
    /// The day on which the demo was first made; the past is laid out before it.
    pub made_on: NaiveDate,
    /// How much of it.
    pub scale: Scale,
}

/// How much demo data to make: no more than this of what the brands have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Groups in each region.
    pub groups_per_region: usize,
    /// Locations in each group.
    pub locations_per_group: usize,
    /// How far the daily figures reach back from the day the demo was made.
    pub days: u32,
}

impl Scale {
    /// Whole franchises with two years of figures.
    pub const FULL: Self = Self { groups_per_region: usize::MAX, locations_per_group: usize::MAX, days: 730 };

    /// Whether it is [`Scale::FULL`].
    pub fn is_full(&self) -> bool {
        *self == Self::FULL
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self::FULL
    }
}

/// The seed of the demo data that `franchise` makes on its own.
pub const SEED: u64 = 20_240_901;

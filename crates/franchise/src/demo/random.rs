//! Random numbers that depend on what they are for, not on the order in which they are drawn.

use chrono::NaiveDate;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use uuid::Uuid;

/// A generator for one purpose: the same seed, purpose and number always give the same sequence.
pub(super) struct Random(Pcg64Mcg);

impl Random {
    /// A generator for the `number`-th thing of a kind.
    pub(super) fn new(seed: u64, purpose: &str, number: u64) -> Self {
        // FNV-1a keeps the mapping stable across releases of any library.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in seed.to_le_bytes().into_iter().chain(purpose.bytes()).chain(number.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Self(Pcg64Mcg::seed_from_u64(hash))
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Uniform in `[low, high)`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `low..=high`.
    pub(super) fn integer(&mut self, low: i64, high: i64) -> i64 {
        low + (self.unit() * ((high - low + 1) as f64)) as i64
    }

    /// True with a probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a non-empty slice; `None` of an empty one.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get((self.unit() * from.len() as f64) as usize)
    }

    /// Bell-shaped around 0 with standard deviation 1 (sum of twelve uniforms).
    pub(super) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A count that is `mean` on average: the whole part, and one more with the probability of the rest.
    pub(super) fn count(&mut self, mean: f64) -> i64 {
        let mean = mean.max(0.0);
        mean.floor() as i64 + i64::from(self.chance(mean.fract()))
    }

    /// A UUIDv7 as if made at the start of a day.
    pub(super) fn id(&mut self, made_on: NaiveDate) -> Uuid {
        let millis = made_on.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        let mut random = [0; 10];
        self.0.fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or(0), &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_sequence_depends_on_its_purpose_alone() {
        let draw = |purpose, number| Random::new(7, purpose, number).unit();
        assert_eq!(draw("facts", 1).to_bits(), draw("facts", 1).to_bits());
        assert_ne!(draw("facts", 1).to_bits(), draw("facts", 2).to_bits());
        assert_ne!(draw("facts", 1).to_bits(), draw("reviews", 1).to_bits());
    }
}

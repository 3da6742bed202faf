//! Decisions as bits, for the keys of plans.

use smallvec::SmallVec;

/// Decisions taken for a request, in an order that is fixed for what they are about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mask {
    /// Bit n of the little-endian words is the n-th decision.
    words: SmallVec<[u64; 1]>,
}

impl Mask {
    /// The n-th decision; `false` beyond the last.
    pub fn get(&self, index: usize) -> bool {
        self.words.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    /// All decisions, to tell masks of the same decisions apart.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }
}

impl FromIterator<bool> for Mask {
    fn from_iter<I: IntoIterator<Item = bool>>(decisions: I) -> Self {
        let mut words = SmallVec::new();
        for (index, decision) in decisions.into_iter().enumerate() {
            if index % 64 == 0 {
                words.push(0);
            }
            words[index / 64] |= u64::from(decision) << (index % 64);
        }
        Self { words }
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn decisions_are_kept_in_order() {
        let decided = |index: usize| index.is_multiple_of(3);
        let mask: Mask = (0..130).map(decided).collect();
        assert!((0..130).all(|index| mask.get(index) == decided(index)));
        assert!(!mask.get(130) && !mask.get(1000));
        assert_ne!(mask, (0..130).map(|_| false).collect());
    }
}

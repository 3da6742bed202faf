//! Sets of deferred fragments.

/// A set of the deferred fragments of an operation, by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Groups(u64);

impl Groups {
    /// No deferred fragment: what is answered first.
    pub const NONE: Self = Self(0);
    /// The most deferred fragments of an operation.
    pub const MAX: usize = 64;

    /// The set of one.
    pub fn one(group: usize) -> Self {
        debug_assert!(group < Self::MAX);
        Self(1 << group)
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a fragment is in the set.
    #[inline]
    pub fn contains(self, group: usize) -> bool {
        self.intersects(Self::one(group))
    }

    /// Whether two sets have a fragment in common.
    pub fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The fragments, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..Self::MAX).filter(move |group| self.contains(*group))
    }
}

impl FromIterator<usize> for Groups {
    fn from_iter<I: IntoIterator<Item = usize>>(groups: I) -> Self {
        groups.into_iter().fold(Self::NONE, |all, group| all.union(Self::one(group)))
    }
}

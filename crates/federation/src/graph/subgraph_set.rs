//! Sets of subgraphs as bitsets.

use super::SubgraphId;

/// A set of subgraphs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubgraphSet {
    words: [u64; Self::WORDS],
}

impl SubgraphSet {
    const WORDS: usize = 4;

    /// The most subgraphs a graph may have.
    pub const MAX: usize = Self::WORDS * 64;

    /// The empty set.
    pub const EMPTY: Self = Self { words: [0; Self::WORDS] };

    /// The set of one subgraph.
    #[inline]
    pub fn one(id: SubgraphId) -> Self {
        let mut set = Self::EMPTY;
        set.insert(id);
        set
    }

    /// Adds a subgraph.
    #[inline]
    pub fn insert(&mut self, id: SubgraphId) {
        self.words[id.index() / 64] |= 1 << (id.index() % 64);
    }

    /// Removes a subgraph.
    #[inline]
    pub fn remove(&mut self, id: SubgraphId) {
        self.words[id.index() / 64] &= !(1 << (id.index() % 64));
    }

    /// This set and one more subgraph.
    #[inline]
    #[must_use]
    pub fn with(mut self, id: SubgraphId) -> Self {
        self.insert(id);
        self
    }

    /// Whether the subgraph is in the set.
    #[inline]
    pub fn contains(&self, id: SubgraphId) -> bool {
        self.words[id.index() / 64] & (1 << (id.index() % 64)) != 0
    }

    /// Whether the set has no members.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.words == [0; Self::WORDS]
    }

    /// How many members the set has.
    #[inline]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The member with the lowest id.
    #[inline]
    pub fn first(&self) -> Option<SubgraphId> {
        self.iter().next()
    }

    /// Members in ascending order.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = SubgraphId> + use<> {
        let mut words = self.words;
        let mut word = 0;
        std::iter::from_fn(move || {
            while word < Self::WORDS {
                if words[word] != 0 {
                    let bit = words[word].trailing_zeros() as usize;
                    words[word] &= words[word] - 1;
                    return Some(SubgraphId::from(word * 64 + bit));
                }
                word += 1;
            }
            None
        })
    }

    /// Members of both sets.
    #[inline]
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self { words: std::array::from_fn(|index| self.words[index] & other.words[index]) }
    }

    /// Members of either set.
    #[inline]
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { words: std::array::from_fn(|index| self.words[index] | other.words[index]) }
    }

    /// Members of this set that are not in the other.
    #[inline]
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self { words: std::array::from_fn(|index| self.words[index] & !other.words[index]) }
    }

    /// Whether the sets share a member.
    #[inline]
    pub fn intersects(self, other: Self) -> bool {
        !self.intersection(other).is_empty()
    }

    /// Whether every member is also in the other set.
    #[inline]
    pub fn is_subset(self, other: Self) -> bool {
        self.difference(other).is_empty()
    }
}

impl FromIterator<SubgraphId> for SubgraphSet {
    fn from_iter<I: IntoIterator<Item = SubgraphId>>(ids: I) -> Self {
        ids.into_iter().fold(Self::EMPTY, Self::with)
    }
}

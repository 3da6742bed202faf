//! Sets of object types as bitsets.

use smallvec::{SmallVec, smallvec};

use super::ObjectId;

/// A set of object types. Sets made for the same graph compare and hash by content.
#[derive(Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeSet {
    /// Little-endian words without trailing zero words, so that equal sets have equal words.
    words: SmallVec<[u64; 2]>,
}

impl TypeSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The set of one type.
    pub fn one(id: ObjectId) -> Self {
        let mut set = Self::new();
        set.insert(id);
        set
    }

    /// Adds a type.
    pub fn insert(&mut self, id: ObjectId) {
        let word = id.index() / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (id.index() % 64);
    }

    /// Whether the type is in the set.
    #[inline]
    pub fn contains(&self, id: ObjectId) -> bool {
        self.words.get(id.index() / 64).is_some_and(|word| word & (1 << (id.index() % 64)) != 0)
    }

    /// Whether the set has no members.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many members the set has.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The only member, if there is exactly one.
    pub fn single(&self) -> Option<ObjectId> {
        (self.len() == 1).then(|| self.iter().next()).flatten()
    }

    /// Members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = ObjectId> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(ObjectId::from(index * 64 + bit))
            })
        })
    }

    /// Members of both sets.
    pub fn intersection(&self, other: &Self) -> Self {
        let mut words = SmallVec::from_slice(&self.words[..self.words.len().min(other.words.len())]);
        for (word, keep) in words.iter_mut().zip(&other.words) {
            *word &= keep;
        }
        Self::trimmed(words)
    }

    /// Members of either set.
    pub fn union(&self, other: &Self) -> Self {
        let (long, short) = if self.words.len() >= other.words.len() { (self, other) } else { (other, self) };
        let mut words = long.clone().words;
        for (word, add) in words.iter_mut().zip(&short.words) {
            *word |= add;
        }
        Self { words }
    }

    /// Members of this set that are not in the other.
    pub fn difference(&self, other: &Self) -> Self {
        let mut words = self.clone().words;
        for (word, remove) in words.iter_mut().zip(&other.words) {
            *word &= !remove;
        }
        Self::trimmed(words)
    }

    /// Whether every member is also in the other set.
    pub fn is_subset(&self, other: &Self) -> bool {
        // There are no trailing zero words.
        self.words.len() <= other.words.len() && self.words.iter().zip(&other.words).all(|(a, b)| a & !b == 0)
    }

    /// Whether the sets share a member.
    pub fn intersects(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    fn trimmed(mut words: SmallVec<[u64; 2]>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self { words }
    }
}

impl Clone for TypeSet {
    /// Copies words as a whole, which is much of what planning does.
    #[inline]
    fn clone(&self) -> Self {
        Self { words: SmallVec::from_slice(&self.words) }
    }
}

impl FromIterator<ObjectId> for TypeSet {
    fn from_iter<I: IntoIterator<Item = ObjectId>>(ids: I) -> Self {
        let mut set = Self { words: smallvec![] };
        for id in ids {
            set.insert(id);
        }
        set
    }
}

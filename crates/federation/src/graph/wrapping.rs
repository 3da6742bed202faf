//! List and non-null wrapping of a field's type.

/// How a named type is wrapped, outermost level first: `[[Int!]]!` has two list levels.
///
/// At most [`Wrapping::MAX_LISTS`] list levels are representable; SDL readers refuse more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wrapping {
    lists: u8,
    /// Bit n: the level n counted from the named type (0) outwards is non-null.
    non_null: u16,
}

impl Wrapping {
    /// The deepest list nesting that is representable.
    pub const MAX_LISTS: u8 = 15;

    /// A bare named type.
    pub fn named(non_null: bool) -> Self {
        Self { lists: 0, non_null: u16::from(non_null) }
    }

    /// This type inside one more list; `None` when nested too deeply.
    pub fn in_list(self, non_null: bool) -> Option<Self> {
        (self.lists < Self::MAX_LISTS).then(|| Self {
            lists: self.lists + 1,
            non_null: self.non_null | (u16::from(non_null) << (self.lists + 1)),
        })
    }

    /// The number of list levels.
    #[inline]
    pub fn lists(self) -> u8 {
        self.lists
    }

    /// Whether the outermost level is a list.
    #[inline]
    pub fn is_list(self) -> bool {
        self.lists > 0
    }

    /// Whether the outermost level is non-null.
    #[inline]
    pub fn is_non_null(self) -> bool {
        self.non_null & (1 << self.lists) != 0
    }

    /// The wrapping of a list's items; a named type is its own item.
    #[inline]
    pub fn item(self) -> Self {
        match self.lists {
            0 => self,
            lists => Self { lists: lists - 1, non_null: self.non_null & !(1 << lists) },
        }
    }
}

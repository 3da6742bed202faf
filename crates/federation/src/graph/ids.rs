//! Typed indices into the tables of a graph.

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the table this id belongs to.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl From<usize> for $name {
            #[inline]
            fn from(index: usize) -> Self {
                // Tables are bounded by the size of the document they are read from (well below 2^32).
                Self(index as u32)
            }
        }
    };
}

id!(
    /// Any named type of the supergraph.
    TypeId
);
id!(
    /// An object type, numbered densely so that sets of them are bitsets ([`super::TypeSet`]).
    ObjectId
);
id!(
    /// A field of an object or interface type.
    FieldId
);
id!(
    /// A subgraph; ids follow the order of subgraph names.
    SubgraphId
);
id!(
    /// An enum type.
    EnumId
);
id!(
    /// A parsed field set.
    FieldSetId
);
id!(
    /// A rule of who may read something.
    AccessId
);
id!(
    /// A label of a progressive `@override`.
    LabelId
);

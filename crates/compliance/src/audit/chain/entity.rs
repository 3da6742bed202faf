//! The tables of the chain.
#![expect(unreachable_pub, reason = "the derive makes the other types of the entities public")]

/// `audit_links`; rows are only ever added.
pub(crate) mod link {
    use sea_orm::entity::prelude::*;

    /// An entry's place in the chain of its network.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_links")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub network_id: Uuid,
        /// Counts the network's entries, from 1, without gaps.
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        pub entry_id: Uuid,
        /// 64 lower-case hexadecimal digits.
        pub hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// `audit_heads`, the end of each chain.
pub(crate) mod head {
    use sea_orm::entity::prelude::*;

    /// The last link of a network.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_heads")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub network_id: Uuid,
        /// 0 before the first link.
        pub position: i64,
        /// Empty before the first link.
        pub hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

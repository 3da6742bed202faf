//! Root fields and entity lookups of units of any kind.

use async_graphql::{Context, ID, Object};
use subgraph::Result;

use super::{FranchiseUnit, find, uuid_of};

#[derive(Default)]
pub(crate) struct UnitQuery;

#[Object]
impl UnitQuery {
    /// A unit of any kind; null when there is none that you may see.
    async fn unit(&self, ctx: &Context<'_>, id: ID) -> Result<Option<FranchiseUnit>> {
        find(ctx, uuid_of(&id)).await
    }

    #[graphql(entity)]
    async fn unit_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<FranchiseUnit>> {
        find(ctx, uuid_of(&id)).await
    }
}

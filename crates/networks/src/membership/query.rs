//! Root fields of memberships.

use async_graphql::{Context, Object};
use subgraph::Result;
use subgraph::sdl::directives::{cost, list_size};

use super::{BY_AGE, Membership, MembershipFilter};
use crate::cost::{LIST, PAGE, sized, slicing};
use crate::list::{Arguments, Listing, connect};

#[derive(Default)]
pub(crate) struct MembershipQuery;

#[Object]
impl MembershipQuery {
    /// The memberships that you may see, oldest first.
    #[graphql(
        directive = cost::apply(LIST),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn memberships(
        &self,
        ctx: &Context<'_>,
        filter: Option<MembershipFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Membership>> {
        connect(ctx, None, filter, BY_AGE, Arguments { first, after, last, before }).await
    }
}

//! Root fields and entity lookups of people.

use async_graphql::{Context, ID, Object, SimpleObject};
use subgraph::Result;
use subgraph::caller::Role;
use subgraph::sdl::directives::{PRIVATE, cache_control, cost, list_size};

use super::{Person, PersonFilter, find};
use crate::cost::{KEPT, LIST, PAGE, sized, slicing};
use crate::list::{Arguments, Listing, Sort, SortDirection, SortKey, connect};
use crate::request::ReaderContext;
use crate::unit::{self, FranchiseUnit, uuid_of};

/// Who asks.
#[derive(SimpleObject)]
pub(crate) struct Me {
    /// The record of the person; null when the platform knows their access but keeps no record of them.
    person: Option<Person>,
    /// What they may do in this request: grants in force today, as far as the token does not narrow them.
    #[graphql(directive = list_size::apply(Some(3), None, None, None))]
    grants: Vec<Grant>,
}

/// A role on a unit and everything below it.
#[derive(SimpleObject)]
pub(crate) struct Grant {
    /// What may be done.
    role: Role,
    /// The unit.
    unit: FranchiseUnit,
}

#[derive(Default)]
pub(crate) struct PersonQuery;

#[Object]
impl PersonQuery {
    /// Who asks, and what they may do.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me> {
        let caller = &ctx.reader()?.caller;
        let units = caller.grants.iter().map(|grant| unit::of_kind(ctx, grant.kind, grant.unit));
        let (person, units) =
            futures::join!(find(ctx, Some(caller.person)), futures::future::try_join_all(units));
        let grants = caller.grants.iter().zip(units?);
        let grants = grants.filter_map(|(grant, unit)| Some(Grant { role: grant.role, unit: unit? }));
        Ok(Me { person: person?, grants: grants.collect() })
    }

    /// A person; null when there is none that you may see.
    async fn person(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Person>> {
        find(ctx, Some(uuid_of(&id))).await
    }

    /// The people that you may see, by name.
    #[graphql(
        directive = cost::apply(LIST),
        directive = cache_control::apply(KEPT, PRIVATE, None),
        directive = list_size::apply(PAGE, slicing(), sized(), Some(false))
    )]
    async fn people(
        &self,
        ctx: &Context<'_>,
        filter: Option<PersonFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Listing<Person>> {
        let sort = Sort { key: SortKey::Name, direction: SortDirection::Ascending };
        connect(ctx, None, filter, sort, Arguments { first, after, last, before }).await
    }

    #[graphql(entity)]
    async fn person_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Person>> {
        find(ctx, Some(uuid_of(&id))).await
    }
}

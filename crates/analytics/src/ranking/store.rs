//! The figures of each location of a unit: one statement for any number of units.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Query, WithQuery};
use sea_orm::{ConnectionTrait, DatabaseConnection, JoinType};
use subgraph::Result;
use subgraph::answers::Question;
use subgraph::caller::Scope;
use uuid::Uuid;

use crate::fact::location_sums::{self, LocationSums, sums_of_members};
use crate::metric::figures::Figures;
use crate::metric::sums::Sums;
use crate::period::Window;
use crate::unit::members::{Member, Target, common_tables, members_in};

/// The figures of a unit's locations over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LocationsOf(pub(crate) Window);

/// A unit's locations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locations {
    /// The currency the unit reports in.
    pub(crate) currency: String,
    /// Every location, with figures where facts are recorded.
    pub(crate) figures: Vec<(Uuid, Option<Figures>)>,
}

impl Question for LocationsOf {
    type Answer = Arc<Locations>;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Arc<Locations>>> {
        let statement = statement(scope, units, self.0);
        let mut found: HashMap<Uuid, Locations> = HashMap::new();
        for row in database.query_all(&statement).await? {
            let unit = found.entry(row.try_get_by_index(0)?).or_default();
            unit.currency = row.try_get_by_index(1)?;
            let Some(location) = row.try_get_by_index::<Option<Uuid>>(2)? else { continue };
            let mut figures = None;
            if let Some(low) = row.try_get_by_index::<Option<String>>(3)? {
                let high: String = row.try_get_by_index(4)?;
                figures.get_or_insert_with(Figures::default).add_between(low, &high, Sums::read(&row, 5)?);
            }
            unit.figures.push((location, figures));
        }
        Ok(found.into_iter().map(|(unit, locations)| (unit, Arc::new(locations))).collect())
    }

    fn size(locations: &Arc<Locations>) -> usize {
        let figures = locations.figures.iter().filter_map(|(_, figures)| figures.as_ref());
        locations.figures.len() * size_of::<Uuid>() + figures.map(Figures::size).sum::<usize>()
    }
}

/// Every location of each unit, with its sums where facts are recorded.
fn statement(scope: &Scope, units: &[Uuid], window: Window) -> WithQuery {
    let target = [Target::Id, Target::Currency].map(|column| (Target::Table, column));
    let currencies =
        [LocationSums::LowCurrency, LocationSums::HighCurrency].map(|column| (LocationSums::Table, column));
    let mut statement = Query::select();
    statement.columns(target).column((Member::Table, Member::LocationId)).columns(currencies);
    Sums::select_locations(&mut statement);
    statement
        .from(Target::Table)
        .join(JoinType::LeftJoin, Member::Table, members_in(Target::Table))
        .join(JoinType::LeftJoin, LocationSums::Table, sums_of_members())
        .group_by_columns(target)
        .group_by_columns([(Member::Table, Member::LocationId)])
        .group_by_columns(currencies);
    statement.with(common_tables(units, scope).cte(location_sums::common_table(&[(0, window)])).to_owned())
}

//! The figures of each location of a unit: one statement for any number of units.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::Query;
use sea_orm::{ConnectionTrait, DatabaseConnection, JoinType};
use subgraph::Result;
use subgraph::caller::Scope;
use uuid::Uuid;

use crate::batch::Question;
use crate::fact::entity::{Column, Entity};
use crate::metric::figures::Figures;
use crate::metric::sums::Sums;
use crate::period::Window;
use crate::unit::members::{Member, Target, common_tables, facts_of_members, members_in};

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
        self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Arc<Locations>>> {
        let mut statement = Query::select();
        statement
            .column((Target::Table, Target::Id))
            .column((Target::Table, Target::Currency))
            .column((Member::Table, Member::LocationId))
            .column((Entity, Column::Currency));
        Sums::select(&mut statement);
        statement
            .from(Target::Table)
            .join(JoinType::LeftJoin, Member::Table, members_in(Target::Table))
            .join(JoinType::LeftJoin, Entity, facts_of_members(self.0))
            .group_by_columns([(Target::Table, Target::Id), (Target::Table, Target::Currency)])
            .group_by_columns([(Member::Table, Member::LocationId)])
            .group_by_columns([(Entity, Column::Currency)]);
        let statement = statement.with(common_tables(units, scope));

        let mut found: HashMap<Uuid, (String, HashMap<Uuid, Option<Figures>>)> = HashMap::new();
        for row in database.query_all(&statement).await? {
            let unit = found.entry(row.try_get_by_index(0)?).or_default();
            unit.0 = row.try_get_by_index(1)?;
            let Some(location) = row.try_get_by_index::<Option<Uuid>>(2)? else { continue };
            let figures = unit.1.entry(location).or_default();
            if let Some(currency) = row.try_get_by_index::<Option<String>>(3)? {
                figures.get_or_insert_default().add(currency, Sums::read(&row, 4)?);
            }
        }
        let locations = |(currency, figures): (String, HashMap<Uuid, Option<Figures>>)| {
            Arc::new(Locations { currency, figures: figures.into_iter().collect() })
        };
        Ok(found.into_iter().map(|(unit, found)| (unit, locations(found))).collect())
    }
}

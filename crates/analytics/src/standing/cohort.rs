//! The figures of a unit's peers: one statement for any number of units.
//!
//! A cohort reaches beyond what the caller may see; what leaves the service of it is a size and a share.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::{Alias, CommonTableExpression, Expr, IntoIden, Query, SelectStatement, WithClause};
use sea_orm::{ConnectionTrait, DatabaseConnection, DeriveIden, ExprTrait, JoinType};
use subgraph::Result;
use subgraph::answers::Question;
use subgraph::caller::Scope;
use subgraph::directory::unit;
use uuid::Uuid;

use crate::fact::location_sums::{self, LocationSums, sums_of_members};
use crate::metric::figures::Figures;
use crate::metric::sums::Sums;
use crate::period::Window;
use crate::unit::members::{Member, Target, members_in, members_of, targets};

/// How the directory spells that a unit is active.
const ACTIVE: &str = "ACTIVE";

/// A unit's cohort over a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CohortOf(pub(crate) Window);

/// A unit and its cohort.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The unit's level.
    pub(crate) kind: String,
    /// Whether the unit and every unit above it is active.
    pub(crate) is_operating: bool,
    /// The operating units of its level in its network that have facts, itself included.
    pub(crate) cohort: Arc<Cohort>,
}

type Cohort = HashMap<Uuid, Figures>;

/// The common table of all units of the levels and networks asked for.
#[derive(Clone, Copy, Debug, DeriveIden)]
enum Peer {
    Table,
    Id,
    Kind,
    NetworkId,
    IsOperating,
}

impl Question for CohortOf {
    type Answer = Place;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Place>> {
        let mut tables = WithClause::new();
        tables.cte(targets(units, scope)).cte(peers()).cte(members_of(Peer::Table));
        tables.cte(location_sums::common_table(&[(0, self.0)]));
        let statement = figures_of_peers().with(tables);
        let mut cohorts: HashMap<(String, Uuid), Cohort> = HashMap::new();
        let mut asked = HashMap::new();
        for row in database.query_all(&statement).await? {
            let unit: Uuid = row.try_get_by_index(0)?;
            let key: (String, Uuid) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let is_operating = row.try_get_by_index::<i64>(3)? == 1;
            if row.try_get_by_index::<Option<Uuid>>(4)?.is_some() {
                asked.insert(unit, (key.clone(), is_operating));
            }
            let low = row.try_get_by_index::<Option<String>>(5)?;
            if let Some(low) = low.filter(|_| is_operating) {
                let high: String = row.try_get_by_index(6)?;
                let figures = cohorts.entry(key).or_default().entry(unit).or_default();
                figures.add_between(low, &high, Sums::read(&row, 7)?);
            }
        }
        let cohorts: HashMap<_, _> =
            cohorts.into_iter().map(|(key, cohort)| (key, Arc::new(cohort))).collect();
        let place = |(unit, (key, is_operating)): (Uuid, ((String, Uuid), bool))| {
            let cohort = cohorts.get(&key).cloned().unwrap_or_default();
            (unit, Place { kind: key.0, is_operating, cohort })
        };
        Ok(asked.into_iter().map(place).collect())
    }

    /// Counts the whole cohort for every unit that shares it: whichever is forgotten last keeps it.
    fn size(place: &Place) -> usize {
        place.kind.len()
            + place.cohort.values().map(|figures| size_of::<Uuid>() + figures.size()).sum::<usize>()
    }
}

/// Units of the level and network of any target.
fn peers() -> CommonTableExpression {
    let same_cohort = Query::select()
        .expr(Expr::val(1_i32))
        .from(Target::Table)
        .and_where(
            Expr::col((Target::Table, Target::NetworkId)).equals((unit::Entity, unit::Column::NetworkId)),
        )
        .and_where(Expr::col((Target::Table, Target::Kind)).equals((unit::Entity, unit::Column::Kind)))
        .to_owned();
    let networks = Query::select().column(Target::NetworkId).from(Target::Table).to_owned();
    let peers = Query::select()
        .columns([unit::Column::Id, unit::Column::Kind, unit::Column::NetworkId])
        .expr(Expr::case(is_operating(), 1_i64).finally(0_i64))
        .from(unit::Entity)
        .and_where(Expr::col((unit::Entity, unit::Column::NetworkId)).in_subquery(networks))
        .and_where(Expr::exists(same_cohort))
        .to_owned();
    CommonTableExpression::new()
        .table_name(Peer::Table)
        .columns([Peer::Id, Peer::Kind, Peer::NetworkId, Peer::IsOperating])
        .query(peers)
        .to_owned()
}

/// Whether a unit and every unit above it is active.
fn is_operating() -> Expr {
    let above = Alias::new("above").into_iden();
    let path = [unit::Column::NetworkId, unit::Column::RegionId, unit::Column::GroupId, unit::Column::Id]
        .map(|column| Expr::col((unit::Entity, column)));
    let inactive = Query::select()
        .expr(Expr::val(1_i32))
        .from_as(unit::Entity, above.clone())
        .and_where(Expr::col((above.clone(), unit::Column::Id)).is_in(path))
        .and_where(Expr::col((above, unit::Column::Status)).ne(ACTIVE))
        .to_owned();
    Expr::not_exists(inactive)
}

fn figures_of_peers() -> SelectStatement {
    let own = Alias::new("own").into_iden();
    let peer = [Peer::Id, Peer::Kind, Peer::NetworkId, Peer::IsOperating].map(|column| (Peer::Table, column));
    let currencies =
        [LocationSums::LowCurrency, LocationSums::HighCurrency].map(|column| (LocationSums::Table, column));
    let mut statement = Query::select();
    statement.columns(peer).column((own.clone(), Target::Id)).columns(currencies);
    Sums::select_locations(&mut statement);
    statement
        .from(Peer::Table)
        .join_as(
            JoinType::LeftJoin,
            Target::Table,
            own.clone(),
            Expr::col((own.clone(), Target::Id)).equals((Peer::Table, Peer::Id)),
        )
        .join(JoinType::LeftJoin, Member::Table, members_in(Peer::Table))
        .join(JoinType::LeftJoin, LocationSums::Table, sums_of_members())
        .group_by_columns(peer)
        .group_by_columns([(own, Target::Id)])
        .group_by_columns(currencies);
    statement
}

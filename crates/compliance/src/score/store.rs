//! Counting requirements for any number of units of any levels, in one statement.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sea_orm::sea_query::{Alias, Asterisk, Condition, Expr, ExprTrait, Func, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult};
use subgraph::answers::Question;
use subgraph::caller::Scope;
use subgraph::error::Result;
use uuid::Uuid;

use crate::calendar::Calendar;
use crate::requirement::kinds::{ComplianceStatus, RiskLevel};
use crate::requirement::state::{self, OVERDUE, STATUS};
use crate::unit::subtree::{self, OWNER, UNIT};

/// Requirements alike in everything that a score depends on.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Count {
    pub(crate) risk: RiskLevel,
    pub(crate) status: ComplianceStatus,
    pub(crate) overdue: bool,
    pub(crate) number: i32,
}

/// All counts of one unit.
pub(crate) type Counts = Arc<Vec<Count>>;

/// The counts of a unit and everything below it. Two instants on the same day everywhere ask the same.
#[derive(Clone, Debug)]
pub(crate) struct CountsAt(pub(crate) Arc<Calendar>);

impl PartialEq for CountsAt {
    fn eq(&self, other: &Self) -> bool {
        self.0.days == other.0.days
    }
}

impl Eq for CountsAt {}

impl Hash for CountsAt {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.days.hash(state);
    }
}

impl Question for CountsAt {
    type Answer = Counts;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Counts>> {
        let counts = count(database, scope, &self.0, units).await?;
        Ok(counts.into_iter().map(|(unit, counts)| (unit, Arc::new(counts))).collect())
    }

    fn size(counts: &Counts) -> usize {
        counts.capacity() * size_of::<Count>()
    }
}

async fn count(
    database: &DatabaseConnection,
    scope: &Scope,
    calendar: &Calendar,
    units: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Count>>> {
    let grouped = ["risk", STATUS, OVERDUE];
    let mut counted = Query::select();
    counted
        .column(OWNER)
        .columns(grouped)
        .expr_as(Func::count(Expr::col(Asterisk)).cast_as(Alias::new("integer")), "number")
        .from_subquery(subtree::owned(units, &grouped), "counted")
        .add_group_by([Expr::col(OWNER)])
        .group_by_columns(grouped);
    let narrow = Condition::all().add(subtree::below_any(units)).add(state::in_force());
    let state = state::select(scope, calendar, narrow);
    let mut statement = subtree::per_unit(scope, units, subtree::table(state), counted);
    statement.columns(grouped).column("number");
    let mut counts: HashMap<Uuid, Vec<Count>> = HashMap::new();
    for row in database.query_all(&statement).await? {
        let counts = counts.entry(row.try_get("", UNIT)?).or_default();
        if row.try_get::<Option<i32>>("", "number")?.is_some() {
            counts.push(Count::from_query_result(&row, "")?);
        }
    }
    Ok(counts)
}

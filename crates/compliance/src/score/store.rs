//! Counting requirements for any number of units of any levels, in one statement.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Alias, Asterisk, Condition, Expr, ExprTrait, Func, Query};
use sea_orm::{ConnectionTrait, FromQueryResult};
use subgraph::error::{Error, Result};
use uuid::Uuid;

use crate::requirement::kinds::{ComplianceStatus, RiskLevel};
use crate::requirement::state::{self, OVERDUE, STATUS};
use crate::unit::subtree::{self, OWNER, UNIT};
use crate::view::View;

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

/// The counts of a unit in the caller's scope and everything below it; nothing for units out of scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScoreOf(pub(crate) Uuid);

impl Loader<ScoreOf> for View {
    type Value = Counts;
    type Error = Error;

    async fn load(&self, keys: &[ScoreOf]) -> Result<HashMap<ScoreOf, Counts>> {
        let units: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let counts = count(self, &units).await?;
        Ok(counts.into_iter().map(|(unit, counts)| (ScoreOf(unit), Arc::new(counts))).collect())
    }
}

async fn count(view: &View, units: &[Uuid]) -> Result<HashMap<Uuid, Vec<Count>>> {
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
    let state = state::select(&view.scope, &view.calendar, narrow);
    let mut statement = subtree::per_unit(&view.scope, units, subtree::table(state), counted);
    statement.columns(grouped).column("number");
    let mut counts: HashMap<Uuid, Vec<Count>> = HashMap::new();
    for row in view.database.query_all(&statement).await? {
        let counts = counts.entry(row.try_get("", UNIT)?).or_default();
        if row.try_get::<Option<i32>>("", "number")?.is_some() {
            counts.push(Count::from_query_result(&row, "")?);
        }
    }
    Ok(counts)
}

//! Counting requirements for any number of units, one statement for each level of the tree asked for.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query};
use sea_orm::{ConnectionTrait, FromQueryResult};
use subgraph::directory::UnitKind;
use subgraph::error::{Error, Result};
use uuid::Uuid;

use crate::requirement::kinds::{ComplianceStatus, RiskLevel};
use crate::requirement::list::{below, owner};
use crate::requirement::state::{self, OVERDUE, STATUS};
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

/// The counts of a unit in the caller's scope and everything below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ScoreOf {
    pub(crate) kind: UnitKind,
    pub(crate) unit: Uuid,
}

impl Loader<ScoreOf> for View {
    type Value = Counts;
    type Error = Error;

    async fn load(&self, keys: &[ScoreOf]) -> Result<HashMap<ScoreOf, Counts>> {
        let mut alike: HashMap<UnitKind, Vec<Uuid>> = HashMap::new();
        for key in keys {
            alike.entry(key.kind).or_default().push(key.unit);
        }
        let mut scores = HashMap::new();
        for (kind, units) in alike {
            for (unit, counts) in count(self, kind, &units).await? {
                scores.insert(ScoreOf { kind, unit }, Arc::new(counts));
            }
        }
        Ok(scores)
    }
}

async fn count(view: &View, kind: UnitKind, units: &[Uuid]) -> Result<HashMap<Uuid, Vec<Count>>> {
    let owner = owner(kind);
    let narrow = below(kind, units).add(state::in_force());
    let grouped = [owner, "risk", STATUS, OVERDUE];
    let mut statement = Query::select();
    statement
        .columns(grouped)
        .expr_as(Func::count(Expr::col(Asterisk)).cast_as(Alias::new("integer")), "number")
        .from_subquery(state::select(&view.scope, &view.calendar, narrow), "state")
        .group_by_columns(grouped);
    let mut counts: HashMap<Uuid, Vec<Count>> = HashMap::new();
    for row in view.database.query_all(&statement).await? {
        counts.entry(row.try_get("", owner)?).or_default().push(Count::from_query_result(&row, "")?);
    }
    Ok(counts)
}

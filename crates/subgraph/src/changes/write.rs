//! Writing to the log, and making room in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};
use uuid::Uuid;

use super::KEPT;
use super::listen::CHANNEL;
use super::record::{NewChange, change, clock};
use crate::rows;

/// The most changes of a network that one transaction lists. One that makes more, a load of very much data, lists the
/// last of them only: whoever follows finds that the others are missing, and reads anew.
const MOST_AT_ONCE: usize = 100_000;

/// What is to be told to the [`Feed`](super::Feed) once the transaction has committed.
#[derive(Clone, Debug, Default)]
#[must_use = "followers wait until the feed is told"]
pub struct Recorded {
    pub(super) networks: Vec<Uuid>,
}

/// Writes changes into the log, inside the transaction that makes them and as the last that it does: from here to
/// the commit, other changes of the same networks wait.
///
/// # Errors
/// When a statement fails; the caller rolls back.
pub async fn record<C: ConnectionTrait>(transaction: &C, changes: Vec<NewChange>) -> Result<Recorded, DbErr> {
    let mut networks: BTreeMap<Uuid, Vec<NewChange>> = BTreeMap::new();
    for change in changes {
        networks.entry(change.network_id).or_default().push(change);
    }
    let mut recorded = Recorded::default();
    // In the order of their ids: two transactions never wait for one another.
    for (network, changes) in networks {
        append(transaction, network, changes).await?;
        recorded.networks.push(network);
    }
    Ok(recorded)
}

async fn append<C: ConnectionTrait>(
    transaction: &C,
    network: Uuid,
    changes: Vec<NewChange>,
) -> Result<(), DbErr> {
    let count = changes.len();
    let before = advance(transaction, network, count).await?;
    let unlisted = if count > MOST_AT_ONCE { count - 1 } else { 0 };
    let numbered = changes.into_iter().zip(before + 1..).skip(unlisted);
    let mut rows = numbered.map(|(change, revision)| change.row(revision));
    loop {
        let chunk: Vec<_> =
            rows.by_ref().take(rows::PER_STATEMENT).map(IntoActiveModel::into_active_model).collect();
        if chunk.is_empty() {
            break;
        }
        change::Entity::insert_many::<change::ActiveModel, _>(chunk)
            .exec_without_returning(transaction)
            .await?;
    }
    prune(transaction, network, count - unlisted, Utc::now() - KEPT).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        // Told to listeners when the transaction commits, once per network.
        let notify = Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_notify($1, $2)",
            [CHANNEL.into(), network.to_string().into()],
        );
        transaction.execute_raw(notify).await?;
    }
    Ok(())
}

/// Takes the next revisions of a network, and holds its clock until the transaction ends. Returns the newest
/// revision before them.
async fn advance<C: ConnectionTrait>(transaction: &C, network: Uuid, count: usize) -> Result<i64, DbErr> {
    let count = i64::try_from(count).map_err(|error| DbErr::Custom(error.to_string()))?;
    let raised = Expr::col((clock::Entity, clock::Column::Revision)).add(count);
    let statement = Query::insert()
        .into_table(clock::Entity)
        .columns([clock::Column::NetworkId, clock::Column::Revision])
        .values_panic([network.into(), count.into()])
        .on_conflict(
            OnConflict::column(clock::Column::NetworkId).value(clock::Column::Revision, raised).to_owned(),
        )
        .returning_col(clock::Column::Revision)
        .to_owned();
    let row = transaction.query_one(&statement).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("change_clocks".to_owned()))?;
    Ok(row.try_get_by_index::<i64>(0)? - count)
}

/// Removes the oldest changes if they are older than is promised, at most twice as many as were added: the log
/// shrinks, and no change pays for many others.
async fn prune<C: ConnectionTrait>(
    transaction: &C,
    network: Uuid,
    added: usize,
    older_than: DateTime<Utc>,
) -> Result<(), DbErr> {
    let oldest: Vec<(i64, DateTime<Utc>)> = change::Entity::find()
        .select_only()
        .columns([change::Column::Revision, change::Column::OccurredAt])
        .filter(change::Column::NetworkId.eq(network))
        .order_by_asc(change::Column::Revision)
        .limit(2 * added as u64)
        .into_tuple()
        .all(transaction)
        .await?;
    // From the oldest on: what is left has no gaps.
    let past = oldest.iter().take_while(|(_, occurred_at)| *occurred_at < older_than);
    let Some((last, _)) = past.last() else { return Ok(()) };
    change::Entity::delete_many()
        .filter(change::Column::NetworkId.eq(network))
        .filter(change::Column::Revision.lte(*last))
        .exec(transaction)
        .await?;
    Ok(())
}

//! Loads in the trail: an entry for each load and network, taken over from what the services note of them.

use std::collections::{BTreeMap, HashSet};

use async_graphql::SimpleObject;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QuerySelect,
};
use serde::{Deserialize, Serialize};
use subgraph::database::begin;
use subgraph::load::{Kind, Records, notice};
use subgraph::rows;
use subgraph::sdl::directives::list_size;
use uuid::Uuid;

use super::chain;
use super::entity::{ActiveModel, Column, Entity, Model};
use super::{AuditAction, AuditedRecord};

/// Many records that came at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditedLoad {
    /// What was loaded is called so: a file's name.
    source: String,
    /// The SHA-256 of the file's bytes in hexadecimal digits; null when it is no file.
    source_digest: Option<String>,
    /// Who loaded it, as they said or as the operating system calls them: whoever may load is somebody who may write
    /// into the databases, and needs no token.
    loaded_by: String,
    /// What was made and changed; empty when the load was refused.
    #[graphql(directive = list_size::apply(Some(3), None, None, None))]
    records: Vec<LoadedRecords>,
    /// Rows because of which the load was refused, the others with them; 0 when it was not, or when the file is none
    /// that has rows.
    refused_rows: i64,
}

/// Records of one kind that came at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, SimpleObject)]
struct LoadedRecords {
    /// The kind.
    kind: Kind,
    /// New records.
    made: u64,
    /// Records that were there and became different.
    changed: u64,
}

impl AuditedLoad {
    fn of(notice: &notice::Model) -> Self {
        let Records(records) = &notice.records;
        let records = records.iter().map(|record| LoadedRecords {
            kind: record.kind,
            made: record.counts.made,
            changed: record.counts.changed,
        });
        Self {
            source: notice.source.clone(),
            source_digest: notice.digest.clone(),
            loaded_by: notice.loaded_by.clone(),
            records: records.collect(),
            refused_rows: notice.refused,
        }
    }

    /// As an entry holds it.
    ///
    /// # Errors
    /// When the entry is of no load.
    pub(super) fn read(after: &serde_json::Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(after)
    }
}

/// Makes an entry of each notice that is none yet, and a link of the chain of its network. Whoever repeats it, or does
/// it at the same time, makes none twice.
///
/// # Errors
/// When a statement fails; no entry is made then.
pub async fn take_over(database: &DatabaseConnection, notices: &[notice::Model]) -> Result<(), DbErr> {
    let mut networks: BTreeMap<Uuid, Vec<&notice::Model>> = BTreeMap::new();
    for notice in notices {
        networks.entry(notice.network_id).or_default().push(notice);
    }
    let transaction = begin(database).await?;
    for (network, notices) in networks {
        // Whoever else takes over waits here until what they see next is complete.
        chain::hold(&transaction, network).await?;
        let known = known(&transaction, &notices).await?;
        let new = notices.into_iter().filter(|notice| !known.contains(&notice.id));
        let entries: Vec<Model> = new.map(entry).collect::<Result<_, _>>()?;
        rows::insert_all::<ActiveModel, _>(&transaction, entries.clone()).await?;
        chain::append_all(&transaction, network, &entries).await?;
    }
    transaction.commit().await
}

/// The notices that are entries already.
async fn known<C: ConnectionTrait>(
    connection: &C,
    notices: &[&notice::Model],
) -> Result<HashSet<Uuid>, DbErr> {
    let mut known = HashSet::new();
    for chunk in notices.chunks(rows::PER_STATEMENT) {
        let ids = chunk.iter().map(|notice| notice.id);
        let select = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(ids));
        known.extend(select.into_tuple::<Uuid>().all(connection).await?);
    }
    Ok(known)
}

fn entry(notice: &notice::Model) -> Result<Model, DbErr> {
    let Records(records) = &notice.records;
    let load = AuditedLoad::of(notice);
    Ok(Model {
        id: notice.id,
        network_id: notice.network_id,
        unit_id: notice.network_id,
        requirement_id: None,
        actor_id: None,
        action: if records.is_empty() { AuditAction::RefuseLoad } else { AuditAction::LoadRecords },
        record: AuditedRecord::Load,
        record_id: notice.id,
        before: None,
        after: serde_json::to_value(load).map_err(|error| DbErr::Json(error.to_string()))?,
        at: notice.at,
    })
}

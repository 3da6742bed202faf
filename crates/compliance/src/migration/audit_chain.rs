//! Creates `audit_links` and `audit_heads`, and makes links of the entries that are there.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use super::append_only;
use crate::audit::chain::append_all;
use crate::audit::chain::entity::{head, link};
use crate::audit::entity as entry;

/// Entries that are read at a time.
const PAGE: u64 = 1000;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0015_audit_chain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut links = Table::create();
        links
            .table(link::Entity)
            .col(ColumnDef::new(link::Column::NetworkId).uuid().not_null())
            .col(ColumnDef::new(link::Column::Position).big_integer().not_null())
            .col(ColumnDef::new(link::Column::EntryId).uuid().not_null().unique_key())
            .col(ColumnDef::new(link::Column::Hash).text().not_null())
            .primary_key(Index::create().col(link::Column::NetworkId).col(link::Column::Position));
        manager.create_table(links).await?;
        let mut heads = Table::create();
        heads
            .table(head::Entity)
            .col(ColumnDef::new(head::Column::NetworkId).uuid().not_null().primary_key())
            .col(ColumnDef::new(head::Column::Position).big_integer().not_null())
            .col(ColumnDef::new(head::Column::Hash).text().not_null());
        manager.create_table(heads).await?;
        link_entries(manager.get_connection()).await?;
        append_only::protect(manager, "audit_links").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        append_only::drop_table(manager, "audit_links").await?;
        manager.drop_table(Table::drop().table(head::Entity).to_owned()).await
    }
}

/// In the order of their ids, which is that in which they were made.
async fn link_entries<C: ConnectionTrait>(connection: &C) -> Result<(), DbErr> {
    let networks = entry::Entity::find().select_only().column(entry::Column::NetworkId).distinct();
    for network in networks.into_tuple::<Uuid>().all(connection).await? {
        let mut after = Uuid::nil();
        loop {
            let entries = entry::Entity::find()
                .filter(entry::Column::NetworkId.eq(network))
                .filter(entry::Column::Id.gt(after))
                .order_by_asc(entry::Column::Id)
                .limit(PAGE)
                .all(connection)
                .await?;
            let Some(last) = entries.last() else { break };
            after = last.id;
            append_all(connection, network, &entries).await?;
        }
    }
    Ok(())
}

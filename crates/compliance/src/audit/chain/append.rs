//! Adding to the chain.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect};
use subgraph::rows;
use uuid::Uuid;

use super::digest::digest;
use super::entity::{head, link};
use crate::audit::entity::Model;

/// Makes a new entry the last link of its network, in the transaction that makes the entry. From here to the commit
/// other entries of the network wait.
///
/// # Errors
/// When a statement fails; the caller rolls back.
pub(crate) async fn append<C: ConnectionTrait>(transaction: &C, entry: &Model) -> Result<(), DbErr> {
    append_all(transaction, entry.network_id, std::slice::from_ref(entry)).await
}

/// The same of entries of one network, in this order.
///
/// # Errors
/// As [`append`].
pub(crate) async fn append_all<C: ConnectionTrait>(
    transaction: &C,
    network: Uuid,
    entries: &[Model],
) -> Result<(), DbErr> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut head = lock(transaction, network).await?;
    for chunk in entries.chunks(rows::PER_STATEMENT) {
        let links = chunk.iter().map(|entry| {
            head.position += 1;
            head.hash = digest(&head.hash, head.position, entry);
            let link = link::Model {
                network_id: network,
                position: head.position,
                entry_id: entry.id,
                hash: head.hash.clone(),
            };
            link.into_active_model()
        });
        let links: Vec<link::ActiveModel> = links.collect();
        link::Entity::insert_many(links).exec_without_returning(transaction).await?;
    }
    head.into_active_model().reset_all().update(transaction).await?;
    Ok(())
}

/// Has other entries of a network wait until the transaction ends.
///
/// # Errors
/// When a statement fails; the caller rolls back.
pub(crate) async fn hold<C: ConnectionTrait>(transaction: &C, network: Uuid) -> Result<(), DbErr> {
    lock(transaction, network).await.map(drop)
}

/// The head of a network, which nobody else moves until the transaction ends.
async fn lock<C: ConnectionTrait>(transaction: &C, network: Uuid) -> Result<head::Model, DbErr> {
    let first = head::Model { network_id: network, position: 0, hash: String::new() };
    let none_yet = OnConflict::column(head::Column::NetworkId).do_nothing().to_owned();
    let inserted = head::Entity::insert(first.into_active_model())
        .on_conflict(none_yet)
        .exec_without_returning(transaction)
        .await;
    match inserted {
        Ok(_) | Err(DbErr::RecordNotInserted) => {}
        Err(error) => return Err(error),
    }
    let head = head::Entity::find_by_id(network).lock_exclusive().one(transaction).await?;
    head.ok_or_else(|| DbErr::RecordNotFound(format!("the head of the audit trail of network {network}")))
}

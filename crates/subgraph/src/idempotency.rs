//! Idempotency keys: repeating a mutation with the same key does not repeat its effect.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};
use sea_orm_migration::prelude::*;
use uuid::Uuid;

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 128;

/// What a key already stands for.
pub mod record {
    use sea_orm::entity::prelude::*;

    /// A row of `idempotency_keys`.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_keys")]
    pub struct Model {
        /// Who used the key; keys of different people never meet.
        #[sea_orm(primary_key, auto_increment = false)]
        pub person_id: Uuid,
        /// The key as the client sent it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        /// The mutation and its input, as text, to tell a retry from another request.
        pub request: String,
        /// The record the first request made.
        pub result_id: Uuid,
    }

    /// No relations.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What to do with a request that carries a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The first with this key: go on, and make the record with the id given to [`claim`].
    Fresh,
    /// A repetition: answer with this record.
    Replay(Uuid),
    /// The key was used for something else.
    Mismatch,
}

/// Takes a key inside the mutation's transaction. Of two concurrent requests with one key, the second waits
/// for the first to commit and then sees its result.
///
/// # Errors
/// When a statement fails; the caller rolls back.
pub async fn claim<C: ConnectionTrait>(
    transaction: &C,
    person_id: Uuid,
    key: &str,
    request: &str,
    result_id: Uuid,
) -> Result<Claim, DbErr> {
    let row = record::ActiveModel {
        person_id: Set(person_id),
        key: Set(key.to_owned()),
        request: Set(request.to_owned()),
        result_id: Set(result_id),
    };
    let inserted = record::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([record::Column::PersonId, record::Column::Key]).do_nothing().to_owned(),
        )
        .exec_without_returning(transaction)
        .await;
    match inserted {
        Ok(1..) => return Ok(Claim::Fresh),
        Ok(0) | Err(DbErr::RecordNotInserted) => {}
        Err(error) => return Err(error),
    }
    match record::Entity::find_by_id((person_id, key.to_owned())).one(transaction).await? {
        Some(row) if row.request == request => Ok(Claim::Replay(row.result_id)),
        Some(_) => Ok(Claim::Mismatch),
        None => Err(DbErr::RecordNotFound(format!("idempotency key {key}"))),
    }
}

/// Creates `idempotency_keys`.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_idempotency_keys"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(record::Entity)
                    .col(ColumnDef::new(record::Column::PersonId).uuid().not_null())
                    .col(ColumnDef::new(record::Column::Key).text().not_null())
                    .col(ColumnDef::new(record::Column::Request).text().not_null())
                    .col(ColumnDef::new(record::Column::ResultId).uuid().not_null())
                    .primary_key(Index::create().col(record::Column::PersonId).col(record::Column::Key))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(record::Entity).to_owned()).await
    }
}

//! Many rows in statements of a size that both databases take.

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel};

/// Rows per statement: for tables of up to 65 columns below the limits on parameters of SQLite (32,766) and PostgreSQL
/// (65,535).
pub const PER_STATEMENT: usize = 500;

/// Inserts rows as they are.
///
/// # Errors
/// When a statement fails, for example because there is a row with the same key.
pub async fn insert_all<A, C>(
    transaction: &C,
    rows: Vec<<A::Entity as EntityTrait>::Model>,
) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
    <A::Entity as EntityTrait>::Model: IntoActiveModel<A>,
    C: ConnectionTrait,
{
    let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<A> = rows.by_ref().take(PER_STATEMENT).collect();
        A::Entity::insert_many(chunk).exec_without_returning(transaction).await?;
    }
    Ok(())
}

//! Tables whose rows the database itself keeps from being changed or removed.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

/// Makes every `UPDATE` and `DELETE` on a table fail.
pub(super) async fn protect(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    match connection.get_database_backend() {
        DbBackend::Sqlite => {
            for event in ["UPDATE", "DELETE"] {
                let name = format!("{table}_no_{}", event.to_lowercase());
                let statement = format!(
                    "CREATE TRIGGER {name} BEFORE {event} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                );
                connection.execute_unprepared(&statement).await?;
            }
        }
        _ => {
            let function = format!(
                "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
            );
            connection.execute_unprepared(&function).await?;
            let trigger = format!(
                "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
            );
            connection.execute_unprepared(&trigger).await?;
        }
    }
    Ok(())
}

/// Drops the table with what protects it.
pub(super) async fn drop_table(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
    let connection = manager.get_connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared(&format!("DROP FUNCTION {table}_append_only()")).await?;
    }
    Ok(())
}

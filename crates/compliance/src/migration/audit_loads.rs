//! Makes room for loads in `audit_entries`: those have neither a requirement nor a person.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

use super::append_only;
use super::audit::{indexes, table};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0016_audit_loads"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            let relax = "ALTER TABLE audit_entries \
                 ALTER COLUMN requirement_id DROP NOT NULL, ALTER COLUMN actor_id DROP NOT NULL";
            return connection.execute_unprepared(relax).await.map(drop);
        }
        // SQLite cannot take a constraint off a column.
        connection.execute_unprepared("ALTER TABLE audit_entries RENAME TO audit_entries_strict").await?;
        manager.create_table(table(false)).await?;
        let columns =
            "id, network_id, unit_id, requirement_id, actor_id, action, record, record_id, before, after, at";
        let copy =
            format!("INSERT INTO audit_entries ({columns}) SELECT {columns} FROM audit_entries_strict");
        connection.execute_unprepared(&copy).await?;
        connection.execute_unprepared("DROP TABLE audit_entries_strict").await?;
        indexes(manager).await?;
        append_only::protect(manager, "audit_entries").await
    }

    /// Leaves the room: it hurts nobody, and entries of loads could not stay without it.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

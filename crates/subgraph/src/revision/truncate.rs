//! `TRUNCATE` changes the networks that had rows in the table, as PostgreSQL has no triggers for the rows themselves.
//!
//! On SQLite there is no such statement.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

/// What the triggers call, before the rows are gone. The table is locked by then, so that nobody else writes to it;
/// the networks are taken in the order of their ids.
const RAISE: &str = "
CREATE FUNCTION raise_truncated_revisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO network_revisions AS known (network_id, revision)
         SELECT DISTINCT network_id, $1 FROM %I.%I ORDER BY network_id
         ON CONFLICT (network_id) DO UPDATE SET revision = excluded.revision',
        TG_TABLE_SCHEMA, TG_TABLE_NAME
    ) USING pg_current_xact_id()::text::bigint;
    RETURN NULL;
END $$";

/// Has `network_revisions` follow `TRUNCATE` of every table that it follows already.
const FOLLOW_ALL: &str = "
DO $$
DECLARE
    followed regclass;
BEGIN
    FOR followed IN
        SELECT tgrelid::regclass FROM pg_trigger WHERE tgfoid = 'raise_network_revision'::regproc
    LOOP
        EXECUTE format(
            'CREATE TRIGGER network_revision_truncate BEFORE TRUNCATE ON %s
             FOR EACH STATEMENT EXECUTE FUNCTION raise_truncated_revisions()',
            followed
        );
    END LOOP;
END $$";

/// Has `network_revisions` follow `TRUNCATE`; comes after [`Migration`](super::Migration).
pub struct TruncateMigration;

impl MigrationName for TruncateMigration {
    fn name(&self) -> &str {
        "m0101_network_revisions_truncate"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for TruncateMigration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared(RAISE).await?;
            connection.execute_unprepared(FOLLOW_ALL).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            connection.execute_unprepared("DROP FUNCTION raise_truncated_revisions() CASCADE").await?;
        }
        Ok(())
    }
}

/// Follows a table on PostgreSQL. Before [`TruncateMigration`] there is nothing to call, and it finds the table.
pub(super) async fn follow<C: ConnectionTrait>(connection: &C, table: &str) -> Result<(), DbErr> {
    let statement = format!(
        "DO $$ BEGIN
            IF to_regproc('raise_truncated_revisions') IS NOT NULL THEN
                CREATE TRIGGER network_revision_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION raise_truncated_revisions();
            END IF;
        END $$"
    );
    connection.execute_unprepared(&statement).await?;
    Ok(())
}

/// Follows it no longer.
pub(super) async fn unfollow<C: ConnectionTrait>(connection: &C, table: &str) -> Result<(), DbErr> {
    let statement = format!("DROP TRIGGER IF EXISTS network_revision_truncate ON {table}");
    connection.execute_unprepared(&statement).await?;
    Ok(())
}

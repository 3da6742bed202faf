//! The revision of a network's data: a number that is another one after every transaction that changed any of it.
//!
//! Triggers of the database keep it, so no writer can forget to, and the number itself is read from the database,
//! so all replicas of a service agree. What is read after a revision is of that revision or newer, never older:
//! an answer that was computed after its revision was read holds for as long as the revision does.
//!
//! On PostgreSQL the triggers run when a transaction commits: transactions of one network wait for one another
//! only then, and a transaction that holds the row needs no other lock any more. `TRUNCATE`, which has no rows, is
//! followed by triggers of their own ([`TruncateMigration`]).

mod truncate;

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

pub use truncate::TruncateMigration;

/// The table of revisions. A network without a row has not changed since the table was made.
#[derive(Clone, Copy, Debug, DeriveIden)]
pub enum NetworkRevisions {
    /// The table.
    Table,
    /// The network.
    NetworkId,
    /// Its revision.
    Revision,
}

/// Creates `network_revisions`, and has it follow the directory's units and other tables of the service.
pub struct Migration(
    /// Tables, each with a column `network_id`.
    pub &'static [&'static str],
);

/// The directory's table of units.
const UNITS: &str = "directory_units";

/// What the triggers of PostgreSQL call. A transaction's id is a number that no other transaction has.
const RAISE: &str = "
CREATE FUNCTION raise_network_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own bigint := pg_current_xact_id()::text::bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO network_revisions AS known (network_id, revision) VALUES (OLD.network_id, own)
        ON CONFLICT (network_id) DO UPDATE SET revision = own WHERE known.revision <> own;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO network_revisions AS known (network_id, revision) VALUES (NEW.network_id, own)
        ON CONFLICT (network_id) DO UPDATE SET revision = own WHERE known.revision <> own;
    END IF;
    RETURN NULL;
END $$";

/// The events that change a table, each with the rows it changes as SQLite's triggers name them.
const EVENTS: [(&str, &[&str]); 3] =
    [("INSERT", &["NEW"]), ("UPDATE", &["OLD", "NEW"]), ("DELETE", &["OLD"])];

/// Has `network_revisions` follow a table that has a column `network_id`; to be called in the migration that
/// makes the table, if that comes after [`Migration`].
///
/// # Errors
/// When a statement fails.
pub async fn track(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() == DbBackend::Sqlite {
        for (event, rows) in EVENTS {
            connection.execute_unprepared(&sqlite_trigger(table, event, rows)).await?;
        }
    } else {
        let statement = format!(
            "CREATE CONSTRAINT TRIGGER {table}_revision AFTER INSERT OR UPDATE OR DELETE ON {table} \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_network_revision()"
        );
        connection.execute_unprepared(&statement).await?;
        truncate::follow(connection, table).await?;
    }
    Ok(())
}

/// Has `network_revisions` follow a table no longer.
///
/// # Errors
/// When a statement fails.
pub async fn untrack(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() == DbBackend::Sqlite {
        for (event, _) in EVENTS {
            connection.execute_unprepared(&format!("DROP TRIGGER {table}_revision_{event}")).await?;
        }
    } else {
        connection.execute_unprepared(&format!("DROP TRIGGER {table}_revision ON {table}")).await?;
        truncate::unfollow(connection, table).await?;
    }
    Ok(())
}

fn sqlite_trigger(table: &str, event: &str, rows: &[&str]) -> String {
    let raise = |row: &&str| {
        format!(
            "INSERT INTO network_revisions (network_id, revision) VALUES ({row}.network_id, 1) \
             ON CONFLICT (network_id) DO UPDATE SET revision = revision + 1;"
        )
    };
    let raise: String = rows.iter().map(raise).collect();
    format!("CREATE TRIGGER {table}_revision_{event} AFTER {event} ON {table} BEGIN {raise} END")
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0100_network_revisions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(NetworkRevisions::Table)
                    .col(ColumnDef::new(NetworkRevisions::NetworkId).uuid().not_null().primary_key())
                    .col(ColumnDef::new(NetworkRevisions::Revision).big_integer().not_null())
                    .to_owned(),
            )
            .await?;
        let connection = manager.get_connection();
        if connection.get_database_backend() != DbBackend::Sqlite {
            connection.execute_unprepared(RAISE).await?;
        }
        for table in self.0.iter().copied().chain([UNITS]) {
            track(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Sqlite {
            for table in self.0.iter().copied().chain([UNITS]) {
                untrack(manager, table).await?;
            }
        } else {
            connection.execute_unprepared("DROP FUNCTION raise_network_revision() CASCADE").await?;
        }
        manager.drop_table(Table::drop().table(NetworkRevisions::Table).to_owned()).await
    }
}

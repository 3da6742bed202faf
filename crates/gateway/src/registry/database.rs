//! Opening the registry's database: SQLite for one gateway, PostgreSQL for several.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use super::migration::Migrator;

/// The advisory lock that a migration holds in PostgreSQL.
const MIGRATION_LOCK: i64 = i64::from_be_bytes(*b"registry");

/// How long a request waits for the database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the registry does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The URL names no supported database.
    #[error(
        "the registry's database must start with `sqlite:` or `postgres:`, for example \
         `sqlite://operations.db?mode=rwc` or `postgres://user@localhost/operations`"
    )]
    UnsupportedUrl,
    /// The database does not answer or refuses.
    #[error("the registry's database cannot be used: {0}")]
    Database(#[from] DbErr),
    /// No operation of this id is registered, or it is retired.
    #[error("`{0}` is not registered; `gateway operations list` shows what is")]
    Unknown(String),
    /// There are as many operations as there may be.
    #[error("the registry has {0} operations, with those that are retired; it takes no more")]
    Full(u64),
    /// A registration that says too little or too much.
    #[error("{0}")]
    Invalid(&'static str),
}

/// Opens a database and brings its tables up to date. Gateways that start at the same time come one after another.
pub(super) async fn open(url: &str) -> Result<DatabaseConnection, RegistryError> {
    let sqlite = url.starts_with("sqlite:");
    if !sqlite && !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
        return Err(RegistryError::UnsupportedUrl);
    }
    let mut options = ConnectOptions::new(url);
    options.max_connections(4).acquire_timeout(PATIENCE).connect_timeout(PATIENCE).sqlx_logging(false);
    if sqlite {
        options.map_sqlx_sqlite_opts(|options| {
            options.pragma("journal_mode", "WAL").pragma("synchronous", "NORMAL").busy_timeout(PATIENCE)
        });
    }
    let connection = Database::connect(options).await?;
    if !Migrator::get_pending_migrations_read_only(&connection).await?.is_empty() {
        let transaction = begin(&connection).await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            let lock = format!("select pg_advisory_xact_lock({MIGRATION_LOCK})");
            transaction.execute_unprepared(&lock).await?;
        }
        Migrator::up(&transaction, None).await?;
        transaction.commit().await?;
    }
    Ok(connection)
}

/// Begins a transaction that will write: on SQLite with the write lock, which could otherwise be lost to another.
pub(super) async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let sqlite = connection.get_database_backend() == DbBackend::Sqlite;
    let mode = sqlite.then_some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
    connection.begin_with_options(options).await
}

//! Connecting to SQLite or PostgreSQL, and migrating.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait, sqlx,
};
use sea_orm_migration::MigratorTrait;

/// The advisory lock that a migration holds: one of its own in every PostgreSQL database.
const MIGRATION_LOCK: i64 = i64::from_be_bytes(*b"migrates");

/// SQLite's code for a file that it cannot open.
const SQLITE_CANTOPEN: &str = "14";

/// How to reach a database.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// `sqlite://FILE?mode=rwc` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.
    pub url: String,
    /// The most connections held open at once.
    pub max_connections: u32,
    /// How long a request waits for a free connection.
    pub acquire_timeout: Duration,
}

impl DatabaseConfig {
    /// The defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_connections: 8, acquire_timeout: Duration::from_secs(5) }
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL names no supported database.
    #[error(
        "the URL of a database must start with `sqlite:` or `postgres:`, for example `sqlite://data/networks.db?mode=rwc` or `postgres://user@localhost/networks`"
    )]
    UnsupportedUrl,
    /// The database does not answer or refuses.
    #[error("cannot open the database at {place}: {cause}; check that it is there and that you may open it")]
    Connect {
        /// The URL without credentials.
        place: String,
        /// What the driver said, in words for who gave the URL.
        cause: String,
    },
    /// A migration failed; its transaction was rolled back.
    #[error("cannot migrate the database at {place}: {cause}")]
    Migrate {
        /// The URL without credentials.
        place: String,
        /// What the driver said.
        cause: DbErr,
    },
}

/// Opens a database and brings its tables up to date.
///
/// # Errors
/// When the URL is not supported, the database does not answer, or a migration fails.
pub async fn open<M: MigratorTrait>(config: &DatabaseConfig) -> Result<DatabaseConnection, DatabaseError> {
    let place = without_credentials(&config.url);
    let connection = connect(config).await?;
    migrate::<M>(&connection).await.map_err(|cause| DatabaseError::Migrate { place, cause })?;
    Ok(connection)
}

/// Applies what is pending in one transaction, so that a process that ends meanwhile leaves nothing half made:
/// on SQLite each statement of a migration would otherwise stand alone. Processes that start at the same time come
/// one after another, and the later ones find nothing left to do: SQLite has one writer, on PostgreSQL a lock sees
/// to it. Nothing is locked when nothing is pending.
async fn migrate<M: MigratorTrait>(connection: &DatabaseConnection) -> Result<(), DbErr> {
    if M::get_pending_migrations_read_only(connection).await?.is_empty() {
        return Ok(());
    }
    let transaction = begin(connection).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(&format!("select pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    }
    M::up(&transaction, None).await?;
    transaction.commit().await
}

async fn connect(config: &DatabaseConfig) -> Result<DatabaseConnection, DatabaseError> {
    let sqlite = config.url.starts_with("sqlite:");
    if !sqlite && !config.url.starts_with("postgres:") && !config.url.starts_with("postgresql:") {
        return Err(DatabaseError::UnsupportedUrl);
    }
    let mut options = ConnectOptions::new(&config.url);
    options
        .max_connections(config.max_connections)
        .acquire_timeout(config.acquire_timeout)
        .connect_timeout(config.acquire_timeout)
        .test_before_acquire(!sqlite)
        .sqlx_logging(false);
    if sqlite {
        // Write-ahead logging lets readers go on while one writer commits; NORMAL keeps every commit across a
        // crash of the process.
        options.map_sqlx_sqlite_opts(|options| {
            options
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "NORMAL")
                .pragma("foreign_keys", "ON")
                .pragma("cache_size", "-65536")
                .pragma("mmap_size", "268435456")
                .pragma("temp_store", "MEMORY")
                .busy_timeout(Duration::from_secs(10))
                .statement_cache_capacity(256)
        });
    }
    let mut connection = Database::connect(options).await.map_err(|error| DatabaseError::Connect {
        place: without_credentials(&config.url),
        cause: explained(&error, config),
    })?;
    if traces::is_on() {
        let system = if sqlite { "sqlite" } else { "postgresql" };
        connection.set_metric_callback(move |info| {
            traces::statement(system, &info.statement.sql, info.elapsed, info.failed);
        });
    }
    Ok(connection)
}

fn explained(error: &DbErr, config: &DatabaseConfig) -> String {
    let DbErr::Conn(RuntimeErr::SqlxError(cause)) = error else { return error.to_string() };
    match cause.as_ref() {
        sqlx::Error::PoolTimedOut => {
            format!("nobody answered within {} s", config.acquire_timeout.as_secs())
        }
        sqlx::Error::Database(cause)
            if cause.code().as_deref() == Some(SQLITE_CANTOPEN) && !config.url.contains("mode=rwc") =>
        {
            "there is no such file; `?mode=rwc` at the end of the URL has it made".to_owned()
        }
        sqlx::Error::Database(cause) => cause.message().to_owned(),
        cause => cause.to_string(),
    }
}

/// Begins a transaction that will write. On SQLite it takes the write lock at once: a transaction that reads
/// first and writes later could otherwise fail as busy when another one committed in between.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let sqlite_transaction_mode =
        (connection.get_database_backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
    connection.begin_with_options(options).await
}

fn without_credentials(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}{}", &url[..scheme + 3], &url[at + 1..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[test]
    fn credentials_are_not_shown() {
        assert_eq!(without_credentials("postgres://me:secret@db:5432/x"), "postgres://db:5432/x");
        assert_eq!(without_credentials("sqlite://data/x.db"), "sqlite://data/x.db");
    }
}

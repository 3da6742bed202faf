//! The four services' databases, wherever they are: opened, migrated, and their directories brought up to date.

use std::sync::Arc;

use compliance::trail;
use sea_orm::{DatabaseConnection, DbErr};
use subgraph::database::{DatabaseConfig, DatabaseError, open};
use subgraph::directory::Grants;
use subgraph::directory::follow::{FollowError, Follower};
use subgraph::load;
use subgraph::service::Subgraph;

/// What stands for a service's name in the URL of the databases of a distributed platform.
pub const SERVICE: &str = "{service}";

/// The services' databases.
#[derive(Clone, Debug)]
pub struct Databases {
    /// Of the networks service.
    pub networks: DatabaseConnection,
    /// Of the analytics service.
    pub analytics: DatabaseConnection,
    /// Of the compliance service.
    pub compliance: DatabaseConnection,
    /// Of the integrations service.
    pub integrations: DatabaseConnection,
}

/// Why the databases of a distributed platform cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DatabasesError {
    /// All services would share one database.
    #[error(
        "`--databases` must contain `{SERVICE}`, which stands for networks, analytics, compliance and integrations, for example `postgres://user@localhost/{SERVICE}`"
    )]
    OneForAll,
    /// A database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Databases {
    /// Opens the databases whose URLs a function tells by the services' names, migrating them as needed.
    ///
    /// # Errors
    /// When a database cannot be used.
    pub async fn open(url: impl Fn(&'static str) -> String) -> Result<Self, DatabaseError> {
        let (networks, analytics, compliance, integrations) = tokio::try_join!(
            migrated::<networks::Networks>(&url),
            migrated::<analytics::Analytics>(&url),
            migrated::<compliance::Compliance>(&url),
            migrated::<integrations::Integrations>(&url),
        )?;
        Ok(Self { networks, analytics, compliance, integrations })
    }

    /// Opens the databases of a distributed platform, at a URL with [`SERVICE`] in it.
    ///
    /// # Errors
    /// When the URL is the same for all services, or a database cannot be used.
    pub async fn open_each(url: &str) -> Result<Self, DatabasesError> {
        if !url.contains(SERVICE) {
            return Err(DatabasesError::OneForAll);
        }
        Ok(Self::open(|service| url.replace(SERVICE, service)).await?)
    }

    /// Brings the other services' directories up to date with the networks service. Services that run meanwhile
    /// do so on their own.
    ///
    /// # Errors
    /// When a database fails.
    pub async fn catch_up(&self) -> Result<(), FollowError> {
        for database in [&self.analytics, &self.compliance, &self.integrations] {
            let grants = Arc::new(Grants::new(database.clone()));
            Follower::new(database.clone(), Arc::new(self.networks.clone()), grants).catch_up().await?;
        }
        Ok(())
    }

    /// Makes entries of the audit trail of what was loaded since the last time, into any service. Repeating it, or doing
    /// it at the same time, makes none twice.
    ///
    /// # Errors
    /// When a database fails; what is not handed over then waits for the next time.
    pub async fn audit_loads(&self) -> Result<(), DbErr> {
        for database in [&self.networks, &self.analytics, &self.compliance, &self.integrations] {
            loop {
                let notices = load::waiting(database).await?;
                if notices.is_empty() {
                    break;
                }
                trail::take_over(&self.compliance, &notices).await?;
                load::handed_over(database, &notices).await?;
            }
        }
        Ok(())
    }
}

async fn migrated<S: Subgraph>(
    url: &impl Fn(&'static str) -> String,
) -> Result<DatabaseConnection, DatabaseError> {
    open::<S::Migrator>(&DatabaseConfig::new(url(S::NAME))).await
}

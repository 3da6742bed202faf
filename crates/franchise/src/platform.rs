//! The four services and the engine over them, in one process.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use federation::Engine;
use gateway::Probe;
use sea_orm::DatabaseConnection;
use subgraph::database::DatabaseError;
use subgraph::directory::follow::{FollowError, Follower};
use subgraph::service::{Service, Subgraph};
use subgraph::subscription::Limits;

use crate::data_folder::{DataFolder, DataFolderError};
use crate::databases::Databases;
use crate::in_process::InProcess;

/// The composed schema of the services.
const SUPERGRAPH: &str = include_str!("../../../schema/supergraph.graphql");

/// How long a change of units or memberships may take to reach the other services at most: imports from
/// another process are found by looking.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(2);

/// Why a platform cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The data folder cannot be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// A database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The services' directories cannot be brought up to date.
    #[error("cannot bring the services' directories up to date: {0}")]
    Directory(FollowError),
    /// The composed schema cannot be used.
    #[error("cannot use the built-in supergraph: {0}")]
    Supergraph(#[from] federation::BuildError),
}

/// A platform over a data folder.
pub struct Platform {
    /// The folder.
    pub data: DataFolder,
    networks: Arc<Service>,
    others: [Arc<Service>; 3],
}

impl Platform {
    /// Opens the databases in a folder, making and migrating them as needed.
    ///
    /// # Errors
    /// When the folder or a database cannot be used.
    pub async fn open(folder: &Path) -> Result<Self, PlatformError> {
        Self::with_limits(folder, Limits::default()).await
    }

    /// The same with other limits to the subscriptions of each service.
    ///
    /// # Errors
    /// As [`Platform::open`].
    pub async fn with_limits(folder: &Path, limits: Limits) -> Result<Self, PlatformError> {
        let data = DataFolder::create(folder)?;
        let databases = Databases::open(|service| data.database_url(service)).await?;
        let networks = service::<networks::Networks>(databases.networks, &data, limits);
        let others = [
            service::<analytics::Analytics>(databases.analytics, &data, limits),
            service::<compliance::Compliance>(databases.compliance, &data, limits),
            service::<integrations::Integrations>(databases.integrations, &data, limits),
        ];
        Ok(Self { networks, others, data })
    }

    /// The services' databases.
    pub fn databases(&self) -> Databases {
        let [analytics, compliance, integrations] = &self.others;
        Databases {
            networks: self.networks.database.clone(),
            analytics: analytics.database.clone(),
            compliance: compliance.database.clone(),
            integrations: integrations.database.clone(),
        }
    }

    /// Brings the other services' directories up to date with the networks service.
    ///
    /// # Errors
    /// When a database fails.
    pub async fn catch_up(&self) -> Result<(), PlatformError> {
        for follower in self.followers() {
            follower.catch_up().await.map_err(PlatformError::Directory)?;
        }
        Ok(())
    }

    /// Keeps the other services' directories up to date from now on, and has the services do what they do by themselves.
    pub fn follow(&self) {
        for follower in self.followers() {
            tokio::spawn(follower.run(Some(self.networks.grants.changes()), FOLLOW_INTERVAL));
        }
        for service in self.others.iter().chain([&self.networks]) {
            tokio::spawn(service.upkeep());
        }
    }

    /// An engine over the services.
    ///
    /// # Errors
    /// When the built-in supergraph cannot be used.
    pub fn engine(&self, config: federation::Config) -> Result<Engine, PlatformError> {
        Ok(Engine::from_supergraph(SUPERGRAPH, Arc::new(self.services()), config)?)
    }

    /// What tells whether the services can answer.
    pub fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.services())
    }

    fn services(&self) -> InProcess {
        InProcess::new(self.others.iter().chain([&self.networks]).cloned())
    }

    fn followers(&self) -> impl Iterator<Item = Follower> + '_ {
        self.others.iter().map(|service| {
            let source = Arc::new(self.networks.database.clone());
            Follower::new(service.database.clone(), source, service.grants.clone())
        })
    }
}

fn service<S: Subgraph>(database: DatabaseConnection, data: &DataFolder, limits: Limits) -> Arc<Service> {
    Arc::new(Service::with_limits::<S>(database, data.internal_secret.clone(), limits))
}

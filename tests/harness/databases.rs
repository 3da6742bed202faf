//! The four services' databases, filled with demo data.

use franchise::databases::{Databases, SERVICE};
use franchise::demo::{Demo, seed};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::Value;
use subgraph::testing::{Backend, TestDatabase, postgres_server};
use uuid::Uuid;

use super::SERVICES;

/// Migrated and filled databases that belong to one test.
pub(crate) struct Filled {
    pub(crate) networks: TestDatabase,
    pub(crate) analytics: TestDatabase,
    pub(crate) compliance: TestDatabase,
    pub(crate) integrations: TestDatabase,
}

impl Filled {
    pub(crate) async fn new(backend: Backend, demo: Demo) -> Self {
        let filled = Self {
            networks: TestDatabase::new::<networks::Migrator>(backend).await,
            analytics: TestDatabase::new::<analytics::Migrator>(backend).await,
            compliance: TestDatabase::new::<compliance::Migrator>(backend).await,
            integrations: TestDatabase::new::<integrations::Migrator>(backend).await,
        };
        seed(demo, &filled.connections(), &|_, _| {}).await.unwrap();
        filled
    }

    pub(crate) fn connections(&self) -> Databases {
        Databases {
            networks: self.networks.connection.clone(),
            analytics: self.analytics.connection.clone(),
            compliance: self.compliance.connection.clone(),
            integrations: self.integrations.connection.clone(),
        }
    }

    /// Services by name with their databases.
    pub(crate) fn by_service(&self) -> [(&'static str, &TestDatabase); 4] {
        [
            ("networks", &self.networks),
            ("analytics", &self.analytics),
            ("compliance", &self.compliance),
            ("integrations", &self.integrations),
        ]
    }
}

/// Names of four databases on the server of the tests, which belong to one test.
pub(crate) struct Named {
    /// What their names begin with; the service's name follows.
    pub(crate) prefix: String,
    /// Their URL, with `{service}` in it.
    pub(crate) url: String,
}

impl Named {
    pub(crate) fn new() -> Self {
        let prefix = format!("d{}_", Uuid::now_v7().simple());
        let url = format!("{}/{prefix}{SERVICE}", postgres_server());
        Self { prefix, url }
    }

    /// Makes the databases, empty.
    pub(crate) async fn create(&self) {
        let admin = Database::connect(format!("{}/postgres", postgres_server())).await.unwrap();
        for service in SERVICES {
            admin.execute_unprepared(&format!("CREATE DATABASE {}{service}", self.prefix)).await.unwrap();
        }
        admin.close().await.unwrap();
    }

    /// A connection to the database of a service.
    pub(crate) async fn open(&self, service: &str) -> DatabaseConnection {
        Database::connect(self.url.replace(SERVICE, service)).await.unwrap()
    }
}

/// The first columns, as text, of the rows a statement yields.
pub(crate) async fn rows<const N: usize>(database: &DatabaseConnection, sql: &str) -> Vec<[String; N]> {
    let statement = Statement::from_string(database.get_database_backend(), sql.to_owned());
    let rows = database.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let text = |row: &sea_orm::QueryResult, column| {
        row.try_get_by_index::<String>(column).unwrap_or_else(|error| panic!("{error}\n{sql}"))
    };
    rows.iter().map(|row| std::array::from_fn(|column| text(row, column))).collect()
}

/// The JSON value that a statement yields as its only row and column.
pub(crate) async fn json(database: &DatabaseConnection, sql: &str) -> Value {
    let [[text]] = rows::<1>(database, sql).await.try_into().unwrap_or_else(|rows| panic!("{rows:?}\n{sql}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}\n{sql}"))
}
